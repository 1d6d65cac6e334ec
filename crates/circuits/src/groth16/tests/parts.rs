//! Multi-scalar multiplication, its tree and the transforms, at their edges.

use crate::groth16::digits::{Sorted, Windows};
use crate::groth16::point::Collision;
use crate::groth16::table::{Multiply, Table};
use crate::groth16::transform::{Transforms, UpperHalf, bit_reversed};
use crate::tests::support::rng;
use ark_bn254::{Fq, g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup as _, Field as _, One, UniformRand, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_std::rand::{Rng, rngs::StdRng};
use sero_bn254::coordinate::Coordinate;
use sero_lanes::checked::Checked;
use sero_lanes::{Lanes, Path};
use sero_shielded::field::Field;

fn points<P: SWCurveConfig>(rng: &mut StdRng, count: usize) -> Vec<Affine<P>> {
    (0..count).map(|_| Projective::<P>::rand(rng).into_affine()).collect()
}

/// Scalar by scalar, with arkworks' own multiplication.
fn naive<P: SWCurveConfig<ScalarField = Field>>(points: &[Affine<P>], scalars: &[Field]) -> Projective<P> {
    points.iter().zip(scalars).map(|(point, scalar)| *point * scalar).sum()
}

fn agrees<P: SWCurveConfig<ScalarField = Field>>(what: &str, points: &[Affine<P>], scalars: &[Field])
where
    P::BaseField: Coordinate,
{
    let expected = naive(points, scalars);
    for (width, stride) in [(5, 1), (8, 4), (11, 1), (12, 3), (13, 1)] {
        let windows = Windows { width, stride };
        let sorted = Sorted::new(windows, scalars);
        for path in Path::all() {
            let table = Table::new(path, windows, points).expect("points of odd order");
            assert_eq!(table.multiply(&sorted), expected, "{what}, width {width}, path {}", path.name());
            assert_eq!(table.multiply_slowly(&sorted), expected, "{what}, width {width}, slowly");
        }
        // Packed as on the portable path.
        let table = Table::new(Path::portable(), windows, points).expect("points of odd order");
        let checked = Checked.enter(Multiply { table: &table, scalars: &sorted });
        assert!(checked.is_err() || checked == Ok(expected), "{what}, width {width}, checked");
    }
}

fn edge_scalars() -> Vec<Field> {
    let mut edges = vec![Field::zero(), Field::one(), -Field::one(), Field::from(2u8), -Field::from(2u8)];
    let half = Field::from(2u8).inverse().expect("not 0");
    edges.extend([half, half - Field::one(), half + Field::one()]);
    for bit in [4, 5, 12, 13, 63, 64, 127, 128, 252, 253] {
        let power = Field::from(2u8).pow([bit]);
        edges.extend([power, power - Field::one(), power + Field::one(), -power]);
    }
    edges
}

fn multiplication_agrees<P: SWCurveConfig<ScalarField = Field>>(seed: u8)
where
    P::BaseField: Coordinate,
{
    let mut rng = rng(seed);
    let count = 60;
    let bases = points::<P>(&mut rng, count);
    let random: Vec<Field> = (0..count).map(|_| Field::rand(&mut rng)).collect();
    agrees("random", &bases, &random);
    agrees("all zero", &bases, &vec![Field::zero(); count]);
    agrees("all one", &bases, &vec![Field::one(); count]);
    agrees("all r - 1", &bases, &vec![-Field::one(); count]);
    let bits: Vec<Field> = (0..count).map(|_| Field::from(rng.r#gen::<bool>())).collect();
    agrees("bits", &bases, &bits);
    let edges = edge_scalars();
    agrees("edges", &points::<P>(&mut rng, edges.len()), &edges);
    agrees::<P>("none", &[], &[]);

    // The same digits everywhere, so that equal and opposite points meet in every bucket.
    let same = vec![random[0]; count];
    agrees("one point, one scalar", &vec![bases[0]; count], &same);
    let opposite: Vec<Affine<P>> =
        (0..count).map(|i| if i % 2 == 0 { bases[0] } else { -bases[0] }).collect();
    agrees("opposite points", &opposite, &same);
    agrees("opposite points, odd", &opposite[1..], &same[1..]);
    let doubled: Vec<Affine<P>> = (0..count)
        .map(|i| if i < 2 { bases[0] } else { (opposite[i - 1] + opposite[i - 2]).into_affine() })
        .collect();
    agrees("two and identities", &doubled, &same);
    let mut gaps = bases.clone();
    gaps.iter_mut().step_by(3).for_each(|point| *point = Affine::identity());
    agrees("identities in the query", &gaps, &random);
    agrees("nothing but identities", &vec![Affine::<P>::identity(); count], &random);
    // Multiples of one point: sums of some pairs equal other points.
    let chain: Vec<Affine<P>> =
        (0..count).map(|i| (bases[0] * Field::from(i as u64)).into_affine()).collect();
    agrees("multiples of one point", &chain, &same);
}

#[test]
fn multiplication_agrees_in_g1() {
    multiplication_agrees::<g1::Config>(50);
}

#[test]
fn multiplication_agrees_in_g2() {
    multiplication_agrees::<g2::Config>(51);
}

/// More entries than a block holds, and few buckets, so that runs go over many blocks.
#[test]
fn long_runs_and_many_blocks() {
    let mut rng = rng(52);
    let bases = points::<g1::Config>(&mut rng, 700);
    let random: Vec<Field> = bases.iter().map(|_| Field::rand(&mut rng)).collect();
    agrees("many blocks", &bases, &random);
    agrees("one scalar", &bases, &vec![random[0]; 700]);
    let many: Vec<_> = (0..9000).map(|i| bases[i % 700]).collect();
    let ones = vec![Field::one(); 9000];
    agrees("a crowded bucket with collisions", &many, &ones);
    let bits: Vec<Field> = (0..700u64).map(|i| Field::from(i % 7 / 6 * i)).collect();
    agrees("two crowded buckets", &bases, &ones[..700]);
    agrees("few buckets", &bases, &bits);
}

/// A damaged key is refused, wherever the point is.
#[test]
fn no_table_of_points_of_order_two() {
    let mut rng = rng(54);
    let fresh = points::<g1::Config>(&mut rng, 30);
    for path in Path::all() {
        for (width, stride) in [(5, 1), (8, 4)] {
            let windows = Windows { width, stride };
            assert!(Table::new(path, windows, &fresh).is_some());
            for bad in [0, 7, 29] {
                let mut points = fresh.clone();
                points[bad].y = Fq::ZERO;
                assert!(Table::new(path, windows, &points).is_none(), "{} {bad}", path.name());
            }
        }
    }
}

/// Equal and opposite points that meet are noticed by every path, and nothing else is.
#[test]
fn collisions_are_noticed() {
    let mut rng = rng(53);
    let fresh = points::<g1::Config>(&mut rng, 40);
    let windows = Windows { width: 5, stride: 1 };
    let verdict = |points: &[Affine<g1::Config>], scalars: &[Field], path: Path| {
        let table = Table::new(path, windows, points).expect("points of odd order");
        path.run(Multiply { table: &table, scalars: &Sorted::new(windows, scalars) })
    };
    for path in Path::all() {
        let ones = vec![Field::one(); fresh.len()];
        assert!(verdict(&fresh, &ones, path).is_ok());
        for (planted, sign) in [(fresh[0], 1), (-fresh[0], -1)] {
            let mut both = fresh.clone();
            both[1] = planted;
            assert_eq!(verdict(&both, &ones, path), Err(Collision), "{} {sign}", path.name());
            // In different buckets they do not meet.
            let mut apart = ones.clone();
            apart[1] = Field::from(3u8);
            let expected: Projective<_> = naive(&both, &apart);
            assert_eq!(verdict(&both, &apart, path), Ok(expected));
        }
    }
}

#[test]
fn the_upper_half_of_a_product() {
    let mut rng = rng(55);
    for log in [6, 7, 10, 12] {
        let n = 1usize << log;
        let domain = Radix2EvaluationDomain::<Field>::new(n).expect("a domain");
        let double = Radix2EvaluationDomain::<Field>::new(2 * n).expect("a domain");
        let edges = [Field::zero(), Field::one(), -Field::one()];
        let factors: [Vec<Field>; 2] =
            [(0..n).map(|_| Field::rand(&mut rng)).collect(), (0..n).map(|i| edges[i % 3]).collect()];
        let [a, b] = factors.each_ref().map(|values| double.fft(&domain.ifft(values)));
        let product: Vec<Field> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
        let expected = bit_reversed(&double.ifft(&product)[n..]);
        for path in Path::all() {
            let ours = Transforms::new(path, n - 3).expect("a domain");
            assert_eq!(ours.size(), n);
            assert!(*ours.upper_half(&factors[0], &factors[1]) == *expected, "size {n}, {}", path.name());
        }
        let ours = Transforms::new(Path::portable(), n).expect("a domain");
        let checked = UpperHalf { transforms: &ours, a: &factors[0], b: &factors[1] };
        assert!(*Checked.enter(checked) == *expected, "size {n}, checked");
    }
    // What is missing is zero.
    let ours = Transforms::new(Path::best(), 100).expect("a domain");
    assert_eq!(ours.size(), 128);
    let (a, b) = (vec![Field::from(3u8); 90], vec![Field::from(5u8); 70]);
    let mut full = [a.clone(), b.clone()];
    full.iter_mut().for_each(|values| values.resize(128, Field::zero()));
    assert!(*ours.upper_half(&a, &b) == *ours.upper_half(&full[0], &full[1]));
}
