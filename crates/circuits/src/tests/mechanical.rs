//! Mechanical checks beside those of [`crate::assure`], with oracles of their own: the
//! inventory of free hints, every bit flipped, points pinned by one coordinate.

use super::forgeries::sign_root_wire;
use super::support::*;
use crate::builder::{Builder, Row};
use crate::{OutputWitness, SpendWitness, output, spend};
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand, Zero};
use ark_std::rand::rngs::StdRng;
use sero_shielded::field::Field;

fn mutations(value: Field, rng: &mut StdRng) -> Vec<Field> {
    let one = Field::one();
    let mut all = vec![value + one, value - one, -value, Field::ZERO, one, -one, Field::rand(rng)];
    all.retain(|other| *other != value);
    all
}

/// The blinding wire, from 0: the last.
fn blinding_wire(b: &Builder<'_>) -> usize {
    b.assignment.len() - b.public_inputs - 2
}

/// Hints that a prover may set to a random value without violating a
/// constraint over earlier wires. All other wires are determined by earlier ones, up to
/// finitely many values, whatever is computed later.
fn free_hints(b: &Builder<'_>, rng: &mut StdRng) -> Vec<usize> {
    let first = b.public_inputs + 1;
    let mut assignment = b.assignment.clone();
    let mut free = vec![true; assignment.len() - first];
    for row in &b.rows {
        let wires = row.iter().flatten().map(|(_, wire)| *wire);
        let latest = wires.clone().max().unwrap_or(0);
        if latest < first || wires.clone().any(|wire| (1..first).contains(&wire)) {
            continue;
        }
        let honest = assignment[latest];
        assignment[latest] = Field::rand(rng);
        if !holds(row, &assignment) {
            free[latest - first] = false;
        }
        assignment[latest] = honest;
    }
    (0..free.len()).filter(|wire| free[*wire]).collect()
}

fn wires_holding(b: &Builder<'_>, values: &[Field]) -> Vec<usize> {
    let mut wires: Vec<usize> = values.iter().flat_map(|value| wires_of(b, *value)).collect();
    wires.sort_unstable();
    wires
}

/// The inventory of free hints is exactly the declared secrets, and the
/// children of tree nodes, and `t` and `w` of the asset generator.
#[test]
fn free_hints_are_the_declared_secrets() {
    let mut rng = rng(31);
    let w = spend_witness(&mut rng, 6);
    let b = spend_builder(&w);
    let free = free_hints(&b, &mut rng);
    let mut secrets = vec![w.ak.x, w.ak.y, w.nk, w.d, w.s, w.asset_base.x, w.asset_base.y, w.rcm];
    secrets.extend(w.siblings.iter().flatten());
    let secrets = wires_holding(&b, &secrets);
    // One child per level more: the node itself, pinned by the selection. And the blinding wire.
    assert_eq!(free.len(), secrets.len() + 11 + 1);
    assert!(secrets.iter().all(|wire| free.contains(wire)));
    let circuit = |b: &mut Builder<'_>| spend::synthesize(b, &w);
    for wire in free.iter().filter(|wire| **wire != blinding_wire(&b)) {
        // Whatever is changed, the note is no longer the one in the tree.
        for value in mutations(b.assignment[7 + wire], &mut rng).into_iter().take(3) {
            assert!(first_violated(&b.rows, &hinted(6, &circuit, *wire, value)).is_some(), "hint {wire}");
        }
    }

    let w = output_witness(&mut rng, 6);
    let b = output_builder(&w);
    let (_, t) = sero_shielded::curve::elligator2(&sero_shielded::poseidon::poseidon(
        sero_shielded::poseidon::Tag::Generator,
        &[w.asset],
    ))
    .expect("a point");
    let mut expected = wires_holding(&b, &[w.owner, w.asset, w.rcm, t]);
    expected.extend([sign_root_wire(&b), blinding_wire(&b)]);
    expected.sort_unstable();
    assert_eq!(free_hints(&b, &mut rng), expected);
}

/// Changed secrets in a dummy or an Output give a satisfied system only with
/// the public inputs of the changed witness.
#[test]
fn changed_secrets_give_the_statement_of_the_changed_witness() {
    let mut rng = rng(32);
    let one = Field::one();
    let w = spend_witness(&mut rng, 0);
    let b = spend_builder(&w);
    let circuit = |b: &mut Builder<'_>| spend::synthesize(b, &w);
    type Change = fn(&mut SpendWitness, Field);
    let changes: [(Field, Change); 5] = [
        (w.nk, |w, x| w.nk = x),
        (w.d, |w, x| w.d = x),
        (w.s, |w, x| w.s = x),
        (w.rcm, |w, x| w.rcm = x),
        (w.siblings[4][2], |w, x| w.siblings[4][2] = x),
    ];
    for (honest, change) in changes {
        let assignment = hinted(6, &circuit, wires_of(&b, honest)[0], honest + one);
        assert!(first_violated(&b.rows, &assignment).is_none());
        let changed = altered(&w, |w| change(w, honest + one));
        assert_eq!(assignment[1..7], changed.public_inputs());
    }
    let w = output_witness(&mut rng, 77);
    let b = output_builder(&w);
    let circuit = |b: &mut Builder<'_>| output::synthesize(b, &w);
    type OutputChange = fn(&mut OutputWitness, Field);
    let changes: [(Field, OutputChange); 3] =
        [(w.owner, |w, x| w.owner = x), (w.rcm, |w, x| w.rcm = x), (w.asset, |w, x| w.asset = x)];
    for (honest, change) in changes {
        let assignment = hinted(3, &circuit, wires_of(&b, honest)[0], honest + one);
        assert!(first_violated(&b.rows, &assignment).is_none());
        let mut changed = OutputWitness { ..w };
        change(&mut changed, honest + one);
        assert_eq!(assignment[1..4], changed.public_inputs());
    }
}

