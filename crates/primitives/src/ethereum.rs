//! Plain Ethereum: its genesis files, and which of its rules hold in which block.
//!
//! A chain of this kind has no privacy precompiles. It exists so that Ethereum's own tests go through this node's
//! code.

mod forks;
mod genesis;

pub use alloy_eips::eip7840::BlobParams;
pub use forks::{Fork, ForkSchedule, ForkScheduleError};
pub use genesis::{EthereumGenesis, EthereumGenesisError};

#[cfg(test)]
mod tests;
