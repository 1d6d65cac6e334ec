//! The only writer: builds and executes blocks on any unfinalised parent,
//! makes finalised ones durable, and tells who listens.
//!
//! Never: consensus, networking, transaction admission, a verdict after a
//! local fault.
#![forbid(unsafe_code)]

mod chain;
mod development;
mod error;
mod executor;
mod notes;
mod overlay;
mod recount;
mod spec;
mod verify;

pub use chain::{Chain, FinalizedBlock, Head, TransactionLocation};
pub use development::{Development, SavedChain};
pub use error::ChainError;
pub use executor::{BuildAttributes, ChainExecutor, ExecutedBlock, Verdict};
pub use notes::{NoteContent, NoteRecord, NullifierRecord, PackageEvent, PackageRecord, ShieldedActivity};
pub use overlay::OverlayState;
pub use recount::{AssetRecount, Recount};
pub use sero_execution::Overrides;
pub use sero_storage::{AccountProof, SlotProof, Snapshot, StorageError};
pub use spec::ChainSpec;
pub use verify::{Verification, repair_index, verify};
