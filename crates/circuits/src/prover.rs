//! Proving: check the witness, compute the assignment, prove, verify the proof.

use crate::builder::Builder;
use crate::keys::{CircuitKeys, ProvingKeys};
use crate::{Cancel, OUTPUT_INPUTS, OutputWitness, SPEND_INPUTS, SpendWitness, TREE_DEPTH, output, spend};
use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_ff::{UniformRand, Zero};
use ark_groth16::Groth16;
use ark_serialize::CanonicalSerialize;
use ark_std::rand::{CryptoRng, RngCore};
use sero_shielded::curve::Point;
use sero_shielded::field::Field;
use zeroize::Zeroize;

/// Bytes of a proof: A (32), B (64), C (32), arkworks' compressed form.
pub const PROOF_BYTES: usize = 128;

/// The rule that a witness breaks, or a failure of the prover itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// `ak` is not a point of `J`.
    #[error("ak is not on the curve")]
    KeyOffCurve,
    /// `8 ak` is the identity.
    #[error("ak is of small order")]
    KeySmallOrder,
    /// `V` is not a point of `J`.
    #[error("the asset generator is not on the curve")]
    AssetOffCurve,
    /// `8 V` is the identity; not allowed for dummies either.
    #[error("the asset generator is of small order")]
    AssetSmallOrder,
    /// The position is not below `8^11`.
    #[error("position is outside the tree")]
    PositionOutOfRange,
    /// The amount is not 0 and the path does not lead to the anchor.
    #[error("the path does not lead from the note to the anchor")]
    WrongPath,
    /// The asset id has no generator.
    #[error("the asset has no generator")]
    NoGenerator,
    /// The randomness source gave zero or repeated itself.
    #[error("the randomness source is broken")]
    Randomness,
    /// The prover made a proof that does not verify: a defect of the key or of the program.
    #[error("the proof failed its own verification")]
    SelfCheck,
    /// [`Cancel::cancel`] was called.
    #[error("proving was cancelled")]
    Cancelled,
}

impl SpendWitness {
    /// The statement, checked outside the circuit.
    pub fn check(&self) -> Result<(), ProveError> {
        check_point(&self.ak, ProveError::KeyOffCurve, ProveError::KeySmallOrder)?;
        check_point(&self.asset_base, ProveError::AssetOffCurve, ProveError::AssetSmallOrder)?;
        if self.position >> (3 * TREE_DEPTH) != 0 {
            return Err(ProveError::PositionOutOfRange);
        }
        if self.amount != 0 && self.path_root() != self.anchor {
            return Err(ProveError::WrongPath);
        }
        Ok(())
    }
}

impl OutputWitness {
    /// The statement, checked outside the circuit.
    pub fn check(&self) -> Result<(), ProveError> {
        self.asset_base().map(|_| ()).ok_or(ProveError::NoGenerator)
    }
}

fn check_point(point: &Point, off_curve: ProveError, small_order: ProveError) -> Result<(), ProveError> {
    if !point.is_on_curve() {
        return Err(off_curve);
    }
    if point.mul_by_cofactor().is_zero() { Err(small_order) } else { Ok(()) }
}

impl ProvingKeys {
    /// A Spend proof for [`SpendWitness::public_inputs`], verified before it is returned.
    pub fn prove_spend(
        &self,
        w: &SpendWitness,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        self.prove_spend_until(w, rng, &Cancel::new())
    }

    /// [`Self::prove_spend`], unless `cancel` ends it first.
    pub fn prove_spend_until(
        &self,
        w: &SpendWitness,
        rng: &mut (impl RngCore + CryptoRng),
        cancel: &Cancel,
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        cancel.check()?;
        w.check()?;
        let blinding = Blinding::new(rng)?;
        cancel.check()?;
        let mut b = Builder::proving(SPEND_INPUTS, blinding.rho);
        spend::synthesize(&mut b, w);
        self.spend.prove_until(&b, &w.public_inputs(), &blinding, cancel)
    }

    /// An Output proof for [`OutputWitness::public_inputs`], verified before it is returned.
    pub fn prove_output(
        &self,
        w: &OutputWitness,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        self.prove_output_until(w, rng, &Cancel::new())
    }

    /// [`Self::prove_output`], unless `cancel` ends it first.
    pub fn prove_output_until(
        &self,
        w: &OutputWitness,
        rng: &mut (impl RngCore + CryptoRng),
        cancel: &Cancel,
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        cancel.check()?;
        w.check()?;
        let blinding = Blinding::new(rng)?;
        cancel.check()?;
        let mut b = Builder::proving(OUTPUT_INPUTS, blinding.rho);
        output::synthesize(&mut b, w);
        self.output.prove_until(&b, &w.public_inputs(), &blinding, cancel)
    }
}

/// The randomness of one proof (docs/spec/prover.md). Wiped on drop.
pub(crate) struct Blinding {
    /// On the blinding wire; blinds `A`, in the place of Groth16's `r`, which is 0.
    rho: Field,
    /// Blinds `B`.
    s: Field,
}

impl Blinding {
    /// Fresh and uniform. Zero would drop a blinding and an equal pair shows a
    /// stuck source; honest ones give either with probability below 2^-250.
    pub fn new(rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, ProveError> {
        let fresh = Blinding { rho: Field::rand(rng), s: Field::rand(rng) };
        let Blinding { rho, s } = &fresh;
        if rho.is_zero() || s.is_zero() || rho == s {
            return Err(ProveError::Randomness);
        }
        Ok(fresh)
    }
}

impl Drop for Blinding {
    fn drop(&mut self) {
        for secret in [&mut self.rho, &mut self.s] {
            secret.zeroize();
        }
    }
}

impl CircuitKeys {
    /// [`Self::prove_until`] the end.
    #[cfg(test)]
    pub fn prove(
        &self,
        b: &Builder<'_>,
        public: &[Field],
        blinding: &Blinding,
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        self.prove_until(b, public, blinding, &Cancel::new())
    }

    /// Proves the assignment in `b` and verifies the proof against `public`,
    /// which was computed without the circuit.
    pub fn prove_until(
        &self,
        b: &Builder<'_>,
        public: &[Field],
        blinding: &Blinding,
        cancel: &Cancel,
    ) -> Result<[u8; PROOF_BYTES], ProveError> {
        cancel.check()?;
        let proof = self.prover.prove(&b.assignment, b.row_values.each_ref().map(Vec::as_slice), &blinding.s);
        cancel.check()?;
        if Groth16::<Bn254>::verify_proof(&self.prepared, &proof, public) != Ok(true) {
            return Err(ProveError::SelfCheck);
        }
        let mut bytes = [0; PROOF_BYTES];
        proof.serialize_compressed(&mut bytes[..]).map_err(|_| ProveError::SelfCheck)?;
        Ok(bytes)
    }
}
