//! Every path against arkworks, with points of every kind.

mod decoding;
mod multiplying;
mod pairing;

use ark_bn254::{Fq2, G1Affine, G2Affine, g2};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::UniformRand;
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn g1_points(rng: &mut StdRng, count: usize) -> Vec<G1Affine> {
    (0..count).map(|_| G1Affine::rand(rng)).collect()
}

fn g2_points(rng: &mut StdRng, count: usize) -> Vec<G2Affine> {
    (0..count).map(|_| G2Affine::rand(rng)).collect()
}

/// A point of the twist, outside G2.
fn twist_point(rng: &mut StdRng) -> G2Affine {
    loop {
        let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(rng), true) else { continue };
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return point;
        }
    }
}

/// `2 q - r`, the order of the other part of the twist, and its smallest factor.
fn cofactor() -> &'static [u64] {
    <g2::Config as ark_ec::CurveConfig>::COFACTOR
}
const SMALL_FACTOR: u64 = 10_069;

/// A point whose order is the smallest that there is on the twist.
fn small_point(rng: &mut StdRng) -> G2Affine {
    // cofactor / 10,069
    let mut quotient = [0u64; 4];
    let mut rest = 0u128;
    for i in (0..4).rev() {
        let value = rest << 64 | u128::from(cofactor()[i]);
        quotient[i] = u64::try_from(value / u128::from(SMALL_FACTOR)).expect("a digit");
        rest = value % u128::from(SMALL_FACTOR);
    }
    assert_eq!(rest, 0);
    loop {
        let other = twist_point(rng).mul_bigint(<ark_bn254::Fr as ark_ff::PrimeField>::MODULUS).into_affine();
        let point = other.mul_bigint(quotient).into_affine();
        if !point.is_zero() {
            assert!(point.mul_bigint([SMALL_FACTOR]).into_affine().is_zero());
            return point;
        }
    }
}
