//! Eight lanes with AVX-512 IFMA: products of 52 bits with 52 bits, added to a lane of 64 bits.
//!
//! A number is five limbs of 52 bits in Montgomery form with `R = 2^260`, which is more than `84 q` for any modulus
//! `q` below `2^254`: that is the room for unreduced numbers. Limbs are normalised (below `2^52`) between
//! operations; within one they may be any signed number of 64 bits. Method: S. Gueron and V. Krasnov, "Accelerating Big
//! Integer Arithmetic Using Intel IFMA Extensions" (2016).
//!
//! # Safety
//!
//! The intrinsics are sound on a processor that has `avx512f` and `avx512ifma`, and an operating system that keeps the
//! registers. The compiler takes `avx2`, `fma` and `f16c` to be there as well. A value of [`Ifma`] exists only after
//! [`Ifma::detect`] has found all of them, every operation takes one, and the functions here that take none are private to this
//! module and are called by those that do. Functions that are not inlined pass vectors in memory, with the feature or without. Two intrinsics read memory and one writes it: each through a reference to a
//! value of 64 bytes (unaligned accesses). The prefetch is a hint and never faults,
//! whatever its address.
#![allow(unsafe_code, reason = "vector instructions; the argument is in the module's documentation")]

use crate::powers::power_of_two;
use crate::{Element, Job, Lanes, MOST, Mask, Pair, Part, require};
use ark_ff::{BigInt, MontConfig};
use core::arch::x86_64::*;
use core::marker::PhantomData;

#[cfg(test)]
mod tests;

/// The processor has AVX-512 IFMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ifma(());

impl Ifma {
    /// If it has.
    pub fn detect() -> Option<Self> {
        let implied = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        let named = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        (implied && named).then_some(Ifma(()))
    }
}

const COUNT: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 52;
const LOW: u64 = (1 << BITS) - 1;

/// Limb by limb; lanes are the elements of a vector.
pub struct Number<M>([__m512i; LIMBS], PhantomData<M>);

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
    /// `-1 / q` modulo `2^52`.
    const INVERSE: u64 = M::INV & LOW;
    const Q: [u64; LIMBS] = multiple::<M>(1);
    const Q2: [u64; LIMBS] = multiple::<M>(2);
    const Q4: [u64; LIMBS] = multiple::<M>(4);
    const Q8: [u64; LIMBS] = multiple::<M>(8);
    /// By limb, the limbs of `0 q, 1 q, ..., 7 q`.
    const MULTIPLES: [[u64; 8]; LIMBS] = {
        let mut table = [[0; 8]; LIMBS];
        let mut k = 0;
        while k < 8 {
            let limbs = multiple::<M>(k as u64);
            let mut i = 0;
            while i < LIMBS {
                table[i][k] = limbs[i];
                i += 1;
            }
            k += 1;
        }
        table
    };
    /// `2^264` modulo `q`: a product with it takes `x 2^256` to `x 2^260`.
    const ENTER: [u64; LIMBS] = split(power_of_two::<M>(264));
    /// `2^256` modulo `q`: the way back.
    const LEAVE: [u64; LIMBS] = split(power_of_two::<M>(256));
}

/// The limbs of `k q`, for `k` up to 8.
const fn multiple<M: MontConfig<4>>(k: u64) -> [u64; LIMBS] {
    // Every constant is made here, so nothing is compiled for another modulus.
    require::<M>();
    let mut limbs = split(M::MODULUS.0);
    let (mut i, mut carry) = (0, 0);
    while i < LIMBS {
        let limb = limbs[i] * k + carry;
        limbs[i] = limb & LOW;
        carry = limb >> BITS;
        i += 1;
    }
    limbs
}

const fn split(a: [u64; 4]) -> [u64; LIMBS] {
    [
        a[0] & LOW,
        (a[0] >> 52 | a[1] << 12) & LOW,
        (a[1] >> 40 | a[2] << 24) & LOW,
        (a[2] >> 28 | a[3] << 36) & LOW,
        a[3] >> 16,
    ]
}

