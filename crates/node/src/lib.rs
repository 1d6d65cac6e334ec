//! Assembly of a node: storage, chain, pool, sequencer and RPC, started and
//! stopped in order. Never links the prover.
#![forbid(unsafe_code)]

pub mod dev;
mod node;

pub use node::{Node, NodeConfig, NodeError, ServeConfig};
pub use sero_consensus::BlockTime;
