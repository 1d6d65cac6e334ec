//! One step of a ceremony: a participant's contribution or a beacon.

use super::check::{equal_pairings, g1};
use super::codec::{Reader, Writer, check_text};
use super::error::Error;
use super::hash::{self, Context};
use super::secret::{Randomness, is_trivial};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::CurveGroup;
use sero_shielded::field::Field;
use zeroize::Zeroizing;

const CONTRIBUTION: u8 = 1;
const BEACON: u8 = 2;

/// A public value that nobody knew before the last contribution of the phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    value: Vec<u8>,
    log2_iterations: u8,
}

impl Beacon {
    /// Smallest delay, `2^10` hashes.
    pub const LOG2_MIN: u8 = 10;
    /// Largest delay, `2^32` hashes: a verifier repeats it.
    pub const LOG2_MAX: u8 = 32;

    /// 16 to 255 bytes, hashed `2^log2_iterations` times.
    pub fn new(value: Vec<u8>, log2_iterations: u8) -> Result<Self, Error> {
        if !(16..=255).contains(&value.len()) {
            return Err(Error::Field { field: "beacon".into(), rule: "must be 16 to 255 bytes" });
        }
        if !(Self::LOG2_MIN..=Self::LOG2_MAX).contains(&log2_iterations) {
            let rule = "must be 10 to 32 (2^10 to 2^32 hashes)";
            return Err(Error::Field { field: "beacon iterations".into(), rule });
        }
        Ok(Beacon { value, log2_iterations })
    }

    /// The public value.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The delay is `2^log2_iterations` hashes.
    pub fn log2_iterations(&self) -> u8 {
        self.log2_iterations
    }
}

/// May a contributor be called this? 1 to 64 bytes of UTF-8 without control characters.
pub fn check_name(name: &str) -> Result<(), Error> {
    check_text("name", name)
}

/// The proof that the contributor knows the factor `x`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Knowledge {
    /// `x G1`.
    pub key: G1Affine,
    /// `x R`, where `R` is the challenge for `key` at this place.
    pub proof: G2Affine,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Author {
    /// A name, and a proof for each secret of the phase.
    Participant(String, Vec<Knowledge>),
    Beacon(Beacon),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub index: u32,
    pub parent: [u8; 32],
    pub author: Author,
    /// The secrets' elements of G1 after this record.
    pub heads: Vec<G1Affine>,
}

/// Where a record stands: what its check and its making depend on.
pub(super) struct Site<'a> {
    pub parent: [u8; 32],
    pub index: u32,
    pub phase: u8,
    /// The secrets' elements before.
    pub heads: &'a [G1Affine],
    /// Their names, for errors.
    pub secrets: &'a [String],
}

/// The factors of a record, in the order of its secrets.
pub(super) type Factors = Vec<Zeroizing<Field>>;

