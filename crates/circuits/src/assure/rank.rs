//! T-RANK: the kernel of the constraints' Jacobian at an honest witness.

use super::layout::{Layout, evaluate};
use super::subject::Subject;
use crate::builder::Row;
use ark_ff::{AdditiveGroup, Field as _, One, Zero};
use sero_shielded::field::Field;

/// Wires that can move to first order while the declared secrets stay: one for each dimension of
/// the kernel. Public inputs may move too, which asks for more than uniqueness with
/// public inputs fixed; only the anchor of a dummy, which is free by the statement, stays.
///
/// Gaussian elimination modulo r, pivot on the latest wire: a constraint mostly
/// defines its latest wire, so the system is almost triangular.
pub fn kernel<S: Subject>(layout: &Layout, assignment: &[Field]) -> Vec<usize> {
    let (total, inputs) = (layout.wires, layout.inputs);
    // Public inputs are computed last.
    let column = |wire: usize| if wire <= inputs { total + wire } else { wire };
    let columns = total + inputs + 1;
    let mut unknown = vec![false; columns];
    (1..total).for_each(|wire| unknown[column(wire)] = true);
    S::declared(layout, assignment).iter().for_each(|wire| unknown[column(*wire)] = false);
    let mut pivots: Vec<Option<Row>> = vec![None; columns];
    let mut work = vec![Field::ZERO; columns];
    for [x, y, z] in &layout.rows {
        let (vx, vy) = (evaluate(x, assignment), evaluate(y, assignment));
        let mut top = 0;
        for (part, factor) in [(x, vy), (y, vx), (z, -Field::one())] {
            for (c, wire) in part {
                let column = column(*wire);
                if unknown[column] {
                    work[column] += *c * factor;
                    top = top.max(column);
                }
            }
        }
        for column in (0..=top).rev() {
            if work[column].is_zero() {
                continue;
            }
            if let Some(pivot) = &pivots[column] {
                let factor = work[column];
                pivot.iter().for_each(|(c, at)| work[*at] -= factor * c);
            } else if let Some(scale) = work[column].inverse() {
                let row = (0..=column).filter(|at| !work[*at].is_zero()).map(|at| (work[at] * scale, at));
                pivots[column] = Some(row.collect());
                work[..=column].fill(Field::ZERO);
                break;
            }
        }
    }
    (1..total).filter(|wire| unknown[column(*wire)] && pivots[column(*wire)].is_none()).collect()
}
