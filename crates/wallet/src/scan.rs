//! Following the chain: find own notes, see them spent, keep their paths.
//!
//! The node is not believed: commitments of public notes, the tree and every
//! block's root are recomputed, and a difference is an error that changes
//! nothing. The same questions are asked by every wallet; none names a note.

mod look;

use self::look::{Lens, Seen};
use crate::account::Account;
use crate::client::{ChainNote, ChainNullifier, Client, ClientError, ShieldedBlock};
use crate::history::{Activity, HistoryKind, HistoryRecord, Incoming};
use crate::notes::{AddressIndex, NoteStatus, OwnNote, OwnerTable, check_roots};
use crate::packages::{self, Callers};
use crate::store::{OtherChain, State};
use alloy_primitives::B256;
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::field::Field;
use sero_shielded::tree::{Frontier, MarkedTree};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Blocks asked for at once; the same for every wallet.
pub(crate) const PAGE_BLOCKS: u64 = 1_000;

/// Why the chain cannot be followed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScanError {
    /// See [`ClientError`].
    #[error("{0}")]
    Client(#[from] ClientError),
    /// See [`OtherChain`].
    #[error("{0}")]
    OtherChain(#[from] OtherChain),
    /// The node is behind what the wallet has seen.
    #[error("node is at block {head}, the wallet has already seen block {seen}")]
    Behind {
        /// The node's head.
        head: u64,
        /// The wallet's.
        seen: u64,
    },
    /// Blocks not in order, or outside the page.
    #[error("node sent block {number} where blocks {from} to {end} in ascending order were asked for")]
    BlockOrder {
        /// The block.
        number: u64,
        /// First allowed.
        from: u64,
        /// Last allowed.
        end: u64,
    },
    /// The page does not advance.
    #[error("node says that block {next} follows a page from block {from}")]
    PageOrder {
        /// Asked for.
        from: u64,
        /// Answered.
        next: u64,
    },
    /// A note missing, repeated or out of order.
    #[error(
        "block {block}: node sent note {found} where note {expected} is next; it lies, or an earlier node did (rescan)"
    )]
    Position {
        /// The block.
        block: u64,
        /// Next position.
        expected: u64,
        /// Position sent.
        found: u64,
    },
    /// A public note's content and commitment disagree.
    #[error("block {block}: public note {position} does not have the commitment that the node sent")]
    Commitment {
        /// The block.
        block: u64,
        /// The note.
        position: u64,
    },
    /// A note that cannot be on the chain.
    #[error("block {block}: note {position} is malformed: {reason}")]
    Malformed {
        /// The block.
        block: u64,
        /// The note.
        position: u64,
        /// Why.
        reason: String,
    },
    /// The number of notes does not fit.
    #[error("block {block}: node says {found} notes in pool {pool}, the notes sent make {computed}")]
    NoteCount {
        /// The block.
        block: u64,
        /// The pool.
        pool: u8,
        /// As sent.
        found: u64,
        /// As computed.
        computed: u64,
    },
    /// The root does not fit.
    #[error("block {block}: the note tree of pool {pool} has another root than the node says")]
    Root {
        /// The block.
        block: u64,
        /// The pool.
        pool: u8,
    },
}

/// For progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// Blocks below are done.
    pub block: u64,
    /// The node's newest block.
    pub head: u64,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// The node's newest block.
    pub head: u64,
    /// Leaves in the wallet's tree, at the anchor.
    pub anchor_notes: u64,
    /// Notes that the wallet has found so far, spent ones included.
    pub own_notes: usize,
    /// Steps taken: leaves and nullifiers read, tree nodes stored or looked
    /// for. Grows with what was read and found, not with their product.
    pub steps: u64,
}

/// One sync in progress over a copy of the state.
pub(crate) struct Scan<'a> {
    client: Client<'a>,
    lens: Lens<'a>,
    /// Last block that enters the tree for good, if any.
    settled: Option<u64>,
    head: u64,
    from: u64,
    /// The trees beyond `settled`, for checks only.
    fresh: BTreeMap<u8, Frontier>,
    /// Place of each own note, by pool and nullifier.
    own: HashMap<(u8, Field), usize>,
    /// The wallet's callers, who may own packages.
    callers: Callers<'a>,
    /// Transactions by one-time callers of the wallet, whose keys are used.
    called: HashSet<B256>,
    steps: u64,
}

