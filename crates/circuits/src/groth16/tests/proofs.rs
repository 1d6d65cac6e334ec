//! Whole proofs, against arkworks' prover with the same randomness.

use super::table;
use crate::builder::Builder;
use crate::groth16::digits::Sorted;
use crate::groth16::table::Multiply;
use crate::groth16::{Means, Mode, Prover};
use crate::keys::CircuitKeys;
use crate::prover::{Blinding, ProveError};
use crate::tests::support::{altered, output_witness, rng, spend_witness};
use crate::{OUTPUT_INPUTS, ProvingKeys, SPEND_INPUTS, output, spend};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, One, UniformRand, Zero};
use ark_groth16::{Groth16, Proof};
use sero_lanes::Path;
use sero_shielded::field::{Field, Scalar};
use std::sync::OnceLock;

fn keys() -> &'static ProvingKeys {
    static KEYS: OnceLock<ProvingKeys> = OnceLock::new();
    KEYS.get_or_init(|| ProvingKeys::development(None).expect("keys"))
}

fn means() -> Means {
    Means::with(Mode::Fast)
}

/// arkworks' proof with `r = 0`.
fn reference(keys: &CircuitKeys, assignment: &[Field], s: &Field) -> Proof<Bn254> {
    Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
        &keys.key,
        Field::ZERO,
        *s,
        &keys.matrices,
        keys.key.vk.gamma_abc_g1.len(),
        keys.matrices[0].len(),
        assignment,
    )
    .expect("a proof")
}

/// What the rows of A and B come to.
fn row_values(keys: &CircuitKeys, assignment: &[Field]) -> [Vec<Field>; 2] {
    let product = |rows: &Vec<crate::builder::Row>| {
        rows.iter().map(|row| row.iter().map(|(c, wire)| *c * assignment[*wire]).sum()).collect()
    };
    [product(&keys.matrices[0]), product(&keys.matrices[1])]
}

/// Our proof of any assignment.
fn proof_of(keys: &CircuitKeys, prover: &Prover, assignment: &[Field], s: &Field) -> Proof<Bn254> {
    let [a, b] = row_values(keys, assignment);
    prover.prove(assignment, [&a, &b], s)
}

fn same_proof(what: &str, keys: &CircuitKeys, b: &Builder<'_>, s: &Field, public: &[Field]) {
    let [a_rows, b_rows] = &b.row_values;
    let proof = keys.prover.prove(&b.assignment, [a_rows, b_rows], s);
    assert_eq!(proof, reference(keys, &b.assignment, s), "{what}");
    assert!(b.row_values == row_values(keys, &b.assignment), "{what}: the rows are those of the matrices");
    assert_eq!(Groth16::<Bn254>::verify_proof(&keys.prepared, &proof, public), Ok(true), "{what}");
}

#[test]
fn proofs_are_those_of_arkworks() {
    let mut rng = rng(60);
    let edges = [Scalar::zero(), Scalar::one(), -Scalar::one(), Scalar::rand(&mut rng)];
    let blinding = [Field::one(), -Field::one(), Field::rand(&mut rng), Field::rand(&mut rng)];
    for ((amount, scalar), rho) in [0, 1, u128::MAX, 1 << 64].into_iter().zip(edges).zip(blinding) {
        let s = Field::rand(&mut rng);
        let mut w = altered(&spend_witness(&mut rng, amount), |w| {
            (w.alpha, w.rcv) = (scalar, scalar);
            if amount == 1 {
                (w.nk, w.d, w.s, w.rcm, w.position) = Default::default();
                w.siblings = Default::default();
            }
        });
        w.anchor = w.path_root();
        let mut b = Builder::proving(SPEND_INPUTS, rho);
        spend::synthesize(&mut b, &w);
        same_proof(&format!("spend {amount}"), &keys().spend, &b, &s, &w.public_inputs());
        let mut w = output_witness(&mut rng, amount);
        w.rcv = scalar;
        let mut b = Builder::proving(OUTPUT_INPUTS, rho);
        output::synthesize(&mut b, &w);
        same_proof(&format!("output {amount}"), &keys().output, &b, &s, &w.public_inputs());
    }
}

