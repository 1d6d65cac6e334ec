//! `scalar * G` for a fixed `G` of order `l`. 672 constraints.
//!
//! With `H = G/2` the gadget computes `k H` for an odd integer
//! `k = sum of d_j 8^j`, `j = 0..83`: 83 digits out of +-1, +-3, +-5, +-7 and a
//! top digit out of +-1, +-3. These `k` are exactly the odd integers of
//! absolute value below `2^251`, and `2^251 > l`, so `k = 2 scalar mod l` has a
//! solution for every scalar (zero included: `k = -l`). Scalars with two
//! readings are harmless: the scalar is used for this product and nothing
//! else, and every reading stands for some scalar below `l`.
//!
//! Completeness and soundness of the incomplete Montgomery additions: before
//! digit `j` the accumulator is `a H` with `a` odd and `|a| <= 8^j - 1`, the
//! addend is `d H` with `8^j <= |d| <= 7 8^j` and, for `j >= 1`, `d` even. For
//! `j <= 82`, `0 < |a +- d| < 8^83 < l`, so accumulator and addend are never
//! equal or opposite, whatever the prover chooses. Both are multiples of `H`
//! that are not the identity. The top digit, where `a +- d` may be a multiple of
//! `l`, is added with the complete Edwards law.

use super::curve::{Edwards, Montgomery};
use crate::builder::{Builder, Lc};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, One, PrimeField};
use sero_shielded::curve::{Point, g_auth, multiply, value_randomness_base};
use sero_shielded::field::{Field, Scalar};
use std::sync::OnceLock;
use zeroize::Zeroize as _;

/// Digits added in Montgomery form.
const WINDOWS: usize = 83;
/// Bits of the recoded scalar.
const BITS: usize = 3 * WINDOWS + 2;

/// Multiples of `H = G/2` for every digit.
pub struct FixedBase {
    /// `(1, 3, 5, 7) * 8^j * H`, as Montgomery `(s, t)`.
    windows: Vec<[(Field, Field); 4]>,
    /// `(1, 3) * 8^83 * H`, as Edwards `(x, y)`.
    top: [Point; 2],
}

impl FixedBase {
    fn new(base: &Point) -> FixedBase {
        let mut unit = Scalar::from(2u8).inverse().expect("l is odd");
        let windows = (0..WINDOWS)
            .map(|_| {
                let row = [1u8, 3, 5, 7].map(|m| montgomery(&multiply(base, &(unit * Scalar::from(m)))));
                unit *= Scalar::from(8u8);
                row
            })
            .collect();
        let top = [1u8, 3].map(|m| multiply(base, &(unit * Scalar::from(m))));
        FixedBase { windows, top }
    }

    /// Table of [`g_auth`].
    pub fn g_auth() -> &'static FixedBase {
        static TABLE: OnceLock<FixedBase> = OnceLock::new();
        TABLE.get_or_init(|| FixedBase::new(&g_auth()))
    }

    /// Table of [`value_randomness_base`].
    pub fn value_randomness() -> &'static FixedBase {
        static TABLE: OnceLock<FixedBase> = OnceLock::new();
        TABLE.get_or_init(|| FixedBase::new(&value_randomness_base()))
    }

    /// `scalar * G`. The recoded scalar exists only as bits.
    pub fn multiply(&self, b: &mut Builder<'_>, scalar: &Scalar) -> Edwards {
        let mut bits = recode(scalar);
        let mut sum: Option<Montgomery> = None;
        for (row, digit) in self.windows.iter().zip(bits.chunks_exact(3)) {
            let addend = lookup(b, row, digit);
            sum = Some(match sum {
                None => addend,
                Some(sum) => sum.add_distinct(b, &addend),
            });
        }
        let low = sum.expect("there are windows").to_edwards(b);
        let top = self.lookup_top(b, &bits[3 * WINDOWS..]);
        bits.zeroize();
        low.add(b, &top)
    }

    /// `+-1` or `+-3` times `8^83 H`, in Edwards form. 3 constraints.
    fn lookup_top(&self, b: &mut Builder<'_>, digit: &[bool]) -> Edwards {
        let (magnitude, negative) = (digit[0] == digit[1], !digit[1]);
        let magnitude = b.bit(magnitude);
        let negative = b.bit(negative);
        let [one, three] = &self.top;
        let x = magnitude.times(three.x - one.x).plus_constant(one.x);
        let y = magnitude.times(three.y - one.y).plus_constant(one.y);
        let x = b.product(&x, &sign(&negative));
        Edwards { x, y }
    }
}

/// The digit's multiple of `H`. 5 constraints: three bits, the product of the
/// two magnitude bits, the sign.
fn lookup(b: &mut Builder<'_>, row: &[(Field, Field); 4], digit: &[bool]) -> Montgomery {
    let negative = !digit[2];
    // For a negative digit the magnitude counts down.
    let m0 = b.bit(digit[0] != negative);
    let m1 = b.bit(digit[1] != negative);
    let negative = b.bit(negative);
    let both = b.product(&m0, &m1);
    let select = |c: [Field; 4]| {
        Lc::weighted(&[(c[1] - c[0], &m0), (c[2] - c[0], &m1), (c[3] - c[2] - c[1] + c[0], &both)])
            .plus_constant(c[0])
    };
    let s = select(row.map(|point| point.0));
    let t = select(row.map(|point| point.1));
    let t = b.product(&t, &sign(&negative));
    Montgomery { s, t }
}

/// `1 - 2 negative`.
fn sign(negative: &Lc) -> Lc {
    negative.times(-Field::from(2u8)).plus_constant(Field::one())
}

/// `U` with `2 U - (2^251 - 1) = k`, little-endian. `k` is `2 scalar mod l` or,
/// if that is even, the same minus `l`.
fn recode(scalar: &Scalar) -> [bool; BITS] {
    let mut k = scalar.double().into_bigint();
    let mut limit = <Scalar as PrimeField>::BigInt::from(1u8);
    limit <<= BITS as u32;
    let one = <Scalar as PrimeField>::BigInt::from(1u8);
    limit.sub_with_borrow(&one);
    // 2 U = k + limit, or limit - (l - k).
    let mut u = limit;
    if k.is_odd() {
        u.add_with_carry(&k);
    } else {
        let mut rest = Scalar::MODULUS;
        rest.sub_with_borrow(&k);
        u.sub_with_borrow(&rest);
        rest.zeroize();
    }
    u.div2();
    let bits = core::array::from_fn(|i| u.get_bit(i));
    k.zeroize();
    u.zeroize();
    bits
}

/// Montgomery coordinates of a table point: of order `l`, so `x != 0`, `y != 1`.
fn montgomery(point: &Point) -> (Field, Field) {
    let s = (Field::one() + point.y) * (Field::one() - point.y).inverse().expect("not the identity");
    (s, s * point.x.inverse().expect("not of order 2"))
}
