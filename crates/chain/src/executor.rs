//! The boundary between a consensus engine and the chain. The dev sequencer
//! and the BFT engine are its two drivers.

use crate::chain::Head;
use crate::error::ChainError;
use alloy_primitives::{Address, B256};
use sero_execution::{BlockError, CheckedTransaction, InvalidTransaction};
use sero_primitives::{Block, Receipt, StateDiff};
use sero_storage::TrieUpdates;
use std::sync::Arc;

/// What a proposer puts into a block.
#[derive(Clone, Debug)]
pub struct BuildAttributes {
    /// Seconds since 1970; raised to the parent's plus one if it is not above it.
    pub timestamp: u64,
    /// Who gets the fees above the base fee.
    pub beneficiary: Address,
    /// Value of `block.prevrandao`.
    pub prevrandao: B256,
    /// Candidates in order of preference; those that turn out invalid, or do
    /// not fit, are left out.
    pub transactions: Vec<CheckedTransaction>,
}

/// A block together with what executing it gave.
#[derive(Debug)]
pub struct ExecutedBlock {
    pub(crate) block: Block,
    pub(crate) hash: B256,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) diff: StateDiff,
    pub(crate) trie: TrieUpdates,
    pub(crate) rejected: Vec<(B256, InvalidTransaction)>,
}

impl ExecutedBlock {
    /// The block.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// Its hash.
    pub fn hash(&self) -> B256 {
        self.hash
    }

    /// One for each transaction.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// What it changed.
    pub fn diff(&self) -> &StateDiff {
        &self.diff
    }

    /// Candidates that were invalid when it was built.
    pub fn rejected(&self) -> &[(B256, InvalidTransaction)] {
        &self.rejected
    }
}

/// Judgement on a block made elsewhere.
#[derive(Debug)]
pub enum Verdict {
    /// May be voted for.
    Valid(Arc<ExecutedBlock>),
    /// Breaks a rule.
    Invalid(BlockError),
}

/// Builds, judges and finalises blocks.
pub trait ChainExecutor {
    /// Builds a block on `parent`, which is the head or an executed block on it.
    fn build(&self, parent: B256, attributes: BuildAttributes) -> Result<Arc<ExecutedBlock>, ChainError>;
    /// Executes a block made elsewhere. A local fault is an error, never a verdict.
    fn execute(&self, block: &Block) -> Result<Verdict, ChainError>;
    /// Makes an executed block, whose parent is the head, durable and the new
    /// head. Idempotent for the head itself.
    fn finalize(&self, hash: B256) -> Result<(), ChainError>;
    /// The last final block.
    fn head(&self) -> Head;
}
