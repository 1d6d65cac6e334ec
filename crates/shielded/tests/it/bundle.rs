use crate::keys::spending_key;
use crate::note::hidden;
use crate::vectors::{self, Case};
use alloy_primitives::B256;
use ark_ff::AdditiveGroup;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{
    BalanceEntry, Bundle, BundleError, Carrier, CodecError, Direction, Output, SighashContext, Spend,
};
use sero_shielded::curve::{PointError, PointSum, g_auth, multiply, value_randomness_base};
use sero_shielded::encryption::{EncryptedNote, Memo, decrypt_incoming, decrypt_outgoing, encrypt};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::note::value_commitment;
use sero_shielded::signature::{Domain, Signature, sign};
use sero_shielded::tree::{Frontier, root_of_path};

/// A bundle of the vectors, which bytes and secrets both give.
pub struct Given {
    pub bundle: Bundle,
    pub bytes: Vec<u8>,
    pub sighash: B256,
    pub bsk: Scalar,
    pub case: Case,
}

pub fn given(name: &str) -> Given {
    let cases = vectors::cases("bundle");
    let case = cases.into_iter().find(|case| case.kind() == "bundle" && case.text("name") == name);
    let case = case.unwrap_or_else(|| panic!("no bundle `{name}`"));
    let bytes = case.bytes("encoded");
    let bundle = Bundle::decode(&bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
    Given { bundle, bytes, sighash: B256::new(case.array("sighash")), bsk: case.scalar("bsk"), case }
}

#[test]
fn vectors() {
    vectors::run("bundle", |case| match case.kind() {
        "bundle" => build(case),
        "packages" => {
            let bundle =
                Bundle::decode(&case.bytes("encoded")).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(bundle.encode(), case.bytes("encoded"), "{case}");
            assert_eq!(bundle.encode_effects(), case.bytes("effects"), "{case}");
            let sighash = bundle.sighash(&SighashContext {
                chain_id: case.number("chain_id"),
                genesis_hash: B256::new(case.array("genesis_hash")),
                carrier: Carrier::Contract {
                    caller: case.array("caller"),
                    context: B256::new(case.array("context")),
                    expiry: case.number("expiry"),
                },
            });
            assert_eq!(sighash, B256::new(case.array("sighash")), "{case}");
            assert_eq!(bundle.binding_message(&sighash), B256::new(case.array("binding_message")), "{case}");
            assert_eq!(bundle.balance_key(), Ok(case.point("bvk")), "{case}");
        }
        "refused-bvk" => {
            assert_eq!(case.text("reason"), "bvk-identity", "{case}");
            let bundle =
                Bundle::decode(&case.bytes("encoded")).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(bundle.encode(), case.bytes("encoded"), "{case}");
            assert_eq!(bundle.balance_key(), Err(BundleError::IdentityBalance), "{case}");
            assert_eq!(bundle.verify_signatures(&B256::ZERO), Err(BundleError::IdentityBalance), "{case}");
        }
        "invalid" => {
            let error = Bundle::decode(&case.bytes("encoded")).expect_err(case.text("name"));
            assert_reason(case, &error);
            assert!(!error.to_string().is_empty(), "{case}");
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
}

fn assert_reason(case: &Case, error: &CodecError) {
    let rule = |place: &str, words: &str| match error {
        CodecError::Rule { field, rule } => field.contains(place) && rule.contains(words),
        _ => false,
    };
    let ok = match case.text("reason") {
        "truncated" => matches!(error, CodecError::Truncated { .. }),
        "trailing" => *error == CodecError::Trailing(1),
        "version" => matches!(error, CodecError::Version(0 | 2)),
        "pool" => *error == CodecError::Pool(8),
        "packages" => *error == CodecError::TooMany { what: "packages", found: 9, max: 8 },
        "package-kind" => rule("packages[0].kind", "0 (create) or 1 (open)"),
        "ciphertext-length" => rule("packages[0].ciphertext", "128, 256, 512 or 1024"),
        "commitment-twice" => rule("pkg_cm", "twice"),
        "opened-twice" => rule("packages[1].id", "twice"),
        "too-many" => matches!(error, CodecError::TooMany { found: 17, max: 16, .. }),
        "anchor" => rule("anchor", "no spends"),
        "nullifier-twice" => rule("nullifier", "twice"),
        "asset-twice" | "balance-order" => rule("balance[1]", "each asset once, the coin first"),
        "flags" => rule("flags", "bits"),
        "zero-amount" => rule("amount", "1 to"),
        "coin-not-flagged" => rule("asset", "flag bit 1"),
        "not-canonical" => matches!(error, CodecError::Field { .. } | CodecError::Asset { .. }),
        "identity" => matches!(error, CodecError::Point { error: PointError::Identity, .. }),
        "wrong-subgroup" => matches!(error, CodecError::Point { error: PointError::WrongSubgroup, .. }),
        reason => panic!("{case}: unknown reason {reason}"),
    };
    assert!(ok, "{case}, {}: {error}", case.text("name"));
}

/// Builds the bundle from its secrets and compares every step.
fn build(case: &Case) {
    let ovk = case.array("ovk");
    let mut frontier = Frontier::default();
    let mut witnesses = Vec::new();
    let leaves: Vec<Field> = case.list("leaves").iter().map(Case::as_field).collect();
    for leaf in &leaves {
        let witness = frontier.next_witness();
        frontier.append(*leaf, &mut witnesses).expect("room");
        witnesses.push(witness);
    }
    let spend_rows = case.list("spends");
    let anchor = if spend_rows.is_empty() { Field::ZERO } else { frontier.root() };
    assert_eq!(anchor, case.field("anchor"), "{case}");

    let mut secrets = Vec::new();
    let mut spends = Vec::new();
    let mut bsk = Scalar::ZERO;
    for row in &spend_rows {
        let key = spending_key(&row.object("key"));
        assert_eq!(*key.ask(), row.scalar("ask"), "{row}");
        let viewing = key.viewing_key();
        assert_eq!(*viewing.nk(), row.field("nk"), "{row}");
        let note = hidden(&row.object("note"));
        let cm = note.commitment(&note.secrets().expect("secrets")).expect("cm");
        assert_eq!(cm, row.field("cm"), "{row}");
        let position: u64 = row.number("position");
        let index = usize::try_from(position).expect("small");
        assert_eq!(leaves[index], cm, "{row}");
        assert_eq!(root_of_path(cm, position, &frontier.path(&witnesses[index])), anchor, "{row}");
        let (alpha, rcv) = (row.scalar("alpha"), row.scalar("rcv"));
        let spend = Spend {
            nullifier: viewing.nullifier(&cm, position),
            rk: (PointSum::from(viewing.ak()) + multiply(&g_auth(), &alpha)).into(),
            cv: value_commitment(&note.asset.generator().expect("generator"), note.amount, &rcv),
            proof: row.array("proof"),
            auth_sig: Signature([0; 64]),
        };
        assert_eq!(spend.nullifier, row.field("nf"), "{row}");
        assert_eq!((spend.rk, spend.cv), (row.point("rk"), row.point("cv")), "{row}");
        secrets.push(*key.ask() + alpha);
        bsk += rcv;
        spends.push(spend);
    }
    let mut outputs = Vec::new();
    for row in case.list("outputs") {
        let note = hidden(&row.object("note"));
        let cm = note.commitment(&note.secrets().expect("secrets")).expect("cm");
        let rcv = row.scalar("rcv");
        let cv = value_commitment(&note.asset.generator().expect("generator"), note.amount, &rcv);
        assert_eq!((cm, cv), (row.field("cm"), row.point("cv")), "{row}");
        let memo = Memo::new(&row.bytes("memo")).expect("memo");
        let encrypted = encrypt(&note, &memo, &cm, &cv, &ovk).expect("secrets");
        outputs.push(Output { cm, cv, note: encrypted, proof: row.array("proof") });
        bsk -= rcv;
    }
    let balance = case.list("balance");
    let balance = balance.iter().map(|row| BalanceEntry {
        asset: AssetId::from_bytes(row.array("asset")).expect("asset"),
        direction: if row.flag("inward") { Direction::Inward } else { Direction::Outward },
        amount: row.number("amount"),
    });
    let mut bundle = Bundle {
        pool: 0,
        anchor,
        spends,
        outputs,
        packages: vec![],
        balance: balance.collect(),
        binding_sig: Signature([0; 64]),
    };

    assert_eq!(bundle.encode_effects(), case.bytes("effects"), "{case}");
    assert_eq!(bundle.effects_hash(), B256::new(case.array("effects_hash")), "{case}");
    let sighash = bundle.sighash(&SighashContext {
        chain_id: case.number("chain_id"),
        genesis_hash: B256::new(case.array("genesis_hash")),
        carrier: Carrier::Transaction { digest: B256::new(case.array("transaction_digest")) },
    });
    assert_eq!(sighash, B256::new(case.array("sighash")), "{case}");
    for ((spend, secret), row) in bundle.spends.iter_mut().zip(&secrets).zip(&spend_rows) {
        spend.auth_sig = sign(Domain::Authorisation, secret, sighash.as_slice(), &row.array("fresh"));
        assert_eq!(spend.auth_sig.0, row.array("auth_sig"), "{row}");
    }
    let message = bundle.binding_message(&sighash);
    assert_eq!(message, B256::new(case.array("binding_message")), "{case}");
    assert_eq!(bsk, case.scalar("bsk"), "{case}");
    assert_eq!(bundle.balance_key(), Ok(case.point("bvk")), "{case}");
    assert_eq!(multiply(&value_randomness_base(), &bsk), case.point("bvk"), "{case}");
    bundle.binding_sig = sign(Domain::Binding, &bsk, message.as_slice(), &case.array("binding_fresh"));
    assert_eq!(bundle.binding_sig.0, case.array("binding_sig"), "{case}");
    assert_eq!(bundle.encode(), case.bytes("encoded"), "{case}");
    assert_eq!(Bundle::decode(&case.bytes("encoded")), Ok(bundle.clone()), "{case}");
    assert_eq!(bundle.verify_signatures(&sighash), Ok(()), "{case}");
    assert!(bundle.verify_signatures(&B256::ZERO).is_err(), "{case}: another transaction");

    for output in &bundle.outputs {
        let read = decrypt_outgoing(&ovk, &output.note, &output.cm, &output.cv).expect("the sender reads it");
        assert!(read.note.amount > 0, "{case}");
        let log = output.note.to_log(&output.cv);
        assert_eq!(log.len(), 32 + EncryptedNote::LEN, "{case}");
        assert_eq!(EncryptedNote::from_log(&log), Ok((output.cv, output.note.clone())), "{case}");
    }
}

#[test]
fn the_receivers_find_their_outputs() {
    let Given { bundle, case, .. } = given("full");
    let keys: Vec<_> =
        vectors::cases("keys").iter().filter(|c| c.kind() == "keys").map(spending_key).collect();
    let found = |key: usize| -> Vec<u128> {
        let viewing = keys[key].viewing_key();
        let read = |o: &Output| decrypt_incoming(viewing.incoming(), &o.note, &o.cm).map(|d| d.note.amount);
        bundle.outputs.iter().filter_map(read).collect()
    };
    let amounts: Vec<u128> = case.list("outputs").iter().map(|row| row.object("note").number("v")).collect();
    assert_eq!(found(0), [amounts[1]], "Alice's change");
    assert_eq!(found(2), [amounts[0], amounts[2]], "Bob's");
    assert_eq!(found(1), [0u128; 0], "nobody else's");
}
