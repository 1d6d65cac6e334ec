//! `sero genesis check`: may a chain start from this file?
//!
//! The node never links the prover, so it cannot read a ceremony; it pins keys
//! by hash. Whoever publishes or joins a chain runs this check once.

use crate::ceremony::{read_transcript, transcript_path};
use crate::terminal::{Failure, data, message};
use alloy_primitives::B256;
use clap::{Args, Subcommand};
use serde_json::json;
use sero_circuits::ceremony::{self, Verified};
use sero_primitives::genesis::{Genesis, GenesisError, NetworkKind};
use sero_primitives::pools::CircuitName;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Contributions to each phase below which nobody should trust a key: one
/// participant besides oneself.
pub const CONTRIBUTIONS_MIN: usize = 2;
/// One for each phase.
const BEACONS: usize = 2;

/// Options of `sero genesis`.
#[derive(Args)]
pub struct GenesisArgs {
    #[command(subcommand)]
    command: GenesisCommand,
}

#[derive(Subcommand)]
enum GenesisCommand {
    /// Check a genesis file. On `main` and `test`, every circuit's key must come from a ceremony.
    Check {
        /// The genesis file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A ceremony's transcript, or a directory that holds it; once for each ceremony.
        #[arg(long = "transcript", value_name = "PATH")]
        transcripts: Vec<PathBuf>,
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// A verifying key that a genesis pins, at genesis or by an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinnedKey {
    /// Which key.
    pub of: KeyPlace,
    /// First block in which it holds.
    pub activation: u64,
    /// keccak256 of the verifying key.
    pub hash: B256,
    /// Hash of the transcript that gave it.
    pub transcript: Option<B256>,
}

/// What a verified transcript says about keys.
pub struct Origin {
    /// Hash of the transcript.
    pub transcript: B256,
    /// Contributions to phase 1 and to phase 2.
    pub contributions: [usize; 2],
    /// Phases that end with one.
    pub beacons: usize,
    /// Circuits, and keccak256 of their verifying keys.
    pub keys: Vec<(&'static str, B256)>,
}

impl From<Verified> for Origin {
    fn from(verified: Verified) -> Self {
        Self {
            transcript: verified.transcript,
            contributions: verified.contributions,
            beacons: verified.beacons,
            keys: verified.keys.iter().map(|keys| (keys.circuit, keys.verifying_key_hash)).collect(),
        }
    }
}

/// Where in a genesis a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// The pool.
    pub pool: u8,
    /// The circuit.
    pub circuit: CircuitName,
    /// Its version in the pool.
    pub version: u16,
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pool {}, {} version {}", self.pool, circuit_name(self.circuit), self.version)
    }
}

/// The name that ceremonies use.
fn circuit_name(circuit: CircuitName) -> &'static str {
    match circuit {
        CircuitName::Spend => "spend",
        CircuitName::Output => "output",
    }
}

/// Why a genesis may not start a chain of value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisKeyError {
    /// The pools do not fit together.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// Anybody can forge proofs for this key.
    #[error("{0}: a development key, whose secret is public")]
    DevelopmentKey(KeyPlace),
    /// No given transcript makes this key.
    #[error("{key}: no verified transcript gives the key {hash}")]
    NoTranscript {
        /// Which key.
        key: KeyPlace,
        /// keccak256 of it.
        hash: B256,
    },
    /// The genesis names another transcript than the one that makes the key.
    #[error("{key}: the genesis names transcript {named}, the key comes from {found}")]
    OtherTranscript {
        /// Which key.
        key: KeyPlace,
        /// In the genesis.
        named: B256,
        /// Of the verified transcript.
        found: B256,
    },
    /// Too few took part.
    #[error("{key}: phase {phase} of its ceremony has {found} contributions, at least 2 are needed")]
    FewContributions {
        /// Which key.
        key: KeyPlace,
        /// 1 or 2.
        phase: usize,
        /// Contributions found.
        found: usize,
    },
    /// A phase ends without a beacon.
    #[error("{0}: a phase of its ceremony ends without a beacon")]
    NoBeacon(KeyPlace),
}

