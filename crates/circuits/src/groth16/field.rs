//! Arithmetic in BN254's fields and the quadratic extension of its base field,
//! for the loops in which a proof's time goes. The element types are arkworks', and each result
//! is the same number. A product in the extension takes three products of limbs instead of four, and no sum or
//! difference branches on its operands.
//!
//! Elements are four limbs in Montgomery form with `R = 2^256`. As `4 q < R` for both moduli, a reduction of a
//! number below `q R` ends below `2 q` and no carry leaves the top limb.

use ark_bn254::{Fq, Fq2, FqConfig};
use ark_ff::{BigInt, Field, Fp, MontBackend, MontConfig};
use zeroize::Zeroize;

/// An element of a prime field of four limbs.
type Element<M> = Fp<MontBackend<M, 4>, 4>;

/// `a * b`.
#[inline(always)]
pub fn times<M: MontConfig<4>>(a: &Element<M>, b: &Element<M>) -> Element<M> {
    Element::<M>::new_unchecked(BigInt(multiply::<M>(&a.0.0, &b.0.0)))
}

/// `a + b`. Without a branch, as is [`minus`]: which way it goes is a coin's toss.
#[inline(always)]
pub fn plus<M: MontConfig<4>>(a: &Element<M>, b: &Element<M>) -> Element<M> {
    Element::<M>::new_unchecked(BigInt(canonical::<M>(sum(&a.0.0, &b.0.0))))
}

/// `a - b`.
#[inline(always)]
pub fn minus<M: MontConfig<4>>(a: &Element<M>, b: &Element<M>) -> Element<M> {
    let (less, borrow) = difference(&a.0.0, &b.0.0);
    let mask = 0u64.wrapping_sub(borrow);
    Element::<M>::new_unchecked(BigInt(sum(&less, &M::MODULUS.0.map(|q| q & mask))))
}

/// A coordinate of a point: an element of BN254's base field or of its quadratic extension.
pub trait Coordinate: Field<BasePrimeField = Fq> + Zeroize {
    /// `self * other`.
    fn times(&self, other: &Self) -> Self;

    /// `self * self`.
    fn squared(&self) -> Self;

    /// `self - other`.
    fn minus(&self, other: &Self) -> Self;
}

impl Coordinate for Fq {
    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        times(self, other)
    }

    #[inline(always)]
    fn squared(&self) -> Self {
        self.times(self)
    }

    #[inline(always)]
    fn minus(&self, other: &Self) -> Self {
        minus(self, other)
    }
}

/// With `i^2 = -1`.
impl Coordinate for Fq2 {
    /// Three products and two reductions: `a0 b0 - a1 b1` and `(a0 + a1)(b0 + b1) - a0 b0 - a1 b1`.
    #[inline]
    fn times(&self, other: &Self) -> Self {
        let [a0, a1, b0, b1] = [&self.c0, &self.c1, &other.c0, &other.c1].map(|element| &element.0.0);
        let (low, high) = (product(a0, b0), product(a1, b1));
        // The sums are below 2 q, so what is left is below 2 q^2 and that below q R.
        let mixed = product(&sum(a0, a1), &sum(b0, b1));
        let (mixed, _) = difference(&mixed, &low);
        let (mixed, _) = difference(&mixed, &high);
        let (mut real, borrow) = difference(&low, &high);
        // Where it is negative, q R makes it positive.
        let mask = 0u64.wrapping_sub(borrow);
        let mut carry = 0;
        for (limb, q) in real[4..].iter_mut().zip(FqConfig::MODULUS.0) {
            (*limb, carry) = add(*limb, q & mask, carry);
        }
        let element = |limbs| Fq::new_unchecked(BigInt(reduce::<FqConfig>(limbs)));
        Fq2::new(element(real), element(mixed))
    }

    /// `(a0 + a1)(a0 - a1)` and `2 a0 a1`.
    #[inline]
    fn squared(&self) -> Self {
        let (sum, difference) = (plus(&self.c0, &self.c1), minus(&self.c0, &self.c1));
        Fq2::new(times(&sum, &difference), times(&plus(&self.c0, &self.c0), &self.c1))
    }

    #[inline(always)]
    fn minus(&self, other: &Self) -> Self {
        Fq2::new(minus(&self.c0, &other.c0), minus(&self.c1, &other.c1))
    }
}

/// `a + b c + carry`, low and high.
#[inline(always)]
fn mac(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(a) + u128::from(b) * u128::from(c) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

/// `a + b + carry`, low and high.
#[inline(always)]
fn add(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(a) + u128::from(b) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

/// `a + b` modulo `2^256`.
#[inline(always)]
fn sum(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let (mut out, mut carry) = ([0; 4], 0);
    for i in 0..4 {
        (out[i], carry) = add(a[i], b[i], carry);
    }
    out
}

/// `a - b` and the borrow.
#[inline(always)]
fn difference<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], u64) {
    let (mut out, mut borrow) = ([0; N], 0);
    for i in 0..N {
        let (first, under) = a[i].overflowing_sub(b[i]);
        let (second, again) = first.overflowing_sub(borrow);
        (out[i], borrow) = (second, u64::from(under | again));
    }
    (out, borrow)
}

/// From below `2 q` to below `q`.
#[inline(always)]
fn canonical<M: MontConfig<4>>(a: [u64; 4]) -> [u64; 4] {
    let (less, borrow) = difference(&a, &M::MODULUS.0);
    if borrow == 0 { less } else { a }
}

/// `a b / R`, the reduction limb by limb between the products.
#[inline(always)]
fn multiply<M: MontConfig<4>>(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let (q, mut r) = (M::MODULUS.0, [0u64; 4]);
    for b in b {
        let (low, mut carry) = mac(r[0], a[0], *b, 0);
        let k = low.wrapping_mul(M::INV);
        let (_, mut reduction) = mac(low, k, q[0], 0);
        for j in 1..4 {
            let low;
            (low, carry) = mac(r[j], a[j], *b, carry);
            (r[j - 1], reduction) = mac(low, k, q[j], reduction);
        }
        r[3] = carry + reduction;
    }
    canonical::<M>(r)
}

/// `a b`, all eight limbs.
#[inline(always)]
fn product(a: &[u64; 4], b: &[u64; 4]) -> [u64; 8] {
    let mut r = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (r[i + j], carry) = mac(r[i + j], a[j], b[i], carry);
        }
        r[i + 4] = carry;
    }
    r
}

/// `a / R` for `a` below `q R`.
#[inline(always)]
fn reduce<M: MontConfig<4>>(mut r: [u64; 8]) -> [u64; 4] {
    let (q, mut top) = (M::MODULUS.0, 0);
    for i in 0..4 {
        let k = r[i].wrapping_mul(M::INV);
        let (_, mut carry) = mac(r[i], k, q[0], 0);
        for j in 1..4 {
            (r[i + j], carry) = mac(r[i + j], k, q[j], carry);
        }
        (r[i + 4], top) = add(r[i + 4], carry, top);
    }
    canonical::<M>([r[4], r[5], r[6], r[7]])
}
