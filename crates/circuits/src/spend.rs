//! The Spend circuit: one note leaves the pool. 8,178 constraints, 6 public
//! inputs: `anchor, nf, rk.x, rk.y, cv.x, cv.y`.

use crate::builder::Builder;
use crate::gadgets::curve::Edwards;
use crate::gadgets::fixed_base::FixedBase;
use crate::gadgets::merkle;
use crate::gadgets::poseidon::poseidon;
use crate::gadgets::variable_base::{Amount, from_bits};
use crate::{TREE_ARITY, TREE_DEPTH};
use ark_ec::CurveGroup;
use ark_relations::gr1cs::{self, ConstraintSynthesizer, ConstraintSystemRef};
use sero_shielded::curve::{Point, g_auth, identity, multiply_amount, value_randomness_base};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon as native};
use zeroize::Zeroize;

/// Number of public inputs.
pub const SPEND_INPUTS: usize = 6;

/// Everything a Spend proof knows. Wiped on drop.
pub struct SpendWitness {
    /// Authorisation key `ak`, a point of `J`.
    pub ak: Point,
    /// Nullifier key.
    pub nk: Field,
    /// Diversifier of the address: `O = P[owner](ak.x, ak.y, nk, d)`.
    pub d: Field,
    /// One-time secret of the note: `O_r = P[pkr](O, s)`.
    pub s: Field,
    /// The note's asset generator `V`.
    pub asset_base: Point,
    /// The note's amount; 0 makes a dummy, whose path is not checked.
    pub amount: u128,
    /// The note's commitment randomness.
    pub rcm: Field,
    /// Leaf number, below `8^11`.
    pub position: u64,
    /// The other seven children of each node on the path, in order; level 0
    /// holds leaves. The node goes in at its octal digit of the position,
    /// least significant digit at level 0.
    pub siblings: [[Field; TREE_ARITY - 1]; TREE_DEPTH],
    /// Public: the root that the path leads to.
    pub anchor: Field,
    /// Randomiser of `rk = ak + alpha G_auth`.
    pub alpha: Scalar,
    /// Randomness of `cv = v V + rcv R`.
    pub rcv: Scalar,
}

impl SpendWitness {
    /// The commitment of the note.
    pub fn commitment(&self) -> Field {
        let owner = native(Tag::Owner, &[self.ak.x, self.ak.y, self.nk, self.d]);
        let one_time = native(Tag::Pkr, &[owner, self.s]);
        let amount = Field::from(self.amount);
        native(Tag::Commitment, &[one_time, self.asset_base.x, self.asset_base.y, amount, self.rcm])
    }

    /// `anchor, nf, rk.x, rk.y, cv.x, cv.y`, computed outside the circuit. The
    /// points of the witness must be on the curve.
    pub fn public_inputs(&self) -> [Field; SPEND_INPUTS] {
        let nf = native(Tag::Nullifier, &[self.nk, self.commitment(), Field::from(self.position)]);
        let rk = (g_auth() * self.alpha + self.ak).into_affine();
        let cv = multiply_amount(&self.asset_base, self.amount) + value_randomness_base() * self.rcv;
        let cv = cv.into_affine();
        [self.anchor, nf, rk.x, rk.y, cv.x, cv.y]
    }

    /// The root that the path gives for the note's commitment.
    pub fn path_root(&self) -> Field {
        let mut node = self.commitment();
        for (level, siblings) in self.siblings.iter().enumerate() {
            let digit = (self.position >> (3 * level)) as usize % TREE_ARITY;
            let mut children = [node; TREE_ARITY];
            children[..digit].copy_from_slice(&siblings[..digit]);
            children[digit + 1..].copy_from_slice(&siblings[digit..]);
            node = native(Tag::Node, &children);
        }
        node
    }

    /// A witness of the right shape and no meaning, for the matrices.
    pub(crate) fn blank() -> Self {
        let zero = Field::from(0u8);
        SpendWitness {
            ak: identity(),
            nk: zero,
            d: zero,
            s: zero,
            asset_base: identity(),
            amount: 0,
            rcm: zero,
            position: 0,
            siblings: [[zero; TREE_ARITY - 1]; TREE_DEPTH],
            anchor: zero,
            alpha: Scalar::from(0u8),
            rcv: Scalar::from(0u8),
        }
    }
}

