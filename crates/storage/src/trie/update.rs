//! One trie, changed lazily: only nodes on touched paths are loaded, and only
//! changed nodes are encoded and hashed again.

use super::node::{Link, Node, Nodes, node_key};
use crate::{StorageError, tables::Tables};
use alloy_primitives::{B256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use signet_libmdbx::tx::aliases::RwTxUnsync;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

/// New nodes by path; `None` removes the node.
pub(super) type NodeChanges = BTreeMap<Nibbles, Option<Vec<u8>>>;

/// What one block changes in the state trie, from
/// [`Snapshot::state_root`](crate::Snapshot::state_root). It is bound to the
/// state root that it starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrieUpdates {
    pub(super) base_root: B256,
    pub(super) root: B256,
    pub(super) tries: BTreeMap<B256, NodeChanges>,
}

impl TrieUpdates {
    /// State root before the block.
    pub fn base_root(&self) -> B256 {
        self.base_root
    }

    /// State root after the block.
    pub fn root(&self) -> B256 {
        self.root
    }

    /// Number of nodes written or removed.
    pub fn node_count(&self) -> usize {
        self.tries.values().map(BTreeMap::len).sum()
    }

    /// `None` if this update does not know the node; `Some(None)` if it
    /// removes it.
    pub(super) fn node(&self, owner: B256, path: &Nibbles) -> Option<Option<&[u8]>> {
        Some(self.tries.get(&owner)?.get(path)?.as_deref())
    }

    /// Adds and removes the paths that this update adds and removes.
    pub(super) fn apply_to_paths(&self, owner: B256, paths: &mut BTreeSet<Nibbles>) {
        for (path, bytes) in self.tries.get(&owner).into_iter().flatten() {
            if bytes.is_some() {
                paths.insert(*path);
            } else {
                paths.remove(path);
            }
        }
    }

    pub(crate) fn write(&self, tx: &RwTxUnsync, tables: &Tables) -> Result<(), StorageError> {
        for (owner, nodes) in &self.tries {
            for (path, bytes) in nodes {
                let key = node_key(*owner, path);
                match bytes {
                    Some(bytes) => tables.trie_nodes.put(tx, &key, bytes)?,
                    None => tables.trie_nodes.delete(tx, &key)?,
                }
            }
        }
        Ok(())
    }
}

/// A trie under change. Keys are always 64 nibbles.
pub(super) struct Trie<'a> {
    loader: Loader<'a>,
    root: Link,
}

impl<'a> Trie<'a> {
    /// The stored trie of `owner` with this root.
    pub fn open(nodes: &'a Nodes<'a>, owner: B256, root: B256) -> Self {
        let root = match root {
            EMPTY_ROOT_HASH => Link::default(),
            root => Link::stored(RlpNode::word_rlp(&root)),
        };
        Self { loader: Loader { nodes, owner, stored: BTreeSet::new() }, root }
    }

    /// The value at `key`.
    pub fn get(&mut self, key: &Nibbles) -> Result<Option<&[u8]>, StorageError> {
        let mut link = &mut self.root;
        let mut depth = 0;
        loop {
            match self.loader.load(link, &key.slice(..depth))? {
                None => return Ok(None),
                Some(Node::Leaf { key: rest, value }) => {
                    return Ok((key.slice(depth..) == *rest).then_some(value));
                }
                Some(Node::Extension { key: part, child }) => {
                    if !key.slice(depth..).starts_with(part) {
                        return Ok(None);
                    }
                    depth += part.len();
                    link = child;
                }
                Some(Node::Branch { children }) => {
                    link = &mut children[nibble(key, depth)];
                    depth += 1;
                }
            }
        }
    }

    /// Sets the value at `key`, which must not be empty.
    pub fn put(&mut self, key: &Nibbles, value: Vec<u8>) -> Result<(), StorageError> {
        put(&mut self.loader, &mut self.root, key, 0, value).map(drop)
    }

