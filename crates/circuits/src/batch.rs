//! Many proofs in one call.

use crate::{OutputWitness, PROOF_BYTES, Part, Progress, ProveError, ProvingKeys, SpendWitness, Watch};
use ark_std::rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a batch of proofs knows.
#[derive(Default)]
pub struct Witnesses {
    /// Of the Spend proofs.
    pub spends: Vec<SpendWitness>,
    /// Of the Output proofs.
    pub outputs: Vec<OutputWitness>,
}

/// The proofs of a batch, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Spend proofs.
    pub spends: Vec<[u8; PROOF_BYTES]>,
    /// Output proofs.
    pub outputs: Vec<[u8; PROOF_BYTES]>,
}

/// Why a batch was not proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// One of it failed; the others were given up.
    #[error("{part}: {error}")]
    Part {
        /// Which.
        part: Part,
        /// Why.
        error: ProveError,
    },
    /// [`Watch::cancel`] was called.
    #[error("{}", ProveError::Cancelled)]
    Cancelled,
}

impl Witnesses {
    /// How many proofs.
    pub fn len(&self) -> usize {
        self.spends.len() + self.outputs.len()
    }

    /// No proof at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let outputs = (0..self.outputs.len()).map(Part::Output);
        (0..self.spends.len()).map(Part::Spend).chain(outputs)
    }
}

impl ProvingKeys {
    /// All proofs of `witnesses`, in parallel in the current thread pool, each verified. `rng` makes
    /// a randomness source for one proof.
    pub fn prove_all<R: RngCore + CryptoRng>(
        &self,
        witnesses: &Witnesses,
        rng: impl Fn() -> R + Sync,
        watch: &Watch<'_>,
    ) -> Result<Proofs, BatchError> {
        let done = AtomicUsize::new(0);
        let parts: Vec<Part> = witnesses.parts().collect();
        let prove = |part: &Part| {
            let proof = match *part {
                Part::Spend(i) => self.prove_spend_until(&witnesses.spends[i], &mut rng(), watch.cancel),
                Part::Output(i) => self.prove_output_until(&witnesses.outputs[i], &mut rng(), watch.cancel),
            };
            let proof = proof.map_err(|error| match error {
                ProveError::Cancelled => BatchError::Cancelled,
                error => BatchError::Part { part: *part, error },
            })?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (watch.progress)(Progress { part: *part, done, of: parts.len() });
            Ok(proof)
        };
        let mut spends = parts.par_iter().with_max_len(1).map(prove).collect::<Result<Vec<_>, _>>()?;
        let outputs = spends.split_off(witnesses.spends.len());
        Ok(Proofs { spends, outputs })
    }
}
