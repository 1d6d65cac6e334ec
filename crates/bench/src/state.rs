//! A state of many accounts, with the blocks that change it: filled through the storage crate's own commits, in batches,
//! and kept in its folder for later runs.

use crate::line::{Row, measure};
use crate::text;
use alloy_primitives::{Address, B256, U256, keccak256};
use serde_json::json;
use sero_primitives::{Account, StateDiff, StateReader};
use sero_storage::{BlockCommit, Storage, StorageOptions, TrieUpdates};
use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// Contracts with storage; the first one has far more of it than the others.
const CONTRACTS: u64 = 1_000;
/// Accounts for each slot of the first contract, and for each slot of another one.
const ACCOUNTS_PER_SLOT: [u64; 2] = [10, 10_000];
const ACCOUNTS_MIN: u64 = 100_000;
const ACCOUNTS_MAX: u64 = 100_000_000;
/// Accounts in one commit of the filling.
const BATCH: u64 = 250_000;
/// Slots that a measured block changes.
const CHANGED: u64 = 10_000;
/// Reads in one measurement.
const READS: u64 = 10_000;
/// Written when the folder holds the whole state: how many accounts it has.
const FILLED: &str = "filled";

/// Fills the folder, unless it holds such a state already.
pub fn prepare(folder: &Path, accounts: &str) -> Result<(), String> {
    let accounts: u64 = accounts.parse().map_err(|_| format!("{accounts} is no number of accounts"))?;
    if !(ACCOUNTS_MIN..=ACCOUNTS_MAX).contains(&accounts) {
        return Err(format!("accounts: {ACCOUNTS_MIN} to {ACCOUNTS_MAX} are allowed, not {accounts}"));
    }
    if read_filled(folder).is_ok_and(|filled| filled == accounts)
        && open(folder).is_ok_and(|state| has(&state, accounts - 1))
    {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    // Nothing is lost with a state that a crash of the machine took: the file that says it is whole comes last.
    let storage = Storage::open(folder, StorageOptions { durable: false, ..options() }).map_err(text)?;
    for first in (0..accounts).step_by(BATCH as usize) {
        // CAST: a small constant
        let last = (first + BATCH).min(accounts);
        commit_next(&storage, &filling(first..last, accounts))?;
        report(&format!("{last} of {accounts} accounts"));
    }
    drop(storage);
    // A durable block makes all before it durable.
    let storage = Storage::open(folder, options()).map_err(text)?;
    commit_next(&storage, &StateDiff::default())?;
    let path = folder.join(FILLED);
    fs::write(&path, accounts.to_string()).map_err(|error| format!("{}: {error}", path.display()))
}

/// Sizes, as one line of JSON: of the tables, and of the file with the pages that are free for the next blocks.
pub fn describe(folder: &Path) -> Result<String, String> {
    let accounts = read_filled(folder)?;
    let stats = open(folder)?.stats().map_err(text)?;
    let bytes = |names: &[&str]| -> u64 {
        stats.tables.iter().filter(|table| names.contains(&table.name)).map(|table| table.bytes).sum()
    };
    let all: u64 = stats.tables.iter().map(|table| table.bytes).sum();
    let slots = stats.tables.iter().find(|table| table.name == "storage").map_or(0, |table| table.rows);
    Ok(json!({
        "name": "sero database",
        "accounts": accounts,
        "slots": slots,
        "bytes": all,
        "plain_bytes": bytes(&["accounts", "storage", "code"]),
        "trie_bytes": bytes(&["trie_nodes"]),
        "bytes_per_account": all / accounts,
        "file_bytes": stats.used_bytes,
    })
    .to_string())
}

/// State root of a block that changes [`CHANGED`] slots of the first contract, or of all others by turns.
pub fn root(folder: &Path, contracts: Contracts) -> Result<Row, String> {
    let (folder, accounts, mut round) = (folder.to_owned(), read_filled(folder)?, 0);
    Ok(Box::new(move || {
        round += 1;
        let storage = open(&folder)?;
        let (snapshot, diff) = (storage.snapshot().map_err(text)?, changing(accounts, contracts, round));
        let (taken, root) = measure(|| snapshot.state_root(&diff));
        black_box(root.map_err(text)?);
        Ok(taken)
    }))
}

/// State root and durable commit of such a block.
pub fn commit(folder: &Path, contracts: Contracts) -> Result<Row, String> {
    let (folder, accounts) = (folder.to_owned(), read_filled(folder)?);
    Ok(Box::new(move || {
        let storage = open(&folder)?;
        let (head, _) = storage.head().map_err(text)?.ok_or("no head")?;
        let diff = changing(accounts, contracts, head);
        let (taken, result) = measure(|| commit_next(&storage, &diff));
        result.map(|()| taken)
    }))
}

/// [`READS`] accounts here and there.
pub fn read_accounts(folder: &Path) -> Result<Row, String> {
    read(folder, |state, accounts, index| {
        let account = state.account(address(index % accounts)).map_err(text)?;
        if account.is_some() { Ok(()) } else { Err("an account is not there".into()) }
    })
}

/// [`READS`] slots of the first contract here and there.
pub fn read_slots(folder: &Path) -> Result<Row, String> {
    read(folder, |state, accounts, index| {
        let value = state.storage(address(0), slot(index % slots(0, accounts))).map_err(text)?;
        if value.is_zero() { Err("a slot is zero".into()) } else { Ok(()) }
    })
}

fn read(
    folder: &Path,
    one: impl Fn(&dyn StateReader, u64, u64) -> Result<(), String> + 'static,
) -> Result<Row, String> {
    let (folder, accounts, mut next) = (folder.to_owned(), read_filled(folder)?, 0u64);
    Ok(Box::new(move || {
        let snapshot = open(&folder)?.snapshot().map_err(text)?;
        let (taken, result) = measure(|| {
            (0..READS).try_for_each(|_| {
                // An odd step, so that no index comes twice for long; far apart.
                next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
                one(&snapshot, accounts, next)
            })
        });
        result.map(|()| taken)
    }))
}

/// Whose slots change.
#[derive(Clone, Copy)]
pub enum Contracts {
    One,
    Many,
}

fn options() -> StorageOptions {
    // History is not what is measured.
    StorageOptions { states: Some(1), ..Default::default() }
}

fn open(folder: &Path) -> Result<Storage, String> {
    Storage::open(folder, options()).map_err(text)
}

fn read_filled(folder: &Path) -> Result<u64, String> {
    let path: PathBuf = folder.join(FILLED);
    let accounts =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    accounts.parse().map_err(|_| format!("{}: `{accounts}` is no number", path.display()))
}

fn has(storage: &Storage, account: u64) -> bool {
    storage
        .snapshot()
        .is_ok_and(|state| state.account(address(account)).is_ok_and(|account| account.is_some()))
}

/// The addresses of contracts and others alike look random.
fn address(index: u64) -> Address {
    Address::from_word(keccak256(index.to_be_bytes()))
}

/// Slots of a mapping.
fn slot(index: u64) -> U256 {
    keccak256([word(index), word(0)].concat()).into()
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

/// How many slots a contract has.
fn slots(contract: u64, accounts: u64) -> u64 {
    accounts / ACCOUNTS_PER_SLOT[usize::from(contract > 0)]
}

/// These accounts, and their part of the first contract's slots.
fn filling(range: std::ops::Range<u64>, accounts: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    for index in range.clone() {
        let balance = U256::from(1_000_000_000_000_000_000 + index);
        diff.accounts.insert(address(index), Some(Account { nonce: 1, balance, ..Account::default() }));
        if (1..CONTRACTS).contains(&index) {
            let values = (0..slots(index, accounts)).map(|at| (slot(at), balance));
            diff.storage.insert(address(index), values.collect());
        }
    }
    let share = |account: u64| account / ACCOUNTS_PER_SLOT[0];
    let values: BTreeMap<U256, U256> =
        (share(range.start)..share(range.end)).map(|at| (slot(at), U256::from(at + 1))).collect();
    diff.storage.insert(address(0), values);
    diff
}

/// [`CHANGED`] slots with values that depend on `round`: of the first contract, or as many of each other one; half of them are new.
fn changing(accounts: u64, contracts: Contracts, round: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    for index in 0..CHANGED {
        let (contract, at) = match contracts {
            Contracts::One => (0, index),
            Contracts::Many => (1 + index % (CONTRACTS - 1), index / (CONTRACTS - 1)),
        };
        let known = slots(contract, accounts);
        // Far apart; every other one beyond the known ones.
        let at = at.wrapping_mul(7_919).wrapping_add(round.wrapping_mul(104_729));
        let at = if index % 2 == 0 { at % known } else { known + at };
        diff.storage.entry(address(contract)).or_default().insert(slot(at), U256::from(round + index + 1));
    }
    diff
}

fn commit_next(storage: &Storage, diff: &StateDiff) -> Result<(), String> {
    let number = storage.head().map_err(text)?.map_or(0, |(number, _)| number + 1);
    let (root, trie): (B256, TrieUpdates) =
        storage.snapshot().map_err(text)?.state_root(diff).map_err(text)?;
    let block = BlockCommit {
        number,
        hash: keccak256([number.to_be_bytes().as_slice(), root.as_slice()].concat()),
        header: root.to_vec(),
        transactions: vec![],
        receipts: vec![],
        notes: vec![],
        diff,
        trie,
    };
    storage.commit(block).map_err(text)
}

#[allow(clippy::print_stderr, reason = "filling takes minutes")]
fn report(progress: &str) {
    eprintln!("{progress}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_changes_as_many_slots_as_it_says() {
        for (contracts, expected) in [(Contracts::One, 1), (Contracts::Many, 999)] {
            let diff = changing(10_000_000, contracts, 3);
            assert_eq!(diff.storage.len(), expected);
            assert_eq!(diff.storage.values().map(BTreeMap::len).sum::<usize>(), 10_000);
        }
    }

    #[test]
    fn the_filling_has_every_account_and_slot_once() {
        let accounts = 2 * ACCOUNTS_MIN;
        let parts = [filling(0..ACCOUNTS_MIN, accounts), filling(ACCOUNTS_MIN..accounts, accounts)];
        let count: usize = parts.iter().map(|part| part.accounts.len()).sum();
        assert_eq!(count as u64, accounts);
        let slots: usize = parts.iter().flat_map(|part| part.storage.values()).map(BTreeMap::len).sum();
        assert_eq!(slots as u64, accounts / 10 + 999 * (accounts / 10_000));
    }
}
