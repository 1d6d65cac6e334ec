//! A walk over every trie of a state.

use super::node::{Link, Node, Nodes};
use super::state::decode_account;
use super::{ACCOUNTS, KEY_NIBBLES};
use crate::StorageError;
use alloy_primitives::B256;
use alloy_trie::nodes::RlpNode;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};

/// How many stored nodes the state's tries have; each is checked against the hash in its parent.
pub(crate) fn count_nodes(nodes: &Nodes<'_>, state_root: B256) -> Result<u64, StorageError> {
    let mut storage_roots = Vec::new();
    let mut count = walk(nodes, ACCOUNTS, state_root, |key, leaf| {
        let root = decode_account(nodes, key, leaf)?.storage_root;
        storage_roots.push((B256::from_slice(&key.pack()), root));
        Ok(())
    })?;
    for (owner, root) in storage_roots {
        count += walk(nodes, owner, root, |_, _| Ok(()))?;
    }
    Ok(count)
}

fn walk(
    nodes: &Nodes<'_>,
    owner: B256,
    root: B256,
    mut leaf: impl FnMut(&Nibbles, &[u8]) -> Result<(), StorageError>,
) -> Result<u64, StorageError> {
    if root == EMPTY_ROOT_HASH {
        return Ok(0);
    }
    let mut count = 0;
    let mut open: Vec<(Nibbles, RlpNode)> = vec![(Nibbles::new(), RlpNode::word_rlp(&root))];
    while let Some((path, reference)) = open.pop() {
        // A root is stored even where it is short.
        let (node, stored) = nodes.resolve(owner, &path, &reference)?;
        count += u64::from(stored);
        let mut follow = |path: Nibbles, link: &Link| {
            if let Some(reference) = &link.reference {
                open.push((path, reference.clone()));
            }
        };
        match &node {
            Node::Leaf { key, value } => {
                let whole = path.join(key);
                debug_assert_eq!(whole.len(), KEY_NIBBLES, "nodes are checked when they are decoded");
                leaf(&whole, value)?;
            }
            Node::Extension { key, child } => follow(path.join(key), child),
            Node::Branch { children } => {
                for (nibble, child) in (0u8..).zip(children.iter()) {
                    let mut below = path;
                    below.push(nibble);
                    follow(below, child);
                }
            }
        }
    }
    Ok(count)
}
