//! From a state diff to a state root.

use super::{
    ACCOUNTS, Nodes, TrieUpdates,
    update::{NodeChanges, Trie},
};
use crate::StorageError;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount};
use sero_primitives::{Account, StateDiff};
use std::collections::{BTreeMap, BTreeSet};

/// What a diff says about one account.
pub(crate) struct Change<'a> {
    pub address: Address,
    account: Option<&'a Option<Account>>,
    /// Whether it loses all slots that it had.
    pub wiped: bool,
    slots: Option<&'a BTreeMap<U256, U256>>,
}

/// The accounts that a diff touches, in address order.
pub(crate) fn changes(diff: &StateDiff) -> impl Iterator<Item = Change<'_>> {
    let addresses: BTreeSet<_> = diff.accounts.keys().chain(diff.storage.keys()).chain(&diff.wiped).collect();
    addresses.into_iter().map(|address| Change {
        address: *address,
        account: diff.accounts.get(address),
        wiped: diff.wiped.contains(address),
        slots: diff.storage.get(address),
    })
}

impl Change<'_> {
    /// The account afterwards, given the account before.
    ///
    /// # Errors
    /// `InvalidDiff` if there is none and a slot of it is not zero.
    pub fn after(&self, before: Option<&Account>) -> Result<Option<Account>, StorageError> {
        let after = self.account.map_or(before, Option::as_ref).cloned();
        if after.is_none() && self.slots().any(|(_, value)| !value.is_zero()) {
            let reason = "it has storage and does not exist";
            return Err(StorageError::InvalidDiff { address: self.address, reason });
        }
        Ok(after)
    }

    /// Whether the slot is among [`Self::slots`].
    pub fn sets(&self, slot: U256) -> bool {
        self.slots.is_some_and(|slots| slots.contains_key(&slot))
    }

    /// New slot values; zero removes the slot.
    pub fn slots(&self) -> impl Iterator<Item = (U256, U256)> {
        self.slots.into_iter().flatten().map(|(slot, value)| (*slot, *value))
    }
}

/// Applies `diff` to the state with root `base_root`.
pub(crate) fn state_root(
    nodes: &Nodes<'_>,
    base_root: B256,
    diff: &StateDiff,
) -> Result<TrieUpdates, StorageError> {
    let mut tries = BTreeMap::new();
    let mut accounts = Trie::open(nodes, ACCOUNTS, base_root);
    for change in changes(diff) {
        let owner = keccak256(change.address);
        let key = Nibbles::unpack(owner);
        let before = read_account(nodes, &mut accounts, &key)?;
        let before_account = before.as_ref().map(without_storage_root);
        let before_root = before.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);

        let Some(after) = change.after(before_account.as_ref())? else {
            accounts.remove(&key)?;
            if before_root != EMPTY_ROOT_HASH {
                tries.insert(owner, remove_all(nodes, owner)?);
            }
            continue;
        };
        let (storage_root, changed) = storage_root(nodes, owner, before_root, &change)?;
        if !changed.is_empty() {
            tries.insert(owner, changed);
        }
        let Account { nonce, balance, code_hash } = after;
        let leaf = TrieAccount::new(nonce, balance, storage_root, code_hash);
        accounts.put(&key, alloy_rlp::encode(leaf))?;
    }
    let (root, changed) = accounts.finish();
    if !changed.is_empty() {
        tries.insert(ACCOUNTS, changed);
    }
    Ok(TrieUpdates { base_root, root, tries })
}

/// Root of a trie of no account after changes in order; no value removes.
pub(crate) fn hashed_root(
    nodes: &Nodes<'_>,
    changes: &[(Bytes, Option<Bytes>)],
) -> Result<B256, StorageError> {
    let mut trie = Trie::open(nodes, B256::ZERO, EMPTY_ROOT_HASH);
    for (key, value) in changes {
        let key = Nibbles::unpack(keccak256(key));
        match value {
            Some(value) => trie.put(&key, value.to_vec())?,
            None => trie.remove(&key)?,
        }
    }
    Ok(trie.finish().0)
}

fn storage_root(
    nodes: &Nodes<'_>,
    owner: B256,
    before_root: B256,
    change: &Change<'_>,
) -> Result<(B256, NodeChanges), StorageError> {
    let (before_root, mut changed) = match change.wiped {
        true => (EMPTY_ROOT_HASH, remove_all(nodes, owner)?),
        false => (before_root, NodeChanges::new()),
    };
    let mut trie = Trie::open(nodes, owner, before_root);
    for (slot, value) in change.slots() {
        let key = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
        if value.is_zero() {
            trie.remove(&key)?;
        } else {
            trie.put(&key, alloy_rlp::encode(value))?;
        }
    }
    let (root, written) = trie.finish();
    changed.extend(written);
    Ok((root, changed))
}

/// Removes every stored node of a trie.
fn remove_all(nodes: &Nodes<'_>, owner: B256) -> Result<NodeChanges, StorageError> {
    Ok(nodes.paths(owner)?.into_iter().map(|path| (path, None)).collect())
}

fn read_account(
    nodes: &Nodes<'_>,
    accounts: &mut Trie<'_>,
    key: &Nibbles,
) -> Result<Option<TrieAccount>, StorageError> {
    let leaf = accounts.get(key)?;
    leaf.map(|leaf| decode_account(nodes, key, leaf)).transpose()
}

/// Decodes the leaf of the account trie at `key`.
pub(super) fn decode_account(
    nodes: &Nodes<'_>,
    key: &Nibbles,
    mut leaf: &[u8],
) -> Result<TrieAccount, StorageError> {
    let account = TrieAccount::decode(&mut leaf)
        .map_err(|error| nodes.corrupt(ACCOUNTS, key, format!("account leaf: {error}")))?;
    if leaf.is_empty() {
        Ok(account)
    } else {
        Err(nodes.corrupt(ACCOUNTS, key, "account leaf: bytes after the account"))
    }
}

/// The fields that [`Account`] has.
pub(super) fn without_storage_root(account: &TrieAccount) -> Account {
    Account { nonce: account.nonce, balance: account.balance, code_hash: account.code_hash }
}
