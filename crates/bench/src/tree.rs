//! The note tree, and the hash that it is made of.

use crate::line::{Row, measure};
use sero_shielded::field::Field;
use sero_shielded::hash::hash_to_field;
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::tree::Frontier;
use std::hint::black_box;

const LEAVES: u64 = 1_000;
const HASHES: u64 = 1_000;

fn field(i: u64) -> Field {
    hash_to_field("bench", &[&i.to_be_bytes()])
}

/// 1,000 leaves, then the root.
pub fn append_and_root() -> Row {
    let leaves: Vec<Field> = (0..LEAVES).map(field).collect();
    Box::new(move || {
        let (taken, full) = measure(|| {
            let mut tree = Frontier::default();
            let result = leaves.iter().try_for_each(|leaf| tree.append(*leaf, []).map(drop));
            black_box(tree.root());
            result
        });
        full.map(|()| taken).map_err(crate::text)
    })
}

/// 1,000 hashes, each of the one before; `width` is the state's: one more than there are inputs.
pub fn hashes(width: u64) -> Row {
    let mut inputs: Vec<Field> = (1..width).map(field).collect();
    Box::new(move || {
        let (taken, ()) = measure(|| (0..HASHES).for_each(|_| inputs[0] = poseidon(Tag::Node, &inputs)));
        black_box(&inputs);
        Ok(taken)
    })
}
