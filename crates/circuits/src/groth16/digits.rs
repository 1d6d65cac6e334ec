//! Scalars as signed digits, sorted by the bucket that each digit belongs to.

use ark_ff::{BigInt, BigInteger, PrimeField};
use sero_shielded::field::Field;
use zeroize::Zeroize;

/// Bits of the magnitude of a scalar: `min(s, r - s)` is below `2^253`.
const MAGNITUDE_BITS: usize = 253;

/// How scalars are cut into digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Windows {
    /// Bits of a digit, 5 to 16.
    pub width: usize,
    /// The windows `0, stride, 2 stride, ...` have multiples in a table; each of the others is summed with the one before it
    /// that has, and doubled later.
    pub stride: usize,
}

impl Windows {
    /// Digits of a scalar. The last one takes the carry: one bit more than the magnitude.
    pub fn count(self) -> usize {
        (MAGNITUDE_BITS + 1).div_ceil(self.width)
    }

    /// Multiples of a point in a table.
    pub fn columns(self) -> usize {
        self.count().div_ceil(self.stride)
    }

    /// Digits are at most this far from 0.
    pub fn buckets(self) -> usize {
        1 << (self.width - 1)
    }

    /// The width with the fewest additions for `scalars` full scalars: one for
    /// each digit, two for each bucket of each of `stride` sets.
    pub fn for_scalars(scalars: usize, stride: usize) -> Self {
        let cost = |windows: &Windows| scalars * windows.count() + 2 * windows.buckets() * stride;
        (5..=16).map(|width| Windows { width, stride }).min_by_key(cost).expect("a width")
    }

    /// Calls `each(window, digit)` for the digits that are not 0:
    /// `scalar = sum of digit * 2^(width * window)`.
    fn digits(self, scalar: &Field, mut each: impl FnMut(usize, i32)) {
        let positive = scalar.into_bigint();
        let mut magnitude = positive;
        let negative = positive > Field::MODULUS_MINUS_ONE_DIV_TWO;
        if negative {
            magnitude = Field::MODULUS;
            magnitude.sub_with_borrow(&positive);
        }
        // One more than the magnitude fills, for a carry.
        let count = self.count().min(magnitude.num_bits() as usize / self.width + 1);
        let mut carry = 0;
        for window in 0..count {
            let mut digit = bits(&magnitude, window * self.width, self.width) + carry;
            carry = i32::from(digit > 1 << (self.width - 1));
            digit -= carry << self.width;
            if digit != 0 {
                each(window, if negative { -digit } else { digit });
            }
        }
        debug_assert_eq!(carry, 0);
        magnitude.zeroize();
    }
}

/// `width` bits of `number` from bit `start` on, at most 16.
fn bits(number: &BigInt<4>, start: usize, width: usize) -> i32 {
    let (limb, shift) = (start / 64, start % 64);
    let low = number.0.get(limb).map_or(0, |limb| limb >> shift);
    let high = number.0.get(limb + 1).map_or(0, |limb| (limb << 1) << (63 - shift));
    ((low | high) & ((1 << width) - 1)) as i32
}

/// One digit: `sign * 2^(width * window) * scalar's point` goes into a bucket.
#[derive(Clone, Copy)]
pub struct Entry(u32);

impl Entry {
    fn new(scalar: usize, window: usize, negative: bool) -> Self {
        Entry((scalar as u32) << 7 | (window as u32) << 1 | u32::from(negative))
    }

    pub fn scalar(self) -> usize {
        (self.0 >> 7) as usize
    }

    pub fn window(self) -> usize {
        (self.0 >> 1 & 63) as usize
    }

    pub fn negative(self) -> bool {
        self.0 & 1 == 1
    }
}

impl Zeroize for Entry {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// The digits of a list of scalars, by bucket. Wiped on drop.
pub struct Sorted {
    pub windows: Windows,
    entries: Vec<Entry>,
    /// Where the entries of each bucket begin, and the end.
    starts: Vec<u32>,
}

impl Sorted {
    /// Sorts the digits of `scalars` (fewer than `2^25`). Zero digits, so zero
    /// scalars, have no entry; a bit has at most one.
    pub fn new(windows: Windows, scalars: &[Field]) -> Self {
        // With at most 51 windows, indices of table points are then below 2^31.
        assert!(scalars.len() < 1 << 25, "more scalars than an entry can number");
        let buckets = windows.buckets();
        let mut digits: Vec<(Entry, u16)> = Vec::with_capacity(scalars.len() * windows.count());
        let mut starts = vec![0u32; buckets + 1];
        for (index, scalar) in scalars.iter().enumerate() {
            windows.digits(scalar, |window, digit| {
                let bucket = digit.unsigned_abs() - 1;
                starts[bucket as usize + 1] += 1;
                digits.push((Entry::new(index, window, digit < 0), bucket as u16));
            });
        }
        for bucket in 0..buckets {
            starts[bucket + 1] += starts[bucket];
        }
        let mut entries = vec![Entry(0); digits.len()];
        let mut next = starts.clone();
        for (entry, bucket) in &digits {
            let place = &mut next[*bucket as usize];
            entries[*place as usize] = *entry;
            *place += 1;
        }
        digits.zeroize();
        next.zeroize();
        Sorted { windows, entries, starts }
    }

    /// Number of entries whose window comes `shift` after one that has multiples in a table.
    pub fn after_column(&self, shift: usize) -> usize {
        let stride = self.windows.stride;
        if stride == 1 {
            return self.entries.len();
        }
        self.entries.iter().filter(|entry| entry.window() % stride == shift).count()
    }

    /// The entries of each bucket, from digit magnitude 1 on.
    pub fn buckets(&self) -> impl Iterator<Item = &[Entry]> {
        self.starts.windows(2).map(|ends| &self.entries[ends[0] as usize..ends[1] as usize])
    }
}

impl Drop for Sorted {
    fn drop(&mut self) {
        self.entries.zeroize();
        self.starts.zeroize();
    }
}
