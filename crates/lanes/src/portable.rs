//! Portable arithmetic. The element types are arkworks', and each result is the same number. A
//! product in the extension takes three products of limbs instead of four, and no sum or difference branches on
//! its operands.
//!
//! Elements are four limbs in Montgomery form with `R = 2^256`. As `4 q < R` for both moduli, a reduction of a
//! number below `q R` ends below `2 q` and no carry leaves the top limb.

use crate::{Element, Job, Lanes, MOST, Mask, Pair, Part, require};
use ark_ff::{AdditiveGroup as _, BigInt, Field as _, MontConfig};

/// Four lanes, one after the other: enough that a multiplication need not wait for the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portable;

const COUNT: usize = 4;

type Number<M> = [Element<M>; COUNT];

/// Everything is reduced, so the bounds of [`Lanes`] mean nothing here.
impl Lanes for Portable {
    const COUNT: usize = COUNT;
    type Number<M: MontConfig<4>> = Number<M>;

    #[inline(always)]
    fn enter<J: Job>(self, job: J) -> J::Output {
        job.run(self)
    }

    #[inline(never)]
    fn apart<P: Part<Self>>(self, part: P) -> P::Output {
        part.run(self)
    }

    #[inline(always)]
    fn splat<M: MontConfig<4>>(self, element: &Element<M>) -> Number<M> {
        [*element; COUNT]
    }

    #[inline(always)]
    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Number<M> {
        core::array::from_fn(|lane| elements.get(lane).copied().unwrap_or(Element::<M>::ZERO))
    }

    #[inline(always)]
    fn export<M: MontConfig<4>>(self, number: Number<M>, elements: &mut [Element<M>]) {
        elements.iter_mut().zip(number).for_each(|(place, element)| *place = element);
    }

    #[inline(always)]
    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Number<M>; 2] {
        let element =
            |lane: usize, side: usize| Element::<M>::new_unchecked(BigInt(rows[indices[lane]].0[side]));
        [core::array::from_fn(|lane| element(lane, 0)), core::array::from_fn(|lane| element(lane, 1))]
    }

    #[inline(always)]
    fn scatter<M: MontConfig<4>>(self, [a, b]: [Number<M>; 2]) -> [Pair; MOST] {
        let limbs = |number: &Number<M>, lane: usize| number.get(lane).map_or([0; 4], |element| element.0.0);
        core::array::from_fn(|lane| Pair([limbs(&a, lane), limbs(&b, lane)]))
    }

    #[inline(always)]
    fn times<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        let mut out = a;
        for (a, b) in out.iter_mut().zip(&b) {
            *a = times(a, b);
        }
        out
    }

    #[inline(always)]
    fn squared<M: MontConfig<4>>(self, a: Number<M>) -> Number<M> {
        let mut out = a;
        for a in &mut out {
            a.square_in_place();
        }
        out
    }

    #[inline(always)]
    fn sum<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        self.plus(a, b)
    }

    #[inline(always)]
    fn difference<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        self.minus(a, b)
    }

    #[inline(always)]
    fn plus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        let mut out = a;
        for (a, b) in out.iter_mut().zip(&b) {
            *a = plus(a, b);
        }
        out
    }

    #[inline(always)]
    fn minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        let mut out = a;
        for (a, b) in out.iter_mut().zip(&b) {
            *a = minus(a, b);
        }
        out
    }

    #[inline(always)]
    fn select<M: MontConfig<4>>(self, mask: Mask, a: Number<M>, b: Number<M>) -> Number<M> {
        core::array::from_fn(|lane| {
            let ones = 0u64.wrapping_sub(u64::from(mask >> lane & 1));
            let (a, b) = (a[lane].0.0, b[lane].0.0);
            let limbs = core::array::from_fn(|i| (a[i] & ones) | (b[i] & !ones));
            Element::<M>::new_unchecked(BigInt(limbs))
        })
    }

    #[inline(always)]
    fn transpose<M: MontConfig<4>>(self, numbers: &mut [Number<M>]) {
        for i in 0..COUNT {
            for j in 0..i {
                let (low, high) = (numbers[j][i], numbers[i][j]);
                (numbers[j][i], numbers[i][j]) = (high, low);
            }
        }
    }

    #[inline(always)]
    fn times_extension<M: MontConfig<4>>(self, a: [Number<M>; 2], b: [Number<M>; 2]) -> [Number<M>; 2] {
        let mut out = a;
        for lane in 0..COUNT {
            let product = times_extension([&a[0][lane], &a[1][lane]], [&b[0][lane], &b[1][lane]]);
            [out[0][lane], out[1][lane]] = product;
        }
        out
    }
}

/// `a * b`.
#[inline(always)]
pub fn times<M: MontConfig<4>>(a: &Element<M>, b: &Element<M>) -> Element<M> {
    #[cfg(target_arch = "wasm32")]
    return crate::narrow::times(a, b);
    #[cfg(not(target_arch = "wasm32"))]
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
    require::<M>();
    let (less, borrow) = difference(&a.0.0, &b.0.0);
    let mask = 0u64.wrapping_sub(borrow);
    Element::<M>::new_unchecked(BigInt(sum(&less, &M::MODULUS.0.map(|q| q & mask))))
}

/// Three products and two reductions: `a0 b0 - a1 b1` and `(a0 + a1)(b0 + b1) - a0 b0 - a1 b1`.
#[inline(always)]
fn times_extension<M: MontConfig<4>>(a: [&Element<M>; 2], b: [&Element<M>; 2]) -> [Element<M>; 2] {
    let [a0, a1, b0, b1] = [a[0], a[1], b[0], b[1]].map(|element| &element.0.0);
    let (low, high) = (product(a0, b0), product(a1, b1));
    // The sums are below 2 q, so what is left is below 2 q^2 and that below q R.
    let mixed = product(&sum(a0, a1), &sum(b0, b1));
    let (mixed, _) = difference(&mixed, &low);
    let (mixed, _) = difference(&mixed, &high);
    let (mut real, borrow) = difference(&low, &high);
    // Where it is negative, q R makes it positive.
    let mask = 0u64.wrapping_sub(borrow);
    let mut carry = 0;
    for (limb, q) in real[4..].iter_mut().zip(M::MODULUS.0) {
        (*limb, carry) = add(*limb, q & mask, carry);
    }
    [real, mixed].map(|limbs| Element::<M>::new_unchecked(BigInt(reduce::<M>(limbs))))
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
    require::<M>();
    let (less, borrow) = difference(&a, &M::MODULUS.0);
    if borrow == 0 { less } else { a }
}

/// `a b / R`, the reduction limb by limb between the products.
#[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "products of 64 bits are slow there"))]
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
