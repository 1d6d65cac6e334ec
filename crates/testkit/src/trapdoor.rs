//! Verifying keys whose toxic waste is known, and proofs simulated with it.
//!
//! Whoever knows `alpha, beta, gamma, delta` and the scalars of the input
//! points forges a Groth16 proof of any statement, without a circuit and in
//! microseconds, and the unmodified verifier accepts it. Tests use that twice:
//! to run bundles at speed, and to play the thief of a broken setup.

use crate::CHAIN_ID;
use crate::rng::Rng;
use alloy_primitives::B256;
use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field as _, Zero};
use ark_groth16::{Proof, VerifyingKey};
use ark_serialize::CanonicalSerialize;
use sero_execution::KeyFiles;
use sero_primitives::pools::PoolSpec;
use sero_primitives::shielded_tx::ShieldedTx;
use sero_primitives::{Transaction, gas};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{
    BalanceEntry, Bundle, Direction, Output, PackageAction, PackageCreate, PackageOpen, Spend,
};
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::encryption::{ENC_NOTE_LEN, EncryptedNote, OUT_CT_LEN};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::hash::{hash_to_field, hash_to_scalar};
use sero_shielded::note::value_commitment;
use sero_shielded::package::{PackageId, SealedPackage};
use sero_shielded::signature::{Domain, Signature, sign};
use sero_shielded::tree;
use sero_shielded::verifier::{Circuit, PROOF_LEN, ProofBytes, ProofClaim};
use std::sync::OnceLock;

struct Waste {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    inputs: Vec<Fr>,
    key: Vec<u8>,
}

impl Waste {
    fn new(circuit: Circuit) -> Self {
        let secret = |name: &str, i: usize| {
            hash_to_field("testkit_waste", &[&[circuit as u8], name.as_bytes(), &i.to_be_bytes()])
        };
        let inputs: Vec<Fr> = (0..=circuit.public_inputs()).map(|i| secret("input", i)).collect();
        let [alpha, beta, gamma, delta] = ["alpha", "beta", "gamma", "delta"].map(|name| secret(name, 0));
        let g1 = |scalar: &Fr| (G1Affine::generator() * scalar).into_affine();
        let g2 = |scalar: &Fr| (G2Affine::generator() * scalar).into_affine();
        let verifying_key = VerifyingKey::<Bn254> {
            alpha_g1: g1(&alpha),
            beta_g2: g2(&beta),
            gamma_g2: g2(&gamma),
            delta_g2: g2(&delta),
            gamma_abc_g1: inputs.iter().map(g1).collect(),
        };
        let mut key = Vec::new();
        verifying_key.serialize_compressed(&mut key).expect("a vector takes all bytes");
        Self { alpha, beta, gamma, delta, inputs, key }
    }

    fn of(circuit: Circuit) -> &'static Self {
        static SPEND: OnceLock<Waste> = OnceLock::new();
        static OUTPUT: OnceLock<Waste> = OnceLock::new();
        let cell = if circuit == Circuit::Spend { &SPEND } else { &OUTPUT };
        cell.get_or_init(|| Self::new(circuit))
    }
}

/// The verifying keys of Spend and Output.
pub fn keys() -> [&'static [u8]; 2] {
    [Circuit::Spend, Circuit::Output].map(|circuit| Waste::of(circuit).key.as_slice())
}

/// The key files of both circuits.
pub fn key_files() -> KeyFiles {
    KeyFiles::new(keys())
}

/// A pool under these keys.
pub fn pool(id: u8, opens: u64) -> PoolSpec {
    let hash = |circuit| alloy_primitives::keccak256(&Waste::of(circuit).key);
    PoolSpec::new(id, opens, hash(Circuit::Spend), hash(Circuit::Output))
}

