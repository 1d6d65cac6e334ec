//! T-DROP: for each constraint a false statement whose witness violates it alone. Without the
//! constraint that forgery would be accepted, so none can be removed unseen.

use super::layout::Layout;
use super::subject::Subject;
use super::{parallel, rng};
use ark_ff::{Field as _, One, UniformRand};
use sero_shielded::curve::TWO_ADICITY;
use sero_shielded::field::Field;
use std::collections::BTreeSet;

/// Values tried for one wire and witness.
const TRIES: usize = 2;

/// The constraints among every `step`th from `start` on that no bad witness violates alone, and how
/// many were looked at.
pub fn uncovered<S: Subject>(
    circuit: S,
    layout: &Layout,
    (start, step): (usize, usize),
    seed: u64,
) -> (Vec<usize>, usize) {
    let (starts, bad) = circuit.corpus(layout, &mut rng(seed));
    let by_hand: BTreeSet<usize> =
        bad.iter().filter_map(|(w, replaced)| alone(circuit, layout, w, replaced)).collect();
    let honest: Vec<Vec<Field>> = starts.iter().map(|w| circuit.run(w, &[])).collect();
    let rows: Vec<usize> = (start..layout.rows.len()).step_by(step.max(1)).collect();
    let parts = parallel(&rows, |worker, rows| {
        let mut search =
            Search { circuit, layout, starts: &starts, honest: &honest, rng: rng(seed + 1 + worker as u64) };
        rows.iter()
            .copied()
            .filter(|row| !by_hand.contains(row) && !search.covers(*row))
            .collect::<Vec<usize>>()
    });
    let mut left: Vec<usize> = parts.into_iter().flatten().collect();
    left.sort_unstable();
    (left, rows.len())
}

/// The one constraint that a bad witness violates, if the statement is false; public inputs follow.
fn alone<S: Subject>(
    circuit: S,
    layout: &Layout,
    w: &S::Witness,
    replaced: &[(usize, Field)],
) -> Option<usize> {
    let mut assignment = circuit.run(w, replaced);
    S::follow(layout, &mut assignment);
    only_one::<S>(layout, &assignment)
}

fn only_one<S: Subject>(layout: &Layout, assignment: &[Field]) -> Option<usize> {
    layout.only_violated(assignment).filter(|_| !S::judge(layout, assignment).is_empty())
}

struct Search<'a, S: Subject> {
    circuit: S,
    layout: &'a Layout,
    starts: &'a [S::Witness],
    honest: &'a [Vec<Field>],
    rng: ark_std::rand::rngs::StdRng,
}

impl<S: Subject> Search<'_, S> {
    /// Looks for one that violates `row` alone: a public input changed; the wire that the constraint
    /// defines, or one before it, changed; an earlier wire changed and a later one kept.
    fn covers(&mut self, row: usize) -> bool {
        let inputs = self.layout.inputs;
        let mut wires: Vec<usize> = self.layout.rows[row].iter().flatten().map(|(_, wire)| *wire).collect();
        wires.sort_unstable();
        wires.dedup();
        for (honest, wire) in self.honest.iter().flat_map(|h| wires.iter().map(move |wire| (h, *wire))) {
            if (1..=inputs).contains(&wire) {
                let mut assignment = honest.clone();
                assignment[wire] += Field::one();
                if only_one::<S>(self.layout, &assignment) == Some(row) {
                    return true;
                }
            }
        }
        let hints: Vec<usize> = wires.iter().filter_map(|wire| wire.checked_sub(inputs + 1)).collect();
        let Some((&last, earlier)) = hints.split_last() else {
            return false;
        };
        for hint in earlier.iter().rev().take(4).chain([&last]).rev().copied() {
            for (round, start) in
                (0..TRIES).flat_map(|round| (0..self.starts.len()).map(move |at| (round, at)))
            {
                let value = self.value(start, hint, round);
                if self.alone(start, &[(hint, value)]) == Some(row) {
                    return true;
                }
            }
        }
        for &kept in hints.iter().rev().take(4) {
            for &changed in earlier.iter().rev().take(4).filter(|changed| **changed != kept) {
                for round in 0..TRIES {
                    for start in 0..self.starts.len() {
                        let value = self.value(start, changed, round);
                        let old = self.honest[start][self.layout.wire_of(kept)];
                        if self.alone(start, &[(changed, value), (kept, old)]) == Some(row) {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    fn alone(&self, start: usize, replaced: &[(usize, Field)]) -> Option<usize> {
        alone(self.circuit, self.layout, &self.starts[start], replaced)
    }

    /// A wrong value: random, or the honest one times an element of odd order (which keeps signs).
    fn value(&mut self, start: usize, hint: usize, round: usize) -> Field {
        let random = Field::rand(&mut self.rng);
        if round.is_multiple_of(2) {
            return random;
        }
        self.honest[start][self.layout.wire_of(hint)] * random.pow([1u64 << TWO_ADICITY])
    }
}
