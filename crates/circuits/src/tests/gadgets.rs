//! Each gadget equals the native function, on random and edge inputs, and has
//! its stated number of constraints.

use super::support::*;
use crate::builder::{Builder, Lc};
use crate::gadgets::curve::Edwards;
use crate::gadgets::elligator::{enforce_sign, map_to_subgroup};
use crate::gadgets::fixed_base::FixedBase;
use crate::gadgets::poseidon::poseidon;
use crate::gadgets::variable_base::Amount;
use crate::{TREE_DEPTH, gadgets::merkle};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, One, PrimeField, UniformRand, Zero};
use sero_shielded::curve::{self, Point, g_auth, identity, multiply, value_randomness_base};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon as native};

fn builder() -> Builder<'static> {
    Builder::new(0, true)
}

fn value(point: &Edwards) -> Point {
    Point::new_unchecked(point.x.value, point.y.value)
}

#[test]
fn poseidon_equals_native() {
    let mut rng = rng(10);
    let tags = [Tag::Plain, Tag::Owner, Tag::Pkr, Tag::Generator, Tag::Commitment, Tag::Node, Tag::Nullifier];
    let partial = [56, 57, 56, 60, 60, 63, 64, 63];
    for n in 1..=8usize {
        for (i, tag) in tags.into_iter().enumerate() {
            let edge = [Field::zero(), Field::one(), -Field::one()];
            let inputs: Vec<Field> =
                (0..n).map(|_| if i < 3 { edge[i] } else { Field::rand(&mut rng) }).collect();
            let mut b = builder();
            let wires: Vec<Lc> = inputs.iter().map(|x| b.hint(*x)).collect();
            let out = poseidon(&mut b, tag, &wires);
            assert_eq!(out.value, native(tag, &inputs));
            assert_eq!(b.rows.len(), 3 * (8 * (n + 1) + partial[n - 1]) - 3);
            // The linear combination, not only its running value.
            let public = out.value;
            let constant = b.constant(public);
            b.enforce_equal(&out, &constant);
            assert!(satisfied(&b));

            // Without shape, by the native permutation.
            let mut values = Builder::proving(0, Field::zero());
            assert!(values.only_values() && !b.only_values());
            let wires: Vec<Lc> = inputs.iter().map(|x| values.hint(*x)).collect();
            let out = poseidon(&mut values, tag, &wires);
            values.enforce_equal(&out, &out);
            assert_eq!(out.value, native(tag, &inputs));
            assert!(values.assignment == b.assignment, "{n} inputs, tag {tag:?}: the same wires");
            for (matrix, found) in values.row_values.iter().enumerate() {
                let expected: Vec<_> =
                    b.rows.iter().map(|row| evaluate(&row[matrix], &b.assignment)).collect();
                assert!(*found == expected, "{n} inputs, tag {tag:?}: the same rows");
            }
        }
    }
}

/// Random points of the subgroup, of the whole curve, and the torsion.
fn points() -> Vec<Point> {
    let mut rng = rng(11);
    let mut points = small_order_points();
    for _ in 0..4 {
        let p = multiply(&g_auth(), &Scalar::rand(&mut rng));
        points.push(p);
        points.push(-p);
        points.push((p + points[1]).into_affine());
    }
    points
}

#[test]
fn torsion_is_what_the_order_check_says() {
    let torsion = small_order_points();
    for (i, p) in torsion.iter().enumerate() {
        assert!(p.is_on_curve() && p.mul_by_cofactor().is_zero());
        assert!(!torsion[..i].contains(p), "eight different points");
    }
    for p in points() {
        let product = p.x * p.y * (p.y.square() - p.x.square());
        assert_eq!(product.is_zero(), p.mul_by_cofactor().is_zero());
    }
}

#[test]
fn edwards_addition_is_complete() {
    for p in points() {
        for q in points() {
            let mut b = builder();
            let (p_wires, q_wires) = (Edwards::hint(&mut b, &p), Edwards::hint(&mut b, &q));
            let sum = p_wires.add(&mut b, &q_wires);
            assert_eq!(value(&sum), (p + q).into_affine());
            assert!(satisfied(&b) && b.rows.len() == 6);
        }
    }
}

#[test]
fn curve_and_order_check() {
    let run = |p: &Point| {
        let mut b = builder();
        Edwards::hint(&mut b, p).enforce_on_curve_and_large_order(&mut b);
        assert_eq!(b.rows.len(), 6);
        satisfied(&b)
    };
    for p in points() {
        assert_eq!(run(&p), !p.mul_by_cofactor().is_zero());
        assert!(!run(&Point::new_unchecked(p.x + Field::one(), p.y)), "off the curve");
        assert!(!run(&Point::new_unchecked(p.y, p.x + p.y)), "off the curve");
    }
}

