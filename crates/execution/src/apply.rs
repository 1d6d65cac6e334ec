//! A bundle's effects on the state, before and after the call that it pays for.

use crate::error::InvalidTransaction;
use crate::state::StateFault;
use crate::validate::pure_transfer_fee;
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolError, SolInterface};
use revm::context_interface::JournalTr;
use revm::database_interface::Database;
use sero_precompiles::pool::Sender;
use sero_precompiles::{Fault, Host, Rules};
use sero_primitives::POOL;
use sero_primitives::gas::refundable_assets;
use sero_primitives::precompile::abi;
use sero_primitives::shielded_tx::{ShieldedCall, ShieldedTx};
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;

/// A refusal, or a fault of this machine.
pub enum ApplyError {
    /// The transaction is invalid.
    Invalid(InvalidTransaction),
    /// State cannot be read.
    Fatal(StateFault),
}

impl From<InvalidTransaction> for ApplyError {
    fn from(error: InvalidTransaction) -> Self {
        Self::Invalid(error)
    }
}

impl From<Fault<StateFault>> for ApplyError {
    fn from(fault: Fault<StateFault>) -> Self {
        match fault {
            Fault::Revert(data) => Self::Invalid(refusal(&data)),
            Fault::OutOfGas => Self::Invalid(InvalidTransaction::Effects("out of gas".into())),
            Fault::Fatal(error) => Self::Fatal(error),
        }
    }
}

/// A precompile's error as a refusal of the transaction.
pub fn refusal(data: &[u8]) -> InvalidTransaction {
    use abi::IPool::IPoolErrors as Errors;
    match Errors::abi_decode(data) {
        Ok(Errors::UnknownAnchor(error)) => InvalidTransaction::UnknownAnchor(error.anchor),
        Ok(Errors::NullifierAlreadySpent(error)) => InvalidTransaction::NullifierSpent(error.nullifier),
        _ => InvalidTransaction::Effects(describe_revert(data)),
    }
}

/// A precompile's error in words.
pub fn describe_revert(data: &[u8]) -> String {
    if let Ok(error) = abi::IPackages::IPackagesErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    if let Ok(error) = abi::IPool::IPoolErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    if let Ok(error) = abi::IAssets::IAssetsErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    match alloy_sol_types::Revert::abi_decode(data) {
        Ok(revert) => revert.reason,
        Err(_) => alloy_primitives::hex::encode_prefixed(data),
    }
}

/// Public balances of `from` before the credit, for the refund's difference.
pub type BalancesBefore = Vec<(AssetId, U256)>;

/// A pure transfer: notes, outs and fee, of which the base fee burns and the
/// rest goes to the proposer.
pub fn apply_pure_transfer<J>(
    host: &mut Host<'_, J>,
    tx: &ShieldedTx,
    base_fee_per_gas: u64,
    proposer: Address,
) -> Result<(), ApplyError>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    host.apply_notes(&tx.bundle, Sender::default())?;
    let pool = tx.bundle.pool;
    let return_pool = host.return_pool(pool);
    for out in &tx.outs {
        host.require_asset(U256::from_be_bytes(out.asset.to_bytes()))?;
        // Out of the pool and in again, or into a newer one: public amounts pass the turnstile.
        host.release(pool, out.asset, out.amount)?;
        host.add_hidden(return_pool, out.asset, out.amount)?;
        host.add_public_note(return_pool, &out.to, out.asset, out.amount, &out.memo)?;
    }
    let fee = pure_transfer_fee(tx)?;
    let burned = u128::from(tx.gas_limit) * u128::from(base_fee_per_gas);
    let tip = fee
        .checked_sub(burned)
        .ok_or(InvalidTransaction::FeeTooLow { max_fee_per_gas: tx.max_fee_per_gas, base_fee_per_gas })?;
    host.release(pool, AssetId::coin(), fee)?;
    if !host.burn_coin(POOL, burned)? || !host.move_coin(POOL, proposer, tip)? {
        return Err(
            InvalidTransaction::Effects("the pool's account holds less than its counter".into()).into()
        );
    }
    Ok(())
}

/// Before the call: refund address, notes, inward flows, credits, attachments.
pub fn apply_before_call<J>(
    host: &mut Host<'_, J>,
    tx: &ShieldedTx,
    call: &ShieldedCall,
) -> Result<BalancesBefore, ApplyError>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    let mut before = Vec::new();
    for asset in refundable_assets(tx) {
        before.push((asset, host.balance_of(call.from, asset)?));
    }
    host.set_refund_address(call.from, &call.refund)?;
    host.apply_notes(&tx.bundle, Sender { account: Some(call.from), nonce: Some(call.nonce) })?;
    host.apply_flows(&tx.bundle, call.from, false)?;
    let attached: Vec<_> = call.attached.iter().map(|a| (a.asset, a.amount)).collect();
    host.hold_attached(call.from, &attached)?;
    Ok(before)
}

/// After gas is reimbursed: what the transaction brought and nobody used leaves
/// `from` as notes to the refund address; older funds are never touched.
pub fn apply_refunds<J>(
    journal: &mut J,
    rules: &Rules,
    tx: &ShieldedTx,
    call: &ShieldedCall,
    before: &BalancesBefore,
) -> Result<(), Fault<StateFault>>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    Host::new(journal, rules).release_attached(call.from)?;
    for (asset, before) in before {
        let mut host = Host::new(journal, rules);
        let now = host.balance_of(call.from, *asset)?;
        let Ok(amount) = u128::try_from(now.saturating_sub(*before)) else { continue };
        if amount == 0 {
            continue;
        }
        // If no note can be made (the tree is full), the public account keeps it.
        let checkpoint = journal.checkpoint();
        match refund(&mut Host::new(journal, rules), tx.bundle.pool, call, *asset, amount) {
            Ok(()) => journal.checkpoint_commit(),
            Err(Fault::Fatal(error)) => return Err(Fault::Fatal(error)),
            Err(_) => journal.checkpoint_revert(checkpoint),
        }
    }
    Ok(())
}

fn refund<J>(
    host: &mut Host<'_, J>,
    bundle_pool: u8,
    call: &ShieldedCall,
    asset: AssetId,
    amount: u128,
) -> Result<(), Fault<StateFault>>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    let pool = host.return_pool(bundle_pool);
    host.hide(pool, call.from, asset, amount, false)?;
    host.add_public_note(pool, &call.refund, asset, amount, &Memo::default())?;
    Ok(())
}