#[inline(always)]
fn zero() -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_setzero_si512() }
}

#[inline(always)]
fn all(limb: u64) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_set1_epi64(limb as i64) }
}

/// `sum + low half of a b`.
#[inline(always)]
fn low(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_madd52lo_epu64(sum, a, b) }
}

/// `sum + high half of a b`.
#[inline(always)]
fn high(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_madd52hi_epu64(sum, a, b) }
}

#[inline(always)]
fn add(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_add_epi64(a, b) }
}

#[inline(always)]
fn sub(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_sub_epi64(a, b) }
}

#[inline(always)]
fn and(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_and_si512(a, b) }
}

#[inline(always)]
fn or(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_or_si512(a, b) }
}

#[inline(always)]
fn left<const N: u32>(a: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_slli_epi64::<N>(a) }
}

#[inline(always)]
fn right<const N: u32>(a: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_srli_epi64::<N>(a) }
}

/// What a signed limb carries into the next.
#[inline(always)]
fn carry(a: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_srai_epi64::<BITS>(a) }
}

/// A constant in every lane.
#[inline(always)]
fn limbs(constant: &[u64; LIMBS]) -> [__m512i; LIMBS] {
    let mut limbs = [zero(); LIMBS];
    for i in 0..LIMBS {
        limbs[i] = all(constant[i]);
    }
    limbs
}

#[inline(always)]
fn blend(mask: Mask, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the module.
    unsafe { _mm512_mask_blend_epi64(mask, b, a) }
}

#[inline(always)]
fn load(limbs: &[u64; 8]) -> __m512i {
    // SAFETY: see the module; the reference covers the 64 bytes that are read.
    unsafe { _mm512_loadu_si512(limbs.as_ptr().cast()) }
}

#[inline(always)]
fn store(a: __m512i, limbs: &mut [u64; 8]) {
    // SAFETY: see the module; the reference covers the 64 bytes that are written.
    unsafe { _mm512_storeu_si512(limbs.as_mut_ptr().cast(), a) }
}

#[inline(always)]
fn load_pair(pair: &Pair) -> __m512i {
    // SAFETY: see the module; a pair is 64 bytes, without padding.
    unsafe { _mm512_loadu_si512(core::ptr::from_ref(pair).cast()) }
}

/// Limbs of any sign to limbs of 52 bits; the number is not negative.
#[inline(always)]
fn normalise<M>(mut t: [__m512i; LIMBS]) -> Number<M> {
    let mask = all(LOW);
    for i in 0..LIMBS - 1 {
        t[i + 1] = add(t[i + 1], carry(t[i]));
        t[i] = and(t[i], mask);
    }
    Number(t, PhantomData)
}

/// From below `8 2^254`, which is above `10 q`, to below `4 q`; both by [`require`].
///
/// Subtracts `k q` for `k` the number divided by `2^254`, at most 7: what is left is below `2^254 + k (2^254 - q)`, so
/// `8 2^254 - 7 q`, and `8 2^254 < 11 q`. The top limb may lack a carry of up to 21 units (the columns of [`fold`] are sums of
/// 20 halves and a carry), or a borrow of 2. A carry makes `k` one too small and adds those units to what is left; a borrow that
/// makes `k` too large by one leaves `2^254 - q` less those units, not less than 0.
#[inline(always)]
fn reduce<M: MontConfig<4>>(mut t: [__m512i; LIMBS]) -> Number<M> {
    // SAFETY: see the module.
    let k = unsafe { _mm512_srli_epi64::<46>(_mm512_max_epi64(t[4], zero())) };
    for i in 0..LIMBS {
        // SAFETY: see the module.
        t[i] = sub(t[i], unsafe { _mm512_permutexvar_epi64(k, load(&Constants::<M>::MULTIPLES[i])) });
    }
    normalise(t)
}