#[test]
fn montgomery_round_trip_double_and_add() {
    for p in points().into_iter().filter(|p| !p.mul_by_cofactor().is_zero()) {
        let mut b = builder();
        let wires = Edwards::hint(&mut b, &p);
        let m = wires.to_montgomery(&mut b);
        let double = m.double(&mut b);
        let triple = double.add_distinct(&mut b, &m);
        let triple = triple.to_edwards(&mut b);
        assert_eq!(value(&triple), (p + p + p).into_affine());
        assert_eq!(b.rows.len(), 2 + 4 + 3 + 2);
        assert!(satisfied(&b));
    }
}

fn edge_scalars() -> Vec<Scalar> {
    let mut rng = rng(12);
    let mut scalars: Vec<Scalar> = (0u64..20).map(Scalar::from).collect();
    scalars.extend((0u64..20).map(|n| -Scalar::from(n)));
    scalars.extend((0u64..6).map(|n| Scalar::from(n).double().inverse().unwrap_or_default()));
    scalars.extend((0..251u64).step_by(10).map(|n| Scalar::from(2u8).pow([n])));
    scalars.extend(
        (0..83u64).step_by(8).map(|n| (Scalar::from(8u8).pow([n]) - Scalar::one()) / Scalar::from(2u8)),
    );
    scalars.extend((0..20).map(|_| Scalar::rand(&mut rng)));
    scalars
}

#[test]
fn fixed_base_equals_native() {
    for (table, base) in
        [(FixedBase::g_auth(), g_auth()), (FixedBase::value_randomness(), value_randomness_base())]
    {
        for scalar in edge_scalars() {
            let mut b = builder();
            let product = table.multiply(&mut b, &scalar);
            assert_eq!(value(&product), multiply(&base, &scalar));
            assert_eq!(b.rows.len(), 672);
            assert!(satisfied(&b));
        }
    }
}

/// Whatever bits the prover chooses, the result is `k H` for the `k` that the
/// bits say: no choice reaches an exceptional addition.
#[test]
fn fixed_base_is_sound_for_every_digit_string() {
    let mut rng = rng(13);
    let half = Scalar::from(2u8).inverse().expect("l is odd");
    for round in 0..24u64 {
        let mut k = Scalar::zero();
        let mut weight = half;
        let mut bits = Vec::new();
        for window in 0..84 {
            let random = u64::rand(&mut rng);
            let pick = |i: u64| {
                if round < 8 { (round >> i) & 1 == 1 } else { (random >> i) & 1 == 1 }
            };
            let (m0, m1, negative) = (pick(0), pick(1) && window < 83, pick(2));
            let digit = Scalar::from(1 + 2 * u8::from(m0) + 4 * u8::from(m1)) * weight;
            k += if negative { -digit } else { digit };
            bits.extend(if window < 83 { vec![m0, m1, negative] } else { vec![m0, negative] });
            weight *= Scalar::from(8u8);
        }
        // Only the bit wires hold 0 or 1 here: a hint that is a bit is replaced by the next chosen one.
        let mut next = 0;
        let mut hook = |_: usize, honest: Field| {
            let is_bit = honest.is_zero() || honest.is_one();
            let position = next;
            if is_bit && !is_product(position) {
                next += 1;
                let choice = index_of(position);
                return Field::from(bits[choice]);
            }
            if is_bit {
                next += 1;
            }
            honest
        };
        let mut b = Builder::hooked(0, true, &mut hook);
        let product = FixedBase::g_auth().multiply(&mut b, &Scalar::from(5u8));
        assert_eq!(value(&product), multiply(&g_auth(), &k), "round {round}");
        assert!(satisfied(&b));
    }
}

/// Of the bit-valued wires in order, per window: m0, m1, sign, m0 m1.
fn is_product(position: usize) -> bool {
    position < 4 * 83 && position % 4 == 3
}

fn index_of(position: usize) -> usize {
    if position < 4 * 83 { position / 4 * 3 + position % 4 } else { 3 * 83 + position - 4 * 83 }
}

#[test]
fn amount_times_point_equals_native() {
    let mut rng = rng(14);
    let mut amounts = vec![0, 1, 2, 3, 4, 5, u128::MAX, u128::MAX - 1, 1 << 127, (1 << 127) - 1, 1 << 64];
    amounts.extend((0..10).map(|_| u128::rand(&mut rng)));
    // Also points with a part of order 2, 4 or 8.
    for p in points().into_iter().filter(|p| !p.mul_by_cofactor().is_zero()) {
        for v in &amounts {
            let mut b = builder();
            let wires = Edwards::hint(&mut b, &p);
            let amount = Amount::new(&mut b, *v);
            let m = wires.to_montgomery(&mut b);
            let product = amount.multiply(&mut b, &wires, &m);
            let expected = p.mul_bigint([*v as u64, (*v >> 64) as u64]).into_affine();
            assert_eq!(value(&product), expected);
            assert_eq!(amount.value.value, Field::from(*v));
            assert_eq!(b.rows.len(), 128 + 2 + 1_026);
            assert!(satisfied(&b));
        }
    }
}

