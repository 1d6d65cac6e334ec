//! Sums of many runs of points at once, as trees of batch-affine additions.
//!
//! In round `t` the points that are left in a run stand `2^t` apart, and each
//! at an even place takes in its neighbour. All additions of a round are
//! independent, so they share one inversion.

use super::field::Coordinate;
use super::point::{Point, Scratch, add_pairs};
use zeroize::Zeroize;

/// Points that are summed together, enough to pay for the inversions and few enough
/// for the second-level cache.
const BLOCK: usize = 4096;
/// A round with fewer pairs waits until those of other blocks join it.
const WORTHWHILE: usize = 512;

/// Adds points up by bucket. What it holds comes from secrets: wiped on drop.
pub struct Tree<F: Coordinate> {
    /// The points of the current block, run after run.
    block: Runs<F>,
    /// What is left of the earlier blocks.
    rest: Runs<F>,
    scratch: Scratch<F>,
    pairs: Vec<u32>,
}

/// Points in runs of one bucket each, buckets ascending.
struct Runs<F: Coordinate> {
    points: Vec<Point<F>>,
    /// Bucket and number of points.
    runs: Vec<(u32, u32)>,
}

impl<F: Coordinate> Runs<F> {
    fn new(capacity: usize) -> Self {
        Runs { points: Vec::with_capacity(capacity), runs: Vec::with_capacity(capacity) }
    }

    fn push(&mut self, bucket: u32, point: Point<F>) {
        self.points.push(point);
        match self.runs.last_mut() {
            Some((last, length)) if *last == bucket => *length += 1,
            _ => self.runs.push((bucket, 1)),
        }
    }

    /// Adds in rounds of at least `worthwhile` pairs and gives the stride at which the sums stand.
    fn add_up(&mut self, worthwhile: usize, pairs: &mut Vec<u32>, scratch: &mut Scratch<F>) -> usize {
        let mut stride = 1;
        loop {
            pairs.clear();
            let mut start = 0;
            for (_, length) in &self.runs {
                let end = start + *length;
                pairs.extend((start..end).step_by(2 * stride).filter(|left| left + (stride as u32) < end));
                start = end;
            }
            if pairs.len() < worthwhile.max(1) {
                return stride;
            }
            add_pairs(&mut self.points, pairs, stride, scratch);
            stride *= 2;
        }
    }

    /// Calls `each(bucket, point)` for the points that stand at `stride`, and empties `self`.
    fn drain(&mut self, stride: usize, mut each: impl FnMut(u32, Point<F>)) {
        let mut start = 0;
        for (bucket, length) in &self.runs {
            let end = start + *length as usize;
            (start..end).step_by(stride).for_each(|i| each(*bucket, self.points[i]));
            start = end;
        }
        self.points.clear();
        self.runs.clear();
    }
}

impl<F: Coordinate> Drop for Runs<F> {
    fn drop(&mut self) {
        // Vectors wipe their whole capacity, so what was drained too.
        self.points.zeroize();
        self.runs.zeroize();
    }
}

impl<F: Coordinate> Drop for Tree<F> {
    fn drop(&mut self) {
        self.pairs.zeroize();
    }
}

impl<F: Coordinate> Tree<F> {
    /// For at most `points` points in `buckets` buckets. Nothing grows later, so
    /// that no copy is left behind.
    pub fn new(points: usize, buckets: usize) -> Self {
        // A run with `n` pairs has at most `2 n + 1` points.
        let rest = points.min(buckets + (points / BLOCK + 1) * (2 * WORTHWHILE + 1));
        let pairs = BLOCK.max(rest) / 2;
        Tree {
            block: Runs::new(BLOCK),
            rest: Runs::new(rest),
            scratch: Scratch::new(pairs),
            pairs: Vec::with_capacity(pairs),
        }
    }

    /// Adds `point` to `bucket`; buckets come in ascending order.
    pub fn push(&mut self, bucket: usize, point: Point<F>) {
        self.block.push(bucket as u32, point);
        if self.block.points.len() == BLOCK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let stride = self.block.add_up(WORTHWHILE, &mut self.pairs, &mut self.scratch);
        self.block.drain(stride, |bucket, point| self.rest.push(bucket, point));
    }

    /// The sum of each bucket below `buckets`.
    pub fn finish(mut self, buckets: usize) -> Vec<Point<F>> {
        self.flush();
        let stride = self.rest.add_up(1, &mut self.pairs, &mut self.scratch);
        let mut sums = vec![Point::IDENTITY; buckets];
        self.rest.drain(stride, |bucket, point| sums[bucket as usize] = point);
        sums
    }
}
