//! The commands of a wallet that holds an incoming key alone.

use super::commands::{Node, file, history, show};
use super::{WalletArgs, WalletCommand, setup};
use crate::terminal::Failure;
use serde_json::json;
use sero_wallet::{Balance, IncomingWallet, Network};

/// Whether a text means to be an incoming key.
pub fn is_key(network: Network, text: &str) -> bool {
    let prefix = format!("{}ivk1", network.prefix());
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(&prefix))
}

pub fn watch(args: &WalletArgs, node: &Node<'_>, key: &str, password: &str) -> Result<(), Failure> {
    let mut wallet = IncomingWallet::watch(file(args, password), &node.chain, key)?;
    setup::scanning(|progress| Ok(wallet.sync(&node.client, progress)?))?;
    wallet.learn_assets(&node.client)?;
    let json =
        json!({ "wallet": args.wallet, "watchOnly": true, "incomingOnly": true, "notes": wallet.notes() });
    show(args, json, || {
        format!(
            "{} has seen {} notes arrive; it sees nothing that is spent",
            args.wallet.display(),
            wallet.notes()
        )
    });
    Ok(())
}

pub fn run(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut IncomingWallet,
    command: &WalletCommand,
) -> Result<(), Failure> {
    match command {
        WalletCommand::Sync { rescan, merge: false, .. } => {
            let head = setup::scanning(|progress| {
                Ok(if *rescan {
                    wallet.rescan(&node.client, progress)?
                } else {
                    wallet.sync(&node.client, progress)?
                })
            })?;
            wallet.learn_assets(&node.client)?;
            show(args, json!({ "head": head, "notes": wallet.notes() }), || {
                format!("at block {head}, {} notes have arrived", wallet.notes())
            });
        }
        WalletCommand::Balance => {
            follow(node, wallet)?;
            let received = wallet.received();
            show(args, json!({ "head": wallet.head(), "received": received }), || {
                let line = |total: &Balance| {
                    let name = total.name.clone().unwrap_or_else(|| total.asset.to_string());
                    format!("{:>30} {name} received so far", total.available_text())
                };
                received.iter().map(line).collect::<Vec<_>>().join("\n")
            });
        }
        WalletCommand::History => {
            follow(node, wallet)?;
            history(args, &wallet.history());
        }
        WalletCommand::ExportViewKey { incoming: true } => {
            let key = wallet.export_incoming_key();
            show(args, json!({ "viewKey": key.expose() }), || key.expose().clone());
        }
        _ => {
            return Err("this is an incoming-only wallet: it can show what was received (sync, balance, \
                        history, export-view-key --incoming), and do nothing else"
                .into());
        }
    }
    Ok(())
}

fn follow(node: &Node<'_>, wallet: &mut IncomingWallet) -> Result<(), Failure> {
    setup::scanning(|progress| Ok(wallet.sync(&node.client, progress)?))?;
    Ok(wallet.learn_assets(&node.client)?)
}
