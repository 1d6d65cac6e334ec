//! `txpool_`.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::{json_bytes, pending_transaction_json};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::{Address, TxKind, U64};
use serde_json::{Map, Value, json};
use sero_primitives::POOL;
use sero_txpool::PoolTransaction;

/// Bytes of one answer.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of an answer for each sender, about.
const SENDER_BYTES: usize = 60;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("txpool_status", &[], status);
    methods.heavy("txpool_content", &[], content);
    methods.heavy("txpool_inspect", &[], inspect);
    methods.heavy("txpool_contentFrom", &["address"], content_from);
}

fn status(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let (pending, queued) = context.pool.counts()?;
    Ok(json!({ "pending": U64::from(pending), "queued": U64::from(queued) }))
}

fn content(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    by_sender(&context.pool.content()?, |waiting| {
        pending_transaction_json(waiting.checked.transaction(), waiting.checked.sender())
    })
}

fn inspect(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    by_sender(&context.pool.content()?, |waiting| {
        let transaction = waiting.checked.transaction();
        let to = match transaction.to() {
            TxKind::Call(to) => to.to_string(),
            TxKind::Create => "contract creation".into(),
        };
        let (value, gas, fee) = (transaction.value(), transaction.gas_limit(), transaction.max_fee_per_gas());
        Ok(Value::String(format!("{to}: {value} wei + {gas} gas × {fee} wei")))
    })
}

fn content_from(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let address: Address = arguments.required(0)?;
    let mut all = context.pool.content()?;
    all.retain(|waiting| waiting.checked.sender().unwrap_or(POOL) == address);
    let content = by_sender(&all, |waiting| {
        pending_transaction_json(waiting.checked.transaction(), waiting.checked.sender())
    })?;
    let of = |part: &str| content[part].get(address.to_string()).cloned().unwrap_or_else(|| json!({}));
    Ok(json!({ "pending": of("pending"), "queued": of("queued") }))
}

/// `{pending: {address: {nonce: ..}}, queued: ..}`. Pure transfers, which have
/// neither sender nor nonce, are listed under POOL and numbered.
fn by_sender(
    all: &[PoolTransaction],
    view: impl Fn(&PoolTransaction) -> Result<Value, RpcError>,
) -> Result<Value, RpcError> {
    let (mut pending, mut queued) = (Map::new(), Map::new());
    let (mut pure_transfers, mut bytes) = (0u64, 0usize);
    for waiting in all {
        let nonce = match waiting.checked.sender() {
            Some(_) => waiting.checked.transaction().nonce(),
            None => {
                pure_transfers += 1;
                pure_transfers - 1
            }
        };
        let sender = waiting.checked.sender().unwrap_or(POOL).to_string();
        let group = if waiting.ready { &mut pending } else { &mut queued };
        let senders = group.entry(sender).or_insert_with(|| json!({}));
        let json = view(waiting)?;
        bytes += SENDER_BYTES + json_bytes(&json)?;
        if bytes > BYTES_MAX {
            return Err(RpcError::Limit(format!(
                "the pool has more than {BYTES_MAX} bytes, ask for one sender by txpool_contentFrom"
            )));
        }
        senders[nonce.to_string()] = json;
    }
    Ok(json!({ "pending": pending, "queued": queued }))
}
