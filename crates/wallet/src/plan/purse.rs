//! The notes that can be spent.

use super::{PlanError, Terms};
use crate::notes::OwnNote;
use sero_shielded::asset::AssetId;
use std::collections::BTreeMap;

/// Notes of a pool that can be spent now, by asset, largest first; before them the coin note
/// that was taken back first, see [`OwnNote::released`].
pub(super) struct Purse<'a> {
    pool: u8,
    notes: &'a [OwnNote],
    by_asset: BTreeMap<AssetId, Vec<&'a OwnNote>>,
}

impl<'a> Purse<'a> {
    pub(super) fn new(terms: &Terms<'a>) -> Self {
        let (pool, notes) = (terms.pool, terms.notes);
        let mut by_asset: BTreeMap<AssetId, Vec<&OwnNote>> = BTreeMap::new();
        for note in notes.iter().filter(|note| note.pool == pool && note.is_spendable()) {
            by_asset.entry(note.asset).or_default().push(note);
        }
        for notes in by_asset.values_mut() {
            notes.sort_unstable_by_key(|note| (core::cmp::Reverse(note.amount), note.position));
        }
        // Every transaction spends a coin: what was taken back first is in all that follow.
        if let Some(coins) = by_asset.get_mut(&AssetId::coin()) {
            let first = (0..coins.len()).filter(|place| coins[*place].released.is_some());
            if let Some(first) = first.min_by_key(|place| coins[*place].released) {
                coins[..=first].rotate_right(1);
            }
        }
        Self { pool, notes, by_asset }
    }

    pub(super) fn of(&self, asset: AssetId) -> &[&'a OwnNote] {
        self.by_asset.get(&asset).map_or(&[], Vec::as_slice)
    }

    /// The fewest notes that hold `needed`, and their sum.
    pub(super) fn largest_first(
        &self,
        asset: AssetId,
        needed: u128,
    ) -> Result<(&[&'a OwnNote], u128), PlanError> {
        let (notes, mut sum) = (self.of(asset), 0u128);
        for (count, note) in notes.iter().enumerate() {
            if sum >= needed {
                return Ok((&notes[..count], sum));
            }
            sum = sum.checked_add(note.amount).ok_or(PlanError::Overflow)?;
        }
        if sum < needed {
            let here = self.notes.iter().filter(|note| note.pool == self.pool && note.asset == asset);
            let pending = here.filter(|note| note.is_pending());
            let pending = pending.map(|note| note.amount).fold(0u128, u128::saturating_add);
            return Err(PlanError::Insufficient { asset, needed, available: sum, pending });
        }
        Ok((notes, sum))
    }
}
