//! Keys, their cache, and proofs from end to end.

use super::support::*;
use crate::builder::Builder;
use crate::keys::{CircuitKeys, Matrices, setup};
use crate::{Mode, OutputCircuit, ProveError, ProvingKeys, SpendCircuit, output};
use ark_bn254::{Bn254, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::One;
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sero_shielded::field::Field;
use std::sync::OnceLock;

pub(super) fn keys() -> &'static ProvingKeys {
    static KEYS: OnceLock<ProvingKeys> = OnceLock::new();
    KEYS.get_or_init(|| ProvingKeys::development(None).expect("keys"))
}

fn verifies(key: &PreparedVerifyingKey<Bn254>, proof: &[u8; 128], public: &[Field]) -> bool {
    let proof = Proof::<Bn254>::deserialize_compressed(&proof[..]).expect("a proof");
    Groth16::<Bn254>::verify_proof(key, &proof, public).expect("the right number of inputs")
}

#[test]
fn proofs_from_end_to_end() {
    let mut rng = rng(40);
    let key = prepare_verifying_key(keys().spend_verifying_key());
    for amount in [0, 1, u128::MAX] {
        let w = spend_witness(&mut rng, amount);
        let proof = keys().prove_spend(&w, &mut rng).expect("a proof");
        let public = w.public_inputs();
        assert!(verifies(&key, &proof, &public));
        for i in 0..6 {
            let mut changed = public;
            changed[i] += Field::one();
            assert!(!verifies(&key, &proof, &changed), "input {i}");
        }
        let again = keys().prove_spend(&w, &mut rng).expect("a proof");
        assert_ne!(proof, again, "proofs are randomised");
        assert!(verifies(&key, &again, &public));
    }
    let key = prepare_verifying_key(keys().output_verifying_key());
    for amount in [0, 1, u128::MAX] {
        let w = output_witness(&mut rng, amount);
        let proof = keys().prove_output(&w, &mut rng).expect("a proof");
        let public = w.public_inputs();
        assert!(verifies(&key, &proof, &public));
        for i in 0..3 {
            let mut changed = public;
            changed[i] += Field::one();
            assert!(!verifies(&key, &proof, &changed), "input {i}");
        }
        assert_ne!(proof, keys().prove_output(&w, &mut rng).expect("a proof"));
    }
}

#[test]
fn a_wrong_witness_is_refused_by_name() {
    let mut rng = rng(41);
    let w = spend_witness(&mut rng, 2);
    let wrong = altered(&w, |w| w.anchor += Field::one());
    assert_eq!(keys().prove_spend(&wrong, &mut rng), Err(ProveError::WrongPath));
    let wrong = altered(&w, |w| w.position = 1 << 33);
    assert_eq!(keys().prove_spend(&wrong, &mut rng), Err(ProveError::PositionOutOfRange));
    let wrong = altered(&w, |w| w.ak = small_order_points()[1]);
    assert_eq!(keys().prove_spend(&wrong, &mut rng), Err(ProveError::KeySmallOrder));
}

/// A randomness source that repeats itself would give proofs that leak.
#[test]
fn broken_randomness_is_refused() {
    struct Stuck;
    impl ark_std::rand::RngCore for Stuck {
        fn next_u32(&mut self) -> u32 {
            7
        }
        fn next_u64(&mut self) -> u64 {
            7
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), ark_std::rand::Error> {
            bytes.fill(7);
            Ok(())
        }
    }
    impl ark_std::rand::CryptoRng for Stuck {}
    let w = output_witness(&mut rng(42), 1);
    assert_eq!(keys().prove_output(&w, &mut Stuck), Err(ProveError::Randomness));
}

/// The lever of docs/spec/prover.md: with `r = 0` the blinding wire alone blinds
/// `A`. The verifier accepts; a `rho` used twice shows.
#[test]
fn the_blinding_wire_blinds_without_r() {
    let keys = &keys().output;
    let w = output_witness(&mut rng(46), 9);
    let proof = |rho: u64, s: u64| {
        let mut b = Builder::proving(3, Field::from(rho));
        output::synthesize(&mut b, &w);
        let (r, s) = (Field::from(0u8), Field::from(s));
        let rows = keys.matrices[0].len();
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &keys.key,
            r,
            s,
            &keys.matrices,
            4,
            rows,
            &b.assignment,
        );
        let proof = proof.expect("a proof");
        assert!(Groth16::<Bn254>::verify_proof(&keys.prepared, &proof, &w.public_inputs()).expect("inputs"));
        proof
    };
    let (first, second, repeated) = (proof(5, 6), proof(7, 6), proof(5, 8));
    assert!(first.a != second.a && first.b == second.b && first.c != second.c);
    assert!(first.a == repeated.a && first.b != repeated.b);
}

