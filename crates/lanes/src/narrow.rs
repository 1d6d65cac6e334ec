//! One lane for machines without a product of 64 bits with 64 bits, as WebAssembly is: limbs of 29 bits, whose products
//! are added in 64 bits.
//!
//! A number is nine limbs in Montgomery form with `R = 2^261`, which is more than `128 q`: that is the room for
//! unreduced numbers. Limbs are normalised (below `2^29`) between operations; within one they may be any signed number that
//! fits: a column of a product and of its reduction has at most 18 products of two limbs, less than `2^63`.
//!
//! Loops over rows are kept loops: unrolled, a product has more values alive than any engine has registers, and takes
//! nearly twice the time. Operations are calls: the engine's compiler does better with small functions, and the module is a
//! third of the size.

use crate::powers::power_of_two;
use crate::{Element, Job, Lanes, MOST, Mask, Pair, Part, require};
use ark_ff::{BigInt, MontConfig};
use core::hint::black_box;
use core::marker::PhantomData;

/// The path. Every machine has it; on 64 bits, [`Portable`](crate::Portable) is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrow;

const LIMBS: usize = 9;
const BITS: u32 = 29;
const LOW: u64 = (1 << BITS) - 1;

type Limbs = [u32; LIMBS];
/// The columns of a product; the last is empty.
type Wide = [i64; 2 * LIMBS];

/// A number, limb by limb.
#[derive(Debug)]
pub struct Number<M>(Limbs, PhantomData<M>);

impl<M> Clone for Number<M> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Number<M> {}

/// What depends on the modulus only.
struct Constants<M>(PhantomData<M>);

impl<M: MontConfig<4>> Constants<M> {
    /// `-1 / q` modulo `2^29`.
    const INVERSE: u64 = M::INV & LOW;
    /// The limbs of `0 q, 1 q, ..., 8 q`.
    const MULTIPLES: [Limbs; 9] = {
        require::<M>();
        let mut table = [[0; LIMBS]; 9];
        let mut k = 0;
        while k < 9 {
            table[k] = multiple(&M::MODULUS.0, k as u64);
            k += 1;
        }
        table
    };
    const Q: Limbs = Self::MULTIPLES[1];
    const Q4: Limbs = Self::MULTIPLES[4];
    const Q8: Limbs = Self::MULTIPLES[8];
    /// `2^266` modulo `q`: a product with it takes `x 2^256` to `x 2^261`.
    const ENTER: Limbs = split(&power_of_two::<M>(266));
    /// `2^256` modulo `q`: the way back.
    const LEAVE: Limbs = split(&power_of_two::<M>(256));
}

/// The limbs of `k q`, for `k` up to 8.
const fn multiple(q: &[u64; 4], k: u64) -> Limbs {
    let mut limbs = split(q);
    let (mut i, mut carry) = (0, 0);
    while i < LIMBS {
        let limb = limbs[i] as u64 * k + carry;
        limbs[i] = (limb & LOW) as u32;
        carry = limb >> BITS;
        i += 1;
    }
    limbs
}

/// Four limbs of 64 bits to nine of 29.
#[inline(always)]
const fn split(a: &[u64; 4]) -> Limbs {
    [
        (a[0] & LOW) as u32,
        (a[0] >> 29 & LOW) as u32,
        ((a[0] >> 58 | a[1] << 6) & LOW) as u32,
        (a[1] >> 23 & LOW) as u32,
        ((a[1] >> 52 | a[2] << 12) & LOW) as u32,
        (a[2] >> 17 & LOW) as u32,
        ((a[2] >> 46 | a[3] << 18) & LOW) as u32,
        (a[3] >> 11 & LOW) as u32,
        (a[3] >> 40) as u32,
    ]
}

/// And back, of a number below `2^256`.
#[inline(always)]
fn joined(a: &Limbs) -> [u64; 4] {
    let a = a.map(u64::from);
    [
        a[0] | a[1] << 29 | a[2] << 58,
        a[2] >> 6 | a[3] << 23 | a[4] << 52,
        a[4] >> 12 | a[5] << 17 | a[6] << 46,
        a[6] >> 18 | a[7] << 11 | a[8] << 40,
    ]
}

/// A length that the compiler does not know, so that it does not unroll a loop.
#[inline(always)]
fn rows() -> usize {
    black_box(LIMBS).min(LIMBS)
}

