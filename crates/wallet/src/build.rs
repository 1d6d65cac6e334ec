//! From a plan to bytes, state by state: [`Plan`] -> [`Unproven`] ->
//! [`Proven`] -> [`Built`].

use crate::plan::{PackageStep, Plan, PlannedCall, PlannedPackage, PlannedSpend, Wish};
use crate::prover::{Prover, ProverError, check_count};
use crate::signer::{SignError, Signer};
use alloy_primitives::{B256, Signature as FromSignature, U256};
use sero_circuits::{Cancel, OutputWitness, Part, Progress, ProveError, SpendWitness, Watch, Witnesses};
use sero_primitives::shielded_tx::{PublicOut, ShieldedCall, ShieldedTx};
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::bundle::{
    BalanceEntry, Bundle, Direction, Output, PackageAction, PackageCreate, PackageOpen, Spend,
};
use sero_shielded::curve::{Point, g_auth};
use sero_shielded::encryption::{ENC_NOTE_LEN, EncryptedNote, OUT_CT_LEN, encrypt};
use sero_shielded::field::Field;
use sero_shielded::note::{note_commitment, value_commitment};
use sero_shielded::package::{PackageId, SealError, SealedPackage, sealed_len};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::signature::Signature;
use sero_shielded::verifier::{PROOF_LEN, ProofError};
use std::collections::BTreeMap;

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
    /// A package's content cannot be closed.
    #[error("packages[{index}]: {error}")]
    Package {
        /// Which.
        index: usize,
        /// Why.
        error: SealError,
    },
    /// A package is made in a transaction that names nothing for its id.
    #[error("packages[{0}]: a package needs a spend or a call in its transaction")]
    NoPackageId(usize),
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
    /// The prover's proof is none of this transaction.
    #[error("{field}: the prover's answer: {error}")]
    BadProof {
        /// Which part.
        field: String,
        /// What is wrong with it.
        error: ProofError,
    },
    /// The prover gave no proofs.
    #[error("{0}")]
    Prover(ProverError),
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
    /// Has all proofs made.
    pub fn prove(self, prover: &dyn Prover, progress: ProofProgress<'_>) -> Result<Proven, BuildError> {
        let progress = |proof: Progress| progress(proof.done, proof.of);
        self.prove_watched(prover, &Watch { cancel: &Cancel::new(), progress: &progress })
    }

    /// [`Self::prove`], by somebody who sees which proof is done and can end it. `outputs` in the progress
    /// are the transaction's outputs, then its packages.
    pub fn prove_watched(mut self, prover: &dyn Prover, watch: &Watch<'_>) -> Result<Proven, BuildError> {
        let witnesses = self.witnesses()?;
        let proofs = prover.prove(&witnesses, watch).map_err(|error| self.named(error))?;
        check_count([witnesses.spends.len(), witnesses.outputs.len()], &proofs)
            .map_err(BuildError::Prover)?;
        let bundle = &mut self.tx.bundle;
        let places = bundle.outputs.iter_mut().map(|output| &mut output.proof);
        let places = places.chain(bundle.packages.iter_mut().map(|package| match package {
            PackageAction::Create(create) => &mut create.proof,
            PackageAction::Open(open) => &mut open.proof,
        }));
        bundle.spends.iter_mut().zip(proofs.spends).for_each(|(spend, proof)| spend.proof = proof);
        places.zip(proofs.outputs).for_each(|(place, proof)| *place = proof);
        Ok(Proven { plan: self.plan, tx: self.tx })
    }

    /// What the proofs know: nothing from which the spending key follows.
    pub fn witnesses(&self) -> Result<Witnesses, BuildError> {
        let plan = &self.plan;
        let spends = plan.spends.iter().enumerate();
        let spends = spends.map(|(i, spend)| spend_witness(plan, spend, &format!("spends[{i}]")));
        let outputs = plan.outputs.iter().enumerate().map(|(i, planned)| {
            let secrets = planned.note.secrets().ok_or(BuildError::Seed(i))?;
            Ok(OutputWitness {
                owner: planned.note.owner(&secrets),
                asset: planned.note.asset.to_field(),
                amount: planned.note.amount,
                rcm: secrets.rcm,
                rcv: planned.rcv,
            })
        });
        let packages = plan.packages.iter().enumerate().map(|(i, planned)| {
            Ok(OutputWitness {
                owner: package_id(plan, planned, i)?.to_field(),
                asset: planned.content.asset.to_field(),
                amount: planned.content.amount,
                rcm: planned.content.rcm,
                rcv: planned.rcv,
            })
        });
        let spends = spends.collect::<Result<_, BuildError>>()?;
        Ok(Witnesses { spends, outputs: outputs.chain(packages).collect::<Result<_, BuildError>>()? })
    }

    /// An error by the transaction's own names for its parts.
    fn named(&self, error: ProverError) -> BuildError {
        let field = |part| match part {
            Part::Output(i) if i >= self.plan.outputs.len() => {
                format!("packages[{}]", i - self.plan.outputs.len())
            }
            part => part.to_string(),
        };
        match error {
            ProverError::Prove { part, error } => BuildError::Prove { field: field(part), error },
            ProverError::BadProof { part, error } => BuildError::BadProof { field: field(part), error },
            other => BuildError::Prover(other),
        }
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
    let packages = plan.packages.iter().enumerate();
    let bundle = Bundle {
        pool: plan.pool,
        anchor: plan.anchor,
        spends: plan
            .spends
            .iter()
            .enumerate()
            .map(|(i, spend)| assemble_spend(i, spend))
            .collect::<Result<_, _>>()?,
        outputs: (0..plan.outputs.len()).map(|i| assemble_output(plan, i)).collect::<Result<_, _>>()?,
        packages: packages
            .map(|(i, package)| assemble_package(plan, package, i))
            .collect::<Result<_, _>>()?,
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
        outs: plan.outs.clone(),
    })
}