/// Each of the two random numbers reaches the proofs that leave the prover: no element of a proof repeats.
#[test]
fn every_element_of_a_proof_is_blinded() {
    let mut rng = rng(47);
    let (spend, output) = (spend_witness(&mut rng, 9), output_witness(&mut rng, 9));
    let read = |bytes: [u8; 128]| Proof::<Bn254>::deserialize_compressed(&bytes[..]).expect("a proof");
    let mut spends = Vec::new();
    let mut outputs = Vec::new();
    for _ in 0..3 {
        spends.push(read(keys().prove_spend(&spend, &mut rng).expect("a proof")));
        outputs.push(read(keys().prove_output(&output, &mut rng).expect("a proof")));
    }
    for proofs in [spends, outputs] {
        for (i, p) in proofs.iter().enumerate() {
            assert!(proofs[..i].iter().all(|q| p.a != q.a && p.b != q.b && p.c != q.c));
        }
    }
    // Of the same A, B follows s alone, and of the same B, A follows rho alone.
    let made = |rho: u64, s: u64| {
        let mut b = Builder::proving(3, Field::from(rho));
        output::synthesize(&mut b, &output_witness(&mut crate::tests::support::rng(46), 9));
        let [a_rows, b_rows] = &b.row_values;
        keys().output.prover.prove(&b.assignment, [a_rows, b_rows], &Field::from(s))
    };
    let (first, other_rho, other_s) = (made(5, 6), made(7, 6), made(5, 8));
    assert!(first.a != other_rho.a && first.b == other_rho.b && first.c != other_rho.c);
    assert!(first.a == other_s.a && first.b != other_s.b && first.c != other_s.c);
}

/// A proving key is not pinned as its verifying key is. This one gives proofs that verify and that `r` does
/// not blind; it and keys whose last wire does not blind are refused when they are read.
#[test]
fn a_key_that_does_not_blind_is_refused() {
    let dev = ProvingKeys::development(None).expect("keys");
    let file = |key: &ark_groth16::ProvingKey<Bn254>| {
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes).expect("a vector takes everything");
        bytes
    };
    let spend = file(&dev.spend.key);
    let refusal = |key: &ark_groth16::ProvingKey<Bn254>| match ProvingKeys::from_bytes(&spend, &file(key)) {
        Ok(_) => panic!("the key is read"),
        Err(error) => error.to_string(),
    };
    let mut key = dev.output.key.clone();
    key.delta_g1 = G1Affine::zero();
    key.beta_g1 = G1Affine::zero();
    key.b_g1_query.fill(G1Affine::zero());
    let w = output_witness(&mut rng(47), 9);
    let proof = |r: u64| {
        let mut b = Builder::proving(3, Field::from(5u8));
        output::synthesize(&mut b, &w);
        let (r, s, rows) = (Field::from(r), Field::from(6u8), dev.output.matrices[0].len());
        let matrices = &dev.output.matrices;
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &key,
            r,
            s,
            matrices,
            4,
            rows,
            &b.assignment,
        )
        .expect("a proof");
        let holds = Groth16::<Bn254>::verify_proof(&dev.output.prepared, &proof, &w.public_inputs());
        assert!(holds.expect("inputs"));
        proof
    };
    assert!(proof(7) == proof(8), "r is in no element");
    assert_eq!(
        refusal(&key),
        "proving key of output: delta or beta in G1 is the identity: r would not blind"
    );

    let rho = "proving key of output: its blinding wire does not blind, a point is of order two, or it is of another circuit";
    let mut key = dev.output.key.clone();
    *key.a_query.last_mut().expect("wires") = G1Affine::zero();
    assert_eq!(refusal(&key), rho);
    let mut key = dev.output.key.clone();
    *key.b_g1_query.last_mut().expect("wires") = G1Affine::generator();
    assert_eq!(refusal(&key), rho);
    assert!(ProvingKeys::from_bytes(&spend, &file(&dev.output.key)).is_ok());
}

/// `L_m(tau)` is not zero, and `rho` is in matrix A alone.
#[test]
fn keys_can_blind() {
    for keys in [&keys().spend.key, &keys().output.key] {
        assert!(!keys.a_query.last().expect("wires").is_zero());
        assert!(keys.b_g1_query.last().expect("wires").is_zero());
        assert!(keys.b_g2_query.last().expect("wires").is_zero());
    }
}

