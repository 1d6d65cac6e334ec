//! Points from their compressed form: `x` little-endian, with the greater `y` in the highest bit and the identity in the
//! next, as arkworks writes them.
//!
//! A root that a vector unit found is squared before it is believed, and where it found none, arkworks looks again. So
//! what is read here is what arkworks reads.

use crate::complete::{Curve, Point};
use crate::coordinate::{Packed, Two};
use ark_bn254::{Config, Fq, Fq2, FqConfig, G1Affine, G2Affine, g1, g2};
use ark_ec::bn::BnConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig, PrimeField};
use rayon::prelude::*;
use sero_lanes::{Job, Lanes, MOST, Path};

/// Points that one task takes.
const TASK: usize = 4 * MOST;
const NEGATIVE: u8 = 1 << 7;
const IDENTITY: u8 = 1 << 6;

/// Points of G1, each not the identity and in its one canonical encoding; `None` for anything else.
pub fn read_g1(path: Path, encodings: &[[u8; 32]]) -> Vec<Option<G1Affine>> {
    let tasks = encodings.par_chunks(TASK);
    tasks.flat_map_iter(|some| read::<g1::Config, 32>(some, |squares| path.run(Roots(squares)))).collect()
}

/// Points of G2 (the subgroup of order `r` of the twist), each not the identity and in its one canonical encoding; `None`
/// for anything else.
pub fn read_g2(path: Path, encodings: &[[u8; 64]]) -> Vec<Option<G2Affine>> {
    let tasks = encodings.par_chunks(TASK);
    let read = |some: &[[u8; 64]]| {
        let mut points = read::<g2::Config, 64>(some, |squares| path.run(ExtensionRoots(squares)));
        let present: Vec<G2Affine> = points.iter().copied().flatten().collect();
        let mut belong = path.run(Belong(&present)).into_iter();
        for point in &mut points {
            *point = point.filter(|_| belong.next().expect("one answer for every point"));
        }
        points
    };
    tasks.flat_map_iter(read).collect()
}

/// A coordinate from the last or only 32 bytes of its encoding on.
trait Readable: Field {
    /// With the flags taken off.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Readable for Fq {
    fn read(bytes: &[u8]) -> Option<Self> {
        let limb = |i: usize| u64::from_le_bytes(bytes[8 * i..8 * (i + 1)].try_into().expect("8 bytes"));
        Fq::from_bigint(BigInt(core::array::from_fn(limb)))
    }
}

impl Readable for Fq2 {
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Fq2::new(Fq::read(&bytes[..32])?, Fq::read(&bytes[32..])?))
    }
}

/// Points of a curve. `roots` gives for each element candidates for its square root.
fn read<C, const LEN: usize>(
    encodings: &[[u8; LEN]],
    roots: impl FnOnce(&[C::BaseField]) -> Vec<[C::BaseField; 2]>,
) -> Vec<Option<Affine<C>>>
where
    C: SWCurveConfig<BaseField: Readable>,
{
    let read_x = |encoding: &[u8; LEN]| {
        let mut bytes = *encoding;
        let flags = bytes[LEN - 1] & (NEGATIVE | IDENTITY);
        bytes[LEN - 1] ^= flags;
        let x = C::BaseField::read(&bytes)?;
        (flags & IDENTITY == 0).then_some((x, flags != 0))
    };
    let read: Vec<_> = encodings.iter().map(read_x).collect();
    let squares: Vec<_> =
        read.iter().map(|x| x.map_or(C::BaseField::ZERO, |(x, _)| x.square() * x + C::COEFF_B)).collect();
    let points = read.into_iter().zip(roots(&squares)).zip(&squares).map(|((x, candidates), square)| {
        let (x, negative) = x?;
        let root = root(square, candidates)?;
        let (less, greater) = if root <= -root { (root, -root) } else { (-root, root) };
        // 0 has one encoding only.
        let canonical = !negative || root != C::BaseField::ZERO;
        canonical.then(|| Affine::new_unchecked(x, if negative { greater } else { less }))
    });
    points.collect()
}

