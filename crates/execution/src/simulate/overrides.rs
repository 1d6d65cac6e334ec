//! A state that is not: accounts replaced for a simulation.

use crate::ChainParameters;
use crate::error::{ExecutionError, InvalidTransaction};
use crate::evm::spec;
use crate::state::{BlockDb, ReaderDb, diff};
use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::Bytecode;
use revm::database::{AccountState, CacheDB};
use revm::database_interface::Database;
use revm::handler::EthPrecompiles;
use sero_precompiles::Relocations;
use sero_precompiles::assets::issued_slot;
use sero_primitives::{ASSETS, PRECOMPILES, StateDiff, StateReader};
use sero_shielded::asset::AssetId;
use std::collections::BTreeMap;

/// Replaces parts of an account for one simulation.
#[derive(Clone, Debug, Default)]
pub struct AccountOverride {
    /// New balance.
    pub balance: Option<U256>,
    /// New nonce.
    pub nonce: Option<u64>,
    /// New code. In the place of one of Ethereum's precompiles it runs instead of the precompile.
    pub code: Option<Bytes>,
    /// Slots to replace.
    pub state_diff: BTreeMap<U256, U256>,
    /// Replaces the whole storage.
    pub state: Option<BTreeMap<U256, U256>>,
    /// Where the precompile at this address, one of Ethereum's, is to be found instead.
    pub precompile_to: Option<Address>,
}

/// Accounts to replace.
pub type Overrides = BTreeMap<Address, AccountOverride>;

/// What replacing accounts gave.
pub(crate) struct Overridden<'a> {
    pub(crate) db: BlockDb<'a>,
    /// Accounts whose storage was replaced as a whole.
    pub(crate) wiped: Vec<Address>,
    pub(crate) relocations: Relocations,
}

/// What replacing accounts changes in a state. On a chain with privacy, SERO that appears or vanishes is counted as
/// issued, so that the supply still adds up.
pub fn replacing(
    state: &dyn StateReader,
    overrides: &Overrides,
    parameters: &ChainParameters,
    header: &Header,
) -> Result<StateDiff, ExecutionError> {
    let mut overridden = override_state(state, overrides, parameters, header)?;
    if let Some(address) = overridden.relocations.keys().next() {
        return refuse(address, "one of Ethereum's precompiles is there, which has no code to replace");
    }
    for (address, change) in overrides {
        if change.nonce == Some(u64::MAX) {
            return refuse(address, "a nonce is at most 2^64 - 2 (EIP-2681)");
        }
        let slots = change.state_diff.values().chain(change.state.iter().flat_map(BTreeMap::values));
        let storage = slots.into_iter().any(|value| !value.is_zero());
        if storage
            && overridden.db.basic(*address).map_err(|fault| fault.0)?.is_none_or(|info| info.is_empty())
        {
            return refuse(
                address,
                "the account is empty, so it has no storage: give it a balance, a nonce or code first",
            );
        }
    }
    if parameters.privacy.is_some() {
        let (mut before, mut after) = (U256::ZERO, U256::ZERO);
        for (address, change) in overrides {
            if PRECOMPILES.contains(address) && change.balance.is_some() {
                return refuse(address, "the balance of a precompile cannot be replaced");
            }
            let Some(balance) = change.balance else { continue };
            before += state.account(*address)?.map_or(U256::ZERO, |account| account.balance);
            after += balance;
        }
        let slot = issued_slot(AssetId::coin());
        let issued = (state.storage(ASSETS, slot)?.saturating_sub(before)).checked_add(after);
        let issued = issued.filter(|issued| *issued <= U256::from(u128::MAX)).ok_or_else(|| {
            InvalidTransaction::Ethereum(format!(
                "there cannot be more than {} base units of SERO",
                u128::MAX
            ))
        })?;
        overridden.db.insert_account_storage(ASSETS, slot, issued).map_err(|fault| fault.0)?;
        if let Some(account) = overridden.db.cache.accounts.get_mut(&ASSETS) {
            account.account_state = AccountState::Touched;
        }
    }
    Ok(diff(&overridden.db, &overridden.wiped.into_iter().collect(), false)?)
}

fn refuse<T>(address: &Address, rule: &str) -> Result<T, ExecutionError> {
    Err(InvalidTransaction::Ethereum(format!("override of {address}: {rule}")).into())
}

/// `state` with replaced accounts, in the block with this header.
pub(crate) fn override_state<'a>(
    state: &'a dyn StateReader,
    overrides: &Overrides,
    parameters: &ChainParameters,
    header: &Header,
) -> Result<Overridden<'a>, ExecutionError> {
    let privacy = parameters.privacy.is_some();
    let mut db = CacheDB::new(ReaderDb(state));
    let mut wiped = Vec::new();
    let mut relocations = Relocations::default();
    let precompiles = EthPrecompiles::new(spec(parameters.forks.at(header.number, header.timestamp)));
    for (address, change) in overrides {
        let storage = change.state.is_some() || !change.state_diff.is_empty();
        if privacy && PRECOMPILES.contains(address) && (storage || change.code.is_some()) {
            return refuse(address, "code and storage of a precompile cannot be replaced");
        }
        let is_precompile = precompiles.contains(address);
        if let Some(to) = change.precompile_to {
            if !is_precompile {
                return refuse(address, "it is not one of Ethereum's precompiles, so it cannot be moved");
            }
            if overrides.contains_key(&to) {
                return refuse(address, &format!("{to}, where it should go, is overridden too"));
            }
            if privacy && PRECOMPILES.contains(&to) {
                return refuse(address, &format!("{to}, where it should go, is a precompile of this chain"));
            }
            relocations.insert(to, Some(*address));
        }
        if is_precompile && (change.precompile_to.is_some() || change.code.is_some()) {
            relocations.insert(*address, None);
        }
        let mut info = db.basic(*address).map_err(|fault| fault.0)?.unwrap_or_default();
        info.balance = change.balance.unwrap_or(info.balance);
        info.nonce = change.nonce.unwrap_or(info.nonce);
        if let Some(code) = &change.code {
            let Ok(code) = Bytecode::new_raw_checked(code.clone()) else {
                return refuse(address, "code is a malformed EIP-7702 delegation");
            };
            info.code_hash = code.hash_slow();
            info.code = Some(code);
        }
        db.insert_account_info(*address, info);
        // So that it counts as a change.
        if let Some(account) = db.cache.accounts.get_mut(address) {
            account.account_state = AccountState::Touched;
        }
        if let Some(state) = &change.state {
            let slots = state.iter().map(|(slot, value)| (*slot, *value)).collect();
            db.replace_account_storage(*address, slots).map_err(|fault| fault.0)?;
            wiped.push(*address);
        }
        for (slot, value) in &change.state_diff {
            db.insert_account_storage(*address, *slot, *value).map_err(|fault| fault.0)?;
        }
    }
    Ok(Overridden { db, wiped, relocations })
}
