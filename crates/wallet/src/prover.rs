//! Who makes the proofs: this machine, or somebody who may see the plan but
//! never holds the spending key.

use crate::random::{OsRng, RandomError};
use crate::remote::ServiceError;
use alloy_primitives::{B256, keccak256};
use ark_serialize::CanonicalSerialize;
use sero_circuits::{BatchError, Cancel, Part, Proofs, ProveError, ProvingKeys, Watch, Witnesses};
use sero_shielded::verifier::ProofError;

/// Makes proofs.
pub trait Prover: Sync {
    /// keccak256 of the Spend and Output verifying keys (compressed).
    fn key_hashes(&self) -> Result<[B256; 2], ProveError>;
    /// A proof for each witness, in order; all or none.
    fn prove(&self, witnesses: &Witnesses, watch: &Watch<'_>) -> Result<Proofs, ProverError>;
}

/// Why there are no proofs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProverError {
    /// A proof could not be made.
    #[error("{part}: {error}")]
    Prove {
        /// Which.
        part: Part,
        /// Why.
        error: ProveError,
    },
    /// Somebody else's proof is none of what was asked for.
    #[error("{part}: the prover's answer: {error}")]
    BadProof {
        /// Which.
        part: Part,
        /// What is wrong with it.
        error: ProofError,
    },
    /// Too few proofs, or too many.
    #[error(
        "the prover answered with {} spend and {} output proofs, asked for were {} and {}",
        found[0], found[1], expected[0], expected[1]
    )]
    Count {
        /// Spends and outputs that were asked for.
        expected: [usize; 2],
        /// What came.
        found: [usize; 2],
    },
    /// [`Watch::cancel`] was called.
    #[error("{}", ProveError::Cancelled)]
    Cancelled,
    /// The service gave no proofs.
    #[error("proving service {0}")]
    Service(#[from] ServiceError),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// Whether there is a proof for each of so many spends and outputs.
pub(crate) fn check_count(expected: [usize; 2], proofs: &Proofs) -> Result<(), ProverError> {
    let found = [proofs.spends.len(), proofs.outputs.len()];
    if found == expected { Ok(()) } else { Err(ProverError::Count { expected, found }) }
}

impl From<BatchError> for ProverError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Part { part, error } => Self::Prove { part, error },
            BatchError::Cancelled => Self::Cancelled,
        }
    }
}

impl Prover for ProvingKeys {
    fn key_hashes(&self) -> Result<[B256; 2], ProveError> {
        let (mut spend, mut output) = (Vec::new(), Vec::new());
        let broken = |_| ProveError::SelfCheck;
        self.spend_verifying_key().serialize_compressed(&mut spend).map_err(broken)?;
        self.output_verifying_key().serialize_compressed(&mut output).map_err(broken)?;
        Ok([keccak256(spend), keccak256(output)])
    }

    fn prove(&self, witnesses: &Witnesses, watch: &Watch<'_>) -> Result<Proofs, ProverError> {
        Ok(self.prove_all(witnesses, || OsRng, watch)?)
    }
}

/// A prover whose work `cancel` ends too, for [`crate::Wallet`]'s calls.
pub struct Cancellable<'p> {
    /// Who proves.
    pub prover: &'p dyn Prover,
    /// What ends it.
    pub cancel: &'p Cancel,
}

impl Prover for Cancellable<'_> {
    fn key_hashes(&self) -> Result<[B256; 2], ProveError> {
        self.prover.key_hashes()
    }

    fn prove(&self, witnesses: &Witnesses, watch: &Watch<'_>) -> Result<Proofs, ProverError> {
        // Nobody follows both: the wallet's own watch is never cancelled.
        self.prover.prove(witnesses, &Watch { cancel: self.cancel, progress: watch.progress })
    }
}
