//! The trusted setup: a multi-party ceremony that makes the proving and
//! verifying keys of a list of circuits, after Bowe, Gabizon and Miers (2017).
//! Formats and equations: `docs/spec/11-ceremony.md`.
//!
//! A ceremony is one byte string. [`start`] makes it, [`Ceremony::contribute`]
//! adds a participant, [`Ceremony::finish_phase`] ends phase 1 and then phase 2
//! with a public beacon. [`read`] accepts nothing whose every element is not
//! implied by the records; [`verify`] also wants it finished, and gives the keys.
//! The keys are sound if one participant of each phase forgot what he drew.
//!
//! Never: entropy (it is an argument), files, printing.

mod check;
mod codec;
mod error;
mod hash;
mod powers;
mod query;
mod record;
mod secret;
mod shape;
#[cfg(test)]
pub(crate) mod tests;
mod transcript;
mod transform;
mod verified;

pub use error::{Error, Place};
pub use record::{Beacon, check_name};
pub use secret::Randomness;
pub use shape::Shape;
pub use transcript::{Ceremony, Entry, Phase, circuits_of, read, reencode, start};
pub use verified::{Keys, Verified, verify};
