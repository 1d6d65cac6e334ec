//! Honest witnesses are accepted, and the circuits are exactly the pinned ones.

use super::support::*;
use crate::builder::Builder;
use crate::keys::matrix_digest;
use crate::{
    OUTPUT_INPUTS, OutputCircuit, OutputWitness, SPEND_INPUTS, SpendCircuit, SpendWitness, output, spend,
};
use ark_ff::{UniformRand, Zero};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, R1CS_PREDICATE_LABEL};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::hash::keccak_to_field;

const AMOUNTS: [u128; 8] = [0, 1, 2, 3, (1 << 64) - 1, 1 << 64, 1 << 127, u128::MAX];

#[test]
fn honest_witnesses_satisfy_and_agree_with_the_native_statement() {
    let mut rng = rng(1);
    for amount in AMOUNTS {
        let w = spend_witness(&mut rng, amount);
        let b = spend_builder(&w);
        assert!(satisfied(&b), "spend of {amount}");
        assert_eq!(publics(&b), w.public_inputs());
        let w = output_witness(&mut rng, amount);
        let b = output_builder(&w);
        assert!(satisfied(&b), "output of {amount}");
        assert_eq!(publics(&b), w.public_inputs());
    }
}

/// What a proof is made of is what the shape gives, for witnesses that break the statement too.
#[test]
fn values_alone_are_those_of_the_shape() {
    let same = |with_shape: Builder<'_>, alone: Builder<'_>| {
        assert!(alone.only_values() && alone.assignment == with_shape.assignment);
        assert!(alone.row_values == with_shape.row_values);
        for (matrix, values) in alone.row_values.iter().enumerate() {
            let rows = with_shape.rows.iter().map(|row| evaluate(&row[matrix], &with_shape.assignment));
            assert!(rows.eq(values.iter().copied()));
        }
    };
    let spend = |w: &SpendWitness| {
        let mut b = Builder::proving(SPEND_INPUTS, Field::zero());
        spend::synthesize(&mut b, w);
        same(spend_builder(w), b);
    };
    let output = |w: &OutputWitness| {
        let mut b = Builder::proving(OUTPUT_INPUTS, Field::zero());
        output::synthesize(&mut b, w);
        same(output_builder(w), b);
    };
    let mut rng = rng(7);
    spend(&SpendWitness::blank());
    output(&OutputWitness::blank());
    for amount in AMOUNTS {
        let w = spend_witness(&mut rng, amount);
        spend(&w);
        spend(&altered(&w, |w| w.anchor += Field::from(1u8)));
        spend(&altered(&w, |w| (w.ak, w.asset_base) = (small_order_points()[1], small_order_points()[3])));
        output(&output_witness(&mut rng, amount));
    }
}

/// Coin, token and ticket are one kind of thing to the circuit; each is tried.
#[test]
fn coin_token_ticket_and_edge_scalars() {
    let mut rng = rng(2);
    let token = keccak_to_field("SERO.token", &[&[7; 20], b"GOLD"]);
    let ticket = keccak_to_field("SERO.ticket", &[&[9; 20], &[1; 32]]);
    for (asset, amount) in
        [(Field::from(1u8), 10u128.pow(18)), (token, 12_345), (ticket, 1), (Field::zero(), 1)]
    {
        for scalar in [Scalar::zero(), Scalar::from(1u8), -Scalar::from(1u8), Scalar::rand(&mut rng)] {
            let out = OutputWitness { asset, rcv: scalar, ..output_witness(&mut rng, amount) };
            let b = output_builder(&out);
            assert!(satisfied(&b));
            assert_eq!(publics(&b), out.public_inputs());
            let base = out.asset_base().expect("a generator");
            let mut w = altered(&spend_witness(&mut rng, amount), |w| {
                (w.asset_base, w.alpha, w.rcv) = (base, scalar, scalar);
            });
            w.anchor = w.path_root();
            let b = spend_builder(&w);
            assert!(satisfied(&b));
            assert_eq!(publics(&b), w.public_inputs());
        }
    }
}

