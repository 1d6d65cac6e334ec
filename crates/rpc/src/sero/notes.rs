//! The pool's history, block by block and note by note.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_consensus::Header;
use alloy_primitives::{BloomInput, U64};
use serde_json::{Value, json};
use sero_chain::{ChainExecutor, NoteContent, NoteRecord, PackageEvent, PackageRecord, ShieldedActivity};
use sero_primitives::precompile::abi::IPool;
use sero_primitives::{PACKAGES, POOL};

/// Blocks with activity in one answer.
const ACTIVE_BLOCKS_MAX: u64 = 1_000;
/// Blocks that one request looks at.
const SCANNED_BLOCKS_MAX: u64 = 10_000;
/// Notes in one answer of `sero_getNotes`.
const NOTES_MAX: u64 = 1_000;
/// About this many bytes end an answer.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.heavy("sero_getShieldedBlocks", &["fromBlock", "maxBlocks"], shielded_blocks);
    methods.heavy("sero_getNotes", &["fromPosition", "limit", "pool"], notes);
}

/// Whether a block's logs can have one of POOL's or PACKAGES'.
pub(crate) fn may_touch_pool(header: &Header) -> bool {
    [POOL, PACKAGES]
        .iter()
        .any(|address| header.logs_bloom.contains_input(BloomInput::Raw(address.as_slice())))
}

fn shielded_blocks(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let from = arguments.required_u64(0)?;
    let max_blocks = arguments.optional_u64(1)?.unwrap_or(ACTIVE_BLOCKS_MAX).min(ACTIVE_BLOCKS_MAX);
    let head = context.chain.head().header.number;
    let (mut blocks, mut bytes, mut next) = (Vec::new(), 0usize, from);
    let mut active = 0;
    while next <= head && active < max_blocks && bytes < ANSWER_BYTES && next - from < SCANNED_BLOCKS_MAX {
        let at = context.block_at(Some(alloy_eips::BlockId::number(next)))?;
        next += 1;
        if !may_touch_pool(&at.header) {
            continue;
        }
        let activity = context.chain.shielded_activity(at.number)?;
        if activity == ShieldedActivity::default() {
            continue;
        }
        let state = context.chain.snapshot_at(at.number)?;
        let mut pools = Vec::new();
        for pool in context.rules(at.number)?.open_pools() {
            let tree = context.view(&state, &at.header, POOL, &IPool::treeCall { pool })?;
            pools.push(json!({
                "pool": U64::from(pool),
                "anchor": tree.anchor,
                "noteCount": U64::from(tree.noteCount),
            }));
        }
        active += 1;
        bytes += activity_bytes(&activity);
        let nullifiers = activity.nullifiers.iter().map(|spent| {
            json!({
                "pool": U64::from(spent.pool),
                "nullifier": spent.nullifier,
                "transactionHash": spent.transaction_hash,
            })
        });
        blocks.push(json!({
            "number": U64::from(at.number),
            "hash": at.hash,
            "timestamp": U64::from(at.header.timestamp),
            "pools": pools,
            "notes": activity.notes.iter().map(note_json).collect::<Vec<_>>(),
            "nullifiers": nullifiers.collect::<Vec<_>>(),
            "packages": activity.packages.iter().map(package_json).collect::<Vec<_>>(),
        }));
    }
    Ok(json!({ "head": U64::from(head), "nextBlock": U64::from(next), "blocks": blocks }))
}

fn activity_bytes(activity: &ShieldedActivity) -> usize {
    let note = |note: &NoteRecord| match &note.content {
        NoteContent::Hidden { ciphertext } => 300 + 2 * ciphertext.len(),
        NoteContent::Public { pkr, memo, .. } => 450 + 2 * (pkr.len() + memo.len()),
    };
    let package = |package: &PackageRecord| match &package.event {
        PackageEvent::Created { ciphertext, .. } => 600 + 2 * ciphertext.len(),
        _ => 300,
    };
    let packages = activity.packages.iter().map(package).sum::<usize>();
    200 + packages + activity.notes.iter().map(note).sum::<usize>() + 180 * activity.nullifiers.len()
}

fn note_json(note: &NoteRecord) -> Value {
    let mut json = json!({
        "pool": U64::from(note.pool),
        "position": U64::from(note.position),
        "transactionHash": note.transaction_hash,
        "commitment": note.commitment,
    });
    match &note.content {
        NoteContent::Hidden { ciphertext } => {
            json["kind"] = json!("hidden");
            json["ciphertext"] = json!(ciphertext);
        }
        NoteContent::Public { asset, amount, pkr, memo } => {
            json["kind"] = json!("public");
            json["asset"] = json!(asset);
            json["amount"] = json!(amount);
            json["pkr"] = json!(pkr);
            json["memo"] = json!(memo);
        }
    }
    json
}

fn package_json(package: &PackageRecord) -> Value {
    let mut json = json!({ "id": package.id, "transactionHash": package.transaction_hash });
    match &package.event {
        PackageEvent::Created { owner, pool, commitment, tag, ciphertext } => {
            json["event"] = json!("created");
            json["owner"] = json!(owner);
            json["pool"] = json!(U64::from(*pool));
            json["commitment"] = json!(commitment);
            json["tag"] = json!(tag);
            json["ciphertext"] = json!(ciphertext);
        }
        PackageEvent::Transferred { to } => {
            json["event"] = json!("transferred");
            json["to"] = json!(to);
        }
        PackageEvent::Opened => json["event"] = json!("opened"),
        PackageEvent::Revealed { key } => {
            json["event"] = json!("revealed");
            json["key"] = json!(key);
        }
    }
    json
}

fn notes(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let from = arguments.required_u64(0)?;
    let limit = arguments.optional_u64(1)?.unwrap_or(NOTES_MAX).min(NOTES_MAX);
    let limit = usize::try_from(limit).map_err(RpcError::internal)?;
    let pool = super::pool_argument(arguments, 2)?;
    let (state, head) = context.state_at(None)?;
    let tree = context.view(&state, &head.header, POOL, &IPool::treeCall { pool })?;
    let mut found = context.chain.notes(pool, from, limit)?;
    // A block that became final meanwhile is not part of this answer.
    found.retain(|note| note.block_number <= head.number);
    let with_block = |note: &NoteRecord| {
        let mut json = note_json(note);
        json["blockNumber"] = json!(U64::from(note.block_number));
        json
    };
    Ok(json!({
        "notes": found.iter().map(with_block).collect::<Vec<_>>(),
        "noteCount": U64::from(tree.noteCount),
    }))
}
