//! The signer. It trusts no prover: before it signs, it makes the transaction
//! again from the plan in the clear (`cm`, `O_r`, `cv`, `rk`, ciphertexts,
//! flows, call) and refuses if one byte differs.

use crate::account::{Account, AccountError};
use crate::build;
use crate::plan::{Authority, PackageStep, Plan, PlannedSpend};
use crate::random::{self, RandomError};
use alloy_signer::SignerSync;
use sero_primitives::shielded_tx::ShieldedTx;
use sero_shielded::bundle::PackageAction;
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::field::Scalar;
use sero_shielded::signature::{Domain, sign};
use sero_shielded::verifier::PROOF_LEN;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The transaction is not the one that the plan describes.
    #[error("refused to sign: {field} is not what the plan says")]
    NotThePlan {
        /// First difference.
        field: String,
    },
    /// The plan is not one that this wallet may sign.
    #[error("refused to sign: {0}")]
    Plan(#[from] build::BuildError),
    /// A planned spend is of another account.
    #[error("refused to sign: spends[{0}] is not of this wallet")]
    Foreign(usize),
    /// No spending key.
    #[error("{0}")]
    Account(#[from] AccountError),
    /// secp256k1 signing failed.
    #[error("from_signature: {0}")]
    From(#[from] alloy_signer::Error),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// Signs for a full account.
pub struct Signer<'a> {
    account: &'a Account,
}

impl<'a> Signer<'a> {
    /// Fails for a watch-only account.
    pub fn new(account: &'a Account) -> Result<Self, AccountError> {
        account.spending_key()?;
        Ok(Self { account })
    }

    /// Checks `tx` against `plan`, then signs it: spends, balance, `from`.
    pub fn sign(&self, plan: &Plan, tx: &mut ShieldedTx) -> Result<(), SignError> {
        let expected = build::assemble(plan)?;
        if let Some(field) = difference(&expected, tx) {
            return Err(SignError::NotThePlan { field });
        }
        for (i, spend) in plan.spends.iter().enumerate() {
            let foreign = multiply(&g_auth(), self.ask(spend)?) != spend.ak;
            let other =
                matches!(spend.authority, Authority::Own) && spend.nk != *self.account.viewing_key().nk();
            if foreign || other {
                return Err(SignError::Foreign(i));
            }
        }
        if let Some(call) = &plan.call
            && self.account.from_key(call.from_index)?.address() != call.from
        {
            return Err(SignError::NotThePlan { field: "call.from".into() });
        }
        self.sign_without_checks(plan, tx)
    }

    /// Signs whatever `tx` is with the plan's secrets. For tests and
    /// demonstrations of what the chain refuses; it can give funds away.
    pub fn sign_without_checks(&self, plan: &Plan, tx: &mut ShieldedTx) -> Result<(), SignError> {
        let sighash = tx.sighash(plan.genesis_hash);
        for (spend, planned) in tx.bundle.spends.iter_mut().zip(&plan.spends) {
            let secret = *self.ask(planned)? + planned.alpha;
            spend.auth_sig = sign(Domain::Authorisation, &secret, sighash.as_slice(), &random::bytes()?);
        }
        let zero = Scalar::from(0u8);
        let inputs = plan.spends.iter().fold(zero, |sum, spend| sum + spend.rcv);
        let notes = plan.outputs.iter().fold(inputs, |sum, output| sum - output.rcv);
        let secret = plan.packages.iter().fold(notes, |sum, package| match package.action {
            PackageStep::Create { .. } => sum - package.rcv,
            PackageStep::Open { .. } => sum + package.rcv,
        });
        let message = tx.bundle.binding_message(&sighash);
        tx.bundle.binding_sig = sign(Domain::Binding, &secret, message.as_slice(), &random::bytes()?);
        if let Some(call) = &plan.call {
            let hash = tx.from_signature_hash();
            let signature = self.account.from_key(call.from_index)?.sign_hash_sync(&hash)?;
            if let Some(signed) = &mut tx.call {
                signed.from_signature = signature;
            }
        }
        Ok(())
    }

    fn ask<'s>(&'s self, spend: &'s PlannedSpend) -> Result<&'s Scalar, AccountError> {
        Ok(match &spend.authority {
            Authority::Own => self.account.spending_key()?.ask(),
            Authority::Dummy(ask) => ask.expose(),
        })
    }
}

/// The first part of `found`, proofs and signatures aside, that differs.
fn difference(expected: &ShieldedTx, found: &ShieldedTx) -> Option<String> {
    let (a, b) = (&expected.bundle, &found.bundle);
    let numbers = [
        ("chain_id", expected.chain_id == found.chain_id),
        ("expiry", expected.expiry == found.expiry),
        ("max_fee_per_gas", expected.max_fee_per_gas == found.max_fee_per_gas),
        ("max_priority_fee_per_gas", expected.max_priority_fee_per_gas == found.max_priority_fee_per_gas),
        ("gas_limit", expected.gas_limit == found.gas_limit),
        ("pool", a.pool == b.pool),
        ("anchor", a.anchor == b.anchor),
        ("number of spends", a.spends.len() == b.spends.len()),
        ("number of outputs", a.outputs.len() == b.outputs.len()),
        ("balance", a.balance == b.balance),
        ("outs", expected.outs == found.outs),
    ];
    if let Some((field, _)) = numbers.iter().find(|(_, equal)| !equal) {
        return Some((*field).into());
    }
    for (i, (a, b)) in a.spends.iter().zip(&b.spends).enumerate() {
        let parts = [("nullifier", a.nullifier == b.nullifier), ("rk", a.rk == b.rk), ("cv", a.cv == b.cv)];
        if let Some((field, _)) = parts.iter().find(|(_, equal)| !equal) {
            return Some(format!("spends[{i}].{field}"));
        }
    }
    for (i, (a, b)) in a.outputs.iter().zip(&b.outputs).enumerate() {
        let parts = [("cm", a.cm == b.cm), ("cv", a.cv == b.cv), ("ciphertext", a.note == b.note)];
        if let Some((field, _)) = parts.iter().find(|(_, equal)| !equal) {
            return Some(format!("outputs[{i}].{field}"));
        }
    }
    let unproven = |package: &PackageAction| {
        let mut package = package.clone();
        match &mut package {
            PackageAction::Create(create) => create.proof = [0; PROOF_LEN],
            PackageAction::Open(open) => open.proof = [0; PROOF_LEN],
        }
        package
    };
    if !a.packages.iter().map(unproven).eq(b.packages.iter().map(unproven)) {
        return Some("packages".into());
    }
    // Whatever is left, the call, is in the digest.
    (expected.digest() != found.digest()).then(|| "call".into())
}
