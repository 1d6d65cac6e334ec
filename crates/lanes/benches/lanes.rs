//! Multiplications on every path, and inversion. Items are elements.

use ark_bn254::{Fq, FqConfig};
use ark_ff::{Field, UniformRand};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use divan::counter::ItemsCount;
use sero_lanes::{Job, Lanes, Path, inverse};
use std::hint::black_box;

fn main() {
    divan::main();
}

fn elements(count: usize) -> Vec<Fq> {
    let mut rng = StdRng::seed_from_u64(1);
    (0..count).map(|_| Fq::rand(&mut rng)).collect()
}

const PATHS: [&str; 2] = ["portable", "ifma"];
const ROUNDS: usize = 1000;
/// Independent numbers, so that products overlap.
const CHAINS: usize = 4;

#[derive(Clone, Copy)]
enum Operation {
    Times,
    Squared,
    TimesExtension,
    Minus,
}

struct Many(Operation);

impl Job for Many {
    type Output = Fq;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Fq {
        let elements = elements(2 * V::COUNT * CHAINS);
        let mut numbers: [_; CHAINS] =
            core::array::from_fn(|i| v.import::<FqConfig>(&elements[i * V::COUNT..]));
        let other = v.import::<FqConfig>(&elements[CHAINS * V::COUNT..]);
        match self.0 {
            Operation::Times => {
                for _ in 0..ROUNDS {
                    numbers.iter_mut().for_each(|number| *number = v.times(*number, other));
                }
            }
            Operation::Squared => {
                for _ in 0..ROUNDS {
                    numbers.iter_mut().for_each(|number| *number = v.squared(*number));
                }
            }
            Operation::TimesExtension => {
                for _ in 0..ROUNDS {
                    for pair in numbers.chunks_exact_mut(2) {
                        let product = v.times_extension([pair[0], pair[1]], [other, other]);
                        pair.copy_from_slice(&product);
                    }
                }
            }
            Operation::Minus => {
                for _ in 0..ROUNDS {
                    numbers.iter_mut().for_each(|number| *number = v.minus(*number, other));
                }
            }
        }
        let mut out = [Fq::from(0u8)];
        for number in numbers {
            let mut one = [Fq::from(0u8)];
            v.export(number, &mut one);
            out[0] += one[0];
        }
        out[0]
    }
}

struct Count;

impl Job for Count {
    type Output = usize;

    #[inline(always)]
    fn run<V: Lanes>(self, _: V) -> usize {
        V::COUNT * CHAINS * ROUNDS
    }
}

fn measure(bencher: divan::Bencher<'_, '_>, name: &str, operation: Operation, per: usize) {
    // A path that this machine lacks has no row.
    let Some(path) = Path::all().into_iter().find(|path| path.name() == name) else { return };
    bencher.counter(ItemsCount::new(path.run(Count) / per)).bench(|| path.run(Many(black_box(operation))));
}

#[divan::bench(args = PATHS)]
fn times(bencher: divan::Bencher<'_, '_>, path: &str) {
    measure(bencher, path, Operation::Times, 1);
}

#[divan::bench(args = PATHS)]
fn squared(bencher: divan::Bencher<'_, '_>, path: &str) {
    measure(bencher, path, Operation::Squared, 1);
}

#[divan::bench(args = PATHS)]
fn times_extension(bencher: divan::Bencher<'_, '_>, path: &str) {
    measure(bencher, path, Operation::TimesExtension, 2);
}

#[divan::bench(args = PATHS)]
fn minus(bencher: divan::Bencher<'_, '_>, path: &str) {
    measure(bencher, path, Operation::Minus, 1);
}

/// Different elements, so that no branch can be learnt.
const INVERSIONS: usize = 1000;

#[divan::bench]
fn inversion(bencher: divan::Bencher<'_, '_>) {
    let all = elements(INVERSIONS);
    let invert = || all.iter().filter_map(inverse).sum::<Fq>();
    bencher.counter(ItemsCount::new(INVERSIONS)).bench(invert);
}

#[divan::bench]
fn arkworks_inversion(bencher: divan::Bencher<'_, '_>) {
    let all = elements(INVERSIONS);
    let invert = || all.iter().filter_map(|a| a.inverse()).sum::<Fq>();
    bencher.counter(ItemsCount::new(INVERSIONS)).bench(invert);
}

#[divan::bench]
fn arkworks_times(bencher: divan::Bencher<'_, '_>) {
    let elements = elements(CHAINS + 1);
    bencher.counter(ItemsCount::new(CHAINS * ROUNDS)).bench(|| {
        let mut numbers: [Fq; CHAINS] = core::array::from_fn(|i| elements[i]);
        for _ in 0..ROUNDS {
            numbers.iter_mut().for_each(|number| *number *= elements[CHAINS]);
        }
        numbers
    });
}
