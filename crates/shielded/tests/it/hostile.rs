//! Bytes and texts from somebody who means harm: always a named error, never a
//! panic, never a second encoding of the same thing.

use crate::bundle::{Given, given};
use crate::keys::{prefix, read};
use crate::point;
use crate::rng::Rng;
use crate::vectors::{self, Case};
use bech32::{Bech32m, ByteIterExt, Fe32, Fe32IterExt, Hrp};
use sero_shielded::address::{Network, TextError};
use sero_shielded::asset::AssetError;
use sero_shielded::bundle::{BUNDLE_LEN_MAX, Bundle, CodecError, OUTPUT_LEN, SPEND_LEN};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::encryption::EncryptedNote;
use sero_shielded::field::{NotCanonical, field_to_bytes};
use sero_shielded::keys::{
    IncomingKey, KeyError, OneTimeAddress, PaymentAddress, SpendingKey, ViewingKey, account_seed,
};

#[derive(Clone, Copy, PartialEq)]
enum Content {
    Field,
    Point,
    Asset,
    Other,
}

/// A part of an encoded bundle: its name in errors, where it begins and ends.
struct Part {
    name: String,
    start: usize,
    end: usize,
    content: Content,
}

/// The parts in order, from the chapter's text.
fn layout(bytes: &[u8]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |name: String, len: usize, content: Content| {
        let start = parts.last().map_or(0, |part| part.end);
        parts.push(Part { name, start, end: start + len, content });
    };
    add("header".into(), 6, Content::Other);
    add("anchor".into(), 32, Content::Field);
    for i in 0..bytes[2] {
        add(format!("spends[{i}].nullifier"), 32, Content::Field);
        add(format!("spends[{i}].rk"), 32, Content::Point);
        add(format!("spends[{i}].cv"), 32, Content::Point);
        add(format!("spends[{i}].proof"), 128, Content::Other);
        add(format!("spends[{i}].auth_sig"), 64, Content::Other);
    }
    for i in 0..bytes[3] {
        add(format!("outputs[{i}].cm"), 32, Content::Field);
        add(format!("outputs[{i}].cv"), 32, Content::Point);
        add(format!("outputs[{i}].epk"), 32, Content::Point);
        add(format!("outputs[{i}].view_tag"), 2, Content::Other);
        add(format!("outputs[{i}].enc_note"), 194, Content::Other);
        add(format!("outputs[{i}].out_ct"), 80, Content::Other);
        add(format!("outputs[{i}].proof"), 128, Content::Other);
    }
    let mut at = 38 + 288 * usize::from(bytes[2]) + 500 * usize::from(bytes[3]);
    for i in 0..bytes[5] {
        add(format!("balance[{i}].flags"), 1, Content::Other);
        let coin = bytes[at] & 2 != 0;
        if !coin {
            add(format!("balance[{i}].asset"), 32, Content::Asset);
        }
        add(format!("balance[{i}].amount"), 16, Content::Other);
        at += if coin { 17 } else { 49 };
    }
    add("binding_sig".into(), 64, Content::Other);
    assert_eq!(parts.last().map(|part| part.end), Some(bytes.len()));
    parts
}

fn put(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at..at + new.len()].copy_from_slice(new);
    changed
}

/// `value + r`, which fits in 32 bytes, in place of a canonical `value`.
fn plus_r(value: &[u8]) -> [u8; 32] {
    use alloy_primitives::U256;
    let r: U256 =
        "21888242871839275222246405745257275088548364400416034343698204186575808495617".parse().expect("r");
    (U256::from_be_slice(value) + r).to_be_bytes()
}

#[test]
fn lengths_are_those_of_the_text() {
    assert_eq!((SPEND_LEN, OUTPUT_LEN), (288, 500));
    let packages = 8 * (1 + 32 + 32 + 20 + 32 + 2 + 1024 + 128);
    assert_eq!(BUNDLE_LEN_MAX, 38 + 16 * 288 + 16 * 500 + packages + 16 * 49 + 64);
}

#[test]
fn bundles_cut_anywhere_name_the_place() {
    for name in ["full", "shield", "unshield"] {
        let bytes = given(name).bytes;
        let parts = layout(&bytes);
        for length in 0..bytes.len() {
            let part = parts.iter().find(|part| length < part.end).expect("inside some part");
            let error = CodecError::Truncated { field: part.name.clone(), needed: part.end - length };
            assert_eq!(Bundle::decode(&bytes[..length]), Err(error), "{name}, {length} bytes");
        }
        for trailing in [1, 2, 500] {
            let longer = [&bytes[..], &vec![0; trailing]].concat();
            assert_eq!(Bundle::decode(&longer), Err(CodecError::Trailing(trailing)), "{name}");
        }
    }
}

