//! A child process commits blocks until it is killed; what it acknowledged
//! must be there, and what is there must be whole.

use crate::model::{Model, account, address, block_hash, commit_next, open};
use alloy_primitives::{B256, U256, keccak256};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sero_primitives::StateDiff;
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

const DIR_VARIABLE: &str = "SERO_STORAGE_CRASH_DIR";
const KILLS_ANYWHERE: u64 = 6;
const KILLS: u64 = 18;

/// The changes of block `number`, the same in every process.
fn diff(number: u64) -> StateDiff {
    let mut rng = ChaCha12Rng::seed_from_u64(number);
    let mut diff = StateDiff::default();
    for _ in 0..60 {
        let address = address(rng.random_range(0..300));
        if rng.random_bool(0.2) {
            diff.storage.remove(&address);
            diff.accounts.insert(address, None);
        } else {
            diff.accounts.insert(address, Some(account(number + 1)));
            let slot = U256::from(rng.random_range(0..50u64));
            let value = U256::from(rng.random_range(0..3u64));
            diff.storage.entry(address).or_default().insert(slot, value);
        }
    }
    diff
}

/// The child: does nothing unless the parent below started it.
#[test]
fn crash_child() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE) else {
        return;
    };
    let storage = open(Path::new(&dir));
    let mut stdout = std::io::stdout();
    loop {
        let number = storage.head().unwrap().map_or(0, |(number, _)| number + 1);
        commit_next(&storage, &diff(number)).unwrap();
        writeln!(stdout, "committed {number}").unwrap();
        stdout.flush().unwrap();
    }
}

/// Starts the child, lets it live for `life`, counted from its first commit
/// if `after_commit`, kills it, and answers the last block that it said was
/// durable.
fn run_and_kill(dir: &Path, after_commit: bool, life: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::crash_child", "--nocapture"])
        .env(DIR_VARIABLE, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut output = String::new();
    while after_commit && !output.contains("committed ") {
        assert_ne!(stdout.read_line(&mut output).unwrap(), 0, "the child ended: {output}");
    }
    std::thread::sleep(life);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "the child ended by itself: {status}");
    stdout.read_to_string(&mut output).unwrap();
    // The last line may be cut; only whole ones count.
    let whole = output.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().rev().find_map(|line| line.strip_prefix("committed ")?.parse().ok())
}

#[test]
fn killed_writers_leave_whole_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(8);
    let mut model = Model::default();
    let mut replayed = 0;
    for kill in 0..KILLS {
        // The first few may die while they still open or create the database.
        let after_commit = kill >= KILLS_ANYWHERE;
        let life = rng.random_range(0..if after_commit { 150_000 } else { 20_000 });
        let acknowledged = run_and_kill(dir.path(), after_commit, Duration::from_micros(life));

        let storage = open(dir.path());
        let head = storage.head().unwrap();
        assert!(head.map(|(number, _)| number) >= acknowledged, "{head:?} {acknowledged:?}");
        let Some((number, hash)) = head else { continue };
        assert_eq!(hash, block_hash(number));
        assert_eq!(storage.header(number + 1).unwrap(), None, "half a block is stored");
        let claimed = B256::from_slice(&storage.header(number).unwrap().unwrap());
        let state = Model::read(&storage.snapshot().unwrap());
        assert_eq!(state.root(), claimed, "kill {kill}, block {number}");

        while replayed <= number {
            model.apply(&diff(replayed));
            replayed += 1;
        }
        assert_eq!(state, model, "kill {kill}, block {number}");
        assert_eq!(storage.note_count().unwrap(), number + 1);
        for number in 0..=number {
            let bytes = number.to_be_bytes();
            assert_eq!(storage.transactions(number).unwrap(), [bytes.to_vec()]);
            assert_eq!(storage.receipts(number).unwrap().len(), 1);
            let location = storage.transaction_location(keccak256(bytes)).unwrap();
            assert_eq!(location, Some((number, 0)));
        }
    }
    assert!(replayed > KILLS, "the children committed only {replayed} blocks");
}
