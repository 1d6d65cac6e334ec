//! `sero wallet package ...` and `sero wallet migrate`.

use super::commands::{Node, finish, finish_with, show};
use super::{PackageCommand, WalletArgs, setup};
use crate::terminal::Failure;
use alloy_primitives::{B256, hex};
use serde_json::{Value, json};
use sero_shielded::asset::AssetId;
use sero_wallet::{OwnPackage, Wallet, amount};
use std::path::Path;

pub fn run(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    command: &PackageCommand,
) -> Result<(), Failure> {
    match command {
        PackageCommand::Create { amount, data, data_file, owner } => {
            let value = match amount {
                Some(amount) => {
                    let (asset, amount) = wallet.parse_amount(&node.client, amount)?;
                    (asset.id, amount)
                }
                None => (AssetId::coin(), 0),
            };
            let data = match (data, data_file) {
                (Some(text), _) => text.clone().into_bytes(),
                (None, Some(path)) => {
                    std::fs::read(path).map_err(|error| format!("--data-file {}: {error}", path.display()))?
                }
                (None, None) => Vec::new(),
            };
            let max = sero_shielded::package::DATA_LEN_MAX;
            if data.len() > max {
                return Err(format!("--data: {} bytes, at most {max} are allowed", data.len()).into());
            }
            let prover = setup::prover(args, wallet.network())?;
            let progress = setup::proof_progress();
            let made = wallet.create_package(&node.client, &*prover, *owner, value, &data, &progress)?;
            let json = json!({ "package": made.id, "key": made.key, "owner": made.owner });
            let words = format!(
                "package {} (owner {})\nits key, for whoever shall read it: {}\n",
                made.id, made.owner, made.key
            );
            finish_with(args, node, wallet, made.submitted.transaction, (json, words))
        }
        PackageCommand::Transfer { id, to } => {
            let prover = setup::prover(args, wallet.network())?;
            let sent = wallet.transfer_package(&node.client, &*prover, *id, *to, &setup::proof_progress())?;
            finish(args, node, wallet, sent.transaction)
        }
        PackageCommand::Open { id, key, key_file, public: false } => {
            let key = key_of(*key, key_file.as_deref())?;
            let prover = setup::prover(args, wallet.network())?;
            let (sent, content) =
                wallet.open_package(&node.client, &*prover, *id, key, &setup::proof_progress())?;
            let json = json!({
                "package": id, "asset": content.asset.to_string(), "amount": content.amount.to_string(),
                "data": hex::encode_prefixed(&content.data),
            });
            let inside = contents(wallet, content.asset, content.amount);
            let words = format!("package {id} held {inside}, and {}\n", data_text(&content.data));
            finish_with(args, node, wallet, sent.transaction, (json, words))
        }
        PackageCommand::Open { id, key, key_file, public: true } => {
            let key = key_of(*key, key_file.as_deref())?;
            let prover = setup::prover(args, wallet.network())?;
            let sent = wallet.reveal_package(&node.client, &*prover, *id, key, &setup::proof_progress())?;
            finish(args, node, wallet, sent.transaction)
        }
        PackageCommand::List => {
            setup::sync(wallet, &node.client, false)?;
            wallet.learn_assets(&node.client)?;
            let packages = wallet.packages();
            let json: Vec<Value> = packages.iter().map(package_json).collect();
            show(args, json!({ "packages": json }), || {
                let line = |package: &OwnPackage| package_text(wallet, package);
                let lines: Vec<String> = packages.iter().map(line).collect();
                if lines.is_empty() { "no packages".into() } else { lines.join("\n") }
            });
            Ok(())
        }
    }
}

/// The key that was given, in a file or on the command line.
fn key_of(key: Option<B256>, file: Option<&Path>) -> Result<Option<B256>, Failure> {
    let Some(file) = file else { return Ok(key) };
    let line = setup::secret_line(file)?;
    let key = line.trim().parse().map_err(|_| {
        format!("--key-file {}: expected the 32 bytes of the key, 0x and 64 hex digits", file.display())
    })?;
    Ok(Some(key))
}

/// Moves one asset's notes; says when there is nothing left.
pub fn migrate(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    asset: Option<&str>,
) -> Result<(), Failure> {
    if node.chain.deposit_pool.is_none() {
        return Err("no pool takes deposits now, so nothing was moved; notes stay good where they are".into());
    }
    let asset = asset.map(|name| wallet.resolve(&node.client, name)).transpose()?.map(|asset| asset.id);
    let prover = setup::prover(args, wallet.network())?;
    match wallet.migrate(&node.client, &*prover, asset, &setup::proof_progress())? {
        Some(sent) => finish(args, node, wallet, sent.transaction),
        None => {
            let words = match asset {
                None => "every note is in the newest pool",
                Some(_) => "every note of that asset is in the newest pool",
            };
            show(args, json!({ "transaction": null }), || words.into());
            Ok(())
        }
    }
}

fn package_json(package: &OwnPackage) -> Value {
    let content = package.content.as_ref().map(|content| {
        json!({
            "asset": content.asset.to_string(), "amount": content.amount.to_string(), "data": content.data,
        })
    });
    json!({
        "package": package.id, "owner": package.owner, "fromIndex": package.from_index, "pool": package.pool,
        "opened": package.opened, "content": content, "block": package.block,
        "transaction": package.transaction,
    })
}

fn package_text(wallet: &Wallet, package: &OwnPackage) -> String {
    let id: B256 = package.id;
    let state = if package.opened { "opened" } else { "closed" };
    let owner = match package.from_index {
        Some(index) => format!("mine (From {index}, {})", package.owner),
        None => format!("of {}", package.owner),
    };
    let inside = match &package.content {
        Some(content) => {
            format!("{}, {}", contents(wallet, content.asset, content.amount), data_text(&content.data))
        }
        None => "content unknown until it is opened with its key".into(),
    };
    format!("{id}  {state}, {owner}: {inside}")
}

fn contents(wallet: &Wallet, asset: AssetId, units: u128) -> String {
    match wallet.known(asset) {
        Some(info) => format!("{} {}", amount::format(units, info.decimals), info.name),
        None => format!("{units} base units of {asset}"),
    }
}

/// Printable text as it is, everything else in hex: it comes from strangers.
fn data_text(data: &[u8]) -> String {
    match core::str::from_utf8(data) {
        _ if data.is_empty() => "no data".into(),
        Ok(text) if !text.chars().any(char::is_control) => format!("the text {text:?}"),
        _ => format!("{} bytes of data: {}", data.len(), hex::encode_prefixed(data)),
    }
}
