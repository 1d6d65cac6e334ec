//! The Output circuit: one note (or package) is made. 2,471 constraints, 3
//! public inputs: `cm, cv.x, cv.y`.

use crate::builder::Builder;
use crate::gadgets::elligator::map_to_subgroup;
use crate::gadgets::fixed_base::FixedBase;
use crate::gadgets::poseidon::poseidon;
use crate::gadgets::variable_base::Amount;
use ark_ec::CurveGroup;
use ark_relations::gr1cs::{self, ConstraintSynthesizer, ConstraintSystemRef};
use sero_shielded::curve::{self, Point, identity, multiply_amount, value_randomness_base};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon as native};
use zeroize::Zeroize;

/// Number of public inputs.
pub const OUTPUT_INPUTS: usize = 3;

/// Everything an Output proof knows. Wiped on drop.
pub struct OutputWitness {
    /// One-time owner `O_r`; a package has its id here.
    pub owner: Field,
    /// Asset id; its generator is `V`.
    pub asset: Field,
    /// The amount; 0 makes a dummy.
    pub amount: u128,
    /// Commitment randomness.
    pub rcm: Field,
    /// Randomness of `cv = v V + rcv R`.
    pub rcv: Scalar,
}

impl OutputWitness {
    /// `V(asset)`; `None` for an asset id (none is known) whose hash maps to the 8-torsion.
    pub fn asset_base(&self) -> Option<Point> {
        curve::map_to_subgroup(&native(Tag::Generator, &[self.asset]))
    }

    /// `cm, cv.x, cv.y`, computed outside the circuit. For an asset without a
    /// generator the identity stands in, and no proof exists.
    pub fn public_inputs(&self) -> [Field; OUTPUT_INPUTS] {
        let base = self.asset_base().unwrap_or_else(identity);
        let cm = native(Tag::Commitment, &[self.owner, base.x, base.y, Field::from(self.amount), self.rcm]);
        let cv = multiply_amount(&base, self.amount) + value_randomness_base() * self.rcv;
        let cv = cv.into_affine();
        [cm, cv.x, cv.y]
    }

    /// A witness of the right shape and no meaning, for the matrices.
    pub(crate) fn blank() -> Self {
        let zero = Field::from(0u8);
        OutputWitness { owner: zero, asset: zero, amount: 0, rcm: zero, rcv: Scalar::from(0u8) }
    }
}

impl Drop for OutputWitness {
    fn drop(&mut self) {
        for secret in [&mut self.owner, &mut self.asset, &mut self.rcm] {
            secret.zeroize();
        }
        self.amount.zeroize();
        self.rcv.zeroize();
    }
}

/// The statement, constraint by constraint.
pub(crate) fn synthesize(b: &mut Builder<'_>, w: &OutputWitness) {
    b.section("owner");
    let owner = b.hint(w.owner);
    b.section("asset");
    let asset = b.hint(w.asset);
    let u = poseidon(b, Tag::Generator, &[asset]);
    b.section("V");
    let base_montgomery = map_to_subgroup(b, &u);
    let base = base_montgomery.to_edwards(b);

    b.section("v");
    let amount = Amount::new(b, w.amount);
    b.section("cm");
    let rcm = b.hint(w.rcm);
    let cm =
        poseidon(b, Tag::Commitment, &[owner, base.x.clone(), base.y.clone(), amount.value.clone(), rcm]);
    let public_cm = b.public(0, cm.value);
    b.enforce_equal(&cm, &public_cm);

    b.section("v V");
    let value = amount.multiply(b, &base, &base_montgomery);
    b.section("rcv");
    let randomness = FixedBase::value_randomness().multiply(b, &w.rcv);
    b.section("cv");
    randomness.add_public(b, &value, 1);
    b.section("blinding");
    b.blinding();
}

/// The circuit for arkworks: `None` for the setup. Its blinding wire is 0, so a
/// prover that takes the assignment from here must blind by itself.
pub struct OutputCircuit<'w>(pub Option<&'w OutputWitness>);

impl ConstraintSynthesizer<Field> for OutputCircuit<'_> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Field>) -> gr1cs::Result<()> {
        let mut b = Builder::new(OUTPUT_INPUTS, true);
        match self.0 {
            Some(witness) => synthesize(&mut b, witness),
            None => synthesize(&mut b, &OutputWitness::blank()),
        }
        b.replay(&cs)
    }
}
