//! Powers of two in a field, for the constants of paths with another `R` than arkworks'.

use ark_ff::MontConfig;

/// `2^exponent` modulo the modulus, which is above `2^253`; the exponent is not below 253.
pub const fn power_of_two<M: MontConfig<4>>(exponent: u32) -> [u64; 4] {
    let q = M::MODULUS.0;
    let mut x = [0u64, 0, 0, 1 << 61];
    let mut t = 253;
    while t < exponent {
        let (mut twice, mut less) = ([0u64; 4], [0u64; 4]);
        let (mut i, mut carry, mut borrow) = (0, 0, false);
        while i < 4 {
            twice[i] = (x[i] << 1) | carry;
            carry = x[i] >> 63;
            let (first, under) = twice[i].overflowing_sub(q[i]);
            let (second, again) = first.overflowing_sub(borrow as u64);
            less[i] = second;
            borrow = under | again;
            i += 1;
        }
        x = if borrow { twice } else { less };
        t += 1;
    }
    x
}
