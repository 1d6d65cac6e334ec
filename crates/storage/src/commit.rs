//! Writing one finalised block: everything, or nothing, in one transaction.

use crate::{
    Storage, StorageError, TrieUpdates,
    history::{StateWriter, forget_before},
    tables::{Head, Tables, item_key, meta},
    trie,
};
use alloy_primitives::{B256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use sero_primitives::{EMPTY_CODE_HASH, StateDiff};
use signet_libmdbx::tx::aliases::RwTxUnsync;
use std::sync::PoisonError;

/// A finalised block with all that it leaves behind. Encoded fields are the
/// caller's bytes and come back unchanged.
#[derive(Clone, Debug)]
pub struct BlockCommit<'a> {
    /// Height; genesis is 0.
    pub number: u64,
    /// Block hash.
    pub hash: B256,
    /// Encoded header.
    pub header: Vec<u8>,
    /// Hash and encoding of each transaction, in block order.
    pub transactions: Vec<(B256, Vec<u8>)>,
    /// Encoded receipts, in block order.
    pub receipts: Vec<Vec<u8>>,
    /// Position and encoding of each new note, in ascending order and above
    /// all stored ones.
    pub notes: Vec<(u64, Vec<u8>)>,
    /// State changes of this block alone.
    pub diff: &'a StateDiff,
    /// Trie changes of this block alone, from
    /// [`Snapshot::state_root`](crate::Snapshot::state_root) with the same
    /// `diff`. Where they start is checked; that they belong to `diff` is not.
    pub trie: TrieUpdates,
}

/// What a block is to the database.
enum Place {
    Head,
    Next,
}

impl Storage {
    /// Makes a block durable. When this returns `Ok`, the block survives a
    /// power loss; when it returns an error, nothing of it was written.
    /// Committing the head again (same hash) does nothing and is `Ok`.
    ///
    /// # Errors
    /// `NotNext` unless the number is head + 1 (0 in an empty database);
    /// `Conflict` for another hash at the head's number; `TrieBase` if the
    /// trie updates start from another state root than the head's;
    /// `InvalidDiff` or `InvalidBlock` for contradictions in the input;
    /// `Engine` or `Corrupt` if the disk fails.
    pub fn commit(&self, block: BlockCommit<'_>) -> Result<(), StorageError> {
        self.commit_with(block, None)
    }

    /// Commits block 0 together with the chain's specification, which
    /// [`Storage::chain_spec`] then gives back.
    ///
    /// # Errors
    /// As [`Storage::commit`], and `ChainSpecMismatch` if the same genesis
    /// block is there with another specification.
    pub fn commit_genesis(&self, block: BlockCommit<'_>, chain_spec: &[u8]) -> Result<(), StorageError> {
        if block.number != 0 {
            return Err(StorageError::NotNext { number: block.number, next: 0 });
        }
        self.commit_with(block, Some(chain_spec))
    }

    /// Replaces the chain's specification, durably.
    ///
    /// # Errors
    /// Of the engine.
    pub fn set_chain_spec(&self, chain_spec: &[u8]) -> Result<(), StorageError> {
        // The transaction is atomic, so a panic elsewhere left nothing behind.
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        self.inner.tables.meta.put(&tx, meta::CHAIN_SPEC, chain_spec)?;
        tx.commit().map_err(StorageError::engine("replace the chain's specification"))
    }

    fn commit_with(&self, block: BlockCommit<'_>, chain_spec: Option<&[u8]>) -> Result<(), StorageError> {
        let tables = &self.inner.tables;
        check_code_hashes(&block)?;
        // The transaction is atomic, so a panic elsewhere left nothing behind.
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        let head = Head::read(&tx, tables)?;
        if let Place::Head = place(head, &block)? {
            return chain_spec.map_or(Ok(()), |spec| check_chain_spec(&tx, tables, spec));
        }
        let base_root = head.map_or(EMPTY_ROOT_HASH, |head| head.state_root);
        if block.trie.base_root() != base_root {
            let found = block.trie.base_root();
            return Err(StorageError::TrieBase { found, expected: base_root });
        }

        write_body(&tx, tables, &block)?;
        write_notes(&tx, tables, &block)?;
        write_changes(&tx, tables, block.number, block.diff, false)?;
        block.trie.write(&tx, tables)?;
        if let Some(oldest) = self.inner.states.and_then(|states| block.number.checked_sub(states)) {
            forget_before(&tx, tables, oldest)?;
        }
        if let Some(spec) = chain_spec {
            tables.meta.put(&tx, meta::CHAIN_SPEC, spec)?;
        }
        let state_root = block.trie.root();
        Head { number: block.number, hash: block.hash, state_root }.write(&tx, tables)?;
        tx.commit().map_err(StorageError::engine("commit a block"))?;
        tracing::debug!(target: "sero_storage", number = block.number, hash = %block.hash, "storage.commit");
        Ok(())
    }
}

