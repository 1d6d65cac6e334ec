//! The model ledger: an own reading of docs/spec 03, 04, 06, 07, 08 and 09,
//! without cryptography and without slots. The calls of ASSETS are in
//! `assets.rs`, the facades in `facades.rs`.

mod boxes;
mod bundle;
mod pool;
mod slots;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolEvent};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::AssetId;
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

    pub fn call(&mut self, to: Address, caller: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
        match to {
            ASSETS => self.assets(caller, input),
            POOL => self.pool(caller, input, truths),
            _ => self.boxes(caller, input, truths),
        }
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
