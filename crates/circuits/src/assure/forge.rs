//! The forgeries that the planted bugs allow, with real proofs.

use super::honest::{self, altered};
use super::layout::Layout;
use super::planted::Plant;
use super::statement::Rule;
use super::subject::{Branch, Output, Spend, Subject};
use super::{rng, torsion};
use crate::builder::Builder;
use crate::keys::{ProvingKeys, setup};
use crate::{OutputWitness, SpendWitness};
use ark_bn254::Bn254;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field as _, One, UniformRand};
use ark_groth16::{Groth16, ProvingKey, VerifyingKey};
use ark_relations::gr1cs::{self, ConstraintSynthesizer, ConstraintSystemRef};
use ark_serialize::CanonicalSerialize;
use sero_shielded::curve::{
    ELLIGATOR_Z, MONTGOMERY_A, MONTGOMERY_B, Point, PointSum, TWO_ADICITY, check_subgroup, elligator2,
    montgomery_to_edwards, multiply_amount, two_adic_log, value_randomness_base,
};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::verifier::{Circuit, ProofClaim, VerifyingKeys};

/// Any subject's circuit for arkworks' setup.
struct Synthesized<'w, S: Subject>(S, &'w S::Witness);

impl<S: Subject> ConstraintSynthesizer<Field> for Synthesized<'_, S> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Field>) -> gr1cs::Result<()> {
        let mut b = Builder::new(S::INPUTS, true);
        self.0.synthesize(&mut b, self.1);
        b.replay(&cs)
    }
}

/// Forges with this bug; the error says what did not work. `keys` are the real ones.
pub fn forge(plant: Plant, keys: &ProvingKeys) -> Result<(), String> {
    match plant {
        Plant::FreeLadderBase | Plant::FreeNullifierKey | Plant::FreePosition => {
            let circuit = Spend(Some(plant));
            let layout = circuit.layout();
            let (w, replaced, rule) = spend_forgery(plant, &layout)?;
            let assignment = circuit.run(&w, &replaced);
            spend_effect(plant, &w, &assignment)?;
            let real =
                Real { circuit: Circuit::Spend, key: &keys.spend.key, honest: Spend(None).run(&w, &[]) };
            prove(circuit, &layout, assignment, rule, &real, keys)
        }
        Plant::FreeSign | Plant::NoInnerHash | Plant::MissingRangeBit => {
            let circuit = Output(Some(plant));
            let layout = circuit.layout();
            let ((w, replaced, rule), effect) = output_forgery(plant, &layout)?;
            let assignment = circuit.run(&w, &replaced);
            output_effect(&w, &assignment, effect)?;
            let real =
                Real { circuit: Circuit::Output, key: &keys.output.key, honest: Output(None).run(&w, &[]) };
            prove(circuit, &layout, assignment, rule, &real, keys)
        }
    }
}

/// The product's side of a forgery.
struct Real<'k> {
    circuit: Circuit,
    key: &'k ProvingKey<Bn254>,
    /// The real circuit's run of the same witness.
    honest: Vec<Field>,
}