/// The sums of honest proofs never need complete additions: no points of these keys meet their equals or opposites.
#[test]
fn honest_proofs_have_no_collisions() {
    let mut rng = rng(65);
    let fast = |what: &str, keys: &CircuitKeys, b: &Builder<'_>| {
        let (prover, path) = (&keys.prover, Path::best());
        let mut scalars = b.assignment.clone();
        scalars.push(Field::rand(&mut crate::tests::support::rng(66)));
        let wires = Sorted::new(table(&prover.a).windows(), &scalars);
        let mut a_rows = b.row_values[0].clone();
        a_rows.extend_from_slice(&b.assignment[..prover.public]);
        let h = prover.transforms.upper_half(&a_rows, &b.row_values[1]);
        let h = Sorted::new(table(&prover.h).windows(), &h);
        let fast = [
            path.run(Multiply { table: table(&prover.a), scalars: &wires }).is_ok(),
            path.run(Multiply { table: table(&prover.b), scalars: &wires }).is_ok(),
            path.run(Multiply { table: table(&prover.l), scalars: &wires }).is_ok(),
            path.run(Multiply { table: table(&prover.h), scalars: &h }).is_ok(),
        ];
        assert_eq!(fast, [true; 4], "{what}: A, B, L, H");
    };
    for amount in [0, 1, 2, u128::from(u64::MAX), u128::MAX, 10u128.pow(18)] {
        for edge in [true, false] {
            let mut w = spend_witness(&mut rng, amount);
            if edge {
                (w.nk, w.d, w.s, w.rcm, w.position) = Default::default();
                (w.alpha, w.rcv) = (Scalar::zero(), Scalar::zero());
                w.siblings = Default::default();
            }
            let mut b = Builder::proving(SPEND_INPUTS, Field::rand(&mut rng));
            spend::synthesize(&mut b, &w);
            fast(&format!("spend {amount} {edge}"), &keys().spend, &b);
            let mut w = output_witness(&mut rng, amount);
            if edge {
                (w.owner, w.rcm, w.rcv) = Default::default();
            }
            let mut b = Builder::proving(OUTPUT_INPUTS, Field::rand(&mut rng));
            output::synthesize(&mut b, &w);
            fast(&format!("output {amount} {edge}"), &keys().output, &b);
        }
    }
}

/// Without blinding, and over an assignment of nothing but zeros, ones or `r - 1`, which is no
/// witness: the provers agree where their quotients do.
#[test]
fn edge_assignments() {
    let keys = &keys().output;
    for value in [Field::ZERO, Field::one(), -Field::one()] {
        let mut assignment = vec![value; keys.key.a_query.len()];
        assignment[0] = Field::one();
        for s in [Field::ZERO, Field::one(), -Field::one()] {
            let ours = proof_of(keys, &keys.prover, &assignment, &s);
            let theirs = reference(keys, &assignment, &s);
            assert_eq!((ours.a, ours.b), (theirs.a, theirs.b));
        }
    }
}

/// Tables made and proofs computed on every path are the same.
#[test]
fn paths_do_not_change_a_proof() {
    let mut rng = rng(64);
    let keys = &keys().output;
    let w = output_witness(&mut rng, 5);
    let mut b = Builder::proving(OUTPUT_INPUTS, Field::rand(&mut rng));
    output::synthesize(&mut b, &w);
    let s = Field::rand(&mut rng);
    let expected = reference(keys, &b.assignment, &s);
    for path in Path::all() {
        let prover = Prover::new(&keys.key, keys.matrices[0].len(), Means { path, mode: Mode::Fast })
            .expect("a prover");
        assert_eq!(proof_of(keys, &prover, &b.assignment, &s), expected, "{}", path.name());
        for mode in [Mode::LowMemory, Mode::SharedMachine] {
            let other = Prover::new(&keys.key, keys.matrices[0].len(), Means { path, mode });
            let proof = proof_of(keys, &other.expect("a prover"), &b.assignment, &s);
            assert_eq!(proof, expected, "{} {mode:?}", path.name());
        }
        let mut file = tempfile::tempfile().expect("a file");
        prover.write(&mut file, &[1; 32]).expect("written");
        let mut bytes = Vec::new();
        std::io::Seek::rewind(&mut file).expect("a file");
        std::io::Read::read_to_end(&mut file, &mut bytes).expect("readable");
        let mut other = tempfile::tempfile().expect("a file");
        keys.prover.write(&mut other, &[1; 32]).expect("written");
        let mut others = Vec::new();
        std::io::Seek::rewind(&mut other).expect("a file");
        std::io::Read::read_to_end(&mut other, &mut others).expect("readable");
        assert!(bytes == others, "the file does not depend on the path");
    }
}

#[test]
fn threads_do_not_change_a_proof() {
    let mut rng = rng(61);
    let w = spend_witness(&mut rng, 3);
    let mut b = Builder::proving(SPEND_INPUTS, Field::rand(&mut rng));
    spend::synthesize(&mut b, &w);
    let s = Field::rand(&mut rng);
    let proofs = [1, 2, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| proof_of(&keys().spend, &keys().spend.prover, &b.assignment, &s))
    });
    assert!(proofs.iter().all(|proof| *proof == proofs[0]));
}

