//! The commands.

use super::{CallArgs, ShieldArgs, WalletArgs, WalletCommand, disclose, incoming, merge, package, setup};
use crate::http::HttpSource;
use crate::terminal::{Failure, data, message, precious_data};
use alloy_primitives::{Address, B256, U256, hex};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IPool;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::PaymentAddress;
use sero_wallet::{
    AssetInfo, CallRequest, ChainInfo, ChainSource, Client, GasChoice, HistoryEntry, Opened, SendRequest,
    Target, UnshieldRequest, Wallet, calldata,
};

/// What a command needs of the node.
pub(super) struct Node<'a> {
    source: &'a HttpSource,
    pub(super) client: Client<'a>,
    pub(super) chain: ChainInfo,
}

pub fn run(args: &WalletArgs) -> Result<(), Failure> {
    let source = HttpSource::new(&args.rpc);
    let client = Client::new(&source);
    let chain = client.chain_info()?;
    let node = Node { source: &source, client, chain };
    match &args.command {
        WalletCommand::Create => create(args, &node),
        WalletCommand::Restore { mnemonic_file } => {
            let phrase = setup::secret_line(mnemonic_file)?;
            let password = setup::password(args, true)?;
            made(args, &node, Wallet::restore(file(args, &password), &node.chain, &phrase)?)
        }
        WalletCommand::Watch { view_key, view_key_file } => {
            let key = match (view_key, view_key_file) {
                (Some(key), _) => zeroize::Zeroizing::new(key.clone()),
                (None, Some(path)) => setup::secret_line(path)?,
                (None, None) => return Err("a viewing key or --view-key-file is needed".into()),
            };
            let password = setup::password(args, true)?;
            if incoming::is_key(node.chain.network, &key) {
                return incoming::watch(args, &node, &key, &password);
            }
            made(args, &node, Wallet::watch(file(args, &password), &node.chain, &key)?)
        }
        command => {
            let mut wallet = match setup::open(args, &node.chain)? {
                Opened::Wallet(wallet) => wallet,
                Opened::Incoming(mut wallet) => return incoming::run(args, &node, &mut wallet, command),
            };
            if let Some(fee) = &args.max_fee {
                let (asset, amount) = wallet.parse_amount(&node.client, fee)?;
                if asset.id != AssetId::coin() {
                    return Err("--max-fee: fees are in SERO".into());
                }
                wallet.set_fee_max(amount);
            }
            wallet.set_free_merge(!args.no_free_merge);
            with_wallet(args, &node, &mut wallet, command)
        }
    }
}

pub(super) fn file<'a>(args: &'a WalletArgs, password: &'a str) -> Target<'a> {
    Target::File { path: &args.wallet, password }
}

fn create(args: &WalletArgs, node: &Node<'_>) -> Result<(), Failure> {
    let password = setup::password(args, true)?;
    let (wallet, phrase) = Wallet::create(file(args, &password), &node.chain)?;
    let address = wallet.address().to_text(wallet.network());
    let shown = if args.json {
        precious_data(json!({ "wallet": args.wallet, "mnemonic": *phrase, "address": address }))
    } else {
        message("These 24 words are the wallet. Write them down; they are shown once.\n");
        precious_data(&*phrase)
    };
    if let Err(error) = shown {
        // Nobody saw the words: a wallet that cannot be restored is no wallet.
        std::fs::remove_file(&args.wallet)?;
        return Err(format!("the words could not be shown, so no wallet was made: {error}").into());
    }
    if !args.json {
        message(format!("\npayment address: {address}"));
    }
    Ok(())
}

fn made(args: &WalletArgs, node: &Node<'_>, mut wallet: Wallet) -> Result<(), Failure> {
    setup::sync(&mut wallet, &node.client, false)?;
    wallet.learn_assets(&node.client)?;
    let address = wallet.address().to_text(wallet.network());
    show(
        args,
        json!({ "wallet": args.wallet, "address": address, "watchOnly": wallet.is_watch_only(), "notes": wallet.notes().len() }),
        || {
            format!(
                "{} holds {} notes; payment address: {address}",
                args.wallet.display(),
                wallet.notes().len()
            )
        },
    );
    Ok(())
}