/// `a b`, limbs not normalised.
#[inline(always)]
fn wide(a: &[__m512i; LIMBS], b: &[__m512i; LIMBS]) -> [__m512i; 2 * LIMBS] {
    let mut t = [zero(); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in 0..LIMBS {
            t[i + j] = low(t[i + j], a[i], b[j]);
            t[i + j + 1] = high(t[i + j + 1], a[i], b[j]);
        }
    }
    t
}

/// `a a`, limbs not normalised.
#[inline(always)]
fn wide_square(a: &[__m512i; LIMBS]) -> [__m512i; 2 * LIMBS] {
    let mut t = [zero(); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in i + 1..LIMBS {
            t[i + j] = low(t[i + j], a[i], a[j]);
            t[i + j + 1] = high(t[i + j + 1], a[i], a[j]);
        }
    }
    for limb in &mut t {
        *limb = add(*limb, *limb);
    }
    for i in 0..LIMBS {
        t[2 * i] = low(t[2 * i], a[i], a[i]);
        t[2 * i + 1] = high(t[2 * i + 1], a[i], a[i]);
    }
    t
}

/// `t / R` modulo `q`, plus up to `q`; limbs not normalised.
#[inline(always)]
fn fold<M: MontConfig<4>>(mut t: [__m512i; 2 * LIMBS]) -> [__m512i; LIMBS] {
    let inverse = all(Constants::<M>::INVERSE);
    let q = limbs(&Constants::<M>::Q);
    for i in 0..LIMBS {
        // Only the low 52 bits of a limb count here, whatever its sign.
        let k = low(zero(), t[i], inverse);
        for j in 0..LIMBS {
            t[i + j] = low(t[i + j], k, q[j]);
            t[i + j + 1] = high(t[i + j + 1], k, q[j]);
        }
        t[i + 1] = add(t[i + 1], carry(t[i]));
    }
    [t[5], t[6], t[7], t[8], t[9]]
}

/// Adds a constant.
#[inline(always)]
fn raised(t: [__m512i; LIMBS], constant: &[u64; LIMBS]) -> [__m512i; LIMBS] {
    let mut sum = t;
    for i in 0..LIMBS {
        sum[i] = add(t[i], all(constant[i]));
    }
    sum
}

#[inline(always)]
fn less<const N: usize>(a: &[__m512i; N], b: &[__m512i; N]) -> [__m512i; N] {
    let mut out = *a;
    for i in 0..N {
        out[i] = sub(a[i], b[i]);
    }
    out
}

#[inline(always)]
fn more<const N: usize>(a: &[__m512i; N], b: &[__m512i; N]) -> [__m512i; N] {
    let mut out = *a;
    for i in 0..N {
        out[i] = add(a[i], b[i]);
    }
    out
}

/// From below `8 q` to below `q`.
#[inline(always)]
fn canonical<M: MontConfig<4>>(mut a: Number<M>) -> Number<M> {
    for constant in [&Constants::<M>::Q4, &Constants::<M>::Q2, &Constants::<M>::Q] {
        let subtracted: Number<M> = normalise(less(&a.0, &limbs(constant)));
        // SAFETY: see the module.
        let negative = unsafe { _mm512_cmplt_epi64_mask(subtracted.0[4], zero()) };
        for i in 0..LIMBS {
            a.0[i] = blend(negative, a.0[i], subtracted.0[i]);
        }
    }
    a
}

/// Four limbs of 64 bits to five of 52.
#[inline(always)]
fn unpack<M>(a: [__m512i; 4]) -> Number<M> {
    let mask = all(LOW);
    let limbs = [
        and(a[0], mask),
        and(or(right::<52>(a[0]), left::<12>(a[1])), mask),
        and(or(right::<40>(a[1]), left::<24>(a[2])), mask),
        and(or(right::<28>(a[2]), left::<36>(a[3])), mask),
        right::<16>(a[3]),
    ];
    Number(limbs, PhantomData)
}

/// Five limbs of 52 bits, of a number below `2^256`, to four of 64.
#[inline(always)]
fn pack<M>(number: Number<M>) -> [__m512i; 4] {
    let a = number.0;
    [
        or(a[0], left::<52>(a[1])),
        or(right::<12>(a[1]), left::<40>(a[2])),
        or(right::<24>(a[2]), left::<28>(a[3])),
        or(right::<36>(a[3]), left::<16>(a[4])),
    ]
}

