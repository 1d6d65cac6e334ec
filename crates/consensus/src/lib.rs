//! Who decides what the next block is. So far: the dev sequencer, one node
//! that finalises what it builds.
//!
//! Never: execute or store blocks itself; it drives a
//! [`ChainExecutor`](sero_chain::ChainExecutor).
#![forbid(unsafe_code)]

mod sequencer;

pub use sequencer::{BlockTime, DevSequencer, Production, SequencerError};
