//! Random transactions: mostly sensible, so that rules deep inside are reached,
//! and often enough not.

mod assets;
mod bundle;
mod pool;

use super::ledger::{Ledger, Truths, coin, id};
use super::play::{Body, ENOUGH, Step};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPackages, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, PACKAGES, POOL};
use sero_shielded::asset::{AssetId, AssetName};
use sero_testkit::puppet::Scheme;
use sero_testkit::rng::Rng;

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
    /// Only what a contract on a stock EVM can see is to decide: no precompile runs out of gas, and nothing depends on
    /// who called the frame that calls.
    pub visible: bool,
    /// The transaction's callee.
    pub callee: Address,
    /// Whether the frame in hand was called by the transaction's sender.
    pub direct: bool,
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
                    let direct = core::mem::replace(&mut self.direct, false);
                    let script = self.script(Address::repeat_byte(0xcc), 3);
                    self.direct = direct;
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
                    let direct = self.direct;
                    self.direct = direct && scheme == Scheme::DelegateCall;
                    let script = self.script(here, depth + 1);
                    self.direct = direct;
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
            1 if self.direct || !self.visible => Scheme::DelegateCall,
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
            Some(price) if self.rng.one_in(25) && !self.visible => {
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
}
