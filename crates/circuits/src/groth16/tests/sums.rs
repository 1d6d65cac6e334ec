//! Additions in bulk, lane by lane; digits; multiples.

use crate::groth16::digits::{Sorted, Windows};
use crate::groth16::point::{Collision, Points, Step, add_all};
use crate::groth16::table::MultiplesOf;
use crate::groth16::wiped::Wiped;
use crate::tests::support::rng;
use ark_bn254::{g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup as _, BigInteger, Field as _, One, PrimeField, UniformRand, Zero};
use sero_bn254::coordinate::{Coordinate, Packed};
use sero_lanes::checked::Checked;
use sero_lanes::{Job, Lanes, MOST, Mask, Path};
use sero_shielded::field::Field;

/// Adds the points of two lists, place by place; `None` where there is no point.
struct Sums<'a, P: SWCurveConfig> {
    left: &'a [Option<Affine<P>>],
    right: &'a [Option<Affine<P>>],
}

impl<P: SWCurveConfig> Job for Sums<'_, P>
where
    P::BaseField: Coordinate,
{
    type Output = Result<Vec<Option<Affine<P>>>, Collision>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        // Where there is no point, coordinates that have no chord with the other's.
        let vectors = |points: &[Option<Affine<P>>], others: &[Option<Affine<P>>]| -> Vec<_> {
            let mut vectors = Vec::new();
            for (points, others) in points.chunks(V::COUNT).zip(others.chunks(V::COUNT)) {
                let (mut x, mut y, mut present) = ([P::BaseField::ZERO; MOST], [P::BaseField::ZERO; MOST], 0);
                for (lane, (point, other)) in points.iter().zip(others).enumerate() {
                    let shown = point.or(*other).unwrap_or_else(Affine::identity);
                    (x[lane], y[lane]) = (shown.x, shown.y);
                    present |= Mask::from(point.is_some()) << lane;
                }
                let x = <P::BaseField as Coordinate>::Packed::import(v, &x[..V::COUNT]);
                let y = <P::BaseField as Coordinate>::Packed::import(v, &y[..V::COUNT]);
                vectors.push(Points { x, y, present });
            }
            vectors
        };
        let (mut left, right) = (vectors(self.left, self.right), vectors(self.right, self.left));
        let mut steps = Wiped::with_blank(left.len(), Step::blank(left[0]));
        add_all::<V, P::BaseField>(v, &mut left, right.as_slice(), &mut steps)?;
        let mut sums = Vec::new();
        for points in left {
            let (mut x, mut y) = ([P::BaseField::ZERO; MOST], [P::BaseField::ZERO; MOST]);
            points.x.export(v, &mut x[..V::COUNT]);
            points.y.export(v, &mut y[..V::COUNT]);
            for lane in 0..V::COUNT {
                let is_there = points.present >> lane & 1 == 1;
                sums.push(is_there.then(|| Affine::new_unchecked(x[lane], y[lane])));
            }
        }
        Ok(sums)
    }
}

fn on_all_paths<P: SWCurveConfig>(
    left: &[Option<Affine<P>>],
    right: &[Option<Affine<P>>],
    expected: &Result<Vec<Option<Affine<P>>>, Collision>,
    what: &str,
) where
    P::BaseField: Coordinate,
{
    for path in Path::all() {
        let found = path.run(Sums { left, right });
        assert!(found == *expected, "{what}, {} places, path {}", left.len(), path.name());
    }
    assert!(Checked.enter(Sums { left, right }) == *expected, "{what}, {} places, checked", left.len());
}

fn additions<P: SWCurveConfig>(seed: u8)
where
    P::BaseField: Coordinate,
{
    let mut rng = rng(seed);
    let mut point = || Projective::<P>::rand(&mut rng).into_affine();
    for count in [8, 16, 24, 40] {
        // All four kinds of places, in changing lanes.
        let left: Vec<_> = (0..count).map(|i| (i % 5 != 0).then(&mut point)).collect();
        let right: Vec<_> = (0..count).map(|i| (i % 3 != 1).then(&mut point)).collect();
        let sum = |(a, b): (&Option<Affine<P>>, &Option<Affine<P>>)| match (a, b) {
            (Some(a), Some(b)) => Some((*a + b).into_affine()),
            (one, other) => one.or(*other),
        };
        let expected = Ok(left.iter().zip(&right).map(sum).collect());
        on_all_paths(&left, &right, &expected, "sums");
        let none = vec![None; count];
        on_all_paths(&left, &none, &Ok(left.clone()), "nothing to the right");
        on_all_paths(&none, &right, &Ok(right.clone()), "nothing to the left");
        // One pair without a chord, anywhere.
        for place in 0..count {
            let Some(there) = left[place] else { continue };
            for (what, planted) in [("equal", there), ("opposite", -there)] {
                let mut other = right.clone();
                other[place] = Some(planted);
                on_all_paths(&left, &other, &Err(Collision), &format!("{what} at {place}"));
            }
        }
    }
}

