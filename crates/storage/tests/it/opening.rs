//! What `open` says about directories that it cannot use, and what reads say
//! about rows that this program did not write.

use crate::model::{account, address, block_hash, commit_next, open};
use alloy_primitives::{B256, U256};
use sero_primitives::{StateDiff, StateReader};
use sero_storage::{FORMAT_VERSION, Storage, StorageError, StorageOptions};
use signet_libmdbx::{DatabaseFlags, Environment, Geometry, WriteFlags, sys::PageSize};
use std::{collections::BTreeMap, fs, path::Path};

fn open_error(dir: &Path) -> StorageError {
    Storage::open(dir, StorageOptions::default()).unwrap_err()
}

/// Puts one row behind the store's back.
fn put_raw(dir: &Path, table: &str, key: &[u8], value: &[u8]) {
    let mut builder = Environment::builder();
    builder.set_max_dbs(32).set_geometry(Geometry {
        size: Some(0..=(1 << 30)),
        page_size: Some(PageSize::Set(4096)),
        ..Default::default()
    });
    let env = builder.open(dir).unwrap();
    let tx = env.begin_rw_unsync().unwrap();
    let table = tx.create_db(Some(table), DatabaseFlags::empty()).unwrap();
    tx.put(table, key, value, WriteFlags::empty()).unwrap();
    tx.commit().unwrap();
}

/// A database with 200 accounts and a few blocks.
fn filled(dir: &Path) {
    let storage = open(dir);
    let diff = StateDiff {
        accounts: (0..200).map(|index| (address(index), Some(account(index + 1)))).collect(),
        storage: BTreeMap::from([(address(1), BTreeMap::from([(U256::ONE, U256::ONE)]))]),
        ..Default::default()
    };
    commit_next(&storage, &diff).unwrap();
    for _ in 0..5 {
        commit_next(&storage, &StateDiff::default()).unwrap();
    }
}

#[test]
fn a_second_open_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let error = open_error(dir.path());
    assert!(matches!(&error, StorageError::InUse { dir: at, .. } if at == dir.path()), "{error}");
    let text = error.to_string();
    assert!(text.contains("in use") && text.contains(&std::process::id().to_string()), "{text}");
    drop(storage);
    open(dir.path());
}

#[test]
fn a_foreign_file_is_named() {
    for content in [vec![0; 65536], b"not a database ".repeat(5000)] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mdbx.dat");
        fs::write(&file, &content).unwrap();
        let error = open_error(dir.path());
        assert!(matches!(error, StorageError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        assert_eq!(fs::read(&file).unwrap(), content, "a foreign file is left alone");
    }
}

#[test]
fn another_programs_mdbx_file_is_foreign() {
    for (table, key) in [("PlainState", &b"key"[..]), ("meta", b"key"), ("meta", b"format")] {
        let dir = tempfile::tempdir().unwrap();
        put_raw(dir.path(), table, key, b"their value");
        let error = open_error(dir.path());
        assert!(matches!(error, StorageError::Foreign { .. }), "{error}");
    }
}

#[test]
fn another_format_version_is_named() {
    for (version, advice) in [(FORMAT_VERSION + 1, "newer program"), (0, "migration")] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let row = [b"SERO-DB\0".as_slice(), &version.to_be_bytes()].concat();
        put_raw(dir.path(), "meta", b"format", &row);
        let error = open_error(dir.path());
        assert!(
            matches!(error, StorageError::Format { found, expected: FORMAT_VERSION, .. } if found == version),
            "{error}"
        );
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[test]
fn a_truncated_file_is_damaged() {
    let source = tempfile::tempdir().unwrap();
    filled(source.path());
    let full = fs::read(source.path().join("mdbx.dat")).unwrap();
    let used = full.chunks(4096).rposition(|page| page.iter().any(|byte| *byte != 0)).unwrap() + 1;
    let lengths = [0, 1, 4096, 8192, 12288, 16384, 20000, used / 2 * 4096, (used - 1) * 4096];
    for length in lengths {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mdbx.dat"), &full[..length]).unwrap();
        let error = open_error(dir.path());
        assert!(matches!(error, StorageError::Damaged { .. }), "{length} bytes: {error}");
        assert!(error.to_string().contains("mdbx.dat"), "{error}");
    }
}

#[test]
fn a_missing_table_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let row = [b"SERO-DB\0".as_slice(), &FORMAT_VERSION.to_be_bytes()].concat();
    put_raw(dir.path(), "meta", b"format", &row);
    let error = open_error(dir.path());
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("blocks"), "{error}");
}

