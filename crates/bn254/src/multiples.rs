//! Multiples of many points of G1.

use crate::complete::{Curve, Point};
use crate::coordinate::Packed;
use ark_bn254::{Fq, G1Affine, g1};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{AdditiveGroup, BigInt, One};
use rayon::prelude::*;
use sero_lanes::{Job, Lanes, MOST, Pair, Path, invert_all};

/// Bits of a digit.
const WIDTH: usize = 4;
const DIGITS: usize = 1 << WIDTH;
/// Points that one task takes.
const TASK: usize = 4 * MOST;

/// `scalars[i] points[i]`, for scalars below `2^bits`, whose lower bits alone count. The time follows from the number of
/// points and from `bits`.
pub fn multiples(path: Path, points: &[G1Affine], scalars: &[BigInt<4>], bits: usize) -> Vec<G1Affine> {
    assert_eq!(points.len(), scalars.len(), "one scalar for every point");
    let tasks = points.par_chunks(TASK).zip(scalars.par_chunks(TASK));
    tasks.flat_map_iter(|(points, scalars)| affine(path.run(Multiples { points, scalars, bits }))).collect()
}

pub(crate) fn affine(points: Vec<[Fq; 3]>) -> impl Iterator<Item = G1Affine> {
    let mut inverses: Vec<Fq> =
        points.iter().map(|[_, _, z]| if *z == Fq::ZERO { Fq::one() } else { *z }).collect();
    invert_all(&mut inverses).expect("no zero is left");
    points.into_iter().zip(inverses).map(|([x, y, z], inverse)| {
        if z == Fq::ZERO { G1Affine::zero() } else { G1Affine::new_unchecked(x * inverse, y * inverse) }
    })
}

pub(crate) struct Multiples<'a> {
    pub(crate) points: &'a [G1Affine],
    pub(crate) scalars: &'a [BigInt<4>],
    pub(crate) bits: usize,
}

/// The bits `WIDTH window` and up.
fn digit(scalar: &BigInt<4>, window: usize) -> usize {
    let bit = window * WIDTH;
    (scalar.0[bit / 64] >> (bit % 64)) as usize % DIGITS
}

impl Job for Multiples<'_> {
    type Output = Vec<[Fq; 3]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let curve = Curve::<V, Fq>::new(v, g1::Config::COEFF_B);
        let mut table = [Pair::default(); 2 * DIGITS * MOST];
        let mut all = Vec::with_capacity(self.points.len());
        for (points, scalars) in self.points.chunks(V::COUNT).zip(self.scalars.chunks(V::COUNT)) {
            let point = import(v, &curve, points);
            let mut multiple = curve.identity();
            for rows in table.chunks_exact_mut(2 * MOST) {
                let mut pairs = [[Pair::default(); MOST]; 2];
                Packed::scatter(v, [multiple.x, multiple.y], &mut pairs);
                rows[..MOST].copy_from_slice(&pairs[0]);
                Packed::scatter(v, [multiple.z, multiple.z], &mut pairs);
                rows[MOST..].copy_from_slice(&pairs[0]);
                multiple = curve.add(v, multiple, point);
            }
            let mut sum = curve.identity();
            for window in (0..self.bits.div_ceil(WIDTH)).rev() {
                for _ in 0..WIDTH {
                    sum = curve.double(v, sum);
                }
                let mut indices = [0; MOST];
                for (lane, index) in indices.iter_mut().enumerate() {
                    let digit = scalars.get(lane).map_or(0, |scalar| digit(scalar, window));
                    *index = 2 * MOST * digit + lane;
                }
                let [x, y] = Packed::gather(v, &table, &indices);
                for index in &mut indices {
                    *index += MOST;
                }
                let [z, _] = Packed::gather(v, &table, &indices);
                sum = curve.add(v, sum, Point { x, y, z });
            }
            let [mut x, mut y, mut z] = [[Fq::ZERO; MOST]; 3];
            sum.x.export(v, &mut x);
            sum.y.export(v, &mut y);
            sum.z.export(v, &mut z);
            for ((x, y), z) in x.iter().zip(&y).zip(&z).take(points.len()) {
                all.push([*x, *y, *z]);
            }
        }
        all
    }
}

/// Points that may be the identity.
#[inline(always)]
fn import<V: Lanes>(v: V, curve: &Curve<V, Fq>, points: &[G1Affine]) -> Point<V, Fq> {
    let (mut x, mut y, mut present) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST], 0);
    for (lane, point) in points.iter().enumerate() {
        (x[lane], y[lane]) = (point.x, point.y);
        present |= u8::from(!point.is_zero()) << lane;
    }
    Point::select(v, present, curve.import(v, &x, &y), curve.identity())
}
