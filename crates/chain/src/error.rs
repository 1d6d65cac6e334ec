//! Faults of the chain on this machine. Verdicts on blocks are not among them.

use alloy_primitives::B256;
use sero_execution::{BlockError, InvalidTransaction, PoolsError};
use sero_primitives::StateError;
use sero_primitives::genesis::GenesisError;
use sero_storage::StorageError;

/// Why the chain cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The disk, or what is on it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The genesis file is not usable.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The database belongs to another chain.
    #[error("database holds the chain with genesis {found}, the genesis file gives {expected}")]
    OtherChain {
        /// From the genesis file.
        expected: B256,
        /// In the database.
        found: B256,
    },
    /// The same block 0, but other parameters.
    #[error("database holds a chain with genesis {0}, made from a genesis file that differs from this one")]
    OtherFile(B256),
    /// The pools' verifying keys are not at hand.
    #[error(transparent)]
    Pools(#[from] PoolsError),
    /// An upgrade at or below the head differs from the one that blocks were judged by.
    #[error(
        "genesis: upgrades at or below block {head}, the head, differ from those that this chain ran with"
    )]
    PastUpgrade {
        /// Number of the head.
        head: u64,
    },
    /// Stored bytes that this software does not understand.
    #[error("stored {what} cannot be decoded: {reason}")]
    Corrupt {
        /// Which record.
        what: String,
        /// Why.
        reason: String,
    },
    /// The parent is neither the head nor an executed block on it.
    #[error("block {0} is not known here")]
    UnknownBlock(B256),
    /// A block does not extend the head.
    #[error("block {number} ({hash}) does not extend the head at {head}")]
    NotNext {
        /// Its number.
        number: u64,
        /// Its hash.
        hash: B256,
        /// Number of the head.
        head: u64,
    },
    /// Blocks of plain Ethereum are made elsewhere.
    #[error("this chain is plain Ethereum: its blocks are imported, not built")]
    NotBuilt,
    /// Only development chains are changed between blocks.
    #[error("this is not a development chain: its state changes in blocks only")]
    NotDevelopment,
    /// Accounts that cannot be replaced as asked.
    #[error("{0}")]
    Override(InvalidTransaction),
    /// Bytes that are no chain that could take this one's place.
    #[error("{0}")]
    Dump(String),
    /// A bound on what is kept to go back to.
    #[error("{0} snapshots are kept already; go back to one of them, or reset")]
    TooManySaved(usize),
    /// A block must come after the one before it.
    #[error("timestamp {timestamp}: it must be above {after}, the head's, and at most 2^39")]
    Timestamp {
        /// What was asked for.
        timestamp: u64,
        /// The head's.
        after: u64,
    },
    /// Execution met a local fault.
    #[error(transparent)]
    Execution(#[from] BlockError),
    /// State cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}
