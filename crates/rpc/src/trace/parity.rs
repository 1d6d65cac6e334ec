//! `trace_*`: OpenEthereum's traces, as explorers read them.

use super::{Answer, Bounds, Kept, Replayed, Wanted, find, limits, no_root, replay};
use crate::arguments::Arguments;
use crate::context::{BlockAt, CALL_GAS_MAX, RpcContext};
use crate::error::RpcError;
use crate::eth::calls::call_request;
use crate::eth::simulate::unsigned;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::map::HashSet;
use alloy_primitives::{Bytes, U64};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::filter::TraceFilter;
use alloy_rpc_types_trace::parity::{
    Action, LocalizedTransactionTrace, RewardAction, RewardType, TraceResults,
    TraceResultsWithTransactionHash, TraceType, TransactionTrace,
};
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use serde_json::value::RawValue;
use sero_execution::{BlockExecutor, CheckedTransaction, Inspected, SimulatedBlock, block_rewards};
use sero_primitives::Transaction;

/// Most blocks that one filter looks at.
const FILTER_BLOCKS_MAX: u64 = 100;
/// Most calls of one `trace_callMany`.
const CALLS_MAX: usize = 100;

type Types = HashSet<TraceType>;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.tracing("trace_block", &["block"], |context, arguments| {
        let Some(at) = context.find_block(arguments.required::<BlockId>(0)?)? else { return Ok(None) };
        block_traces(context, &at, Bounds::new(None)).map(Some)
    });
    methods.tracing("trace_transaction", &["hash"], transaction_traces);
    methods.tracing("trace_get", &["hash", "indices"], get);
    methods.tracing("trace_filter", &["filter"], filter);
    methods.tracing("trace_replayTransaction", &["hash", "types"], replay_transaction);
    methods.tracing("trace_replayBlockTransactions", &["block", "types"], replay_block);
    methods.tracing("trace_call", &["transaction", "types", "block"], call);
    methods.tracing("trace_callMany", &["calls", "block"], call_many);
    methods.tracing("trace_rawTransaction", &["raw", "types"], raw_transaction);
}

/// An inspector for these traces. On a chain with privacy, calls of precompiles are shown: ours do things.
fn inspector(context: &RpcContext, types: Option<&Types>) -> TracingInspector {
    let config = match types {
        None => TracingInspectorConfig::default_parity(),
        Some(types) => TracingInspectorConfig::from_parity_config(types),
    };
    let plain = context.chain.parameters().privacy.is_none();
    TracingInspector::new(config.set_exclude_precompile_calls(plain)).with_limits(limits())
}

type Seen<'b, 'a> = Inspected<'b, 'a, (TracingInspector, Bounds)>;

fn localized(replayed: Replayed<'_>, seen: Seen<'_, '_>) -> Vec<LocalizedTransactionTrace> {
    let inspector = &mut seen.inspector.0;
    inspector.set_transaction_gas_limit(seen.transaction.gas_limit);
    inspector.set_transaction_caller(seen.transaction.caller);
    inspector.clone().into_parity_builder().into_localized_transaction_traces(replayed.info())
}

fn results(seen: Seen<'_, '_>, types: &Types) -> Result<TraceResults, RpcError> {
    let inspector = &mut seen.inspector.0;
    inspector.set_transaction_gas_limit(seen.transaction.gas_limit);
    inspector.set_transaction_caller(seen.transaction.caller);
    let builder = inspector.clone().into_parity_builder();
    builder.into_trace_results_with_state(seen.result, types, seen.before).map_err(RpcError::internal)
}

fn bounds(types: &Types) -> Bounds {
    Bounds::new(None).keeping(kept(types))
}

fn kept(types: &Types) -> Kept {
    let vm = types.contains(&TraceType::VmTrace);
    Kept { steps: vm, code: vm, ..Kept::default() }
}