/// A lost head row must not look like an empty database.
#[test]
fn blocks_without_a_head_are_corrupt() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    put_raw(dir.path(), "blocks", &[0; 8], &[0; 40]);
    let error = open_error(dir.path());
    assert!(matches!(error, StorageError::Corrupt { table: "meta", .. }), "{error}");
    assert!(error.to_string().contains("1 blocks"), "{error}");
}

/// The error of reading after one bad row was written.
fn corrupted<T>(
    table: &'static str,
    key: &[u8],
    value: &[u8],
    read: impl FnOnce(&Storage) -> Result<T, String>,
) {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    put_raw(dir.path(), table, key, value);
    let error = match Storage::open(dir.path(), StorageOptions::default()) {
        Ok(storage) => read(&storage).err().expect("a corrupt row is an error"),
        Err(error) => error.to_string(),
    };
    let key = alloy_primitives::hex::encode(key);
    assert!(error.contains("corrupt") && error.contains(table) && error.contains(&key), "{error}");
}

#[test]
fn corrupt_rows_name_table_and_key() {
    fn text<E: ToString>(error: E) -> String {
        error.to_string()
    }
    let owner = address(1);
    let slot_key = [owner.as_slice(), &U256::ONE.to_be_bytes::<32>()].concat();
    let slot = |storage: &Storage| storage.snapshot().unwrap().storage(owner, U256::ONE).map_err(text);
    corrupted("storage", &slot_key, &[], slot);
    corrupted("storage", &slot_key, &[0, 1], slot);
    corrupted("storage", &slot_key, &[1; 33], slot);
    let read = |storage: &Storage| storage.snapshot().unwrap().account(owner).map_err(text);
    corrupted("accounts", owner.as_slice(), &[1; 71], read);
    corrupted("accounts", owner.as_slice(), &[], read);
    corrupted("meta", b"head", &[0; 71], |storage| storage.head().map_err(text));
    let five = 5u64.to_be_bytes();
    corrupted("blocks", &five, &[0; 39], |storage| storage.header(5).map_err(text));
    corrupted("block_numbers", block_hash(5).as_slice(), &[1], |storage| {
        storage.block_number(block_hash(5)).map_err(text)
    });
    corrupted("transaction_locations", B256::ZERO.as_slice(), &[1; 11], |storage| {
        storage.transaction_location(B256::ZERO).map_err(text)
    });
    let stray = [five.as_slice(), &[0, 0, 0, 9]].concat();
    corrupted("transactions", &stray, &[], |storage| storage.transactions(5).map_err(text));
    corrupted("receipts", &stray, &[], |storage| storage.receipts(5).map_err(text));
    corrupted("notes", b"odd", &[], |storage| storage.notes(0, 9999).map_err(text));
    let next = [owner.as_slice(), &five].concat();
    corrupted("account_history", &next, &[1], |storage| {
        storage.snapshot_at(3).unwrap().account(owner).map_err(text)
    });
    corrupted("account_history", &[&next[..], &[0]].concat(), &[], |storage| {
        storage.snapshot_at(4).unwrap().account(owner).map_err(text)
    });
    // An intact node, in the wrong place, is as bad as no node.
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let proof = open(dir.path()).snapshot().unwrap().account_proof(owner, &[]).unwrap();
    for node in [&[][..], &[0xc0], &[1; 600], &proof.account_proof[1]] {
        corrupted("trie_nodes", &[0; 32], node, |storage| {
            storage.snapshot().unwrap().account_proof(owner, &[]).map_err(text)
        });
        corrupted("trie_nodes", &[0; 32], node, |storage| {
            let accounts = BTreeMap::from([(owner, None)]);
            let diff = StateDiff { accounts, ..Default::default() };
            storage.snapshot().unwrap().state_root(&diff).map_err(text)
        });
    }
}
