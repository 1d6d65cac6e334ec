//! Every operation against arkworks', over random and extreme limbs.

use crate::groth16::field::{Coordinate, minus, plus, times};
use crate::tests::support::rng;
use ark_bn254::{Fq, Fq2, Fr};
use ark_ff::{AdditiveGroup, BigInt, Field, One, PrimeField, UniformRand};

/// 0, 1, q - 1, halves, powers of two, and numbers whose Montgomery form is near 0, near `q` or
/// has full limbs.
fn elements() -> Vec<Fq> {
    let mut rng = rng(70);
    let mut all = vec![Fq::ZERO, Fq::one(), -Fq::one(), Fq::from(2u8), -Fq::from(2u8)];
    all.push(Fq::from(2u8).inverse().expect("not 0"));
    let q = Fq::MODULUS.0;
    let limbs = [
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [q[0] - 1, q[1], q[2], q[3]],
        [q[0] - 2, q[1], q[2], q[3]],
        [u64::MAX, u64::MAX, u64::MAX, q[3] - 1],
        [u64::MAX, u64::MAX, 0, 0],
        [0, u64::MAX, u64::MAX, q[3] - 1],
        [u64::MAX, 0, 0, q[3]],
        [0, 0, 0, q[3]],
    ];
    all.extend(limbs.map(|limbs| Fq::new_unchecked(BigInt(limbs))));
    all.extend((0..20).map(|_| Fq::rand(&mut rng)));
    all
}

#[test]
fn agrees_in_the_base_field() {
    let all = elements();
    for a in &all {
        assert_eq!(a.squared(), a.square());
        for b in &all {
            assert_eq!(plus(a, b), *a + b, "{a} {b}");
            assert_eq!(a.times(b), *a * b, "{a} {b}");
            assert_eq!(a.minus(b), *a - b, "{a} {b}");
        }
    }
}

#[test]
fn agrees_in_the_scalar_field() {
    let r = Fr::MODULUS.0;
    let all: Vec<Fr> = elements()
        .iter()
        .map(|element| if element.0 < Fr::MODULUS { element.0.0 } else { [r[0] - 1, r[1], r[2], r[3]] })
        .map(|limbs| Fr::new_unchecked(BigInt(limbs)))
        .collect();
    for a in &all {
        for b in &all {
            assert_eq!(times(a, b), *a * b, "{a} {b}");
            assert_eq!(plus(a, b), *a + b, "{a} {b}");
            assert_eq!(minus(a, b), *a - b, "{a} {b}");
        }
    }
}

#[test]
fn agrees_in_the_extension() {
    let all = elements();
    let pairs: Vec<Fq2> = all.iter().flat_map(|a| all.iter().map(|b| Fq2::new(*a, *b))).collect();
    for a in &pairs {
        assert_eq!(a.squared(), a.square());
    }
    for a in &pairs {
        for b in pairs.iter().step_by(7) {
            assert_eq!(a.times(b), *a * b, "{a} {b}");
            assert_eq!(a.minus(b), *a - b, "{a} {b}");
        }
    }
}
