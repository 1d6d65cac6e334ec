//! Multi-scalar multiplication, its tree and the transforms, at their edges.

use crate::groth16::digits::{Sorted, Windows};
use crate::groth16::field::Coordinate;
use crate::groth16::point::{Point, Scratch, add_pairs, double_all};
use crate::groth16::table::Table;
use crate::groth16::transform::{Transforms, bit_reversed};
use crate::groth16::tree::Tree;
use crate::tests::support::rng;
use ark_bn254::{g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_std::rand::{Rng, rngs::StdRng};
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
    for width in [5, 8, 11, 13] {
        let windows = Windows { width };
        let sum = Table::new(windows, points).multiply(&Sorted::new(windows, scalars));
        assert_eq!(sum, expected, "{what}, width {width}");
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
    let many = vec![bases[0]; 9000];
    let windows = Windows { width: 13 };
    let ones = vec![Field::one(); 9000];
    let sum = Table::new(windows, &many).multiply(&Sorted::new(windows, &ones));
    assert_eq!(sum, bases[0] * Field::from(9000u64));
}

/// Planted collisions, pair by pair: equal, opposite, identity on either side or both.
#[test]
fn pairs_with_collisions() {
    let mut rng = rng(53);
    let fresh = points::<g1::Config>(&mut rng, 4);
    let [p, q] = [fresh[0], fresh[1]];
    let o = Affine::<g1::Config>::identity();
    let cases = [(p, q), (p, p), (p, -p), (p, o), (o, p), (o, o), (q, p), (-q, -q), (fresh[2], fresh[3])];
    // Every case beside every other, in one inversion.
    for turn in 0..cases.len() {
        let mut pairs = cases.to_vec();
        pairs.rotate_left(turn);
        let mut line: Vec<_> =
            pairs.iter().flat_map(|(a, b)| [Point::from_affine(a), Point::from_affine(b)]).collect();
        let left: Vec<u32> = (0..pairs.len() as u32).map(|i| 2 * i).collect();
        add_pairs(&mut line, &left, 1, &mut Scratch::new(0));
        for (i, (a, b)) in pairs.iter().enumerate() {
            assert_eq!(line[2 * i].into_affine::<g1::Config>(), (*a + *b).into_affine(), "case {i}");
        }
    }
    // A point with x = 0 is not the identity. The formulas do not ask whether it is on the curve.
    let strange = Point { x: ark_bn254::Fq::ZERO, y: ark_bn254::Fq::ONE };
    assert!(!strange.is_identity());
    let mut line = [strange, Point::from_affine(&p)];
    add_pairs(&mut line, &[0], 1, &mut Scratch::new(0));
    let slope = (p.y - strange.y) / p.x;
    assert_eq!(line[0].x, slope.square() - p.x);
    let mut line = [Point::from_affine(&p), Point::IDENTITY, Point::from_affine(&q)];
    double_all(&mut line, &mut Scratch::new(0));
    let doubled = [(p + p).into_affine(), o, (q + q).into_affine()];
    assert_eq!(line.map(|point| point.into_affine::<g1::Config>()), doubled);
}

/// A run whose sums collide in later rounds: `p, 2p, 3p, 0p, ...`.
#[test]
fn a_tree_of_collisions() {
    let mut rng = rng(54);
    let p = points::<g1::Config>(&mut rng, 1)[0];
    for factors in [
        vec![1i64, 2, 3],
        vec![1, 1, 2, 0],
        vec![1, 2, 2, 1, -3, -3],
        vec![1, -1, 1, -1, 5],
        vec![0, 0, 0, 4],
    ] {
        let mut tree = Tree::new(factors.len() + 1, 3);
        for factor in &factors {
            let magnitude = Field::from(factor.unsigned_abs());
            let point = (p * if *factor < 0 { -magnitude } else { magnitude }).into_affine();
            tree.push(1, Point::from_affine(&point));
        }
        tree.push(2, Point::from_affine(&p));
        let sums = tree.finish(3);
        let total: i64 = factors.iter().sum();
        assert!(total >= 0);
        assert_eq!(sums[1].into_affine::<g1::Config>(), (p * Field::from(total as u64)).into_affine());
        assert!(sums[0].is_identity() && sums[2] == Point::from_affine(&p));
    }
}

#[test]
fn transforms_agree_with_arkworks() {
    let mut rng = rng(55);
    for log in [1, 2, 5, 10] {
        let n = 1usize << log;
        let ours = Transforms::new(n).expect("a domain");
        assert_eq!(ours.size(), n);
        let domain = Radix2EvaluationDomain::<Field>::new(n).expect("a domain");
        let double = Radix2EvaluationDomain::<Field>::new(2 * n).expect("a domain");
        let coset = domain.get_coset(double.group_gen).expect("a coset");
        let mut product: Vec<Field> = (0..2 * n).map(|_| Field::rand(&mut rng)).collect();
        let upper = product[n..].to_vec();
        let low: Vec<Field> = product[..n].to_vec();
        let mut values = domain.fft(&low);
        ours.to_coset(&mut values);
        assert!(values == coset.fft(&low));
        double.fft_in_place(&mut product);
        let mut on_domain: Vec<Field> = product.iter().copied().step_by(2).collect();
        let mut on_coset: Vec<Field> = product.iter().copied().skip(1).step_by(2).collect();
        ours.upper_half(&mut on_domain, &mut on_coset);
        assert!(on_domain == bit_reversed(&upper), "size {n}");
    }
}
