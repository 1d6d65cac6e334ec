//! Faults in a database, planted in a dump of it.

use crate::{build, open, transfer};
use alloy_primitives::{B256, keccak256};
use sero_chain::{Chain, ChainExecutor, repair_index, verify};
use sero_storage::{Storage, StorageOptions};

const BLOCKS: u8 = 1;
const BLOCK_NUMBERS: u8 = 2;
const TRANSACTIONS: u8 = 3;
const LOCATIONS: u8 = 4;
const RECEIPTS: u8 = 5;
const ACCOUNTS: u8 = 7;
const STORAGE: u8 = 8;
const TRIE_NODES: u8 = 13;
/// Bytes before the first row: a word, a version and a hash of the rest.
const HEAD: usize = 44;

#[derive(Clone)]
struct Row {
    table: u8,
    key: Vec<u8>,
    value: Vec<u8>,
}

fn rows(dump: &[u8]) -> Vec<Row> {
    fn part(bytes: &mut &[u8]) -> Vec<u8> {
        let (length, rest) = bytes.split_first_chunk::<4>().unwrap();
        let (part, rest) = rest.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap());
        *bytes = rest;
        part.to_vec()
    }
    let mut bytes = &dump[HEAD..];
    let mut rows = Vec::new();
    while let Some((table, rest)) = bytes.split_first() {
        bytes = rest;
        rows.push(Row { table: *table, key: part(&mut bytes), value: part(&mut bytes) });
    }
    rows
}

fn dump(head: &[u8], rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Row { table, key, value } in rows {
        bytes.push(*table);
        for part in [key, value] {
            bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            bytes.extend(part);
        }
    }
    [&head[..12], keccak256(&bytes).as_slice(), &bytes].concat()
}

/// Three blocks, two of them with transactions.
fn filled(chain: &Chain) {
    for nonces in [0..2, 2..3, 3..3] {
        let candidates = nonces.map(|nonce| transfer(chain, nonce)).collect();
        let block = build(chain, chain.head().hash, candidates, 1);
        chain.finalize(block.hash()).unwrap();
    }
}

#[test]
fn every_planted_fault_is_found_and_indices_are_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path());
    filled(&chain);
    let (good, genesis) = (chain.dump().unwrap(), chain.parameters().genesis_hash);
    drop(chain);
    let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
    let found = verify(&storage).unwrap();
    assert_eq!(found.faults, Vec::<String>::new());
    assert_eq!((found.blocks, found.transactions), (4, 3));
    assert!(found.accounts > 4 && found.slots > 0);

    let load = |rows: &[Row]| storage.load(&dump(&good, rows), genesis).unwrap();
    let faults = || verify(&storage).unwrap().faults.join("; ");
    // Of blocks the one before the head, without which nothing is loaded.
    let last = |rows: &[Row], table: u8| {
        rows.iter().rposition(|row| row.table == table).unwrap() - usize::from(table == BLOCKS)
    };
    let all = rows(&good);
    for table in [BLOCKS, BLOCK_NUMBERS, TRANSACTIONS, LOCATIONS, RECEIPTS, ACCOUNTS, STORAGE, TRIE_NODES] {
        let mut less = all.clone();
        less.remove(last(&all, table));
        load(&less);
        assert!(!faults().is_empty(), "a row of table {table} is gone");
        let mut other = all.clone();
        // Behind the lengths, the hash and the RLP heads of all of them.
        *other[last(&all, table)].value.last_mut().unwrap() ^= 1;
        load(&other);
        assert!(!faults().is_empty(), "a row of table {table} is another");
    }
    let mut more = all.clone();
    let stray = more.iter().find(|row| row.table == TRIE_NODES).unwrap().clone();
    let key = [B256::repeat_byte(7).as_slice(), &[1]].concat();
    more.push(Row { key, ..stray });
    load(&more);
    assert!(faults().contains("trie_nodes"), "{}", faults());

    // Without indices, and with a wrong one.
    let mut bare: Vec<Row> =
        all.iter().filter(|row| ![BLOCK_NUMBERS, LOCATIONS].contains(&row.table)).cloned().collect();
    bare.push(Row { table: LOCATIONS, key: vec![9; 32], value: vec![0; 12] });
    load(&bare);
    assert!(faults().contains("not found by its hash"), "{}", faults());
    assert_eq!(repair_index(&storage).unwrap(), 4 + 3);
    assert_eq!(faults(), "");
    assert!(storage.dump().unwrap() == good, "every row is as it was");
}
