//! Tables, the codecs of their rows, and checked access to them.
//!
//! All integers are big-endian, so that byte order is number order.

use crate::StorageError;
use alloy_primitives::{Address, B256, U256};
use sero_primitives::Account;
use signet_libmdbx::{
    Database, DatabaseFlags, MdbxError, ReadError, TransactionKind, WriteFlags,
    tx::{Tx, aliases::RwTxUnsync},
};
use std::borrow::Cow;

/// No row may be larger; the engine would abort the process beyond 2 GiB.
const ROW_BYTES_MAX: usize = 1 << 30;

/// Key and value.
pub(crate) type Row<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// One table: its name for messages, its handle for the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    db: Database,
}

/// Declares the tables once: field, name on disk.
macro_rules! tables {
    ($($field:ident),+ $(,)?) => {
        /// Handles of all tables.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Tables { $(pub $field: Table),+ }

        impl Tables {
            /// How many there are.
            pub const COUNT: usize = [$(stringify!($field)),+].len();

            /// Creates them all in a new database.
            pub fn create(tx: &RwTxUnsync) -> Result<Self, MdbxError> {
                Ok(Self { $($field: Table {
                    name: stringify!($field),
                    db: tx.create_db(Some(stringify!($field)), DatabaseFlags::empty())?,
                }),+ })
            }

            /// All of them.
            pub fn all(&self) -> [&Table; Self::COUNT] {
                [$(&self.$field),+]
            }

            /// Opens them all; the error names the table.
            pub fn open(tx: &RwTxUnsync) -> Result<Self, (&'static str, MdbxError)> {
                Ok(Self { $($field: Table::open(tx, stringify!($field))
                    .map_err(|error| (stringify!($field), error))?),+ })
            }
        }
    };
}

tables! {
    meta, blocks, block_numbers, transactions, transaction_locations, receipts, notes,
    accounts, storage, code, account_history, storage_history, changes, trie_nodes,
}

impl Table {
    pub fn open<K: TransactionKind>(tx: &Tx<K>, name: &'static str) -> Result<Self, MdbxError> {
        Ok(Self { name, db: tx.open_db(Some(name))? })
    }

    /// The row at `key`.
    pub fn get<'a, K: TransactionKind>(
        &self,
        tx: &'a Tx<K>,
        key: &[u8],
    ) -> Result<Option<Cow<'a, [u8]>>, StorageError> {
        tx.get(self.db.dbi(), key).map_err(|error| self.read_error(key, error))
    }

    /// The first row whose key is not below `key`.
    pub fn seek<'a, K: TransactionKind>(
        &self,
        tx: &'a Tx<K>,
        key: &[u8],
    ) -> Result<Option<Row<'a>>, StorageError> {
        let mut cursor = tx.cursor(self.db).map_err(StorageError::engine("open a cursor"))?;
        cursor.set_range(key).map_err(|error| self.read_error(key, error))
    }

    /// Calls `visit` with every row from key `from` on, in key order, until
    /// it answers `false`.
    pub fn scan<K: TransactionKind>(
        &self,
        tx: &Tx<K>,
        from: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<bool, StorageError>,
    ) -> Result<(), StorageError> {
        let mut cursor = tx.cursor(self.db).map_err(StorageError::engine("open a cursor"))?;
        let mut row: Option<Row<'_>> =
            cursor.set_range(from).map_err(|error| self.read_error(from, error))?;
        while let Some((key, value)) = row {
            if !visit(&key, &value)? {
                break;
            }
            row = cursor.next().map_err(|error| self.read_error(&key, error))?;
        }
        Ok(())
    }

    /// Calls `visit` with every row whose key starts with `prefix`.
    pub fn scan_prefix<K: TransactionKind>(
        &self,
        tx: &Tx<K>,
        prefix: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        self.scan(tx, prefix, |key, value| {
            let inside = key.starts_with(prefix);
            if inside {
                visit(key, value)?;
            }
            Ok(inside)
        })
    }

    /// Number of rows.
    pub fn rows<K: TransactionKind>(&self, tx: &Tx<K>) -> Result<u64, StorageError> {
        let stat = tx.db_stat(&self.db).map_err(StorageError::engine("count rows"))?;
        Ok(stat.entries() as u64) // CAST: usize is at most 64 bits
    }

    /// Bytes of its pages.
    pub fn bytes<K: TransactionKind>(&self, tx: &Tx<K>) -> Result<u64, StorageError> {
        let stat = tx.db_stat(&self.db).map_err(StorageError::engine("measure a table"))?;
        let pages = stat.branch_pages() + stat.leaf_pages() + stat.overflow_pages();
        Ok(pages as u64 * u64::from(stat.page_size())) // CAST: usize is at most 64 bits
    }

    /// Writes a row, replacing what was there.
    pub fn put(&self, tx: &RwTxUnsync, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        if value.len() > ROW_BYTES_MAX {
            return Err(StorageError::Engine {
                action: "write a row above 1 GiB",
                source: MdbxError::BadValSize,
            });
        }
        tx.put(self.db, key, value, WriteFlags::empty()).map_err(StorageError::engine("write a row"))
    }

    /// Removes a row, if it is there.
    pub fn delete(&self, tx: &RwTxUnsync, key: &[u8]) -> Result<(), StorageError> {
        tx.del(self.db, key, None).map_err(StorageError::engine("delete a row"))?;
        Ok(())
    }

    /// The error for a row that this program cannot have written.
    pub fn corrupt(&self, key: &[u8], reason: impl Into<String>) -> StorageError {
        StorageError::corrupt(self.name, key, reason)
    }

    fn read_error(&self, key: &[u8], error: ReadError) -> StorageError {
        match error {
            ReadError::Mdbx(
                source @ (MdbxError::Corrupted | MdbxError::PageNotFound | MdbxError::Problem),
            ) => self.corrupt(key, source.to_string()),
            ReadError::Mdbx(source) => StorageError::Engine { action: "read a row", source },
            ReadError::Decoding(error) => self.corrupt(key, error.to_string()),
        }
    }

    /// A stored number of `N` bytes, or of any fixed-size field.
    pub fn array<const N: usize>(&self, key: &[u8], bytes: &[u8]) -> Result<[u8; N], StorageError> {
        bytes.try_into().map_err(|_| self.corrupt(key, format!("{} bytes, expected {N}", bytes.len())))
    }

    /// A stored account row; see [`encode_account`].
    pub fn account(&self, key: &[u8], bytes: &[u8]) -> Result<Account, StorageError> {
        let row: [u8; ACCOUNT_BYTES] = self.array(key, bytes)?;
        let (nonce, rest) = row.split_first_chunk::<8>().expect("a row has 72 bytes");
        Ok(Account {
            nonce: u64::from_be_bytes(*nonce),
            balance: U256::from_be_slice(&rest[..32]),
            code_hash: B256::from_slice(&rest[32..]),
        })
    }

    /// A stored slot value; see [`encode_word`].
    pub fn word(&self, key: &[u8], bytes: &[u8]) -> Result<U256, StorageError> {
        match bytes {
            [] | [0, ..] => Err(self.corrupt(key, "slot value is not minimal")),
            _ if bytes.len() > 32 => Err(self.corrupt(key, format!("slot value has {} bytes", bytes.len()))),
            _ => Ok(U256::from_be_slice(bytes)),
        }
    }
}

