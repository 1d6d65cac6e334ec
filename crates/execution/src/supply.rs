//! The supply check at the end of every block: for every asset that the block
//! touched, `issued = public + hidden`.

use crate::error::BlockError;
use crate::state::{BlockDb, StateFault};
use alloy_primitives::{Address, Log, U256};
use alloy_sol_types::SolEvent;
use revm::context_interface::JournalTr;
use revm::database_interface::Database;
use sero_precompiles::assets::issued_slot;
use sero_precompiles::{Fault, Host};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::{ASSETS, POOL, Receipt};
use sero_shielded::asset::AssetId;
use std::collections::{BTreeMap, BTreeSet};

/// Base units of SERO that left existence in this block without being counted
/// in `issued` yet: base fees, and what contracts destroyed with themselves.
///
/// Counted from the accounts: the sum of all balances must have fallen by what
/// registrations (already counted) and `burned_fees` took, or by more; if by
/// less, coins were created, and the block is refused. `replaced` are balances that a simulation began with.
pub fn destroyed_coins(
    db: &mut BlockDb<'_>,
    replaced: &BTreeMap<Address, U256>,
    burned_fees: u128,
) -> Result<u128, BlockError> {
    let coin = AssetId::coin();
    let fault = |reason: String| BlockError::Supply { asset: coin, reason };
    let (mut before, mut after) = (U256::ZERO, U256::ZERO);
    let reader = db.db.0;
    for (address, cached) in &db.cache.accounts {
        before += match replaced.get(address) {
            Some(balance) => *balance,
            None => reader.account(*address)?.map_or(U256::ZERO, |account| account.balance),
        };
        after += cached.info().map_or(U256::ZERO, |info| info.balance);
    }
    let slot = issued_slot(coin);
    let issued_before = reader.storage(ASSETS, slot)?;
    let issued_now = db.storage(ASSETS, slot).map_err(|StateFault(error)| BlockError::State(error))?;
    let counted = issued_before
        .checked_sub(issued_now)
        .ok_or_else(|| fault(format!("issued rose from {issued_before} to {issued_now}")))?;
    let lost = before.checked_sub(after).and_then(|lost| lost.checked_sub(counted));
    let lost = lost.filter(|lost| *lost >= U256::from(burned_fees)).ok_or_else(|| {
        fault(format!(
            "balances went from {before} to {after}, but {counted} in fees for names and {burned_fees} in base fees \
             were burned"
        ))
    })?;
    u128::try_from(lost).map_err(|_| fault(format!("{lost} destroyed")))
}

/// Checks the counters of every asset named in the block's logs, and that
/// POOL's account covers the hidden coins. Coins can be forced into any
/// account, so that is `>=`, never equality.
pub fn check<J>(host: &mut Host<'_, J>, receipts: &[Receipt]) -> Result<(), BlockError>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    let mut assets: BTreeSet<AssetId> = receipts.iter().flat_map(|r| &r.logs).filter_map(asset_of).collect();
    assets.insert(AssetId::coin());
    for asset in assets {
        let supply = host.supply(asset).map_err(fatal)?;
        if supply.public.checked_add(supply.hidden) != Some(supply.issued) {
            let reason =
                format!("issued {}, public {}, hidden {}", supply.issued, supply.public, supply.hidden);
            return Err(BlockError::Supply { asset, reason });
        }
        if asset == AssetId::coin() {
            let held = host.coin_balance(POOL).map_err(fatal)?;
            if held < U256::from(supply.hidden) {
                let reason = format!("POOL holds {held}, hidden is {}", supply.hidden);
                return Err(BlockError::Supply { asset, reason });
            }
        }
    }
    Ok(())
}

fn fatal(fault: Fault<StateFault>) -> BlockError {
    match fault {
        Fault::Fatal(StateFault(error)) => BlockError::State(error),
        other => BlockError::Internal(format!("reading supply: {other:?}")),
    }
}

/// The asset that a log of ASSETS or POOL is about.
fn asset_of(log: &Log) -> Option<AssetId> {
    let topics = log.topics();
    let id = match (log.address, *topics.first()?) {
        (ASSETS, IAssets::Transfer::SIGNATURE_HASH) | (POOL, IPool::PublicNote::SIGNATURE_HASH) => {
            topics.get(3)?
        }
        (ASSETS, IAssets::TicketIssued::SIGNATURE_HASH) => topics.get(1)?,
        (POOL, IPool::Flow::SIGNATURE_HASH) => topics.get(2)?,
        _ => return None,
    };
    AssetId::from_bytes(id.0).ok()
}
