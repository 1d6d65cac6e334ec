//! Which notes go into which shape.

use super::parts::{claimable, dummy_output, dummy_spend, output, own_spend, packages};
use super::purse::Purse;
use super::{FREE_MERGE_KEEPS, GasLimit, PRIORITY_FEE, Payment, Plan, PlanError, PlannedCall, Terms, Wish};
use crate::notes::OwnNote;
use crate::random;
use sero_primitives::gas;
use sero_primitives::shielded_tx::PublicOut;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_shielded::encryption::Memo;
use sero_shielded::tree::{Frontier, MarkedTree};
use std::collections::BTreeMap;

pub(super) fn check_fee(terms: &Terms<'_>, gas_limit: u64) -> Result<u128, PlanError> {
    let fee = u128::from(gas_limit).saturating_mul(terms.max_fee_per_gas);
    if fee > terms.fee_max {
        let (max_fee_per_gas, max) = (terms.max_fee_per_gas, terms.fee_max);
        return Err(PlanError::FeeTooHigh { fee, max_fee_per_gas, max });
    }
    Ok(fee)
}

pub(super) fn check(payments: &[Payment], call: Option<&PlannedCall>) -> Result<(), PlanError> {
    if payments.iter().any(|payment| payment.amount == 0) {
        return Err(PlanError::Zero("payment"));
    }
    let handed = || call.iter().flat_map(|call| call.attached.iter().chain(&call.credited));
    if handed().any(|attached| attached.amount == 0) {
        return Err(PlanError::Zero("attach"));
    }
    if handed().any(|attached| attached.asset == AssetId::coin()) {
        return Err(PlanError::AttachedCoin);
    }
    Ok(())
}

/// Public outflow and gas limit for a shape.
pub(super) fn flows(
    terms: &Terms<'_>,
    shape: (usize, usize),
    wish: &Wish<'_>,
    outs: &[PublicOut],
) -> Result<(Vec<BalanceEntry>, u64), PlanError> {
    let call = wish.call.as_ref();
    let mut out: BTreeMap<AssetId, u128> = BTreeMap::new();
    for paid in outs.iter().filter(|paid| paid.asset != AssetId::coin()) {
        let sum = out.entry(paid.asset).or_default();
        *sum = sum.checked_add(paid.amount).ok_or(PlanError::Overflow)?;
    }
    let handed = call.iter().flat_map(|call| call.attached.iter().chain(&call.credited));
    for attached in handed {
        let sum = out.entry(attached.asset).or_default();
        *sum = sum.checked_add(attached.amount).ok_or(PlanError::Overflow)?;
    }
    let entry = |asset, amount| BalanceEntry { asset, direction: Direction::Outward, amount };
    let mut balance = vec![entry(AssetId::coin(), 1)];
    balance.extend(out.into_iter().map(|(asset, amount)| entry(asset, amount)));
    if balance.len() > sero_shielded::bundle::BALANCE_MAX {
        return Err(PlanError::TooManyAssets(balance.len()));
    }
    let skeleton = || crate::build::skeleton(shape, &balance, wish, outs);
    let gas_limit = match wish.gas_limit {
        None => gas::pure_transfer(&skeleton()),
        Some(GasLimit::Exactly(limit)) => limit,
        Some(GasLimit::Simulated { used, shielded_part }) => {
            let more = gas::shielded_part(&skeleton()).saturating_sub(shielded_part);
            (used / 5).saturating_mul(6).saturating_add(6).saturating_add(more)
        }
    };
    let fee = u128::from(gas_limit).checked_mul(terms.max_fee_per_gas).ok_or(PlanError::Overflow)?;
    let value = call.map_or(0, |call| call.value);
    balance[0].amount = fee.checked_add(value).ok_or(PlanError::Overflow)?;
    Ok((balance, gas_limit))
}

/// Notes that fit a shape.
pub(super) struct Choice<'a> {
    pub(super) shape: (usize, usize),
    pub(super) notes: Vec<&'a OwnNote>,
    pub(super) change: Vec<(AssetId, u128)>,
    pub(super) balance: Vec<BalanceEntry>,
    pub(super) gas_limit: u64,
}

