//! The constraint builder: one description of a circuit gives its matrices
//! (for the setup) and its assignment (for each proof).
//!
//! A circuit is ordinary code over [`Lc`] values. With `shape` on, every
//! constraint is recorded as a row of the matrices; with it off, only the
//! assignment is computed, which is what a proof needs. Both runs execute the
//! same code, so they cannot disagree about the wires.

use ark_ff::{AdditiveGroup, One};
use ark_relations::gr1cs::{self, ConstraintSystemRef, LinearCombination, Variable};
use sero_shielded::field::Field;
use zeroize::Zeroize;

/// Wire number: 0 is the constant one, then the public inputs, then the private wires.
pub type Wire = usize;
/// One row of a constraint matrix, sorted by wire, no zeros.
pub type Row = Vec<(Field, Wire)>;

/// A linear combination of wires together with its value, which is wiped on drop.
#[derive(Clone)]
pub struct Lc {
    pub value: Field,
    /// `None` where the shape is not being recorded.
    terms: Option<Row>,
}

impl Lc {
    /// `sum of coefficient * lc`; zero for an empty list (`shape` as of the builder).
    fn sum_of<'a>(parts: impl Iterator<Item = (Field, &'a Lc)> + Clone) -> Lc {
        let value = parts.clone().map(|(c, lc)| c * lc.value).sum();
        let mut terms: Option<Row> = Some(Vec::new());
        for (c, lc) in parts {
            match (&mut terms, &lc.terms) {
                (Some(all), Some(own)) => all.extend(own.iter().map(|(k, wire)| (c * k, *wire))),
                _ => terms = None,
            }
        }
        Lc { value, terms: terms.map(merge) }
    }

    /// `self + other`.
    pub fn plus(&self, other: &Lc) -> Lc {
        Lc::weighted(&[(Field::one(), self), (Field::one(), other)])
    }

    /// `self - other`.
    pub fn minus(&self, other: &Lc) -> Lc {
        Lc::weighted(&[(Field::one(), self), (-Field::one(), other)])
    }

    /// `factor * self`.
    pub fn times(&self, factor: Field) -> Lc {
        Lc::weighted(&[(factor, self)])
    }

    /// `self + constant`.
    pub fn plus_constant(mut self, constant: Field) -> Lc {
        self.value += constant;
        if let Some(terms) = &mut self.terms {
            terms.push((constant, 0));
            self.terms = self.terms.take().map(merge);
        }
        self
    }

    /// `sum of coefficient * lc`, at least one part.
    pub fn weighted(parts: &[(Field, &Lc)]) -> Lc {
        Lc::sum_of(parts.iter().copied())
    }

    /// `1 - self`.
    pub fn complement(&self) -> Lc {
        self.times(-Field::one()).plus_constant(Field::one())
    }
}

impl Drop for Lc {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

/// Adds up the coefficients of equal wires and drops zeros.
fn merge(mut terms: Row) -> Row {
    terms.sort_by_key(|(_, wire)| *wire);
    terms.dedup_by(|next, kept| {
        let same = next.1 == kept.1;
        if same {
            kept.0 += next.0;
        }
        same
    });
    terms.retain(|(c, _)| *c != Field::ZERO);
    terms
}

/// What a test may do to a hint: `(private wire number, honest value) -> value`.
pub type Hook<'h> = &'h mut dyn FnMut(usize, Field) -> Field;

/// The beginning of a part of a circuit: everything up to the next one belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    pub name: &'static str,
    /// Its first private wire, from 0.
    pub wire: usize,
    /// Its first constraint.
    pub row: usize,
}

/// Collects the assignment and, with `shape`, the constraints `a * b = c`.
pub struct Builder<'h> {
    /// The full assignment: 1, public inputs, private wires.
    pub assignment: Vec<Field>,
    /// What the rows of A and of B come to, constraint by constraint.
    pub row_values: [Vec<Field>; 2],
    /// Rows of the three matrices; empty without `shape`.
    pub rows: Vec<[Row; 3]>,
    /// Number of public inputs, without the constant one.
    pub public_inputs: usize,
    /// Where each part of the circuit begins, in order.
    pub sections: Vec<Section>,
    shape: bool,
    rho: Field,
    hook: Option<Hook<'h>>,
}

impl<'h> Builder<'h> {
    /// `public_inputs` wires are reserved; the circuit fills them with [`Self::public`].
    pub fn new(public_inputs: usize, shape: bool) -> Self {
        // More than either circuit needs: growing would leave a copy unwiped.
        let mut assignment = Vec::with_capacity(3 << 12);
        assignment.push(Field::one());
        assignment.resize(public_inputs + 1, Field::ZERO);
        Builder {
            row_values: core::array::from_fn(|_| Vec::with_capacity(assignment.capacity())),
            assignment,
            rows: Vec::new(),
            public_inputs,
            sections: Vec::new(),
            shape,
            rho: Field::ZERO,
            hook: None,
        }
    }

    /// For a proof: no shape, and `rho` on the blinding wire.
    pub fn proving(public_inputs: usize, rho: Field) -> Self {
        let mut builder = Builder::new(public_inputs, false);
        builder.rho = rho;
        builder
    }

    /// As [`Self::new`]; every hint passes through `hook`, and everything later
    /// is computed from what it returns.
    #[cfg(any(test, feature = "assure"))]
    pub fn hooked(public_inputs: usize, shape: bool, hook: Hook<'h>) -> Self {
        let mut builder = Builder::new(public_inputs, shape);
        builder.hook = Some(hook);
        builder
    }

    fn wire(&self, wire: Wire, value: Field) -> Lc {
        Lc { value, terms: self.shape.then(|| vec![(Field::one(), wire)]) }
    }

