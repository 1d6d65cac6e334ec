//! A product of pairings: Miller loops on the lanes of a vector, and one final exponentiation.
//!
//! The optimal ate pairing of BN254 as arkworks computes it, with the same lines: D. Aranha, K. Karabina, P. Longa,
//! C. Gebotys, J. Lopez, "Faster explicit formulas for computing pairings over ordinary curves" (2011), in coordinates
//! that are scaled to avoid halves. A scaled line differs by a factor in the base field, which the final exponentiation
//! takes to 1.

use crate::coordinate::{One, Packed, Two};
use crate::decode::Psi;
use ark_bn254::{Bn254, Config, Fq, Fq2, Fq6, Fq12, FqConfig, G1Affine, G2Affine, g2};
use ark_ec::AffineRepr;
use ark_ec::bn::BnConfig;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{AdditiveGroup, One as _};
use rayon::prelude::*;
use sero_lanes::{Job, Lanes, MOST, Mask, Path};

/// Pairs of one task, at least: what it costs to square the product is shared among them.
const TASK: usize = 4 * MOST;

/// Whether the product of the pairings is 1.
pub fn pairings_cancel(path: Path, pairs: &[(G1Affine, G2Affine)]) -> bool {
    let product = MillerLoopOutput(miller_loop(path, pairs));
    Bn254::final_exponentiation(product).is_some_and(|product| product.0.is_one())
}

/// The product of the Miller loops, up to a factor which the final exponentiation takes to 1. Points are in G1 and in G2;
/// a pair with an identity counts as 1.
pub fn miller_loop(path: Path, pairs: &[(G1Affine, G2Affine)]) -> Fq12 {
    let pairs: Vec<_> = pairs.iter().filter(|(p, q)| !p.is_zero() && !q.is_zero()).copied().collect();
    let share = pairs.len().div_ceil(rayon::current_num_threads()).next_multiple_of(MOST);
    pairs.par_chunks(share.max(TASK)).map(|pairs| path.run(MillerLoop(pairs))).product()
}

/// Of pairs without identity.
pub(crate) struct MillerLoop<'a>(pub(crate) &'a [(G1Affine, G2Affine)]);

/// What is kept of some pairs.
struct Pairs<V: Lanes> {
    /// `x`, `y` of the point of G1, times 3, -2, -1, 1.
    x3: One<V>,
    y_minus_2: One<V>,
    x_minus: One<V>,
    y: One<V>,
    /// The point of G2, and its multiple so far in projective coordinates.
    q: [Two<V>; 2],
    t: [Two<V>; 3],
    /// The lanes that hold a pair.
    present: Mask,
}

/// `a + b w + c w v`, with `w^2 = v`, `v^3 = 9 + i`.
struct Line<V: Lanes> {
    a: Two<V>,
    b: Two<V>,
    c: Two<V>,
}

/// What is done to the multiple of the point of G2.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Double,
    Add,
    Subtract,
    /// The image under the Frobenius.
    AddImage,
    /// The image of the image.
    SubtractSecondImage,
}

/// For `6 z + 2` with its digits of 1, 0 and -1 from the second highest down, and the two that make the pairing optimal.
fn steps() -> impl Iterator<Item = Step> {
    let digits = Config::ATE_LOOP_COUNT.iter().rev().skip(1);
    let of_digits = digits.flat_map(|digit| {
        let second = match digit {
            0 => None,
            1.. => Some(Step::Add),
            _ => Some(Step::Subtract),
        };
        core::iter::once(Step::Double).chain(second)
    });
    of_digits.chain([Step::AddImage, Step::SubtractSecondImage])
}

/// Constants of the loop.
struct Constants<V: Lanes> {
    b3: Two<V>,
    zero: Two<V>,
    one: Two<V>,
    nine: One<V>,
}

impl Job for MillerLoop<'_> {
    type Output = Fq12;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Fq12 {
        let b = g2::Config::COEFF_B;
        let constants = Constants {
            b3: Two::splat(v, &(b.double() + b)),
            zero: Two::splat(v, &Fq2::ZERO),
            one: Two::splat(v, &Fq2::one()),
            nine: One(v.splat(&Fq::from(9u8))),
        };
        let mut groups = Vec::with_capacity(self.0.len().div_ceil(V::COUNT));
        for pairs in self.0.chunks(V::COUNT) {
            groups.push(import(v, &constants, pairs));
        }
        let mut product = [constants.zero; 6];
        product[0] = constants.one;
        let psi = Psi::new(v);
        // One loop for all steps, so that what it holds is compiled once.
        for (number, step) in steps().enumerate() {
            if number != 0 && step == Step::Double {
                product = squared(v, &constants, &product);
            }
            for group in &mut groups {
                let line = if step == Step::Double {
                    double(v, &constants, group)
                } else {
                    let mut q = group.q;
                    if matches!(step, Step::AddImage | Step::SubtractSecondImage) {
                        q = psi.of_affine(v, q);
                    }
                    if step == Step::SubtractSecondImage {
                        q = psi.of_affine(v, q);
                    }
                    if matches!(step, Step::Subtract | Step::SubtractSecondImage) {
                        q[1] = constants.zero.minus(v, q[1]);
                    }
                    add(v, group, q)
                };
                product = times_line(v, &constants, &product, &line, group.present);
            }
        }
        let mut parts = [[Fq2::ZERO; MOST]; 6];
        for i in 0..6 {
            product[i].export(v, &mut parts[i]);
        }
        let [a0, a1, a2, b0, b1, b2] = parts;
        let mut all = Fq12::one();
        for lane in 0..V::COUNT {
            all *= Fq12::new(Fq6::new(a0[lane], a1[lane], a2[lane]), Fq6::new(b0[lane], b1[lane], b2[lane]));
        }
        all
    }
}

