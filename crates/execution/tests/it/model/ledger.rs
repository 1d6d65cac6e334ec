//! The model ledger: an own reading of docs/spec 03, 04, 06, 07, 08 and 09,
//! without cryptography and without slots. The calls of ASSETS are in
//! `assets.rs`, the facades in `facades.rs`.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface};
use sero_precompiles::layout;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPackages, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, PACKAGES, POOL, PRECOMPILES};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, Counts, Direction, PackageAction};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::field_to_bytes;
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::public_note_commitment;
use sero_shielded::package::PackageId;
use std::collections::{BTreeMap, BTreeSet};

/// Why a call of a precompile fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// With exactly this revert data.
    Exact(Vec<u8>),
    /// With this error, whose arguments are words.
    Named([u8; 4]),
    /// Out of gas.
    Gas,
}

pub fn err<E: SolError>(error: E) -> Fail {
    Fail::Exact(error.abi_encode())
}

pub type Done<T> = Result<T, Fail>;

/// What bytes are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// These.
    Exact(Vec<u8>),
    /// Something that begins with this selector.
    Named([u8; 4]),
    /// A puppet's results.
    Results(Vec<(bool, Expect)>),
}

impl Expect {
    pub fn empty() -> Self {
        Self::Exact(vec![])
    }
}

/// An expected log.
#[derive(Clone, Debug)]
pub struct ModelLog {
    pub address: Address,
    pub topics: Vec<B256>,
    pub data: Expect,
}

/// What the chain knows of an asset or category.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: u8,
    pub issuer: Address,
    pub name: String,
    pub decimals: u8,
    pub category: U256,
    pub number: U256,
}

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    pub owner: Address,
    pub opened: bool,
    pub pool: u8,
    pub commitment: B256,
    pub cv: [u8; 32],
    pub tag: [u8; 32],
    pub ciphertext: Vec<u8>,
}

/// What makers of bundles and boxes know, and the chain does not.
#[derive(Clone, Debug, Default)]
pub struct Truths {
    /// By keccak256 of the bundle's bytes: caller, context, expiry it was signed for, and whether it is sound.
    pub bundles: BTreeMap<B256, (Address, B256, u64, bool)>,
    /// Value and nullifier of a note by commitment.
    pub notes: BTreeMap<B256, (U256, u128)>,
    /// Content of a box by its tag, which no two boxes share.
    pub boxes: BTreeMap<B256, BoxTruth>,
    /// Calls of `transact` that were made, with their values.
    pub replays: Vec<(Vec<u8>, u128)>,
}

/// What is in a box.
#[derive(Clone, Debug)]
pub struct BoxTruth {
    pub k: B256,
    pub asset: U256,
    pub amount: u128,
    pub data: Vec<u8>,
    /// The content is what the commitment says.
    pub honest: bool,
}

/// Who holds a ticket in public.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holder {
    /// Zero if nobody does.
    pub account: Address,
    /// How often that changed.
    pub moves: u64,
    /// Whom ERC-721 lets move it too. Every movement takes this away.
    pub approved: Option<Address>,
}

/// A pool's calendar.
#[derive(Clone, Copy, Debug)]
pub struct PoolTerms {
    pub opens: u64,
    pub deposits_end: Option<u64>,
}

/// One call of a precompile.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub address: Address,
    pub value: u128,
    pub mutable: bool,
    pub receives_attached: bool,
}

/// The state.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub block: u64,
    pub fee: u128,
    pub pools: Vec<PoolTerms>,
    pub coins: BTreeMap<Address, u128>,
    pub nonces: BTreeMap<Address, u64>,
    pub issued_coin: u128,
    pub issued: BTreeMap<U256, u128>,
    pub public: BTreeMap<U256, u128>,
    pub registry: BTreeMap<U256, Entry>,
    pub names: BTreeMap<String, U256>,
    /// Balances of tokens.
    pub balances: BTreeMap<(Address, U256), u128>,
    /// Tickets.
    pub holders: BTreeMap<U256, Holder>,
    /// What the slot of a ticket's ERC-721 approval was last given: moves, account.
    pub approvals: BTreeMap<U256, (u64, Address)>,
    pub allowances: BTreeMap<(Address, Address, U256), U256>,
    pub operators: BTreeMap<(Address, Address), bool>,
    /// ERC-721 operators by (owner, spender, category).
    pub category_operators: BTreeMap<(Address, Address, U256), bool>,
    /// Kind and id behind a facade's address.
    pub facades: BTreeMap<Address, (u8, U256)>,
    /// Accounts that begin with code.
    pub coded: BTreeSet<Address>,
    pub hidden: BTreeMap<(u8, U256), u128>,
    /// Leaves that the tree began with.
    pub base: Vec<u64>,
    pub leaves: Vec<Vec<B256>>,
    pub anchors: BTreeMap<(u8, B256), u64>,
    pub last_anchor: BTreeMap<u8, B256>,
    pub nullifiers: BTreeMap<(u8, B256), u64>,
    pub packages: BTreeMap<B256, Package>,
    pub commitments: BTreeMap<B256, B256>,
    pub refunds: BTreeMap<Address, [u8; 128]>,
    pub attached: Vec<(U256, u128)>,
    pub created: BTreeSet<Address>,
    pub destroyed: BTreeSet<Address>,
    pub logs: Vec<ModelLog>,
}

