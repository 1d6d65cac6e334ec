//! Making small notes into one: now, after a sync, or for as long as it runs.

use super::commands::{Node, finish, show};
use super::{MergeArgs, WalletArgs, setup};
use crate::terminal::{Failure, message};
use serde_json::{Value, json};
use sero_shielded::asset::AssetId;
use sero_wallet::amount::format as decimal;
use sero_wallet::{MergeOutcome, MergePolicy, Prover, Wallet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Between two looks at the chain.
const PAUSE: Duration = Duration::from_secs(15);

/// One merge, as asked.
pub fn now(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    asset: Option<&str>,
) -> Result<(), Failure> {
    setup::sync(wallet, &node.client, false)?;
    let asset = match asset {
        Some(name) => wallet.resolve(&node.client, name)?.id,
        None => wallet.most_scattered(),
    };
    let prover = setup::prover(args, wallet.network())?;
    let sent = wallet.merge(&node.client, &*prover, asset, &setup::proof_progress())?;
    finish(args, node, wallet, sent.transaction)
}

/// At most one merge, if it is due; says what became of it.
pub fn after_sync(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    head: u64,
    options: &MergeArgs,
) -> Result<(), Failure> {
    let policy = policy(node, wallet, None, options)?;
    let outcome = step(node, wallet, &*setup::prover(args, wallet.network())?, &policy)?;
    let notes = wallet.notes().len();
    show(args, json!({ "head": head, "notes": notes, "merge": outcome_json(&outcome) }), || {
        format!("at block {head}, {notes} notes found; {}", outcome_text(&outcome))
    });
    Ok(())
}

/// Merges whenever it is due, until the process is ended.
pub fn watch(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    asset: Option<&str>,
    options: &MergeArgs,
) -> Result<(), Failure> {
    let policy = policy(node, wallet, asset, options)?;
    let prover = setup::prover(args, wallet.network())?;
    let mut last = None;
    loop {
        match step(node, wallet, &*prover, &policy) {
            Ok(outcome) if last.as_ref() != Some(&outcome) => {
                show(args, json!({ "head": wallet.head(), "merge": outcome_json(&outcome) }), || {
                    format!("block {}: {}", wallet.head(), outcome_text(&outcome))
                });
                last = Some(outcome);
            }
            Ok(_) => {}
            Err(error) => message(format!("{error}; trying again")),
        }
        std::thread::sleep(PAUSE);
    }
}

fn step(
    node: &Node<'_>,
    wallet: &mut Wallet,
    prover: &dyn Prover,
    policy: &MergePolicy,
) -> Result<MergeOutcome, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(wallet.merge_if_due(&node.client, prover, policy, now, &setup::proof_progress())?)
}

fn policy(
    node: &Node<'_>,
    wallet: &mut Wallet,
    asset: Option<&str>,
    options: &MergeArgs,
) -> Result<MergePolicy, Failure> {
    let mut policy = MergePolicy::default();
    policy.notes_max = options.notes_max.unwrap_or(policy.notes_max);
    if policy.notes_max < 2 {
        return Err("--notes-max: at least 2 notes are needed to make one".into());
    }
    if let Some(fee) = &options.fee_per_day {
        let (asset, amount) = wallet.parse_amount(&node.client, fee)?;
        if asset.id != AssetId::coin() {
            return Err("--fee-per-day: fees are in SERO".into());
        }
        policy.fee_per_day = amount;
    }
    policy.asset = match asset {
        Some(name) => Some(wallet.resolve(&node.client, name)?.id),
        None => None,
    };
    Ok(policy)
}

fn outcome_json(outcome: &MergeOutcome) -> Value {
    match outcome {
        MergeOutcome::NotNeeded => json!({ "state": "notNeeded" }),
        MergeOutcome::Waiting { until } => json!({ "state": "waiting", "untilBlock": until }),
        MergeOutcome::OverBudget { fee, paid, per_day } => json!({
            "state": "overBudget", "fee": fee.to_string(), "paid": paid.to_string(),
            "perDay": per_day.to_string(),
        }),
        MergeOutcome::Sent(sent) => json!({ "state": "sent", "transactionHash": sent.transaction }),
    }
}

fn outcome_text(outcome: &MergeOutcome) -> String {
    let sero = |amount| decimal(amount, 18);
    match *outcome {
        MergeOutcome::NotNeeded => "no small notes to merge".into(),
        MergeOutcome::Waiting { until } => format!("small notes are merged at block {until} or later"),
        MergeOutcome::OverBudget { fee, paid, per_day } => format!(
            "a merge would cost {} SERO; {} of the {} SERO a day are spent",
            sero(fee),
            sero(paid),
            sero(per_day)
        ),
        MergeOutcome::Sent(sent) => format!("merging small notes: {}", sent.transaction),
    }
}