impl Site<'_> {
    fn context<'a>(&'a self, slot: usize, name: &'a str) -> Context<'a> {
        let slot = u8::try_from(slot).expect("at most 16 circuits");
        Context { parent: &self.parent, index: self.index, phase: self.phase, slot, name }
    }

    /// A participant's record and factors.
    pub fn contribute(&self, name: &str, randomness: &Randomness) -> Result<(Record, Factors), Error> {
        check_name(name)?;
        let factors: Factors = (0u8..)
            .take(self.heads.len())
            .map(|slot| randomness.factor(&self.parent, self.phase, slot))
            .collect();
        let heads = multiply(self.heads, &factors);
        let knowledge = factors.iter().zip(&heads).enumerate().map(|(slot, (factor, head))| {
            let key = (g1() * **factor).into_affine();
            let challenge = hash::challenge(&self.context(slot, name), &key, head);
            Knowledge { key, proof: (challenge * **factor).into_affine() }
        });
        let author = Author::Participant(name.to_owned(), knowledge.collect());
        Ok((Record { index: self.index, parent: self.parent, author, heads }, factors))
    }

    /// The beacon's record and factors.
    pub fn beacon(&self, beacon: Beacon) -> (Record, Factors) {
        let factors = self.beacon_factors(&beacon);
        let heads = multiply(self.heads, &factors);
        let author = Author::Beacon(beacon);
        (Record { index: self.index, parent: self.parent, author, heads }, factors)
    }

    fn beacon_factors(&self, beacon: &Beacon) -> Factors {
        let digest = hash::delay(&beacon.value, &self.parent, beacon.log2_iterations);
        let slots = (0u8..).take(self.heads.len());
        slots.map(|slot| Zeroizing::new(hash::beacon_factor(&digest, self.phase, slot))).collect()
    }

    /// Does `record` follow here?
    pub fn check(&self, record: &Record) -> Result<(), Error> {
        if record.index != self.index {
            return Err(Error::MissingRecord { expected: self.index, found: record.index });
        }
        if record.parent != self.parent {
            let (expected, found) = (hex(&self.parent), hex(&record.parent));
            return Err(Error::WrongParent { index: self.index, expected, found });
        }
        match &record.author {
            Author::Participant(name, knowledge) => self.check_participant(record, name, knowledge),
            Author::Beacon(beacon) => self.check_beacon(record, beacon),
        }
    }

    fn check_participant(&self, record: &Record, name: &str, knowledge: &[Knowledge]) -> Result<(), Error> {
        for (slot, Knowledge { key, proof }) in knowledge.iter().enumerate() {
            let (index, secret) = (self.index, self.secrets[slot].clone());
            let (before, after) = (self.heads[slot], record.heads[slot]);
            // The factor is 1 or -1.
            if key.x == g1().x {
                return Err(Error::NoRandomness(format!("record {index}: {secret}")));
            }
            let challenge = hash::challenge(&self.context(slot, name), key, &after);
            if !equal_pairings((*key).into(), challenge, g1().into(), *proof) {
                return Err(Error::ProofOfKnowledge { index, secret });
            }
            if !equal_pairings(after.into(), challenge, before.into(), *proof) {
                return Err(Error::Factor { index, secret });
            }
        }
        Ok(())
    }

    fn check_beacon(&self, record: &Record, beacon: &Beacon) -> Result<(), Error> {
        let factors = self.beacon_factors(beacon);
        for (slot, head) in multiply(self.heads, &factors).iter().enumerate() {
            let (index, secret) = (self.index, self.secrets[slot].clone());
            if is_trivial(&factors[slot]) {
                return Err(Error::NoRandomness(format!("record {index}: {secret}")));
            }
            if *head != record.heads[slot] {
                return Err(Error::BeaconFactor { index, secret });
            }
        }
        Ok(())
    }
}

fn multiply(heads: &[G1Affine], factors: &Factors) -> Vec<G1Affine> {
    heads.iter().zip(factors).map(|(head, factor)| (*head * **factor).into_affine()).collect()
}

impl Record {
    pub fn is_beacon(&self) -> bool {
        matches!(self.author, Author::Beacon(_))
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.0
    }

    pub fn hash(&self) -> [u8; 32] {
        hash::record(&self.bytes())
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.u32(self.index);
        writer.bytes(&self.parent);
        match &self.author {
            Author::Participant(name, knowledge) => {
                writer.u8(CONTRIBUTION);
                writer.short(name.as_bytes());
                for (head, Knowledge { key, proof }) in self.heads.iter().zip(knowledge) {
                    writer.points(&[*head, *key]);
                    writer.g2(proof);
                }
            }
            Author::Beacon(beacon) => {
                writer.u8(BEACON);
                writer.short(&beacon.value);
                writer.u8(beacon.log2_iterations);
                writer.points(&self.heads);
            }
        }
    }

    /// `secrets`: the names of the open phase's secrets. `position`: for errors.
    pub fn read(reader: &mut Reader<'_>, position: u32, secrets: &[String]) -> Result<Self, Error> {
        let named = |what: &str| format!("record {position}: {what}");
        let index = reader.u32(&named("number"))?;
        let parent = reader.array(&named("parent"))?;
        let mut heads = Vec::with_capacity(secrets.len());
        let kind = reader.u8(&named("kind"))?;
        let author = match kind {
            CONTRIBUTION => {
                let name = reader.text(&named("name"))?;
                let mut knowledge = Vec::with_capacity(secrets.len());
                for secret in secrets {
                    heads.push(reader.g1(&named(secret))?);
                    let key = reader.g1(&named(&format!("key of {secret}")))?;
                    let proof = reader.g2(&named(&format!("proof of {secret}")))?;
                    knowledge.push(Knowledge { key, proof });
                }
                Author::Participant(name, knowledge)
            }
            BEACON => {
                let value = reader.short(&named("beacon"))?.to_vec();
                let log2_iterations = reader.u8(&named("beacon iterations"))?;
                for secret in secrets {
                    heads.push(reader.g1(&named(secret))?);
                }
                Author::Beacon(Beacon::new(value, log2_iterations)?)
            }
            _ => {
                let rule = "must be 1 (contribution) or 2 (beacon)";
                return Err(Error::Field { field: named("kind"), rule });
            }
        };
        Ok(Record { index, parent, author, heads })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