fn check_balance(plan: &Plan) -> Result<(), BuildError> {
    let mut sums: BTreeMap<AssetId, (u128, u128)> = BTreeMap::new();
    let flows = |direction| {
        let entries = plan.balance.iter().filter(move |entry| entry.direction == direction);
        entries.map(|entry| (entry.asset, entry.amount))
    };
    let packages = |opened| {
        let packages = plan.packages.iter();
        let packages = packages.filter(move |p| matches!(p.action, PackageStep::Open { .. }) == opened);
        packages.map(|package| (package.content.asset, package.content.amount))
    };
    let spends = plan.spends.iter().map(|spend| (spend.asset, spend.amount)).chain(packages(true));
    for (asset, amount) in spends.chain(flows(Direction::Inward)) {
        let sum = sums.entry(asset).or_default();
        let (inputs, outputs) = (u128::MAX, sum.1);
        sum.0 = sum.0.checked_add(amount).ok_or(BuildError::Unbalanced { asset, inputs, outputs })?;
    }
    let outputs = plan.outputs.iter().map(|output| (output.note.asset, output.note.amount));
    let outputs = outputs.chain(packages(false));
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

/// The id of the package action at place `index`.
fn package_id(plan: &Plan, package: &PlannedPackage, index: usize) -> Result<PackageId, BuildError> {
    if let PackageStep::Open { id } = package.action {
        return Ok(id);
    }
    let place = u8::try_from(index).expect("a bundle never has over 8 package actions");
    match (plan.spends.first(), &plan.call) {
        (Some(first), _) => {
            let nullifier =
                first.nullifier().map_err(|error| BuildError::Asset { field: "spends[0]".into(), error })?;
            Ok(PackageId::from_nullifier(plan.pool, &nullifier, place))
        }
        (None, Some(call)) => Ok(PackageId::from_call(&call.from.into_array(), call.nonce, place)),
        (None, None) => Err(BuildError::NoPackageId(index)),
    }
}

fn assemble_package(
    plan: &Plan,
    package: &PlannedPackage,
    index: usize,
) -> Result<PackageAction, BuildError> {
    let PlannedPackage { action, content, rcv } = package;
    let id = package_id(plan, package, index)?;
    let failed = |error| BuildError::Package { index, error };
    let generator = content.asset.generator().map_err(|error| failed(error.into()))?;
    let cv = value_commitment(&generator, content.amount, rcv);
    let proof = [0; PROOF_LEN];
    Ok(match action {
        PackageStep::Create { owner, key } => {
            let sealed = content.seal(&id, key.expose()).map_err(failed)?;
            PackageAction::Create(PackageCreate { cv, owner: owner.into_array(), sealed, proof })
        }
        PackageStep::Open { .. } => {
            let commitment = content.commitment(&id).map_err(|error| failed(error.into()))?;
            PackageAction::Open(PackageOpen { id, commitment, cv, proof })
        }
    })
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
    wish: &Wish<'_>,
    outs: &[PublicOut],
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
            packages: skeleton_packages(wish),
            anchor: zero,
            spends: vec![spend; spends],
            outputs: vec![output; outputs],
            balance: balance.to_vec(),
            binding_sig: signature,
        },
        call: wish.call.as_ref().map(assemble_call),
        outs: outs.to_vec(),
    }
}

fn skeleton_packages(wish: &Wish<'_>) -> Vec<PackageAction> {
    let (point, zero, proof) = (g_auth(), Field::from(0u8), [0; PROOF_LEN]);
    let id = PackageId::from_call(&[0; 20], 0, 0);
    let open = wish.open.map(|_| PackageAction::Open(PackageOpen { id, commitment: zero, cv: point, proof }));
    let create = wish.create.map(|new| {
        let ciphertext = vec![0; sealed_len(new.data.len()).unwrap_or_default()];
        let sealed = SealedPackage { commitment: zero, tag: [0; 32], ciphertext };
        PackageAction::Create(PackageCreate { cv: point, owner: [0; 20], sealed, proof })
    });
    open.into_iter().chain(create).collect()
}
