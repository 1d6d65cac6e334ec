//! `sero demo`: the whole story on a fresh one-node chain, through the node's
//! public JSON-RPC and the wallet's own code.

mod forge;
mod observer;
mod report;
mod stage;
mod story;

use crate::interrupt::Interrupts;
use crate::terminal::{Failure, data, message};
use clap::Args;
use report::Report;
use sero_node::{Node, NodeConfig, dev};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// Options of `sero demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// One JSON object per step on standard output and nothing else.
    #[arg(long)]
    json: bool,
    /// Keep the node running afterwards and print its RPC address.
    #[arg(long)]
    stay: bool,
    /// Varies names, amounts and the order of harmless parts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Port of JSON-RPC; 0 takes a free one. With --stay the default is 8545.
    #[arg(long)]
    http_port: Option<u16>,
}

/// Plays the story. Succeeds only if every step held.
pub fn run(args: &DemoArgs) -> Result<ExitCode, Failure> {
    let port = args.http_port.unwrap_or(if args.stay { 8545 } else { 0 });
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    let runtime = tokio::runtime::Runtime::new()?;
    let node = runtime.block_on(Node::start(NodeConfig::dev(dev::CHAIN_ID, address)))?;
    let url = format!("http://{}", node.rpc_address());
    let mut report = Report::new(args.json);
    report.progress(&format!("one-node chain on {url}, seed {}", args.seed));
    let held = story::play(&url, args.seed, &mut report);
    report.close();
    if args.stay {
        let mut interrupts = runtime.block_on(async { Interrupts::caught() })?;
        if args.json {
            data(serde_json::json!({ "rpc": url }));
        } else {
            data(format!("the node stays at {url} (Ctrl-C ends it)"));
        }
        runtime.block_on(interrupts.next());
    }
    runtime.block_on(node.stop())?;
    if !held {
        message("the story did not hold");
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
