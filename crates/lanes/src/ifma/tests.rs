//! Numbers at the very bounds that the operations name, in the form of the path. Sequences of operations rarely come near.

use super::{BITS, Ifma, LIMBS, LOW, Number, canonical, load, multiple, store};
use crate::{Element, Lanes};
use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{AdditiveGroup as _, Field as _, MontConfig};
use core::marker::PhantomData;

type Limbs = [u64; LIMBS];

/// From signed limbs; `None` for a negative number.
fn carried(mut limbs: [i64; LIMBS]) -> Option<Limbs> {
    for i in 0..LIMBS - 1 {
        limbs[i + 1] += limbs[i] >> BITS;
        limbs[i] &= LOW as i64;
    }
    (limbs[4] >= 0).then(|| limbs.map(|limb| limb as u64))
}

fn is_below<M: MontConfig<4>>(limbs: &Limbs, bound: u64) -> bool {
    let limit = multiple::<M>(bound);
    limbs.iter().rev().lt(limit.iter().rev())
}

/// Numbers below `bound q`: about multiples of the modulus and of `2^254`, with empty and with full limbs.
fn numbers<M: MontConfig<4>>(bound: u64) -> Vec<Limbs> {
    let mut all = Vec::new();
    for k in 0..=bound {
        for base in [multiple::<M>(k), [0, 0, 0, 0, k << 46]] {
            let base = base.map(|limb| limb as i64);
            let [a, b, c, d, e] = base;
            let near = [
                base,
                [a - 1, b, c, d, e],
                [a + 1, b, c, d, e],
                [a, b - 1, c, d, e],
                [a, b, c, d, e - 1],
                [0, 0, 0, 0, e],
                [LOW as i64, LOW as i64, LOW as i64, LOW as i64, e - 1],
                [LOW as i64, 0, LOW as i64, 0, e],
            ];
            all.extend(near.into_iter().filter_map(carried).filter(|limbs| is_below::<M>(limbs, bound)));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn to_lanes<M>(lanes: &[Limbs; 8]) -> Number<M> {
    let limbs = core::array::from_fn(|i| load(&core::array::from_fn(|lane| lanes[lane][i])));
    Number(limbs, PhantomData)
}

fn of_lanes<M>(number: Number<M>) -> [Limbs; 8] {
    let mut columns = [[0; 8]; LIMBS];
    for (limb, column) in number.0.into_iter().zip(&mut columns) {
        store(limb, column);
    }
    core::array::from_fn(|lane| columns.map(|column| column[lane]))
}

fn value<M: MontConfig<4>>(limbs: &Limbs) -> Element<M> {
    let base = Element::<M>::from(1u64 << BITS);
    limbs.iter().rev().fold(Element::<M>::ZERO, |sum, limb| sum * base + Element::<M>::from(*limb))
}

/// That each lane is normalised, below `bound q` and has the value.
fn check<M: MontConfig<4>>(what: &str, result: Number<M>, bound: u64, expected: [Element<M>; 8]) {
    for (limbs, expected) in of_lanes(result).iter().zip(expected) {
        assert!(limbs.iter().all(|limb| *limb <= LOW), "{what}: {limbs:?} is not normalised");
        assert!(is_below::<M>(limbs, bound), "{what}: {limbs:?} is not below {bound} q");
        assert_eq!(value::<M>(limbs), expected, "{what}");
    }
}

/// Calls `each` with all pairs of numbers, eight at a time, thrice: with the least of `third`, the most, and some.
fn in_eights(first: &[Limbs], second: &[Limbs], third: &[Limbs], mut each: impl FnMut([&[Limbs; 8]; 3])) {
    let pairs: Vec<_> = first.iter().flat_map(|a| second.iter().map(move |b| (*a, *b))).collect();
    for (turn, some) in pairs.chunks(8).enumerate() {
        let pair = |lane: usize| some[lane % some.len()];
        let (a, b) = (core::array::from_fn(|lane| pair(lane).0), core::array::from_fn(|lane| pair(lane).1));
        each([&a, &b, &[third[0]; 8]]);
        each([&a, &b, &[third[third.len() - 1]; 8]]);
        each([&a, &b, &core::array::from_fn(|lane| third[(5 * turn + lane) % third.len()])]);
    }
}

fn at_the_bounds<M: MontConfig<4>>() {
    let Some(v) = Ifma::detect() else { return };
    let r = Element::<M>::from(2u64).pow([260]);
    let with = |a: &[Limbs; 8], b: &[Limbs; 8], f: &dyn Fn(Element<M>, Element<M>) -> Element<M>| {
        core::array::from_fn(|lane| f(value::<M>(&a[lane]), value::<M>(&b[lane])))
    };
    let r_inverse = r.inverse().expect("not 0");
    let (double, tight, loose) = (numbers::<M>(2), numbers::<M>(4), numbers::<M>(8));
    in_eights(&tight, &tight, &double, |[a, b, c]| {
        let (x, y, z) = (to_lanes::<M>(a), to_lanes::<M>(b), to_lanes::<M>(c));
        check("sum", v.sum(x, y), 8, with(a, b, &|a, b| a + b));
        check("difference", v.difference(x, y), 8, with(a, b, &|a, b| a - b));
        check("plus", v.plus(x, y), 4, with(a, b, &|a, b| a + b));
        check("minus", v.minus(x, y), 4, with(a, b, &|a, b| a - b));
        let less = with(a, b, &|a, b| -a - b);
        let expected = core::array::from_fn(|lane| value::<M>(&c[lane]) + less[lane]);
        check("minus_both", v.minus_both(z, x, y), 4, expected);
        let [real, mixed] = v.squared_extension([x, y]);
        check("squared real", real, 2, with(a, b, &|a, b| (a * a - b * b) * r_inverse));
        check("squared mixed", mixed, 2, with(a, b, &|a, b| a * b.double() * r_inverse));
    });
    in_eights(&loose, &loose, &tight, |[a, b, c]| {
        let (x, y, z) = (to_lanes::<M>(a), to_lanes::<M>(b), to_lanes::<M>(c));
        check("times", v.times(x, y), 2, with(a, b, &|a, b| a * b * r_inverse));
        check("squared", v.squared(x), 2, with(a, b, &|a, _| a * a * r_inverse));
        check("canonical", canonical(x), 1, with(a, b, &|a, _| a));
        let product = with(a, b, &|a, b| a * b * r_inverse);
        let expected = core::array::from_fn(|lane| product[lane] - value::<M>(&c[lane]));
        check("times_minus", v.times_minus(x, y, z), 4, expected);
    });
    // The four operands of a product in the extension: its columns are the most negative and the largest.
    let [least, most] = [loose[0], loose[loose.len() - 1]];
    in_eights(&loose, &loose, &[least, most], |[a, b, c]| {
        let (x, y, z) = (to_lanes::<M>(a), to_lanes::<M>(b), to_lanes::<M>(c));
        for ([p, q], [s, t]) in
            [([a, c], [b, c]), ([c, a], [c, b]), ([a, b], [c, c]), ([a, b], [b, a]), ([c, c], [c, c])]
        {
            let number = |limbs: &[Limbs; 8]| {
                if core::ptr::eq(limbs, a) {
                    x
                } else if core::ptr::eq(limbs, b) {
                    y
                } else {
                    z
                }
            };
            let [real, mixed] = v.times_extension([number(p), number(q)], [number(s), number(t)]);
            let [p, q, s, t] = [p, q, s, t].map(|limbs| limbs.map(|limbs| value::<M>(&limbs)));
            let expected = core::array::from_fn(|i| (p[i] * s[i] - q[i] * t[i]) * r_inverse);
            check("product real", real, 3, expected);
            let expected = core::array::from_fn(|i| (p[i] * t[i] + q[i] * s[i]) * r_inverse);
            check("product mixed", mixed, 3, expected);
        }
    });
}

#[test]
fn base_field_numbers_at_the_bounds() {
    at_the_bounds::<FqConfig>();
}

#[test]
fn scalar_field_numbers_at_the_bounds() {
    at_the_bounds::<FrConfig>();
}
