use super::{cofactor, g1_points, g2_points, rng, small_point, twist_point};
use crate::decode::{Belong, ExtensionRoots, Roots, root};
use crate::{read_g1, read_g2};
use ark_bn254::{Config, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::bn::BnConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::RngCore;
use num_bigint::BigInt;
use num_integer::Integer;
use sero_lanes::checked::Checked;
use sero_lanes::{Lanes, Path};

fn encoded<const LEN: usize>(point: &impl CanonicalSerialize) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    point.serialize_compressed(&mut bytes[..]).unwrap();
    bytes
}

/// What arkworks reads, writes again the same, and is not the identity.
fn by_arkworks<C: SWCurveConfig, const LEN: usize>(bytes: &[u8; LEN]) -> Option<Affine<C>> {
    let point = Affine::<C>::deserialize_compressed(&bytes[..]).ok()?;
    (!point.is_zero() && encoded::<LEN>(&point) == *bytes).then_some(point)
}

/// Good and bad encodings, each with every combination of flags.
fn with_flags<const LEN: usize>(encodings: Vec<[u8; LEN]>) -> Vec<[u8; LEN]> {
    let flagged = |bytes: [u8; LEN]| {
        (0..4u8).map(move |flags| {
            let mut bytes = bytes;
            bytes[LEN - 1] = bytes[LEN - 1] & 0x3f | flags << 6;
            bytes
        })
    };
    encodings.into_iter().flat_map(flagged).collect()
}

fn number(value: impl PrimeField) -> [u8; 32] {
    value.into_bigint().to_bytes_le()[..32].try_into().unwrap()
}

/// `q + k`, which stands for `k` and is not canonical.
fn above(k: Fq) -> [u8; 32] {
    let mut value = k.into_bigint();
    value.add_with_carry(&Fq::MODULUS);
    value.to_bytes_le().try_into().unwrap()
}

fn strange_numbers(rng: &mut impl RngCore) -> Vec<[u8; 32]> {
    let mut all: Vec<[u8; 32]> = (0..20u8).map(|k| number(Fq::from(k))).collect();
    all.extend((1..6u8).map(|k| number(-Fq::from(k))));
    all.extend((0..6u8).map(|k| above(Fq::from(k))));
    all.push([0xff; 32]);
    all.push([0x3f; 32]);
    for _ in 0..40 {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        all.push(bytes);
    }
    all
}

#[test]
fn g1_is_read_as_arkworks_reads_it() {
    let mut rng = rng(11);
    let mut encodings = strange_numbers(&mut rng);
    encodings.extend(g1_points(&mut rng, 40).iter().map(encoded::<32>));
    encodings.push(encoded(&G1Affine::zero()));
    let encodings = with_flags(encodings);
    let expected: Vec<Option<G1Affine>> = encodings.iter().map(by_arkworks).collect();
    assert!(expected.iter().flatten().count() > 100 && expected.contains(&None));
    for path in Path::all() {
        assert_eq!(read_g1(path, &encodings), expected, "{}", path.name());
        // The end of a group is as good as its start.
        for count in [0, 1, 5, 8, 9, 33] {
            assert_eq!(read_g1(path, &encodings[..count]), expected[..count]);
        }
    }
}

#[test]
fn g2_is_read_as_arkworks_reads_it() {
    let mut rng = rng(12);
    let numbers = strange_numbers(&mut rng);
    let mut encodings: Vec<[u8; 64]> = Vec::new();
    let pair = |a: &[u8; 32], b: &[u8; 32]| -> [u8; 64] { [*a, *b].concat().try_into().unwrap() };
    for (i, a) in numbers.iter().enumerate() {
        encodings.push(pair(a, &numbers[(7 * i + 3) % numbers.len()]));
        encodings.push(pair(a, &[0; 32]));
        encodings.push(pair(&[0; 32], a));
    }
    for point in g2_points(&mut rng, 40) {
        encodings.push(encoded(&point));
        // The same point, but for a number that is not canonical.
        encodings.push(pair(&above(point.x.c0), &number(point.x.c1)));
        encodings.push(pair(&number(point.x.c0), &above(point.x.c1)));
    }
    encodings.extend((0..10).map(|_| encoded::<64>(&twist_point(&mut rng))));
    encodings.push(encoded(&G2Affine::zero()));
    let encodings = with_flags(encodings);
    let expected: Vec<Option<G2Affine>> = encodings.iter().map(by_arkworks).collect();
    assert!(expected.iter().flatten().count() >= 80 && expected.contains(&None));
    for path in Path::all() {
        assert_eq!(read_g2(path, &encodings), expected, "{}", path.name());
        for count in [0, 1, 5, 8, 9, 33] {
            assert_eq!(
                read_g2(path, &encodings[encodings.len() - 200..][..count]),
                expected[encodings.len() - 200..][..count]
            );
        }
    }
}