/// A damaged key gives no proof rather than a bad one.
#[test]
fn a_damaged_key_fails_the_self_check() {
    let mut keys = ProvingKeys::development(None).expect("keys");
    let w = output_witness(&mut rng(45), 1);
    assert!(keys.prove_output(&w, &mut rng(45)).is_ok());
    let CircuitKeys { mut key, matrices: all, digest, .. } = keys.output;
    let matrices = Matrices { rows: all[0].len(), digest, all };
    key.l_query.swap(3, 4);
    keys.output = CircuitKeys::new("output", key, matrices, Mode::Fast).expect("of the right shape");
    assert_eq!(keys.prove_output(&w, &mut rng(45)), Err(ProveError::SelfCheck));
}

#[test]
fn two_threads_prove_at_once() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(keys());
    let key = prepare_verifying_key(keys().output_verifying_key());
    std::thread::scope(|scope| {
        for seed in [43, 44] {
            let key = &key;
            scope.spawn(move || {
                let mut rng = rng(seed);
                for amount in 1..4 {
                    let w = output_witness(&mut rng, amount);
                    let proof = keys().prove_output(&w, &mut rng).expect("a proof");
                    assert!(verifies(key, &proof, &w.public_inputs()));
                }
            });
        }
    });
}

fn same(a: &ProvingKeys, b: &ProvingKeys) -> bool {
    a.spend.key == b.spend.key
        && a.output.key == b.output.key
        && a.spend.matrices == b.spend.matrices
        && a.output.matrices == b.output.matrices
}

#[test]
fn cache_is_used_and_a_corrupt_one_rebuilt() {
    let dir = tempfile::tempdir().expect("a directory");
    let nested = dir.path().join("a/b");
    assert!(same(&ProvingKeys::development(Some(&nested)).expect("keys"), keys()));
    let files: Vec<_> =
        std::fs::read_dir(&nested).expect("made").map(|f| f.expect("an entry").path()).collect();
    assert_eq!(files.len(), 4, "keys and tables, and no temporary file is left: {files:?}");
    let good: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).expect("readable")).collect();
    // A hit reads and does not write.
    let written = |f: &std::path::PathBuf| std::fs::metadata(f).and_then(|m| m.modified()).expect("a time");
    let times: Vec<_> = files.iter().map(written).collect();
    assert!(same(&ProvingKeys::development(Some(&nested)).expect("keys"), keys()));
    assert_eq!(times, files.iter().map(written).collect::<Vec<_>>());
    let damage: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes[100_000] ^= 1,
        |bytes| bytes[3] ^= 1,
        |bytes| bytes.truncate(50),
        |bytes| bytes.push(0),
        |bytes| bytes.clear(),
    ];
    for damage in damage {
        for (file, good) in files.iter().zip(&good) {
            let mut bytes = good.clone();
            damage(&mut bytes);
            std::fs::write(file, &bytes).expect("writable");
        }
        assert!(same(&ProvingKeys::development(Some(&nested)).expect("keys"), keys()));
        for (file, good) in files.iter().zip(&good) {
            assert!(std::fs::read(file).expect("readable") == *good, "rebuilt");
        }
    }
}

/// The files in `genesis/` are what a fresh setup gives. After a change of a
/// circuit: `cargo run --release -p sero-circuits --example write-dev-keys`.
#[test]
fn genesis_keys_are_current() {
    let genesis = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genesis");
    let spend = setup("spend", SpendCircuit(None)).expect("a setup");
    let output = setup("output", OutputCircuit(None)).expect("a setup");
    for (file, key) in [("dev-spend.vk", spend.vk), ("dev-output.vk", output.vk)] {
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes).expect("a vector takes everything");
        assert!(std::fs::read(genesis.join(file)).expect("present") == bytes, "{file} is stale");
        assert!(VerifyingKey::<Bn254>::deserialize_compressed(&bytes[..]).expect("checked") == key);
    }
}

/// Shape of the keys: exactly the elements of Groth16, none degenerate, and
/// gamma differs from delta.
#[test]
fn keys_are_well_formed() {
    for (keys, inputs, wires, constraints) in
        [(&keys().spend, 6, 8_262, 8_178), (&keys().output, 3, 2_475, 2_471)]
    {
        let key = &keys.key;
        assert_eq!(key.vk.gamma_abc_g1.len(), inputs + 1);
        assert!(key.vk.gamma_g2 != key.vk.delta_g2);
        assert!(!key.vk.gamma_g2.is_zero() && !key.vk.delta_g2.is_zero());
        assert!(!key.vk.alpha_g1.is_zero() && !key.vk.beta_g2.is_zero());
        assert!(key.vk.gamma_abc_g1.iter().skip(1).all(|point| !point.is_zero()));
        let domain = (constraints + inputs + 1usize).next_power_of_two();
        assert_eq!((key.a_query.len(), key.b_g1_query.len(), key.b_g2_query.len()), (wires, wires, wires));
        assert_eq!((key.h_query.len(), key.l_query.len()), (domain - 1, wires - inputs - 1));
    }
}
