//! The pure block executor: `(StateReader, Block) -> Outcome`. Proposer,
//! verifier and replay run the same code; simulation runs it without keeping
//! the result.
//!
//! Never: I/O of its own, clocks, entropy, a hash-map order that matters.
#![forbid(unsafe_code)]

mod apply;
mod block;
mod error;
mod ethereum;
mod evm;
mod genesis;
mod handler;
mod inspect;
mod judge;
mod pools;
mod refusal;
mod simulate;
mod state;
mod supply;
mod validate;

pub use block::{BlockExecutor, BlockInputs, ChainView, ExecutedTransactions, StateRoot, TransactionOutcome};
pub use error::{BlockError, ExecutionError, InvalidTransaction};
pub use ethereum::{Ancestors, block_rewards, difficulty};
pub use evm::EvmContext;
pub use genesis::{GenesisBlock, genesis_block};
pub use inspect::Inspected;
pub use judge::execute_block;
pub use pools::{KeyFiles, Pool, Pools, PoolsError};
pub use simulate::{
    AccountOverride, CallOutcome, CallRequest, Overrides, SimulatedBlock, SimulationLimits, Simulator,
    replacing,
};
pub use state::BlockDb;
pub use validate::{
    CheckedTransaction, check_bundles, check_impersonated, check_state, check_static, intrinsic_gas,
};

use alloy_consensus::Header;
use alloy_primitives::B256;
pub use sero_precompiles::Rules;
use sero_primitives::ethereum::{Fork, ForkSchedule};
use sero_primitives::genesis::{Genesis, NetworkKind};
use std::sync::Arc;

/// What stays the same from block to block.
#[derive(Clone)]
pub struct ChainParameters {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// Which of Ethereum's rules hold when.
    pub forks: ForkSchedule,
    /// What plain Ethereum does not have; `None` on a chain without the privacy precompiles.
    pub privacy: Option<PrivacyParameters>,
}

/// Parameters of the privacy precompiles.
#[derive(Clone)]
pub struct PrivacyParameters {
    /// Kind of chain.
    pub network: NetworkKind,
    /// Price of a name in base units of SERO.
    pub registration_fee: u128,
    /// Blocks between the newest anchor and the one a wallet should use.
    pub anchor_lag: u64,
    /// The pools, with the keys of their circuits.
    pub pools: Pools,
}

/// The rules of Ethereum that a chain with privacy follows.
pub(crate) const FORK: Fork = Fork::Prague;

impl ChainParameters {
    /// Of the chain with privacy whose block 0 has this hash. `keys` must hold every verifying key that it pins.
    pub fn new(genesis: &Genesis, genesis_hash: B256, keys: &KeyFiles) -> Result<Self, PoolsError> {
        Ok(Self {
            chain_id: genesis.chain_id,
            genesis_hash,
            forks: ForkSchedule::fixed(FORK),
            privacy: Some(PrivacyParameters {
                network: genesis.network,
                registration_fee: genesis.registration_fee,
                anchor_lag: genesis.anchor_lag,
                pools: Pools::new(genesis, keys)?,
            }),
        })
    }

    /// Of a chain of plain Ethereum.
    pub fn ethereum(chain_id: u64, genesis_hash: B256, forks: ForkSchedule) -> Self {
        Self { chain_id, genesis_hash, forks, privacy: None }
    }

    /// Header of the block after `parent` before execution.
    pub fn child_header(&self, parent: &Header, inputs: &BlockInputs) -> Header {
        match self.privacy {
            Some(_) => inputs.header(parent),
            None => ethereum::child_header(parent, inputs, &self.forks),
        }
    }

    /// What holds for the privacy precompiles in block `block_number`, if the chain has them.
    pub fn rules(&self, block_number: u64) -> Option<Arc<Rules>> {
        let privacy = self.privacy.as_ref()?;
        Some(Arc::new(Rules {
            block_number,
            chain_id: self.chain_id,
            genesis_hash: self.genesis_hash,
            registration_fee: privacy.registration_fee,
            pools: privacy.pools.rules(block_number),
        }))
    }
}