/// The forged assignment satisfies the planted circuit and breaks `rule`; its proof passes the
/// product's verifier under the planted circuit's key and under no real key.
fn prove<S: Subject>(
    circuit: S,
    layout: &Layout,
    assignment: Vec<Field>,
    rule: Rule,
    real: &Real<'_>,
    keys: &ProvingKeys,
) -> Result<(), String> {
    if let Some(row) = layout.first_violated(&assignment) {
        return Err(format!("the planted circuit refuses: {}", layout.row_name(row)));
    }
    let broken = S::judge(layout, &assignment);
    if !broken.contains(&rule) {
        return Err(format!("the statement breaks {broken:?}, not {rule:?}"));
    }
    let inputs = assignment[1..=S::INPUTS].to_vec();
    let blank = S::blank();
    let key = setup("planted", Synthesized(circuit, &blank)).map_err(|error| error.to_string())?;
    let mut shape = Builder::new(S::INPUTS, true);
    circuit.synthesize(&mut shape, &blank);
    let claim = |key: &ProvingKey<Bn254>, matrices: &[Vec<crate::builder::Row>; 3], assignment: &[Field]| {
        let mut rng = rng(77);
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            key,
            Field::rand(&mut rng),
            Field::rand(&mut rng),
            matrices,
            S::INPUTS + 1,
            matrices[0].len(),
            assignment,
        )
        .map_err(|error| error.to_string())?;
        let mut bytes = [0; 128];
        proof.serialize_compressed(&mut bytes[..]).map_err(|error| error.to_string())?;
        Ok::<_, String>(ProofClaim { circuit: real.circuit, inputs: inputs.clone(), proof: bytes })
    };
    let (spend, output) = (keys.spend_verifying_key(), keys.output_verifying_key());
    let planted_verifier = match real.circuit {
        Circuit::Spend => verifier(&key.vk, output)?,
        Circuit::Output => verifier(spend, &key.vk)?,
    };
    let real_verifier = verifier(spend, output)?;
    let forged = claim(&key, &shape.into_matrices(), &assignment)?;
    planted_verifier.verify(&forged).map_err(|error| format!("under the planted key: {error}"))?;
    if real_verifier.verify(&forged).is_ok() {
        return Err("the real key accepts the forged proof".into());
    }
    // The same claim, tried with the real proving key and the witness behind the forgery.
    let mut attempt = real.honest.clone();
    attempt[1..=S::INPUTS].copy_from_slice(&inputs);
    let matrices = match real.circuit {
        Circuit::Spend => &keys.spend.matrices,
        Circuit::Output => &keys.output.matrices,
    };
    if real_verifier.verify(&claim(real.key, matrices, &attempt)?).is_ok() {
        return Err("the real circuit proves the false statement".into());
    }
    Ok(())
}

fn verifier(spend: &VerifyingKey<Bn254>, output: &VerifyingKey<Bn254>) -> Result<VerifyingKeys, String> {
    let bytes = |key: &VerifyingKey<Bn254>| {
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes).map(|()| bytes).map_err(|error| error.to_string())
    };
    VerifyingKeys::from_bytes(&bytes(spend)?, &bytes(output)?).map_err(|error| error.to_string())
}

type Forgery<W> = (W, Vec<(usize, Field)>, Rule);

fn spend_forgery(plant: Plant, layout: &Layout) -> Result<Forgery<SpendWitness>, String> {
    let w = honest::spend(Branch::Coin, 9, &mut rng(70));
    Ok(match plant {
        Plant::FreeLadderBase => {
            // v of the coin leaves the note, v of another asset enters cv.
            let w = altered(&w, |w| w.amount |= 1);
            let w = altered(&w, |w| w.anchor = w.path_root());
            let other = other_asset();
            let s = (Field::one() + other.y) * (Field::one() - other.y).inverse().ok_or("no s")?;
            let t = s * other.x.inverse().ok_or("no t")?;
            let replaced = vec![(layout.hint("v V", 0), s), (layout.hint("v V", 1), t)];
            (w, replaced, Rule::ValueCommitment)
        }
        Plant::FreeNullifierKey => {
            let replaced = vec![(layout.hint("nf", 0), w.nk + Field::one())];
            (w, replaced, Rule::Nullifier)
        }
        _ => {
            let other = Field::from((w.position ^ 1) & 1);
            (w, vec![(layout.hint("nf", 0), other)], Rule::Nullifier)
        }
    })
}

/// The generator of another asset.
fn other_asset() -> Point {
    honest::spend(Branch::Token, 9, &mut rng(71)).asset_base
}

/// What a Spend forgery gains.
fn spend_effect(plant: Plant, w: &SpendWitness, assignment: &[Field]) -> Result<(), String> {
    let honest = w.public_inputs();
    let gained = if plant == Plant::FreeLadderBase {
        // cv opens to another asset than the note's.
        let cv = Point::new_unchecked(assignment[5], assignment[6]);
        let other = multiply_amount(&other_asset(), w.amount) + value_randomness_base() * w.rcv;
        assignment[2] == honest[1] && cv == other.into_affine()
    } else {
        // A second nullifier for the same note, all else equal.
        assignment[2] != honest[1] && assignment[3..7] == honest[2..6]
    };
    let same_anchor = assignment[1] == w.anchor && w.path_root() == w.anchor;
    (gained && same_anchor).then_some(()).ok_or_else(|| "the forgery gains nothing".into())
}

/// The value that a forged `cv` must open to.
type Effect = PointSum;

