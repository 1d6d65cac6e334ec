//! Sums of multiples that tell nothing by their time or by the memory they read: the same operations at the same addresses
//! for all scalars.
//!
//! A scalar becomes 64 signed digits that are all odd (M. Joye, M. Tunstall, "Exponent Recoding and Regular Exponentiation
//! Algorithms", 2009), so no digit is 0 and none is left out. For each digit, all eight odd multiples of its point are read
//! and one is kept. Each window has a sum in every lane, and all windows add the next point at the same time.
//!
//! As in [`super::point`], equal and opposite points that meet are the exception: then the sum is made in another way, and
//! the time shows that.

use super::buckets::{lanes_of, no_points};
use super::point::{Collision, Points, Source, Step, add_all};
use super::table::packed;
use super::wiped::Wiped;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup as _, BigInteger, PrimeField, Zero};
use rayon::prelude::*;
use sero_bn254::coordinate::{Coordinate, Packed};
use sero_lanes::{Job, Lanes, MOST, Mask, Pair, Path};
use sero_shielded::field::Field;
use std::hint::black_box;
use std::marker::PhantomData;
use zeroize::Zeroize;

/// Bits of a window.
const WIDTH: usize = 4;
const WINDOWS: usize = 64;
/// 1, 3, ..., 15 times a point.
const MULTIPLES: usize = 1 << (WIDTH - 1);

/// A digit: the number of its multiple in the lower bits, and a sign.
#[derive(Clone, Copy, Default)]
struct Digit(u8);

impl Digit {
    const NEGATIVE: u8 = 1 << 7;

    fn multiple(self) -> u8 {
        self.0 & !Self::NEGATIVE
    }

    fn sign(self) -> Mask {
        self.0 >> 7
    }
}

/// Scalars as digits, [`WINDOWS`] for each, lowest first. Wiped on drop.
pub struct Digits(Wiped<Digit>);

impl Digits {
    /// Of every scalar.
    pub fn new(scalars: &[Field]) -> Self {
        let mut digits = Wiped::new(scalars.len() * WINDOWS);
        for scalar in scalars {
            let mut limbs = scalar.into_bigint();
            // An even scalar's negative is odd, as the modulus is; 0 becomes the modulus.
            let mut other = Field::MODULUS;
            other.sub_with_borrow(&limbs);
            let keep = 0u64.wrapping_sub(black_box(limbs.0[0] & 1));
            for (limb, other) in limbs.0.iter_mut().zip(&other.0) {
                *limb = *limb & keep | *other & !keep;
            }
            let negated = (!keep as u8) & Digit::NEGATIVE;
            // With the lowest bit set, digit j is 2 t - 15 for the four bits t above bit 4 j; the last is what is left.
            for window in 0..WINDOWS - 1 {
                let bit = WIDTH * window + 1;
                let high = limbs.0.get(bit / 64 + 1).map_or(0, |limb| limb << 1 << (63 - bit % 64));
                let t = ((limbs.0[bit / 64] >> (bit % 64) | high) & 15) as u8;
                let below = (t >> 3).wrapping_sub(1);
                digits.push(Digit((t ^ below) & 7 | (below ^ negated) & Digit::NEGATIVE));
            }
            digits.push(Digit((limbs.0[3] >> 61) as u8 & 1 | negated));
            limbs.zeroize();
            other.zeroize();
        }
        Digits(digits)
    }
}

/// The odd multiples of a list of points.
pub struct Steady<P: SWCurveConfig> {
    path: Path,
    /// Which scalars belong to the points that are not the identity.
    places: Vec<u32>,
    /// The multiples of each of them, packed.
    multiples: Vec<Pair>,
    curve: PhantomData<P>,
}

