//! T-WIT: one wire changed, all others kept.

use super::layout::Layout;
use super::subject::Subject;
use ark_ff::{AdditiveGroup, One, UniformRand};
use ark_std::rand::rngs::StdRng;
use sero_shielded::field::Field;

/// Wires for which a changed value satisfied every constraint, and whether the negated value was
/// the only one; and the number of values tried.
pub fn survivors<S: Subject>(
    layout: &Layout,
    honest: &[Field],
    rng: &mut StdRng,
) -> (Vec<(usize, bool)>, usize) {
    let mut assignment = honest.to_vec();
    let (mut found, mut tried) = (Vec::new(), 0);
    for wire in S::INPUTS + 1..layout.wires {
        let value = honest[wire];
        let next = honest[if wire + 1 < layout.wires { wire + 1 } else { wire }];
        let one = Field::one();
        let mut values =
            vec![value + one, value - one, Field::ZERO, one, -one, Field::rand(rng), honest[wire - 1], next];
        values.retain(|other| *other != value && *other != -value);
        values.push(-value);
        values.retain(|other| *other != value);
        let mut survived = Vec::new();
        for other in values {
            tried += 1;
            assignment[wire] = other;
            if layout.touching(wire).iter().all(|row| layout.holds(*row, &assignment)) {
                survived.push(other == -value);
            }
        }
        assignment[wire] = value;
        if !survived.is_empty() {
            found.push((wire, survived.iter().all(|sign| *sign)));
        }
    }
    (found, tried)
}
