//! Affine points, a lane each, and their addition in bulk: all additions of one call share an inversion.
//!
//! Equal and opposite points have no chord. They are not looked for one by one: the product of all
//! denominators is 0 then, and the caller hears of a [`Collision`]. The points of a key are random to each other, so that
//! does not happen by chance; where it does, the caller adds in another way.

use super::wiped::Wiped;
use sero_bn254::coordinate::{Coordinate, Packed};
use sero_lanes::{Lanes, MOST, Mask};

/// Some of the additions are not by a chord.
#[derive(Debug, PartialEq, Eq)]
pub struct Collision;

/// A point in each lane, or none. Coordinates are tight.
#[derive(Clone, Copy)]
pub struct Points<C> {
    pub x: C,
    pub y: C,
    /// Lanes that have a point.
    pub present: Mask,
}

/// What is added: as many points as [`add_all`] has places, lane by lane.
pub trait Source<V: Lanes, C> {
    fn get(&self, v: V, place: usize) -> Points<C>;
}

impl<V: Lanes, C: Copy> Source<V, C> for &[Points<C>] {
    #[inline(always)]
    fn get(&self, _: V, place: usize) -> Points<C> {
        self[place]
    }
}

/// What the way back needs of each addition.
#[derive(Clone, Copy)]
pub struct Step<C> {
    /// The product of the chain's denominators before this one.
    before: C,
    other: Points<C>,
}

impl<C: Copy> Step<C> {
    /// For overwriting others.
    pub fn blank(points: Points<C>) -> Self {
        Step { before: points.x, other: points }
    }
}

/// Independent chains of products: one alone would wait for each multiplication before it starts the next.
const CHAINS: usize = 2;

/// `left[i] += right[i]` in every lane. Where one side has no point, the other is taken.
#[inline(always)]
pub fn add_all<V: Lanes, F: Coordinate>(
    v: V,
    left: &mut [Points<F::Packed<V>>],
    right: impl Source<V, F::Packed<V>>,
    steps: &mut Wiped<Step<F::Packed<V>>>,
) -> Result<(), Collision> {
    let one = F::Packed::<V>::splat(v, &F::ONE);
    let mut chains = [one; CHAINS];
    steps.clear();
    for (i, p) in left.iter().enumerate() {
        let other = right.get(v, i);
        let run = F::Packed::select(v, p.present & other.present, other.x.difference(v, p.x), one);
        let before = chains[i % CHAINS];
        steps.push(Step { before, other });
        chains[i % CHAINS] = before.times(v, run);
    }
    invert::<V, F>(v, &mut chains)?;
    // Two at a time, so that one works while the other waits for its last product.
    let mut end = left.len();
    if !end.is_multiple_of(CHAINS) {
        end -= 1;
        finish::<V, F, 1>(v, &mut left[end..], &steps[end..], &mut chains[..1]);
    }
    for start in (0..end).step_by(CHAINS).rev() {
        let range = start..start + CHAINS;
        finish::<V, F, CHAINS>(v, &mut left[range.clone()], &steps[range], &mut chains);
    }
    Ok(())
}

/// The last part of `N` additions, each of a chain of its own.
#[inline(always)]
fn finish<V: Lanes, F: Coordinate, const N: usize>(
    v: V,
    left: &mut [Points<F::Packed<V>>],
    steps: &[Step<F::Packed<V>>],
    chains: &mut [F::Packed<V>],
) {
    let one = F::Packed::<V>::splat(v, &F::ONE);
    let mut both = [0; N];
    let mut run = [one; N];
    for i in 0..N {
        let (p, q) = (&left[i], &steps[i].other);
        both[i] = p.present & q.present;
        run[i] = F::Packed::select(v, both[i], q.x.difference(v, p.x), one);
    }
    let mut inverse = run;
    for i in 0..N {
        inverse[i] = chains[i].times(v, steps[i].before);
    }
    for i in 0..N {
        chains[i] = chains[i].times(v, run[i]);
    }
    let mut slope = run;
    for i in 0..N {
        slope[i] = steps[i].other.y.difference(v, left[i].y).times(v, inverse[i]);
    }
    let mut x = run;
    for i in 0..N {
        x[i] = slope[i].squared_minus(v, left[i].x, steps[i].other.x);
    }
    for i in 0..N {
        let (p, q) = (&mut left[i], &steps[i].other);
        let y = slope[i].times_minus(v, q.x.difference(v, x[i]), q.y);
        // Where only one is there.
        let x = F::Packed::select(v, both[i], x[i], F::Packed::select(v, p.present, p.x, q.x));
        let y = F::Packed::select(v, both[i], y, F::Packed::select(v, p.present, p.y, q.y));
        *p = Points { x, y, present: p.present | q.present };
    }
}

/// Doubles every point, of an order that is odd; all lanes have one.
#[inline(always)]
pub fn double_all<V: Lanes, F: Coordinate>(
    v: V,
    points: &mut [Points<F::Packed<V>>],
    steps: &mut Vec<F::Packed<V>>,
) -> Result<(), Collision> {
    let mut chains = [F::Packed::<V>::splat(v, &F::ONE); CHAINS];
    steps.clear();
    for (i, p) in points.iter().enumerate() {
        let before = chains[i % CHAINS];
        steps.push(before);
        chains[i % CHAINS] = before.times(v, p.y.sum(v, p.y));
    }
    invert::<V, F>(v, &mut chains)?;
    for (i, p) in points.iter_mut().enumerate().rev() {
        let chain = chains[i % CHAINS];
        chains[i % CHAINS] = chain.times(v, p.y.sum(v, p.y));
        let square = p.x.squared(v);
        let triple = square.plus(v, square).sum(v, square);
        let slope = triple.times(v, chain.times(v, steps[i]));
        let x = slope.squared_minus(v, p.x, p.x);
        let y = slope.times_minus(v, p.x.difference(v, x), p.y);
        (p.x, p.y) = (x, y);
    }
    Ok(())
}

/// Inverts every lane of the chains.
#[inline(always)]
fn invert<V: Lanes, F: Coordinate>(v: V, chains: &mut [F::Packed<V>; CHAINS]) -> Result<(), Collision> {
    let mut lanes = [F::ZERO; MOST * CHAINS];
    for (chain, lanes) in chains.iter().zip(lanes.chunks_exact_mut(V::COUNT)) {
        chain.export(v, lanes);
    }
    invert_lanes(&mut lanes[..V::COUNT * CHAINS])?;
    for (chain, lanes) in chains.iter_mut().zip(lanes.chunks_exact(V::COUNT)) {
        *chain = F::Packed::import(v, lanes);
    }
    Ok(())
}

fn invert_lanes<F: Coordinate>(lanes: &mut [F]) -> Result<(), Collision> {
    let mut before = [F::ONE; MOST * CHAINS];
    let mut product = F::ONE;
    for (before, lane) in before.iter_mut().zip(lanes.iter()) {
        *before = product;
        product *= lane;
    }
    let mut inverse = product.inverted().ok_or(Collision)?;
    for (before, lane) in before.iter().zip(lanes.iter_mut()).rev() {
        let own = inverse * before;
        inverse *= &*lane;
        *lane = own;
    }
    Ok(())
}