/// `a b / R` modulo `q`, plus up to `q`.
#[inline(never)]
fn product<M: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Number<M> {
    let (q, b) = (Constants::<M>::Q.map(u64::from), b.map(u64::from));
    let mut t = [0u64; LIMBS - 1];
    for a in &a[..rows()] {
        let a = u64::from(*a);
        let low = t[0] + a * b[0];
        let k = low.wrapping_mul(Constants::<M>::INVERSE) & LOW;
        let carry = (low + k * q[0]) >> BITS;
        t[0] = t[1] + a * b[1] + k * q[1] + carry;
        t[1] = t[2] + a * b[2] + k * q[2];
        t[2] = t[3] + a * b[3] + k * q[3];
        t[3] = t[4] + a * b[4] + k * q[4];
        t[4] = t[5] + a * b[5] + k * q[5];
        t[5] = t[6] + a * b[6] + k * q[6];
        t[6] = t[7] + a * b[7] + k * q[7];
        t[7] = a * b[8] + k * q[8];
    }
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS - 1 {
        let limb = t[i] + carry;
        limbs[i] = (limb & LOW) as u32;
        carry = limb >> BITS;
    }
    limbs[LIMBS - 1] = carry as u32;
    Number(limbs, PhantomData)
}

/// `a b`, column by column.
#[inline(never)]
fn wide(a: &Limbs, b: &Limbs) -> Wide {
    let b = b.map(i64::from);
    let (mut out, mut t) = ([0; 2 * LIMBS], [0i64; LIMBS - 1]);
    for (a, out) in a[..rows()].iter().zip(&mut out) {
        let a = i64::from(*a);
        *out = t[0] + a * b[0];
        t[0] = t[1] + a * b[1];
        t[1] = t[2] + a * b[2];
        t[2] = t[3] + a * b[3];
        t[3] = t[4] + a * b[4];
        t[4] = t[5] + a * b[5];
        t[5] = t[6] + a * b[6];
        t[6] = t[7] + a * b[7];
        t[7] = a * b[8];
    }
    out[LIMBS..2 * LIMBS - 1].copy_from_slice(&t);
    out
}

/// `t / R` modulo `q`, plus up to `q`; `t` is not negative and its columns are below `2^62` in size.
#[inline(never)]
fn fold<M: MontConfig<4>>(wide: &Wide) -> Number<M> {
    let q = Constants::<M>::Q.map(i64::from);
    let mut t = [0i64; LIMBS];
    t.copy_from_slice(&wide[..LIMBS]);
    for i in 0..rows() {
        // Only the low 29 bits of a column count here, whatever its sign.
        let k = (t[0].wrapping_mul(Constants::<M>::INVERSE as i64)) & LOW as i64;
        let carry = (t[0] + k * q[0]) >> BITS;
        t[0] = t[1] + k * q[1] + carry;
        t[1] = t[2] + k * q[2];
        t[2] = t[3] + k * q[3];
        t[3] = t[4] + k * q[4];
        t[4] = t[5] + k * q[5];
        t[5] = t[6] + k * q[6];
        t[6] = t[7] + k * q[7];
        t[7] = t[8] + k * q[8];
        t[8] = wide[i + LIMBS];
    }
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS {
        let limb = t[i] + carry;
        limbs[i] = (limb & LOW as i64) as u32;
        carry = limb >> BITS;
    }
    Number(limbs, PhantomData)
}

/// From below `8 2^254`, which is above `10 q`, to below `4 q`; both by [`require`]. Limbs may have any sign, and are below
/// `2^31` less `2^29` in size.
///
/// Subtracts `k q` for `k` the number divided by `2^254`, at most 7: what is left is below `2^254 + k (2^254 - q)`, so
/// `8 2^254 - 7 q`, and `8 2^254 < 11 q`. The two limbs that `k` is taken from may lack a carry of one unit of `2^203`, or a
/// borrow of two. A carry makes `k` one too small and adds that unit to what is left; a borrow that makes `k` too large
/// by one leaves `2^254 - q` less those units, not less than 0.
#[inline(always)]
fn reduce<M: MontConfig<4>>(t: [i32; LIMBS]) -> Number<M> {
    let top = (i64::from(t[8]) << BITS) + i64::from(t[7]);
    let k = (top.max(0) >> (254 - 7 * BITS)) as usize;
    // It is below 8 by itself; the mask tells the compiler.
    let multiple = &Constants::<M>::MULTIPLES[k & 7];
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS {
        let limb = t[i] - multiple[i] as i32 + carry;
        limbs[i] = limb as u32 & LOW as u32;
        carry = limb >> BITS;
    }
    Number(limbs, PhantomData)
}

