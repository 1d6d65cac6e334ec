//! The prover against arkworks, and its parts against plain sums.

mod parts;
mod proofs;
mod stages;
mod sums;