/// Element `i` of vector `j` becomes element `j` of vector `i`.
#[inline(always)]
fn transposed(r: [__m512i; 8]) -> [__m512i; 8] {
    // SAFETY: see the module.
    unsafe {
        let mut s = r;
        for i in 0..4 {
            s[i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
            s[4 + i] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
        }
        // Elements of 128 bits from here: rows 0, 2, 4, 6 of even columns are in `s[0..4]`, of odd ones in `s[4..8]`.
        let mut t = r;
        for half in 0..2 {
            for i in 0..2 {
                let (a, b) = (s[4 * half + 2 * i], s[4 * half + 2 * i + 1]);
                t[4 * half + i] = _mm512_shuffle_i64x2::<0x88>(a, b);
                t[4 * half + 2 + i] = _mm512_shuffle_i64x2::<0xdd>(a, b);
            }
        }
        let mut out = r;
        for half in 0..2 {
            for i in 0..2 {
                let (a, b) = (t[4 * half + 2 * i], t[4 * half + 2 * i + 1]);
                out[half + 2 * i] = _mm512_shuffle_i64x2::<0x88>(a, b);
                out[half + 2 * i + 4] = _mm512_shuffle_i64x2::<0xdd>(a, b);
            }
        }
        out
    }
}

/// Compiles what is inlined into it for the vector unit.
#[target_feature(enable = "avx512f,avx512ifma")]
fn compiled<J: Job>(ifma: Ifma, job: J) -> J::Output {
    job.run(ifma)
}

/// The same, never inlined itself.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn apart<P: Part<Ifma>>(ifma: Ifma, part: P) -> P::Output {
    part.run(ifma)
}

impl Lanes for Ifma {
    const COUNT: usize = COUNT;
    type Number<M: MontConfig<4>> = Number<M>;

    fn enter<J: Job>(self, job: J) -> J::Output {
        // SAFETY: see the module.
        unsafe { compiled(self, job) }
    }

    #[inline(always)]
    fn apart<P: Part<Self>>(self, part: P) -> P::Output {
        // SAFETY: see the module.
        unsafe { apart(self, part) }
    }

    #[inline(always)]
    fn splat<M: MontConfig<4>>(self, element: &Element<M>) -> Number<M> {
        let number = Number(limbs(&split(element.0.0)), PhantomData);
        self.times(number, Number(limbs(&Constants::<M>::ENTER), PhantomData))
    }

    #[inline(always)]
    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Number<M> {
        let mut columns = [[0; 8]; 4];
        for (lane, element) in elements.iter().take(COUNT).enumerate() {
            for i in 0..4 {
                columns[i][lane] = element.0.0[i];
            }
        }
        let [a, b, c, d] = &columns;
        let number = unpack([load(a), load(b), load(c), load(d)]);
        self.times(number, Number(limbs(&Constants::<M>::ENTER), PhantomData))
    }

    #[inline(always)]
    fn export<M: MontConfig<4>>(self, loose: Number<M>, elements: &mut [Element<M>]) {
        let number = self.times(loose, Number(limbs(&Constants::<M>::LEAVE), PhantomData));
        let mut limbs = [[0; 8]; 4];
        for (limb, place) in pack(canonical(number)).into_iter().zip(&mut limbs) {
            store(limb, place);
        }
        for (lane, element) in elements.iter_mut().take(COUNT).enumerate() {
            *element = Element::<M>::new_unchecked(BigInt(core::array::from_fn(|i| limbs[i][lane])));
        }
    }

