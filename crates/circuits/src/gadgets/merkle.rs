//! A path of the note tree: 412 constraints per level (3 bits, 7 to pick a
//! child, 402 for `P[node]`).
//!
//! Instead of inserting the node among seven siblings, all eight children are
//! wires and the one at the position's digit is shown to be the node: the
//! same statement, since the other seven are free in both.

use super::poseidon::poseidon;
use crate::builder::{Builder, Lc};
use crate::{TREE_ARITY, TREE_DEPTH};
use sero_shielded::field::Field;
use sero_shielded::poseidon::Tag;

/// Bits of one digit of the position.
const DIGIT_BITS: usize = 3;

/// The position as 33 bits, least significant first. 33 constraints.
pub fn position_bits(b: &mut Builder<'_>, position: u64) -> Vec<Lc> {
    (0..DIGIT_BITS * TREE_DEPTH).map(|i| b.bit((position >> i) & 1 == 1)).collect()
}

/// The root of the path from `leaf` at the position given by `bits`.
pub fn root(
    b: &mut Builder<'_>,
    leaf: &Lc,
    bits: &[Lc],
    siblings: &[[Field; TREE_ARITY - 1]; TREE_DEPTH],
) -> Lc {
    let mut node = leaf.clone();
    for (digit, siblings) in bits.chunks_exact(DIGIT_BITS).zip(siblings) {
        let index = digit.iter().rev().fold(0, |n, bit| 2 * n + usize::from(bit.value == Field::from(1u8)));
        let children: Vec<Lc> = (0..TREE_ARITY)
            .map(|i| {
                b.hint(match i.cmp(&index) {
                    core::cmp::Ordering::Less => siblings[i],
                    core::cmp::Ordering::Equal => node.value,
                    core::cmp::Ordering::Greater => siblings[i - 1],
                })
            })
            .collect();
        enforce_child(b, &children, digit, &node);
        node = poseidon(b, Tag::Node, &children);
    }
    node
}

/// `children[digit] = node`: a tree of selections, the last of them with its
/// result fixed. 7 constraints.
fn enforce_child(b: &mut Builder<'_>, children: &[Lc], digit: &[Lc], node: &Lc) {
    let mut layer = children.to_vec();
    for bit in &digit[..DIGIT_BITS - 1] {
        layer = layer
            .chunks_exact(2)
            .map(|pair| b.product(bit, &pair[1].minus(&pair[0])).plus(&pair[0]))
            .collect();
    }
    b.enforce(&digit[DIGIT_BITS - 1], &layer[1].minus(&layer[0]), &node.minus(&layer[0]));
}