pub fn coin() -> U256 {
    U256::from_be_bytes(AssetId::coin().to_bytes())
}

pub fn id(asset: AssetId) -> U256 {
    U256::from_be_bytes(asset.to_bytes())
}

pub fn word(address: Address) -> U256 {
    address.into_word().into()
}

pub fn amount(value: U256, error: impl FnOnce() -> Fail) -> Done<u128> {
    u128::try_from(value).ok().filter(|amount| *amount > 0).ok_or_else(error)
}

impl Holder {
    fn move_to(&mut self, account: Address) {
        *self = Self { account, moves: self.moves + 1, approved: None };
    }
}

impl Ledger {
    pub fn emit<E: SolEvent>(&mut self, address: Address, event: &E) {
        let data = event.encode_log_data();
        let (topics, data) = data.split();
        self.logs.push(ModelLog { address, topics, data: Expect::Exact(data.to_vec()) });
    }

    pub fn coins_of(&self, address: Address) -> u128 {
        self.coins.get(&address).copied().unwrap_or(0)
    }

    pub fn balance(&self, holder: Address, asset: U256) -> u128 {
        if asset == coin() {
            return self.coins_of(holder);
        }
        match self.holders.get(&asset) {
            Some(ticket) => u128::from(ticket.account == holder && !holder.is_zero()),
            None => self.balances.get(&(holder, asset)).copied().unwrap_or(0),
        }
    }

    /// All tokens and tickets in public balances: holder, asset, amount.
    pub fn holdings(&self) -> impl Iterator<Item = (Address, U256, u128)> {
        let tokens = self.balances.iter().map(|((holder, asset), balance)| (*holder, *asset, *balance));
        let held = self.holders.iter().filter(|(_, ticket)| !ticket.account.is_zero());
        tokens.filter(|(_, _, balance)| *balance > 0).chain(held.map(|(id, t)| (t.account, *id, 1)))
    }

    /// Public tickets of a category that an account holds.
    pub fn ticket_count(&self, holder: Address, category: U256) -> u64 {
        let of = |id: &U256| self.registry.get(id).is_some_and(|entry| entry.category == category);
        let held = self.holders.iter().filter(|(id, t)| t.account == holder && !holder.is_zero() && of(id));
        held.count() as u64
    }

    /// Moves coins; `false` if there are too few.
    pub fn pay(&mut self, from: Address, to: Address, value: u128) -> bool {
        let Some(rest) = self.coins_of(from).checked_sub(value) else { return false };
        self.coins.insert(from, rest);
        *self.coins.entry(to).or_default() += value;
        true
    }

    pub fn open(&self, pool: u8) -> bool {
        self.pools.get(usize::from(pool)).is_some_and(|terms| terms.opens <= self.block)
    }

    pub fn takes_deposits(&self, pool: u8) -> bool {
        self.open(pool) && self.pools[usize::from(pool)].deposits_end.is_none_or(|end| self.block < end)
    }

    pub fn deposit_pool(&self) -> Option<u8> {
        (0..self.pools.len() as u8).rev().find(|pool| self.takes_deposits(*pool))
    }

    fn open_pools(&self) -> Vec<u8> {
        (0..self.pools.len() as u8).filter(|pool| self.open(*pool)).collect()
    }

    pub fn hidden_in(&self, pool: u8, asset: U256) -> u128 {
        self.hidden.get(&(pool, asset)).copied().unwrap_or(0)
    }

    pub fn hidden_all(&self, asset: U256) -> u128 {
        self.open_pools().into_iter().map(|pool| self.hidden_in(pool, asset)).sum()
    }

    pub fn note_count(&self, pool: u8) -> u64 {
        let pool = usize::from(pool);
        if pool >= self.leaves.len() { 0 } else { self.base[pool] + self.leaves[pool].len() as u64 }
    }

    /// Coin, token or ticket.
    pub fn asset(&self, asset: U256) -> Done<()> {
        let known = asset == coin() || self.registry.get(&asset).is_some_and(|e| e.kind == 2 || e.kind == 4);
        if known { Ok(()) } else { Err(err(IAssets::UnknownAsset { asset })) }
    }

