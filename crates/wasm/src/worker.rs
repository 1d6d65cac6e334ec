//! Keys, and proofs with them.

use alloy_primitives::{B256, keccak256};
use ark_serialize::CanonicalSerialize;
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{BatchError, Cancel, KeyError, Mode, ProvingKeys, ProvingRequest, RequestError, Watch};
use sero_shielded::hash::blake2b_32;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// Bytes of randomness for one request.
pub const SEED_LEN: usize = 32;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The key files are not keys of these circuits.
    #[error("{0}")]
    Keys(#[from] KeyError),
    /// The bytes are no request.
    #[error("request {0}")]
    Request(#[from] RequestError),
    /// It is for other keys.
    #[error("request keys.{circuit}: is {found}, this prover has {expected}")]
    OtherKeys {
        /// `spend` or `output`.
        circuit: &'static str,
        /// Of the request.
        found: B256,
        /// Of the keys that were loaded.
        expected: B256,
    },
    /// A proof could not be made.
    #[error("{0}")]
    Prove(#[from] BatchError),
}

/// A prover with its keys.
pub struct Worker {
    keys: ProvingKeys,
    /// keccak256 of the Spend and the Output verifying key.
    hashes: [B256; 2],
}

impl Worker {
    /// From proving key files in arkworks' compressed form; every point is checked.
    pub fn new(spend: &[u8], output: &[u8], mode: Mode) -> Result<Self, WorkerError> {
        let keys = ProvingKeys::from_bytes_for(mode, spend, output)?;
        let mut hashes = [B256::ZERO; 2];
        for (hash, key) in hashes.iter_mut().zip([keys.spend_verifying_key(), keys.output_verifying_key()]) {
            let mut bytes = Vec::new();
            key.serialize_compressed(&mut bytes).map_err(KeyError::from)?;
            *hash = keccak256(&bytes);
        }
        Ok(Self { keys, hashes })
    }

    /// The answer to the bytes of a request, every proof verified. `seed` must be fresh and random: whoever
    /// knows it can tell the witness from the proofs.
    pub fn prove(&self, seed: &[u8; SEED_LEN], request: &[u8]) -> Result<Vec<u8>, WorkerError> {
        let request = ProvingRequest::decode(request)?;
        for (i, circuit) in ["spend", "output"].into_iter().enumerate() {
            let (found, expected) = (request.keys[i], self.hashes[i]);
            if found != expected {
                return Err(WorkerError::OtherKeys { circuit, found, expected });
            }
        }
        let count = AtomicU64::new(0);
        let rng = || {
            let number = count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            StdRng::from_seed(*Zeroizing::new(blake2b_32("SERO_wasm_proof", &[seed, &number])))
        };
        let watch = Watch { cancel: &Cancel::new(), progress: &|_| () };
        Ok(self.keys.prove_all(&request.witnesses, rng, &watch)?.encode()?)
    }
}
