//! Reading committed blocks. Each call sees one consistent state of the
//! database, and a committed block never changes.

use crate::{
    Storage, StorageError,
    tables::{Head, Table, item_key, meta},
};
use alloy_primitives::B256;
use signet_libmdbx::{TransactionKind, tx::Tx};

/// Hash and two counts before the header's own bytes.
const BLOCK_PREFIX_BYTES: usize = 40;

/// A row of the table `blocks`.
struct BlockRow<'a> {
    hash: B256,
    transactions: u32,
    receipts: u32,
    header: &'a [u8],
}

impl Storage {
    /// Number and hash of the last committed block; `None` in an empty database.
    pub fn head(&self) -> Result<Option<(u64, B256)>, StorageError> {
        let head = Head::read(&self.inner.begin_read()?, &self.inner.tables)?;
        Ok(head.map(|head| (head.number, head.hash)))
    }

    /// The bytes given to [`Storage::commit_genesis`].
    pub fn chain_spec(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let tx = self.inner.begin_read()?;
        Ok(self.inner.tables.meta.get(&tx, meta::CHAIN_SPEC)?.map(|row| row.into_owned()))
    }

    /// The encoded header of block `number`.
    pub fn header(&self, number: u64) -> Result<Option<Vec<u8>>, StorageError> {
        let tx = self.inner.begin_read()?;
        read_block(&tx, &self.inner.tables.blocks, number, |row| row.header.to_vec())
    }

    /// The hash of block `number`.
    pub fn block_hash(&self, number: u64) -> Result<Option<B256>, StorageError> {
        read_block_hash(&self.inner.begin_read()?, &self.inner.tables.blocks, number)
    }

    /// The number of the block with this hash.
    pub fn block_number(&self, hash: B256) -> Result<Option<u64>, StorageError> {
        let table = &self.inner.tables.block_numbers;
        let tx = self.inner.begin_read()?;
        let row = table.get(&tx, hash.as_slice())?;
        row.map(|row| table.array(hash.as_slice(), &row).map(u64::from_be_bytes)).transpose()
    }

    /// The encoded transactions of block `number`, in block order.
    ///
    /// # Errors
    /// `UnknownBlock` above the head.
    pub fn transactions(&self, number: u64) -> Result<Vec<Vec<u8>>, StorageError> {
        self.items(&self.inner.tables.transactions, number, |row| row.transactions)
    }

    /// One encoded transaction, or `None` if the block has no such index.
    pub fn transaction(&self, number: u64, index: u32) -> Result<Option<Vec<u8>>, StorageError> {
        self.item(&self.inner.tables.transactions, number, index)
    }

    /// The encoded receipts of block `number`, in block order.
    ///
    /// # Errors
    /// `UnknownBlock` above the head.
    pub fn receipts(&self, number: u64) -> Result<Vec<Vec<u8>>, StorageError> {
        self.items(&self.inner.tables.receipts, number, |row| row.receipts)
    }

    /// One encoded receipt, or `None` if the block has no such index.
    pub fn receipt(&self, number: u64, index: u32) -> Result<Option<Vec<u8>>, StorageError> {
        self.item(&self.inner.tables.receipts, number, index)
    }

    /// Block number and index in the block of the transaction with this hash.
    /// Should a hash ever occur twice, the later place is known.
    pub fn transaction_location(&self, hash: B256) -> Result<Option<(u64, u32)>, StorageError> {
        let table = &self.inner.tables.transaction_locations;
        let tx = self.inner.begin_read()?;
        let Some(row) = table.get(&tx, hash.as_slice())? else {
            return Ok(None);
        };
        let row: [u8; 12] = table.array(hash.as_slice(), &row)?;
        let (number, index) = row.split_first_chunk::<8>().expect("a location has 12 bytes");
        let index = table.array(hash.as_slice(), index)?;
        Ok(Some((u64::from_be_bytes(*number), u32::from_be_bytes(index))))
    }

    /// Up to `limit` notes from key `from` on, in ascending order, each with its
    /// key. What a key means is the caller's: pool and position.
    pub fn notes(&self, from: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StorageError> {
        let table = &self.inner.tables.notes;
        let mut notes = Vec::new();
        if limit == 0 {
            return Ok(notes);
        }
        let tx = self.inner.begin_read()?;
        table.scan(&tx, &from.to_be_bytes(), |key, value| {
            notes.push((u64::from_be_bytes(table.array(key, key)?), value.to_vec()));
            Ok(notes.len() < limit)
        })?;
        Ok(notes)
    }

    /// Number of stored notes.
    pub fn note_count(&self) -> Result<u64, StorageError> {
        self.inner.tables.notes.rows(&self.inner.begin_read()?)
    }

    fn item(&self, table: &Table, number: u64, index: u32) -> Result<Option<Vec<u8>>, StorageError> {
        let tx = self.inner.begin_read()?;
        Ok(table.get(&tx, &item_key(number, index))?.map(|row| row.into_owned()))
    }

    fn items(
        &self,
        table: &Table,
        number: u64,
        count: impl FnOnce(BlockRow<'_>) -> u32,
    ) -> Result<Vec<Vec<u8>>, StorageError> {
        let tables = &self.inner.tables;
        let tx = self.inner.begin_read()?;
        let Some(count) = read_block(&tx, &tables.blocks, number, count)? else {
            let head = Head::read(&tx, tables)?.map(|head| head.number);
            return Err(StorageError::UnknownBlock { number, head });
        };
        let mut items = Vec::new();
        table.scan_prefix(&tx, &number.to_be_bytes(), |key, value| {
            let index = items.len();
            if u32::try_from(index).is_ok_and(|index| *key == item_key(number, index)) {
                items.push(value.to_vec());
                return Ok(());
            }
            Err(table.corrupt(key, format!("item {index} of its block is missing")))
        })?;
        if u32::try_from(items.len()) != Ok(count) {
            let reason = format!("{} items of {count}", items.len());
            return Err(table.corrupt(&number.to_be_bytes(), reason));
        }
        Ok(items)
    }
}

/// The hash of block `number`, inside a transaction.
pub(crate) fn read_block_hash<K: TransactionKind>(
    tx: &Tx<K>,
    blocks: &Table,
    number: u64,
) -> Result<Option<B256>, StorageError> {
    read_block(tx, blocks, number, |row| row.hash)
}

fn read_block<K: TransactionKind, T>(
    tx: &Tx<K>,
    blocks: &Table,
    number: u64,
    take: impl FnOnce(BlockRow<'_>) -> T,
) -> Result<Option<T>, StorageError> {
    let key = number.to_be_bytes();
    let Some(row) = blocks.get(tx, &key)? else {
        return Ok(None);
    };
    let Some((prefix, header)) = row.split_first_chunk::<BLOCK_PREFIX_BYTES>() else {
        let reason = format!("{} bytes, expected at least {BLOCK_PREFIX_BYTES}", row.len());
        return Err(blocks.corrupt(&key, reason));
    };
    Ok(Some(take(BlockRow {
        hash: B256::from_slice(&prefix[..32]),
        transactions: u32::from_be_bytes(blocks.array(&key, &prefix[32..36])?),
        receipts: u32::from_be_bytes(blocks.array(&key, &prefix[36..])?),
        header,
    })))
}
