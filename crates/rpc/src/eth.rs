//! `eth_`.

mod accounts;
pub(crate) mod blocks;
pub(crate) mod calls;
mod config;
pub(crate) mod fees;
pub(crate) mod filters;
mod logs;
pub(crate) mod overrides;
pub(crate) mod simulate;
mod state;
mod subscriptions;
pub(crate) mod transactions;

use crate::methods::Methods;
use alloy_primitives::U64;
use sero_chain::ChainExecutor;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.instant("eth_chainId", &[], |context, _| Ok(U64::from(context.chain.parameters().chain_id)));
    methods.instant("eth_syncing", &[], |_, _| Ok(false));
    methods.instant("eth_coinbase", &[], |context, _| Ok(context.coinbase));
    methods.instant("eth_mining", &[], |_, _| Ok(false));
    methods.instant("eth_blockNumber", &[], |context, _| Ok(U64::from(context.chain.head().header.number)));
    blocks::register(methods);
    state::register(methods);
    transactions::register(methods);
    calls::register(methods);
    simulate::register(methods);
    config::register(methods);
    fees::register(methods);
    logs::register(methods);
    filters::register(methods);
    subscriptions::register(methods);
    accounts::register(methods);
}
