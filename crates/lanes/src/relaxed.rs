//! Two lanes with WebAssembly's relaxed SIMD: products of 51 bits by fused multiplications of 64-bit floating-point
//! numbers. Method: N. Emmart, "Faster modular exponentiation using double precision floating point arithmetic on the GPU" (2018).
//!
//! A number is five limbs of 51 bits, below `2^51` each, in Montgomery form with `R = 2^255`. There is no room for unreduced
//! numbers, so the bounds of [`Lanes`] mean nothing here: every number is *short*, below `1.75 q`.
//!
//! For `a, b < 2^51`, `h = fma(a, b, 2^103)` is `2^103 + 2^51 H` with `H` the nearest integer to `a b / 2^51`, for the last place
//! of `h` is `2^51`. Then `l = fma(a, b, 2^103 + 3 2^51 - h)` is `3 2^51 + L` with `L = a b - 2^51 H`, at most `2^50` in
//! size; the subtraction is exact. As integers, the bits of `h` and `l` are those of `2^103` and of `3 2^51`, plus `H` and `L`. So columns
//! are sums of integers, which start at minus the constants.
//!
//! Relaxed SIMD may round twice; [`Relaxed::detect`] looks, and there is no value without it. On other machines than WebAssembly's
//! the vectors are arrays, for tests.

mod vector;

use crate::powers::power_of_two;
use crate::{Element, Job, Lanes, MOST, Mask, Pair, Part, require};
use ark_ff::{BigInt, MontConfig};
use core::marker::PhantomData;
use vector::Vector;

/// The machine multiplies and adds with one rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relaxed(());

impl Relaxed {
    /// If it does.
    pub fn detect() -> Option<Self> {
        // (2^27 + 1)^2 = 2^54 + 2^28 + 1, whose last bit a product alone would lose.
        let a = Vector::real(core::hint::black_box((1u64 << 27) as f64 + 1.0));
        let rest = a.fused(a, Vector::real(-((1u64 << 54) as f64 + (1u64 << 28) as f64)));
        (rest.lanes() == Vector::real(1.0).lanes()).then_some(Relaxed(()))
    }
}

const COUNT: usize = 2;
const LIMBS: usize = 5;
const BITS: u32 = 51;
const LOW: u64 = (1 << BITS) - 1;
/// `2^103`, and what a high half is subtracted from.
const HIGH: f64 = (1u128 << 103) as f64;
const REST: f64 = ((1u128 << 103) + (3u128 << 51)) as f64;
/// `2^52`: its bits and those of a limb are the bits of the sum.
const MAGIC: f64 = (1u64 << 52) as f64;
/// Bits of `2^103` and of `3 2^51`.
const HIGH_BITS: u64 = (1023 + 103) << 52;
const LOW_BITS: u64 = ((1023 + 52) << 52) + (1 << 51);

type Limbs = [Vector; LIMBS];
/// The columns of a product.
type Wide = [Vector; 2 * LIMBS];

/// Limb by limb; lanes are the elements of a vector.
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
    /// `-1 / q` modulo `2^51`.
    const INVERSE: u64 = M::INV & LOW;
    /// `S` of the multiple `2^51 S - 1` of `q`; below `q`.
    const SHIFTED: [u64; LIMBS] = {
        let (mut limbs, mut carry, mut i) = ([0; LIMBS], 0, 0);
        while i <= LIMBS {
            let limb = if i < LIMBS { Self::Q[i] as u128 * Self::INVERSE as u128 } else { 0 } + carry;
            // The lowest is 2^51 - 1; with the 1 that makes it 2^51, it carries one more.
            carry = (limb >> BITS) + (i == 0) as u128;
            if i > 0 {
                limbs[i - 1] = limb as u64 & LOW;
            }
            i += 1;
        }
        limbs
    };
    const Q: [u64; LIMBS] = {
        require::<M>();
        split(M::MODULUS.0)
    };
    const Q2: [u64; LIMBS] = {
        let q = M::MODULUS.0;
        split([q[0] << 1, q[1] << 1 | q[0] >> 63, q[2] << 1 | q[1] >> 63, q[3] << 1 | q[2] >> 63])
    };
    /// `2^254` modulo `q`: a product with it takes `x 2^256` to `x 2^255`.
    const ENTER: [u64; LIMBS] = split(power_of_two::<M>(254));
    /// `2^256` modulo `q`: the way back.
    const LEAVE: [u64; LIMBS] = split(power_of_two::<M>(256));
}

