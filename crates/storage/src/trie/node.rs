//! Trie nodes in memory, and where they are loaded from.

use super::{KEY_NIBBLES, TrieUpdates};
use crate::{StorageError, tables::Table};
use alloy_primitives::{B256, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::{
    Nibbles, TrieMask,
    nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode, TrieNode},
};
use signet_libmdbx::tx::aliases::RoTxSync;
use std::{borrow::Cow, collections::BTreeSet};

/// A node whose children may still be on disk.
#[derive(Debug)]
pub(super) enum Node {
    Leaf { key: Nibbles, value: Vec<u8> },
    Extension { key: Nibbles, child: Link },
    Branch { children: Box<[Link; 16]> },
}

/// The place of a child, in one of four states:
///
/// | `reference` | `node` | meaning |
/// |---|---|---|
/// | none | none | no child |
/// | some | none | unchanged, not loaded |
/// | some | some | unchanged, loaded |
/// | none | some | changed, to be encoded again |
#[derive(Debug, Default)]
pub(super) struct Link {
    /// The child as its parent's RLP names it: a hash, or the node itself if
    /// it is shorter than 32 bytes.
    pub reference: Option<RlpNode>,
    pub node: Option<Box<Node>>,
}

impl Link {
    pub fn stored(reference: RlpNode) -> Self {
        Self { reference: Some(reference), node: None }
    }

    pub fn changed(node: Node) -> Self {
        Self { reference: None, node: Some(Box::new(node)) }
    }

    pub fn is_empty(&self) -> bool {
        self.reference.is_none() && self.node.is_none()
    }
}

impl Node {
    /// An empty branch, to be filled.
    pub fn branch() -> Box<[Link; 16]> {
        Box::default()
    }

    /// A branch below `prefix`: wrapped in an extension unless that is empty.
    pub fn branch_below(prefix: Nibbles, children: Box<[Link; 16]>) -> Self {
        let branch = Self::Branch { children };
        if prefix.is_empty() {
            return branch;
        }
        Self::Extension { key: prefix, child: Link::changed(branch) }
    }

    /// Decodes a node that lies `depth` nibbles below the root; the error
    /// says what is wrong.
    pub fn decode(mut bytes: &[u8], depth: usize) -> Result<Self, String> {
        let node = TrieNode::decode(&mut bytes).map_err(|error| error.to_string())?;
        if !bytes.is_empty() {
            return Err(format!("{} bytes after the node", bytes.len()));
        }
        let (node, fits) = match node {
            TrieNode::EmptyRoot => return Err("empty node".into()),
            TrieNode::Leaf(leaf) => {
                let fits = depth + leaf.key.len() == KEY_NIBBLES;
                (Self::Leaf { key: leaf.key, value: leaf.value }, fits)
            }
            TrieNode::Extension(extension) => {
                let fits = !extension.key.is_empty() && depth + extension.key.len() < KEY_NIBBLES;
                let child = Link::stored(extension.child);
                (Self::Extension { key: extension.key, child }, fits)
            }
            TrieNode::Branch(branch) => {
                let mut children = Self::branch();
                for (index, child) in branch.state_mask.iter().zip(branch.stack) {
                    children[usize::from(index)] = Link::stored(child);
                }
                (Self::Branch { children }, branch.state_mask.len() >= 2 && depth < KEY_NIBBLES)
            }
        };
        if fits { Ok(node) } else { Err(format!("node does not fit at depth {depth}")) }
    }

    /// RLP of the node; `reference` gives each child's reference, with the
    /// child's path below this node.
    pub fn encode(&self, mut reference: impl FnMut(&Link, Nibbles) -> RlpNode) -> Vec<u8> {
        let mut rlp = Vec::new();
        match self {
            Self::Leaf { key, value } => LeafNodeRef { key, value }.encode(&mut rlp),
            Self::Extension { key, child } => {
                let child = reference(child, *key);
                ExtensionNodeRef { key, child: &child }.encode(&mut rlp);
            }
            Self::Branch { children } => {
                let mut mask = TrieMask::default();
                let mut stack = Vec::with_capacity(16);
                for (index, child) in (0u8..16).zip(children.iter()) {
                    if !child.is_empty() {
                        mask.set_bit(index);
                        stack.push(reference(child, Nibbles::from_nibbles([index])));
                    }
                }
                BranchNodeRef::new(&stack, mask).encode(&mut rlp);
            }
        }
        rlp
    }
}

/// Stored nodes, seen through the updates of pending blocks.
pub(crate) struct Nodes<'a> {
    pub tx: &'a RoTxSync,
    pub table: &'a Table,
    /// Oldest first.
    pub pending: &'a [&'a TrieUpdates],
}

impl<'a> Nodes<'a> {
    /// The bytes of the node at `path`, which must hash to `hash`.
    pub fn load(&self, owner: B256, path: &Nibbles, hash: B256) -> Result<Cow<'a, [u8]>, StorageError> {
        let newest = self.pending.iter().rev().find_map(|updates| updates.node(owner, path));
        let bytes = match newest {
            Some(bytes) => bytes.map(Cow::Borrowed),
            None => self.table.get(self.tx, &node_key(owner, path))?,
        };
        match bytes {
            Some(bytes) if keccak256(&bytes) == hash => Ok(bytes),
            Some(_) => Err(self.corrupt(owner, path, format!("node does not hash to {hash}"))),
            None => Err(self.corrupt(owner, path, format!("node {hash} is missing"))),
        }
    }

    /// Resolves a reference: the node it names, and whether that is a stored
    /// node of its own.
    pub(super) fn resolve(
        &self,
        owner: B256,
        path: &Nibbles,
        reference: &RlpNode,
    ) -> Result<(Node, bool), StorageError> {
        let hash = reference.as_hash();
        let bytes = match hash {
            Some(hash) => self.load(owner, path, hash)?,
            None => Cow::Borrowed(reference.as_slice()),
        };
        let node = self.decode(owner, path, &bytes)?;
        Ok((node, hash.is_some()))
    }

    /// Decodes bytes found at `path`.
    pub(super) fn decode(&self, owner: B256, path: &Nibbles, bytes: &[u8]) -> Result<Node, StorageError> {
        Node::decode(bytes, path.len()).map_err(|reason| self.corrupt(owner, path, reason))
    }

    /// Paths of all stored nodes of one trie.
    pub fn paths(&self, owner: B256) -> Result<BTreeSet<Nibbles>, StorageError> {
        let mut paths = BTreeSet::new();
        self.table.scan_prefix(self.tx, owner.as_slice(), |key, _| {
            let path = &key[32..];
            if path.len() > KEY_NIBBLES || path.iter().any(|nibble| *nibble > 0x0f) {
                return Err(self.table.corrupt(key, "key is not a nibble path"));
            }
            paths.insert(Nibbles::from_nibbles(path));
            Ok(())
        })?;
        for updates in self.pending {
            updates.apply_to_paths(owner, &mut paths);
        }
        Ok(paths)
    }

    pub fn corrupt(&self, owner: B256, path: &Nibbles, reason: impl Into<String>) -> StorageError {
        self.table.corrupt(&node_key(owner, path), reason)
    }
}

/// `owner (32) || one byte per nibble of the path`.
pub(super) fn node_key(owner: B256, path: &Nibbles) -> Vec<u8> {
    let mut key = Vec::with_capacity(32 + path.len());
    key.extend_from_slice(owner.as_slice());
    key.extend(path.iter());
    key
}
