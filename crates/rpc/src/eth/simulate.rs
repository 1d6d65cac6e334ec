//! `eth_simulateV1`: a chain of blocks that never were, on top of the head.

mod call;
mod transfers;

use super::overrides::{BlockOverrides, state_overrides};
use crate::arguments::Arguments;
use crate::context::{BlockAt, CALL_GAS_MAX, RpcContext};
use crate::convert::block_json_by;
use crate::error::{RpcError, revert_message};
use crate::methods::Methods;
use crate::trace::{Answer, Bounds};
use alloy_consensus::Header;
use alloy_primitives::{Address, Log, U64};
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::{Log as LogJson, TransactionRequest};
pub(crate) use call::unsigned;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sero_chain::{ExecutedBlock, OverlayState};
use sero_execution::{
    BlockError, BlockExecutor, BlockInputs, CheckedTransaction, ExecutionError, InvalidTransaction,
    SimulatedBlock, TransactionOutcome,
};
use sero_primitives::{Block, StateDiff};
use transfers::TransferLogs;

/// Most blocks of one request, those in gaps included.
const BLOCKS_MAX: u64 = 256;
/// Seconds from a block to the next, where nothing else is asked for.
const BLOCK_SECONDS: u64 = 12;

/// Most calls of one request.
const CALLS_MAX: usize = 5_000;

const BLOCK_NUMBER_ORDER: i32 = -38020;
const BLOCK_TIMESTAMP_ORDER: i32 = -38021;
const TOO_MANY_BLOCKS: i32 = -38026;
const BLOCK_GAS_LIMIT: i32 = -38015;
const INTERNAL: i32 = -32603;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.tracing("eth_simulateV1", &["payload", "block"], simulate);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Payload {
    block_state_calls: Vec<BlockStateCalls>,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    validation: bool,
    #[serde(default)]
    return_full_transactions: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BlockStateCalls {
    block_overrides: Option<BlockOverrides>,
    state_overrides: Option<StateOverride>,
    calls: Option<Vec<TransactionRequest>>,
}

/// One block to come; it follows the one before it without a gap.
struct Planned {
    timestamp: u64,
    calls: BlockStateCalls,
}

/// What goes on from block to block.
struct Simulation<'a> {
    context: &'a RpcContext,
    flags: Flags,
    bounds: Bounds,
    /// Gas that all calls together may still ask for.
    gas_budget: u64,
    /// The last block, simulated or not.
    parent: Header,
}

#[derive(Clone, Copy)]
struct Flags {
    trace_transfers: bool,
    validation: bool,
    return_full_transactions: bool,
}

/// What a call gave: its outcome, and the logs to show with their index in the block.
type Called = (TransactionOutcome, Vec<(u64, Log)>);

fn simulate(context: &RpcContext, arguments: &Arguments) -> Result<Vec<Box<RawValue>>, RpcError> {
    // Before they are made into anything larger than they are.
    let blocks = arguments.length(0, "/blockStateCalls");
    if u64::try_from(blocks).unwrap_or(u64::MAX) > BLOCKS_MAX {
        return Err(RpcError::Simulation { code: TOO_MANY_BLOCKS, message: "too many blocks".into() });
    }
    let calls = |block| arguments.length(0, &format!("/blockStateCalls/{block}/calls"));
    if (0..blocks).map(calls).sum::<usize>() > CALLS_MAX {
        return Err(RpcError::Limit(format!("at most {CALLS_MAX} calls are simulated at once")));
    }
    let payload: Payload = arguments.required(0)?;
    let (state, base) = context.state_at(arguments.optional(1)?)?;
    let flags = Flags {
        trace_transfers: payload.trace_transfers,
        validation: payload.validation,
        return_full_transactions: payload.return_full_transactions,
    };
    if payload.block_state_calls.is_empty() {
        return Err(arguments.invalid(0, "blockStateCalls is empty"));
    }
    let planned = plan(payload.block_state_calls, &base)?;
    // Before anything is executed: there may be no roots on a state from long ago.
    state.root()?;
    let mut overlay = OverlayState::new(state, vec![]);
    let (bounds, mut answer) = (Bounds::new(None), Answer::default());
    let mut simulation = Simulation { context, flags, bounds, gas_budget: CALL_GAS_MAX, parent: base.header };
    planned.into_iter().map(|block| answer.part(&simulation.run(&mut overlay, block)?)).collect()
}

