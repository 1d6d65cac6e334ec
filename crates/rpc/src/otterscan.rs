//! `ots_`: what the block explorer Otterscan asks for, by its own description of these methods (API level 8). It also
//! asks for `erigon_getHeaderByNumber` and `trace_replayTransaction`.

mod search;

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::convert::{BlockData, short_block_json};
use crate::error::RpcError;
use crate::eth::blocks::read_block;
use crate::methods::Methods;
use crate::trace::{Bounds, Replayed, Wanted, find, limits, replay};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_trace::otterscan::InternalOperation;
use revm::inspector::Inspector;
use revm_inspectors::otterscan::InternalOperationsInspector;
use revm_inspectors::tracing::types::{CallKind, CallTraceNode};
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use serde::Serialize;
use serde_json::{Value, json};
use sero_execution::{EvmContext, Inspected, block_rewards};
use sero_primitives::{EMPTY_CODE_HASH, StateReader};

/// The version of Otterscan's methods.
const API_LEVEL: u64 = 8;
/// Most transactions of a page.
const PAGE_MAX: u64 = 100;
/// Of call data, what a list of transactions shows.
const SELECTOR_DIGITS: usize = "0x".len() + 8;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("ots_getApiLevel", &[], |_, _| Ok(API_LEVEL));
    methods.light("ots_hasCode", &["address", "block"], has_code);
    methods.heavy("ots_getBlockDetails", &["block"], |context, arguments| {
        details(context, BlockId::Number(arguments.required::<BlockNumberOrTag>(0)?))
    });
    methods.heavy("ots_getBlockDetailsByHash", &["hash"], |context, arguments| {
        details(context, arguments.required_hash(0)?.into())
    });
    methods.heavy("ots_getBlockTransactions", &["block", "page", "size"], block_transactions);
    methods.tracing("ots_getInternalOperations", &["hash"], internal_operations);
    methods.tracing("ots_getTransactionError", &["hash"], transaction_error);
    methods.tracing("ots_traceTransaction", &["hash"], trace_transaction);
    methods.heavy("ots_getTransactionBySenderAndNonce", &["sender", "nonce"], by_sender_and_nonce);
    methods.tracing("ots_getContractCreator", &["address"], contract_creator);
    search::register(methods);
}

fn has_code(context: &RpcContext, arguments: &Arguments) -> Result<bool, RpcError> {
    let address = arguments.required(0)?;
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    is_contract(&state, address)
}

fn is_contract(state: &dyn StateReader, address: Address) -> Result<bool, RpcError> {
    Ok(state.account(address)?.is_some_and(|account| account.code_hash != EMPTY_CODE_HASH))
}

/// A block without its transactions and its bloom filter, what it issued, and what its transactions paid.
fn details(context: &RpcContext, id: BlockId) -> Result<Option<Value>, RpcError> {
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    let data = context.block_data(&at)?;
    let prices = data.block.transactions.iter().map(|transaction| {
        transaction.effective_gas_price(data.block.header.base_fee_per_gas.unwrap_or_default())
    });
    let fees = prices.zip(data.gas_used()).map(|(price, gas)| U256::from(price) * U256::from(gas));
    let total: U256 = fees.sum();
    let mut block = listed_block(&at, &data, false)?;
    block.as_object_mut().and_then(|block| block.remove("transactions"));
    Ok(Some(json!({ "block": block, "issuance": issuance(context, &data), "totalFees": total })))
}

/// Rewards of a block from before the merge: its author's, and those of the authors of its ommers.
fn issuance(context: &RpcContext, data: &BlockData) -> Value {
    let header = &data.block.header;
    let fork = context.chain.parameters().forks.at(header.number, header.timestamp);
    let mut rewards = block_rewards(header, &data.block.ommers, fork).into_iter().map(|(_, value)| value);
    let author = rewards.next().unwrap_or_default();
    let ommers: U256 = rewards.sum();
    json!({ "blockReward": author, "uncleReward": ommers, "issuance": author + ommers })
}

