//! What an instance does, on this machine.

use alloy_primitives::{B256, keccak256};
use ark_serialize::CanonicalSerialize;
use sero_circuits::{Mode, OutputWitness, Proofs, ProvingKeys, ProvingRequest, Witnesses};
use sero_shielded::asset::AssetId;
use sero_shielded::field::{Field, Scalar};
use sero_wasm::{Worker, WorkerError};

fn witness() -> OutputWitness {
    OutputWitness {
        owner: Field::from(11u8),
        asset: AssetId::coin().to_field(),
        amount: 12,
        rcm: Field::from(13u8),
        rcv: Scalar::from(14u8),
    }
}

fn hashes(keys: &ProvingKeys) -> [B256; 2] {
    [keys.spend_verifying_key(), keys.output_verifying_key()].map(|key| {
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes).expect("a key");
        keccak256(&bytes)
    })
}

#[test]
fn requests_are_answered_with_the_seed_alone() {
    let [spend, output] = ProvingKeys::development_files().expect("keys");
    let worker = Worker::new(&spend, &output, Mode::LowMemory).expect("a worker");
    let keys = ProvingKeys::from_bytes_for(Mode::LowMemory, &spend, &output).expect("keys");
    let request = |keys| {
        let witnesses = Witnesses { spends: Vec::new(), outputs: vec![witness(), witness()] };
        ProvingRequest { keys, witnesses }.encode().expect("a request")
    };
    let bytes = request(hashes(&keys));

    let answer = worker.prove(&[1; 32], &bytes).expect("an answer");
    let proofs = Proofs::decode(&answer).expect("proofs");
    assert_eq!((proofs.spends.len(), proofs.outputs.len()), (0, 2));
    assert_ne!(proofs.outputs[0], proofs.outputs[1], "each proof has randomness of its own");
    let other = Proofs::decode(&worker.prove(&[2; 32], &bytes).expect("an answer")).expect("proofs");
    assert!(other.outputs.iter().all(|proof| !proofs.outputs.contains(proof)));
    let wrong = worker.prove(&[1; 32], &request([B256::ZERO, hashes(&keys)[1]]));
    assert!(matches!(wrong, Err(WorkerError::OtherKeys { circuit: "spend", .. })), "{wrong:?}");
    let wrong = worker.prove(&[1; 32], &bytes[..bytes.len() - 1]);
    assert!(matches!(wrong, Err(WorkerError::Request(_))), "{wrong:?}");
    assert!(Worker::new(&spend[1..], &output, Mode::LowMemory).is_err());
}
