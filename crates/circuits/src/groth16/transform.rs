//! Fourier transforms over the scalar field without reordering: forth from the
//! natural order to the bit-reversed one, back from that to the natural order.

use super::field::{minus, plus, times};
use ark_ff::{FftField, Field as _, One};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use sero_shielded::field::Field;

/// The domain of `2^k` points and its coset by a `g` with `g^n = -1`.
pub struct Transforms {
    /// Powers of the root of unity, half as many as points, and of its inverse.
    roots: Vec<Field>,
    inverse_roots: Vec<Field>,
    /// `g^i / n` and `g^-i / (2 n)`, in bit-reversed order.
    to_coset: Vec<Field>,
    from_coset: Vec<Field>,
    /// `1 / (2 n)`.
    half: Field,
}

impl Transforms {
    /// For the smallest domain with at least `rows` points.
    pub fn new(rows: usize) -> Option<Self> {
        let domain = Radix2EvaluationDomain::<Field>::new(rows)?;
        let n = domain.size();
        let g = Field::get_root_of_unity(2 * n as u64)?;
        let half = domain.size_inv * Field::from(2u8).inverse()?;
        Some(Transforms {
            roots: powers(Field::one(), domain.group_gen, n / 2),
            inverse_roots: powers(Field::one(), domain.group_gen_inv, n / 2),
            to_coset: bit_reversed(&powers(domain.size_inv, g, n)),
            from_coset: bit_reversed(&powers(half, g.inverse()?, n)),
            half,
        })
    }

    /// Points of the domain.
    pub fn size(&self) -> usize {
        self.to_coset.len()
    }

    /// Values on the domain to values on the coset.
    pub fn to_coset(&self, values: &mut [Field]) {
        forth(values, &self.inverse_roots);
        values.iter_mut().zip(&self.to_coset).for_each(|(value, factor)| *value = times(value, factor));
        back(values, &self.roots);
    }

    /// The upper half of a product's `2 n` coefficients, in bit-reversed order and in
    /// place of its values on the domain; `on_coset` are its values there.
    ///
    /// For `P = P0 + X^n P1`, `P0 + P1` interpolates the values on the domain and `P0 - P1` those on the
    /// coset.
    pub fn upper_half(&self, on_domain: &mut [Field], on_coset: &mut [Field]) {
        forth(on_domain, &self.inverse_roots);
        forth(on_coset, &self.inverse_roots);
        for ((sum, difference), factor) in on_domain.iter_mut().zip(on_coset).zip(&self.from_coset) {
            *sum = minus(&times(sum, &self.half), &times(difference, factor));
        }
    }
}

fn powers(first: Field, ratio: Field, count: usize) -> Vec<Field> {
    core::iter::successors(Some(first), |last| Some(*last * ratio)).take(count).collect()
}

/// `items` in the order of their reversed indices; their number is a power of two above 1.
pub fn bit_reversed<T: Copy>(items: &[T]) -> Vec<T> {
    let shift = usize::BITS - items.len().ilog2();
    (0..items.len()).map(|i| items[i.reverse_bits() >> shift]).collect()
}

/// Decimation in frequency. The inverse roots make coefficients (times `n`) of values.
fn forth(values: &mut [Field], roots: &[Field]) {
    let mut half = values.len() / 2;
    let mut step = 1;
    while half > 0 {
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for (i, (u, v)) in left.iter_mut().zip(right).enumerate() {
                let difference = minus(u, v);
                *u = plus(u, v);
                *v = if i == 0 { difference } else { times(&difference, &roots[i * step]) };
            }
        }
        half /= 2;
        step *= 2;
    }
}

/// Decimation in time. The roots make values of coefficients.
fn back(values: &mut [Field], roots: &[Field]) {
    let mut half = 1;
    let mut step = values.len() / 2;
    while step > 0 {
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for (i, (u, v)) in left.iter_mut().zip(right).enumerate() {
                if i != 0 {
                    *v = times(v, &roots[i * step]);
                }
                let difference = minus(u, v);
                *u = plus(u, v);
                *v = difference;
            }
        }
        half *= 2;
        step /= 2;
    }
}
