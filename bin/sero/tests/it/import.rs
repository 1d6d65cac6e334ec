//! `sero import` and `sero node` from outside.

use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_primitives::B256;
use sero_chain::{Chain, ChainExecutor};
use sero_execution::KeyFiles;
use sero_primitives::Block;
use sero_primitives::ethereum::EthereumGenesis;
use sero_storage::{Storage, StorageOptions};
use std::path::Path;
use std::process::{Command, Output};

const GENESIS: &str = r#"{
    "config": { "chainId": 77, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0 },
    "gasLimit": "0x1c9c380", "difficulty": "0x0",
    "alloc": { "0x0700000000000000000000000000000000000007": { "balance": "0x5" } }
}"#;

/// Block 0 and `count` empty blocks on it, whose base fee falls.
fn blocks(count: u64) -> Vec<Block> {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
    let genesis = EthereumGenesis::from_json(GENESIS).unwrap();
    let chain = Chain::open(storage, genesis, &KeyFiles::new([])).unwrap();
    let mut blocks = vec![Block::new(chain.head().header, vec![])];
    for number in 1..=count {
        let parent = &blocks[blocks.len() - 1].header;
        let fee = parent.base_fee_per_gas.unwrap();
        let header = Header {
            parent_hash: parent.hash_slow(),
            number,
            timestamp: number * 12,
            gas_limit: parent.gas_limit,
            state_root: parent.state_root,
            base_fee_per_gas: Some(fee - fee / 8),
            withdrawals_root: Some(EMPTY_ROOT_HASH),
            ..Default::default()
        };
        blocks.push(Block::new(header, vec![]));
    }
    blocks
}

fn import(dir: &Path, blocks: &[Block], options: &[&str]) -> Output {
    std::fs::write(dir.join("genesis.json"), GENESIS).unwrap();
    let bytes: Vec<u8> = blocks.iter().flat_map(Block::encode_rlp).collect();
    std::fs::write(dir.join("chain.rlp"), bytes).unwrap();
    Command::new(env!("CARGO_BIN_EXE_sero"))
        .args(["import", "--genesis", "genesis.json", "--chain", "chain.rlp", "--data-dir", "db"])
        .args(options)
        .current_dir(dir)
        .output()
        .unwrap()
}

#[track_caller]
fn said(output: &Output, success: bool, words: &[&str]) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.success(), success, "{text}");
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
}

#[test]
fn blocks_are_imported_once_and_bad_ones_never() {
    let dir = tempfile::tempdir().unwrap();
    let all = blocks(6);
    said(&import(dir.path(), &all[1..], &["--until", "2"]), true, &["2 blocks imported, 0 known already"]);
    said(&import(dir.path(), &all[..5], &[]), true, &["2 blocks imported, 3 known already"]);

    // A lie about the state: by number, hash and reason, and the head stays.
    let mut bad = all[5].clone();
    bad.header.state_root = B256::repeat_byte(1);
    let hash = bad.hash().to_string();
    said(&import(dir.path(), &[bad], &[]), false, &["block 5", &hash, "state_root"]);
    // A gap.
    said(&import(dir.path(), &all[6..], &[]), false, &["block 6", "its parent is"]);
    said(&import(dir.path(), &all[5..], &[]), true, &["2 blocks imported", &all[6].hash().to_string()]);

    // Bytes that are no block, and a genesis of another chain.
    std::fs::write(dir.path().join("other.json"), GENESIS.replace("0x5", "0x6")).unwrap();
    std::fs::write(dir.path().join("junk.rlp"), [0xf8, 0x01, 0x80]).unwrap();
    let run = |genesis: &str, chain: &str| {
        Command::new(env!("CARGO_BIN_EXE_sero"))
            .args(["import", "--genesis", genesis, "--chain", chain, "--data-dir", "db"])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    said(&run("genesis.json", "junk.rlp"), false, &["byte 0, after block 6"]);
    said(&run("other.json", "chain.rlp"), false, &["made from a genesis file that differs"]);
    said(&run("nowhere.json", "chain.rlp"), false, &["nowhere.json"]);
}

#[test]
fn a_database_is_measured_checked_and_repaired() {
    let dir = tempfile::tempdir().unwrap();
    let db = |command: &str, options: &[&str]| {
        let sero = env!("CARGO_BIN_EXE_sero");
        let args = ["db", command, "--data-dir", "db"];
        Command::new(sero).args(args).args(options).current_dir(dir.path()).output().unwrap()
    };
    for command in ["stats", "verify", "repair-index"] {
        said(&db(command, &[]), false, &["db: no database is here"]);
    }
    assert!(!dir.path().join("db").exists(), "looking makes nothing");
    said(&import(dir.path(), &blocks(6)[1..], &["--keep-states", "2"]), true, &["6 blocks imported"]);
    said(&db("stats", &[]), true, &["block_numbers", "head 6, states from block 4 on"]);
    let stats: serde_json::Value = serde_json::from_slice(&db("stats", &["--json"]).stdout).unwrap();
    assert_eq!((stats["head"].as_u64(), stats["oldestState"].as_u64()), (Some(6), Some(4)));
    said(&db("verify", &[]), true, &["7 blocks, 0 transactions, 1 accounts, 0 slots: sound"]);
    let found: serde_json::Value = serde_json::from_slice(&db("verify", &["--json"]).stdout).unwrap();
    assert_eq!((found["blocks"].as_u64(), found["faults"].as_array().map(Vec::len)), (Some(7), Some(0)));
    said(&db("repair-index", &[]), true, &["7 rows written"]);
}

#[test]
fn a_node_needs_a_chain() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sero"))
        .args(["node", "--data-dir", "empty", "--http-port", "0"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    said(&output, false, &["holds no chain; sero import makes one"]);
}
