//! The calls of ASSETS in the model.

use super::facades::only_facade;
use super::ledger::{Caller, Done, Entry, Fail, Ledger, amount, coin, err, first4, gate, id, word, word_out};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, PRECOMPILES};
use sero_shielded::asset::{AssetId, AssetName};
use std::collections::BTreeMap;

impl Ledger {
    pub(super) fn assets(&mut self, by: Caller, input: &[u8]) -> Done<Vec<u8>> {
        use IAssets::IAssetsCalls as C;
        let selector = first4(input);
        if !C::valid_selector(selector) {
            return Err(err(IAssets::UnknownSelector { selector: selector.into() }));
        }
        let payable = [IAssets::registerTokenCall::SELECTOR, IAssets::registerCategoryCall::SELECTOR]
            .contains(&selector);
        let mutates = payable
            || [
                IAssets::mintCall::SELECTOR,
                IAssets::issueTicketCall::SELECTOR,
                IAssets::burnCall::SELECTOR,
                IAssets::receiveAttachedCall::SELECTOR,
                IAssets::transferCall::SELECTOR,
                IAssets::transferFromCall::SELECTOR,
                IAssets::approveCall::SELECTOR,
                IAssets::setOperatorCall::SELECTOR,
                IAssets::facadeTransferCall::SELECTOR,
                IAssets::facadeApproveCall::SELECTOR,
                IAssets::facadeTransferTicketCall::SELECTOR,
                IAssets::facadeApproveTicketCall::SELECTOR,
                IAssets::facadeSetOperatorCall::SELECTOR,
            ]
            .contains(&selector);
        gate(by, mutates, payable)?;
        let call =
            C::abi_decode_validate(input).map_err(|_| Fail::Named(IAssets::InvalidCalldata::SELECTOR))?;
        let checked = |value: U256| amount(value, || err(IAssets::InvalidAmount { amount: value }));
        match call {
            C::registerToken(c) => {
                if c.decimals > 36 {
                    return Err(err(IAssets::InvalidDecimals { decimals: c.decimals, max: 36 }));
                }
                let asset = self.register(by, 2, &c.name, c.decimals)?;
                let (issuer, name, decimals) = (by.address, c.name, c.decimals);
                self.emit(ASSETS, &IAssets::TokenRegistered { asset, issuer, name, decimals });
                Ok(word_out(asset))
            }
            C::registerCategory(c) => {
                let category = self.register(by, 3, &c.name, 0)?;
                let (issuer, name) = (by.address, c.name);
                self.emit(ASSETS, &IAssets::CategoryRegistered { category, issuer, name });
                Ok(word_out(category))
            }
            C::mint(c) => {
                let amount = checked(c.amount)?;
                let issuer = match self.registry.get(&c.asset) {
                    Some(entry) if entry.kind == 2 => entry.issuer,
                    _ => return Err(err(IAssets::UnknownAsset { asset: c.asset })),
                };
                only_issuer(by.address, issuer)?;
                holder(c.to, c.asset)?;
                let issued = self.issued.entry(c.asset).or_default();
                let Some(sum) = issued.checked_add(amount) else {
                    return Err(err(IAssets::SupplyOverflow { asset: c.asset }));
                };
                *issued = sum;
                *self.public.entry(c.asset).or_default() += amount;
                self.credit(c.to, c.asset, amount);
                self.transfer_log(by.address, Address::ZERO, c.to, c.asset, amount);
                Ok(vec![])
            }
            C::issueTicket(c) => {
                let entry = self.registry.get(&c.category).filter(|entry| entry.kind == 3).cloned();
                let entry = entry.ok_or_else(|| err(IAssets::UnknownCategory { category: c.category }))?;
                only_issuer(by.address, entry.issuer)?;
                holder(c.to, c.category)?;
                let category = AssetId::from_bytes(c.category.to_be_bytes()).expect("registered");
                let asset = id(AssetId::ticket(&category, &c.number.to_be_bytes()));
                if self.registry.contains_key(&asset) {
                    return Err(err(IAssets::AlreadyIssued { asset }));
                }
                self.registry
                    .insert(asset, Entry { kind: 4, category: c.category, number: c.number, ..entry });
                self.issued.insert(asset, 1);
                self.public.insert(asset, 1);
                self.credit(c.to, asset, 1);
                self.emit(ASSETS, &IAssets::TicketIssued { asset, category: c.category, number: c.number });
                self.transfer_log(by.address, Address::ZERO, c.to, asset, 1);
                Ok(word_out(asset))
            }
            C::burn(c) => {
                let amount = checked(c.amount)?;
                self.no_coin(c.asset)?;
                self.debit(by.address, c.asset, amount)?;
                self.transfer_log(by.address, by.address, Address::ZERO, c.asset, amount);
                *self.public.entry(c.asset).or_default() -= amount;
                *self.issued.entry(c.asset).or_default() -= amount;
                Ok(vec![])
            }
            C::receiveAttached(_) => {
                if !by.receives_attached {
                    return Err(err(IAssets::NotAttachmentReceiver { caller: by.address }));
                }
                let released = self.release_attached(by.address);
                let list = released.into_iter();
                let list: Vec<_> = list
                    .map(|(asset, amount)| IAssets::Attachment { asset, amount: U256::from(amount) })
                    .collect();
                Ok(IAssets::receiveAttachedCall::abi_encode_returns(&list))
            }
            C::transfer(c) => {
                self.transfer(by.address, by.address, c.receiver, c.id, checked(c.amount)?)?;
                Ok(word_out(U256::ONE))
            }
            C::transferFrom(c) => {
                let amount = checked(c.amount)?;
                self.spend_allowance(by.address, c.sender, c.id, c.amount)?;
                self.transfer(by.address, c.sender, c.receiver, c.id, amount)?;
                Ok(word_out(U256::ONE))
            }
            C::approve(c) => {
                self.approve(by.address, c.spender, c.id, c.amount);
                Ok(word_out(U256::ONE))
            }
            C::setOperator(c) => {
                self.operators.insert((by.address, c.spender), c.approved);
                let (owner, spender) = (by.address, c.spender);
                self.emit(ASSETS, &IAssets::OperatorSet { owner, spender, approved: c.approved });
                Ok(word_out(U256::ONE))
            }
            C::balanceOf(c) => Ok(word_out(U256::from(self.balance(c.owner, c.id)))),
            C::allowance(c) => {
                let allowance = self.allowances.get(&(c.owner, c.spender, c.id)).copied();
                Ok(word_out(allowance.unwrap_or_default()))
            }
            C::isOperator(c) => {
                let approved = self.operators.get(&(c.owner, c.spender)).copied().unwrap_or(false);
                Ok(word_out(U256::from(approved)))
            }
            C::supportsInterface(c) => {
                let known = [[0x01, 0xff, 0xc9, 0xa7], [0x0f, 0x63, 0x2f, 0xb3]].contains(&c.interfaceId.0);
                Ok(word_out(U256::from(known)))
            }
            C::name(c) => Ok(IAssets::nameCall::abi_encode_returns(&self.known(c.id)?.name)),
            C::symbol(c) => Ok(IAssets::symbolCall::abi_encode_returns(&self.known(c.id)?.name)),
            C::decimals(c) => Ok(word_out(U256::from(self.known(c.id)?.decimals))),
            C::assetInfo(c) => {
                let info = self.known(c.asset).map_or_else(
                    |_| IAssets::AssetInfo::default(),
                    |entry| IAssets::AssetInfo {
                        kind: entry.kind,
                        issuer: entry.issuer,
                        category: entry.category,
                        number: entry.number,
                        name: entry.name,
                        decimals: entry.decimals,
                    },
                );
                Ok(IAssets::assetInfoCall::abi_encode_returns(&info))
            }
            C::assetByName(c) => {
                let asset = if c.name == "SERO" { Some(coin()) } else { self.names.get(&c.name).copied() };
                Ok(word_out(asset.unwrap_or_default()))
            }
            C::ticketId(c) => {
                let category = AssetId::from_bytes(c.category.to_be_bytes())
                    .map_err(|_| err(IAssets::UnknownCategory { category: c.category }))?;
                Ok(word_out(id(AssetId::ticket(&category, &c.number.to_be_bytes()))))
            }
            C::supply(c) => {
                self.known(c.asset)?;
                let hidden = self.hidden_all(c.asset);
                let get = |map: &BTreeMap<U256, u128>| map.get(&c.asset).copied().unwrap_or(0);
                let (issued, public) = if c.asset == coin() {
                    (self.issued_coin, self.issued_coin - hidden)
                } else {
                    (get(&self.issued), get(&self.public))
                };
                Ok(IAssets::supplyCall::abi_encode_returns(&IAssets::supplyReturn {
                    issued: U256::from(issued),
                    publicSupply: U256::from(public),
                    hidden: U256::from(hidden),
                }))
            }
            C::registrationFee(_) => Ok(word_out(U256::from(self.fee))),
            C::facadeOf(c) => Ok(word_out(word(facade_of(c.id)))),
            C::ticketOwner(c) => {
                let holder = self.holders.get(&c.asset).copied().unwrap_or_default();
                let answer = IAssets::ticketOwnerReturn {
                    owner: holder.account,
                    approved: holder.approved.unwrap_or_default(),
                };
                Ok(IAssets::ticketOwnerCall::abi_encode_returns(&answer))
            }
            C::ticketCount(c) => Ok(word_out(U256::from(self.ticket_count(c.owner, c.category)))),
            C::isCategoryOperator(c) => {
                let key = (c.owner, c.spender, c.category);
                let approved = self.category_operators.get(&key).copied().unwrap_or(false);
                Ok(word_out(U256::from(approved)))
            }
            C::facadeTransfer(c) => self.facade_transfer(by.address, &c),
            C::facadeApprove(c) => {
                only_facade(by.address, c.id)?;
                self.approve(c.owner, c.spender, c.id, c.amount);
                Ok(vec![])
            }
            C::facadeTransferTicket(c) => self.facade_transfer_ticket(by.address, &c),
            C::facadeApproveTicket(c) => self.facade_approve_ticket(by.address, &c),
            C::facadeSetOperator(c) => {
                only_facade(by.address, c.category)?;
                self.category_operators.insert((c.owner, c.spender, c.category), c.approved);
                let (owner, operator, approved) = (c.owner, c.spender, c.approved);
                self.emit(by.address, &IErc721Facade::ApprovalForAll { owner, operator, approved });
                Ok(vec![])
            }
        }
    }

