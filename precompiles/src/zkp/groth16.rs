//! Any Groth16 proof over BN254 under any key, in Ethereum's encoding.
//!
//! The key is the caller's, so it is checked as the chain's own keys are when
//! they are loaded: points on their curves and in their subgroups, no identity,
//! no two of beta, gamma and delta equal or opposite, one IC more than inputs, no
//! two of them equal or opposite.

use super::{Answer, GROTH16_INPUTS_MAX, count, field, refusal};
use alloy_primitives::{Bytes, U256};
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::CurveGroup;
use ark_ec::pairing::Pairing;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, One, PrimeField};
use sero_primitives::precompile::abi::IZkp as abi;

const WORD: usize = 32;
const G1_LEN: usize = 2 * WORD;
const G2_LEN: usize = 4 * WORD;
/// alpha, beta, gamma, delta and the IC that goes with no input.
const KEY_LEN_MIN: usize = G1_LEN + 3 * G2_LEN + G1_LEN;
/// Bytes of a proof.
pub const PROOF_LEN: usize = 2 * G1_LEN + G2_LEN;

/// Bytes of a key for this many inputs.
pub const fn key_len(inputs: usize) -> usize {
    KEY_LEN_MIN + inputs * G1_LEN
}

/// Bounds the work of [`verify`] before any of it is paid for.
pub fn check_count(inputs: &[U256]) -> Answer<()> {
    count("inputs", inputs.len(), 0, GROTH16_INPUTS_MAX)
}

/// Whether `e(A, B) = e(alpha, beta) e(IC_0 + sum x_i IC_i, gamma) e(C, delta)`.
pub fn verify(key: &[u8], inputs: &[U256], proof: &[u8]) -> Answer<bool> {
    let inputs: Vec<Fr> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| field("inputs", index, *input))
        .collect::<Result<_, _>>()?;
    let key_len = key_len(inputs.len());
    if key.len() != key_len {
        let reason = format!("has {} bytes, {} inputs need {key_len}", key.len(), inputs.len());
        return Err(bad_key(reason));
    }
    if proof.len() != PROOF_LEN {
        return Err(bad_proof(format!("has {} bytes, not {PROOF_LEN}", proof.len())));
    }
    let mut points = Words(key);
    let alpha = points.g1().map_err(|error| bad_key(format!("alpha1 {error}")))?;
    let mut g2 = |name: &str| points.g2().map_err(|error| bad_key(format!("{name} {error}")));
    let (beta, gamma, delta) = (g2("beta2")?, g2("gamma2")?, g2("delta2")?);
    for (a, b, reason) in [
        (gamma, delta, "gamma2 is delta2 or its negative"),
        (beta, gamma, "beta2 is gamma2 or its negative"),
        (beta, delta, "beta2 is delta2 or its negative"),
    ] {
        if a.x == b.x {
            return Err(bad_key(reason.into()));
        }
    }
    let ic = (0..=inputs.len())
        .map(|index| points.g1().map_err(|error| bad_key(format!("IC[{index}] {error}"))))
        .collect::<Answer<Vec<_>>>()?;
    check_distinct(&ic)?;
    let mut points = Words(proof);
    let a = points.g1().map_err(|error| bad_proof(format!("A {error}")))?;
    let b = points.g2().map_err(|error| bad_proof(format!("B {error}")))?;
    let c = points.g1().map_err(|error| bad_proof(format!("C {error}")))?;
    let sum = weighted_sum(&ic[1..], &inputs) + ic[0];
    let left = [a, -alpha, (-sum).into_affine(), -c];
    Ok(Bn254::multi_pairing(left, [b, beta, gamma, delta]).0.is_one())
}

/// With `IC[i] = +-IC[j]` a proof for `x_i, x_j` is one for `x_i + t, x_j -+ t` too.
fn check_distinct(ic: &[G1Affine]) -> Answer<()> {
    let mut order: Vec<usize> = (0..ic.len()).collect();
    order.sort_by_key(|index| (ic[*index].x, *index));
    match order.windows(2).find(|pair| ic[pair[0]].x == ic[pair[1]].x) {
        Some(pair) => Err(bad_key(format!("IC[{}] is IC[{}] or its negative", pair[1], pair[0]))),
        None => Ok(()),
    }
}

/// Bits of a signed digit: odd, and below 16 in size.
const DIGIT_BITS: usize = 5;
/// Odd multiples of a point that digits name: 1, 3, .., 15.
const MULTIPLES: usize = 1 << (DIGIT_BITS - 2);

