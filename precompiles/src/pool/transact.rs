//! `POOL.transact`: a contract carries somebody's bundle.

use super::bundle::Sender;
use crate::assets::asset_key;
use crate::gas;
use crate::host::{Fault, Host, Outcome};
use crate::provider::{Call, GasMeter};
use alloy_primitives::U256;
use revm::context_interface::JournalTr;
use sero_primitives::precompile::abi::IPool as abi;
use sero_primitives::shielded_tx::EXPIRY_MAX_AHEAD;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, Carrier, Counts, Direction, SighashContext};

/// From cheap to dear: form, price, expiry, state, signatures, proofs, effects.
pub(super) fn transact<J: JournalTr>(
    host: &mut Host<'_, J>,
    call: &Call<'_>,
    meter: &mut GasMeter,
    c: &abi::transactCall,
) -> Outcome<Vec<abi::PublicFlow>, J> {
    let counts = Counts::of(&c.bundle).map_err(invalid)?;
    meter.charge(gas::transact(&counts))?;
    if counts.spends == 0 {
        return Err(Fault::revert(abi::NoSpend {}));
    }
    check_expiry(host.rules.block_number, c.expiry)?;
    let bundle = Bundle::decode(&c.bundle).map_err(invalid)?;
    meter.charge(gas::ciphertexts(&bundle))?;
    check_value(call, &bundle)?;
    host.check_pool(&bundle)?;
    let rules = host.rules;
    let keys = rules.keys(bundle.pool).ok_or_else(|| Fault::revert(abi::PoolClosed { pool: bundle.pool }))?;
    let context = SighashContext {
        chain_id: rules.chain_id,
        genesis_hash: rules.genesis_hash,
        carrier: Carrier::Contract { caller: call.caller.into_array(), context: c.context, expiry: c.expiry },
    };
    // Effects first: they are cheap, refuse what the state forbids, and are
    // undone with the frame if the verification fails.
    host.apply_notes(&bundle, Sender { account: Some(call.caller), nonce: None })?;
    host.apply_flows(&bundle, call.caller, true)?;
    bundle.verify_signatures(&bundle.sighash(&context)).map_err(invalid)?;
    // The bad proof is not looked for: the price is that of one batch, whether it holds or not.
    keys.verify_together(&bundle.proof_claims()).map_err(|(index, error)| match index {
        Some(index) => invalid(bundle.name_proof_error(index, error)),
        None => invalid("a proof of the bundle does not verify"),
    })?;
    let flow = |entry: &sero_shielded::bundle::BalanceEntry| abi::PublicFlow {
        asset: asset_key(entry.asset),
        inward: entry.direction == Direction::Inward,
        amount: U256::from(entry.amount),
    };
    Ok(bundle.balance.iter().map(flow).collect())
}

fn invalid<E>(error: impl core::fmt::Display) -> Fault<E> {
    Fault::revert(abi::InvalidBundle { reason: error.to_string() })
}

fn check_expiry<E>(block: u64, expiry: u64) -> Result<(), Fault<E>> {
    if expiry < block {
        return Err(Fault::revert(abi::BundleExpired { expiry, blockNumber: block }));
    }
    let latest = block.saturating_add(EXPIRY_MAX_AHEAD);
    if expiry > latest {
        return Err(Fault::revert(abi::ExpiryTooFar { expiry, latest }));
    }
    Ok(())
}

/// Coins that flow inward come as the call's value, exactly.
fn check_value<E>(call: &Call<'_>, bundle: &Bundle) -> Result<(), Fault<E>> {
    let inward = |entry: &&sero_shielded::bundle::BalanceEntry| {
        entry.asset == AssetId::coin() && entry.direction == Direction::Inward
    };
    let required = U256::from(bundle.balance.iter().find(inward).map_or(0, |entry| entry.amount));
    if call.value != required {
        return Err(Fault::revert(abi::WrongValue { required, sent: call.value }));
    }
    Ok(())
}
