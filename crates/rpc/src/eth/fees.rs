//! Prices of gas.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::BlockData;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_consensus::Header;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{U64, U128};
use alloy_rpc_types_eth::FeeHistory;
use serde_json::{Value, json};
use sero_chain::ChainExecutor;

/// Tip where no block says otherwise, in wei per gas.
const TIP_DEFAULT: u128 = 1_000_000_000;
/// Highest tip that is suggested, in wei per gas.
const TIP_MAX: u128 = 500_000_000_000;
/// Blocks that the suggestion looks at.
const TIP_BLOCKS: u64 = 20;
/// Blocks of one fee history.
const HISTORY_BLOCKS_MAX: u64 = 1024;
/// Percentiles of one fee history.
const PERCENTILES_MAX: usize = 100;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.heavy("eth_gasPrice", &[], |context, _| {
        Ok(U128::from(suggested_tip(context)?.saturating_add(next_base_fee(context).into())))
    });
    methods.heavy("eth_maxPriorityFeePerGas", &[], |context, _| suggested_tip(context).map(U128::from));
    methods.instant("eth_baseFee", &[], |context, _| Ok(U64::from(next_base_fee(context))));
    methods.instant("eth_blobBaseFee", &[], |context, _| {
        let next = context.next_header(&context.chain.head().header);
        Ok(context.blob_price(&next).map(U128::from))
    });
    methods.heavy("eth_feeHistory", &["blockCount", "newestBlock", "rewardPercentiles"], fee_history);
}

/// Base fee of the block to come, in wei per gas.
pub(crate) fn next_base_fee(context: &RpcContext) -> u64 {
    context.next_header(&context.chain.head().header).base_fee_per_gas.unwrap_or_default()
}

/// The tip that 60 % of recent transactions did not exceed, in wei per gas.
pub(crate) fn suggested_tip(context: &RpcContext) -> Result<u128, RpcError> {
    let head = context.chain.head();
    if let Some((_, tip)) = context.tip.lock().filter(|(at, _)| *at == head.hash) {
        return Ok(tip);
    }
    let tip = compute_tip(context, head.header.number)?;
    *context.tip.lock() = Some((head.hash, tip));
    Ok(tip)
}

fn compute_tip(context: &RpcContext, head: u64) -> Result<u128, RpcError> {
    let mut tips = Vec::new();
    for number in head.saturating_sub(TIP_BLOCKS - 1)..=head {
        let Some(block) = context.chain.block(number)? else { continue };
        let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
        let tip = |price: u128| price.saturating_sub(base_fee.into());
        tips.extend(
            block.transactions.iter().map(|transaction| tip(transaction.effective_gas_price(base_fee))),
        );
    }
    tips.sort_unstable();
    let tip = tips.get(tips.len().saturating_sub(1) * 60 / 100).copied().unwrap_or(TIP_DEFAULT);
    Ok(tip.min(TIP_MAX))
}

fn fee_history(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let count = arguments.required_u64(0)?.min(HISTORY_BLOCKS_MAX);
    let newest: Option<BlockNumberOrTag> = arguments.optional(1)?;
    let percentiles: Option<Vec<f64>> = arguments.optional(2)?;
    if let Some(percentiles) = &percentiles {
        check_percentiles(percentiles).map_err(|reason| arguments.invalid(2, &reason))?;
    }
    if count == 0 {
        return Ok(json!({ "oldestBlock": U64::ZERO, "baseFeePerGas": [], "gasUsedRatio": [] }));
    }
    let newest = context.block_at(newest.map(BlockId::Number))?;
    let oldest = (newest.number + 1).saturating_sub(count);
    let mut history = FeeHistory { oldest_block: oldest, ..FeeHistory::default() };
    let mut rewards = Vec::new();
    for number in oldest..=newest.number {
        let at = context.block_at(Some(BlockId::number(number)))?;
        history.base_fee_per_gas.push(at.header.base_fee_per_gas.unwrap_or_default().into());
        // CAST: a ratio for display; gas counts are far below 2^52.
        history.gas_used_ratio.push(at.header.gas_used as f64 / at.header.gas_limit as f64);
        history.base_fee_per_blob_gas.push(context.blob_price(&at.header).unwrap_or_default());
        history.blob_gas_used_ratio.push(blob_ratio(context, &at.header));
        if let Some(percentiles) = &percentiles {
            let empty = at.header.gas_used == 0;
            rewards.push(if empty {
                vec![0; percentiles.len()]
            } else {
                block_rewards(context.block_data(&at)?.as_ref(), percentiles)
            });
        }
    }
    let next = context.next_header(&newest.header);
    history.base_fee_per_gas.push(next.base_fee_per_gas.unwrap_or_default().into());
    history.base_fee_per_blob_gas.push(context.blob_price(&next).unwrap_or_default());
    history.reward = percentiles.map(|_| rewards);
    serde_json::to_value(history).map_err(RpcError::internal)
}

/// Of the blobs that a block has room for, the part that it has; 0 where there are none.
fn blob_ratio(context: &RpcContext, header: &Header) -> f64 {
    let blobs = context.chain.parameters().forks.blobs(header.timestamp);
    let (Some(used), Some(blobs)) = (header.blob_gas_used, blobs) else { return 0.0 };
    // CAST: a ratio for display; gas counts are far below 2^52.
    used as f64 / blobs.max_blob_gas_per_block() as f64
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), String> {
    if percentiles.len() > PERCENTILES_MAX {
        return Err(format!("at most {PERCENTILES_MAX} percentiles"));
    }
    if percentiles.iter().any(|percentile| !(0.0..=100.0).contains(percentile)) {
        return Err("a percentile is 0 to 100".into());
    }
    if percentiles.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err("percentiles must ascend".into());
    }
    Ok(())
}

/// The tips at the percentiles of the block's gas.
fn block_rewards(data: &BlockData, percentiles: &[f64]) -> Vec<u128> {
    let header = &data.block.header;
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let tip = |price: u128| price.saturating_sub(base_fee.into());
    let prices =
        data.block.transactions.iter().map(|transaction| tip(transaction.effective_gas_price(base_fee)));
    let mut by_tip: Vec<(u128, u64)> = prices.zip(data.gas_used()).collect();
    by_tip.sort_unstable();
    let reward = |percentile: &f64| {
        // CAST: a share of the block's gas, for display.
        let threshold = (header.gas_used as f64 * percentile / 100.0) as u64;
        let mut sum = 0u64;
        let reached = by_tip.iter().find(|(_, gas)| {
            sum += gas;
            sum >= threshold
        });
        reached.or(by_tip.last()).map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(reward).collect()
}
