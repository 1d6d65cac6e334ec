//! A circuit as the ceremony sees it: counts and matrices.

use super::error::Error;
use crate::builder::{Builder, Row};
use crate::keys::matrix_digest;
use crate::{OUTPUT_INPUTS, OutputWitness, SPEND_INPUTS, SpendWitness, output, spend};
use ark_ff::{AdditiveGroup, Zero};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use sero_shielded::field::Field;

/// The evaluation domain that arkworks' setup and prover pick.
pub(super) type Domain = GeneralEvaluationDomain<Field>;

/// One of the three matrices.
#[derive(Clone, Copy)]
pub(super) enum Matrix {
    A,
    B,
    C,
}

/// A circuit whose keys a ceremony makes.
pub struct Shape {
    pub(super) name: &'static str,
    /// Without the constant one.
    pub(super) public_inputs: usize,
    /// With the constant one and the public inputs.
    pub(super) wires: usize,
    pub(super) constraints: usize,
    pub(super) matrices: [Vec<Row>; 3],
    pub(super) digest: [u8; 32],
    pub(super) domain: Domain,
}

impl Shape {
    /// The circuits of SERO: Spend and Output.
    pub fn sero() -> Result<Vec<Self>, Error> {
        Ok(vec![Self::spend()?, Self::output()?])
    }

    /// The circuit of this name, `spend` or `output`.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "spend" => Self::spend(),
            "output" => Self::output(),
            _ => Err(Error::WrongCircuit { circuit: name.to_owned(), what: "name" }),
        }
    }

    /// The Spend circuit.
    pub fn spend() -> Result<Self, Error> {
        let mut b = Builder::new(SPEND_INPUTS, true);
        spend::synthesize(&mut b, &SpendWitness::blank());
        Self::from_builder("spend", b)
    }

    /// The Output circuit.
    pub fn output() -> Result<Self, Error> {
        let mut b = Builder::new(OUTPUT_INPUTS, true);
        output::synthesize(&mut b, &OutputWitness::blank());
        Self::from_builder("output", b)
    }

    /// `x^3 = y`, domain of 8 points: a circuit that makes files small. Not one
    /// of [`Self::named`], so that no file of the chain's can be of it.
    pub fn cube() -> Result<Self, Error> {
        let mut b = Builder::new(1, true);
        cube(&mut b, 1);
        Self::from_builder("cube", b)
    }

    pub(super) fn from_builder(name: &'static str, b: Builder<'_>) -> Result<Self, Error> {
        let (public_inputs, wires, constraints) = (b.public_inputs, b.assignment.len(), b.rows.len());
        let domain =
            Domain::new(constraints + public_inputs + 1).ok_or_else(|| Error::NoDomain(name.to_owned()))?;
        let digest = matrix_digest(&b);
        Ok(Shape { name, public_inputs, wires, constraints, matrices: b.into_matrices(), digest, domain })
    }

    /// Its name: `spend` or `output`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Points of the evaluation domain, `n`.
    pub fn domain_size(&self) -> usize {
        self.domain.size()
    }

    /// Non-zero entries of the three matrices.
    pub fn entries(&self) -> [usize; 3] {
        self.matrices.each_ref().map(|matrix| matrix.iter().map(Vec::len).sum())
    }

    /// The blinding wire of docs/spec/prover.md, if the circuit has one: the last
    /// wire, alone in one row of A whose B and C are empty, and in no other row.
    pub fn blinding_wire(&self) -> Option<usize> {
        let last = self.wires.checked_sub(1)?;
        let [a, b, c] = &self.matrices;
        let mut mentions = a.iter().zip(b).zip(c).filter(|((a, b), c)| {
            [a, b, c].into_iter().flat_map(|terms| terms.iter()).any(|(_, wire)| *wire == last)
        });
        let ((a, b), c) = mentions.next()?;
        let alone = a.len() == 1 && !a[0].0.is_zero() && b.is_empty() && c.is_empty();
        (alone && last > self.public_inputs && mentions.next().is_none()).then_some(last)
    }

    pub(super) fn rows(&self, matrix: Matrix) -> &[Row] {
        &self.matrices[matrix as usize]
    }

    /// `(row of the domain, coefficient, wire)` for every non-zero entry. A has a
    /// row more for each public input and the constant: arkworks adds these
    /// copies so that the inputs' polynomials are independent.
    pub(super) fn entries_of(&self, matrix: Matrix) -> impl Iterator<Item = (usize, Field, usize)> + '_ {
        let copies = if matches!(matrix, Matrix::A) { self.public_inputs + 1 } else { 0 };
        let rows = self.rows(matrix).iter().enumerate();
        rows.flat_map(|(row, terms)| terms.iter().map(move |(c, wire)| (row, *c, *wire)))
            .chain((0..copies).map(|wire| (self.constraints + wire, Field::from(1u8), wire)))
    }

    /// Coefficients of `sum_i weight(i) P_i(X)`, where `P_i` is the matrix's polynomial of wire `i`.
    pub(super) fn combine(&self, matrix: Matrix, weights: &[Field]) -> Vec<Field> {
        let mut values = vec![Field::ZERO; self.domain.size()];
        for (row, coefficient, wire) in self.entries_of(matrix) {
            values[row] += coefficient * weights[wire];
        }
        self.domain.ifft_in_place(&mut values);
        values
    }

    /// For every wire: does the matrix's polynomial vanish identically?
    pub(super) fn empty_columns(&self, matrix: Matrix) -> Vec<bool> {
        let mut empty = vec![true; self.wires];
        for (_, coefficient, wire) in self.entries_of(matrix) {
            empty[wire] &= coefficient.is_zero();
        }
        empty
    }
}

/// Three private wires and one public input `x^3`.
pub(super) fn cube(b: &mut Builder<'_>, x: u64) {
    let x = b.hint(Field::from(x));
    let square = b.product(&x, &x);
    let cube = b.product(&square, &x);
    let public = b.public(0, cube.value);
    b.enforce_equal(&cube, &public);
}