#[test]
fn additions_in_g1() {
    additions::<g1::Config>(56);
}

#[test]
fn additions_in_g2() {
    additions::<g2::Config>(57);
}

/// The digits of every scalar add up to it and are no larger than there are buckets, for every width.
#[test]
fn digits_add_up() {
    let mut rng = rng(58);
    let half = Field::from(2u8).inverse().expect("not 0");
    for width in 5..=16 {
        let windows = Windows { width, stride: 1 };
        let two = Field::from(2u8);
        let mut scalars = vec![Field::zero(), Field::one(), half, half - Field::one(), half + Field::one()];
        for bit in 0..254 {
            let power = two.pow([bit]);
            scalars.extend([power, power - Field::one(), power + Field::one()]);
        }
        // In every window half of its range, and one more, which carries all along.
        let in_every_window = |digit: u64| {
            (0..253 / width as u64).map(|i| Field::from(digit) * two.pow([i * width as u64])).sum::<Field>()
        };
        for digit in [1 << (width - 1), (1 << (width - 1)) + 1, (1 << width) - 1] {
            scalars.push(in_every_window(digit));
        }
        scalars.extend((0..50).map(|_| Field::rand(&mut rng)));
        let negated: Vec<Field> = scalars.iter().map(|scalar| -*scalar).collect();
        scalars.extend(negated);

        let sorted = Sorted::new(windows, &scalars);
        let mut sums = vec![Field::zero(); scalars.len()];
        assert_eq!(sorted.buckets().count(), windows.buckets());
        for (bucket, entries) in sorted.buckets().enumerate() {
            for entry in entries {
                assert!(entry.window() < windows.count(), "width {width}");
                let weight = two.pow([(width * entry.window()) as u64]) * Field::from(bucket as u64 + 1);
                sums[entry.scalar()] += if entry.negative() { -weight } else { weight };
            }
        }
        for (scalar, sum) in scalars.iter().zip(&sums) {
            assert_eq!(scalar, sum, "width {width}, {} bits", scalar.into_bigint().num_bits());
        }
    }
}

/// Every path gives every multiple, and doubling keeps to the bounds.
fn multiples<P: SWCurveConfig<ScalarField = Field>>(seed: u8)
where
    P::BaseField: Coordinate,
{
    let mut rng = rng(seed);
    let points: Vec<_> = (0..13).map(|_| Projective::<P>::rand(&mut rng).into_affine()).collect();
    for (count, stride) in [(1, 1), (7, 1), (8, 4), (9, 3), (13, 1)] {
        let (windows, points) = (Windows { width: 16, stride }, &points[..count]);
        let limbs = |element: ark_bn254::Fq| element.0.0;
        let expected: Vec<[u64; 4]> = (0..windows.columns())
            .flat_map(|column| {
                let factor = Field::from(2u8).pow([(16 * stride * column) as u64]);
                points.iter().map(move |point| (*point * factor).into_affine())
            })
            .flat_map(|point| [point.x, point.y])
            .flat_map(|c| c.to_base_prime_field_elements().map(limbs).collect::<Vec<_>>())
            .collect();
        let portable = Path::portable().run(MultiplesOf { windows, points }).expect("points of odd order");
        assert!(portable.iter().flat_map(|pair| pair.0).eq(expected.iter().copied()), "{count} points");
        assert!(Checked.enter(MultiplesOf { windows, points }) == Some(portable), "{count} points, checked");
    }
}

#[test]
fn multiples_in_g1() {
    multiples::<g1::Config>(59);
}

#[test]
fn multiples_in_g2() {
    multiples::<g2::Config>(67);
}
