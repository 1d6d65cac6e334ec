//! Calls of POOL.

use super::{Caller, Done, Fail, Ledger, Truths, amount, coin, err, first4, gate, id, word_out};
use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError, SolInterface};
use sero_primitives::precompile::abi::IPool;
use sero_shielded::bundle::{Bundle, Counts, Direction};
use sero_shielded::keys::OneTimeAddress;

impl Ledger {
    pub(super) fn pool(&mut self, by: Caller, input: &[u8], truths: &Truths) -> Done<Vec<u8>> {
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

    pub(super) fn take(&mut self, by: Caller, pool: u8, asset: U256, value: U256) -> Done<u128> {
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

    pub(super) fn transact(&mut self, by: Caller, c: &IPool::transactCall, truths: &Truths) -> Done<Vec<u8>> {
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
}
