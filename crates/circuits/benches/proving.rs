//! Time of one proof beside arkworks' prover, and of loading the keys.
//!
//! `cargo bench -p sero-circuits --bench proving`
//!
//! Prints a table first, for which the two provers take turns: `sero` is the public call, from a witness to a
//! proof that was verified; `ark-groth16` gets matrices and assignment ready made and does not verify.
//! Then divan's functions, by threads. `-- NAME` skips the table, `-- --only-table` all else.

mod support;

use ark_bn254::Bn254;
use ark_ff::UniformRand;
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, Matrix, R1CS_PREDICATE_LABEL};
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{OutputCircuit, ProvingKeys, SpendCircuit};
use sero_shielded::field::Field;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;
use support::{output_witness, spend_witness};

/// Proofs for each row of the table.
const RUNS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().all(|argument| argument.starts_with("--")) {
        side_by_side();
    }
    if !arguments.iter().any(|argument| argument == "--only-table") {
        divan::main();
    }
}

fn keys() -> &'static ProvingKeys {
    static KEYS: OnceLock<ProvingKeys> = OnceLock::new();
    KEYS.get_or_init(|| ProvingKeys::development(None).expect("keys"))
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// arkworks' prover with everything that does not depend on the witness, and the
/// assignment, prepared.
struct Arkworks {
    key: ProvingKey<Bn254>,
    matrices: Vec<Matrix<Field>>,
    inputs: usize,
    assignment: Vec<Field>,
    randomness: [Field; 2],
}

impl Arkworks {
    fn new<C: ConstraintSynthesizer<Field>>(shape: C, full: C, rng: &mut StdRng) -> Self {
        let key = Groth16::<Bn254>::generate_random_parameters_with_reduction(shape, rng).expect("a setup");
        let cs = ConstraintSystem::new_ref();
        full.generate_constraints(cs.clone()).expect("constraints");
        cs.finalize();
        Arkworks {
            key,
            matrices: cs.to_matrices().expect("matrices").remove(R1CS_PREDICATE_LABEL).expect("R1CS"),
            inputs: cs.num_instance_variables(),
            assignment: [
                cs.instance_assignment().expect("an assignment"),
                cs.witness_assignment().expect("an assignment"),
            ]
            .concat(),
            randomness: [Field::rand(rng), Field::rand(rng)],
        }
    }

    fn prove(&self) {
        let [r, s] = self.randomness;
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &self.key,
            r,
            s,
            &self.matrices,
            self.inputs,
            self.matrices[0].len(),
            &self.assignment,
        );
        black_box(proof.expect("a proof"));
    }
}

/// Makes one proof.
type Run<'a> = Box<dyn FnMut() + Send + 'a>;

/// Most memory this process has had, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Provers take turns, so that a busy moment of the machine meets all of them.
#[allow(clippy::print_stdout, reason = "the table is what the benchmark is for")]
fn side_by_side() {
    let mut rng = StdRng::from_seed([3; 32]);
    let (spend, output) = (spend_witness(&mut rng), output_witness(&mut rng));
    let started = Instant::now();
    keys().prove_spend(&spend, &mut rng).expect("a proof");
    keys().prove_output(&output, &mut rng).expect("a proof");
    let (seconds, peak) = (started.elapsed().as_secs_f64(), peak_mib().unwrap_or_default());
    println!("setup of both keys, their tables and one proof each: {seconds:.2} s, peak memory {peak} MiB");
    let ark_spend = Arkworks::new(SpendCircuit(None), SpendCircuit(Some(&spend)), &mut rng);
    let ark_output = Arkworks::new(OutputCircuit(None), OutputCircuit(Some(&output)), &mut rng);
    println!("| row | threads | median ms | fastest | slowest | runs |\n|---|---|---|---|---|---|");
    for threads in [1, 2] {
        let mut rng = StdRng::from_seed([4; 32]);
        let mut other = rng.clone();
        let mut rows: [(&str, Run<'_>); 4] = [
            (
                "sero spend",
                Box::new(|| {
                    black_box(keys().prove_spend(&spend, &mut rng).expect("a proof"));
                }),
            ),
            ("ark-groth16 spend", Box::new(|| ark_spend.prove())),
            (
                "sero output",
                Box::new(|| {
                    black_box(keys().prove_output(&output, &mut other).expect("a proof"));
                }),
            ),
            ("ark-groth16 output", Box::new(|| ark_output.prove())),
        ];
        let mut times = [const { Vec::new() }; 4];
        pool(threads).install(|| {
            for run in 0..=RUNS {
                for ((_, prove), times) in rows.iter_mut().zip(&mut times) {
                    let started = Instant::now();
                    prove();
                    // The first one warms up.
                    if run > 0 {
                        times.push(started.elapsed().as_secs_f64() * 1e3);
                    }
                }
            }
        });
        for ((name, _), mut times) in rows.iter().zip(times) {
            times.sort_by(f64::total_cmp);
            let (median, fastest, slowest) = (times[RUNS / 2], times[0], times[RUNS - 1]);
            println!("| {name} | {threads} | {median:.1} | {fastest:.1} | {slowest:.1} | {RUNS} |");
        }
    }
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
