use super::{g1_points, rng};
use crate::multiples;
use crate::multiples::Multiples;
use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, One, PrimeField, UniformRand, Zero};
use sero_lanes::checked::Checked;
use sero_lanes::{Lanes, Path};

#[test]
fn agrees_with_arkworks() {
    let mut rng = rng(1);
    let mut points = g1_points(&mut rng, 70);
    let mut scalars: Vec<BigInt<4>> = (0..70).map(|_| Fr::rand(&mut rng).into_bigint()).collect();
    (points[3], points[4]) = (G1Affine::zero(), G1Affine::generator());
    scalars[..8].copy_from_slice(
        &[
            Fr::zero(),
            Fr::one(),
            -Fr::one(),
            Fr::from(2u8),
            Fr::from(15u8),
            Fr::from(16u8),
            -Fr::from(2u8),
            -Fr::from(16u8),
        ]
        .map(|scalar| scalar.into_bigint()),
    );
    for path in Path::all() {
        for bits in [1, 4, 128, 130, 254] {
            for count in [0, 1, 7, 8, 9, 32, 33, 70] {
                let found = multiples(path, &points[..count], &scalars[..count], bits);
                // Whole digits count.
                let low = |scalar: &BigInt<4>| -> BigInt<4> {
                    let kept = bits.next_multiple_of(4).min(256);
                    BigInt(core::array::from_fn(|i| match kept.saturating_sub(64 * i) {
                        0 => 0,
                        64.. => scalar.0[i],
                        some => scalar.0[i] & ((1 << some) - 1),
                    }))
                };
                let expected: Vec<G1Affine> = points[..count]
                    .iter()
                    .zip(&scalars)
                    .map(|(point, scalar)| point.mul_bigint(low(scalar)).into_affine())
                    .collect();
                assert_eq!(found, expected, "{} {bits} {count}", path.name());
            }
        }
    }
}

#[test]
fn keeps_to_the_bounds() {
    let points = g1_points(&mut rng(2), 2);
    let scalars = [(-Fr::one()).into_bigint(), Fr::from(77u8).into_bigint()];
    let job = || Multiples { points: &points, scalars: &scalars, bits: 254 };
    assert_eq!(
        crate::multiples::affine(Checked.enter(job())).collect::<Vec<_>>(),
        multiples(Path::portable(), &points, &scalars, 254)
    );
}
