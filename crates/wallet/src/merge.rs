//! When small notes are made into one without being asked: seldom enough to
//! cost little, late enough to be no sign of what was received.

use crate::notes::OwnNote;
use crate::random::{self, RandomError};
use serde::{Deserialize, Serialize};
use sero_shielded::asset::AssetId;
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: u64 = 86_400;
/// Notes that half of an asset's holdings may need before they are merged: more
/// would put a usual payment two classes above the smallest.
const HALF_IN_NOTES: usize = 4;

/// See the module documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergePolicy {
    /// Spendable notes of one asset above which it is merged, whatever they hold.
    pub notes_max: usize,
    /// Fees in 24 hours, base units of the coin.
    pub fee_per_day: u128,
    /// A merge waits for a random number of blocks up to this one.
    pub delay_blocks: u64,
    /// Only this asset, if one is given.
    pub asset: Option<AssetId>,
}

impl Default for MergePolicy {
    /// 32 notes, 0.05 SERO a day, 600 blocks, every asset.
    fn default() -> Self {
        Self { notes_max: 32, fee_per_day: 50_000_000_000_000_000, delay_blocks: 600, asset: None }
    }
}

impl MergePolicy {
    /// The asset that needs merging most, if any does. `dust_max`: coin notes
    /// up to this are not worth their spend and do not count.
    pub fn due(&self, notes: &[OwnNote], dust_max: u128) -> Option<AssetId> {
        let fits = |asset: AssetId| self.asset.is_none_or(|only| only == asset);
        let amounts = amounts(notes, dust_max).into_iter().filter(|(asset, _)| fits(*asset));
        let due = amounts.filter(|(_, amounts)| amounts.len() > self.notes_max || half_needs_many(amounts));
        due.max_by_key(|(_, amounts)| amounts.len()).map(|(asset, _)| asset)
    }
}

/// Amounts of the notes that are worth spending, by asset, largest first.
fn amounts(notes: &[OwnNote], dust_max: u128) -> BTreeMap<AssetId, Vec<u128>> {
    let mut amounts: BTreeMap<AssetId, Vec<u128>> = BTreeMap::new();
    for note in notes.iter().filter(|note| note.is_spendable()) {
        if note.asset != AssetId::coin() || note.amount > dust_max {
            amounts.entry(note.asset).or_default().push(note.amount);
        }
    }
    amounts.values_mut().for_each(|amounts| amounts.sort_unstable_by(|a, b| b.cmp(a)));
    amounts
}

fn half_needs_many(amounts: &[u128]) -> bool {
    let total = amounts.iter().fold(0u128, |sum, amount| sum.saturating_add(*amount));
    let largest = amounts.iter().take(HALF_IN_NOTES).fold(0u128, |sum, amount| sum.saturating_add(*amount));
    largest < total / 2
}

/// What background merging remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Merges {
    /// (seconds since 1970, fee) of the last day.
    paid: Vec<(u64, String)>,
    /// Block before which the next one does not happen; drawn when it became due.
    not_before: Option<u64>,
}

impl Merges {
    /// Fees in the 24 hours before `now`.
    pub fn paid_since_yesterday(&self, now: u64) -> u128 {
        let recent = self.paid.iter().filter(|(time, _)| time.saturating_add(DAY) > now);
        recent.filter_map(|(_, fee)| fee.parse::<u128>().ok()).fold(0, u128::saturating_add)
    }

    /// Notes a fee, and forgets the wait.
    pub fn paid(&mut self, now: u64, fee: u128) {
        self.paid.retain(|(time, _)| time.saturating_add(DAY) > now);
        self.paid.push((now, fee.to_string()));
        self.not_before = None;
    }

    /// The block to wait for, drawn at the first question.
    pub fn wait(&mut self, head: u64, delay_blocks: u64) -> Result<u64, RandomError> {
        if let Some(block) = self.not_before {
            // A head that was a lie must not put it off for ever.
            return Ok(block.min(head.saturating_add(delay_blocks)));
        }
        let block = head.saturating_add(random::below(delay_blocks.saturating_add(1).max(1))?);
        self.not_before = Some(block);
        Ok(block)
    }

    /// Nothing is due any more.
    pub fn forget(&mut self) {
        self.not_before = None;
    }
}
