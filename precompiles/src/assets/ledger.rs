//! Public balances of tokens and tickets, and the supply counters.
//!
//! A token has a balance for each holder; a ticket, of which there is one unit, has
//! an owner. Whatever changes a balance or an owner is logged twice: at ASSETS as ERC-6909, at
//! the facade's address as ERC-20 or ERC-721.

use super::{Kind, Registration, asset_key, require_holder};
use crate::host::{Fault, Host, Outcome};
use crate::layout::{self, key};
use alloy_primitives::{Address, U256};
use revm::context_interface::JournalTr;
use sero_primitives::ASSETS;
use sero_primitives::precompile::abi::{IAssets as abi, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_shielded::asset::AssetId;

/// A ticket's place among the tickets.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub category: U256,
    pub number: U256,
}

/// Who holds a ticket in public: the slot [`layout::OWNER`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    /// Zero while no account holds it.
    pub account: Address,
    /// Changes of `account` so far, so that an approval dies with the ownership that gave it.
    pub moves: U256,
}

impl Owner {
    fn from_word(word: U256) -> Self {
        Self { account: Address::from_word(word.into()), moves: word >> 160 }
    }

    /// `account` under this number of moves, as a slot's word.
    pub fn tagged(self, account: Address) -> U256 {
        (self.moves << 160) | key(account)
    }

    fn moved_to(self, account: Address) -> U256 {
        Self { moves: self.moves + U256::ONE, ..self }.tagged(account)
    }
}

/// Public balance of a token or ticket, given a reader of ASSETS' storage: for readers without a journal.
pub fn public_balance<E>(
    mut slot: impl FnMut(U256) -> Result<U256, E>,
    holder: Address,
    asset: AssetId,
) -> Result<U256, E> {
    let id = asset_key(asset);
    if Registration::from_word(slot(layout::REGISTRY.at(&[id]))?).kind == Kind::Ticket {
        let owner = Owner::from_word(slot(layout::OWNER.at(&[id]))?).account;
        return Ok(U256::from(owner == holder && !holder.is_zero()));
    }
    slot(layout::BALANCE.at(&[key(holder), id]))
}

