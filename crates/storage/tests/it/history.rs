//! Every past state against a model of every block.

use crate::model::{Model, account, address, block_hash, commit_next, open};
use alloy_primitives::{B256, U256};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use sero_primitives::{EMPTY_CODE_HASH, StateDiff, StateReader};
use sero_storage::{Snapshot, Storage, StorageError};

const POOL: u64 = 20;
const BLOCKS: u64 = 300;

/// Compares every address and slot of the pool.
fn check(snapshot: &Snapshot, model: &Model) {
    for index in 0..POOL + 1 {
        let address = address(index);
        assert_eq!(snapshot.account(address).unwrap().as_ref(), model.accounts.get(&address));
        for slot in (0..42).map(U256::from) {
            let expected = model.slots.get(&address).and_then(|slots| slots.get(&slot));
            let value = snapshot.storage(address, slot).unwrap();
            assert_eq!(value, expected.copied().unwrap_or_default(), "{:?}", snapshot.number());
        }
    }
}

fn build(storage: &Storage) -> Vec<Model> {
    let mut rng = ChaCha12Rng::seed_from_u64(6);
    let mut models = vec![Model::default()];
    for _ in 0..BLOCKS {
        let mut model = models.last().unwrap().clone();
        let diff = model.random_diff(&mut rng, POOL, 5);
        commit_next(storage, &diff).unwrap();
        model.apply(&diff);
        models.push(model);
    }
    models.remove(0);
    models
}

#[test]
fn every_block_keeps_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let models = build(&storage);
    drop(storage);
    let storage = open(dir.path());
    for (number, model) in (0..).zip(&models) {
        let snapshot = storage.snapshot_at(number).unwrap();
        assert_eq!(snapshot.number(), Some(number));
        check(&snapshot, model);
        assert_eq!(snapshot.block_hash(number).unwrap(), Some(block_hash(number)));
        assert_eq!(snapshot.block_hash(number + 1).unwrap(), None);
        for code_hash in model.accounts.values().map(|account| account.code_hash) {
            let code = snapshot.code(code_hash).unwrap();
            assert_eq!(alloy_primitives::keccak256(&code), code_hash);
        }
    }
    let latest = storage.snapshot().unwrap();
    assert!(latest.is_latest() && storage.snapshot_at(BLOCKS - 1).unwrap().is_latest());
    assert!(latest.code(EMPTY_CODE_HASH).unwrap().is_empty());
    assert!(latest.code(B256::repeat_byte(1)).is_err());
    let error = storage.snapshot_at(BLOCKS).unwrap_err();
    assert!(matches!(error, StorageError::UnknownBlock { number: BLOCKS, head: Some(299) }), "{error}");
}

/// A snapshot is one transaction: commits do not change it, and any thread
/// may read it, or drop it.
#[test]
fn snapshots_stand_still_across_threads() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let mut rng = ChaCha12Rng::seed_from_u64(7);
    let mut model = Model::default();
    std::thread::scope(|scope| {
        for number in 0..60 {
            let diff = model.random_diff(&mut rng, POOL, 8);
            commit_next(&storage, &diff).unwrap();
            model.apply(&diff);
            if number % 10 == 0 {
                let (snapshot, expected) = (storage.snapshot().unwrap(), model.clone());
                let shared = snapshot.clone();
                let also = expected.clone();
                scope.spawn(move || (0..5).for_each(|_| check(&snapshot, &expected)));
                scope.spawn(move || (0..5).for_each(|_| check(&shared, &also)));
            }
        }
    });
    // It outlives the handle that made it, and keeps the directory locked.
    let snapshot = storage.snapshot().unwrap();
    drop(storage);
    let error = Storage::open(dir.path(), Default::default()).unwrap_err();
    assert!(matches!(error, StorageError::InUse { .. }), "{error}");
    check(&snapshot, &model);
    drop(snapshot);
    check(&open(dir.path()).snapshot().unwrap(), &model);
}

/// A slot that is wiped and written in one block was, before it, what it was.
#[test]
fn what_was_wiped_and_written_again_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let slots = |values: [(u64, u64); 2]| {
        values.into_iter().map(|(slot, value)| (U256::from(slot), U256::from(value))).collect()
    };
    let mut diff = StateDiff::default();
    diff.accounts.insert(address(1), Some(account(1)));
    diff.storage.insert(address(1), slots([(1, 5), (2, 6)]));
    commit_next(&storage, &diff).unwrap();
    let mut diff = StateDiff::default();
    diff.wiped.insert(address(1));
    diff.storage.insert(address(1), slots([(1, 7), (3, 8)]));
    commit_next(&storage, &diff).unwrap();
    for (number, expected) in [(0, [5, 6, 0]), (1, [7, 0, 8])] {
        let snapshot = storage.snapshot_at(number).unwrap();
        let found = [1, 2, 3].map(|slot| snapshot.storage(address(1), U256::from(slot)).unwrap());
        assert_eq!(found, expected.map(U256::from), "after block {number}");
        assert!(snapshot.has_storage(address(1)).unwrap());
        assert!(!snapshot.has_storage(address(2)).unwrap());
    }
}
