//! Fixed bases: multiples of each point by the powers of two at which digits
//! begin, so that the digits of all windows share one set of buckets and
//! nothing is doubled during a proof.

use super::digits::{Sorted, Windows};
use super::field::Coordinate;
use super::point::{Point, Scratch, double_all};
use super::tree::Tree;
use ark_bn254::Fq;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Field as _, PrimeField, Zero};
use rayon::prelude::*;
use zeroize::Zeroize;

/// Points that are doubled together.
const CHUNK: usize = 512;
/// Instead of a row: the point is the identity.
const NO_ROW: u32 = u32::MAX;

/// The multiples of a list of points.
pub struct Table<P: SWCurveConfig> {
    windows: Windows,
    /// For each point its row.
    rows: Vec<u32>,
    /// Number of rows.
    height: usize,
    /// `2^(width * window)` times the point of `row`, at `window * height + row`.
    multiples: Vec<Point<P::BaseField>>,
}

impl<P: SWCurveConfig> Table<P>
where
    P::BaseField: Coordinate,
{
    /// The table of `points`. The number of doublings is about 250 for each that is not the identity.
    pub fn new(windows: Windows, points: &[Affine<P>]) -> Self {
        let (rows, first) = rows(points);
        let (height, count) = (first.len(), windows.count());
        // Window after window for some points, then put together for all.
        let parts: Vec<Vec<Point<_>>> =
            first.par_chunks(CHUNK).map(|part| multiples_of(windows, part)).collect();
        let mut multiples = Vec::with_capacity(height * count);
        for window in 0..count {
            for part in &parts {
                let length = part.len() / count;
                multiples.extend_from_slice(&part[window * length..(window + 1) * length]);
            }
        }
        Table { windows, rows, height, multiples }
    }

    /// Bytes of [`Self::encode`] for the table of `points`.
    pub fn encoded_size(windows: Windows, points: &[Affine<P>]) -> usize {
        points.iter().filter(|point| !point.is_zero()).count()
            * windows.count()
            * point_bytes::<P::BaseField>()
    }

    /// The multiples, limbs in Montgomery form, little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.multiples.len() * point_bytes::<P::BaseField>());
        for point in &self.multiples {
            for coordinate in [point.x, point.y] {
                for element in coordinate.to_base_prime_field_elements() {
                    element.0.0.iter().for_each(|limb| bytes.extend_from_slice(&limb.to_le_bytes()));
                }
            }
        }
        bytes
    }

    /// The table of `points` from its encoding. That it is theirs is known from the checksum;
    /// here only that each element is reduced and the first window is `points`.
    pub fn decode(windows: Windows, points: &[Affine<P>], bytes: &[u8]) -> Option<Self> {
        let (rows, first) = rows(points);
        let height = first.len();
        if bytes.len() != Self::encoded_size(windows, points) {
            return None;
        }
        let mut multiples = Vec::with_capacity(height * windows.count());
        for point in bytes.chunks_exact(point_bytes::<P::BaseField>()) {
            let (x, y) = point.split_at(point.len() / 2);
            multiples.push(Point { x: coordinate(x)?, y: coordinate(y)? });
        }
        (multiples[..height] == first).then_some(Table { windows, rows, height, multiples })
    }

    /// How scalars are to be cut for [`Self::multiply`].
    pub fn windows(&self) -> Windows {
        self.windows
    }

    /// Points that are not the identity.
    #[cfg(test)]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes of the multiples.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        size_of_val(self.multiples.as_slice())
    }

    /// The sum of `scalar * point` over the scalars that were sorted, each with the point of its place.
    pub fn multiply(&self, scalars: &Sorted) -> Projective<P> {
        assert_eq!(self.windows, scalars.windows, "digits of another width");
        let buckets = self.windows.buckets();
        let mut tree = Tree::new(scalars.len(), buckets);
        for (bucket, entries) in scalars.buckets().enumerate() {
            for entry in entries {
                let row = self.rows[entry.scalar()];
                if row != NO_ROW {
                    let point = self.multiples[entry.window() * self.height + row as usize];
                    tree.push(bucket, if entry.negative() { point.negated() } else { point });
                }
            }
        }
        weigh(tree.finish(buckets))
    }
}

