//! `debug_trace*`: geth's tracers, but for those written in JavaScript.

use super::{
    Answer, Bounds, Kept, Replayed, Wanted, changes_before, find, limits, replay, transaction_index,
};
use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::error::RpcError;
use crate::eth::calls::call_request;
use crate::eth::overrides::{BlockOverrides, state_overrides};
use crate::methods::Methods;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY as KECCAK_EMPTY, Log, U64};
use alloy_rpc_types_eth::TransactionInfo;
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_trace::geth::{
    CallConfig, CallLogFrame, GethDebugBuiltInTracerType, GethDebugTracerType, GethDebugTracingOptions,
    GethTrace, PreStateFrame,
};
use alloy_rpc_types_trace::parity::LocalizedTransactionTrace;
use revm::DatabaseRef;
use revm::context::BlockEnv;
use revm::context::result::{ExecutionResult, ResultAndState};
use revm_inspectors::tracing::types::{CallTraceNode, TraceMemberOrder};
use revm_inspectors::tracing::{DebugInspector, TracingInspector, TransactionContext};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sero_execution::{BlockDb, Inspected};
use sero_primitives::{ChangedState, StateDiff};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most tracers that muxTracer runs.
const MUX_MAX: usize = 4;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.tracing("debug_traceTransaction", &["hash", "config"], transaction);
    methods.tracing("debug_traceBlockByNumber", &["block", "config"], |context, arguments| {
        let number = BlockId::Number(arguments.required::<BlockNumberOrTag>(0)?);
        block(context, number, arguments)
    });
    methods.tracing("debug_traceBlockByHash", &["hash", "config"], |context, arguments| {
        block(context, arguments.required_hash(0)?.into(), arguments)
    });
    methods.tracing("debug_traceCall", &["transaction", "block", "config"], call);
}

/// What a caller asks of a tracer.
struct Request {
    options: GethDebugTracingOptions,
    timeout: Option<Duration>,
}

impl Request {
    fn new(config: Value) -> Result<Self, String> {
        let options = GethDebugTracingOptions::deserialize(config).map_err(|error| error.to_string())?;
        let timeout = options.timeout.as_deref().map(duration).transpose()?;
        Ok(Self { options, timeout })
    }

    fn of(arguments: &Arguments, index: usize) -> Result<Self, RpcError> {
        let config: Option<Value> = arguments.optional(index)?;
        Self::new(config.unwrap_or_else(|| json!({}))).map_err(|why| arguments.invalid(index, &why))
    }

    /// The tracers that muxTracer runs, by name; nothing if this is another tracer.
    fn parts(&self) -> Result<Option<BTreeMap<String, Self>>, String> {
        let mux = GethDebugTracerType::BuiltInTracer(GethDebugBuiltInTracerType::MuxTracer);
        if self.options.tracer.as_ref() != Some(&mux) {
            return Ok(None);
        }
        let configs: BTreeMap<String, Option<Value>> =
            serde_json::from_value(self.options.tracer_config.clone().into_json())
                .map_err(|error| format!("tracerConfig: {error}"))?;
        if configs.is_empty() || configs.len() > MUX_MAX {
            return Err(format!("tracerConfig: 1 to {MUX_MAX} tracers run at once"));
        }
        let part = |(name, config): (String, Option<Value>)| {
            let mut options = self.options.clone();
            options.tracer =
                Some(GethDebugTracerType::deserialize(json!(name)).map_err(|error| error.to_string())?);
            if options.tracer.as_ref() == Some(&mux) {
                return Err("tracerConfig: muxTracer does not run itself".into());
            }
            options.tracer_config = config.unwrap_or(Value::Null).into();
            Ok((name, Self { options, timeout: self.timeout }))
        };
        configs.into_iter().map(part).collect::<Result<_, String>>().map(Some)
    }

    /// Lets `trace` make what this asks for, once for each tracer, and puts the results for each transaction together.
    fn run(
        &self,
        mut trace: impl FnMut(&Self, &mut Answer) -> Result<Vec<Traced>, RpcError>,
    ) -> Result<Vec<Traced>, RpcError> {
        let mut answer = Answer::default();
        let parts = self.parts().map_err(|why| RpcError::Parameters(format!("config.{why}")))?;
        let Some(parts) = parts else { return trace(self, &mut answer) };
        let mut named: Vec<(B256, BTreeMap<String, Box<RawValue>>)> = Vec::new();
        for (name, part) in parts {
            let traced = trace(&part, &mut answer)?;
            named.resize_with(traced.len(), Default::default);
            for (all, one) in named.iter_mut().zip(traced) {
                all.0 = one.tx_hash;
                all.1.insert(name.clone(), one.result);
            }
        }
        let joined = named.into_iter().map(|(tx_hash, results)| {
            let result = serde_json::value::to_raw_value(&results).map_err(RpcError::internal)?;
            Ok(Traced { tx_hash, result })
        });
        joined.collect()
    }

