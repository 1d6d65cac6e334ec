//! Honest witnesses, and the tools that the circuit tests share.

use crate::builder::{Builder, Row};
use crate::{
    OUTPUT_INPUTS, OutputWitness, SPEND_INPUTS, SpendWitness, TREE_ARITY, TREE_DEPTH, output, spend,
};
use ark_ff::{PrimeField, UniformRand};
use ark_std::rand::{RngCore, SeedableRng, rngs::StdRng};
use sero_shielded::curve::{Point, g_auth, map_to_subgroup, multiply};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon};

/// The generator of an asset, natively.
pub fn asset_base(asset: &Field) -> Point {
    map_to_subgroup(&poseidon(Tag::Generator, &[*asset])).expect("a generator")
}

pub fn rng(seed: u8) -> StdRng {
    StdRng::from_seed([seed; 32])
}

/// A Spend of `amount` of a random asset at a random place; its anchor is the path's root.
pub fn spend_witness(rng: &mut StdRng, amount: u128) -> SpendWitness {
    let mut w = SpendWitness {
        ak: multiply(&g_auth(), &Scalar::rand(rng)),
        nk: Field::rand(rng),
        d: Field::rand(rng),
        s: Field::rand(rng),
        asset_base: asset_base(&Field::rand(rng)),
        amount,
        rcm: Field::rand(rng),
        position: rng.next_u64() >> (64 - 3 * TREE_DEPTH),
        siblings: core::array::from_fn(|_| {
            core::array::from_fn::<_, { TREE_ARITY - 1 }, _>(|_| Field::rand(rng))
        }),
        anchor: Field::from(0u8),
        alpha: Scalar::rand(rng),
        rcv: Scalar::rand(rng),
    };
    w.anchor = w.path_root();
    w
}

pub fn output_witness(rng: &mut StdRng, amount: u128) -> OutputWitness {
    OutputWitness {
        owner: Field::rand(rng),
        asset: Field::rand(rng),
        amount,
        rcm: Field::rand(rng),
        rcv: Scalar::rand(rng),
    }
}

pub fn spend_builder(w: &SpendWitness) -> Builder<'static> {
    let mut b = Builder::new(SPEND_INPUTS, true);
    spend::synthesize(&mut b, w);
    b
}

pub fn output_builder(w: &OutputWitness) -> Builder<'static> {
    let mut b = Builder::new(OUTPUT_INPUTS, true);
    output::synthesize(&mut b, w);
    b
}

/// A circuit whose witness is fixed, to be run with hooks.
pub type Circuit<'w> = &'w dyn Fn(&mut Builder<'_>);

/// The assignment when private wire `wire` (from 0) is hinted as `value` and
/// everything later is computed from that.
pub fn hinted(inputs: usize, circuit: Circuit<'_>, wire: usize, value: Field) -> Vec<Field> {
    let mut hook = |n: usize, honest: Field| if n == wire { value } else { honest };
    let mut b = Builder::hooked(inputs, false, &mut hook);
    circuit(&mut b);
    core::mem::take(&mut b.assignment)
}

/// Private wires (from 0) that hold `value`.
pub fn wires_of(b: &Builder<'_>, value: Field) -> Vec<usize> {
    let private = &b.assignment[b.public_inputs + 1..];
    (0..private.len()).filter(|i| private[*i] == value).collect()
}

pub fn evaluate(row: &Row, assignment: &[Field]) -> Field {
    row.iter().map(|(c, wire)| *c * assignment[*wire]).sum()
}

/// The first constraint that the assignment violates.
pub fn first_violated(rows: &[[Row; 3]], assignment: &[Field]) -> Option<usize> {
    rows.iter().position(|row| !holds(row, assignment))
}

pub fn holds([a, b, c]: &[Row; 3], assignment: &[Field]) -> bool {
    evaluate(a, assignment) * evaluate(b, assignment) == evaluate(c, assignment)
}

pub fn satisfied(b: &Builder<'_>) -> bool {
    first_violated(&b.rows, &b.assignment).is_none()
}

/// The builder's run, with other public inputs.
pub fn satisfied_with(b: &Builder<'_>, public: &[Field]) -> bool {
    let mut assignment = b.assignment.clone();
    assignment[1..=public.len()].copy_from_slice(public);
    first_violated(&b.rows, &assignment).is_none()
}

pub fn publics<'a>(b: &'a Builder<'_>) -> &'a [Field] {
    &b.assignment[1..=b.public_inputs]
}

/// A copy with some fields changed.
pub fn altered(w: &SpendWitness, change: impl FnOnce(&mut SpendWitness)) -> SpendWitness {
    let mut copy = SpendWitness { ..*w };
    change(&mut copy);
    copy
}

/// The eight points that 8 kills: `(x, y)` with `x y (y^2 - x^2) = 0`.
pub fn small_order_points() -> Vec<Point> {
    use ark_ec::{AffineRepr, CurveGroup};
    // l times a point outside the subgroup; try y = 2, 3, ... until one has order 8.
    let mut generator = None;
    for y in 2u64..200 {
        let Some(point) = Point::get_point_from_y_unchecked(Field::from(y), false) else {
            continue;
        };
        let torsion = point.mul_bigint(Scalar::MODULUS);
        if !(torsion + torsion + torsion + torsion).into_affine().is_zero() {
            generator = Some(torsion);
            break;
        }
    }
    let generator = generator.expect("half of the curve's points have a part of order 8");
    (0u64..8).map(|n| (generator * Scalar::from(n)).into_affine()).collect()
}