/// Length of an account row.
const ACCOUNT_BYTES: usize = 72;

/// `nonce (8) || balance (32) || code hash (32)`.
pub(crate) fn encode_account(account: &Account) -> [u8; ACCOUNT_BYTES] {
    let mut row = [0; ACCOUNT_BYTES];
    row[..8].copy_from_slice(&account.nonce.to_be_bytes());
    row[8..40].copy_from_slice(&account.balance.to_be_bytes::<32>());
    row[40..].copy_from_slice(account.code_hash.as_slice());
    row
}

/// Big-endian without leading zeros; zero is no bytes and is never a row of
/// the plain state.
pub(crate) fn encode_word(value: U256) -> Vec<u8> {
    value.to_be_bytes_trimmed_vec()
}

/// `address (20) || slot (32)`.
pub(crate) fn slot_key(address: Address, slot: U256) -> [u8; 52] {
    let mut key = [0; 52];
    key[..20].copy_from_slice(address.as_slice());
    key[20..].copy_from_slice(&slot.to_be_bytes::<32>());
    key
}

/// `prefix || block number (8)`.
pub(crate) fn history_key(prefix: &[u8], number: u64) -> Vec<u8> {
    [prefix, &number.to_be_bytes()].concat()
}

/// `block number (8) || index in the block (4)`.
pub(crate) fn item_key(number: u64, index: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

/// `block number (8) || key of accounts or storage`.
pub(crate) fn change_key(number: u64, key: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes(), key].concat()
}

/// Keys of the table `meta`.
pub(crate) mod meta {
    /// Magic and format version.
    pub const FORMAT: &[u8] = b"format";
    /// Number, hash and state root of the last committed block.
    pub const HEAD: &[u8] = b"head";
    /// The genesis specification, as the caller gave it.
    pub const CHAIN_SPEC: &[u8] = b"chain_spec";
    /// The oldest block whose state is known; block 0 if there is no row.
    pub const OLDEST_STATE: &[u8] = b"oldest_state";
}

/// The last committed block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub number: u64,
    pub hash: B256,
    pub state_root: B256,
}

impl Head {
    pub fn read<K: TransactionKind>(tx: &Tx<K>, tables: &Tables) -> Result<Option<Self>, StorageError> {
        let Some(row) = tables.meta.get(tx, meta::HEAD)? else {
            // Otherwise a lost row would invite a second genesis.
            return match tables.blocks.rows(tx)? {
                0 => Ok(None),
                rows => {
                    let reason = format!("missing although {rows} blocks are stored");
                    Err(tables.meta.corrupt(meta::HEAD, reason))
                }
            };
        };
        let row: [u8; 72] = tables.meta.array(meta::HEAD, &row)?;
        let (number, rest) = row.split_first_chunk::<8>().expect("a row has 72 bytes");
        Ok(Some(Self {
            number: u64::from_be_bytes(*number),
            hash: B256::from_slice(&rest[..32]),
            state_root: B256::from_slice(&rest[32..]),
        }))
    }

    pub fn write(&self, tx: &RwTxUnsync, tables: &Tables) -> Result<(), StorageError> {
        let number = self.number.to_be_bytes();
        let row = [&number[..], self.hash.as_slice(), self.state_root.as_slice()].concat();
        tables.meta.put(tx, meta::HEAD, &row)
    }
}
