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
        match self.blocks.iter().find_map(|block| block.diff().accounts.get(&address)) {
            Some(account) => Ok(account.clone()),
            None => self.base.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        for block in &self.blocks {
            let diff = block.diff();
            if let Some(value) = diff.storage.get(&address).and_then(|slots| slots.get(&slot)) {
                return Ok(*value);
            }
            if diff.wiped.contains(&address) || matches!(diff.accounts.get(&address), Some(None)) {
                return Ok(U256::ZERO);
            }
        }
        self.base.storage(address, slot)
    }

    fn has_storage(&self, address: Address) -> Result<bool, StateError> {
        let mut zeroed = BTreeSet::new();
        for block in &self.blocks {
            let diff = block.diff();
            for (slot, value) in diff.storage.get(&address).into_iter().flatten() {
                if !value.is_zero() && !zeroed.contains(slot) {
                    return Ok(true);
                }
                zeroed.insert(*slot);
            }
            if diff.wiped.contains(&address) || matches!(diff.accounts.get(&address), Some(None)) {
                return Ok(false);
            }
        }
        match zeroed.is_empty() {
            true => self.base.has_storage(address),
            false => Ok(self.base.has_slot_but(address, &zeroed)?),
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