    pub fn known(&self, asset: U256) -> Done<Entry> {
        if asset == coin() {
            return Ok(Entry {
                kind: 1,
                issuer: Address::ZERO,
                name: "SERO".into(),
                decimals: 18,
                category: U256::ZERO,
                number: U256::ZERO,
            });
        }
        self.registry.get(&asset).cloned().ok_or_else(|| err(IAssets::UnknownAsset { asset }))
    }

    pub(super) fn no_coin(&self, asset: U256) -> Done<()> {
        self.asset(asset)?;
        if asset == coin() { Err(err(IAssets::CoinNotAllowed {})) } else { Ok(()) }
    }

    /// Whether `to` may be given a public balance of this token or ticket.
    pub fn can_hold(&self, to: Address, asset: U256) -> Done<()> {
        let ticket = self.registry.get(&asset).filter(|entry| entry.kind == 4);
        holder(to, ticket.map_or(asset, |ticket| ticket.category))
    }

    /// The allowance of a token is one in both standards, and both are told.
    fn approve(&mut self, owner: Address, spender: Address, id: U256, amount: U256) {
        self.allowances.insert((owner, spender, id), amount);
        self.emit(ASSETS, &IAssets::Approval { owner, spender, id, amount });
        if self.registry.get(&id).is_some_and(|entry| entry.kind == 2) {
            self.emit(facade_of(id), &IErc20Facade::Approval { owner, spender, value: amount });
        }
    }

