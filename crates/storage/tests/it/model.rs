//! A plain in-memory state to compare with, and random workloads.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{
    TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use sero_primitives::{Account, StateDiff};
use sero_storage::{BlockCommit, Snapshot, Storage, StorageError, StorageOptions, TrieUpdates};
use std::{collections::BTreeMap, path::Path};

pub fn open(dir: &Path) -> Storage {
    Storage::open(dir, StorageOptions::default()).unwrap()
}

/// The `index`th address of the test's address pool.
pub fn address(index: u64) -> Address {
    Address::from_slice(&keccak256(index.to_be_bytes())[12..])
}

pub fn account(nonce: u64) -> Account {
    Account { nonce, balance: U256::from(nonce) << 100, ..Account::default() }
}

pub fn block_hash(number: u64) -> B256 {
    keccak256([b"block".as_slice(), &number.to_be_bytes()].concat())
}

/// A block with one transaction, one receipt and one note; its header is its
/// state root.
pub fn block<'a>(number: u64, diff: &'a StateDiff, trie: TrieUpdates) -> BlockCommit<'a> {
    let bytes = number.to_be_bytes();
    BlockCommit {
        number,
        hash: block_hash(number),
        header: trie.root().to_vec(),
        transactions: vec![(keccak256(bytes), bytes.to_vec())],
        receipts: vec![[&bytes[..], b"receipt"].concat()],
        notes: vec![(number, bytes.to_vec())],
        diff,
        trie,
    }
}

/// Commits `diff` as the next block.
pub fn commit_next(storage: &Storage, diff: &StateDiff) -> Result<B256, StorageError> {
    let snapshot = storage.snapshot()?;
    let number = snapshot.number().map_or(0, |number| number + 1);
    let (root, trie) = snapshot.state_root(diff)?;
    storage.commit(block(number, diff, trie))?;
    Ok(root)
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub accounts: BTreeMap<Address, Account>,
    pub slots: BTreeMap<Address, BTreeMap<U256, U256>>,
}

impl Model {
    /// All of a snapshot, read row by row.
    pub fn read(snapshot: &Snapshot) -> Self {
        let mut model = Self::default();
        let keep = |address, account: &Account| {
            model.accounts.insert(address, account.clone());
        };
        snapshot.for_each_account(keep).unwrap();
        for address in model.accounts.keys() {
            let mut slots = BTreeMap::new();
            let keep = |slot, value| {
                slots.insert(slot, value);
            };
            snapshot.for_each_slot(*address, keep).unwrap();
            if !slots.is_empty() {
                model.slots.insert(*address, slots);
            }
        }
        model
    }

    pub fn apply(&mut self, diff: &StateDiff) {
        for (address, change) in &diff.accounts {
            match change {
                Some(account) => drop(self.accounts.insert(*address, account.clone())),
                None => {
                    self.accounts.remove(address);
                    self.slots.remove(address);
                }
            }
        }
        for address in &diff.wiped {
            self.slots.remove(address);
        }
        for (address, changes) in &diff.storage {
            let slots = self.slots.entry(*address).or_default();
            for (slot, value) in changes {
                slots.insert(*slot, *value);
            }
            slots.retain(|_, value| !value.is_zero());
            if slots.is_empty() {
                self.slots.remove(address);
            }
        }
    }

    /// alloy's state root of everything.
    pub fn root(&self) -> B256 {
        state_root_unhashed(self.accounts.iter().map(|(address, account)| {
            let slots = self.slots.get(address).into_iter().flatten();
            let slots = slots.map(|(slot, value)| (B256::from(*slot), *value));
            let root = storage_root_unhashed(slots);
            (*address, TrieAccount::new(account.nonce, account.balance, root, account.code_hash))
        }))
    }

    /// Changes of every kind over a small pool, so that they often meet:
    /// creation, update, removal, empty accounts, storage of new and old accounts, storage that
    /// is wiped and written again, zeroed and untouched slots, a slot that is zeroed without ever being set.
    pub fn random_diff(&self, rng: &mut ChaCha12Rng, pool: u64, changes: usize) -> StateDiff {
        let mut diff = StateDiff::default();
        for _ in 0..changes {
            let address = address(rng.random_range(0..pool));
            match rng.random_range(0..12) {
                0..2 => {
                    diff.storage.remove(&address);
                    diff.wiped.remove(&address);
                    diff.accounts.insert(address, None);
                }
                2..6 => {
                    let code_hash = diff.insert_code(vec![rng.random_range(1..5)].into());
                    let new = account(rng.random_range(1..1000));
                    diff.accounts.insert(address, Some(Account { code_hash, ..new }));
                }
                6 => {
                    diff.accounts.insert(address, Some(Account::default()));
                }
                7 if self.accounts.contains_key(&address) => {
                    diff.storage.remove(&address);
                    diff.wiped.insert(address);
                    diff.accounts.insert(address, Some(account(2)));
                }
                _ => {
                    let exists = match diff.accounts.get(&address) {
                        Some(change) => change.is_some(),
                        None => self.accounts.contains_key(&address),
                    };
                    if !exists {
                        diff.accounts.insert(address, Some(account(1)));
                    }
                    for _ in 0..rng.random_range(1..12) {
                        let slot = U256::from(rng.random_range(0..40u64));
                        let zero = rng.random_bool(0.4);
                        let value = if zero { 0 } else { rng.random_range(1..u64::MAX) };
                        diff.storage.entry(address).or_default().insert(slot, U256::from(value));
                    }
                }
            }
        }
        diff
    }
}
