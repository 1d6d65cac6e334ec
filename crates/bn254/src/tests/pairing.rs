use super::{g1_points, g2_points, rng};
use crate::pairing::MillerLoop;
use crate::{miller_loop, pairings_cancel};
use ark_bn254::{Bn254, Fq12, Fr, G1Affine, G2Affine};
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, UniformRand};
use sero_lanes::checked::Checked;
use sero_lanes::{Lanes, Path};

fn pairs(seed: u64, count: usize) -> Vec<(G1Affine, G2Affine)> {
    let mut rng = rng(seed);
    let first = g1_points(&mut rng, count);
    first.into_iter().zip(g2_points(&mut rng, count)).collect()
}

fn finished(product: Fq12) -> Fq12 {
    Bn254::final_exponentiation(MillerLoopOutput(product)).unwrap().0
}

#[test]
fn products_are_those_of_arkworks() {
    let all = pairs(21, 70);
    for count in [0, 1, 2, 7, 8, 9, 33, 70] {
        let some = &all[..count];
        let expected = Bn254::multi_pairing(some.iter().map(|pair| pair.0), some.iter().map(|pair| pair.1)).0;
        for path in Path::all() {
            assert_eq!(finished(miller_loop(path, some)), expected, "{} {count}", path.name());
        }
    }
}

#[test]
fn generators_and_identities() {
    let (g, h) = (G1Affine::generator(), G2Affine::generator());
    let expected = Bn254::pairing(g, h).0;
    for path in Path::all() {
        let with_identities = [(G1Affine::zero(), h), (g, h), (g, G2Affine::zero())];
        assert_eq!(finished(miller_loop(path, &with_identities)), expected);
        assert!(pairings_cancel(path, &[]));
        assert!(pairings_cancel(path, &with_identities[..1]));
        assert!(!pairings_cancel(path, &with_identities));
    }
}

/// `e(a G, b H) = e(G, H)^(a b)`, in any company.
#[test]
fn exactly_what_cancels_cancels() {
    let mut rng = rng(22);
    let (g, h) = (G1Affine::generator(), G2Affine::generator());
    let mut all = Vec::new();
    let mut sum = Fr::from(0u8);
    for _ in 0..19 {
        let (a, b) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
        sum += a * b;
        all.push(((g * a).into_affine(), (h * b).into_affine()));
    }
    all.push(((g * -sum).into_affine(), h));
    for path in Path::all() {
        assert!(pairings_cancel(path, &all), "{}", path.name());
        for i in 0..all.len() {
            let mut changed = all.clone();
            changed[i].0 = (changed[i].0 + g).into_affine();
            assert!(!pairings_cancel(path, &changed), "{} {i}", path.name());
            changed[i] = (all[i].0, -all[i].1);
            assert!(!pairings_cancel(path, &changed), "{} {i}", path.name());
            let mut fewer = all.clone();
            let _ = fewer.swap_remove(i);
            assert!(!pairings_cancel(path, &fewer), "{} {i}", path.name());
        }
    }
}

#[test]
fn keeps_to_the_bounds() {
    let all = pairs(23, 3);
    let expected = finished(Path::portable().run(MillerLoop(&all)));
    assert_eq!(finished(Checked.enter(MillerLoop(&all))), expected);
    assert_ne!(expected, Fq12::one());
}
