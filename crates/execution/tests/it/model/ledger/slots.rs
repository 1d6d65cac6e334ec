//! The storage that the ledger stands for, and its sums.

use super::{Ledger, coin, word};
use alloy_primitives::{Address, U256};
use sero_precompiles::layout;
use sero_primitives::POOL;
use std::collections::BTreeMap;

impl Ledger {
    /// Every slot of the three accounts that is not zero, but for the trees' frontiers.
    pub fn slots(&self) -> [BTreeMap<U256, U256>; 3] {
        let mut all = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
        let mut put = |account: usize, slot: U256, value: U256| {
            if !value.is_zero() {
                all[account].insert(slot, value);
            }
        };
        put(0, layout::ISSUED.at(&[coin()]), U256::from(self.issued_coin));
        for (asset, issued) in &self.issued {
            put(0, layout::ISSUED.at(&[*asset]), U256::from(*issued));
        }
        for (asset, public) in &self.public {
            put(0, layout::PUBLIC.at(&[*asset]), U256::from(*public));
        }
        for ((holder, asset), balance) in &self.balances {
            put(0, layout::BALANCE.at(&[word(*holder), *asset]), U256::from(*balance));
        }
        let mut counts: BTreeMap<(Address, U256), u64> = BTreeMap::new();
        for (asset, holder) in &self.holders {
            let packed = |moves: u64, account: Address| U256::from(moves) << 160 | word(account);
            put(0, layout::OWNER.at(&[*asset]), packed(holder.moves, holder.account));
            if let Some((moves, account)) = self.approvals.get(asset) {
                put(0, layout::APPROVED.at(&[*asset]), packed(*moves, *account));
            }
            if !holder.account.is_zero() {
                *counts.entry((holder.account, self.registry[asset].category)).or_default() += 1;
            }
        }
        for ((holder, category), count) in counts {
            put(0, layout::TICKET_COUNT.at(&[word(holder), category]), U256::from(count));
        }
        for ((owner, spender, category), approved) in &self.category_operators {
            let slot = layout::CATEGORY_OPERATOR.at(&[word(*owner), word(*spender), *category]);
            put(0, slot, U256::from(*approved));
        }
        for (asset, entry) in &self.registry {
            let packed = U256::from(entry.kind) << 176
                | U256::from(entry.decimals) << 168
                | U256::from(entry.name.len()) << 160
                | word(entry.issuer);
            put(0, layout::REGISTRY.at(&[*asset]), packed);
            put(0, layout::TICKET_CATEGORY.at(&[*asset]), entry.category);
            put(0, layout::TICKET_NUMBER.at(&[*asset]), entry.number);
        }
        for (name, asset) in &self.names {
            let mut left = [0u8; 32];
            left[..name.len()].copy_from_slice(name.as_bytes());
            put(0, layout::NAME.at(&[*asset]), U256::from_be_bytes(left));
            put(0, layout::BY_NAME.at(&[alloy_primitives::keccak256(name).into()]), *asset);
        }
        for ((owner, spender, asset), allowance) in &self.allowances {
            put(0, layout::ALLOWANCE.at(&[word(*owner), word(*spender), *asset]), *allowance);
        }
        for ((owner, spender), approved) in &self.operators {
            put(0, layout::OPERATOR.at(&[word(*owner), word(*spender)]), U256::from(*approved));
        }
        for ((pool, nullifier), block) in &self.nullifiers {
            put(1, layout::NULLIFIER.in_pool(*pool, (*nullifier).into()), U256::from(block + 1));
        }
        for ((pool, root), block) in &self.anchors {
            put(1, layout::ANCHOR.in_pool(*pool, (*root).into()), U256::from(block + 1));
        }
        for (pool, root) in &self.last_anchor {
            put(1, layout::LAST_ANCHOR.of_pool(*pool), (*root).into());
        }
        for pool in 0..self.pools.len() as u8 {
            put(1, layout::NOTE_COUNT.of_pool(pool), U256::from(self.note_count(pool)));
        }
        for ((pool, asset), hidden) in &self.hidden {
            put(1, layout::HIDDEN.in_pool(*pool, *asset), U256::from(*hidden));
        }
        for (from, pkr) in &self.refunds {
            for (i, chunk) in pkr.as_chunks::<32>().0.iter().enumerate() {
                put(1, layout::REFUND.at(&[word(*from), U256::from(i)]), U256::from_be_bytes(*chunk));
            }
        }
        for (id, package) in &self.packages {
            let key = U256::from_be_bytes(id.0);
            let state = if package.opened { 2u64 } else { 1 };
            let packed = U256::from(package.ciphertext.len()) << 176
                | U256::from(state) << 160
                | U256::from(package.pool) << 168
                | word(package.owner);
            put(2, layout::PACKAGE.at(&[key]), packed);
            put(2, layout::PACKAGE_COMMITMENT.at(&[key]), package.commitment.into());
            put(2, layout::PACKAGE_CV.at(&[key]), U256::from_be_bytes(package.cv));
            put(2, layout::PACKAGE_TAG.at(&[key]), U256::from_be_bytes(package.tag));
            for (i, chunk) in package.ciphertext.as_chunks::<32>().0.iter().enumerate() {
                let slot = layout::PACKAGE_CIPHERTEXT.at(&[key, U256::from(i)]);
                put(2, slot, U256::from_be_bytes(*chunk));
            }
        }
        for (commitment, id) in &self.commitments {
            put(2, layout::PACKAGE_BY_COMMITMENT.at(&[(*commitment).into()]), (*id).into());
        }
        all
    }

    /// `issued = public + hidden` for every asset, `public` = all balances.
    pub fn check_conservation(&self) -> Result<(), String> {
        for (asset, issued) in &self.issued {
            let public = self.public.get(asset).copied().unwrap_or(0);
            let held: u128 = self.holdings().filter(|(_, a, _)| a == asset).map(|(_, _, b)| b).sum();
            let hidden: u128 = self.hidden.iter().filter(|((_, a), _)| a == asset).map(|(_, h)| h).sum();
            if public + hidden != *issued || held != public {
                return Err(format!(
                    "{asset}: issued {issued}, public {public}, held {held}, hidden {hidden}"
                ));
            }
        }
        let all: u128 = self.coins.values().sum();
        let hidden: u128 = self.hidden.iter().filter(|((_, a), _)| *a == coin()).map(|(_, h)| h).sum();
        if all != self.issued_coin || self.coins_of(POOL) < hidden {
            return Err(format!("coin: issued {}, balances {all}, hidden {hidden}", self.issued_coin));
        }
        Ok(())
    }
}