    /// The logs of one movement: ASSETS' own, and that of the token's or category's facade.
    pub fn transfer_log(
        &mut self,
        caller: Address,
        sender: Address,
        receiver: Address,
        id: U256,
        amount: u128,
    ) {
        let value = U256::from(amount);
        self.emit(ASSETS, &IAssets::Transfer { caller, sender, receiver, id, amount: value });
        let (from, to) = (sender, receiver);
        match self.registry.get(&id) {
            Some(ticket) if ticket.kind == 4 => {
                let facade = facade_of(ticket.category);
                self.emit(facade, &IErc721Facade::Transfer { from, to, tokenId: ticket.number });
            }
            _ => self.emit(facade_of(id), &IErc20Facade::Transfer { from, to, value }),
        }
    }

    pub fn debit(&mut self, holder: Address, asset: U256, amount: u128) -> Done<()> {
        let balance = self.balance(holder, asset);
        let Some(rest) = balance.checked_sub(amount) else {
            let (balance, needed) = (U256::from(balance), U256::from(amount));
            return Err(err(IAssets::InsufficientBalance { holder, asset, balance, needed }));
        };
        match self.holders.get_mut(&asset) {
            Some(ticket) => ticket.move_to(Address::ZERO),
            None => {
                self.balances.insert((holder, asset), rest);
            }
        }
        Ok(())
    }

    pub fn credit(&mut self, to: Address, asset: U256, amount: u128) {
        if self.registry.get(&asset).is_some_and(|entry| entry.kind == 4) {
            let ticket = self.holders.entry(asset).or_default();
            assert!(amount == 1 && ticket.account.is_zero(), "there is one unit of a ticket");
            ticket.move_to(to);
        } else {
            *self.balances.entry((to, asset)).or_default() += amount;
        }
    }

    fn append(&mut self, pool: u8, cm: B256) -> Done<u64> {
        let position = self.note_count(pool);
        if position >= 8u64.pow(11) - 1 {
            return Err(err(IPool::TreeFull {}));
        }
        self.leaves[usize::from(pool)].push(cm);
        Ok(position)
    }

    fn public_note(
        &mut self,
        pool: u8,
        pkr: &[u8; 128],
        asset: U256,
        amount: u128,
        memo: &[u8],
    ) -> Done<u64> {
        let to = OneTimeAddress::from_bytes(pkr).map_err(|_| Fail::Named(IPool::InvalidPkr::SELECTOR))?;
        let asset_id = AssetId::from_bytes(asset.to_be_bytes()).expect("checked");
        let cm = public_note_commitment(&to, asset_id, amount).expect("registered assets have generators");
        let commitment = B256::from(field_to_bytes(&cm));
        let position = self.append(pool, commitment)?;
        self.emit(
            POOL,
            &IPool::PublicNote {
                position,
                commitment,
                asset,
                amount: U256::from(amount),
                pool,
                pkr: pkr.to_vec().into(),
                memo: memo.to_vec().into(),
            },
        );
        Ok(position)
    }

    fn flow_log(&mut self, account: Address, asset: U256, inward: bool, amount: u128, pool: u8) {
        self.emit(POOL, &IPool::Flow { account, asset, inward, amount: U256::from(amount), pool });
    }

    fn hide(&mut self, pool: u8, from: Address, asset: U256, amount: u128, received: bool) -> Done<()> {
        if asset == coin() {
            if !received && !self.pay(from, POOL, amount) {
                let (balance, needed) = (U256::from(self.coins_of(from)), U256::from(amount));
                return Err(err(IPool::InsufficientBalance { holder: from, asset, balance, needed }));
            }
        } else {
            self.debit(from, asset, amount)?;
            self.transfer_log(from, from, POOL, asset, amount);
            *self.public.entry(asset).or_default() -= amount;
        }
        let counter = self.hidden.entry((pool, asset)).or_default();
        *counter = counter.checked_add(amount).ok_or(Fail::Named(IPool::InvalidAmount::SELECTOR))?;
        self.flow_log(from, asset, true, amount, pool);
        Ok(())
    }

    fn release(&mut self, pool: u8, asset: U256, amount: u128) -> Done<()> {
        let hidden = self.hidden_in(pool, asset);
        let Some(rest) = hidden.checked_sub(amount) else {
            let (hidden, needed) = (U256::from(hidden), U256::from(amount));
            return Err(err(IPool::PoolExhausted { asset, hidden, needed }));
        };
        self.hidden.insert((pool, asset), rest);
        Ok(())
    }

    fn unhide(&mut self, pool: u8, to: Address, asset: U256, amount: u128) -> Done<()> {
        self.release(pool, asset, amount)?;
        if asset == coin() {
            assert!(self.pay(POOL, to, amount), "POOL holds at least what its counters say");
        } else {
            *self.public.entry(asset).or_default() += amount;
            self.credit(to, asset, amount);
            self.transfer_log(to, POOL, to, asset, amount);
        }
        self.flow_log(to, asset, false, amount, pool);
        Ok(())
    }

