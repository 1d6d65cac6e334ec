//! Honest witnesses of each branch, and the hand-made bad ones of T-DROP.

use super::layout::Layout;
use super::subject::{Bad, Branch, LEVEL, Output, Spend, Subject};
use crate::{OutputWitness, SpendWitness, TREE_ARITY, TREE_DEPTH};
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand, Zero};
use ark_std::rand::RngCore;
use ark_std::rand::rngs::StdRng;
use sero_shielded::curve::{
    ELLIGATOR_Z, MONTGOMERY_A, MONTGOMERY_B, Point, TWO_ADICITY, elligator2, g_auth, multiply, two_adic_log,
    two_adic_root,
};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::hash::keccak_to_field;
use sero_shielded::poseidon::{Tag, poseidon};

const AMOUNTS: [u128; 8] = [1, u128::MAX, 2, 3, 1 << 127, (1 << 64) - 1, 1 << 64, 10u128.pow(18)];

fn asset(branch: Branch, rng: &mut StdRng) -> Field {
    let (mut issuer, mut number) = ([0; 20], [0; 32]);
    rng.fill_bytes(&mut issuer);
    rng.fill_bytes(&mut number);
    match branch {
        Branch::Coin => keccak_to_field("SERO.asset.coin", &[]),
        Branch::Token => keccak_to_field("SERO.asset.token", &[&issuer, b"GOLD"]),
        Branch::Ticket => keccak_to_field("SERO.asset.ticket", &[&issuer, &number]),
        Branch::Dummy => Field::rand(rng),
    }
}

fn amount(branch: Branch, n: usize, rng: &mut StdRng) -> u128 {
    match branch {
        Branch::Ticket => 1,
        Branch::Dummy => 0,
        _ => AMOUNTS.get(n).copied().unwrap_or_else(|| u128::rand(rng).max(1)),
    }
}

fn scalar(n: usize, rng: &mut StdRng) -> Scalar {
    [Scalar::rand(rng), Scalar::zero(), Scalar::one(), -Scalar::one()]
        .get(n)
        .copied()
        .unwrap_or_else(|| Scalar::rand(rng))
}

/// The `n`th honest Spend of a branch.
pub fn spend(branch: Branch, n: usize, rng: &mut StdRng) -> SpendWitness {
    let base = loop {
        let u = poseidon(Tag::Generator, &[asset(branch, rng)]);
        if let Some(base) = sero_shielded::curve::map_to_subgroup(&u) {
            break base;
        }
    };
    let mut w = SpendWitness {
        ak: multiply(&g_auth(), &Scalar::rand(rng)),
        nk: Field::rand(rng),
        d: Field::rand(rng),
        s: Field::rand(rng),
        asset_base: base,
        amount: amount(branch, n, rng),
        rcm: if n == 3 { Field::zero() } else { Field::rand(rng) },
        position: [rng.next_u64() >> 31, 0, (1 << 33) - 1, 1 << 32]
            .get(n)
            .copied()
            .unwrap_or_else(|| rng.next_u64() >> 31),
        siblings: core::array::from_fn(|_| core::array::from_fn(|_| Field::rand(rng))),
        anchor: Field::rand(rng),
        alpha: scalar(n, rng),
        rcv: scalar((n + 1) % 6, rng),
    };
    if branch != Branch::Dummy {
        w.anchor = w.path_root();
    }
    w
}

/// The `n`th honest Output of a branch.
pub fn output(branch: Branch, n: usize, rng: &mut StdRng) -> OutputWitness {
    OutputWitness {
        owner: Field::rand(rng),
        asset: asset(branch, rng),
        amount: amount(branch, n, rng),
        rcm: Field::rand(rng),
        rcv: scalar(n, rng),
    }
}

/// A copy with some fields changed.
pub fn altered(w: &SpendWitness, change: impl FnOnce(&mut SpendWitness)) -> SpendWitness {
    let mut copy = SpendWitness { ..*w };
    change(&mut copy);
    copy
}

