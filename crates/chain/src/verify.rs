//! Reads a whole database and says what is wrong with it; makes its indices anew.

use crate::chain::{decode_header, decode_receipt, decode_transaction};
use crate::error::ChainError;
use alloy_consensus::Header;
use alloy_primitives::B256;
use sero_primitives::block::{logs_bloom, receipts_root, transactions_root};
use sero_storage::Storage;

/// What a whole database holds, and every fault that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Blocks that were read.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Accounts of the latest state.
    pub accounts: u64,
    /// Slots of the latest state.
    pub slots: u64,
    /// In words.
    pub faults: Vec<String>,
}

/// Reads everything: headers and what they commit to, indices, and the latest state, whose root is computed from its
/// plain rows.
pub fn verify(storage: &Storage) -> Result<Verification, ChainError> {
    let mut found = Verification::default();
    let Some((head, _)) = storage.head()? else { return Ok(found) };
    let mut parent = None;
    for number in 0..=head {
        match block_faults(storage, number, parent, &mut found) {
            Ok(hash) => parent = Some(hash),
            Err(error) => {
                found.faults.push(format!("block {number}: {error}"));
                parent = None;
            }
        }
        found.blocks += 1;
    }
    let stats = storage.stats()?;
    let rows =
        |name: &str| stats.tables.iter().find(|table| table.name == name).map_or(0, |table| table.rows);
    for (name, expected) in [("block_numbers", found.blocks), ("transaction_locations", found.transactions)] {
        if rows(name) != expected {
            found.faults.push(format!("{name}: {} rows, {expected} expected", rows(name)));
        }
    }
    match storage.check_state() {
        Ok(state) => {
            (found.accounts, found.slots) = (state.accounts, state.slots);
            if state.root != state.stored_root {
                let (root, stored) = (state.root, state.stored_root);
                found.faults.push(format!("state: its rows have root {root}, the head's is {stored}"));
            }
            if state.trie_nodes != state.trie_rows {
                let (nodes, rows) = (state.trie_nodes, state.trie_rows);
                found.faults.push(format!("trie_nodes: {rows} rows, of which {nodes} belong to a trie"));
            }
        }
        Err(error) => found.faults.push(format!("state: {error}")),
    }
    Ok(found)
}

/// Checks one block; its hash if it is one.
fn block_faults(
    storage: &Storage,
    number: u64,
    parent: Option<B256>,
    found: &mut Verification,
) -> Result<B256, ChainError> {
    let missing = || ChainError::Corrupt { what: "block".into(), reason: "missing".into() };
    let bytes = storage.header(number)?.ok_or_else(missing)?;
    let hash = storage.block_hash(number)?.ok_or_else(missing)?;
    let (header, ..) = decode_header(&bytes)?;
    let transactions = storage.transactions(number)?;
    let transactions =
        transactions.iter().map(|bytes| decode_transaction(bytes)).collect::<Result<Vec<_>, _>>()?;
    let receipts = storage.receipts(number)?;
    let receipts = receipts.iter().map(|bytes| decode_receipt(bytes)).collect::<Result<Vec<_>, _>>()?;
    let bloom = logs_bloom(receipts.iter().flat_map(|receipt| &receipt.logs));
    let checks: [(&str, bool); 7] = [
        ("its hash is not its header's", header.hash_slow() == hash),
        ("it has another number", header.number == number),
        ("it has another parent", parent.is_none_or(|parent| header.parent_hash == parent)),
        (
            "its transactions are not its header's",
            transactions_root(&transactions) == header.transactions_root,
        ),
        ("its receipts are not its header's", receipts_root(&receipts) == header.receipts_root),
        ("its logs are not its header's", bloom == header.logs_bloom),
        ("it is not found by its hash", storage.block_number(hash)? == Some(number)),
    ];
    let wrong = checks.iter().filter(|(_, holds)| !holds).map(|(what, _)| format!("block {number}: {what}"));
    found.faults.extend(wrong);
    for (index, transaction) in (0u32..).zip(&transactions) {
        if storage.transaction_location(transaction.hash())? != Some((number, index)) {
            let hash = transaction.hash();
            found.faults.push(format!("block {number}: its transaction {hash} is not found by its hash"));
        }
        found.transactions += 1;
    }
    Ok(hash)
}

/// Makes the indices of blocks and transactions anew from the blocks; how many rows they have.
pub fn repair_index(storage: &Storage) -> Result<u64, ChainError> {
    let hashes = |header: &[u8], transactions: &[Vec<u8>]| -> Result<(B256, Vec<B256>), String> {
        let (header, ..): (Header, _, _) = decode_header(header).map_err(|error| error.to_string())?;
        let of = |bytes: &Vec<u8>| {
            decode_transaction(bytes).map(|tx| tx.hash()).map_err(|error| error.to_string())
        };
        Ok((header.hash_slow(), transactions.iter().map(of).collect::<Result<_, _>>()?))
    };
    Ok(storage.rebuild_indices(hashes)?)
}
