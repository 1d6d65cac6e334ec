//! Another proof of the same statement, so that a prover's choice of randomness says nothing.

use super::{Circuit, PROOF_LEN, ProofBytes, ProofError, VerifyingKeys, read_proof};
use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field as _, PrimeField};
use ark_serialize::CanonicalSerialize;

impl VerifyingKeys {
    /// `(A / z1, z1 B + z1 z2 delta, C + z2 A)`: verifies if and only if `proof` does, for the same
    /// inputs. With `z1` and `z2` uniform and secret, `z1` not 0, it is uniform among the proofs of its
    /// statement whatever `proof` was: an honest proof, which shows nothing (docs/spec/13-proving-service.md).
    pub fn rerandomise(
        &self,
        circuit: Circuit,
        proof: &ProofBytes,
        [z1, z2]: [&Fr; 2],
    ) -> Result<ProofBytes, ProofError> {
        let mut proof = read_proof(proof)?;
        let inverse = z1.inverse().ok_or(ProofError::Invalid)?;
        let delta = self.key(circuit).delta_g2;
        let (a, b) = (proof.a, proof.b);
        proof.a = a.mul_bigint(inverse.into_bigint()).into_affine();
        proof.b = (b.mul_bigint(z1.into_bigint()) + delta.mul_bigint((*z1 * z2).into_bigint())).into_affine();
        proof.c = (a.mul_bigint(z2.into_bigint()) + proof.c).into_affine();
        let mut bytes = [0; PROOF_LEN];
        proof.serialize_compressed(bytes.as_mut_slice()).map_err(|_| ProofError::Encoding)?;
        Ok(bytes)
    }
}
