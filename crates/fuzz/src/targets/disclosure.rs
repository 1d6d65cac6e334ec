//! Disclosures, as bytes and as a file.

use super::{bad, no_repair};
use crate::check::{canonical, total};
use crate::draw::Draw;
use crate::{Cost, Target};
use serde_json::Value;
use sero_shielded::disclosure::{Chain, Claim, Disclosure, NoteKind, VERSION};
use sero_shielded::tree::CAPACITY;
use sero_wallet::disclosure::file::{read, to_json};

pub const BINARY: Target = Target {
    name: "disclosure",
    cost: Cost::Curve,
    max_len: 4096,
    check: |bytes| canonical(bytes, Disclosure::decode, Disclosure::encode),
    draw: |draw| disclosure(draw).encode(),
    repair: no_repair,
    nasty: || {
        let bytes = disclosure(&mut Draw::new(2)).encode();
        // Version, pool, kind, claim, chain id, genesis hash, position, commitment, O, then E.
        let mut all = bad::at(&bytes, 4 + 8 + 32 + 8 + 32 + 32);
        for (name, at, byte) in [("version-2", 0, 2), ("pool-8", 1, 8), ("kind-2", 2, 2), ("claim-3", 3, 3)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            all.push((name, changed));
        }
        all
    },
};

/// JSON is an unordered thing with free spaces: canonical are its values.
pub const FILE: Target = Target {
    name: "disclosure-file",
    cost: Cost::Curve,
    max_len: 16 * 1024,
    check: |bytes| {
        total(bytes, read, |disclosure| {
            if bytes.first() == Some(&VERSION) {
                assert!(disclosure.encode() == bytes, "accepted bytes are not what encoding gives");
            } else {
                let value: Value = serde_json::from_slice(bytes).expect("it was read as JSON");
                assert_eq!(to_json(disclosure), value, "accepted values are not what encoding gives");
            }
        })
    },
    draw: |draw| {
        let disclosure = disclosure(draw);
        if draw.once_in(4) { disclosure.encode() } else { to_json(&disclosure).to_string().into_bytes() }
    },
    repair: no_repair,
    nasty: || {
        let json = to_json(&disclosure(&mut Draw::new(2)));
        let with = |name: &str, value: Value| {
            let mut changed = json.clone();
            changed[name] = value;
            changed.to_string().into_bytes()
        };
        vec![
            ("open-lists", vec![b'['; 600]),
            ("open-objects", br#"{"a":"#.repeat(200)),
            ("number-of-600-digits", vec![b'9'; 600]),
            ("not-utf8", vec![b'"', 0xff, b'"']),
            ("extra-field", with("extra", Value::Null)),
            ("position-negative", with("position", "-1".into())),
            ("position-plus", with("position", "+1".into())),
            ("amount-leading-zero", with("amount", "01".into())),
            ("amount-2^128", with("amount", "340282366920938463463374607431768211456".into())),
            ("seed-upper-case", with("seed", format!("0x{}", "AB".repeat(32)).into())),
            ("seed-short", with("seed", "0x00".into())),
            ("seed-wide", with("seed", format!("0x{}", "ａ".repeat(64)).into())),
            ("siblings-empty", with("siblings", Value::Array(vec![]))),
            ("claim-number", with("claim", 1.into())),
            ("version-256", with("version", 256.into())),
            ("version-float", with("version", 1.0.into())),
        ]
    },
};

fn disclosure(draw: &mut Draw) -> Disclosure {
    let kind = if draw.once_in(2) { NoteKind::Hidden } else { NoteKind::Public };
    let claim = match draw.below(if kind == NoteKind::Hidden { 3 } else { 2 }) {
        0 => Claim::None,
        1 => Claim::Payee(draw.signature()),
        _ => Claim::Payer { key: draw.point(), signature: draw.signature() },
    };
    Disclosure {
        chain: Chain { chain_id: draw.number(), genesis_hash: draw.bytes().into() },
        pool: u8::try_from(draw.below(8)).expect("below 8"),
        kind,
        position: draw.number() % CAPACITY,
        commitment: draw.field(),
        to: draw.address(),
        asset: draw.asset(),
        amount: draw.amount(),
        seed: draw.bytes(),
        anchor: draw.field(),
        siblings: core::array::from_fn(|_| core::array::from_fn(|_| draw.field())),
        claim,
    }
}
