//! Addition without exceptions, in homogeneous projective coordinates: J. Renes, C. Costello, L. Batina, "Complete
//! addition formulas for prime order elliptic curves" (2016), algorithms 7 and 9, for `y^2 = x^3 + b`.
//!
//! They hold for any two points of a curve of odd order. The order of G1's curve is the prime `r`; that of G2's twist is
//! `r (2 q - r)`, odd as well. So no point that somebody chose, of whatever order, leads them astray.

use crate::coordinate::{Coordinate, Packed};
use core::marker::PhantomData;
use sero_lanes::{Lanes, Mask};

/// One point in each lane. `x / z, y / z`, or the identity where `z = 0`. Tight.
pub struct Point<V: Lanes, F: Coordinate> {
    pub x: F::Packed<V>,
    pub y: F::Packed<V>,
    pub z: F::Packed<V>,
}

impl<V: Lanes, F: Coordinate> Clone for Point<V, F> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Lanes, F: Coordinate> Copy for Point<V, F> {}

/// A curve `y^2 = x^3 + b`, as `3 b` in each lane.
pub struct Curve<V: Lanes, F: Coordinate> {
    b3: F::Packed<V>,
    one: F::Packed<V>,
    zero: F::Packed<V>,
    of: PhantomData<F>,
}

impl<V: Lanes, F: Coordinate> Curve<V, F> {
    #[inline(always)]
    pub fn new(v: V, b: F) -> Self {
        Self {
            b3: F::Packed::splat(v, &(b.double() + b)),
            one: F::Packed::splat(v, &F::one()),
            zero: F::Packed::splat(v, &F::zero()),
            of: PhantomData,
        }
    }

    #[inline(always)]
    pub fn identity(&self) -> Point<V, F> {
        Point { x: self.zero, y: self.one, z: self.zero }
    }

    /// Of affine points.
    #[inline(always)]
    pub fn import(&self, v: V, x: &[F], y: &[F]) -> Point<V, F> {
        Point { x: F::Packed::import(v, x), y: F::Packed::import(v, y), z: self.one }
    }

    /// 12 products and two with `3 b`.
    #[inline(always)]
    pub fn add(&self, v: V, p: Point<V, F>, q: Point<V, F>) -> Point<V, F> {
        let xx = p.x.times_apart(v, q.x);
        let yy = p.y.times_apart(v, q.y);
        let zz = p.z.times_apart(v, q.z);
        // x1 y2 + x2 y1, y1 z2 + y2 z1, x1 z2 + x2 z1
        let xy = p.x.sum(v, p.y).times_apart(v, q.x.sum(v, q.y)).minus(v, xx).minus(v, yy);
        let yz = p.y.sum(v, p.z).times_apart(v, q.y.sum(v, q.z)).minus(v, yy).minus(v, zz);
        let xz = p.x.sum(v, p.z).times_apart(v, q.x.sum(v, q.z)).minus(v, xx).minus(v, zz);
        let xx3 = xx.plus(v, xx).plus(v, xx);
        let bz = self.b3.times_apart(v, zz);
        let bxz = self.b3.times_apart(v, xz);
        let (more, less) = (yy.plus(v, bz), yy.minus(v, bz));
        Point {
            x: xy.times_apart(v, less).minus(v, yz.times_apart(v, bxz)),
            y: less.times_apart(v, more).plus(v, xx3.times_apart(v, bxz)),
            z: more.times_apart(v, yz).plus(v, xx3.times_apart(v, xy)),
        }
    }

    /// 6 products, two squares and one product with `3 b`.
    #[inline(always)]
    pub fn double(&self, v: V, p: Point<V, F>) -> Point<V, F> {
        let yy = p.y.squared_apart(v);
        let bz = self.b3.times_apart(v, p.z.squared_apart(v));
        let yy2 = yy.plus(v, yy);
        let yy4 = yy2.plus(v, yy2);
        let yy8 = yy4.plus(v, yy4);
        let less = yy.minus(v, bz.plus(v, bz).plus(v, bz));
        let xy = p.x.times_apart(v, p.y).times_apart(v, less);
        Point {
            x: xy.plus(v, xy),
            y: less.times_apart(v, yy.sum(v, bz)).plus(v, bz.times_apart(v, yy8)),
            z: p.y.times_apart(v, p.z).times_apart(v, yy8),
        }
    }
}

impl<V: Lanes, F: Coordinate> Point<V, F> {
    /// `p` in the lanes of `mask`, `q` in the others.
    #[inline(always)]
    pub fn select(v: V, mask: Mask, p: Self, q: Self) -> Self {
        Self {
            x: F::Packed::select(v, mask, p.x, q.x),
            y: F::Packed::select(v, mask, p.y, q.y),
            z: F::Packed::select(v, mask, p.z, q.z),
        }
    }
}
