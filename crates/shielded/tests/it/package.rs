use crate::note::asset;
use crate::rng::Rng;
use crate::vectors::{self, Case};
use alloy_primitives::keccak256;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, PackageAction, PackageCreate, PackageOpen};
use sero_shielded::field::{Field, Scalar, field_to_bytes};
use sero_shielded::note::value_commitment;
use sero_shielded::package::{
    CIPHERTEXT_LENS, DATA_LEN_MAX, OpenError, PackageContent, PackageId, SealError, SealedPackage,
};
use std::collections::{BTreeMap, BTreeSet};

fn id(case: &Case) -> PackageId {
    PackageId::from_bytes(case.array("id")).unwrap_or_else(|error| panic!("{case}.id: {error}"))
}

fn content(case: &Case) -> PackageContent {
    let (asset, amount, rcm, data) = (asset(case), case.number("v"), case.field("rcm"), case.bytes("data"));
    PackageContent { asset, amount, rcm, data }
}

fn sealed(case: &Case) -> SealedPackage {
    let (commitment, tag, ciphertext) = (case.field("pkg_cm"), case.array("tag"), case.bytes("ciphertext"));
    SealedPackage { commitment, tag, ciphertext }
}

/// Contents have no `Debug`: this says whether `opened` is the content.
fn is_content(opened: Result<PackageContent, OpenError>, content: &PackageContent) -> bool {
    opened.is_ok_and(|opened| opened == *content)
}

/// The package action of a row of `bundle.json`, and what it adds to `bsk`.
pub fn action(row: &Case, pool: u8) -> (PackageAction, Scalar) {
    let (content, rcv) = (content(row), row.scalar("rcv"));
    let cv = value_commitment(&content.asset.generator().expect("generator"), content.amount, &rcv);
    assert_eq!(cv, row.point("cv"), "{row}");
    assert_eq!(content.commitment(&id(row)), Ok(row.field("pkg_cm")), "{row}");
    let proof = row.array("proof");
    match row.text("action") {
        "create" => {
            let index = row.number("index");
            let made = if row.has("nf") {
                PackageId::from_nullifier(pool, &row.field("nf"), index)
            } else {
                PackageId::from_call(&row.array("from"), row.number("nonce"), index)
            };
            assert_eq!(made, id(row), "{row}");
            let sealed = sealed(row);
            assert!(is_content(sealed.open(&made, &row.array("k")), &content), "{row}");
            let create = PackageCreate { cv, owner: row.array("owner"), sealed, proof };
            (PackageAction::Create(create), -rcv)
        }
        "open" => {
            let open = PackageOpen { id: id(row), commitment: row.field("pkg_cm"), cv, proof };
            (PackageAction::Open(open), rcv)
        }
        action => panic!("{row}: unknown action {action}"),
    }
}

