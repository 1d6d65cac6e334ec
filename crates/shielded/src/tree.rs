//! The note tree: append-only, arity 8, depth 11, `node = P[node](c0..c7)`,
//! empty leaves are 0.
//!
//! Only the frontier is kept: for every level the complete nodes of its last,
//! unfinished group. Chain and wallet run the same two functions over their
//! own storage; a wallet adds the paths of its own leaves ([`MarkedTree`]).

mod marked;

pub use marked::MarkedTree;

use crate::field::Field;
use crate::poseidon::{Tag, poseidon};
use ark_ff::{AdditiveGroup, Zero};
use std::sync::OnceLock;

/// Children of a node.
pub const ARITY: usize = 8;
/// Levels between leaf and root.
pub const DEPTH: usize = 11;
/// Leaves that fit: `8^11 - 1`; the last leaf stays empty, so that the root
/// always has an unfinished path.
pub const CAPACITY: u64 = (1 << (3 * DEPTH)) - 1;

/// The siblings on the way from a leaf to the root; level 0 is the leaves'.
/// The node's own place among its eight siblings is left out.
pub type Siblings = [[Field; ARITY - 1]; DEPTH];

/// Where the frontier lives: `level < 11`, `index < 8`.
pub trait FrontierStore {
    /// A fault of the store.
    type Error;
    /// The node written last at this place.
    fn node(&mut self, level: usize, index: usize) -> Result<Field, Self::Error>;
    /// Writes a complete node.
    fn set_node(&mut self, level: usize, index: usize, node: Field) -> Result<(), Self::Error>;
}

/// Root of an empty subtree of height `level`.
pub fn empty_root(level: usize) -> Field {
    static ROOTS: OnceLock<[Field; DEPTH + 1]> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = [Field::ZERO; DEPTH + 1];
        for level in 0..DEPTH {
            roots[level + 1] = poseidon(Tag::Node, &[roots[level]; ARITY]);
        }
        roots
    })[level]
}

/// Writes `leaf` at position `count` (which must be below [`CAPACITY`]) and
/// every node that it completes. `completed(level, index, node)` hears of each
/// with its index among all nodes of the level, the leaf included.
pub fn append<S: FrontierStore>(
    store: &mut S,
    count: u64,
    leaf: Field,
    mut completed: impl FnMut(usize, u64, Field),
) -> Result<(), S::Error> {
    let mut node = leaf;
    let mut index = count;
    for level in 0..DEPTH {
        let digit = digit(index);
        store.set_node(level, digit, node)?;
        completed(level, index, node);
        if digit != ARITY - 1 {
            return Ok(());
        }
        let mut children = [Field::ZERO; ARITY];
        for (i, child) in children.iter_mut().enumerate().take(ARITY - 1) {
            *child = store.node(level, i)?;
        }
        children[ARITY - 1] = node;
        node = poseidon(Tag::Node, &children);
        index /= ARITY as u64;
    }
    Ok(())
}

/// The root over `count` leaves, 11 hashes. `partial(level, index, node)` hears
/// of the unfinished node of every level.
pub fn root<S: FrontierStore>(
    store: &mut S,
    count: u64,
    mut partial: impl FnMut(usize, u64, Field),
) -> Result<Field, S::Error> {
    let mut node = empty_root(0);
    let mut index = count;
    for level in 0..DEPTH {
        partial(level, index, node);
        let mut children = [empty_root(level); ARITY];
        for (i, child) in children.iter_mut().enumerate().take(digit(index)) {
            *child = store.node(level, i)?;
        }
        children[digit(index)] = node;
        node = poseidon(Tag::Node, &children);
        index /= ARITY as u64;
    }
    Ok(node)
}

fn digit(index: u64) -> usize {
    usize::try_from(index % ARITY as u64).expect("below 8")
}

/// A frontier in memory.
#[derive(Clone, Debug)]
pub struct Frontier {
    nodes: [[Field; ARITY]; DEPTH],
    count: u64,
}

/// Equal if [`Frontier::to_bytes`] is: nodes of finished groups are left over and mean nothing.
impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Frontier {}

impl Default for Frontier {
    fn default() -> Self {
        Self { nodes: [[Field::ZERO; ARITY]; DEPTH], count: 0 }
    }
}

/// The tree has [`CAPACITY`] leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("note tree is full")]
pub struct TreeFull;

impl FrontierStore for Frontier {
    type Error = core::convert::Infallible;

    fn node(&mut self, level: usize, index: usize) -> Result<Field, Self::Error> {
        Ok(self.nodes[level][index])
    }

    fn set_node(&mut self, level: usize, index: usize, node: Field) -> Result<(), Self::Error> {
        self.nodes[level][index] = node;
        Ok(())
    }
}

