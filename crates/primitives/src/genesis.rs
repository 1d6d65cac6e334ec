//! The genesis file: what a chain starts from, and its fixed parameters.

use crate::pools::{PoolSpec, ScheduleError, Upgrade, schedule};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use serde::{Deserialize, Serialize};
use sero_shielded::address::Network;
use std::collections::BTreeMap;

/// The kind of chain. Development keys of the circuits load only on `dev`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    /// Production.
    Main,
    /// Public test network.
    Test,
    /// Development: the circuits' toxic waste is public.
    Dev,
}

impl From<NetworkKind> for Network {
    fn from(kind: NetworkKind) -> Self {
        match kind {
            NetworkKind::Main => Self::Main,
            NetworkKind::Test => Self::Test,
            NetworkKind::Dev => Self::Dev,
        }
    }
}

/// Chain ids that never run with development keys, whatever the genesis says.
pub const PRODUCTION_CHAIN_IDS: [u64; 1] = [53_530];

/// An account of the genesis state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisAccount {
    /// SERO in base units.
    #[serde(default)]
    pub balance: U256,
    /// Nonce.
    #[serde(default)]
    pub nonce: u64,
    /// Code.
    #[serde(default)]
    pub code: Bytes,
    /// Storage.
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// The genesis file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Genesis {
    /// Kind of chain.
    pub network: NetworkKind,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Gas per block.
    pub gas_limit: u64,
    /// Wei per gas in block 0.
    pub base_fee_per_gas: u64,
    /// Burned for registering a name, in base units of SERO.
    pub registration_fee: u128,
    /// Blocks between the newest anchor and the one a wallet should use.
    pub anchor_lag: u64,
    /// The pools that the chain was born with; part of the genesis hash.
    pub pools: Vec<PoolSpec>,
    /// What was decided about pools since; not part of the genesis hash, but
    /// every node of the chain must agree on it.
    #[serde(default)]
    pub upgrades: Vec<Upgrade>,
    /// First accounts.
    pub alloc: BTreeMap<Address, GenesisAccount>,
}

/// Why a genesis is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Not the JSON of a genesis.
    #[error("genesis: {0}")]
    Json(String),
    /// `dev` with a production id.
    #[error("genesis: network `dev` cannot have production chain id {0}")]
    DevOnProductionId(u64),
    /// Coins of all accounts reach 2^128.
    #[error("genesis: alloc holds 2^128 or more base units of SERO")]
    SupplyOverflow,
    /// A precompile's account is given.
    #[error("genesis: alloc names {0}, which belongs to a precompile")]
    ReservedAccount(Address),
    /// The pools or upgrades do not fit together.
    #[error("genesis: {0}")]
    Pools(#[from] ScheduleError),
    /// A parameter is out of range.
    #[error("genesis: {field} is {value}, {rule}")]
    Range {
        /// Which.
        field: &'static str,
        /// Its value.
        value: u64,
        /// What is allowed.
        rule: &'static str,
    },
}

impl Genesis {
    /// Reads and checks a genesis file.
    pub fn from_json(json: &str) -> Result<Self, GenesisError> {
        let genesis: Self =
            serde_json::from_str(json).map_err(|error| GenesisError::Json(error.to_string()))?;
        genesis.check()?;
        Ok(genesis)
    }

    /// The checks of [`Self::from_json`].
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.network == NetworkKind::Dev && PRODUCTION_CHAIN_IDS.contains(&self.chain_id) {
            return Err(GenesisError::DevOnProductionId(self.chain_id));
        }
        if self.chain_id == 0 {
            return Err(GenesisError::Range { field: "chainId", value: 0, rule: "must not be 0" });
        }
        if !(1_000_000..=1_000_000_000).contains(&self.gas_limit) {
            let rule = "must be 1,000,000 to 1,000,000,000";
            return Err(GenesisError::Range { field: "gasLimit", value: self.gas_limit, rule });
        }
        if self.base_fee_per_gas < 7 {
            let rule = "must be at least 7, below which EIP-1559 cannot move it";
            return Err(GenesisError::Range { field: "baseFeePerGas", value: self.base_fee_per_gas, rule });
        }
        if let Some(address) = crate::PRECOMPILES.into_iter().find(|a| self.alloc.contains_key(a)) {
            return Err(GenesisError::ReservedAccount(address));
        }
        self.pool_schedule()?;
        self.issued_coin().map(|_| ())
    }

    /// The pools with all upgrades applied, in order of id.
    pub fn pool_schedule(&self) -> Result<Vec<PoolSpec>, GenesisError> {
        Ok(schedule(&self.pools, &self.upgrades, self.network)?)
    }

    /// Base units of SERO in `alloc`.
    pub fn issued_coin(&self) -> Result<u128, GenesisError> {
        let sum = self.alloc.values().try_fold(U256::ZERO, |sum, account| sum.checked_add(account.balance));
        sum.and_then(|sum| u128::try_from(sum).ok()).ok_or(GenesisError::SupplyOverflow)
    }

    /// What the genesis header's `extra_data` commits to: keccak256 of the
    /// parameters that are not in the state, in declaration order.
    pub fn parameters_hash(&self) -> B256 {
        let network: &[u8] = match self.network {
            NetworkKind::Main => b"main",
            NetworkKind::Test => b"test",
            NetworkKind::Dev => b"dev",
        };
        let mut bytes = b"SERO.genesis.parameters.v2".to_vec();
        bytes.extend((network.len() as u64).to_be_bytes());
        bytes.extend(network);
        bytes.extend(self.chain_id.to_be_bytes());
        bytes.extend(self.registration_fee.to_be_bytes());
        bytes.extend(self.anchor_lag.to_be_bytes());
        self.pools.iter().for_each(|pool| pool.write(&mut bytes));
        keccak256(bytes)
    }
}
