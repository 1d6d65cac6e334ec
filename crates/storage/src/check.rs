//! Checks of what follows from other rows: the trie from the state, the indices from the blocks.

use crate::{
    Storage, StorageError,
    tables::{Head, item_key},
    trie::{self, Nodes},
};
use alloy_primitives::{Address, B256, U256};
use alloy_trie::{
    EMPTY_ROOT_HASH, TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use std::sync::PoisonError;

/// What the rows of the latest state give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCheck {
    /// Accounts.
    pub accounts: u64,
    /// Slots.
    pub slots: u64,
    /// Root computed from the plain rows, by other code than the trie's.
    pub root: B256,
    /// Root that the head has.
    pub stored_root: B256,
    /// Nodes that can be reached from that root, each with the hash that its parent says.
    pub trie_nodes: u64,
    /// Rows of the trie.
    pub trie_rows: u64,
}

impl Storage {
    /// Reads the whole latest state. It takes memory for every account.
    ///
    /// # Errors
    /// `Corrupt` for rows that cannot be.
    pub fn check_state(&self) -> Result<StateCheck, StorageError> {
        let snapshot = self.snapshot()?;
        let mut accounts: Vec<(Address, TrieAccount)> = Vec::new();
        snapshot.for_each_account(|address, account| {
            let account =
                TrieAccount::new(account.nonce, account.balance, EMPTY_ROOT_HASH, account.code_hash);
            accounts.push((address, account));
        })?;
        let mut slots = 0;
        for (address, account) in &mut accounts {
            let mut all: Vec<(B256, U256)> = Vec::new();
            snapshot.for_each_slot(*address, |slot, value| all.push((slot.into(), value)))?;
            slots += all.len() as u64; // CAST: usize is at most 64 bits
            account.storage_root = storage_root_unhashed(all);
        }
        let stored_root = snapshot.root()?;
        let tx = snapshot.read_transaction()?;
        let table = &self.inner.tables.trie_nodes;
        let nodes = Nodes { tx, table, pending: &[] };
        Ok(StateCheck {
            accounts: accounts.len() as u64, // CAST: usize is at most 64 bits
            slots,
            root: state_root_unhashed(accounts),
            stored_root,
            trie_nodes: trie::count_nodes(&nodes, stored_root)?,
            trie_rows: table.rows(tx)?,
        })
    }

    /// Makes the indices of blocks and transactions anew. `hashes` gives the hash of a block and those of its
    /// transactions from their bytes. Answers how many rows there are now.
    ///
    /// # Errors
    /// `Corrupt` where `hashes` fails; nothing is changed then.
    pub fn rebuild_indices(
        &self,
        hashes: impl Fn(&[u8], &[Vec<u8>]) -> Result<(B256, Vec<B256>), String>,
    ) -> Result<u64, StorageError> {
        let tables = &self.inner.tables;
        let mut rows = 0;
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = self.inner.begin_write()?;
        for table in [&tables.block_numbers, &tables.transaction_locations] {
            crate::rewrite::clear_table(&tx, table, |_| false)?;
        }
        let Some(head) = Head::read(&tx, tables)? else { return Ok(0) };
        for number in 0..=head.number {
            let key = number.to_be_bytes();
            let header = self.header(number)?.ok_or_else(|| tables.blocks.corrupt(&key, "missing"))?;
            let (hash, transactions) = hashes(&header, &self.transactions(number)?)
                .map_err(|reason| tables.blocks.corrupt(&key, reason))?;
            tables.block_numbers.put(&tx, hash.as_slice(), &key)?;
            for (index, transaction) in (0u32..).zip(&transactions) {
                tables.transaction_locations.put(&tx, transaction.as_slice(), &item_key(number, index))?;
            }
            rows += 1 + transactions.len() as u64; // CAST: usize is at most 64 bits
        }
        tx.commit().map_err(StorageError::engine("make the indices anew"))?;
        Ok(rows)
    }
}
