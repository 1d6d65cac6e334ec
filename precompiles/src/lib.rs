//! The privacy precompiles: ASSETS (registry and public ledger), POOL (the
//! shielded note pools), PACKAGES (encrypted boxes) and ZKP (the pool's
//! cryptography for contracts).
//!
//! All their state lies in ordinary EVM storage of the first three's accounts and changes
//! only through revm's journal. Never: statics, caches, a database, calls back
//! into the EVM, the transaction's origin as authority.
#![forbid(unsafe_code)]

pub mod assets;
mod calldata;
pub mod gas;
mod host;
pub mod layout;
pub mod packages;
pub mod pool;
mod provider;
mod rules;
pub mod zkp;

pub use host::{DbError, Fault, Host, Outcome};
pub use provider::{CallFrame, ChainContext, Relocations, SeroPrecompiles};
pub use rules::{PoolRules, Rules};
