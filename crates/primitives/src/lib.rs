//! Chain words: transactions, blocks, receipts, genesis, gas, precompile
//! addresses and ABI, and the face of state. No I/O, no clock, no entropy.
#![forbid(unsafe_code)]

pub mod block;
pub mod ethereum;
pub mod gas;
pub mod genesis;
pub mod pools;
pub mod precompile;
pub mod shielded_tx;
mod state;
pub mod transaction;

pub use block::{Block, BlockDecodeError, Receipt};
pub use precompile::{ASSETS, PACKAGES, POOL, PRECOMPILES, ZKP};
pub use state::{Account, ChangedState, EMPTY_CODE_HASH, StateDiff, StateError, StateReader};
pub use transaction::{Transaction, TransactionKind};