impl<P: SWCurveConfig> Steady<P>
where
    P::BaseField: Coordinate,
{
    /// `None` if a point is of order two, so not of the right group.
    pub fn new(path: Path, points: &[Affine<P>]) -> Option<Self> {
        let present = |i: &usize| !points[*i].is_zero();
        let places: Vec<u32> = (0..points.len()).filter(present).map(|i| i as u32).collect();
        let multiples: Vec<Projective<P>> = places
            .par_iter()
            .flat_map_iter(|place| {
                let point = points[*place as usize];
                let twice = point + point;
                core::iter::successors(Some(point.into_group()), move |last| Some(*last + twice))
                    .take(MULTIPLES)
            })
            .collect();
        let multiples = Projective::normalize_batch(&multiples);
        let thrice_differs = |multiples: &[Affine<P>]| multiples[0] != multiples[1];
        multiples.chunks_exact(MULTIPLES).all(thrice_differs).then(|| Steady {
            path,
            places,
            multiples: packed(path, &multiples),
            curve: PhantomData,
        })
    }

    /// The sum of `scalar * point` over all scalars, each with the point of its place.
    pub fn multiply(&self, scalars: &Digits) -> Projective<P> {
        self.path.run(Sum { bases: self, scalars }).unwrap_or_else(|Collision| self.multiply_slowly(scalars))
    }

    /// `scalar * point`, on the same path. A point of order two, of no group of a key, is multiplied in another way.
    pub fn times(&self, point: &Projective<P>, scalar: &Field) -> Projective<P>
    where
        P: SWCurveConfig<ScalarField = Field>,
    {
        match Self::new(self.path, &[point.into_affine()]) {
            Some(bases) => bases.multiply(&Digits::new(&[*scalar])),
            None => *point * scalar,
        }
    }

    /// [`Self::multiply`] by complete additions, one after the other.
    pub(super) fn multiply_slowly(&self, scalars: &Digits) -> Projective<P> {
        let multiples = super::table::unpacked::<P>(self.path, &self.multiples);
        let mut total = Projective::zero();
        for window in (0..WINDOWS).rev() {
            (0..WIDTH).for_each(|_| {
                total.double_in_place();
            });
            for (point, place) in multiples.chunks_exact(MULTIPLES).zip(&self.places) {
                let digit = scalars.0[*place as usize * WINDOWS + window];
                let multiple = point[usize::from(digit.multiple())];
                total += if digit.sign() == 1 { -multiple } else { multiple };
            }
        }
        total
    }

    /// Bytes of the multiples.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        size_of_val(self.multiples.as_slice())
    }
}

/// [`Steady::multiply`] on one path; the multiples must be packed in its form.
pub struct Sum<'a, P: SWCurveConfig> {
    pub bases: &'a Steady<P>,
    pub scalars: &'a Digits,
}

impl<P: SWCurveConfig> Job for Sum<'_, P>
where
    P::BaseField: Coordinate,
{
    type Output = Result<Projective<P>, Collision>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Self::Output {
        let none = no_points::<V, P::BaseField>(v);
        let mut sums = Wiped::filled(WINDOWS, none);
        let mut steps = Wiped::with_blank(WINDOWS, Step::blank(none));
        let rows = MULTIPLES * P::BaseField::PAIRS;
        let all = self.bases.multiples.chunks(V::COUNT * rows).zip(self.bases.places.chunks(V::COUNT));
        for (multiples, places) in all {
            let source =
                Chosen::<P::BaseField> { multiples, places, digits: &self.scalars.0, field: PhantomData };
            add_all::<V, P::BaseField>(v, &mut sums, source, &mut steps)?;
        }
        let mut total = Projective::zero();
        for window in (0..WINDOWS).rev() {
            for _ in 0..WIDTH {
                total.double_in_place();
            }
            for lane in &lanes_of::<V, P>(v, &sums[window])[..V::COUNT] {
                total += lane;
            }
        }
        Ok(total)
    }
}

/// For each window, the multiples that some points' digits name.
struct Chosen<'a, F> {
    multiples: &'a [Pair],
    places: &'a [u32],
    digits: &'a [Digit],
    field: PhantomData<F>,
}

impl<V: Lanes, F: Coordinate> Source<V, F::Packed<V>> for Chosen<'_, F> {
    #[inline(always)]
    fn get(&self, v: V, window: usize) -> Points<F::Packed<V>> {
        let mut chosen = [Pair::default(); 2 * MOST];
        let (mut negative, mut present, mut indices) = (0, 0, [0; MOST]);
        for (lane, place) in self.places.iter().enumerate() {
            let digit = self.digits[*place as usize * WINDOWS + window];
            // So that no comparison becomes a branch.
            let wanted = black_box(digit.multiple());
            let multiples = &self.multiples[lane * MULTIPLES * F::PAIRS..][..MULTIPLES * F::PAIRS];
            for (number, rows) in multiples.chunks_exact(F::PAIRS).enumerate() {
                let differs = u64::from(wanted ^ number as u8);
                let mask = 0u64.wrapping_sub(differs.wrapping_sub(1) >> 63);
                for (part, row) in rows.iter().enumerate() {
                    for half in 0..2 {
                        for limb in 0..4 {
                            chosen[lane * F::PAIRS + part].0[half][limb] |= row.0[half][limb] & mask;
                        }
                    }
                }
            }
            negative |= digit.sign() << lane;
            present |= 1 << lane;
            indices[lane] = lane;
        }
        let [x, y] = F::Packed::gather(v, &chosen, &indices);
        let opposite = F::Packed::splat(v, &F::ZERO).minus(v, y);
        Points { x, y: F::Packed::select(v, negative, opposite, y), present }
    }
}
