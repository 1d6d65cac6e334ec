//! Checks of a transaction, from cheap to dear: what the bytes say, what the
//! state says, what signatures and proofs say. Admission and block execution
//! run the same functions.

use crate::apply::refusal;
use crate::error::{ExecutionError, InvalidTransaction};
use crate::pools::Pools;
use crate::{ChainParameters, PrivacyParameters};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256};
use revm::primitives::hardfork::SpecId;
use sero_precompiles::assets::public_balance;
use sero_precompiles::assets::{Kind, registration_kind, registration_slot};
use sero_precompiles::layout;
use sero_precompiles::packages::{check_create, check_open, commitment_slot};
use sero_primitives::ethereum::Fork;
use sero_primitives::genesis::NetworkKind;
use sero_primitives::shielded_tx::{EXPIRY_MAX_AHEAD, ShieldedTx};
use sero_primitives::transaction::{BLOB_TX_TYPE, TransactionError};
use sero_primitives::{
    ASSETS, Account, EMPTY_CODE_HASH, PACKAGES, POOL, StateReader, Transaction, TransactionKind, gas,
};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_shielded::field::field_to_bytes;
use sero_shielded::verifier::{ProofClaim, VerifyingKeys};
use std::collections::BTreeMap;

/// Bytes of init code (EIP-3860).
const INITCODE_LEN_MAX: usize = 49_152;
/// The part of the gas spent that a refund can be at most (EIP-3529).
const REFUND_QUOTIENT: u64 = 5;

/// A transaction whose form, fee and sender are in order.
#[derive(Clone, Debug)]
pub struct CheckedTransaction {
    transaction: Transaction,
    sender: Option<Address>,
    sighash: Option<B256>,
    /// Whether nobody signed, and the sender may even be a contract.
    impersonated: bool,
}

impl CheckedTransaction {
    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Who signed it; nobody in a pure transfer.
    pub fn sender(&self) -> Option<Address> {
        self.sender
    }

    /// Base units of SERO that the transaction may take from its sender: gas at
    /// the highest price, value, and what it shields.
    pub fn coins_at_risk(&self) -> U256 {
        let inward = self.transaction.as_shielded().and_then(|tx| {
            let coin = |entry: &&BalanceEntry| {
                entry.direction == Direction::Inward && entry.asset == AssetId::coin()
            };
            tx.bundle.balance.iter().find(coin).map(|entry| entry.amount)
        });
        let gas = U256::from(self.transaction.gas_limit()) * U256::from(self.transaction.max_fee_per_gas());
        gas.saturating_add(self.transaction.value()).saturating_add(U256::from(inward.unwrap_or(0)))
    }

    /// A transaction of Ethereum whose sender was recovered.
    pub(crate) fn recovered(transaction: Transaction, sender: Address) -> Self {
        Self { transaction, sender: Some(sender), sighash: None, impersonated: false }
    }

    /// A transaction for simulation: the sender is taken on trust.
    pub fn for_simulation(transaction: Transaction, sender: Option<Address>) -> Self {
        Self { transaction, sender, sighash: None, impersonated: false }
    }

    /// A transaction of somebody who did not sign it, on a development chain, where accounts may be impersonated. Its
    /// signature is [`Transaction::impersonated`]'s. No other node would accept it, nor this one from others. Nothing but
    /// whose it is has been checked; `None` for every other transaction, and on every other chain.
    pub fn impersonated(transaction: Transaction, parameters: &ChainParameters) -> Option<Self> {
        let privacy = parameters.privacy.as_ref();
        privacy.filter(|privacy| privacy.network == NetworkKind::Dev)?;
        let sender = transaction.impersonated()?;
        Some(Self { transaction, sender: Some(sender), sighash: None, impersonated: true })
    }

    /// Whether nobody signed.
    pub fn is_impersonated(&self) -> bool {
        self.impersonated
    }
}

