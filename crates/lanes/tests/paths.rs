//! Every path and every operation against arkworks, over random and extreme elements.

use ark_bn254::{Fq, Fq2, FqConfig, Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig, One, UniformRand};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use sero_lanes::checked::Checked;
use sero_lanes::narrow::{self, Narrow};
use sero_lanes::relaxed::Relaxed;
use sero_lanes::{Element, Job, Lanes, Pair, Path, inverse, invert_all, minus, plus, times};

/// 0, 1, q - 1, halves, powers of two, and elements whose Montgomery form is near 0, near `q` or
/// has full limbs.
fn elements<M: MontConfig<4>>() -> Vec<Element<M>> {
    let mut rng = StdRng::seed_from_u64(70);
    let one = Element::<M>::one();
    let mut all = vec![Element::<M>::ZERO, one, -one, one.double(), -one.double()];
    all.push(one.double().inverse().expect("not 0"));
    let q = M::MODULUS.0;
    let limbs = [
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [q[0] - 1, q[1], q[2], q[3]],
        [q[0] - 2, q[1], q[2], q[3]],
        [u64::MAX, u64::MAX, u64::MAX, q[3] - 1],
        [u64::MAX, u64::MAX, 0, 0],
        [0, u64::MAX, u64::MAX, q[3] - 1],
        [u64::MAX, 0, 0, q[3]],
        [0, 0, 0, q[3]],
        [u64::MAX >> 12, 0, 0, 0],
        [0, 0, 0, (u64::MAX >> 12) & (q[3] - 1)],
    ];
    all.extend(limbs.map(|limbs| Element::<M>::new_unchecked(BigInt(limbs))));
    // Those that are extreme in the other paths' forms, with R = 2^260, 2^261 and 2^255.
    let two = one.double();
    for factor in [Element::<M>::from(16u64), Element::<M>::from(32u64), two.inverse().expect("not 0")] {
        let inverse = factor.inverse().expect("not 0");
        all.extend(limbs.map(|limbs| Element::<M>::new_unchecked(BigInt(limbs)) * inverse));
    }
    all.extend((0..20).map(|_| Element::<M>::rand(&mut rng)));
    all
}

/// WebAssembly's path, on vectors that are arrays.
fn relaxed() -> Relaxed {
    Relaxed::detect().expect("a fused multiplication is one")
}

/// All operations on one vector of pairs.
struct Operations<'a, M: MontConfig<4>> {
    a: &'a [Element<M>],
    b: &'a [Element<M>],
    c: &'a [Element<M>],
}

const NAMES: [&str; 15] = [
    "a",
    "times",
    "squared",
    "sum",
    "difference",
    "plus",
    "minus",
    "times_minus",
    "minus_both",
    "select",
    "loose times",
    "loose squared",
    "deep",
    "scattered",
    "splat",
];

impl<M: MontConfig<4>> Job for Operations<'_, M> {
    type Output = [Vec<Element<M>>; 15];

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let (a, b, c) = (v.import(self.a), v.import(self.b), v.import(self.c));
        let mut deep = a;
        for _ in 0..20 {
            // As far from reduced as the operations allow.
            let up = v.plus(deep, deep);
            deep = v.minus(v.plus(up, b), v.minus(c, v.minus(up, b)));
        }
        let rows = v.scatter([v.difference(a, b), deep]);
        let indices = core::array::from_fn(|lane| lane);
        let [scattered, again] = v.gather::<M>(&rows, &indices);
        let loose = v.difference(deep, scattered);
        [
            a,
            v.times(a, b),
            v.squared(a),
            v.sum(a, b),
            v.difference(a, b),
            v.plus(a, b),
            v.minus(a, b),
            v.times_minus(v.difference(a, b), v.sum(a, b), c),
            v.minus_both(v.times(a, b), c, b),
            v.select(0b1010_0110, a, b),
            v.times(v.difference(deep, b), v.sum(deep, deep)),
            v.squared(loose),
            again,
            scattered,
            v.splat(&self.c[0]),
        ]
        .map(|number| {
            let mut out = vec![Element::<M>::ZERO; self.a.len().min(V::COUNT)];
            v.export(number, &mut out);
            out
        })
    }
}