#[test]
fn every_field_element_is_checked_in_its_place() {
    let (mut fields, mut assets) = (0, 0);
    for name in ["full", "shield", "unshield"] {
        let bytes = given(name).bytes;
        for part in layout(&bytes) {
            for bad in [plus_r(&bytes[part.start..part.end.min(part.start + 32)]), [0xff; 32]] {
                let expected = match part.content {
                    Content::Field => CodecError::Field { field: part.name.clone() },
                    Content::Asset => {
                        CodecError::Asset { field: part.name.clone(), error: AssetError::NotCanonical }
                    }
                    _ => continue,
                };
                let error = Bundle::decode(&put(&bytes, part.start, &bad)).expect_err(&part.name);
                assert!(error.to_string().contains(&part.name), "{error}");
                assert_eq!(error, expected, "{name}");
                if part.content == Content::Asset { assets += 1 } else { fields += 1 }
            }
        }
    }
    // full: anchor, 2 nf, 3 cm; shield: anchor, cm; unshield: anchor, nf. Tokens in full and unshield.
    assert_eq!((fields, assets), (20, 4));
}

#[test]
fn every_point_is_checked_in_its_place() {
    let hostile = point::hostile();
    let mut points = 0;
    for name in ["full", "shield", "unshield"] {
        let bytes = given(name).bytes;
        for part in layout(&bytes).into_iter().filter(|part| part.content == Content::Point) {
            points += 1;
            for (bad, error) in &hostile {
                let found = Bundle::decode(&put(&bytes, part.start, bad)).expect_err(&part.name);
                assert!(found.to_string().contains(&part.name), "{found}");
                assert_eq!(found, CodecError::Point { field: part.name.clone(), error: *error }, "{name}");
            }
        }
    }
    assert_eq!(points, 10 + 2 + 2);
}

#[test]
fn logs_are_checked_like_outputs() {
    let Given { bundle, .. } = given("shield");
    let log = bundle.outputs[0].note.to_log(&bundle.outputs[0].cv);
    for length in 0..log.len() {
        assert!(
            matches!(EncryptedNote::from_log(&log[..length]), Err(CodecError::Truncated { .. })),
            "{length}"
        );
    }
    assert_eq!(EncryptedNote::from_log(&[&log[..], &[0]].concat()), Err(CodecError::Trailing(1)));
    for (bad, error) in point::hostile() {
        for (at, field) in [(0, "cv"), (32, "note.epk")] {
            let expected = CodecError::Point { field: field.into(), error };
            assert_eq!(EncryptedNote::from_log(&put(&log, at, &bad)), Err(expected));
        }
    }
}

#[test]
fn what_is_accepted_is_written_the_same() {
    let mut rng = Rng::new("bytes");
    let mut accepted = 0;
    for name in ["full", "shield", "unshield"] {
        let bytes = given(name).bytes;
        let mut judge = |changed: Vec<u8>| {
            if let Ok(bundle) = Bundle::decode(&changed) {
                assert_eq!(bundle.encode(), changed, "{name}");
                accepted += 1;
            }
        };
        for _ in 0..1_500 {
            let mut changed = bytes.clone();
            for _ in 0..=rng.below(3) {
                // Half of the changes hit the header and the balance, where the rules are.
                let tail = changed.len() - 64 - 49.min(changed.len());
                let at = match rng.below(4) {
                    0 => rng.below(38),
                    1 => tail + rng.below(changed.len() - tail),
                    _ => rng.below(changed.len()),
                };
                changed[at] ^= 1 << rng.below(8);
            }
            judge(changed);
        }
        for _ in 0..500 {
            // Pieces left out, written twice, or replaced by noise.
            let (from, to) = (rng.below(bytes.len()), rng.below(bytes.len()));
            let (from, to) = (from.min(to), from.max(to));
            judge([&bytes[..from], &bytes[to..]].concat());
            judge([&bytes[..to], &bytes[from..]].concat());
            let noise: Vec<u8> = (from..to).flat_map(|_| rng.bytes()).take(to - from).collect();
            judge([&bytes[..from], &noise, &bytes[to..]].concat());
        }
        for _ in 0..500 {
            let len = rng.below(200);
            judge((0..len).flat_map(|_| rng.bytes()).take(len).collect());
        }
    }
    assert!(accepted > 500, "only {accepted} changed bundles were accepted: changes are too coarse");
}

