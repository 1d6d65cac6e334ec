//! Wallet files: the envelope, and what is in it.

use super::no_repair;
use crate::check::{canonical, normal, total};
use crate::draw::Draw;
use crate::{Cost, Target, Verdict};
use alloy_primitives::hex;
use serde_json::{Map, Value, json};
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::asset::AssetId;
use sero_shielded::field::{field_to_bytes, scalar_to_bytes};
use sero_shielded::hash::blake2b_32;
use sero_wallet::file::Envelope;
use sero_wallet::incoming::rewrite;
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes before the checksum.
const PREFIX_LEN: usize = 8 + 1 + 1 + 12 + 16 + 12 + 32;
/// The key that passwords of all drawn files give.
const KEY: [u8; 32] = *b"the key of every file that is he";

/// Without Argon2id, whose work the file itself asks for: the key is given.
pub const FILE: Target = Target {
    name: "wallet-file",
    cost: Cost::Curve,
    max_len: 48 * 1024,
    check: |bytes| {
        let verdict =
            canonical(bytes, |bytes| Envelope::decode(Path::new("wallet"), bytes), Envelope::encode);
        if let Ok(envelope) = Envelope::decode(Path::new("wallet"), bytes) {
            let open = |_: &[u8]| envelope.open(&Secret::new(KEY));
            return match total(bytes, open, |plain| _ = (CONTENT.check)(plain)) {
                // Whoever made the file had the key; what is in it is the next target's.
                Verdict::Decoded => verdict,
                Verdict::Refused => Verdict::Refused,
            };
        }
        verdict
    },
    draw: |draw| {
        let plain = (CONTENT.draw)(draw);
        let network = [Network::Main, Network::Test, Network::Dev][draw.below(3)];
        let costs = [draw.word(), draw.word(), draw.word()].map(|word| word.to_le_bytes()[0].into());
        Envelope::seal(network, costs, draw.bytes(), draw.bytes(), &Secret::new(KEY), &plain)
            .expect("a small file")
            .encode()
    },
    repair: |bytes| {
        if let Some((prefix, rest)) = bytes.split_at_mut_checked(PREFIX_LEN)
            && let Some((checksum, body)) = rest.split_first_chunk_mut::<32>()
        {
            *checksum = blake2b_32("SERO_wallet_sum", &[prefix, body]);
        }
    },
    nasty: || {
        let repaired = |at: usize, byte: u8| {
            let mut bytes = (FILE.draw)(&mut Draw::new(1));
            bytes[at] = byte;
            (FILE.repair)(&mut bytes);
            bytes
        };
        vec![
            ("version-2", repaired(8, 2)),
            ("network-3", repaired(9, 3)),
            ("argon-of-4-TiB", repaired(10, 0xff)),
            ("nonce-changed", repaired(40, 0)),
            ("key-check-changed", repaired(60, 0)),
            ("header-alone", (FILE.draw)(&mut Draw::new(1))[..PREFIX_LEN + 32].to_vec()),
        ]
    },
};