    /// A constant; no wire.
    pub fn constant(&self, value: Field) -> Lc {
        Lc { value, terms: self.shape.then(|| if value == Field::ZERO { vec![] } else { vec![(value, 0)] }) }
    }

    /// Sets public input `index` (from 0). The value comes from the
    /// computation, the constraint that ties it is the caller's.
    pub fn public(&mut self, index: usize, value: Field) -> Lc {
        assert!(index < self.public_inputs, "the circuit reserved its public inputs");
        self.assignment[index + 1] = value;
        self.wire(index + 1, value)
    }

    /// A new private wire, unconstrained so far.
    pub fn hint(&mut self, value: Field) -> Lc {
        let wire = self.assignment.len();
        let value = match &mut self.hook {
            Some(hook) => hook(wire - self.public_inputs - 1, value),
            None => value,
        };
        self.assignment.push(value);
        self.wire(wire, value)
    }

    /// The constraint `a * b = c`.
    pub fn enforce(&mut self, a: &Lc, b: &Lc, c: &Lc) {
        self.row_values[0].push(a.value);
        self.row_values[1].push(b.value);
        if let (Some(a), Some(b), Some(c)) = (&a.terms, &b.terms, &c.terms) {
            self.rows.push([a.clone(), b.clone(), c.clone()]);
        }
    }

    /// `a = b`.
    pub fn enforce_equal(&mut self, a: &Lc, b: &Lc) {
        let one = self.constant(Field::one());
        self.enforce(a, &one, b);
    }

    /// A new wire `a * b`. 1 constraint.
    pub fn product(&mut self, a: &Lc, b: &Lc) -> Lc {
        let out = self.hint(a.value * b.value);
        self.enforce(a, b, &out);
        out
    }

    /// Whether nothing but values is wanted: no shape, and no test looks at the hints. Then a gadget may come by its
    /// wires and row values in another way.
    pub fn only_values(&self) -> bool {
        !self.shape && self.hook.is_none()
    }

    /// [`Self::product`] with [`Self::only_values`], of values of which `out` is known to be the product.
    pub fn product_of(&mut self, a: Field, b: Field, out: Field) {
        debug_assert!(self.only_values() && a * b == out);
        self.row_values[0].push(a);
        self.row_values[1].push(b);
        self.assignment.push(out);
    }

    /// A new wire `q` with `q * denominator = numerator`. 1 constraint. The
    /// caller argues that the denominator cannot be zero.
    pub fn quotient(&mut self, numerator: &Lc, denominator: &Lc) -> Lc {
        let out = self.hint(divide(numerator, denominator));
        self.enforce(&out, denominator, numerator);
        out
    }

    /// [`Self::quotient`] into public input `index`.
    pub fn public_quotient(&mut self, index: usize, numerator: &Lc, denominator: &Lc) -> Lc {
        let out = self.public(index, divide(numerator, denominator));
        self.enforce(&out, denominator, numerator);
        out
    }

    /// A new wire that is 0 or 1. 1 constraint.
    pub fn bit(&mut self, value: bool) -> Lc {
        let bit = self.hint(Field::from(value));
        let complement = bit.complement();
        let zero = self.constant(Field::ZERO);
        self.enforce(&bit, &complement, &zero);
        bit
    }

    /// `value != 0`. 1 constraint.
    pub fn enforce_nonzero(&mut self, value: &Lc) {
        let one = self.constant(Field::one());
        self.quotient(&one, value);
    }

    /// The wire `rho` of [`Self::proving`] (0 otherwise) with the constraint
    /// `rho * 0 = 0`: it blinds proof element `A` and means nothing
    /// (docs/spec/prover.md). Once per circuit, used nowhere else.
    pub fn blinding(&mut self) {
        let rho = self.hint(self.rho);
        let zero = self.constant(Field::ZERO);
        self.enforce(&rho, &zero, &zero);
    }

    /// The part of the circuit that follows, for reports and tests.
    pub fn section(&mut self, name: &'static str) {
        let wire = self.assignment.len() - self.public_inputs - 1;
        self.sections.push(Section { name, wire, row: self.rows.len() });
    }

    /// The three matrices, as arkworks' prover takes them.
    pub fn into_matrices(mut self) -> [Vec<Row>; 3] {
        let mut matrices = [const { Vec::new() }; 3];
        for row in core::mem::take(&mut self.rows) {
            for (matrix, part) in matrices.iter_mut().zip(row) {
                matrix.push(part);
            }
        }
        matrices
    }

    /// Replays rows and assignment into an arkworks constraint system.
    pub fn replay(&self, cs: &ConstraintSystemRef<Field>) -> gr1cs::Result<()> {
        let inputs = self.public_inputs + 1;
        let mut variables = vec![Variable::One];
        for (wire, value) in self.assignment.iter().enumerate().skip(1) {
            variables.push(if wire < inputs {
                cs.new_input_variable(|| Ok(*value))?
            } else {
                cs.new_witness_variable(|| Ok(*value))?
            });
        }
        let lc = |row: &Row| LinearCombination(row.iter().map(|(c, wire)| (*c, variables[*wire])).collect());
        for [a, b, c] in &self.rows {
            cs.enforce_r1cs_constraint(|| lc(a), || lc(b), || lc(c))?;
        }
        Ok(())
    }
}

impl Drop for Builder<'_> {
    fn drop(&mut self) {
        self.assignment.zeroize();
        self.row_values.zeroize();
        self.rho.zeroize();
    }
}

/// 0 where the denominator is 0: no honest witness gets there, and the
/// constraint decides about the others.
fn divide(numerator: &Lc, denominator: &Lc) -> Field {
    sero_lanes::inverse(&denominator.value).map_or(Field::ZERO, |inverse| numerator.value * inverse)
}