    // ---- bundles ----

    /// Anchor, nullifiers, outputs, openings, creations.
    pub fn notes(&mut self, bundle: &Bundle, opener: Option<Address>, nonce: Option<u64>) -> Done<()> {
        let pool = bundle.pool;
        self.check_pool(bundle)?;
        for nullifier in bundle.nullifiers().map(B256::from) {
            if self.nullifiers.contains_key(&(pool, nullifier)) {
                return Err(err(IPool::NullifierAlreadySpent { nullifier }));
            }
            self.nullifiers.insert((pool, nullifier), self.block);
            self.emit(POOL, &IPool::NullifierSpent { nullifier, pool });
        }
        for output in &bundle.outputs {
            let commitment = B256::from(field_to_bytes(&output.cm));
            if self.commitments.contains_key(&commitment) {
                return Err(err(IPackages::CommitmentUsed { commitment }));
            }
            let position = self.append(pool, commitment)?;
            let ciphertext = output.note.to_log(&output.cv).into();
            self.emit(POOL, &IPool::HiddenNote { position, commitment, pool, ciphertext });
        }
        for open in bundle.opened_packages() {
            let id = B256::from(open.id.to_bytes());
            let Some(package) = self.packages.get_mut(&id) else {
                return Err(err(IPackages::UnknownPackage { id }));
            };
            if package.opened {
                return Err(err(IPackages::AlreadyOpened { id }));
            }
            if opener != Some(package.owner) {
                let (caller, owner) = (opener.unwrap_or_default(), package.owner);
                return Err(err(IPackages::NotPackageOwner { caller, owner }));
            }
            if package.pool != pool {
                return Err(err(IPackages::WrongPool { id, pool: package.pool, bundlePool: pool }));
            }
            let commitment = B256::from(field_to_bytes(&open.commitment));
            if package.commitment != commitment {
                return Err(err(IPackages::WrongCommitment { id, commitment }));
            }
            if package.cv == point_to_bytes(&open.cv) {
                return Err(err(IPackages::StaleValueCommitment { id }));
            }
            package.opened = true;
            let owner = package.owner;
            self.emit(PACKAGES, &IPackages::PackageOpened { id, owner });
        }
        self.close_boxes(bundle, opener, nonce)
    }

    pub fn check_pool(&self, bundle: &Bundle) -> Done<()> {
        let pool = bundle.pool;
        if !self.open(pool) {
            return Err(err(IPool::PoolClosed { pool }));
        }
        let anchor = B256::from(field_to_bytes(&bundle.anchor));
        if !bundle.spends.is_empty() && !self.anchors.contains_key(&(pool, anchor)) {
            return Err(err(IPool::UnknownAnchor { anchor }));
        }
        Ok(())
    }

    fn close_boxes(&mut self, bundle: &Bundle, from: Option<Address>, nonce: Option<u64>) -> Done<()> {
        for (index, action) in (0u8..).zip(&bundle.packages) {
            let PackageAction::Create(create) = action else { continue };
            let id = match (bundle.spends.first(), from, nonce) {
                (Some(spend), _, _) => PackageId::from_nullifier(bundle.pool, &spend.nullifier, index),
                (None, Some(from), Some(nonce)) => PackageId::from_call(&from.into_array(), nonce, index),
                _ => continue,
            };
            let id = B256::from(id.to_bytes());
            let owner = Address::from(create.owner);
            if owner.is_zero() || PRECOMPILES.contains(&owner) {
                return Err(err(IPackages::InvalidOwner { owner }));
            }
            if self.packages.contains_key(&id) {
                return Err(err(IPackages::PackageExists { id }));
            }
            let commitment = B256::from(field_to_bytes(&create.sealed.commitment));
            if self.commitments.contains_key(&commitment) {
                return Err(err(IPackages::CommitmentUsed { commitment }));
            }
            self.commitments.insert(commitment, id);
            let (tag, ciphertext) = (create.sealed.tag, create.sealed.ciphertext.clone());
            let cv = point_to_bytes(&create.cv);
            let pool = bundle.pool;
            let event = IPackages::PackageCreated {
                id,
                owner,
                commitment,
                pool,
                tag: tag.into(),
                ciphertext: ciphertext.clone().into(),
            };
            self.packages.insert(id, Package { owner, opened: false, pool, commitment, cv, tag, ciphertext });
            self.emit(PACKAGES, &event);
        }
        Ok(())
    }

