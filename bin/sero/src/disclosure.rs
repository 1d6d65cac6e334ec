//! `sero verify-disclosure`: what a disclosure proves, in words.

use crate::http::HttpSource;
use crate::terminal::{Failure, data, error};
use clap::Args;
use serde_json::{Value, json};
use sero_shielded::disclosure::{Claimant, Disclosure, NoteKind, Verified};
use sero_wallet::disclosure::check::{Checked, check};
use sero_wallet::disclosure::file;
use sero_wallet::history::memo_text;
use sero_wallet::{AssetInfo, Client, Network};
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit status of a disclosure that does not hold.
const REFUSED: u8 = 1;
/// Exit status if nobody can tell: no file, no node.
const UNCHECKED: u8 = 2;

/// Options of `sero verify-disclosure`.
#[derive(Args)]
pub struct VerifyArgs {
    /// The disclosure, JSON or binary.
    file: PathBuf,
    /// JSON-RPC of a node that you trust to know the chain.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    rpc: String,
    /// The text that you asked to be signed.
    #[arg(long, value_name = "TEXT")]
    challenge: Option<String>,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let unchecked = |failure: Failure| {
        error(&failure);
        Ok(ExitCode::from(UNCHECKED))
    };
    let bytes = match read(args) {
        Ok(bytes) => bytes,
        Err(failure) => return unchecked(format!("{}: {failure}", args.file.display()).into()),
    };
    let disclosure = match file::read(&bytes) {
        Ok(disclosure) => disclosure,
        Err(refusal) => return Ok(refused(args, &refusal.to_string())),
    };
    let source = HttpSource::new(&args.rpc);
    let client = Client::new(&source);
    let challenge = args.challenge.as_ref().map(|text| text.as_bytes());
    let checked = match check(&client, &disclosure, challenge) {
        Ok(checked) => checked,
        Err(refusal) if refusal.is_refusal() => return Ok(refused(args, &refusal.to_string())),
        Err(failure) => return unchecked(failure.into()),
    };
    let network = match client.chain_info() {
        Ok(info) => info.network,
        Err(failure) => return unchecked(failure.into()),
    };
    // Names are for reading; the proof is about the id.
    let asset = client.asset(&checked.verified.asset.to_string()).ok();
    if args.json {
        data(as_json(&disclosure, &checked, network, asset.as_ref()));
    } else {
        data(in_words(&disclosure, &checked, network, asset.as_ref()));
    }
    Ok(ExitCode::SUCCESS)
}

fn read(args: &VerifyArgs) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(file::FILE_LEN_MAX).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(&args.file)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refused(args: &VerifyArgs, reason: &str) -> ExitCode {
    if args.json {
        data(json!({ "valid": false, "error": reason }));
    }
    error(&format!("refused: {reason}").into());
    ExitCode::from(REFUSED)
}

fn claimant(verified: &Verified) -> Option<&'static str> {
    match verified.claimant {
        Claimant::Nobody => None,
        Claimant::Payee => Some("payee"),
        Claimant::Payer => Some("payer"),
    }
}

fn as_json(disclosure: &Disclosure, checked: &Checked, network: Network, asset: Option<&AssetInfo>) -> Value {
    let verified = &checked.verified;
    json!({
        "valid": true,
        "chainId": disclosure.chain.chain_id.to_string(),
        "genesisHash": disclosure.chain.genesis_hash,
        "kind": if verified.kind == NoteKind::Hidden { "hidden" } else { "public" },
        "pool": verified.pool,
        "position": verified.position.to_string(),
        "block": checked.block,
        "transaction": checked.transaction,
        "address": verified.to.to_text(network),
        "asset": verified.asset.to_string(),
        "name": asset.map(|asset| &asset.name),
        "amount": verified.amount.to_string(),
        "memo": memo_text(checked.memo.as_bytes()),
        "proven": claimant(verified),
    })
}

fn in_words(
    disclosure: &Disclosure,
    checked: &Checked,
    network: Network,
    asset: Option<&AssetInfo>,
) -> String {
    let verified = &checked.verified;
    let amount = match asset {
        Some(asset) => {
            format!("{} {}", sero_wallet::amount::format(verified.amount, asset.decimals), asset.name)
        }
        None => format!("{} base units of asset {}", verified.amount, verified.asset),
    };
    let kind = if verified.kind == NoteKind::Hidden { "hidden" } else { "public" };
    let mut lines = vec![
        format!(
            "proven on chain {}, which starts with {}:",
            disclosure.chain.chain_id, disclosure.chain.genesis_hash
        ),
        format!("  {amount} was paid to {}", verified.to.to_text(network)),
        format!(
            "  in block {}, transaction {}, as {kind} note {} of pool {}",
            checked.block, checked.transaction, verified.position, verified.pool
        ),
    ];
    if let Some(memo) = memo_text(checked.memo.as_bytes()) {
        lines.push(format!("  with the memo \"{memo}\""));
    }
    lines.push(match verified.claimant {
        Claimant::Payee => "  received by whoever answered your challenge: they hold the incoming key of this address".into(),
        Claimant::Payer => "  paid by whoever answered your challenge: they made this note".into(),
        Claimant::Nobody => "not proven: who sent it, who received it, and who made this file; for that, let them sign a challenge of yours".into(),
    });
    lines.join("\n")
}