fn listed_block(at: &BlockAt, data: &BlockData, full: bool) -> Result<Value, RpcError> {
    let block = if full { data.block_json()? } else { short_block_json(at.hash, &data.block)? };
    let mut json = serde_json::to_value(block).map_err(RpcError::internal)?;
    json["transactionCount"] = json!(data.block.transactions.len());
    json["logsBloom"] = Value::Null;
    Ok(json)
}

/// A page of a block's transactions, with four bytes of call data, and receipts without logs.
fn block_transactions(context: &RpcContext, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let id = BlockId::Number(arguments.required::<BlockNumberOrTag>(0)?);
    let (page, size) = (arguments.required_u64(1)?, page_size(arguments, 2)?);
    let Some(at) = context.find_block(id)? else { return Ok(None) };
    let data = context.block_data(&at)?;
    let mut block = listed_block(&at, &data, true)?;
    let all = block["transactions"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let first = usize::try_from(page).ok().and_then(|page| page.checked_mul(size)).unwrap_or(usize::MAX);
    let mut transactions: Vec<Value> = all.into_iter().skip(first).take(size).collect();
    for transaction in &mut transactions {
        if let Value::String(input) = &mut transaction["input"] {
            input.truncate(SELECTOR_DIGITS);
        }
    }
    let mut receipts = Vec::with_capacity(transactions.len());
    for index in first..first.saturating_add(transactions.len()) {
        let mut receipt = timed_receipt(&data, index)?;
        receipt["logs"] = Value::Null;
        receipt["logsBloom"] = Value::Null;
        receipts.push(receipt);
    }
    block["transactions"] = transactions.into();
    Ok(Some(json!({ "fullblock": block, "receipts": receipts })))
}

/// A receipt, and when its block was made.
fn timed_receipt(data: &BlockData, index: usize) -> Result<Value, RpcError> {
    let mut receipt = data.receipt_json(index)?;
    receipt["timestamp"] = json!(U64::from(data.block.header.timestamp));
    Ok(receipt)
}

fn page_size(arguments: &Arguments, index: usize) -> Result<usize, RpcError> {
    let size = arguments.required_u64(index)?;
    let size = usize::try_from(size).ok().filter(|_| (1..=PAGE_MAX).contains(&size));
    size.ok_or_else(|| arguments.invalid(index, &format!("a page has 1 to {PAGE_MAX} transactions")))
}

/// Executes one transaction again; nothing if there is none.
fn look<I, T>(
    context: &RpcContext,
    arguments: &Arguments,
    make: impl Fn() -> I,
    read: impl Fn(Inspected<'_, '_, (I, Bounds)>) -> T,
) -> Result<Option<T>, RpcError>
where
    I: for<'a> Inspector<EvmContext<'a>>,
{
    let Some((at, index)) = find(context, arguments.required_hash(0)?)? else { return Ok(None) };
    let seen =
        replay(context, &at, Wanted::One(index), Bounds::new(None), || Ok(make()), |_, seen| Ok(read(seen)))?;
    Ok(seen.into_iter().next())
}

/// An inspector of calls, those of precompiles included: ours do things.
fn calls() -> TracingInspector {
    let config = TracingInspectorConfig::default_parity().set_exclude_precompile_calls(false);
    TracingInspector::new(config).with_limits(limits())
}

fn internal_operations(
    context: &RpcContext,
    arguments: &Arguments,
) -> Result<Option<Vec<InternalOperation>>, RpcError> {
    look(context, arguments, InternalOperationsInspector::default, |seen| {
        seen.inspector.0.operations().to_vec()
    })
}

/// What a transaction reverted with; nothing if it succeeded or stopped otherwise.
fn transaction_error(context: &RpcContext, arguments: &Arguments) -> Result<Option<Bytes>, RpcError> {
    look(context, arguments, revm::inspector::NoOpInspector::default, |seen| {
        let result = &seen.result.result;
        if result.is_success() { Bytes::new() } else { result.output().cloned().unwrap_or_default() }
    })
}

/// A call, as Otterscan draws it.
#[derive(Clone, Serialize)]
struct Call {
    r#type: &'static str,
    depth: usize,
    from: Address,
    to: Address,
    /// Nothing where a call cannot send any.
    value: Option<U256>,
    input: Bytes,
    output: Bytes,
}

impl Call {
    fn of(node: &CallTraceNode) -> Self {
        let trace = &node.trace;
        let sends = !matches!(trace.kind, CallKind::StaticCall | CallKind::DelegateCall);
        Self {
            r#type: trace.kind.to_str(),
            depth: trace.depth,
            from: trace.caller,
            to: trace.address,
            value: sends.then_some(trace.value),
            input: trace.data.clone(),
            output: trace.output.clone(),
        }
    }

    /// What destroys itself at the end of a call.
    fn destruction(node: &CallTraceNode) -> Option<Self> {
        let trace = &node.trace;
        Some(Self {
            r#type: "SELFDESTRUCT",
            depth: trace.depth + 1,
            from: trace.selfdestruct_address.unwrap_or(trace.address),
            to: trace.selfdestruct_refund_target?,
            value: trace.selfdestruct_transferred_value,
            input: Bytes::new(),
            output: Bytes::new(),
        })
    }
}

/// All calls of a transaction in their order.
fn trace_transaction(context: &RpcContext, arguments: &Arguments) -> Result<Option<Vec<Call>>, RpcError> {
    look(context, arguments, calls, |seen| {
        let mut calls = Vec::new();
        push_calls(seen.inspector.0.traces().nodes(), 0, &mut calls);
        calls
    })
}

fn push_calls(nodes: &[CallTraceNode], index: usize, calls: &mut Vec<Call>) {
    // Nodes are numbered in the order in which they began; what ended them comes after their last call.
    let Some(node) = nodes.get(index) else { return };
    calls.push(Call::of(node));
    node.children.iter().for_each(|child| push_calls(nodes, *child, calls));
    calls.extend(Call::destruction(node));
}

/// The first block after which `holds`, which once true stays true, up to the head; nothing if it never does.
fn first_block(
    context: &RpcContext,
    holds: impl Fn(&dyn StateReader) -> Result<bool, RpcError>,
) -> Result<Option<u64>, RpcError> {
    let (state, head) = context.state_at(None)?;
    if !holds(&state)? {
        return Ok(None);
    }
    let (mut low, mut high) = (0, head.number);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(&context.chain.snapshot_at(middle)?)? { high = middle } else { low = middle + 1 }
    }
    Ok(Some(high))
}

