//! revm's view of a [`StateReader`], and the way back to a [`StateDiff`].

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::database::{CacheDB, DatabaseRef};
use revm::database_interface::DBErrorMarker;
use revm::state::AccountInfo;
use sero_primitives::{Account, EMPTY_CODE_HASH, StateDiff, StateError, StateReader};

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

/// What the block changed: only values that differ from the parent's.
pub fn diff(db: &BlockDb<'_>) -> Result<StateDiff, StateError> {
    let reader = db.db.0;
    let mut diff = StateDiff::default();
    for (address, cached) in &db.cache.accounts {
        let before = reader.account(*address)?;
        let info = cached.info().unwrap_or_default();
        let after = Account { nonce: info.nonce, balance: info.balance, code_hash: info.code_hash };
        let after = (!after.is_empty()).then_some(after);
        if let Some(account) = &after
            && account.code_hash != EMPTY_CODE_HASH
            && before.as_ref().is_none_or(|before| before.code_hash != account.code_hash)
            && let Some(code) = db.cache.contracts.get(&account.code_hash)
        {
            diff.code.insert(account.code_hash, code.original_bytes());
        }
        if after != before {
            diff.accounts.insert(*address, after.clone());
        }
        if after.is_none() {
            continue;
        }
        for (slot, value) in &cached.storage {
            if reader.storage(*address, *slot)? != *value {
                diff.storage.entry(*address).or_default().insert(*slot, *value);
            }
        }
    }
    Ok(diff)
}
