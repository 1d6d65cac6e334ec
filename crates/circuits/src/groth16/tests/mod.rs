//! The prover against arkworks, and its parts against plain sums.

mod field;
mod parts;
mod proofs;
mod stages;
