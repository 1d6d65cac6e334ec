//! Sums of table points by bucket, and the weighted sum of the buckets.
//!
//! The points of a bucket form a run. Each lane adds up one run, point after point, and all lanes do so at the same
//! time: round `k` adds the `k`-th point of every run. Runs are sorted by their length, so that in nearly all rounds
//! nearly all lanes have work.

use super::point::{Collision, Points, Source, Step, add_all};
use super::wiped::Wiped;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{CurveConfig, PrimeGroup};
use ark_ff::{AdditiveGroup as _, Zero};
use sero_bn254::coordinate::{Coordinate, Packed};
use sero_lanes::{Lanes, MOST, Mask, Pair};
use std::marker::PhantomData;

/// A point of a table, or its negative.
#[derive(Clone, Copy, Default)]
pub struct Signed(u32);

impl Signed {
    /// `index` is below `2^31`.
    pub fn new(index: usize, negative: bool) -> Self {
        Signed((index as u32) << 1 | u32::from(negative))
    }

    /// No point.
    const NONE: Self = Signed(u32::MAX);

    fn is_none(self) -> bool {
        self.0 == u32::MAX
    }

    pub fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub fn negative(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Points of a curve, in lanes.
type Vectors<V, P> = Wiped<Points<<<P as CurveConfig>::BaseField as Coordinate>::Packed<V>>>;
/// Sums of some buckets beside [`Vectors`].
type Crowded<P> = Wiped<(usize, Affine<P>)>;

/// Points of one bucket that a lane adds up.
#[derive(Clone, Copy, Default)]
struct Run {
    bucket: u32,
    start: u32,
    length: u32,
}

/// Table points by bucket. Wiped on drop: it comes from secrets.
pub struct Runs {
    points: Wiped<Signed>,
    runs: Wiped<Run>,
    buckets: usize,
    /// Longer runs are split, so that a few crowded buckets do not make many rounds.
    limit: usize,
}

impl Runs {
    /// For at most `points` points in `buckets` buckets.
    pub fn new(points: usize, buckets: usize) -> Self {
        // If digits are random, hardly any bucket has more.
        let mean = points.div_ceil(buckets);
        let limit = mean + 4 * mean.isqrt() + 4;
        let runs = buckets + points / limit + 1;
        Runs { points: Wiped::new(points), runs: Wiped::new(runs + MOST), buckets, limit }
    }

    /// The points of the next bucket; `bucket` ascends.
    pub fn push(&mut self, bucket: usize, points: impl Iterator<Item = Signed>) {
        let start = self.points.len();
        points.for_each(|point| self.points.push(point));
        let mut rest = start..self.points.len();
        while !rest.is_empty() {
            let length = rest.len().min(self.limit);
            self.runs.push(Run { bucket: bucket as u32, start: rest.start as u32, length: length as u32 });
            rest.start += length;
        }
    }

    /// `sum of (bucket + 1) * its points`. The number of buckets is a power of two and not below that of lanes.
    ///
    /// `points` are packed in the form of this path.
    #[inline(always)]
    pub fn sum<V: Lanes, P: SWCurveConfig>(
        mut self,
        v: V,
        points: &[Pair],
    ) -> Result<Projective<P>, Collision>
    where
        P::BaseField: Coordinate,
    {
        // Longest first, and whole vectors.
        self.runs.sort_unstable_by_key(|run| (u32::MAX - run.length, run.bucket));
        while !self.runs.len().is_multiple_of(V::COUNT) {
            self.runs.push(Run::default());
        }
        let none = no_points::<V, P::BaseField>(v);
        let vectors = self.runs.len() / V::COUNT;
        let mut steps = Wiped::with_blank(vectors.max(self.buckets / V::COUNT), Step::blank(none));
        let mut sums = Wiped::with_blank(vectors, none);
        let (lines, rounds) = self.lines::<V>();
        let mut start = 0;
        for (round, active) in rounds.iter().enumerate() {
            let lines = &lines[start * V::COUNT..];
            let source = Lines::<P::BaseField> { points, lines, field: PhantomData };
            if round == 0 {
                for i in 0..*active {
                    sums.push(source.get(v, i));
                }
            } else {
                add_all::<V, P::BaseField>(v, &mut sums[..*active], source, &mut steps)?;
            }
            start += active;
        }
        let (by_bucket, crowded) = self.in_order::<V, P>(v, &sums);
        Ok(weigh::<V, P>(v, by_bucket, &mut steps)? + weigh_alone(crowded))
    }

    /// The points of every round, vector by vector, lane by lane; and the number of vectors of each round, which only
    /// falls.
    #[inline(always)]
    fn lines<V: Lanes>(&self) -> (Wiped<Signed>, Wiped<usize>) {
        let longest = self.runs.first().map_or(0, |run| run.length as usize);
        let mut rounds = Wiped::filled(longest, 0);
        for first in self.runs.iter().step_by(V::COUNT) {
            rounds[..first.length as usize].iter_mut().for_each(|round| *round += 1);
        }
        let mut starts = Wiped::new(longest);
        let mut total = 0;
        for round in rounds.iter() {
            starts.push(total);
            total += round;
        }
        let mut lines = Wiped::filled(total * V::COUNT, Signed::NONE);
        for (place, run) in self.runs.iter().enumerate() {
            let points = &self.points[run.start as usize..][..run.length as usize];
            for (point, start) in points.iter().zip(starts.iter()) {
                lines[start * V::COUNT + place] = *point;
            }
        }
        (lines, rounds)
    }

    /// The sums in the order of buckets: lane `l` of vector `j` of `m` has bucket `l m + j`. Of a split run, the rest.
    #[inline(always)]
    fn in_order<V: Lanes, P: SWCurveConfig>(&self, v: V, sums: &Vectors<V, P>) -> (Vectors<V, P>, Crowded<P>)
    where
        P::BaseField: Coordinate,
    {
        let pairs = P::BaseField::PAIRS;
        let mut packed = Wiped::filled(self.buckets * pairs, Pair::default());
        let mut present = Wiped::filled(self.buckets, false);
        // Of the runs of one bucket all but one are as long as a run may be.
        let long = self.runs.iter().filter(|run| run.length as usize == self.limit).count();
        let mut crowded = Wiped::with_blank(long, (0, Affine::identity()));
        for (sums, runs) in sums.iter().zip(self.runs.chunks_exact(V::COUNT)) {
            let mut rows = [[Pair::default(); MOST]; 2];
            <P::BaseField as Coordinate>::Packed::scatter(v, [sums.x, sums.y], &mut rows);
            for (lane, run) in runs.iter().enumerate().filter(|(_, run)| run.length > 0) {
                let bucket = run.bucket as usize;
                if present[bucket] {
                    crowded.push((bucket, lanes_of::<V, P>(v, sums)[lane]));
                    continue;
                }
                present[bucket] = true;
                for (part, row) in rows.iter().enumerate().take(pairs) {
                    packed[bucket * pairs + part] = row[lane];
                }
            }
        }
        let vectors = self.buckets / V::COUNT;
        let mut ordered = Wiped::with_blank(vectors, no_points::<V, P::BaseField>(v));
        for j in 0..vectors {
            let (mut indices, mut mask) = ([0; MOST], 0);
            for lane in 0..V::COUNT {
                indices[lane] = lane * vectors + j;
                mask |= Mask::from(present[indices[lane]]) << lane;
            }
            let [x, y] = <P::BaseField as Coordinate>::Packed::gather(v, &packed, &indices);
            ordered.push(Points { x, y, present: mask });
        }
        (ordered, crowded)
    }
}

#[inline(always)]
pub(super) fn no_points<V: Lanes, F: Coordinate>(v: V) -> Points<F::Packed<V>> {
    let zero = F::Packed::splat(v, &F::ZERO);
    Points { x: zero, y: zero, present: 0 }
}

/// The points of one round: as many as lanes for each vector.
struct Lines<'a, F> {
    points: &'a [Pair],
    lines: &'a [Signed],
    field: PhantomData<F>,
}

/// So many vectors before its use, a point is asked for.
const AHEAD: usize = 3;

impl<V: Lanes, F: Coordinate> Source<V, F::Packed<V>> for Lines<'_, F> {
    #[inline(always)]
    fn get(&self, v: V, place: usize) -> Points<F::Packed<V>> {
        let (mut indices, mut present, mut negative) = ([0; MOST], 0, 0);
        for (lane, point) in self.lines[place * V::COUNT..][..V::COUNT].iter().enumerate() {
            let there = Mask::from(!point.is_none());
            indices[lane] = point.index() * usize::from(there);
            present |= there << lane;
            negative |= Mask::from(point.negative()) << lane;
        }
        if let Some(later) = self.lines.get((place + AHEAD) * V::COUNT..(place + AHEAD + 1) * V::COUNT) {
            for point in later {
                for part in 0..F::PAIRS {
                    v.prefetch(self.points, point.index() * F::PAIRS + part);
                }
            }
        }
        let [x, y] = F::Packed::gather(v, self.points, &indices);
        let opposite = F::Packed::splat(v, &F::ZERO).minus(v, y);
        Points { x, y: F::Packed::select(v, negative, opposite, y), present }
    }
}

