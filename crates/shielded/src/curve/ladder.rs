//! One secret scalar against many points, of which only the `y` is known.
//!
//! `s = (1 + y) / (1 - y)` belongs to both `P` and `-P` on the Montgomery form, and Montgomery's ladder (1987; as in
//! RFC 7748) gives `s(k P)` from `s(P)`. So no point is decompressed, and what comes out is the `y` of `k P` and of
//! `-k P`. Points are on the lanes of a vector; every lane does the same, whatever the scalar's bits are.
//!
//! A `y` that belongs to no point of the subgroup gives some element without meaning: the caller must not let
//! anybody see what it did with it.

use super::MONTGOMERY_A;
use crate::field::{Field, Scalar};
use ark_bn254::FrConfig;
use ark_ff::{AdditiveGroup as _, BigInteger, One, PrimeField};
use sero_lanes::{Job, Lanes, MOST, Path, invert_all};
use zeroize::Zeroize;

/// Of a scalar.
const BITS: usize = Scalar::MODULUS_BIT_SIZE as usize;

/// The `y` of `scalar * P` for each `y` of a point `P`; 0 where there is none.
pub fn multiply_heights(path: Path, scalar: &Scalar, heights: &[Field]) -> Vec<Field> {
    let one = Field::one();
    // s = (1 + y) / (1 - y); the identity has none.
    let mut under: Vec<Field> = heights.iter().map(|y| or_one(one - y)).collect();
    invert_all(&mut under).expect("no zero is left");
    let starts: Vec<Field> = heights.iter().zip(&under).map(|(y, inverse)| (one + y) * inverse).collect();
    let mut number = scalar.into_bigint();
    // Not `to_bits_le`: its vector grows, and may leave a copy where it was.
    let mut bits: [bool; BITS] = core::array::from_fn(|i| number.get_bit(i));
    number.zeroize();
    let mut fractions = path.run(Ladder { bits: &bits, starts: &starts });
    bits.zeroize();
    // y = (s - 1) / (s + 1)
    let mut under: Vec<Field> = fractions.iter().map(|[over, under]| or_one(*over + under)).collect();
    invert_all(&mut under).expect("no zero is left");
    let found =
        fractions.iter().zip(&under).map(|([over, under], inverse)| (*over - under) * inverse).collect();
    fractions.zeroize();
    under.zeroize();
    found
}

fn or_one(element: Field) -> Field {
    if element == Field::ZERO { Field::one() } else { element }
}

/// `s(k P)` as a fraction, for each `s(P)`.
struct Ladder<'a> {
    /// Of `k`, lowest first.
    bits: &'a [bool],
    starts: &'a [Field],
}

impl Job for Ladder<'_> {
    type Output = Vec<[Field; 2]>;

    #[inline(always)]
    fn run<V: Lanes>(self, v: V) -> Vec<[Field; 2]> {
        // (A - 2) / 4 = 42,174
        let a = (MONTGOMERY_A - Field::from(2u8)) / Field::from(4u8);
        let (a, one, zero) = (v.splat(&a), v.splat(&Field::one()), v.splat(&Field::ZERO));
        let mut all = Vec::with_capacity(self.starts.len());
        for some in self.starts.chunks(V::COUNT) {
            let start = v.import::<FrConfig>(some);
            // n P and (n + 1) P, for n the bits so far.
            let (mut x2, mut z2, mut x3, mut z3) = (one, zero, start, one);
            let mut swapped = false;
            for bit in self.bits.iter().rev() {
                let mask = 0u8.wrapping_sub(u8::from(*bit != swapped));
                swapped = *bit;
                (x2, x3) = (v.select(mask, x3, x2), v.select(mask, x2, x3));
                (z2, z3) = (v.select(mask, z3, z2), v.select(mask, z2, z3));
                let (sum, difference) = (v.sum(x2, z2), v.difference(x2, z2));
                let (other_sum, other_difference) = (v.sum(x3, z3), v.difference(x3, z3));
                let (square, other_square) = (v.squared(sum), v.squared(difference));
                let (da, cb) = (v.times(other_difference, sum), v.times(other_sum, difference));
                let e = v.difference(square, other_square);
                x3 = v.squared(v.sum(da, cb));
                z3 = v.times(start, v.squared(v.difference(da, cb)));
                x2 = v.times(square, other_square);
                z2 = v.times(e, v.sum(square, v.times(a, e)));
            }
            let mask = 0u8.wrapping_sub(u8::from(swapped));
            let (mut over, mut under) = ([Field::ZERO; MOST], [Field::ZERO; MOST]);
            v.export(v.select(mask, x3, x2), &mut over);
            v.export(v.select(mask, z3, z2), &mut under);
            for lane in 0..some.len() {
                all.push([over[lane], under[lane]]);
            }
        }
        all
    }
}

#[cfg(all(test, target_os = "linux"))]
mod wiped;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{g_auth, hash_to_curve, multiply};
    use crate::hash::hash_to_scalar;
    use sero_lanes::checked::Checked;

    #[test]
    fn agrees_with_multiplication() {
        let points: Vec<_> = (0..21u8).map(|i| hash_to_curve("SERO.test", &[i])).collect();
        let heights: Vec<Field> = points.iter().map(|point| point.y).collect();
        let mut scalars = vec![Scalar::one(), -Scalar::one(), Scalar::from(2u8), -Scalar::from(2u8)];
        scalars.extend((0..4u8).map(|i| hash_to_scalar("SERO_test", &[&[i]])));
        for path in Path::all() {
            for scalar in &scalars {
                for count in [0, 1, 7, 8, 21] {
                    let found = multiply_heights(path, scalar, &heights[..count]);
                    let expected: Vec<Field> =
                        points[..count].iter().map(|point| multiply(point, scalar).y).collect();
                    assert_eq!(found, expected, "{} {count}", path.name());
                }
            }
        }
    }

    /// Elements that are no heights do not disturb their neighbours.
    #[test]
    fn strange_heights() {
        let scalar = hash_to_scalar("SERO_test", &[b"strange"]);
        let point = g_auth();
        let strange = [Field::ZERO, Field::one(), -Field::one(), Field::from(2u8), Field::from(7u8)];
        for path in Path::all() {
            for element in strange {
                let found = multiply_heights(path, &scalar, &[point.y, element, point.y]);
                assert_eq!([found[0], found[2]], [multiply(&point, &scalar).y; 2]);
            }
        }
    }

    #[test]
    fn keeps_to_the_bounds() {
        let bits: Vec<bool> = (0..251).map(|i| i % 3 == 0).collect();
        let starts = [Field::from(5u8), Field::ZERO];
        let path = Path::portable().run(Ladder { bits: &bits, starts: &starts });
        assert_eq!(Checked.enter(Ladder { bits: &bits, starts: &starts }), path);
    }
}