const fn split(a: [u64; 4]) -> [u64; LIMBS] {
    [
        a[0] & LOW,
        (a[0] >> 51 | a[1] << 13) & LOW,
        (a[1] >> 38 | a[2] << 26) & LOW,
        (a[2] >> 25 | a[3] << 39) & LOW,
        a[3] >> 12,
    ]
}

/// A constant in every lane.
#[inline(always)]
fn limbs(constant: &[u64; LIMBS]) -> Limbs {
    constant.map(Vector::all)
}

/// Four limbs of 64 bits to five of 51; the number is below `2^255`.
#[inline(always)]
fn unpack<M>(a: [Vector; 4]) -> Number<M> {
    let low = Vector::all(LOW);
    let limbs = [
        a[0].and(low),
        a[0].right::<51>().or(a[1].left::<13>()).and(low),
        a[1].right::<38>().or(a[2].left::<26>()).and(low),
        a[2].right::<25>().or(a[3].left::<39>()).and(low),
        a[3].right::<12>(),
    ];
    Number(limbs, PhantomData)
}

/// And back.
#[inline(always)]
fn pack<M>(number: &Number<M>) -> [Vector; 4] {
    let a = &number.0;
    [
        a[0].or(a[1].left::<51>()),
        a[1].right::<13>().or(a[2].left::<38>()),
        a[2].right::<26>().or(a[3].left::<25>()),
        a[3].right::<39>().or(a[4].left::<12>()),
    ]
}

/// Limbs of any sign to limbs of 51 bits; the number is not negative and below `2^255`.
#[inline(always)]
fn normalise<M>(mut t: Limbs) -> Number<M> {
    let low = Vector::all(LOW);
    for i in 0..LIMBS - 1 {
        t[i + 1] = t[i + 1].plus(t[i].carry());
        t[i] = t[i].and(low);
    }
    Number(t, PhantomData)
}

/// From below `3.75 q` to below `1.75 q`; limbs may have any sign.
///
/// Subtracts `k q` for `k` the number divided by `2^254`, at most 2, for `3.75 q` is below `3 2^254`. What is left is below
/// `(k + 1) 2^254 - k q` for `k` up to 1, so below `2^255 - q`, and below `3.75 q - 2 q` for 2. As `q` is between `0.728 2^254` and
/// `0.799 2^254`, all are below `1.75 q`. The top limb may lack some carries or borrows, units of `2^204`: less than the room that is left.
#[inline(always)]
fn reduce<M: MontConfig<4>>(mut t: Limbs) -> Number<M> {
    let k = t[LIMBS - 1].right::<50>();
    let zero = Vector::all(0);
    let one = zero.minus(k.and(Vector::all(1)));
    let two = zero.minus(k.right::<1>().and(Vector::all(1)));
    for i in 0..LIMBS {
        let once = Vector::all(Constants::<M>::Q[i]).and(one);
        let twice = Vector::all(Constants::<M>::Q2[i]).and(two);
        t[i] = t[i].minus(once).minus(twice);
    }
    normalise(t)
}

/// From below `2 q` to below `q`.
#[inline(always)]
fn canonical<M: MontConfig<4>>(a: &Number<M>) -> Number<M> {
    let q = limbs(&Constants::<M>::Q);
    let less: Number<M> = normalise(core::array::from_fn(|i| a.0[i].minus(q[i])));
    // All ones where the top limb is negative.
    let negative = less.0[LIMBS - 1].sign();
    Number(core::array::from_fn(|i| a.0[i].where_or(negative, less.0[i])), PhantomData)
}

/// Repeats a block for each limb. The compiler leaves some loops as they are, with columns in memory.
macro_rules! for_each_limb {
    ($i:ident => $block:block) => {
        for_each_limb!($i in 0 1 2 3 4 => $block)
    };
    ($i:ident in $($limb:literal)* => $block:block) => {
        $({
            const $i: usize = $limb;
            $block
        })*
    };
}

/// Adds `a b` to the columns from `FIRST` on.
#[inline(always)]
fn add_row<const FIRST: usize>(t: &mut Wide, a: Vector, b: &Limbs) {
    for_each_limb!(J => {
        let high = a.fused(b[J], Vector::real(HIGH));
        let low = a.fused(b[J], Vector::real(REST).real_minus(high));
        t[FIRST + J] = t[FIRST + J].plus(low);
        t[FIRST + J + 1] = t[FIRST + J + 1].plus(high);
    });
}

/// Rows that [`clear`] takes; the others are for [`fold`].
const CLEARED: usize = 3;

