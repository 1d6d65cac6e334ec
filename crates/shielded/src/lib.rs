//! The words of the shielded protocol: keys, addresses, assets, notes, tree,
//! nullifiers, note encryption, signatures, bundles, and their verification.
//!
//! Never: the EVM, I/O, clocks, threads, entropy (randomness is an argument).
#![forbid(unsafe_code)]

pub mod address;
pub mod asset;
pub mod bundle;
pub mod curve;
pub mod encryption;
pub mod field;
pub mod hash;
pub mod keys;
pub mod note;
pub mod package;
pub mod poseidon;
mod secret;
pub mod signature;
pub mod tree;
pub mod verifier;

pub use secret::Secret;