#[test]
fn keys_and_addresses_check_every_part() {
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).expect("a key").viewing_key();
    let to = key.address(0);
    let pkr = OneTimeAddress::derive(&to, &[9; 32]).expect("an address").to_bytes();
    for (bad, error) in point::hostile() {
        let half: [u8; 64] = [&bad[..], &field_to_bytes(key.nk())].concat().try_into().expect("64 bytes");
        assert_eq!(ViewingKey::from_bytes(&half).err(), Some(KeyError::Point(error)));
        let half: [u8; 64] = [&field_to_bytes(&to.owner)[..], &bad].concat().try_into().expect("64 bytes");
        assert_eq!(PaymentAddress::from_bytes(&half), Err(KeyError::Point(error)));
        let changed: [u8; 128] = put(&pkr, 32, &bad).try_into().expect("128 bytes");
        assert_eq!(OneTimeAddress::from_bytes(&changed), Err(KeyError::Point(error)));
    }
    let r = |error: KeyError| error == KeyError::NotCanonical(NotCanonical("BN254 scalar field"));
    for bad in [plus_r(&field_to_bytes(&to.owner)), [0xff; 32]] {
        let half: [u8; 64] = [&bad[..], &point_to_bytes(&to.e)].concat().try_into().expect("64 bytes");
        assert!(PaymentAddress::from_bytes(&half).is_err_and(r));
        let changed: [u8; 128] = put(&pkr, 0, &bad).try_into().expect("128 bytes");
        assert!(OneTimeAddress::from_bytes(&changed).is_err_and(r));
        let half: [u8; 64] = [&point_to_bytes(&key.ak())[..], &bad].concat().try_into().expect("64 bytes");
        assert!(ViewingKey::from_bytes(&half).err().is_some_and(r));
    }
    let not_a_scalar = Some(KeyError::NotCanonical(NotCanonical("order of J")));
    assert_eq!(IncomingKey::from_bytes(&[0xff; 32]).err(), not_a_scalar);
    assert_eq!(IncomingKey::from_bytes(&[0; 32]).err(), Some(KeyError::Zero));
    assert_eq!(SpendingKey::from_bytes(&[0xff; 64]).err(), not_a_scalar);
    assert_eq!(SpendingKey::from_bytes(&[0; 64]).err(), Some(KeyError::Zero));
}