/// Everything that needs no state: sender, chain, gas, fee, expiry, and the
/// rules on a bundle's public side. `block` is the block it would be in.
pub fn check_static(
    transaction: Transaction,
    parameters: &ChainParameters,
    block: u64,
    base_fee_per_gas: u64,
    gas_limit: u64,
) -> Result<CheckedTransaction, InvalidTransaction> {
    check_block_terms(&transaction, block, base_fee_per_gas, gas_limit)?;
    if parameters.privacy.is_none() {
        // Only forks by block number matter here.
        let fork = parameters.forks.at(block, 0);
        return crate::ethereum::check_transaction(transaction, parameters.chain_id, fork);
    }
    if transaction.tx_type() == BLOB_TX_TYPE {
        return Err(TransactionError::Blob.into());
    }
    if transaction.chain_id().is_some_and(|id| id != parameters.chain_id)
        || (transaction.chain_id().is_none() && transaction.tx_type() != 0)
    {
        return Err(InvalidTransaction::ChainId {
            expected: parameters.chain_id,
            found: transaction.chain_id(),
        });
    }
    if let TransactionKind::Shielded(tx) = transaction.kind()
        && tx.call.is_none()
    {
        check_pure_transfer(tx)?;
    }
    let sender = transaction.recover_sender()?;
    let sighash = transaction.as_shielded().map(|tx| tx.sighash(parameters.genesis_hash));
    let checked = CheckedTransaction { transaction, sender, sighash, impersonated: false };
    check_call_form(&checked)?;
    Ok(checked)
}

/// As [`check_static`], of an impersonated transaction.
pub fn check_impersonated(
    checked: &CheckedTransaction,
    block: u64,
    base_fee_per_gas: u64,
    gas_limit: u64,
) -> Result<(), InvalidTransaction> {
    check_block_terms(&checked.transaction, block, base_fee_per_gas, gas_limit)?;
    check_call_form(checked)
}

/// What depends on the block: expiry, fee, gas. The executor repeats it, since
/// a transaction may wait through many blocks.
pub(crate) fn check_block_terms(
    transaction: &Transaction,
    block: u64,
    base_fee_per_gas: u64,
    gas_limit: u64,
) -> Result<(), InvalidTransaction> {
    if let Some(tx) = transaction.as_shielded() {
        if tx.expiry < block {
            return Err(InvalidTransaction::Expired { expiry: tx.expiry, block });
        }
        let max = block.saturating_add(EXPIRY_MAX_AHEAD);
        if tx.expiry > max {
            return Err(InvalidTransaction::ExpiryTooFar { expiry: tx.expiry, max });
        }
    }
    if transaction.gas_limit() > gas_limit {
        return Err(InvalidTransaction::GasLimit {
            gas_limit: transaction.gas_limit(),
            available: gas_limit,
        });
    }
    let max_fee_per_gas = transaction.max_fee_per_gas();
    if max_fee_per_gas < u128::from(base_fee_per_gas) {
        return Err(InvalidTransaction::FeeTooLow { max_fee_per_gas, base_fee_per_gas });
    }
    Ok(())
}

/// Rules of Ethereum that need no state, so that what can never be in a block
/// never waits for one.
fn check_call_form(checked: &CheckedTransaction) -> Result<(), InvalidTransaction> {
    if checked.sender.is_none() {
        return Ok(());
    }
    let env = tx_env(checked);
    let refuse = |rule: String| Err(InvalidTransaction::Ethereum(rule));
    if env.gas_priority_fee.is_some_and(|priority| priority > env.gas_price) {
        return refuse("max priority fee per gas is above max fee per gas".into());
    }
    if env.kind.is_create() && env.data.len() > INITCODE_LEN_MAX {
        return refuse(format!(
            "init code has {} bytes, at most {INITCODE_LEN_MAX} are allowed",
            env.data.len()
        ));
    }
    if env.tx_type == 4 && (env.authorization_list.is_empty() || env.kind.is_create()) {
        return refuse("a type 4 transaction needs an authorization list and a callee".into());
    }
    let (initial, floor) = intrinsic_parts(checked, &env);
    let (intrinsic, gas_limit) = (initial.max(floor), env.gas_limit);
    if intrinsic > gas_limit {
        return Err(InvalidTransaction::IntrinsicGas { intrinsic, gas_limit });
    }
    Ok(())
}

/// Gas that a transaction with a sender costs before it does anything: at the start, and at least in the end.
fn intrinsic_parts(checked: &CheckedTransaction, env: &revm::context::TxEnv) -> (u64, u64) {
    let enough = revm::context::TxEnv { gas_limit: u64::MAX, ..env.clone() };
    let (initial, floor) = initial_gas(&enough, crate::evm::spec(crate::FORK))
        .map_or((u64::MAX, u64::MAX), |gas| (gas.initial_regular_gas, gas.floor_gas));
    let shielded = checked.transaction.as_shielded().map_or(0, gas::shielded_part);
    (initial.saturating_add(shielded), floor.saturating_add(shielded))
}

