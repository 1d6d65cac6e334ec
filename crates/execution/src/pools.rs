//! The pools of a chain with their verifying keys, by block.

use alloy_primitives::{B256, keccak256};
use sero_precompiles::PoolRules;
use sero_primitives::genesis::{Genesis, GenesisError};
use sero_primitives::pools::{CircuitName, PoolSpec};
use sero_shielded::verifier::{VerifyingKeyError, VerifyingKeys};
use std::collections::BTreeMap;

/// Verifying keys at hand, by keccak256 of their bytes.
#[derive(Clone, Default)]
pub struct KeyFiles(BTreeMap<B256, Vec<u8>>);

impl KeyFiles {
    /// Of these files.
    pub fn new<'f>(files: impl IntoIterator<Item = &'f [u8]>) -> Self {
        Self(files.into_iter().map(|bytes| (keccak256(bytes), bytes.to_vec())).collect())
    }
}

/// Why the pools of a genesis cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolsError {
    /// The genesis is refused.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// No file has the pinned hash.
    #[error(
        "pool {pool}: genesis pins a {circuit:?} verifying key with hash {hash}, which is not among the key files"
    )]
    MissingKey {
        /// Which pool.
        pool: u8,
        /// Which circuit.
        circuit: CircuitName,
        /// keccak256 of the key.
        hash: B256,
    },
    /// A key does not pass the lint.
    #[error("pool {pool}: {error}")]
    Key {
        /// Which pool.
        pool: u8,
        /// Why.
        error: VerifyingKeyError,
    },
}

/// A pool and its keys.
#[derive(Clone)]
pub struct Pool {
    /// What genesis and upgrades say of it.
    pub spec: PoolSpec,
    /// Both circuits' keys, by the first block in which they hold together.
    eras: Vec<(u64, VerifyingKeys)>,
}

impl Pool {
    /// The keys that hold at `block`; `None` before the pool opens.
    pub fn keys(&self, block: u64) -> Option<&VerifyingKeys> {
        if !self.spec.is_open(block) {
            return None;
        }
        self.eras.iter().rev().find(|(from, _)| *from <= block).map(|(_, keys)| keys)
    }
}

/// All pools, by id.
#[derive(Clone)]
pub struct Pools(Vec<Pool>);

impl Pools {
    /// Reads and lints every key that genesis and upgrades pin.
    pub fn new(genesis: &Genesis, files: &KeyFiles) -> Result<Self, PoolsError> {
        let schedule = genesis.pool_schedule()?;
        Ok(Self(schedule.into_iter().map(|spec| read_pool(spec, files)).collect::<Result<_, _>>()?))
    }

    /// A pool.
    pub fn get(&self, id: u8) -> Option<&Pool> {
        self.0.get(usize::from(id))
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Pool> {
        self.0.iter()
    }

    /// What holds at `block`.
    pub fn rules(&self, block: u64) -> Vec<PoolRules> {
        let rules = |pool: &Pool| PoolRules {
            keys: pool.keys(block).cloned(),
            takes_deposits: pool.spec.takes_deposits(block),
        };
        self.0.iter().map(rules).collect()
    }
}

fn read_pool(spec: PoolSpec, files: &KeyFiles) -> Result<Pool, PoolsError> {
    let mut starts: Vec<u64> =
        spec.circuits.iter().map(|circuit| circuit.activation.max(spec.opens)).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut eras = Vec::with_capacity(starts.len());
    for from in starts {
        let file = |circuit| {
            let hash = spec.key_at(circuit, from).map(|version| version.key_hash).unwrap_or_default();
            files.0.get(&hash).ok_or(PoolsError::MissingKey { pool: spec.id, circuit, hash })
        };
        let (spend, output) = (file(CircuitName::Spend)?, file(CircuitName::Output)?);
        let keys = VerifyingKeys::from_bytes(spend, output)
            .map_err(|error| PoolsError::Key { pool: spec.id, error })?;
        eras.push((from, keys));
    }
    Ok(Pool { spec, eras })
}
