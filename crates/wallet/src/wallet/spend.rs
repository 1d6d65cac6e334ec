//! What moves value: send, call, unshield, shield.

use super::{Wallet, WalletError};
use crate::account::AccountError;
use crate::amount::AssetInfo;
use crate::build::{BuildError, Built, ProofProgress};
use crate::client::{ChainInfo, Client, ClientError, Head, SourceError};
use crate::notes::{AddressIndex, NoteStatus};
use crate::plan::{
    EXPIRY_BLOCKS, GasLimit, PRIORITY_FEE, Payment, Plan, PlanError, PlannedCall, Terms, Wish, fee_class,
};
use crate::prover::Prover;
use crate::store::CallRecord;
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, decode_revert_reason};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::shielded_tx::Attached;
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{ASSETS, POOL, gas};
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, SpendingKey};
use std::collections::BTreeMap;

/// Gas limit of a simulation; below EIP-7825's cap.
const SIMULATION_GAS: u64 = 16_000_000;
/// Gas limit of `POOL.shield`.
const SHIELD_GAS: u64 = 500_000;
/// `From` keys tried for an unused one. The node sees them; a wallet knows of those that it
/// used, so more are never needed.
const FROM_TRIES: u64 = 20;

/// A payment to one or more payment addresses.
#[derive(Clone)]
pub struct SendRequest {
    /// Who is paid what.
    pub payments: Vec<Payment>,
}

impl SendRequest {
    /// To one address.
    pub fn new(to: PaymentAddress, asset: AssetId, amount: u128, memo: Memo) -> Self {
        Self { payments: vec![Payment { to, asset, amount, memo }] }
    }
}

/// How much gas a call gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GasChoice {
    /// 1.2 times what a simulation uses; refuse if it reverts.
    #[default]
    Simulated,
    /// The same, even if it reverts.
    Forced,
    /// This much, without simulation.
    Limit(u64),
}

/// A contract call (or creation) by a one-time `From`.
#[derive(Clone)]
pub struct CallRequest {
    /// Callee, or creation.
    pub to: TxKind,
    /// Call data or init code.
    pub input: Bytes,
    /// Coins sent along, base units.
    pub value: u128,
    /// Assets handed to the callee; the coin travels as `value`.
    pub attach: Vec<(AssetId, u128)>,
    /// Assets credited to `From`'s public balance for the call to use.
    pub credit: Vec<(AssetId, u128)>,
    /// An earlier `From` on purpose; else a fresh one.
    pub from: Option<u64>,
    /// Gas.
    pub gas: GasChoice,
}

impl CallRequest {
    /// A plain call without value.
    pub fn new(to: Address, input: Bytes) -> Self {
        Self {
            to: TxKind::Call(to),
            input,
            value: 0,
            attach: Vec::new(),
            credit: Vec::new(),
            from: None,
            gas: GasChoice::Simulated,
        }
    }
}

/// Value from the pool to a public account.
#[derive(Clone, Copy, Debug)]
pub struct UnshieldRequest {
    /// The public account.
    pub to: Address,
    /// What.
    pub asset: AssetId,
    /// How much, base units.
    pub amount: u128,
}

/// A transaction on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its hash.
    pub transaction: B256,
    /// Last block that may contain it; none for Ethereum's types.
    pub expiry: Option<u64>,
}

impl Wallet {
    /// Pays in private.
    pub fn send(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &SendRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        let built = self.build_send(client, prover, request, progress)?;
        self.submit(client, &built)
    }

    /// Calls a contract.
    pub fn call(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &CallRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        let built = self.build_call(client, prover, request, progress)?;
        self.submit(client, &built)
    }

    /// Pays a public account.
    pub fn unshield(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &UnshieldRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        let built = self.build_unshield(client, prover, request, progress)?;
        self.submit(client, &built)
    }

