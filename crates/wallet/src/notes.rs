//! The wallet's own notes and the addresses that they were paid to.

use crate::client::ShieldedBlock;
use crate::scan::ScanError;
use crate::serde_hex;
use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};
use sero_shielded::asset::AssetId;
use sero_shielded::field::Field;
use sero_shielded::keys::{INTERNAL_INDEX, ViewingKey};
use sero_shielded::tree::Frontier;
use std::collections::HashMap;

/// Unused addresses beyond the last used one that a scan recognises.
pub const GAP_LIMIT: u64 = 20;

/// An address of the wallet. Payment addresses have indices from 0 upward; the
/// wallet pays itself at internal addresses from 2^63 upward, by which a
/// restored wallet tells change from income, and which an incoming key cannot
/// see. None of this is visible on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressIndex(pub u64);

impl AddressIndex {
    const INTERNAL: u64 = INTERNAL_INDEX;
    /// Change of transfers.
    pub const CHANGE: Self = Self(Self::INTERNAL);
    /// Change of transactions with a call.
    pub const CALL_CHANGE: Self = Self(Self::INTERNAL + 1);
    /// What calls give back.
    pub const REFUND: Self = Self(Self::INTERNAL + 2);
    /// What the owner shields from public accounts.
    pub const SHIELD: Self = Self(Self::INTERNAL + 3);
    /// Small notes made into one.
    pub const MERGE: Self = Self(Self::INTERNAL + 4);
    const INTERNAL_ALL: [Self; 5] =
        [Self::CHANGE, Self::CALL_CHANGE, Self::REFUND, Self::SHIELD, Self::MERGE];

    /// Whether only the wallet itself pays here.
    pub fn is_internal(self) -> bool {
        self.0 >= Self::INTERNAL
    }
}

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteStatus {
    /// Can be spent once it is settled.
    Unspent,
    /// In a transaction that is not yet in a block.
    Pending {
        /// The transaction.
        transaction: B256,
        /// Last block that may contain it.
        expiry: u64,
    },
    /// Gone.
    Spent {
        /// The transaction.
        transaction: B256,
    },
}

/// A note of this wallet.
#[derive(Clone, Serialize, Deserialize)]
pub struct OwnNote {
    /// What.
    #[serde(with = "serde_hex::asset")]
    pub asset: AssetId,
    /// How much.
    #[serde(with = "serde_hex::amount")]
    pub amount: u128,
    /// The pool that it is in.
    pub pool: u8,
    /// Leaf number.
    pub position: u64,
    /// The leaf.
    #[serde(with = "serde_hex::field")]
    pub commitment: Field,
    /// Commitment randomness; 0 in a public note.
    #[serde(with = "serde_hex::field")]
    pub rcm: Field,
    /// Blinding of the one-time owner.
    #[serde(with = "serde_hex::field")]
    pub s: Field,
    /// The address that was paid.
    pub address: AddressIndex,
    /// What spending it publishes.
    #[serde(with = "serde_hex::field")]
    pub nullifier: Field,
    /// Whether it is in the wallet's tree; a note younger than the anchor is not.
    pub settled: bool,
    /// Its block.
    pub block: u64,
    /// Its transaction.
    pub transaction: B256,
    /// Whether asset and amount are public.
    pub public: bool,
    /// The memo.
    pub memo: Bytes,
    /// Where it stands.
    pub status: NoteStatus,
    /// When it was taken back from a transaction that a node had seen, in order. The node may
    /// have lied, and keep that transaction: payments take the first such coin note of a
    /// pool before others, so that of a payment and its repetition only one can happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<u64>,
}

impl OwnNote {
    /// Whether a transaction can spend it now.
    pub fn is_spendable(&self) -> bool {
        self.status == NoteStatus::Unspent && self.settled
    }

    /// Whether it is too young, or held by a transaction on its way.
    pub fn is_pending(&self) -> bool {
        !self.is_spendable() && !self.is_spent()
    }

    /// Whether it is gone.
    pub fn is_spent(&self) -> bool {
        matches!(self.status, NoteStatus::Spent { .. })
    }
}

/// Owner tags of the wallet's addresses within the gap limit.
#[derive(Clone)]
pub struct OwnerTable {
    tags: HashMap<Field, AddressIndex>,
    end: u64,
}

impl OwnerTable {
    /// The internal addresses and payment addresses `0..used + GAP_LIMIT`.
    pub fn new(key: &ViewingKey, used: u64) -> Self {
        let tags =
            AddressIndex::INTERNAL_ALL.into_iter().map(|index| (key.owner_tag(index.0), index)).collect();
        let mut table = Self { tags, end: 0 };
        table.extend(key, used);
        table
    }

    /// Adds addresses up to `used + GAP_LIMIT`.
    pub fn extend(&mut self, key: &ViewingKey, used: u64) {
        for index in self.end..used.saturating_add(GAP_LIMIT) {
            self.tags.insert(key.owner_tag(index), AddressIndex(index));
            self.end = index + 1;
        }
    }

    /// The address with this owner tag.
    pub fn find(&self, owner: &Field) -> Option<AddressIndex> {
        self.tags.get(owner).copied()
    }
}

/// Compares a node's roots with the trees that its notes make: `tree` gives a
/// pool's, `known` the pools that have one.
pub(crate) fn check_roots<'t>(
    block: &ShieldedBlock,
    tree: impl Fn(u8) -> Option<&'t Frontier>,
    known: impl Iterator<Item = u8>,
) -> Result<(), ScanError> {
    let empty = Frontier::default();
    for root in &block.pools {
        let tree = tree(root.pool).unwrap_or(&empty);
        if tree.count() != root.note_count {
            let (found, computed) = (root.note_count, tree.count());
            return Err(ScanError::NoteCount { block: block.number, pool: root.pool, found, computed });
        }
        if tree.root() != root.anchor {
            return Err(ScanError::Root { block: block.number, pool: root.pool });
        }
    }
    // A pool that has notes never closes.
    let mut missing = known.filter(|pool| block.pools.iter().all(|root| root.pool != *pool));
    match missing.next() {
        Some(pool) => Err(ScanError::Root { block: block.number, pool }),
        None => Ok(()),
    }
}
