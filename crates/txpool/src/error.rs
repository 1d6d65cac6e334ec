//! Why the pool does not take a transaction.

use alloy_primitives::{Address, B256};
use sero_execution::{ExecutionError, InvalidTransaction};
use sero_primitives::StateError;
use sero_primitives::transaction::TransactionError;

/// See the variants.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PoolError {
    /// Breaks a rule of the chain.
    #[error("{0}")]
    Invalid(#[from] InvalidTransaction),
    /// Already here.
    #[error("already known: {0}")]
    AlreadyKnown(B256),
    /// Another waiting transaction spends the same note.
    #[error(
        "bundle.spends: nullifier {nullifier} is already used by pending transaction {by} (double spend)"
    )]
    NullifierPending {
        /// The nullifier.
        nullifier: B256,
        /// Who has it.
        by: B256,
    },
    /// Same sender and nonce, and not 10 % dearer.
    #[error("replacement transaction underpriced: max fee per gas must be at least {needed} wei, is {found}")]
    Underpriced {
        /// Least fee.
        needed: u128,
        /// Offered.
        found: u128,
    },
    /// Too far ahead of the account's nonce.
    #[error("nonce {nonce} of {sender} is too far ahead, at most {max} is kept")]
    NonceTooFar {
        /// Sender.
        sender: Address,
        /// Its nonce.
        nonce: u64,
        /// Highest that is kept.
        max: u64,
    },
    /// An account with a 7702 delegation has one waiting transaction at most.
    #[error("{0} is delegated (EIP-7702) and has a waiting transaction already")]
    DelegatedSender(Address),
    /// The pool is full.
    #[error("transaction pool is full ({0} transactions)")]
    Full(usize),
    /// Longer than the limit.
    #[error("transaction has {found} bytes, at most {max} are accepted")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// State cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// A bug of this software.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl From<TransactionError> for PoolError {
    fn from(error: TransactionError) -> Self {
        Self::Invalid(error.into())
    }
}

impl From<ExecutionError> for PoolError {
    fn from(error: ExecutionError) -> Self {
        match error {
            ExecutionError::Invalid(error) => Self::Invalid(error),
            ExecutionError::State(error) => Self::State(error),
            ExecutionError::Internal(reason) => Self::Internal(reason),
        }
    }
}