/// Bytes of an encoded point.
fn point_bytes<F: Coordinate>() -> usize {
    2 * 32 * F::extension_degree() as usize
}

fn coordinate<F: Coordinate>(bytes: &[u8]) -> Option<F> {
    let element = |bytes: &[u8]| {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = u64::from_le_bytes(bytes.try_into().expect("chunks of eight"));
        }
        let limbs = BigInt(limbs);
        (limbs < Fq::MODULUS).then(|| Fq::new_unchecked(limbs))
    };
    let mut ok = true;
    let elements = bytes.chunks_exact(32).map(|bytes| {
        element(bytes).unwrap_or_else(|| {
            ok = false;
            Fq::ZERO
        })
    });
    let coordinate = F::from_base_prime_field_elems(elements);
    coordinate.filter(|_| ok)
}

/// The row of each point, and the points that have one.
fn rows<P: SWCurveConfig>(points: &[Affine<P>]) -> (Vec<u32>, Vec<Point<P::BaseField>>)
where
    P::BaseField: Coordinate,
{
    let mut first = Vec::with_capacity(points.len());
    let row = |point: &Affine<P>| {
        if point.is_zero() {
            return NO_ROW;
        }
        first.push(Point::from_affine(point));
        first.len() as u32 - 1
    };
    (points.iter().map(row).collect(), first)
}

fn multiples_of<F: Coordinate>(windows: Windows, points: &[Point<F>]) -> Vec<Point<F>> {
    let mut current = points.to_vec();
    let mut scratch = Scratch::new(points.len());
    let mut all = Vec::with_capacity(points.len() * windows.count());
    all.extend_from_slice(&current);
    for _ in 1..windows.count() {
        for _ in 0..windows.width {
            double_all(&mut current, &mut scratch);
        }
        all.extend_from_slice(&current);
    }
    all
}

/// `sum of (i + 1) * buckets[i]`; their number is a power of two.
///
/// With `i = side * row + column` that is `side * sum of row * R + sum of (column + 1) * C`, where
/// `R` and `C` are the sums of the rows and of the columns.
fn weigh<P: SWCurveConfig>(mut buckets: Vec<Point<P::BaseField>>) -> Projective<P>
where
    P::BaseField: Coordinate,
{
    let count = buckets.len();
    let side = 1 << (count.ilog2() / 2);
    let (rows, columns) = (count / side, side);
    let occupied = |tree: &mut Tree<_>, line: usize, place: usize| {
        if !buckets[place].is_identity() {
            tree.push(line, buckets[place]);
        }
    };
    let mut by_row = Tree::new(count, rows);
    let mut by_column = Tree::new(count, columns);
    for row in 0..rows {
        (0..columns).for_each(|column| occupied(&mut by_row, row, row * side + column));
    }
    for column in 0..columns {
        (0..rows).for_each(|row| occupied(&mut by_column, column, row * side + column));
    }
    let by_row = by_row.finish(rows);
    let by_column = by_column.finish(columns);
    let mut total = ramp::<P>(&by_row[1..]);
    for _ in 0..side.ilog2() {
        total.double_in_place();
    }
    total += ramp::<P>(&by_column);
    for mut sums in [by_row, by_column] {
        sums.zeroize();
    }
    buckets.zeroize();
    total
}

/// `sum of (i + 1) * points[i]`.
fn ramp<P: SWCurveConfig>(points: &[Point<P::BaseField>]) -> Projective<P>
where
    P::BaseField: Coordinate,
{
    let (mut suffix, mut total) = (Projective::<P>::zero(), Projective::<P>::zero());
    for point in points.iter().rev() {
        suffix += point.into_affine::<P>();
        total += suffix;
    }
    total
}
