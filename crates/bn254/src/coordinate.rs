//! Coordinates of curve points: elements of BN254's base field (G1) or of its quadratic extension
//! by `i` with `i^2 = -1` (G2), and several of them at once.

use ark_bn254::{Fq, Fq2, FqConfig};
use ark_ff::{AdditiveGroup as _, Field};
use sero_lanes::{Lanes, MOST, Mask, Pair, Part, inverse, times};
use zeroize::Zeroize;

/// One coordinate.
pub trait Coordinate: Field<BasePrimeField = Fq> + Zeroize {
    /// Pairs of a packed point: `x, y`, or `x0, x1` and `y0, y1`.
    const PAIRS: usize;

    /// As many as the path has lanes.
    type Packed<V: Lanes>: Packed<V, Self>;

    /// `1 / self`; `None` for 0.
    fn inverted(&self) -> Option<Self>;
}

/// One coordinate in each lane; which are tight and which loose is said in [`Lanes`].
pub trait Packed<V: Lanes, F>: Copy + Send + Sync {
    /// The same in every lane. Tight.
    fn splat(v: V, coordinate: &F) -> Self;
    /// Lane by lane, and 0 where they are fewer. Tight.
    fn import(v: V, coordinates: &[F]) -> Self;
    /// Writes the first lanes, as many as fit. Of a loose one.
    fn export(self, v: V, coordinates: &mut [F]);
    /// Of loose ones. Tight.
    fn times(self, v: V, other: Self) -> Self;
    /// The same, by a call if it is long: see [`Lanes::apart`].
    fn times_apart(self, v: V, other: Self) -> Self;
    /// Of a tight one. Tight.
    fn squared(self, v: V) -> Self;
    /// Of tight ones. Loose.
    fn sum(self, v: V, other: Self) -> Self;
    /// Of tight ones. Loose.
    fn difference(self, v: V, other: Self) -> Self;
    /// Of tight ones. Tight.
    fn plus(self, v: V, other: Self) -> Self;
    /// Of tight ones. Tight.
    fn minus(self, v: V, other: Self) -> Self;
    /// The same, by a call if it is long.
    fn squared_apart(self, v: V) -> Self;
    /// `self^2 - a - b` of tight ones. Tight.
    fn squared_minus(self, v: V, a: Self, b: Self) -> Self;
    /// `self * other - a`, the last one tight. Tight.
    fn times_minus(self, v: V, other: Self, a: Self) -> Self;
    /// `a` in the lanes of `mask`, `b` in the others.
    fn select(v: V, mask: Mask, a: Self, b: Self) -> Self;
    /// Both coordinates of the points at `indices`.
    fn gather(v: V, points: &[Pair], indices: &[usize; MOST]) -> [Self; 2];
    /// Packs points, lane by lane.
    fn scatter(v: V, point: [Self; 2], out: &mut [[Pair; MOST]; 2]);
}

impl Coordinate for Fq {
    const PAIRS: usize = 1;
    type Packed<V: Lanes> = One<V>;

    fn inverted(&self) -> Option<Self> {
        inverse(self)
    }
}

impl Coordinate for Fq2 {
    const PAIRS: usize = 2;
    type Packed<V: Lanes> = Two<V>;

    fn inverted(&self) -> Option<Self> {
        let norm = inverse(&(times(&self.c0, &self.c0) + times(&self.c1, &self.c1)))?;
        Some(Fq2::new(times(&self.c0, &norm), -times(&self.c1, &norm)))
    }
}

/// Elements of the base field.
#[derive(Clone, Copy)]
pub struct One<V: Lanes>(pub(crate) V::Number<FqConfig>);

impl<V: Lanes> Packed<V, Fq> for One<V> {
    #[inline(always)]
    fn splat(v: V, coordinate: &Fq) -> Self {
        One(v.splat(coordinate))
    }

    #[inline(always)]
    fn import(v: V, coordinates: &[Fq]) -> Self {
        One(v.import(coordinates))
    }

    #[inline(always)]
    fn export(self, v: V, coordinates: &mut [Fq]) {
        v.export(self.0, coordinates);
    }

    #[inline(always)]
    fn times(self, v: V, other: Self) -> Self {
        One(v.times(self.0, other.0))
    }

    #[inline(always)]
    fn times_apart(self, v: V, other: Self) -> Self {
        self.times(v, other)
    }

    #[inline(always)]
    fn squared(self, v: V) -> Self {
        One(v.squared(self.0))
    }

    #[inline(always)]
    fn squared_apart(self, v: V) -> Self {
        self.squared(v)
    }

    #[inline(always)]
    fn sum(self, v: V, other: Self) -> Self {
        One(v.sum(self.0, other.0))
    }

    #[inline(always)]
    fn difference(self, v: V, other: Self) -> Self {
        One(v.difference(self.0, other.0))
    }

    #[inline(always)]
    fn plus(self, v: V, other: Self) -> Self {
        One(v.plus(self.0, other.0))
    }

    #[inline(always)]
    fn minus(self, v: V, other: Self) -> Self {
        One(v.minus(self.0, other.0))
    }

    #[inline(always)]
    fn squared_minus(self, v: V, a: Self, b: Self) -> Self {
        One(v.minus_both(v.squared(self.0), a.0, b.0))
    }

