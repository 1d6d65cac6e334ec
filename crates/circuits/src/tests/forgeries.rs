//! One forgery per rule: a witness or public input that breaks this rule and,
//! as far as possible, no other.

use super::support::*;
use crate::builder::Builder;
use crate::{OutputWitness, ProveError, output, spend};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand, Zero};
use sero_shielded::curve::{MONTGOMERY_A, Point, TWO_ADICITY, elligator2, two_adic_root};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon};

/// Both the circuit and the native check must refuse, the latter by name.
fn refused(w: &crate::SpendWitness, reason: ProveError) {
    assert_eq!(w.check(), Err(reason));
    assert!(!satisfied(&spend_builder(w)), "{reason}");
}

#[test]
fn path_and_position() {
    let mut rng = rng(20);
    let w = spend_witness(&mut rng, 1);
    assert_eq!(w.check(), Ok(()));
    for level in 0..11 {
        refused(&altered(&w, |w| w.siblings[level][3] += Field::one()), ProveError::WrongPath);
        refused(&altered(&w, |w| w.siblings[level].swap(2, 3)), ProveError::WrongPath);
        for bit in 0..3 {
            refused(&altered(&w, |w| w.position ^= 1 << (3 * level + bit)), ProveError::WrongPath);
        }
    }
    refused(&altered(&w, |w| w.anchor += Field::one()), ProveError::WrongPath);
    let far = altered(&w, |w| w.position += 1 << 33);
    assert_eq!(far.check(), Err(ProveError::PositionOutOfRange));
    // The circuit reads 33 bits only: no proof for the nullifier of the far position.
    assert!(!satisfied_with(&spend_builder(&far), &far.public_inputs()));
}

/// A note that is not in the tree, with the path of one that is: at each level
/// the true child is put where the forged node should be.
#[test]
fn a_note_outside_the_tree() {
    let mut rng = rng(29);
    let w = spend_witness(&mut rng, 3);
    let honest = spend_builder(&w);
    let forged = altered(&w, |w| w.rcm += Field::one());
    let circuit = |b: &mut Builder<'_>| spend::synthesize(b, &forged);
    let mut node = w.commitment();
    for level in 0..11 {
        let digit = (w.position >> (3 * level)) as usize % 8;
        let wire = wires_of(&honest, node)[0];
        let assignment = hinted(6, &circuit, wire, node);
        assert!(first_violated(&honest.rows, &assignment).is_some(), "level {level}");
        // The forgery is what it claims: only the selection at this level can object.
        assert_eq!(assignment[1], w.anchor);
        let mut children = [node; 8];
        children[..digit].copy_from_slice(&w.siblings[level][..digit]);
        children[digit + 1..].copy_from_slice(&w.siblings[level][digit..]);
        node = poseidon(Tag::Node, &children);
    }
}

#[test]
fn a_dummy_must_be_worth_nothing() {
    let mut rng = rng(21);
    let dummy = altered(&spend_witness(&mut rng, 0), |w| w.anchor = Field::from(5u8));
    assert!(satisfied(&spend_builder(&dummy)));
    for amount in [1, 2, 1 << 64, u128::MAX] {
        refused(&altered(&dummy, |w| w.amount = amount), ProveError::WrongPath);
    }
    // cv of a dummy cannot carry value.
    let b = spend_builder(&dummy);
    let mut public = dummy.public_inputs();
    let honest = Point::new_unchecked(public[4], public[5]);
    let forged = (honest + dummy.asset_base).into_affine();
    (public[4], public[5]) = (forged.x, forged.y);
    assert!(!satisfied_with(&b, &public));
}

#[test]
fn every_single_public_input_is_bound() {
    let mut rng = rng(22);
    for amount in [0, 7] {
        let w = spend_witness(&mut rng, amount);
        let b = spend_builder(&w);
        for i in 0..6 {
            // Only the anchor of a dummy is free.
            let mut public = w.public_inputs();
            public[i] += Field::one();
            assert_eq!(satisfied_with(&b, &public), i == 0 && amount == 0);
            public[i] = -w.public_inputs()[i];
            assert_eq!(satisfied_with(&b, &public), i == 0 && amount == 0);
        }
        let w = output_witness(&mut rng, amount);
        let b = output_builder(&w);
        for i in 0..3 {
            let mut public = w.public_inputs();
            public[i] += Field::one();
            assert!(!satisfied_with(&b, &public));
        }
    }
}

