//! Random transactions: mostly sensible, so that rules deep inside are reached,
//! and often enough not.

use super::ledger::{BoxTruth, Ledger, Truths, coin, id};
use super::play::{Body, ENOUGH, Step};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use sero_precompiles::gas;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPackages, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, PACKAGES, POOL};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{Carrier, Direction, PackageAction, SighashContext};
use sero_shielded::curve::point_from_bytes;
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::puppet::Scheme;
use sero_testkit::rng::Rng;
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan};

/// A source of transactions.
pub struct Generator<'a> {
    pub rng: &'a mut Rng,
    pub truths: &'a mut Truths,
    /// The state before the transaction.
    pub state: &'a Ledger,
    pub puppets: &'a [Address],
    pub accounts: &'a [Address],
    pub pkrs: &'a [[u8; 128]],
    pub chain: (u64, B256),
    /// Precompile calls that may still be made.
    pub budget: usize,
    /// Notes that this transaction already spends.
    pub taken: Vec<B256>,
}

fn asset_id(asset: U256) -> AssetId {
    AssetId::from_bytes(asset.to_be_bytes()).expect("ids of tests are field elements")
}

impl Generator<'_> {
    /// What a world begins with: `by` registers a token and a category, gives of them to everybody,
    /// and gives rights over its own.
    pub fn furniture(&mut self, by: Address) -> Vec<Step> {
        let index = self.puppets.iter().position(|puppet| *puppet == by).expect("a puppet");
        let [next, third] = [1, 2].map(|i| self.puppets[(index + i) % self.puppets.len()]);
        let mut steps = Vec::new();
        let mut call = |must, to, value, input: Vec<u8>| {
            let body = Body::Bytes(input);
            steps.push(Step::Call { scheme: Scheme::Call, must, to, value, gas: ENOUGH, body });
        };
        let name = |text: &str| AssetName::new(text.as_bytes()).expect("a name");
        let fee = self.state.fee;
        let (token_name, category_name) =
            (if index == 2 { "FUNDED".into() } else { format!("T{index}") }, format!("C{index}"));
        let token = id(AssetId::token(&by.0.0, &name(&token_name)));
        let category_id = AssetId::category(&by.0.0, &name(&category_name));
        let category = id(category_id);
        let registered = |name: String| IAssets::registerTokenCall { name, decimals: 6 }.abi_encode();
        let categorised = |name: String| IAssets::registerCategoryCall { name }.abi_encode();
        match index {
            0 => call(false, ASSETS, fee, registered("TAKEN".into())),
            1 => call(false, ASSETS, fee, categorised("TAKEN".into())),
            _ => {}
        }
        call(true, ASSETS, fee, registered(token_name));
        call(true, ASSETS, fee, categorised(category_name));
        for (number, to) in (0u64..).zip(self.puppets.iter().chain(self.accounts).copied()) {
            let amount = U256::from(1u64 << 40);
            call(true, ASSETS, 0, IAssets::mintCall { asset: token, to, amount }.abi_encode());
            let number = U256::from(number);
            call(true, ASSETS, 0, IAssets::issueTicketCall { category, number, to }.abi_encode());
        }
        let own = U256::from(index as u64);
        let ticket = id(AssetId::ticket(&category_id, &own.to_be_bytes()));
        let (coins, tickets) = (facade_of(token), facade_of(category));
        let limit = U256::from(1u64 << 38);
        let approve = IAssets::approveCall { spender: next, id: token, amount: U256::MAX };
        call(true, ASSETS, 0, approve.abi_encode());
        let approve = IAssets::approveCall { spender: next, id: ticket, amount: U256::ONE };
        call(true, ASSETS, 0, approve.abi_encode());
        call(true, coins, 0, IErc20Facade::approveCall { spender: third, value: limit }.abi_encode());
        call(true, tickets, 0, IErc721Facade::approveCall { to: third, tokenId: own }.abi_encode());
        let operator = IErc721Facade::setApprovalForAllCall { operator: next, approved: true };
        call(true, tickets, 0, operator.abi_encode());
        steps
    }

    fn somebody(&mut self) -> Address {
        match self.rng.below(21) {
            20 if !self.state.facades.is_empty() => {
                let facades: Vec<Address> = self.state.facades.keys().copied().collect();
                *self.rng.pick(&facades)
            }
            0 => *self.rng.pick(&[Address::ZERO, ASSETS, POOL, PACKAGES, sero_primitives::precompile::ZKP]),
            1..8 => *self.rng.pick(self.accounts),
            _ => *self.rng.pick(self.puppets),
        }
    }

    /// Tokens and tickets, coin last.
    fn assets(&self) -> Vec<U256> {
        let real = self.state.registry.iter().filter(|(_, e)| e.kind != 3).map(|(id, _)| *id);
        real.chain([coin()]).collect()
    }

    fn some_asset(&mut self) -> U256 {
        match self.rng.below(24) {
            0 => U256::from(self.rng.u64()),
            1 => U256::MAX,
            2 => coin(),
            _ => *self.rng.pick(&self.assets()),
        }
    }

    /// A token or ticket that `holder` has, and how much.
    fn held(&mut self, holder: Address) -> Option<(U256, u128)> {
        let all: Vec<_> = self.state.holdings().filter(|(h, _, _)| *h == holder).collect();
        if all.is_empty() {
            return None;
        }
        let (_, asset, balance) = *self.rng.pick(&all);
        Some((asset, balance))
    }

    /// Something of another's that `by` may move at ASSETS: owner, asset, how much.
    fn entrusted(&mut self, by: Address) -> Option<(Address, U256, u128)> {
        let state = self.state;
        let useful = state.holdings().filter_map(|(owner, asset, balance)| {
            let allowance = state.allowances.get(&(owner, by, asset)).copied().unwrap_or_default();
            let allowance = if state.operates(owner, by) { U256::MAX } else { allowance };
            let most = u128::try_from(allowance).unwrap_or(u128::MAX).min(balance);
            (most > 0).then_some((owner, asset, most))
        });
        let useful: Vec<_> = useful.collect();
        if useful.is_empty() { None } else { Some(*self.rng.pick(&useful)) }
    }

    /// A ticket, mostly one that `by` may move by ERC-721: owner, category, number.
    fn movable(&mut self, by: Address) -> Option<(Address, U256, U256)> {
        let state = self.state;
        let may = !self.rng.one_in(8);
        let others = self.rng.one_in(2);
        let all = state.holders.iter().filter_map(|(asset, held)| {
            let entry = &state.registry[asset];
            let (owner, category) = (held.account, entry.category);
            let trusted = held.approved == Some(by) || state.approved_for_all(owner, by, category);
            let fits = !may || (if others { trusted } else { owner == by });
            fits.then_some((owner, category, entry.number))
        });
        let all: Vec<_> = all.collect();
        if all.is_empty() { None } else { Some(*self.rng.pick(&all)) }
    }

    fn part(&mut self, of: u128) -> u128 {
        let most = usize::try_from(of.min(1 << 40)).expect("below 2^40");
        1 + self.rng.below(most.max(1)) as u128 / (1 + self.rng.below(4) as u128)
    }

    fn some_amount(&mut self, of: u128) -> U256 {
        match self.rng.below(24) {
            0 => U256::ZERO,
            1 => U256::ONE << 128,
            2 => U256::from(of).saturating_add(U256::ONE),
            _ => U256::from(self.part(of)),
        }
    }

    /// A script for a frame at `address`.
    pub fn script(&mut self, address: Address, depth: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        let length = 1 + self.rng.below(4);
        let mut nested = 0;
        for _ in 0..length {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            let must = self.rng.one_in(12);
            match self.rng.below(40) {
                0 => steps.push(Step::Revert),
                1 if depth > 0 => steps.push(Step::Burn),
                2 if depth > 0 => {
                    let to = self.somebody();
                    steps.push(Step::SelfDestruct(to));
                }
                3 | 4 if depth < 3 => {
                    let script = self.script(Address::repeat_byte(0xcc), 3);
                    let value = if self.rng.one_in(2) { self.rng.below(1000) as u128 } else { 0 };
                    steps.push(Step::Create { must, value, script });
                }
                5 => {
                    let facades: Vec<Address> = self.state.facades.keys().copied().collect();
                    let facade = !facades.is_empty() && self.rng.one_in(4);
                    let to = *self.rng.pick(if facade { &facades } else { self.accounts });
                    let value = self.rng.below(1000) as u128;
                    let (scheme, body) = (Scheme::Call, Body::Bytes(vec![]));
                    steps.push(Step::Call { scheme, must, to, value, gas: ENOUGH, body });
                }
                6..14 if depth < 3 && nested < 2 => {
                    nested += 1;
                    let scheme = match self.rng.below(8) {
                        0 => Scheme::StaticCall,
                        1 => Scheme::CallCode,
                        2 | 3 => Scheme::DelegateCall,
                        _ => Scheme::Call,
                    };
                    // Re-entry into the root is as likely as anything else.
                    let to = *self.rng.pick(self.puppets);
                    let here = if matches!(scheme, Scheme::Call | Scheme::StaticCall) { to } else { address };
                    let script = self.script(here, depth + 1);
                    let gas = [190_000_000, 80_000_000, 26_000_000][depth];
                    let value = if self.rng.one_in(3) { self.rng.below(10_000) as u128 } else { 0 };
                    let value = if scheme == Scheme::Call { value } else { 0 };
                    steps.push(Step::Call { scheme, must, to, value, gas, body: Body::Script(script) });
                }
                _ => {
                    let call = self.precompile_call(address, must);
                    steps.push(call);
                }
            }
        }
        steps
    }

    /// A call of ASSETS, POOL or PACKAGES.
    pub fn precompile_call(&mut self, by: Address, must: bool) -> Step {
        let (to, mut value, input, price) = self.call(by);
        let scheme = match self.rng.below(40) {
            0 => Scheme::CallCode,
            1 => Scheme::DelegateCall,
            2 => Scheme::StaticCall,
            _ => Scheme::Call,
        };
        if self.rng.one_in(60) {
            value += 1 + self.rng.below(9) as u128;
        }
        let mut body = input;
        match self.rng.below(120) {
            0 => {
                let length = self.rng.below(6);
                body = self.rng.bytes32()[..length].to_vec();
            }
            1 if body.len() > 40 => {
                body.truncate(body.len() - 1 - self.rng.below(20));
            }
            _ => {}
        }
        let gas = match price {
            Some(price) if self.rng.one_in(25) => {
                u32::try_from(self.rng.below(price as usize - 2_300)).expect("prices are small")
            }
            _ => ENOUGH,
        };
        // Calls that were to be short of gas must be whole, else another rule comes first.
        let broken = !matches!(
            body.first_chunk::<4>(),
            Some(s) if IAssets::IAssetsCalls::SELECTORS.contains(s)
                || IPool::IPoolCalls::SELECTORS.contains(s)
                || IPackages::IPackagesCalls::SELECTORS.contains(s)
                || IErc20Facade::IErc20FacadeCalls::SELECTORS.contains(s)
                || IErc721Facade::IErc721FacadeCalls::SELECTORS.contains(s)
        );
        let gas = if broken { ENOUGH } else { gas };
        Step::Call { scheme, must, to, value, gas, body: Body::Bytes(body) }
    }

    fn call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        match self.rng.below(100) {
            0..38 => self.assets_call(by),
            38..60 => self.facade_call(by),
            60..84 => self.pool_call(by),
            _ => self.packages_call(by),
        }
    }

    fn name(&mut self) -> String {
        match self.rng.below(16) {
            0 => "SERO".into(),
            1 => " bad".into(),
            2 => self.state.names.keys().next().cloned().unwrap_or("A".into()),
            3 => "TAKEN".into(),
            _ => format!("N{}", self.rng.below(100_000)),
        }
    }

    fn assets_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
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
            10 | 11 => (IAssets::receiveAttachedCall {}.abi_encode(), 0, Some(gas::RECEIVE_ATTACHED)),
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
    fn only_for_facades(&mut self, by: Address) -> (Vec<u8>, u128, Option<u64>) {
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

    fn facade_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        let (named, call) = if self.rng.one_in(2) { self.erc20_call(by) } else { self.erc721_call(by) };
        let facade = if self.rng.one_in(40) { self.other_facade(named) } else { facade_of(named) };
        (facade, 0, call, None)
    }

    /// Another facade than that of `named`, if there is one.
    fn other_facade(&mut self, named: U256) -> Address {
        let others = self.state.facades.iter().filter(|(_, (_, id))| *id != named);
        let others: Vec<Address> = others.map(|(facade, _)| *facade).collect();
        if others.is_empty() { facade_of(named) } else { *self.rng.pick(&others) }
    }

    /// A token, and a call of its facade.
    fn erc20_call(&mut self, by: Address) -> (U256, Vec<u8>) {
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
    fn erc721_call(&mut self, by: Address) -> (U256, Vec<u8>) {
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
    fn some_ticket(&mut self) -> (U256, U256) {
        let all = self.state.registry.values().filter(|entry| entry.kind == 4);
        let all: Vec<_> = all.map(|entry| (entry.category, entry.number)).collect();
        if all.is_empty() { Default::default() } else { *self.rng.pick(&all) }
    }

    fn registered(&mut self, kind: u8, issuer: Address) -> Option<U256> {
        let own = self.state.registry.iter().filter(|(_, e)| e.kind == kind && e.issuer == issuer);
        let own: Vec<U256> = own.map(|(id, _)| *id).collect();
        if own.is_empty() || self.rng.one_in(8) {
            let any = self.state.registry.iter().filter(|(_, e)| e.kind == kind).map(|(id, _)| *id);
            let any: Vec<U256> = any.collect();
            return if any.is_empty() { None } else { Some(*self.rng.pick(&any)) };
        }
        Some(*self.rng.pick(&own))
    }

    fn some_pool(&mut self) -> u8 {
        let one_too_many = usize::from(self.rng.one_in(3));
        self.rng.below(self.state.pools.len() + one_too_many) as u8
    }

    fn pool_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        let (call, value, price) = match self.rng.below(22) {
            0..4 => {
                let (asset, has) = self.held(by).filter(|_| self.rng.one_in(2)).unwrap_or((coin(), 1 << 30));
                let asset = if self.rng.one_in(16) { self.some_asset() } else { asset };
                let amount = self.some_amount(has.min(1 << 40));
                let mut pkr = self.rng.pick(self.pkrs).to_vec();
                if self.rng.one_in(16) {
                    pkr.pop();
                }
                let memo = vec![7; if self.rng.one_in(16) { 65 } else { self.rng.below(65) }];
                let value = self.coin_value(asset, amount);
                let call = IPool::shieldCall { pkr: pkr.into(), asset, amount, memo: memo.into() };
                (call.abi_encode(), value, Some(gas::SHIELD))
            }
            4..7 => {
                let (asset, has) = self.held(by).filter(|_| self.rng.one_in(2)).unwrap_or((coin(), 1 << 30));
                let asset = if self.rng.one_in(16) { self.some_asset() } else { asset };
                let amount = self.some_amount(has.min(1 << 40));
                let value = self.coin_value(asset, amount);
                let payee = self.somebody();
                (IPool::payCall { payee, asset, amount }.abi_encode(), value, Some(gas::PAY))
            }
            7..15 => {
                let (call, value) = self.transact(by);
                (call, value, None)
            }
            15 => {
                let known = self.state.nullifiers.keys().next().map(|(_, nf)| *nf);
                let nullifier = known.unwrap_or_default();
                (IPool::isSpentCall { pool: self.some_pool(), nullifier }.abi_encode(), 0, None)
            }
            16 => {
                let root = self.state.last_anchor.get(&0).copied().unwrap_or_default();
                (IPool::isAnchorCall { pool: self.some_pool(), root }.abi_encode(), 0, None)
            }
            17 => (IPool::treeCall { pool: self.some_pool() }.abi_encode(), 0, None),
            18 => (IPool::depositPoolCall {}.abi_encode(), 0, None),
            19 => (IPool::refundOfCall { from: self.somebody() }.abi_encode(), 0, None),
            20 => (IPool::hiddenCall { asset: self.some_asset() }.abi_encode(), 0, None),
            _ => {
                let (pool, asset) = (self.some_pool(), self.some_asset());
                (IPool::hiddenInCall { pool, asset }.abi_encode(), 0, None)
            }
        };
        (POOL, value, call, price)
    }

    fn coin_value(&mut self, asset: U256, amount: U256) -> u128 {
        let value = if asset == coin() { u128::try_from(amount).unwrap_or(0) } else { 0 };
        if self.rng.one_in(24) { value + 1 } else { value }
    }

    fn packages_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
        let id = self.some_box(by);
        let mine = self.state.packages.get(&id).is_some_and(|package| package.owner == by);
        // Who has no box mostly looks at others'.
        let acts = mine || self.rng.one_in(4);
        let (call, price) = match if acts { self.rng.below(9) } else { 5 + self.rng.below(4) } {
            0 | 1 => {
                let to = self.somebody();
                (IPackages::transferCall { id, to }.abi_encode(), Some(gas::PACKAGE_TRANSFER))
            }
            2..5 => {
                let k = self.box_truth(id).map_or(B256::ZERO, |truth| truth.k);
                let k = if self.rng.one_in(12) { B256::repeat_byte(3) } else { k };
                (IPackages::openCall { id, k }.abi_encode(), Some(gas::PACKAGE_REVEAL))
            }
            5 => (IPackages::packageInfoCall { id }.abi_encode(), None),
            6 => (IPackages::ciphertextCall { id }.abi_encode(), None),
            _ => {
                let commitment = self.state.commitments.keys().next().copied().unwrap_or_default();
                (IPackages::isPackageCall { commitment }.abi_encode(), None)
            }
        };
        (PACKAGES, 0, call, price)
    }

    fn box_truth(&self, id: B256) -> Option<BoxTruth> {
        let tag = self.state.packages.get(&id)?.tag;
        self.truths.boxes.get(&B256::from(tag)).cloned()
    }

    /// A box, mostly a closed one of `owner`.
    fn some_box(&mut self, owner: Address) -> B256 {
        let all = &self.state.packages;
        let mine: Vec<B256> =
            all.iter().filter(|(_, p)| p.owner == owner && !p.opened).map(|(id, _)| *id).collect();
        let any: Vec<B256> = all.keys().copied().collect();
        match self.rng.below(10) {
            0 => B256::repeat_byte(1),
            1..3 if !any.is_empty() => *self.rng.pick(&any),
            _ if !mine.is_empty() => *self.rng.pick(&mine),
            _ if !any.is_empty() => *self.rng.pick(&any),
            _ => B256::repeat_byte(1),
        }
    }

    fn transact(&mut self, by: Address) -> (Vec<u8>, u128) {
        if self.rng.one_in(12) && !self.truths.replays.is_empty() {
            return self.rng.pick(&self.truths.replays).clone();
        }
        let mut plan = self.plan(by, true);
        let expiry = match self.rng.below(24) {
            0 => self.state.block.saturating_sub(1),
            1 => self.state.block + 43_201,
            _ => self.state.block + self.rng.below(10) as u64,
        };
        if self.rng.one_in(24) {
            plan.spends.clear();
            plan.anchor = Field::from(0u8);
        }
        let context = B256::from(self.rng.bytes32());
        let caller = if self.rng.one_in(16) { *self.rng.pick(self.puppets) } else { by };
        let signed_context = if self.rng.one_in(24) { B256::ZERO } else { context };
        let unsigned = plan.prove(self.rng);
        let carrier = Carrier::Contract { caller: caller.into_array(), context: signed_context, expiry };
        let sighash = unsigned.bundle.sighash(&SighashContext {
            chain_id: self.chain.0,
            genesis_hash: self.chain.1,
            carrier,
        });
        let mut bundle = unsigned.sign(&sighash, self.rng);
        let mut sound = balanced(&plan);
        match self.rng.below(24) {
            0 => {
                bundle.binding_sig.0[40] ^= 1;
                sound = false;
            }
            1 if !bundle.spends.is_empty() => {
                bundle.spends[0].proof = [0; 128];
                sound = false;
            }
            _ => {}
        }
        if self.rng.one_in(3)
            && let Some(PackageAction::Open(open)) = bundle.packages.first_mut()
            && let Some(package) = self.state.packages.get(&B256::from(open.id.to_bytes()))
        {
            open.cv = point_from_bytes(&package.cv).expect("stored from a point");
            sound = false;
        }
        let encoded = bundle.encode();
        let key = keccak256(&encoded);
        self.truths.bundles.insert(key, (caller, signed_context, expiry, sound));
        let inward =
            bundle.balance.iter().find(|e| id(e.asset) == coin() && e.direction == Direction::Inward);
        let mut value = inward.map_or(0, |entry| entry.amount);
        if self.rng.one_in(24) {
            value += 1;
        }
        let call = IPool::transactCall { bundle: Bytes::from(encoded), context, expiry };
        self.truths.replays.push((call.abi_encode(), value));
        (call.abi_encode(), value)
    }

    /// A bundle's value side. It balances unless something is forged.
    pub fn plan(&mut self, owner: Address, spend: bool) -> BundlePlan {
        let open: Vec<u8> = (0..self.state.pools.len() as u8).filter(|p| self.state.open(*p)).collect();
        let pool = if self.rng.one_in(16) { self.some_pool() } else { *self.rng.pick(&open) };
        let mut plan = BundlePlan { pool, ..BundlePlan::empty() };
        let anchors = self.state.anchors.keys().filter(|(p, _)| *p == pool).map(|(_, root)| *root);
        let anchors: Vec<B256> = anchors.collect();
        let anchor = if anchors.is_empty() || self.rng.one_in(40) {
            trapdoor::field(self.rng)
        } else {
            field_from_bytes(&self.rng.pick(&anchors).0).expect("roots are field elements")
        };
        let mut values: Vec<(U256, u128)> = Vec::new();
        if spend {
            plan.anchor = anchor;
            let (nullifier, asset, amount) = self.note(pool);
            plan.spends.push((nullifier, asset_id(asset), amount));
            values.push((asset, amount));
        }
        if self.rng.one_in(3) {
            let open = self.some_box(owner);
            let mine = self.state.packages.get(&open).is_some_and(|package| package.owner == owner);
            if !mine && !self.rng.one_in(4) {
                // Somebody else's is refused.
            } else if let Some(truth) = self.box_truth(open) {
                let package = self.state.packages.get(&open);
                let commitment = package.map_or(B256::ZERO, |package| package.commitment);
                let commitment = if self.rng.one_in(6) { B256::ZERO } else { commitment };
                plan.packages.push(PackagePlan::Open {
                    value: (asset_id(truth.asset), truth.amount),
                    id: PackageId::from_bytes(open.0).expect("an id"),
                    commitment: field_from_bytes(&commitment.0).expect("a commitment"),
                });
                values.push((truth.asset, truth.amount));
            } else if self.rng.one_in(3) {
                plan.packages.push(PackagePlan::Open {
                    value: (AssetId::coin(), 0),
                    id: PackageId::from_bytes([0; 32]).expect("zero is an element"),
                    commitment: Field::from(1u8),
                });
            }
        }
        if self.rng.one_in(4) {
            let asset = self.held(owner).filter(|_| self.rng.one_in(2)).map_or(coin(), |(asset, _)| asset);
            if !values.iter().any(|(a, _)| *a == asset) {
                let amount = self.part(1000);
                plan = plan.flow(asset_id(asset), Direction::Inward, amount);
                values.push((asset, amount));
            }
        }
        let mut merged: std::collections::BTreeMap<U256, u128> = Default::default();
        for (asset, amount) in values {
            let sum = merged.entry(asset).or_default();
            *sum = sum.saturating_add(amount);
        }
        for (asset, mut left) in merged {
            let flows = plan.balance.iter().any(|entry| id(entry.asset) == asset);
            if left > 0 && !flows && self.rng.one_in(2) {
                let amount = self.part(left).min(left);
                plan = plan.flow(asset_id(asset), Direction::Outward, amount);
                left -= amount;
            }
            if self.rng.one_in(2) {
                let amount = if left == 0 { 0 } else { self.part(left).min(left) };
                if self.box_plan(&mut plan, owner, asset, amount) {
                    left -= amount;
                }
            }
            if left > 0 || self.rng.one_in(3) {
                let cm = if self.rng.one_in(40) && !self.state.commitments.is_empty() {
                    let used: Vec<B256> = self.state.commitments.keys().copied().collect();
                    field_from_bytes(&self.rng.pick(&used).0).expect("a commitment")
                } else {
                    trapdoor::field(self.rng)
                };
                self.truths.notes.insert(field_to_bytes(&cm).into(), (asset, left));
                plan.outputs.push((cm, asset_id(asset), left));
            }
        }
        if plan.spends.is_empty() && plan.outputs.is_empty() && plan.packages.is_empty() {
            // Without any value commitment there is no balance key.
            plan.outputs.push((trapdoor::field(self.rng), AssetId::coin(), 0));
        }
        plan
    }

    /// A note of a pool: mostly real and unspent, sometimes spent, forged or a dummy.
    fn note(&mut self, pool: u8) -> (Field, U256, u128) {
        let leaves = self.state.leaves.get(usize::from(pool)).cloned().unwrap_or_default();
        let spent_too = self.rng.one_in(12);
        let mut real = Vec::new();
        for (position, cm) in leaves.iter().enumerate() {
            let nullifier = nullifier(pool, position);
            let spent = self.state.nullifiers.contains_key(&(pool, field_to_bytes(&nullifier).into()));
            let taken = self.taken.contains(&B256::from(field_to_bytes(&nullifier)));
            if let Some(value) = self.truths.notes.get(cm)
                && ((!spent && !taken) || spent_too)
            {
                real.push((nullifier, value.0, value.1));
            }
        }
        if !real.is_empty() && !self.rng.one_in(10) {
            let note = *self.rng.pick(&real);
            self.taken.push(field_to_bytes(&note.0).into());
            return note;
        }
        let nullifier = trapdoor::field(self.rng);
        match self.rng.below(6) {
            // Forged, as with broken proofs: any asset, any amount.
            0 => (nullifier, self.some_asset_with_generator(), self.part(1 << 40)),
            1 => (nullifier, coin(), self.part(100)),
            _ => (nullifier, coin(), 0),
        }
    }

    fn some_asset_with_generator(&mut self) -> U256 {
        let asset = self.some_asset();
        let fits = AssetId::from_bytes(asset.to_be_bytes()).is_ok_and(|asset| asset.generator().is_ok());
        if fits { asset } else { coin() }
    }

    /// Adds a creation; `false` where the bundle has no id for it.
    fn box_plan(&mut self, plan: &mut BundlePlan, by: Address, asset: U256, amount: u128) -> bool {
        let index = plan.packages.len() as u8;
        let Some((nullifier, _, _)) = plan.spends.first() else { return false };
        let id = PackageId::from_nullifier(plan.pool, nullifier, index);
        let k = B256::from(self.rng.bytes32());
        let data = vec![9; self.rng.below(60)];
        let content = PackageContent {
            asset: asset_id(asset),
            amount,
            rcm: trapdoor::field(self.rng),
            data: data.clone(),
        };
        let mut sealed = content.seal(&id, &k.0).expect("short data, an asset with a generator");
        let honest = !self.rng.one_in(5);
        if !honest {
            sealed.commitment = trapdoor::field(self.rng);
        }
        if self.rng.one_in(30)
            && let Some(used) = self.state.commitments.keys().next()
        {
            sealed.commitment = field_from_bytes(&used.0).expect("a commitment");
        }
        let honest = honest && content.commitment(&id).is_ok_and(|cm| cm == sealed.commitment);
        let owner = if self.rng.one_in(2) { by } else { self.somebody() };
        let truth = BoxTruth { k, asset, amount, data, honest };
        self.truths.boxes.insert(B256::from(sealed.tag), truth);
        plan.packages.push(PackagePlan::Create {
            value: (asset_id(asset), amount),
            owner: owner.into_array(),
            sealed,
        });
        true
    }
}

