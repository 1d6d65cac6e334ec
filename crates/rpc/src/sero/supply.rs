//! How much of an asset exists: the counters that every block checks, and a
//! recount by other means.

use super::assets::{asset_json, find};
use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::{B256, U64, U256};
use serde_json::{Value, json};
use sero_chain::AssetRecount;
use sero_primitives::precompile::abi::IAssets;
use sero_primitives::{ASSETS, StateReader};

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_supply", &["asset"], supply);
    methods.heavy("sero_auditSupply", &[], audit);
}

fn supply(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let (state, head) = context.state_at(None)?;
    let unknown = || arguments.invalid(0, "no asset has this name");
    let id = find(context, &state, &head, arguments)?.ok_or_else(unknown)?;
    let counters =
        counters(context, &state, &head, id)?.ok_or_else(|| arguments.invalid(0, "not an asset id"))?;
    let mut json = figures(&counters);
    json["asset"] = json!(B256::from(id));
    Ok(json)
}

fn counters(
    context: &RpcContext,
    state: &dyn StateReader,
    block: &BlockAt,
    id: U256,
) -> Result<Option<AssetRecount>, RpcError> {
    let supply = context.try_view(state, &block.header, ASSETS, &IAssets::supplyCall { asset: id })?.ok();
    let counters = |supply: IAssets::supplyReturn| AssetRecount {
        issued: supply.issued,
        public: supply.publicSupply,
        hidden: supply.hidden,
    };
    Ok(supply.map(counters))
}

fn figures(figures: &AssetRecount) -> Value {
    json!({ "issued": figures.issued, "public": figures.public, "hidden": figures.hidden })
}

fn audit(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let Some(_one_at_a_time) = context.recount.try_lock() else {
        return Err(RpcError::Limit("another recount is running, try again later".into()));
    };
    let recount = context.chain.recount_supply()?;
    let (state, block) = context.state_at(Some(BlockId::number(recount.block_number)))?;
    let mut assets = Vec::new();
    let mut all_agree = true;
    for (asset, recounted) in &recount.assets {
        let id = U256::from_be_bytes(asset.0);
        let counters = counters(context, &state, &block, id)?.unwrap_or_default();
        let agrees = counters == *recounted;
        all_agree &= agrees;
        let mut json = figures(&counters);
        json["asset"] = json!(asset);
        json["name"] = asset_json(context, &state, &block, id)?["name"].take();
        json["recount"] = figures(recounted);
        json["agrees"] = json!(agrees);
        assets.push(json);
    }
    Ok(json!({ "blockNumber": U64::from(recount.block_number), "assets": assets, "agrees": all_agree }))
}
