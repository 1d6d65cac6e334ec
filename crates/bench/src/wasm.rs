//! What the WebAssembly module is tested and measured with: the development keys as files, a payment's request, and the
//! verdict of plain `ark-groth16` on the answer.

use crate::payer::Payer;
use crate::store::{read, write};
use crate::text;
use alloy_primitives::{B256, keccak256};
use ark_bn254::{Bn254, Fr};
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, ProvingKey, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sero_circuits::{Proofs, ProvingKeys, ProvingRequest};
use std::path::Path;

const KEYS: [&str; 2] = ["spend.key", "output.key"];
const REQUEST: &str = "request.bin";

/// Writes the keys, unless they are there, and the request of a payment of 1/2.
pub fn prepare(folder: &Path) -> Result<(), String> {
    if !KEYS.iter().all(|name| folder.join(name).is_file()) {
        let files = ProvingKeys::development_files().map_err(text)?;
        for (name, file) in KEYS.iter().zip(&files) {
            write(&folder.join(name), file)?;
        }
    }
    let keys = keys(folder)?.map(|(_, hash)| hash);
    let payer = Payer::new()?;
    let witnesses = payer.plan((1, 2))?.build().map_err(text)?.witnesses().map_err(text)?;
    let request = ProvingRequest { keys, witnesses }.encode().map_err(text)?;
    write(&folder.join(REQUEST), &request)
}

/// Verifies every proof of the answer to the request in `folder`.
pub fn check(folder: &Path, answer: &Path) -> Result<(), String> {
    let request = ProvingRequest::decode(&read(&folder.join(REQUEST))?).map_err(text)?.witnesses;
    let proofs = Proofs::decode(&read(answer)?).map_err(text)?;
    let (asked, found) =
        ([request.spends.len(), request.outputs.len()], [proofs.spends.len(), proofs.outputs.len()]);
    if asked != found {
        return Err(format!("asked for {asked:?} proofs, answered with {found:?}"));
    }
    let [(spend, _), (output, _)] = keys(folder)?;
    for (witness, proof) in request.spends.iter().zip(&proofs.spends) {
        verify(&spend, proof, &witness.public_inputs()).map_err(|error| format!("spend proof: {error}"))?;
    }
    for (witness, proof) in request.outputs.iter().zip(&proofs.outputs) {
        verify(&output, proof, &witness.public_inputs()).map_err(|error| format!("output proof: {error}"))?;
    }
    Ok(())
}

fn verify(key: &PreparedVerifyingKey<Bn254>, proof: &[u8], public: &[Fr]) -> Result<(), String> {
    let proof = Proof::deserialize_compressed(proof).map_err(text)?;
    match Groth16::<Bn254>::verify_proof(key, &proof, public) {
        Ok(true) => Ok(()),
        Ok(false) => Err("does not verify".into()),
        Err(error) => Err(text(error)),
    }
}

/// The verifying keys, and their hashes.
fn keys(folder: &Path) -> Result<[(PreparedVerifyingKey<Bn254>, B256); 2], String> {
    let key = |name: &str| {
        let file = read(&folder.join(name))?;
        let key = ProvingKey::<Bn254>::deserialize_compressed(file.as_slice()).map_err(text)?.vk;
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes).map_err(text)?;
        Ok::<_, String>((prepare_verifying_key(&key), keccak256(&bytes)))
    };
    Ok([key(KEYS[0])?, key(KEYS[1])?])
}
