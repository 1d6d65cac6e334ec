//! A ceremony of whose phase 2 nobody took part has `delta = gamma`, and anybody
//! forges proofs for its key (as happened to two projects in 2026).

use super::support::*;
use crate::ceremony::{Error, read, verify};
use ark_bn254::{Bn254, G1Projective};
use ark_ec::CurveGroup;
use ark_groth16::{Groth16, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalSerialize;
use sero_shielded::field::Field;
use sero_shielded::verifier::{Circuit, KeyProblem, VerifyingKeyError, VerifyingKeys, lint};

/// A proof of anything; needs no witness and no trapdoor.
fn forge(key: &VerifyingKey<Bn254>, inputs: &[Field]) -> Proof<Bn254> {
    let sum = key.gamma_abc_g1[1..]
        .iter()
        .zip(inputs)
        .fold(G1Projective::from(key.gamma_abc_g1[0]), |sum, (point, input)| sum + *point * input);
    Proof { a: key.alpha_g1, b: key.beta_g2, c: (-sum).into_affine() }
}

fn bytes(key: &VerifyingKey<Bn254>) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.serialize_compressed(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_key_without_phase_2_is_forgeable_and_gets_nowhere() {
    let shapes = output_shapes();
    let mut ceremony = read(output_phase_2(), shapes).unwrap();
    let key = ceremony.queries[0].proving_key(&ceremony.powers).vk;
    let inputs: Vec<Field> = [1u64, 2, 3].map(Field::from).to_vec();
    let accepted = |key: &VerifyingKey<Bn254>, proof: &Proof<Bn254>| {
        Groth16::<Bn254>::verify_proof(&prepare_verifying_key(key), proof, &inputs).unwrap()
    };
    assert!(accepted(&key, &forge(&key, &inputs)), "the plain verifier takes the forgery");

    // The ceremony gives no such key, the lint names it, the node does not load it.
    assert!(matches!(verify(output_phase_2(), shapes), Err(Error::NotFinished(_))));
    assert_eq!(lint(Some(Circuit::Output), &bytes(&key)), [KeyProblem::GammaIsDelta]);
    let development = crate::ProvingKeys::development(None).unwrap();
    let spend = bytes(development.spend_verifying_key());
    let refused = VerifyingKeys::from_bytes(&spend, &bytes(&key)).err();
    assert_eq!(refused, Some(VerifyingKeyError::GammaIsDelta(Circuit::Output)));
    let mut opposite = key.clone();
    opposite.delta_g2 = -key.delta_g2;
    assert_eq!(lint(None, &bytes(&opposite)), [KeyProblem::GammaIsDelta]);

    // One contribution to phase 2, and the forgery fails.
    ceremony.contribute("bob", &randomness("forgery 2")).unwrap();
    let key = ceremony.queries[0].proving_key(&ceremony.powers).vk;
    assert!(!accepted(&key, &forge(&key, &inputs)));
    assert_eq!(lint(Some(Circuit::Output), &bytes(&key)), []);
    assert!(VerifyingKeys::from_bytes(&spend, &bytes(&key)).is_ok());
}
