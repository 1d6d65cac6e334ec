//! A tree that can tell the paths of some leaves: those that a wallet owns.
//!
//! One store for all of them. A group of eight siblings is kept while a marked
//! leaf lies below it, and grows as its nodes are completed, so that a new leaf
//! costs the same however many leaves are marked, and marked leaves that lie
//! close together share everything above them.

use super::{ARITY, CAPACITY, DEPTH, Frontier, Siblings, TreeFull, append, digit, empty_root, root};
use crate::field::{Field, field_from_bytes, field_to_bytes};
use ark_ff::AdditiveGroup;
use std::collections::{BTreeMap, BTreeSet};

/// See the module documentation.
#[derive(Clone, Debug, Default)]
pub struct MarkedTree {
    frontier: Frontier,
    marks: BTreeSet<u64>,
    /// By level and number of the group: its complete nodes, from the left.
    groups: BTreeMap<(usize, u64), Vec<Field>>,
    steps: u64,
}

/// Equal if [`MarkedTree::to_bytes`] is.
impl PartialEq for MarkedTree {
    fn eq(&self, other: &Self) -> bool {
        self.frontier == other.frontier && self.marks == other.marks && self.groups == other.groups
    }
}

impl Eq for MarkedTree {}

impl MarkedTree {
    /// The tree without paths.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Leaves so far.
    pub fn count(&self) -> u64 {
        self.frontier.count
    }

    /// The root.
    pub fn root(&self) -> Field {
        self.frontier.root()
    }

    /// Positions of the marked leaves, ascending.
    pub fn marks(&self) -> impl Iterator<Item = u64> + '_ {
        self.marks.iter().copied()
    }

    /// Nodes that the store holds.
    pub fn stored(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }

    /// Nodes stored, looked for and forgotten since this value was made: what
    /// the work grows with.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Appends a leaf; a marked one keeps its path. At most 2 lookups a leaf on
    /// average, and 11 more for a marked one.
    pub fn append(&mut self, leaf: Field, mark: bool) -> Result<u64, TreeFull> {
        let position = self.frontier.count;
        if position >= CAPACITY {
            return Err(TreeFull);
        }
        if mark {
            self.mark_next(position);
        }
        let (groups, steps) = (&mut self.groups, &mut self.steps);
        let Ok(()) = append(&mut self.frontier, position, leaf, |level, index, node| {
            *steps += 1;
            if let Some(group) = groups.get_mut(&(level, index / ARITY as u64)) {
                group.push(node);
            }
        });
        self.frontier.count += 1;
        Ok(position)
    }

    /// Opens the groups above the next leaf with what is complete to its left.
    fn mark_next(&mut self, position: u64) {
        self.marks.insert(position);
        let mut index = position;
        for level in 0..DEPTH {
            let key = (level, index / ARITY as u64);
            self.steps += 1;
            if self.groups.contains_key(&key) {
                break;
            }
            let left = &self.frontier.nodes[level][..digit(index)];
            self.steps += left.len() as u64;
            self.groups.insert(key, left.to_vec());
            index /= ARITY as u64;
        }
    }

    /// Forgets a leaf's path, and what no other marked leaf needs.
    pub fn unmark(&mut self, position: u64) {
        if !self.marks.remove(&position) {
            return;
        }
        for level in 0..DEPTH {
            let group = position >> (3 * (level + 1));
            let first = group << (3 * (level + 1));
            let last = first + (1 << (3 * (level + 1)));
            self.steps += 1;
            if self.marks.range(first..last).next().is_some() {
                break;
            }
            self.steps += self.groups.remove(&(level, group)).map_or(0, |group| group.len() as u64);
        }
    }

    /// The path of a marked leaf in the tree as it is now, or `None` if the
    /// leaf is not marked.
    pub fn path(&self, position: u64) -> Option<Siblings> {
        if !self.marks.contains(&position) {
            return None;
        }
        let mut unfinished = [Field::ZERO; DEPTH];
        let Ok(_) =
            root(&mut self.frontier.clone(), self.frontier.count, |level, _, node| unfinished[level] = node);
        let mut siblings: Siblings = core::array::from_fn(|level| [empty_root(level); ARITY - 1]);
        for (level, siblings) in siblings.iter_mut().enumerate() {
            let (own, open) = (position >> (3 * level), self.frontier.count >> (3 * level));
            let group = own / ARITY as u64;
            let complete = self.groups.get(&(level, group))?;
            let others = (0..ARITY).filter(|place| *place != digit(own));
            for (sibling, place) in siblings.iter_mut().zip(others) {
                if let Some(node) = complete.get(place) {
                    *sibling = *node;
                } else if group * ARITY as u64 + place as u64 == open {
                    *sibling = unfinished[level];
                }
            }
        }
        Some(siblings)
    }

    /// Length of the frontier (4 bytes) | [`Frontier::to_bytes`] | number of marks
    /// (8 bytes) | each mark (8 bytes), ascending | the nodes of all groups by
    /// level and number. Which groups there are and how long each is follows
    /// from marks and count.
    pub fn to_bytes(&self) -> Vec<u8> {
        let frontier = self.frontier.to_bytes();
        let length = u32::try_from(frontier.len()).expect("at most 8 + 77 * 32");
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(frontier);
        bytes.extend((self.marks.len() as u64).to_be_bytes());
        self.marks.iter().for_each(|mark| bytes.extend(mark.to_be_bytes()));
        self.groups.values().flatten().for_each(|node| bytes.extend(field_to_bytes(node)));
        bytes
    }

    /// Reads [`Self::to_bytes`]; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (frontier, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let frontier = Frontier::from_bytes(frontier)?;
        let (count, rest) = rest.split_first_chunk::<8>()?;
        let count = usize::try_from(u64::from_be_bytes(*count)).ok()?;
        let (marks, nodes) = rest.split_at_checked(count.checked_mul(8)?)?;
        let marks = marks.as_chunks::<8>().0.iter().map(|mark| u64::from_be_bytes(*mark));
        let mut tree = Self { frontier, ..Self::default() };
        let mut lengths = BTreeMap::new();
        for mark in marks {
            let ascending = tree.marks.last().is_none_or(|last| *last < mark);
            if !ascending || mark >= tree.frontier.count {
                return None;
            }
            tree.marks.insert(mark);
            for level in 0..DEPTH {
                let group = mark >> (3 * (level + 1));
                let complete = (tree.frontier.count >> (3 * level)) - group * ARITY as u64;
                lengths.insert((level, group), usize::try_from(complete).map_or(ARITY, |n| n.min(ARITY)));
            }
        }
        let mut nodes = nodes.chunks(32);
        for (key, length) in lengths {
            let group: Option<Vec<Field>> = (nodes.by_ref().take(length))
                .map(|node| node.try_into().ok().and_then(|node| field_from_bytes(node).ok()))
                .collect();
            tree.groups.insert(key, group.filter(|group| group.len() == length)?);
        }
        nodes.next().is_none().then_some(tree)
    }
}