#[test]
fn vectors() {
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    vectors::run("package", |case| match case.kind() {
        "id" => {
            let made =
                PackageId::from_nullifier(case.number("pool"), &case.field("nf"), case.number("index"));
            assert_eq!(made, id(case), "{case}");
            assert_eq!(made.to_field(), case.field("id"), "{case}");
        }
        "id-call" => {
            let made = PackageId::from_call(&case.array("from"), case.number("nonce"), case.number("index"));
            assert_eq!(made, id(case), "{case}");
        }
        "box" => check_box(case),
        "refused" => {
            let error = sealed(case).open(&id(case), &case.array("k")).err();
            assert_eq!(error, Some(refusal(case)), "{case}, {}", case.text("name"));
            *refused.entry(case.text("reason").into()).or_default() += 1;
        }
        "refused-seal" => {
            assert_eq!(case.text("reason"), "data-length", "{case}");
            let data = case.bytes("data");
            assert_eq!(data.len(), DATA_LEN_MAX + 1, "{case}");
            let content = PackageContent { asset: AssetId::coin(), amount: 1, rcm: Field::from(2), data };
            let id = PackageId::from_call(&[1; 20], 1, 0);
            assert_eq!(content.seal(&id, &[3; 32]), Err(SealError::DataTooLong(943)), "{case}");
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
    let least = [
        ("asset", 4),
        ("ciphertext-length", 5),
        ("commitment", 9),
        ("data-length", 4),
        ("padding", 5),
        ("rcm", 4),
        ("tag", 15),
    ];
    assert_eq!(refused.keys().map(String::as_str).collect::<Vec<_>>(), least.map(|(reason, _)| reason));
    for (reason, least) in least {
        assert!(refused[reason] >= least, "{reason}: {} cases", refused[reason]);
    }
}

fn check_box(case: &Case) {
    let (id, k, content, sealed) = (id(case), case.array("k"), content(case), sealed(case));
    let stream_key = keccak256([b"SERO.package.key".as_slice(), &k, &id.to_bytes()].concat());
    assert_eq!(stream_key.0, case.array("stream_key"), "{case}");
    let mut plain = sealed.ciphertext.clone();
    ChaCha20::new(&stream_key.0.into(), &[0; 12].into()).apply_keystream(&mut plain);
    assert_eq!(plain, case.bytes("content"), "{case}");
    assert_eq!(plain.len(), case.number::<usize>("size"), "{case}");
    assert_eq!(content.commitment(&id), Ok(sealed.commitment), "{case}");
    assert!(is_content(sealed.open(&id, &k), &content), "{case}");
    let made = content.seal(&id, &k).unwrap_or_else(|error| panic!("{case}: {error}"));
    if case.flag("smallest") {
        assert_eq!(made, sealed, "{case}");
    } else {
        assert!(made.ciphertext.len() < sealed.ciphertext.len(), "{case}");
    }
}

fn refusal(case: &Case) -> OpenError {
    OpenError::Content(match case.text("reason") {
        "tag" => return OpenError::WrongKey,
        "commitment" => return OpenError::Commitment,
        "ciphertext-length" => "its length is not 128, 256, 512 or 1024 bytes",
        "data-length" => "its data is longer than the package",
        "padding" => "its padding is not zero",
        "asset" => "its asset is not below r",
        "rcm" => "its rcm is not below r",
        reason => panic!("{case}: unknown reason {reason}"),
    })
}

#[test]
fn every_length_of_data_goes_in_and_comes_out() {
    let mut rng = Rng::new("package data");
    let mut sizes = BTreeMap::<usize, usize>::new();
    for length in 0..=DATA_LEN_MAX {
        let data: Vec<u8> = (0..length.div_ceil(32)).flat_map(|_| rng.bytes()).take(length).collect();
        let content = PackageContent { asset: AssetId::coin(), amount: 5, rcm: rng.field(), data };
        let (id, k) = (PackageId::from_call(&[9; 20], length as u64, 0), rng.bytes());
        let sealed = content.seal(&id, &k).expect("it fits");
        assert!(is_content(sealed.open(&id, &k), &content), "{length}");
        *sizes.entry(sealed.ciphertext.len()).or_default() += 1;
    }
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [(128, 47), (256, 128), (512, 256), (1024, 512)]);
    for length in [943, 1024, 65_535, 65_536, 70_000] {
        let content =
            PackageContent { asset: AssetId::coin(), amount: 5, rcm: rng.field(), data: vec![0; length] };
        let id = PackageId::from_call(&[9; 20], 0, 0);
        assert_eq!(content.seal(&id, &[1; 32]), Err(SealError::DataTooLong(length)));
    }
}

/// What the chain keeps and what the opener brings: no bit of it may be another.
#[test]
fn no_bit_of_a_box_can_be_changed() {
    let case = vectors::cases("package")
        .into_iter()
        .find(|case| case.kind() == "box" && case.text("name") == "46 bytes")
        .expect("a box");
    let (name, k, good) = (id(&case), case.array::<32>("k"), sealed(&case));
    assert!(good.open(&name, &k).is_ok());
    let flip = |bytes: [u8; 32], bit: usize| {
        let mut bytes = bytes;
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let mut canonical = 0;
    for bit in 0..256 {
        assert_eq!(good.open(&name, &flip(k, bit)).err(), Some(OpenError::WrongKey), "key, bit {bit}");
        let tag = flip(good.tag, bit);
        let changed = SealedPackage { tag, ..good.clone() };
        assert_eq!(changed.open(&name, &k).err(), Some(OpenError::WrongKey), "tag, bit {bit}");
        if let Ok(other) = PackageId::from_bytes(flip(name.to_bytes(), bit)) {
            assert_eq!(good.open(&other, &k).err(), Some(OpenError::WrongKey), "id, bit {bit}");
        }
        let commitment = flip(field_to_bytes(&good.commitment), bit);
        if let Ok(commitment) = sero_shielded::field::field_from_bytes(&commitment) {
            canonical += 1;
            let changed = SealedPackage { commitment, ..good.clone() };
            assert_eq!(changed.open(&name, &k).err(), Some(OpenError::Commitment), "pkg_cm, bit {bit}");
        }
    }
    assert!(canonical > 200, "{canonical}");
    for bit in 0..8 * good.ciphertext.len() {
        let mut changed = good.clone();
        changed.ciphertext[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(changed.open(&name, &k).err(), Some(OpenError::WrongKey), "ciphertext, bit {bit}");
    }
    for length in (0..good.ciphertext.len()).chain(CIPHERTEXT_LENS.map(|length| length + 1)) {
        let mut changed = good.clone();
        changed.ciphertext.resize(length, 0);
        assert_eq!(changed.open(&name, &k).err(), Some(OpenError::WrongKey), "{length} bytes");
    }
}

/// An id is of one pool, nullifier or call, and place.
#[test]
fn ids_never_meet() {
    let mut ids = BTreeSet::new();
    let mut rng = Rng::new("package ids");
    let (nullifiers, senders) = ([rng.field(), rng.field()], [[0; 20], [1; 20]]);
    for index in 0..8 {
        for pool in 0..8 {
            ids.extend(nullifiers.iter().map(|nf| PackageId::from_nullifier(pool, nf, index)));
        }
        for nonce in [0, 1, 256, u64::MAX] {
            ids.extend(senders.iter().map(|from| PackageId::from_call(from, nonce, index)));
        }
    }
    assert_eq!(ids.len(), 8 * (8 * 2 + 4 * 2));
}

/// The place counts openings too; spends come before the call; without both there is no id.
#[test]
fn a_bundle_names_the_packages_that_it_makes() {
    let call = ([7; 20], 3);
    let named = |name: &str, call| -> Vec<PackageId> {
        crate::bundle::given(name).bundle.package_ids(call).map(|(id, _)| id).collect()
    };
    let expected = |name: &str| -> Vec<PackageId> {
        let rows = crate::bundle::given(name).case.list("packages");
        rows.iter().filter(|row| row.text("action") == "create").map(id).collect()
    };
    assert_eq!(named("boxes", None), expected("boxes"));
    assert_eq!(named("boxes", Some(call)), expected("boxes"));
    let rows = crate::bundle::given("boxes in a call").case.list("packages");
    let row = rows.last().expect("a creation");
    let sender = (row.array("from"), row.number("nonce"));
    assert_eq!(named("boxes in a call", Some(sender)), expected("boxes in a call"));
    assert_ne!(named("boxes in a call", Some(call)), expected("boxes in a call"));
    assert_eq!(named("boxes in a call", None), []);
    assert_eq!(expected("boxes").len() + expected("boxes in a call").len(), 4);
    let Bundle { packages, .. } = crate::bundle::given("boxes in a call").bundle;
    assert!(matches!(packages[0], PackageAction::Open(_)), "the first place is an opening's");
}
