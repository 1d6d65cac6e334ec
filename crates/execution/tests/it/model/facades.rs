//! The facades in the model: the rules of ASSETS behind them, and an own
//! reading of what an ERC-20 token and an ERC-721 collection answer.

use super::assets::holder;
use super::ledger::{Done, Fail, Ledger, err, id, word, word_out};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolInterface};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::AssetId;

/// In the counts: any token's facade, any category's facade.
pub const ERC20: Address = Address::repeat_byte(20);
pub const ERC721: Address = Address::repeat_byte(0x72);

/// As what the code of a facade runs: as its own account, unless it was borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// The code's kind: 2 or 3.
    pub kind: u8,
    /// Slot 0 of the account: 0 where there is no facade.
    pub id: U256,
    pub sender: Address,
    pub value: u128,
}

/// What a call of a facade comes to.
pub enum Act {
    /// It answers by itself.
    Answer(Done<Vec<u8>>),
    /// It calls ASSETS; if that does not fail, the answer is this.
    Call(Vec<u8>, Done<Vec<u8>>),
}

pub fn only_facade(caller: Address, id: U256) -> Done<()> {
    let facade = facade_of(id);
    if caller == facade { Ok(()) } else { Err(err(IAssets::NotFacade { caller, facade })) }
}

fn ticket(category: U256, number: U256) -> U256 {
    let category = AssetId::from_bytes(category.to_be_bytes()).expect("a registered id, or zero");
    id(AssetId::ticket(&category, &number.to_be_bytes()))
}

/// A revert without a reason.
fn silent() -> Fail {
    Fail::Exact(vec![])
}

impl Ledger {
    // ---- what only facades may call ----

    pub(super) fn facade_transfer(&mut self, by: Address, c: &IAssets::facadeTransferCall) -> Done<Vec<u8>> {
        only_facade(by, c.id)?;
        self.no_coin(c.id)?;
        self.spend_allowance(c.caller, c.sender, c.id, c.amount)?;
        if c.amount.is_zero() {
            if [Address::ZERO, ASSETS, POOL].contains(&c.sender) {
                return Err(err(IAssets::InvalidSender { sender: c.sender }));
            }
            holder(c.receiver, c.id)?;
            self.emit(by, &IErc20Facade::Transfer { from: c.sender, to: c.receiver, value: c.amount });
            return Ok(vec![]);
        }
        let Ok(amount) = u128::try_from(c.amount) else {
            let (holder, asset, needed) = (c.sender, c.id, c.amount);
            let balance = U256::from(self.balance(holder, asset));
            return Err(err(IAssets::InsufficientBalance { holder, asset, balance, needed }));
        };
        self.transfer(c.caller, c.sender, c.receiver, c.id, amount)?;
        Ok(vec![])
    }

    pub(super) fn facade_transfer_ticket(
        &mut self,
        by: Address,
        c: &IAssets::facadeTransferTicketCall,
    ) -> Done<Vec<u8>> {
        only_facade(by, c.category)?;
        let ticket = ticket(c.category, c.number);
        let held = self.holders.get(&ticket).copied().unwrap_or_default();
        if !self.manages(c.caller, c.category, ticket) && held.approved != Some(c.caller) {
            let (caller, asset, owner) = (c.caller, ticket, held.account);
            return Err(err(IAssets::NotTicketOperator { caller, asset, owner }));
        }
        self.transfer(c.caller, c.sender, c.receiver, ticket, 1)?;
        Ok(vec![])
    }

    pub(super) fn facade_approve_ticket(
        &mut self,
        by: Address,
        c: &IAssets::facadeApproveTicketCall,
    ) -> Done<Vec<u8>> {
        only_facade(by, c.category)?;
        let ticket = ticket(c.category, c.number);
        let owner = self.holders.get(&ticket).map_or(Address::ZERO, |held| held.account);
        if !self.manages(c.caller, c.category, ticket) {
            return Err(err(IAssets::NotTicketOperator { caller: c.caller, asset: ticket, owner }));
        }
        let held = self.holders.get_mut(&ticket).expect("it has a manager");
        held.approved = Some(c.approved).filter(|approved| !approved.is_zero());
        self.approvals.insert(ticket, (held.moves, c.approved));
        self.emit(by, &IErc721Facade::Approval { owner, approved: c.approved, tokenId: c.number });
        Ok(vec![])
    }

