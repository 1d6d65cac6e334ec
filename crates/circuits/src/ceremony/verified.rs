//! A finished ceremony and the keys that it gives.

use super::error::Error;
use super::shape::Shape;
use super::transcript::{Ceremony, Entry, Phase, read};
use alloy_primitives::{B256, keccak256};
use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_groth16::ProvingKey;
use ark_serialize::CanonicalSerialize;
use sero_shielded::verifier::lint;

/// One circuit's keys from a verified transcript.
pub struct Keys {
    /// `spend` or `output`.
    pub circuit: &'static str,
    /// Digest of the circuit's matrices.
    pub matrix_digest: [u8; 32],
    /// The proving key; its `vk` is the verifying key.
    pub proving_key: ProvingKey<Bn254>,
    /// The verifying key's bytes, arkworks' compressed form.
    pub verifying_key: Vec<u8>,
    /// keccak256 of [`Self::verifying_key`], which genesis pins.
    pub verifying_key_hash: B256,
}

impl Keys {
    pub(super) fn new(shape: &Shape, proving_key: ProvingKey<Bn254>) -> Result<Self, Error> {
        check_blinding(shape, &proving_key)?;
        let verifying_key = compressed(&proving_key.vk);
        if let Some(problem) = lint(None, &verifying_key).into_iter().next() {
            return Err(Error::BadKey { circuit: shape.name.to_owned(), problem });
        }
        Ok(Keys {
            circuit: shape.name,
            matrix_digest: shape.digest,
            verifying_key_hash: keccak256(&verifying_key),
            proving_key,
            verifying_key,
        })
    }

    /// The proving key's bytes, arkworks' compressed form.
    pub fn proving_key_bytes(&self) -> Vec<u8> {
        compressed(&self.proving_key)
    }

    /// Are these the verifying key's bytes?
    pub fn check_verifying_key(&self, bytes: &[u8]) -> Result<(), Error> {
        self.require(bytes == self.verifying_key, "verifying")
    }

    /// Are these the proving key's bytes?
    pub fn check_proving_key(&self, bytes: &[u8]) -> Result<(), Error> {
        self.require(bytes == self.proving_key_bytes(), "proving")
    }

    fn require(&self, same: bool, kind: &'static str) -> Result<(), Error> {
        if same { Ok(()) } else { Err(Error::WrongKey { kind, circuit: self.circuit.to_owned() }) }
    }
}

/// What a whole, checked transcript says.
pub struct Verified {
    /// Title of the ceremony.
    pub title: String,
    /// Hash of the transcript.
    pub transcript: B256,
    /// Its records in order.
    pub entries: Vec<Entry>,
    /// Participants' contributions to phase 1 and to phase 2.
    pub contributions: [usize; 2],
    /// Both phases end with one, or there would be no `Verified`.
    pub beacons: usize,
    /// The keys, in the order of the circuits.
    pub keys: Vec<Keys>,
}

impl Verified {
    /// The keys of the circuit of this name.
    pub fn keys_of(&self, circuit: &str) -> Option<&Keys> {
        self.keys.iter().find(|keys| keys.circuit == circuit)
    }
}

/// Reads and checks a finished ceremony of these circuits.
pub fn verify(bytes: &[u8], shapes: &[Shape]) -> Result<Verified, Error> {
    read(bytes, shapes)?.verified()
}

impl Ceremony<'_> {
    /// The summary and the keys, if the ceremony is finished.
    pub fn verified(&self) -> Result<Verified, Error> {
        match self.phase() {
            Phase::One => return Err(Error::NotFinished("phase 1 is open")),
            Phase::Two => return Err(Error::NotFinished("phase 2 is open")),
            Phase::Finished => {}
        }
        let entries = self.entries();
        let count = |phase| entries.iter().filter(|e| e.phase == phase && e.name.is_some()).count();
        let keys = self.shapes().iter().zip(&self.queries);
        let keys = keys.map(|(shape, queries)| Keys::new(shape, queries.proving_key(&self.powers)));
        Ok(Verified {
            title: self.title().to_owned(),
            transcript: B256::from(self.hash()),
            contributions: [count(1), count(2)],
            beacons: entries.iter().filter(|entry| entry.beacon.is_some()).count(),
            keys: keys.collect::<Result<_, _>>()?,
            entries,
        })
    }
}

/// The blinding wire is in A, whatever tau is, and not in B: what
/// docs/spec/prover.md needs of a key. A circuit without one needs nothing.
fn check_blinding(shape: &Shape, key: &ProvingKey<Bn254>) -> Result<(), Error> {
    let Some(wire) = shape.blinding_wire() else { return Ok(()) };
    let blinds = key.a_query.get(wire).is_some_and(|point| !point.is_zero());
    let b_free = key.b_g1_query.get(wire).is_some_and(|point| point.is_zero())
        && key.b_g2_query.get(wire).is_some_and(|point| point.is_zero());
    if blinds && b_free { Ok(()) } else { Err(Error::Blinding { circuit: shape.name.to_owned(), wire }) }
}

fn compressed<T: CanonicalSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.serialize_compressed(&mut bytes).expect("a vector takes everything");
    bytes
}
