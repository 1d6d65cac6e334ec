//! ABI of POOL: one match from selector to rule.

use super::transact::transact;
use crate::assets::{asset_key, require_amount};
use crate::calldata::{decode, ok, selector};
use crate::gas;
use crate::host::{Fault, Host, Outcome};
use crate::provider::{Call, GasMeter, refuse};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use revm::context_interface::JournalTr;
use sero_primitives::PRECOMPILES;
use sero_primitives::precompile::abi::IPool as abi;
use sero_primitives::precompile::abi::IPool::IPoolCalls as Calls;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::MEMO_LEN_MAX;

pub(crate) fn run<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    meter: &mut GasMeter,
) -> Outcome<Vec<u8>, J> {
    let selector = selector::<Calls, _>(call.input).map_err(|fault| refuse(meter, fault))?;
    let (price, mutates) = match selector {
        abi::shieldCall::SELECTOR => (gas::SHIELD, true),
        abi::payCall::SELECTOR => (gas::PAY, true),
        // The rest of its price depends on the bundle.
        abi::transactCall::SELECTOR => (gas::REFUSE, true),
        abi::refundOfCall::SELECTOR => (4 * gas::READ, false),
        abi::treeCall::SELECTOR => (2 * gas::READ, false),
        // One read for each pool that can be.
        abi::hiddenCall::SELECTOR => (u64::from(POOLS_MAX) * gas::READ, false),
        _ => (gas::READ, false),
    };
    meter.charge(price)?;
    if mutates && !call.mutable {
        return Err(Fault::revert(abi::OnlyPlainCall {}));
    }
    if !mutates && !call.value.is_zero() {
        return Err(Fault::revert(abi::NotPayable {}));
    }
    match decode(call.input)? {
        Calls::shield(c) => shield(host, call, &c),
        Calls::pay(c) => pay(host, call, &c),
        Calls::transact(c) => {
            let flows = transact(host, call, meter, &c)?;
            ok::<abi::transactCall, _>(&flows)
        }
        Calls::isSpent(c) => ok::<abi::isSpentCall, _>(&host.is_spent(c.pool, c.nullifier)?),
        Calls::isAnchor(c) => ok::<abi::isAnchorCall, _>(&host.is_anchor(c.pool, c.root)?),
        Calls::depositPool(_) => {
            let pool = host.rules.deposit_pool();
            let answer = abi::depositPoolReturn { open: pool.is_some(), pool: pool.unwrap_or_default() };
            ok::<abi::depositPoolCall, _>(&answer)
        }
        Calls::tree(c) => {
            let (anchor, note_count) = (host.last_anchor(c.pool)?, host.note_count(c.pool)?);
            ok::<abi::treeCall, _>(&abi::treeReturn { anchor, noteCount: note_count })
        }
        Calls::refundOf(c) => {
            let pkr = host.refund_address(c.from)?;
            ok::<abi::refundOfCall, _>(&pkr.map_or_else(Bytes::new, |pkr| pkr.to_bytes().into()))
        }
        Calls::hidden(c) => {
            let hidden = match AssetId::from_bytes(c.asset.to_be_bytes()) {
                Ok(asset) => host.hidden(asset)?,
                Err(_) => 0,
            };
            ok::<abi::hiddenCall, _>(&U256::from(hidden))
        }
        Calls::hiddenIn(c) => {
            let hidden = match AssetId::from_bytes(c.asset.to_be_bytes()) {
                Ok(asset) => host.hidden_in(c.pool, asset)?,
                Err(_) => 0,
            };
            ok::<abi::hiddenInCall, _>(&U256::from(hidden))
        }
    }
}

fn shield<J: JournalTr>(host: &mut Host<'_, J>, call: &Call<'_>, c: &abi::shieldCall) -> Outcome<Vec<u8>, J> {
    let invalid = |reason: String| Fault::revert(abi::InvalidPkr { reason });
    let bytes: &[u8; OneTimeAddress::LEN] = c
        .pkr
        .as_ref()
        .try_into()
        .map_err(|_| invalid(format!("a PKr has 128 bytes, not {}", c.pkr.len())))?;
    let to = OneTimeAddress::from_bytes(bytes).map_err(|error| invalid(error.to_string()))?;
    let memo = Memo::new(&c.memo).map_err(|error| {
        Fault::revert(abi::MemoTooLong { length: U256::from(error.0), max: U256::from(MEMO_LEN_MAX) })
    })?;
    let pool = host.rules.deposit_pool().ok_or_else(|| Fault::revert(abi::DepositsPaused {}))?;
    let (asset, amount) = take_funds(host, call, pool, c.asset, c.amount)?;
    let position = host.add_public_note(pool, &to, asset, amount, &memo)?;
    ok::<abi::shieldCall, _>(&position)
}

/// Never fails because of the payee: an address without a refund `PKr`, a full
/// tree, or paused deposits, give a public credit.
fn pay<J: JournalTr>(host: &mut Host<'_, J>, call: &Call<'_>, c: &abi::payCall) -> Outcome<Vec<u8>, J> {
    let deposits = host.rules.deposit_pool();
    // Without a pool that takes deposits the funds only pass through one.
    let pool = deposits.or_else(|| host.rules.open_pools().last()).unwrap_or_default();
    let (asset, amount) = take_funds(host, call, pool, c.asset, c.amount)?;
    let hidden = match host.refund_address(c.payee)?.filter(|_| deposits.is_some()) {
        Some(to) => note_or_nothing(host, pool, &to, asset, amount)?,
        None => false,
    };
    if !hidden {
        // These can hold coins, but no ledger balance: the payer keeps it.
        let ledgerless = c.payee.is_zero() || PRECOMPILES.contains(&c.payee);
        let payee = if ledgerless && asset != AssetId::coin() { call.caller } else { c.payee };
        host.unhide(pool, payee, asset, amount)?;
    }
    ok::<abi::payCall, _>(&hidden)
}

fn note_or_nothing<J: JournalTr>(
    host: &mut Host<'_, J>,
    pool: u8,
    to: &OneTimeAddress,
    asset: AssetId,
    amount: u128,
) -> Outcome<bool, J> {
    match host.add_public_note(pool, to, asset, amount, &Memo::default()) {
        Ok(_) => Ok(true),
        Err(Fault::Revert(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Moves the caller's funds into the pool: the coin came as value, anything
/// else is taken from the public ledger.
fn take_funds<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    pool: u8,
    id: U256,
    amount: U256,
) -> Outcome<(AssetId, u128), J> {
    let asset = host.require_asset(id)?;
    let amount = require_amount(amount, |amount| Fault::revert(abi::InvalidAmount { amount }))?;
    let coin = asset == AssetId::coin();
    let required = if coin { U256::from(amount) } else { U256::ZERO };
    if call.value != required {
        return Err(Fault::revert(abi::WrongValue { required, sent: call.value }));
    }
    debug_assert_eq!(asset_key(asset), id);
    host.hide(pool, call.caller, asset, amount, coin)?;
    Ok((asset, amount))
}
