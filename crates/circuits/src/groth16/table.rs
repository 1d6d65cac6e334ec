//! Fixed bases: multiples of each point by the powers of two at which digits
//! begin, so that the digits of all windows share one set of buckets and
//! nothing is doubled during a proof. To save memory, a table may have every `stride`-th of these multiples only.

use super::buckets::{Runs, Signed};
use super::digits::{Entry, Sorted, Windows};
use super::point::{Collision, Points, double_all};
use ark_bn254::Fq;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup as _, BigInt, Field as _, PrimeField, Zero};
use rayon::prelude::*;
use sero_bn254::coordinate::{Coordinate, Packed};
use sero_lanes::{Job, Lanes, MOST, Mask, Pair, Path};
use std::marker::PhantomData;

/// Points that are doubled together.
const CHUNK: usize = 512;
/// Instead of a row: the point is the identity.
const NO_ROW: u32 = u32::MAX;

/// The multiples of a list of points.
pub struct Table<P: SWCurveConfig> {
    windows: Windows,
    /// On which `multiples` are packed and sums are made.
    path: Path,
    /// For each point its row.
    rows: Vec<u32>,
    /// Number of rows.
    height: usize,
    /// `2^(width * stride * column)` times the point of `row`, at `column * height + row`.
    multiples: Vec<Pair>,
    curve: PhantomData<P>,
}

impl<P: SWCurveConfig> Table<P>
where
    P::BaseField: Coordinate,
{
    /// The table of `points`; `None` if one is of order two, so not of the right group. The number of doublings is about 250 for
    /// each that is not the identity.
    pub fn new(path: Path, windows: Windows, points: &[Affine<P>]) -> Option<Self> {
        let (rows, first) = rows(points);
        let (height, count) = (first.len(), windows.columns());
        // Column after column for some points, then put together for all.
        let multiples_of = |points: &[Affine<P>]| path.run(MultiplesOf { windows, points });
        let parts = first.par_chunks(CHUNK).map(multiples_of).collect::<Option<Vec<Vec<Pair>>>>()?;
        let mut multiples = Vec::with_capacity(height * count * P::BaseField::PAIRS);
        for column in 0..count {
            for part in &parts {
                let length = part.len() / count;
                multiples.extend_from_slice(&part[column * length..(column + 1) * length]);
            }
        }
        Some(Table { windows, path, rows, height, multiples, curve: PhantomData })
    }

    /// Bytes of [`Self::encode`] for the table of `points`.
    pub fn encoded_size(windows: Windows, points: &[Affine<P>]) -> usize {
        points.iter().filter(|point| !point.is_zero()).count()
            * windows.columns()
            * P::BaseField::PAIRS
            * size_of::<Pair>()
    }

    /// The multiples, limbs in arkworks' Montgomery form, little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size_of_val(self.multiples.as_slice()));
        for [a, b] in self.path.run(Export(&self.multiples)) {
            for element in [a, b] {
                element.0.0.iter().for_each(|limb| bytes.extend_from_slice(&limb.to_le_bytes()));
            }
        }
        bytes
    }

    /// The table of `points` from its encoding, which `read` gives piece by piece, to keep little in memory. That it is theirs
    /// is known from the checksum; here only that each element is reduced and the first column is `points`.
    pub fn decode(
        path: Path,
        windows: Windows,
        points: &[Affine<P>],
        mut read: impl FnMut(&mut [u8]) -> Option<()>,
    ) -> Option<Self> {
        let (rows, first) = rows(points);
        let height = first.len();
        let pairs = P::BaseField::PAIRS;
        let mut left = Self::encoded_size(windows, points);
        let mut multiples = Vec::with_capacity(left / size_of::<Pair>());
        let mut bytes = vec![0; left.min(CHUNK * size_of::<Pair>())];
        let mut expected = first.iter().flat_map(|point| self::pairs(point)).take(height * pairs);
        while left > 0 {
            let length = left.min(bytes.len());
            let some = &mut bytes[..length];
            read(some)?;
            left -= length;
            let mut elements = Vec::with_capacity(CHUNK);
            for pair in some.chunks_exact(size_of::<Pair>()) {
                let (a, b) = pair.split_at(pair.len() / 2);
                let pair = [element(a)?, element(b)?];
                if expected.next().is_some_and(|expected| expected != pair) {
                    return None;
                }
                elements.push(pair);
            }
            multiples.extend(path.run(Import(&elements)));
        }
        Some(Table { windows, path, rows, height, multiples, curve: PhantomData })
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
        self.path
            .run(Multiply { table: self, scalars })
            .unwrap_or_else(|Collision| self.multiply_slowly(scalars))
    }

    /// The points of a bucket for the windows that come `shift` after a column.
    fn signed<'a>(&'a self, bucket: &'a [Entry], shift: usize) -> impl Iterator<Item = Signed> + 'a {
        let stride = self.windows.stride;
        bucket.iter().filter_map(move |entry| {
            let row = self.rows[entry.scalar()];
            // A division for each digit would cost as much as the rest.
            let column = if stride == 1 { entry.window() } else { entry.window() / stride };
            let index = || column * self.height + row as usize;
            let here = row != NO_ROW && entry.window() == column * stride + shift;
            here.then(|| Signed::new(index(), entry.negative()))
        })
    }

    /// The same by complete additions, one after the other.
    pub(super) fn multiply_slowly(&self, scalars: &Sorted) -> Projective<P> {
        let elements = self.path.run(Export(&self.multiples));
        let buckets: Vec<_> = scalars.buckets().collect();
        let mut total = Projective::<P>::zero();
        for shift in (0..self.windows.stride).rev() {
            for _ in 0..self.windows.width {
                total.double_in_place();
            }
            let mut suffix = Projective::<P>::zero();
            for bucket in buckets.iter().rev() {
                for signed in self.signed(bucket, shift) {
                    let point = from_pairs::<P>(&elements[signed.index() * P::BaseField::PAIRS..]);
                    suffix += if signed.negative() { -point } else { point };
                }
                total += suffix;
            }
        }
        total
    }
}

