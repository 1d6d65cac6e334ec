//! Time of verifying real proofs, one by one and in batches, by threads.
//!
//! The items of a batch are proofs: `items/s` is proofs per second.
//!
//! `cargo bench -p sero-circuits --bench verification`

mod support;

use ark_serialize::CanonicalSerialize;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use sero_circuits::ProvingKeys;
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_shielded::verifier::{Circuit, ProofClaim, VerifyingKeys};
use std::sync::OnceLock;
use support::{output_witness, spend_witness};

/// Different proofs; a longer batch repeats them. As in blocks of 1/2 and 2/2
/// bundles, outputs outnumber spends.
const SPENDS: usize = 6;
const OUTPUTS: usize = 10;

fn main() {
    divan::main();
}

struct Fixture {
    keys: VerifyingKeys,
    spends: Vec<ProofClaim>,
    outputs: Vec<ProofClaim>,
}

impl Fixture {
    /// `size` claims in which spends and outputs alternate.
    fn batch(&self, size: usize) -> Vec<ProofClaim> {
        let mut mixed = Vec::with_capacity(SPENDS + OUTPUTS);
        let (mut spends, mut outputs) = (self.spends.iter(), self.outputs.iter());
        while mixed.len() < SPENDS + OUTPUTS {
            mixed.extend(spends.next());
            mixed.extend(outputs.next());
        }
        mixed.into_iter().cycle().take(size).cloned().collect()
    }
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let proving = ProvingKeys::development(None).expect("keys");
        let (mut spend, mut output) = (Vec::new(), Vec::new());
        proving.spend_verifying_key().serialize_compressed(&mut spend).expect("memory");
        proving.output_verifying_key().serialize_compressed(&mut output).expect("memory");
        let keys = VerifyingKeys::from_bytes(&spend, &output).expect("keys that pass the lint");
        let mut rng = StdRng::from_seed([3; 32]);
        let spends = (0..SPENDS).map(|_| spend_claim(&proving, &mut rng)).collect();
        let outputs = (0..OUTPUTS).map(|_| output_claim(&proving, &mut rng)).collect();
        Fixture { keys, spends, outputs }
    })
}

fn output_claim(keys: &ProvingKeys, rng: &mut StdRng) -> ProofClaim {
    let w = output_witness(rng);
    let proof = keys.prove_output(&w, rng).expect("a proof");
    ProofClaim { circuit: Circuit::Output, inputs: w.public_inputs().to_vec(), proof }
}

fn spend_claim(keys: &ProvingKeys, rng: &mut StdRng) -> ProofClaim {
    let w = spend_witness(rng);
    let proof = keys.prove_spend(&w, rng).expect("a proof");
    ProofClaim { circuit: Circuit::Spend, inputs: w.public_inputs().to_vec(), proof }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

fn one(bencher: Bencher<'_, '_>, threads: usize, claim: &ProofClaim) {
    let (pool, keys) = (pool(threads), &fixture().keys);
    bencher
        .counter(ItemsCount::new(1usize))
        .bench_local(|| pool.install(|| keys.verify(black_box(claim)).expect("a good proof")));
}

#[divan::bench(args = [1, 2])]
fn verify_spend(bencher: Bencher<'_, '_>, threads: usize) {
    one(bencher, threads, &fixture().spends[0]);
}

#[divan::bench(args = [1, 2])]
fn verify_output(bencher: Bencher<'_, '_>, threads: usize) {
    one(bencher, threads, &fixture().outputs[0]);
}

#[divan::bench(consts = [1, 2], args = [1, 8, 64, 256], sample_count = 30, sample_size = 1)]
fn verify_batch_by_threads<const THREADS: usize>(bencher: Bencher<'_, '_>, size: usize) {
    let (pool, keys, claims) = (pool(THREADS), &fixture().keys, fixture().batch(size));
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| pool.install(|| keys.verify_batch(black_box(&claims)).expect("good proofs")));
}
