//! A path that asserts the bounds of [`Lanes`](crate::Lanes), for tests. One lane.

use crate::{Element, Job, Lanes, MOST, Mask, Pair, Part, portable};
use ark_ff::{AdditiveGroup as _, BigInt, MontConfig};

/// The path.
#[derive(Clone, Copy, Debug)]
pub struct Checked;

/// An element and the bound that is known of it, in units of the modulus.
#[derive(Debug)]
pub struct Number<M: MontConfig<4>> {
    element: Element<M>,
    bound: f64,
}

impl<M: MontConfig<4>> Clone for Number<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: MontConfig<4>> Copy for Number<M> {}

const TIGHT: f64 = 4.0;
const LOOSE: f64 = 8.0;
/// Less than `2^260` in units of any modulus that is allowed.
const ROOM: f64 = 64.0;

fn known<M: MontConfig<4>>(element: Element<M>, bound: f64) -> Number<M> {
    Number { element, bound }
}

impl<M: MontConfig<4>> Number<M> {
    #[track_caller]
    fn below(self, limit: f64) -> Element<M> {
        assert!(self.bound <= limit, "a number below {} q where {limit} q is the most", self.bound);
        self.element
    }
}

impl Lanes for Checked {
    const COUNT: usize = 1;
    type Number<M: MontConfig<4>> = Number<M>;

    fn enter<J: Job>(self, job: J) -> J::Output {
        job.run(self)
    }

    fn apart<P: Part<Self>>(self, part: P) -> P::Output {
        part.run(self)
    }

    fn splat<M: MontConfig<4>>(self, element: &Element<M>) -> Number<M> {
        known(*element, 2.0)
    }

    fn import<M: MontConfig<4>>(self, elements: &[Element<M>]) -> Number<M> {
        known(elements.first().copied().unwrap_or(Element::<M>::ZERO), 2.0)
    }

    fn export<M: MontConfig<4>>(self, loose: Number<M>, elements: &mut [Element<M>]) {
        if let Some(place) = elements.first_mut() {
            *place = loose.below(LOOSE);
        }
    }

    fn gather<M: MontConfig<4>>(self, rows: &[Pair], indices: &[usize; MOST]) -> [Number<M>; 2] {
        rows[indices[0]].0.map(|limbs| known(Element::<M>::new_unchecked(BigInt(limbs)), TIGHT))
    }

    fn scatter<M: MontConfig<4>>(self, loose: [Number<M>; 2]) -> [Pair; MOST] {
        let mut all = [Pair::default(); MOST];
        all[0] = Pair(loose.map(|number| number.below(LOOSE).0.0));
        all
    }

    #[track_caller]
    fn times<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        assert!(a.bound * b.bound <= ROOM);
        known(portable::times(&a.below(LOOSE), &b.below(LOOSE)), 2.0)
    }

    #[track_caller]
    fn sum<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        known(portable::plus(&a.below(TIGHT), &b.below(TIGHT)), a.bound + b.bound)
    }

    #[track_caller]
    fn difference<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        known(portable::minus(&a.below(TIGHT), &b.below(TIGHT)), a.bound + TIGHT)
    }

    #[track_caller]
    fn plus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        known(portable::plus(&a.below(TIGHT), &b.below(TIGHT)), TIGHT)
    }

    #[track_caller]
    fn minus<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>) -> Number<M> {
        known(portable::minus(&a.below(TIGHT), &b.below(TIGHT)), TIGHT)
    }

    #[track_caller]
    fn minus_both<M: MontConfig<4>>(self, a: Number<M>, b: Number<M>, c: Number<M>) -> Number<M> {
        let less = portable::minus(&a.below(2.0), &b.below(TIGHT));
        known(portable::minus(&less, &c.below(TIGHT)), TIGHT)
    }

    fn select<M: MontConfig<4>>(self, mask: Mask, a: Number<M>, b: Number<M>) -> Number<M> {
        known(if mask & 1 == 1 { a.element } else { b.element }, a.bound.max(b.bound))
    }

    fn transpose<M: MontConfig<4>>(self, _numbers: &mut [Number<M>]) {}

    #[track_caller]
    fn times_extension<M: MontConfig<4>>(self, a: [Number<M>; 2], b: [Number<M>; 2]) -> [Number<M>; 2] {
        let [a0, a1, b0, b1] = [a[0], a[1], b[0], b[1]].map(|number| number.below(LOOSE));
        [known(a0 * b0 - a1 * b1, 3.0), known(a0 * b1 + a1 * b0, 3.0)]
    }

    #[track_caller]
    fn squared_extension<M: MontConfig<4>>(self, a: [Number<M>; 2]) -> [Number<M>; 2] {
        let [a0, a1] = a.map(|number| number.below(TIGHT));
        [known(a0 * a0 - a1 * a1, 2.0), known(a0 * a1.double(), 2.0)]
    }
}