/// [`Table::multiply`] on one path; the table must be packed in its form.
pub struct Multiply<'a, P: SWCurveConfig> {
    pub table: &'a Table<P>,
    pub scalars: &'a Sorted,
}

impl<P: SWCurveConfig> Job for Multiply<'_, P>
where
    P::BaseField: Coordinate,
{
    type Output = Result<Projective<P>, Collision>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let windows = self.scalars.windows;
        let mut total = Projective::<P>::zero();
        for shift in (0..windows.stride).rev() {
            for _ in 0..windows.width {
                total.double_in_place();
            }
            let mut runs = Runs::new(self.scalars.after_column(shift), windows.buckets());
            for (bucket, entries) in self.scalars.buckets().enumerate() {
                runs.push(bucket, self.table.signed(entries, shift));
            }
            total += runs.sum::<V, P>(v, &self.table.multiples)?;
        }
        Ok(total)
    }
}

/// All multiples of some points, column after column; `None` if one is of order two.
pub struct MultiplesOf<'a, P: SWCurveConfig> {
    pub windows: Windows,
    pub points: &'a [Affine<P>],
}

impl<P: SWCurveConfig> Job for MultiplesOf<'_, P>
where
    P::BaseField: Coordinate,
{
    type Output = Option<Vec<Pair>>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let mut current = Vec::with_capacity(self.points.len().div_ceil(V::COUNT));
        for some in self.points.chunks(V::COUNT) {
            // The last vector is filled up with a point that is there.
            let (mut x, mut y) = ([some[0].x; MOST], [some[0].y; MOST]);
            for (lane, point) in some.iter().enumerate() {
                (x[lane], y[lane]) = (point.x, point.y);
            }
            let x = <P::BaseField as Coordinate>::Packed::import(v, &x[..V::COUNT]);
            let y = <P::BaseField as Coordinate>::Packed::import(v, &y[..V::COUNT]);
            current.push(Points { x, y, present: Mask::MAX });
        }
        let mut steps = Vec::with_capacity(current.len());
        let mut all = Vec::with_capacity(self.points.len() * self.windows.columns() * P::BaseField::PAIRS);
        for column in 0..self.windows.columns() {
            if column > 0 {
                for _ in 0..self.windows.width * self.windows.stride {
                    double_all::<V, P::BaseField>(v, &mut current, &mut steps).ok()?;
                }
            }
            let mut rows = [[Pair::default(); MOST]; 2];
            let mut left = self.points.len();
            for points in &current {
                <P::BaseField as Coordinate>::Packed::scatter(v, [points.x, points.y], &mut rows);
                for lane in 0..V::COUNT.min(left) {
                    rows.iter().take(P::BaseField::PAIRS).for_each(|row| all.push(row[lane]));
                }
                left -= V::COUNT.min(left);
            }
        }
        Some(all)
    }
}

