//! The one table of errors: code and message of everything that a method may refuse.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{Panic, Revert, SolError};
use jsonrpsee::types::ErrorObjectOwned;
use sero_chain::{ChainError, StorageError};
use sero_execution::{BlockError, CallOutcome, ExecutionError};
use sero_primitives::StateError;
use sero_primitives::transaction::TransactionError;
use sero_txpool::PoolError;

/// Why a method gives no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RpcError {
    /// -32602: a parameter is missing, of the wrong type, or out of range.
    #[error("{0}")]
    Parameters(String),
    /// 3: the EVM reverted. Clients decode `data`.
    #[error("{message}")]
    Reverted {
        /// `execution reverted`, with the reason if there is one in words.
        message: String,
        /// Revert data.
        data: Bytes,
    },
    /// -32000: a rule of the chain or of the pool, in its own words.
    #[error("{0}")]
    Refused(String),
    /// -32000: no such block; geth's words.
    #[error("header not found: {0}")]
    UnknownBlock(String),
    /// -32000: no such filter; geth's words.
    #[error("filter not found")]
    UnknownFilter,
    /// A block of `eth_simulateV1` that cannot be; the codes are execution-apis'.
    #[error("{message}")]
    Simulation {
        /// -38010 to -38026, or -32603.
        code: i32,
        /// Which rule, and the values.
        message: String,
    },
    /// -32005: the answer would be too large, too much is open, or the node is busy.
    #[error("{0}")]
    Limit(String),
    /// -32603: a fault of this node. Only the log says more.
    #[error("internal error")]
    Internal,
}

impl RpcError {
    /// Logs a fault of this node and hides it from the client.
    pub(crate) fn internal(fault: impl core::fmt::Display) -> Self {
        tracing::error!(%fault, "an RPC method failed");
        Self::Internal
    }

    fn code(&self) -> i32 {
        match self {
            Self::Parameters(_) => -32602,
            Self::Reverted { .. } => 3,
            Self::Refused(_) | Self::UnknownBlock(_) | Self::UnknownFilter => -32000,
            Self::Simulation { code, .. } => *code,
            Self::Limit(_) => -32005,
            Self::Internal => -32603,
        }
    }

    /// A call that did not succeed, given the gas it could use.
    pub(crate) fn of_failed_call(outcome: &CallOutcome, gas: u64) -> Self {
        match &outcome.halt {
            None => Self::Reverted { message: revert_message(&outcome.output), data: outcome.output.clone() },
            Some(_) if outcome.out_of_gas => {
                Self::Refused(format!("out of gas: gas required exceeds allowance ({gas})"))
            }
            Some(halt) => Self::Refused(format!("execution halted: {halt}")),
        }
    }

    /// No block with this hash.
    pub(crate) fn unknown_hash(hash: B256) -> Self {
        Self::UnknownBlock(format!("no block has hash {hash}"))
    }
}

/// `execution reverted`, with the reason where it is in words.
pub(crate) fn revert_message(data: &[u8]) -> String {
    match revert_reason(data) {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".into(),
    }
}

/// The text of `Error(string)` or `Panic(uint256)`.
pub(crate) fn revert_reason(data: &[u8]) -> Option<String> {
    if let Ok(revert) = Revert::abi_decode(data) {
        return Some(revert.reason);
    }
    Panic::abi_decode(data).ok().map(|panic| panic.to_string())
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let data = match &error {
            RpcError::Reverted { data, .. } => Some(data.clone()),
            _ => None,
        };
        Self::owned(error.code(), error.to_string(), data)
    }
}

impl From<StateError> for RpcError {
    fn from(error: StateError) -> Self {
        Self::internal(error)
    }
}

impl From<ChainError> for RpcError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::UnknownBlock(hash) => Self::unknown_hash(hash),
            ChainError::Storage(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<StorageError> for RpcError {
    fn from(error: StorageError) -> Self {
        match error {
            // The words and the code that clients know for a state that is gone.
            error @ StorageError::Forgotten { .. } => Self::Refused(format!("missing trie node: {error}")),
            error @ (StorageError::TooManyChanges { .. } | StorageError::TooManySlots { .. }) => {
                Self::Refused(error.to_string())
            }
            error => Self::internal(error),
        }
    }
}

impl From<BlockError> for RpcError {
    fn from(error: BlockError) -> Self {
        Self::internal(error)
    }
}

impl From<ExecutionError> for RpcError {
    fn from(error: ExecutionError) -> Self {
        match error {
            ExecutionError::Invalid(error) => Self::Refused(error.to_string()),
            error => Self::internal(error),
        }
    }
}

impl From<PoolError> for RpcError {
    fn from(error: PoolError) -> Self {
        match error {
            error @ (PoolError::State(_) | PoolError::Internal(_)) => Self::internal(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

impl From<TransactionError> for RpcError {
    fn from(error: TransactionError) -> Self {
        Self::Refused(error.to_string())
    }
}