#[test]
fn a_dummy_spend_may_name_any_anchor_and_position() {
    let mut rng = rng(3);
    for position in [0, 1, (1 << 33) - 1] {
        let w = altered(&spend_witness(&mut rng, 0), |w| {
            w.anchor = Field::from(77u8);
            w.position = position;
        });
        let b = spend_builder(&w);
        assert!(satisfied(&b));
        assert_eq!(publics(&b), w.public_inputs());
    }
}

/// Anybody who changes a circuit must change these numbers, and then the keys,
/// the genesis hashes and the specification.
#[test]
fn counts_and_matrices_are_pinned() {
    let spend = spend_builder(&SpendWitness::blank());
    assert_eq!((spend.rows.len(), spend.assignment.len(), spend.public_inputs), (8_178, 8_262, 6));
    let output = output_builder(&OutputWitness::blank());
    assert_eq!((output.rows.len(), output.assignment.len(), output.public_inputs), (2_471, 2_475, 3));
    let hex = |digest: [u8; 32]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        hex(matrix_digest(&spend)),
        "fe8bd11b96a7ff59ea51379f305c755c433f9a7bc226ac58359382eb0609aa8e"
    );
    assert_eq!(
        hex(matrix_digest(&output)),
        "9f9580d8b9576ee75abef5cbc7fda5ffccc1a889b6f22b2d52855c2264353f19"
    );
}

/// The shape must not depend on the witness, and the run without shape must
/// give the same assignment.
#[test]
fn shape_is_independent_of_the_witness() {
    let mut rng = rng(4);
    let w = spend_witness(&mut rng, 5);
    let full = spend_builder(&w);
    assert!(full.rows == spend_builder(&SpendWitness::blank()).rows);
    let mut quick = Builder::new(6, false);
    spend::synthesize(&mut quick, &w);
    assert!(quick.rows.is_empty() && quick.assignment == full.assignment);
    let w = output_witness(&mut rng, 5);
    let full = output_builder(&w);
    assert!(full.rows == output_builder(&OutputWitness::blank()).rows);
    let mut quick = Builder::new(3, false);
    output::synthesize(&mut quick, &w);
    assert!(quick.rows.is_empty() && quick.assignment == full.assignment);
}

/// arkworks sees the same matrices and assignment as the builder.
#[test]
fn arkworks_agrees() {
    let mut rng = rng(5);
    let (spend, output) = (spend_witness(&mut rng, 9), output_witness(&mut rng, 9));
    let cs = ConstraintSystem::new_ref();
    SpendCircuit(Some(&spend)).generate_constraints(cs.clone()).expect("constraints");
    cs.finalize();
    assert!(cs.is_satisfied().expect("an assignment"));
    let theirs = cs.to_matrices().expect("matrices").remove(R1CS_PREDICATE_LABEL).expect("R1CS");
    assert!(theirs == spend_builder(&spend).into_matrices());
    let cs = ConstraintSystem::new_ref();
    OutputCircuit(Some(&output)).generate_constraints(cs.clone()).expect("constraints");
    cs.finalize();
    assert!(cs.is_satisfied().expect("an assignment"));
    let theirs = cs.to_matrices().expect("matrices").remove(R1CS_PREDICATE_LABEL).expect("R1CS");
    assert!(theirs == output_builder(&output).into_matrices());
}

/// `rho` is the last wire, alone in the last row of A, and in no other row.
#[test]
fn the_blinding_wire_touches_nothing_else() {
    for b in [spend_builder(&SpendWitness::blank()), output_builder(&OutputWitness::blank())] {
        let (rho, last) = (b.assignment.len() - 1, b.rows.len() - 1);
        assert!(b.rows[last] == [vec![(Field::from(1u8), rho)], vec![], vec![]]);
        assert!(b.rows[..last].iter().flatten().flatten().all(|(_, wire)| *wire != rho));
        // Domain 2^13, the columns of the public inputs and of 1 included.
        assert!(b.rows.len() + b.public_inputs < 8_192);
    }
}

/// Every public input occurs in a constraint of its own.
#[test]
fn every_public_input_is_constrained() {
    for b in [spend_builder(&SpendWitness::blank()), output_builder(&OutputWitness::blank())] {
        for input in 1..=b.public_inputs {
            assert!(b.rows.iter().flatten().flatten().any(|(_, wire)| *wire == input), "input {input}");
        }
    }
}
