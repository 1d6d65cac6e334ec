//! The fixed corpus, a short run without coverage, and the proof that a broken
//! decoder would show.

mod broken;
mod corpus;
mod smoke;

use sero_fuzz::meter::Meter;

#[global_allocator]
static ALLOCATOR: Meter = Meter;
