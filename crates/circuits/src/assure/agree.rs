//! Predicate and constraints say the same, on random honest statements and on broken ones, with a
//! generator of breaks for each rule.

use super::honest::altered;
use super::layout::Layout;
use super::statement::{Rule, output_broken, spend_broken};
use super::subject::{BRANCHES, Branch, Output, Spend, Subject};
use super::{rng, torsion};
use crate::{OutputWitness, SpendWitness};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, UniformRand};
use ark_std::rand::RngCore;
use ark_std::rand::rngs::StdRng;
use sero_shielded::curve::{
    Point, g_auth, map_to_subgroup, multiply, multiply_amount, value_randomness_base,
};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon};

/// A broken statement: hints that lie, and public inputs (from 0) that are not the computed ones.
struct Lie<W> {
    witness: W,
    hints: Vec<(usize, Field)>,
    public: Vec<(usize, Field)>,
}

impl<W> Lie<W> {
    fn witness(witness: W) -> Self {
        Lie { witness, hints: vec![], public: vec![] }
    }
}

type Breaker<W> = fn(&Layout, &W, &mut StdRng) -> Lie<W>;

/// Statements compared, by honest and by rule, and what went wrong.
#[derive(Default)]
pub struct Outcome {
    /// Honest statements.
    pub honest: usize,
    /// Broken statements, over all rules.
    pub broken: usize,
    /// Rules with a generator.
    pub rules: usize,
    /// Disagreements.
    pub wrong: Vec<String>,
}

/// A circuit with its predicate and breaks.
pub trait Stated: Subject {
    /// The predicate on the plain witness.
    fn broken(w: &Self::Witness, public: &[Field]) -> Vec<Rule>;
    /// One generator for each rule.
    fn compare(layout: &Layout, rounds: usize, seed: u64) -> Outcome;
}

fn compare<S: Stated>(
    circuit: S,
    layout: &Layout,
    breakers: &[(Rule, Breaker<S::Witness>)],
    rounds: usize,
    seed: u64,
) -> Outcome {
    let mut rng = rng(seed);
    let mut outcome = Outcome { rules: breakers.len(), ..Outcome::default() };
    for round in 0..rounds {
        let branch = BRANCHES[round % BRANCHES.len()];
        let w = S::honest(branch, round, &mut rng);
        let assignment = circuit.run(&w, &[]);
        let verdict = S::broken(&w, &assignment[1..=S::INPUTS]);
        outcome.honest += 1;
        if !verdict.is_empty() || layout.first_violated(&assignment).is_some() {
            outcome.wrong.push(format!("honest {branch:?} {round}: {verdict:?}"));
        }
        // Breaks of the path need a note that is worth something.
        let real = S::honest(Branch::Token, 9 + round, &mut rng);
        for (rule, breaker) in breakers {
            let w = if round.is_multiple_of(2) || *rule == Rule::Path { &real } else { &w };
            let lie = breaker(layout, w, &mut rng);
            let mut assignment = circuit.run(&lie.witness, &lie.hints);
            S::follow(layout, &mut assignment);
            if *rule == Rule::Path {
                // The anchor stays the one of the witness.
                assignment[1] = circuit.run(&lie.witness, &[])[1];
            }
            lie.public.iter().for_each(|(input, value)| assignment[input + 1] = *value);
            let read = S::judge(layout, &assignment);
            outcome.broken += 1;
            let mut fault =
                |what: &str| outcome.wrong.push(format!("{rule:?} {round}: {what}, read {read:?}"));
            if !read.contains(rule) {
                fault("the predicate does not object");
            }
            if layout.first_violated(&assignment).is_none() {
                fault("the constraints do not object");
            }
            if lie.hints.is_empty() && S::broken(&lie.witness, &assignment[1..=S::INPUTS]) != read {
                fault("the wires do not say what the witness says");
            }
        }
    }
    outcome
}

impl Stated for Spend {
    fn broken(w: &SpendWitness, public: &[Field]) -> Vec<Rule> {
        spend_broken(w, public)
    }

    fn compare(layout: &Layout, rounds: usize, seed: u64) -> Outcome {
        compare(Spend(None), layout, SPEND, rounds, seed)
    }
}

impl Stated for Output {
    fn broken(w: &OutputWitness, public: &[Field]) -> Vec<Rule> {
        output_broken(w, public)
    }

    fn compare(layout: &Layout, rounds: usize, seed: u64) -> Outcome {
        compare(Output(None), layout, OUTPUT, rounds, seed)
    }
}

