//! `v * V` for an amount `v < 2^128`. 1,154 constraints, of which 128 are the
//! range check.
//!
//! With `v = 2 B + b_0` (127 bits in `B`) the gadget sums, from the least
//! significant bit, `e_i 2^i V` with `e_i = 2 b_(i+1) - 1` for `i = 0..126`, and
//! adds `2^127 V`: that is `(2 B + 1) V`. Subtracting `(1 - b_0) V` with the
//! complete Edwards law gives `v V`, the identity for `v = 0` included.
//!
//! The Montgomery additions never meet an exception, for every `V` whose order
//! is a multiple of `l` (a point of `J` of any other order is killed by 8):
//! before step `i` the accumulator is `a V` with `a` odd and `|a| <= 2^i - 1`,
//! the addend is `+-2^i V`, so `0 < |a +- 2^i| < 2^(i+1) < l`: no multiple of the
//! order. The same bound covers the last addition, and its result
//! `(2 B + 1) V`, `1 <= 2 B + 1 < 2^128 < l`, is finite and not of order 2. The
//! points `2^i V` that are doubled have an order that is a multiple of `l`, so
//! they are not of order 2.

use super::curve::{Edwards, Montgomery};
use crate::builder::{Builder, Lc};
use ark_ff::One;
use sero_shielded::field::Field;

/// Bits of an amount.
pub const AMOUNT_BITS: usize = 128;

/// An amount: 128 bits and their sum.
pub struct Amount {
    /// Least significant first.
    pub bits: Vec<Lc>,
    /// `sum of 2^i b_i`, no wire of its own.
    pub value: Lc,
}

impl Amount {
    /// 128 constraints. 128 bits have one reading, as `2^128 < r`.
    pub fn new(b: &mut Builder<'_>, amount: u128) -> Amount {
        let bits: Vec<Lc> = (0..AMOUNT_BITS).map(|i| b.bit((amount >> i) & 1 == 1)).collect();
        let value = from_bits(&bits);
        Amount { bits, value }
    }

    /// `v * V`, where `base` and `base_montgomery` are both `V`, a point of the
    /// curve with `8 V != O`. 1,026 constraints.
    pub fn multiply(&self, b: &mut Builder<'_>, base: &Edwards, base_montgomery: &Montgomery) -> Edwards {
        let mut power = base_montgomery.clone();
        let mut sum = signed(b, &power, &self.bits[1]);
        for bit in &self.bits[2..] {
            power = power.double(b);
            let addend = signed(b, &power, bit);
            sum = sum.add_distinct(b, &addend);
        }
        power = power.double(b);
        let odd = sum.add_distinct(b, &power).to_edwards(b);
        // O = (0, 1) if b_0 = 1, else -V = (-x, y).
        let even = self.bits[0].complement();
        let x = b.product(&even, &base.x.times(-Field::one()));
        let y = b.product(&even, &base.y.clone().plus_constant(-Field::one())).plus_constant(Field::one());
        odd.add(b, &Edwards { x, y })
    }
}

/// `(2 bit - 1) * P`. 1 constraint.
fn signed(b: &mut Builder<'_>, point: &Montgomery, bit: &Lc) -> Montgomery {
    let sign = bit.times(Field::from(2u8)).plus_constant(-Field::one());
    let t = b.product(&sign, &point.t);
    Montgomery { s: point.s.clone(), t }
}

/// `sum of 2^i b_i`; no constraint.
pub fn from_bits(bits: &[Lc]) -> Lc {
    let mut power = Field::one();
    let mut parts = Vec::with_capacity(bits.len());
    for bit in bits {
        parts.push((power, bit));
        power += power;
    }
    Lc::weighted(&parts)
}