/// Runs one command.
pub fn run(args: &GenesisArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        GenesisCommand::Check { file, transcripts, json } => check(file, transcripts, *json),
    }
}

fn check(file: &Path, transcripts: &[PathBuf], as_json: bool) -> Result<ExitCode, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| named(&error))?;
    let genesis = Genesis::from_json(&text).map_err(|error| named(&error))?;
    let mut origins = Vec::new();
    for path in transcripts {
        let path = transcript_path(path);
        message(format!("checking {}", path.display()));
        let bytes = read_transcript(&path)?;
        let named = |error| format!("{}: {error}", path.display());
        let shapes = ceremony::circuits_of(&bytes).map_err(named)?;
        origins.push(Origin::from(ceremony::verify(&bytes, &shapes).map_err(named)?));
    }
    let pinned = check_genesis_keys(&genesis, &origins).map_err(|error| named(&error))?;
    if as_json {
        let keys: Vec<_> = pinned.iter().map(key_json).collect();
        data(json!({ "chainId": genesis.chain_id, "network": genesis.network, "keys": keys }));
        return Ok(ExitCode::SUCCESS);
    }
    for key in &pinned {
        let transcript = key.transcript.map_or("none".into(), |hash| hash.to_string());
        data(format!("{}, from block {}", key.of, key.activation));
        data(format!("  verifying key  {}\n  transcript     {transcript}", key.hash));
    }
    data(match genesis.network {
        NetworkKind::Dev => {
            format!("chain {}: good for development; no ceremony was asked for", genesis.chain_id)
        }
        _ => format!("chain {}: every key comes from a verified ceremony", genesis.chain_id),
    });
    Ok(ExitCode::SUCCESS)
}

fn key_json(key: &PinnedKey) -> serde_json::Value {
    json!({
        "pool": key.of.pool,
        "circuit": key.of.circuit,
        "version": key.of.version,
        "activation": key.activation,
        "hash": key.hash,
        "transcript": key.transcript,
    })
}

/// Every key that pools and upgrades pin. On a development chain any will do;
/// on others each comes from the ceremony that the genesis names for it, with
/// two contributions and a beacon in each phase.
pub fn check_genesis_keys(genesis: &Genesis, origins: &[Origin]) -> Result<Vec<PinnedKey>, GenesisKeyError> {
    let mut pinned = Vec::new();
    for pool in genesis.pool_schedule()? {
        pinned.extend(pool.circuits.iter().map(|version| PinnedKey {
            of: KeyPlace { pool: pool.id, circuit: version.circuit, version: version.version },
            activation: version.activation,
            hash: version.key_hash,
            transcript: version.transcript,
        }));
    }
    if genesis.network != NetworkKind::Dev {
        pinned.iter().try_for_each(|key| check_key(key, origins))?;
    }
    Ok(pinned)
}

fn check_key(pinned: &PinnedKey, origins: &[Origin]) -> Result<(), GenesisKeyError> {
    let (key, hash) = (pinned.of, pinned.hash);
    if is_development_key(hash) {
        return Err(GenesisKeyError::DevelopmentKey(key));
    }
    let made = (circuit_name(key.circuit), hash);
    let Some(origin) = origins.iter().find(|origin| origin.keys.contains(&made)) else {
        return Err(GenesisKeyError::NoTranscript { key, hash });
    };
    // The schedule has no key without one outside development chains.
    let named = pinned.transcript.unwrap_or_default();
    if named != origin.transcript {
        return Err(GenesisKeyError::OtherTranscript { key, named, found: origin.transcript });
    }
    for (phase, found) in (1..).zip(origin.contributions) {
        if found < CONTRIBUTIONS_MIN {
            return Err(GenesisKeyError::FewContributions { key, phase, found });
        }
    }
    if origin.beacons < BEACONS {
        return Err(GenesisKeyError::NoBeacon(key));
    }
    Ok(())
}

/// Is this the hash of a key made from the public development seed?
pub fn is_development_key(hash: B256) -> bool {
    sero_node::dev::key_hashes().contains(&hash)
}

#[cfg(test)]
mod tests;
