//! Sums for shared machines.

use crate::groth16::point::Collision;
use crate::groth16::steady::{Digits, Steady, Sum};
use crate::tests::support::rng;
use ark_bn254::{Fq, g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand, Zero};
use sero_bn254::coordinate::Coordinate;
use sero_lanes::checked::Checked;
use sero_lanes::{Lanes, Path};
use sero_shielded::field::Field;

fn scalars(count: usize) -> Vec<Field> {
    let mut scalars = vec![Field::zero(), Field::one(), -Field::one(), Field::from(2u8), -Field::from(2u8)];
    for bit in [1u64, 3, 4, 5, 63, 64, 65, 127, 128, 250, 252, 253] {
        let power = Field::from(2u8).pow([bit]);
        scalars.extend([power, power - Field::one(), power + Field::one(), -power]);
    }
    let mut rng = rng(80);
    while scalars.len() < count {
        scalars.push(Field::rand(&mut rng));
    }
    scalars
}

fn agrees<P: SWCurveConfig<ScalarField = Field>>()
where
    P::BaseField: Coordinate,
{
    let mut rng = rng(81);
    let mut points: Vec<Affine<P>> = (0..90).map(|_| Projective::<P>::rand(&mut rng).into_affine()).collect();
    for identity in [0, 17, 89] {
        points[identity] = Affine::identity();
    }
    let scalars = scalars(points.len());
    // One by one, so that every scalar is seen alone, and together.
    let mut ranges: Vec<_> = (0..points.len()).map(|i| i..i + 1).collect();
    ranges.extend([0..0, 0..8, 3..12, 0..90]);
    for path in Path::all() {
        for range in &ranges {
            let (points, scalars) = (&points[range.clone()], &scalars[range.clone()]);
            let expected: Projective<P> =
                points.iter().zip(scalars).map(|(point, scalar)| *point * scalar).sum();
            let bases = Steady::new(path, points).expect("points of the group");
            let digits = Digits::new(scalars);
            let quick = path.run(Sum { bases: &bases, scalars: &digits });
            assert_eq!(quick, Ok(expected), "{} {range:?}", path.name());
            assert_eq!(bases.multiply_slowly(&digits), expected, "{} {range:?}", path.name());
        }
    }
    let bases = Steady::new(Path::portable(), &points).expect("points of the group");
    let digits = Digits::new(&scalars);
    let checked = Checked.enter(Sum { bases: &bases, scalars: &digits });
    assert_eq!(checked, Ok(bases.multiply_slowly(&digits)));
}

#[test]
fn agrees_in_g1() {
    agrees::<g1::Config>();
}

#[test]
fn agrees_in_g2() {
    agrees::<g2::Config>();
}

/// As the prover multiplies `A` by its blinding.
#[test]
fn multiplies_one_point() {
    let mut rng = rng(84);
    for path in Path::all() {
        let bases = Steady::<g1::Config>::new(path, &[]).expect("no points");
        for scalar in scalars(60) {
            let point = Projective::<g1::Config>::rand(&mut rng);
            assert_eq!(bases.times(&point, &scalar), point * scalar, "{}", path.name());
            assert!(bases.times(&Projective::zero(), &scalar).is_zero());
        }
        let mut half = Projective::<g1::Config>::rand(&mut rng).into_affine();
        half.y = Fq::ZERO;
        let half = Projective::from(half);
        assert_eq!(bases.times(&half, &Field::from(2u8)), half * Field::from(2u8));
    }
}

/// Equal columns are added slowly, and rightly.
#[test]
fn collisions_are_noticed() {
    let point = Projective::<g1::Config>::rand(&mut rng(82)).into_affine();
    let points = vec![point; 20];
    let scalars = vec![Field::from(5u8); 20];
    for path in Path::all() {
        let bases = Steady::new(path, &points).expect("points of the group");
        let digits = Digits::new(&scalars);
        assert_eq!(path.run(Sum { bases: &bases, scalars: &digits }), Err(Collision));
        assert_eq!(bases.multiply(&digits), point * Field::from(100u8));
    }
}

#[test]
fn no_bases_of_points_of_order_two() {
    let mut points: Vec<_> =
        (0..9).map(|_| Projective::<g1::Config>::rand(&mut rng(83)).into_affine()).collect();
    assert!(Steady::new(Path::portable(), &points).is_some());
    points[5].y = Fq::ZERO;
    assert!(Steady::new(Path::portable(), &points).is_none());
}