/// Squares of every kind have their root found: real ones whose root is real or imaginary, and any others.
#[test]
fn roots_in_the_extension() {
    let mut rng = rng(13);
    let mut squares: Vec<Fq2> = (0..50).map(|_| Fq2::rand(&mut rng).square()).collect();
    squares.extend((0..9).map(|_| Fq2::new(Fq::rand(&mut rng).square(), Fq::ZERO)));
    // With an imaginary root none need be found: arkworks is asked.
    let imaginary: Vec<Fq2> = (0..9).map(|_| Fq2::new(-Fq::rand(&mut rng).square(), Fq::ZERO)).collect();
    for path in Path::all() {
        for (candidates, square) in path.run(ExtensionRoots(&squares)).iter().zip(&squares) {
            assert!(candidates.iter().any(|root| root.square() == *square), "{}", path.name());
        }
        for (candidates, square) in path.run(ExtensionRoots(&imaginary)).iter().zip(&imaginary) {
            assert_eq!(root(square, *candidates).map(|root| root.square()), Some(*square), "{}", path.name());
        }
    }
}

/// Every sum of a point of G2 and one of the other part of the twist is refused, whatever the order of the other.
#[test]
fn points_outside_g2_are_refused() {
    let mut rng = rng(14);
    let small = small_point(&mut rng);
    let good = g2_points(&mut rng, 9);
    let mut points = vec![small, -small, (small + small).into_affine()];
    points.extend(good.iter().map(|point| (*point + small).into_affine()));
    points.extend((2..40u64).map(|k| small.mul_bigint([k * k * k]).into_affine()));
    let r = Fr::MODULUS;
    points.extend((0..9).map(|_| twist_point(&mut rng).mul_bigint(r).into_affine()));
    points.extend((0..9).map(|_| twist_point(&mut rng)));
    points.retain(|point| !point.is_zero());
    let bad = points.len();
    points.extend(&good);
    points.extend(twist_multiples(&mut rng));
    for path in Path::all() {
        let belong = path.run(Belong(&points));
        for (i, (found, point)) in belong.iter().zip(&points).enumerate() {
            assert_eq!(*found, point.is_in_correct_subgroup_assuming_on_curve(), "{} {i}", path.name());
            assert_eq!(*found, i >= bad, "{} {i}", path.name());
        }
    }
}

/// Points of the twist times the cofactor are in G2.
fn twist_multiples(rng: &mut ark_std::rand::rngs::StdRng) -> Vec<G2Affine> {
    (0..9).map(|_| twist_point(rng).mul_bigint(cofactor()).into_affine()).collect()
}

/// The numbers behind [`Belong`]: `eta(q)` is a multiple of `r`, and the norm of `eta` has no factor of the cofactor.
#[test]
fn eta_vanishes_on_g2_alone() {
    let whole =
        |limbs: &[u64]| -> BigInt { limbs.iter().rev().fold(0.into(), |n: BigInt, limb| (n << 64) + limb) };
    let (z, q, r) = (whole(Config::X), whole(&Fq::MODULUS.0), whole(&Fr::MODULUS.0));
    let (t, cofactor) = (&q + 1 - &r, whole(cofactor()));
    assert_eq!(cofactor, &q * 2 - &r);
    let eta: BigInt = &z + 1 + &z * &q + &z * &q * &q - &z * 2 * &q * &q * &q;
    assert_eq!(eta % &r, 0.into());
    // psi^2 = t psi - q, and psi^3 = (t^2 - q) psi - t q.
    let a: BigInt = &z + 1 - &z * &q + &z * 2 * &t * &q;
    let b: BigInt = &z + &z * &t - &z * 2 * (&t * &t - &q);
    let norm: BigInt = &a * &a + &a * &b * &t + &b * &b * &q;
    assert_eq!(norm.gcd(&cofactor), 1.into());
}

#[test]
fn keeps_to_the_bounds() {
    let mut rng = rng(15);
    let real: Vec<Fq> = (0..3).map(|_| Fq::rand(&mut rng)).collect();
    assert_eq!(Checked.enter(Roots(&real)), Path::portable().run(Roots(&real)));
    let extension: Vec<Fq2> = (0..3).map(|_| Fq2::rand(&mut rng)).collect();
    assert_eq!(Checked.enter(ExtensionRoots(&extension)), Path::portable().run(ExtensionRoots(&extension)));
    let points = [g2_points(&mut rng, 1)[0], twist_point(&mut rng)];
    assert_eq!(Checked.enter(Belong(&points)), [true, false]);
}