/// Gas that an Ethereum transaction costs at the start, under the rules of a fork.
pub fn intrinsic_gas(checked: &CheckedTransaction, fork: Fork) -> u64 {
    let env = revm::context::TxEnv { gas_limit: u64::MAX, ..tx_env(checked) };
    initial_gas(&env, crate::evm::spec(fork)).map_or(u64::MAX, |gas| gas.initial_regular_gas)
}

/// Gas that a transaction is certain to use, whatever it does. A refund (slots cleared, EIP-7702
/// authorities that existed) gives back at most a fifth of what was spent, and never goes below
/// the floor, which has the whole shielded part in it.
pub(crate) fn certain_gas(checked: &CheckedTransaction) -> u64 {
    if checked.sender.is_none() {
        return checked.transaction.gas_limit();
    }
    let (initial, floor) = intrinsic_parts(checked, &tx_env(checked));
    (initial - initial / REFUND_QUOTIENT).max(floor)
}

/// Ethereum's own intrinsic and floor gas.
pub(crate) fn initial_gas(
    env: &revm::context::TxEnv,
    spec: SpecId,
) -> Result<revm::interpreter::InitialAndFloorGas, revm::context::result::InvalidTransaction> {
    revm::handler::validation::validate_initial_tx_gas(env, spec, false, false, u64::MAX, None)
}

fn check_pure_transfer(tx: &ShieldedTx) -> Result<(), InvalidTransaction> {
    if tx.bundle.spends.is_empty() {
        return Err(InvalidTransaction::NoSpend);
    }
    let expected = gas::pure_transfer(tx);
    if tx.gas_limit != expected {
        return Err(InvalidTransaction::GasMismatch { expected, found: tx.gas_limit });
    }
    check_pure_balance(tx)
}

/// The fee of a pure transfer, in base units: all of `gas_limit * max_fee_per_gas`.
pub(crate) fn pure_transfer_fee(tx: &ShieldedTx) -> Result<u128, InvalidTransaction> {
    u128::from(tx.gas_limit).checked_mul(tx.max_fee_per_gas).ok_or(InvalidTransaction::Overflow("fee"))
}

/// Outflow = outs + fee, asset by asset, and no inflow.
fn check_pure_balance(tx: &ShieldedTx) -> Result<(), InvalidTransaction> {
    let mut needed = BTreeMap::from([(AssetId::coin(), pure_transfer_fee(tx)?)]);
    for out in &tx.outs {
        let sum = needed.entry(out.asset).or_default();
        *sum = sum.checked_add(out.amount).ok_or(InvalidTransaction::Overflow("sum of outs"))?;
    }
    for entry in &tx.bundle.balance {
        if entry.direction == Direction::Inward {
            return Err(InvalidTransaction::InwardWithoutCall);
        }
        needed.entry(entry.asset).or_default();
    }
    for (asset, needed) in needed {
        let outflow = tx.bundle.outflow(asset);
        if outflow != needed {
            return Err(InvalidTransaction::BalanceMismatch { asset, outflow, needed });
        }
    }
    Ok(())
}

/// What a state says: anchor, nullifiers, assets, nonce and funds. `pending_nonce`
/// replaces the account's nonce where the pool knows of earlier transactions.
pub fn check_state(
    checked: &CheckedTransaction,
    state: &dyn StateReader,
    pending_nonce: Option<u64>,
) -> Result<(), ExecutionError> {
    if let Some(tx) = checked.transaction.as_shielded() {
        check_shielded_state(tx, state)?;
    }
    let Some(sender) = checked.sender else { return Ok(()) };
    let account = state.account(sender)?.unwrap_or_default();
    let (expected, found) = (pending_nonce.unwrap_or(account.nonce), checked.transaction.nonce());
    if found < account.nonce {
        return Err(InvalidTransaction::NonceTooLow { expected: account.nonce, found }.into());
    }
    if found > expected {
        return Err(InvalidTransaction::NonceTooHigh { expected, found }.into());
    }
    if !checked.impersonated {
        check_sender_code(sender, &account, state)?;
    }
    if let Some(tx) = checked.transaction.as_shielded() {
        check_public_tokens(tx, sender, state)?;
    }
    let credit = checked.transaction.as_shielded().map_or(0, |tx| tx.bundle.outflow(AssetId::coin()));
    let needed = checked.coins_at_risk();
    let balance = account.balance.saturating_add(U256::from(credit));
    if balance < needed {
        return Err(InvalidTransaction::InsufficientFunds { sender, balance, needed }.into());
    }
    Ok(())
}

