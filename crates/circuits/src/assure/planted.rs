//! The circuits with one bug each, to prove that the harness sees bugs. They are copies of the two
//! product functions with a deviation where the plant says so; a test holds
//! that without a plant the copies equal the product, row by row. The product has no switch.

use crate::builder::{Builder, Lc};
use crate::gadgets::curve::{Edwards, Montgomery};
use crate::gadgets::elligator::{elligator, map_to_subgroup};
use crate::gadgets::fixed_base::FixedBase;
use crate::gadgets::merkle;
use crate::gadgets::poseidon::poseidon;
use crate::gadgets::variable_base::{AMOUNT_BITS, Amount, from_bits};
use crate::{OutputWitness, SpendWitness};
use ark_ff::{Field as _, One};
use sero_shielded::field::Field;
use sero_shielded::poseidon::Tag;

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Spend: the base of `v V` is not tied to the note's `V` (the bug of Orchard).
    FreeLadderBase,
    /// Spend: the `nk` of the nullifier is not the one of the owner tag.
    FreeNullifierKey,
    /// Spend: the position of the nullifier is not the one of the path.
    FreePosition,
    /// Output: the sign of the asset generator is not fixed.
    FreeSign,
    /// Output: the asset id is mapped to the curve without the hash.
    NoInnerHash,
    /// Output: the top bit of the amount may be anything.
    MissingRangeBit,
}

/// All plants.
pub const PLANTS: [Plant; 6] = [
    Plant::FreeLadderBase,
    Plant::FreeSign,
    Plant::NoInnerHash,
    Plant::FreeNullifierKey,
    Plant::FreePosition,
    Plant::MissingRangeBit,
];

/// The Spend circuit with a bug.
pub fn spend(b: &mut Builder<'_>, w: &SpendWitness, plant: Option<Plant>) {
    let planted = |bug: Plant| plant == Some(bug);
    b.section("ak");
    let ak = Edwards::hint(b, &w.ak);
    ak.enforce_on_curve_and_large_order(b);
    b.section("owner");
    let nk = b.hint(w.nk);
    let d = b.hint(w.d);
    let s = b.hint(w.s);
    let owner = poseidon(b, Tag::Owner, &[ak.x.clone(), ak.y.clone(), nk.clone(), d]);
    let one_time = poseidon(b, Tag::Pkr, &[owner, s]);
    b.section("V");
    let base = Edwards::hint(b, &w.asset_base);
    base.enforce_on_curve_and_large_order(b);
    b.section("v");
    let amount = Amount::new(b, w.amount);
    b.section("cm");
    let rcm = b.hint(w.rcm);
    let cm =
        poseidon(b, Tag::Commitment, &[one_time, base.x.clone(), base.y.clone(), amount.value.clone(), rcm]);
    b.section("position");
    let bits = merkle::position_bits(b, w.position);
    b.section("path");
    let root = merkle::root(b, &cm, &bits, &w.siblings);
    b.section("anchor");
    let anchor = b.public(0, w.anchor);
    let zero = b.constant(Field::from(0u8));
    b.enforce(&amount.value, &root.minus(&anchor), &zero);
    b.section("nf");
    let nk = if planted(Plant::FreeNullifierKey) { b.hint(w.nk) } else { nk };
    let bits = if planted(Plant::FreePosition) { merkle::position_bits(b, w.position) } else { bits };
    let nf = poseidon(b, Tag::Nullifier, &[nk, cm, from_bits(&bits)]);
    let public_nf = b.public(1, nf.value);
    b.enforce_equal(&nf, &public_nf);
    b.section("alpha");
    let shift = FixedBase::g_auth().multiply(b, &w.alpha);
    b.section("rk");
    shift.add_public(b, &ak, 2);
    b.section("v V");
    let base_montgomery = if planted(Plant::FreeLadderBase) {
        // The right values, tied to nothing.
        let one = Field::one();
        let s = (one + base.y.value) * (one - base.y.value).inverse().unwrap_or_default();
        let t = s * base.x.value.inverse().unwrap_or_default();
        Montgomery { s: b.hint(s), t: b.hint(t) }
    } else {
        base.to_montgomery(b)
    };
    let value = amount.multiply(b, &base, &base_montgomery);
    b.section("rcv");
    let randomness = FixedBase::value_randomness().multiply(b, &w.rcv);
    b.section("cv");
    randomness.add_public(b, &value, 4);
    b.section("blinding");
    b.blinding();
}

/// The Output circuit with a bug.
pub fn output(b: &mut Builder<'_>, w: &OutputWitness, plant: Option<Plant>) {
    let planted = |bug: Plant| plant == Some(bug);
    b.section("owner");
    let owner = b.hint(w.owner);
    b.section("asset");
    let asset = b.hint(w.asset);
    let u = if planted(Plant::NoInnerHash) { asset } else { poseidon(b, Tag::Generator, &[asset]) };
    b.section("V");
    let base_montgomery = if planted(Plant::FreeSign) {
        elligator(b, &u).double(b).double(b).double(b)
    } else {
        map_to_subgroup(b, &u)
    };
    let base = base_montgomery.to_edwards(b);
    b.section("v");
    let amount =
        if planted(Plant::MissingRangeBit) { loose_amount(b, w.amount) } else { Amount::new(b, w.amount) };
    b.section("cm");
    let rcm = b.hint(w.rcm);
    let cm =
        poseidon(b, Tag::Commitment, &[owner, base.x.clone(), base.y.clone(), amount.value.clone(), rcm]);
    let public_cm = b.public(0, cm.value);
    b.enforce_equal(&cm, &public_cm);
    b.section("v V");
    let value = amount.multiply(b, &base, &base_montgomery);
    b.section("rcv");
    let randomness = FixedBase::value_randomness().multiply(b, &w.rcv);
    b.section("cv");
    randomness.add_public(b, &value, 1);
    b.section("blinding");
    b.blinding();
}

/// [`Amount::new`] whose top bit is no bit.
fn loose_amount(b: &mut Builder<'_>, amount: u128) -> Amount {
    let top = AMOUNT_BITS - 1;
    let mut bits: Vec<Lc> = (0..top).map(|i| b.bit((amount >> i) & 1 == 1)).collect();
    bits.push(b.hint(Field::from(amount >> top == 1)));
    let value = from_bits(&bits);
    Amount { bits, value }
}
