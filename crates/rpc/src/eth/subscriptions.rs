//! `eth_subscribe` over WebSocket. Every subscriber has a bounded buffer; one
//! that falls behind by more, or does not read for a while, is unsubscribed
//! instead of slowing the node or filling its memory.

use super::logs::check_filter;
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::{BlockData, header_json, json_bytes, pending_transaction_json};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::B256;
use alloy_rpc_types_eth::Filter;
use jsonrpsee::core::server::{PendingSubscriptionSink, SubscriptionMessage, SubscriptionSink};
use jsonrpsee::types::Params;
use serde::Serialize;
use serde_json::Value;
use sero_chain::FinalizedBlock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// How long a notice waits for room in a client's buffer.
const SEND_MAX: Duration = Duration::from_secs(5);
/// Bytes of a waiting transaction that is sent whole.
const WHOLE_MAX: usize = 64 * 1024;

enum Kind {
    Heads,
    Logs(Box<Filter>),
    Transactions { full: bool },
    Syncing,
}

/// Registers the subscription.
pub(crate) fn register(methods: &mut Methods) {
    let registered = methods.module().register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |params, pending, context, _| async move { run(params, pending, context).await },
    );
    let registered = registered.map(|_| ());
    methods.keep_error(registered);
}

async fn run(params: Params<'static>, pending: PendingSubscriptionSink, context: Arc<RpcContext>) {
    let kind = match parse(&params) {
        Ok(kind) => kind,
        Err(error) => return pending.reject(error).await,
    };
    // Listen before the client learns of the subscription: it must miss nothing after that.
    let (blocks, arrivals) = (context.chain.subscribe(), context.pool.subscribe());
    let Ok(sink) = pending.accept().await else { return };
    match kind {
        Kind::Heads => {
            follow(sink, blocks, |block: Arc<FinalizedBlock>| {
                vec![header_json(block.hash, &block.block.header)]
            })
            .await
        }
        Kind::Logs(filter) => {
            follow(sink, blocks, |block: Arc<FinalizedBlock>| block_logs(&block, &filter)).await
        }
        Kind::Transactions { full: false } => follow(sink, arrivals, |hash: B256| vec![hash]).await,
        Kind::Transactions { full: true } => {
            follow(sink, arrivals, |hash: B256| whole(&context, hash).into_iter().collect()).await
        }
        // This node is never behind its own chain.
        Kind::Syncing => {
            if send(&sink, &false).await {
                sink.closed().await;
            }
        }
    }
}

fn parse(params: &Params<'static>) -> Result<Kind, RpcError> {
    let arguments = Arguments::new(params, &["kind", "options"])?;
    match arguments.required::<String>(0)?.as_str() {
        "newHeads" => Ok(Kind::Heads),
        "logs" => {
            let filter: Filter = arguments.optional(1)?.unwrap_or_default();
            check_filter(&filter)?;
            Ok(Kind::Logs(Box::new(filter)))
        }
        "newPendingTransactions" => {
            Ok(Kind::Transactions { full: arguments.optional::<bool>(1)?.unwrap_or_default() })
        }
        "syncing" => Ok(Kind::Syncing),
        _ => Err(arguments.invalid(0, "one of newHeads, logs, newPendingTransactions, syncing")),
    }
}

/// A waiting transaction, if it still waits. One whose JSON is too long comes as
/// its hash: the client can ask for it, and a buffer of them stays small.
fn whole(context: &RpcContext, hash: B256) -> Option<Value> {
    let waiting = context.pool.get(hash)?;
    let json = pending_transaction_json(waiting.transaction(), waiting.sender()).ok()?;
    Some(if json_bytes(&json).ok()? > WHOLE_MAX { Value::String(hash.to_string()) } else { json })
}

fn block_logs(block: &FinalizedBlock, filter: &Filter) -> Vec<alloy_rpc_types_eth::Log> {
    if !filter.matches_bloom(block.block.header.logs_bloom) {
        return vec![];
    }
    let data = BlockData::new(block.hash, block.block.clone(), block.receipts.clone(), None);
    data.logs(|log| filter.matches(log)).collect()
}

/// Sends what `items` makes of every event, until either side ends.
async fn follow<E, I>(sink: SubscriptionSink, mut events: Receiver<E>, items: impl Fn(E) -> Vec<I>)
where
    E: Clone,
    I: Serialize,
{
    loop {
        let event = tokio::select! {
            () = sink.closed() => return,
            event = events.recv() => event,
        };
        // Lagged: the client reads too slowly, and must not believe that it saw everything.
        let Ok(event) = event else { return };
        for item in items(event) {
            if !send(&sink, &item).await {
                return;
            }
        }
    }
}

/// Whether the client still listens and reads.
async fn send(sink: &SubscriptionSink, item: &impl Serialize) -> bool {
    match SubscriptionMessage::new(sink.method_name(), sink.subscription_id(), item) {
        Ok(message) => sink.send_timeout(message, SEND_MAX).await.is_ok(),
        Err(_) => false,
    }
}