/// A proof of `claim`, true or not: `A = a G`, `B = b H`, and the `C` that
/// makes `ab = alpha beta + gamma x + delta c`.
pub fn forge(claim: &ProofClaim) -> ProofBytes {
    static FACTORS: OnceLock<(Fr, G1Affine, G2Affine)> = OnceLock::new();
    let waste = Waste::of(claim.circuit);
    let (product, a, b) = FACTORS.get_or_init(|| {
        let (a, b) = (Fr::from(0x5e20u64), Fr::from(0x5ea1u64));
        let point = (G1Affine::generator() * a).into_affine();
        (a * b, point, (G2Affine::generator() * b).into_affine())
    });
    let statement =
        claim.inputs.iter().zip(&waste.inputs[1..]).fold(waste.inputs[0], |sum, (x, w)| sum + *x * w);
    let c = (*product - waste.alpha * waste.beta - waste.gamma * statement)
        * waste.delta.inverse().expect("delta is not zero");
    let proof = Proof::<Bn254> { a: *a, b: *b, c: (G1Affine::generator() * c).into_affine() };
    let mut bytes = [0; PROOF_LEN];
    proof.serialize_compressed(bytes.as_mut_slice()).expect("a proof has 128 bytes");
    bytes
}

/// A package action to come.
#[derive(Clone, Debug)]
pub enum PackagePlan {
    /// Closes a box that says to hold this.
    Create {
        /// What leaves the notes for it.
        value: (AssetId, u128),
        /// Who may open it.
        owner: [u8; 20],
        /// The closed box.
        sealed: SealedPackage,
    },
    /// Opens a box in private.
    Open {
        /// What it adds to the notes.
        value: (AssetId, u128),
        /// Which.
        id: PackageId,
        /// `pkg_cm`.
        commitment: Field,
    },
}

/// A bundle to come: its proofs are forged, its signatures and balance real.
#[derive(Clone, Debug)]
pub struct BundlePlan {
    /// The pool whose notes it moves.
    pub pool: u8,
    /// An anchor of the pool.
    pub anchor: Field,
    /// Nullifier and value of each spend.
    pub spends: Vec<(Field, AssetId, u128)>,
    /// Commitment and value of each output.
    pub outputs: Vec<(Field, AssetId, u128)>,
    /// In order.
    pub packages: Vec<PackagePlan>,
    /// In order.
    pub balance: Vec<BalanceEntry>,
}

/// A bundle whose signatures wait for the sighash, with the secrets behind it.
pub struct Unsigned {
    /// Complete but for the signatures.
    pub bundle: Bundle,
    spend_secrets: Vec<Scalar>,
    balance_secret: Scalar,
}

impl BundlePlan {
    /// Nothing, in pool 0.
    pub fn empty() -> Self {
        Self {
            pool: 0,
            anchor: Field::ZERO,
            spends: vec![],
            outputs: vec![],
            packages: vec![],
            balance: vec![],
        }
    }

    /// A public flow more; keeps the order that a bundle needs.
    pub fn flow(mut self, asset: AssetId, direction: Direction, amount: u128) -> Self {
        self.balance.push(BalanceEntry { asset, direction, amount });
        self.balance.sort_by_key(|entry| (entry.asset != AssetId::coin(), entry.asset));
        self
    }

    /// Commits and proves.
    pub fn prove(&self, rng: &mut Rng) -> Unsigned {
        let mut balance_secret = Scalar::zero();
        let mut commit = |asset: AssetId, amount: u128, inflow: bool, rng: &mut Rng| {
            let rcv = scalar(rng);
            balance_secret += if inflow { rcv } else { -rcv };
            value_commitment(&asset.generator().expect("assets of tests have generators"), amount, &rcv)
        };
        let mut spend_secrets = Vec::new();
        let mut spends = Vec::new();
        for (nullifier, asset, amount) in &self.spends {
            let secret = scalar(rng);
            let (rk, cv) = (multiply(&g_auth(), &secret), commit(*asset, *amount, true, rng));
            let (proof, auth_sig) = ([0; PROOF_LEN], Signature([0; 64]));
            spends.push(Spend { nullifier: *nullifier, rk, cv, proof, auth_sig });
            spend_secrets.push(secret);
        }
        let mut outputs = Vec::new();
        for (cm, asset, amount) in &self.outputs {
            let cv = commit(*asset, *amount, false, rng);
            outputs.push(Output { cm: *cm, cv, note: unreadable_note(rng), proof: [0; PROOF_LEN] });
        }
        let mut packages = Vec::new();
        for package in &self.packages {
            packages.push(match package {
                PackagePlan::Create { value, owner, sealed } => PackageAction::Create(PackageCreate {
                    cv: commit(value.0, value.1, false, rng),
                    owner: *owner,
                    sealed: sealed.clone(),
                    proof: [0; PROOF_LEN],
                }),
                PackagePlan::Open { value, id, commitment } => PackageAction::Open(PackageOpen {
                    id: *id,
                    commitment: *commitment,
                    cv: commit(value.0, value.1, true, rng),
                    proof: [0; PROOF_LEN],
                }),
            });
        }
        let mut bundle = Bundle {
            pool: self.pool,
            anchor: self.anchor,
            spends,
            outputs,
            packages,
            balance: self.balance.clone(),
            binding_sig: Signature([0; 64]),
        };
        prove_all(&mut bundle);
        Unsigned { bundle, spend_secrets, balance_secret }
    }
}

