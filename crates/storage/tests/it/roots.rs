//! State roots against alloy's, from scratch, block after block.

use crate::model::{Model, account, address, block, commit_next, open};
use alloy_primitives::U256;
use alloy_trie::EMPTY_ROOT_HASH;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sero_primitives::StateDiff;
use sero_storage::StorageError;
use std::collections::BTreeMap;

#[test]
fn empty_state_has_the_empty_root() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let snapshot = storage.snapshot().unwrap();
    assert_eq!(snapshot.number(), None);
    let (root, updates) = snapshot.state_root(&StateDiff::default()).unwrap();
    assert_eq!((root, updates.node_count()), (EMPTY_ROOT_HASH, 0));

    // Filled and emptied again, nothing of the trie is left.
    let full = StateDiff {
        accounts: (0..50).map(|index| (address(index), Some(account(1)))).collect(),
        storage: (0..50).map(|i| (address(i), BTreeMap::from([(U256::ZERO, U256::ONE)]))).collect(),
        ..Default::default()
    };
    assert_ne!(commit_next(&storage, &full).unwrap(), EMPTY_ROOT_HASH);
    let empty =
        StateDiff { accounts: (0..50).map(|index| (address(index), None)).collect(), ..Default::default() };
    assert_eq!(commit_next(&storage, &empty).unwrap(), EMPTY_ROOT_HASH);
    assert_eq!(Model::read(&storage.snapshot().unwrap()), Model::default());
}

#[test]
fn random_workloads_have_alloys_root() {
    for (seed, pool, changes, blocks) in [(1, 8, 4, 150), (2, 60, 20, 100), (3, 2000, 300, 25)] {
        let dir = tempfile::tempdir().unwrap();
        let storage = open(dir.path());
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut model = Model::default();
        for number in 0..blocks {
            let diff = model.random_diff(&mut rng, pool, changes);
            let root = commit_next(&storage, &diff).unwrap();
            model.apply(&diff);
            assert_eq!(root, model.root(), "seed {seed}, block {number}");
        }
        assert_eq!(Model::read(&storage.snapshot().unwrap()), model, "seed {seed}");
    }
}

/// Blocks that wait for finality: roots over pending updates, which are then
/// committed one by one, with two competing children dropped on the way.
#[test]
fn pending_blocks_stack_and_commit_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let mut rng = ChaCha12Rng::seed_from_u64(4);
    let mut model = Model::default();
    let mut number = 0;
    for _ in 0..30 {
        let snapshot = storage.snapshot().unwrap();
        let mut pending = Vec::new();
        for _ in 0..rng.random_range(1..6) {
            let layers: Vec<_> = pending.iter().map(|(_, updates)| updates).collect();
            let loser = model.random_diff(&mut rng, 30, 10);
            snapshot.state_root_on(&layers, &loser).unwrap();
            let diff = model.random_diff(&mut rng, 30, 10);
            let (root, updates) = snapshot.state_root_on(&layers, &diff).unwrap();
            model.apply(&diff);
            assert_eq!(root, model.root());
            pending.push((diff, updates));
        }
        let skipped: Vec<_> = pending.iter().skip(1).map(|(_, updates)| updates).collect();
        if !skipped.is_empty() && pending[0].1.root() != pending[0].1.base_root() {
            let error = snapshot.state_root_on(&skipped, &StateDiff::default()).unwrap_err();
            assert!(matches!(error, StorageError::TrieBase { .. }), "{error}");
        }
        for (diff, updates) in pending {
            storage.commit(block(number, &diff, updates)).unwrap();
            number += 1;
        }
    }
    assert_eq!(Model::read(&storage.snapshot().unwrap()), model);
}

#[test]
fn contradictory_diffs_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let snapshot = storage.snapshot().unwrap();
    let slots = BTreeMap::from([(U256::ONE, U256::ONE)]);
    let orphan = StateDiff { storage: BTreeMap::from([(address(1), slots.clone())]), ..Default::default() };
    let removed = StateDiff {
        accounts: BTreeMap::from([(address(1), None)]),
        storage: BTreeMap::from([(address(1), slots)]),
        ..Default::default()
    };
    for diff in [orphan, removed] {
        let error = snapshot.state_root(&diff).unwrap_err();
        assert!(matches!(error, StorageError::InvalidDiff { .. }), "{error}");
        let (_, trie) = snapshot.state_root(&StateDiff::default()).unwrap();
        let error = storage.commit(block(0, &diff, trie)).unwrap_err();
        assert!(matches!(error, StorageError::InvalidDiff { .. }), "{error}");
    }
    assert_eq!(storage.head().unwrap(), None);
}
