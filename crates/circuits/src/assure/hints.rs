//! T-HINT: what a prover computes is replaced, everything after it recomputed. Whatever then
//! satisfies the constraints must still be a true statement.

use super::layout::Layout;
use super::subject::{Subject, read_recoded, scalar_hints};
use super::{parallel, rng};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, One, PrimeField, UniformRand};
use sero_shielded::curve::TWO_ADICITY;
use sero_shielded::field::{Field, Scalar};

/// What became of the replacements.
#[derive(Default)]
pub struct Outcome {
    /// Replacements tried.
    pub tried: usize,
    /// Refused by a constraint over the hint and earlier wires.
    pub at_once: usize,
    /// Refused by a later constraint.
    pub later: usize,
    /// Satisfied, and the statement is true.
    pub harmless: usize,
    /// Satisfied, and the statement is false.
    pub forgeries: Vec<String>,
}

impl Outcome {
    /// The sum of two outcomes.
    pub fn add(&mut self, other: Outcome) {
        self.tried += other.tried;
        self.at_once += other.at_once;
        self.later += other.later;
        self.harmless += other.harmless;
        self.forgeries.extend(other.forgeries);
    }
}

/// Every `step`th hint from `start` on and those at the edges of sections, alone and with the next
/// one. `other` is the assignment of another honest witness.
pub fn replace<S: Subject>(
    circuit: S,
    layout: &Layout,
    w: &S::Witness,
    other: &[Field],
    (start, step): (usize, usize),
    seed: u64,
) -> Outcome {
    let honest = circuit.run(w, &[]);
    let mut outcome = Outcome::default();
    let broken = S::judge(layout, &honest);
    if layout.first_violated(&honest).is_some() || !broken.is_empty() {
        outcome.forgeries.push(format!("the honest run: {broken:?}"));
    }
    let hints: Vec<usize> =
        (0..layout.hints()).filter(|hint| hint % step.max(1) == start || layout.is_edge(*hint)).collect();
    let parts = parallel(&hints, |worker, hints| {
        let mut rng = rng(seed ^ (worker as u64) << 32);
        let mut scratch = honest.clone();
        let mut part = Outcome::default();
        for &hint in hints {
            let wire = layout.wire_of(hint);
            let value = honest[wire];
            let odd = Field::rand(&mut rng).pow([1u64 << TWO_ADICITY]);
            let random = Field::rand(&mut rng);
            let (one, zero) = (Field::one(), Field::ZERO);
            let mut values = vec![
                zero,
                one,
                -one,
                -value,
                value + one,
                value * odd,
                other[wire],
                honest[wire - 1],
                random,
            ];
            values.sort_unstable();
            values.dedup();
            values.retain(|new| *new != value);
            for new in values {
                part.tried(circuit, layout, w, &mut scratch, &[(hint, new)]);
            }
            if hint + 1 < layout.hints() {
                let next = honest[wire + 1];
                let pairs = [
                    (other[wire], other[wire + 1]),
                    (-value, -next),
                    (next, value),
                    (zero, zero),
                    (one, one),
                    (one - value, one - next),
                    (value * odd, next * odd),
                    (random, Field::rand(&mut rng)),
                    (value + one, random),
                ];
                for (first, second) in pairs {
                    if first != value && second != next {
                        part.tried(circuit, layout, w, &mut scratch, &[(hint, first), (hint + 1, second)]);
                    }
                }
            }
        }
        part
    });
    parts.into_iter().for_each(|part| outcome.add(part));
    let widest = layout.widest_number();
    if widest >= Field::MODULUS_BIT_SIZE as usize {
        outcome.forgeries.push(format!("a number of {widest} bits could be written as x + r"));
    }
    for section in ["alpha", "rcv"] {
        outcome.second_reading(circuit, layout, w, &honest, section);
    }
    outcome
}

impl Outcome {
    /// One replacement in the honest assignment. A constraint over the hint and earlier wires is looked
    /// at first: nothing that is computed later can mend it.
    fn tried<S: Subject>(
        &mut self,
        circuit: S,
        layout: &Layout,
        w: &S::Witness,
        honest: &mut [Field],
        replaced: &[(usize, Field)],
    ) {
        self.tried += 1;
        let wires: Vec<usize> = replaced.iter().map(|(hint, _)| layout.wire_of(*hint)).collect();
        let kept: Vec<Field> = wires.iter().map(|wire| honest[*wire]).collect();
        wires.iter().zip(replaced).for_each(|(wire, (_, value))| honest[*wire] = *value);
        let refused =
            wires.iter().flat_map(|wire| layout.decided(*wire)).any(|row| !layout.holds(*row, honest));
        wires.iter().zip(kept).for_each(|(wire, value)| honest[*wire] = value);
        if refused {
            self.at_once += 1;
            return;
        }
        let assignment = circuit.run(w, replaced);
        if layout.first_violated(&assignment).is_some() {
            self.later += 1;
            return;
        }
        let broken = S::judge(layout, &assignment);
        if broken.is_empty() {
            self.harmless += 1;
        } else {
            let names: Vec<String> =
                replaced.iter().map(|(hint, _)| layout.wire_name(layout.wire_of(*hint))).collect();
            self.forgeries.push(format!("{}: {broken:?}", names.join(" and ")));
        }
    }

    /// A scalar has a second reading `k +- 2l` where that is below `2^251`: the same point.
    fn second_reading<S: Subject>(
        &mut self,
        circuit: S,
        layout: &Layout,
        w: &S::Witness,
        honest: &[Field],
        section: &str,
    ) {
        if layout.section(section).is_empty() {
            return;
        }
        let Some(own) = read_recoded(layout, honest, section) else {
            return;
        };
        let mut up = own;
        up.add_with_carry(&Scalar::MODULUS);
        let mut down = own;
        let under = down.sub_with_borrow(&Scalar::MODULUS);
        for (reading, exists) in [(up, up.num_bits() <= 251), (down, !under)] {
            if exists {
                self.tried += 1;
                let assignment = circuit.run(w, &scalar_hints(layout, section, &reading));
                let same = assignment[..=S::INPUTS] == honest[..=S::INPUTS];
                if layout.first_violated(&assignment).is_some() {
                    self.later += 1;
                } else if same && S::judge(layout, &assignment).is_empty() {
                    self.harmless += 1;
                } else {
                    self.forgeries.push(format!("the second reading of {section}"));
                }
            }
        }
    }
}