/// EIP-3607: contracts send no transactions; a 7702 delegation is no contract.
fn check_sender_code(
    sender: Address,
    account: &Account,
    state: &dyn StateReader,
) -> Result<(), ExecutionError> {
    if account.code_hash == EMPTY_CODE_HASH || state.code(account.code_hash)?.starts_with(&[0xef, 0x01, 0x00])
    {
        return Ok(());
    }
    Err(InvalidTransaction::Ethereum(format!("sender {sender} has code (EIP-3607)")).into())
}

/// Tokens and tickets that the transaction takes out of public balances must be there.
fn check_public_tokens(
    tx: &ShieldedTx,
    sender: Address,
    state: &dyn StateReader,
) -> Result<(), ExecutionError> {
    let inward = tx.bundle.balance.iter().filter(|entry| entry.direction == Direction::Inward);
    let inward =
        inward.filter(|entry| entry.asset != AssetId::coin()).map(|entry| (entry.asset, entry.amount));
    let attached = tx.call.iter().flat_map(|call| call.attached.iter().map(|a| (a.asset, a.amount)));
    let mut needed: BTreeMap<AssetId, U256> = BTreeMap::new();
    for (asset, amount) in inward.chain(attached) {
        *needed.entry(asset).or_default() += U256::from(amount);
    }
    for (asset, needed) in needed {
        let balance = public_balance(|slot| state.storage(ASSETS, slot), sender, asset)?;
        let balance = balance.saturating_add(U256::from(tx.bundle.outflow(asset)));
        if balance < needed {
            return Err(InvalidTransaction::InsufficientTokens { sender, asset, balance, needed }.into());
        }
    }
    Ok(())
}

fn check_shielded_state(tx: &ShieldedTx, state: &dyn StateReader) -> Result<(), ExecutionError> {
    if !tx.bundle.spends.is_empty() {
        let anchor = B256::from(field_to_bytes(&tx.bundle.anchor));
        if state.storage(POOL, layout::ANCHOR.in_pool(tx.bundle.pool, anchor.into()))?.is_zero() {
            return Err(InvalidTransaction::UnknownAnchor(anchor).into());
        }
    }
    for nullifier in tx.bundle.nullifiers().map(B256::from) {
        if !state.storage(POOL, layout::NULLIFIER.in_pool(tx.bundle.pool, nullifier.into()))?.is_zero() {
            return Err(InvalidTransaction::NullifierSpent(nullifier).into());
        }
    }
    check_packages(tx, state)?;
    let in_balance = tx.bundle.balance.iter().map(|entry| entry.asset);
    let attached = tx.call.iter().flat_map(|call| call.attached.iter().map(|a| a.asset));
    for asset in in_balance.chain(attached).chain(tx.outs.iter().map(|out| out.asset)) {
        let kind = registration_kind(asset, state.storage(ASSETS, registration_slot(asset))?);
        if matches!(kind, Kind::Unknown | Kind::Category) {
            return Err(InvalidTransaction::UnknownAsset(asset).into());
        }
    }
    Ok(())
}

/// Packages that are made and opened, and notes that must not be packages.
fn check_packages(tx: &ShieldedTx, state: &dyn StateReader) -> Result<(), ExecutionError> {
    let mut read = |slot| state.storage(PACKAGES, slot);
    for output in &tx.bundle.outputs {
        if !read(commitment_slot(&output.cm))?.is_zero() {
            return Err(
                InvalidTransaction::Effects(format!("{} is a package's commitment", output.cm)).into()
            );
        }
    }
    let call = tx.call.as_ref();
    for open in tx.bundle.opened_packages() {
        check_open(&tx.bundle, open, call.map(|call| call.from), &mut read)?
            .map_err(|data| refusal(&data))?;
    }
    for (id, create) in tx.bundle.package_ids(call.map(|call| (call.from.into_array(), call.nonce))) {
        check_create(id, create, &mut read)?.map_err(|data| refusal(&data))?;
    }
    Ok(())
}