/// A root of `square`: a candidate, or what arkworks finds.
pub(crate) fn root<F: Field>(square: &F, candidates: [F; 2]) -> Option<F> {
    let found = candidates.into_iter().find(|root| root.square() == *square);
    found.or_else(|| square.sqrt())
}

/// Bits of a digit of the exponent of [`power`].
const POWER_WIDTH: usize = 4;
const POWER_DIGITS: usize = 1 << POWER_WIDTH;

/// `a^((q - 3) / 4)`, which is `1 / sqrt(a)` up to the sign where there is one.
#[inline(always)]
fn power<V: Lanes>(v: V, a: V::Number<FqConfig>) -> V::Number<FqConfig> {
    // (q - 3) / 4 is q without its two lowest bits.
    const EXPONENT: [u64; 4] = {
        let q = <FqConfig as MontConfig<4>>::MODULUS.0;
        [q[0] >> 2 | q[1] << 62, q[1] >> 2 | q[2] << 62, q[2] >> 2 | q[3] << 62, q[3] >> 2]
    };
    let mut powers = [a; POWER_DIGITS];
    for i in 2..POWER_DIGITS {
        powers[i] = v.times(powers[i - 1], a);
    }
    let digit =
        |window: usize| (EXPONENT[window / 16] >> (POWER_WIDTH * (window % 16))) as usize % POWER_DIGITS;
    // The highest digit is not 0.
    let mut power = powers[digit(62)];
    for window in (0..62).rev() {
        for _ in 0..POWER_WIDTH {
            power = v.squared(power);
        }
        if digit(window) != 0 {
            power = v.times(power, powers[digit(window)]);
        }
    }
    power
}

/// A root for each element that has one, and anything for the others.
pub(crate) struct Roots<'a>(pub(crate) &'a [Fq]);

impl Job for Roots<'_> {
    type Output = Vec<[Fq; 2]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let mut all = Vec::with_capacity(self.0.len());
        for some in self.0.chunks(V::COUNT) {
            let a = v.import::<FqConfig>(some);
            let mut roots = [Fq::ZERO; MOST];
            v.export(v.times(a, power(v, a)), &mut roots);
            for root in &roots[..some.len()] {
                all.push([*root; 2]);
            }
        }
        all
    }
}

/// Two candidates for each element with a root and an imaginary part, and anything for the others.
///
/// For `a = a0 + a1 i`, `s` a root of its norm and `t = (a0 + s) / 2`: a root is `x0 + x1 i` with `x0^2 = t` and
/// `2 x0 x1 = a1`, or with `x1^2 = -t`, as `t (a0 - s) / 2 = -a1^2 / 4`. With `u = t^((q - 3) / 4)`, `w = t u` is a root of
/// `t` or of `-t`, and `1 / w` is `u` or `-u` with it. So a root is `w + (a1 u / 2) i`, or `-a1 u / 2 + w i`.
pub(crate) struct ExtensionRoots<'a>(pub(crate) &'a [Fq2]);

impl Job for ExtensionRoots<'_> {
    type Output = Vec<[Fq2; 2]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let half = v.splat(&Fq::from(2u8).inverse().expect("not 0"));
        let mut all = Vec::with_capacity(self.0.len());
        for some in self.0.chunks(V::COUNT) {
            let (mut a0, mut a1) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST]);
            for (lane, a) in some.iter().enumerate() {
                (a0[lane], a1[lane]) = (a.c0, a.c1);
            }
            let (a0, a1) = (v.import::<FqConfig>(&a0), v.import::<FqConfig>(&a1));
            let norm = v.plus(v.squared(a0), v.squared(a1));
            let s = v.times(norm, power(v, norm));
            let t = v.times(v.sum(a0, s), half);
            let u = power(v, t);
            let (mut w, mut other) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST]);
            v.export(v.times(t, u), &mut w);
            v.export(v.times(v.times(a1, u), half), &mut other);
            for lane in 0..some.len() {
                all.push([Fq2::new(w[lane], other[lane]), Fq2::new(-other[lane], w[lane])]);
            }
        }
        all
    }
}