const SPEND: &[(Rule, Breaker<SpendWitness>)] = &[
    (Rule::Range, |layout, w, rng| no_bit(layout, altered(w, |_| ()), "v", 128, rng)),
    (Rule::Position, |layout, w, rng| no_bit(layout, altered(w, |_| ()), "position", 33, rng)),
    (Rule::KeyOffCurve, |_, w, rng| Lie::witness(altered(w, |w| w.ak = off_curve(&w.ak, rng)))),
    (Rule::AssetOffCurve, |_, w, rng| {
        Lie::witness(altered(w, |w| w.asset_base = off_curve(&w.asset_base, rng)))
    }),
    (Rule::KeySmallOrder, |_, w, rng| Lie::witness(altered(w, |w| w.ak = pick(&torsion(), rng)))),
    (Rule::AssetSmallOrder, |_, w, rng| Lie::witness(altered(w, |w| w.asset_base = pick(&torsion(), rng)))),
    (Rule::Path, |_, w, rng| {
        let x = Field::rand(rng);
        let (level, place) = (rng.next_u64() as usize % 11, rng.next_u64() as usize % 7);
        Lie::witness(altered(w, |w| match rng.next_u64() % 9 {
            0 => w.siblings[level][place] = x,
            1 => w.position ^= 1 << (3 * level + place % 3),
            2 => w.anchor = x,
            3 => w.nk = x,
            4 => w.d = x,
            5 => w.s = x,
            6 => w.rcm = x,
            7 => w.amount ^= 1 << (1 + place),
            _ => w.ak = -w.ak,
        }))
    }),
    (Rule::Nullifier, |_, w, rng| {
        let (one, position) = (Field::one(), Field::from(w.position));
        let cm = w.commitment();
        let inputs = match rng.next_u64() % 5 {
            0 => [w.nk + one, cm, position],
            1 => [w.nk, cm + one, position],
            2 => [w.nk, cm, Field::from(w.position ^ 1 << (rng.next_u64() % 33))],
            3 => [w.nk, cm, Field::from(w.position + (1 << 33))],
            _ => [Field::rand(rng), cm, position],
        };
        let public = vec![(1, poseidon(Tag::Nullifier, &inputs))];
        Lie { witness: altered(w, |_| ()), hints: vec![], public }
    }),
    (Rule::RandomisedKey, |_, w, rng| {
        let rk = match rng.next_u64() % 3 {
            0 => multiply(&g_auth(), &(w.alpha + Scalar::one())),
            1 => (g_auth() * (w.alpha + Scalar::one()) + w.ak).into_affine(),
            _ => -(g_auth() * w.alpha + w.ak).into_affine(),
        };
        Lie { witness: altered(w, |_| ()), hints: vec![], public: vec![(2, rk.x), (3, rk.y)] }
    }),
    (Rule::ValueCommitment, |_, w, rng| {
        let cv = false_commitment(&w.asset_base, w.amount, w.rcv, rng);
        Lie { witness: altered(w, |_| ()), hints: vec![], public: vec![(4, cv.x), (5, cv.y)] }
    }),
];

/// [`Rule::NoGenerator`] has no generator: an asset that breaks it would be a preimage of
/// zero under Poseidon. The gadget's own tests feed it `u = 0`.
const OUTPUT: &[(Rule, Breaker<OutputWitness>)] = &[
    (Rule::Range, |layout, w, rng| no_bit(layout, OutputWitness { ..*w }, "v", 128, rng)),
    (Rule::Commitment, |_, w, rng| {
        let base = w.asset_base().unwrap_or_default();
        let (mut owner, mut rcm, mut amount) = (w.owner, w.rcm, Field::from(w.amount));
        let mut point = base;
        match rng.next_u64() % 6 {
            0 => point = -base,
            // The id mapped without the hash.
            1 => point = map_to_subgroup(&w.asset).unwrap_or_default(),
            2 => point = pick(&torsion()[1..], rng),
            3 => owner += Field::one(),
            4 => rcm += Field::one(),
            _ => amount += Field::one(),
        }
        let cm = poseidon(Tag::Commitment, &[owner, point.x, point.y, amount, rcm]);
        Lie { witness: OutputWitness { ..*w }, hints: vec![], public: vec![(0, cm)] }
    }),
    (Rule::ValueCommitment, |_, w, rng| {
        let cv = false_commitment(&w.asset_base().unwrap_or_default(), w.amount, w.rcv, rng);
        Lie { witness: OutputWitness { ..*w }, hints: vec![], public: vec![(1, cv.x), (2, cv.y)] }
    }),
];

/// A wire of a bit group that is no bit.
fn no_bit<W>(layout: &Layout, witness: W, section: &str, bits: u64, rng: &mut StdRng) -> Lie<W> {
    let hint = layout.hint(section, (rng.next_u64() % bits) as usize);
    let value = if rng.next_u64().is_multiple_of(2) { Field::from(2u8) } else { Field::rand(rng) };
    Lie { witness, hints: vec![(hint, value)], public: vec![] }
}

fn off_curve(point: &Point, rng: &mut StdRng) -> Point {
    match rng.next_u64() % 3 {
        0 => Point::new_unchecked(point.x, point.y + Field::one()),
        1 => Point::new_unchecked(point.y, point.y),
        _ => Point::new_unchecked(Field::rand(rng), Field::rand(rng)),
    }
}

fn pick(points: &[Point], rng: &mut StdRng) -> Point {
    points[rng.next_u64() as usize % points.len()]
}

/// Not `v V + rcv R`.
fn false_commitment(base: &Point, amount: u128, rcv: Scalar, rng: &mut StdRng) -> Point {
    let right = multiply_amount(base, amount) + value_randomness_base() * rcv;
    let wrong = match rng.next_u64() % 4 {
        0 => right + base,
        1 => right + value_randomness_base(),
        2 => -right - base,
        _ => right + torsion()[1],
    };
    let wrong = wrong.into_affine();
    if wrong.is_zero() { *base } else { wrong }
}
