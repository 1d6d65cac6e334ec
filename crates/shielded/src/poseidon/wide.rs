//! Sums of products with one Montgomery reduction for the whole sum.
//!
//! A [`Field`] holds `x R mod r` in four 64-bit limbs, `R = 2^256`. The product
//! of two such numbers is below `r^2 < 0.036 * 2^512`, so [`TERMS_MAX`] = 17 of
//! them add up to `T < 0.61 * 2^512` without overflow. Reduction gives
//! `(T + m r) / R < T/R + r`, which is at most `(17 r/R + 1) r < 4.3 r < 2^256`;
//! subtracting `4r`, `2r`, `r` where they fit leaves the canonical number.

use crate::field::Field;
use ark_ff::{BigInt, MontConfig, PrimeField};

/// Terms for which nothing can overflow.
pub const TERMS_MAX: usize = 17;

type Limbs = [u64; 4];

const R: Limbs = Field::MODULUS.0;
const R2: Limbs = double(R);
const R4: Limbs = double(R2);
const INV: u64 = <ark_bn254::FrConfig as MontConfig<4>>::INV;

/// `r = 0.1890... * 2^256`: sums of at most this many products reduce to below `2r` and `4r`.
const TERMS_BELOW_2R: usize = 5;
const TERMS_BELOW_4R: usize = 15;

const fn double(x: Limbs) -> Limbs {
    assert!(x[3] >> 63 == 0, "fits in 256 bits");
    [x[0] << 1, x[1] << 1 | x[0] >> 63, x[2] << 1 | x[1] >> 63, x[3] << 1 | x[2] >> 63]
}

/// `sum + x * y + carry` as (low, high) words; it is at most `2^128 - 1`.
#[inline(always)]
fn multiply_add(sum: u64, x: u64, y: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(sum) + u128::from(x) * u128::from(y) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

/// The sum of `a[i] * b[i]`, at most [`TERMS_MAX`] terms.
#[inline]
pub fn sum_of_products(a: &[Field], b: &[Field]) -> Field {
    debug_assert!(a.len() == b.len() && a.len() <= TERMS_MAX);
    let mut sum = [0u64; 8];
    for (a, b) in a.iter().zip(b) {
        add_product(&mut sum, &a.0.0, &b.0.0);
    }
    let mut low = reduce(sum);
    if a.len() > TERMS_BELOW_2R {
        if a.len() > TERMS_BELOW_4R {
            low = subtract_if_not_above(low, &R4);
        }
        low = subtract_if_not_above(low, &R2);
    }
    Field::new_unchecked(BigInt(subtract_if_not_above(low, &R)))
}

#[inline(always)]
fn add_product(sum: &mut [u64; 8], a: &Limbs, b: &Limbs) {
    let mut product = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (product[i + j], carry) = multiply_add(product[i + j], a[i], b[j], carry);
        }
        product[i + 4] = carry;
    }
    let mut carry = false;
    for (s, p) in sum.iter_mut().zip(product) {
        let (x, over) = s.overflowing_add(p);
        let (x, over_carry) = x.overflowing_add(u64::from(carry));
        (*s, carry) = (x, over | over_carry);
    }
}

/// `T / R mod r`, below `T/R + r`.
#[inline(always)]
fn reduce(mut sum: [u64; 8]) -> Limbs {
    let mut above = 0;
    for i in 0..4 {
        let k = sum[i].wrapping_mul(INV);
        let mut carry = 0;
        for j in 0..4 {
            (sum[i + j], carry) = multiply_add(sum[i + j], k, R[j], carry);
        }
        let top = u128::from(sum[i + 4]) + u128::from(carry) + u128::from(above);
        (sum[i + 4], above) = (top as u64, (top >> 64) as u64);
    }
    debug_assert_eq!(above, 0);
    [sum[4], sum[5], sum[6], sum[7]]
}

#[inline(always)]
fn subtract_if_not_above(x: Limbs, subtrahend: &Limbs) -> Limbs {
    let mut difference = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (d, under) = x[i].overflowing_sub(subtrahend[i]);
        let (d, under_borrow) = d.overflowing_sub(u64::from(borrow));
        (difference[i], borrow) = (d, under | under_borrow);
    }
    if borrow { x } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash_to_field;
    use ark_ff::AdditiveGroup;

    fn plain(a: &[Field], b: &[Field]) -> Field {
        a.iter().zip(b).map(|(a, b)| *a * b).sum()
    }

    #[test]
    fn sums_are_those_of_single_products() {
        let element = |i: usize, n: usize| hash_to_field("wide", &[&i.to_be_bytes(), &n.to_be_bytes()]);
        // Largest limbs that a canonical element can have: the Montgomery form is r - 1.
        let largest = Field::new_unchecked(BigInt([R[0] - 1, R[1], R[2], R[3]]));
        for terms in 0..=TERMS_MAX {
            for n in 0..500 {
                let a: Vec<_> = (0..terms).map(|i| element(2 * i, n)).collect();
                let b: Vec<_> = (0..terms).map(|i| element(2 * i + 1, n)).collect();
                assert_eq!(sum_of_products(&a, &b), plain(&a, &b));
            }
            for (x, y) in [(largest, largest), (largest, Field::from(1)), (-Field::from(1), largest)] {
                let (a, b) = (vec![x; terms], vec![y; terms]);
                assert_eq!(sum_of_products(&a, &b), plain(&a, &b));
            }
            let zero = vec![Field::ZERO; terms];
            assert_eq!(sum_of_products(&zero, &vec![largest; terms]), Field::ZERO);
        }
    }
}
