//! Our proofs alone, and whole payments.

use crate::line::{Row, measure};
use crate::payer::{GENESIS, Payer, Shape};
use crate::store;
use crate::text;
use sero_circuits::Mode;
use sero_circuits::rand::SeedableRng;
use sero_circuits::rand::rngs::StdRng;
use std::path::Path;

/// The public call: witness check, assignment, proof, its verification.
pub fn spend(folder: &Path, mode: Mode) -> Result<Row, String> {
    let (keys, payer, mut rng) = (store::proving_keys(folder, mode)?, Payer::new()?, rng());
    Ok(Box::new(move || {
        let witness = payer.spend_witness()?;
        let (taken, proof) = measure(|| keys.prove_spend(&witness, &mut rng));
        proof.map(|_| taken).map_err(text)
    }))
}

/// As [`spend`].
pub fn output(folder: &Path) -> Result<Row, String> {
    let (keys, payer, mut rng) = (store::proving_keys(folder, Mode::Fast)?, Payer::new()?, rng());
    Ok(Box::new(move || {
        let witness = payer.output_witness()?;
        let (taken, proof) = measure(|| keys.prove_output(&witness, &mut rng));
        proof.map(|_| taken).map_err(text)
    }))
}

/// Proofs of a benchmark blind nobody.
fn rng() -> StdRng {
    StdRng::from_seed([7; 32])
}

/// From a plan to signed bytes. What a chain would check is checked outside the time.
pub fn payment(folder: &Path, mode: Mode, shape: Shape) -> Result<Row, String> {
    let (keys, payer) = (store::proving_keys(folder, mode)?, Payer::new()?);
    let [spend, output] = store::verifying_keys(&keys)?;
    let verifying = sero_shielded::verifier::VerifyingKeys::from_bytes(&spend, &output).map_err(text)?;
    Ok(Box::new(move || {
        let plan = payer.plan(shape)?;
        let (taken, built) = measure(|| payer.pay(plan, &keys).map(|built| (built.raw(), built)));
        let (_, built) = built?;
        built.tx.bundle.verify(&built.tx.sighash(GENESIS), &verifying).map_err(text)?;
        Ok(taken)
    }))
}
