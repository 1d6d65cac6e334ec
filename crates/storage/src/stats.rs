//! How large the database is, and of what.

use crate::{Storage, StorageError, history, tables::Head};

/// Sizes of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageStats {
    /// Number of the head; `None` before genesis.
    pub head: Option<u64>,
    /// The oldest block whose state can be read.
    pub oldest_state: u64,
    /// Bytes of the data file in use.
    pub used_bytes: u64,
    /// Every table.
    pub tables: Vec<TableStats>,
}

/// Sizes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableStats {
    /// Its name.
    pub name: &'static str,
    /// Rows.
    pub rows: u64,
    /// Bytes of its pages.
    pub bytes: u64,
}

impl Storage {
    /// Sizes of everything.
    ///
    /// # Errors
    /// Of the engine.
    pub fn stats(&self) -> Result<StorageStats, StorageError> {
        let tables = &self.inner.tables;
        let tx = self.inner.begin_read()?;
        let of = |table: &&_| {
            let table: &crate::tables::Table = table;
            Ok(TableStats { name: table.name, rows: table.rows(&tx)?, bytes: table.bytes(&tx)? })
        };
        Ok(StorageStats {
            head: Head::read(&tx, tables)?.map(|head| head.number),
            oldest_state: history::oldest_state(&tx, tables)?,
            used_bytes: self.inner.used_bytes()?,
            tables: tables.all().iter().map(of).collect::<Result<_, StorageError>>()?,
        })
    }
}