fn expected<M: MontConfig<4>>(
    lane: usize,
    a: Element<M>,
    b: Element<M>,
    c: Element<M>,
    c0: Element<M>,
) -> [Element<M>; 15] {
    let mut deep = a;
    for _ in 0..20 {
        deep = deep.double() + b - (c - (deep.double() - b));
    }
    [
        a,
        a * b,
        a.square(),
        a + b,
        a - b,
        a + b,
        a - b,
        (a - b) * (a + b) - c,
        a * b - c - b,
        if 0b1010_0110 >> lane & 1 == 1 { a } else { b },
        (deep - b) * deep.double(),
        (deep - (a - b)).square(),
        deep,
        a - b,
        c0,
    ]
}

fn agrees<M: MontConfig<4>>() {
    let all = elements::<M>();
    let count = all.len();
    for shift in 0..count {
        for start in (0..count).step_by(8) {
            let lanes = 8.min(count - start);
            let a: Vec<_> = all[start..start + lanes].to_vec();
            let b: Vec<_> = (0..lanes).map(|i| all[(start + shift + i) % count]).collect();
            let c: Vec<_> = (0..lanes).map(|i| all[(start + 3 * shift + 2 * i) % count]).collect();
            let job = || Operations { a: &a, b: &b, c: &c };
            let others = [
                ("checked", Checked.enter(job())),
                ("narrow", Narrow.enter(job())),
                ("relaxed", relaxed().enter(job())),
            ];
            for (name, results) in
                Path::all().into_iter().map(|path| (path.name(), path.run(job()))).chain(others)
            {
                for (operation, result) in results.iter().enumerate() {
                    for (lane, result) in result.iter().enumerate() {
                        let expected = expected(lane, a[lane], b[lane], c[lane], c[0])[operation];
                        assert_eq!(*result, expected, "{} on path {name}, lane {lane}", NAMES[operation]);
                    }
                }
            }
        }
    }
}

#[test]
fn every_operation_in_the_base_field() {
    agrees::<FqConfig>();
}

#[test]
fn every_operation_in_the_scalar_field() {
    agrees::<FrConfig>();
}

struct Extension<'a> {
    a: [&'a [Fq]; 2],
    b: [&'a [Fq]; 2],
}

impl Job for Extension<'_> {
    type Output = Vec<[Vec<Fq>; 2]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let (a, b) = (self.a.map(|side| v.import(side)), self.b.map(|side| v.import(side)));
        let loose = |a: [V::Number<FqConfig>; 2], b: [V::Number<FqConfig>; 2]| {
            [v.difference(a[0], b[0]), v.difference(a[1], b[1])]
        };
        let product = v.times_extension(a, b);
        let squared = v.squared_extension(a);
        let wide = v.times_extension(loose(product, b), loose(a, product));
        [product, squared, wide, v.squared_extension(product)]
            .map(|sides| {
                sides.map(|number| {
                    let mut out = vec![Fq::ZERO; self.a[0].len().min(V::COUNT)];
                    v.export(number, &mut out);
                    out
                })
            })
            .to_vec()
    }
}

#[test]
fn the_extension() {
    let all = elements::<FqConfig>();
    let count = all.len();
    let mut turn = 0;
    for shift in 0..count {
        for start in (0..count).step_by(8) {
            turn += 1;
            let lanes = 8.min(count - start);
            let line = |factor: usize| -> Vec<Fq> {
                (0..lanes).map(|i| all[(start + factor * shift + i * (1 + turn % 5)) % count]).collect()
            };
            let (a0, a1, b0, b1) = (all[start..start + lanes].to_vec(), line(1), line(3), line(7));
            let job = || Extension { a: [&a0, &a1], b: [&b0, &b1] };
            let others = [Checked.enter(job()), Narrow.enter(job()), relaxed().enter(job())];
            for results in Path::all().into_iter().map(|path| path.run(job())).chain(others) {
                for lane in 0..results[0][0].len() {
                    let (a, b) = (Fq2::new(a0[lane], a1[lane]), Fq2::new(b0[lane], b1[lane]));
                    let product = a * b;
                    let expected = [product, a.square(), (product - b) * (a - product), product.square()];
                    for (result, expected) in results.iter().zip(expected) {
                        assert_eq!(Fq2::new(result[0][lane], result[1][lane]), expected);
                    }
                }
            }
        }
    }
}

