//! Which pools a chain has, and from which block on which verifying keys hold
//! in them (property P10: a soundness upgrade opens a new pool, and value
//! crosses with public amounts).

use crate::genesis::NetworkKind;
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::verifier::Circuit;

/// A circuit's name in a genesis file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CircuitName {
    /// One note leaves the pool.
    Spend,
    /// One note or package is made.
    Output,
}

impl From<CircuitName> for Circuit {
    fn from(name: CircuitName) -> Self {
        match name {
            CircuitName::Spend => Self::Spend,
            CircuitName::Output => Self::Output,
        }
    }
}

/// A version of a circuit in a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CircuitVersion {
    /// Which circuit.
    pub circuit: CircuitName,
    /// From 1, rising.
    pub version: u16,
    /// First block in which proofs of this version hold, and those of the version before no longer.
    pub activation: u64,
    /// keccak256 of the verifying key.
    pub key_hash: B256,
    /// Digest of the ceremony's transcript that gave the key; required outside `dev`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<B256>,
}

/// A pool: its own note tree, nullifiers and hidden counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PoolSpec {
    /// 0, 1, .. in order.
    pub id: u8,
    /// First block in which it takes notes.
    pub opens: u64,
    /// First block in which it takes no new deposits. Withdrawals, and refunds
    /// of what the same transaction took out, never end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposits_end: Option<u64>,
    /// Its circuits, by activation.
    pub circuits: Vec<CircuitVersion>,
}

/// A decision about pools after genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", tag = "kind")]
pub enum Upgrade {
    /// A new pool.
    Pool {
        /// With the next free id.
        pool: PoolSpec,
    },
    /// A new version of a circuit in an existing pool.
    Circuit {
        /// Which pool.
        pool: u8,
        /// The version.
        circuit: CircuitVersion,
    },
    /// A pool takes no new deposits from block `from` on.
    PauseDeposits {
        /// Which pool.
        pool: u8,
        /// From which block.
        from: u64,
    },
}

impl Upgrade {
    /// The block from which the decision shows.
    pub fn block(&self) -> u64 {
        match self {
            Self::Pool { pool } => pool.opens,
            Self::Circuit { circuit, .. } => circuit.activation,
            Self::PauseDeposits { from, .. } => *from,
        }
    }
}

/// Why pools and upgrades do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// There is no pool 0, or a gap, or too many.
    #[error("pools[{index}].id is {found}, expected {index}, at most 7")]
    Id {
        /// Place in the list.
        index: usize,
        /// Id found.
        found: u8,
    },
    /// Pool 0 must take notes from the first block on.
    #[error("pools[0].opens is {0}, must be 0")]
    FirstPool(u64),
    /// A pool has no key for a circuit when it opens.
    #[error("pool {pool} has no {circuit:?} key at block {opens}, where it opens")]
    NoKey {
        /// Which pool.
        pool: u8,
        /// Which circuit.
        circuit: CircuitName,
        /// When it opens.
        opens: u64,
    },
    /// Versions of a circuit must rise together with their activation.
    #[error(
        "pool {pool}: {circuit:?} version {version}, active from {activation}, does not follow the one before"
    )]
    Version {
        /// Which pool.
        pool: u8,
        /// Which circuit.
        circuit: CircuitName,
        /// Version found.
        version: u16,
        /// Its activation.
        activation: u64,
    },
    /// A key outside a development chain without a ceremony behind it.
    #[error(
        "pool {pool}: {circuit:?} version {version} names no ceremony transcript, which only `dev` chains may omit"
    )]
    NoTranscript {
        /// Which pool.
        pool: u8,
        /// Which circuit.
        circuit: CircuitName,
        /// Which version.
        version: u16,
    },
    /// An upgrade of a pool that is not there.
    #[error("an upgrade names pool {0}, which does not exist")]
    UnknownPool(u8),
    /// Deposits end once.
    #[error("deposits of pool {0} end twice, or before the pool opens")]
    PausedTwice(u8),
}