    /// [`Self::send`] without sending: syncs, plans, proves and signs.
    pub fn build_send(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &SendRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Built, WalletError> {
        let plan = self.plan_send(client, request)?;
        self.finish(client, prover, plan, progress)
    }

    /// The plan of [`Self::send`], after a sync.
    pub fn plan_send(&mut self, client: &Client<'_>, request: &SendRequest) -> Result<Plan, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        self.in_some_pool(client.head()?, AddressIndex::CHANGE, |terms| {
            Ok(Plan::transfer(terms, &request.payments)?)
        })
    }

    /// [`Self::call`] without sending.
    pub fn build_call(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &CallRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Built, WalletError> {
        let plan = self.plan_call(client, request)?;
        self.finish(client, prover, plan, progress)
    }

    /// The plan of [`Self::call`], after a sync and a simulation.
    pub fn plan_call(&mut self, client: &Client<'_>, request: &CallRequest) -> Result<Plan, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        let (from_index, nonce) = self.from(client, request.from)?;
        let call = PlannedCall {
            from_index,
            from: self.account.from_key(from_index)?.address(),
            nonce,
            to: request.to,
            value: request.value,
            input: request.input.clone(),
            access_list: Default::default(),
            attached: by_asset(&request.attach)?,
            credited: by_asset(&request.credit)?,
            refund: self.one_time(self.internal(AddressIndex::REFUND))?,
        };
        let wish = Wish { call: Some(call), ..Wish::default() };
        self.in_some_pool(client.head()?, AddressIndex::CALL_CHANGE, |terms| {
            plan_wish(client, terms, &wish, request.gas)
        })
    }

    /// A plan from the notes of one pool: the newest in which it can be done.
    pub(super) fn in_some_pool(
        &self,
        head: Head,
        change: AddressIndex,
        plan: impl Fn(&Terms<'_>) -> Result<Plan, WalletError>,
    ) -> Result<Plan, WalletError> {
        let mut pools: Vec<u8> = self.state.trees.keys().copied().collect();
        if pools.is_empty() {
            pools.push(0);
        }
        let mut failure = None;
        for pool in pools.into_iter().rev() {
            match plan(&self.terms(head, change, pool)?) {
                // Another pool may have more, or the same in fewer notes.
                Err(WalletError::Plan(
                    error @ (PlanError::Insufficient { .. }
                    | PlanError::TooManyNotes { .. }
                    | PlanError::NothingToMerge(_)),
                )) => {
                    failure.get_or_insert(error);
                }
                Err(WalletError::Plan(error)) => return Err(self.named(error)),
                done => return done,
            }
        }
        Err(self.named(failure.unwrap_or(PlanError::Overflow)))
    }

    /// [`Self::unshield`] without sending.
    pub fn build_unshield(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        request: &UnshieldRequest,
        progress: ProofProgress<'_>,
    ) -> Result<Built, WalletError> {
        self.build_call(client, prover, &request.as_call(), progress)
    }

    /// Proves and signs a plan of this wallet.
    pub fn finish(
        &self,
        client: &Client<'_>,
        prover: &dyn Prover,
        plan: Plan,
        progress: ProofProgress<'_>,
    ) -> Result<Built, WalletError> {
        let signer = self.signer()?;
        check_keys(&client.chain_info()?, plan.pool, prover)?;
        Ok(plan.build()?.prove(prover, progress)?.sign(&signer)?)
    }

    /// Reserves the notes, saves, and only then hands the transaction to the
    /// node, so that no crash can lead to paying twice.
    pub fn submit(&mut self, client: &Client<'_>, built: &Built) -> Result<Submitted, WalletError> {
        let (transaction, expiry) = (built.hash(), built.tx.expiry);
        for note in &mut self.state.notes {
            let bundle = &built.tx.bundle;
            let spent = bundle.spends.iter().any(|spend| spend.nullifier == note.nullifier);
            if spent && note.pool == bundle.pool && note.status == NoteStatus::Unspent {
                note.status = NoteStatus::Pending { transaction, expiry };
            }
        }
        if let Some(call) = &built.plan.call {
            self.state.next_from = self.state.next_from.max(call.from_index + 1);
            let record = CallRecord { transaction, to: call.to.to().copied(), from: call.from };
            self.state.calls.insert(transaction, record);
        }
        self.save()?;
        match client.send_raw(&built.raw()) {
            Ok(_) => Ok(Submitted { transaction, expiry: Some(expiry) }),
            Err(error) if is_refusal(&error) => {
                self.state.release(|held, _| held == transaction);
                self.save()?;
                Err(error.into())
            }
            Err(ClientError::Source { error: SourceError::Rpc { ref message, .. }, .. })
                if message.contains("already known") =>
            {
                Ok(Submitted { transaction, expiry: Some(expiry) })
            }
            Err(error) if is_spent(&error) => Err(WalletError::SpentElsewhere(error)),
            // Nobody knows whether it arrived: the notes stay reserved until it expires.
            Err(error) => Err(error.into()),
        }
    }

    /// Moves public funds of `account` into this wallet, or to `to`: an
    /// ordinary transaction of that account, which everybody can see.
    pub fn shield(
        &self,
        client: &Client<'_>,
        account: &PrivateKeySigner,
        asset: &AssetInfo,
        amount: u128,
        memo: &Memo,
        to: Option<OneTimeAddress>,
    ) -> Result<Submitted, WalletError> {
        self.state.check_chain(&client.chain_info()?)?;
        let pkr = match to {
            Some(to) => to,
            None => self.shield_address()?,
        };
        let input = IPool::shieldCall {
            pkr: pkr.to_bytes().to_vec().into(),
            asset: U256::from_be_bytes(asset.id.to_bytes()),
            amount: U256::from(amount),
            memo: Bytes::copy_from_slice(memo.as_bytes()),
        };
        let value = if asset.id == AssetId::coin() { U256::from(amount) } else { U256::ZERO };
        let max_fee_per_gas = fee_class(client.head()?.base_fee_per_gas)?;
        let needed = value.saturating_add(U256::from(SHIELD_GAS) * U256::from(max_fee_per_gas));
        let balance = client.balance(account.address())?;
        if balance < needed {
            return Err(WalletError::PublicFunds { account: account.address(), balance, needed });
        }
        let tx = TxEip1559 {
            chain_id: self.state.chain_id,
            nonce: client.pending_nonce(account.address())?,
            gas_limit: SHIELD_GAS,
            max_fee_per_gas,
            max_priority_fee_per_gas: PRIORITY_FEE.min(max_fee_per_gas),
            to: TxKind::Call(POOL),
            value,
            access_list: Default::default(),
            input: input.abi_encode().into(),
        };
        let signature = account.sign_hash_sync(&tx.signature_hash())?;
        let tx = EthereumTx::from(tx.into_signed(signature));
        client.send_raw(&tx.encoded_2718())?;
        Ok(Submitted { transaction: *tx.tx_hash(), expiry: None })
    }

    /// What a plan of this wallet depends on.
    pub fn terms(&self, head: Head, change: AddressIndex, pool: u8) -> Result<Terms<'_>, WalletError> {
        Ok(Terms {
            chain_id: self.state.chain_id,
            genesis_hash: self.state.genesis_hash,
            // From the head that was scanned: a second answer could be a lie that
            // keeps a signed transaction usable for ever.
            expiry: self.state.head.saturating_add(EXPIRY_BLOCKS),
            max_fee_per_gas: fee_class(head.base_fee_per_gas)?,
            fee_max: self.fee_max,
            pool,
            tree: self.state.trees.get(&pool),
            key: self.account.viewing_key(),
            payer: self.account.spending_key().ok().map(SpendingKey::payer_key),
            change: self.internal(change),
            notes: &self.state.notes,
            free_merge: self.free_merge,
        })
    }

    /// A `From` key and its nonce: the given one, or the first that was never used.
    pub(super) fn from(
        &mut self,
        client: &Client<'_>,
        index: Option<u64>,
    ) -> Result<(u64, u64), WalletError> {
        if let Some(index) = index {
            // One far ahead would leave a gap, behind which a restored wallet finds nothing.
            let used = self.state.next_from;
            if index >= used {
                return Err(WalletError::NoCaller { index, used });
            }
            return Ok((index, client.nonce(self.account.from_key(index)?.address())?));
        }
        let first = self.state.next_from;
        for index in first..first.saturating_add(FROM_TRIES) {
            if client.nonce(self.account.from_key(index)?.address())? == 0 {
                return Ok((index, 0));
            }
            // Used before this wallet was restored; or shown to a node that lies, which
            // must not meet it again.
            self.state.next_from = index + 1;
            self.save()?;
        }
        Err(WalletError::NoFreshFrom(FROM_TRIES))
    }
}

