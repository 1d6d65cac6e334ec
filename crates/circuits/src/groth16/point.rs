//! Affine points in bulk: the batch operations under the multi-scalar
//! multiplication. A vectorised field would replace [`add_pairs`] and
//! [`double_all`] and nothing above them.

use super::field::Coordinate;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use zeroize::Zeroize;

/// An affine point of a curve `y^2 = x^3 + b` with `b` not 0; `(0, 0)`, which is
/// on no such curve, stands for the identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point<F> {
    pub x: F,
    pub y: F,
}

impl<F: Coordinate> Point<F> {
    pub const IDENTITY: Self = Point { x: F::ZERO, y: F::ZERO };

    pub fn is_identity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    pub fn negated(self) -> Self {
        Point { x: self.x, y: -self.y }
    }

    pub fn from_affine<P: SWCurveConfig<BaseField = F>>(point: &Affine<P>) -> Self {
        point.xy().map_or(Self::IDENTITY, |(x, y)| Point { x, y })
    }

    pub fn into_affine<P: SWCurveConfig<BaseField = F>>(self) -> Affine<P> {
        if self.is_identity() { Affine::identity() } else { Affine::new_unchecked(self.x, self.y) }
    }

    /// The point with slope `slope` through `self` that is not `self` or
    /// `other_x`, negated.
    #[inline(always)]
    fn meet(&self, other_x: &F, slope: &F) -> Self {
        let x = slope.squared().minus(&self.x).minus(other_x);
        let y = self.x.minus(&x).times(slope).minus(&self.y);
        Point { x, y }
    }
}

impl<F: Zeroize> Zeroize for Point<F> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

/// `x2 - x1`, the denominator of a chord, unless the sum may be anything else than by a chord.
#[inline(always)]
fn chord<F: Coordinate>(p: &Point<F>, q: &Point<F>) -> Option<F> {
    let run = q.x.minus(&p.x);
    // The first two are needed, not sufficient, for an identity.
    if p.x.is_zero() || q.x.is_zero() || run.is_zero() { None } else { Some(run) }
}

/// How two points are added that [`chord`] leaves to look at.
enum Sum<F> {
    /// By the chord after all; the denominator is `x2 - x1`.
    Chord(F),
    /// Equal points: by the tangent; the denominator is `2 y`.
    Tangent(F),
    /// Without a division.
    Known(Point<F>),
}

impl<F: Coordinate> Sum<F> {
    fn of(p: &Point<F>, q: &Point<F>) -> Self {
        if p.is_identity() {
            Sum::Known(*q)
        } else if q.is_identity() {
            Sum::Known(*p)
        } else if p.x != q.x {
            Sum::Chord(q.x - p.x)
        } else if p.y == q.y && !p.y.is_zero() {
            Sum::Tangent(p.y.double())
        } else {
            Sum::Known(Point::IDENTITY)
        }
    }

    #[cold]
    fn denominator(p: &Point<F>, q: &Point<F>) -> F {
        match Self::of(p, q) {
            Sum::Chord(denominator) | Sum::Tangent(denominator) => denominator,
            Sum::Known(_) => F::ONE,
        }
    }

    /// The sum, given the denominator's inverse.
    #[cold]
    fn finish(p: &Point<F>, q: &Point<F>, inverse: &F) -> Point<F> {
        match Self::of(p, q) {
            Sum::Chord(_) => p.meet(&q.x, &(q.y - p.y).times(inverse)),
            Sum::Tangent(_) => p.meet(&p.x, &triple_square(&p.x).times(inverse)),
            Sum::Known(point) => point,
        }
    }
}

#[inline]
fn triple_square<F: Coordinate>(x: &F) -> F {
    let square = x.squared();
    square.double() + square
}

/// Independent chains of products. One chain would wait for each
/// multiplication before it starts the next.
const CHAINS: usize = 4;

/// Buffer of the shared inversions; wiped on drop.
pub struct Scratch<F: Coordinate> {
    /// What its chain had come to before each element.
    products: Vec<F>,
}

impl<F: Coordinate> Scratch<F> {
    /// For calls with at most `capacity` sums.
    pub fn new(capacity: usize) -> Self {
        Scratch { products: Vec::with_capacity(capacity) }
    }
}

impl<F: Coordinate> Drop for Scratch<F> {
    fn drop(&mut self) {
        self.products.zeroize();
    }
}

/// `points[i] += points[i + stride]` for every `i` of `pairs`. All these places are different.
pub fn add_pairs<F: Coordinate>(
    points: &mut [Point<F>],
    pairs: &[u32],
    stride: usize,
    scratch: &mut Scratch<F>,
) {
    scratch.products.clear();
    let mut chains = [F::ONE; CHAINS];
    for (i, left) in pairs.iter().enumerate() {
        let (p, q) = (&points[*left as usize], &points[*left as usize + stride]);
        let denominator = chord(p, q).unwrap_or_else(|| Sum::denominator(p, q));
        let chain = &mut chains[i % CHAINS];
        scratch.products.push(*chain);
        *chain = chain.times(&denominator);
    }
    invert(&mut chains);
    for (i, (left, before)) in pairs.iter().zip(&scratch.products).enumerate().rev() {
        let left = *left as usize;
        let (p, q) = (&points[left], &points[left + stride]);
        let chain = &mut chains[i % CHAINS];
        let inverse = chain.times(before);
        if let Some(run) = chord(p, q) {
            *chain = chain.times(&run);
            points[left] = p.meet(&q.x, &q.y.minus(&p.y).times(&inverse));
        } else {
            *chain = chain.times(&Sum::denominator(p, q));
            points[left] = Sum::finish(p, q, &inverse);
        }
    }
}

/// Doubles every point.
pub fn double_all<F: Coordinate>(points: &mut [Point<F>], scratch: &mut Scratch<F>) {
    // The identity, and a point of order 2 if there were one, gives the identity.
    let denominator = |y: &F| if y.is_zero() { F::ONE } else { y.double() };
    scratch.products.clear();
    let mut chains = [F::ONE; CHAINS];
    for (i, point) in points.iter().enumerate() {
        let chain = &mut chains[i % CHAINS];
        scratch.products.push(*chain);
        *chain = chain.times(&denominator(&point.y));
    }
    invert(&mut chains);
    for (i, point) in points.iter_mut().enumerate().rev() {
        let chain = &mut chains[i % CHAINS];
        let inverse = chain.times(&scratch.products[i]);
        *chain = chain.times(&denominator(&point.y));
        *point = if point.y.is_zero() {
            Point::IDENTITY
        } else {
            point.meet(&point.x, &triple_square(&point.x).times(&inverse))
        };
    }
}

/// Inverts elements that are not 0.
fn invert<F: Coordinate>(chains: &mut [F; CHAINS]) {
    let mut before = [F::ONE; CHAINS];
    let mut product = F::ONE;
    for (before, chain) in before.iter_mut().zip(chains.iter()) {
        *before = product;
        product *= chain;
    }
    let mut inverse = product.inverse().expect("a product of denominators that are not zero");
    for (before, chain) in before.iter().zip(chains.iter_mut()).rev() {
        let own = inverse * before;
        inverse *= &*chain;
        *chain = own;
    }
}