    /// Whether `caller` is a ticket's public owner, or the owner's operator for everything or for this category.
    fn manages(&self, caller: Address, category: U256, ticket: U256) -> bool {
        let owner = self.holders.get(&ticket).map_or(Address::ZERO, |held| held.account);
        let approved = self.approved_for_all(owner, caller, category);
        !owner.is_zero() && (caller == owner || approved)
    }

    /// ERC-721's `isApprovedForAll`.
    pub fn approved_for_all(&self, owner: Address, operator: Address, category: U256) -> bool {
        let here = self.category_operators.get(&(owner, operator, category)).copied();
        here.unwrap_or(false) || self.operates(owner, operator)
    }

    // ---- the contracts ----

    /// A call of a facade's code.
    pub fn facade(&self, stage: Stage, input: &[u8], contracts: &[Address]) -> Act {
        if stage.value > 0 {
            return Act::Answer(Err(silent()));
        }
        if stage.kind == 2 {
            match IErc20Facade::IErc20FacadeCalls::abi_decode_validate(input) {
                Ok(call) => self.erc20(stage, call),
                Err(_) => Act::Answer(Err(silent())),
            }
        } else {
            match IErc721Facade::IErc721FacadeCalls::abi_decode_validate(input) {
                Ok(call) => self.erc721(stage, call, contracts),
                Err(_) => Act::Answer(Err(silent())),
            }
        }
    }

    fn erc20(&self, stage: Stage, call: IErc20Facade::IErc20FacadeCalls) -> Act {
        use IErc20Facade::IErc20FacadeCalls as C;
        let Stage { id, sender: caller, .. } = stage;
        let yes = || Ok(word_out(U256::ONE));
        let transfer = |sender, receiver, amount| {
            let call = IAssets::facadeTransferCall { id, caller, sender, receiver, amount };
            Act::Call(call.abi_encode(), yes())
        };
        Act::Answer(match call {
            C::transfer(c) => return transfer(caller, c.to, c.value),
            C::transferFrom(c) => return transfer(c.from, c.to, c.value),
            C::approve(c) => {
                let (owner, spender, amount) = (caller, c.spender, c.value);
                let call = IAssets::facadeApproveCall { id, owner, spender, amount };
                return Act::Call(call.abi_encode(), yes());
            }
            C::asset(_) => Ok(word_out(id)),
            C::name(_) => self.known(id).map(|entry| IErc20Facade::nameCall::abi_encode_returns(&entry.name)),
            C::symbol(_) => {
                self.known(id).map(|entry| IErc20Facade::symbolCall::abi_encode_returns(&entry.name))
            }
            C::decimals(_) => self.known(id).map(|entry| word_out(U256::from(entry.decimals))),
            C::totalSupply(_) => {
                let issued = self.issued.get(&id).copied().unwrap_or(0);
                self.known(id).map(|_| word_out(U256::from(issued)))
            }
            C::balanceOf(c) if c.account == POOL => Ok(word_out(U256::from(self.hidden_all(id)))),
            C::balanceOf(c) => Ok(word_out(U256::from(self.balance(c.account, id)))),
            C::allowance(c) if self.operates(c.owner, c.spender) => Ok(word_out(U256::MAX)),
            C::allowance(c) => {
                let allowance = self.allowances.get(&(c.owner, c.spender, id)).copied();
                Ok(word_out(allowance.unwrap_or_default()))
            }
        })
    }

