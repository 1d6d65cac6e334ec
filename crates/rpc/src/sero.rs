//! `sero_`: what wallets and auditors read. Every query can be asked without
//! naming a note of one's own, except [`nullifiers`], which is for auditors.

mod assets;
mod decode;
mod notes;
mod nullifiers;
mod simulate;
mod supply;

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::{U64, U128};
use serde_json::{Value, json};
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IPool;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_chainInfo", &[], chain_info);
    methods.light("sero_treeState", &["block"], tree_state);
    notes::register(methods);
    nullifiers::register(methods);
    assets::register(methods);
    supply::register(methods);
    simulate::register(methods);
    decode::register(methods);
}

fn chain_info(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let (state, head) = context.state_at(None)?;
    let tree = context.view(&state, &head.header, POOL, &IPool::treeCall {})?;
    let (parameters, genesis) = (context.chain.parameters(), context.chain.genesis());
    Ok(json!({
        "chainId": U64::from(parameters.chain_id),
        "genesisHash": parameters.genesis_hash,
        "network": parameters.network,
        "anchorLag": U64::from(parameters.anchor_lag),
        "registrationFee": U128::from(parameters.registration_fee),
        "spendKeyHash": genesis.spend_key_hash,
        "outputKeyHash": genesis.output_key_hash,
        "noteCount": U64::from(tree.noteCount),
        "head": U64::from(head.number),
    }))
}

fn tree_state(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let (state, block) = context.state_at(arguments.optional(0)?)?;
    let tree = context.view(&state, &block.header, POOL, &IPool::treeCall {})?;
    Ok(json!({
        "blockNumber": U64::from(block.number),
        "anchor": tree.anchor,
        "noteCount": U64::from(tree.noteCount),
    }))
}
