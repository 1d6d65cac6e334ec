//! Transactions that an account had a part in.

use super::{calls, page_size, timed_receipt};
use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::convert::{BlockData, Place, sender_of, transaction_json};
use crate::error::RpcError;
use crate::methods::Methods;
use crate::trace::{Bounds, Replayed, Wanted, replay};
use alloy_eips::BlockId;
use alloy_primitives::{Address, BloomInput};
use revm_inspectors::tracing::TracingInspector;
use serde::Serialize;
use serde_json::Value;
use sero_chain::{ChainExecutor, Snapshot};
use sero_execution::Inspected;
use sero_primitives::Receipt;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    let parameters = &["address", "block", "size"];
    methods.tracing("ots_searchTransactionsBefore", parameters, before);
    methods.tracing("ots_searchTransactionsAfter", parameters, after);
}

/// Newest first.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    txs: Vec<Value>,
    receipts: Vec<Value>,
    /// Whether there is nothing newer.
    first_page: bool,
    /// Whether there is nothing older.
    last_page: bool,
}

/// In blocks below a number, the newest first; 0 begins at the head.
fn before(context: &RpcContext, arguments: &Arguments) -> Result<Page, RpcError> {
    let head = context.chain.head().header.number;
    let start = arguments.required_u64(1)?;
    let newest = if start == 0 { head + 1 } else { start.min(head + 1) };
    let (page, more) = collect(context, arguments, (1..newest).rev())?;
    Ok(Page { first_page: start == 0, last_page: !more, ..page })
}

/// In blocks above a number, the oldest first; 0 begins at genesis.
fn after(context: &RpcContext, arguments: &Arguments) -> Result<Page, RpcError> {
    let head = context.chain.head().header.number;
    let start = arguments.required_u64(1)?;
    let (mut page, more) = collect(context, arguments, start.saturating_add(1)..=head)?;
    page.txs.reverse();
    page.receipts.reverse();
    Ok(Page { first_page: !more, last_page: start == 0, ..page })
}

/// Looks through whole blocks until the page is full, and says whether there are blocks left. Where time is over before
/// anything was found, that is an error.
fn collect(
    context: &RpcContext,
    arguments: &Arguments,
    numbers: impl DoubleEndedIterator<Item = u64>,
) -> Result<(Page, bool), RpcError> {
    let address: Address = arguments.required(0)?;
    let size = page_size(arguments, 2)?;
    let (state, _) = context.state_at(None)?;
    let bounds = Bounds::new(None);
    let mut page = Page::default();
    let mut numbers = numbers.peekable();
    while let Some(number) = numbers.next() {
        if let Err(error) = bounds.check_time() {
            return if page.txs.is_empty() { Err(error) } else { Ok((page, true)) };
        }
        let at = context.block_at(Some(BlockId::number(number)))?;
        if !may_concern(context, &state, &at, address)? {
            continue;
        }
        let data = context.block_data(&at)?;
        let mut indices = match concerned(context, &at, &data, address, bounds.clone()) {
            // Time ended inside this block: the page ends before it.
            Err(_) if !page.txs.is_empty() && bounds.check_time().is_err() => return Ok((page, true)),
            found => found?,
        };
        indices.reverse();
        for index in indices {
            let place = u64::try_from(index).map_err(RpcError::internal)?;
            let place = Place { block_hash: at.hash, header: &at.header, index: place };
            let transaction = data.block.transactions.get(index);
            let transaction =
                transaction.ok_or_else(|| RpcError::internal(format!("no transaction {index}")))?;
            page.txs.push(transaction_json(transaction, place)?);
            page.receipts.push(timed_receipt(&data, index)?);
        }
        if page.txs.len() >= size {
            let more = numbers.peek().is_some();
            return Ok((page, more));
        }
    }
    Ok((page, false))
}

/// Whether a block can hold what is looked for, from what is cheap to see: it changed the account, called it, or has
/// one of its logs. A call by a contract that left no such trace is not found.
fn may_concern(
    context: &RpcContext,
    state: &Snapshot,
    at: &BlockAt,
    address: Address,
) -> Result<bool, RpcError> {
    if at.header.gas_used == 0 {
        return Ok(false);
    }
    if state.changed_account(address, at.number)?
        || at.header.logs_bloom.contains_input(BloomInput::Raw(address.as_slice()))
    {
        return Ok(true);
    }
    let block = crate::eth::blocks::read_block(context, at)?;
    Ok(block.transactions.iter().any(|transaction| transaction.to().to() == Some(&address)))
}

/// Which transactions of a block have the account as sender or callee, call it from a contract, or log by it.
fn concerned(
    context: &RpcContext,
    at: &BlockAt,
    data: &BlockData,
    address: Address,
    bounds: Bounds,
) -> Result<Vec<usize>, RpcError> {
    let logs = |receipt: &Receipt| receipt.logs.iter().any(|log| log.address == address);
    let read = |replayed: Replayed<'_>, seen: Inspected<'_, '_, (TracingInspector, Bounds)>| {
        let nodes = seen.inspector.0.traces().nodes();
        let calls = nodes.iter().any(|node| node.trace.caller == address || node.trace.address == address);
        let direct = sender_of(replayed.transaction)? == address;
        let logged = data.receipts.get(replayed.index).is_some_and(logs);
        Ok((calls || direct || logged).then_some(replayed.index))
    };
    let found = replay(context, at, Wanted::All, bounds, || Ok(calls()), read)?;
    Ok(found.into_iter().flatten().collect())
}
