//! The pure block executor: `(StateReader, Block) -> Outcome`. Proposer,
//! verifier and replay run the same code; simulation runs it without keeping
//! the result.
//!
//! Never: I/O of its own, clocks, entropy, a hash-map order that matters.
#![forbid(unsafe_code)]

mod apply;
mod block;
mod error;
mod evm;
mod genesis;
mod handler;
mod simulate;
mod state;
mod supply;
mod validate;

pub use block::{BlockExecutor, BlockInputs, ExecutedTransactions, TransactionOutcome, execute_block};
pub use error::{BlockError, ExecutionError, InvalidTransaction};
pub use genesis::{GenesisBlock, genesis_block};
pub use simulate::{AccountOverride, CallOutcome, CallRequest, SimulationLimits, Simulator};
pub use validate::{CheckedTransaction, check_bundles, check_state, check_static};

use alloy_primitives::B256;
use sero_primitives::genesis::NetworkKind;
use sero_shielded::verifier::VerifyingKeys;

/// What stays the same from block to block.
#[derive(Clone)]
pub struct ChainParameters {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// Kind of chain.
    pub network: NetworkKind,
    /// Price of a name in base units of SERO.
    pub registration_fee: u128,
    /// Blocks between the newest anchor and the one a wallet should use.
    pub anchor_lag: u64,
    /// Keys of the circuits.
    pub verifying_keys: VerifyingKeys,
}
