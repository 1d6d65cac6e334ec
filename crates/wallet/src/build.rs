//! From a plan to bytes, state by state: [`Plan`] -> [`Unproven`] ->
//! [`Proven`] -> [`Built`].

use crate::plan::{Plan, PlannedCall, PlannedSpend};
use crate::random::OsRng;
use crate::signer::{SignError, Signer};
use alloy_primitives::{B256, Signature as FromSignature, U256, keccak256};
use ark_serialize::CanonicalSerialize;
use rayon::prelude::*;
use sero_circuits::{OutputWitness, ProveError, ProvingKeys, SpendWitness};
use sero_primitives::shielded_tx::{ShieldedCall, ShieldedTx};
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::bundle::{BalanceEntry, Bundle, Direction, Output, Spend};
use sero_shielded::curve::{Point, g_auth};
use sero_shielded::encryption::{ENC_NOTE_LEN, EncryptedNote, OUT_CT_LEN, encrypt};
use sero_shielded::field::Field;
use sero_shielded::note::{note_commitment, value_commitment};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::signature::Signature;
use sero_shielded::verifier::{PROOF_LEN, ProofBytes};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Why a plan does not become a transaction.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// An asset has no generator.
    #[error("{field}.asset: {error}")]
    Asset {
        /// Where.
        field: String,
        /// Why.
        error: AssetError,
    },
    /// A note's random seed gives no keys (never for random seeds).
    #[error("outputs[{0}].rseed gives no keys")]
    Seed(usize),
    /// The plan makes or loses value.
    #[error("plan does not balance: asset {asset} has {inputs} base units going in and {outputs} going out")]
    Unbalanced {
        /// Which.
        asset: AssetId,
        /// Spends and inward flows.
        inputs: u128,
        /// Outputs and outward flows.
        outputs: u128,
    },
    /// Proving failed.
    #[error("{field}: {error}")]
    Prove {
        /// Which part.
        field: String,
        /// Why.
        error: ProveError,
    },
    /// The prover has other keys than the chain.
    #[error(
        "proving keys are not the chain's: their verifying keys hash to {found:?}, the chain has {expected:?}"
    )]
    Keys {
        /// The chain's.
        expected: Box<[B256; 2]>,
        /// The prover's.
        found: Box<[B256; 2]>,
    },
}

/// Makes proofs: here, or by asking somebody who may see the plan but never
/// holds the spending key.
pub trait Prover: Sync {
    /// keccak256 of the Spend and Output verifying keys (compressed).
    fn key_hashes(&self) -> Result<[B256; 2], ProveError>;
    /// A Spend proof.
    fn spend(&self, witness: &SpendWitness) -> Result<ProofBytes, ProveError>;
    /// An Output proof.
    fn output(&self, witness: &OutputWitness) -> Result<ProofBytes, ProveError>;
}

impl Prover for ProvingKeys {
    fn key_hashes(&self) -> Result<[B256; 2], ProveError> {
        let (mut spend, mut output) = (Vec::new(), Vec::new());
        let broken = |_| ProveError::SelfCheck;
        self.spend_verifying_key().serialize_compressed(&mut spend).map_err(broken)?;
        self.output_verifying_key().serialize_compressed(&mut output).map_err(broken)?;
        Ok([keccak256(spend), keccak256(output)])
    }

    fn spend(&self, witness: &SpendWitness) -> Result<ProofBytes, ProveError> {
        self.prove_spend(witness, &mut OsRng)
    }

    fn output(&self, witness: &OutputWitness) -> Result<ProofBytes, ProveError> {
        self.prove_output(witness, &mut OsRng)
    }
}

/// Called after each proof with (done, of).
pub type ProofProgress<'p> = &'p (dyn Fn(usize, usize) + Sync);

/// A transaction without proofs and signatures.
pub struct Unproven {
    /// What it does.
    pub plan: Plan,
    /// Its bytes so far.
    pub tx: ShieldedTx,
}

/// A transaction without signatures.
pub struct Proven {
    /// What it does.
    pub plan: Plan,
    /// Its bytes so far.
    pub tx: ShieldedTx,
}

/// A finished transaction, with the plan whose secrets can sign it again.
pub struct Built {
    /// What it does.
    pub plan: Plan,
    /// The transaction.
    pub tx: ShieldedTx,
}

impl Plan {
    /// Fixes every byte but proofs and signatures. Refuses a plan that does not balance.
    pub fn build(self) -> Result<Unproven, BuildError> {
        Ok(Unproven { tx: assemble(&self)?, plan: self })
    }

