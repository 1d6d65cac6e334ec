//! Decoding, multiples and pairings on the best path (`SERO_LANES` names another). Items are points or pairs.

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ff::{BigInt, PrimeField, UniformRand};
use ark_serialize::CanonicalSerialize;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use divan::Bencher;
use divan::counter::ItemsCount;
use sero_bn254::{miller_loop, multiples, read_g1, read_g2};
use sero_lanes::Path;
use std::hint::black_box;

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("one thread");
    divan::main();
}

const COUNTS: [usize; 3] = [1, 8, 256];

fn points(count: usize) -> Vec<(G1Affine, G2Affine)> {
    let mut rng = StdRng::seed_from_u64(1);
    (0..count).map(|_| (G1Affine::rand(&mut rng), G2Affine::rand(&mut rng))).collect()
}

fn encoded<const LEN: usize>(point: &impl CanonicalSerialize) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    point.serialize_compressed(&mut bytes[..]).expect("memory");
    bytes
}

#[divan::bench(args = COUNTS)]
fn read_in_g1(bencher: Bencher<'_, '_>, count: usize) {
    let all: Vec<_> = points(count).iter().map(|(p, _)| encoded(p)).collect();
    bencher.counter(ItemsCount::new(count)).bench_local(|| read_g1(Path::best(), black_box(&all)));
}

#[divan::bench(args = COUNTS)]
fn read_in_g2(bencher: Bencher<'_, '_>, count: usize) {
    let all: Vec<_> = points(count).iter().map(|(_, q)| encoded(q)).collect();
    bencher.counter(ItemsCount::new(count)).bench_local(|| read_g2(Path::best(), black_box(&all)));
}

#[divan::bench(args = COUNTS)]
fn multiples_of_128_bits(bencher: Bencher<'_, '_>, count: usize) {
    let mut rng = StdRng::seed_from_u64(2);
    let all: Vec<_> = points(count).iter().map(|(p, _)| *p).collect();
    let scalars: Vec<BigInt<4>> = (0..count).map(|_| Fr::rand(&mut rng).into_bigint()).collect();
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| multiples(Path::best(), black_box(&all), black_box(&scalars), 128));
}

#[divan::bench(args = COUNTS)]
fn miller_loops(bencher: Bencher<'_, '_>, count: usize) {
    let all = points(count);
    bencher.counter(ItemsCount::new(count)).bench_local(|| miller_loop(Path::best(), black_box(&all)));
}

#[divan::bench(args = COUNTS)]
fn miller_loops_of_arkworks(bencher: Bencher<'_, '_>, count: usize) {
    let all = points(count);
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let pairs = black_box(&all).iter();
        Bn254::multi_miller_loop(pairs.clone().map(|pair| pair.0), pairs.map(|pair| pair.1))
    });
}

#[divan::bench]
fn final_exponentiation(bencher: Bencher<'_, '_>) {
    let [(p, q)] = points(1)[..] else { unreachable!("one was asked for") };
    let product = Bn254::miller_loop(p, q);
    bencher.bench_local(|| Bn254::final_exponentiation(black_box(product)));
}
