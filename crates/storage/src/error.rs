//! Everything that can go wrong between the chain and its disk.

use alloy_primitives::{Address, B256, hex};
use sero_primitives::StateError;
use signet_libmdbx::MdbxError;
use std::{io, path::PathBuf};

/// A failure of the store. None of them is the fault of a transaction, so
/// none may become a verdict about a block.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process, or another handle in this one, has the directory open.
    #[error("database directory {} is in use by another process ({holder})", dir.display())]
    InUse {
        /// The database directory.
        dir: PathBuf,
        /// What the lock file says about its holder.
        holder: String,
    },
    /// The operating system refused a file operation.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The file is not a SERO database at all.
    #[error("{} is not a SERO database: found {found}, expected {expected}", file.display())]
    Foreign {
        /// The data file.
        file: PathBuf,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The file was a database once, and bytes are missing or wrong.
    #[error("database {} is damaged: found {found}, expected {expected}", file.display())]
    Damaged {
        /// The data file.
        file: PathBuf,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The database has a format that this program does not read.
    #[error(
        "database {} has format version {found}, this program reads version {expected}: {}",
        file.display(),
        if found > expected { "run a newer program" } else { "it needs a migration" }
    )]
    Format {
        /// The data file.
        file: PathBuf,
        /// Version in the database.
        found: u32,
        /// Version of this program.
        expected: u32,
    },
    /// The storage engine failed.
    #[error("storage engine cannot {action}: {source}")]
    Engine {
        /// What was attempted.
        action: &'static str,
        /// The engine's answer.
        source: MdbxError,
    },
    /// A stored row cannot be what this program wrote.
    #[error("database row is corrupt: table {table}, key 0x{key}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The key, in hexadecimal.
        key: String,
        /// What is wrong with the row.
        reason: String,
    },
    /// The block does not follow the head.
    #[error("block {number} cannot be committed: the next block is {next}")]
    NotNext {
        /// Number of the refused block.
        number: u64,
        /// Number that the database would take.
        next: u64,
    },
    /// Another block is already final at this height.
    #[error("block {number} is already committed with hash {stored}, refused {given}")]
    Conflict {
        /// The height.
        number: u64,
        /// Hash in the database.
        stored: B256,
        /// Hash of the refused block.
        given: B256,
    },
    /// The database was created for another chain.
    #[error("the stored chain specification ({stored} bytes) differs from the given one ({given} bytes)")]
    ChainSpecMismatch {
        /// Length of the stored specification, in bytes; 0 if there is none.
        stored: usize,
        /// Length of the given specification, in bytes.
        given: usize,
    },
    /// The block is not in the database.
    #[error("block {number} is unknown, head is {}", head.map_or("none".into(), |n| n.to_string()))]
    UnknownBlock {
        /// The height asked for.
        number: u64,
        /// The last committed height.
        head: Option<u64>,
    },
    /// Bytes that are no dump of this chain's database.
    #[error("not a dump of this chain: {0}")]
    InvalidDump(&'static str),
    /// The state was forgotten: [`StorageOptions::states`](crate::StorageOptions::states).
    #[error("the state of block {number} is forgotten, the oldest that is known is block {oldest}'s")]
    Forgotten {
        /// The height asked for.
        number: u64,
        /// The oldest height with a state.
        oldest: u64,
    },
    /// Too much happened since for the trie of a past state to be computed.
    #[error(
        "more than {max} values changed since block {number}: there are no roots and proofs of its state"
    )]
    TooManyChanges {
        /// The height asked for.
        number: u64,
        /// How many changes would do.
        max: usize,
    },
    /// All slots of an account were asked for, and it has or had very many.
    #[error("account {address} has or had more than {max} slots: they are not listed")]
    TooManySlots {
        /// The account.
        address: Address,
        /// How many are listed.
        max: usize,
    },
    /// The operation needs the latest state and was asked of an older one.
    #[error("{operation} works on the latest state only, this snapshot is block {number} and head is {head}")]
    NotLatest {
        /// What was asked.
        operation: &'static str,
        /// The snapshot's block.
        number: u64,
        /// The head that the snapshot sees.
        head: u64,
    },
    /// Trie updates were computed on another state than the one they meet.
    #[error("trie updates start from state root {found}, expected {expected}")]
    TrieBase {
        /// Root that the updates start from.
        found: B256,
        /// Root of the state that they are applied to.
        expected: B256,
    },
    /// A state diff contradicts itself or the state below it.
    #[error("state diff of account {address} is invalid: {reason}")]
    InvalidDiff {
        /// The account.
        address: Address,
        /// The contradiction.
        reason: &'static str,
    },
    /// A block commit contradicts itself or the database.
    #[error("block {number} cannot be stored: {reason}")]
    InvalidBlock {
        /// Number of the refused block.
        number: u64,
        /// The contradiction.
        reason: String,
    },
}

impl StorageError {
    pub(crate) fn corrupt(table: &'static str, key: &[u8], reason: impl Into<String>) -> Self {
        Self::Corrupt { table, key: hex::encode(key), reason: reason.into() }
    }

    pub(crate) fn engine(action: &'static str) -> impl FnOnce(MdbxError) -> Self {
        move |source| Self::Engine { action, source }
    }
}

impl From<StorageError> for StateError {
    fn from(error: StorageError) -> Self {
        Self(error.to_string())
    }
}
