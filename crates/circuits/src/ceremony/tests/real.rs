//! The real circuits. Both together take minutes, most of them in deriving
//! phase 2, and print their times:
//! `cargo test --release -p sero-circuits --lib -- real::spend_and_output --ignored --nocapture`

use super::support::*;
use crate::ceremony::{Phase, Shape, circuits_of, read, start, verify};
use crate::keys::{CircuitKeys, Matrices};
use crate::tests::support::{output_witness, rng, spend_witness};
use crate::{KeyError, Mode, ProvingKeys};
use ark_serialize::CanonicalSerialize;
use sero_shielded::verifier::{Circuit, ProofClaim, VerifyingKeys, lint};
use std::time::Instant;

/// Runs one step on a thread's own clock and says how long it took.
#[allow(clippy::print_stderr, reason = "a measurement that people ask for with --nocapture")]
fn timed<T>(what: &str, step: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = step();
    eprintln!("{what:40} {:8.2} s", started.elapsed().as_secs_f64());
    result
}

/// Output alone, from phase 1 to proofs.
#[test]
fn output() {
    let shapes = output_shapes();
    assert_eq!(circuits_of(output_phase_2()).unwrap()[0].name(), "output");
    let mut ceremony = read(output_phase_2(), shapes).unwrap();
    for name in ["alice", "bob", "carol"] {
        ceremony.contribute(name, &randomness(name)).unwrap();
    }
    ceremony.finish_phase(beacon()).unwrap();
    let verified = verify(&ceremony.encode(), shapes).unwrap();
    assert_eq!(verified.contributions, [3, 3]);
    let output = verified.keys_of("output").unwrap();
    assert_eq!(lint(Some(Circuit::Output), &output.verifying_key), []);

    // The prover of today, with this key in the place of the development key.
    let mut keys = ProvingKeys::development(None).unwrap();
    assert_eq!(output.matrix_digest, keys.output_matrix_digest());
    assert_ne!(&output.proving_key.vk, keys.output_verifying_key());
    let CircuitKeys { matrices: all, digest, .. } = keys.output;
    let matrices = Matrices { rows: all[0].len(), digest, all };
    keys.output = CircuitKeys::new("output", output.proving_key.clone(), matrices, Mode::Fast).unwrap();
    let mut spend = Vec::new();
    keys.spend_verifying_key().serialize_compressed(&mut spend).unwrap();
    let verifier = VerifyingKeys::from_bytes(&spend, &output.verifying_key).unwrap();
    assert_eq!(verifier.hashes()[1], output.verifying_key_hash);
    let mut rng = rng(72);
    for amount in [0, 5, u128::MAX] {
        let w = output_witness(&mut rng, amount);
        let proof = keys.prove_output(&w, &mut rng).unwrap();
        let inputs = w.public_inputs().to_vec();
        verifier.verify(&ProofClaim { circuit: Circuit::Output, inputs, proof }).unwrap();
    }
}

/// Three contributors, both phases, both circuits; each takes the file, checks
/// it, adds to it and hands it on. Then real proofs.
#[test]
#[ignore = "minutes; the command is above"]
fn spend_and_output() {
    let shapes = timed("shapes", || Shape::sero().unwrap());
    let mut file = timed("new", || start(&shapes, "SERO", [3; 32]).unwrap().encode());
    let named: Vec<_> = circuits_of(&file).unwrap().iter().map(Shape::name).collect();
    assert_eq!(named, ["spend", "output"]);
    for phase in 1..=2 {
        for name in ["alice", "bob", "carol"] {
            let mut ceremony = timed(&format!("phase {phase}: verify"), || read(&file, &shapes).unwrap());
            let randomness = randomness(&format!("real {name}"));
            timed(&format!("phase {phase}: contribute"), || ceremony.contribute(name, &randomness).unwrap());
            file = ceremony.encode();
        }
        let mut ceremony = read(&file, &shapes).unwrap();
        timed(&format!("phase {phase}: finish"), || ceremony.finish_phase(beacon()).unwrap());
        file = ceremony.encode();
    }
    assert_eq!(read(&file, &shapes).unwrap().phase(), Phase::Finished);
    let verified = timed("verify the whole transcript", || verify(&file, &shapes).unwrap());
    assert_eq!(verified.contributions, [3, 3]);

    let [spend, output] = ["spend", "output"].map(|name| verified.keys_of(name).unwrap());
    assert_eq!(lint(Some(Circuit::Spend), &spend.verifying_key), []);
    assert_eq!(lint(Some(Circuit::Output), &output.verifying_key), []);
    let development = ProvingKeys::development(None).unwrap();
    assert_eq!(spend.matrix_digest, development.spend_matrix_digest());
    assert_ne!(&spend.proving_key.vk, development.spend_verifying_key());
    let files = [spend.proving_key_bytes(), output.proving_key_bytes()];
    let keys = timed("load both proving keys", || ProvingKeys::from_bytes(&files[0], &files[1]).unwrap());
    let verifier = VerifyingKeys::from_bytes(&spend.verifying_key, &output.verifying_key).unwrap();
    assert_eq!(verifier.hashes(), [spend.verifying_key_hash, output.verifying_key_hash]);

    let mut rng = rng(71);
    let w = spend_witness(&mut rng, 5);
    let spent = ProofClaim {
        circuit: Circuit::Spend,
        inputs: w.public_inputs().to_vec(),
        proof: keys.prove_spend(&w, &mut rng).unwrap(),
    };
    let w = output_witness(&mut rng, 5);
    let made = ProofClaim {
        circuit: Circuit::Output,
        inputs: w.public_inputs().to_vec(),
        proof: keys.prove_output(&w, &mut rng).unwrap(),
    };
    verifier.verify(&spent).unwrap();
    verifier.verify(&made).unwrap();
    verifier.verify_batch(&[spent, made]).unwrap();

    // Files that are no keys of these circuits.
    let refused = |spend: &[u8], output: &[u8]| ProvingKeys::from_bytes(spend, output).err().unwrap();
    assert!(matches!(refused(&files[1], &files[1]), KeyError::File { circuit: "spend", .. }));
    assert!(matches!(refused(&files[0], &files[1][..900]), KeyError::File { circuit: "output", .. }));
    assert!(matches!(
        refused(&[&files[0][..], &[0]].concat(), &files[1]),
        KeyError::File { circuit: "spend", .. }
    ));
}
