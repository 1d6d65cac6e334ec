//! Calls of ASSETS and of facades.

use super::super::ledger::coin;
use super::Generator;
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use sero_precompiles::gas;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, POOL};

impl Generator<'_> {
    pub(super) fn assets_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        let fee = self.state.fee;
        let to = self.somebody();
        let (call, value, price) = match self.rng.below(47) {
            0 | 1 => {
                let decimals = if self.rng.one_in(8) { 37 } else { 6 };
                let value = if self.rng.one_in(8) { fee - 1 } else { fee };
                let call = IAssets::registerTokenCall { name: self.name(), decimals }.abi_encode();
                (call, value, Some(gas::REGISTER))
            }
            2 => (IAssets::registerCategoryCall { name: self.name() }.abi_encode(), fee, Some(gas::REGISTER)),
            3..7 => {
                let own = self.registered(2, by);
                let asset = own.unwrap_or_else(|| self.some_asset());
                let all = (U256::ONE << 128) - U256::ONE;
                let amount = if self.rng.one_in(6) { all } else { self.some_amount(1 << 30) };
                (IAssets::mintCall { asset, to, amount }.abi_encode(), 0, Some(gas::MINT))
            }
            7 | 8
                if !self.state.registry.values().any(|e| e.kind == 3 && e.issuer == by)
                    && !self.rng.one_in(3) =>
            {
                let call = IAssets::registerCategoryCall { name: self.name() };
                (call.abi_encode(), fee, Some(gas::REGISTER))
            }
            7 | 8 => {
                let own = self.registered(3, by);
                let category = own.unwrap_or_else(|| self.some_asset());
                let issued = self.state.registry.values().filter(|e| e.kind == 4 && e.category == category);
                let issued: Vec<U256> = issued.map(|entry| entry.number).collect();
                let again = !issued.is_empty() && self.rng.one_in(2);
                let fresh = U256::from(self.rng.below(1000));
                let number = if again { *self.rng.pick(&issued) } else { fresh };
                let call = IAssets::issueTicketCall { category, number, to }.abi_encode();
                (call, 0, Some(gas::ISSUE_TICKET))
            }
            9 | 42 => {
                let (asset, has) = self.held(by).unwrap_or((coin(), 5));
                let amount = self.some_amount(has);
                (IAssets::burnCall { asset, amount }.abi_encode(), 0, Some(gas::BURN))
            }
            10 | 11 if self.direct || !self.visible || by != self.callee => {
                (IAssets::receiveAttachedCall {}.abi_encode(), 0, Some(gas::RECEIVE_ATTACHED))
            }
            12..15 | 43 | 44 => {
                let other = self.some_asset();
                let (id, has) = self.held(by).unwrap_or((other, 5));
                let id = if self.rng.one_in(10) { other } else { id };
                let amount = self.some_amount(has);
                let call = IAssets::transferCall { receiver: to, id, amount }.abi_encode();
                (call, 0, Some(gas::TRANSFER))
            }
            15..18 | 45 | 46 => {
                let entrusted = self.entrusted(by).filter(|_| !self.rng.one_in(8));
                let (sender, id, has) = entrusted.unwrap_or_else(|| {
                    let sender = if self.rng.one_in(2) { by } else { *self.rng.pick(self.puppets) };
                    let (id, has) = self.held(sender).unwrap_or((coin(), 5));
                    (sender, id, has)
                });
                let amount = self.some_amount(has);
                let call = IAssets::transferFromCall { sender, receiver: to, id, amount }.abi_encode();
                (call, 0, Some(gas::TRANSFER + gas::ALLOWANCE))
            }
            18 | 19 => {
                let spender = *self.rng.pick(self.puppets);
                let id = self.held(by).map_or_else(|| self.some_asset(), |(id, _)| id);
                let amount = if self.rng.one_in(4) { U256::MAX } else { U256::from(self.rng.below(1 << 30)) };
                (IAssets::approveCall { spender, id, amount }.abi_encode(), 0, Some(gas::APPROVE))
            }
            20 => {
                let (spender, approved) = (*self.rng.pick(self.puppets), self.rng.one_in(2));
                (IAssets::setOperatorCall { spender, approved }.abi_encode(), 0, Some(gas::SET_OPERATOR))
            }
            21 => (IAssets::balanceOfCall { owner: to, id: self.some_asset() }.abi_encode(), 0, None),
            22 => {
                let (owner, spender) = (*self.rng.pick(self.puppets), *self.rng.pick(self.puppets));
                (IAssets::allowanceCall { owner, spender, id: self.some_asset() }.abi_encode(), 0, None)
            }
            23 => {
                let (owner, spender) = (*self.rng.pick(self.puppets), *self.rng.pick(self.puppets));
                (IAssets::isOperatorCall { owner, spender }.abi_encode(), 0, None)
            }
            24 => {
                let interface = *self.rng.pick(&[[0x01, 0xff, 0xc9, 0xa7], [0x0f, 0x63, 0x2f, 0xb3], [9; 4]]);
                (IAssets::supportsInterfaceCall { interfaceId: interface.into() }.abi_encode(), 0, None)
            }
            25 => (IAssets::nameCall { id: self.some_asset() }.abi_encode(), 0, None),
            26 => (IAssets::symbolCall { id: self.some_asset() }.abi_encode(), 0, None),
            27 => (IAssets::decimalsCall { id: self.some_asset() }.abi_encode(), 0, None),
            28 => (IAssets::assetInfoCall { asset: self.some_asset() }.abi_encode(), 0, None),
            29 => (IAssets::assetByNameCall { name: self.name() }.abi_encode(), 0, None),
            30 => {
                let (category, number) = (self.some_asset(), U256::from(self.rng.below(12)));
                (IAssets::ticketIdCall { category, number }.abi_encode(), 0, None)
            }
            33..36 => self.only_for_facades(by),
            36 => (IAssets::facadeOfCall { id: self.some_asset() }.abi_encode(), 0, None),
            37 | 38 => (IAssets::ticketOwnerCall { asset: self.some_asset() }.abi_encode(), 0, None),
            39 => {
                let category = self.registered(3, by).unwrap_or_default();
                (IAssets::ticketCountCall { owner: to, category }.abi_encode(), 0, None)
            }
            40 => {
                let (owner, spender) = (*self.rng.pick(self.puppets), *self.rng.pick(self.puppets));
                let category = self.registered(3, owner).unwrap_or_default();
                (IAssets::isCategoryOperatorCall { owner, spender, category }.abi_encode(), 0, None)
            }
            31 | 32 => (IAssets::supplyCall { asset: self.some_asset() }.abi_encode(), 0, None),
            _ => (IAssets::registrationFeeCall {}.abi_encode(), 0, None),
        };
        (ASSETS, value, call, price)
    }

    /// What `by`, who is no facade, may not say.
    pub(super) fn only_for_facades(&mut self, by: Address) -> (Vec<u8>, u128, Option<u64>) {
        let victim = *self.rng.pick(self.puppets);
        let (id, has) = self.held(victim).unwrap_or((coin(), 1));
        let amount = self.some_amount(has);
        let (_, category, number) = self.movable(victim).unwrap_or_default();
        let (call, price) = match self.rng.below(5) {
            0 => {
                let (caller, sender, receiver) = (victim, victim, by);
                let call = IAssets::facadeTransferCall { id, caller, sender, receiver, amount };
                (call.abi_encode(), gas::TRANSFER + gas::ALLOWANCE)
            }
            1 => {
                let call = IAssets::facadeApproveCall { id, owner: victim, spender: by, amount };
                (call.abi_encode(), gas::APPROVE)
            }
            2 => {
                let (caller, sender, receiver) = (victim, victim, by);
                let call = IAssets::facadeTransferTicketCall { category, caller, sender, receiver, number };
                (call.abi_encode(), gas::TRANSFER + gas::TICKET + gas::ALLOWANCE)
            }
            3 => {
                let call =
                    IAssets::facadeApproveTicketCall { category, caller: victim, approved: by, number };
                (call.abi_encode(), gas::APPROVE_TICKET)
            }
            _ => {
                let (owner, spender, approved) = (victim, by, true);
                let call = IAssets::facadeSetOperatorCall { category, owner, spender, approved };
                (call.abi_encode(), gas::SET_OPERATOR)
            }
        };
        (call, 0, Some(price))
    }

    pub(super) fn facade_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        let (named, call) = if self.rng.one_in(2) { self.erc20_call(by) } else { self.erc721_call(by) };
        let facade = if self.rng.one_in(40) { self.other_facade(named) } else { facade_of(named) };
        (facade, 0, call, None)
    }

    /// Another facade than that of `named`, if there is one.
    pub(super) fn other_facade(&mut self, named: U256) -> Address {
        let others = self.state.facades.iter().filter(|(_, (_, id))| *id != named);
        let others: Vec<Address> = others.map(|(facade, _)| *facade).collect();
        if others.is_empty() { facade_of(named) } else { *self.rng.pick(&others) }
    }

    /// A token, and a call of its facade.
    pub(super) fn erc20_call(&mut self, by: Address) -> (U256, Vec<u8>) {
        use IErc20Facade as F;
        let state = self.state;
        let is_token = |asset: &U256| state.registry.get(asset).is_some_and(|entry| entry.kind == 2);
        let held = self.held(by).filter(|(asset, _)| is_token(asset));
        let (token, has) = held.unwrap_or_else(|| (self.registered(2, by).unwrap_or_default(), 5));
        let to = self.somebody();
        let owner = *self.rng.pick(self.puppets);
        let spender = if self.rng.one_in(2) { *self.rng.pick(self.puppets) } else { by };
        let value = self.some_amount(has);
        let call = match self.rng.below(17) {
            0..4 => F::transferCall { to, value }.abi_encode(),
            4 => {
                // Out of nobody's account, which would look like an issue.
                let from = *self.rng.pick(&[Address::ZERO, ASSETS, POOL, owner, by]);
                F::transferFromCall { from, to, value: U256::ZERO }.abi_encode()
            }
            5..9 => {
                if let Some((from, token, most)) = self.entrusted(by).filter(|(_, asset, _)| is_token(asset))
                {
                    let value = self.some_amount(most);
                    return (token, F::transferFromCall { from, to, value }.abi_encode());
                }
                let from = if self.rng.one_in(3) { owner } else { by };
                F::transferFromCall { from, to, value }.abi_encode()
            }
            9 | 10 => {
                let value = if self.rng.one_in(4) { U256::MAX } else { value };
                F::approveCall { spender, value }.abi_encode()
            }
            11 => {
                let account = if self.rng.one_in(2) { POOL } else { to };
                F::balanceOfCall { account }.abi_encode()
            }
            12 => F::allowanceCall { owner, spender }.abi_encode(),
            13 => F::totalSupplyCall {}.abi_encode(),
            14 => F::assetCall {}.abi_encode(),
            15 => F::decimalsCall {}.abi_encode(),
            _ if self.rng.one_in(2) => F::nameCall {}.abi_encode(),
            _ => F::symbolCall {}.abi_encode(),
        };
        (token, call)
    }

    /// A category, and a call of its facade.
    pub(super) fn erc721_call(&mut self, by: Address) -> (U256, Vec<u8>) {
        use IErc721Facade as F;
        let (owner, category, number) = self.movable(by).unwrap_or_default();
        let number = if self.rng.one_in(16) { U256::from(self.rng.below(1000)) } else { number };
        let from = if self.rng.one_in(12) { *self.rng.pick(self.puppets) } else { owner };
        let to = self.somebody();
        // One that can answer for itself, for once.
        let account = if self.rng.one_in(4) { to } else { *self.rng.pick(self.accounts) };
        let someone = *self.rng.pick(self.puppets);
        let approved = self.rng.one_in(2);
        let interfaces =
            [[0x80, 0xac, 0x58, 0xcd], [0x5b, 0x5e, 0x13, 0x9f], [0x01, 0xff, 0xc9, 0xa7], [9; 4]];
        let call = match self.rng.below(22) {
            0..4 => F::transferFromCall { from, to, tokenId: number }.abi_encode(),
            4 | 5 => F::safeTransferFrom_0Call { from, to: account, tokenId: number }.abi_encode(),
            6 | 7 => {
                let data = vec![8; 32 * self.rng.below(2)].into();
                F::safeTransferFrom_1Call { from, to: account, tokenId: number, data }.abi_encode()
            }
            8..11 => {
                let to = if self.rng.one_in(6) { Address::ZERO } else { someone };
                F::approveCall { to, tokenId: number }.abi_encode()
            }
            11 => F::setApprovalForAllCall { operator: someone, approved }.abi_encode(),
            12 | 13 => {
                let any = self.some_ticket();
                return (any.0, F::ownerOfCall { tokenId: any.1 }.abi_encode());
            }
            14 => {
                let any = self.some_ticket();
                return (any.0, F::getApprovedCall { tokenId: any.1 }.abi_encode());
            }
            15 => F::getApprovedCall { tokenId: number }.abi_encode(),
            16 => {
                let owner = if self.rng.one_in(6) { Address::ZERO } else { to };
                F::balanceOfCall { owner }.abi_encode()
            }
            17 => F::isApprovedForAllCall { owner: someone, operator: by }.abi_encode(),
            18 => F::tokenURICall { tokenId: number }.abi_encode(),
            19 => F::supportsInterfaceCall { interfaceId: (*self.rng.pick(&interfaces)).into() }.abi_encode(),
            20 => F::categoryCall {}.abi_encode(),
            _ if self.rng.one_in(2) => F::nameCall {}.abi_encode(),
            _ => F::symbolCall {}.abi_encode(),
        };
        (category, call)
    }

    /// A ticket, wherever it is: category and number.
    pub(super) fn some_ticket(&mut self) -> (U256, U256) {
        let all = self.state.registry.values().filter(|entry| entry.kind == 4);
        let all: Vec<_> = all.map(|entry| (entry.category, entry.number)).collect();
        if all.is_empty() { Default::default() } else { *self.rng.pick(&all) }
    }

    pub(super) fn registered(&mut self, kind: u8, issuer: Address) -> Option<U256> {
        let own = self.state.registry.iter().filter(|(_, e)| e.kind == kind && e.issuer == issuer);
        let own: Vec<U256> = own.map(|(id, _)| *id).collect();
        if own.is_empty() || self.rng.one_in(8) {
            let any = self.state.registry.iter().filter(|(_, e)| e.kind == kind).map(|(id, _)| *id);
            let any: Vec<U256> = any.collect();
            return if any.is_empty() { None } else { Some(*self.rng.pick(&any)) };
        }
        Some(*self.rng.pick(&own))
    }
}
