//! Calls of POOL and PACKAGES.

use super::super::ledger::{BoxTruth, coin};
use super::Generator;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use sero_precompiles::gas;
use sero_primitives::precompile::abi::{IPackages, IPool};
use sero_primitives::{PACKAGES, POOL};

impl Generator<'_> {
    pub(super) fn some_pool(&mut self) -> u8 {
        let one_too_many = usize::from(self.rng.one_in(3));
        self.rng.below(self.state.pools.len() + one_too_many) as u8
    }

    pub(super) fn pool_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
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

    pub(super) fn coin_value(&mut self, asset: U256, amount: U256) -> u128 {
        let value = if asset == coin() { u128::try_from(amount).unwrap_or(0) } else { 0 };
        if self.rng.one_in(24) { value + 1 } else { value }
    }

    pub(super) fn packages_call(&mut self, by: Address) -> (Address, u128, Vec<u8>, Option<u64>) {
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

    pub(super) fn box_truth(&self, id: B256) -> Option<BoxTruth> {
        let tag = self.state.packages.get(&id)?.tag;
        self.truths.boxes.get(&B256::from(tag)).cloned()
    }

    /// A box, mostly a closed one of `owner`.
    pub(super) fn some_box(&mut self, owner: Address) -> B256 {
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
}