/// `a + b`, normalised.
#[inline(never)]
fn sum(a: &Limbs, b: &Limbs) -> Limbs {
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS {
        let limb = a[i] + b[i] + carry;
        limbs[i] = limb & LOW as u32;
        carry = limb >> BITS;
    }
    limbs
}

/// `a - b + c`, normalised; not negative.
#[inline(never)]
fn difference(a: &Limbs, b: &Limbs, c: &Limbs) -> Limbs {
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS {
        let limb = a[i] as i32 - b[i] as i32 + c[i] as i32 + carry;
        limbs[i] = limb as u32 & LOW as u32;
        carry = limb >> BITS;
    }
    limbs
}

/// `a + b` of two tight numbers. Tight.
#[inline(never)]
fn plus<M: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Number<M> {
    reduce(core::array::from_fn(|i| (a[i] + b[i]) as i32))
}

/// `a - b` of two tight numbers. Tight.
#[inline(never)]
fn minus<M: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Number<M> {
    let raised = &Constants::<M>::Q4;
    reduce(core::array::from_fn(|i| a[i] as i32 - b[i] as i32 + raised[i] as i32))
}

/// `a - b - c` of a number below `2 q` and two tight ones. Tight.
#[inline(never)]
fn minus_both<M: MontConfig<4>>(a: &Limbs, b: &Limbs, c: &Limbs) -> Number<M> {
    let raised = &Constants::<M>::Q8;
    reduce(core::array::from_fn(|i| a[i] as i32 - b[i] as i32 - c[i] as i32 + raised[i] as i32))
}

/// In the extension, of loose numbers. Tight, and below `3 q`.
///
/// Three products and two reductions. The real part may be negative before `q R` is added: `a1 b1` is below `64 q^2`,
/// and that below `q R`. Then it is below `64 q^2 + q R`, so below `3 q` in the end; the other part is below `128 q^2`.
#[inline(never)]
fn times_extension<M: MontConfig<4>>(a: &[Number<M>; 2], b: &[Number<M>; 2]) -> [Number<M>; 2] {
    let (mut real, second) = (wide(&a[0].0, &b[0].0), wide(&a[1].0, &b[1].0));
    let mut mixed = wide(&sum(&a[0].0, &a[1].0), &sum(&b[0].0, &b[1].0));
    for i in 0..2 * LIMBS {
        mixed[i] -= real[i] + second[i];
        real[i] -= second[i];
    }
    for i in 0..LIMBS {
        real[LIMBS + i] += i64::from(Constants::<M>::Q[i]);
    }
    [fold::<M>(&real), fold::<M>(&mixed)]
}

/// From below `2 q` to below `q`.
#[inline(always)]
fn canonical<M: MontConfig<4>>(a: &Limbs) -> Limbs {
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for i in 0..LIMBS {
        let limb = a[i] as i32 - Constants::<M>::Q[i] as i32 + carry;
        limbs[i] = limb as u32 & LOW as u32;
        carry = limb >> BITS;
    }
    // All ones where the difference is negative.
    let mask = carry as u32;
    core::array::from_fn(|i| (a[i] & mask) | (limbs[i] & !mask))
}

/// `a b` of arkworks' elements: a factor of `2^5` takes from `R = 2^256` to `2^261`.
#[inline(never)]
pub fn times<M: MontConfig<4>>(a: &Element<M>, b: &Element<M>) -> Element<M> {
    let a = a.0.0;
    let shifted = [a[0] << 5, a[1] << 5 | a[0] >> 59, a[2] << 5 | a[1] >> 59, a[3] << 5 | a[2] >> 59];
    let mut limbs = split(&shifted);
    limbs[LIMBS - 1] |= (a[3] >> 59 << 24) as u32;
    // 32 q^2 is below q R.
    let number: Number<M> = product(&limbs, &split(&b.0.0));
    Element::<M>::new_unchecked(BigInt(joined(&canonical::<M>(&number.0))))
}

