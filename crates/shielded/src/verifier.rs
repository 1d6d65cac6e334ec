//! Groth16 verification of Spend and Output proofs, one by one and in batches.

mod lint;
mod rerandomise;
#[cfg(test)]
mod tests;

pub use lint::{KeyPoint, KeyProblem, lint};

use crate::field::{Field, field_to_bytes};
use alloy_primitives::{B256, Keccak256, keccak256};
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, PrimeField, Zero};
use ark_groth16::{Proof, VerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use core::fmt;
use sero_bn254::{multiples, pairings_cancel, read_g1, read_g2};
use sero_lanes::Path;

/// Bytes of a proof: `A` 32 | `B` 64 | `C` 32, arkworks' compressed form.
pub const PROOF_LEN: usize = 128;
/// Bits of a coefficient in a batch.
const COEFFICIENT_BITS: usize = 128;
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
        self.verify_together(core::slice::from_ref(claim)).map_err(|(_, error)| error)
    }

    /// Verifies many proofs with one random linear combination. If it fails, the parts of a part that fails are tried,
    /// so that the error names the first bad index. The same checks as [`Self::verify`].
    pub fn verify_batch(&self, claims: &[ProofClaim]) -> Result<(), (usize, ProofError)> {
        let Err((index, error)) = self.verify_together(claims) else { return Ok(()) };
        if let Some(index) = index {
            return Err((index, error));
        }
        let (mut bad, mut seen) = (0..claims.len(), true);
        while bad.len() > 1 {
            let middle = bad.start + bad.len() / 2;
            seen = self.verify_together(&claims[bad.start..middle]).is_err();
            if seen {
                bad.end = middle;
            } else {
                bad.start = middle;
            }
        }
        // A sum that fails while every summand holds would be a fault of this code.
        let found = seen || self.verify(&claims[bad.start]).is_err();
        Err((if found { bad.start } else { 0 }, ProofError::Invalid))
    }

    /// The verdict of [`Self::verify_batch`], without the search for the bad proof, which takes two to three times as long:
    /// where somebody pays by the number of proofs. Only an encoding is named.
    pub fn verify_together(&self, claims: &[ProofClaim]) -> Result<(), (Option<usize>, ProofError)> {
        if claims.is_empty() {
            return Ok(());
        }
        let proofs = read_proofs(claims).map_err(|index| (Some(index), ProofError::Encoding))?;
        if self.equation_holds(claims, proofs) { Ok(()) } else { Err((None, ProofError::Invalid)) }
    }

    /// 128-bit coefficients from a hash over keys, inputs and proofs: whoever
    /// chose the proofs could not know them before.
    fn batch_coefficients(&self, claims: &[ProofClaim]) -> Vec<u128> {
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
                u128::from_be_bytes(half) | 1
            })
            .collect()
    }

    /// `prod e(c_i A_i, B_i) = e(sum c_i alpha, beta) e(sum c_i L_i, gamma) e(sum c_i C_i, delta)` over both circuits, with
    /// `L_i` the sum of the key's input points times the inputs.
    fn equation_holds(&self, claims: &[ProofClaim], mut proofs: Proofs) -> bool {
        if claims.iter().any(|claim| claim.inputs.len() != claim.circuit.public_inputs()) {
            return false;
        }
        let path = Path::best();
        // A single equation holds or not whatever its coefficient is.
        let mut coefficients = vec![1];
        if claims.len() > 1 {
            coefficients = self.batch_coefficients(claims);
            let scalars: Vec<BigInt<4>> = coefficients.iter().map(|c| Fr::from(*c).into_bigint()).collect();
            proofs.a = multiples(path, &proofs.a, &scalars, COEFFICIENT_BITS);
            proofs.c = multiples(path, &proofs.c, &scalars, COEFFICIENT_BITS);
        }
        let mut pairs: Vec<_> = proofs.a.into_iter().zip(proofs.b).collect();
        for circuit in [Circuit::Spend, Circuit::Output] {
            let key = self.key(circuit);
            let mut scalars = vec![Fr::zero(); circuit.public_inputs() + 1];
            let mut c_sum = G1Projective::ZERO;
            for ((claim, c), coefficient) in claims.iter().zip(&proofs.c).zip(&coefficients) {
                if claim.circuit != circuit {
                    continue;
                }
                let coefficient = Fr::from(*coefficient);
                scalars[0] += coefficient;
                for (sum, input) in scalars[1..].iter_mut().zip(&claim.inputs) {
                    *sum += *input * coefficient;
                }
                c_sum += c;
            }
            // No proof of this circuit: coefficients are not 0, and too small to add up to the modulus.
            if scalars[0].is_zero() {
                continue;
            }
            // The coefficients' sum times alpha as the last.
            scalars.push(scalars[0]);
            let mut points = key.gamma_abc_g1.clone();
            points.push(key.alpha_g1);
            let scalars: Vec<BigInt<4>> = scalars.into_iter().map(Fr::into_bigint).collect();
            let mut products = multiples(path, &points, &scalars, Fr::MODULUS_BIT_SIZE as usize);
            let alpha = products.pop().expect("alpha was the last");
            let inputs: G1Projective = products.iter().sum();
            pairs.push((-alpha, key.beta_g2));
            pairs.push(((-inputs).into_affine(), key.gamma_g2));
            pairs.push(((-c_sum).into_affine(), key.delta_g2));
        }
        pairings_cancel(path, &pairs)
    }
}

/// The points of many proofs.
struct Proofs {
    a: Vec<G1Affine>,
    b: Vec<G2Affine>,
    c: Vec<G1Affine>,
}

/// What [`read_proof`] reads, of many proofs. The error is the index of the first that is none.
fn read_proofs(claims: &[ProofClaim]) -> Result<Proofs, usize> {
    let path = Path::best();
    let part = |at: usize| move |claim: &ProofClaim| claim.proof[at..at + 32].try_into().expect("32 bytes");
    let a_and_c: Vec<[u8; 32]> = claims.iter().map(part(0)).chain(claims.iter().map(part(96))).collect();
    let b: Vec<[u8; 64]> =
        claims.iter().map(|claim| claim.proof[32..96].try_into().expect("64 bytes")).collect();
    let mut a = read_g1(path, &a_and_c);
    let (b, c) = (read_g2(path, &b), a.split_off(claims.len()));
    let good = |i: &usize| a[*i].is_some() && b[*i].is_some() && c[*i].is_some();
    match (0..claims.len()).find(|i| !good(i)) {
        Some(bad) => Err(bad),
        None => Ok(Proofs {
            a: a.into_iter().flatten().collect(),
            b: b.into_iter().flatten().collect(),
            c: c.into_iter().flatten().collect(),
        }),
    }
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