impl<'a> Scan<'a> {
    /// Begins where `state` ends. What young blocks brought is forgotten and found again.
    pub fn start(
        client: Client<'a>,
        account: &'a Account,
        state: &mut State,
        anchor_lag: u64,
        head: u64,
    ) -> Result<Self, ScanError> {
        if head < state.head {
            return Err(ScanError::Behind { head, seen: state.head });
        }
        // A chain whose lag grew keeps the tree where it is.
        let settled = head.checked_sub(anchor_lag).max(state.next_block.checked_sub(1));
        let from = state.next_block;
        state.notes.retain(|note| note.block < from);
        state.history.retain(|entry| entry.block < from);
        state.packages.retain(|_, package| package.block < from);
        let lens = Lens { key: account.viewing_key(), network: state.network };
        // Spent ones too: young blocks are read again, and with them their history.
        let own = state.notes.iter().enumerate();
        let own = own.map(|(place, note)| ((note.pool, note.nullifier), place)).collect();
        let (callers, fresh) = (Callers::new(account), BTreeMap::new());
        let called = state.history.iter().filter(|entry| entry.kind == HistoryKind::Called);
        let called = called.map(|entry| entry.transaction).collect();
        Ok(Self { client, lens, settled, head, from, fresh, own, callers, called, steps: 0 })
    }

    /// Applies the next page to `state`; `false` when there is none left.
    pub fn page(&mut self, state: &mut State, owners: &mut OwnerTable) -> Result<bool, ScanError> {
        if self.from > self.head {
            self.finish(state);
            return Ok(false);
        }
        let page = self.client.shielded_blocks(self.from, PAGE_BLOCKS)?;
        let end = self.head.max(page.head).saturating_add(1);
        if page.next_block <= self.from || page.next_block > end {
            return Err(ScanError::PageOrder { from: self.from, next: page.next_block });
        }
        let mut next = self.from;
        for block in &page.blocks {
            if block.number < next || block.number >= page.next_block {
                let end = page.next_block - 1;
                return Err(ScanError::BlockOrder { number: block.number, from: next, end });
            }
            next = block.number + 1;
        }
        // Newer than the head of this sync: next time.
        let blocks: Vec<&ShieldedBlock> =
            page.blocks.iter().filter(|block| block.number <= self.head).collect();
        let seen = self.lens.read(&blocks)?;
        let mut seen = seen.into_iter();
        for block in blocks {
            let seen = seen.by_ref().take(block.notes.len()).collect();
            self.apply(state, owners, block, seen)?;
        }
        self.from = page.next_block;
        if let Some(settled) = self.settled {
            state.next_block = state.next_block.max(self.from.min(settled.saturating_add(1)));
        }
        Ok(true)
    }

    /// See [`SyncReport::steps`]; `tree_steps` is the tree's part of it.
    pub fn steps(&self, tree_steps: u64) -> u64 {
        self.steps + tree_steps
    }

    /// Where the scan is.
    pub fn progress(&self) -> SyncProgress {
        SyncProgress { block: self.from.min(self.head.saturating_add(1)), head: self.head }
    }

    fn finish(&self, state: &mut State) {
        state.head = self.head;
        state.release(|_, expiry| expiry <= self.head);
    }

