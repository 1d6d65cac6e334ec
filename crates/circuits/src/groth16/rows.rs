//! Matrices A and B by rows, for multiplying an assignment.

use super::field::{minus, plus, times};
use crate::builder::Row;
use ark_ff::{AdditiveGroup, One};
use sero_shielded::field::Field;

/// A sparse matrix; each coefficient is stored once.
pub struct Rows {
    /// Where the terms of each row begin, and the end.
    starts: Vec<u32>,
    /// Wire and, in `coefficients`, place.
    terms: Vec<(u32, u32)>,
    /// 1 and -1 come first, so that they are known without being looked at.
    coefficients: Vec<Field>,
}

/// Places of the coefficients 1 and -1.
const ONE: u32 = 0;
const MINUS_ONE: u32 = 1;

impl Rows {
    pub fn new(rows: &[Row]) -> Self {
        let mut coefficients = vec![Field::one(), -Field::one()];
        let mut places: std::collections::HashMap<Field, u32> =
            coefficients.iter().copied().zip([ONE, MINUS_ONE]).collect();
        let (mut starts, mut terms) = (vec![0], Vec::new());
        for row in rows {
            for (coefficient, wire) in row {
                let place = *places.entry(*coefficient).or_insert_with(|| {
                    coefficients.push(*coefficient);
                    coefficients.len() as u32 - 1
                });
                terms.push((*wire as u32, place));
            }
            starts.push(terms.len() as u32);
        }
        Rows { starts, terms, coefficients }
    }

    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Writes the product with `assignment` to the start of `out`.
    pub fn multiply(&self, assignment: &[Field], out: &mut [Field]) {
        for (ends, out) in self.starts.windows(2).zip(out) {
            let mut sum = Field::ZERO;
            for (wire, place) in &self.terms[ends[0] as usize..ends[1] as usize] {
                let value = &assignment[*wire as usize];
                match *place {
                    ONE => sum = plus(&sum, value),
                    MINUS_ONE => sum = minus(&sum, value),
                    place => sum = plus(&sum, &times(value, &self.coefficients[place as usize])),
                }
            }
            *out = sum;
        }
    }
}