    /// Removes `key`, if it is there.
    pub fn remove(&mut self, key: &Nibbles) -> Result<(), StorageError> {
        remove(&mut self.loader, &mut self.root, key, 0).map(drop)
    }

    /// The new root, and the stored nodes that change.
    pub fn finish(self) -> (B256, NodeChanges) {
        let mut changes = Changes { nodes: BTreeMap::new(), gone: self.loader.stored };
        let root = match changes.encode(&self.root, Nibbles::new()) {
            None => EMPTY_ROOT_HASH,
            Some(reference) => reference.as_hash().unwrap_or_else(|| keccak256(&reference)),
        };
        let Changes { mut nodes, gone } = changes;
        nodes.extend(gone.into_iter().map(|path| (path, None)));
        (root, nodes)
    }
}

/// Loads nodes of one trie and remembers which of them have a row.
struct Loader<'a> {
    nodes: &'a Nodes<'a>,
    owner: B256,
    stored: BTreeSet<Nibbles>,
}

impl Loader<'_> {
    /// The node behind `link`, loaded if need be; `None` if there is none.
    fn load<'l>(&mut self, link: &'l mut Link, path: &Nibbles) -> Result<Option<&'l mut Node>, StorageError> {
        if let (Some(reference), None) = (&link.reference, &link.node) {
            let (node, has_row) = self.nodes.resolve(self.owner, path, reference)?;
            if has_row {
                self.stored.insert(*path);
            }
            link.node = Some(Box::new(node));
        }
        Ok(link.node.as_deref_mut())
    }
}

/// The child index at `depth`; nodes are checked to end above the key's end.
fn nibble(key: &Nibbles, depth: usize) -> usize {
    usize::from(key.get(depth).expect("a branch lies above the end of every key"))
}

/// Sets a value below `link`; answers whether anything changed.
fn put(
    loader: &mut Loader<'_>,
    link: &mut Link,
    key: &Nibbles,
    depth: usize,
    value: Vec<u8>,
) -> Result<bool, StorageError> {
    let rest = key.slice(depth..);
    let changed = match loader.load(link, &key.slice(..depth))? {
        None => {
            *link = Link::changed(Node::Leaf { key: rest, value });
            return Ok(true);
        }
        Some(Node::Leaf { key: own, value: old }) if *own == rest => {
            let changed = *old != value;
            *old = value;
            changed
        }
        Some(node @ Node::Leaf { .. }) => {
            split_leaf(node, rest, value);
            true
        }
        Some(Node::Extension { key: part, child }) if rest.starts_with(part) => {
            put(loader, child, key, depth + part.len(), value)?
        }
        Some(node @ Node::Extension { .. }) => {
            split_extension(node, rest, value);
            true
        }
        Some(Node::Branch { children }) => {
            put(loader, &mut children[nibble(key, depth)], key, depth + 1, value)?
        }
    };
    if changed {
        link.reference = None;
    }
    Ok(changed)
}

/// Puts a leaf `rest` beside the leaf `node`, where their keys part.
fn split_leaf(node: &mut Node, rest: Nibbles, value: Vec<u8>) {
    let Node::Leaf { key, value: old } = node else { unreachable!("the caller matched a leaf") };
    let common = key.common_prefix_length(&rest);
    let mut children = Node::branch();
    children[nibble(key, common)] =
        Link::changed(Node::Leaf { key: key.slice(common + 1..), value: mem::take(old) });
    children[nibble(&rest, common)] = Link::changed(Node::Leaf { key: rest.slice(common + 1..), value });
    *node = Node::branch_below(rest.slice(..common), children);
}

/// Puts a leaf `rest` beside what the extension `node` leads to.
fn split_extension(node: &mut Node, rest: Nibbles, value: Vec<u8>) {
    let Node::Extension { key, child } = node else { unreachable!("the caller matched an extension") };
    let common = key.common_prefix_length(&rest);
    let below = key.slice(common + 1..);
    let child = mem::take(child);
    let mut children = Node::branch();
    children[nibble(key, common)] =
        if below.is_empty() { child } else { Link::changed(Node::Extension { key: below, child }) };
    children[nibble(&rest, common)] = Link::changed(Node::Leaf { key: rest.slice(common + 1..), value });
    *node = Node::branch_below(rest.slice(..common), children);
}