    pub(super) fn spend_allowance(
        &mut self,
        spender: Address,
        owner: Address,
        asset: U256,
        needed: U256,
    ) -> Done<()> {
        if spender == owner || self.operates(owner, spender) {
            return Ok(());
        }
        let key = (owner, spender, asset);
        let allowance = self.allowances.get(&key).copied().unwrap_or_default();
        if allowance == U256::MAX {
            return Ok(());
        }
        let Some(rest) = allowance.checked_sub(needed) else {
            return Err(err(IAssets::InsufficientAllowance { spender, asset, allowance, needed }));
        };
        self.allowances.insert(key, rest);
        Ok(())
    }

    /// ERC-6909's operators.
    pub fn operates(&self, owner: Address, spender: Address) -> bool {
        self.operators.get(&(owner, spender)).copied().unwrap_or(false)
    }

    pub(super) fn transfer(
        &mut self,
        by: Address,
        from: Address,
        to: Address,
        asset: U256,
        amount: u128,
    ) -> Done<()> {
        self.no_coin(asset)?;
        self.can_hold(to, asset)?;
        self.debit(from, asset, amount)?;
        self.credit(to, asset, amount);
        self.transfer_log(by, from, to, asset, amount);
        Ok(())
    }

    fn register(&mut self, by: Caller, kind: u8, name: &str, decimals: u8) -> Done<U256> {
        if by.value != self.fee {
            let (required, sent) = (U256::from(self.fee), U256::from(by.value));
            return Err(err(IAssets::WrongRegistrationFee { required, sent }));
        }
        let valid =
            AssetName::new(name.as_bytes()).map_err(|_| Fail::Named(IAssets::InvalidName::SELECTOR))?;
        if name == "SERO" || self.names.contains_key(name) {
            return Err(err(IAssets::NameTaken { name: name.into() }));
        }
        let issuer = by.address.into_array();
        let asset =
            if kind == 2 { AssetId::token(&issuer, &valid) } else { AssetId::category(&issuer, &valid) };
        let facade = facade_of(id(asset));
        if self.coded.contains(&facade) || self.nonces.get(&facade).is_some_and(|nonce| *nonce > 0) {
            return Err(err(IAssets::FacadeTaken { facade }));
        }
        self.nonces.insert(facade, 1);
        self.facades.insert(facade, (kind, id(asset)));
        let entry = Entry {
            kind,
            issuer: by.address,
            name: name.into(),
            decimals,
            category: U256::ZERO,
            number: U256::ZERO,
        };
        self.registry.insert(id(asset), entry);
        self.names.insert(name.into(), id(asset));
        *self.coins.get_mut(&ASSETS).expect("the fee came with the call") -= self.fee;
        self.issued_coin -= self.fee;
        Ok(id(asset))
    }
}

fn only_issuer(caller: Address, issuer: Address) -> Done<()> {
    if caller == issuer { Ok(()) } else { Err(err(IAssets::NotIssuer { caller, issuer })) }
}

/// Balances belong to accounts that are not the chain's own, nor the very thing's facade.
pub fn holder(receiver: Address, token_or_category: U256) -> Done<()> {
    if receiver.is_zero() || PRECOMPILES.contains(&receiver) || receiver == facade_of(token_or_category) {
        return Err(err(IAssets::InvalidReceiver { receiver }));
    }
    Ok(())
}
