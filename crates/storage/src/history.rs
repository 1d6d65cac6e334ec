//! State as it was after each block.
//!
//! Every block writes, under `key || block number`, the value that `key` had
//! before it. The value after block N is therefore the first such entry above
//! N, or the plain value where no later block changed it: one seek and at
//! most one get.

use crate::{
    StorageError,
    tables::{Table, Tables, change_key, encode_account, encode_word, history_key, meta, slot_key},
};
use alloy_primitives::{Address, U256};
use sero_primitives::{Account, StateDiff};
use signet_libmdbx::{
    TransactionKind,
    tx::{Tx, aliases::RwTxUnsync},
};
use std::{borrow::Cow, collections::BTreeSet};

/// The account after block `number`; `None` asks for the latest state.
pub(crate) fn account_at<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    address: Address,
    number: Option<u64>,
) -> Result<Option<Account>, StorageError> {
    let key = address.as_slice();
    let row = value_at(tx, &tables.accounts, &tables.account_history, key, number)?;
    row.map(|row| row.table.account(&row.key, &row.value)).transpose()
}

/// The slot after block `number`; `None` asks for the latest state.
pub(crate) fn storage_at<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    address: Address,
    slot: U256,
    number: Option<u64>,
) -> Result<U256, StorageError> {
    let key = slot_key(address, slot);
    let row = value_at(tx, &tables.storage, &tables.storage_history, &key, number)?;
    row.map_or(Ok(U256::ZERO), |row| row.table.word(&row.key, &row.value))
}

/// Whether an account had a slot after block `number` that was not zero and is not among `others`.
pub(crate) fn has_slot_at<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    address: Address,
    others: &BTreeSet<U256>,
    number: Option<u64>,
) -> Result<bool, StorageError> {
    let mut known = others.clone();
    for table in [&tables.storage, &tables.storage_history] {
        let mut found = false;
        table.scan(tx, address.as_slice(), |key, _| {
            let slot = key.strip_prefix(address.as_slice());
            let Some(slot) = slot.and_then(|rest| rest.first_chunk::<32>()) else { return Ok(false) };
            let slot = U256::from_be_bytes(*slot);
            if known.insert(slot) {
                found = !storage_at(tx, tables, address, slot, number)?.is_zero();
            }
            Ok(!found)
        })?;
        if found || number.is_none() {
            return Ok(found);
        }
    }
    Ok(false)
}

/// Calls `visit` with every slot that an account has or had after a block whose state is kept; with most slots twice.
pub(crate) fn each_slot<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    address: Address,
    mut visit: impl FnMut(U256) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    for table in [&tables.storage, &tables.storage_history] {
        let mut last = None;
        table.scan_prefix(tx, address.as_slice(), |key, _| {
            let slot = key.get(address.len()..).and_then(|rest| rest.first_chunk::<32>());
            let slot = slot.ok_or_else(|| table.corrupt(key, "key has no slot"))?;
            let slot = U256::from_be_bytes(*slot);
            if last.replace(slot) == Some(slot) { Ok(()) } else { visit(slot) }
        })?;
    }
    Ok(())
}

/// Whether block `number` changed balance, nonce or code of the account, as far as states are kept.
pub(crate) fn changed_account<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    address: Address,
    number: u64,
) -> Result<bool, StorageError> {
    Ok(tables.account_history.get(tx, &history_key(address.as_slice(), number))?.is_some())
}

/// A row and where it came from.
struct Found<'a> {
    table: &'a Table,
    key: Cow<'a, [u8]>,
    value: Cow<'a, [u8]>,
}

fn value_at<'a, K: TransactionKind>(
    tx: &'a Tx<K>,
    plain: &'a Table,
    history: &'a Table,
    key: &'a [u8],
    number: Option<u64>,
) -> Result<Option<Found<'a>>, StorageError> {
    if let Some(next) = number.and_then(|number| number.checked_add(1))
        && let Some((found, value)) = history.seek(tx, &history_key(key, next))?
        && found.starts_with(key)
    {
        if found.len() != key.len() + size_of::<u64>() {
            return Err(history.corrupt(&found, "key does not end in a block number"));
        }
        // An empty entry says that there was no row.
        return Ok((!value.is_empty()).then_some(Found { table: history, key: found, value }));
    }
    let value = plain.get(tx, key)?;
    Ok(value.map(|value| Found { table: plain, key: Cow::Borrowed(key), value }))
}

/// The oldest block whose state is known.
pub(crate) fn oldest_state<K: TransactionKind>(tx: &Tx<K>, tables: &Tables) -> Result<u64, StorageError> {
    let Some(row) = tables.meta.get(tx, meta::OLDEST_STATE)? else { return Ok(0) };
    Ok(u64::from_be_bytes(tables.meta.array(meta::OLDEST_STATE, &row)?))
}

/// Calls `visit` with the key, in `accounts` or `storage`, of everything that a block above `number` changed, once for
/// each such block, until it answers `false`.
pub(crate) fn changed_after<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    number: u64,
    mut visit: impl FnMut(u64, &[u8]) -> Result<bool, StorageError>,
) -> Result<(), StorageError> {
    let Some(next) = number.checked_add(1) else { return Ok(()) };
    tables.changes.scan(tx, &next.to_be_bytes(), |key, _| {
        let Some((block, rest)) = key.split_first_chunk::<8>().filter(|(_, rest)| is_state_key(rest)) else {
            return Err(tables.changes.corrupt(key, "key is not a block number and a key of the state"));
        };
        visit(u64::from_be_bytes(*block), rest)
    })
}

