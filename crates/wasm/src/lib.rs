//! The prover as a WebAssembly module for workers: keys in, proving requests in, answers out
//! (docs/spec/13-proving-service.md).
//!
//! [`Worker`] is what a module instance holds; the `exports` module is its face to JavaScript, and `js/` the pool of
//! workers. Compiles for every target, so that the tests of this machine see it too.
//!
//! Never: entropy, clock, threads, files. Randomness is an argument.

#[cfg(target_family = "wasm")]
mod exports;
mod worker;

pub use worker::{SEED_LEN, Worker, WorkerError};