impl<'a> Choice<'a> {
    /// The inner error means that a larger shape may do.
    pub(super) fn new(
        purse: &Purse<'a>,
        wish: &Wish<'_>,
        shape: (usize, usize),
        balance: Vec<BalanceEntry>,
        gas_limit: u64,
    ) -> Result<Result<Self, PlanError>, PlanError> {
        let payments = wish.payments;
        let mut needs: BTreeMap<AssetId, u128> = BTreeMap::new();
        let boxed = wish.create.iter().filter(|new| new.amount > 0).map(|new| (new.asset, new.amount));
        let paid = boxed.chain(payments.iter().map(|payment| (payment.asset, payment.amount)));
        for (asset, amount) in paid.chain(balance.iter().map(|entry| (entry.asset, entry.amount))) {
            let need = needs.entry(asset).or_default();
            *need = need.checked_add(amount).ok_or(PlanError::Overflow)?;
        }
        let (mut notes, mut change) = (Vec::new(), Vec::new());
        let opened = wish.open.filter(|(_, content)| content.amount > 0);
        change.extend(opened.map(|(_, content)| (content.asset, content.amount)));
        let mut most: Option<(AssetId, usize)> = None;
        for (asset, needed) in needs {
            let (chosen, sum) = purse.largest_first(asset, needed)?;
            if most.is_none_or(|(_, count)| chosen.len() > count) {
                most = Some((asset, chosen.len()));
            }
            notes.extend_from_slice(chosen);
            if sum > needed {
                change.push((asset, sum - needed));
            }
        }
        let (spends, outputs) = shape;
        if let Some((asset, _)) = most
            && notes.len() > spends
        {
            let notes = purse.of(asset).iter().take(16);
            let largest = notes.fold(0u128, |sum, note| sum.saturating_add(note.amount));
            return Ok(Err(PlanError::TooManyNotes { asset, largest }));
        }
        if payments.len() + change.len() > outputs {
            return Ok(Err(PlanError::TooManyOutputs(payments.len() + change.len())));
        }
        Ok(Ok(Self { shape, notes, change, balance, gas_limit }))
    }

    /// Puts the smallest notes of the same assets where dummies would be: same
    /// class, same fee. Never the largest [`FREE_MERGE_KEEPS`] of the others.
    pub(super) fn fill(&mut self, purse: &Purse<'a>, payments: usize) {
        let mut assets: BTreeMap<AssetId, usize> = BTreeMap::new();
        self.notes.iter().for_each(|note| *assets.entry(note.asset).or_default() += 1);
        for (asset, chosen) in assets {
            let room = self.shape.0 - self.notes.len();
            let others = &purse.of(asset)[chosen..];
            let spare = others.len().saturating_sub(FREE_MERGE_KEEPS).min(room);
            let small = &others[others.len() - spare..];
            let Some(sum) = small.iter().try_fold(0u128, |sum, note| sum.checked_add(note.amount)) else {
                continue;
            };
            let place = self.change.iter().position(|(change, _)| *change == asset);
            match (place, place.map_or(Some(sum), |place| self.change[place].1.checked_add(sum))) {
                (_, None | Some(0)) => continue,
                (Some(place), Some(more)) => self.change[place].1 = more,
                (None, Some(sum)) if payments + self.change.len() < self.shape.1 => {
                    self.change.push((asset, sum));
                }
                (None, Some(_)) => continue,
            }
            self.notes.extend_from_slice(small);
        }
    }

    pub(super) fn plan(
        self,
        terms: &Terms<'_>,
        wish: &Wish<'_>,
        outs: Vec<PublicOut>,
    ) -> Result<Plan, PlanError> {
        let (payments, call) = (wish.payments, wish.call.clone());
        let mut spends = Vec::with_capacity(self.shape.0);
        for note in self.notes {
            spends.push(own_spend(terms, note)?);
        }
        while spends.len() < self.shape.0 {
            spends.push(dummy_spend()?);
        }
        let ovk = *terms.key.ovk();
        let mut outputs = Vec::with_capacity(self.shape.1);
        for payment in payments {
            outputs.push(output(payment.to, payment.asset, payment.amount, &payment.memo, ovk)?);
        }
        for (asset, amount) in self.change {
            outputs.push(output(terms.change, asset, amount, &Memo::default(), ovk)?);
        }
        while outputs.len() < self.shape.1 {
            outputs.push(dummy_output()?);
        }
        if let Some(payer) = &terms.payer {
            outputs.iter_mut().try_for_each(|output| claimable(payer, output))?;
        }
        random::shuffle(&mut spends)?;
        random::shuffle(&mut outputs)?;
        let packages = packages(terms, wish, &spends)?;
        Ok(Plan {
            chain_id: terms.chain_id,
            genesis_hash: terms.genesis_hash,
            expiry: terms.expiry,
            max_fee_per_gas: terms.max_fee_per_gas,
            max_priority_fee_per_gas: if call.is_some() {
                PRIORITY_FEE.min(terms.max_fee_per_gas)
            } else {
                0
            },
            gas_limit: self.gas_limit,
            pool: terms.pool,
            anchor: terms.tree.map_or_else(|| Frontier::default().root(), MarkedTree::root),
            spends,
            outputs,
            packages,
            balance: self.balance,
            call,
            outs,
        })
    }
}
