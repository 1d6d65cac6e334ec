//! revm's view of a [`StateReader`], and the way back to a [`StateDiff`].

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::database::{AccountState, CacheDB, DatabaseRef};
use revm::database_interface::DBErrorMarker;
use revm::state::AccountInfo;
use sero_primitives::{Account, EMPTY_CODE_HASH, StateDiff, StateError, StateReader};
use std::collections::BTreeSet;

/// A local fault, as revm carries it.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct StateFault(#[from] pub StateError);

impl DBErrorMarker for StateFault {}

/// A reader as revm's database.
#[derive(Clone, Copy)]
pub struct ReaderDb<'a>(pub &'a dyn StateReader);

/// Changes of the block so far, over the parent's state.
pub type BlockDb<'a> = CacheDB<ReaderDb<'a>>;

impl DatabaseRef for ReaderDb<'_> {
    type Error = StateFault;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, StateFault> {
        let info = |account: Account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: None,
            ..Default::default()
        };
        Ok(self.0.account(address)?.map(info))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, StateFault> {
        let code = Bytecode::new_raw_checked(self.0.code(code_hash)?);
        code.map_err(|error| StateFault(StateError(format!("code {code_hash}: {error}"))))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, StateFault> {
        Ok(self.0.storage(address, slot)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, StateFault> {
        Ok(self.0.block_hash(number)?.unwrap_or_default())
    }
}

/// What the block changed: only values that differ from the parent's. `destroyed` are the accounts that destroyed
/// themselves at some time in the block; `keep_empty` says that accounts may be empty, as before EIP-161.
pub fn diff(
    db: &BlockDb<'_>,
    destroyed: &BTreeSet<Address>,
    keep_empty: bool,
) -> Result<StateDiff, StateError> {
    let reader = db.db.0;
    let mut diff = StateDiff::default();
    for (address, cached) in &db.cache.accounts {
        if cached.account_state == AccountState::None {
            continue;
        }
        let before = reader.account(*address)?;
        let after = cached.info().map(|info| Account {
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        });
        let after = after.filter(|account| keep_empty || !account.is_empty());
        if let Some(account) = &after
            && account.code_hash != EMPTY_CODE_HASH
            && before.as_ref().is_none_or(|before| before.code_hash != account.code_hash)
            && let Some(code) = db.cache.contracts.get(&account.code_hash)
        {
            diff.code.insert(account.code_hash, code.original_bytes());
        }
        let wiped = before.is_some() && destroyed.contains(address);
        if after != before {
            diff.accounts.insert(*address, after.clone());
        }
        if after.is_none() {
            continue;
        }
        if wiped {
            diff.wiped.insert(*address);
        }
        for (slot, value) in &cached.storage {
            let before = if wiped { U256::ZERO } else { reader.storage(*address, *slot)? };
            if before != *value {
                diff.storage.entry(*address).or_default().insert(*slot, *value);
            }
        }
    }
    Ok(diff)
}
