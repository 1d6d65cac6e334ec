//! Blocks, notes and the rules of committing.

use crate::model::{Model, account, address, block, block_hash, commit_next, open};
use alloy_primitives::{B256, keccak256};
use sero_primitives::{Account, StateDiff, StateReader};
use sero_storage::{BlockCommit, Storage, StorageError};
use std::collections::BTreeMap;

fn diff(index: u64) -> StateDiff {
    StateDiff { accounts: BTreeMap::from([(address(index), Some(account(index + 1)))]), ..Default::default() }
}

/// Block `number` with one account, on the latest state.
fn next<'a>(storage: &Storage, number: u64, diff: &'a StateDiff) -> BlockCommit<'a> {
    let (_, trie) = storage.snapshot().unwrap().state_root(diff).unwrap();
    block(number, diff, trie)
}

#[test]
fn everything_comes_back_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    assert_eq!(storage.head().unwrap(), None);
    assert_eq!(storage.chain_spec().unwrap(), None);
    let genesis = diff(0);
    storage.commit_genesis(next(&storage, 0, &genesis), b"spec").unwrap();
    let second = diff(1);
    let large = vec![7; 300_000];
    let full = BlockCommit {
        transactions: (0..300u32).map(|i| (keccak256(i.to_le_bytes()), vec![i as u8; 3])).collect(),
        receipts: (0..300u32).map(|i| i.to_be_bytes().to_vec()).collect(),
        notes: (100..400).map(|position| (position, vec![position as u8])).collect(),
        header: large.clone(),
        ..next(&storage, 1, &second)
    };
    storage.commit(full.clone()).unwrap();
    drop(storage);

    let storage = open(dir.path());
    assert_eq!(storage.head().unwrap(), Some((1, block_hash(1))));
    assert_eq!(storage.chain_spec().unwrap().as_deref(), Some(&b"spec"[..]));
    assert_eq!(storage.header(1).unwrap(), Some(large));
    assert_eq!(storage.header(2).unwrap(), None);
    assert_eq!(storage.block_hash(0).unwrap(), Some(block_hash(0)));
    assert_eq!(storage.block_number(block_hash(1)).unwrap(), Some(1));
    assert_eq!(storage.block_number(B256::ZERO).unwrap(), None);
    let transactions: Vec<_> = full.transactions.iter().map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!(storage.transactions(1).unwrap(), transactions);
    assert_eq!(storage.transaction(1, 299).unwrap().as_ref(), transactions.last());
    assert_eq!(storage.transaction(1, 300).unwrap(), None);
    assert_eq!(storage.receipts(1).unwrap(), full.receipts);
    assert_eq!(storage.receipt(1, 5).unwrap(), Some(vec![0, 0, 0, 5]));
    assert_eq!(storage.transaction_location(full.transactions[299].0).unwrap(), Some((1, 299)));
    assert_eq!(storage.transaction_location(B256::ZERO).unwrap(), None);
    let error = storage.transactions(2).unwrap_err();
    assert!(matches!(error, StorageError::UnknownBlock { number: 2, head: Some(1) }), "{error}");

    assert_eq!(storage.note_count().unwrap(), 301);
    assert_eq!(storage.notes(0, 2).unwrap(), [(0, vec![0; 8]), (100, vec![100])]);
    assert_eq!(storage.notes(398, 10).unwrap().len(), 2);
    assert_eq!(storage.notes(0, 1000).unwrap().len(), 301);
    assert_eq!(storage.notes(0, 0).unwrap(), []);
    assert_eq!(storage.notes(u64::MAX, 9).unwrap(), []);
}

#[test]
fn committing_the_head_again_is_ok_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let genesis = diff(0);
    let block_0 = next(&storage, 0, &genesis);
    storage.commit_genesis(block_0.clone(), b"spec").unwrap();
    storage.commit_genesis(block_0.clone(), b"spec").unwrap();
    storage.commit(block_0.clone()).unwrap();
    let error = storage.commit_genesis(block_0, b"other").unwrap_err();
    assert!(matches!(error, StorageError::ChainSpecMismatch { stored: 4, given: 5 }), "{error}");

    let second = diff(1);
    let block_1 = next(&storage, 1, &second);
    storage.commit(block_1.clone()).unwrap();
    storage.commit(block_1.clone()).unwrap();
    assert_eq!(storage.note_count().unwrap(), 2);
    let other = BlockCommit { hash: B256::repeat_byte(9), ..block_1 };
    let error = storage.commit(other).unwrap_err();
    assert!(matches!(error, StorageError::Conflict { number: 1, .. }), "{error}");
    let third = diff(2);
    let error = storage.commit_genesis(next(&storage, 2, &third), b"spec").unwrap_err();
    assert!(matches!(error, StorageError::NotNext { number: 2, .. }), "{error}");
}

#[test]
fn only_the_next_block_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let changes = diff(0);
    for (expected, refused) in [(0, vec![1, 2, u64::MAX]), (1, vec![2, u64::MAX]), (2, vec![0, 3])] {
        for number in refused {
            let error = storage.commit(next(&storage, number, &changes)).unwrap_err();
            assert!(
                matches!(error, StorageError::NotNext { number: n, next } if n == number && next == expected),
                "{error}"
            );
        }
        commit_next(&storage, &diff(expected)).unwrap();
    }
    assert_eq!(storage.head().unwrap(), Some((2, block_hash(2))));
}

#[test]
fn a_refused_block_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    commit_next(&storage, &diff(0)).unwrap();
    let before = Model::read(&storage.snapshot().unwrap());

    let good = diff(1);
    let stale = next(&storage, 1, &good);
    let positions = BlockCommit { notes: vec![(5, vec![]), (5, vec![])], ..stale.clone() };
    let low = BlockCommit { notes: vec![(0, vec![])], ..stale.clone() };
    let mut bad_code = good.clone();
    bad_code.code.insert(B256::repeat_byte(1), vec![1].into());
    let code = BlockCommit { diff: &bad_code, ..stale.clone() };
    for (block, text) in [(positions, "note 5"), (low, "note 0"), (code, "code")] {
        let error = storage.commit(block).unwrap_err();
        assert!(matches!(error, StorageError::InvalidBlock { number: 1, .. }), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let mut no_code = good.clone();
    let code_hash = B256::repeat_byte(2);
    no_code.accounts.insert(address(2), Some(Account { code_hash, ..account(1) }));
    let error = storage.commit(next(&storage, 1, &no_code)).unwrap_err();
    assert!(matches!(error, StorageError::InvalidDiff { .. }), "{error}");

    assert_eq!(Model::read(&storage.snapshot().unwrap()), before);
    assert_eq!((storage.header(1).unwrap(), storage.note_count().unwrap()), (None, 1));
    assert!(storage.snapshot().unwrap().code(B256::repeat_byte(1)).is_err());

    commit_next(&storage, &diff(3)).unwrap();
    let error = storage.commit(BlockCommit { number: 2, ..stale }).unwrap_err();
    assert!(matches!(error, StorageError::TrieBase { .. }), "{error}");
}

#[test]
fn writers_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let storage = storage.clone();
            scope.spawn(move || {
                let mut committed = 0;
                while committed < 10 {
                    // Another thread may have been faster.
                    match commit_next(&storage, &diff(thread)) {
                        Ok(_) => committed += 1,
                        Err(
                            StorageError::NotNext { .. }
                            | StorageError::Conflict { .. }
                            | StorageError::TrieBase { .. },
                        ) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert!(storage.head().unwrap().unwrap().0 >= 10);
}