/// What columns start at, so that `products` products and the reduction add up to what they are.
const fn biases(products: u64) -> [u64; 2 * LIMBS] {
    let mut bias = [0u64; 2 * LIMBS];
    let mut i = 0;
    while i < LIMBS {
        let mut j = 0;
        while j < LIMBS {
            let reduced = if i < CLEARED { i + j + 1 } else { i + j };
            bias[i + j] = bias[i + j].wrapping_sub(LOW_BITS.wrapping_mul(products));
            bias[i + j + 1] = bias[i + j + 1].wrapping_sub(HIGH_BITS.wrapping_mul(products));
            bias[reduced] = bias[reduced].wrapping_sub(LOW_BITS);
            bias[reduced + 1] = bias[reduced + 1].wrapping_sub(HIGH_BITS);
            j += 1;
        }
        i += 1;
    }
    bias
}

/// Takes the low 51 bits of column `I` away, adding as much modulo `q` further up, and carries the rest. For `N = 2^51 S - 1`, a
/// multiple of `q`, that is to add `k N`. It needs no product for `k`, but adds `2^51 k S` instead of less than `2^51 q`: so it is
/// for columns whose share of the result is nothing.
#[inline(always)]
fn clear<const I: usize, const NEXT: usize>(t: &mut Wide, shifted: &Limbs) {
    let k = t[I].and(Vector::all(LOW)).to_real();
    t[NEXT] = t[NEXT].plus(t[I].carry());
    add_row::<NEXT>(t, k, shifted);
}

/// Makes the low 51 bits of column `I` 0 by adding a multiple of `q`, and carries the rest.
#[inline(always)]
fn fold<const I: usize>(t: &mut Wide, q: &Limbs, inverse: Vector) {
    let low = Vector::all(LOW);
    let limb = t[I].and(low).to_real();
    // Of a product modulo 2^51, the low half: the bits of the constant are 0 there.
    let high = limb.fused(inverse, Vector::real(HIGH));
    let k = limb.fused(inverse, Vector::real(REST).real_minus(high)).and(low).to_real();
    add_row::<I>(t, k, q);
    t[I + 1] = t[I + 1].plus(t[I].carry());
}

/// The sum of some products, divided by `R` modulo `q`.
#[inline(always)]
fn montgomery<M: MontConfig<4>, const N: usize>(factors: [[&Number<M>; 2]; N]) -> Number<M> {
    let real = |limbs: &[u64; LIMBS]| limbs.map(|limb| Vector::real(limb as f64));
    let (q, shifted) = (real(&Constants::<M>::Q), real(&Constants::<M>::SHIFTED));
    let inverse = Vector::real(Constants::<M>::INVERSE as f64);
    let factors = factors.map(|pair| pair.map(|number| number.0.map(Vector::to_real)));
    let mut t = const { biases(N as u64) }.map(Vector::all);
    for_each_limb!(I => {
        for [a, b] in &factors {
            add_row::<I>(&mut t, a[I], b);
        }
        match I {
            0 => clear::<0, 1>(&mut t, &shifted),
            1 => clear::<1, 2>(&mut t, &shifted),
            2 => clear::<2, 3>(&mut t, &shifted),
            _ => fold::<I>(&mut t, &q, inverse),
        }
    });
    reduce([t[5], t[6], t[7], t[8], t[9]])
}

/// `a b` of two short numbers: below `(1.75^2 0.4 + 1) q` before it is reduced.
#[inline(never)]
fn product<M: MontConfig<4>>(a: &Number<M>, b: &Number<M>) -> Number<M> {
    montgomery([[a, b]])
}

/// `a b + c d`, of short numbers but one, which may be below `2 q`: below `((1.75 2 + 1.75^2) 0.4 + 1) q` before it
/// is reduced.
#[inline(never)]
fn products<M: MontConfig<4>>(a: &Number<M>, b: &Number<M>, c: &Number<M>, d: &Number<M>) -> Number<M> {
    montgomery([[a, b], [c, d]])
}