/// All calls of a block, and before the merge its rewards.
fn block_traces(
    context: &RpcContext,
    at: &BlockAt,
    bounds: Bounds,
) -> Result<Vec<LocalizedTransactionTrace>, RpcError> {
    if at.number == 0 {
        return Ok(vec![]);
    }
    let make = || Ok(inspector(context, None));
    let traces =
        replay(context, at, Wanted::All, bounds, make, |replayed, seen| Ok(localized(replayed, seen)))?;
    let mut traces: Vec<_> = traces.into_iter().flatten().collect();
    let block = context.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))?;
    let fork = context.chain.parameters().forks.at(at.number, at.header.timestamp);
    let rewards = block_rewards(&block.header, &block.ommers, fork);
    traces.extend(rewards.into_iter().enumerate().map(|(index, (author, value))| {
        let reward_type = if index == 0 { RewardType::Block } else { RewardType::Uncle };
        LocalizedTransactionTrace {
            trace: TransactionTrace {
                action: Action::Reward(RewardAction { author, reward_type, value }),
                error: None,
                result: None,
                subtraces: 0,
                trace_address: vec![],
            },
            block_hash: Some(at.hash),
            block_number: Some(at.number),
            transaction_hash: None,
            transaction_position: None,
        }
    }));
    Ok(traces)
}

fn transaction_traces(
    context: &RpcContext,
    arguments: &Arguments,
) -> Result<Option<Vec<LocalizedTransactionTrace>>, RpcError> {
    let Some((at, index)) = find(context, arguments.required_hash(0)?)? else { return Ok(None) };
    let make = || Ok(inspector(context, None));
    let read = |replayed: Replayed<'_>, seen: Seen<'_, '_>| Ok(localized(replayed, seen));
    let traces = replay(context, &at, Wanted::One(index), Bounds::new(None), make, read)?;
    Ok(Some(traces.into_iter().flatten().collect()))
}

fn get(context: &RpcContext, arguments: &Arguments) -> Result<Option<LocalizedTransactionTrace>, RpcError> {
    let indices: Vec<U64> = arguments.required(1)?;
    let traces = transaction_traces(context, arguments)?.unwrap_or_default();
    let path: Vec<usize> = indices.into_iter().map(|index| index.to()).collect();
    Ok(traces.into_iter().find(|trace| trace.trace.trace_address == path))
}

fn filter(context: &RpcContext, arguments: &Arguments) -> Result<Vec<Box<RawValue>>, RpcError> {
    let filter: TraceFilter = arguments.required(0)?;
    let head = context.block_at(None)?.number;
    let (from, to) = (filter.from_block.unwrap_or(0), filter.to_block.unwrap_or(head));
    if from > to || to > head {
        return Err(arguments.invalid(0, &format!("blocks {from} to {to} do not exist, head is {head}")));
    }
    if to - from >= FILTER_BLOCKS_MAX {
        return Err(RpcError::Limit(format!("at most {FILTER_BLOCKS_MAX} blocks are traced at once")));
    }
    let matcher = filter.matcher();
    let bounds = Bounds::new(None);
    let (mut answer, mut skip) = (Answer::default(), filter.after.unwrap_or(0));
    let count = filter.count.unwrap_or(u64::MAX);
    let mut found = Vec::new();
    for number in from..=to {
        let at = context.block_at(Some(BlockId::from(number)))?;
        for trace in block_traces(context, &at, bounds.clone())? {
            if !matcher.matches(&trace.trace) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if u64::try_from(found.len()).map_err(RpcError::internal)? >= count {
                return Ok(found);
            }
            found.push(answer.part(&trace)?);
        }
    }
    Ok(found)
}

fn replay_transaction(
    context: &RpcContext,
    arguments: &Arguments,
) -> Result<Option<Box<RawValue>>, RpcError> {
    let types: Types = arguments.required(1)?;
    let Some((at, index)) = find(context, arguments.required_hash(0)?)? else { return Ok(None) };
    let mut answer = Answer::default();
    let make = || Ok(inspector(context, Some(&types)));
    let replayed = replay(context, &at, Wanted::One(index), bounds(&types), make, |_, seen| {
        answer.part(&results(seen, &types)?)
    })?;
    Ok(replayed.into_iter().next())
}

