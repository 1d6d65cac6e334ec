//! The judgement of a bundle that needs no state: signatures, value balance,
//! proofs. Anchors, nullifiers and public funds are the chain's to check.

use super::{Bundle, Direction, PackageAction};
use crate::asset::AssetError;
use crate::curve::{Point, PointSum, multiply_amount};
use crate::signature::{Domain, SignatureError, verify};
use crate::verifier::{Circuit, ProofClaim, ProofError, VerifyingKeys};
use alloy_primitives::B256;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Zero};

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// A spend is not authorised.
    #[error("spends[{index}].auth_sig: {error}")]
    Authorisation {
        /// Which spend.
        index: usize,
        /// Why.
        error: SignatureError,
    },
    /// An asset in the balance has no generator.
    #[error("balance[{index}].asset: {error}")]
    Asset {
        /// Which entry.
        index: usize,
        /// Why.
        error: AssetError,
    },
    /// The value commitments sum to the identity, for which anybody could sign.
    #[error("binding_sig: the balance key is the identity")]
    IdentityBalance,
    /// Inputs, outputs and public flows do not balance, or the signature is of
    /// another transaction.
    #[error("binding_sig: inputs, outputs and balance do not add up for this transaction ({0})")]
    Balance(SignatureError),
    /// A spend's proof is bad.
    #[error("spends[{index}].proof: {error}")]
    SpendProof {
        /// Which spend.
        index: usize,
        /// Why.
        error: ProofError,
    },
    /// An output's proof is bad.
    #[error("outputs[{index}].proof: {error}")]
    OutputProof {
        /// Which output.
        index: usize,
        /// Why.
        error: ProofError,
    },
    /// A package's proof is bad.
    #[error("packages[{index}].proof: {error}")]
    PackageProof {
        /// Which package action.
        index: usize,
        /// Why.
        error: ProofError,
    },
}

impl Bundle {
    /// Everything: signatures, balance, proofs.
    pub fn verify(&self, sighash: &B256, keys: &VerifyingKeys) -> Result<(), BundleError> {
        self.verify_signatures(sighash)?;
        keys.verify_batch(&self.proof_claims()).map_err(|(index, error)| self.name_proof_error(index, error))
    }

    /// The cheap half of [`Self::verify`]: authorisation and value balance.
    pub fn verify_signatures(&self, sighash: &B256) -> Result<(), BundleError> {
        for (index, spend) in self.spends.iter().enumerate() {
            verify(Domain::Authorisation, &spend.rk, sighash.as_slice(), &spend.auth_sig)
                .map_err(|error| BundleError::Authorisation { index, error })?;
        }
        let balance_key = self.balance_key()?;
        let message = self.binding_message(sighash);
        verify(Domain::Binding, &balance_key, message.as_slice(), &self.binding_sig)
            .map_err(BundleError::Balance)
    }

    /// `bvk = sum cv(spends) - sum cv(outputs) - sum cv(creates) + sum cv(opens) - sum +-amount * V(asset)`.
    pub fn balance_key(&self) -> Result<Point, BundleError> {
        let mut sum = PointSum::ZERO;
        self.spends.iter().for_each(|spend| sum += spend.cv);
        self.outputs.iter().for_each(|output| sum -= output.cv);
        for package in &self.packages {
            match package {
                PackageAction::Create(create) => sum -= create.cv,
                PackageAction::Open(open) => sum += open.cv,
            }
        }
        for (index, entry) in self.balance.iter().enumerate() {
            let generator = entry.asset.generator().map_err(|error| BundleError::Asset { index, error })?;
            let flow = multiply_amount(&generator, entry.amount);
            match entry.direction {
                Direction::Outward => sum -= flow,
                Direction::Inward => sum += flow,
            }
        }
        if sum.is_zero() {
            return Err(BundleError::IdentityBalance);
        }
        Ok(sum.into_affine())
    }

    /// What the proofs claim: the spends' in order, then the outputs', then the packages'.
    pub fn proof_claims(&self) -> Vec<ProofClaim> {
        let spends = self.spends.iter().map(|spend| ProofClaim {
            circuit: Circuit::Spend,
            inputs: vec![self.anchor, spend.nullifier, spend.rk.x, spend.rk.y, spend.cv.x, spend.cv.y],
            proof: spend.proof,
        });
        let outputs = self.outputs.iter().map(|output| ProofClaim {
            circuit: Circuit::Output,
            inputs: vec![output.cm, output.cv.x, output.cv.y],
            proof: output.proof,
        });
        let packages = self.packages.iter().map(|package| {
            let cv = package.cv();
            let inputs = vec![package.commitment(), cv.x, cv.y];
            ProofClaim { circuit: Circuit::Output, inputs, proof: *package.proof() }
        });
        spends.chain(outputs).chain(packages).collect()
    }

    /// Gives the failure of claim `index` its place in the bundle.
    pub fn name_proof_error(&self, index: usize, error: ProofError) -> BundleError {
        let Some(output) = index.checked_sub(self.spends.len()) else {
            return BundleError::SpendProof { index, error };
        };
        match output.checked_sub(self.outputs.len()) {
            None => BundleError::OutputProof { index: output, error },
            Some(index) => BundleError::PackageProof { index, error },
        }
    }
}
