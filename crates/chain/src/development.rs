//! What a development chain can do besides: change its state between blocks, and go back. Never on another chain.

use crate::chain::{Chain, Head, commit_genesis, read_header};
use crate::error::ChainError;
use crate::executor::ChainExecutor;
use crate::spec::ChainSpec;
use alloy_consensus::Header;
use alloy_primitives::{Address, B256};
use sero_execution::{BlockError, ExecutionError, Overrides, replacing};
use sero_primitives::genesis::NetworkKind;
use sero_storage::Snapshot;
use std::time::Duration;

/// What somebody asked of the next blocks' headers.
#[derive(Default)]
pub(crate) struct AskedHeader {
    /// Wei per gas, in one block.
    pub(crate) base_fee: Option<u64>,
    /// In every block.
    pub(crate) gas_limit: Option<u64>,
}

impl AskedHeader {
    pub(crate) fn apply(&self, header: &mut Header) {
        header.base_fee_per_gas = self.base_fee.or(header.base_fee_per_gas);
        header.gas_limit = self.gas_limit.unwrap_or(header.gas_limit);
    }
}

/// A chain as it was.
pub struct SavedChain {
    snapshot: Snapshot,
}

impl Chain {
    /// Refuses every chain but those for development.
    pub(crate) fn development(&self) -> Result<(), ChainError> {
        match &self.inner.parameters.privacy {
            Some(privacy) if privacy.network == NetworkKind::Dev => Ok(()),
            _ => Err(ChainError::NotDevelopment),
        }
    }

    /// Replaces accounts in the latest state. Blocks that are executed and not final are forgotten.
    pub fn replace_accounts(&self, overrides: &Overrides) -> Result<(), ChainError> {
        self.development()?;
        let mut executed = self.inner.executed.lock();
        let head = self.head();
        let state = self.snapshot()?;
        let diff = replacing(&state, overrides, self.parameters(), &head.header);
        let diff = diff.map_err(|error| match error {
            ExecutionError::Invalid(error) => ChainError::Override(error),
            ExecutionError::State(error) => error.into(),
            ExecutionError::Internal(reason) => BlockError::Internal(reason).into(),
        })?;
        let (_, trie) = state.state_root(&diff)?;
        self.inner.storage.patch_state(&diff, &trie)?;
        executed.clear();
        Ok(())
    }

    /// Base fee of the next block, in wei per gas, and no other.
    pub fn ask_base_fee(&self, wei: Option<u64>) -> Result<(), ChainError> {
        self.development()?;
        self.inner.asked.lock().base_fee = wei;
        Ok(())
    }

    /// Gas limit of all blocks to come.
    pub fn ask_gas_limit(&self, gas: Option<u64>) -> Result<(), ChainError> {
        self.development()?;
        self.inner.asked.lock().gas_limit = gas;
        Ok(())
    }

    /// The chain as it is, to go back to. Pages that newer blocks replace stay in the file as long as this lives.
    pub fn save(&self) -> Result<SavedChain, ChainError> {
        self.development()?;
        Ok(SavedChain { snapshot: self.snapshot()? })
    }

    /// Goes back. Nobody who listens is told.
    pub fn restore(&self, saved: &SavedChain) -> Result<(), ChainError> {
        self.development()?;
        let mut executed = self.inner.executed.lock();
        self.inner.storage.rewind(&saved.snapshot)?;
        executed.clear();
        self.read_head()
    }

    /// Begins anew with block 0. Nobody who listens is told.
    pub fn reset(&self) -> Result<(), ChainError> {
        self.development()?;
        let mut executed = self.inner.executed.lock();
        let spec = self.inner.storage.chain_spec()?.ok_or(ChainError::UnknownBlock(B256::ZERO))?;
        let spec = ChainSpec::from_bytes(&spec)?;
        self.inner.storage.clear()?;
        commit_genesis(&self.inner.storage, &spec)?;
        executed.clear();
        self.read_head()
    }

    /// The whole chain as bytes.
    pub fn dump(&self) -> Result<Vec<u8>, ChainError> {
        self.development()?;
        Ok(self.inner.storage.dump()?)
    }

    /// Puts a [`Self::dump`] in the place of everything. Nobody who listens is told.
    pub fn load(&self, bytes: &[u8]) -> Result<(), ChainError> {
        self.development()?;
        let mut executed = self.inner.executed.lock();
        let genesis = self.parameters().genesis_hash;
        self.inner.storage.load(bytes, genesis).map_err(|error| ChainError::Dump(error.to_string()))?;
        executed.clear();
        self.read_head()
    }

    fn read_head(&self) -> Result<(), ChainError> {
        let (number, hash) = self.inner.storage.head()?.ok_or(ChainError::UnknownBlock(B256::ZERO))?;
        let header = read_header(&self.inner.storage, number)?.ok_or(ChainError::UnknownBlock(hash))?;
        *self.inner.head.write() = Head { hash, header };
        Ok(())
    }
}

/// How a development chain is driven: what `evm_`, `hardhat_` and `anvil_` methods ask for. Times are seconds since 1970.
pub trait Development: Send + Sync {
    /// Makes blocks, `seconds` apart if there is a distance, of what waits.
    fn mine(&self, blocks: u64, seconds: Option<u64>) -> Result<(), ChainError>;
    /// Whether a block follows each transaction at once.
    fn automine(&self) -> bool;
    /// Turns that on or off.
    fn set_automine(&self, on: bool);
    /// Blocks at a fixed pace, or none of their own accord.
    fn set_interval(&self, every: Option<Duration>);
    /// Time between blocks at a fixed pace.
    fn interval(&self) -> Option<Duration>;
    /// Moves the clock forward; how far it is ahead by now.
    fn increase_time(&self, seconds: u64) -> u64;
    /// Sets the clock.
    fn set_time(&self, timestamp: u64);
    /// Time of the next block, which must be after the head's.
    fn set_next_timestamp(&self, timestamp: u64) -> Result<(), ChainError>;
    /// Exact distance of blocks from now on.
    fn set_timestamp_interval(&self, seconds: Option<u64>);
    /// Wei per gas of the next block.
    fn set_next_base_fee(&self, wei: u64) -> Result<(), ChainError>;
    /// `block.prevrandao` of the next block.
    fn set_next_prevrandao(&self, value: B256);
    /// Who gets the fees from now on.
    fn set_coinbase(&self, address: Address);
    /// Gas limit from now on.
    fn set_gas_limit(&self, gas: u64) -> Result<(), ChainError>;
    /// Replaces accounts in the latest state.
    fn replace_accounts(&self, overrides: &Overrides) -> Result<(), ChainError>;
    /// Keeps the chain as it is, under a number.
    fn save(&self) -> Result<u64, ChainError>;
    /// Goes back to what was kept under a number, and forgets it and all later ones; `false` if there is nothing.
    fn restore(&self, number: u64) -> Result<bool, ChainError>;
    /// The whole chain as bytes.
    fn dump(&self) -> Result<Vec<u8>, ChainError>;
    /// Takes the place of the chain: [`Self::dump`] of a chain with the same genesis.
    fn load(&self, bytes: &[u8]) -> Result<(), ChainError>;
    /// Begins anew with block 0, and with the settings of a new node.
    fn reset(&self) -> Result<(), ChainError>;
}