/// Removes a key below `link`; answers whether anything changed.
fn remove(
    loader: &mut Loader<'_>,
    link: &mut Link,
    key: &Nibbles,
    depth: usize,
) -> Result<bool, StorageError> {
    let path = key.slice(..depth);
    let rest = key.slice(depth..);
    let Some(node) = loader.load(link, &path)? else {
        return Ok(false);
    };
    let changed = match node {
        Node::Leaf { key: own, .. } => {
            if *own == rest {
                *link = Link::default();
                return Ok(true);
            }
            false
        }
        Node::Extension { key: part, child } => {
            let inside = rest.starts_with(part);
            inside && remove(loader, child, key, depth + part.len())?
        }
        Node::Branch { children } => remove(loader, &mut children[nibble(key, depth)], key, depth + 1)?,
    };
    if changed {
        collapse(loader, node_of(link), &path)?;
        link.reference = None;
    }
    Ok(changed)
}

fn node_of(link: &mut Link) -> &mut Node {
    link.node.as_deref_mut().expect("the caller loaded the node")
}

/// Restores the trie's shape after a removal below `node`: a branch with one
/// child becomes part of that child, and extensions never meet.
fn collapse(loader: &mut Loader<'_>, node: &mut Node, path: &Nibbles) -> Result<(), StorageError> {
    let (prefix, mut child) = match node {
        Node::Leaf { .. } => return Ok(()),
        Node::Extension { key, child } => (*key, mem::take(child)),
        Node::Branch { children } => {
            let mut present = (0u8..16).zip(children.iter_mut()).filter(|(_, c)| !c.is_empty());
            let Some((index, only)) = present.next() else {
                return Ok(());
            };
            if present.next().is_some() {
                return Ok(());
            }
            (Nibbles::from_nibbles([index]), mem::take(only))
        }
    };
    *node = match loader.load(&mut child, &path.join(&prefix))? {
        Some(Node::Leaf { key, value }) => Node::Leaf { key: prefix.join(key), value: mem::take(value) },
        Some(Node::Extension { key, child }) => {
            Node::Extension { key: prefix.join(key), child: mem::take(child) }
        }
        Some(Node::Branch { .. }) | None => Node::Extension { key: prefix, child },
    };
    Ok(())
}

/// Collects the rows that a changed trie writes and those that it leaves.
struct Changes {
    nodes: NodeChanges,
    /// Rows that were loaded and have not been met in the new trie.
    gone: BTreeSet<Nibbles>,
}

impl Changes {
    /// The reference to what is behind `link`; `None` if nothing is.
    fn encode(&mut self, link: &Link, path: Nibbles) -> Option<RlpNode> {
        if let Some(reference) = &link.reference {
            self.keep(link, path);
            return Some(reference.clone());
        }
        let rlp = link.node.as_ref()?.encode(|child, below| {
            self.encode(child, path.join(&below)).expect("only links with a node are encoded")
        });
        let reference = RlpNode::from_rlp(&rlp);
        if path.is_empty() || reference.is_hash() {
            self.gone.remove(&path);
            self.nodes.insert(path, Some(rlp));
        }
        Some(reference)
    }

    /// Marks the rows of an unchanged part as still in use.
    fn keep(&mut self, link: &Link, path: Nibbles) {
        if link.reference.as_ref().is_some_and(RlpNode::is_hash) {
            self.gone.remove(&path);
        }
        match link.node.as_deref() {
            None | Some(Node::Leaf { .. }) => {}
            Some(Node::Extension { key, child }) => self.keep(child, path.join(key)),
            Some(Node::Branch { children }) => {
                for (index, child) in (0u8..16).zip(children.iter()) {
                    if child.node.is_some() {
                        self.keep(child, path.join(&Nibbles::from_nibbles([index])));
                    }
                }
            }
        }
    }
}