impl Frontier {
    /// Leaves so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends a leaf and brings `witnesses` up to date.
    pub fn append<'w>(
        &mut self,
        leaf: Field,
        witnesses: impl IntoIterator<Item = &'w mut Witness>,
    ) -> Result<u64, TreeFull> {
        let position = self.count;
        if position >= CAPACITY {
            return Err(TreeFull);
        }
        let mut nodes = Vec::with_capacity(2);
        let Ok(()) = append(self, position, leaf, |level, index, node| nodes.push((level, index, node)));
        for witness in witnesses {
            nodes.iter().for_each(|(level, index, node)| witness.learn(*level, *index, *node));
        }
        self.count += 1;
        Ok(position)
    }

    /// The root.
    pub fn root(&self) -> Field {
        let Ok(root) = root(&mut self.clone(), self.count, |_, _, _| ());
        root
    }

    /// A witness for the next leaf to be appended, knowing everything to its left.
    pub fn next_witness(&self) -> Witness {
        let mut witness = Witness::new(self.count);
        let mut index = self.count;
        for level in 0..DEPTH {
            let group = index - index % ARITY as u64;
            for i in 0..digit(index) {
                witness.learn(level, group + i as u64, self.nodes[level][i]);
            }
            index /= ARITY as u64;
        }
        witness
    }

    /// The path of `witness` in the tree as it is now.
    pub fn path(&self, witness: &Witness) -> Siblings {
        let mut witness = witness.clone();
        let Ok(_) =
            root(&mut self.clone(), self.count, |level, index, node| witness.learn(level, index, node));
        witness.siblings
    }

    /// `count` (8 bytes) and, level by level, the nodes left of the open place.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.count.to_be_bytes().to_vec();
        let mut index = self.count;
        for level in 0..DEPTH {
            for node in &self.nodes[level][..digit(index)] {
                bytes.extend_from_slice(&crate::field::field_to_bytes(node));
            }
            index /= ARITY as u64;
        }
        bytes
    }

    /// Reads [`Self::to_bytes`]; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (count, mut rest) = bytes.split_first_chunk::<8>()?;
        let mut frontier = Self { count: u64::from_be_bytes(*count), ..Self::default() };
        let mut index = frontier.count;
        for level in 0..DEPTH {
            for i in 0..digit(index) {
                let (node, tail) = rest.split_first_chunk::<32>()?;
                frontier.nodes[level][i] = crate::field::field_from_bytes(node).ok()?;
                rest = tail;
            }
            index /= ARITY as u64;
        }
        (rest.is_empty() && frontier.count <= CAPACITY).then_some(frontier)
    }
}

/// What a wallet keeps to prove one leaf's membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    position: u64,
    siblings: Siblings,
}

impl Witness {
    fn new(position: u64) -> Self {
        Self { position, siblings: core::array::from_fn(|level| [empty_root(level); ARITY - 1]) }
    }

    /// The leaf's position.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Puts `node` where it is a sibling; ignores it elsewhere.
    fn learn(&mut self, level: usize, index: u64, node: Field) {
        let own = self.position >> (3 * level);
        if own / ARITY as u64 != index / ARITY as u64 || own == index {
            return;
        }
        let place = digit(index) - usize::from(index > own);
        self.siblings[level][place] = node;
    }

    /// `position` (8 bytes) and 77 nodes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let nodes = self.siblings.iter().flatten().flat_map(crate::field::field_to_bytes);
        self.position.to_be_bytes().into_iter().chain(nodes).collect()
    }

    /// Reads [`Self::to_bytes`]; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, nodes) = bytes.split_first_chunk::<8>()?;
        let position = u64::from_be_bytes(*position);
        if position >= CAPACITY || nodes.len() != DEPTH * (ARITY - 1) * 32 {
            return None;
        }
        let mut witness = Self::new(position);
        for (place, node) in witness.siblings.iter_mut().flatten().zip(nodes.as_chunks::<32>().0) {
            *place = crate::field::field_from_bytes(node).ok()?;
        }
        Some(witness)
    }
}

/// The root that `leaf` at `position` has with these siblings.
pub fn root_of_path(leaf: Field, position: u64, siblings: &Siblings) -> Field {
    let mut node = leaf;
    let mut index = position;
    for level in siblings {
        let digit = digit(index);
        let mut children = [Field::zero(); ARITY];
        children[..digit].copy_from_slice(&level[..digit]);
        children[digit] = node;
        children[digit + 1..].copy_from_slice(&level[digit..]);
        node = poseidon(Tag::Node, &children);
        index /= ARITY as u64;
    }
    node
}
