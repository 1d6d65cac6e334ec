//! How long each part of a proof takes, for whoever tunes it:
//! `cargo test --release -p sero-circuits --lib -- groth16::tests::stages --ignored --nocapture --test-threads 1`

use super::table;
use crate::builder::Builder;
use crate::groth16::digits::{Sorted, Windows};
use crate::groth16::table::Table;
use crate::groth16::{Means, Mode, Prover};
use crate::tests::support::{output_witness, rng, spend_witness};
use crate::{OUTPUT_INPUTS, ProvingKeys, SPEND_INPUTS, output, spend};
use ark_ff::UniformRand;
use sero_lanes::Path;
use sero_shielded::field::Field;
use std::hint::black_box;
use std::time::Instant;

/// This thread's time on a processor in ms, where the system tells it, else the clock's.
fn now() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let own = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let own = own.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    own.map_or_else(|| start.elapsed().as_secs_f64() * 1e3, |ns| ns / 1e6)
}

/// Prints the mean of some runs, after one that does not count.
#[allow(clippy::print_stderr, reason = "a measurement that people ask for with --nocapture")]
fn stage<T>(name: &str, mut run: impl FnMut() -> T) {
    const RUNS: u32 = 15;
    black_box(run());
    let start = now();
    for _ in 0..RUNS {
        black_box(run());
    }
    eprintln!("{name:40} {:8.2} ms", (now() - start) / f64::from(RUNS));
}

#[allow(clippy::print_stderr, reason = "as above")]
fn split(name: &str, prover: &Prover, b: &Builder<'_>, assign: impl Fn() -> usize) {
    eprintln!("{name}: {} wires, tables {:.1} MB", prover.wires, prover.size() as f64 / 1e6);
    for (query, rows) in [
        ("A", table(&prover.a).height()),
        ("B", table(&prover.b).height()),
        ("L", table(&prover.l).height()),
        ("H", table(&prover.h).height()),
    ] {
        eprintln!("  rows of {query}: {rows}");
    }
    let mut scalars = b.assignment.clone();
    scalars.push(Field::from(5u8));
    let wires = Sorted::new(table(&prover.a).windows(), &scalars);
    let random: Vec<Field> = (0..prover.transforms.size()).map(|_| Field::rand(&mut rng(1))).collect();
    let full = Sorted::new(table(&prover.h).windows(), &random);
    let entries = |sorted: &Sorted| sorted.buckets().map(<[_]>::len).sum::<usize>();
    eprintln!("  width {:?}, entries of wires {}, of h {}", wires.windows, entries(&wires), entries(&full));
    stage("assignment", assign);
    stage("upper half", || prover.transforms.upper_half(&b.row_values[0], &b.row_values[1]));
    stage("sorting the wires", || Sorted::new(table(&prover.a).windows(), &scalars));
    stage("sorting h", || Sorted::new(table(&prover.h).windows(), &random));
    stage("A", || table(&prover.a).multiply(&wires));
    stage("L", || table(&prover.l).multiply(&wires));
    stage("B", || table(&prover.b).multiply(&wires));
    stage("H", || table(&prover.h).multiply(&full));
}

fn whole(prover: &Prover, b: &Builder<'_>) -> ark_groth16::Proof<ark_bn254::Bn254> {
    prover.prove(&b.assignment, [&b.row_values[0], &b.row_values[1]], &Field::from(9u8))
}

#[test]
#[ignore = "a measurement; the command is above"]
fn stages() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    one.install(|| {
        let keys = ProvingKeys::development(None).expect("keys");
        let w = spend_witness(&mut rng(60), 12_345);
        let assign = || {
            let mut b = Builder::proving(SPEND_INPUTS, Field::from(77u8));
            spend::synthesize(&mut b, &w);
            b
        };
        let a = &keys.spend.key.a_query;
        for path in Path::all() {
            stage(&format!("building the table of A, {}", path.name()), || {
                Table::new(path, Windows { width: 13, stride: 1 }, a)
            });
        }
        let rows = keys.spend.matrices[0].len();
        for (path, mode) in
            Path::all().into_iter().flat_map(|path| [(path, Mode::Fast), (path, Mode::LowMemory)])
        {
            let prover = Prover::new(&keys.spend.key, rows, Means { path, mode }).expect("a prover");
            split(&format!("spend, {}, {mode:?}", path.name()), &prover, &assign(), || {
                assign().assignment.len()
            });
            stage("whole proof", || whole(&prover, &assign()));
        }
        let w = output_witness(&mut rng(61), 12_345);
        let assign = || {
            let mut b = Builder::proving(OUTPUT_INPUTS, Field::from(77u8));
            output::synthesize(&mut b, &w);
            b
        };
        split("output", &keys.output.prover, &assign(), || assign().assignment.len());
        stage("whole proof", || whole(&keys.output.prover, &assign()));
    });
}
