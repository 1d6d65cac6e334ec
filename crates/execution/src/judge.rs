//! Judging a block made elsewhere.

use crate::ChainParameters;
use crate::block::{BlockExecutor, BlockInputs, ChainView, ExecutedTransactions, TIMESTAMP_MAX};
use crate::error::{BlockError, ExecutionError, InvalidTransaction};
use crate::ethereum;
use crate::validate::{CheckedTransaction, certain_gas, check_bundles, check_static};
use alloy_consensus::Header;
use sero_primitives::{Block, StateReader};

/// Verifies a block made elsewhere: header against parent, all transactions,
/// all bundles in one batch, execution, roots. The state root is the caller's
/// to compare, with what storage computes from the diff. Without a `view`, blocks from before the merge are not judged.
pub fn execute_block(
    parent_state: &dyn StateReader,
    parent: &Header,
    block: &Block,
    parameters: &ChainParameters,
    view: Option<ChainView<'_>>,
) -> Result<ExecutedTransactions, BlockError> {
    let (header, checked) = match &parameters.privacy {
        Some(_) => check_block(parent, block, parameters)?,
        None => ethereum::check_block(parent, block, parameters, view)?,
    };
    let mut executor = BlockExecutor::new(parent_state, header, parameters);
    if let Some(view) = view {
        executor = executor.with_state_root(view.state_root);
    }
    executor.open()?;
    for (index, checked) in checked.iter().enumerate() {
        executor.execute(checked).map_err(|error| match error {
            ExecutionError::Invalid(error) => transaction_error(block, index, error),
            ExecutionError::State(error) => BlockError::State(error),
            ExecutionError::Internal(reason) => BlockError::Internal(reason),
        })?;
    }
    let mut executed = executor.finish_with(&block.ommers, &block.withdrawals)?;
    executed.header.state_root = block.header.state_root;
    if executed.header != block.header {
        return Err(first_difference(&block.header, &executed.header));
    }
    Ok(executed)
}

/// A block of this chain before execution: what its header must be, and its transactions.
fn check_block(
    parent: &Header,
    block: &Block,
    parameters: &ChainParameters,
) -> Result<(Header, Vec<CheckedTransaction>), BlockError> {
    let inputs = BlockInputs {
        timestamp: block.header.timestamp,
        beneficiary: block.header.beneficiary,
        prevrandao: block.header.mix_hash,
    };
    let header = inputs.header(parent);
    if header.timestamp <= parent.timestamp {
        return Err(header_error("timestamp", header.timestamp, format!("above {}", parent.timestamp)));
    }
    if header.timestamp > TIMESTAMP_MAX {
        return Err(header_error("timestamp", header.timestamp, format!("at most {TIMESTAMP_MAX}")));
    }
    if !block.ommers.is_empty() {
        return Err(BlockError::Ommer { index: 0, reason: "this chain has none".into() });
    }
    if !block.withdrawals.is_empty() {
        return Err(header_error("withdrawals", block.withdrawals.len(), 0));
    }
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let mut checked = Vec::with_capacity(block.transactions.len());
    // Gas is counted before proofs, so that a proposer cannot make others verify more than a block can hold. The
    // limit is the one that follows from the parent, not what the block's header says of itself.
    let mut available = header.gas_limit;
    for (index, transaction) in block.transactions.iter().enumerate() {
        let refuse = |error| transaction_error(block, index, error);
        let one = check_static(transaction.clone(), parameters, header.number, base_fee, header.gas_limit)
            .map_err(refuse)?;
        let gas_limit = certain_gas(&one);
        let too_much = || refuse(InvalidTransaction::GasLimit { gas_limit, available });
        available = available.checked_sub(gas_limit).ok_or_else(too_much)?;
        checked.push(one);
    }
    check_bundles(&checked.iter().collect::<Vec<_>>(), parameters, header.number)
        .map_err(|(index, error)| transaction_error(block, index, error))?;
    Ok((header, checked))
}

pub(crate) fn transaction_error(block: &Block, index: usize, error: InvalidTransaction) -> BlockError {
    BlockError::Transaction { index, hash: block.transactions[index].hash(), error }
}

pub(crate) fn header_error(
    field: &'static str,
    found: impl core::fmt::Debug,
    expected: impl core::fmt::Debug,
) -> BlockError {
    BlockError::Header { field, found: format!("{found:?}"), expected: format!("{expected:?}") }
}

fn first_difference(found: &Header, expected: &Header) -> BlockError {
    macro_rules! compare {
        ($($field:ident),* $(,)?) => {
            $(if found.$field != expected.$field {
                return header_error(stringify!($field), &found.$field, &expected.$field);
            })*
        };
    }
    compare!(
        parent_hash,
        number,
        beneficiary,
        gas_limit,
        gas_used,
        timestamp,
        base_fee_per_gas,
        transactions_root,
        receipts_root,
        logs_bloom,
        extra_data,
        mix_hash,
        nonce,
        difficulty,
        ommers_hash,
        withdrawals_root,
        blob_gas_used,
        excess_blob_gas,
        parent_beacon_block_root,
        requests_hash,
    );
    header_error("header", found.hash_slow(), expected.hash_slow())
}