/// Whether each point of the twist is in G2.
///
/// With `z` the parameter of the curve and `psi` the untwisted Frobenius: a point `P` of the twist is in G2 exactly if
/// `eta(P) = 0` for `eta = (z + 1) + z psi + z psi^2 - 2 z psi^3`. On G2, `psi` is the multiplication by `q`, and `eta(q)` is
/// a multiple of `r`. On the twist, `psi^2 = t psi - q` for the trace `t`, so `eta = a + b psi`, and its norm
/// `a^2 + a b t + b^2 q` is without common factor with the cofactor `2 q - r`: no point of an order that divides the
/// cofactor goes to 0, and the twist is the sum of these and of G2. The numbers are checked by a test.
/// Source: Y. Dai, K. Lin, C. Zhao, Z. Zhou, "Fast subgroup membership testings for G1, G2 and GT on pairing-friendly
/// curves" (ePrint 2022/348).
pub(crate) struct Belong<'a>(pub(crate) &'a [G2Affine]);

impl Job for Belong<'_> {
    type Output = Vec<bool>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let z = Config::X[0];
        let curve = Curve::<V, Fq2>::new(v, g2::Config::COEFF_B);
        let psi = Psi::new(v);
        let mut all = Vec::with_capacity(self.0.len());
        for some in self.0.chunks(V::COUNT) {
            let (mut x, mut y) = ([Fq2::ZERO; MOST], [Fq2::ZERO; MOST]);
            for (lane, point) in some.iter().enumerate() {
                (x[lane], y[lane]) = (point.x, point.y);
            }
            let point = curve.import(v, &x, &y);
            let mut multiple = point;
            for bit in (0..63 - z.leading_zeros()).rev() {
                multiple = curve.double(v, multiple);
                if z >> bit & 1 == 1 {
                    multiple = curve.add(v, multiple, point);
                }
            }
            let first = psi.of(v, multiple);
            let second = psi.of(v, first);
            let third = psi.of(v, second);
            let left = curve.add(v, curve.add(v, multiple, point), curve.add(v, first, second));
            let right = curve.double(v, third);
            let (mut found, mut expected) = ([[Fq2::ZERO; MOST]; 2], [[Fq2::ZERO; MOST]; 2]);
            left.x.times(v, right.z).export(v, &mut found[0]);
            left.y.times(v, right.z).export(v, &mut found[1]);
            right.x.times(v, left.z).export(v, &mut expected[0]);
            right.y.times(v, left.z).export(v, &mut expected[1]);
            for lane in 0..some.len() {
                all.push(found[0][lane] == expected[0][lane] && found[1][lane] == expected[1][lane]);
            }
        }
        all
    }
}

/// The untwisted Frobenius, `x -> x^q` between untwist and twist.
pub struct Psi<V: Lanes> {
    x: Two<V>,
    y: Two<V>,
    zero: V::Number<FqConfig>,
}

impl<V: Lanes> Psi<V> {
    #[inline(always)]
    pub fn new(v: V) -> Self {
        let x = Packed::splat(v, &<Config as BnConfig>::TWIST_MUL_BY_Q_X);
        let y = Packed::splat(v, &<Config as BnConfig>::TWIST_MUL_BY_Q_Y);
        Self { x, y, zero: v.splat(&Fq::ZERO) }
    }

    #[inline(always)]
    fn of(&self, v: V, p: Point<V, Fq2>) -> Point<V, Fq2> {
        let [x, y] = self.of_affine(v, [p.x, p.y]);
        Point { x, y, z: self.conjugate(v, p.z) }
    }

    /// Of affine points, or of the first two of projective coordinates.
    #[inline(always)]
    pub fn of_affine(&self, v: V, [x, y]: [Two<V>; 2]) -> [Two<V>; 2] {
        [self.conjugate(v, x).times(v, self.x), self.conjugate(v, y).times(v, self.y)]
    }

    #[inline(always)]
    fn conjugate(&self, v: V, a: Two<V>) -> Two<V> {
        Two([a.0[0], v.minus(self.zero, a.0[1])])
    }
}
