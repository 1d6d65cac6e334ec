//! One consistent state of the chain, as execution and RPC read it.

use crate::{
    AccountProof, Storage, StorageError, TrieUpdates,
    chain::read_block_hash,
    env::Inner,
    history,
    tables::Head,
    trie::{self, Nodes},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_trie::EMPTY_ROOT_HASH;
use sero_primitives::{Account, EMPTY_CODE_HASH, StateDiff, StateError, StateReader};
use signet_libmdbx::tx::aliases::RoTxSync;
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

/// The state after one block.
///
/// It holds one read transaction for its life: later commits do not change
/// what it sees, whichever thread asks. It has no time limit, but while it
/// lives, pages that newer blocks replace cannot be reused, so keep it for a
/// request or a block and not for hours. Clones share the transaction.
#[derive(Clone, Debug)]
pub struct Snapshot {
    // Before `storage`: the transaction ends before the environment may close.
    tx: RoTxSync,
    storage: Arc<Inner>,
    head: Option<Head>,
    /// `None` for the latest state.
    past: Option<u64>,
    /// From the latest trie to that of the past state, once somebody needs it.
    way_back: Arc<OnceLock<TrieUpdates>>,
}

/// Most values that may have changed since a past state for its trie to be computed.
const CHANGES_MAX: usize = 200_000;

/// Most slots of an account that are listed.
const SLOTS_MAX: usize = 200_000;

impl Storage {
    /// The latest state; the empty state in an empty database.
    pub fn snapshot(&self) -> Result<Snapshot, StorageError> {
        let storage = Arc::clone(&self.inner);
        let tx = storage.begin_shared_read()?;
        let head = Head::read(&tx, &storage.tables)?;
        Ok(Snapshot { tx, storage, head, past: None, way_back: Arc::default() })
    }

    /// The state after block `number`.
    ///
    /// # Errors
    /// `UnknownBlock` above the head; `Forgotten` below the oldest state that is kept.
    pub fn snapshot_at(&self, number: u64) -> Result<Snapshot, StorageError> {
        let mut snapshot = self.snapshot()?;
        match snapshot.number() {
            Some(head) if number == head => {}
            Some(head) if number < head => {
                let oldest = history::oldest_state(&snapshot.tx, &self.inner.tables)?;
                if number < oldest {
                    return Err(StorageError::Forgotten { number, oldest });
                }
                snapshot.past = Some(number);
            }
            head => return Err(StorageError::UnknownBlock { number, head }),
        }
        Ok(snapshot)
    }
}

impl Snapshot {
    /// The block whose outcome this is; `None` before genesis.
    pub fn number(&self) -> Option<u64> {
        self.past.or(self.head.map(|head| head.number))
    }

    /// Whether this was the newest state when the snapshot was taken.
    pub fn is_latest(&self) -> bool {
        self.past.is_none()
    }

    /// Computes the state root after `diff` on this state, and the trie
    /// changes to commit with it. It reads and hashes only the paths that the
    /// diff touches, and on a past state those that changed since.
    ///
    /// # Errors
    /// `TooManyChanges` on a past state from long ago; `InvalidDiff` for slots of an account
    /// that does not exist afterwards; `Corrupt` if a trie node does not hash
    /// to what its parent says.
    pub fn state_root(&self, diff: &StateDiff) -> Result<(B256, TrieUpdates), StorageError> {
        self.state_root_on(&[], diff)
    }

    /// As [`Snapshot::state_root`], on top of blocks that are not committed
    /// yet: `pending` are their trie updates, oldest first, and `diff` is that
    /// of the new block alone. On the latest state, the result can be committed after them.
    ///
    /// # Errors
    /// As [`Snapshot::state_root`], and `TrieBase` if a member of `pending`
    /// does not start where the one before it ended.
    pub fn state_root_on(
        &self,
        pending: &[&TrieUpdates],
        diff: &StateDiff,
    ) -> Result<(B256, TrieUpdates), StorageError> {
        let mut base_root = self.head_root();
        let way_back = self.way_back()?;
        let pending: Vec<&TrieUpdates> = way_back.into_iter().chain(pending.iter().copied()).collect();
        for updates in &pending {
            if updates.base_root() != base_root {
                let found = updates.base_root();
                return Err(StorageError::TrieBase { found, expected: base_root });
            }
            base_root = updates.root();
        }
        let updates = trie::state_root(&self.nodes(&pending), base_root, diff)?;
        Ok((updates.root(), updates))
    }

    /// EIP-1186 proofs of an account and of some of its slots, for presence or absence.
    ///
    /// # Errors
    /// `TooManyChanges` on a past state from long ago.
    pub fn account_proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, StorageError> {
        let way_back = self.way_back()?;
        let root = way_back.map_or(self.head_root(), TrieUpdates::root);
        let pending: Vec<&TrieUpdates> = way_back.into_iter().collect();
        trie::account_proof(&self.nodes(&pending), root, address, slots)
    }

    /// Root of this state.
    ///
    /// # Errors
    /// As [`Self::account_proof`].
    pub fn root(&self) -> Result<B256, StorageError> {
        Ok(self.way_back()?.map_or(self.head_root(), TrieUpdates::root))
    }

    /// What leads from the latest trie to that of this past state; `None` if this is the latest.
    fn way_back(&self) -> Result<Option<&TrieUpdates>, StorageError> {
        let Some(number) = self.past else { return Ok(None) };
        if let Some(known) = self.way_back.get() {
            return Ok(Some(known));
        }
        let diff = history::way_back(&self.tx, &self.storage.tables, number, CHANGES_MAX)?;
        let updates = trie::state_root(&self.nodes(&[]), self.head_root(), &diff)?;
        Ok(Some(self.way_back.get_or_init(|| updates)))
    }

    /// Root of a new trie after these changes in order, at the keccak256 hashes of their keys; no value removes. For tests of
    /// the trie, whose keys are always hashes.
    #[doc(hidden)]
    pub fn hashed_trie_root(&self, changes: &[(Bytes, Option<Bytes>)]) -> Result<B256, StorageError> {
        trie::hashed_root(&self.nodes(&[]), changes)
    }

    /// Whether block `number`, whose state is kept, changed balance, nonce or code of the account.
    pub fn changed_account(&self, address: Address, number: u64) -> Result<bool, StorageError> {
        history::changed_account(&self.tx, &self.storage.tables, address, number)
    }

    /// Every slot that the account has, or had in a state that is kept, its value in this state zero or not.
    ///
    /// # Errors
    /// `TooManySlots` above 200,000.
    pub fn known_slots(&self, address: Address) -> Result<BTreeSet<U256>, StorageError> {
        let mut slots = BTreeSet::new();
        history::each_slot(&self.tx, &self.storage.tables, address, |slot| {
            slots.insert(slot);
            if slots.len() > SLOTS_MAX {
                return Err(StorageError::TooManySlots { address, max: SLOTS_MAX });
            }
            Ok(())
        })?;
        Ok(slots)
    }

    /// Calls `visit` with every account of the latest state, in address order.
    ///
    /// # Errors
    /// `NotLatest` on a past state.
    pub fn for_each_account(&self, mut visit: impl FnMut(Address, &Account)) -> Result<(), StorageError> {
        self.latest("for_each_account")?;
        let table = &self.storage.tables.accounts;
        table.scan(&self.tx, &[], |key, value| {
            let address = Address::from(table.array::<20>(key, key)?);
            visit(address, &table.account(key, value)?);
            Ok(true)
        })
    }

    /// Calls `visit` with every non-zero slot of an account in the latest
    /// state, in slot order.
    ///
    /// # Errors
    /// `NotLatest` on a past state.
    pub fn for_each_slot(
        &self,
        address: Address,
        mut visit: impl FnMut(U256, U256),
    ) -> Result<(), StorageError> {
        self.latest("for_each_slot")?;
        let table = &self.storage.tables.storage;
        table.scan_prefix(&self.tx, address.as_slice(), |key, value| {
            let slot = table.array::<52>(key, key)?;
            visit(U256::from_be_slice(&slot[20..]), table.word(key, value)?);
            Ok(())
        })
    }

    /// The transaction behind this snapshot of the latest state.
    pub(crate) fn read_transaction(&self) -> Result<&RoTxSync, StorageError> {
        self.latest("rewind").map(|()| &self.tx)
    }

    fn nodes<'a>(&'a self, pending: &'a [&'a TrieUpdates]) -> Nodes<'a> {
        Nodes { tx: &self.tx, table: &self.storage.tables.trie_nodes, pending }
    }

    /// State root of the head.
    fn head_root(&self) -> B256 {
        self.head.map_or(EMPTY_ROOT_HASH, |head| head.state_root)
    }

    /// An error unless this is the latest state.
    fn latest(&self, operation: &'static str) -> Result<(), StorageError> {
        let Some(number) = self.past else { return Ok(()) };
        let head = self.head.map_or(number, |head| head.number);
        Err(StorageError::NotLatest { operation, number, head })
    }
}

impl StateReader for Snapshot {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(history::account_at(&self.tx, &self.storage.tables, address, self.past)?)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(history::storage_at(&self.tx, &self.storage.tables, address, slot, self.past)?)
    }

    fn has_slot_but(&self, address: Address, others: &BTreeSet<U256>) -> Result<bool, StateError> {
        Ok(history::has_slot_at(&self.tx, &self.storage.tables, address, others, self.past)?)
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        if code_hash == EMPTY_CODE_HASH {
            return Ok(Bytes::new());
        }
        let table = &self.storage.tables.code;
        let code = table.get(&self.tx, code_hash.as_slice())?;
        let code = code.ok_or_else(|| table.corrupt(code_hash.as_slice(), "missing code"))?;
        Ok(Bytes::from(code.into_owned()))
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StateError> {
        if self.number().is_none_or(|own| number > own) {
            return Ok(None);
        }
        Ok(read_block_hash(&self.tx, &self.storage.tables.blocks, number)?)
    }
}
