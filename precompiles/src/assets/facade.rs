//! Facades: every token answers as ERC-20 and every category as ERC-721, at
//! an address that follows from its id.
//!
//! The code there is ours, compiled from `contracts/src/facades/`. Nobody else can have code at that
//! address, so a plain call from it is a call of that code, and what it says about its own
//! caller is true. A right given by the facade of a category is good at this facade only.

use super::ledger::Owner;
use super::{Kind, allowance_slot, asset_key, operator_slot, require_holder};
use crate::host::{Fault, Host, Outcome};
use crate::layout::{self, key};
use alloy_primitives::{Address, U256};
use revm::context_interface::JournalTr;
use sero_primitives::precompile::abi::{IAssets as abi, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::AssetId;

const ERC20_CODE: &[u8] = include_bytes!("../../../contracts/artifacts/Erc20Facade.bin");
const ERC721_CODE: &[u8] = include_bytes!("../../../contracts/artifacts/Erc721Facade.bin");

/// Who calls ASSETS through a facade, by the facade's word.
#[derive(Clone, Copy)]
pub(super) struct Through {
    /// `msg.sender` of ASSETS.
    pub facade: Address,
    /// `msg.sender` of the facade.
    pub caller: Address,
}

impl Through {
    /// Refuses everybody but the facade of `id`.
    fn require<E>(self, id: U256) -> Result<(), Fault<E>> {
        let facade = facade_of(id);
        if self.facade == facade {
            return Ok(());
        }
        Err(Fault::revert(abi::NotFacade { caller: self.facade, facade }))
    }
}

impl<J: JournalTr> Host<'_, J> {
    /// Puts code and id at a new token's or category's facade address.
    pub(super) fn install_facade(&mut self, id: AssetId, kind: Kind) -> Outcome<(), J> {
        let id = asset_key(id);
        let facade = facade_of(id);
        let code = if kind == Kind::Category { ERC721_CODE } else { ERC20_CODE };
        if !self.install_code(facade, code)? {
            return Err(Fault::revert(abi::FacadeTaken { facade }));
        }
        self.sstore(facade, layout::FACADE_ID, id)
    }

    // ---- ERC-20 ----

    /// `transfer` and `transferFrom` of ERC-20. An amount of zero moves nothing, but is logged there.
    pub(super) fn facade_transfer(
        &mut self,
        through: Through,
        from: Address,
        to: Address,
        id: U256,
        amount: U256,
    ) -> Outcome<(), J> {
        through.require(id)?;
        let asset = self.require_token_or_ticket(id)?;
        self.spend_allowance(through.caller, from, id, amount)?;
        if amount.is_zero() {
            if [Address::ZERO, ASSETS, POOL].contains(&from) {
                return Err(Fault::revert(abi::InvalidSender { sender: from }));
            }
            require_holder(to, id)?;
            self.emit(facade_of(id), &IErc20Facade::Transfer { from, to, value: amount });
            return Ok(());
        }
        let Ok(units) = u128::try_from(amount) else {
            let balance = self.balance_of(from, asset)?;
            let error = abi::InsufficientBalance { holder: from, asset: id, balance, needed: amount };
            return Err(Fault::revert(error));
        };
        self.transfer(through.caller, from, to, id, units)
    }

    /// `approve` of ERC-20.
    pub(super) fn facade_approve(
        &mut self,
        through: Through,
        spender: Address,
        id: U256,
        amount: U256,
    ) -> Outcome<(), J> {
        through.require(id)?;
        self.approve(through.caller, spender, id, amount)
    }

    /// Sets an allowance, of a token the one that its facade shows.
    pub(super) fn approve(
        &mut self,
        owner: Address,
        spender: Address,
        id: U256,
        amount: U256,
    ) -> Outcome<(), J> {
        self.sstore(ASSETS, allowance_slot(owner, spender, id), amount)?;
        self.emit(ASSETS, &abi::Approval { owner, spender, id, amount });
        if let Ok(asset) = AssetId::from_bytes(id.to_be_bytes())
            && self.registration(asset)?.kind == Kind::Token
        {
            self.emit(facade_of(id), &IErc20Facade::Approval { owner, spender, value: amount });
        }
        Ok(())
    }

    /// Uses `spender`'s right to move `amount` of `owner`'s: its own, an operator's, or an allowance.
    pub(super) fn spend_allowance(
        &mut self,
        spender: Address,
        owner: Address,
        id: U256,
        amount: U256,
    ) -> Outcome<(), J> {
        if spender == owner || self.is_operator(owner, spender)? {
            return Ok(());
        }
        let slot = allowance_slot(owner, spender, id);
        let allowance = self.sload(ASSETS, slot)?;
        if allowance == U256::MAX {
            return Ok(());
        }
        let Some(rest) = allowance.checked_sub(amount) else {
            let error = abi::InsufficientAllowance { spender, asset: id, allowance, needed: amount };
            return Err(Fault::revert(error));
        };
        self.sstore(ASSETS, slot, rest)
    }

    // ---- ERC-721 ----

    /// `transferFrom` of ERC-721.
    pub(super) fn facade_transfer_ticket(
        &mut self,
        through: Through,
        from: Address,
        to: Address,
        category: U256,
        number: U256,
    ) -> Outcome<(), J> {
        let (ticket, owner) = self.ticket_through(through, category, number)?;
        let caller = through.caller;
        let approved = self.approved(ticket, owner)? == Some(caller);
        if !approved && !self.operates(owner.account, caller, category)? {
            return Err(not_operator(caller, ticket, owner));
        }
        self.transfer(caller, from, to, asset_key(ticket), 1)
    }

    /// `approve` of ERC-721.
    pub(super) fn facade_approve_ticket(
        &mut self,
        through: Through,
        approved: Address,
        category: U256,
        number: U256,
    ) -> Outcome<(), J> {
        let (ticket, owner) = self.ticket_through(through, category, number)?;
        if !self.operates(owner.account, through.caller, category)? {
            return Err(not_operator(through.caller, ticket, owner));
        }
        self.sstore(ASSETS, layout::APPROVED.at(&[asset_key(ticket)]), owner.tagged(approved))?;
        let event = IErc721Facade::Approval { owner: owner.account, approved, tokenId: number };
        self.emit(through.facade, &event);
        Ok(())
    }

    /// `setApprovalForAll` of ERC-721: this category's tickets alone.
    pub(super) fn facade_set_operator(
        &mut self,
        through: Through,
        spender: Address,
        category: U256,
        approved: bool,
    ) -> Outcome<(), J> {
        through.require(category)?;
        let owner = through.caller;
        self.sstore(ASSETS, category_operator_slot(owner, spender, category), U256::from(approved))?;
        self.emit(through.facade, &IErc721Facade::ApprovalForAll { owner, operator: spender, approved });
        Ok(())
    }

    /// A ticket that is publicly held, and by whom.
    fn ticket_through(
        &mut self,
        through: Through,
        category: U256,
        number: U256,
    ) -> Outcome<(AssetId, Owner), J> {
        through.require(category)?;
        let unknown = |_| Fault::revert(abi::UnknownCategory { category });
        let category = AssetId::from_bytes(category.to_be_bytes()).map_err(unknown)?;
        let ticket = AssetId::ticket(&category, &number.to_be_bytes());
        let owner = self.ticket_owner(ticket)?;
        if owner.account.is_zero() {
            return Err(not_operator(through.caller, ticket, owner));
        }
        Ok((ticket, owner))
    }

    /// Whether `caller` is `owner` or an operator, of everything or of this category.
    fn operates(&mut self, owner: Address, caller: Address, category: U256) -> Outcome<bool, J> {
        Ok(caller == owner
            || self.is_category_operator(owner, caller, category)?
            || self.is_operator(owner, caller)?)
    }

    /// Whom ERC-721 lets move the ticket as well, while `owner` has it.
    pub(super) fn approved(&mut self, ticket: AssetId, owner: Owner) -> Outcome<Option<Address>, J> {
        let word = self.sload(ASSETS, layout::APPROVED.at(&[asset_key(ticket)]))?;
        let approved = Address::from_word(word.into());
        let valid = word == owner.tagged(approved) && !approved.is_zero() && !owner.account.is_zero();
        Ok(valid.then_some(approved))
    }

    /// ERC-6909's operator flag.
    pub(super) fn is_operator(&mut self, owner: Address, spender: Address) -> Outcome<bool, J> {
        Ok(!self.sload(ASSETS, operator_slot(owner, spender))?.is_zero())
    }

    /// ERC-721's operator flag.
    pub(super) fn is_category_operator(
        &mut self,
        owner: Address,
        spender: Address,
        category: U256,
    ) -> Outcome<bool, J> {
        Ok(!self.sload(ASSETS, category_operator_slot(owner, spender, category))?.is_zero())
    }
}

fn category_operator_slot(owner: Address, spender: Address, category: U256) -> U256 {
    layout::CATEGORY_OPERATOR.at(&[key(owner), key(spender), category])
}

fn not_operator<E>(caller: Address, ticket: AssetId, owner: Owner) -> Fault<E> {
    let (asset, owner) = (asset_key(ticket), owner.account);
    Fault::revert(abi::NotTicketOperator { caller, asset, owner })
}
