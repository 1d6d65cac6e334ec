//! Filters that clients poll. A filter keeps a place in the chain, not the
//! results, so a client that never polls costs nothing.

use super::logs::{check_filter, find_logs, logs_in};
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::server::random_id;
use alloy_primitives::B256;
use alloy_rpc_types_eth::{Filter, FilterBlockOption, FilterChanges};
use parking_lot::Mutex;
use sero_chain::ChainExecutor;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// Filters of all clients.
const FILTERS_MAX: usize = 1_000;
/// A filter that nobody polls for this long is forgotten.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Hashes of one answer.
const HASHES_MAX: u64 = 10_000;

/// Installed filters, by id.
#[derive(Default)]
pub(crate) struct Filters {
    installed: Mutex<HashMap<String, Installed>>,
}

#[derive(Clone)]
struct Installed {
    kind: Kind,
    polled: Instant,
}

#[derive(Clone)]
enum Kind {
    /// Logs from block `next` on; `since` is the first block after installation.
    Logs { filter: Arc<Filter>, since: u64, next: u64 },
    /// Hashes of the blocks from `next` on.
    Blocks { next: u64 },
    /// Hashes of transactions that the pool took.
    Transactions(Arc<Mutex<Receiver<B256>>>),
}

impl Filters {
    fn install(&self, kind: Kind) -> Result<String, RpcError> {
        let mut installed = self.installed.lock();
        let now = Instant::now();
        installed.retain(|_, filter| now.duration_since(filter.polled) < LIFETIME);
        if installed.len() >= FILTERS_MAX {
            return Err(RpcError::Limit(format!("{FILTERS_MAX} filters are installed, uninstall some")));
        }
        let id = random_id();
        installed.insert(id.clone(), Installed { kind, polled: now });
        Ok(id)
    }

    /// After the chain went back to block `head`: what comes next is new.
    pub(crate) fn rewind(&self, head: u64) {
        for filter in self.installed.lock().values_mut() {
            if let Kind::Logs { next, .. } | Kind::Blocks { next } = &mut filter.kind {
                *next = (*next).min(head + 1);
            }
        }
    }

    /// The filter; it counts as polled, and what came up to block `head` as read if `advance`.
    fn poll(&self, id: &str, head: u64, advance: bool) -> Result<Kind, RpcError> {
        let mut installed = self.installed.lock();
        let now = Instant::now();
        installed.retain(|_, filter| now.duration_since(filter.polled) < LIFETIME);
        let filter = installed.get_mut(id).ok_or(RpcError::UnknownFilter)?;
        filter.polled = now;
        let found = filter.kind.clone();
        if advance && let Kind::Logs { next, .. } | Kind::Blocks { next } = &mut filter.kind {
            *next = (*next).max(head + 1);
        }
        Ok(found)
    }
}

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("eth_newFilter", &["filter"], new_filter);
    methods.light("eth_newBlockFilter", &[], |context, _| {
        context.filters.install(Kind::Blocks { next: context.chain.head().header.number + 1 })
    });
    methods.light("eth_newPendingTransactionFilter", &["full"], |context, arguments| {
        if arguments.optional::<bool>(0)? == Some(true) {
            return Err(arguments.invalid(0, "only hashes are supported"));
        }
        context.filters.install(Kind::Transactions(Arc::new(Mutex::new(context.pool.subscribe()))))
    });
    methods.heavy("eth_getFilterChanges", &["id"], changes);
    methods.heavy("eth_getFilterLogs", &["id"], logs);
    methods.light("eth_uninstallFilter", &["id"], |context, arguments| {
        let id: String = arguments.required(0)?;
        Ok(context.filters.installed.lock().remove(&id).is_some())
    });
}

fn new_filter(context: &RpcContext, arguments: &Arguments) -> Result<String, RpcError> {
    let filter: Filter = arguments.required(0)?;
    check_filter(&filter)?;
    if let FilterBlockOption::AtBlockHash(_) = filter.block_option {
        return Err(arguments.invalid(0, "a filter for one block has no changes, use eth_getLogs"));
    }
    let next = context.chain.head().header.number + 1;
    context.filters.install(Kind::Logs { filter: Arc::new(filter), since: next, next })
}

fn changes(context: &RpcContext, arguments: &Arguments) -> Result<FilterChanges, RpcError> {
    let id: String = arguments.required(0)?;
    let head = context.chain.head().header.number;
    match context.filters.poll(&id, head, true)? {
        Kind::Logs { filter, next, .. } => {
            let (from, to) = filter.extract_block_range();
            let (from, to) = (from.unwrap_or(0).max(next), to.unwrap_or(u64::MAX).min(head));
            let logs = if from <= to { logs_in(context, &filter, from..=to)? } else { vec![] };
            Ok(FilterChanges::Logs(logs))
        }
        Kind::Blocks { next } => {
            let oldest = next.max(head.saturating_sub(HASHES_MAX));
            let hashes = (oldest..=head).filter_map(|number| context.chain.block_hash(number).transpose());
            Ok(FilterChanges::Hashes(hashes.collect::<Result<_, _>>()?))
        }
        Kind::Transactions(arrivals) => Ok(FilterChanges::Hashes(drain(&mut arrivals.lock()))),
    }
}

fn drain(arrivals: &mut Receiver<B256>) -> Vec<B256> {
    let mut hashes = Vec::new();
    loop {
        match arrivals.try_recv() {
            Ok(hash) => hashes.push(hash),
            // The oldest were overwritten; go on with those that are left.
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return hashes,
        }
    }
}

fn logs(context: &RpcContext, arguments: &Arguments) -> Result<FilterChanges, RpcError> {
    let id: String = arguments.required(0)?;
    let head = context.chain.head().header.number;
    let Kind::Logs { filter, since, .. } = context.filters.poll(&id, head, false)? else {
        return Err(RpcError::UnknownFilter);
    };
    if filter.block_option.get_from_block().is_some() {
        return find_logs(context, &filter).map(FilterChanges::Logs);
    }
    // A filter without a first block begins where it was installed.
    let to = filter.get_to_block().unwrap_or(u64::MAX).min(head);
    let logs = if since <= to { logs_in(context, &filter, since..=to)? } else { vec![] };
    Ok(FilterChanges::Logs(logs))
}