    #[inline(always)]
    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Number<M>; 2] {
        let mut lines = [zero(); COUNT];
        for (line, index) in lines.iter_mut().zip(indices) {
            *line = load_pair(&rows[*index]);
        }
        let [a, b, c, d, e, f, g, h] = transposed(lines);
        [unpack([a, b, c, d]), unpack([e, f, g, h])]
    }

    #[inline(always)]
    fn scatter<M: MontConfig<4>>(self, loose: [Number<M>; 2]) -> [Pair; MOST] {
        let [a, b, c, d] = pack(canonical(loose[0]));
        let [e, f, g, h] = pack(canonical(loose[1]));
        let mut pairs = [Pair::default(); MOST];
        for (row, pair) in transposed([a, b, c, d, e, f, g, h]).into_iter().zip(&mut pairs) {
            let mut limbs = [0; 8];
            store(row, &mut limbs);
            let [a, b, c, d, e, f, g, h] = limbs;
            *pair = Pair([[a, b, c, d], [e, f, g, h]]);
        }
        pairs
    }

    #[inline(always)]
    fn prefetch(self, rows: &[Pair], index: usize) {
        // SAFETY: see the module. The address may be anything.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(rows.as_ptr().wrapping_add(index).cast()) }
    }

    #[inline(always)]
    fn times<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        normalise(fold::<M>(wide(&a.0, &b.0)))
    }

    #[inline(always)]
    fn squared<M: MontConfig<4>>(self, a: Number<M>) -> Number<M> {
        normalise(fold::<M>(wide_square(&a.0)))
    }

    #[inline(always)]
    fn sum<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        normalise(more(&a.0, &b.0))
    }

    #[inline(always)]
    fn difference<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        normalise(raised(less(&a.0, &b.0), &Constants::<M>::Q4))
    }

    #[inline(always)]
    fn plus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        reduce(more(&a.0, &b.0))
    }

    #[inline(always)]
    fn minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        reduce(raised(less(&a.0, &b.0), &Constants::<M>::Q4))
    }

    #[inline(always)]
    fn minus_both<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>, c: Number<M>) -> Number<M> {
        reduce(raised(less(&less(&a.0, &b.0), &c.0), &Constants::<M>::Q8))
    }

    #[inline(always)]
    fn times_minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>, c: Number<M>) -> Number<M> {
        let product = fold::<M>(wide(&a.0, &b.0));
        reduce(raised(less(&product, &c.0), &Constants::<M>::Q4))
    }

    #[inline(always)]
    fn select<M: MontConfig<4>>(self, mask: Mask, a: Number<M>, b: Number<M>) -> Number<M> {
        let mut selected = a;
        for i in 0..LIMBS {
            selected.0[i] = blend(mask, a.0[i], b.0[i]);
        }
        selected
    }

    #[inline(always)]
    fn transpose<M: MontConfig<4>>(self, numbers: &mut [Number<M>]) {
        for limb in 0..LIMBS {
            let mut lines = [zero(); COUNT];
            for i in 0..COUNT {
                lines[i] = numbers[i].0[limb];
            }
            let lines = transposed(lines);
            for i in 0..COUNT {
                numbers[i].0[limb] = lines[i];
            }
        }
    }

    /// Three products and two reductions. The real part may be negative before `q R` is added: `a1 b1` is below `64 q^2`,
    /// and that below `q R`. Then it is below `64 q^2 + q R`, so below `3 q` in the end; the other part is below `128 q^2`.
    #[inline(always)]
    fn times_extension<M: MontConfig<4>>(self, a: [Number<M>; 2], b: [Number<M>; 2]) -> [Number<M>; 2] {
        let (first, second) = (wide(&a[0].0, &b[0].0), wide(&a[1].0, &b[1].0));
        let a_sum: Number<M> = normalise(more(&a[0].0, &a[1].0));
        let b_sum: Number<M> = normalise(more(&b[0].0, &b[1].0));
        let mixed = less(&less(&wide(&a_sum.0, &b_sum.0), &first), &second);
        let mut real = less(&first, &second);
        for i in 0..LIMBS {
            real[LIMBS + i] = add(real[LIMBS + i], all(Constants::<M>::Q[i]));
        }
        [normalise(fold::<M>(real)), normalise(fold::<M>(mixed))]
    }
}
