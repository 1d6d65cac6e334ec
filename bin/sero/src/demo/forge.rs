//! What the chain must refuse, built past the wallet's checks.

use super::report::Findings;
use super::stage::{Stage, ensure};
use crate::terminal::Failure;
use alloy_primitives::hex;
use serde_json::json;
use sero_primitives::shielded_tx::ShieldedTx;
use sero_wallet::{Built, Plan, SendRequest, SourceError};

/// Sends bytes by raw RPC; they must be refused with a message that contains `expected`.
fn refused(
    stage: &Stage<'_>,
    findings: &mut Findings,
    name: &str,
    raw: &[u8],
    expected: &str,
) -> Result<(), Failure> {
    use sero_wallet::ChainSource;
    let before = stage.state_root()?;
    let answer = stage.source.request("eth_sendRawTransaction", json!([hex::encode_prefixed(raw)]));
    let error = match answer {
        Err(SourceError::Rpc { message, .. }) => message,
        Err(error) => return Err(error.into()),
        Ok(hash) => return Err(format!("{name} was accepted as {hash}").into()),
    };
    ensure(error.contains(expected), format!("{name}: refused for another reason: {error}"))?;
    ensure(stage.state_root()? == before, format!("{name} changed the state root"))?;
    findings.line(format!("{name}: \"{error}\""));
    findings.field(name, error);
    Ok(())
}

/// Signs `tx` with the plan's secrets, whatever it says.
fn resign(stage: &Stage<'_>, plan: &Plan, mut tx: ShieldedTx) -> Result<Vec<u8>, Failure> {
    stage.alice.signer()?.sign_without_checks(plan, &mut tx)?;
    Ok(tx.encode_2718())
}

/// The step `refuse`: `spent` is a payment that Alice made before.
pub fn refuse(
    stage: &mut Stage<'_>,
    findings: &mut Findings,
    spent: &Built,
    request: &SendRequest,
) -> Result<(), Failure> {
    let silent = |_, _| ();
    // The note of an earlier payment again: proofs and signatures are fresh and good.
    let mut plan = spent.plan.clone();
    plan.expiry += 1;
    let proven = plan.build()?.prove(&stage.keys, &silent)?;
    let again = proven.sign(&stage.alice.signer()?)?;
    refused(stage, findings, "double spend", &again.raw(), "already spent")?;

    let client = stage.client;
    let good = stage.alice.build_send(&client, &stage.keys, request, &silent)?;

    // Another point in the proof: -A instead of A.
    let mut tampered = good.tx.clone();
    tampered.bundle.spends[0].proof[31] ^= 0x80;
    let raw = resign(stage, &good.plan, tampered)?;
    refused(stage, findings, "tampered proof", &raw, "proof does not verify")?;

    // A good proof, made for other public inputs.
    let mut foreign = good.tx.clone();
    foreign.bundle.spends[0].proof = spent.tx.bundle.spends[0].proof;
    let raw = resign(stage, &good.plan, foreign)?;
    refused(stage, findings, "foreign proof", &raw, "proof does not verify")?;

    // One unit more comes out than went in; every proof is good.
    let mut plan = good.plan.clone();
    let output = plan.outputs.iter_mut().find(|output| output.note.amount > 0);
    output.ok_or("a payment has an output")?.note.amount += 1;
    let unproven = plan.build_without_checks()?;
    let proven = unproven.prove(&stage.keys, &silent)?;
    let raw = resign(stage, &proven.plan, proven.tx.clone())?;
    refused(stage, findings, "one unit short", &raw, "do not add up")?;

    // The untouched transaction is good: the refusals above had one cause each.
    let submitted = stage.alice.submit(&client, &good)?;
    ensure(stage.wait(submitted.transaction)?.success, "the untouched payment failed")?;
    findings.summary = "double spend, tampered proof, foreign proof, one unit short: refused by name".into();
    Ok(())
}