/// `sum scalars[i] * points[i]`. All scalars share the doublings (Straus), and
/// have a non-zero digit in every fifth place at most.
fn weighted_sum(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    let tables: Vec<[G1Projective; MULTIPLES]> = points
        .iter()
        .map(|point| {
            let double = G1Projective::from(*point).double();
            let mut next = G1Projective::from(*point);
            core::array::from_fn(|_| {
                let multiple = next;
                next += double;
                multiple
            })
        })
        .collect();
    let digits: Vec<Vec<i64>> = scalars
        .iter()
        .map(|scalar| scalar.into_bigint().find_wnaf(DIGIT_BITS).expect("a window of 2 to 63 bits"))
        .collect();
    let length = digits.iter().map(Vec::len).max().unwrap_or_default();
    let mut sum = G1Projective::ZERO;
    for place in (0..length).rev() {
        sum.double_in_place();
        for (digits, table) in digits.iter().zip(&tables) {
            let digit = digits.get(place).copied().unwrap_or_default();
            let multiple = || table[digit.unsigned_abs() as usize / 2];
            match digit {
                0 => {}
                1.. => sum += multiple(),
                _ => sum -= multiple(),
            }
        }
    }
    sum
}

fn bad_key(reason: String) -> Bytes {
    refusal(abi::InvalidKey { reason })
}

fn bad_proof(reason: String) -> Bytes {
    refusal(abi::InvalidProof { reason })
}

/// What is left of a list of 32-byte words whose length was checked.
struct Words<'a>(&'a [u8]);

/// Why words are not a point.
type Reason = &'static str;

impl Words<'_> {
    /// An element of the base field.
    fn coordinate(&mut self) -> Result<Fq, Reason> {
        let (word, rest) = self.0.split_first_chunk::<WORD>().ok_or("is cut short")?;
        self.0 = rest;
        let limb = |i: usize| u64::from_be_bytes(*word[8 * i..].first_chunk().expect("4 limbs of 8 bytes"));
        Fq::from_bigint(BigInt([limb(3), limb(2), limb(1), limb(0)])).ok_or("has a coordinate at or above p")
    }

    fn g1(&mut self) -> Result<G1Affine, Reason> {
        let (x, y) = (self.coordinate()?, self.coordinate()?);
        let point = G1Affine::new_unchecked(x, y);
        // (0, 0) stands for the identity and is not on the curve. G1 has prime order.
        if x == Fq::from(0u8) && y == Fq::from(0u8) {
            return Err("is the identity");
        }
        if point.is_on_curve() { Ok(point) } else { Err("is not on the curve") }
    }

    fn g2(&mut self) -> Result<G2Affine, Reason> {
        let mut pair = || -> Result<Fq2, Reason> {
            let imaginary = self.coordinate()?;
            Ok(Fq2::new(self.coordinate()?, imaginary))
        };
        let (x, y) = (pair()?, pair()?);
        let point = G2Affine::new_unchecked(x, y);
        let zero = Fq2::new(Fq::from(0u8), Fq::from(0u8));
        if x == zero && y == zero {
            return Err("is the identity");
        }
        if !point.is_on_curve() {
            return Err("is not on the curve");
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err("is not in the subgroup of order r");
        }
        Ok(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use sero_shielded::hash::hash_to_field;

    #[test]
    fn weighted_sums_are_sums_of_products() {
        let number = |i: usize, n: usize| hash_to_field("test", &[&i.to_be_bytes(), &n.to_be_bytes()]);
        let edges = [0u64, 1, 2, 15, 16, 17, 31, 32].map(Fr::from);
        let edges: Vec<Fr> = edges.iter().flat_map(|edge| [*edge, -*edge]).collect();
        for n in (0..20).chain([64]) {
            let points: Vec<G1Affine> =
                (0..n).map(|i| (G1Affine::generator() * number(i, 0)).into_affine()).collect();
            let random: Vec<Fr> = (0..n).map(|i| number(i, 1)).collect();
            let edgy: Vec<Fr> = edges.iter().cycle().take(n).copied().collect();
            // Equal and opposite points meet in the exceptional cases of addition.
            let mut equal = points.clone();
            equal.iter_mut().skip(1).step_by(2).for_each(|point| *point = points[0]);
            equal.iter_mut().skip(2).step_by(4).for_each(|point| *point = -points[0]);
            for points in [&points, &equal] {
                for scalars in [&random, &edgy, &vec![Fr::from(7u8); n]] {
                    let plain = points.iter().zip(scalars).map(|(p, s)| *p * s).sum::<G1Projective>();
                    assert_eq!(weighted_sum(points, scalars), plain);
                }
            }
        }
    }
}
