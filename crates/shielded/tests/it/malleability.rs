//! Nothing in a bundle can be changed by somebody who carries it: a changed bit
//! is refused when it is read, or changes what the signatures sign.

use crate::bundle::{Given, given};
use crate::hostile::{NAMES, layout};
use crate::rng::Rng;
use alloy_primitives::B256;
use sero_shielded::bundle::{
    Bundle, Carrier, CodecError, PackageAction, PackageCreate, PackageOpen, SighashContext,
};
use sero_shielded::field::Field;
use sero_shielded::package::{CIPHERTEXT_LENS, PackageId, SealedPackage};
use std::collections::BTreeMap;

fn sighashes(bundle: &Bundle) -> [B256; 2] {
    let (digest, context) = (B256::repeat_byte(3), B256::repeat_byte(4));
    let carriers =
        [Carrier::Transaction { digest }, Carrier::Contract { caller: [5; 20], context, expiry: 6 }];
    carriers.map(|carrier| {
        bundle.sighash(&SighashContext { chain_id: 1, genesis_hash: B256::repeat_byte(2), carrier })
    })
}

/// Bytes without inner rules, of which one bit each is as good as eight.
const OPAQUE: [&str; 5] = ["proof", "ciphertext", "enc_note", "out_ct", "tag"];

#[test]
fn a_changed_bit_is_refused_or_changes_what_is_signed() {
    let mut outcomes = BTreeMap::<&str, usize>::new();
    std::thread::scope(|scope| {
        let threads = NAMES.map(|name| scope.spawn(move || change_every_bit(name)));
        for (outcome, count) in threads.into_iter().flat_map(|thread| thread.join().expect("no panic")) {
            *outcomes.entry(outcome).or_default() += count;
        }
    });
    let kinds: Vec<_> = outcomes.keys().copied().collect();
    assert_eq!(kinds, ["binding message", "binding signature", "refused", "sighash"]);
    assert!(outcomes.values().all(|count| *count > 1000), "{outcomes:?}");
}

