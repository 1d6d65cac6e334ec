//! Points of `J` in the circuit, in Edwards and Montgomery coordinates.
//!
//! `J: x^2 + y^2 = 1 + d x^2 y^2` with `d` not a square, so the Edwards laws
//! are complete: for all points of the curve, of any order, `1 +- d x1 x2 y1 y2`
//! is not zero (-1 is a square, hence neither `d` nor `-d` is one).
//! Montgomery form: `B t^2 = s^3 + A s^2 + s`, `x = s/t`, `y = (s-1)/(s+1)`.

use crate::builder::{Builder, Lc};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ff::{AdditiveGroup, Field as _, One};
use sero_shielded::curve::{MONTGOMERY_A, MONTGOMERY_B, Point};
use sero_shielded::field::Field;

/// The Edwards coefficient `d`.
pub const EDWARDS_D: Field = <ark_ed_on_bn254::EdwardsConfig as TECurveConfig>::COEFF_D;

/// A point in Edwards coordinates.
#[derive(Clone)]
pub struct Edwards {
    pub x: Lc,
    pub y: Lc,
}

/// A point in Montgomery coordinates; cannot be the identity.
#[derive(Clone)]
pub struct Montgomery {
    pub s: Lc,
    pub t: Lc,
}

impl Edwards {
    /// Two unconstrained wires.
    pub fn hint(b: &mut Builder<'_>, point: &Point) -> Edwards {
        let x = b.hint(point.x);
        let y = b.hint(point.y);
        Edwards { x, y }
    }

    /// On the curve, and `8 P` is not the identity. 6 constraints.
    ///
    /// `8P = O` exactly when `x y (y^2 - x^2) = 0`: the points with `x = 0` are
    /// `O` and `(0,-1)`, the whole 2-torsion, so `8P = O` iff `x(4P) = 0`. As
    /// `4P = 2(2P)`, `x(4P)` is `2 x(2P) y(2P)` over a denominator that is
    /// never zero, and `x(2P)`, `y(2P)` are `2xy` and `y^2 - x^2` over such
    /// denominators. The product is shown to have an inverse.
    pub fn enforce_on_curve_and_large_order(&self, b: &mut Builder<'_>) {
        let x2 = b.product(&self.x, &self.x);
        let y2 = b.product(&self.y, &self.y);
        let sum = x2.plus(&y2).plus_constant(-Field::one());
        b.enforce(&x2.times(EDWARDS_D), &y2, &sum);
        let xy = b.product(&self.x, &self.y);
        let order_witness = b.product(&xy, &y2.minus(&x2));
        b.enforce_nonzero(&order_witness);
    }

    /// Complete addition of points of the curve. 6 constraints.
    pub fn add(&self, b: &mut Builder<'_>, other: &Edwards) -> Edwards {
        let sum = Sum::new(b, self, other);
        let x = b.quotient(&sum.x_over, &sum.x_under);
        let y = b.quotient(&sum.y_over, &sum.y_under);
        Edwards { x, y }
    }

    /// [`Self::add`] whose result is the public inputs `index` and `index + 1`.
    pub fn add_public(&self, b: &mut Builder<'_>, other: &Edwards, index: usize) {
        let sum = Sum::new(b, self, other);
        b.public_quotient(index, &sum.x_over, &sum.x_under);
        b.public_quotient(index + 1, &sum.y_over, &sum.y_under);
    }

    /// `s = (1+y)/(1-y)`, `t = s/x`. 2 constraints. The point must be on the
    /// curve and `x` not zero (only `(0, 1)` and `(0, -1)` have `x = 0`), so
    /// both denominators are not zero.
    pub fn to_montgomery(&self, b: &mut Builder<'_>) -> Montgomery {
        let s = b.quotient(&self.y.clone().plus_constant(Field::one()), &self.y.complement());
        let t = b.quotient(&s, &self.x);
        Montgomery { s, t }
    }
}

/// Numerators and denominators of `P + Q`. 4 constraints.
struct Sum {
    x_over: Lc,
    x_under: Lc,
    y_over: Lc,
    y_under: Lc,
}

impl Sum {
    fn new(b: &mut Builder<'_>, p: &Edwards, q: &Edwards) -> Sum {
        let x1y2 = b.product(&p.x, &q.y);
        let y1x2 = b.product(&p.y, &q.x);
        // (x1 + y1)(y2 - x2) = x1 y2 - y1 x2 + (y1 y2 - x1 x2)
        let cross = b.product(&p.x.plus(&p.y), &q.y.minus(&q.x));
        let all = b.product(&x1y2.times(EDWARDS_D), &y1x2);
        Sum {
            x_over: x1y2.plus(&y1x2),
            x_under: all.clone().plus_constant(Field::one()),
            y_over: cross.minus(&x1y2).plus(&y1x2),
            y_under: all.complement(),
        }
    }
}

impl Montgomery {
    /// `P + Q` for points of the curve with `P != Q` and `P != -Q`, which the
    /// caller argues: then `s1 != s2` and the slope is unique. 3 constraints.
    pub fn add_distinct(&self, b: &mut Builder<'_>, other: &Montgomery) -> Montgomery {
        let slope = b.quotient(&other.t.minus(&self.t), &other.s.minus(&self.s));
        let sum = self.s.plus(&other.s);
        self.third_point(b, &slope, &sum)
    }

    /// `2 P` for a point of the curve that is not of order 2. 4 constraints.
    /// For the point of order 2, `(0, 0)`, the slope has no solution (`0 = 1`).
    pub fn double(&self, b: &mut Builder<'_>) -> Montgomery {
        let s2 = b.product(&self.s, &self.s);
        let over = Lc::weighted(&[(Field::from(3u8), &s2), (MONTGOMERY_A.double(), &self.s)])
            .plus_constant(Field::one());
        let slope = b.quotient(&over, &self.t.times(MONTGOMERY_B.double()));
        let sum = self.s.times(Field::from(2u8));
        self.third_point(b, &slope, &sum)
    }

    /// `s3 = B m^2 - A - (s1 + s2)`, `t3 = m (s1 - s3) - t1`. 2 constraints.
    fn third_point(&self, b: &mut Builder<'_>, slope: &Lc, s_sum: &Lc) -> Montgomery {
        let s3 = b.hint(MONTGOMERY_B * slope.value.square() - MONTGOMERY_A - s_sum.value);
        b.enforce(&slope.times(MONTGOMERY_B), slope, &s3.plus(s_sum).plus_constant(MONTGOMERY_A));
        let run = self.s.minus(&s3);
        let t3 = b.hint(slope.value * run.value - self.t.value);
        b.enforce(slope, &run, &t3.plus(&self.t));
        Montgomery { s: s3, t: t3 }
    }

    /// `x = s/t`, `y = (s-1)/(s+1)`. 2 constraints. `t` must not be zero;
    /// `s = -1` is not on the curve over `F` (`t^2` would be `d`).
    pub fn to_edwards(&self, b: &mut Builder<'_>) -> Edwards {
        let x = b.quotient(&self.s, &self.t);
        let y = b.quotient(
            &self.s.clone().plus_constant(-Field::one()),
            &self.s.clone().plus_constant(Field::one()),
        );
        Edwards { x, y }
    }
}
