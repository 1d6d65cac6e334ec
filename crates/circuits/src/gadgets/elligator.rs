//! The asset generator `V = 8 * elligator2(u)`: 103 constraints.
//!
//! **Candidate.** `s1 = -A/(1 + Z u^2)` is unique: `-1/Z` is not a square, so the
//! denominator is never zero. The circuit asks for a point `(s, t)` of the curve
//! with `s = s1` or `s = s2 = -A - s1`. With `q(s) = s (s^2 + A s + 1)/B` one has
//! `s2 = Z u^2 s1` and `s1^2 + A s1 = s2^2 + A s2 = -s1 s2`, so
//! `q(s2) = Z u^2 q(s1)`. `q(s1) != 0`: `s1 = 0` would need `A = 0`, and
//! `s^2 + A s + 1` has no root since `A^2 - 4 = d B^2` is not a square. For
//! `u != 0` the factor `Z u^2` is not a square, so exactly one of `q(s1)`, `q(s2)`
//! is a square: the choice is forced without a further constraint. For `u = 0`,
//! `s2 = 0` and `t = 0`, which the sign proof refuses; `s1 = -A` is the curve
//! point that the native map takes too, if it is one.
//!
//! **Sign.** `r - 1 = 2^28 m` with `m` odd, so `F*` is the direct product of the
//! group of order `2^28` that `g` generates and the group of odd order `m`, and
//! the `2^28`-th powers are exactly the latter: every `t != 0` is `g^k z` for one
//! `k` modulo `2^28` and one `z` of odd order. The circuit shows
//! `t = g^k w^(2^28)` with `k` of 27 bits and `t != 0`; such a `w` exists exactly
//! if this unique `k` is below `2^27`. As `-1 = g^(2^27)`, `-t` has
//! `k + 2^27 mod 2^28`: exactly one of `t`, `-t` passes. (`w` itself is determined
//! up to `2^28` values; nothing depends on it.)
//!
//! **Exceptions.** `t != 0`. Doubling is undefined for the point of order 2
//! only, where its slope equation reads `0 = 1`; a point of order 4 or 8 runs
//! into it within three doublings. So a map value killed by 8 has no proof,
//! and otherwise the result is a point of order `l`.

use super::curve::Montgomery;
use crate::builder::{Builder, Lc};
use ark_ff::{AdditiveGroup, Field as _, One, PrimeField};
use sero_shielded::curve::{
    ELLIGATOR_Z, MONTGOMERY_A, MONTGOMERY_B, TWO_ADICITY, elligator2, two_adic_log, two_adic_root,
};
use sero_shielded::field::Field;

/// `8 * elligator2(u)` in Montgomery form, of order `l`.
pub fn map_to_subgroup(b: &mut Builder<'_>, u: &Lc) -> Montgomery {
    let point = elligator(b, u);
    enforce_sign(b, &point.t);
    let double = point.double(b);
    let quadruple = double.double(b);
    quadruple.double(b)
}

/// A point over one of the two candidates, of either sign. 6 constraints.
pub fn elligator(b: &mut Builder<'_>, u: &Lc) -> Montgomery {
    let u2 = b.product(u, u);
    let minus_a = b.constant(-MONTGOMERY_A);
    let denominator = u2.times(Field::from(ELLIGATOR_Z)).plus_constant(Field::one());
    let s1 = b.quotient(&minus_a, &denominator);
    let (s, t) = elligator2(&u.value).unwrap_or((s1.value, Field::ZERO));
    let s = b.hint(s);
    let t = b.hint(t);
    let zero = b.constant(Field::ZERO);
    // (s - s1)(s - s2) = 0
    b.enforce(&s.minus(&s1), &s.plus(&s1).plus_constant(MONTGOMERY_A), &zero);
    let s2 = b.product(&s, &s);
    let t2 = b.product(&t, &t);
    let cubic = s2.plus(&s.times(MONTGOMERY_A)).plus_constant(Field::one());
    b.enforce(&s, &cubic, &t2.times(MONTGOMERY_B));
    Montgomery { s, t }
}

/// `t != 0` and `t = g^k w^(2^28)` for some 27-bit `k`. 83 constraints. (Here the
/// doublings that follow would refuse `t = 0` too; the sign proof does not lean
/// on them.)
pub fn enforce_sign(b: &mut Builder<'_>, t: &Lc) {
    b.enforce_nonzero(t);
    let k = if t.value == Field::ZERO { 0 } else { two_adic_log(&t.value) };
    let mut factor = two_adic_root();
    let mut power: Option<Lc> = None;
    for i in 0..TWO_ADICITY - 1 {
        let bit = b.bit((k >> i) & 1 == 1);
        // g^(2^i) if the bit is set, else 1.
        let term = bit.times(factor - Field::one()).plus_constant(Field::one());
        power = Some(match power {
            None => term,
            Some(power) => b.product(&power, &term),
        });
        factor.square_in_place();
    }
    let power = power.expect("there are 27 bits");
    let odd = power.value.inverse().map_or(Field::ZERO, |inverse| t.value * inverse);
    let mut w = b.hint(odd_root(&odd));
    for _ in 0..TWO_ADICITY {
        w = b.product(&w, &w);
    }
    b.enforce(&power, &w, t);
}

/// The `2^28`-th root, of odd order too, of an element whose order divides the odd part `m` of `r - 1`.
fn odd_root(z: &Field) -> Field {
    z.pow(ROOT_EXPONENT)
}

/// `2^-28` modulo `m`: `(1 + k m) / 2^28` for the `k` below `2^28` that makes it whole.
const ROOT_EXPONENT: [u64; 4] = {
    let m = Field::TRACE.0;
    // 1 / m modulo 2^28, by Newton's steps.
    let (mut inverse, mut step) = (1u64, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(m[0].wrapping_mul(inverse)));
        step += 1;
    }
    let k = inverse.wrapping_neg() & ((1 << TWO_ADICITY) - 1);
    let (mut sum, mut i, mut carry) = ([0; 4], 0, 1u128);
    while i < 4 {
        carry += m[i] as u128 * k as u128;
        sum[i] = carry as u64;
        carry >>= 64;
        i += 1;
    }
    let (mut exponent, mut i) = ([0; 4], 0);
    while i < 4 {
        let above = if i < 3 { sum[i + 1] } else { 0 };
        exponent[i] = sum[i] >> TWO_ADICITY | above << (64 - TWO_ADICITY);
        i += 1;
    }
    exponent
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_roots_are_roots() {
        for i in 1..20u64 {
            let mut odd = Field::from(i);
            (0..TWO_ADICITY).for_each(|_| {
                odd.square_in_place();
            });
            let root = odd_root(&odd);
            assert!(root.pow(Field::TRACE).is_one());
            let mut power = root;
            (0..TWO_ADICITY).for_each(|_| {
                power.square_in_place();
            });
            assert_eq!(power, odd);
        }
    }
}
