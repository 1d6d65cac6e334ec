//! Time of one proof, by threads, and of loading the keys. Beside other provers: `cargo xtask bench prover`.
//!
//! `cargo bench -p sero-circuits --bench proving`

mod support;

use sero_circuits::ProvingKeys;
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use std::sync::OnceLock;
use support::{output_witness, spend_witness};

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
