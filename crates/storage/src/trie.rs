//! The Ethereum state trie (secure Merkle Patricia trie), kept node by node.
//!
//! Every node of 32 bytes or more lies in the table `trie_nodes` under the
//! trie it belongs to (`owner`) and its nibble path; shorter nodes live inside
//! their parent, as the trie's RLP rule says; a root is always stored. A node
//! is checked against the hash in its parent whenever it is loaded, so a
//! stale or damaged node is an error and never a wrong root.

mod count;
mod node;
mod proof;
mod state;
mod update;

pub(crate) use count::count_nodes;
pub(crate) use node::Nodes;
pub(crate) use proof::account_proof;
pub use proof::{AccountProof, SlotProof};
pub(crate) use state::{changes, hashed_root, state_root};
pub use update::TrieUpdates;

use alloy_primitives::B256;

/// Owner of the account trie; storage tries belong to keccak256(address).
const ACCOUNTS: B256 = B256::ZERO;

/// Nibbles of a key: every key is a keccak256 hash.
const KEY_NIBBLES: usize = 64;

#[cfg(test)]
mod tests;