#[test]
fn one_time_addresses_open_for_their_owner_alone() {
    let mut rng = Rng::new("one-time");
    let keys: Vec<ViewingKey> = (0..4)
        .map(|i| SpendingKey::from_seed(&account_seed(&rng.wide(), i)).expect("a key").viewing_key())
        .collect();
    for (i, key) in keys.iter().enumerate() {
        let (to, rho) = (key.address(i as u64), rng.bytes());
        let address = OneTimeAddress::derive(&to, &rho).expect("an address");
        for (j, other) in keys.iter().enumerate() {
            assert_eq!(address.open(other.incoming()).is_some(), i == j, "{i} opened by {j}");
        }
        assert_eq!(address.open(key.incoming()).map(|opened| opened.owner), Some(to.owner));
        let mut changed = address;
        changed.owner += sero_shielded::field::Field::from(1u8);
        assert_eq!(changed.open(key.incoming()), None, "O_r of nobody");
        changed = address;
        changed.epk = rng.point();
        assert_eq!(changed.open(key.incoming()), None, "another epk");
        for bit in 0..512 {
            changed = address;
            changed.masked[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(changed.open(key.incoming()), None, "bit {bit} of c");
        }
        // An address put together from two: the owner's O with a stranger's E.
        let mixed = PaymentAddress { owner: to.owner, e: keys[(i + 1) % 4].address(0).e };
        let address = OneTimeAddress::derive(&mixed, &rho).expect("an address");
        assert!(keys.iter().all(|key| address.open(key.incoming()).is_none()), "O of one and E of another");
    }
}

fn good_texts() -> Vec<Case> {
    let cases = vectors::cases("keys").into_iter();
    cases.filter(|case| case.kind() == "text" && case.flag("valid")).collect()
}

#[test]
fn every_single_edit_of_a_text_is_refused() {
    let main = good_texts().into_iter().filter(|case| case.text("network") == "main");
    for case in main {
        let (kind, text) = (case.text("type"), case.text("text"));
        let refused = |edited: &str| {
            assert!(read(Network::Main, kind, edited).is_err(), "{case}: accepts {edited}");
        };
        for at in 0..=text.len() {
            for c in (0u8..128).map(char::from).chain(['é', '\u{200b}']) {
                refused(&format!("{}{c}{}", &text[..at], &text[at..]));
                if at < text.len() && !text[at..].starts_with(c) {
                    refused(&format!("{}{c}{}", &text[..at], &text[at + 1..]));
                }
            }
            if at < text.len() {
                refused(&format!("{}{}", &text[..at], &text[at + 1..]));
                refused(&text[..at]);
            }
            if let Some(pair) = text.get(at..at + 2).filter(|pair| pair[..1] != pair[1..]) {
                refused(&format!("{}{}{}{}", &text[..at], &pair[1..], &pair[..1], &text[at + 2..]));
            }
        }
    }
}

#[test]
fn texts_of_another_network_or_kind_are_refused_by_name() {
    let texts = good_texts();
    assert_eq!(texts.len(), 15);
    for case in &texts {
        for network in [Network::Main, Network::Test, Network::Dev] {
            for wanted in
                ["payment-address", "one-time-address", "tracing-key", "incoming-key", "spending-key"]
            {
                let result = read(network, wanted, case.text("text"));
                let own = prefix(crate::keys::network(case), case.text("type"));
                let expected = prefix(network, wanted);
                if own == expected {
                    assert_eq!(result, Ok(case.bytes("payload")), "{case}");
                } else {
                    assert_eq!(result, Err(TextError::Prefix { expected, found: own }), "{case}");
                }
            }
        }
    }
}

/// bech32m with room, as chapter 02 extends it.
enum Long {}

impl bech32::Checksum for Long {
    type MidstateRepr = u32;
    type CorrectionField = <Bech32m as bech32::Checksum>::CorrectionField;
    const ROOT_GENERATOR: Self::CorrectionField = Bech32m::ROOT_GENERATOR;
    const ROOT_EXPONENTS: core::ops::RangeInclusive<usize> = Bech32m::ROOT_EXPONENTS;
    const CODE_LENGTH: usize = 1023;
    const CHECKSUM_LENGTH: usize = Bech32m::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32m::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32m::TARGET_RESIDUE;
}

fn with_checksum(prefix: &str, digits: &[Fe32]) -> String {
    let hrp = Hrp::parse(prefix).expect("a prefix");
    digits.iter().copied().with_checksum::<Long>(&hrp).chars().collect()
}

#[test]
fn versions_lengths_and_paddings_are_refused_by_name() {
    for case in good_texts() {
        let (network, kind, payload) =
            (crate::keys::network(&case), case.text("type"), case.bytes("payload"));
        let prefix = prefix(network, kind);
        let digits = |version: u8, payload: &[u8]| -> Vec<Fe32> {
            [&[version], payload].concat().into_iter().bytes_to_fes().collect()
        };
        let judge = |digits: &[Fe32]| read(network, kind, &with_checksum(&prefix, digits));
        assert_eq!(judge(&digits(1, &payload)).as_ref(), Ok(&payload), "{case}");
        for version in (0..=255).filter(|version| *version != 1) {
            assert_eq!(judge(&digits(version, &payload)), Err(TextError::Version(version)), "{case}");
        }
        let expected = payload.len();
        for found in [0, 1, expected - 1, expected + 1, expected + 32] {
            let mut other = payload.clone();
            other.resize(found, 0);
            assert_eq!(judge(&digits(1, &other)), Err(TextError::Length { expected, found }), "{case}");
        }
        assert!(matches!(judge(&[]), Err(TextError::Length { .. })), "{case}: nothing at all");

        // Another text for the same bytes: bits in the padding, or a digit more.
        let good = digits(1, &payload);
        let bits = good.len() * 5 - 8 * (payload.len() + 1);
        for padding in 1..1u8 << bits {
            let mut other = good.clone();
            let last = other.last_mut().expect("digits");
            *last = Fe32::try_from(last.to_u8() | padding).expect("five bits");
            assert!(matches!(judge(&other), Err(TextError::Encoding(_))), "{case}: padding {padding}");
        }
        if bits + 5 < 8 {
            let longer = [&good[..], &[Fe32::Q]].concat();
            assert!(matches!(judge(&longer), Err(TextError::Encoding(_))), "{case}: a digit of padding");
        }
    }
}

#[test]
fn a_text_with_a_bad_key_inside_is_refused() {
    let digits =
        |payload: &[u8]| -> Vec<Fe32> { [&[1], payload].concat().into_iter().bytes_to_fes().collect() };
    let judge = |kind: &str, payload: &[u8]| {
        read(Network::Main, kind, &with_checksum(&prefix(Network::Main, kind), &digits(payload)))
    };
    for (kind, len) in [
        ("payment-address", 64),
        ("one-time-address", 128),
        ("tracing-key", 64),
        ("incoming-key", 32),
        ("spending-key", 64),
    ] {
        for byte in [0, 0xff] {
            assert!(matches!(judge(kind, &vec![byte; len]), Err(TextError::Key(_))), "{kind} of {byte:#x}");
        }
    }
}