fn is_state_key(key: &[u8]) -> bool {
    matches!(key.len(), ADDRESS_BYTES | SLOT_KEY_BYTES)
}

/// Bytes of a key of `accounts`.
const ADDRESS_BYTES: usize = 20;
/// Bytes of a key of `storage`.
const SLOT_KEY_BYTES: usize = 52;

/// What must change in the latest state for it to become the state after block `number`.
///
/// # Errors
/// `TooManyChanges` above `max`.
pub(crate) fn way_back<K: TransactionKind>(
    tx: &Tx<K>,
    tables: &Tables,
    number: u64,
    max: usize,
) -> Result<StateDiff, StorageError> {
    let mut keys: BTreeSet<Vec<u8>> = BTreeSet::new();
    changed_after(tx, tables, number, |_, key| {
        keys.insert(key.to_vec());
        if keys.len() > max { Err(StorageError::TooManyChanges { number, max }) } else { Ok(true) }
    })?;
    let mut diff = StateDiff::default();
    for key in keys {
        let (address, slot) = key.split_at(ADDRESS_BYTES);
        let address = Address::from_slice(address);
        let account = account_at(tx, tables, address, Some(number))?;
        if slot.is_empty() {
            diff.accounts.insert(address, account);
        } else if account.is_some() {
            let slot = U256::from_be_slice(slot);
            let value = storage_at(tx, tables, address, slot, Some(number))?;
            diff.storage.entry(address).or_default().insert(slot, value);
        }
    }
    Ok(diff)
}

/// Most rows of history that one block removes, so that no block takes long.
const FORGOTTEN_PER_BLOCK: usize = 20_000;

/// Forgets states before that of block `oldest`, as far as one block may.
pub(crate) fn forget_before(tx: &RwTxUnsync, tables: &Tables, oldest: u64) -> Result<(), StorageError> {
    let before = oldest_state(tx, tables)?;
    if oldest <= before {
        return Ok(());
    }
    let mut rows = Vec::new();
    let mut next = oldest;
    changed_after(tx, tables, before, |block, key| {
        // Whole blocks, and at least one.
        let full = rows.len() >= FORGOTTEN_PER_BLOCK && rows.last().is_some_and(|(last, _)| *last < block);
        if block > oldest || full {
            next = next.min(block - 1);
            return Ok(false);
        }
        rows.push((block, key.to_vec()));
        Ok(true)
    })?;
    for (block, key) in &rows {
        let history =
            if key.len() == ADDRESS_BYTES { &tables.account_history } else { &tables.storage_history };
        history.delete(tx, &history_key(key, *block))?;
        tables.changes.delete(tx, &change_key(*block, key))?;
    }
    tables.meta.put(tx, meta::OLDEST_STATE, &next.to_be_bytes())
}

/// Writes account values and change sets of one block.
pub(crate) struct StateWriter<'a> {
    pub tx: &'a RwTxUnsync,
    pub tables: &'a Tables,
    /// The block that changes the state.
    pub number: u64,
    /// Whether the block has made other changes before, so that what it found may be remembered already.
    pub again: bool,
}

impl StateWriter<'_> {
    /// The account before this block.
    pub fn account(&self, address: Address) -> Result<Option<Account>, StorageError> {
        account_at(self.tx, self.tables, address, None)
    }

    /// Sets or removes an account row. Its slots are the caller's.
    pub fn set_account(&self, address: Address, account: Option<&Account>) -> Result<(), StorageError> {
        let value = account.map(|account| encode_account(account).to_vec()).unwrap_or_default();
        let Tables { accounts, account_history, .. } = self.tables;
        self.set(accounts, account_history, address.as_slice(), &value)
    }

    /// Sets a slot; zero removes it.
    pub fn set_slot(&self, address: Address, slot: U256, value: U256) -> Result<(), StorageError> {
        let Tables { storage, storage_history, .. } = self.tables;
        self.set(storage, storage_history, &slot_key(address, slot), &encode_word(value))
    }

    /// Removes every slot of an account but those for which `keep` holds: they get new values, and each slot is
    /// to be set once in a block.
    pub fn clear_slots(&self, address: Address, keep: impl Fn(U256) -> bool) -> Result<(), StorageError> {
        let Tables { storage, storage_history, .. } = self.tables;
        let mut keys = Vec::new();
        storage.scan_prefix(self.tx, address.as_slice(), |key, _| {
            let slot = key.get(address.len()..).and_then(U256::try_from_be_slice);
            if !slot.is_some_and(&keep) {
                keys.push(key.to_vec());
            }
            Ok(())
        })?;
        keys.iter().try_for_each(|key| self.set(storage, storage_history, key, &[]))
    }

    /// Writes `value` (none if empty) and remembers what it replaces. Nothing
    /// precedes block 0, so it needs no history.
    fn set(&self, plain: &Table, history: &Table, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        let previous = plain.get(self.tx, key)?.map(Cow::into_owned).unwrap_or_default();
        if previous == value {
            return Ok(());
        }
        let row = history_key(key, self.number);
        let known = self.again && history.get(self.tx, &row)?.is_some();
        if self.number > 0 && !known {
            history.put(self.tx, &row, &previous)?;
            self.tables.changes.put(self.tx, &change_key(self.number, key), &[])?;
        }
        if value.is_empty() { plain.delete(self.tx, key) } else { plain.put(self.tx, key, value) }
    }
}