fn output_forgery(plant: Plant, layout: &Layout) -> Result<(Forgery<OutputWitness>, Effect), String> {
    let mut w = honest::output(Branch::Coin, 9, &mut rng(72));
    let base = w.asset_base().ok_or("no generator")?;
    match plant {
        Plant::FreeSign => {
            // -V: with an honest output of the same amount, both from nothing.
            let (_, t) = elligator2(&poseidon(Tag::Generator, &[w.asset])).ok_or("no map")?;
            let effect = multiply_amount(&-base, w.amount);
            Ok(((w, vec![(layout.hint("V", 3), -t)], Rule::Commitment), effect))
        }
        Plant::NoInnerHash => {
            // An asset id that maps to the negative of the coin's generator.
            let mut asset = w.asset;
            let mut number = 0u64;
            loop {
                let target = OutputWitness { asset, ..w }.asset_base().ok_or("no generator")?;
                if let Some(inverse) = preimage(&-target) {
                    w.asset = inverse;
                    let effect = multiply_amount(&-target, w.amount);
                    return Ok(((w, vec![], Rule::Commitment), effect));
                }
                number += 1;
                asset = Field::from(number);
            }
        }
        _ => {
            let mut rng = rng(73);
            loop {
                w.amount = u128::rand(&mut rng) >> 1;
                if let Some((top, amount)) = false_top_bit(&base, w.amount) {
                    let effect = multiply_amount(&base, amount);
                    return Ok(((w, vec![(layout.hint("v", 127), top)], Rule::Range), effect));
                }
            }
        }
    }
}

/// `cv` is a good point, and opens to what the forger wants.
fn output_effect(w: &OutputWitness, assignment: &[Field], effect: Effect) -> Result<(), String> {
    let cv = Point::new_unchecked(assignment[2], assignment[3]);
    let wanted = (effect + value_randomness_base() * w.rcv).into_affine();
    if cv != wanted || check_subgroup(&cv).is_err() {
        return Err("the forged cv does not open as wanted".into());
    }
    Ok(())
}

/// `u` with `8 * elligator2(u) = point`: Elligator 2 run backwards over the eight points that 8
/// takes to `point`. About every second point has one.
fn preimage(point: &Point) -> Option<Field> {
    let eighth = *point * Scalar::from(8u8).inverse()?;
    torsion().into_iter().find_map(|torsion| {
        let candidate = (eighth + torsion).into_affine();
        let s = (Field::one() + candidate.y) * (Field::one() - candidate.y).inverse()?;
        let t = s * candidate.x.inverse()?;
        if two_adic_log(&t) >> (TWO_ADICITY - 1) == 1 {
            return None;
        }
        [s, -MONTGOMERY_A - s].into_iter().find_map(|s1| {
            let u2 = (-MONTGOMERY_A * s1.inverse()? - Field::one()) * Field::from(ELLIGATOR_Z).inverse()?;
            let u = u2.sqrt()?;
            (elligator2(&u) == Some((s, t))).then_some(u)
        })
    })
}

/// A top bit that is no bit, for which the ladder still ends on the curve, and the amount in `cv`.
///
/// The last signed addition adds `(s2, c t2)`, `c = 2 top - 1`, to the accumulator `a V = (s1, t1)`. Its
/// result has `s3 = B m^2 - A - s1 - s2`, and any slope `m` is some `c`. With
/// `B m^2 = A + 2 s1 + s2` it is `s3 = s1`, `t3 = -t1`: the point `-a V`.
fn false_top_bit(base: &Point, amount: u128) -> Option<(Field, u128)> {
    // a = sum of e_i 2^i over bits 1..126, at places 0..125; a > 0 exactly if bit 126 is set.
    let odd = (amount >> 1) & ((1 << 126) - 1);
    let a = (2 * odd).checked_sub((1 << 126) - 1)?;
    let montgomery = |scalar: u128| {
        let point = multiply_amount(base, scalar).into_affine();
        let s = (Field::one() + point.y) * (Field::one() - point.y).inverse()?;
        let found = (s, s * point.x.inverse()?);
        (montgomery_to_edwards(&found.0, &found.1)? == point).then_some(found)
    };
    let ((s1, t1), (s2, t2)) = (montgomery(a)?, montgomery(1 << 126)?);
    let slope = ((MONTGOMERY_A + s1.double() + s2) * MONTGOMERY_B.inverse()?).sqrt()?;
    let c = (slope * (s2 - s1) + t1) * t2.inverse()?;
    let top = (c + Field::one()) * Field::from(2u8).inverse()?;
    let even = 1 - (amount & 1);
    Some((top, (1u128 << 127) - a - even))
}