impl Drop for SpendWitness {
    fn drop(&mut self) {
        self.ak.zeroize();
        self.asset_base.zeroize();
        for secret in [&mut self.nk, &mut self.d, &mut self.s, &mut self.rcm, &mut self.anchor] {
            secret.zeroize();
        }
        self.amount.zeroize();
        self.position.zeroize();
        self.siblings.as_flattened_mut().iter_mut().for_each(Zeroize::zeroize);
        self.alpha.zeroize();
        self.rcv.zeroize();
    }
}

/// The statement, constraint by constraint.
pub(crate) fn synthesize(b: &mut Builder<'_>, w: &SpendWitness) {
    // Keys: ak is on the curve and not of small order.
    b.section("ak");
    let ak = Edwards::hint(b, &w.ak);
    ak.enforce_on_curve_and_large_order(b);
    b.section("owner");
    let nk = b.hint(w.nk);
    let d = b.hint(w.d);
    let s = b.hint(w.s);
    let owner = poseidon(b, Tag::Owner, &[ak.x.clone(), ak.y.clone(), nk.clone(), d]);
    let one_time = poseidon(b, Tag::Pkr, &[owner, s]);

    // The note. V is on the curve and not of small order in every branch, so
    // that v V is right whatever V is; that V is in the subgroup was proven
    // where the note was made.
    b.section("V");
    let base = Edwards::hint(b, &w.asset_base);
    base.enforce_on_curve_and_large_order(b);
    b.section("v");
    let amount = Amount::new(b, w.amount);
    b.section("cm");
    let rcm = b.hint(w.rcm);
    let cm =
        poseidon(b, Tag::Commitment, &[one_time, base.x.clone(), base.y.clone(), amount.value.clone(), rcm]);

    // Path, unless v = 0: v (root - anchor) = 0. v is below 2^128 < r, so as a
    // field element it is zero only if the amount is.
    b.section("position");
    let bits = merkle::position_bits(b, w.position);
    b.section("path");
    let root = merkle::root(b, &cm, &bits, &w.siblings);
    b.section("anchor");
    let anchor = b.public(0, w.anchor);
    let zero = b.constant(Field::from(0u8));
    b.enforce(&amount.value, &root.minus(&anchor), &zero);

    // Nullifier, with the bits of the path.
    b.section("nf");
    let nf = poseidon(b, Tag::Nullifier, &[nk, cm, from_bits(&bits)]);
    let public_nf = b.public(1, nf.value);
    b.enforce_equal(&nf, &public_nf);

    // rk = ak + alpha G_auth
    b.section("alpha");
    let shift = FixedBase::g_auth().multiply(b, &w.alpha);
    b.section("rk");
    shift.add_public(b, &ak, 2);

    // cv = v V + rcv R. V is not (0, +-1), so its Montgomery form is unique.
    b.section("v V");
    let base_montgomery = base.to_montgomery(b);
    let value = amount.multiply(b, &base, &base_montgomery);
    b.section("rcv");
    let randomness = FixedBase::value_randomness().multiply(b, &w.rcv);
    b.section("cv");
    randomness.add_public(b, &value, 4);
    b.section("blinding");
    b.blinding();
}

/// The circuit for arkworks: `None` for the setup. Its blinding wire is 0, so a
/// prover that takes the assignment from here must blind by itself.
pub struct SpendCircuit<'w>(pub Option<&'w SpendWitness>);

impl ConstraintSynthesizer<Field> for SpendCircuit<'_> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Field>) -> gr1cs::Result<()> {
        let mut b = Builder::new(SPEND_INPUTS, true);
        match self.0 {
            Some(witness) => synthesize(&mut b, witness),
            None => synthesize(&mut b, &SpendWitness::blank()),
        }
        b.replay(&cs)
    }
}