/// The nullifier of the note at a position: the model needs no `nk`.
pub fn nullifier(pool: u8, position: usize) -> Field {
    let hash = keccak256(format!("model nullifier {pool} {position}"));
    let mut bytes = hash.0;
    bytes[0] = 0;
    field_from_bytes(&bytes).expect("below 2^248")
}

/// Sums of the plan, asset by asset.
fn balanced(plan: &BundlePlan) -> bool {
    let mut sums: std::collections::BTreeMap<AssetId, i128> = Default::default();
    let mut add = |asset: AssetId, amount: u128, sign: i128| {
        let sum = sums.entry(asset).or_default();
        *sum = sum.wrapping_add(sign.wrapping_mul(amount as i128));
    };
    plan.spends.iter().for_each(|(_, asset, amount)| add(*asset, *amount, 1));
    plan.outputs.iter().for_each(|(_, asset, amount)| add(*asset, *amount, -1));
    for package in &plan.packages {
        match package {
            PackagePlan::Create { value, .. } => add(value.0, value.1, -1),
            PackagePlan::Open { value, .. } => add(value.0, value.1, 1),
        }
    }
    for entry in &plan.balance {
        add(entry.asset, entry.amount, if entry.direction == Direction::Inward { 1 } else { -1 });
    }
    sums.values().all(|sum| *sum == 0)
}