/// Gives every block its time, and fills gaps between numbers with empty blocks.
fn plan(blocks: Vec<BlockStateCalls>, base: &BlockAt) -> Result<Vec<Planned>, RpcError> {
    let too_many = || RpcError::Simulation { code: TOO_MANY_BLOCKS, message: "too many blocks".into() };
    let mut planned: Vec<Planned> = Vec::new();
    let (mut number, mut timestamp) = (base.number, base.header.timestamp);
    for calls in blocks {
        let overrides = calls.block_overrides.as_ref();
        let wanted = overrides.and_then(|overrides| overrides.number).map(|number| number.saturating_to());
        let wanted: u64 = wanted.unwrap_or(number.saturating_add(1));
        if wanted <= number {
            return Err(RpcError::Simulation {
                code: BLOCK_NUMBER_ORDER,
                message: format!("block numbers must be in order: {wanted} <= {number}"),
            });
        }
        if wanted - base.number > BLOCKS_MAX {
            return Err(too_many());
        }
        for _ in number + 1..wanted {
            timestamp = timestamp.saturating_add(BLOCK_SECONDS);
            planned.push(Planned { timestamp, calls: BlockStateCalls::default() });
        }
        let time = overrides.and_then(|overrides| overrides.time).map(|time| time.saturating_to());
        let time = time.unwrap_or(timestamp.saturating_add(BLOCK_SECONDS));
        if time <= timestamp {
            return Err(RpcError::Simulation {
                code: BLOCK_TIMESTAMP_ORDER,
                message: format!("block timestamps must be in order: {time} <= {timestamp}"),
            });
        }
        (number, timestamp) = (wanted, time);
        planned.push(Planned { timestamp, calls });
    }
    Ok(planned)
}

