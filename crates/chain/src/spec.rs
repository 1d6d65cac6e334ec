//! What a chain starts from, and how the database remembers it.

use crate::error::ChainError;
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use sero_execution::{ChainParameters, GenesisBlock, KeyFiles, genesis_block};
use sero_primitives::ethereum::EthereumGenesis;
use sero_primitives::genesis::Genesis;

/// A chain with the privacy precompiles, or one of plain Ethereum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainSpec {
    /// With privacy.
    Sero(Genesis),
    /// Without.
    Ethereum(Box<EthereumGenesis>),
}

impl From<Genesis> for ChainSpec {
    fn from(genesis: Genesis) -> Self {
        Self::Sero(genesis)
    }
}

impl From<EthereumGenesis> for ChainSpec {
    fn from(genesis: EthereumGenesis) -> Self {
        Self::Ethereum(Box::new(genesis))
    }
}

/// The database's form of Ethereum's genesis files.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    ethereum: serde_json::Value,
}

impl ChainSpec {
    /// Reads [`Self::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, ChainError> {
        let corrupt = |error: &dyn core::fmt::Display| ChainError::Corrupt {
            what: "chain specification".into(),
            reason: error.to_string(),
        };
        if let Ok(Stored { ethereum }) = serde_json::from_slice(bytes) {
            let file = serde_json::from_value(ethereum).map_err(|error| corrupt(&error))?;
            return Ok(EthereumGenesis::new(file).map_err(|error| corrupt(&error))?.into());
        }
        Ok(serde_json::from_slice::<Genesis>(bytes).map_err(|error| corrupt(&error))?.into())
    }

    /// JSON for the database.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let bytes = match self {
            Self::Sero(genesis) => serde_json::to_vec(genesis),
            Self::Ethereum(genesis) => serde_json::to_value(genesis.file())
                .and_then(|ethereum| serde_json::to_vec(&Stored { ethereum })),
        };
        bytes.expect("a genesis is plain data")
    }

    /// The checks of a genesis file.
    pub(crate) fn check(&self) -> Result<(), ChainError> {
        match self {
            Self::Sero(genesis) => Ok(genesis.check()?),
            Self::Ethereum(_) => Ok(()),
        }
    }

    /// Block 0 before its state root is known.
    pub(crate) fn block(&self) -> Result<GenesisBlock, ChainError> {
        match self {
            Self::Sero(genesis) => Ok(genesis_block(genesis)?),
            Self::Ethereum(genesis) => Ok(GenesisBlock { header: genesis.header(), diff: genesis.diff() }),
        }
    }

    /// Whether `other` is the same chain; upgrades may differ.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sero(one), Self::Sero(other)) => {
                Genesis { upgrades: other.upgrades.clone(), ..one.clone() } == *other
            }
            (one, other) => one == other,
        }
    }

    /// Parameters of the chain whose block 0 has this hash. `keys` must hold every verifying key that the chain pins.
    pub(crate) fn parameters(
        &self,
        genesis_hash: B256,
        keys: &KeyFiles,
    ) -> Result<ChainParameters, ChainError> {
        match self {
            Self::Sero(genesis) => Ok(ChainParameters::new(genesis, genesis_hash, keys)?),
            Self::Ethereum(genesis) => {
                let forks = genesis.forks().clone();
                Ok(ChainParameters::ethereum(genesis.chain_id(), genesis_hash, forks))
            }
        }
    }
}