#[inline(always)]
fn import<V: Lanes>(v: V, constants: &Constants<V>, pairs: &[(G1Affine, G2Affine)]) -> Pairs<V> {
    let (mut x, mut y) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST]);
    let (mut qx, mut qy) = ([Fq2::ZERO; MOST], [Fq2::ZERO; MOST]);
    let mut present = 0;
    for (lane, (p, q)) in pairs.iter().enumerate() {
        (x[lane], y[lane], qx[lane], qy[lane]) = (p.x, p.y, q.x, q.y);
        present |= 1 << lane;
    }
    let (x, y): (One<V>, One<V>) = (Packed::import(v, &x), Packed::import(v, &y));
    let zero = One(constants.zero.0[0]);
    let q = [Packed::import(v, &qx), Packed::import(v, &qy)];
    Pairs {
        x3: x.plus(v, x).plus(v, x),
        y_minus_2: zero.minus(v, y.plus(v, y)),
        x_minus: zero.minus(v, x),
        y,
        q,
        t: [q[0], q[1], constants.one],
        present,
    }
}

/// Products one by one: a loop, as its body is long.
#[inline(always)]
fn products<V: Lanes, const N: usize>(v: V, a: &[Two<V>; N], b: &[Two<V>; N]) -> [Two<V>; N] {
    let mut out = *a;
    for i in 0..N {
        out[i] = a[i].times_apart(v, b[i]);
    }
    out
}

/// Squares of tight ones.
#[inline(always)]
fn squares<V: Lanes, const N: usize>(v: V, a: &[Two<V>; N]) -> [Two<V>; N] {
    let mut out = *a;
    for i in 0..N {
        out[i] = a[i].squared(v);
    }
    out
}

#[inline(always)]
fn scaled<V: Lanes>(v: V, a: Two<V>, by: One<V>) -> Two<V> {
    Two([v.times(a.0[0], by.0), v.times(a.0[1], by.0)])
}

/// `(9 + i) a` of a tight one. Tight.
#[inline(always)]
fn twisted<V: Lanes>(v: V, constants: &Constants<V>, a: Two<V>) -> Two<V> {
    let ([real, imaginary], nine) = (a.0, constants.nine.0);
    Two([v.times_minus::<FqConfig>(real, nine, imaginary), v.plus(v.times(imaginary, nine), real)])
}

/// Doubles `t`, and gives the tangent at the point of G1.
#[inline(always)]
fn double<V: Lanes>(v: V, constants: &Constants<V>, group: &mut Pairs<V>) -> Line<V> {
    let [x, y, z] = group.t;
    let [b, c, xx] = squares(v, &[y, z, x]);
    let [xy, yz, e] = products(v, &[x, y, constants.b3], &[y, z, c]);
    let e2 = e.plus(v, e);
    let e3 = e2.plus(v, e);
    let [g, ee] = squares(v, &[b.plus(v, e3), e2]);
    let b2 = b.plus(v, b);
    let b4 = b2.plus(v, b2);
    let [x, z] = products(v, &[xy.sum(v, xy), b4.sum(v, b4)], &[b.difference(v, e3), yz]);
    group.t = [x, g.minus(v, ee.plus(v, ee).plus(v, ee)), z];
    Line { a: scaled(v, yz, group.y_minus_2), b: scaled(v, xx, group.x3), c: e.minus(v, b) }
}

/// Adds an affine point to `t`, and gives the chord at the point of G1.
#[inline(always)]
fn add<V: Lanes>(v: V, group: &mut Pairs<V>, [qx, qy]: [Two<V>; 2]) -> Line<V> {
    let [x, y, z] = group.t;
    let [qy_z, qx_z] = products(v, &[qy, qx], &[z, z]);
    let (theta, lambda) = (y.minus(v, qy_z), x.minus(v, qx_z));
    let [c, d] = squares(v, &[theta, lambda]);
    let [e, f, g] = products(v, &[lambda, z, x], &[d, c, d]);
    let h = e.plus(v, f).minus(v, g.plus(v, g));
    let [new_x, first, second, new_z, third, fourth] =
        products(v, &[lambda, theta, e, z, theta, lambda], &[h, g.difference(v, h), y, e, qx, qy]);
    group.t = [new_x, first.minus(v, second), new_z];
    Line { a: scaled(v, lambda, group.y), b: scaled(v, theta, group.x_minus), c: third.minus(v, fourth) }
}