    fn apply(
        &mut self,
        state: &mut State,
        owners: &mut OwnerTable,
        block: &ShieldedBlock,
        seen: Vec<Seen>,
    ) -> Result<(), ScanError> {
        let settled = self.settled.is_some_and(|settled| block.number <= settled);
        let mut activity = Activities::default();
        for (note, mut seen) in block.notes.iter().zip(seen) {
            self.steps += 1;
            let mut mine = seen.mine.take().zip(seen.owner);
            let address = mine.as_ref().and_then(|(_, owner)| owners.find(owner));
            let own = mine.take().map(|(own, _)| own).zip(address).filter(|(own, _)| !self.has_twin(own));
            let position = if settled {
                state.trees.entry(note.pool).or_default().append(note.commitment, own.is_some())
            } else {
                let known = || state.trees.get(&note.pool).map(|tree| tree.frontier().clone());
                let fresh = self.fresh.entry(note.pool).or_insert_with(|| known().unwrap_or_default());
                fresh.append(note.commitment, [])
            };
            let position = position.map_err(|error| malformed(block, note, error))?;
            if position != note.position {
                return Err(ScanError::Position {
                    block: block.number,
                    expected: position,
                    found: note.position,
                });
            }
            if let Some((sent, owner)) = seen.sent.take()
                && !owners.find(&owner).is_some_and(AddressIndex::is_internal)
            {
                activity.of(note.transaction).sent.push(sent);
            }
            if let Some((mut own, address)) = own {
                own.address = address;
                own.settled = settled;
                if !address.is_internal() {
                    state.used_addresses = state.used_addresses.max(address.0 + 1);
                    state.next_address = state.next_address.max(state.used_addresses);
                    owners.extend(self.lens.key, state.used_addresses);
                }
                let incoming = Incoming {
                    asset: own.asset,
                    amount: own.amount,
                    address,
                    public: own.public,
                    memo: own.memo.clone(),
                };
                activity.of(note.transaction).received.push(incoming);
                self.own.insert((own.pool, own.nullifier), state.notes.len());
                state.notes.push(own);
            }
        }
        self.spend(state, block, &mut activity);
        packages::follow(state, self.lens.key, &mut self.callers, block);
        self.check(state, block, settled)?;
        let before = state.history.len();
        activity.record(state, block);
        // A restored wallet knows from its history how many `From` keys it used, so
        // that it need not ask the node about each, and finds what the next ones own.
        let called = state.history[before..].iter().filter(|entry| entry.kind == HistoryKind::Called);
        self.called.extend(called.map(|entry| entry.transaction));
        state.next_from = state.next_from.max(u64::try_from(self.called.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Whether a copy of the note is known at the same place of another pool. A nullifier does
    /// not name its pool: spending both would show to everybody which note each was. Nobody
    /// makes such a copy by chance, so the second one is left alone.
    fn has_twin(&self, note: &OwnNote) -> bool {
        (0..POOLS_MAX).any(|pool| pool != note.pool && self.own.contains_key(&(pool, note.nullifier)))
    }

    fn spend(&mut self, state: &mut State, block: &ShieldedBlock, activity: &mut Activities) {
        for ChainNullifier { pool, nullifier, transaction } in &block.nullifiers {
            self.steps += 1;
            let place = self.own.get(&(*pool, *nullifier));
            if let Some(note) = place.and_then(|place| state.notes.get_mut(*place)) {
                activity.of(*transaction).spent.push((note.asset, note.amount));
                note.status = NoteStatus::Spent { transaction: *transaction };
                if note.settled
                    && let Some(tree) = state.trees.get_mut(pool)
                {
                    tree.unmark(note.position);
                }
            }
        }
    }

    fn check(&self, state: &State, block: &ShieldedBlock, settled: bool) -> Result<(), ScanError> {
        let tree = |pool| {
            let known = state.trees.get(&pool).map(MarkedTree::frontier);
            if settled { known } else { self.fresh.get(&pool).or(known) }
        };
        check_roots(block, tree, state.trees.keys().copied())
    }
}

pub(crate) fn malformed(
    block: &ShieldedBlock,
    note: &ChainNote,
    error: impl core::fmt::Display,
) -> ScanError {
    ScanError::Malformed { block: block.number, position: note.position, reason: error.to_string() }
}

/// Activity by transaction, in order of appearance.
#[derive(Default)]
struct Activities {
    list: Vec<(B256, Activity)>,
    places: HashMap<B256, usize>,
}

impl Activities {
    fn of(&mut self, transaction: B256) -> &mut Activity {
        let place = match self.places.entry(transaction) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                self.list.push((transaction, Activity::default()));
                *place.insert(self.list.len() - 1)
            }
        };
        &mut self.list[place].1
    }

    /// Writes entries; transactions that are none of the wallet's leave none.
    fn record(self, state: &mut State, block: &ShieldedBlock) {
        for (transaction, activity) in self.list {
            for (kind, transfers, fee) in activity.entries() {
                state.history.push(HistoryRecord {
                    kind,
                    block: block.number,
                    timestamp: block.timestamp,
                    transaction,
                    transfers,
                    fee,
                });
            }
        }
    }
}
