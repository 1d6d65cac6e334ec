//! A bundle's effects on the state, before and after the call that it pays for.

use crate::error::InvalidTransaction;
use crate::state::StateFault;
use crate::validate::pure_transfer_fee;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolInterface};
use revm::context_interface::JournalTr;
use revm::database_interface::Database;
use sero_precompiles::{Fault, Host};
use sero_primitives::POOL;
use sero_primitives::gas::refundable_assets;
use sero_primitives::precompile::abi;
use sero_primitives::shielded_tx::{ShieldedCall, ShieldedTx};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::Direction;
use sero_shielded::encryption::Memo;
use sero_shielded::field::field_to_bytes;

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
            Fault::Revert(data) => Self::Invalid(InvalidTransaction::Effects(describe_revert(&data))),
            Fault::OutOfGas => Self::Invalid(InvalidTransaction::Effects("out of gas".into())),
            Fault::Fatal(error) => Self::Fatal(error),
        }
    }
}

/// A precompile's error in words.
pub fn describe_revert(data: &[u8]) -> String {
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

/// Nullifiers and outputs. Anchors and nullifiers are checked here again: the
/// state may have moved on since admission.
fn apply_notes<J>(host: &mut Host<'_, J>, tx: &ShieldedTx) -> Result<(), ApplyError>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    if !tx.bundle.spends.is_empty() {
        let anchor = B256::from(field_to_bytes(&tx.bundle.anchor));
        if !host.is_anchor(anchor)? {
            return Err(InvalidTransaction::UnknownAnchor(anchor).into());
        }
    }
    for nullifier in tx.bundle.nullifiers().map(B256::from) {
        if !host.spend(nullifier)? {
            return Err(InvalidTransaction::NullifierSpent(nullifier).into());
        }
    }
    for output in &tx.bundle.outputs {
        host.add_hidden_note(output)?;
    }
    Ok(())
}

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
    apply_notes(host, tx)?;
    for out in &tx.outs {
        host.require_asset(U256::from_be_bytes(out.asset.to_bytes()))?;
        // Out of the pool and in again: public amounts pass the turnstile.
        host.release(out.asset, out.amount)?;
        host.add_hidden(out.asset, out.amount)?;
        host.add_public_note(&out.to, out.asset, out.amount, &out.memo)?;
    }
    let fee = pure_transfer_fee(tx)?;
    let burned = u128::from(tx.gas_limit) * u128::from(base_fee_per_gas);
    let tip = fee
        .checked_sub(burned)
        .ok_or(InvalidTransaction::FeeTooLow { max_fee_per_gas: tx.max_fee_per_gas, base_fee_per_gas })?;
    host.release(AssetId::coin(), fee)?;
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
    apply_notes(host, tx)?;
    for entry in &tx.bundle.balance {
        host.require_asset(U256::from_be_bytes(entry.asset.to_bytes()))?;
        match entry.direction {
            Direction::Inward => host.hide(call.from, entry.asset, entry.amount, false)?,
            Direction::Outward => host.unhide(call.from, entry.asset, entry.amount)?,
        }
    }
    let attached: Vec<_> = call.attached.iter().map(|a| (a.asset, a.amount)).collect();
    host.hold_attached(call.from, &attached)?;
    Ok(before)
}

/// After gas is reimbursed: what the transaction brought and nobody used leaves
/// `from` as notes to the refund address; older funds are never touched.
pub fn apply_refunds<J>(
    journal: &mut J,
    block_number: u64,
    call: &ShieldedCall,
    before: &BalancesBefore,
) -> Result<(), Fault<StateFault>>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    Host::new(journal, block_number, 0).release_attached(call.from)?;
    for (asset, before) in before {
        let mut host = Host::new(journal, block_number, 0);
        let now = host.balance_of(call.from, *asset)?;
        let Ok(amount) = u128::try_from(now.saturating_sub(*before)) else { continue };
        if amount == 0 {
            continue;
        }
        // If no note can be made (the tree is full), the public account keeps it.
        let checkpoint = journal.checkpoint();
        match refund(&mut Host::new(journal, block_number, 0), call, *asset, amount) {
            Ok(()) => journal.checkpoint_commit(),
            Err(Fault::Fatal(error)) => return Err(Fault::Fatal(error)),
            Err(_) => journal.checkpoint_revert(checkpoint),
        }
    }
    Ok(())
}

fn refund<J>(
    host: &mut Host<'_, J>,
    call: &ShieldedCall,
    asset: AssetId,
    amount: u128,
) -> Result<(), Fault<StateFault>>
where
    J: JournalTr<Database: Database<Error = StateFault>>,
{
    host.hide(call.from, asset, amount, false)?;
    host.add_public_note(&call.refund, asset, amount, &Memo::default())?;
    Ok(())
}