    /// Whether flatCallTracer is to name errors as OpenEthereum did.
    fn wants_parity_errors(&self) -> bool {
        let config = self.options.tracer_config.clone().into_flat_call_config();
        config.is_ok_and(|config| config.convert_parity_errors == Some(true))
    }

    fn bounds(&self) -> Bounds {
        let erc7562 = GethDebugTracerType::BuiltInTracer(GethDebugBuiltInTracerType::Erc7562Tracer);
        let config = &self.options.config;
        let kept = match &self.options.tracer {
            Some(tracer) if *tracer == erc7562 => Kept { steps: true, ..Kept::default() },
            Some(tracer) if !tracer.as_str().is_empty() => Kept::default(),
            _ => Kept {
                steps: true,
                storage: config.disable_storage != Some(true),
                memory: config.enable_memory == Some(true),
                return_data: config.enable_return_data == Some(true),
                code: false,
            },
        };
        Bounds::new(self.timeout).keeping(kept)
    }

    fn inspector(&self) -> Result<DebugInspector, RpcError> {
        let refuse = |why: String| RpcError::Parameters(format!("config.tracer: {why}"));
        match &self.options.tracer {
            Some(GethDebugTracerType::JsTracer(code)) if !code.is_empty() => {
                return Err(refuse("unknown tracer; JavaScript is not executed here".into()));
            }
            _ => {}
        }
        let mut inspector =
            DebugInspector::new(self.options.clone()).map_err(|error| refuse(error.to_string()))?;
        match &mut inspector {
            DebugInspector::CallTracer(tracing, _)
            | DebugInspector::PreStateTracer(tracing, _)
            | DebugInspector::FlatCallTracer(tracing)
            | DebugInspector::Erc7562Tracer(tracing, _)
            | DebugInspector::Default(tracing, _) => *tracing = tracing.clone().with_limits(limits()),
            DebugInspector::FourByte(_)
            | DebugInspector::Noop(_)
            | DebugInspector::StateGasTracer(_)
            | DebugInspector::Mux(..) => {}
        }
        Ok(inspector)
    }
}

