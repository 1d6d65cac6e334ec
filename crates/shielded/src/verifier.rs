//! Groth16 verification of Spend and Output proofs, one by one and in batches.

mod lint;
mod rerandomise;

pub use lint::{KeyPoint, KeyProblem, lint};

use crate::field::{Field, field_to_bytes};
use alloy_primitives::{B256, Keccak256, keccak256};
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, One, PrimeField, Zero};
use ark_groth16::{Proof, VerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use core::fmt;

/// Bytes of a proof: `A` 32 | `B` 64 | `C` 32, arkworks' compressed form.
pub const PROOF_LEN: usize = 128;
/// A proof as it travels.
pub type ProofBytes = [u8; PROOF_LEN];

/// The two circuits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// Public inputs: anchor, nf, rk.x, rk.y, cv.x, cv.y.
    Spend,
    /// Public inputs: cm, cv.x, cv.y.
    Output,
}

impl Circuit {
    /// Number of public inputs.
    pub fn public_inputs(self) -> usize {
        match self {
            Self::Spend => 6,
            Self::Output => 3,
        }
    }
}

/// A proof together with what it claims.
#[derive(Clone, Debug)]
pub struct ProofClaim {
    /// Which circuit.
    pub circuit: Circuit,
    /// Its public inputs, in order.
    pub inputs: Vec<Field>,
    /// The proof.
    pub proof: ProofBytes,
}

/// Why a verifying key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyingKeyError {
    /// Not canonical, off the curve or outside the subgroup.
    #[error("verifying key of {0:?} cannot be read: {1}")]
    Encoding(Circuit, String),
    /// The number of points does not fit the circuit.
    #[error("verifying key of {circuit:?} has {found} input points, expected {expected}")]
    InputCount {
        /// The circuit.
        circuit: Circuit,
        /// Points needed: inputs + 1.
        expected: usize,
        /// Points found.
        found: usize,
    },
    /// `gamma = delta` or `gamma = -delta`: phase 2 of the setup was never done,
    /// anybody forges proofs.
    #[error("verifying key of {0:?} has gamma equal to delta or its negative")]
    GammaIsDelta(Circuit),
    /// `beta` is `+-gamma` or `+-delta`: phase 1 of the setup was never done,
    /// anybody forges proofs.
    #[error("verifying key of {circuit:?} has beta equal to {point} or its negative")]
    BetaIs {
        /// The circuit.
        circuit: Circuit,
        /// Gamma or delta.
        point: KeyPoint,
    },
    /// A point is the identity.
    #[error("verifying key of {0:?} contains the identity")]
    Identity(Circuit),
    /// Two public inputs could be traded for each other.
    #[error("verifying key of {0:?} has equal or opposite input points")]
    EqualInputs(Circuit),
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a canonical encoding of points in the right groups.
    #[error("proof encoding is not canonical")]
    Encoding,
    /// The pairing equation does not hold for these public inputs.
    #[error("proof does not verify")]
    Invalid,
}

/// A verifying key with what can be computed once.
#[derive(Clone)]
struct PreparedKey {
    key: VerifyingKey<Bn254>,
    hash: B256,
}

/// The verifying keys of one circuit version.
#[derive(Clone)]
pub struct VerifyingKeys {
    spend: PreparedKey,
    output: PreparedKey,
}

impl fmt::Debug for VerifyingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKeys").field(&self.hashes()).finish()
    }
}

impl VerifyingKeys {
    /// Reads and lints both keys (arkworks' compressed form).
    pub fn from_bytes(spend: &[u8], output: &[u8]) -> Result<Self, VerifyingKeyError> {
        Ok(Self { spend: read_key(Circuit::Spend, spend)?, output: read_key(Circuit::Output, output)? })
    }

    /// keccak256 of both keys' bytes, which genesis pins.
    pub fn hashes(&self) -> [B256; 2] {
        [self.spend.hash, self.output.hash]
    }

    fn key(&self, circuit: Circuit) -> &VerifyingKey<Bn254> {
        match circuit {
            Circuit::Spend => &self.spend.key,
            Circuit::Output => &self.output.key,
        }
    }

    /// Verifies one proof.
    pub fn verify(&self, claim: &ProofClaim) -> Result<(), ProofError> {
        let proof = read_proof(&claim.proof)?;
        self.check_equation(&[(claim, proof)], &[Fr::one()])
    }

    /// Verifies many proofs with one random linear combination; on failure one
    /// by one, so that the error names the first bad index. The same checks as
    /// [`Self::verify`].
    pub fn verify_batch(&self, claims: &[ProofClaim]) -> Result<(), (usize, ProofError)> {
        let Err((index, error)) = self.verify_together(claims) else { return Ok(()) };
        if let Some(index) = index {
            return Err((index, error));
        }
        for (index, claim) in claims.iter().enumerate() {
            self.verify(claim).map_err(|error| (index, error))?;
        }
        // A sum that fails while every summand holds would be a fault of this code.
        Err((0, ProofError::Invalid))
    }

    /// The verdict of [`Self::verify_batch`], without the search for the bad proof, which can take several
    /// times as long as the verdict: where somebody pays by the number of proofs. Only an encoding is named.
    pub fn verify_together(&self, claims: &[ProofClaim]) -> Result<(), (Option<usize>, ProofError)> {
        if claims.is_empty() {
            return Ok(());
        }
        let mut read = Vec::with_capacity(claims.len());
        for (index, claim) in claims.iter().enumerate() {
            read.push((claim, read_proof(&claim.proof).map_err(|error| (Some(index), error))?));
        }
        self.check_equation(&read, &self.batch_coefficients(claims)).map_err(|error| (None, error))
    }

