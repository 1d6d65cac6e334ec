//! Numbers at the very bounds that operations name. Sequences of operations rarely come near.

use crate::Element;
use ark_ff::{BigInt, BigInteger as _, MontConfig, PrimeField as _};

/// Has room for every number of every path.
pub type Number = BigInt<5>;

/// `k q`.
pub fn multiple<M: MontConfig<4>>(k: u64) -> Number {
    let q = M::MODULUS.0;
    let (mut limbs, mut carry) = ([q[0], q[1], q[2], q[3], 0], 0);
    for limb in &mut limbs {
        let wide = u128::from(*limb) * u128::from(k) + carry;
        (*limb, carry) = (wide as u64, wide >> 64);
    }
    BigInt(limbs)
}

/// Numbers below `limit`: about multiples of the modulus and of `2^254`, with empty and with full limbs of `bits`.
pub fn numbers<M: MontConfig<4>>(limit: &Number, bits: u32) -> Vec<Number> {
    let one = Number::from(1u8);
    let less = |mut a: Number, b: &Number| (!a.sub_with_borrow(b)).then_some(a);
    let mut all = Vec::new();
    for k in 0..=8 {
        for base in [multiple::<M>(k), Number::from(k) << 254] {
            let top = base >> (4 * bits) << (4 * bits);
            let mut more = base;
            more.add_with_carry(&one);
            all.extend(
                [Some(base), Some(more), Some(top), less(base, &one), less(top, &one)].into_iter().flatten(),
            );
            all.extend(less(base, &(one << bits)));
            all.extend(less(top, &(one << (3 * bits))));
        }
    }
    all.retain(|number| number < limit);
    all.extend(less(*limit, &one));
    all.sort_unstable();
    all.dedup();
    all
}

/// Its limbs.
pub fn limbs<const N: usize>(number: &Number, bits: u32) -> [u64; N] {
    let mut rest = *number;
    core::array::from_fn(|_| {
        let limb = rest.0[0] & ((1 << bits) - 1);
        rest >>= bits;
        limb
    })
}

/// The number of these limbs, which are below `2^bits`.
pub fn joined(limbs: &[u64], bits: u32) -> Number {
    let mut number = Number::from(0u8);
    for limb in limbs.iter().rev() {
        assert!(*limb >> bits == 0, "a limb that is not normalised");
        number <<= bits;
        number.add_with_carry(&Number::from(*limb));
    }
    number
}

/// The number modulo `q`.
#[allow(clippy::disallowed_methods, reason = "what a reduction is compared with")]
pub fn element<M: MontConfig<4>>(number: &Number) -> Element<M> {
    Element::<M>::from_le_bytes_mod_order(&number.to_bytes_le())
}
