//! How execution reads state, and what it hands to storage afterwards.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use std::collections::{BTreeMap, BTreeSet};

/// keccak256 of the empty string: the code hash of an account without code.
pub const EMPTY_CODE_HASH: B256 = alloy_primitives::KECCAK256_EMPTY;

/// An account as the state trie holds it, without its storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// SERO in base units (10^-18).
    pub balance: U256,
    /// keccak256 of the code.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::ZERO, code_hash: EMPTY_CODE_HASH }
    }
}

impl Account {
    /// What EIP-161 calls empty, and removes.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == EMPTY_CODE_HASH
    }
}

/// A local fault while reading state (disk, corruption). It is never the
/// fault of a transaction, so it aborts the block and is never a verdict.
#[derive(Clone, Debug, thiserror::Error)]
#[error("state cannot be read: {0}")]
pub struct StateError(pub String);

/// One consistent state of the chain.
pub trait StateReader: Send + Sync {
    /// The account, or `None` if there is none.
    fn account(&self, address: Address) -> Result<Option<Account>, StateError>;
    /// A storage slot; zero if never written.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError>;
    /// Whether the account has a slot that is not zero and not among these.
    fn has_slot_but(&self, address: Address, others: &BTreeSet<U256>) -> Result<bool, StateError>;
    /// Whether the account has a slot that is not zero.
    fn has_storage(&self, address: Address) -> Result<bool, StateError> {
        self.has_slot_but(address, &BTreeSet::new())
    }
    /// The code with this hash; an unknown hash is a [`StateError`].
    fn code(&self, code_hash: B256) -> Result<Bytes, StateError>;
    /// The hash of block `number`, if it exists in this state's past.
    fn block_hash(&self, number: u64) -> Result<Option<B256>, StateError>;
}

/// What a block changed: new values, keyed in address and slot order so that
/// nothing depends on hash-map order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateDiff {
    /// New account values; `None` removes the account together with its storage. An empty account is stored as such:
    /// Ethereum has them before EIP-161.
    pub accounts: BTreeMap<Address, Option<Account>>,
    /// Accounts that lost all slots that they had, and exist afterwards.
    pub wiped: BTreeSet<Address>,
    /// New slot values; zero removes the slot.
    pub storage: BTreeMap<Address, BTreeMap<U256, U256>>,
    /// Code that the block deployed, by hash.
    pub code: BTreeMap<B256, Bytes>,
}

impl StateDiff {
    /// Puts `code` into the diff and returns its hash.
    pub fn insert_code(&mut self, code: Bytes) -> B256 {
        let hash = keccak256(&code);
        self.code.insert(hash, code);
        hash
    }

    /// The account afterwards, if it is another than before.
    pub fn account(&self, address: Address) -> Option<Option<&Account>> {
        self.accounts.get(&address).map(Option::as_ref)
    }

    /// The slot afterwards, as far as the diff says.
    pub fn slot(&self, address: Address, slot: U256) -> Option<U256> {
        let written = self.storage.get(&address).and_then(|slots| slots.get(&slot)).copied();
        written.or_else(|| self.clears(address).then_some(U256::ZERO))
    }

    /// Whether the account lost all slots that it had.
    pub fn clears(&self, address: Address) -> bool {
        self.wiped.contains(&address) || self.account(address) == Some(None)
    }

    /// Looks for a slot of the account that is not zero and not in `known`, to which all slots are added that the diff
    /// has a value for. Nothing where the answer is in the state before.
    pub fn find_slot(&self, address: Address, known: &mut BTreeSet<U256>) -> Option<bool> {
        for (slot, value) in self.storage.get(&address).into_iter().flatten() {
            if known.insert(*slot) && !value.is_zero() {
                return Some(true);
            }
        }
        self.clears(address).then_some(false)
    }
}

/// A state and what changed since.
pub struct ChangedState<'a> {
    /// The state before.
    pub base: &'a dyn StateReader,
    /// What changed.
    pub diff: StateDiff,
}

impl StateReader for ChangedState<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.diff.account(address) {
            Some(account) => Ok(account.cloned()),
            None => self.base.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.diff.slot(address, slot) {
            Some(value) => Ok(value),
            None => self.base.storage(address, slot),
        }
    }

    fn has_slot_but(&self, address: Address, others: &BTreeSet<U256>) -> Result<bool, StateError> {
        let mut known = others.clone();
        match self.diff.find_slot(address, &mut known) {
            Some(found) => Ok(found),
            None => self.base.has_slot_but(address, &known),
        }
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        match self.diff.code.get(&code_hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(code_hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StateError> {
        self.base.block_hash(number)
    }
}
