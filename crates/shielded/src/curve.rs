//! The embedded curve `J`: twisted Edwards `x^2 + y^2 = 1 + d x^2 y^2` over `F`,
//! `d = 168696/168700`, prime subgroup order `l`, cofactor 8.
//!
//! Encoding of a point: 32 bytes, `y` big-endian (254 bits) with the parity of
//! `x` in the top bit. Reading accepts only canonical encodings of points of
//! the prime-order subgroup other than the identity.

mod ladder;
mod subgroup;

use crate::field::{Field, Scalar, field_from_bytes, field_to_bytes};
use crate::hash::hash_to_field;
use ark_ec::twisted_edwards::{MontCurveConfig, TECurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bn254::EdwardsConfig;
use ark_ff::{AdditiveGroup, BigInteger, FftField, Field as _, One, PrimeField, Zero};
use std::sync::OnceLock;

pub use ladder::multiply_heights;

/// An affine point of `J`.
pub type Point = ark_ed_on_bn254::EdwardsAffine;
/// A projective point of `J`, for sums.
pub type PointSum = ark_ed_on_bn254::EdwardsProjective;

/// Why 32 bytes are not an acceptable point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// `y >= r`, or a sign bit on `x = 0`.
    #[error("point encoding is not canonical")]
    NotCanonical,
    /// No `x` exists for this `y`.
    #[error("point is not on the curve")]
    OffCurve,
    /// In a coset of the prime-order subgroup, or of small order.
    #[error("point is not in the prime-order subgroup")]
    WrongSubgroup,
    /// The neutral element.
    #[error("point is the identity")]
    Identity,
}

/// In the first byte: the parity of `x`.
pub(crate) const SIGN_BIT: u8 = 0x80;

/// Writes a point.
pub fn point_to_bytes(point: &Point) -> [u8; 32] {
    let mut bytes = field_to_bytes(&point.y);
    if point.x.into_bigint().is_odd() {
        bytes[0] |= SIGN_BIT;
    }
    bytes
}

/// Reads a point of the prime-order subgroup that is not the identity.
pub fn point_from_bytes(bytes: &[u8; 32]) -> Result<Point, PointError> {
    let odd = bytes[0] & SIGN_BIT != 0;
    let y = height_from_bytes(bytes)?;
    let y2 = y.square();
    let denominator = Field::one() - <EdwardsConfig as TECurveConfig>::COEFF_D * y2;
    // d is not a square, so the denominator is never zero.
    let x2 = (Field::one() - y2) * denominator.inverse().ok_or(PointError::OffCurve)?;
    let mut x = x2.sqrt().ok_or(PointError::OffCurve)?;
    if x.is_zero() && odd {
        return Err(PointError::NotCanonical);
    }
    if x.into_bigint().is_odd() != odd {
        x = -x;
    }
    let point = Point::new_unchecked(x, y);
    check_subgroup(&point)?;
    Ok(point)
}

/// The `y` of an encoding, of a point or not.
pub fn height_from_bytes(bytes: &[u8; 32]) -> Result<Field, PointError> {
    let mut y_bytes = *bytes;
    y_bytes[0] &= !SIGN_BIT;
    field_from_bytes(&y_bytes).map_err(|_| PointError::NotCanonical)
}

/// Accepts points of the prime-order subgroup other than the identity; the
/// point must already be on the curve.
pub fn check_subgroup(point: &Point) -> Result<(), PointError> {
    if point.is_zero() {
        return Err(PointError::Identity);
    }
    if !subgroup::has_prime_order(point) {
        return Err(PointError::WrongSubgroup);
    }
    Ok(())
}

/// Montgomery coefficient `A` of `B t^2 = s^3 + A s^2 + s`.
pub const MONTGOMERY_A: Field = <EdwardsConfig as MontCurveConfig>::COEFF_A;
/// Montgomery coefficient `B`.
pub const MONTGOMERY_B: Field = <EdwardsConfig as MontCurveConfig>::COEFF_B;
/// The non-square `Z` of Elligator 2 (5 generates the multiplicative group).
pub const ELLIGATOR_Z: u64 = 5;
/// 2^28 divides `r - 1` exactly.
pub const TWO_ADICITY: usize = 28;

/// An element `g` of order 2^28: `5^((r-1)/2^28)`.
pub fn two_adic_root() -> Field {
    Field::TWO_ADIC_ROOT_OF_UNITY
}