    pub fn flows(&mut self, bundle: &Bundle, account: Address, received: bool) -> Done<()> {
        for entry in &bundle.balance {
            let asset = id(entry.asset);
            self.asset(asset)?;
            match entry.direction {
                Direction::Inward if !self.takes_deposits(bundle.pool) => {
                    return Err(err(IPool::DepositsPaused {}));
                }
                Direction::Inward => self.hide(bundle.pool, account, asset, entry.amount, received)?,
                Direction::Outward => self.unhide(bundle.pool, account, asset, entry.amount)?,
            }
        }
        Ok(())
    }

    /// Takes attachments out of `from`'s balances.
    pub fn hold(&mut self, from: Address, attached: &[(U256, u128)]) -> Done<()> {
        for (asset, amount) in attached {
            self.debit(from, *asset, *amount)?;
            self.transfer_log(from, from, ASSETS, *asset, *amount);
        }
        self.attached = attached.to_vec();
        Ok(())
    }

    pub fn release_attached(&mut self, to: Address) -> Vec<(U256, u128)> {
        let attached = std::mem::take(&mut self.attached);
        for (asset, amount) in &attached {
            self.credit(to, *asset, *amount);
            self.transfer_log(ASSETS, ASSETS, to, *asset, *amount);
        }
        attached
    }

    /// The surplus of `from` leaves as a note, or stays where no note can be made.
    pub fn refund(&mut self, bundle_pool: u8, from: Address, asset: U256, amount: u128, pkr: &[u8; 128]) {
        let before = self.clone();
        let pool = self.deposit_pool().unwrap_or(bundle_pool);
        let done = self.hide(pool, from, asset, amount, false);
        if done.and_then(|()| self.public_note(pool, pkr, asset, amount, &[])).is_err() {
            *self = before;
        }
    }

    /// A pure transfer's out.
    pub fn out(&mut self, pool: u8, pkr: &[u8; 128], asset: U256, amount: u128, memo: &[u8]) -> Done<()> {
        let to = self.deposit_pool().unwrap_or(pool);
        self.asset(asset)?;
        self.release(pool, asset, amount)?;
        *self.hidden.entry((to, asset)).or_default() += amount;
        self.public_note(to, pkr, asset, amount, memo).map(|_| ())
    }

    /// A pure transfer's fee.
    pub fn fee(&mut self, pool: u8, burned: u128, tip: u128, proposer: Address) -> Done<()> {
        self.release(pool, coin(), burned + tip)?;
        assert!(self.pay(POOL, Address::repeat_byte(0xbb), burned) && self.pay(POOL, proposer, tip));
        self.coins.remove(&Address::repeat_byte(0xbb));
        Ok(())
    }

    // ---- ASSETS ----

    pub fn call(&mut self, to: Address, caller: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
        match to {
            ASSETS => self.assets(caller, input),
            POOL => self.pool(caller, input, truths),
            _ => self.boxes(caller, input, truths),
        }
    }

    // ---- POOL ----

    fn pool(&mut self, by: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
        use IPool::IPoolCalls as C;
        let selector = first4(input);
        if !C::valid_selector(selector) {
            return Err(err(IPool::UnknownSelector { selector: selector.into() }));
        }
        let mutates = [IPool::shieldCall::SELECTOR, IPool::payCall::SELECTOR, IPool::transactCall::SELECTOR];
        let mutates = mutates.contains(&selector);
        gate(by, mutates, mutates)?;
        let call =
            C::abi_decode_validate(input).map_err(|_| Fail::Named(IPool::InvalidCalldata::SELECTOR))?;
        match call {
            C::shield(c) => {
                let bad = || Fail::Named(IPool::InvalidPkr::SELECTOR);
                let pkr: [u8; 128] = c.pkr.as_ref().try_into().map_err(|_| bad())?;
                OneTimeAddress::from_bytes(&pkr).map_err(|_| bad())?;
                if c.memo.len() > 64 {
                    let length = U256::from(c.memo.len());
                    return Err(err(IPool::MemoTooLong { length, max: U256::from(64) }));
                }
                let pool = self.deposit_pool().ok_or_else(|| err(IPool::DepositsPaused {}))?;
                let amount = self.take(by, pool, c.asset, c.amount)?;
                let position = self.public_note(pool, &pkr, c.asset, amount, &c.memo)?;
                Ok(word_out(U256::from(position)))
            }
            C::pay(c) => {
                let deposits = self.deposit_pool();
                let pool = deposits.or_else(|| self.open_pools().last().copied()).unwrap_or_default();
                let amount = self.take(by, pool, c.asset, c.amount)?;
                let pkr = self.refunds.get(&c.payee).copied().filter(|_| deposits.is_some());
                let hidden =
                    pkr.is_some_and(|pkr| self.public_note(pool, &pkr, c.asset, amount, &[]).is_ok());
                if !hidden {
                    let holds = c.asset == coin() || self.can_hold(c.payee, c.asset).is_ok();
                    let payee = if holds { c.payee } else { by.address };
                    self.unhide(pool, payee, c.asset, amount)?;
                }
                Ok(word_out(U256::from(hidden)))
            }
            C::transact(c) => self.transact(by, &c, truths),
            C::isSpent(c) => Ok(word_out(U256::from(self.nullifiers.contains_key(&(c.pool, c.nullifier))))),
            C::isAnchor(c) => Ok(word_out(U256::from(self.anchors.contains_key(&(c.pool, c.root))))),
            C::tree(c) => {
                let anchor = self.last_anchor.get(&c.pool).copied().unwrap_or_default();
                let answer = IPool::treeReturn { anchor, noteCount: self.note_count(c.pool) };
                Ok(IPool::treeCall::abi_encode_returns(&answer))
            }
            C::depositPool(_) => {
                let pool = self.deposit_pool();
                let answer =
                    IPool::depositPoolReturn { open: pool.is_some(), pool: pool.unwrap_or_default() };
                Ok(IPool::depositPoolCall::abi_encode_returns(&answer))
            }
            C::refundOf(c) => {
                let pkr = self.refunds.get(&c.from).map(|pkr| pkr.to_vec()).unwrap_or_default();
                Ok(IPool::refundOfCall::abi_encode_returns(&pkr.into()))
            }
            C::hidden(c) => Ok(word_out(U256::from(self.hidden_all(c.asset)))),
            C::hiddenIn(c) => Ok(word_out(U256::from(self.hidden_in(c.pool, c.asset)))),
        }
    }