impl UnshieldRequest {
    /// The call that does it.
    fn as_call(self) -> CallRequest {
        if self.asset == AssetId::coin() {
            return CallRequest { value: self.amount, ..CallRequest::new(self.to, Bytes::new()) };
        }
        let input = IAssets::transferCall {
            receiver: self.to,
            id: U256::from_be_bytes(self.asset.to_bytes()),
            amount: U256::from(self.amount),
        };
        let credit = vec![(self.asset, self.amount)];
        CallRequest { credit, ..CallRequest::new(ASSETS, input.abi_encode().into()) }
    }
}

/// Each once, in order of id.
fn by_asset(list: &[(AssetId, u128)]) -> Result<Vec<Attached>, PlanError> {
    let mut sums: BTreeMap<AssetId, u128> = BTreeMap::new();
    for (asset, amount) in list {
        let sum = sums.entry(*asset).or_default();
        *sum = sum.checked_add(*amount).ok_or(PlanError::Overflow)?;
    }
    Ok(sums.into_iter().map(|(asset, amount)| Attached { asset, amount }).collect())
}

/// The plan of a wish with a call, whose gas the node finds out.
pub(super) fn plan_wish(
    client: &Client<'_>,
    terms: &Terms<'_>,
    wish: &Wish<'_>,
    gas: GasChoice,
) -> Result<Plan, WalletError> {
    let with = |gas_limit| Wish { gas_limit: Some(gas_limit), ..wish.clone() };
    let gas_limit = match gas {
        GasChoice::Limit(limit) => GasLimit::Exactly(limit),
        GasChoice::Simulated | GasChoice::Forced => {
            // What cannot be paid at all is said before the node is asked.
            Plan::choose(terms, &with(GasLimit::Simulated { used: gas::BASE, shielded_part: 0 }))?;
            simulate(client, terms, wish, gas == GasChoice::Forced)?
        }
    };
    Ok(Plan::choose(terms, &with(gas_limit))?)
}