fn with_wallet(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    command: &WalletCommand,
) -> Result<(), Failure> {
    match command {
        WalletCommand::Address { new } => address(args, wallet, *new),
        WalletCommand::Sync { rescan, merge, policy } => {
            let head = setup::sync(wallet, &node.client, *rescan)?;
            wallet.learn_assets(&node.client)?;
            if *merge {
                return merge::after_sync(args, node, wallet, head, policy);
            }
            show(args, json!({ "head": head, "notes": wallet.notes().len() }), || {
                format!("at block {head}, {} notes found", wallet.notes().len())
            });
            Ok(())
        }
        WalletCommand::Merge { asset, watch: false, .. } => merge::now(args, node, wallet, asset.as_deref()),
        WalletCommand::Merge { asset, watch: true, policy } => {
            merge::watch(args, node, wallet, asset.as_deref(), policy)
        }
        WalletCommand::Balance => balance(args, node, wallet),
        WalletCommand::Shield(shield_args) => shield(args, node, wallet, shield_args),
        WalletCommand::Unshield { to, amount } => {
            let (asset, amount) = wallet.parse_amount(&node.client, amount)?;
            let request = UnshieldRequest { to: *to, asset: asset.id, amount };
            let prover = setup::prover(args, wallet.network())?;
            let sent = wallet.unshield(&node.client, &*prover, &request, &setup::proof_progress())?;
            finish(args, node, wallet, sent.transaction)
        }
        WalletCommand::Send { to, amount, memo } => {
            let to =
                PaymentAddress::from_text(wallet.network(), to).map_err(|error| format!("--to: {error}"))?;
            let (asset, amount) = wallet.parse_amount(&node.client, amount)?;
            let memo = Memo::new(memo.as_bytes()).map_err(|error| format!("--memo: {error}"))?;
            let prover = setup::prover(args, wallet.network())?;
            let request = SendRequest::new(to, asset.id, amount, memo);
            let sent = wallet.send(&node.client, &*prover, &request, &setup::proof_progress())?;
            finish(args, node, wallet, sent.transaction)
        }
        WalletCommand::Package(command) => package::run(args, node, wallet, command),
        WalletCommand::Migrate { asset } => package::migrate(args, node, wallet, asset.as_deref()),
        WalletCommand::Call(call_args) => call(args, node, wallet, call_args),
        WalletCommand::History => {
            setup::sync(wallet, &node.client, false)?;
            wallet.learn_assets(&node.client)?;
            history(args, &wallet.history());
            Ok(())
        }
        WalletCommand::Disclose(options) => disclose::run(args, node, wallet, options),
        WalletCommand::ExportViewKey { incoming } => {
            let key = if *incoming { wallet.export_incoming_key() } else { wallet.export_view_key() };
            show(args, json!({ "viewKey": key.expose() }), || key.expose().clone());
            Ok(())
        }
        WalletCommand::Create | WalletCommand::Restore { .. } | WalletCommand::Watch { .. } => Ok(()),
    }
}

pub(super) fn show(args: &WalletArgs, json: Value, text: impl FnOnce() -> String) {
    if args.json { data(json) } else { data(text()) }
}

fn address(args: &WalletArgs, wallet: &mut Wallet, new: bool) -> Result<(), Failure> {
    let (index, address) = if new { wallet.new_address()? } else { (0, wallet.address()) };
    let network = wallet.network();
    let (address, pkr) = (address.to_text(network), wallet.one_time_address(Some(index))?);
    let json = json!({
        "index": index,
        "address": address,
        "pkr": hex::encode_prefixed(pkr.to_bytes()),
        "pkrText": pkr.to_text(network),
    });
    show(args, json, || {
        format!(
            "payment address {index}:  {address}\nfresh PKr (use once): {}\n  as text:            {}",
            hex::encode_prefixed(pkr.to_bytes()),
            pkr.to_text(network)
        )
    });
    Ok(())
}