    fn take(&mut self, by: Caller, pool: u8, asset: U256, value: U256) -> Done<u128> {
        self.asset(asset)?;
        let amount = amount(value, || err(IPool::InvalidAmount { amount: value }))?;
        let required = if asset == coin() { amount } else { 0 };
        if by.value != required {
            let (required, sent) = (U256::from(required), U256::from(by.value));
            return Err(err(IPool::WrongValue { required, sent }));
        }
        self.hide(pool, by.address, asset, amount, true)?;
        Ok(amount)
    }

    fn transact(&mut self, by: Caller, c: &IPool::transactCall, truths: &Truths) -> Done<Vec<u8>> {
        let bad = Fail::Named(IPool::InvalidBundle::SELECTOR);
        let counts = Counts::of(&c.bundle).map_err(|_| bad.clone())?;
        if counts.spends == 0 {
            return Err(err(IPool::NoSpend {}));
        }
        if c.expiry < self.block {
            return Err(err(IPool::BundleExpired { expiry: c.expiry, blockNumber: self.block }));
        }
        if c.expiry > self.block + 43_200 {
            return Err(err(IPool::ExpiryTooFar { expiry: c.expiry, latest: self.block + 43_200 }));
        }
        let bundle = Bundle::decode(&c.bundle).map_err(|_| bad.clone())?;
        let inward =
            bundle.balance.iter().find(|e| id(e.asset) == coin() && e.direction == Direction::Inward);
        let required = inward.map_or(0, |entry| entry.amount);
        if by.value != required {
            let (required, sent) = (U256::from(required), U256::from(by.value));
            return Err(err(IPool::WrongValue { required, sent }));
        }
        self.notes(&bundle, Some(by.address), None)?;
        self.flows(&bundle, by.address, true)?;
        let truth = truths.bundles.get(&alloy_primitives::keccak256(&c.bundle));
        if truth != Some(&(by.address, c.context, c.expiry, true)) {
            return Err(bad);
        }
        let flows = bundle.balance.iter().map(|entry| IPool::PublicFlow {
            asset: id(entry.asset),
            inward: entry.direction == Direction::Inward,
            amount: U256::from(entry.amount),
        });
        Ok(IPool::transactCall::abi_encode_returns(&flows.collect()))
    }

    // ---- PACKAGES ----

