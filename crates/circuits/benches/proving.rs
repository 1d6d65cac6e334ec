//! Time of one proof, by threads, and of loading the keys from their cache.
//!
//! `cargo bench -p sero-circuits`

use ark_ff::UniformRand;
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{OutputWitness, ProvingKeys, SpendWitness};
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::field::{Field, Scalar};
use std::sync::OnceLock;

fn main() {
    divan::main();
}

fn keys() -> &'static ProvingKeys {
    static KEYS: OnceLock<ProvingKeys> = OnceLock::new();
    KEYS.get_or_init(|| ProvingKeys::development(None).expect("keys"))
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

fn output_witness(rng: &mut StdRng) -> OutputWitness {
    OutputWitness {
        owner: Field::rand(rng),
        asset: Field::rand(rng),
        amount: u128::rand(rng),
        rcm: Field::rand(rng),
        rcv: Scalar::rand(rng),
    }
}

fn spend_witness(rng: &mut StdRng) -> SpendWitness {
    let mut w = SpendWitness {
        ak: multiply(&g_auth(), &Scalar::rand(rng)),
        nk: Field::rand(rng),
        d: Field::rand(rng),
        s: Field::rand(rng),
        asset_base: output_witness(rng).asset_base().expect("a generator"),
        amount: u128::rand(rng),
        rcm: Field::rand(rng),
        position: 1_234_567_890,
        siblings: core::array::from_fn(|_| core::array::from_fn(|_| Field::rand(rng))),
        anchor: Field::from(0u8),
        alpha: Scalar::rand(rng),
        rcv: Scalar::rand(rng),
    };
    w.anchor = w.path_root();
    w
}

#[divan::bench(args = [1, 2], sample_count = 20)]
fn prove_spend(bencher: divan::Bencher<'_, '_>, threads: usize) {
    let (pool, mut rng) = (pool(threads), StdRng::from_seed([1; 32]));
    let w = spend_witness(&mut rng);
    keys();
    bencher.bench_local(|| pool.install(|| keys().prove_spend(&w, &mut rng).expect("a proof")));
}

#[divan::bench(args = [1, 2], sample_count = 20)]
fn prove_output(bencher: divan::Bencher<'_, '_>, threads: usize) {
    let (pool, mut rng) = (pool(threads), StdRng::from_seed([2; 32]));
    let w = output_witness(&mut rng);
    keys();
    bencher.bench_local(|| pool.install(|| keys().prove_output(&w, &mut rng).expect("a proof")));
}

#[divan::bench(sample_count = 10)]
fn load_keys(bencher: divan::Bencher<'_, '_>) {
    let dir = tempfile::tempdir().expect("a directory");
    ProvingKeys::development(Some(dir.path())).expect("keys");
    bencher.bench_local(|| ProvingKeys::development(Some(dir.path())).expect("keys"));
}