/// A proof over an assignment that breaks one constraint does not verify, whichever
/// wire is wrong, and is refused by the self-check.
#[test]
fn a_broken_witness_never_verifies() {
    let mut rng = rng(62);
    let keys = &keys().output;
    let w = output_witness(&mut rng, 7);
    let mut honest = Builder::proving(OUTPUT_INPUTS, Field::rand(&mut rng));
    output::synthesize(&mut honest, &w);
    let s = Field::rand(&mut rng);
    let wires = honest.assignment.len();
    for wire in [0, 1, 3, 4, 5, 100, wires / 2, wires - 3, wires - 2] {
        let mut broken = honest.assignment.clone();
        broken[wire] += Field::one();
        let proof = proof_of(keys, &keys.prover, &broken, &s);
        let verdict = Groth16::<Bn254>::verify_proof(&keys.prepared, &proof, &w.public_inputs());
        assert_eq!(verdict, Ok(false), "wire {wire}");
        let mut b = Builder::proving(OUTPUT_INPUTS, Field::ZERO);
        b.row_values = row_values(keys, &broken);
        b.assignment = broken;
        let blinding = Blinding::new(&mut rng).expect("randomness");
        assert_eq!(keys.prove(&b, &w.public_inputs(), &blinding), Err(ProveError::SelfCheck), "wire {wire}");
    }
    // The last wire is rho, and any rho is right.
    let mut other = honest.assignment.clone();
    other[wires - 1] += Field::one();
    let proof = proof_of(keys, &keys.prover, &other, &s);
    assert_eq!(Groth16::<Bn254>::verify_proof(&keys.prepared, &proof, &w.public_inputs()), Ok(true));
}

/// Keys with which `r = 0` would leak are refused.
#[test]
fn a_key_that_cannot_blind_is_refused() {
    let keys = &keys().output;
    let rows = keys.matrices[0].len();
    assert!(Prover::new(&keys.key, rows, means()).is_some());
    assert!(Prover::new(&keys.key, 4_096, means()).is_none(), "another domain");
    let refused = |change: fn(&mut ark_groth16::ProvingKey<Bn254>)| {
        let mut key = keys.key.clone();
        change(&mut key);
        assert!(Prover::new(&key, rows, means()).is_none());
    };
    refused(|key| *key.a_query.last_mut().expect("wires") = G1Affine::identity());
    refused(|key| *key.b_g2_query.last_mut().expect("wires") = G2Affine::generator());
    refused(|key| *key.b_g1_query.last_mut().expect("wires") = G1Affine::generator());
    refused(|key| key.h_query.truncate(9));
    refused(|key| key.l_query.truncate(9));
    refused(|key| key.b_g2_query.truncate(9));
}

/// Tables read from a file give the same proof; a file with any defect is not read.
#[test]
fn tables_in_a_file() {
    in_a_file(Mode::Fast);
}

/// With few multiples too, in a file that is a quarter of the other.
#[test]
fn few_tables_in_a_file() {
    in_a_file(Mode::LowMemory);
}

fn in_a_file(mode: Mode) {
    let mut rng = rng(63);
    let keys = &keys().output;
    let prover = Prover::new(&keys.key, keys.matrices[0].len(), Means::with(mode)).expect("a prover");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("tables");
    let binding = [7; 32];
    let mut file = std::fs::File::create_new(&path).expect("a file");
    prover.write(&mut file, &binding).expect("written");
    let rows = keys.matrices[0].len();
    let read_on = |on: Path, binding: &[u8; 32]| {
        Prover::read(&keys.key, rows, Means { path: on, mode }, &path, binding)
    };
    let read = |binding: &[u8; 32]| read_on(Path::best(), binding);

    let w = output_witness(&mut rng, 7);
    let mut b = Builder::proving(OUTPUT_INPUTS, Field::rand(&mut rng));
    output::synthesize(&mut b, &w);
    let s = Field::rand(&mut rng);
    let expected = proof_of(keys, &keys.prover, &b.assignment, &s);
    for on in Path::all() {
        let again = read_on(on, &binding).expect("tables");
        assert_eq!(proof_of(keys, &again, &b.assignment, &s), expected, "{}", on.name());
    }

    let other = if mode == Mode::Fast { Mode::LowMemory } else { Mode::Fast };
    let of_other = Prover::read(&keys.key, rows, Means::with(other), &path, &binding);
    assert!(of_other.is_none(), "tables for another memory");
    assert!(read(&[8; 32]).is_none(), "tables of another key");
    let good = std::fs::read(&path).expect("readable");
    let refused = |what: &str, bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("writable");
        assert!(read(&binding).is_none(), "{what}");
    };
    for place in [0, 7, 20, 60, 1_000, good.len() / 3, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        refused(&format!("byte {place}"), &bytes);
    }
    refused("nothing", &[]);
    refused("a part", &good[..good.len() / 2]);
    refused("all but one", &good[..good.len() - 1]);
    refused("too much", &[good.as_slice(), &[0]].concat());
    std::fs::write(&path, &good).expect("writable");
    assert!(read(&binding).is_some());
}
