//! Arithmetic in prime fields of 254 bits on several elements at once.
//!
//! An algorithm is written once, over [`Lanes`], and runs on every path: [`Portable`] code, or the
//! vector units that [`Path::best`] finds in the processor. All paths give the same elements, bit for bit.
//!
//! ```
//! # use sero_lanes::*; use ark_ff::{MontConfig, Fp, MontBackend};
//! struct Squares<'a, M: MontConfig<4>>(&'a mut [Element<M>]);
//!
//! impl<M: MontConfig<4>> Job for Squares<'_, M> {
//!     type Output = ();
//!     #[inline(always)]
//!     fn run<V: Lanes>(self, v: V) {
//!         for some in self.0.chunks_mut(V::COUNT) {
//!             let a = v.import(some);
//!             v.export(v.squared(a), some);
//!         }
//!     }
//! }
//! let mut elements = [ark_bn254::Fq::from(3), ark_bn254::Fq::from(5)];
//! Path::best().run(Squares(&mut elements));
//! assert_eq!(elements, [ark_bn254::Fq::from(9), ark_bn254::Fq::from(25)]);
//! ```
//!
//! # Bounds
//!
//! A path may keep elements unreduced. A number is *tight* below `4 q` and *loose* below `8 q`, for the modulus `q`.
//! Operations say which they take and give; [`checked`] is a path that asserts it. Which
//! operations run does not depend on the values, so one run of an algorithm on the checked path shows that it
//! keeps to the bounds for every input. That path has one lane: what an algorithm does only where there are more is not seen.
//!
//! # Time
//!
//! No operation is written to branch on the values or to read memory by them; what the compiler makes of the portable ones is
//! not looked at. [`inverse()`] and [`invert_all`] tell by their result, and so by what comes after, whether there was a 0.
//!
//! Never: points, curves, or any knowledge of what the numbers mean.
#![allow(clippy::needless_range_loop, reason = "formulas over limbs read best with their indices")]

#[cfg(test)]
mod bounds;
#[doc(hidden)]
pub mod checked;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod inverse;
#[doc(hidden)]
pub mod narrow;
mod path;
mod portable;
mod powers;
#[cfg(any(not(target_arch = "wasm32"), target_feature = "relaxed-simd"))]
#[doc(hidden)]
pub mod relaxed;

pub use inverse::{inverse, invert_all};
pub use path::Path;
pub use portable::{Portable, minus, plus, times};

use ark_ff::{Fp, MontBackend, MontConfig};

/// An element of a prime field of four limbs, in arkworks' form. The modulus must be between 0.728 and 0.799 times
/// `2^254`, as both of BN254 are. Anything else does not compile:
///
/// ```compile_fail,E0080
/// # use sero_lanes::*; use ark_ff::{MontConfig, MontBackend};
/// #[derive(MontConfig)]
/// #[modulus = "57896044618658097711785492504343953926634992332820282019728792003956564819949"]
/// #[generator = "2"]
/// struct Curve25519;
/// let a = Element::<Curve25519>::from(3u64);
/// times(&a, &a);
/// ```
pub type Element<M> = Fp<MontBackend<M, 4>, 4>;

/// Refuses to compile for a modulus to which the bounds do not apply.
#[inline(always)]
const fn require<M: MontConfig<4>>() {
    const { assert!(fits(&M::MODULUS.0), "the modulus must be between 0.728 and 0.799 times 2^254") }
}

/// Whether `8 2^254 < 11 q` and `10 q < 8 2^254`, with some units of `2^208` to spare: what reductions on a path with unreduced
/// numbers need.
const fn fits(modulus: &[u64; 4]) -> bool {
    let (top, spare) = (modulus[3] as u128, 1 << 24);
    let most = 8 << 62;
    most + spare < 11 * top && 10 * (top + 1) + spare < most
}

/// Something to compute on any path.
///
/// `run`, and all functions over [`Lanes`] that it calls, must be `#[inline(always)]`: that is how they
/// come to be compiled for the vector units. A closure that handles numbers may not be inlined: write loops.
pub trait Job {
    /// What comes out.
    type Output;

    /// Computes it.
    fn run<V: Lanes>(self, v: V) -> Self::Output;
}

/// A part of a job, on one path, that is compiled for itself: see [`Lanes::apart`].
pub trait Part<V: Lanes> {
    /// What comes out.
    type Output;

    /// Computes it. `#[inline(always)]`, as for [`Job::run`].
    fn run(self, v: V) -> Self::Output;
}

/// No path has more lanes.
pub const MOST: usize = 8;