fn place(head: Option<Head>, block: &BlockCommit<'_>) -> Result<Place, StorageError> {
    let number = block.number;
    match head {
        Some(head) if head.number == number && head.hash == block.hash => Ok(Place::Head),
        Some(head) if head.number == number => {
            Err(StorageError::Conflict { number, stored: head.hash, given: block.hash })
        }
        head => {
            let next = head.map_or(0, |head| head.number.saturating_add(1));
            if number == next { Ok(Place::Next) } else { Err(StorageError::NotNext { number, next }) }
        }
    }
}

fn check_chain_spec(tx: &RwTxUnsync, tables: &Tables, spec: &[u8]) -> Result<(), StorageError> {
    let stored = tables.meta.get(tx, meta::CHAIN_SPEC)?.unwrap_or_default();
    if *stored == *spec {
        return Ok(());
    }
    Err(StorageError::ChainSpecMismatch { stored: stored.len(), given: spec.len() })
}

/// Code is addressed by its hash forever, so a wrong pair must never land.
fn check_code_hashes(block: &BlockCommit<'_>) -> Result<(), StorageError> {
    let wrong = block.diff.code.iter().find(|(hash, code)| keccak256(code) != **hash);
    wrong.map_or(Ok(()), |(hash, _)| {
        let reason = format!("code does not hash to its key {hash}");
        Err(StorageError::InvalidBlock { number: block.number, reason })
    })
}

/// The number of items in a block, bounded by what an item key can hold.
fn count(block: &BlockCommit<'_>, items: usize) -> Result<u32, StorageError> {
    u32::try_from(items).map_err(|_| StorageError::InvalidBlock {
        number: block.number,
        reason: format!("{items} items, at most {} can be stored", u32::MAX),
    })
}

fn write_body(tx: &RwTxUnsync, tables: &Tables, block: &BlockCommit<'_>) -> Result<(), StorageError> {
    let number = block.number;
    let transactions = count(block, block.transactions.len())?;
    let receipts = count(block, block.receipts.len())?;
    let row =
        [block.hash.as_slice(), &transactions.to_be_bytes(), &receipts.to_be_bytes(), &block.header].concat();
    tables.blocks.put(tx, &number.to_be_bytes(), &row)?;
    tables.block_numbers.put(tx, block.hash.as_slice(), &number.to_be_bytes())?;
    for (index, (hash, bytes)) in (0..transactions).zip(&block.transactions) {
        let key = item_key(number, index);
        tables.transactions.put(tx, &key, bytes)?;
        tables.transaction_locations.put(tx, hash.as_slice(), &key)?;
    }
    for (index, bytes) in (0..receipts).zip(&block.receipts) {
        tables.receipts.put(tx, &item_key(number, index), bytes)?;
    }
    Ok(())
}

fn write_notes(tx: &RwTxUnsync, tables: &Tables, block: &BlockCommit<'_>) -> Result<(), StorageError> {
    for (key, bytes) in &block.notes {
        let key = key.to_be_bytes();
        if tables.notes.get(tx, &key)?.is_some() {
            let reason = format!("note {} is there already", u64::from_be_bytes(key));
            return Err(StorageError::InvalidBlock { number: block.number, reason });
        }
        tables.notes.put(tx, &key, bytes)?;
    }
    Ok(())
}

/// Writes the changes that block `number` makes; `again` if it made others before.
pub(crate) fn write_changes(
    tx: &RwTxUnsync,
    tables: &Tables,
    number: u64,
    diff: &StateDiff,
    again: bool,
) -> Result<(), StorageError> {
    let writer = StateWriter { tx, tables, number, again };
    for (hash, code) in &diff.code {
        tables.code.put(tx, hash.as_slice(), code)?;
    }
    for change in trie::changes(diff) {
        let before = writer.account(change.address)?;
        let after = change.after(before.as_ref())?;
        let Some(after) = after else {
            if before.is_some() {
                writer.clear_slots(change.address, |_| false)?;
                writer.set_account(change.address, None)?;
            }
            continue;
        };
        let code_is_new = before.is_none_or(|before| before.code_hash != after.code_hash);
        if code_is_new
            && after.code_hash != EMPTY_CODE_HASH
            && tables.code.get(tx, after.code_hash.as_slice())?.is_none()
        {
            let reason = "its code is neither stored nor in the diff";
            return Err(StorageError::InvalidDiff { address: change.address, reason });
        }
        writer.set_account(change.address, Some(&after))?;
        if change.wiped {
            writer.clear_slots(change.address, |slot| change.sets(slot))?;
        }
        for (slot, value) in change.slots() {
            writer.set_slot(change.address, slot, value)?;
        }
    }
    Ok(())
}
