//! `sero node`: serves a chain.

use crate::interrupt::Interrupts;
use crate::terminal::{Failure, data, message};
use clap::Args;
use sero_chain::ChainExecutor as _;
use sero_node::{Node, ServeConfig, dev};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `sero node`.
#[derive(Args)]
pub struct NodeArgs {
    /// Serve the chain that is kept here, as `sero import` left it.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Port of JSON-RPC over HTTP and WebSocket; 0 takes a free one.
    #[arg(long, default_value_t = 8545)]
    http_port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    http_address: IpAddr,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs until interrupted.
pub fn run(args: &NodeArgs) -> Result<ExitCode, Failure> {
    let config = ServeConfig {
        data_dir: args.data_dir.clone(),
        rpc_address: SocketAddr::new(args.http_address, args.http_port),
        keys: dev::key_files(),
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let node = Node::serve(config).await?;
        let mut interrupts = Interrupts::caught()?;
        announce(args, &node);
        interrupts.next().await;
        message("stopping");
        node.stop().await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn announce(args: &NodeArgs, node: &Node) {
    let rpc = format!("http://{}", node.rpc_address());
    let chain = node.chain();
    let (chain_id, head) = (chain.parameters().chain_id, chain.head());
    if args.json {
        data(
            serde_json::json!({ "rpc": rpc, "chainId": chain_id, "head": head.header.number, "hash": head.hash }),
        );
        return;
    }
    data(format!("Chain id   {chain_id}"));
    data(format!("Data       {}", args.data_dir.display()));
    data(format!("Head       block {} ({})", head.header.number, head.hash));
    data(format!("JSON-RPC   {rpc}  (WebSocket on the same port)"));
}
