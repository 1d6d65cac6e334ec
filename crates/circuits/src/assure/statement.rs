//! What the circuits mean, in plain Rust: no wires, no constraints, no witness
//! generation. Written from docs/spec/05-circuits.md, rule by rule.

use crate::{OutputWitness, SpendWitness, TREE_ARITY, TREE_DEPTH};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use sero_shielded::curve::{Point, PointSum, g_auth, map_to_subgroup, value_randomness_base};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon};

/// A rule of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The amount is an integer below `2^128`.
    Range,
    /// The position is an integer below `8^11`.
    Position,
    /// `ak` is on the curve.
    KeyOffCurve,
    /// `8 ak` is not the identity.
    KeySmallOrder,
    /// `V` is on the curve.
    AssetOffCurve,
    /// `8 V` is not the identity.
    AssetSmallOrder,
    /// `V = 8 M(P[gen](asset))` exists.
    NoGenerator,
    /// The note is under the anchor at the position, or worth nothing.
    Path,
    /// `nf = P[nf](nk, cm, position)`.
    Nullifier,
    /// `rk = ak + alpha G_auth`.
    RandomisedKey,
    /// `cm = P[cm](O_r, V.x, V.y, v, rcm)`.
    Commitment,
    /// `cv = v V + rcv R`.
    ValueCommitment,
}

/// The rules of Spend that `w` and the public inputs `anchor, nf, rk, cv` break. The
/// amount is below `2^128` by its type.
pub fn spend_broken(w: &SpendWitness, public: &[Field]) -> Vec<Rule> {
    let [anchor, nf, rk_x, rk_y, cv_x, cv_y] = *public else {
        return vec![Rule::Path, Rule::Nullifier, Rule::RandomisedKey, Rule::ValueCommitment];
    };
    let mut broken = Vec::new();
    let mut rule = |rule: Rule, holds: bool| {
        if !holds {
            broken.push(rule);
        }
    };
    let owner = poseidon(Tag::Owner, &[w.ak.x, w.ak.y, w.nk, w.d]);
    let one_time = poseidon(Tag::Pkr, &[owner, w.s]);
    let v = Field::from(w.amount);
    let cm = poseidon(Tag::Commitment, &[one_time, w.asset_base.x, w.asset_base.y, v, w.rcm]);
    rule(Rule::Position, w.position < 1 << (3 * TREE_DEPTH));
    rule(Rule::Path, w.amount == 0 || root(cm, w) == anchor);
    rule(Rule::Nullifier, nf == poseidon(Tag::Nullifier, &[w.nk, cm, Field::from(w.position)]));
    rule(Rule::KeyOffCurve, w.ak.is_on_curve());
    if w.ak.is_on_curve() {
        rule(Rule::KeySmallOrder, !small_order(&w.ak));
        let rk = g_auth().mul_bigint(ark_ff::PrimeField::into_bigint(w.alpha)) + w.ak;
        rule(Rule::RandomisedKey, same(rk, rk_x, rk_y));
    }
    rule(Rule::AssetOffCurve, w.asset_base.is_on_curve());
    if w.asset_base.is_on_curve() {
        rule(Rule::AssetSmallOrder, !small_order(&w.asset_base));
        rule(Rule::ValueCommitment, same(commit(&w.asset_base, w.amount, w.rcv), cv_x, cv_y));
    }
    broken
}

/// The rules of Output that `w` and the public inputs `cm, cv` break.
pub fn output_broken(w: &OutputWitness, public: &[Field]) -> Vec<Rule> {
    let [cm, cv_x, cv_y] = *public else {
        return vec![Rule::Commitment, Rule::ValueCommitment];
    };
    let Some(base) = map_to_subgroup(&poseidon(Tag::Generator, &[w.asset])) else {
        return vec![Rule::NoGenerator];
    };
    let mut broken = Vec::new();
    let v = Field::from(w.amount);
    if cm != poseidon(Tag::Commitment, &[w.owner, base.x, base.y, v, w.rcm]) {
        broken.push(Rule::Commitment);
    }
    if !same(commit(&base, w.amount, w.rcv), cv_x, cv_y) {
        broken.push(Rule::ValueCommitment);
    }
    broken
}

/// The root over `leaf` at the witness's position.
fn root(leaf: Field, w: &SpendWitness) -> Field {
    let mut place = w.position;
    w.siblings.iter().fold(leaf, |node, siblings| {
        let mut children = siblings.to_vec();
        children.insert((place % TREE_ARITY as u64) as usize, node);
        place /= TREE_ARITY as u64;
        poseidon(Tag::Node, &children)
    })
}

fn small_order(point: &Point) -> bool {
    let mut sum = PointSum::from(*point);
    for _ in 0..3 {
        sum += sum;
    }
    sum.is_zero()
}

/// `v V + rcv R`, with `v` as an integer: `V` may lie outside the subgroup.
fn commit(base: &Point, amount: u128, rcv: Scalar) -> PointSum {
    base.mul_bigint([amount as u64, (amount >> 64) as u64]) + value_randomness_base() * rcv
}

fn same(point: PointSum, x: Field, y: Field) -> bool {
    let point = point.into_affine();
    point.x == x && point.y == y
}
