//! One trie against `alloy_trie::HashBuilder`, with keys that share long
//! prefixes so that nodes short enough to live in their parent occur, and the
//! rows on disk against those of a trie built from nothing.

use super::{Nodes, TrieUpdates, node::Node, update::Trie};
use crate::{BlockCommit, Storage, StorageOptions};
use alloy_primitives::{Address, B256, U256};
use alloy_trie::{EMPTY_ROOT_HASH, HashBuilder, Nibbles};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sero_primitives::{Account, StateDiff};
use std::collections::BTreeMap;

const OWNER: B256 = B256::repeat_byte(7);

/// A key with `free` random nibbles of which few values occur.
fn key(rng: &mut ChaCha12Rng) -> Nibbles {
    let mut nibbles = [3u8; 64];
    let spread = rng.random_range(0..4);
    for (index, choices) in [(0, 3), (1, 2), (30, 2), (60, 2), (61, 4), (62, 16), (63, 16)] {
        if index >= spread * 20 {
            nibbles[index] = rng.random_range(0..choices);
        }
    }
    Nibbles::from_nibbles(nibbles)
}

fn value(rng: &mut ChaCha12Rng) -> Vec<u8> {
    let length = if rng.random_bool(0.5) { rng.random_range(1..4) } else { 33 };
    (0..length).map(|_| rng.random_range(1..=255)).collect()
}

fn reference_root(model: &BTreeMap<Nibbles, Vec<u8>>) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in model {
        builder.add_leaf(*key, value);
    }
    builder.root()
}

/// All rows of the trie with this content.
fn rows_from_nothing(nodes: &Nodes<'_>, model: &BTreeMap<Nibbles, Vec<u8>>) -> BTreeMap<Nibbles, Vec<u8>> {
    let mut trie = Trie::open(nodes, OWNER, EMPTY_ROOT_HASH);
    for (key, value) in model {
        trie.put(key, value.clone()).unwrap();
    }
    trie.finish().1.into_iter().map(|(path, bytes)| (path, bytes.unwrap())).collect()
}

fn stored_rows(storage: &Storage) -> BTreeMap<Nibbles, Vec<u8>> {
    let tx = storage.inner.begin_read().unwrap();
    let mut rows = BTreeMap::new();
    storage
        .inner
        .tables
        .trie_nodes
        .scan_prefix(&tx, OWNER.as_slice(), |key, value| {
            rows.insert(Nibbles::from_nibbles(&key[32..]), value.to_vec());
            Ok(())
        })
        .unwrap();
    rows
}

#[test]
fn incremental_roots_and_rows_equal_those_from_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let mut model = BTreeMap::new();
    let mut root = EMPTY_ROOT_HASH;
    let mut inline_children = 0;
    for round in 0..400 {
        let tx = storage.inner.begin_shared_read().unwrap();
        let nodes = Nodes { tx: &tx, table: &storage.inner.tables.trie_nodes, pending: &[] };
        let mut trie = Trie::open(&nodes, OWNER, root);
        // Shrink for a while, then grow again, down to the empty trie.
        let removals = if round % 50 < 25 { 0.3 } else { 0.9 };
        for _ in 0..rng.random_range(0..20) {
            let key = match model.len() {
                len if len > 0 && rng.random_bool(0.6) => {
                    *model.keys().nth(rng.random_range(0..len)).unwrap()
                }
                _ => key(&mut rng),
            };
            assert_eq!(trie.get(&key).unwrap(), model.get(&key).map(Vec::as_slice));
            if rng.random_bool(removals) {
                trie.remove(&key).unwrap();
                model.remove(&key);
            } else {
                let value = value(&mut rng);
                trie.put(&key, value.clone()).unwrap();
                model.insert(key, value);
            }
        }
        let (new_root, changed) = trie.finish();
        assert_eq!(new_root, reference_root(&model), "round {round}");
        let tries = BTreeMap::from([(OWNER, changed)]);
        let updates = TrieUpdates { base_root: root, root: new_root, tries };
        let expected = rows_from_nothing(&nodes, &model);
        drop(tx);

        let tx = storage.inner.begin_write().unwrap();
        updates.write(&tx, &storage.inner.tables).unwrap();
        tx.commit().unwrap();
        assert_eq!(stored_rows(&storage), expected, "round {round}");
        inline_children += expected.iter().map(count_inline).sum::<usize>();
        root = new_root;
    }
    assert!(inline_children > 100, "only {inline_children} nodes were inside their parent");
}

fn count_inline((path, bytes): (&Nibbles, &Vec<u8>)) -> usize {
    match Node::decode(bytes, path.len()).unwrap() {
        Node::Branch { children } => {
            let references = children.iter().filter_map(|child| child.reference.as_ref());
            references.filter(|reference| !reference.is_hash()).count()
        }
        _ => 0,
    }
}

fn account_diff(index: u8, account: Option<Account>, slots: u64) -> StateDiff {
    let address = Address::repeat_byte(index);
    let slots: BTreeMap<_, _> = (0..slots).map(|slot| (U256::from(slot), U256::ONE)).collect();
    StateDiff {
        accounts: BTreeMap::from([(address, account)]),
        storage: BTreeMap::from([(address, slots)]),
        ..Default::default()
    }
}

/// A removed account leaves no row of its storage trie, wherever its nodes
/// are: on disk, in a pending block, or in both.
#[test]
fn removed_accounts_leave_no_rows() {
    let some = || Some(Account { nonce: 1, ..Account::default() });
    for committed in 0..=2 {
        let dir = tempfile::tempdir().unwrap();
        let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
        let diffs = [
            account_diff(1, some(), 100),
            account_diff(1, some(), 300),
            account_diff(1, None, 0),
            account_diff(1, some(), 2),
            account_diff(1, None, 0),
        ];
        let commit = |number: usize, trie: TrieUpdates| {
            let block = BlockCommit {
                number: number as u64,
                hash: B256::ZERO,
                header: Vec::new(),
                transactions: Vec::new(),
                receipts: Vec::new(),
                notes: Vec::new(),
                diff: &diffs[number],
                trie,
            };
            storage.commit(block).unwrap();
        };
        for (number, diff) in diffs.iter().enumerate().take(committed) {
            let (_, trie) = storage.snapshot().unwrap().state_root(diff).unwrap();
            commit(number, trie);
        }
        let snapshot = storage.snapshot().unwrap();
        let mut pending = Vec::new();
        for diff in &diffs[committed..] {
            let layers: Vec<_> = pending.iter().collect();
            pending.push(snapshot.state_root_on(&layers, diff).unwrap().1);
        }
        for (number, trie) in (committed..).zip(pending) {
            commit(number, trie);
        }
        let tx = storage.inner.begin_read().unwrap();
        assert_eq!(storage.inner.tables.trie_nodes.rows(&tx).unwrap(), 0, "{committed}");
        assert_eq!(storage.inner.tables.storage.rows(&tx).unwrap(), 0, "{committed}");
    }
}

#[test]
fn bad_node_bytes_are_refused() {
    let one_child = alloy_rlp::encode(vec![alloy_primitives::Bytes::new(); 17]);
    for bytes in [&[][..], &[0x80], &[0xc0], &[0xc1, 0x80], &one_child, &[0xff; 40]] {
        assert!(Node::decode(bytes, 0).is_err(), "{bytes:02x?}");
    }
}