fn replay_block(context: &RpcContext, arguments: &Arguments) -> Result<Option<Vec<Box<RawValue>>>, RpcError> {
    let types: Types = arguments.required(1)?;
    let Some(at) = context.find_block(arguments.required::<BlockId>(0)?)? else { return Ok(None) };
    if at.number == 0 {
        return Ok(Some(vec![]));
    }
    let mut answer = Answer::default();
    let make = || Ok(inspector(context, Some(&types)));
    let replayed = replay(context, &at, Wanted::All, bounds(&types), make, |replayed, seen| {
        let full_trace = results(seen, &types)?;
        answer.part(&TraceResultsWithTransactionHash { full_trace, transaction_hash: replayed.hash() })
    })?;
    Ok(Some(replayed))
}

fn call(context: &RpcContext, arguments: &Arguments) -> Result<Box<RawValue>, RpcError> {
    let call = call_request(&arguments.required(0)?)?;
    let types: Types = arguments.required(1)?;
    let (state, at) = context.state_at(arguments.optional(2)?)?;
    let simulator = context.simulator(&state, context.simulated_header(&at));
    let inspector = (inspector(context, Some(&types)), bounds(&types));
    let results = simulator.inspect_call(&call, inspector, |seen| results(seen, &types))??;
    Answer::default().part(&results)
}

/// Calls one after another, each on the state that the last one left.
fn call_many(context: &RpcContext, arguments: &Arguments) -> Result<Vec<Box<RawValue>>, RpcError> {
    // Before they are made into anything larger than they are.
    if arguments.length(0, "") > CALLS_MAX {
        return Err(RpcError::Limit(format!("at most {CALLS_MAX} calls are traced at once")));
    }
    let calls: Vec<(TransactionRequest, Types)> = arguments.required(0)?;
    let (state, at) = context.state_at(arguments.optional(1)?)?;
    let mut header = context.simulated_header(&at);
    header.gas_limit = CALL_GAS_MAX;
    header.base_fee_per_gas = header.base_fee_per_gas.map(|_| 0);
    let parameters = context.chain.parameters();
    let started = Bounds::new(None);
    let mut executor = BlockExecutor::simulated(&state, header, parameters, &SimulatedBlock::default())?
        .with_state_root(&no_root)
        .inspected_by((inspector(context, None), started.clone()));
    let mut answer = Answer::default();
    let mut all = Vec::with_capacity(calls.len());
    for (request, types) in calls {
        let from = request.from.unwrap_or_default();
        let nonce = executor.nonce(from)?;
        let gas = request.gas.unwrap_or(executor.gas_left()).min(executor.gas_left());
        let transaction = unsigned(request, nonce, gas, parameters.chain_id)?;
        let checked = CheckedTransaction::for_simulation(transaction, Some(from));
        started.check_time()?;
        let bounds = started.clone().keeping(kept(&types));
        *executor.inspector() = (inspector(context, Some(&types)), bounds);
        let (_, one) = executor.inspect(&checked, |seen| results(seen, &types))?;
        all.push(answer.part(&one?)?);
    }
    Ok(all)
}

/// A signed transaction as if it were the only one of the next block.
fn raw_transaction(context: &RpcContext, arguments: &Arguments) -> Result<Box<RawValue>, RpcError> {
    let (raw, types): (Bytes, Types) = (arguments.required(0)?, arguments.required(1)?);
    let transaction =
        Transaction::decode_2718(&raw).map_err(|error| arguments.invalid(0, &error.to_string()))?;
    let sender = transaction.recover_sender()?;
    let (state, at) = context.state_at(None)?;
    let header = context.next_header(&at.header);
    let mut executor = BlockExecutor::new(&state, header, context.chain.parameters())
        .with_state_root(&no_root)
        .inspected_by((inspector(context, Some(&types)), bounds(&types)));
    let checked = CheckedTransaction::for_simulation(transaction, sender);
    let (_, results) = executor.inspect(&checked, |seen| results(seen, &types))?;
    Answer::default().part(&results?)
}