impl Simulation<'_> {
    /// Executes one block on the overlay, which goes on with it, and shows it.
    fn run(&mut self, overlay: &mut OverlayState, planned: Planned) -> Result<Value, RpcError> {
        self.bounds.check_time()?;
        let BlockStateCalls { block_overrides, state_overrides: overrides, calls } = planned.calls;
        let block_overrides = block_overrides.unwrap_or_default();
        let invalid = |why: String| RpcError::Parameters(format!("invalid argument 0 (payload): {why}"));
        let header = self.header(planned.timestamp, &block_overrides).map_err(invalid)?;
        let simulated = SimulatedBlock {
            overrides: state_overrides(overrides.unwrap_or_default()).map_err(invalid)?,
            blob_base_fee: block_overrides.blob_base_fee(),
            validate: self.flags.validation,
        };
        let withdrawals = block_overrides.withdrawals.unwrap_or_default();
        let (mut transactions, mut senders, mut called) = (vec![], vec![], vec![]);
        let executed = {
            let parameters = self.context.chain.parameters();
            let seen = (TransferLogs::new(self.flags.trace_transfers), self.bounds.clone());
            let root = |diff: &StateDiff| Ok(overlay.state_root(diff)?.0);
            let mut executor = BlockExecutor::simulated(overlay, header, parameters, &simulated)?
                .with_state_root(&root)
                .inspected_by(seen);
            executor.open()?;
            for request in calls.unwrap_or_default() {
                let from = request.from.unwrap_or_default();
                let (checked, result) = self.call(&mut executor, request, from)?;
                transactions.push(checked.transaction().clone());
                senders.push(from);
                called.push(result);
            }
            executor.finish_with(&[], &withdrawals).map_err(|error| match error {
                // What was made up can keep a block from being closed.
                error @ (BlockError::Requests { .. } | BlockError::Supply { .. }) => {
                    RpcError::Refused(error.to_string())
                }
                error => error.into(),
            })?
        };
        let body = Block { withdrawals, ..Block::new(Header::default(), transactions) };
        overlay.push(body, executed)?;
        let block = overlay.blocks().first().ok_or(RpcError::Internal)?;
        self.parent = block.block().header.clone();
        self.show(block, &senders, &called)
    }

    /// Header of the next block before execution.
    fn header(&self, timestamp: u64, overrides: &BlockOverrides) -> Result<Header, String> {
        let parent = &self.parent;
        let inputs =
            BlockInputs { timestamp, beneficiary: parent.beneficiary, prevrandao: Default::default() };
        let mut header = self.context.chain.parameters().child_header(parent, &inputs);
        header.difficulty = parent.difficulty;
        if !self.flags.validation {
            header.base_fee_per_gas = header.base_fee_per_gas.map(|_| 0);
        }
        overrides.apply(&mut header)?;
        Ok(header)
    }

    fn call(
        &mut self,
        executor: &mut BlockExecutor<'_, (TransferLogs, Bounds)>,
        request: TransactionRequest,
        from: Address,
    ) -> Result<(CheckedTransaction, Called), RpcError> {
        self.bounds.check_time()?;
        let nonce = request.nonce.map_or_else(|| executor.nonce(from), Ok)?;
        let (left, limit) = (executor.gas_left(), executor.header().gas_limit);
        let gas = request.gas.unwrap_or(left);
        if gas > left {
            let message = format!("block gas limit reached: {} >= {limit}", limit - left);
            return Err(RpcError::Simulation { code: BLOCK_GAS_LIMIT, message });
        }
        if self.flags.validation && nonce == u64::MAX && executor.nonce(from)? == nonce {
            let message = format!("nonce has max value: address {from}, nonce: {nonce}");
            return Err(RpcError::Simulation { code: INTERNAL, message });
        }
        let gas = gas.min(self.gas_budget);
        let transaction = unsigned(request, nonce, gas, self.context.chain.parameters().chain_id)?;
        let checked = CheckedTransaction::for_simulation(transaction, Some(from));
        let called = executor
            .inspect(&checked, |seen| seen.inspector.0.take())
            .map_err(|error| refusal(error, gas))?;
        self.gas_budget -= called.0.gas_used.min(self.gas_budget);
        Ok((checked, called))
    }

    fn show(
        &self,
        executed: &ExecutedBlock,
        senders: &[Address],
        called: &[Called],
    ) -> Result<Value, RpcError> {
        let (hash, block) = (executed.hash(), executed.block());
        let sender = |index: u64, _: &_| {
            let index = usize::try_from(index).map_err(RpcError::internal)?;
            senders.get(index).copied().ok_or(RpcError::Internal)
        };
        let full = self.flags.return_full_transactions;
        let json = block_json_by(hash, block, full, sender)?;
        let mut json = serde_json::to_value(json).map_err(RpcError::internal)?;
        let mut calls = Vec::with_capacity(called.len());
        for ((transaction_index, transaction), (outcome, logs)) in (0..).zip(&block.transactions).zip(called)
        {
            let logs = logs.iter().map(|(log_index, log)| LogJson {
                inner: log.clone(),
                block_hash: Some(hash),
                block_number: Some(block.header.number),
                block_timestamp: Some(block.header.timestamp),
                transaction_hash: Some(transaction.hash()),
                transaction_index: Some(transaction_index),
                log_index: Some(*log_index),
                removed: false,
            });
            calls.push(call_json(outcome, logs.collect()));
        }
        json["calls"] = Value::Array(calls);
        Ok(json)
    }
}

fn call_json(outcome: &TransactionOutcome, logs: Vec<LogJson>) -> Value {
    const VM_ERROR: i32 = -32015;
    const REVERTED: i32 = 3;
    let success = outcome.receipt.success;
    let mut json = json!({
        "returnData": outcome.output,
        "logs": logs,
        "gasUsed": U64::from(outcome.gas_used),
        "maxUsedGas": U64::from(outcome.max_gas_used),
        "status": U64::from(success),
    });
    if let Some(halt) = &outcome.halt {
        json["error"] = json!({ "code": VM_ERROR, "message": halt });
    } else if !success {
        let message = revert_message(&outcome.output);
        json["returnData"] = json!("0x");
        json["error"] = json!({ "code": REVERTED, "message": message, "data": outcome.output });
    }
    json
}

/// A call that no block could hold, with execution-apis' code for why.
fn refusal(error: ExecutionError, gas: u64) -> RpcError {
    let error = match error {
        ExecutionError::Invalid(error) => error,
        other => return other.into(),
    };
    let code = match &error {
        InvalidTransaction::NonceTooLow { .. } => -38010,
        InvalidTransaction::NonceTooHigh { .. } => -38011,
        InvalidTransaction::FeeTooLow { .. } => -38012,
        InvalidTransaction::IntrinsicGas { .. } => -38013,
        InvalidTransaction::InsufficientFunds { .. } => -38014,
        InvalidTransaction::GasLimit { .. } => BLOCK_GAS_LIMIT,
        _ => INTERNAL,
    };
    RpcError::Simulation { code, message: format!("{error} (supplied gas {gas})") }
}
