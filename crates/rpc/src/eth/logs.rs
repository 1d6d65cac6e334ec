//! `eth_getLogs`: bounds are checked before any block is read.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use sero_chain::ChainExecutor;
use std::ops::RangeInclusive;

/// Blocks of one query.
const BLOCKS_MAX: u64 = 10_000;
/// Logs of one answer.
const LOGS_MAX: usize = 20_000;
/// Bytes of one answer.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a log's JSON beside its data, about.
const LOG_BYTES: usize = 400;
/// Addresses, and topics in one position.
const ALTERNATIVES_MAX: usize = 1_000;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.heavy("eth_getLogs", &["filter"], |context, arguments: &Arguments| {
        let filter: Filter = arguments.required(0)?;
        check_filter(&filter)?;
        find_logs(context, &filter)
    });
}

/// Refuses a filter with too many alternatives.
pub(crate) fn check_filter(filter: &Filter) -> Result<(), RpcError> {
    if filter.address.len() > ALTERNATIVES_MAX {
        return Err(RpcError::Parameters(format!("filter.address: at most {ALTERNATIVES_MAX} addresses")));
    }
    if filter.topics.iter().any(|topics| topics.len() > ALTERNATIVES_MAX) {
        return Err(RpcError::Parameters(format!(
            "filter.topics: at most {ALTERNATIVES_MAX} in one position"
        )));
    }
    Ok(())
}

/// The logs that a checked filter asks for.
pub(crate) fn find_logs(context: &RpcContext, filter: &Filter) -> Result<Vec<Log>, RpcError> {
    let head = context.chain.head().header.number;
    let (from, to) = match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let number = context.block_at(Some(BlockId::from(hash)))?.number;
            (number, number)
        }
        FilterBlockOption::Range { from_block, to_block } => {
            (height(from_block, head), height(to_block, head))
        }
    };
    if from > to {
        return Err(RpcError::Parameters(format!("filter: fromBlock {from} is after toBlock {to}")));
    }
    if from > head || to > head {
        return Err(RpcError::Parameters(format!(
            "filter: block range extends beyond current head block {head}"
        )));
    }
    logs_in(context, filter, from..=to)
}

fn height(tag: Option<BlockNumberOrTag>, head: u64) -> u64 {
    match tag {
        Some(BlockNumberOrTag::Number(number)) => number,
        Some(BlockNumberOrTag::Earliest) => 0,
        _ => head,
    }
}

/// The matching logs of existing blocks.
pub(crate) fn logs_in(
    context: &RpcContext,
    filter: &Filter,
    blocks: RangeInclusive<u64>,
) -> Result<Vec<Log>, RpcError> {
    let count = (blocks.end() - blocks.start()).saturating_add(1);
    if count > BLOCKS_MAX {
        return Err(RpcError::Limit(format!(
            "query spans {count} blocks, at most {BLOCKS_MAX} are searched at once"
        )));
    }
    let (mut logs, mut bytes) = (Vec::new(), 0usize);
    for number in blocks {
        let Some(header) = context.chain.header(number)? else { break };
        if !filter.matches_bloom(header.logs_bloom) {
            continue;
        }
        let at = context.block_at(Some(BlockId::number(number)))?;
        for log in context.block_data(&at)?.logs(|log| filter.matches(log)) {
            // Two hex digits for each byte.
            bytes += LOG_BYTES + 2 * log.inner.data.data.len();
            logs.push(log);
            if logs.len() > LOGS_MAX || bytes > BYTES_MAX {
                return Err(RpcError::Limit(format!(
                    "query has more than {LOGS_MAX} results or {BYTES_MAX} bytes, \
                     found them by block {number}; narrow it"
                )));
            }
        }
    }
    Ok(logs)
}