    #[inline(always)]
    fn times_minus(self, v: V, other: Self, a: Self) -> Self {
        One(v.times_minus(self.0, other.0, a.0))
    }

    #[inline(always)]
    fn select(v: V, mask: Mask, a: Self, b: Self) -> Self {
        One(v.select(mask, a.0, b.0))
    }

    #[inline(always)]
    fn gather(v: V, points: &[Pair], indices: &[usize; MOST]) -> [Self; 2] {
        let [x, y] = v.gather(points, indices);
        [One(x), One(y)]
    }

    #[inline(always)]
    fn scatter(v: V, [x, y]: [Self; 2], out: &mut [[Pair; MOST]; 2]) {
        out[0] = v.scatter([x.0, y.0]);
    }
}

/// Elements of the extension.
#[derive(Clone, Copy)]
pub struct Two<V: Lanes>(pub(crate) [V::Number<FqConfig>; 2]);

struct Product<V: Lanes>(Two<V>, Two<V>);

impl<V: Lanes> Part<V> for Product<V> {
    type Output = Two<V>;

    #[inline(always)]
    fn run(self, v: V) -> Two<V> {
        self.0.times(v, self.1)
    }
}

struct Square<V: Lanes>(Two<V>);

impl<V: Lanes> Part<V> for Square<V> {
    type Output = Two<V>;

    #[inline(always)]
    fn run(self, v: V) -> Two<V> {
        self.0.squared(v)
    }
}

impl<V: Lanes> Packed<V, Fq2> for Two<V> {
    #[inline(always)]
    fn splat(v: V, coordinate: &Fq2) -> Self {
        Two([v.splat(&coordinate.c0), v.splat(&coordinate.c1)])
    }

    #[inline(always)]
    fn import(v: V, coordinates: &[Fq2]) -> Self {
        let mut parts = [[Fq::ZERO; MOST]; 2];
        for (lane, coordinate) in coordinates.iter().take(V::COUNT).enumerate() {
            (parts[0][lane], parts[1][lane]) = (coordinate.c0, coordinate.c1);
        }
        Two([v.import(&parts[0]), v.import(&parts[1])])
    }

    #[inline(always)]
    fn export(self, v: V, coordinates: &mut [Fq2]) {
        let mut parts = [[Fq::ZERO; MOST]; 2];
        v.export(self.0[0], &mut parts[0]);
        v.export(self.0[1], &mut parts[1]);
        for (lane, coordinate) in coordinates.iter_mut().take(V::COUNT).enumerate() {
            *coordinate = Fq2::new(parts[0][lane], parts[1][lane]);
        }
    }

    #[inline(always)]
    fn times(self, v: V, other: Self) -> Self {
        Two(v.times_extension(self.0, other.0))
    }

    #[inline(always)]
    fn times_apart(self, v: V, other: Self) -> Self {
        v.apart(Product(self, other))
    }

    #[inline(always)]
    fn squared(self, v: V) -> Self {
        Two(v.squared_extension(self.0))
    }

    #[inline(always)]
    fn squared_apart(self, v: V) -> Self {
        v.apart(Square(self))
    }

    #[inline(always)]
    fn sum(self, v: V, other: Self) -> Self {
        Two([v.sum(self.0[0], other.0[0]), v.sum(self.0[1], other.0[1])])
    }

    #[inline(always)]
    fn difference(self, v: V, other: Self) -> Self {
        Two([v.difference(self.0[0], other.0[0]), v.difference(self.0[1], other.0[1])])
    }

    #[inline(always)]
    fn plus(self, v: V, other: Self) -> Self {
        Two([v.plus(self.0[0], other.0[0]), v.plus(self.0[1], other.0[1])])
    }

    #[inline(always)]
    fn minus(self, v: V, other: Self) -> Self {
        Two([v.minus(self.0[0], other.0[0]), v.minus(self.0[1], other.0[1])])
    }

    #[inline(always)]
    fn squared_minus(self, v: V, a: Self, b: Self) -> Self {
        let square = v.squared_extension(self.0);
        Two([v.minus_both(square[0], a.0[0], b.0[0]), v.minus_both(square[1], a.0[1], b.0[1])])
    }

    #[inline(always)]
    fn times_minus(self, v: V, other: Self, a: Self) -> Self {
        self.times(v, other).minus(v, a)
    }

    #[inline(always)]
    fn select(v: V, mask: Mask, a: Self, b: Self) -> Self {
        Two([v.select(mask, a.0[0], b.0[0]), v.select(mask, a.0[1], b.0[1])])
    }

    #[inline(always)]
    fn gather(v: V, points: &[Pair], indices: &[usize; MOST]) -> [Self; 2] {
        let (mut of_x, mut of_y) = (*indices, *indices);
        for lane in 0..MOST {
            (of_x[lane], of_y[lane]) = (2 * indices[lane], 2 * indices[lane] + 1);
        }
        [Two(v.gather(points, &of_x)), Two(v.gather(points, &of_y))]
    }

    #[inline(always)]
    fn scatter(v: V, [x, y]: [Self; 2], out: &mut [[Pair; MOST]; 2]) {
        *out = [v.scatter(x.0), v.scatter(y.0)];
    }
}
