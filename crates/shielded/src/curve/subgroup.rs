//! Membership in the prime-order subgroup by one exponentiation.
//!
//! `J` has `8 l` points, `l` an odd prime, and its 8-torsion is cyclic, so the
//! subgroup of order `l` is `8 J` and `J / 8 J` is cyclic of order 8. Take `T` of
//! order 8 and a function `f` with divisor `8 (T) - 8 (O)`. For points outside
//! the 8-torsion the test below is
//!
//! ```text
//! chi(P) = (f(P) / c)^((r - 1) / 8) = 1,
//! ```
//!
//! `c` the leading coefficient of `f` at `O`: the reduced Tate pairing of order
//! 8 with `T` (Frey and Rueck, 1994; as a membership test: Koshelev,
//! <https://eprint.iacr.org/2022/037>).
//!
//! # Why it is exact
//!
//! *`chi` is a homomorphism.* Let `P, Q, P + Q` be outside `{O, T}` and `h` have
//! the divisor `(P + Q) + (O) - (P) - (Q)`. Weil reciprocity says that the tame
//! symbols `(-1)^{ab} f^b / h^a` (`a`, `b` the orders of `f`, `h`) of all points
//! multiply to 1. They are `f(P + Q)`, `1/f(P)`, `1/f(Q)`, `h(T)^-8`, and at `O`
//! `(f h^8)(O) = c k^8` with `k` the leading coefficient of `h`. So
//! `f(P + Q)/c` is `f(P)/c * f(Q)/c` times an eighth power, and eighth powers
//! vanish under the exponent `(r - 1)/8`. (Another uniformiser changes `c` by an
//! eighth power. The relation extends `chi` to `O` and `T`.)
//!
//! *Its kernel is `8 J`.* Values are eighth roots of unity, so `chi` is 1 on `8 J`
//! and factors through `J / 8 J`, cyclic of order 8. It is injective there as
//! soon as one point has a value of order 8. That the pairing is perfect says
//! so in general; the tests compute the eight values of the eight cosets, and
//! they are distinct.
//!
//! # The function
//!
//! On the Montgomery form `B t^2 = s^3 + A s^2 + s`, with `2T = (1, t4)` and
//! `4T = (0, 0)`, Miller's three doublings give
//!
//! ```text
//! f = l1^4 l2^2 / ((s - 1)^4 s),    l1 the tangent in T,    l2 = t - t4 s.
//! ```
//!
//! (`l2` is tangent in `2T` and meets the curve again in `(0, 0)`; the divisors
//! `2(T) + (-2T) - 3(O)`, `2(2T) + (4T) - 3(O)`, `(2T) + (-2T) - 2(O)` and
//! `2(4T) - 2(O)` of `l1`, `l2`, `s - 1`, `s` add up to `8 (T) - 8 (O)`.)
//! In the uniformiser `u = s/t`, `s = B u^-2 + ..` and `t = B u^-3 + ..`, so
//! `c = B^6 / B^5 = B`. `2T` is `(1/t4, 0)` on the Edwards form, so `t4` is 1 or
//! -1, and the sign of `T` is chosen for `t4 = 1`. With `s = (1+y)/(1-y)`,
//! `t = s/x`, `l1 = t - lambda s - mu`, `lambda + mu = -t4` (its value at `-2T`)
//! and `K = lambda - mu`:
//!
//! ```text
//! l1 / (s - 1) = L / (2 x y),       L = 1 + y + x (1 - K y)
//! (l2 / s)^2 s = ((1 - x) / x)^2 (1 + y)/(1 - y) = ((1 - x) / (1 - y))^2 (1 - d y^2)
//! ```
//!
//! by the curve's equation. Eighth powers do not matter, so instead of dividing
//! by `z^4` or `z^2` one multiplies by `z^4` or `z^6`; `2^4` is an eighth power,
//! as 2 is a square modulo `r = 1 mod 8`. What remains is [`representative`].
//!
//! It is zero only in the 8-torsion: `x = 0`, `y = 0`, `x = 1`, `y = 1` hold in
//! points of order up to 4 only, `L = 0` in `T` and `-2T`, and `1 - d y^2` is
//! never zero. Zero to any power is not the value that is asked for, so these
//! points are refused, as are the others of the 8-torsion, for which `f` is
//! defined and `chi` is not 1. The identity is the caller's.

use super::{MONTGOMERY_A, MONTGOMERY_B, Point};
use crate::field::Field;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bn254::EdwardsConfig;
use ark_ff::{Field as _, One, PrimeField};
use std::sync::OnceLock;

/// `(r - 1) / 8`.
const EXPONENT: [u64; 4] = {
    let r = Field::MODULUS.0;
    [r[0] >> 3 | r[1] << 61, r[1] >> 3 | r[2] << 61, r[2] >> 3 | r[3] << 61, r[3] >> 3]
};

struct Constants {
    /// `K`.
    k: Field,
    /// `B^((r - 1) / 8)`.
    target: Field,
}

