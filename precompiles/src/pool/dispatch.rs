//! ABI of POOL: one match from selector to rule.

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
        abi::refundOfCall::SELECTOR => (4 * gas::READ, false),
        abi::treeCall::SELECTOR => (2 * gas::READ, false),
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
        Calls::isSpent(c) => ok::<abi::isSpentCall, _>(&host.is_spent(c.nullifier)?),
        Calls::isAnchor(c) => ok::<abi::isAnchorCall, _>(&host.is_anchor(c.root)?),
        Calls::tree(_) => {
            let (anchor, note_count) = (host.last_anchor()?, host.note_count()?);
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
    let (asset, amount) = take_funds(host, call, c.asset, c.amount)?;
    let position = host.add_public_note(&to, asset, amount, &memo)?;
    ok::<abi::shieldCall, _>(&position)
}

/// Never fails because of the payee: an address without a refund `PKr`, or a
/// full tree, gets a public credit.
fn pay<J: JournalTr>(host: &mut Host<'_, J>, call: &Call<'_>, c: &abi::payCall) -> Outcome<Vec<u8>, J> {
    let (asset, amount) = take_funds(host, call, c.asset, c.amount)?;
    let hidden = match host.refund_address(c.payee)? {
        Some(to) => note_or_nothing(host, &to, asset, amount)?,
        None => false,
    };
    if !hidden {
        // These can hold coins, but no ledger balance: the payer keeps it.
        let ledgerless = c.payee.is_zero() || PRECOMPILES.contains(&c.payee);
        let payee = if ledgerless && asset != AssetId::coin() { call.caller } else { c.payee };
        host.unhide(payee, asset, amount)?;
    }
    ok::<abi::payCall, _>(&hidden)
}

fn note_or_nothing<J: JournalTr>(
    host: &mut Host<'_, J>,
    to: &OneTimeAddress,
    asset: AssetId,
    amount: u128,
) -> Outcome<bool, J> {
    match host.add_public_note(to, asset, amount, &Memo::default()) {
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
    host.hide(call.caller, asset, amount, coin)?;
    Ok((asset, amount))
}