/// Runs the call with dummies only: the node sees no note of the wallet.
fn simulate(
    client: &Client<'_>,
    terms: &Terms<'_>,
    wish: &Wish<'_>,
    force: bool,
) -> Result<GasLimit, WalletError> {
    let simulated = Plan::simulation(terms, wish, SIMULATION_GAS)?.build_without_checks()?;
    let result = client.simulate(&simulated.raw())?;
    if !result.success && !force {
        let data = &result.revert_data;
        let reason = decode_revert_reason(data)
            .or(result.reason)
            .or_else(|| (!data.is_empty()).then(|| hex::encode_prefixed(data)))
            .unwrap_or_else(|| "no reason given".into());
        return Err(WalletError::WouldRevert { reason, data: result.revert_data });
    }
    Ok(GasLimit::Simulated { used: result.gas_used, shielded_part: gas::shielded_part(&simulated.tx) })
}

fn check_keys(chain: &ChainInfo, pool: u8, prover: &dyn Prover) -> Result<(), WalletError> {
    let pool = chain.pools.iter().find(|known| known.id == pool);
    let expected = pool.and_then(|pool| pool.key_hashes).unwrap_or_default();
    let found = prover.key_hashes().map_err(|error| BuildError::Prove { field: "keys".into(), error })?;
    if expected == found {
        Ok(())
    } else {
        Err(BuildError::Keys { expected: expected.into(), found: found.into() }.into())
    }
}

/// Whether the node certainly does not have the transaction: it judged and
/// refused it. A fault or overload on the way says nothing.
fn is_refusal(error: &ClientError) -> bool {
    matches!(error, ClientError::Source { error: SourceError::Rpc { code: -32000 | -32602, message, .. }, .. }
        if !message.contains("already known") && !message.contains("double spend"))
}

/// Whether the node says that a note was spent in a block.
fn is_spent(error: &ClientError) -> bool {
    matches!(error, ClientError::Source { error: SourceError::Rpc { message, .. }, .. }
        if message.contains("already spent"))
}

impl From<sero_shielded::keys::KeyError> for WalletError {
    fn from(error: sero_shielded::keys::KeyError) -> Self {
        AccountError::Key(error).into()
    }
}
