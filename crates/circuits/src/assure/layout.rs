//! The shape of a circuit with names: which constraint touches which wire.

use crate::builder::{Builder, Row, Section};
use ark_ff::{AdditiveGroup, One};
use sero_shielded::field::Field;
use std::ops::Range;

/// The constraints of a circuit, and names for its wires. A *hint* is a private wire,
/// counted from 0; a *wire* counts the constant one and the public inputs too.
pub struct Layout {
    /// `a * b = c`, row by row.
    pub rows: Vec<[Row; 3]>,
    /// Public inputs.
    pub inputs: usize,
    /// All wires: 1, public inputs, hints.
    pub wires: usize,
    sections: Vec<Section>,
    touching: Vec<Vec<usize>>,
    decided: Vec<Vec<usize>>,
}

impl Layout {
    /// Of a run with shape.
    pub fn new(b: &mut Builder<'_>) -> Layout {
        let rows = core::mem::take(&mut b.rows);
        let (inputs, wires) = (b.public_inputs, b.assignment.len());
        let mut touching = vec![Vec::new(); wires];
        let mut decided = vec![Vec::new(); wires];
        for (row, parts) in rows.iter().enumerate() {
            let mut all: Vec<usize> = parts.iter().flatten().map(|(_, wire)| *wire).collect();
            all.sort_unstable();
            all.dedup();
            all.iter().for_each(|wire| touching[*wire].push(row));
            let public = all.iter().any(|wire| (1..=inputs).contains(wire));
            if let Some(last) = all.last().filter(|last| !public && **last > inputs) {
                decided[*last].push(row);
            }
        }
        Layout { rows, inputs, wires, sections: b.sections.clone(), touching, decided }
    }

    /// Number of hints.
    pub fn hints(&self) -> usize {
        self.wires - self.inputs - 1
    }

    /// The hints of a section; empty for a name that the circuit does not have.
    pub fn section(&self, name: &str) -> Range<usize> {
        let Some(at) = self.sections.iter().position(|section| section.name == name) else {
            return 0..0;
        };
        let end = self.sections.get(at + 1).map_or(self.hints(), |next| next.wire);
        self.sections[at].wire..end
    }

    /// Is this hint one of the first four of its section, or the last? What goes in and out of a
    /// gadget is there; a sampled run always looks at these.
    pub fn is_edge(&self, hint: usize) -> bool {
        self.sections.iter().any(|section| {
            let range = self.section(section.name);
            range.contains(&hint) && (hint < range.start + 4 || hint + 1 == range.end)
        })
    }

    /// Hint `index` of a section.
    pub fn hint(&self, section: &str, index: usize) -> usize {
        self.section(section).start + index
    }

    /// The wire of hint `index` of a section.
    pub fn wire(&self, section: &str, index: usize) -> usize {
        self.wire_of(self.hint(section, index))
    }

    /// The wire of a hint.
    pub fn wire_of(&self, hint: usize) -> usize {
        hint + self.inputs + 1
    }

    /// `section[index]`, or `public[index]`.
    pub fn wire_name(&self, wire: usize) -> String {
        let Some(hint) = wire.checked_sub(self.inputs + 1) else {
            return format!("public[{}]", wire.wrapping_sub(1));
        };
        let section = self.sections.iter().rev().find(|section| section.wire <= hint);
        section.map_or_else(
            || format!("hint {hint}"),
            |section| format!("{}[{}]", section.name, hint - section.wire),
        )
    }

    /// `section row index`.
    pub fn row_name(&self, row: usize) -> String {
        let section = self.sections.iter().rev().find(|section| section.row <= row);
        section.map_or_else(
            || format!("row {row}"),
            |section| format!("{} row {}", section.name, row - section.row),
        )
    }

    /// The first constraint of a section.
    pub fn first_row(&self, section: &str) -> Option<usize> {
        self.sections.iter().find(|found| found.name == section).map(|found| found.row)
    }

    /// The most bits (wires with `x (1 - x) = 0`) of one linear combination: the widest number of the
    /// circuit. One as wide as the modulus could be written as `x + r` too.
    pub fn widest_number(&self) -> usize {
        let one = Field::one();
        let mut is_bit = vec![false; self.wires];
        for [x, complement, zero] in &self.rows {
            if let ([(c, wire)], [(k, 0), (minus, same)]) = (x.as_slice(), complement.as_slice()) {
                is_bit[*wire] |= zero.is_empty() && wire == same && *c == one && *k == one && *minus == -one;
            }
        }
        let bits = |row: &Row| row.iter().filter(|(_, wire)| is_bit[*wire]).count();
        self.rows.iter().flatten().map(bits).max().unwrap_or(0)
    }

    /// Constraints in which a wire occurs.
    pub fn touching(&self, wire: usize) -> &[usize] {
        &self.touching[wire]
    }

    /// Constraints whose last wire this is, without public inputs: what is computed later cannot mend them.
    pub fn decided(&self, wire: usize) -> &[usize] {
        &self.decided[wire]
    }

    /// Does this constraint hold?
    pub fn holds(&self, row: usize, assignment: &[Field]) -> bool {
        let [a, b, c] = &self.rows[row];
        evaluate(a, assignment) * evaluate(b, assignment) == evaluate(c, assignment)
    }

    /// The first constraint that is violated.
    pub fn first_violated(&self, assignment: &[Field]) -> Option<usize> {
        (0..self.rows.len()).find(|row| !self.holds(*row, assignment))
    }

    /// The violated constraint, if it is exactly one.
    pub fn only_violated(&self, assignment: &[Field]) -> Option<usize> {
        let first = self.first_violated(assignment)?;
        (first + 1..self.rows.len()).all(|row| self.holds(row, assignment)).then_some(first)
    }
}

/// The value of a linear combination.
pub fn evaluate(row: &Row, assignment: &[Field]) -> Field {
    row.iter().fold(Field::ZERO, |sum, (c, wire)| sum + *c * assignment[*wire])
}