fn constants() -> &'static Constants {
    static CONSTANTS: OnceLock<Constants> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let torsion = order_8();
        let s = (Field::one() + torsion.y) / (Field::one() - torsion.y);
        let t = s / torsion.x;
        let two = Field::from(2u8);
        let lambda = (Field::from(3u8) * s.square() + two * MONTGOMERY_A * s + Field::one())
            / (two * MONTGOMERY_B * t);
        let mu = t - lambda * s;
        // lambda and mu change sign with T; `t4 = -(lambda + mu)` shall be 1.
        let t4 = -(lambda + mu);
        Constants { k: (lambda - mu) * t4, target: MONTGOMERY_B.pow(EXPONENT) }
    })
}

/// A point with `x = y`; its double has `y = 0`, so its order is 8.
fn order_8() -> Point {
    // x^2 + x^2 = 1 + d x^4
    let d = <EdwardsConfig as TECurveConfig>::COEFF_D;
    let root = (Field::one() - d).sqrt().expect("J has points of order 8");
    let x = [root, -root].iter().find_map(|root| ((Field::one() + root) / d).sqrt());
    let x = x.expect("J has points of order 8");
    Point::new_unchecked(x, x)
}

/// `f(P)` times an eighth power, or zero.
fn representative(point: &Point) -> Field {
    let (x, y) = (point.x, point.y);
    let one = Field::one();
    let q = one - y;
    let line = one + y + x * (one - constants().k * y);
    let inner = (q * line * x * y).square() * (one - x) * q;
    inner.square() * (one - <EdwardsConfig as TECurveConfig>::COEFF_D * y.square())
}

/// Whether a point of the curve other than the identity has order `l`.
pub fn has_prime_order(point: &Point) -> bool {
    representative(point).pow(EXPONENT) == constants().target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{PointSum, check_subgroup, g_auth, hash_to_curve, identity, multiply};
    use crate::hash::hash_to_scalar;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::Zero;

    fn torsion() -> Vec<Point> {
        let generator = order_8();
        let mut points = vec![identity()];
        for _ in 1..8 {
            points.push((PointSum::from(*points.last().unwrap()) + generator).into_affine());
        }
        points
    }

    fn by_multiplication(point: &Point) -> bool {
        !point.is_zero() && point.is_in_correct_subgroup_assuming_on_curve()
    }

    #[test]
    fn torsion_is_cyclic_of_order_8() {
        let points = torsion();
        assert!(points.iter().all(Point::is_on_curve));
        assert!((PointSum::from(points[7]) + points[1]).is_zero());
        for (i, point) in points.iter().enumerate() {
            assert!(points[..i].iter().all(|other| other != point));
        }
        assert_eq!(points[4], Point::new_unchecked(Field::from(0u8), -Field::one()));
    }

    /// The two facts of the proof that are numbers.
    #[test]
    fn cosets_have_distinct_values_and_values_multiply() {
        let unit = constants().target.inverse().unwrap();
        let chi = |point: &Point| representative(point).pow(EXPONENT) * unit;
        let base = [g_auth(), hash_to_curve("test", b"1")].map(PointSum::from);
        let torsion = torsion();
        let values: Vec<_> = torsion.iter().map(|t| chi(&(base[0] + t).into_affine())).collect();
        for (i, value) in values.iter().enumerate() {
            assert_eq!(*value, values[1].pow([i as u64]));
            assert!(!values[..i].contains(value));
            for (j, other) in values.iter().enumerate() {
                assert_eq!(chi(&(base[0] + base[1] + torsion[i] + torsion[j]).into_affine()), *value * other);
            }
        }
        assert!(values[1].pow([8]).is_one());
    }

    #[test]
    fn agrees_with_multiplication_on_every_coset() {
        let torsion = torsion();
        for n in 0..500u32 {
            let scalar = hash_to_scalar("test", &[&n.to_be_bytes()]);
            let point = if n % 2 == 0 {
                multiply(&g_auth(), &scalar)
            } else {
                hash_to_curve("test", &n.to_be_bytes())
            };
            for (i, t) in torsion.iter().enumerate() {
                let moved = (PointSum::from(point) + t).into_affine();
                assert_eq!(has_prime_order(&moved), i == 0);
                assert_eq!(by_multiplication(&moved), i == 0);
                assert_eq!(check_subgroup(&moved).is_ok(), i == 0);
            }
        }
    }

    #[test]
    fn torsion_points_are_refused() {
        for point in torsion() {
            assert!(!by_multiplication(&point));
            assert!(check_subgroup(&point).is_err());
            assert!(point.is_zero() || !has_prime_order(&point));
        }
    }

    /// Points found by their `y`, in whichever coset they lie.
    #[test]
    fn agrees_with_multiplication_on_points_by_their_y() {
        let mut members = 0;
        let mut found = 0;
        for y in (0..6_000u32).map(Field::from) {
            let denominator = Field::one() - <EdwardsConfig as TECurveConfig>::COEFF_D * y.square();
            let Some(x) = ((Field::one() - y.square()) / denominator).sqrt() else { continue };
            for x in [x, -x] {
                let point = Point::new_unchecked(x, y);
                assert!(point.is_on_curve());
                if !point.is_zero() {
                    assert_eq!(has_prime_order(&point), by_multiplication(&point), "y = {y}");
                    members += u32::from(by_multiplication(&point));
                }
                found += 1;
            }
        }
        assert!(found > 5_000 && members > 500, "{members} of {found}");
    }
}