#[test]
fn asset_generator_equals_native() {
    let mut rng = rng(15);
    let mut inputs: Vec<Field> = (1u64..20).map(Field::from).collect();
    inputs.extend((1u64..20).map(|n| -Field::from(n)));
    inputs.extend((0..60).map(|_| Field::rand(&mut rng)));
    for u in inputs {
        let mut b = builder();
        let wire = b.hint(u);
        let point = map_to_subgroup(&mut b, &wire);
        assert_eq!(b.rows.len(), 101);
        let point = point.to_edwards(&mut b);
        assert_eq!(Some(value(&point)), curve::map_to_subgroup(&u));
        assert!(satisfied(&b));
    }
}

/// The sign proof accepts exactly one of `t`, `-t`, and not 0.
#[test]
fn sign_proof_alone() {
    let mut rng = rng(17);
    let accepts = |t: Field| {
        let mut b = builder();
        let wire = b.hint(t);
        enforce_sign(&mut b, &wire);
        assert_eq!(b.rows.len(), 83);
        satisfied(&b)
    };
    assert!(!accepts(Field::zero()));
    assert!(accepts(Field::one()) && !accepts(-Field::one()));
    for _ in 0..50 {
        let t = Field::rand(&mut rng);
        assert!(accepts(t) != accepts(-t));
        assert_eq!(accepts(t), curve::two_adic_log(&t) < 1 << 27);
    }
}

/// `u = 0` has a proof exactly if the native map has a value.
#[test]
fn asset_generator_of_zero() {
    let mut b = builder();
    let wire = b.hint(Field::zero());
    map_to_subgroup(&mut b, &wire);
    assert_eq!(satisfied(&b), curve::map_to_subgroup(&Field::zero()).is_some());
}

#[test]
fn merkle_root_equals_native_at_every_digit() {
    let mut rng = rng(16);
    let w = spend_witness(&mut rng, 1);
    for digit in 0..8u64 {
        let position = (0..TREE_DEPTH).fold(0, |p, level| p | ((digit + level as u64) % 8) << (3 * level));
        let w = altered(&w, |w| w.position = position);
        let mut b = builder();
        let leaf = b.hint(w.commitment());
        let bits = merkle::position_bits(&mut b, position);
        assert_eq!(merkle::root(&mut b, &leaf, &bits, &w.siblings).value, w.path_root());
        assert_eq!(b.rows.len(), 412 * TREE_DEPTH);
        assert!(satisfied(&b));
    }
}

/// The numbers on which the arguments in the gadgets' comments rest.
#[test]
fn facts_used_in_the_arguments() {
    use ark_ec::twisted_edwards::TECurveConfig;
    use sero_shielded::curve::{ELLIGATOR_Z, MONTGOMERY_A, MONTGOMERY_B, TWO_ADICITY, two_adic_root};
    let square = |x: Field| x.sqrt().is_some();
    let d = crate::gadgets::curve::EDWARDS_D;
    let one = Field::one();
    assert_eq!(<ark_ed_on_bn254::EdwardsConfig as TECurveConfig>::COEFF_A, one);
    assert!(!square(d) && square(-one), "Edwards addition is complete");
    assert_eq!((MONTGOMERY_A - one - one) / MONTGOMERY_B, d, "s = -1 is not on the curve");
    assert_eq!((MONTGOMERY_A + one + one) / MONTGOMERY_B, one);
    assert!(!square(MONTGOMERY_A.square() - Field::from(4u8)), "s^2 + A s + 1 has no root");
    assert!(
        !square(Field::from(ELLIGATOR_Z)) && !square(-Field::from(ELLIGATOR_Z).inverse().expect("not zero"))
    );
    let mut order = Field::MODULUS;
    order.sub_with_borrow(&1u64.into());
    assert!((0..TWO_ADICITY).all(|i| !order.get_bit(i)) && order.get_bit(TWO_ADICITY));
    assert_eq!(two_adic_root().pow([1 << (TWO_ADICITY - 1)]), -one);
    // 8^83 = 2^249 < l < 2^251; 2^128 < l; 2^128 < r.
    assert_eq!((Scalar::MODULUS.num_bits(), Field::MODULUS.num_bits()), (251, 254));
    assert!(multiply(&g_auth(), &-Scalar::one()) == -g_auth() && !g_auth().is_zero());
}

/// The identity is the sum's neutral element in the native code that the
/// circuits are compared with (a wrong identity would hide in `v = 0`).
#[test]
fn identity_is_neutral() {
    assert_eq!(value(&FixedBase::g_auth().multiply(&mut builder(), &Scalar::zero())), identity());
    assert!(Scalar::MODULUS.num_bits() == 251 && Scalar::MODULUS.is_odd());
}
