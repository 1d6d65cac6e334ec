//! Poseidon with any tag.

use super::{Answer, POSEIDON_INPUTS_MAX, count, field};
use alloy_primitives::U256;
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::poseidon::poseidon_with_tag;

/// The number of inputs, if it is one that the permutation has a width for.
pub fn check_count(inputs: &[U256]) -> Answer<usize> {
    count("inputs", inputs.len(), 1, POSEIDON_INPUTS_MAX)?;
    Ok(inputs.len())
}

/// `P[tag](inputs)`; [`check_count`] comes first.
pub fn hash(tag: U256, inputs: &[U256]) -> Answer<U256> {
    let tag = field("tag", 0, tag)?;
    let inputs: Vec<Field> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| field("inputs", index, *input))
        .collect::<Result<_, _>>()?;
    Ok(U256::from_be_bytes(field_to_bytes(&poseidon_with_tag(tag, &inputs))))
}