fn by_sender_and_nonce(context: &RpcContext, arguments: &Arguments) -> Result<Option<B256>, RpcError> {
    let (sender, nonce): (Address, u64) = (arguments.required(0)?, arguments.required_u64(1)?);
    let used =
        |state: &dyn StateReader| Ok(state.account(sender)?.is_some_and(|account| account.nonce > nonce));
    let Some(number) = first_block(context, used)? else { return Ok(None) };
    let at = context.block_at(Some(BlockId::number(number)))?;
    for transaction in read_block(context, &at)?.transactions {
        if transaction.nonce() == nonce && crate::convert::sender_of(&transaction)? == sender {
            return Ok(Some(transaction.hash()));
        }
    }
    // Contracts and authorizations use nonces up as well.
    Ok(None)
}

/// Who made a contract, in which transaction; null for what was there at genesis, and for accounts that delegate.
fn contract_creator(context: &RpcContext, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let address: Address = arguments.required(0)?;
    let Some(number) =
        first_block(context, |state| is_contract(state, address))?.filter(|number| *number > 0)
    else {
        return Ok(None);
    };
    let at = context.block_at(Some(BlockId::number(number)))?;
    let read = |replayed: Replayed<'_>, seen: Inspected<'_, '_, (TracingInspector, Bounds)>| {
        let traces = seen.inspector.0.traces();
        let makes = |node: &&CallTraceNode| {
            node.trace.kind.is_any_create() && node.trace.success && node.trace.address == address
        };
        let creator = traces.nodes().iter().filter(makes).last().map(|node| node.trace.caller);
        Ok(creator.map(|creator| json!({ "hash": replayed.hash(), "creator": creator })))
    };
    let found = replay(context, &at, Wanted::All, Bounds::new(None), || Ok(calls()), read)?;
    Ok(found.into_iter().flatten().last())
}
