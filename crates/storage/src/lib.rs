//! The chain's one durable store: MDBX tables, the state trie and its history.
//!
//! What it does: commits one finalised block per durable write transaction
//! ([`Storage::commit`]), reads blocks, receipts and notes back, serves the
//! state after any committed block ([`Snapshot`], a
//! [`StateReader`](sero_primitives::StateReader)), and computes Ethereum state
//! roots and EIP-1186 proofs from the nodes that a block touches.
//!
//! What it never does: decode a header, a transaction, a receipt or a note
//! (their bytes belong to the caller), execute or validate anything, hold an
//! unfinalised block, undo a committed block but for development chains (`rewrite`), forget
//! or weaken anything unasked, or panic on what it finds on disk.
//!
//! The byte layout of every table is in `docs/formats.md`.

mod chain;
mod check;
mod commit;
mod env;
mod error;
mod history;
mod rewrite;
mod snapshot;
mod stats;
mod tables;
mod trie;

pub use check::StateCheck;
pub use commit::BlockCommit;
pub use env::{FORMAT_VERSION, Storage, StorageOptions};
pub use error::StorageError;
pub use snapshot::Snapshot;
pub use stats::{StorageStats, TableStats};
pub use trie::{AccountProof, SlotProof, TrieUpdates};