    /// As [`Self::build`], without the balance check: for demonstrations of what the chain refuses.
    pub fn build_without_checks(self) -> Result<Unproven, BuildError> {
        Ok(Unproven { tx: assemble_unbalanced(&self)?, plan: self })
    }
}

impl Unproven {
    /// Makes all proofs in parallel.
    pub fn prove(mut self, prover: &dyn Prover, progress: ProofProgress<'_>) -> Result<Proven, BuildError> {
        let total = self.plan.spends.len() + self.plan.outputs.len();
        let done = AtomicUsize::new(0);
        let report = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        let plan = &self.plan;
        let spends = || {
            let parts = self.tx.bundle.spends.par_iter_mut().zip(&plan.spends).enumerate();
            parts.try_for_each(|(i, (spend, planned))| {
                let field = || format!("spends[{i}]");
                let witness = spend_witness(plan, planned, &field())?;
                spend.proof =
                    prover.spend(&witness).map_err(|error| BuildError::Prove { field: field(), error })?;
                report();
                Ok(())
            })
        };
        let outputs = || {
            let parts = self.tx.bundle.outputs.par_iter_mut().zip(&plan.outputs).enumerate();
            parts.try_for_each(|(i, (output, planned))| {
                let secrets = planned.note.secrets().ok_or(BuildError::Seed(i))?;
                let witness = OutputWitness {
                    owner: planned.note.owner(&secrets),
                    asset: planned.note.asset.to_field(),
                    amount: planned.note.amount,
                    rcm: secrets.rcm,
                    rcv: planned.rcv,
                };
                output.proof = prover
                    .output(&witness)
                    .map_err(|error| BuildError::Prove { field: format!("outputs[{i}]"), error })?;
                report();
                Ok(())
            })
        };
        let (spends, outputs) = rayon::join(spends, outputs);
        spends?;
        outputs?;
        Ok(Proven { plan: self.plan, tx: self.tx })
    }

    /// The bytes for a simulation, which checks neither proofs nor signatures.
    pub fn raw(&self) -> Vec<u8> {
        self.tx.encode_2718()
    }
}

impl Proven {
    /// Checks the transaction against the plan and signs it.
    pub fn sign(mut self, signer: &Signer<'_>) -> Result<Built, SignError> {
        signer.sign(&self.plan, &mut self.tx)?;
        Ok(Built { plan: self.plan, tx: self.tx })
    }
}

impl Built {
    /// The transaction's hash.
    pub fn hash(&self) -> B256 {
        self.tx.hash()
    }

    /// The bytes for the node.
    pub fn raw(&self) -> Vec<u8> {
        self.tx.encode_2718()
    }
}

/// The transaction that `plan` describes, if it balances.
pub(crate) fn assemble(plan: &Plan) -> Result<ShieldedTx, BuildError> {
    check_balance(plan)?;
    assemble_unbalanced(plan)
}

fn assemble_unbalanced(plan: &Plan) -> Result<ShieldedTx, BuildError> {
    let bundle = Bundle {
        pool: 0,
        packages: vec![],
        anchor: plan.anchor,
        spends: plan
            .spends
            .iter()
            .enumerate()
            .map(|(i, spend)| assemble_spend(i, spend))
            .collect::<Result<_, _>>()?,
        outputs: (0..plan.outputs.len()).map(|i| assemble_output(plan, i)).collect::<Result<_, _>>()?,
        balance: plan.balance.clone(),
        binding_sig: Signature([0; 64]),
    };
    Ok(ShieldedTx {
        chain_id: plan.chain_id,
        expiry: plan.expiry,
        max_fee_per_gas: plan.max_fee_per_gas,
        max_priority_fee_per_gas: plan.max_priority_fee_per_gas,
        gas_limit: plan.gas_limit,
        bundle,
        call: plan.call.as_ref().map(assemble_call),
        outs: Vec::new(),
    })
}

fn check_balance(plan: &Plan) -> Result<(), BuildError> {
    let mut sums: BTreeMap<AssetId, (u128, u128)> = BTreeMap::new();
    let flows = |direction| {
        let entries = plan.balance.iter().filter(move |entry| entry.direction == direction);
        entries.map(|entry| (entry.asset, entry.amount))
    };
    let spends = plan.spends.iter().map(|spend| (spend.asset, spend.amount));
    for (asset, amount) in spends.chain(flows(Direction::Inward)) {
        let sum = sums.entry(asset).or_default();
        let (inputs, outputs) = (u128::MAX, sum.1);
        sum.0 = sum.0.checked_add(amount).ok_or(BuildError::Unbalanced { asset, inputs, outputs })?;
    }
    let outputs = plan.outputs.iter().map(|output| (output.note.asset, output.note.amount));
    for (asset, amount) in outputs.chain(flows(Direction::Outward)) {
        let sum = sums.entry(asset).or_default();
        let (inputs, outputs) = (sum.0, u128::MAX);
        sum.1 = sum.1.checked_add(amount).ok_or(BuildError::Unbalanced { asset, inputs, outputs })?;
    }
    match sums.into_iter().find(|(_, (inputs, outputs))| inputs != outputs) {
        None => Ok(()),
        Some((asset, (inputs, outputs))) => Err(BuildError::Unbalanced { asset, inputs, outputs }),
    }
}

