//! Parts of the note tree that wallets store.

use super::no_repair;
use crate::check::canonical;
use crate::draw::Draw;
use crate::{Cost, Target};
use sero_shielded::field::field_to_bytes;
use sero_shielded::tree::{ARITY, CAPACITY, DEPTH, MarkedTree, Witness};
use std::collections::{BTreeMap, BTreeSet};

pub const WITNESS: Target = Target {
    name: "witness",
    cost: Cost::Cheap,
    max_len: 4096,
    check: |bytes| canonical(bytes, |b| Witness::from_bytes(b).ok_or("not a witness"), Witness::to_bytes),
    draw: |draw| {
        let mut bytes = (draw.number() % CAPACITY).to_be_bytes().to_vec();
        (0..DEPTH * (ARITY - 1)).for_each(|_| bytes.extend(field_to_bytes(&draw.field())));
        bytes
    },
    repair: no_repair,
    nasty: || {
        let mut bytes = (WITNESS.draw)(&mut Draw::new(1));
        bytes[..8].copy_from_slice(&CAPACITY.to_be_bytes());
        vec![("position-behind-the-tree", bytes)]
    },
};

/// With the frontier inside.
pub const MARKED_TREE: Target = Target {
    name: "marked-tree",
    cost: Cost::Cheap,
    max_len: 12 * 1024,
    check: |bytes| canonical(bytes, |b| MarkedTree::from_bytes(b).ok_or("not a tree"), MarkedTree::to_bytes),
    draw: marked_tree,
    repair: no_repair,
    nasty: || {
        let frontier = |count: u64| [&8u32.to_be_bytes()[..], &count.to_be_bytes()].concat();
        let marks = |count: u64| count.to_be_bytes();
        vec![
            ("frontier-of-4-GiB", vec![0xff; 4]),
            ("2^64-1-marks", [frontier(0).as_slice(), &marks(u64::MAX)].concat()),
            ("2^61-marks", [frontier(0).as_slice(), &marks(1 << 61)].concat()),
            ("mark-behind-the-end", [frontier(0).as_slice(), &marks(1), &marks(0)].concat()),
            ("full-tree", [frontier(CAPACITY).as_slice(), &marks(0)].concat()),
            ("over-full-tree", [frontier(CAPACITY + 1).as_slice(), &marks(0)].concat()),
            ("2^64-1-leaves", [frontier(u64::MAX).as_slice(), &marks(0)].concat()),
            ("mark-at-the-end-of-a-full-tree", {
                [frontier(CAPACITY).as_slice(), &marks(1), &marks(CAPACITY - 1)].concat()
            }),
        ]
    },
};

fn marked_tree(draw: &mut Draw) -> Vec<u8> {
    let count = if draw.once_in(4) { draw.number() % CAPACITY } else { draw.word() % 600 };
    let mut frontier = count.to_be_bytes().to_vec();
    for level in 0..DEPTH {
        for _ in 0..(count >> (3 * level)) % ARITY as u64 {
            frontier.extend(field_to_bytes(&draw.field()));
        }
    }
    let wanted = if count == 0 { 0 } else { draw.below(3) };
    let marks: BTreeSet<u64> = (0..wanted).map(|_| draw.word() % count).collect();
    let mut groups = BTreeMap::new();
    for mark in &marks {
        for level in 0..DEPTH {
            let group = mark >> (3 * (level + 1));
            let complete = (count >> (3 * level)) - group * ARITY as u64;
            groups.insert((level, group), complete.min(ARITY as u64));
        }
    }
    let length = u32::try_from(frontier.len()).expect("at most 8 + 77 * 32");
    let mut bytes = [&length.to_be_bytes()[..], &frontier].concat();
    bytes.extend((marks.len() as u64).to_be_bytes());
    marks.iter().for_each(|mark| bytes.extend(mark.to_be_bytes()));
    groups.values().for_each(|nodes| (0..*nodes).for_each(|_| bytes.extend(field_to_bytes(&draw.field()))));
    bytes
}
