//! Transactions: submitting and reading them.

use super::blocks::{hash, number};
use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::convert::{Place, pending_transaction_json, transaction_json};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::{B256, Bytes};
use serde_json::Value;
use sero_chain::TransactionLocation;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.submission("eth_sendRawTransaction", &["transaction"], send_raw);
    methods.light("eth_getTransactionByHash", &["hash"], by_hash);
    methods.light("eth_getTransactionByBlockHashAndIndex", &["hash", "index"], |context, arguments| {
        by_index(context, hash(arguments)?, arguments)
    });
    methods.light("eth_getTransactionByBlockNumberAndIndex", &["block", "index"], |context, arguments| {
        by_index(context, number(arguments)?, arguments)
    });
    methods.light("eth_getRawTransactionByHash", &["hash"], raw_by_hash);
    methods.light("eth_getTransactionReceipt", &["hash"], receipt);
}

fn send_raw(context: &RpcContext, arguments: &Arguments) -> Result<B256, RpcError> {
    let raw: Bytes = arguments.required(0)?;
    Ok(context.pool.submit(&raw)?)
}

/// Where a final transaction is. Blocks after the head that this request sees
/// do not count.
fn locate(context: &RpcContext, hash: B256) -> Result<Option<(TransactionLocation, BlockAt)>, RpcError> {
    let Some(location) = context.chain.transaction_location(hash)? else { return Ok(None) };
    let at = context.find_block(BlockId::number(location.block_number))?;
    Ok(at.map(|at| (location, at)))
}

fn at_location(
    context: &RpcContext,
    location: TransactionLocation,
    at: &BlockAt,
) -> Result<Option<Value>, RpcError> {
    let Some(transaction) = context.chain.transaction(location)? else { return Ok(None) };
    let place = Place { block_hash: at.hash, header: &at.header, index: location.index.into() };
    transaction_json(&transaction, place).map(Some)
}

fn by_hash(context: &RpcContext, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let hash = arguments.required_hash(0)?;
    // The pool first: a transaction that a block takes meanwhile is then found on the chain.
    let waiting = context.pool.get(hash);
    match (locate(context, hash)?, waiting) {
        (Some((location, at)), _) => at_location(context, location, &at),
        (None, Some(waiting)) => pending_transaction_json(waiting.transaction(), waiting.sender()).map(Some),
        (None, None) => Ok(None),
    }
}

fn by_index(context: &RpcContext, id: BlockId, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let index = arguments.required_u64(1)?;
    let Some(at) = context.find_block(id)?.filter(|at| !at.pending) else { return Ok(None) };
    let Ok(index) = u32::try_from(index) else { return Ok(None) };
    at_location(context, TransactionLocation { block_number: at.number, index }, &at)
}

pub(crate) fn raw_by_hash(context: &RpcContext, arguments: &Arguments) -> Result<Option<Bytes>, RpcError> {
    let hash = arguments.required_hash(0)?;
    if let Some(waiting) = context.pool.get(hash) {
        return Ok(Some(waiting.transaction().encode_2718().into()));
    }
    let Some((location, _)) = locate(context, hash)? else { return Ok(None) };
    Ok(context.chain.transaction(location)?.map(|transaction| transaction.encode_2718().into()))
}

fn receipt(context: &RpcContext, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let Some((location, at)) = locate(context, arguments.required_hash(0)?)? else { return Ok(None) };
    let index = usize::try_from(location.index).map_err(RpcError::internal)?;
    context.block_data(&at)?.receipt_json(index).map(Some)
}
