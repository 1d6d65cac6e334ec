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
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::verifier::VerifyingKeys;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_chainInfo", &[], chain_info);
    methods.light("sero_treeState", &["block", "pool"], tree_state);
    notes::register(methods);
    nullifiers::register(methods);
    assets::register(methods);
    supply::register(methods);
    simulate::register(methods);
    decode::register(methods);
}

fn chain_info(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let (state, head) = context.state_at(None)?;
    let parameters = context.chain.parameters();
    let next = head.number + 1;
    let (privacy, rules) = (context.privacy()?, context.rules(next)?);
    let mut pools = Vec::new();
    for pool in privacy.pools.iter() {
        let tree = context.view(&state, &head.header, POOL, &IPool::treeCall { pool: pool.spec.id })?;
        // The keys that a transaction sent now is judged by.
        let [spend, output] =
            pool.keys(next).map(VerifyingKeys::hashes).map_or([None; 2], |keys| keys.map(Some));
        pools.push(json!({
            "pool": U64::from(pool.spec.id),
            "opens": U64::from(pool.spec.opens),
            "depositsEnd": pool.spec.deposits_end.map(U64::from),
            "spendKeyHash": spend,
            "outputKeyHash": output,
            "noteCount": U64::from(tree.noteCount),
        }));
    }
    Ok(json!({
        "chainId": U64::from(parameters.chain_id),
        "genesisHash": parameters.genesis_hash,
        "network": privacy.network,
        "anchorLag": U64::from(privacy.anchor_lag),
        "registrationFee": U128::from(privacy.registration_fee),
        "pools": pools,
        "depositPool": rules.deposit_pool().map(U64::from),
        "head": U64::from(head.number),
    }))
}

fn tree_state(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let (state, block) = context.state_at(arguments.optional(0)?)?;
    let pool = pool_argument(arguments, 1)?;
    let tree = context.view(&state, &block.header, POOL, &IPool::treeCall { pool })?;
    Ok(json!({
        "pool": U64::from(pool),
        "blockNumber": U64::from(block.number),
        "anchor": tree.anchor,
        "noteCount": U64::from(tree.noteCount),
    }))
}

/// An optional pool id; 0, the first pool, if absent.
fn pool_argument(arguments: &Arguments, index: usize) -> Result<u8, RpcError> {
    let pool = arguments.optional_u64(index)?.unwrap_or(0);
    let id = u8::try_from(pool).ok().filter(|id| *id < POOLS_MAX);
    id.ok_or_else(|| arguments.invalid(index, "a pool id is 0 to 7"))
}
