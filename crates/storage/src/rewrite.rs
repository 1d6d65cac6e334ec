//! What only development chains do: change the state between blocks, and go back to an earlier database.

use crate::{
    FORMAT_VERSION, Snapshot, Storage, StorageError, TrieUpdates,
    commit::write_changes,
    tables::{Head, Row, Table, meta},
};
use alloy_primitives::{B256, keccak256};
use sero_primitives::StateDiff;
use signet_libmdbx::tx::aliases::{RoTxSync, RwTxUnsync};
use std::sync::PoisonError;

impl Storage {
    /// Changes the latest state as if the last block had done so. Its header knows nothing of it, so the state root that
    /// the next block builds on is no header's.
    ///
    /// # Errors
    /// As [`Storage::commit`](crate::Storage::commit), and `UnknownBlock` before genesis.
    pub fn patch_state(&self, diff: &StateDiff, trie: &TrieUpdates) -> Result<(), StorageError> {
        let tables = &self.inner.tables;
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        let head = Head::read(&tx, tables)?.ok_or(StorageError::UnknownBlock { number: 0, head: None })?;
        if trie.base_root() != head.state_root {
            let found = trie.base_root();
            return Err(StorageError::TrieBase { found, expected: head.state_root });
        }
        write_changes(&tx, tables, head.number, diff, true)?;
        trie.write(&tx, tables)?;
        Head { state_root: trie.root(), ..head }.write(&tx, tables)?;
        tx.commit().map_err(StorageError::engine("change the state between blocks"))
    }

    /// Makes the database what it was when `earlier` was taken, which must be of this database and of its latest state
    /// at that time.
    ///
    /// # Errors
    /// `NotLatest` for a snapshot of a past state.
    pub fn rewind(&self, earlier: &Snapshot) -> Result<(), StorageError> {
        let past = earlier.read_transaction()?;
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        for table in self.inner.tables.all() {
            rewind_table(&tx, past, table)?;
        }
        tx.commit().map_err(StorageError::engine("go back to an earlier database"))
    }

    /// Every row of every table.
    ///
    /// # Errors
    /// Of the engine.
    pub fn dump(&self) -> Result<Vec<u8>, StorageError> {
        let tx = self.inner.begin_read()?;
        let mut bytes = Vec::new();
        for (index, table) in (0u8..).zip(self.inner.tables.all()) {
            table.scan(&tx, &[], |key, value| {
                bytes.push(index);
                for part in [key, value] {
                    let length = u32::try_from(part.len()).expect("rows have at most 1 GiB");
                    bytes.extend(length.to_be_bytes());
                    bytes.extend(part);
                }
                Ok(true)
            })?;
        }
        let hash = keccak256(&bytes);
        Ok([&DUMP_MAGIC[..], &FORMAT_VERSION.to_be_bytes(), hash.as_slice(), &bytes].concat())
    }

    /// Puts the rows of a [`Self::dump`] in the place of all others, if its block 0 has this hash.
    ///
    /// # Errors
    /// `InvalidDump` for anything else.
    pub fn load(&self, dump: &[u8], genesis: B256) -> Result<(), StorageError> {
        let rows = dump_rows(dump)
            .ok_or(StorageError::InvalidDump("it is cut off or changed, or of another format"))?;
        let tables = self.inner.tables.all();
        let of = |row: &DumpRow<'_>, table: &Table| {
            tables.get(usize::from(row.table)).is_some_and(|found| found.name == table.name)
        };
        let first = rows.iter().find(|row| of(row, &self.inner.tables.blocks) && row.key == [0; 8]);
        if first.is_none_or(|row| !row.value.starts_with(genesis.as_slice())) {
            return Err(StorageError::InvalidDump("its block 0 is another one"));
        }
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        let ours = |key: &[u8]| -> Result<_, StorageError> {
            Ok(self.inner.tables.meta.get(&tx, key)?.map(|row| std::borrow::Cow::Owned(row.into_owned())))
        };
        let (format, spec) = (ours(meta::FORMAT)?, ours(meta::CHAIN_SPEC)?);
        for table in tables {
            clear_table(&tx, table, |_| false)?;
        }
        for row in &rows {
            let table = tables.get(usize::from(row.table));
            let table = table.ok_or(StorageError::InvalidDump("it has a table that is not known"))?;
            table.put(&tx, row.key, row.value)?;
        }
        let head = Head::read(&tx, &self.inner.tables)?.ok_or(StorageError::InvalidDump("it has no head"))?;
        let block = self.inner.tables.blocks.get(&tx, &head.number.to_be_bytes())?;
        if block.is_none_or(|block| !block.starts_with(head.hash.as_slice())) {
            return Err(StorageError::InvalidDump("its head is not among its blocks"));
        }
        let of_dump = |key: &[u8]| self.inner.tables.meta.get(&tx, key);
        if of_dump(meta::FORMAT)? != format || of_dump(meta::CHAIN_SPEC)? != spec {
            return Err(StorageError::InvalidDump(
                "it is of another format, or of a chain with other upgrades",
            ));
        }
        tx.commit().map_err(StorageError::engine("load a database"))
    }

    /// Removes everything but the format: the database is as if new.
    ///
    /// # Errors
    /// Of the engine.
    pub fn clear(&self) -> Result<(), StorageError> {
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        for table in self.inner.tables.all() {
            clear_table(&tx, table, |key| table.name == self.inner.tables.meta.name && key == meta::FORMAT)?;
        }
        tx.commit().map_err(StorageError::engine("clear the database"))
    }
}

/// How a dump begins.
const DUMP_MAGIC: &[u8; 8] = b"SERODUMP";

struct DumpRow<'a> {
    table: u8,
    key: &'a [u8],
    value: &'a [u8],
}

fn dump_rows(dump: &[u8]) -> Option<Vec<DumpRow<'_>>> {
    fn part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        *bytes = rest;
        Some(part)
    }
    let rest = dump.strip_prefix(DUMP_MAGIC)?.strip_prefix(&FORMAT_VERSION.to_be_bytes())?;
    let (hash, mut bytes) = rest.split_first_chunk::<32>()?;
    if keccak256(bytes) != B256::from(*hash) {
        return None;
    }
    let mut rows = Vec::new();
    while let Some((table, rest)) = bytes.split_first() {
        bytes = rest;
        rows.push(DumpRow { table: *table, key: part(&mut bytes)?, value: part(&mut bytes)? });
    }
    Some(rows)
}

pub(crate) fn clear_table(
    tx: &RwTxUnsync,
    table: &Table,
    keep: impl Fn(&[u8]) -> bool,
) -> Result<(), StorageError> {
    let mut keys = Vec::new();
    table.scan(tx, &[], |key, _| {
        if !keep(key) {
            keys.push(key.to_vec());
        }
        Ok(true)
    })?;
    keys.iter().try_for_each(|key| table.delete(tx, key))
}

fn rewind_table(tx: &RwTxUnsync, past: &RoTxSync, table: &Table) -> Result<(), StorageError> {
    let mut wrong = Vec::new();
    table.scan(tx, &[], |key, value| {
        if table.get(past, key)?.is_none_or(|before| *before != *value) {
            wrong.push(key.to_vec());
        }
        Ok(true)
    })?;
    for key in wrong {
        table.delete(tx, &key)?;
    }
    let mut missing: Vec<Row<'static>> = Vec::new();
    table.scan(past, &[], |key, value| {
        if table.get(tx, key)?.is_none() {
            missing.push((key.to_vec().into(), value.to_vec().into()));
        }
        Ok(true)
    })?;
    missing.iter().try_for_each(|(key, value)| table.put(tx, key, value))
}
