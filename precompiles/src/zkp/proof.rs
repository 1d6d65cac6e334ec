//! Proofs of the chain's own two circuits.

use super::{Answer, field, refusal};
use alloy_primitives::B256;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::verifier::{Circuit, PROOF_LEN, ProofBytes, ProofClaim, ProofError, VerifyingKeys};

/// Whether `proof` holds for `inputs`.
pub fn verify(keys: &VerifyingKeys, circuit: Circuit, inputs: &[B256], proof: &[u8]) -> Answer<bool> {
    let invalid = |reason: String| refusal(abi::InvalidProof { reason });
    let proof: ProofBytes = proof
        .try_into()
        .map_err(|_| invalid(format!("a proof has {PROOF_LEN} bytes, not {}", proof.len())))?;
    let inputs = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| field("inputs", index, (*input).into()))
        .collect::<Result<_, _>>()?;
    match keys.verify(&ProofClaim { circuit, inputs, proof }) {
        Ok(()) => Ok(true),
        Err(ProofError::Invalid) => Ok(false),
        Err(error @ ProofError::Encoding) => Err(invalid(error.to_string())),
    }
}