#[test]
fn nullifier_key_position_and_randomness() {
    let mut rng = rng(23);
    let w = spend_witness(&mut rng, 3);
    let b = spend_builder(&w);
    let with = |i: usize, value: Field| {
        let mut public = w.public_inputs();
        public[i] = value;
        satisfied_with(&b, &public)
    };
    let nf = |nk: Field, cm: Field, position: u64| poseidon(Tag::Nullifier, &[nk, cm, Field::from(position)]);
    assert!(with(1, nf(w.nk, w.commitment(), w.position)));
    assert!(!with(1, nf(w.nk, w.commitment(), w.position ^ 1)), "another position");
    assert!(!with(1, nf(w.nk + Field::one(), w.commitment(), w.position)), "another key");
    assert!(!with(1, nf(w.nk, w.commitment() + Field::one(), w.position)), "another note");
    // A wrong secret gives another note, which is not in the tree.
    let one = Field::one();
    refused(&altered(&w, |w| w.nk += one), ProveError::WrongPath);
    refused(&altered(&w, |w| w.d += one), ProveError::WrongPath);
    refused(&altered(&w, |w| w.s += one), ProveError::WrongPath);
    refused(&altered(&w, |w| w.rcm += one), ProveError::WrongPath);
    refused(&altered(&w, |w| w.amount += 1), ProveError::WrongPath);
    refused(&altered(&w, |w| w.asset_base = -w.asset_base), ProveError::WrongPath);
    refused(&altered(&w, |w| w.ak = -w.ak), ProveError::WrongPath);
    // Commitments with other randomness.
    let other = altered(&w, |w| w.rcv += Scalar::one()).public_inputs();
    assert!(!satisfied_with(&b, &[w.anchor, other[1], other[2], other[3], other[4], other[5]]));
    let other = altered(&w, |w| w.alpha += Scalar::one()).public_inputs();
    assert!(!satisfied_with(&b, &other));
}

#[test]
fn small_order_and_off_curve_points_also_in_dummies() {
    let mut rng = rng(24);
    for amount in [0, 4] {
        let honest = spend_witness(&mut rng, amount);
        let with = |change: &dyn Fn(&mut crate::SpendWitness)| {
            let mut w = altered(&honest, |w| change(w));
            w.anchor = w.path_root();
            w
        };
        for point in small_order_points() {
            refused(&with(&|w| w.ak = point), ProveError::KeySmallOrder);
            refused(&with(&|w| w.asset_base = point), ProveError::AssetSmallOrder);
        }
        for (x, y) in [(1u8, 1u8), (0, 0), (0, 2), (5, 7)] {
            let point = Point::new_unchecked(Field::from(x), Field::from(y));
            refused(&with(&|w| w.ak = point), ProveError::KeyOffCurve);
            refused(&with(&|w| w.asset_base = point), ProveError::AssetOffCurve);
        }
        let shift = |p: Point| Point::new_unchecked(p.x, p.y + Field::one());
        refused(&with(&|w| w.ak = shift(w.ak)), ProveError::KeyOffCurve);
        refused(&with(&|w| w.asset_base = shift(w.asset_base)), ProveError::AssetOffCurve);
    }
}

/// `v = 2^128` would need a bit that is not a bit.
#[test]
fn amounts_end_at_128_bits() {
    let mut rng = rng(25);
    let w = output_witness(&mut rng, 1 << 127);
    let shape = output_builder(&w);
    let circuit = |b: &mut Builder<'_>| output::synthesize(b, &w);
    // The only 1 among the amount's bits, followed by rcm, is the top bit.
    let rcm = wires_of(&shape, w.rcm);
    let top = rcm[0] - 1;
    let mut assignment = hinted(3, &circuit, top, Field::from(2u8));
    assert!(first_violated(&shape.rows, &assignment).is_some());
    let base = w.asset_base().expect("a generator");
    let amount = Field::from(2u8).pow([128]);
    let cm = poseidon(Tag::Commitment, &[w.owner, base.x, base.y, amount, w.rcm]);
    assert_eq!(assignment[1], cm, "this is the commitment to 2^128");
    // r - 1 as an amount, in the same way.
    assignment = hinted(3, &circuit, top, -Field::one() / Field::from(2u8).pow([127]));
    assert!(first_violated(&shape.rows, &assignment).is_some());
}