/// Counts what becomes of the bundle `name` with one bit changed.
fn change_every_bit(name: &str) -> BTreeMap<&'static str, usize> {
    let Given { bundle, bytes, case, .. } = given(name);
    let context = SighashContext {
        chain_id: case.number("chain_id"),
        genesis_hash: B256::new(case.array("genesis_hash")),
        carrier: Carrier::Transaction { digest: B256::new(case.array("transaction_digest")) },
    };
    let good = sighashes(&bundle);
    assert_eq!(bundle.verify_signatures(&bundle.sighash(&context)), Ok(()), "{name}");
    let message = bundle.binding_message(&good[0]);
    let mut outcomes = BTreeMap::new();
    for part in layout(&bytes) {
        let opaque = OPAQUE.iter().any(|end| part.name.ends_with(end)) && part.len() > 2;
        let signed = ["proof", "auth_sig"].iter().any(|end| part.name.ends_with(end));
        for bit in part.bits().filter(|bit| !opaque || bit / 8 % 8 == bit % 8) {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let place = || format!("{name}, {}, bit {bit}", part.name);
            let Ok(read) = Bundle::decode(&changed) else {
                *outcomes.entry("refused").or_default() += 1;
                continue;
            };
            assert_eq!(read.encode(), changed, "{}", place());
            let same = [sighashes(&read) == good, read.binding_message(&good[0]) == message];
            let (outcome, expected) = if part.name == "binding_sig" {
                ("binding signature", [true, true])
            } else if signed {
                ("binding message", [true, false])
            } else {
                assert!(sighashes(&read).iter().zip(&good).all(|(a, b)| a != b), "{}", place());
                ("sighash", [false, true])
            };
            assert_eq!(same, expected, "{}", place());
            assert!(read.verify_signatures(&read.sighash(&context)).is_err(), "{}", place());
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    outcomes
}

/// Actions cannot be exchanged, left out, repeated or turned into another kind.
#[test]
fn package_actions_keep_their_place() {
    for name in ["boxes", "boxes in a call"] {
        let Given { bundle, .. } = given(name);
        let good = sighashes(&bundle);
        let judge = |change: &dyn Fn(&mut Vec<PackageAction>)| {
            let mut changed = bundle.clone();
            change(&mut changed.packages);
            if let Ok(read) = Bundle::decode(&changed.encode()) {
                assert_eq!(read, changed, "{name}");
                assert!(sighashes(&read).iter().zip(&good).all(|(a, b)| a != b), "{name}");
            }
        };
        for i in 0..bundle.packages.len() {
            for j in 0..i {
                judge(&|packages| packages.swap(i, j));
            }
            judge(&|packages| drop(packages.remove(i)));
            judge(&|packages| packages.push(packages[i].clone()));
            judge(&|packages| {
                packages[i] = match packages[i].clone() {
                    PackageAction::Create(PackageCreate { cv, sealed, proof, .. }) => {
                        let commitment = sealed.commitment;
                        PackageAction::Open(PackageOpen { id: other_id(), commitment, cv, proof })
                    }
                    PackageAction::Open(PackageOpen { commitment, cv, proof, .. }) => {
                        PackageAction::Create(create(commitment, cv, 128, proof))
                    }
                }
            });
        }
    }
}

fn other_id() -> PackageId {
    PackageId::from_call(&[8; 20], 8, 0)
}

fn create(commitment: Field, cv: sero_shielded::curve::Point, len: usize, proof: [u8; 128]) -> PackageCreate {
    let sealed = SealedPackage { commitment, tag: [7; 32], ciphertext: vec![9; len] };
    PackageCreate { cv, owner: [6; 20], sealed, proof }
}

/// Random actions over few ids and commitments against the chapter's sentence: no package is opened
/// twice, and a creation's `pkg_cm` is no output's and no earlier action's.
#[test]
fn random_package_actions_are_read_as_the_chapter_says() {
    let mut rng = Rng::new("package actions");
    let mut seen = BTreeMap::<(bool, usize), usize>::new();
    let shield = given("shield").bundle;
    let mut commitments: Vec<Field> = (0..9).map(|_| rng.field()).collect();
    commitments.push(shield.outputs[0].cm);
    let ids: Vec<_> = (0..6).map(|nonce| PackageId::from_call(&[1; 20], nonce, 0)).collect();
    let cvs: Vec<_> = (0..3).map(|_| rng.point()).collect();
    for _ in 0..400 {
        let pool = u8::try_from(rng.below(8)).expect("a pool");
        let (mut packages, mut opened, mut used) = (vec![], vec![], vec![shield.outputs[0].cm]);
        let mut allowed = true;
        for _ in 0..rng.below(9) {
            let (cm, cv) = (commitments[rng.below(commitments.len())], cvs[rng.below(3)]);
            let proof: [u8; 128] = [rng.wide(), rng.wide()].concat().try_into().expect("128 bytes");
            if rng.below(3) == 0 {
                let id = ids[rng.below(ids.len())];
                allowed &= !opened.contains(&id);
                opened.push(id);
                packages.push(PackageAction::Open(PackageOpen { id, commitment: cm, cv, proof }));
            } else {
                allowed &= !used.contains(&cm);
                packages.push(PackageAction::Create(create(cm, cv, CIPHERTEXT_LENS[rng.below(4)], proof)));
            }
            used.push(cm);
        }
        let count = packages.len();
        let bundle = Bundle { pool, packages, ..shield.clone() };
        match Bundle::decode(&bundle.encode()) {
            Ok(read) => assert!(allowed && read == bundle, "{:?}", bundle.packages),
            Err(CodecError::Rule { field, .. }) => {
                assert!(!allowed && field.starts_with("packages["), "{field}: {:?}", bundle.packages);
            }
            Err(error) => panic!("{error}"),
        }
        *seen.entry((allowed, count)).or_default() += 1;
    }
    assert!((0..4).all(|count| seen.contains_key(&(true, count))), "{seen:?}");
    assert!((2..9).all(|count| seen.contains_key(&(false, count))), "{seen:?}");
}
