//! EIP-1186 proofs: the stored nodes on the path to a key.

use super::{
    ACCOUNTS, Nodes,
    node::Node,
    state::{decode_account, without_storage_root},
};
use crate::StorageError;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use sero_primitives::Account;

/// Proof of an account and of some of its slots. Proof nodes are RLP, from
/// the root down; an empty trie proves absence with no node at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// The account, or `None` if the proof shows its absence.
    pub account: Option<Account>,
    /// Nodes of the account trie.
    pub account_proof: Vec<Bytes>,
    /// Root of the account's storage trie.
    pub storage_root: B256,
    /// One proof per slot asked for, in that order.
    pub storage_proofs: Vec<SlotProof>,
}

/// Proof of one slot against its account's storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// Its value; zero if the proof shows its absence.
    pub value: U256,
    /// Nodes of the storage trie.
    pub proof: Vec<Bytes>,
}

pub(crate) fn account_proof(
    nodes: &Nodes<'_>,
    state_root: B256,
    address: Address,
    slots: &[U256],
) -> Result<AccountProof, StorageError> {
    let owner = keccak256(address);
    let key = Nibbles::unpack(owner);
    let (leaf, account_proof) = prove(nodes, ACCOUNTS, state_root, &key)?;
    let account = leaf.map(|leaf| decode_account(nodes, &key, &leaf)).transpose()?;
    let storage_root = account.as_ref().map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
    let storage_proofs =
        slots.iter().map(|slot| slot_proof(nodes, owner, storage_root, *slot)).collect::<Result<_, _>>()?;
    let account = account.as_ref().map(without_storage_root);
    Ok(AccountProof { account, account_proof, storage_root, storage_proofs })
}

fn slot_proof(
    nodes: &Nodes<'_>,
    owner: B256,
    storage_root: B256,
    slot: U256,
) -> Result<SlotProof, StorageError> {
    let key = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
    let (leaf, proof) = prove(nodes, owner, storage_root, &key)?;
    let value = leaf.map(|leaf| {
        U256::decode(&mut leaf.as_slice())
            .map_err(|error| nodes.corrupt(owner, &key, format!("slot leaf: {error}")))
    });
    Ok(SlotProof { slot, value: value.transpose()?.unwrap_or_default(), proof })
}

/// The value at `key`, if any, and the stored nodes that lead there.
fn prove(
    nodes: &Nodes<'_>,
    owner: B256,
    root: B256,
    key: &Nibbles,
) -> Result<(Option<Vec<u8>>, Vec<Bytes>), StorageError> {
    let mut proof = Vec::new();
    let mut depth = 0;
    let mut next = (root != EMPTY_ROOT_HASH).then(|| RlpNode::word_rlp(&root));
    while let Some(reference) = next {
        let path = key.slice(..depth);
        let node = match reference.as_hash() {
            Some(hash) => {
                let bytes = nodes.load(owner, &path, hash)?;
                proof.push(Bytes::copy_from_slice(&bytes));
                nodes.decode(owner, &path, &bytes)?
            }
            None => nodes.decode(owner, &path, &reference)?,
        };
        let rest = key.slice(depth..);
        next = match node {
            Node::Leaf { key: own, value } => {
                return Ok(((own == rest).then_some(value), proof));
            }
            Node::Extension { key: part, child } => {
                depth += part.len();
                child.reference.filter(|_| rest.starts_with(&part))
            }
            Node::Branch { mut children } => {
                let index = rest.first().expect("a branch lies above the end of every key");
                depth += 1;
                children[usize::from(index)].reference.take()
            }
        };
    }
    Ok((None, proof))
}
