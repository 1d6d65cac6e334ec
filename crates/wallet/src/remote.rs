//! A prover somewhere else. It sees what the tracing key sees and cannot spend
//! (docs/spec/13-proving-service.md); nothing that it answers is believed.

use crate::prover::{Prover, ProverError, check_count};
use crate::random;
use alloy_primitives::B256;
use sero_circuits::{
    OUTPUTS_MAX, OutputWitness, Part, Progress, Proofs, ProveError, RequestError, SPENDS_MAX, SpendWitness,
    Watch, Witnesses, encode_request,
};
use sero_shielded::verifier::{Circuit, ProofBytes, ProofClaim, VerifyingKeys};

/// A way to a proving service. Implementations do the I/O.
pub trait ProvingSource: Sync {
    /// Carries an encoded request there, and the encoded answer back: at most
    /// [`sero_circuits::PROOFS_LEN_MAX`] bytes, which may be anything.
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, ServiceError>;
}

impl<S: ProvingSource + ?Sized> ProvingSource for &S {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, ServiceError> {
        (**self).ask(request)
    }
}

/// Why a service gave no answer that can be used. Reads on after the words "proving service".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No connection, or it broke.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("gave no answer within {seconds} seconds")]
    Timeout {
        /// How long the wallet waited.
        seconds: u64,
    },
    /// It wants a token, or another.
    #[error("refused the token: {message}")]
    Token {
        /// Its words.
        message: String,
    },
    /// It has no place now.
    #[error("is busy: {message}; try again in {seconds} seconds")]
    Busy {
        /// Its words.
        message: String,
        /// How long to wait, as it says.
        seconds: u64,
    },
    /// It refused for another reason.
    #[error("refused: {message} ({code})")]
    Refused {
        /// Its name for the reason.
        code: String,
        /// Its words.
        message: String,
    },
    /// The request has no form on the wire.
    #[error("cannot be asked: the request {0}")]
    Request(RequestError),
    /// The answer is longer than any.
    #[error("answered with more than {0} bytes")]
    TooLong(usize),
    /// The answer has another form than agreed.
    #[error("answered with something else than proofs: it {0}")]
    Malformed(RequestError),
}

/// A prover behind a [`ProvingSource`]. It needs verifying keys only. Every proof is
/// randomised anew and then verified against inputs that are computed here.
pub struct RemoteProver<S> {
    source: S,
    keys: VerifyingKeys,
}

impl<S: ProvingSource> RemoteProver<S> {
    /// Believes proofs that `keys` verify.
    pub fn new(source: S, keys: VerifyingKeys) -> Self {
        Self { source, keys }
    }

    /// What one request asks for, verified. `spends` and `outputs` begin at `at` in the batch.
    fn ask(
        &self,
        spends: &[SpendWitness],
        outputs: &[OutputWitness],
        at: [usize; 2],
    ) -> Result<Proofs, ProverError> {
        let request = encode_request(&self.keys.hashes(), spends, outputs).map_err(ServiceError::Request)?;
        let answer = self.source.ask(&request)?;
        let proofs = Proofs::decode(&answer).map_err(ServiceError::Malformed)?;
        check_count([spends.len(), outputs.len()], &proofs)?;
        let spend_claim =
            |(w, proof): (&SpendWitness, _)| (Circuit::Spend, w.public_inputs().to_vec(), proof);
        let output_claim =
            |(w, proof): (&OutputWitness, _)| (Circuit::Output, w.public_inputs().to_vec(), proof);
        let claims = spends.iter().zip(proofs.spends).map(spend_claim);
        let claims = claims.chain(outputs.iter().zip(proofs.outputs).map(output_claim));
        let part = |index: usize| match index.checked_sub(spends.len()) {
            None => Part::Spend(at[0] + index),
            Some(index) => Part::Output(at[1] + index),
        };
        let claims = claims
            .enumerate()
            .map(|(index, (circuit, inputs, proof))| {
                let proof = self.own(circuit, &proof, part(index))?;
                Ok(ProofClaim { circuit, inputs, proof })
            })
            .collect::<Result<Vec<_>, ProverError>>()?;
        self.keys
            .verify_batch(&claims)
            .map_err(|(index, error)| ProverError::BadProof { part: part(index), error })?;
        let mut proofs: Vec<ProofBytes> = claims.iter().map(|claim| claim.proof).collect();
        let outputs = proofs.split_off(spends.len());
        Ok(Proofs { spends: proofs, outputs })
    }

    /// A proof of the same, with this wallet's randomness: the service's may be worn out or chosen, so
    /// that the proof shows the witness or marks the payment.
    fn own(&self, circuit: Circuit, proof: &ProofBytes, part: Part) -> Result<ProofBytes, ProverError> {
        let (z1, z2) = (random::field()?, random::field()?);
        self.keys
            .rerandomise(circuit, proof, [&z1, &z2])
            .map_err(|error| ProverError::BadProof { part, error })
    }
}

impl<S: ProvingSource> Prover for RemoteProver<S> {
    fn key_hashes(&self) -> Result<[B256; 2], ProveError> {
        Ok(self.keys.hashes())
    }

    fn prove(&self, witnesses: &Witnesses, watch: &Watch<'_>) -> Result<Proofs, ProverError> {
        let Witnesses { spends, outputs } = witnesses;
        // What nobody can prove is not shown to anybody.
        for (i, witness) in spends.iter().enumerate() {
            witness.check().map_err(|error| ProverError::Prove { part: Part::Spend(i), error })?;
        }
        for (i, witness) in outputs.iter().enumerate() {
            witness.check().map_err(|error| ProverError::Prove { part: Part::Output(i), error })?;
        }
        let mut proofs = Proofs::default();
        // One request for all but the largest transactions, whose packages go in a second one.
        while proofs.spends.len() < spends.len() || proofs.outputs.len() < outputs.len() {
            if watch.cancel.is_cancelled() {
                return Err(ProverError::Cancelled);
            }
            let at = [proofs.spends.len(), proofs.outputs.len()];
            let (spends, outputs) = (&spends[at[0]..], &outputs[at[1]..]);
            let spends = &spends[..spends.len().min(SPENDS_MAX)];
            let outputs = &outputs[..outputs.len().min(OUTPUTS_MAX)];
            let more = self.ask(spends, outputs, at)?;
            proofs.spends.extend(more.spends);
            proofs.outputs.extend(more.outputs);
        }
        if watch.cancel.is_cancelled() {
            return Err(ProverError::Cancelled);
        }
        for (i, part) in witnesses.parts().enumerate() {
            (watch.progress)(Progress { part, done: i + 1, of: witnesses.len() });
        }
        Ok(proofs)
    }
}