/// One bit for each lane, lane 0 lowest.
pub type Mask = u8;

/// Two packed numbers in the form of one path, 64 bytes: what tables are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C, align(64))]
pub struct Pair(pub [[u64; 4]; 2]);

/// A path: proof that the processor has what its operations need, and these operations.
pub trait Lanes: Copy + Send + Sync + 'static {
    /// Number of lanes, a power of two and at most [`MOST`].
    const COUNT: usize;

    /// [`Self::COUNT`] elements.
    type Number<M: MontConfig<4>>: Copy + Send + Sync;

    /// Runs `job`, compiled for this path.
    fn enter<J: Job>(self, job: J) -> J::Output;

    /// Runs `part` by a call. What is inlined everywhere takes the compiler long where it is much, and the processor as well,
    /// whose caches it does not fit.
    fn apart<P: Part<Self>>(self, part: P) -> P::Output;

    /// `element` in every lane. Tight.
    fn splat<M: MontConfig<4>>(self, element: &Element<M>) -> Self::Number<M>;

    /// The first [`Self::COUNT`] of `elements`, lane by lane, and 0 where they are fewer. Tight.
    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Self::Number<M>;

    /// Writes the first lanes to `elements`, as many as fit.
    fn export<M: MontConfig<4>>(self, loose: Self::Number<M>, elements: &mut [Element<M>]);

    /// Reads `rows[indices[lane]]` for each lane. Tight.
    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Self::Number<M>; 2];

    /// Packs two loose numbers, lane by lane.
    fn scatter<M: MontConfig<4>>(self, loose: [Self::Number<M>; 2]) -> [Pair; MOST];

    /// Asks for a row to be brought near; there need not be one.
    fn prefetch(self, _rows: &[Pair], _index: usize) {}

    /// Of two loose numbers. Below `2 q`.
    fn times<M: MontConfig<4>>(self, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// Of a loose number. Below `2 q`.
    #[inline(always)]
    fn squared<M: MontConfig<4>>(self, a: Self::Number<M>) -> Self::Number<M> {
        self.times(a, a)
    }

    /// `a + b` of two tight numbers. Loose.
    fn sum<M: MontConfig<4>>(self, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// `a - b` of two tight numbers. Loose.
    fn difference<M: MontConfig<4>>(self, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// `a + b` of two tight numbers. Tight.
    fn plus<M: MontConfig<4>>(self, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// `a - b` of two tight numbers. Tight.
    fn minus<M: MontConfig<4>>(self, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// `a b - c` of two loose numbers and a tight one. Tight.
    #[inline(always)]
    fn times_minus<M: MontConfig<4>>(
        self,
        a: Self::Number<M>,
        b: Self::Number<M>,
        c: Self::Number<M>,
    ) -> Self::Number<M> {
        self.minus(self.times(a, b), c)
    }

    /// `a - b - c` of a number below `2 q` and two tight ones. Tight.
    #[inline(always)]
    fn minus_both<M: MontConfig<4>>(
        self,
        a: Self::Number<M>,
        b: Self::Number<M>,
        c: Self::Number<M>,
    ) -> Self::Number<M> {
        self.minus(self.minus(a, b), c)
    }

    /// `a` in the lanes of `mask`, `b` in the others.
    fn select<M: MontConfig<4>>(self, mask: Mask, a: Self::Number<M>, b: Self::Number<M>) -> Self::Number<M>;

    /// Transposes `COUNT` numbers: lane `i` of number `j` becomes lane `j` of number `i`.
    fn transpose<M: MontConfig<4>>(self, numbers: &mut [Self::Number<M>]);

    /// In the extension by `i` with `i^2 = -1`, of loose numbers. Tight, and below `3 q`.
    #[inline(always)]
    fn times_extension<M: MontConfig<4>>(
        self,
        a: [Self::Number<M>; 2],
        b: [Self::Number<M>; 2],
    ) -> [Self::Number<M>; 2] {
        let real = self.minus(self.times(a[0], b[0]), self.times(a[1], b[1]));
        let mixed = self.plus(self.times(a[0], b[1]), self.times(a[1], b[0]));
        [real, mixed]
    }

    /// `a^2` in the same extension, of tight numbers. Below `2 q`.
    #[inline(always)]
    fn squared_extension<M: MontConfig<4>>(self, [a0, a1]: [Self::Number<M>; 2]) -> [Self::Number<M>; 2] {
        [self.times(self.sum(a0, a1), self.difference(a0, a1)), self.times(self.sum(a0, a0), a1)]
    }
}