/// Signatures and proofs of many transactions in block `block`: signatures one
/// by one, all proofs of a pool in one batch. The error names a bad transaction,
/// the first of its pool.
pub fn check_bundles(
    checked: &[&CheckedTransaction],
    parameters: &ChainParameters,
    block: u64,
) -> Result<(), (usize, InvalidTransaction)> {
    let Some(PrivacyParameters { pools, .. }) = &parameters.privacy else { return Ok(()) };
    for (index, checked) in checked.iter().enumerate() {
        if let Some(tx) = checked.transaction.as_shielded() {
            check_pool(tx, pools, block).map_err(|error| (index, error))?;
        }
    }
    for (id, pool) in (0u8..).zip(pools.iter()) {
        if let Some(keys) = pool.keys(block) {
            check_pool_bundles(checked, id, keys)?;
        }
    }
    Ok(())
}

/// The bundle's pool is open in `block`, and takes deposits if there are any.
fn check_pool(tx: &ShieldedTx, pools: &Pools, block: u64) -> Result<(), InvalidTransaction> {
    let id = tx.bundle.pool;
    let pool = pools.get(id).filter(|pool| pool.keys(block).is_some());
    let pool = pool.ok_or(InvalidTransaction::PoolClosed { pool: id, block })?;
    let deposits = tx.bundle.balance.iter().any(|entry| entry.direction == Direction::Inward);
    if deposits && !pool.spec.takes_deposits(block) {
        return Err(InvalidTransaction::DepositsPaused { pool: id, block });
    }
    Ok(())
}

fn check_pool_bundles(
    checked: &[&CheckedTransaction],
    pool: u8,
    keys: &VerifyingKeys,
) -> Result<(), (usize, InvalidTransaction)> {
    let mut claims: Vec<ProofClaim> = Vec::new();
    let mut owners = Vec::new();
    for (index, checked) in checked.iter().enumerate() {
        let (Some(tx), Some(sighash)) = (checked.transaction.as_shielded(), checked.sighash) else {
            continue;
        };
        if tx.bundle.pool != pool {
            continue;
        }
        tx.bundle.verify_signatures(&sighash).map_err(|error| (index, error.into()))?;
        let first = claims.len();
        claims.extend(tx.bundle.proof_claims());
        owners.push((index, first, &tx.bundle));
    }
    keys.verify_batch(&claims).map_err(|(claim, error)| {
        let owner = owners.iter().rev().find(|(_, first, _)| *first <= claim);
        let (index, first, bundle) = owner.expect("every claim comes from a bundle");
        (*index, bundle.name_proof_error(claim - first, error).into())
    })
}

/// Fields of an Ethereum transaction as revm wants them.
pub(crate) fn tx_env(checked: &CheckedTransaction) -> revm::context::TxEnv {
    use revm::context::TxEnv;
    use revm::context_interface::either::Either;
    let sender = checked.sender.unwrap_or(POOL);
    match checked.transaction.kind() {
        TransactionKind::Ethereum(tx) => TxEnv {
            tx_type: tx.tx_type().into(),
            caller: sender,
            gas_limit: tx.gas_limit(),
            gas_price: tx.max_fee_per_gas(),
            kind: tx.kind(),
            value: tx.value(),
            data: tx.input().clone(),
            nonce: tx.nonce(),
            chain_id: tx.chain_id(),
            access_list: tx.access_list().cloned().unwrap_or_default(),
            gas_priority_fee: tx.max_priority_fee_per_gas(),
            blob_hashes: tx.blob_versioned_hashes().map(<[B256]>::to_vec).unwrap_or_default(),
            max_fee_per_blob_gas: tx.max_fee_per_blob_gas().unwrap_or_default(),
            authorization_list: tx
                .authorization_list()
                .unwrap_or_default()
                .iter()
                .cloned()
                .map(Either::Left)
                .collect(),
        },
        TransactionKind::Shielded(tx) => {
            let call = tx.call.as_ref().expect("pure transfers never enter the EVM");
            TxEnv {
                tx_type: 2,
                caller: sender,
                gas_limit: tx.gas_limit,
                gas_price: tx.max_fee_per_gas,
                kind: call.to,
                value: call.value,
                data: call.input.clone(),
                nonce: call.nonce,
                chain_id: Some(tx.chain_id),
                access_list: call.access_list.clone(),
                gas_priority_fee: Some(tx.max_priority_fee_per_gas),
                blob_hashes: vec![],
                max_fee_per_blob_gas: 0,
                authorization_list: vec![],
            }
        }
    }
}
