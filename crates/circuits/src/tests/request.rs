//! The wire form of requests and answers.

use super::support::*;
use crate::{
    OUTPUTS_MAX, OutputWitness, PROOFS_LEN_MAX, Proofs, ProvingRequest, REQUEST_LEN_MAX, REQUEST_LEN_MIN,
    RequestError, SPENDS_MAX, Witnesses, encode_request,
};
use alloy_primitives::{B256, hex};
use ark_ff::{BigInteger, PrimeField};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::{Field, Scalar, field_to_bytes, scalar_to_bytes};

const HEAD: usize = 3 + 64;
const SPEND: usize = 2776;
const OUTPUT: usize = 144;

fn request(seed: u8, spends: usize, outputs: usize) -> ProvingRequest {
    let mut rng = rng(seed);
    let witnesses = Witnesses {
        spends: (0..spends).map(|i| spend_witness(&mut rng, i as u128)).collect(),
        outputs: (0..outputs).map(|i| output_witness(&mut rng, u128::MAX - i as u128)).collect(),
    };
    ProvingRequest { keys: [B256::repeat_byte(1), B256::repeat_byte(2)], witnesses }
}

fn refusal(bytes: &[u8]) -> String {
    match ProvingRequest::decode(bytes) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn requests_survive_the_wire() {
    for (spends, outputs) in [(0, 1), (1, 0), (2, 2), (3, 1), (SPENDS_MAX, OUTPUTS_MAX)] {
        let sent = request(70, spends, outputs);
        let bytes = sent.encode().unwrap();
        assert_eq!(bytes.len(), HEAD + spends * SPEND + outputs * OUTPUT);
        assert!((REQUEST_LEN_MIN..=REQUEST_LEN_MAX).contains(&bytes.len()));
        let got = ProvingRequest::decode(&bytes).unwrap();
        assert_eq!(got.keys, sent.keys);
        assert!(got.encode().unwrap() == bytes, "one form for one request");
        let statements = |r: &ProvingRequest| {
            let spends: Vec<_> = r.witnesses.spends.iter().map(|w| w.public_inputs()).collect();
            let outputs: Vec<_> = r.witnesses.outputs.iter().map(|w| w.public_inputs()).collect();
            (spends, outputs)
        };
        assert_eq!(statements(&got), statements(&sent));
        assert!(got.witnesses.spends.iter().all(|w| w.check().is_ok()));
    }
    assert_eq!((REQUEST_LEN_MIN, REQUEST_LEN_MAX), (HEAD + OUTPUT, 46_787));
}

/// The form is fixed: other bytes are another version.
#[test]
fn the_form_is_pinned() {
    let (field, scalar) = (Field::from, Scalar::from);
    let output =
        OutputWitness { owner: field(1u8), asset: field(2u8), amount: 3, rcm: field(4u8), rcv: scalar(5u8) };
    let bytes = encode_request(&[B256::repeat_byte(0xa), B256::repeat_byte(0xb)], &[], &[output]).unwrap();
    let word = |last: u8, len: usize| [vec![0; len - 1], vec![last]].concat();
    let expected =
        [vec![1, 0, 1], vec![0xa; 32], vec![0xb; 32], word(1, 32), word(2, 32), word(3, 16), word(4, 32)];
    assert_eq!(*bytes, [expected.concat(), word(5, 32)].concat());
    let spend = request(71, 1, 0);
    let w = &spend.witnesses.spends[0];
    let bytes = spend.encode().unwrap();
    let at = |from: usize, len: usize| bytes[HEAD + from..HEAD + from + len].to_vec();
    assert_eq!(at(0, 32), point_to_bytes(&w.ak));
    assert_eq!(at(32, 32), field_to_bytes(&w.nk));
    assert_eq!(at(64, 32), field_to_bytes(&w.d));
    assert_eq!(at(96, 32), field_to_bytes(&w.s));
    assert_eq!(at(128, 32), point_to_bytes(&w.asset_base));
    assert_eq!(at(160, 16), w.amount.to_be_bytes());
    assert_eq!(at(176, 32), field_to_bytes(&w.rcm));
    assert_eq!(at(208, 8), w.position.to_be_bytes());
    assert_eq!(at(216, 32), field_to_bytes(&w.siblings[0][0]));
    assert_eq!(at(216 + 76 * 32, 32), field_to_bytes(&w.siblings[10][6]));
    assert_eq!(at(216 + 77 * 32, 32), field_to_bytes(&w.anchor));
    assert_eq!(at(216 + 78 * 32, 32), scalar_to_bytes(&w.alpha));
    assert_eq!(at(216 + 79 * 32, 32), scalar_to_bytes(&w.rcv));
}

#[test]
fn every_malformed_field_is_refused_by_name() {
    let good = request(72, 1, 1).encode().unwrap();
    let word = |value: <Field as PrimeField>::BigInt| value.to_bytes_be();
    let (r, l) = (word(Field::MODULUS), Scalar::MODULUS.to_bytes_be());
    let off_subgroup = point_to_bytes(&small_order_points()[1]).to_vec();
    let identity = [vec![0; 31], vec![1]].concat();
    let is_off = "is not below the modulus";
    let siblings = HEAD + 7 * 32 + 8 + 16 - 32;
    let output = HEAD + SPEND;
    let mut cases: Vec<(&str, usize, Vec<u8>, &str)> = vec![
        ("version", 0, vec![2], "is 2, expected 1"),
        ("spends", 1, vec![17], "are 17, at most 16"),
        ("outputs", 2, vec![255], "are 255, at most 16"),
        ("spends[0].ak", HEAD, r.clone(), "not canonical"),
        ("spends[0].ak", HEAD, identity.clone(), "identity"),
        ("spends[0].ak", HEAD, off_subgroup.clone(), "prime-order subgroup"),
        ("spends[0].nk", HEAD + 32, r.clone(), is_off),
        ("spends[0].d", HEAD + 64, r.clone(), is_off),
        ("spends[0].s", HEAD + 96, r.clone(), is_off),
        ("spends[0].V", HEAD + 128, off_subgroup, "prime-order subgroup"),
        ("spends[0].V", HEAD + 128, identity, "identity"),
        ("spends[0].rcm", HEAD + 176, r.clone(), is_off),
        ("spends[0].position", HEAD + 208, (1u64 << 33).to_be_bytes().to_vec(), "is not below 8589934592"),
        ("spends[0].anchor", siblings + 77 * 32, r.clone(), is_off),
        ("spends[0].alpha", siblings + 78 * 32, l.clone(), is_off),
        ("spends[0].rcv", siblings + 79 * 32, l.clone(), is_off),
        ("outputs[0].O_r", output, r.clone(), is_off),
        ("outputs[0].asset", output + 32, r.clone(), is_off),
        ("outputs[0].rcm", output + 80, r.clone(), is_off),
        ("outputs[0].rcv", output + 112, l, is_off),
    ];
    let names: Vec<String> = (0..77).map(|i| format!("spends[0].siblings[{}][{}]", i / 7, i % 7)).collect();
    cases.extend(names.iter().enumerate().map(|(i, name)| (&**name, siblings + i * 32, r.clone(), is_off)));
    for (field, at, bytes, reason) in cases {
        let mut changed = good.to_vec();
        changed[at..at + bytes.len()].copy_from_slice(&bytes);
        let error = refusal(&changed);
        assert!(error.starts_with(&format!("{field}: ")) && error.contains(reason), "{field}: {error}");
        assert!(!error.contains(&hex::encode(&bytes)), "errors show no values: {error}");
    }
    // Every word is read: the amounts take all values, and nothing else is without a rule.
    let free = [(HEAD + 160, 16), (output + 64, 16), (3, 64)];
    for at in 0..good.len() {
        let mut changed = good.to_vec();
        changed[at] ^= 1;
        let is_free = free.iter().any(|(from, len)| (*from..from + len).contains(&at));
        match ProvingRequest::decode(&changed) {
            Ok(request) => assert!(*request.encode().unwrap() == changed, "byte {at}"),
            Err(error) => assert!(!is_free, "byte {at}: {error}"),
        }
    }
}

#[test]
fn lengths_are_exactly_what_the_counts_say() {
    let good = request(73, 1, 2).encode().unwrap();
    for end in 0..good.len() {
        let error = ProvingRequest::decode(&good[..end]).err().expect("cut");
        let expected = if end < 3 { REQUEST_LEN_MIN } else { good.len() };
        assert_eq!(error, RequestError::Length { expected, found: end });
    }
    assert!(refusal(&[&good[..], &[0]].concat()).contains("expected"));
    assert_eq!(refusal(&[1, 0, 0]), "counts: no proof is asked for, at least one is needed");
    // Counts alone reserve nothing: the length is compared first.
    assert!(refusal(&[1, 16, 16]).contains(&format!("expected {REQUEST_LEN_MAX}")));
}

#[test]
fn too_much_or_nothing_is_not_sent() {
    let keys = [B256::ZERO; 2];
    let many = request(74, 0, OUTPUTS_MAX + 1).witnesses;
    let error = encode_request(&keys, &[], &many.outputs).unwrap_err().to_string();
    assert_eq!(error, "outputs: are 17, at most 16 are allowed");
    assert!(encode_request(&keys, &[], &[]).is_err());
    let many = Proofs { spends: vec![[0; 128]; SPENDS_MAX + 1], outputs: vec![] };
    assert!(many.encode().unwrap_err().to_string().contains("at most 16"));
}

#[test]
fn answers_survive_the_wire_and_nothing_else_does() {
    let proofs = Proofs { spends: vec![[1; 128], [2; 128]], outputs: vec![[3; 128]] };
    let bytes = proofs.encode().unwrap();
    assert_eq!(Proofs::decode(&bytes), Ok(proofs));
    let full = Proofs { spends: vec![[1; 128]; SPENDS_MAX], outputs: vec![[2; 128]; OUTPUTS_MAX] };
    assert_eq!(full.encode().unwrap().len(), PROOFS_LEN_MAX);
    for end in 0..bytes.len() {
        assert!(matches!(Proofs::decode(&bytes[..end]), Err(RequestError::Length { .. })), "{end}");
    }
    assert!(Proofs::decode(&[&bytes[..], &[0]].concat()).is_err());
    for (at, value, field) in [(0, 0, "version"), (1, 17, "spends"), (2, 200, "outputs")] {
        let mut changed = bytes.clone();
        changed[at] = value;
        let error = Proofs::decode(&changed).unwrap_err().to_string();
        assert!(error.starts_with(field), "{error}");
    }
}
