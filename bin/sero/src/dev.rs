//! `sero dev`: a development chain that stays.

use crate::interrupt::Interrupts;
use crate::terminal::{Failure, data, message};
use alloy_primitives::hex;
use clap::Args;
use sero_node::{BlockTime, Node, NodeConfig, dev};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `sero dev`.
#[derive(Args)]
pub struct DevArgs {
    /// Keep the chain here; without it, the chain is gone when the program ends.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Port of JSON-RPC over HTTP and WebSocket; 0 takes a free one.
    #[arg(long, default_value_t = 8545)]
    http_port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    http_address: IpAddr,
    /// EIP-155 chain id.
    #[arg(long, default_value_t = dev::CHAIN_ID)]
    chain_id: u64,
    /// Seconds between blocks, empty ones included; without it, a block follows each transaction at once.
    #[arg(long, value_name = "SECONDS")]
    block_time: Option<f64>,
    /// Offer what a node of a public network offers: no `evm_`, `hardhat_` and `anvil_` methods, and no keys to sign with.
    #[arg(long)]
    as_public: bool,
    /// Keep the states of so many blocks before the last one; without it, of all (an archive).
    #[arg(long, value_name = "BLOCKS")]
    keep_states: Option<u64>,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// Runs until interrupted.
pub fn run(args: &DevArgs) -> Result<ExitCode, Failure> {
    let address = SocketAddr::new(args.http_address, args.http_port);
    let mut config = NodeConfig::dev(args.chain_id, address);
    config.data_dir = args.data_dir.clone();
    config.block_time = block_time(args.block_time)?;
    config.keep_states = args.keep_states;
    if args.as_public {
        config = config.as_public();
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut node = Node::start(config).await?;
        let mut interrupts = Interrupts::caught()?;
        announce(args, &node);
        tokio::select! {
            () = interrupts.next() => {}
            failed = node.failed() => {
                failed?;
                return Ok(ExitCode::FAILURE);
            }
        }
        message("stopping");
        node.stop().await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn block_time(seconds: Option<f64>) -> Result<BlockTime, Failure> {
    match seconds {
        None => Ok(BlockTime::Instant),
        Some(seconds) if (0.05..=3600.0).contains(&seconds) => {
            Ok(BlockTime::Interval(Duration::from_secs_f64(seconds)))
        }
        Some(seconds) => Err(format!("--block-time {seconds}: 0.05 to 3600 seconds are allowed").into()),
    }
}

fn announce(args: &DevArgs, node: &Node) {
    let rpc = format!("http://{}", node.rpc_address());
    let accounts = dev::accounts();
    if args.json {
        let accounts: Vec<_> = accounts
            .iter()
            .map(|a| serde_json::json!({ "address": a.address(), "privateKey": hex::encode_prefixed(a.to_bytes()) }))
            .collect();
        data(serde_json::json!({ "rpc": rpc, "chainId": args.chain_id, "accounts": accounts }));
        return;
    }
    data("SERO development chain. These keys are known to everybody: never use them elsewhere.");
    data(format!("\nAccounts ({} SERO each; mnemonic: {})\n", dev::ACCOUNT_BALANCE_SERO, dev::MNEMONIC));
    for (index, account) in accounts.iter().enumerate() {
        data(format!("({index}) {}  {}", account.address(), hex::encode_prefixed(account.to_bytes())));
    }
    let place = match &args.data_dir {
        Some(dir) => dir.display().to_string(),
        None => "a temporary directory, deleted at the end".into(),
    };
    data(format!("\nChain id   {}", args.chain_id));
    data(format!("Data       {place}"));
    data(format!("JSON-RPC   {rpc}  (WebSocket on the same port)"));
}
