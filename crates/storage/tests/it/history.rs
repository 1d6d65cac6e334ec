//! Every past state against a model of every block.

use crate::model::{Model, account, address, block_hash, commit_next, open};
use alloy_primitives::{B256, U256};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sero_primitives::{EMPTY_CODE_HASH, StateDiff, StateReader};
use sero_storage::{Snapshot, Storage, StorageError, StorageOptions};

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

#[test]
fn only_so_many_states_are_kept() {
    const KEPT: u64 = 7;
    let dir = tempfile::tempdir().unwrap();
    let options = StorageOptions { states: Some(KEPT), ..Default::default() };
    let storage = Storage::open(dir.path(), options).unwrap();
    let models = build(&storage);
    drop(storage);
    // What is forgotten stays so, whatever is asked for later.
    let storage = open(dir.path());
    let head = BLOCKS - 1;
    for (number, model) in (0..).zip(&models) {
        match storage.snapshot_at(number) {
            Ok(snapshot) => {
                assert!(number >= head - KEPT, "block {number} should be forgotten");
                check(&snapshot, model);
                assert_eq!(snapshot.root().unwrap(), model.root());
            }
            Err(StorageError::Forgotten { number: found, oldest }) => {
                assert!(number < head - KEPT, "block {number} should be known");
                assert_eq!((found, oldest), (number, head - KEPT));
            }
            Err(error) => panic!("{error}"),
        }
    }
    // And there is nothing left of it.
    let all = tempfile::tempdir().unwrap();
    build(&open(all.path()));
    let rows = |storage: &Storage| -> u64 {
        let stats = storage.stats().unwrap();
        let history = |name: &str| name.ends_with("_history") || name == "changes";
        stats.tables.iter().filter(|table| history(table.name)).map(|table| table.rows).sum()
    };
    let (kept, archived) = (rows(&storage), rows(&open(all.path())));
    assert!(kept * 20 < archived, "{kept} of {archived} rows are left");
    assert_eq!(storage.stats().unwrap().oldest_state, head - KEPT);
}

#[test]
fn the_state_and_its_trie_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    assert_eq!(storage.check_state().unwrap().trie_rows, 0);
    let models = build(&storage);
    let (model, check) = (models.last().unwrap(), storage.check_state().unwrap());
    assert_eq!((check.root, check.stored_root), (model.root(), model.root()));
    assert_eq!(check.accounts, u64::try_from(model.accounts.len()).unwrap());
    assert_eq!(
        check.slots,
        model.slots.values().map(|slots| u64::try_from(slots.len()).unwrap()).sum::<u64>()
    );
    assert_eq!(check.trie_nodes, check.trie_rows);
    assert!(check.trie_nodes > 50, "{check:?}");
}

/// States are changed between blocks, and the database goes back, on development chains.
#[test]
fn what_was_is_brought_back_row_by_row() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let models = build(&storage);
    let mut model = models.last().unwrap().clone();
    let before = storage.dump().unwrap();
    let saved = storage.snapshot().unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(8);
    for round in 0..40 {
        let diff = model.random_diff(&mut rng, POOL, 5);
        if round % 3 == 0 {
            let (_, trie) = storage.snapshot().unwrap().state_root(&diff).unwrap();
            storage.patch_state(&diff, &trie).unwrap();
            let stale = storage.patch_state(&diff, &trie);
            assert!(trie.root() == trie.base_root() || matches!(stale, Err(StorageError::TrieBase { .. })));
        } else {
            commit_next(&storage, &diff).unwrap();
        }
        model.apply(&diff);
        let latest = storage.snapshot().unwrap();
        check(&latest, &model);
        assert_eq!(latest.root().unwrap(), model.root());
        // Older states stay what they were.
        let number = u64::from(rng.next_u32()) % (BLOCKS - 1);
        check(&storage.snapshot_at(number).unwrap(), &models[usize::try_from(number).unwrap()]);
    }
    let after = storage.dump().unwrap();
    storage.rewind(&saved).unwrap();
    assert!(storage.dump().unwrap() == before, "every row is as it was");
    let genesis = block_hash(0);
    storage.load(&after, genesis).unwrap();
    assert!(storage.dump().unwrap() == after);
    for (bad, hash) in
        [(&after[..after.len() - 1], genesis), (&after[1..], genesis), (&after[..], B256::ZERO)]
    {
        assert!(matches!(storage.load(bad, hash), Err(StorageError::InvalidDump(_))));
    }
    assert!(storage.dump().unwrap() == after, "a bad dump changes nothing");
    storage.clear().unwrap();
    assert_eq!(storage.head().unwrap(), None);
    assert_eq!(build(&storage).len(), models.len());
    assert!(storage.dump().unwrap() == before);
}