/// `f` times a line in the lanes of `present`, `f` in the others. 13 products.
#[inline(always)]
fn times_line<V: Lanes>(
    v: V,
    constants: &Constants<V>,
    f: &[Two<V>; 6],
    line: &Line<V>,
    present: Mask,
) -> [Two<V>; 6] {
    let a = Two::select(v, present, line.a, constants.one);
    let b = Two::select(v, present, line.b, constants.zero);
    let c = Two::select(v, present, line.c, constants.zero);
    let [f0, f1, f2, g0, g1, g2] = *f;
    // (f + g w) (a + (b + c v) w), with three products of the two halves.
    let (s0, s1, s2) = (f0.plus(v, g0), f1.plus(v, g1), f2.plus(v, g2));
    let ab = a.plus(v, b);
    let left = [
        f0,
        f1,
        f2,
        g0,
        g1,
        g1.sum(v, g2),
        g0.sum(v, g2),
        g0.sum(v, g1),
        s0,
        s1,
        s1.sum(v, s2),
        s0.sum(v, s2),
        s0.sum(v, s1),
    ];
    let right = [a, a, a, b, c, c, b, b.sum(v, c), ab, c, c, ab, ab.sum(v, c)];
    let p = products(v, &left, &right);
    let low = [p[0], p[1], p[2]];
    let high = sparse(v, constants, &p[3], &p[4], &p[5], &p[6], &p[7]);
    let both = sparse(v, constants, &p[8], &p[9], &p[10], &p[11], &p[12]);
    [
        low[0].plus(v, twisted(v, constants, high[2])),
        low[1].plus(v, high[0]),
        low[2].plus(v, high[1]),
        both[0].minus(v, low[0]).minus(v, high[0]),
        both[1].minus(v, low[1]).minus(v, high[1]),
        both[2].minus(v, low[2]).minus(v, high[2]),
    ]
}

/// `(g0 + g1 v + g2 v^2) (b + c v)` from `g0 b`, `g1 c`, `(g1 + g2) c`, `(g0 + g2) b`, `(g0 + g1) (b + c)`.
#[inline(always)]
fn sparse<V: Lanes>(
    v: V,
    constants: &Constants<V>,
    g0b: &Two<V>,
    g1c: &Two<V>,
    g12c: &Two<V>,
    g02b: &Two<V>,
    g01bc: &Two<V>,
) -> [Two<V>; 3] {
    [
        twisted(v, constants, g12c.minus(v, *g1c)).plus(v, *g0b),
        g01bc.minus(v, *g0b).minus(v, *g1c),
        g02b.minus(v, *g0b).plus(v, *g1c),
    ]
}

/// `f^2`. 12 products.
#[inline(always)]
fn squared<V: Lanes>(v: V, constants: &Constants<V>, f: &[Two<V>; 6]) -> [Two<V>; 6] {
    let [f0, f1, f2, g0, g1, g2] = *f;
    // (f + g) (f + v g) = f^2 + v g^2 + (1 + v) f g, and with f g the rest.
    let twisted_g2 = twisted(v, constants, g2);
    let (s0, s1, s2) = (f0.plus(v, g0), f1.plus(v, g1), f2.plus(v, g2));
    let (t0, t1, t2) = (f0.plus(v, twisted_g2), f1.plus(v, g0), f2.plus(v, g1));
    let left = [
        f0,
        f1,
        f2,
        f1.sum(v, f2),
        f0.sum(v, f1),
        f0.sum(v, f2),
        s0,
        s1,
        s2,
        s1.sum(v, s2),
        s0.sum(v, s1),
        s0.sum(v, s2),
    ];
    let right = [
        g0,
        g1,
        g2,
        g1.sum(v, g2),
        g0.sum(v, g1),
        g0.sum(v, g2),
        t0,
        t1,
        t2,
        t1.sum(v, t2),
        t0.sum(v, t1),
        t0.sum(v, t2),
    ];
    let p = products(v, &left, &right);
    let fg = dense(v, constants, &[p[0], p[1], p[2], p[3], p[4], p[5]]);
    let both = dense(v, constants, &[p[6], p[7], p[8], p[9], p[10], p[11]]);
    [
        both[0].minus(v, fg[0]).minus(v, twisted(v, constants, fg[2])),
        both[1].minus(v, fg[1]).minus(v, fg[0]),
        both[2].minus(v, fg[2]).minus(v, fg[1]),
        fg[0].plus(v, fg[0]),
        fg[1].plus(v, fg[1]),
        fg[2].plus(v, fg[2]),
    ]
}

/// A product modulo `v^3 = 9 + i` from `a0 b0`, `a1 b1`, `a2 b2`, and those of the sums of 1 and 2, 0 and 1, 0 and 2.
#[inline(always)]
fn dense<V: Lanes>(v: V, constants: &Constants<V>, p: &[Two<V>; 6]) -> [Two<V>; 3] {
    [
        p[0].plus(v, twisted(v, constants, p[3].minus(v, p[1]).minus(v, p[2]))),
        p[4].minus(v, p[0]).minus(v, p[1]).plus(v, twisted(v, constants, p[2])),
        p[5].minus(v, p[0]).minus(v, p[2]).plus(v, p[1]),
    ]
}