fn balance(args: &WalletArgs, node: &Node<'_>, wallet: &mut Wallet) -> Result<(), Failure> {
    setup::sync(wallet, &node.client, false)?;
    wallet.learn_assets(&node.client)?;
    let balances = wallet.balance();
    let json = json!({ "head": wallet.head(), "balances": balances });
    show(args, json, || {
        let line = |b: &sero_wallet::Balance| {
            let name = b.name.clone().unwrap_or_else(|| b.asset.to_string());
            let pending =
                if b.pending > 0 { format!("  (+ {} pending)", b.pending_text()) } else { String::new() };
            let dust = if b.dust_notes > 0 {
                format!("  (of which {} in {} notes too small to be worth it)", b.dust_text(), b.dust_notes)
            } else {
                String::new()
            };
            format!("{:>30} {name}{pending}{dust}", b.available_text())
        };
        balances.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn shield(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    options: &ShieldArgs,
) -> Result<(), Failure> {
    let (asset, amount) = wallet.parse_amount(&node.client, &options.amount)?;
    let memo = Memo::new(options.memo.as_bytes()).map_err(|error| format!("--memo: {error}"))?;
    let hash = match (&options.key_file, options.from) {
        (Some(path), _) => {
            let key = setup::secret_line(path)?;
            let account: PrivateKeySigner =
                key.parse().map_err(|_| "--key-file: not a private key in hex")?;
            wallet.shield(&node.client, &account, &asset, amount, &memo, None)?.transaction
        }
        (None, Some(from)) => shield_by_node(node, wallet, from, &asset, amount, &memo)?,
        (None, None) => return Err("--from or --key-file is needed".into()),
    };
    finish(args, node, wallet, hash)
}

/// Shields from an account whose key the node holds.
fn shield_by_node(
    node: &Node<'_>,
    wallet: &Wallet,
    from: Address,
    asset: &AssetInfo,
    amount: u128,
    memo: &Memo,
) -> Result<B256, Failure> {
    let call = IPool::shieldCall {
        pkr: wallet.shield_address()?.to_bytes().to_vec().into(),
        asset: U256::from_be_bytes(asset.id.to_bytes()),
        amount: U256::from(amount),
        memo: memo.as_bytes().to_vec().into(),
    };
    let value = if asset.id == AssetId::coin() { U256::from(amount) } else { U256::ZERO };
    let tx =
        json!({ "from": from, "to": POOL, "value": value, "data": hex::encode_prefixed(call.abi_encode()) });
    let answer = node.source.request("eth_sendTransaction", json!([tx]))?;
    serde_json::from_value(answer).map_err(|_| "eth_sendTransaction: the node's answer is no hash".into())
}

fn call(args: &WalletArgs, node: &Node<'_>, wallet: &mut Wallet, options: &CallArgs) -> Result<(), Failure> {
    let input = match (&options.sig, &options.data) {
        (Some(signature), _) => calldata::encode(signature, &options.args)?,
        (None, Some(data)) => data.clone(),
        (None, None) => Default::default(),
    };
    let mut request = CallRequest { from: options.from, ..CallRequest::new(options.to, input) };
    if let Some(value) = &options.value {
        let (asset, amount) = wallet.parse_amount(&node.client, value)?;
        if asset.id != AssetId::coin() {
            return Err("--value is in SERO; other assets travel with --attach".into());
        }
        request.value = amount;
    }
    for attach in &options.attach {
        let (asset, amount) = wallet.parse_amount(&node.client, attach)?;
        if asset.id == AssetId::coin() {
            return Err("--attach is for tokens and tickets; SERO travels with --value".into());
        }
        request.attach.push((asset.id, amount));
    }
    request.gas = match (options.gas_limit, options.force) {
        (Some(limit), _) => GasChoice::Limit(limit),
        (None, true) => GasChoice::Forced,
        (None, false) => GasChoice::Simulated,
    };
    let prover = setup::prover(args, wallet.network())?;
    let sent = wallet.call(&node.client, &*prover, &request, &setup::proof_progress())?;
    finish(args, node, wallet, sent.transaction)
}

pub(super) fn history(args: &WalletArgs, entries: &[HistoryEntry]) {
    show(args, json!({ "history": entries }), || {
        let mut lines = Vec::new();
        for entry in entries {
            lines.push(format!("block {:>6}  {:?}  {}", entry.block, entry.kind, entry.transaction));
            for t in &entry.transfers {
                let name = t.name.as_deref().unwrap_or(&t.asset);
                let to = t.address.as_ref().map(|to| format!("  to {to}")).unwrap_or_default();
                let memo = t.memo.as_ref().map(|memo| format!("  \"{memo}\"")).unwrap_or_default();
                lines.push(format!("              {} {name}{to}{memo}", t.amount_text()));
            }
        }
        lines.join("\n")
    });
}

/// Waits for the block, syncs, and says what happened.
pub fn finish(args: &WalletArgs, node: &Node<'_>, wallet: &mut Wallet, hash: B256) -> Result<(), Failure> {
    finish_with(args, node, wallet, hash, (json!({}), String::new()))
}

/// [`finish`], with more to say: fields of the JSON object, and words before the outcome.
pub(super) fn finish_with(
    args: &WalletArgs,
    node: &Node<'_>,
    wallet: &mut Wallet,
    hash: B256,
    (mut json, words): (Value, String),
) -> Result<(), Failure> {
    let receipt = setup::wait(&node.client, hash)?;
    wallet.sync(&node.client, &mut |_| ())?;
    json["transactionHash"] = json!(hash);
    json["blockNumber"] = json!(receipt.block_number);
    json["success"] = json!(receipt.success);
    json["gasUsed"] = json!(receipt.gas_used.to_string());
    show(args, json, || {
        let outcome = if receipt.success { "done" } else { "reverted" };
        format!("{words}{outcome} in block {}: {hash}, {} gas", receipt.block_number, receipt.gas_used)
    });
    if receipt.success {
        Ok(())
    } else {
        Err(format!("the call of {hash} reverted; unused funds came back").into())
    }
}
