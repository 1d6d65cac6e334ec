//! Why a ceremony, or a step of it, is refused.

use core::fmt;
use sero_shielded::verifier::KeyProblem;

/// An element of a ceremony file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The array or field, such as `tau in G1` or `record 3: proof of delta of output`.
    pub array: String,
    /// Position in the array, from 0.
    pub index: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, element {}", self.array, self.index)
    }
}

/// One variant for each rule. Records count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first bytes are not those of this format.
    #[error("not a ceremony file of version 1")]
    Magic,
    /// The bytes end inside an element.
    #[error("the file ends inside {0}")]
    Truncated(String),
    /// Bytes follow the last element.
    #[error("{0} bytes follow the last element")]
    TrailingBytes(usize),
    /// A text or number is outside what is allowed.
    #[error("{field}: {rule}")]
    Field {
        /// Which.
        field: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// Not the one encoding of a point of the curve.
    #[error("{0}: not the canonical encoding of a point of the curve")]
    NotCanonical(Place),
    /// A point of the curve outside the group of prime order.
    #[error("{0}: outside the group of prime order")]
    OutsideSubgroup(Place),
    /// The identity where it would void the setup.
    #[error("{0}: the identity")]
    Identity(Place),
    /// Not the circuits of this program.
    #[error("circuit {circuit}: the ceremony has another {what}")]
    WrongCircuit {
        /// Name or number of the circuit.
        circuit: String,
        /// What differs, such as `matrix digest`.
        what: &'static str,
    },
    /// A record's number is not its place: one before it is missing, or it stands twice.
    #[error("record {expected} is missing: the file has record {found} in its place")]
    MissingRecord {
        /// Number that must follow.
        expected: u32,
        /// Number found.
        found: u32,
    },
    /// A record that was written for another history.
    #[error("record {index} names {found} as its parent, the history before it has {expected}")]
    WrongParent {
        /// Of the record.
        index: u32,
        /// Hash of the record before, in hex.
        expected: String,
        /// Hash in the record.
        found: String,
    },
    /// A contribution stands twice.
    #[error("record {index} repeats the contribution of record {earlier}")]
    Repeated {
        /// Of the copy.
        index: u32,
        /// Of the original.
        earlier: u32,
    },
    /// The factor of a contribution is 1 or -1, or the randomness is constant.
    #[error("{0}: no randomness in it")]
    NoRandomness(String),
    /// The proof of knowledge of a factor does not hold, for this place of this ceremony.
    #[error("record {index}: the proof of knowledge of {secret} does not hold")]
    ProofOfKnowledge {
        /// Of the record.
        index: u32,
        /// Such as `tau` or `delta of output`.
        secret: String,
    },
    /// The new element is not the old one times the proven factor.
    #[error("record {index}: {secret} is not the one before times the contributor's factor")]
    Factor {
        /// Of the record.
        index: u32,
        /// Such as `tau` or `delta of output`.
        secret: String,
    },
    /// The new element is not the old one times the beacon's factor.
    #[error("record {index}: {secret} is not the one before times the beacon's factor")]
    BeaconFactor {
        /// Of the record.
        index: u32,
        /// Such as `tau` or `delta of output`.
        secret: String,
    },
    /// A phase must not end before somebody contributed.
    #[error("record {0} ends a phase to which nobody contributed")]
    EarlyBeacon(u32),
    /// A record after the end of phase 2.
    #[error("record {0} follows the end of the ceremony")]
    RecordAfterEnd(u32),
    /// The array is not the powers that its first elements say.
    #[error("phase 1: {0} are not consecutive multiples by tau")]
    Powers(&'static str),
    /// The powers belong to other secrets than the last record's.
    #[error("phase 1: {0} is not the one of the last record")]
    PowersNotOfRecord(&'static str),
    /// A query of phase 2 does not follow from phase 1 and the circuit.
    #[error("phase 2 of {circuit}: {query} does not follow from phase 1 and the circuit")]
    Query {
        /// Name of the circuit.
        circuit: String,
        /// Which array.
        query: &'static str,
    },
    /// Delta is not the last record's.
    #[error("phase 2 of {circuit}: delta in {group} is not the one of the last record")]
    Delta {
        /// Name of the circuit.
        circuit: String,
        /// `G1` or `G2`.
        group: &'static str,
    },
    /// Keys are asked of a ceremony that goes on.
    #[error("the ceremony is not finished: {0}")]
    NotFinished(&'static str),
    /// The ceremony takes no more records.
    #[error("the ceremony is finished")]
    Finished,
    /// A key is not the one that the transcript gives.
    #[error("the {kind} key of {circuit} is not the one that the transcript gives")]
    WrongKey {
        /// `proving` or `verifying`.
        kind: &'static str,
        /// Name of the circuit.
        circuit: String,
    },
    /// The finished key is one that no verifier may use.
    #[error("the verifying key of {circuit}: {problem}")]
    BadKey {
        /// Name of the circuit.
        circuit: String,
        /// First problem of the lint.
        problem: KeyProblem,
    },
    /// The blinding wire vanishes in A, so that it blinds nothing, or occurs in B.
    #[error(
        "the proving key of {circuit}: wire {wire}, which blinds A, must not be the identity in A and must be it in B"
    )]
    Blinding {
        /// Name of the circuit.
        circuit: String,
        /// The circuit's last.
        wire: usize,
    },
    /// The file does not continue the one before.
    #[error("not a continuation: the earlier transcript {earlier} is not part of this one's history")]
    NotContinued {
        /// Hash of the earlier transcript, in hex.
        earlier: String,
    },
    /// The circuit is too large for the field's evaluation domains.
    #[error("circuit {0} has no evaluation domain")]
    NoDomain(String),
}