pub const CONTENT: Target = Target {
    name: "wallet-content",
    cost: Cost::Curve,
    max_len: 48 * 1024,
    check: |bytes| normal(bytes, rewrite, |plain: &Zeroizing<Vec<u8>>| plain.to_vec()),
    draw: |draw| content(draw).into_bytes(),
    repair: no_repair,
    nasty: || {
        let text = content(&mut Draw::new(2));
        let (before, after) = text.split_at(text.len() / 2);
        vec![
            ("open-lists", vec![b'['; 600]),
            ("first-field-alone", br#"{"incoming_key":"#.to_vec()),
            ("first-field-null", br#"{"incoming_key":null}"#.to_vec()),
            ("field-twice", format!("{{\"chain_id\":1,{}", &text[1..]).into()),
            ("zero-byte-inside", format!("{before}\0{after}").into()),
        ]
    },
};

/// Both kinds of wallet; the first field tells them apart, so order matters.
fn content(draw: &mut Draw) -> String {
    let network = ["main", "test", "dev"][draw.below(3)];
    let (chain_id, genesis_hash, head) = (draw.number(), word(draw), draw.number());
    let assets: Vec<Value> = (0..1 + draw.below(2)).map(|_| asset(draw)).collect();
    let history: Vec<Value> = (0..draw.below(3)).map(|_| record(draw)).collect();
    if draw.once_in(4) {
        let key = hex::encode(scalar_to_bytes(&draw.scalar()));
        let rest = json!({
            "network": network, "chain_id": chain_id, "genesis_hash": genesis_hash, "next_block": head,
            "head": head, "trees": { "0": "0x0000000000000000" }, "notes": draw.number(), "assets": assets,
            "history": history,
        });
        return format!("{{\"incoming_key\":\"{key}\",{}", &rest.to_string()[1..]);
    }
    let account = if draw.once_in(2) {
        let key = [scalar_to_bytes(&draw.scalar()), field_to_bytes(&draw.field())].concat();
        json!({ "Full": hex::encode(key) })
    } else {
        let address = draw.address().to_bytes();
        json!({ "Watch": hex::encode([&address[32..], &address[..32]].concat()) })
    };
    let notes: Vec<Value> = (0..draw.below(2)).map(|_| note(draw)).collect();
    let trees: Map<String, Value> = (0..draw.below(3))
        .map(|pool| (pool.to_string(), hex::encode_prefixed((super::tree::MARKED_TREE.draw)(draw)).into()))
        .collect();
    let packages: Map<String, Value> = (0..draw.below(2)).map(|_| package(draw)).collect();
    let merges = json!({ "paid": [[draw.number(), draw.amount().to_string()]], "not_before": null });
    json!({
        "account": account, "network": network, "chain_id": chain_id, "genesis_hash": genesis_hash,
        "next_address": draw.number(), "used_addresses": draw.number(), "next_from": draw.number(),
        "next_block": head, "head": head, "base_fee_per_gas": draw.amount().to_string(),
        "trees": trees, "notes": notes, "packages": packages, "assets": assets,
        "history": history, "calls": {}, "merges": merges,
    })
    .to_string()
}

fn word(draw: &mut Draw) -> String {
    hex::encode_prefixed(draw.bytes::<32>())
}

fn asset(draw: &mut Draw) -> Value {
    let kind = ["coin", "token", "category", "ticket"][draw.below(4)];
    let id: AssetId = draw.asset();
    json!({ "id": hex::encode_prefixed(id.to_bytes()), "kind": kind, "name": "NAME", "decimals": draw.below(256) })
}

fn note(draw: &mut Draw) -> Value {
    let status = match draw.below(3) {
        0 => json!("Unspent"),
        1 => json!({ "Pending": { "transaction": word(draw), "expiry": draw.number() } }),
        _ => json!({ "Spent": { "transaction": word(draw) } }),
    };
    let mut field = || hex::encode_prefixed(field_to_bytes(&draw.field()));
    let (commitment, rcm, s, nullifier) = (field(), field(), field(), field());
    json!({
        "asset": hex::encode_prefixed(draw.asset().to_bytes()), "amount": draw.amount().to_string(),
        "pool": draw.below(256), "position": draw.number(), "commitment": commitment, "rcm": rcm, "s": s, "address": draw.number(),
        "nullifier": nullifier, "settled": draw.once_in(2), "block": draw.number(), "transaction": word(draw),
        "public": draw.once_in(2), "memo": "0x", "status": status,
        "released": draw.once_in(2).then(|| draw.number()),
    })
}

fn package(draw: &mut Draw) -> (String, Value) {
    let id = word(draw);
    let content = json!({
        "asset": hex::encode_prefixed(draw.asset().to_bytes()), "amount": draw.amount().to_string(),
        "data": hex::encode_prefixed(draw.vec(3)),
    });
    let known = draw.once_in(2);
    let package = json!({
        "id": id, "pool": known.then_some(draw.below(256)), "owner": hex::encode_prefixed(draw.bytes::<20>()),
        "from_index": known.then_some(draw.number()), "content": known.then_some(content),
        "opened": draw.once_in(2), "block": draw.number(), "transaction": word(draw),
    });
    (id, package)
}

fn record(draw: &mut Draw) -> Value {
    let fee = if draw.once_in(2) { Value::Null } else { draw.amount().to_string().into() };
    let kind = ["received", "sent", "called", "shielded", "merged"][draw.below(5)];
    let transfer = json!({
        "asset": hex::encode_prefixed(draw.asset().to_bytes()), "amount": draw.amount().to_string(),
        "address": null, "memo": "0x00",
    });
    let transfers = if draw.once_in(2) { vec![transfer] } else { vec![] };
    json!({
        "kind": kind, "block": draw.number(), "timestamp": draw.number(), "transaction": word(draw),
        "transfers": transfers, "fee": fee,
    })
}
