//! `P[tag](inputs)`: `3 (8 t + RP) - 3` constraints for width `t`.
//!
//! Three per S-box (`x^2`, `x^4`, `x^5`); the linear layers are linear
//! combinations. The S-box of the capacity element in the first round acts on
//! a constant and costs nothing. Every wire is a product of earlier values,
//! so the output is a function of the inputs.

use crate::builder::{Builder, Lc};
use ark_ff::{AdditiveGroup as _, Field as _};
use sero_shielded::field::Field;
use sero_shielded::poseidon::{Tag, WIDTH_MAX, parameters, poseidon_observed};
use zeroize::Zeroize;

/// Equal to [`sero_shielded::poseidon::poseidon`]; the result is a linear
/// combination of `t` wires.
pub fn poseidon(b: &mut Builder<'_>, tag: Tag, inputs: &[Lc]) -> Lc {
    if b.only_values() { values(b, tag, inputs) } else { constrained(b, tag, inputs) }
}

/// The wires and row values of [`constrained`]. The native permutation passes the same
/// elements through its S-boxes.
fn values(b: &mut Builder<'_>, tag: Tag, inputs: &[Lc]) -> Lc {
    let mut elements = [Field::ZERO; WIDTH_MAX - 1];
    for (element, input) in elements.iter_mut().zip(inputs) {
        *element = input.value;
    }
    let mut first = true;
    let value = poseidon_observed(tag, &elements[..inputs.len()], |x| {
        // The constant's S-box has no wires.
        if !core::mem::take(&mut first) {
            let x2 = x.square();
            let x4 = x2.square();
            b.product_of(*x, *x, x2);
            b.product_of(x2, x2, x4);
            b.product_of(x4, *x, x4 * x);
        }
    });
    elements.zeroize();
    b.constant(value)
}

fn constrained(b: &mut Builder<'_>, tag: Tag, inputs: &[Lc]) -> Lc {
    let t = inputs.len() + 1;
    let p = parameters(t);
    let half = p.full_rounds / 2;
    let mut state: Vec<Lc> = Vec::with_capacity(t);
    state.push(b.constant(Field::from(tag as u8)));
    state.extend_from_slice(inputs);
    for (round, constants) in p.round_constants.chunks_exact(t).enumerate() {
        let full = round < half || round >= half + p.partial_rounds;
        for (lane, constant) in constants.iter().enumerate() {
            let x = state[lane].clone().plus_constant(*constant);
            state[lane] = if round == 0 && lane == 0 {
                b.constant(x.value * x.value.square().square())
            } else if full || lane == 0 {
                fifth_power(b, &x)
            } else {
                x
            };
        }
        state = mix(&p.mds, &state);
    }
    state.swap_remove(0)
}

fn fifth_power(b: &mut Builder<'_>, x: &Lc) -> Lc {
    let x2 = b.product(x, x);
    let x4 = b.product(&x2, &x2);
    b.product(&x4, x)
}

fn mix(mds: &[Vec<Field>], state: &[Lc]) -> Vec<Lc> {
    mds.iter()
        .map(|row| {
            let parts: Vec<(Field, &Lc)> = row.iter().copied().zip(state).collect();
            Lc::weighted(&parts)
        })
        .collect()
}