/// The pools after all upgrades, checked.
pub fn schedule(
    pools: &[PoolSpec],
    upgrades: &[Upgrade],
    network: NetworkKind,
) -> Result<Vec<PoolSpec>, ScheduleError> {
    let mut all = pools.to_vec();
    for upgrade in upgrades {
        match upgrade {
            Upgrade::Pool { pool } => all.push(pool.clone()),
            Upgrade::Circuit { pool, circuit } => find(&mut all, *pool)?.circuits.push(circuit.clone()),
            Upgrade::PauseDeposits { pool, from } => {
                let spec = find(&mut all, *pool)?;
                if spec.deposits_end.replace(*from).is_some() {
                    return Err(ScheduleError::PausedTwice(*pool));
                }
            }
        }
    }
    if all.is_empty() {
        return Err(ScheduleError::UnknownPool(0));
    }
    for (index, pool) in all.iter().enumerate() {
        if usize::from(pool.id) != index || pool.id >= POOLS_MAX {
            return Err(ScheduleError::Id { index, found: pool.id });
        }
        check(pool, network)?;
    }
    if all[0].opens != 0 {
        return Err(ScheduleError::FirstPool(all[0].opens));
    }
    Ok(all)
}

fn find(pools: &mut [PoolSpec], id: u8) -> Result<&mut PoolSpec, ScheduleError> {
    pools.iter_mut().find(|pool| pool.id == id).ok_or(ScheduleError::UnknownPool(id))
}

fn check(pool: &PoolSpec, network: NetworkKind) -> Result<(), ScheduleError> {
    if pool.deposits_end.is_some_and(|end| end < pool.opens) {
        return Err(ScheduleError::PausedTwice(pool.id));
    }
    for name in [CircuitName::Spend, CircuitName::Output] {
        let mut last: Option<&CircuitVersion> = None;
        for circuit in pool.circuits.iter().filter(|circuit| circuit.circuit == name) {
            let (version, activation) = (circuit.version, circuit.activation);
            let follows = last.map_or(version >= 1, |l| version > l.version && activation > l.activation);
            if !follows {
                return Err(ScheduleError::Version { pool: pool.id, circuit: name, version, activation });
            }
            if network != NetworkKind::Dev && circuit.transcript.is_none() {
                return Err(ScheduleError::NoTranscript { pool: pool.id, circuit: name, version });
            }
            last = Some(circuit);
        }
        if pool.key_at(name, pool.opens).is_none() {
            return Err(ScheduleError::NoKey { pool: pool.id, circuit: name, opens: pool.opens });
        }
    }
    Ok(())
}

impl PoolSpec {
    /// The first version of both circuits, active when the pool opens.
    pub fn new(id: u8, opens: u64, spend_key_hash: B256, output_key_hash: B256) -> Self {
        let first = |circuit, key_hash| CircuitVersion {
            circuit,
            version: 1,
            activation: opens,
            key_hash,
            transcript: None,
        };
        let circuits =
            vec![first(CircuitName::Spend, spend_key_hash), first(CircuitName::Output, output_key_hash)];
        Self { id, opens, deposits_end: None, circuits }
    }

    /// The version of a circuit that holds at `block`.
    pub fn key_at(&self, circuit: CircuitName, block: u64) -> Option<&CircuitVersion> {
        let active = self.circuits.iter().filter(|c| c.circuit == circuit && c.activation <= block);
        active.max_by_key(|c| c.activation)
    }

    /// Whether the pool takes notes at `block`.
    pub fn is_open(&self, block: u64) -> bool {
        self.opens <= block
    }

    /// Whether the pool takes new deposits at `block`.
    pub fn takes_deposits(&self, block: u64) -> bool {
        self.is_open(block) && self.deposits_end.is_none_or(|end| block < end)
    }

    /// What the genesis hash covers of it.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.id);
        out.extend(self.opens.to_be_bytes());
        out.extend(self.deposits_end.unwrap_or(u64::MAX).to_be_bytes());
        out.extend((self.circuits.len() as u64).to_be_bytes());
        for circuit in &self.circuits {
            out.push(circuit.circuit as u8);
            out.extend(circuit.version.to_be_bytes());
            out.extend(circuit.activation.to_be_bytes());
            out.extend(circuit.key_hash);
            out.extend(circuit.transcript.unwrap_or_default());
        }
    }
}
