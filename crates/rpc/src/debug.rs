//! `debug_`: records as their bytes.

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::error::RpcError;
use crate::eth::transactions;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::Bytes;
use sero_primitives::{Block, Receipt};

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("debug_getRawHeader", &["block"], |context, arguments| {
        Ok(Bytes::from(alloy_rlp::encode(block(context, arguments)?.header)))
    });
    methods.heavy("debug_getRawBlock", &["block"], |context, arguments| {
        Ok(Bytes::from(block(context, arguments)?.encode_rlp()))
    });
    methods.heavy("debug_getRawReceipts", &["block"], |context, arguments| {
        let receipts = context.chain.receipts(at(context, arguments)?.number)?;
        Ok(receipts.iter().map(Receipt::encode_2718).map(Bytes::from).collect::<Vec<_>>())
    });
    methods.light("debug_getRawTransaction", &["hash"], transactions::raw_by_hash);
    methods.light("debug_getBadBlocks", &[], |_, _| Ok(Vec::<Bytes>::new()));
}

fn at(context: &RpcContext, arguments: &Arguments) -> Result<BlockAt, RpcError> {
    context.block_at(Some(arguments.required::<BlockId>(0)?))
}

fn block(context: &RpcContext, arguments: &Arguments) -> Result<Block, RpcError> {
    let at = at(context, arguments)?;
    context.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))
}