/// Where T-DROP starts for Spend, and what it needs by hand: keys and generators off the curve and of order 2, a note
/// that is not in the tree with each step of the selection, positions that are no number.
pub fn spend_corpus(
    circuit: Spend,
    layout: &Layout,
    rng: &mut StdRng,
) -> (Vec<SpendWitness>, Vec<Bad<SpendWitness>>) {
    let start = vec![spend(Branch::Token, 0, rng), spend(Branch::Dummy, 0, rng)];
    let off_curve = |point: Point| Point::new_unchecked(point.x, point.y + Field::one());
    let mut bad = vec![
        (altered(&start[0], |w| w.ak = off_curve(w.ak)), vec![]),
        (altered(&start[0], |w| w.asset_base = off_curve(w.asset_base)), vec![]),
    ];
    // Points of order 2, with xy, or xy (y^2 - x^2), said to be 1. For V, t = s/x is 0/0 and may be anything.
    let order_two = Point::new_unchecked(Field::ZERO, -Field::one());
    for lie in [None, Some(4), Some(5)] {
        let hints = |section: &str| lie.map(|at| (layout.hint(section, at), Field::one()));
        bad.push((altered(&start[1], |w| w.ak = order_two), hints("ak").into_iter().collect()));
        let mut generator: Vec<_> = hints("V").into_iter().collect();
        generator.push((layout.hint("v V", 1), Field::one()));
        bad.push((altered(&start[1], |w| w.asset_base = order_two), generator));
    }
    // Another child at the digit, and the selection's product kept.
    for digit in [1usize, 3, 5, 7] {
        let w = altered(&start[0], |w| {
            w.position = (0..TREE_DEPTH).fold(0, |position, _| 8 * position + digit as u64);
            w.anchor = w.path_root();
        });
        let honest = circuit.run(&w, &[]);
        for level in 0..TREE_DEPTH {
            let hint = |index: usize| layout.hint("path", LEVEL * level + index);
            let lie = (hint(digit), Field::rand(rng));
            bad.push((altered(&w, |_| ()), vec![lie]));
            let second = (digit % 4 == 3).then_some(12 + digit / 4);
            for product in [Some(8 + digit / 2), second].into_iter().flatten() {
                let kept = hint(product);
                bad.push((altered(&w, |_| ()), vec![lie, (kept, honest[layout.wire_of(kept)])]));
            }
        }
    }
    // A position bit that is no bit, where all children of the node are equal.
    let even = altered(&start[0], |w| {
        let mut node = w.commitment();
        for siblings in &mut w.siblings {
            *siblings = [node; TREE_ARITY - 1];
            node = poseidon(Tag::Node, &[node; TREE_ARITY]);
        }
        w.anchor = node;
    });
    for i in 0..3 * TREE_DEPTH {
        bad.push((altered(&even, |_| ()), vec![(layout.hint("position", i), Field::from(2u8))]));
    }
    (start, bad)
}

/// Where T-DROP starts for Output, and what it needs by hand: generators of other assets, broken
/// off at each link, and sign proofs with one false step.
pub fn output_corpus(
    circuit: Output,
    layout: &Layout,
    rng: &mut StdRng,
) -> (Vec<OutputWitness>, Vec<Bad<OutputWitness>>) {
    let start = vec![output(Branch::Token, 0, rng), output(Branch::Dummy, 0, rng)];
    let honest = circuit.run(&start[0], &[]);
    let copy = || OutputWitness { ..start[0] };
    let hint = |index: usize| layout.hint("V", index);
    let (u2, s1, s, t, s2) = (hint(0), hint(1), hint(2), hint(3), hint(4));
    let mut bad = Vec::new();
    let u = Field::rand(rng);
    if let Some((other_s, other_t)) = elligator2(&u) {
        let point = [(s, other_s), (t, other_t)];
        let denominator = Field::one() + Field::from(ELLIGATOR_Z) * u.square();
        let candidate = -MONTGOMERY_A * denominator.inverse().unwrap_or_default();
        bad.push((copy(), point.to_vec()));
        bad.push((copy(), [&[(s1, candidate)], &point[..]].concat()));
        bad.push((copy(), [&[(u2, u.square())], &point[..]].concat()));
    }
    // s^2 that makes any t fit.
    let mut any = Field::rand(rng);
    if two_adic_log(&any) >> (TWO_ADICITY - 1) == 1 {
        any = -any;
    }
    let own = honest[layout.wire_of(s)];
    let fit =
        MONTGOMERY_B * any.square() * own.inverse().unwrap_or_default() - Field::one() - MONTGOMERY_A * own;
    bad.push((copy(), vec![(t, any), (s2, fit)]));
    bad.push((copy(), vec![(t, any)]));
    // -V, with one lie in the sign proof: the end, a bit, a product, a squaring.
    let minus = (t, -honest[layout.wire_of(t)]);
    bad.push((copy(), vec![minus]));
    let mut factor = two_adic_root();
    for i in 0..TWO_ADICITY - 1 {
        let at = hint(if i == 0 { 7 } else { 6 + 2 * i });
        let term = if honest[layout.wire_of(at)].is_zero() { Field::one() } else { factor };
        let value = (-term - Field::one()) * (factor - Field::one()).inverse().unwrap_or_default();
        bad.push((copy(), vec![minus, (at, value)]));
        if i > 0 {
            let product = hint(7 + 2 * i);
            bad.push((copy(), vec![minus, (product, -honest[layout.wire_of(product)])]));
        }
        factor.square_in_place();
    }
    for step in 1..=TWO_ADICITY {
        let power = hint(60 + step);
        let root = two_adic_root().pow([1u64 << (step - 1)]);
        bad.push((copy(), vec![minus, (power, honest[layout.wire_of(power)] * root)]));
    }
    (start, bad)
}
