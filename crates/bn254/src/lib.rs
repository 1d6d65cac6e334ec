//! Many points of BN254 at once: coordinates on the lanes of [`sero_lanes`], and on them what a verifier needs of the
//! curve: decoding ([`read_g1`], [`read_g2`]), multiples ([`multiples()`]) and a product of pairings ([`pairings_cancel`]).
//!
//! Everything here is about points that are public. What comes out is exactly what arkworks' code gives, one by one.
//!
//! Never: proofs, keys, what a point stands for.

mod complete;
pub mod coordinate;
mod decode;
mod multiples;
mod pairing;

pub use decode::{read_g1, read_g2};
pub use multiples::multiples;
pub use pairing::{miller_loop, pairings_cancel};

#[cfg(test)]
mod tests;
