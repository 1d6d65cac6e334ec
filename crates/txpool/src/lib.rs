//! Transactions that wait for a block: admission with execution's own checks,
//! order, limits.
//!
//! Never: verify a bundle twice, keep what the newest state refutes, grow
//! without bound.
#![forbid(unsafe_code)]

mod error;
mod pool;

pub use error::PoolError;
pub use pool::{PoolLimits, PoolTransaction, PoolView, TxPool, ViewSource};
