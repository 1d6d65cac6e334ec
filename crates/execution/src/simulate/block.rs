//! Blocks that never were: the block executor on replaced accounts, with as few checks as the caller wants.

use super::overrides::{Overrides, override_state};
use crate::ChainParameters;
use crate::block::BlockExecutor;
use crate::error::ExecutionError;
use alloy_consensus::Header;
use sero_primitives::StateReader;

/// What is made up about a simulated block.
#[derive(Clone, Debug, Default)]
pub struct SimulatedBlock {
    /// Accounts replaced before its first transaction.
    pub overrides: Overrides,
    /// Wei for a unit of blob gas, if not what follows from the header.
    pub blob_base_fee: Option<u128>,
    /// Whether nonces and fees must be right. Who may send, and that somebody signed, is never checked.
    pub validate: bool,
}

impl<'a> BlockExecutor<'a> {
    /// Starts a block that never was on the state of its parent.
    pub fn simulated(
        parent_state: &'a dyn StateReader,
        header: Header,
        parameters: &ChainParameters,
        simulated: &SimulatedBlock,
    ) -> Result<Self, ExecutionError> {
        let overridden = override_state(parent_state, &simulated.overrides, parameters, &header)?;
        let mut executor = Self::new(parent_state, header, parameters);
        executor.make_lenient(overridden, simulated);
        Ok(executor)
    }
}
