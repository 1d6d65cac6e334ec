//! State after blocks that are executed but not final: diffs over a snapshot.

use crate::error::ChainError;
use crate::executor::ExecutedBlock;
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256};
use sero_execution::ExecutedTransactions;
use sero_primitives::{Account, Block, StateDiff, StateError, StateReader};
use sero_storage::{Snapshot, StorageError, TrieUpdates};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A snapshot of the head and the executed blocks on it, newest first.
pub struct OverlayState {
    base: Snapshot,
    blocks: Vec<Arc<ExecutedBlock>>,
}

impl OverlayState {
    /// `blocks` newest first; the last one's parent is the snapshot's block.
    pub fn new(base: Snapshot, blocks: Vec<Arc<ExecutedBlock>>) -> Self {
        Self { base, blocks }
    }

    /// The root of this state after `diff`, and the trie changes to commit with it.
    pub fn state_root(&self, diff: &StateDiff) -> Result<(B256, TrieUpdates), StorageError> {
        let pending: Vec<_> = self.blocks.iter().rev().map(|block| &block.trie).collect();
        self.base.state_root_on(&pending, diff)
    }

    /// Goes on with a block that exists in this overlay alone: its state root is put into `block`.
    pub fn push(&mut self, mut block: Block, executed: ExecutedTransactions) -> Result<(), ChainError> {
        let ExecutedTransactions { header, receipts, diff, .. } = executed;
        let (state_root, trie) = self.state_root(&diff)?;
        block.header = Header { state_root, ..header };
        let hash = block.header.hash_slow();
        let rejected = vec![];
        self.blocks.insert(0, Arc::new(ExecutedBlock { block, hash, receipts, diff, trie, rejected }));
        Ok(())
    }

    /// The blocks, newest first.
    pub fn blocks(&self) -> &[Arc<ExecutedBlock>] {
        &self.blocks
    }
}

impl StateReader for OverlayState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.blocks.iter().find_map(|block| block.diff().account(address)) {
            Some(account) => Ok(account.cloned()),
            None => self.base.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.blocks.iter().find_map(|block| block.diff().slot(address, slot)) {
            Some(value) => Ok(value),
            None => self.base.storage(address, slot),
        }
    }

    fn has_slot_but(&self, address: Address, others: &BTreeSet<U256>) -> Result<bool, StateError> {
        let mut known = others.clone();
        match self.blocks.iter().find_map(|block| block.diff().find_slot(address, &mut known)) {
            Some(found) => Ok(found),
            None => self.base.has_slot_but(address, &known),
        }
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        match self.blocks.iter().find_map(|block| block.diff().code.get(&code_hash)) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(code_hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StateError> {
        match self.blocks.iter().find(|block| block.block().header.number == number) {
            Some(block) => Ok(Some(block.hash())),
            None => self.base.block_hash(number),
        }
    }
}