/// Reads a duration as Go writes it: `5s`, `500ms`, `1m`.
fn duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("timeout {text:?} is not a number with ms, s or m behind it");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| invalid())?;
    let seconds = match unit {
        "ms" => number / 1_000.0,
        "s" => number,
        "m" => number * 60.0,
        _ => return Err(invalid()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

fn transaction(context: &RpcContext, arguments: &Arguments) -> Result<Box<RawValue>, RpcError> {
    let hash: B256 = arguments.required_hash(0)?;
    let request = Request::of(arguments, 1)?;
    let found = find(context, hash)?;
    let (at, index) = found.ok_or_else(|| RpcError::Refused("transaction not found".into()))?;
    let traces = request.run(|request, answer| run(context, &at, Wanted::One(index), request, answer))?;
    traces.into_iter().next().map(|trace| trace.result).ok_or(RpcError::Internal)
}

/// The trace of one transaction of a block.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Traced {
    tx_hash: B256,
    result: Box<RawValue>,
}

fn block(context: &RpcContext, id: BlockId, arguments: &Arguments) -> Result<Vec<Traced>, RpcError> {
    let request = Request::of(arguments, 1)?;
    let at = context.block_at(Some(id))?;
    request.run(|request, answer| run(context, &at, Wanted::All, request, answer))
}

fn run(
    context: &RpcContext,
    at: &BlockAt,
    wanted: Wanted,
    request: &Request,
    answer: &mut Answer,
) -> Result<Vec<Traced>, RpcError> {
    replay(
        context,
        at,
        wanted,
        request.bounds(),
        || request.inspector(),
        |replayed, inspected| {
            let result = answer.part(&read(request, Some(replayed), inspected)?)?;
            Ok(Traced { tx_hash: replayed.hash(), result })
        },
    )
}

fn read(
    request: &Request,
    replayed: Option<Replayed<'_>>,
    inspected: Inspected<'_, '_, (DebugInspector, Bounds)>,
) -> Result<Trace, RpcError> {
    let Inspected { inspector, result, log_bounds, transaction, block, mut before } = inspected;
    if let DebugInspector::FlatCallTracer(tracing) = &mut inspector.0 {
        tracing.set_transaction_gas_limit(transaction.gas_limit);
        tracing.set_transaction_caller(transaction.caller);
        let mut traces = flat(tracing, replayed, block, &result.result);
        if !request.wants_parity_errors() {
            geth_errors(tracing, &mut traces, &result.result);
        }
        return Ok(Trace::Flat(traces));
    }
    if let DebugInspector::Default(tracing, _) = &mut inspector.0 {
        creations_as_in_geth(tracing, &inspector.1.bare_creations);
    }
    let place = replayed.map(|replayed| TransactionContext {
        block_hash: Some(replayed.at.hash),
        tx_hash: Some(replayed.hash()),
        tx_index: Some(replayed.index),
    });
    let mut trace =
        inspector.0.get_result(place, transaction, block, result, &mut before).map_err(RpcError::internal)?;
    if let (GethTrace::CallTracer(frame), Some(bounds), DebugInspector::CallTracer(_, config)) =
        (&mut trace, log_bounds, &inspector.0)
        && config.with_log == Some(true)
    {
        add_outer_logs(frame, result.result.logs(), bounds);
    }
    match trace {
        GethTrace::PreStateTracer(frame) => prestate(&frame, result, before).map(Trace::Prestate),
        trace => Ok(Trace::Geth(Box::new(trace))),
    }
}

/// In geth, a creation costs what it costs itself, not what it hands on as well; and no code has no steps.
fn creations_as_in_geth(tracing: &mut TracingInspector, bare: &[usize]) {
    let nodes = tracing.traces_mut().nodes_mut();
    let mut handed_on = Vec::new();
    for node in nodes.iter() {
        let mut step = None;
        for member in &node.ordering {
            match member {
                TraceMemberOrder::Step(index) => step = Some(*index),
                TraceMemberOrder::Log(_) => {}
                TraceMemberOrder::Call(index) => {
                    let child = node.children.get(*index).and_then(|child| nodes.get(*child));
                    if let (Some(child), Some(step)) = (child.filter(|child| is_creation(child)), step) {
                        handed_on.push((node.idx, step, child.trace.gas_limit));
                    }
                }
            }
        }
    }
    for (node, step, gas) in handed_on {
        let step = nodes.get_mut(node).and_then(|node| node.trace.steps.get_mut(step));
        if let Some(step) = step {
            step.gas_cost = step.gas_cost.saturating_sub(gas);
        }
    }
    // Nodes are numbered as frames are.
    for node in nodes.iter_mut().filter(|node| is_creation(node) && bare.contains(&node.idx)) {
        node.trace.steps.clear();
        node.ordering.retain(|member| !matches!(member, TraceMemberOrder::Step(_)));
    }
}

fn is_creation(node: &CallTraceNode) -> bool {
    node.trace.kind.is_any_create()
}

/// A trace in its final form.
#[derive(Serialize)]
#[serde(untagged)]
enum Trace {
    Geth(Box<GethTrace>),
    Flat(Vec<LocalizedTransactionTrace>),
    Prestate(Value),
}

/// OpenEthereum's form of calls as geth gives it: the first call has used the whole transaction's gas.
fn flat(
    tracing: &TracingInspector,
    replayed: Option<Replayed<'_>>,
    block: &BlockEnv,
    result: &ExecutionResult,
) -> Vec<LocalizedTransactionTrace> {
    let here = TransactionInfo { block_number: Some(block.number.saturating_to()), ..Default::default() };
    let info = replayed.map_or(here, |replayed| replayed.info());
    let builder = tracing.clone().into_parity_builder().with_transaction_gas_used(result.tx_gas_used());
    builder.into_localized_transaction_traces(info)
}

/// Puts geth's words in the place of OpenEthereum's.
fn geth_errors(
    tracing: &TracingInspector,
    traces: &mut [LocalizedTransactionTrace],
    result: &ExecutionResult,
) {
    let words = tracing.geth_builder().geth_call_traces(CallConfig::default(), result.tx_gas_used());
    for trace in traces.iter_mut().map(|trace| &mut trace.trace).filter(|trace| trace.error.is_some()) {
        let mut frame = Some(&words);
        for index in &trace.trace_address {
            frame = frame.and_then(|frame| frame.calls.get(*index));
        }
        if let Some(error) = frame.and_then(|frame| frame.error.clone()) {
            trace.error = Some(error);
        }
    }
}

/// Adds the hashes of codes, and what a delegation that ended leaves; removes accounts that were not there.
fn prestate(frame: &PreStateFrame, result: &ResultAndState, before: &BlockDb<'_>) -> Result<Value, RpcError> {
    let code_hash = |address: &Address| -> Result<Option<B256>, RpcError> {
        let account = before.basic_ref(*address).map_err(RpcError::internal)?;
        Ok(account.map(|account| account.code_hash).filter(|hash| !hash.is_zero() && *hash != KECCAK_EMPTY))
    };
    let mut json = serde_json::to_value(frame).map_err(RpcError::internal)?;
    let is_diff = matches!(frame, PreStateFrame::Diff(_));
    let pre = if is_diff { &mut json["pre"] } else { &mut json };
    for (address, account) in pre.as_object_mut().into_iter().flatten() {
        let address: Address = address.parse().map_err(RpcError::internal)?;
        if let Some(hash) = code_hash(&address)? {
            account["codeHash"] = json!(hash);
        }
    }
    if !is_diff {
        return Ok(json);
    }
    let nothing = json!({ "balance": "0x0" });
    pre.as_object_mut().into_iter().for_each(|pre| pre.retain(|_, account| *account != nothing));
    for (address, account) in json["post"].as_object_mut().into_iter().flatten() {
        let address: Address = address.parse().map_err(RpcError::internal)?;
        let after = result.state.get(&address).map(|account| account.info.code_hash);
        let after = after.filter(|hash| !hash.is_zero()).unwrap_or(KECCAK_EMPTY);
        if after == code_hash(&address)?.unwrap_or(KECCAK_EMPTY) {
            continue;
        }
        account["codeHash"] = json!(after);
        if after == KECCAK_EMPTY {
            account["code"] = json!("0x");
        }
    }
    Ok(json)
}

/// Shows the logs of a bundle, which come before the call, and of refunds, which come after it, as logs of the call.
fn add_outer_logs(
    frame: &mut alloy_rpc_types_trace::geth::CallFrame,
    logs: &[Log],
    (before, inside): (usize, usize),
) {
    let show = |(index, log): (usize, &Log)| CallLogFrame {
        address: Some(log.address),
        topics: Some(log.topics().to_vec()),
        data: Some(log.data.data.clone()),
        position: Some(0),
        index: u64::try_from(index).ok(),
    };
    let numbered: Vec<CallLogFrame> = logs.iter().enumerate().map(show).collect();
    let shift = u64::try_from(before).unwrap_or_default();
    shift_logs(frame, shift);
    let inner = core::mem::take(&mut frame.logs);
    frame.logs = numbered[..before.min(numbered.len())].to_vec();
    frame.logs.extend(inner);
    let calls = u64::try_from(frame.calls.len()).unwrap_or_default();
    let after = numbered.get(inside.max(before)..).unwrap_or_default().iter().cloned();
    frame.logs.extend(after.map(|log| CallLogFrame { position: Some(calls), ..log }));
}

fn shift_logs(frame: &mut alloy_rpc_types_trace::geth::CallFrame, by: u64) {
    frame.logs.iter_mut().for_each(|log| log.index = log.index.map(|index| index + by));
    frame.calls.iter_mut().for_each(|call| shift_logs(call, by));
}

fn call(context: &RpcContext, arguments: &Arguments) -> Result<Box<RawValue>, RpcError> {
    let call = call_request(&arguments.required(0)?)?;
    let mut config: Map<String, Value> = arguments.optional(2)?.unwrap_or_default();
    let invalid = |why: String| arguments.invalid(2, &why);
    let mut take = |name: &str| config.remove(name).filter(|value| !value.is_null());
    let index = take("txIndex").map(U64::deserialize).transpose();
    let index = index.map_err(|error| invalid(format!("txIndex: {error}")))?;
    let overrides = take("stateOverrides").map(StateOverride::deserialize).transpose();
    let overrides = overrides.map_err(|error| invalid(format!("stateOverrides: {error}")))?;
    let overrides = state_overrides(overrides.unwrap_or_default()).map_err(invalid)?;
    let changed = take("blockOverrides").map(BlockOverrides::deserialize).transpose();
    let changed = changed.map_err(|error| invalid(format!("blockOverrides: {error}")))?.unwrap_or_default();
    let request = Request::new(Value::Object(config)).map_err(invalid)?;
    let id = arguments.optional(1)?;
    // As it was before a transaction of the block, or after all of them.
    let (state, at, diff) = match index {
        None => context.state_at(id).map(|(state, at)| (state, at, StateDiff::default()))?,
        Some(index) => {
            // In the block itself, also where the one to come is named.
            let at = BlockAt { pending: false, ..context.block_at(id)? };
            let index =
                transaction_index(context, &at, index).map_err(|why| invalid(format!("txIndex: {why}")))?;
            let (state, diff) = changes_before(context, &at, index)?;
            (state, at, diff)
        }
    };
    let state = ChangedState { base: &state, diff };
    let mut header = context.simulated_header(&at);
    changed.apply(&mut header).map_err(|why| invalid(format!("blockOverrides: {why}")))?;
    let simulator = context
        .simulator(&state, header)
        .with_overrides(overrides)
        .with_blob_base_fee(changed.blob_base_fee());
    let traced = request.run(|request, answer| {
        let inspector = (request.inspector()?, request.bounds());
        let trace =
            simulator.inspect_call(&call, inspector, |inspected| read(request, None, inspected))??;
        Ok(vec![Traced { tx_hash: B256::ZERO, result: answer.part(&trace)? }])
    })?;
    traced.into_iter().next().map(|trace| trace.result).ok_or(RpcError::Internal)
}