fn assemble_spend(i: usize, spend: &PlannedSpend) -> Result<Spend, BuildError> {
    let generator = generator(spend.asset, || format!("spends[{i}]"))?;
    let owner = poseidon(Tag::Owner, &[spend.ak.x, spend.ak.y, spend.nk, spend.d]);
    let one_time = poseidon(Tag::Pkr, &[owner, spend.s]);
    let cm = note_commitment(&one_time, &generator, spend.amount, &spend.rcm);
    Ok(Spend {
        nullifier: poseidon(Tag::Nullifier, &[spend.nk, cm, Field::from(spend.position)]),
        rk: (g_auth() * spend.alpha + spend.ak).into(),
        cv: value_commitment(&generator, spend.amount, &spend.rcv),
        proof: [0; PROOF_LEN],
        auth_sig: Signature([0; 64]),
    })
}

fn assemble_output(plan: &Plan, i: usize) -> Result<Output, BuildError> {
    let planned = &plan.outputs[i];
    let field = || format!("outputs[{i}]");
    let generator = generator(planned.note.asset, field)?;
    let secrets = planned.note.secrets().ok_or(BuildError::Seed(i))?;
    let cm = note_commitment(&planned.note.owner(&secrets), &generator, planned.note.amount, &secrets.rcm);
    let cv = value_commitment(&generator, planned.note.amount, &planned.rcv);
    let note = encrypt(&planned.note, &planned.memo, &cm, &cv, &planned.ovk).ok_or(BuildError::Seed(i))?;
    Ok(Output { cm, cv, note, proof: [0; PROOF_LEN] })
}

fn assemble_call(call: &PlannedCall) -> ShieldedCall {
    ShieldedCall {
        from: call.from,
        nonce: call.nonce,
        to: call.to,
        value: call.value(),
        input: call.input.clone(),
        access_list: call.access_list.clone(),
        attached: call.attached.clone(),
        refund: call.refund,
        from_signature: FromSignature::new(U256::from(1), U256::from(1), false),
    }
}

fn spend_witness(plan: &Plan, spend: &PlannedSpend, field: &str) -> Result<SpendWitness, BuildError> {
    Ok(SpendWitness {
        ak: spend.ak,
        nk: spend.nk,
        d: spend.d,
        s: spend.s,
        asset_base: generator(spend.asset, || field.into())?,
        amount: spend.amount,
        rcm: spend.rcm,
        position: spend.position,
        siblings: spend.siblings,
        anchor: plan.anchor,
        alpha: spend.alpha,
        rcv: spend.rcv,
    })
}

fn generator(asset: AssetId, field: impl FnOnce() -> String) -> Result<Point, BuildError> {
    asset.generator().map_err(|error| BuildError::Asset { field: field(), error })
}

/// A transaction with the sizes of a planned one, from which its gas follows.
pub(crate) fn skeleton(
    (spends, outputs): (usize, usize),
    balance: &[BalanceEntry],
    call: Option<&PlannedCall>,
) -> ShieldedTx {
    let (point, zero) = (g_auth(), Field::from(0u8));
    let signature = Signature([0; 64]);
    let note =
        EncryptedNote { epk: point, view_tag: [0; 2], enc_note: [0; ENC_NOTE_LEN], out_ct: [0; OUT_CT_LEN] };
    let spend = Spend { nullifier: zero, rk: point, cv: point, proof: [0; PROOF_LEN], auth_sig: signature };
    let output = Output { cm: zero, cv: point, note, proof: [0; PROOF_LEN] };
    ShieldedTx {
        chain_id: 0,
        expiry: 0,
        max_fee_per_gas: 0,
        max_priority_fee_per_gas: 0,
        gas_limit: 0,
        bundle: Bundle {
            pool: 0,
            packages: vec![],
            anchor: zero,
            spends: vec![spend; spends],
            outputs: vec![output; outputs],
            balance: balance.to_vec(),
            binding_sig: signature,
        },
        call: call.map(assemble_call),
        outs: Vec::new(),
    }
}
