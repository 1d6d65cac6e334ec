//! State after blocks that are executed but not final: diffs over a snapshot.

use crate::executor::ExecutedBlock;
use alloy_primitives::{Address, B256, Bytes, U256};
use sero_primitives::{Account, StateError, StateReader};
use sero_storage::Snapshot;
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

    /// The snapshot below.
    pub fn base(&self) -> &Snapshot {
        &self.base
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
            if let Some(None) = diff.accounts.get(&address) {
                return Ok(U256::ZERO);
            }
        }
        self.base.storage(address, slot)
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