impl<J: JournalTr> Host<'_, J> {
    pub(crate) fn require_token_or_ticket(&mut self, id: U256) -> Outcome<AssetId, J> {
        let asset = self.require_asset(id)?;
        if asset == AssetId::coin() { Err(Fault::revert(abi::CoinNotAllowed {})) } else { Ok(asset) }
    }

    /// Public balance of any asset; of the coin, the account's balance.
    pub fn balance_of(&mut self, holder: Address, asset: AssetId) -> Outcome<U256, J> {
        if asset == AssetId::coin() {
            return self.coin_balance(holder);
        }
        public_balance(|slot| self.sload(ASSETS, slot), holder, asset)
    }

    /// Whether `to` may have a public balance of a token or ticket.
    pub(crate) fn can_hold(&mut self, to: Address, asset: AssetId) -> Outcome<bool, J> {
        let named = self.origin(asset)?.map_or(asset_key(asset), |origin| origin.category);
        Ok(require_holder::<()>(to, named).is_ok())
    }

    /// Moves a token or ticket between public balances.
    pub fn transfer(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        id: U256,
        amount: u128,
    ) -> Outcome<(), J> {
        let asset = self.require_token_or_ticket(id)?;
        let origin = self.origin(asset)?;
        require_holder(to, origin.map_or(id, |origin| origin.category))?;
        self.take(from, asset, origin, amount)?;
        self.give(to, asset, origin, amount)?;
        self.emit_transfer(caller, from, to, asset, origin, amount);
        Ok(())
    }

    /// Adds to a balance and emits `Transfer(caller, from, to, ..)`.
    pub(crate) fn credit(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        asset: AssetId,
        amount: u128,
    ) -> Outcome<(), J> {
        let origin = self.origin(asset)?;
        self.give(to, asset, origin, amount)?;
        self.emit_transfer(caller, from, to, asset, origin, amount);
        Ok(())
    }

    /// Takes from a balance and emits `Transfer(caller, from, to, ..)`.
    pub(crate) fn debit(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        asset: AssetId,
        amount: u128,
    ) -> Outcome<(), J> {
        let origin = self.origin(asset)?;
        self.take(from, asset, origin, amount)?;
        self.emit_transfer(caller, from, to, asset, origin, amount);
        Ok(())
    }

    fn take(
        &mut self,
        from: Address,
        asset: AssetId,
        origin: Option<Origin>,
        amount: u128,
    ) -> Outcome<(), J> {
        let balance = self.balance_of(from, asset)?;
        let needed = U256::from(amount);
        let Some(rest) = balance.checked_sub(needed) else {
            let asset = asset_key(asset);
            return Err(Fault::revert(abi::InsufficientBalance { holder: from, asset, balance, needed }));
        };
        match origin {
            None => self.sstore(ASSETS, layout::BALANCE.at(&[key(from), asset_key(asset)]), rest),
            Some(origin) => {
                self.set_owner(asset, Address::ZERO)?;
                let slot = count_slot(from, origin.category);
                let count = self.counter(ASSETS, slot)?.checked_sub(1);
                let count =
                    count.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
                self.sstore(ASSETS, slot, U256::from(count))
            }
        }
    }

    fn give(&mut self, to: Address, asset: AssetId, origin: Option<Origin>, amount: u128) -> Outcome<(), J> {
        let overflow = || Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) });
        let Some(origin) = origin else {
            let slot = layout::BALANCE.at(&[key(to), asset_key(asset)]);
            let sum = self.counter(ASSETS, slot)?.checked_add(amount).ok_or_else(overflow)?;
            return self.sstore(ASSETS, slot, U256::from(sum));
        };
        // A second unit would be a flaw elsewhere; it never becomes a balance.
        if amount != 1 || !self.ticket_owner(asset)?.account.is_zero() {
            return Err(overflow());
        }
        self.set_owner(asset, to)?;
        let slot = count_slot(to, origin.category);
        let count = self.counter(ASSETS, slot)?.checked_add(1).ok_or_else(overflow)?;
        self.sstore(ASSETS, slot, U256::from(count))
    }

    fn set_owner(&mut self, ticket: AssetId, account: Address) -> Outcome<(), J> {
        let word = self.ticket_owner(ticket)?.moved_to(account);
        self.sstore(ASSETS, layout::OWNER.at(&[asset_key(ticket)]), word)
    }

    /// Public holder of a ticket; zeros for anything else.
    pub(super) fn ticket_owner(&mut self, ticket: AssetId) -> Outcome<Owner, J> {
        Ok(Owner::from_word(self.sload(ASSETS, layout::OWNER.at(&[asset_key(ticket)]))?))
    }

    /// Tickets of a category that an account holds.
    pub(super) fn ticket_count(&mut self, holder: Address, category: U256) -> Outcome<U256, J> {
        self.sload(ASSETS, count_slot(holder, category))
    }

    /// Category and number, of a ticket only.
    pub(super) fn origin(&mut self, asset: AssetId) -> Outcome<Option<Origin>, J> {
        if self.registration(asset)?.kind != Kind::Ticket {
            return Ok(None);
        }
        let (category, number) = self.ticket_origin(asset)?;
        Ok(Some(Origin { category, number }))
    }

    fn emit_transfer(
        &mut self,
        caller: Address,
        from: Address,
        to: Address,
        asset: AssetId,
        origin: Option<Origin>,
        amount: u128,
    ) {
        let id = asset_key(asset);
        let amount = U256::from(amount);
        self.emit(ASSETS, &abi::Transfer { caller, sender: from, receiver: to, id, amount });
        match origin {
            None => self.emit(facade_of(id), &IErc20Facade::Transfer { from, to, value: amount }),
            Some(Origin { category, number }) => {
                self.emit(facade_of(category), &IErc721Facade::Transfer { from, to, tokenId: number });
            }
        }
    }

    // ---- supply ----

    pub(crate) fn add_public(&mut self, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::PUBLIC.at(&[asset_key(asset)]);
        let sum = self.counter(ASSETS, slot)?.checked_add(amount);
        let sum = sum.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(sum))
    }

    pub(crate) fn subtract_public(&mut self, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::PUBLIC.at(&[asset_key(asset)]);
        let rest = self.counter(ASSETS, slot)?.checked_sub(amount);
        let rest = rest.ok_or_else(|| Fault::revert(abi::SupplyOverflow { asset: asset_key(asset) }))?;
        self.sstore(ASSETS, slot, U256::from(rest))
    }

    /// A slot that only ever holds values below 2^128.
    pub(crate) fn counter(&mut self, address: Address, slot: U256) -> Outcome<u128, J> {
        let value = self.sload(address, slot)?;
        Ok(u128::try_from(value).expect("counters and balances are written as u128 only"))
    }

    /// (issued, public) of an asset as their own counters have them. The coin's
    /// public part has no counter; it is what `issued` and `hidden` leave.
    pub fn supply(&mut self, asset: AssetId) -> Outcome<Supply, J> {
        let id = asset_key(asset);
        let issued = self.counter(ASSETS, layout::ISSUED.at(&[id]))?;
        let hidden = self.hidden(asset)?;
        let public = if asset == AssetId::coin() {
            issued.saturating_sub(hidden)
        } else {
            self.counter(ASSETS, layout::PUBLIC.at(&[id]))?
        };
        Ok(Supply { issued, public, hidden })
    }
}

/// Supply figures of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Units that exist.
    pub issued: u128,
    /// Units in public balances.
    pub public: u128,
    /// Units in the pool.
    pub hidden: u128,
}

fn count_slot(holder: Address, category: U256) -> U256 {
    layout::TICKET_COUNT.at(&[key(holder), category])
}
