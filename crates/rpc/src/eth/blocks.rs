//! Blocks and their receipts.

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::convert::{header_json, ommer_json, pending_block_json, pending_header_json, short_block_json};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::U64;
use serde_json::Value;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("eth_getBlockByNumber", &["block", "full"], |context, arguments| {
        block(context, number(arguments)?, arguments)
    });
    methods.light("eth_getBlockByHash", &["hash", "full"], |context, arguments| {
        block(context, hash(arguments)?, arguments)
    });
    methods.light("eth_getBlockTransactionCountByNumber", &["block"], |context, arguments| {
        transaction_count(context, number(arguments)?)
    });
    methods.light("eth_getBlockTransactionCountByHash", &["hash"], |context, arguments| {
        transaction_count(context, hash(arguments)?)
    });
    methods.light("eth_getUncleCountByBlockNumber", &["block"], |context, arguments| {
        uncle_count(context, number(arguments)?)
    });
    methods.light("eth_getUncleCountByBlockHash", &["hash"], |context, arguments| {
        uncle_count(context, hash(arguments)?)
    });
    methods.light("eth_getUncleByBlockNumberAndIndex", &["block", "index"], |context, arguments| {
        uncle(context, number(arguments)?, arguments)
    });
    methods.light("eth_getUncleByBlockHashAndIndex", &["hash", "index"], |context, arguments| {
        uncle(context, hash(arguments)?, arguments)
    });
    methods.heavy("eth_getBlockReceipts", &["block"], receipts);
    methods
        .light("eth_getHeaderByNumber", &["block"], |context, arguments| header(context, number(arguments)?));
    methods.light("eth_getHeaderByHash", &["hash"], |context, arguments| header(context, hash(arguments)?));
    methods.light("erigon_getHeaderByNumber", &["block"], |context, arguments| {
        header(context, number(arguments)?)
    });
}

/// The first parameter as a number or tag; `latest` if missing.
pub(crate) fn number(arguments: &Arguments) -> Result<BlockId, RpcError> {
    Ok(BlockId::Number(arguments.optional::<BlockNumberOrTag>(0)?.unwrap_or_default()))
}

/// The first parameter as a block's hash.
pub(crate) fn hash(arguments: &Arguments) -> Result<BlockId, RpcError> {
    arguments.required_hash(0).map(BlockId::from)
}

fn block(context: &RpcContext, id: BlockId, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let full = arguments.optional::<bool>(1)?.unwrap_or_default();
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    if at.pending {
        return pending_block_json(&context.next_header(&at.header)).map(Some);
    }
    let json = match full {
        true => context.block_data(&at)?.block_json()?,
        false => short_block_json(at.hash, &read_block(context, &at)?)?,
    };
    serde_json::to_value(json).map(Some).map_err(RpcError::internal)
}

/// A block without what is in it.
fn header(context: &RpcContext, id: BlockId) -> Result<Option<Value>, RpcError> {
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    let json = if at.pending {
        pending_header_json(&context.next_header(&at.header))
    } else {
        serde_json::to_value(header_json(at.hash, &at.header)).map_err(RpcError::internal)
    };
    json.map(Some)
}

pub(crate) fn read_block(context: &RpcContext, at: &BlockAt) -> Result<sero_primitives::Block, RpcError> {
    context.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))
}

fn transaction_count(context: &RpcContext, id: BlockId) -> Result<Option<U64>, RpcError> {
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    if at.pending {
        return Ok(Some(U64::ZERO));
    }
    Ok(Some(U64::from(read_block(context, &at)?.transactions.len())))
}

fn uncle_count(context: &RpcContext, id: BlockId) -> Result<Option<U64>, RpcError> {
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    if at.pending {
        return Ok(Some(U64::ZERO));
    }
    Ok(Some(U64::from(read_block(context, &at)?.ommers.len())))
}

fn uncle(context: &RpcContext, id: BlockId, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let index = arguments.required_u64(1)?;
    let Some(at) = context.find_block(id)?.filter(|at| !at.pending) else { return Ok(None) };
    let block = read_block(context, &at)?;
    let ommer = usize::try_from(index).ok().and_then(|index| block.ommers.get(index));
    ommer.map(|ommer| serde_json::to_value(ommer_json(ommer)).map_err(RpcError::internal)).transpose()
}

fn receipts(context: &RpcContext, arguments: &Arguments) -> Result<Option<Vec<Value>>, RpcError> {
    let id = arguments.optional::<BlockId>(0)?.unwrap_or_else(BlockId::latest);
    match context.find_block(id)? {
        None => Ok(None),
        Some(at) if at.pending => Ok(Some(vec![])),
        Some(at) => context.block_data(&at)?.receipts_json().map(Some),
    }
}
