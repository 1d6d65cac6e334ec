//! 256 Spend and Output proofs of real payments, half and half: 32 different ones, repeated.

use crate::line::{Row, measure};
use crate::store::{Payments, payments};
use crate::text;
use ark_bn254::Bn254;
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalDeserialize;
use sero_shielded::verifier::{Circuit, ProofBytes, ProofClaim, VerifyingKeys};
use std::path::Path;

const PROOFS: usize = 256;

/// Together, from bytes.
pub fn batch(folder: &Path) -> Result<Row, String> {
    let Payments { spend_key, output_key, claims } = payments(folder)?;
    let keys = VerifyingKeys::from_bytes(&spend_key, &output_key).map_err(text)?;
    let claims = mixed(&claims);
    Ok(Box::new(move || {
        let (taken, result) = measure(|| keys.verify_batch(&claims));
        result.map(|()| taken).map_err(|(index, error)| format!("proof {index}: {error}"))
    }))
}

/// `ark-groth16` with prepared keys, from bytes.
pub fn one_by_one(folder: &Path) -> Result<Row, String> {
    let payments = payments(folder)?;
    let (keys, claims) = (Prepared::new(&payments)?, mixed(&payments.claims));
    Ok(Box::new(move || {
        let (taken, good) =
            measure(|| claims.iter().all(|claim| decode(&claim.proof).is_ok_and(|p| keys.verify(claim, &p))));
        if good { Ok(taken) } else { Err("a good proof was refused".into()) }
    }))
}

/// The same with proofs that were decoded before.
pub fn one_by_one_decoded(folder: &Path) -> Result<Row, String> {
    let payments = payments(folder)?;
    let keys = Prepared::new(&payments)?;
    let decoded = |claim: ProofClaim| decode(&claim.proof).map(|proof| (claim, proof));
    let claims: Vec<_> = mixed(&payments.claims).into_iter().map(decoded).collect::<Result<_, _>>()?;
    Ok(Box::new(move || {
        let (taken, good) = measure(|| claims.iter().all(|(claim, proof)| keys.verify(claim, proof)));
        if good { Ok(taken) } else { Err("a good proof was refused".into()) }
    }))
}

fn mixed(claims: &[ProofClaim]) -> Vec<ProofClaim> {
    claims.iter().cycle().take(PROOFS).cloned().collect()
}

fn decode(proof: &ProofBytes) -> Result<Proof<Bn254>, String> {
    Proof::deserialize_compressed(proof.as_slice()).map_err(text)
}

struct Prepared {
    spend: PreparedVerifyingKey<Bn254>,
    output: PreparedVerifyingKey<Bn254>,
}

impl Prepared {
    fn new(payments: &Payments) -> Result<Self, String> {
        let prepared = |bytes: &[u8]| {
            let key = VerifyingKey::<Bn254>::deserialize_compressed(bytes).map_err(text)?;
            Ok::<_, String>(prepare_verifying_key(&key))
        };
        Ok(Self { spend: prepared(&payments.spend_key)?, output: prepared(&payments.output_key)? })
    }

    fn verify(&self, claim: &ProofClaim, proof: &Proof<Bn254>) -> bool {
        let key = match claim.circuit {
            Circuit::Spend => &self.spend,
            Circuit::Output => &self.output,
        };
        Groth16::<Bn254>::verify_proof(key, proof, &claim.inputs) == Ok(true)
    }
}