struct Transposed<'a>(&'a [Vec<Fr>]);

impl Job for Transposed<'_> {
    type Output = Vec<Vec<Fr>>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let mut numbers: Vec<_> = self.0[..V::COUNT].iter().map(|row| v.import(row)).collect();
        v.transpose::<FrConfig>(&mut numbers);
        numbers
            .into_iter()
            .map(|number| {
                let mut out = vec![Fr::ZERO; V::COUNT];
                v.export(number, &mut out);
                out
            })
            .collect()
    }
}

#[test]
fn transposition() {
    let square: Vec<Vec<Fr>> =
        (0..8u64).map(|i| (0..8u64).map(|j| Fr::from(100 * i + j)).collect()).collect();
    let all = Path::all().into_iter().map(|path| (path.name(), path.run(Transposed(&square))));
    for (name, rows) in all.chain([("relaxed", relaxed().enter(Transposed(&square)))]) {
        for (i, row) in rows.iter().enumerate() {
            for (j, element) in row.iter().enumerate() {
                assert_eq!(*element, square[j][i], "{name}");
            }
        }
    }
}

#[test]
fn single_elements() {
    let all = elements::<FqConfig>();
    for a in &all {
        for b in &all {
            assert_eq!(plus(a, b), *a + b, "{a} {b}");
            assert_eq!(times(a, b), *a * b, "{a} {b}");
            assert_eq!(narrow::times(a, b), *a * b, "{a} {b}");
            assert_eq!(minus(a, b), *a - b, "{a} {b}");
        }
    }
}

fn inverses<M: MontConfig<4>>() {
    let mut rng = StdRng::seed_from_u64(71);
    let all = elements::<M>();
    for a in all.iter().copied().chain((0..2000).map(|_| Element::<M>::rand(&mut rng))) {
        assert_eq!(inverse(&a), a.inverse(), "{a}");
    }
    let mut some: Vec<Element<M>> = all.iter().copied().filter(|a| *a != Element::<M>::ZERO).collect();
    let before = some.clone();
    assert_eq!(invert_all(&mut some), Some(()));
    assert!(some.iter().zip(&before).all(|(a, b)| (*a * b).is_one()));
    let mut with_zero = vec![before[1], Element::<M>::ZERO, before[2]];
    assert_eq!(invert_all(&mut with_zero), None);
    assert_eq!(with_zero, [before[1], Element::<M>::ZERO, before[2]]);
    assert_eq!(invert_all::<M>(&mut []), Some(()));
}

#[test]
fn inversion() {
    inverses::<FqConfig>();
    inverses::<FrConfig>();
    // Wrong with a round less: more than 531 division steps, which one number in a hundred million takes.
    let slow = [0xb5534fd2ed3ae270, 0x5db2f47d4d7e0bb4, 0x4de975481c569aa3, 0x2f0fc630f1cdbf04];
    let a = Fq::new_unchecked(BigInt(slow));
    assert_eq!(inverse(&a), a.inverse());
}

/// The checked path refuses what would overflow.
#[test]
fn the_checked_path_checks() {
    let two = || Checked.splat(&Fq::from(2u8));
    let loose = || Checked.difference(two(), two());
    assert!(std::panic::catch_unwind(|| Checked.sum(loose(), two())).is_err());
    assert!(std::panic::catch_unwind(|| Checked.squared_extension([loose(), two()])).is_err());
    assert!(std::panic::catch_unwind(|| Checked.minus_both(loose(), two(), two())).is_err());
    assert!(std::panic::catch_unwind(|| Checked.times(loose(), loose())).is_ok());
}

#[test]
fn a_pair_is_a_line() {
    assert_eq!((size_of::<Pair>(), align_of::<Pair>()), (64, 64));
}