/// Every bit of the circuits flipped with everything later recomputed. In a
/// Spend of a real note the bits of amount and position must not move (the note
/// is in the tree); the bits of alpha and rcv move rk and cv only.
#[test]
fn flipped_bits() {
    let mut rng = rng(33);
    let w = spend_witness(&mut rng, 1 << 100 | 5);
    let b = spend_builder(&w);
    let circuit = |b: &mut Builder<'_>| spend::synthesize(b, &w);
    let (mut moved_rk, mut moved_cv, mut caught) = (0, 0, 0);
    for wire in bit_wires(&b) {
        let assignment = hinted(6, &circuit, wire, Field::one() - b.assignment[7 + wire]);
        if first_violated(&b.rows, &assignment).is_some() {
            caught += 1;
            continue;
        }
        assert_eq!(assignment[1..3], b.assignment[1..3], "anchor and nf");
        match (assignment[3..5] == b.assignment[3..5], assignment[5..7] == b.assignment[5..7]) {
            (false, true) => moved_rk += 1,
            (true, false) => moved_cv += 1,
            other => panic!("bit {wire}: {other:?}"),
        }
    }
    assert_eq!((moved_rk, moved_cv, caught), (251, 251, 128 + 33));
    let w = output_witness(&mut rng, 1 << 100 | 5);
    let b = output_builder(&w);
    let circuit = |b: &mut Builder<'_>| output::synthesize(b, &w);
    let (mut amount, mut randomness, mut caught) = (0, 0, 0);
    for wire in bit_wires(&b) {
        let assignment = hinted(3, &circuit, wire, Field::one() - b.assignment[4 + wire]);
        if first_violated(&b.rows, &assignment).is_some() {
            caught += 1; // k of the sign proof
        } else if assignment[1] == b.assignment[1] {
            assert!(assignment[2..4] != b.assignment[2..4]);
            randomness += 1;
        } else {
            let changed = OutputWitness { amount: w.amount ^ (1 << amount), ..w };
            assert_eq!(assignment[1..4], changed.public_inputs());
            amount += 1;
        }
    }
    assert_eq!((amount, randomness, caught), (128, 251, 27));
}

/// Private wires with a constraint `x (1 - x) = 0`.
fn bit_wires(b: &Builder<'_>) -> Vec<usize> {
    let first = b.public_inputs + 1;
    let one = Field::one();
    b.rows
        .iter()
        .filter_map(|[x, complement, zero]| match (x.as_slice(), complement.as_slice()) {
            ([(c, wire)], [(k, 0), (minus, same)])
                if zero.is_empty() && wire == same && *c == one && *k == one && *minus == -one =>
            {
                Some(*wire - first)
            }
            _ => None,
        })
        .collect()
}

/// Rank of the Jacobian at `b`'s assignment, and the number of unknowns: all
/// wires but the constant one and the fixed ones.
fn rank(b: &Builder<'_>, fixed: &[usize]) -> (usize, usize) {
    let total = b.assignment.len();
    let mut unknown = vec![true; total];
    unknown[0] = false;
    unknown[total - 1] = false; // the blinding wire
    fixed.iter().for_each(|wire| unknown[*wire] = false);
    let mut pivots: Vec<Option<Row>> = vec![None; total];
    let mut work = vec![Field::ZERO; total];
    for [x, y, z] in &b.rows {
        let (vx, vy) = (evaluate(x, &b.assignment), evaluate(y, &b.assignment));
        for (part, factor) in [(x, vy), (y, vx), (z, -Field::one())] {
            for (c, wire) in part.iter().filter(|(_, wire)| unknown[*wire]) {
                work[*wire] += *c * factor;
            }
        }
        for column in (0..total).rev() {
            if work[column].is_zero() {
                continue;
            }
            match &pivots[column] {
                Some(pivot) => {
                    let factor = work[column];
                    pivot.iter().for_each(|(c, wire)| work[*wire] -= factor * c);
                }
                None => {
                    let scale = work[column].inverse().expect("not zero");
                    let row = (0..=column).filter(|i| !work[*i].is_zero()).map(|i| (work[i] * scale, i));
                    pivots[column] = Some(row.collect());
                    work[..=column].fill(Field::ZERO);
                    break;
                }
            }
        }
    }
    (pivots.iter().flatten().count(), unknown.iter().filter(|unknown| **unknown).count())
}

/// A point has two wires; fixing only one of them must leave no freedom either.
/// Then there are as many constraints as unknowns, so full rank says more: take
/// away any single constraint and a direction opens.
#[test]
fn points_are_pinned_by_one_coordinate_and_the_curve() {
    let mut rng = rng(35);
    let w = spend_witness(&mut rng, 8);
    let b = spend_builder(&w);
    let mut secrets = vec![w.ak.x, w.nk, w.d, w.s, w.asset_base.x, w.rcm];
    secrets.extend(w.siblings.iter().flatten());
    let fixed: Vec<usize> = wires_holding(&b, &secrets).iter().map(|wire| wire + 7).collect();
    let (found, unknowns) = rank(&b, &fixed);
    assert_eq!(found, unknowns);
    assert_eq!(unknowns, b.rows.len() - 1, "no constraint but the blinding is superfluous");
}
