//! Chains in throw-away databases, and accounts as test files have them.

use alloy_genesis::{Genesis, GenesisAccount};
use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use sero_chain::Chain;
use sero_execution::KeyFiles;
use sero_primitives::ethereum::EthereumGenesis;
use sero_primitives::{EMPTY_CODE_HASH, StateReader};
use sero_storage::{Storage, StorageOptions};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Room for the largest test.
const MAP_BYTES_MAX: usize = 1 << 30;

/// An account before or after.
#[derive(Deserialize)]
pub struct TestAccount {
    nonce: U256,
    balance: U256,
    code: Bytes,
    storage: BTreeMap<U256, U256>,
}

/// Accounts by address.
pub type TestAccounts = BTreeMap<Address, TestAccount>;

/// For a genesis file.
pub fn alloc(accounts: &TestAccounts) -> Result<BTreeMap<Address, GenesisAccount>, String> {
    let one = |(address, account): (&Address, &TestAccount)| {
        let nonce = u64::try_from(account.nonce).map_err(|_| format!("{address}: nonce above 2^64"))?;
        let storage = account.storage.iter().map(|(slot, value)| (B256::from(*slot), B256::from(*value)));
        Ok((
            *address,
            GenesisAccount {
                nonce: Some(nonce),
                balance: account.balance,
                code: Some(account.code.clone()),
                storage: Some(storage.collect()),
                ..Default::default()
            },
        ))
    };
    accounts.iter().map(one).collect()
}

/// Whether a state has these accounts as they are said to be.
pub fn compare(state: &dyn StateReader, accounts: &TestAccounts) -> Result<(), String> {
    for (address, expected) in accounts {
        let fault = |error: sero_primitives::StateError| error.to_string();
        let found = state.account(*address).map_err(fault)?.unwrap_or_default();
        let code = match found.code_hash {
            EMPTY_CODE_HASH => Bytes::new(),
            hash => state.code(hash).map_err(fault)?,
        };
        let same = U256::from(found.nonce) == expected.nonce
            && found.balance == expected.balance
            && code == expected.code;
        if !same {
            return Err(format!(
                "account {address} has nonce {}, balance {} and {} bytes of code, expected {}, {} and {}",
                found.nonce,
                found.balance,
                code.len(),
                expected.nonce,
                expected.balance,
                expected.code.len()
            ));
        }
        for (slot, value) in &expected.storage {
            let found = state.storage(*address, *slot).map_err(fault)?;
            if found != *value {
                return Err(format!("slot {slot} of {address} is {found}, expected {value}"));
            }
        }
    }
    Ok(())
}

/// A chain that is gone when the test is.
pub struct TestChain {
    pub chain: Chain,
    // After the chain: the folder goes last.
    _folder: TempDir,
}

/// Block 0 of a chain.
pub fn start(genesis: Genesis) -> Result<TestChain, String> {
    let genesis = EthereumGenesis::new(genesis).map_err(|error| error.to_string())?;
    let folder = tempfile::Builder::new().prefix("sero-").tempdir().map_err(|error| error.to_string())?;
    let options = StorageOptions { map_bytes_max: MAP_BYTES_MAX, durable: false, ..Default::default() };
    let storage = Storage::open(folder.path(), options).map_err(|error| error.to_string())?;
    let chain = Chain::open(storage, genesis, &KeyFiles::new([])).map_err(|error| error.to_string())?;
    Ok(TestChain { chain, _folder: folder })
}