    fn boxes(&mut self, by: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
        use IPackages::IPackagesCalls as C;
        let selector = first4(input);
        if !C::valid_selector(selector) {
            return Err(err(IPackages::UnknownSelector { selector: selector.into() }));
        }
        let mutates = [IPackages::transferCall::SELECTOR, IPackages::openCall::SELECTOR].contains(&selector);
        gate(by, mutates, false)?;
        let call =
            C::abi_decode_validate(input).map_err(|_| Fail::Named(IPackages::InvalidCalldata::SELECTOR))?;
        match call {
            C::transfer(c) => {
                self.own(by.address, c.id)?;
                if c.to.is_zero() || PRECOMPILES.contains(&c.to) {
                    return Err(err(IPackages::InvalidOwner { owner: c.to }));
                }
                self.packages.get_mut(&c.id).expect("own").owner = c.to;
                self.emit(PACKAGES, &IPackages::PackageTransferred { id: c.id, from: by.address, to: c.to });
                Ok(vec![])
            }
            C::open(c) => {
                let Package { pool, tag, .. } = self.own(by.address, c.id)?.clone();
                let truth = truths.boxes.get(&B256::from(tag)).filter(|truth| truth.k == c.k);
                let truth = truth.ok_or_else(|| err(IPackages::WrongKey { id: c.id }))?;
                if !truth.honest {
                    return Err(Fail::Named(IPackages::InvalidContent::SELECTOR));
                }
                self.packages.get_mut(&c.id).expect("own").opened = true;
                if truth.amount > 0 {
                    self.asset(truth.asset)?;
                    self.unhide(pool, by.address, truth.asset, truth.amount)?;
                }
                let (asset, amount) = (truth.asset, U256::from(truth.amount));
                let data: alloy_primitives::Bytes = truth.data.clone().into();
                let event = IPackages::PackageRevealed {
                    id: c.id,
                    owner: by.address,
                    asset,
                    amount,
                    k: c.k,
                    data: data.clone(),
                };
                self.emit(PACKAGES, &event);
                let answer = IPackages::openReturn { asset, amount, data };
                Ok(IPackages::openCall::abi_encode_returns(&answer))
            }
            C::packageInfo(c) => {
                let package = self.package(c.id)?;
                let info = IPackages::Package {
                    owner: package.owner,
                    opened: package.opened,
                    pool: package.pool,
                    commitment: package.commitment,
                    ciphertextLength: U256::from(package.ciphertext.len()),
                };
                Ok(IPackages::packageInfoCall::abi_encode_returns(&info))
            }
            C::ciphertext(c) => {
                let package = self.package(c.id)?;
                let answer = IPackages::ciphertextReturn {
                    tag: package.tag.into(),
                    data: package.ciphertext.clone().into(),
                };
                Ok(IPackages::ciphertextCall::abi_encode_returns(&answer))
            }
            C::isPackage(c) => Ok(word_out(U256::from(self.commitments.contains_key(&c.commitment)))),
        }
    }

    fn package(&self, id: B256) -> Done<&Package> {
        self.packages.get(&id).ok_or_else(|| err(IPackages::UnknownPackage { id }))
    }

    fn own(&self, caller: Address, id: B256) -> Done<&Package> {
        let package = self.package(id)?;
        if package.owner != caller {
            return Err(err(IPackages::NotPackageOwner { caller, owner: package.owner }));
        }
        if package.opened {
            return Err(err(IPackages::AlreadyOpened { id }));
        }
        Ok(package)
    }

    // ---- what the state must be ----

