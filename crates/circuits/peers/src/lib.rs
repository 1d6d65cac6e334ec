//! What the peers' programs share: the line protocol, and a note tree.
//!
//! Peers run as their authors publish them: crates.io, default features, release mode, keys loaded before.

#[path = "../../../bench/src/line.rs"]
pub mod line;

use incrementalmerkletree::{Hashable, MerklePath, frontier::CommitmentTree, witness::IncrementalWitness};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

/// Leaves left and right of the note that is spent.
const OTHERS: u64 = 500;
/// Levels of Zcash's note trees.
pub const DEPTH: u8 = 32;

/// The system's randomness.
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The path of `leaf` in a tree in which it has `other` leaves on both sides.
pub fn path<H: Hashable + Clone>(leaf: H, other: impl Fn(u64) -> H) -> Result<MerklePath<H, DEPTH>, String> {
    let full = |()| "the tree is full".to_string();
    let mut tree = CommitmentTree::<H, DEPTH>::empty();
    (0..OTHERS).try_for_each(|i| tree.append(other(i))).map_err(full)?;
    tree.append(leaf).map_err(full)?;
    let mut witness = IncrementalWitness::from_tree(tree).ok_or("the tree is empty")?;
    (OTHERS..2 * OTHERS).try_for_each(|i| witness.append(other(i))).map_err(full)?;
    witness.path().ok_or_else(|| "the note has no path".into())
}
