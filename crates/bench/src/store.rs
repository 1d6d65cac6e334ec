//! What rows load from the folder, so that the memory of making it is not theirs.

use crate::payer::Payer;
use crate::text;
use alloy_primitives::hex;
use ark_bn254::{Bn254, Fr};
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::ConstraintSynthesizer;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{Mode, OutputCircuit, ProvingKeys, SpendCircuit};
use sero_primitives::shielded_tx::ShieldedTx;
use sero_shielded::verifier::ProofClaim;
use std::fs;
use std::path::{Path, PathBuf};

/// Payments in the file, of 2 Spend and 2 Output proofs each.
const PAYMENTS: usize = 8;

/// Keys and tables of our prover, and keys for `ark-groth16`.
pub fn prepare_prover(folder: &Path) -> Result<(), String> {
    proving_keys(folder, Mode::Fast)?;
    proving_keys(folder, Mode::LowMemory)?;
    setup(folder, "spend", SpendCircuit(None))?;
    setup(folder, "output", OutputCircuit(None))
}

/// Verifying keys, and payments whose proofs rows verify: a line of hex each.
pub fn prepare_verify(folder: &Path) -> Result<(), String> {
    let (keys, payer) = (proving_keys(folder, Mode::Fast)?, Payer::new()?);
    let [spend, output] = verifying_keys(&keys)?;
    let mut lines = vec![spend, output];
    for _ in 0..PAYMENTS {
        lines.push(payer.pay(payer.plan((2, 2))?, &keys)?.tx.encode_payload());
    }
    let lines: Vec<String> = lines.iter().map(hex::encode).collect();
    write(&payments_file(folder), lines.join("\n").as_bytes())
}

pub fn proving_keys(folder: &Path, mode: Mode) -> Result<ProvingKeys, String> {
    ProvingKeys::development_for(mode, Some(folder)).map_err(text)
}

/// Spend and Output, compressed.
pub fn verifying_keys(keys: &ProvingKeys) -> Result<[Vec<u8>; 2], String> {
    let (mut spend, mut output) = (Vec::new(), Vec::new());
    keys.spend_verifying_key().serialize_compressed(&mut spend).map_err(text)?;
    keys.output_verifying_key().serialize_compressed(&mut output).map_err(text)?;
    Ok([spend, output])
}

/// A key of `ark-groth16`'s own setup. The file was written by [`prepare_prover`] just before.
pub fn arkworks_key(folder: &Path, circuit: &str) -> Result<ProvingKey<Bn254>, String> {
    let bytes = read(&arkworks_file(folder, circuit))?;
    ProvingKey::deserialize_uncompressed(bytes.as_slice()).map_err(text)
}

/// What was written by [`prepare_verify`].
pub struct Payments {
    /// Compressed.
    pub spend_key: Vec<u8>,
    /// Compressed.
    pub output_key: Vec<u8>,
    /// Spends and outputs mixed, all different.
    pub claims: Vec<ProofClaim>,
}

pub fn payments(folder: &Path) -> Result<Payments, String> {
    let file = String::from_utf8(read(&payments_file(folder))?).map_err(text)?;
    let mut lines = file.lines().map(hex::decode);
    let mut key = || lines.next().ok_or("no verifying key")?.map_err(text);
    let (spend_key, output_key) = (key()?, key()?);
    let mut claims = Vec::new();
    for line in lines {
        let tx = ShieldedTx::decode_payload(&line.map_err(text)?).map_err(text)?;
        claims.extend(tx.bundle.proof_claims());
    }
    if claims.is_empty() {
        return Err("no payment in the file".into());
    }
    Ok(Payments { spend_key, output_key, claims })
}

fn setup(folder: &Path, name: &str, circuit: impl ConstraintSynthesizer<Fr>) -> Result<(), String> {
    let mut rng = StdRng::from_seed([3; 32]);
    let key = Groth16::<Bn254>::generate_random_parameters_with_reduction(circuit, &mut rng);
    let mut bytes = Vec::new();
    key.map_err(text)?.serialize_uncompressed(&mut bytes).map_err(text)?;
    write(&arkworks_file(folder, name), &bytes)
}

fn arkworks_file(folder: &Path, circuit: &str) -> PathBuf {
    folder.join(format!("ark-{circuit}.key"))
}

fn payments_file(folder: &Path) -> PathBuf {
    folder.join("payments.hex")
}

pub fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

pub fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