/// `sum of (bucket + 1) * sums[bucket]`, in the order of [`Runs::in_order`].
///
/// Halving: of `2 h` vectors, the upper half joins the lower one, and what it had to itself is `h` times a sum
/// that is halved along from then on. After the last halving, one vector each is left: of all sums, and for each power of
/// two the sums of the vectors whose number has it.
#[inline(always)]
fn weigh<V: Lanes, P: SWCurveConfig>(
    v: V,
    mut parts: Vectors<V, P>,
    steps: &mut Wiped<Step<<P::BaseField as Coordinate>::Packed<V>>>,
) -> Result<Projective<P>, Collision>
where
    P::BaseField: Coordinate,
{
    let vectors = parts.len();
    // Place `i * lists + list` has element `i` of a list; list 0 is of all sums.
    let mut lists = 1;
    let mut half = vectors / 2;
    while half > 0 {
        let (left, right) = parts.split_at_mut(half * lists);
        add_all::<V, P::BaseField>(v, left, &*right, steps)?;
        let mut next = Wiped::with_blank(half * (lists + 1), no_points::<V, P::BaseField>(v));
        for i in 0..half {
            for list in 0..lists {
                next.push(left[i * lists + list]);
            }
            next.push(right[i * lists]);
        }
        parts = next;
        lists += 1;
        half /= 2;
    }
    // Lane l of the vector of all sums has weight l * vectors, and 1 for the digits begin with 1.
    let mut all = Projective::<P>::zero();
    let mut total = Projective::<P>::zero();
    for lane in lanes_of::<V, P>(v, &parts[0])[1..V::COUNT].iter().rev() {
        all += lane;
        total += all;
    }
    all += lanes_of::<V, P>(v, &parts[0])[0];
    // The highest power of two comes first.
    for sums in &parts[1..] {
        total.double_in_place();
        for lane in &lanes_of::<V, P>(v, sums)[..V::COUNT] {
            total += lane;
        }
    }
    Ok(total + all)
}

