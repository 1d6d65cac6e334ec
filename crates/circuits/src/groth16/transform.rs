//! Fourier transforms over the scalar field without reordering: forth from the
//! natural order to the bit-reversed one, back from that to the natural order.
//!
//! A vector has neighbouring elements in its lanes. Butterflies over at least that distance are between vectors;
//! for those within, squares of vectors are transposed.

use super::wiped::Wiped;
use ark_bn254::FrConfig;
use ark_ff::{AdditiveGroup as _, FftField, Field as _, One};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use sero_lanes::{Job, Lanes, MOST, Path};
use sero_shielded::field::Field;

/// No vector has more lanes, so that the smallest domain is a square of them.
const LEAST: usize = MOST * MOST;

/// The domain of `2^k` points, at least 64, and its coset by a `g` with `g^n = -1`.
pub struct Transforms {
    path: Path,
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
    pub fn new(path: Path, rows: usize) -> Option<Self> {
        let domain = Radix2EvaluationDomain::<Field>::new(rows.max(LEAST))?;
        let n = domain.size();
        let g = Field::get_root_of_unity(2 * n as u64)?;
        let half = domain.size_inv * Field::from(2u8).inverse()?;
        Some(Transforms {
            path,
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

    /// The upper half of the `2 n` coefficients of a product, in bit-reversed order, from the values of its factors
    /// on the domain; missing ones are 0.
    ///
    /// For `P = P0 + X^n P1`, `P0 + P1` interpolates the values on the domain and `P0 - P1` those on the
    /// coset.
    pub fn upper_half(&self, a: &[Field], b: &[Field]) -> Wiped<Field> {
        assert!(a.len().max(b.len()) <= self.size(), "the domain has a point for each value");
        self.path.run(UpperHalf { transforms: self, a, b })
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

/// [`Transforms::upper_half`] on one path.
pub struct UpperHalf<'a> {
    pub transforms: &'a Transforms,
    pub a: &'a [Field],
    pub b: &'a [Field],
}

impl Job for UpperHalf<'_> {
    type Output = Wiped<Field>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Wiped<Field> {
        let t = self.transforms;
        let mut a = Values::new(v, self.a, t.size());
        let mut b = Values::new(v, self.b, t.size());
        let mut on_domain = Values::new(v, &[], t.size());
        on_domain.set_product(&a, &b);
        for values in [&mut a, &mut b] {
            values.forth(&t.inverse_roots);
            values.scale(&t.to_coset);
            values.back(&t.roots);
        }
        b.multiply_into(&mut a);
        on_domain.forth(&t.inverse_roots);
        a.forth(&t.inverse_roots);
        let half = v.splat(&t.half);
        let mut out = Wiped::filled(t.size(), Field::ZERO);
        for (i, place) in out.chunks_exact_mut(V::COUNT).enumerate() {
            let factor = v.import(&t.from_coset[i * V::COUNT..]);
            let difference = v.times(a.vectors[i], factor);
            v.export(v.times_minus(on_domain.vectors[i], half, difference), place);
        }
        out
    }
}

/// Factor `i` of the butterflies over `half` neighbours is at `half + i`; the same in every lane.
#[inline(always)]
fn factors_within<V: Lanes>(v: V, roots: &[Field]) -> [V::Number<FrConfig>; MOST] {
    let mut factors = [v.splat(&Field::ONE); MOST];
    let mut half = 2;
    while half < V::COUNT {
        for i in 1..half {
            factors[half + i] = v.splat(&roots[i * (roots.len() / half)]);
        }
        half *= 2;
    }
    factors
}

/// The elements of a transform, neighbours in the lanes of a vector. Tight.
struct Values<V: Lanes> {
    v: V,
    vectors: Wiped<V::Number<FrConfig>>,
}

impl<V: Lanes> Values<V> {
    /// `values`, and zeros up to `size`.
    #[inline(always)]
    fn new(v: V, values: &[Field], size: usize) -> Self {
        let zero = v.splat(&Field::ZERO);
        let mut vectors = Wiped::filled(size / V::COUNT, zero);
        for (vector, values) in vectors.iter_mut().zip(values.chunks(V::COUNT)) {
            *vector = v.import(values);
        }
        Values { v, vectors }
    }

    #[inline(always)]
    fn set_product(&mut self, a: &Self, b: &Self) {
        for i in 0..self.vectors.len() {
            self.vectors[i] = self.v.times(a.vectors[i], b.vectors[i]);
        }
    }

    /// `other *= self`.
    #[inline(always)]
    fn multiply_into(&self, other: &mut Self) {
        for i in 0..self.vectors.len() {
            other.vectors[i] = self.v.times(other.vectors[i], self.vectors[i]);
        }
    }

    #[inline(always)]
    fn scale(&mut self, factors: &[Field]) {
        for (vector, factors) in self.vectors.iter_mut().zip(factors.chunks_exact(V::COUNT)) {
            *vector = self.v.times(*vector, self.v.import(factors));
        }
    }

    /// Decimation in frequency. The inverse roots make coefficients (times `n`) of values.
    #[inline(always)]
    fn forth(&mut self, roots: &[Field]) {
        let v = self.v;
        let mut half = self.vectors.len() / 2;
        let mut step = 1;
        while half > 0 {
            for i in 0..half {
                let mut factors = [Field::ZERO; MOST];
                (0..V::COUNT).for_each(|lane| factors[lane] = roots[(i * V::COUNT + lane) * step]);
                let factor = v.import(&factors);
                for block in (0..self.vectors.len()).step_by(2 * half) {
                    let (a, b) = (self.vectors[block + i], self.vectors[block + i + half]);
                    self.vectors[block + i] = v.plus(a, b);
                    self.vectors[block + i + half] = v.times(v.difference(a, b), factor);
                }
            }
            half /= 2;
            step *= 2;
        }
        let within = factors_within(v, roots);
        for square in self.vectors.chunks_exact_mut(V::COUNT) {
            v.transpose::<FrConfig>(square);
            let mut half = V::COUNT / 2;
            while half > 0 {
                for i in 0..half {
                    let factor = within[half + i];
                    for block in (0..V::COUNT).step_by(2 * half) {
                        let (a, b) = (square[block + i], square[block + i + half]);
                        square[block + i] = v.plus(a, b);
                        square[block + i + half] = v.times(v.difference(a, b), factor);
                    }
                }
                half /= 2;
            }
            v.transpose::<FrConfig>(square);
        }
    }

    /// Decimation in time. The roots make values of coefficients.
    #[inline(always)]
    fn back(&mut self, roots: &[Field]) {
        let v = self.v;
        let within = factors_within(v, roots);
        for square in self.vectors.chunks_exact_mut(V::COUNT) {
            v.transpose::<FrConfig>(square);
            let mut half = 1;
            while half < V::COUNT {
                for i in 0..half {
                    let factor = within[half + i];
                    for block in (0..V::COUNT).step_by(2 * half) {
                        let (a, b) = (square[block + i], v.times(square[block + i + half], factor));
                        square[block + i] = v.plus(a, b);
                        square[block + i + half] = v.minus(a, b);
                    }
                }
                half *= 2;
            }
            v.transpose::<FrConfig>(square);
        }
        let mut half = 1;
        while half < self.vectors.len() {
            let step = roots.len() / (half * V::COUNT);
            for i in 0..half {
                let mut factors = [Field::ZERO; MOST];
                (0..V::COUNT).for_each(|lane| factors[lane] = roots[(i * V::COUNT + lane) * step]);
                let factor = v.import(&factors);
                for block in (0..self.vectors.len()).step_by(2 * half) {
                    let (a, b) = (self.vectors[block + i], v.times(self.vectors[block + i + half], factor));
                    self.vectors[block + i] = v.plus(a, b);
                    self.vectors[block + i + half] = v.minus(a, b);
                }
            }
            half *= 2;
        }
    }
}
