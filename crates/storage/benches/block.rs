//! A block that touches 1000 accounts, on a state of 100 000.
//!
//! The database lies in the system's temporary directory: set `TMPDIR` to a
//! directory on the disk that is to be measured.

use alloy_primitives::{Address, B256, U256, keccak256};
use divan::{Bencher, black_box};
use sero_primitives::{Account, StateDiff, StateReader};
use sero_storage::{BlockCommit, Storage, StorageOptions, TrieUpdates};
use std::collections::BTreeMap;

const ACCOUNTS: u64 = 100_000;
const TOUCHED: u64 = 1000;

fn main() {
    divan::main();
}

fn address(index: u64) -> Address {
    Address::from_slice(&keccak256(index.to_be_bytes())[12..])
}

/// Sets `count` accounts, every `step`th from `first` on, and `slots` slots of each.
fn diff(first: u64, step: u64, count: u64, slots: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    for index in (0..count).map(|index| (first + index * step) % ACCOUNTS) {
        let balance = U256::from(first + index + 1);
        diff.accounts.insert(address(index), Some(Account { nonce: 1, balance, ..Account::default() }));
        let values: BTreeMap<_, _> = (0..slots).map(|slot| (U256::from(slot), balance)).collect();
        if !values.is_empty() {
            diff.storage.insert(address(index), values);
        }
    }
    diff
}

/// A full block on the latest state, from the outcome of its execution.
fn commit_next(storage: &Storage, diff: &StateDiff, trie: TrieUpdates) {
    let number = storage.head().expect("head").map_or(0, |(number, _)| number + 1);
    let hash = |index: u64| B256::from(U256::from(number * TOUCHED + index));
    let block = BlockCommit {
        number,
        hash: keccak256(number.to_be_bytes()),
        header: trie.root().to_vec(),
        transactions: (0..TOUCHED).map(|index| (hash(index), vec![1; 200])).collect(),
        receipts: (0..TOUCHED).map(|_| vec![2; 100]).collect(),
        notes: Vec::new(),
        diff,
        trie,
    };
    storage.commit(block).expect("commit");
}

fn updates(storage: &Storage, diff: &StateDiff) -> TrieUpdates {
    storage.snapshot().expect("snapshot").state_root(diff).expect("state root").1
}

fn filled() -> (tempfile::TempDir, Storage) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let storage = Storage::open(dir.path(), StorageOptions::default()).expect("open");
    let genesis = diff(0, 1, ACCOUNTS, 1);
    commit_next(&storage, &genesis, updates(&storage, &genesis));
    (dir, storage)
}

#[divan::bench(args = [0, 2], sample_count = 30, sample_size = 1)]
fn state_root(bencher: Bencher, slots: u64) {
    let (_dir, storage) = filled();
    let mut first = 0;
    let next_diff = || {
        first += 1;
        diff(first, 97, TOUCHED, slots)
    };
    bencher.with_inputs(next_diff).bench_local_values(|diff| updates(&storage, &diff));
}

#[divan::bench(args = [0, 2], sample_count = 30, sample_size = 1)]
fn commit(bencher: Bencher, slots: u64) {
    let (_dir, storage) = filled();
    let mut first = 0;
    let next_diff = || {
        first += 1;
        let diff = diff(first, 97, TOUCHED, slots);
        let updates = updates(&storage, &diff);
        (diff, updates)
    };
    bencher
        .with_inputs(next_diff)
        .bench_local_values(|(diff, updates)| commit_next(&storage, &diff, updates));
}

#[divan::bench(args = [true, false], sample_count = 30, sample_size = 1)]
fn read_1000_accounts(bencher: Bencher, latest: bool) {
    let (_dir, storage) = filled();
    for first in 0..20 {
        let diff = diff(first, 97, TOUCHED, 0);
        commit_next(&storage, &diff, updates(&storage, &diff));
    }
    let snapshot = storage.snapshot_at(if latest { 20 } else { 3 }).expect("snapshot");
    bencher.bench(|| {
        for index in 0..TOUCHED {
            black_box(snapshot.account(address(index * 97 % ACCOUNTS)).expect("account"));
        }
    });
}