    /// Every slot of the three accounts that is not zero, but for the trees' frontiers.
    pub fn slots(&self) -> [BTreeMap<U256, U256>; 3] {
        let mut all = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
        let mut put = |account: usize, slot: U256, value: U256| {
            if !value.is_zero() {
                all[account].insert(slot, value);
            }
        };
        put(0, layout::ISSUED.at(&[coin()]), U256::from(self.issued_coin));
        for (asset, issued) in &self.issued {
            put(0, layout::ISSUED.at(&[*asset]), U256::from(*issued));
        }
        for (asset, public) in &self.public {
            put(0, layout::PUBLIC.at(&[*asset]), U256::from(*public));
        }
        for ((holder, asset), balance) in &self.balances {
            put(0, layout::BALANCE.at(&[word(*holder), *asset]), U256::from(*balance));
        }
        let mut counts: BTreeMap<(Address, U256), u64> = BTreeMap::new();
        for (asset, holder) in &self.holders {
            let packed = |moves: u64, account: Address| U256::from(moves) << 160 | word(account);
            put(0, layout::OWNER.at(&[*asset]), packed(holder.moves, holder.account));
            if let Some((moves, account)) = self.approvals.get(asset) {
                put(0, layout::APPROVED.at(&[*asset]), packed(*moves, *account));
            }
            if !holder.account.is_zero() {
                *counts.entry((holder.account, self.registry[asset].category)).or_default() += 1;
            }
        }
        for ((holder, category), count) in counts {
            put(0, layout::TICKET_COUNT.at(&[word(holder), category]), U256::from(count));
        }
        for ((owner, spender, category), approved) in &self.category_operators {
            let slot = layout::CATEGORY_OPERATOR.at(&[word(*owner), word(*spender), *category]);
            put(0, slot, U256::from(*approved));
        }
        for (asset, entry) in &self.registry {
            let packed = U256::from(entry.kind) << 176
                | U256::from(entry.decimals) << 168
                | U256::from(entry.name.len()) << 160
                | word(entry.issuer);
            put(0, layout::REGISTRY.at(&[*asset]), packed);
            put(0, layout::TICKET_CATEGORY.at(&[*asset]), entry.category);
            put(0, layout::TICKET_NUMBER.at(&[*asset]), entry.number);
        }
        for (name, asset) in &self.names {
            let mut left = [0u8; 32];
            left[..name.len()].copy_from_slice(name.as_bytes());
            put(0, layout::NAME.at(&[*asset]), U256::from_be_bytes(left));
            put(0, layout::BY_NAME.at(&[alloy_primitives::keccak256(name).into()]), *asset);
        }
        for ((owner, spender, asset), allowance) in &self.allowances {
            put(0, layout::ALLOWANCE.at(&[word(*owner), word(*spender), *asset]), *allowance);
        }
        for ((owner, spender), approved) in &self.operators {
            put(0, layout::OPERATOR.at(&[word(*owner), word(*spender)]), U256::from(*approved));
        }
        for ((pool, nullifier), block) in &self.nullifiers {
            put(1, layout::NULLIFIER.in_pool(*pool, (*nullifier).into()), U256::from(block + 1));
        }
        for ((pool, root), block) in &self.anchors {
            put(1, layout::ANCHOR.in_pool(*pool, (*root).into()), U256::from(block + 1));
        }
        for (pool, root) in &self.last_anchor {
            put(1, layout::LAST_ANCHOR.of_pool(*pool), (*root).into());
        }
        for pool in 0..self.pools.len() as u8 {
            put(1, layout::NOTE_COUNT.of_pool(pool), U256::from(self.note_count(pool)));
        }
        for ((pool, asset), hidden) in &self.hidden {
            put(1, layout::HIDDEN.in_pool(*pool, *asset), U256::from(*hidden));
        }
        for (from, pkr) in &self.refunds {
            for (i, chunk) in pkr.as_chunks::<32>().0.iter().enumerate() {
                put(1, layout::REFUND.at(&[word(*from), U256::from(i)]), U256::from_be_bytes(*chunk));
            }
        }
        for (id, package) in &self.packages {
            let key = U256::from_be_bytes(id.0);
            let state = if package.opened { 2u64 } else { 1 };
            let packed = U256::from(package.ciphertext.len()) << 176
                | U256::from(state) << 160
                | U256::from(package.pool) << 168
                | word(package.owner);
            put(2, layout::PACKAGE.at(&[key]), packed);
            put(2, layout::PACKAGE_COMMITMENT.at(&[key]), package.commitment.into());
            put(2, layout::PACKAGE_CV.at(&[key]), U256::from_be_bytes(package.cv));
            put(2, layout::PACKAGE_TAG.at(&[key]), U256::from_be_bytes(package.tag));
            for (i, chunk) in package.ciphertext.as_chunks::<32>().0.iter().enumerate() {
                let slot = layout::PACKAGE_CIPHERTEXT.at(&[key, U256::from(i)]);
                put(2, slot, U256::from_be_bytes(*chunk));
            }
        }
        for (commitment, id) in &self.commitments {
            put(2, layout::PACKAGE_BY_COMMITMENT.at(&[(*commitment).into()]), (*id).into());
        }
        all
    }

    /// `issued = public + hidden` for every asset, `public` = all balances.
    pub fn check_conservation(&self) -> Result<(), String> {
        for (asset, issued) in &self.issued {
            let public = self.public.get(asset).copied().unwrap_or(0);
            let held: u128 = self.holdings().filter(|(_, a, _)| a == asset).map(|(_, _, b)| b).sum();
            let hidden: u128 = self.hidden.iter().filter(|((_, a), _)| a == asset).map(|(_, h)| h).sum();
            if public + hidden != *issued || held != public {
                return Err(format!(
                    "{asset}: issued {issued}, public {public}, held {held}, hidden {hidden}"
                ));
            }
        }
        let all: u128 = self.coins.values().sum();
        let hidden: u128 = self.hidden.iter().filter(|((_, a), _)| *a == coin()).map(|(_, h)| h).sum();
        if all != self.issued_coin || self.coins_of(POOL) < hidden {
            return Err(format!("coin: issued {}, balances {all}, hidden {hidden}", self.issued_coin));
        }
        Ok(())
    }
}

pub fn first4(input: &[u8]) -> [u8; 4] {
    input.first_chunk().copied().unwrap_or_default()
}

pub fn gate(by: Caller, mutates: bool, payable: bool) -> Done<()> {
    if mutates && !by.mutable {
        return Err(err(IAssets::OnlyPlainCall {}));
    }
    if !payable && by.value > 0 {
        return Err(err(IAssets::NotPayable {}));
    }
    Ok(())
}

pub fn word_out(value: U256) -> Vec<u8> {
    value.to_be_bytes::<32>().to_vec()
}
