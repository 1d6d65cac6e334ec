//! How much of an asset exists: the counters that every block checks, and a
//! recount by other means.

use super::assets::{asset_info, asset_parameter, find};
use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::answers;
use alloy_eips::BlockId;
use alloy_primitives::{B256, U64, U256};
use sero_chain::AssetRecount;
use sero_primitives::precompile::abi::IAssets;
use sero_primitives::{ASSETS, StateReader};

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_supply", &["asset"], supply).documented(
        "How much of an asset exists, by the counters that every block checks.",
        &[asset_parameter()],
    );
    methods.heavy("sero_auditSupply", &[], audit).documented(
        "Recounts every asset from the ledger and all logs, and compares with the counters. One at a time.",
        &[],
    );
}

answers! {
    /// How much of an asset exists, in base units.
    struct Figures {
        /// Units that exist.
        issued: U256,
        /// Units of public accounts.
        public: U256,
        /// Units in notes.
        hidden: U256,
    }

    /// The counters of an asset.
    struct Supply {
        /// The asset's id.
        asset: B256,
        ; figures: Figures
    }

    /// Counters and recount of an asset.
    struct AuditedAsset {
        /// The asset's id.
        asset: B256,
        /// Its name.
        name: Option<String>,
        /// The same, counted anew.
        recount: Figures,
        /// Whether both say the same.
        agrees: bool,
        ; figures: Figures
    }

    /// A recount of everything.
    struct Audit {
        /// The block whose state was counted.
        block_number: U64,
        /// All assets.
        assets: Vec<AuditedAsset>,
        /// Whether all agree.
        agrees: bool,
    }
}

fn supply(context: &RpcContext, arguments: &Arguments) -> Result<Supply, RpcError> {
    let (state, head) = context.state_at(None)?;
    let unknown = || arguments.invalid(0, "no asset has this name");
    let id = find(context, &state, &head, arguments)?.ok_or_else(unknown)?;
    let counters =
        counters(context, &state, &head, id)?.ok_or_else(|| arguments.invalid(0, "not an asset id"))?;
    Ok(Supply { asset: B256::from(id), figures: figures(&counters) })
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

fn figures(counted: &AssetRecount) -> Figures {
    Figures { issued: counted.issued, public: counted.public, hidden: counted.hidden }
}

fn audit(context: &RpcContext, _: &Arguments) -> Result<Audit, RpcError> {
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
        assets.push(AuditedAsset {
            asset: *asset,
            name: asset_info(context, &state, &block, id)?.name,
            recount: figures(recounted),
            agrees,
            figures: figures(&counters),
        });
    }
    Ok(Audit { block_number: U64::from(recount.block_number), assets, agrees: all_agree })
}
