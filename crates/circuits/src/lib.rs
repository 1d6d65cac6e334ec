//! The Spend and Output circuits: constraints, witnesses, keys, proving.
//!
//! [`SpendWitness`] and [`OutputWitness`] state what is proven;
//! [`ProvingKeys`] proves it, one by one or as [`Witnesses`]. Proofs are Groth16
//! over BN254, 128 bytes. [`ProvingRequest`] is how witnesses travel to another prover.
//!
//! Never: the wallet's choice of notes, the chain's checks, entropy (the
//! randomness source is an argument).
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "assure"))]
#[doc(hidden)]
pub mod assure;
mod batch;
mod builder;
mod cache;
pub mod ceremony;
mod gadgets;
mod groth16;
mod keys;
mod output;
mod prover;
mod request;
mod spend;
#[cfg(test)]
mod tests;
mod watch;

pub use ark_std::rand;
pub use batch::{BatchError, Proofs, Witnesses};
pub use groth16::Mode;
pub use keys::{DEVELOPMENT_SEED, KeyError, ProvingKeys};
pub use output::{OUTPUT_INPUTS, OutputCircuit, OutputWitness};
pub use prover::{PROOF_BYTES, ProveError};
pub use request::{
    OUTPUTS_MAX, PROOFS_LEN_MAX, ProvingRequest, REQUEST_LEN_MAX, REQUEST_LEN_MIN, RequestError, SPENDS_MAX,
    encode_request,
};
pub use spend::{SPEND_INPUTS, SpendCircuit, SpendWitness};
pub use watch::{Cancel, Part, Progress, Watch};

/// Levels of the note tree above its leaves.
pub const TREE_DEPTH: usize = 11;
/// Children of a node of the note tree.
pub const TREE_ARITY: usize = 8;
