//! Genesis files of Ethereum, in geth's form.

use super::forks::{Fork, ForkSchedule, ForkScheduleError};
use crate::block::{EMPTY_REQUESTS_HASH, EMPTY_WITHDRAWALS};
use crate::{Account, EMPTY_CODE_HASH, StateDiff};
use alloy_consensus::Header;
use alloy_eips::eip1559::INITIAL_BASE_FEE;
use alloy_genesis::Genesis;
use alloy_primitives::{B64, B256, Bytes, U256};

/// A genesis file and the fork schedule in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthereumGenesis {
    file: Genesis,
    forks: ForkSchedule,
}

/// Why a genesis file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EthereumGenesisError {
    /// Not the JSON of a genesis.
    #[error("genesis: {0}")]
    Json(String),
    /// The forks.
    #[error("genesis: {0}")]
    Forks(#[from] ForkScheduleError),
    /// A field has no place in block 0.
    #[error("genesis: {field} is {value}, {rule}")]
    Field {
        /// Which.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        rule: &'static str,
    },
}

impl EthereumGenesis {
    /// Reads and checks a genesis file.
    pub fn from_json(json: &str) -> Result<Self, EthereumGenesisError> {
        let file: Genesis =
            serde_json::from_str(json).map_err(|error| EthereumGenesisError::Json(error.to_string()))?;
        Self::new(file)
    }

    /// The checks of [`Self::from_json`].
    pub fn new(file: Genesis) -> Result<Self, EthereumGenesisError> {
        let forks = ForkSchedule::new(&file.config)?;
        Self::with_forks(file, forks)
    }

    /// With forks that the file's `config` does not say.
    pub fn with_forks(file: Genesis, forks: ForkSchedule) -> Result<Self, EthereumGenesisError> {
        let refuse = |field, value: String, rule| Err(EthereumGenesisError::Field { field, value, rule });
        if let Some(number) = file.number.filter(|number| *number != 0) {
            return refuse("number", number.to_string(), "must be 0");
        }
        if let Some(fee) = file.base_fee_per_gas.filter(|fee| u64::try_from(*fee).is_err()) {
            return refuse("baseFeePerGas", fee.to_string(), "must be below 2^64");
        }
        if file.slot_number.is_some() {
            return refuse("slotNumber", "given".into(), "belongs to a fork that this node does not know");
        }
        Ok(Self { file, forks })
    }

    /// EIP-155 chain id.
    pub fn chain_id(&self) -> u64 {
        self.file.config.chain_id
    }

    /// The forks.
    pub fn forks(&self) -> &ForkSchedule {
        &self.forks
    }

    /// The file.
    pub fn file(&self) -> &Genesis {
        &self.file
    }

    /// The first state. An account that is empty is in it all the same.
    pub fn diff(&self) -> StateDiff {
        let mut diff = StateDiff::default();
        for (address, account) in &self.file.alloc {
            let code = account.code.clone().filter(|code| !code.is_empty());
            let code_hash = code.map_or(EMPTY_CODE_HASH, |code| diff.insert_code(code));
            let nonce = account.nonce.unwrap_or_default();
            diff.accounts.insert(*address, Some(Account { nonce, balance: account.balance, code_hash }));
            let slots = account.storage.iter().flatten().filter(|(_, value)| !value.is_zero());
            let slots: std::collections::BTreeMap<U256, U256> =
                slots.map(|(slot, value)| ((*slot).into(), (*value).into())).collect();
            if !slots.is_empty() {
                diff.storage.insert(*address, slots);
            }
        }
        diff
    }

    /// The header of block 0; `state_root` is zero until storage has computed it.
    pub fn header(&self) -> Header {
        let Genesis { nonce, timestamp, extra_data, gas_limit, difficulty, mix_hash, coinbase, .. } =
            &self.file;
        let fork = self.forks.at(0, *timestamp);
        let from = |first: Fork| fork >= first;
        let base_fee = self.file.base_fee_per_gas.and_then(|fee| u64::try_from(fee).ok());
        Header {
            parent_hash: self.file.parent_hash.unwrap_or_default(),
            nonce: B64::from(*nonce),
            timestamp: *timestamp,
            extra_data: Bytes::clone(extra_data),
            gas_limit: *gas_limit,
            difficulty: *difficulty,
            mix_hash: *mix_hash,
            beneficiary: *coinbase,
            base_fee_per_gas: from(Fork::London).then(|| base_fee.unwrap_or(INITIAL_BASE_FEE)),
            withdrawals_root: from(Fork::Shanghai).then_some(EMPTY_WITHDRAWALS),
            blob_gas_used: from(Fork::Cancun).then(|| self.file.blob_gas_used.unwrap_or_default()),
            excess_blob_gas: from(Fork::Cancun).then(|| self.file.excess_blob_gas.unwrap_or_default()),
            parent_beacon_block_root: from(Fork::Cancun).then_some(B256::ZERO),
            requests_hash: from(Fork::Prague).then_some(EMPTY_REQUESTS_HASH),
            ..Default::default()
        }
    }
}