/// `sum of (bucket + 1) * point`, for few.
fn weigh_alone<P: SWCurveConfig>(mut points: Crowded<P>) -> Projective<P> {
    points.sort_unstable_by_key(|(bucket, _)| *bucket);
    let of_bucket = |some: &[(usize, Affine<P>)]| {
        let sum: Projective<P> = some.iter().map(|(_, point)| point).sum();
        sum.mul_bigint([some[0].0 as u64 + 1])
    };
    points.chunk_by(|a, b| a.0 == b.0).map(of_bucket).sum()
}

/// The points of a vector; the identity where there is none.
#[inline(always)]
pub(super) fn lanes_of<V: Lanes, P: SWCurveConfig>(
    v: V,
    points: &Points<<P::BaseField as Coordinate>::Packed<V>>,
) -> [Affine<P>; MOST]
where
    P::BaseField: Coordinate,
{
    let (mut x, mut y) = ([P::BaseField::ZERO; MOST], [P::BaseField::ZERO; MOST]);
    points.x.export(v, &mut x[..V::COUNT]);
    points.y.export(v, &mut y[..V::COUNT]);
    let mut lanes = [Affine::identity(); MOST];
    for (lane, point) in lanes.iter_mut().enumerate() {
        if points.present >> lane & 1 == 1 {
            *point = Affine::new_unchecked(x[lane], y[lane]);
        }
    }
    lanes
}