/// Forges every proof of a bundle.
pub fn prove_all(bundle: &mut Bundle) {
    let mut proofs = bundle.proof_claims().into_iter().map(|claim| forge(&claim));
    let mut next = || proofs.next().expect("one claim for each part");
    bundle.spends.iter_mut().for_each(|spend| spend.proof = next());
    bundle.outputs.iter_mut().for_each(|output| output.proof = next());
    for package in &mut bundle.packages {
        match package {
            PackageAction::Create(create) => create.proof = next(),
            PackageAction::Open(open) => open.proof = next(),
        }
    }
}

impl Unsigned {
    /// Signs for `sighash`, which must be this bundle's.
    pub fn sign(mut self, sighash: &B256, rng: &mut Rng) -> Bundle {
        for (spend, secret) in self.bundle.spends.iter_mut().zip(&self.spend_secrets) {
            spend.auth_sig = sign(Domain::Authorisation, secret, sighash.as_slice(), &rng.bytes32());
        }
        let message = self.bundle.binding_message(sighash);
        self.bundle.binding_sig =
            sign(Domain::Binding, &self.balance_secret, message.as_slice(), &rng.bytes32());
        self.bundle
    }
}

/// A pure transfer of pool 0 that spends one note under the empty tree, which was an anchor once, for so
/// many empty outputs and its fee of one gwei per gas.
pub fn transfer(genesis_hash: B256, outputs: usize, rng: &mut Rng) -> Transaction {
    const FEE: u128 = 1_000_000_000;
    let prove = |gas: u64, rng: &mut Rng| {
        let fee = u128::from(gas) * FEE;
        let plan = BundlePlan {
            anchor: tree::empty_root(tree::DEPTH),
            spends: vec![(field(rng), AssetId::coin(), fee)],
            outputs: (0..outputs).map(|_| (field(rng), AssetId::coin(), 0)).collect(),
            ..BundlePlan::empty()
        };
        plan.flow(AssetId::coin(), Direction::Outward, fee).prove(rng)
    };
    let with = |gas_limit, bundle| ShieldedTx {
        chain_id: CHAIN_ID,
        expiry: 1_000,
        max_fee_per_gas: FEE,
        max_priority_fee_per_gas: 0,
        gas_limit,
        bundle,
        call: None,
        outs: vec![],
    };
    let gas_limit = gas::pure_transfer(&with(0, prove(1, rng).bundle));
    let unsigned = prove(gas_limit, rng);
    let mut tx = with(gas_limit, unsigned.bundle.clone());
    tx.bundle = unsigned.sign(&tx.sighash(genesis_hash), rng);
    Transaction::shielded(tx)
}

/// A random element of the field.
pub fn field(rng: &mut Rng) -> Field {
    hash_to_field("testkit_random", &[&rng.bytes32()])
}

fn scalar(rng: &mut Rng) -> Scalar {
    let scalar = hash_to_scalar("testkit_random", &[&rng.bytes32()]);
    debug_assert!(!scalar.is_zero());
    scalar
}

fn unreadable_note(rng: &mut Rng) -> EncryptedNote {
    let mut enc_note = [0; ENC_NOTE_LEN];
    enc_note[..32].copy_from_slice(&rng.bytes32());
    EncryptedNote { epk: g_auth(), view_tag: [0; 2], enc_note, out_ct: [0; OUT_CT_LEN] }
}