/// `k` with `y = g^k z`, `z` of odd order, `0 <= k < 2^28`; `y` must not be zero.
/// `-y` has `k + 2^27 mod 2^28`, so bit 27 of `k` tells `y` from `-y`.
pub fn two_adic_log(y: &Field) -> u32 {
    let mut rest = y.pow(Field::TRACE);
    let base = two_adic_root().pow(Field::TRACE);
    let mut base_power_inv = base.inverse().expect("a root of unity is not zero");
    let mut k = 0u32;
    for bit in 0..TWO_ADICITY {
        let mut probe = rest;
        for _ in 0..(TWO_ADICITY - 1 - bit) {
            probe.square_in_place();
        }
        if !probe.is_one() {
            k |= 1 << bit;
            rest *= base_power_inv;
        }
        base_power_inv.square_in_place();
    }
    k
}

/// Elligator 2 of `u` on the Montgomery form, as `(s, t)`: the candidate
/// `s1 = -A/(1+Z u^2)` if it is on the curve, else `s2 = -A - s1`; of the two
/// `t`, the one whose [`two_adic_log`] is below 2^27. `None` where `t` would
/// be zero, which only `u = 0` can give.
pub fn elligator2(u: &Field) -> Option<(Field, Field)> {
    let denominator = Field::one() + Field::from(ELLIGATOR_Z) * u.square();
    // -1/Z is not a square, so the denominator is never zero.
    let s1 = -MONTGOMERY_A * denominator.inverse()?;
    let t2 = |s: Field| s * (s.square() + MONTGOMERY_A * s + Field::one()) * montgomery_b_inverse();
    let (s, mut t) = match t2(s1).sqrt() {
        Some(t) => (s1, t),
        None => {
            let s2 = -MONTGOMERY_A - s1;
            (s2, t2(s2).sqrt()?)
        }
    };
    if t.is_zero() {
        return None;
    }
    if two_adic_log(&t) >> (TWO_ADICITY - 1) == 1 {
        t = -t;
    }
    Some((s, t))
}

fn montgomery_b_inverse() -> Field {
    static INVERSE: OnceLock<Field> = OnceLock::new();
    *INVERSE.get_or_init(|| MONTGOMERY_B.inverse().expect("B is not zero"))
}

/// `(s, t)` on the Montgomery form to Edwards `(s/t, (s-1)/(s+1))`. `t != 0`;
/// `s = -1` is not on the curve.
pub fn montgomery_to_edwards(s: &Field, t: &Field) -> Option<Point> {
    let x = *s * t.inverse()?;
    let y = (*s - Field::one()) * (*s + Field::one()).inverse()?;
    Some(Point::new_unchecked(x, y))
}

/// Elligator 2, then times the cofactor 8. `None` for `u = 0` and for the few
/// `u` that hit the 8-torsion.
pub fn map_to_subgroup(u: &Field) -> Option<Point> {
    let (s, t) = elligator2(u)?;
    let mut point: PointSum = montgomery_to_edwards(&s, &t)?.into();
    for _ in 0..3 {
        point.double_in_place();
    }
    let point = point.into_affine();
    (!point.is_zero()).then_some(point)
}

/// `H2C`: a point with unknown discrete logarithm for every `(domain, message)`.
/// `u = H2F("SERO_h2c"; domain, message, counter)`, counter one byte from 0, the
/// first that [`map_to_subgroup`] accepts (0 in practice).
pub fn hash_to_curve(domain: impl AsRef<[u8]>, message: &[u8]) -> Point {
    let domain = domain.as_ref();
    (0u8..=255)
        .find_map(|counter| map_to_subgroup(&hash_to_field("SERO_h2c", &[domain, message, &[counter]])))
        .expect("256 hash outputs all in a set of density below 2^-250")
}

/// `G_auth`, base of spend authorisation: `H2C("SERO.G_auth", "")`.
pub fn g_auth() -> Point {
    static POINT: OnceLock<Point> = OnceLock::new();
    *POINT.get_or_init(|| hash_to_curve("SERO.G_auth", b""))
}

/// `R`, base of value randomness: `H2C("SERO.R", "")`.
pub fn value_randomness_base() -> Point {
    static POINT: OnceLock<Point> = OnceLock::new();
    *POINT.get_or_init(|| hash_to_curve("SERO.R", b""))
}

/// `scalar * point`.
pub fn multiply(point: &Point, scalar: &Scalar) -> Point {
    (*point * scalar).into_affine()
}

/// `v * point` for an amount.
pub fn multiply_amount(point: &Point, amount: u128) -> PointSum {
    *point * Scalar::from(amount)
}

/// The neutral element.
pub fn identity() -> Point {
    PointSum::ZERO.into_affine()
}