    /// 128-bit coefficients from a hash over keys, inputs and proofs: whoever
    /// chose the proofs could not know them before.
    fn batch_coefficients(&self, claims: &[ProofClaim]) -> Vec<Fr> {
        let mut transcript = Keccak256::new();
        transcript.update(b"SERO.batch");
        transcript.update(self.spend.hash);
        transcript.update(self.output.hash);
        for claim in claims {
            transcript.update([claim.circuit as u8]);
            claim.inputs.iter().for_each(|input| transcript.update(field_to_bytes(input)));
            transcript.update(claim.proof);
        }
        let seed = transcript.finalize();
        (0..claims.len() as u64)
            .map(|i| {
                let hash = keccak256([seed.as_slice(), &i.to_be_bytes()].concat());
                let half: [u8; 16] = hash[..16].try_into().expect("16 of 32 bytes");
                Fr::from(u128::from_be_bytes(half) | 1)
            })
            .collect()
    }

    /// `prod e(c_i A_i, B_i) = e(sum c_i alpha, beta) e(sum c_i L_i, gamma) e(sum c_i C_i, delta)`
    /// over both circuits.
    fn check_equation(
        &self,
        proofs: &[(&ProofClaim, Proof<Bn254>)],
        coefficients: &[Fr],
    ) -> Result<(), ProofError> {
        let mut left: Vec<G1Affine> = Vec::with_capacity(proofs.len() + 6);
        let mut right = Vec::with_capacity(proofs.len() + 6);
        for ((_, proof), c) in proofs.iter().zip(coefficients) {
            left.push(proof.a.mul_bigint(c.into_bigint()).into_affine());
            right.push(proof.b);
        }
        for circuit in [Circuit::Spend, Circuit::Output] {
            let key = self.key(circuit);
            let mut input_scalars = vec![Fr::zero(); circuit.public_inputs() + 1];
            let (mut c_points, mut c_scalars) = (Vec::new(), Vec::new());
            for ((claim, proof), c) in
                proofs.iter().zip(coefficients).filter(|((p, _), _)| p.circuit == circuit)
            {
                if claim.inputs.len() != circuit.public_inputs() {
                    return Err(ProofError::Invalid);
                }
                input_scalars[0] += c;
                for (sum, input) in input_scalars[1..].iter_mut().zip(&claim.inputs) {
                    *sum += *input * c;
                }
                c_points.push(proof.c);
                c_scalars.push(*c);
            }
            if c_points.is_empty() {
                continue;
            }
            let inputs = msm(&key.gamma_abc_g1, &input_scalars);
            let alpha = key.alpha_g1.mul_bigint(input_scalars[0].into_bigint());
            for (g1, g2) in
                [(alpha, key.beta_g2), (inputs, key.gamma_g2), (msm(&c_points, &c_scalars), key.delta_g2)]
            {
                left.push((-g1).into_affine());
                right.push(g2);
            }
        }
        if Bn254::multi_pairing(left, right).0.is_one() { Ok(()) } else { Err(ProofError::Invalid) }
    }
}

fn msm(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    // Below a few dozen points, plain sums beat the bucket method.
    if points.len() < 32 {
        return points
            .iter()
            .zip(scalars)
            .fold(G1Projective::ZERO, |sum, (point, scalar)| sum + point.mul_bigint(scalar.into_bigint()));
    }
    G1Projective::msm(points, scalars).expect("one scalar for every point")
}

fn read_key(circuit: Circuit, bytes: &[u8]) -> Result<PreparedKey, VerifyingKeyError> {
    let key = lint::read_clean(circuit, bytes).map_err(|problem| match problem {
        KeyProblem::InputCount { expected, found } => {
            let count = |n| usize::try_from(n).unwrap_or(usize::MAX);
            VerifyingKeyError::InputCount { circuit, expected: count(expected), found: count(found) }
        }
        KeyProblem::GammaIsDelta => VerifyingKeyError::GammaIsDelta(circuit),
        KeyProblem::BetaIs(point) => VerifyingKeyError::BetaIs { circuit, point },
        KeyProblem::Identity(_) => VerifyingKeyError::Identity(circuit),
        KeyProblem::EqualInputs(..) => VerifyingKeyError::EqualInputs(circuit),
        other => VerifyingKeyError::Encoding(circuit, other.to_string()),
    })?;
    Ok(PreparedKey { key, hash: keccak256(bytes) })
}

/// Reads a proof: canonical points of the right groups, none the identity. Whether
/// it proves anything is another question.
pub fn read_proof(bytes: &ProofBytes) -> Result<Proof<Bn254>, ProofError> {
    let proof = Proof::<Bn254>::deserialize_compressed(bytes.as_slice()).map_err(|_| ProofError::Encoding)?;
    let mut again = [0u8; PROOF_LEN];
    proof.serialize_compressed(again.as_mut_slice()).map_err(|_| ProofError::Encoding)?;
    let identity = proof.a.is_zero() || proof.b.is_zero() || proof.c.is_zero();
    if again != *bytes || identity { Err(ProofError::Encoding) } else { Ok(proof) }
}