/// Elements to the form of the path.
struct Import<'a>(&'a [[Fq; 2]]);

impl Job for Import<'_> {
    type Output = Vec<Pair>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Vec<Pair> {
        let mut all = Vec::with_capacity(self.0.len());
        for some in self.0.chunks(V::COUNT) {
            let (mut a, mut b) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST]);
            for (lane, pair) in some.iter().enumerate() {
                (a[lane], b[lane]) = (pair[0], pair[1]);
            }
            let rows = v.scatter([v.import(&a[..V::COUNT]), v.import(&b[..V::COUNT])]);
            all.extend_from_slice(&rows[..some.len()]);
        }
        all
    }
}

/// And back.
struct Export<'a>(&'a [Pair]);

impl Job for Export<'_> {
    type Output = Vec<[Fq; 2]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Vec<[Fq; 2]> {
        let mut all = Vec::with_capacity(self.0.len());
        for start in (0..self.0.len()).step_by(V::COUNT) {
            let count = V::COUNT.min(self.0.len() - start);
            let mut indices = [start; MOST];
            (0..count).for_each(|lane| indices[lane] = start + lane);
            let [a, b] = v.gather(self.0, &indices);
            let (mut first, mut second) = ([Fq::ZERO; MOST], [Fq::ZERO; MOST]);
            v.export(a, &mut first);
            v.export(b, &mut second);
            (0..count).for_each(|lane| all.push([first[lane], second[lane]]));
        }
        all
    }
}

/// From four limbs in Montgomery form, little-endian; `None` if it is not reduced.
fn element(bytes: &[u8]) -> Option<Fq> {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(bytes.try_into().expect("chunks of eight"));
    }
    let limbs = BigInt(limbs);
    (limbs < Fq::MODULUS).then(|| Fq::new_unchecked(limbs))
}

/// Points, packed in the form of the path.
pub(super) fn packed<P: SWCurveConfig>(path: Path, points: &[Affine<P>]) -> Vec<Pair>
where
    P::BaseField: Coordinate,
{
    let pairs: Vec<[Fq; 2]> = points.iter().flat_map(|point| pairs(point)).collect();
    path.run(Import(&pairs))
}

/// And back.
pub(super) fn unpacked<P: SWCurveConfig>(path: Path, packed: &[Pair]) -> Vec<Affine<P>>
where
    P::BaseField: Coordinate,
{
    path.run(Export(packed)).chunks_exact(P::BaseField::PAIRS).map(from_pairs).collect()
}

/// The coordinates as [`Coordinate::PAIRS`] pairs.
fn pairs<P: SWCurveConfig>(point: &Affine<P>) -> Vec<[Fq; 2]>
where
    P::BaseField: Coordinate,
{
    let elements = |coordinate: &P::BaseField| coordinate.to_base_prime_field_elements().collect::<Vec<_>>();
    let all = [elements(&point.x), elements(&point.y)].concat();
    all.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// The first point of `pairs`.
fn from_pairs<P: SWCurveConfig>(pairs: &[[Fq; 2]]) -> Affine<P>
where
    P::BaseField: Coordinate,
{
    let elements = pairs[..P::BaseField::PAIRS].as_flattened();
    let coordinate = |elements: &[Fq]| {
        P::BaseField::from_base_prime_field_elems(elements.iter().copied()).expect("as many as the degree")
    };
    let (x, y) = elements.split_at(P::BaseField::PAIRS);
    Affine::new_unchecked(coordinate(x), coordinate(y))
}

/// The row of each point, and the points that have one.
fn rows<P: SWCurveConfig>(points: &[Affine<P>]) -> (Vec<u32>, Vec<Affine<P>>) {
    let mut first = Vec::with_capacity(points.len());
    let row = |point: &Affine<P>| {
        if point.is_zero() {
            return NO_ROW;
        }
        first.push(*point);
        first.len() as u32 - 1
    };
    (points.iter().map(row).collect(), first)
}