impl Lanes for Narrow {
    const COUNT: usize = 1;
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
        product(&split(&element.0.0), &Constants::<M>::ENTER)
    }

    #[inline(always)]
    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Number<M> {
        elements.first().map_or(Number([0; LIMBS], PhantomData), |element| self.splat(element))
    }

    #[inline(always)]
    fn export<M: MontConfig<4>>(self, loose: Number<M>, elements: &mut [Element<M>]) {
        if let Some(place) = elements.first_mut() {
            let number: Number<M> = product(&loose.0, &Constants::<M>::LEAVE);
            *place = Element::<M>::new_unchecked(BigInt(joined(&canonical::<M>(&number.0))));
        }
    }

    #[inline(always)]
    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Number<M>; 2] {
        rows[indices[0]].0.map(|limbs| Number(split(&limbs), PhantomData))
    }

    #[inline(always)]
    fn scatter<M: MontConfig<4>>(self, loose: [Number<M>; 2]) -> [Pair; MOST] {
        let mut all = [Pair::default(); MOST];
        all[0] = Pair(loose.map(|number| joined(&reduce::<M>(number.0.map(|limb| limb as i32)).0)));
        all
    }

    #[inline(always)]
    fn times<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        product(&a.0, &b.0)
    }

    #[inline(always)]
    fn sum<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        Number(sum(&a.0, &b.0), PhantomData)
    }

    #[inline(always)]
    fn difference<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        Number(difference(&a.0, &b.0, &Constants::<M>::Q4), PhantomData)
    }

    #[inline(always)]
    fn plus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        plus(&a.0, &b.0)
    }

    #[inline(always)]
    fn minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        minus(&a.0, &b.0)
    }

    #[inline(always)]
    fn minus_both<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>, c: Number<M>) -> Number<M> {
        minus_both(&a.0, &b.0, &c.0)
    }

    #[inline(always)]
    fn select<M: MontConfig<4>>(self, mask: Mask, a: Number<M>, b: Number<M>) -> Number<M> {
        let ones = 0u32.wrapping_sub(u32::from(mask & 1));
        Number(core::array::from_fn(|i| (a.0[i] & ones) | (b.0[i] & !ones)), PhantomData)
    }

    #[inline(always)]
    fn transpose<M: MontConfig<4>>(self, _numbers: &mut [Number<M>]) {}

    #[inline(always)]
    fn times_extension<M: MontConfig<4>>(self, a: [Number<M>; 2], b: [Number<M>; 2]) -> [Number<M>; 2] {
        times_extension(&a, &b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::{element, joined, limbs, multiple, numbers};
    use ark_bn254::{FqConfig, FrConfig};
    use ark_ff::Field as _;

    fn number<M>(value: &crate::bounds::Number) -> Number<M> {
        Number(limbs(value, BITS).map(|limb| limb as u32), PhantomData)
    }

    /// Asserts that `number` is below `bound q` and is `expected`.
    #[track_caller]
    fn is<M: MontConfig<4>>(number: &Number<M>, bound: u64, expected: Element<M>) {
        let value = joined(&number.0.map(u64::from), BITS);
        assert!(value < multiple::<M>(bound), "not below {bound} q");
        assert_eq!(element::<M>(&value), expected);
    }

    fn at_the_bounds<M: MontConfig<4>>() {
        let r = Element::<M>::from(2u8).pow([261]).inverse().expect("not 0");
        let (tight, loose) = (numbers::<M>(&multiple::<M>(4), BITS), numbers::<M>(&multiple::<M>(8), BITS));
        let products = numbers::<M>(&multiple::<M>(2), BITS);
        let e = element::<M>;
        for a in &tight {
            for b in &tight {
                let (x, y) = (number::<M>(a), number::<M>(b));
                is(&Narrow.plus(x, y), 4, e(a) + e(b));
                is(&Narrow.minus(x, y), 4, e(a) - e(b));
                is(&Narrow.sum(x, y), 8, e(a) + e(b));
                is(&Narrow.difference(x, y), 8, e(a) - e(b));
                for c in &products {
                    is(&Narrow.minus_both(number(c), x, y), 4, e(c) - e(a) - e(b));
                }
            }
        }
        for a in &loose {
            for b in &loose {
                let (x, y) = (number::<M>(a), number::<M>(b));
                is(&Narrow.times(x, y), 2, e(a) * e(b) * r);
                let [real, mixed] = Narrow.times_extension([x, y], [y, x]);
                is(&real, 3, Element::<M>::from(0u8));
                is(&mixed, 3, (e(a) * e(a) + e(b) * e(b)) * r);
                let [real, mixed] = Narrow.times_extension([x, y], [x, y]);
                is(&real, 3, (e(a) * e(a) - e(b) * e(b)) * r);
                is(&mixed, 3, e(a) * e(b) * r + e(a) * e(b) * r);
            }
            let [scattered, _] = Narrow.gather::<M>(&Narrow.scatter([number::<M>(a); 2]), &[0; MOST]);
            is(&scattered, 4, e(a));
        }
    }

    #[test]
    fn base_field_numbers_at_the_bounds() {
        at_the_bounds::<FqConfig>();
    }

    #[test]
    fn scalar_field_numbers_at_the_bounds() {
        at_the_bounds::<FrConfig>();
    }
}