/// Neither `-V` nor the point over the other candidate can stand in for `V`.
#[test]
fn asset_generator_is_unique() {
    let mut rng = rng(26);
    for _ in 0..6 {
        let w = output_witness(&mut rng, 9);
        let shape = output_builder(&w);
        let circuit = |b: &mut Builder<'_>| output::synthesize(b, &w);
        let u = poseidon(Tag::Generator, &[w.asset]);
        let (s, t) = elligator2(&u).expect("a point");
        let (s_wire, t_wire) = (wires_of(&shape, s)[0], wires_of(&shape, t)[0]);
        assert!(first_violated(&shape.rows, &hinted(3, &circuit, t_wire, t)).is_none());
        let flipped = hinted(3, &circuit, t_wire, -t);
        assert_eq!(flipped[1], {
            let base = -w.asset_base().expect("a generator");
            poseidon(Tag::Commitment, &[w.owner, base.x, base.y, Field::from(w.amount), w.rcm])
        });
        assert!(first_violated(&shape.rows, &flipped).is_some(), "-V");
        let other = -MONTGOMERY_A - s;
        assert!(first_violated(&shape.rows, &hinted(3, &circuit, s_wire, other)).is_some());
        // t for the other candidate does not exist.
        let cubic = other * (other.square() + MONTGOMERY_A * other + Field::one());
        assert!((cubic / sero_shielded::curve::MONTGOMERY_B).sqrt().is_none());
        assert!(first_violated(&shape.rows, &hinted(3, &circuit, t_wire, Field::ZERO)).is_some());
    }
}

/// The generator of another asset, with both coordinates replaced together:
/// everything but the tie to `u` holds.
#[test]
fn asset_generator_of_another_asset() {
    let mut rng = rng(18);
    let (w, other) = (output_witness(&mut rng, 9), output_witness(&mut rng, 9));
    let shape = output_builder(&w);
    let map = |w: &OutputWitness| elligator2(&poseidon(Tag::Generator, &[w.asset])).expect("a point");
    let ((s, t), (other_s, other_t)) = (map(&w), map(&other));
    let (s_wire, t_wire) = (wires_of(&shape, s)[0], wires_of(&shape, t)[0]);
    let mut hook = |wire: usize, honest: Field| match wire {
        _ if wire == s_wire => other_s,
        _ if wire == t_wire => other_t,
        _ => honest,
    };
    let mut b = Builder::hooked(3, true, &mut hook);
    output::synthesize(&mut b, &w);
    let base = other.asset_base().expect("a generator");
    let cm = poseidon(Tag::Commitment, &[w.owner, base.x, base.y, Field::from(w.amount), w.rcm]);
    assert_eq!(publics(&b)[0], cm);
    let violated = b.rows.iter().filter(|row| !holds(row, &b.assignment)).count();
    assert_eq!(violated, 1, "the choice between the two candidates");
}

/// `w` of the sign proof: every other value is refused, except its multiples by
/// 2^28-th roots of unity, which change nothing.
#[test]
fn sign_witness() {
    let mut rng = rng(27);
    let w = output_witness(&mut rng, 9);
    let shape = output_builder(&w);
    let circuit = |b: &mut Builder<'_>| output::synthesize(b, &w);
    // The 28 squarings end in t / g^k; w is the wire before them.
    let start = sign_root_wire(&shape);
    let root = shape.assignment[4 + start];
    for factor in [two_adic_root(), -Field::one(), two_adic_root().pow([12345])] {
        let assignment = hinted(3, &circuit, start, root * factor);
        assert!(first_violated(&shape.rows, &assignment).is_none());
        assert_eq!(assignment[..4], shape.assignment[..4]);
    }
    for value in
        [root + Field::one(), Field::ZERO, Field::one(), Field::rand(&mut rng), root * Field::from(2u8)]
    {
        assert!(first_violated(&shape.rows, &hinted(3, &circuit, start, value)).is_some());
    }
}

/// The private wire `w`: the first of 28 consecutive squarings.
pub fn sign_root_wire(b: &Builder<'_>) -> usize {
    let private = &b.assignment[b.public_inputs + 1..];
    (0..private.len() - TWO_ADICITY)
        .find(|i| {
            (0..TWO_ADICITY).all(|k| {
                private[i + k].square() == private[i + k + 1]
                    && private[i + k] != Field::one()
                    && !private[i + k].is_zero()
            })
        })
        .expect("the squarings are consecutive")
}