    fn erc721(&self, stage: Stage, call: IErc721Facade::IErc721FacadeCalls, contracts: &[Address]) -> Act {
        use IErc721Facade::IErc721FacadeCalls as C;
        let Stage { id: category, sender: caller, .. } = stage;
        // No contract of these worlds has a good word for a ticket.
        let refuses = |to: Address| {
            contracts.contains(&to) || self.coded.contains(&to) || self.facades.contains_key(&to)
        };
        let transfer = |sender, receiver, number, safe: bool| {
            let call = IAssets::facadeTransferTicketCall { category, caller, sender, receiver, number };
            let refused = Err(err(IErc721Facade::ReceiverRefused { receiver }));
            Act::Call(call.abi_encode(), if safe && refuses(receiver) { refused } else { Ok(vec![]) })
        };
        Act::Answer(match call {
            C::transferFrom(c) => return transfer(c.from, c.to, c.tokenId, false),
            C::safeTransferFrom_0(c) => return transfer(c.from, c.to, c.tokenId, true),
            C::safeTransferFrom_1(c) => return transfer(c.from, c.to, c.tokenId, true),
            C::approve(c) => {
                let (approved, number) = (c.to, c.tokenId);
                let call = IAssets::facadeApproveTicketCall { category, caller, approved, number };
                return Act::Call(call.abi_encode(), Ok(vec![]));
            }
            C::setApprovalForAll(c) => {
                let (owner, spender, approved) = (caller, c.operator, c.approved);
                let call = IAssets::facadeSetOperatorCall { category, owner, spender, approved };
                return Act::Call(call.abi_encode(), Ok(vec![]));
            }
            C::category(_) => Ok(word_out(category)),
            C::name(_) => {
                self.known(category).map(|entry| IErc721Facade::nameCall::abi_encode_returns(&entry.name))
            }
            C::symbol(_) => {
                self.known(category).map(|entry| IErc721Facade::symbolCall::abi_encode_returns(&entry.name))
            }
            C::supportsInterface(c) => {
                let known = [[0x01, 0xff, 0xc9, 0xa7], [0x80, 0xac, 0x58, 0xcd], [0x5b, 0x5e, 0x13, 0x9f]];
                Ok(word_out(U256::from(known.contains(&c.interfaceId.0))))
            }
            C::balanceOf(c) if c.owner.is_zero() => Err(err(IErc721Facade::InvalidOwner { owner: c.owner })),
            C::balanceOf(c) => Ok(word_out(U256::from(self.ticket_count(c.owner, category)))),
            C::isApprovedForAll(c) => {
                Ok(word_out(U256::from(self.approved_for_all(c.owner, c.operator, category))))
            }
            C::ownerOf(c) => self.whose(category, c.tokenId).map(|(owner, _)| word_out(word(owner))),
            C::getApproved(c) => {
                self.whose(category, c.tokenId).map(|(_, approved)| word_out(word(approved)))
            }
            // No issuer of these worlds has an answer.
            C::tokenURI(c) => {
                let exists = self.exists(category, c.tokenId);
                exists.map(|_| IErc721Facade::tokenURICall::abi_encode_returns(&String::new()))
            }
        })
    }

    /// The ticket, if it was issued and not burned.
    fn exists(&self, category: U256, number: U256) -> Done<U256> {
        let ticket = ticket(category, number);
        if self.issued.get(&ticket).copied().unwrap_or(0) == 0 {
            return Err(err(IErc721Facade::UnknownTicket { number }));
        }
        Ok(ticket)
    }

    /// A ticket's owner and the approved account, as ERC-721 shows them.
    fn whose(&self, category: U256, number: U256) -> Done<(Address, Address)> {
        let ticket = self.exists(category, number)?;
        if self.hidden_all(ticket) > 0 {
            return Err(err(IErc721Facade::TicketHidden { number }));
        }
        let held = self.holders.get(&ticket).copied().unwrap_or_default();
        // What nobody has is attached.
        let owner = if held.account.is_zero() { ASSETS } else { held.account };
        Ok((owner, held.approved.unwrap_or_default()))
    }
}