impl Lanes for Relaxed {
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
        self.import(&[*element; COUNT])
    }

    #[inline(always)]
    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Number<M> {
        let limb = |lane: usize, i: usize| elements.get(lane).map_or(0, |element| element.0.0[i]);
        let number = unpack(core::array::from_fn(|i| Vector::new([limb(0, i), limb(1, i)])));
        product(&number, &Number(limbs(&Constants::<M>::ENTER), PhantomData))
    }

    #[inline(always)]
    fn export<M: MontConfig<4>>(self, number: Number<M>, elements: &mut [Element<M>]) {
        let number = product(&number, &Number(limbs(&Constants::<M>::LEAVE), PhantomData));
        let limbs = pack(&canonical(&number)).map(Vector::lanes);
        for (lane, element) in elements.iter_mut().take(COUNT).enumerate() {
            *element = Element::<M>::new_unchecked(BigInt(limbs.map(|limb| limb[lane])));
        }
    }

    #[inline(always)]
    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Number<M>; 2] {
        let (first, second) = (&rows[indices[0]].0, &rows[indices[1]].0);
        let side =
            |side: usize| unpack(core::array::from_fn(|i| Vector::new([first[side][i], second[side][i]])));
        [side(0), side(1)]
    }

    #[inline(always)]
    fn scatter<M: MontConfig<4>>(self, [a, b]: [Number<M>; 2]) -> [Pair; MOST] {
        let (a, b) = (pack(&a).map(Vector::lanes), pack(&b).map(Vector::lanes));
        let mut all = [Pair::default(); MOST];
        for lane in 0..COUNT {
            all[lane] = Pair([a.map(|limb| limb[lane]), b.map(|limb| limb[lane])]);
        }
        all
    }

    #[inline(always)]
    fn times<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        product(&a, &b)
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
        reduce(core::array::from_fn(|i| a.0[i].plus(b.0[i])))
    }

    #[inline(always)]
    fn minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        let raised = limbs(&Constants::<M>::Q2);
        reduce(core::array::from_fn(|i| a.0[i].plus(raised[i]).minus(b.0[i])))
    }

    #[inline(always)]
    fn select<M: MontConfig<4>>(self, mask: Mask, a: Number<M>, b: Number<M>) -> Number<M> {
        let bit = |lane: u32| 0u64.wrapping_sub(u64::from(mask >> lane & 1));
        let mask = Vector::new([bit(0), bit(1)]);
        Number(core::array::from_fn(|i| a.0[i].where_or(mask, b.0[i])), PhantomData)
    }

    #[inline(always)]
    fn transpose<M: MontConfig<4>>(self, numbers: &mut [Number<M>]) {
        let (first, second) = (numbers[0], numbers[1]);
        for i in 0..LIMBS {
            let [a, b] = Vector::transposed([first.0[i], second.0[i]]);
            (numbers[0].0[i], numbers[1].0[i]) = (a, b);
        }
    }

    /// Four products and two reductions.
    #[inline(always)]
    fn times_extension<M: MontConfig<4>>(self, a: [Number<M>; 2], b: [Number<M>; 2]) -> [Number<M>; 2] {
        let raised = limbs(&Constants::<M>::Q2);
        let opposite = normalise(core::array::from_fn(|i| raised[i].minus(b[1].0[i])));
        [products(&a[0], &b[0], &a[1], &opposite), products(&a[0], &b[1], &a[1], &b[0])]
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::bounds::{self, element, joined, multiple, numbers};
    use ark_bn254::{FqConfig, FrConfig};
    use ark_ff::Field as _;

    fn number<M>(value: &bounds::Number) -> Number<M> {
        Number(bounds::limbs(value, BITS).map(Vector::all), PhantomData)
    }

    /// `7 q / 4`.
    fn short<M: MontConfig<4>>() -> bounds::Number {
        multiple::<M>(7) >> 2
    }

    /// Asserts that `number` is short and is `expected`.
    #[track_caller]
    fn is<M: MontConfig<4>>(number: &Number<M>, expected: Element<M>) {
        let value = joined(&number.0.map(|limb| limb.lanes()[1]), BITS);
        assert!(value < short::<M>(), "not short");
        assert_eq!(element::<M>(&value), expected);
    }

    fn at_the_bounds<M: MontConfig<4>>() {
        let path = Relaxed::detect().expect("a fused multiplication is one");
        let r = Element::<M>::from(2u8).pow([255]).inverse().expect("not 0");
        let all = numbers::<M>(&short::<M>(), BITS);
        let e = element::<M>;
        for a in &all {
            for b in &all {
                let (x, y) = (number::<M>(a), number::<M>(b));
                is(&path.plus(x, y), e(a) + e(b));
                is(&path.minus(x, y), e(a) - e(b));
                is(&path.times(x, y), e(a) * e(b) * r);
                let [real, mixed] = path.times_extension([x, y], [y, x]);
                is(&real, Element::<M>::from(0u8));
                is(&mixed, (e(a) * e(a) + e(b) * e(b)) * r);
                let [real, mixed] = path.times_extension([x, y], [x, y]);
                is(&real, (e(a) * e(a) - e(b) * e(b)) * r);
                is(&mixed, e(a) * e(b) * r + e(a) * e(b) * r);
            }
            let [scattered, _] = path.gather::<M>(&path.scatter([number::<M>(a); 2]), &[0; MOST]);
            is(&scattered, e(a));
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
