//! `loadgen`: the same load on Ethereum nodes in turn, over JSON-RPC alone, and what each of them bears.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its user")]

mod connection;
mod figures;
mod rpc;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Puts the same load on Ethereum nodes in turn, and says what each of them bears.
#[derive(Parser)]
#[command(name = "loadgen", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads, batches and transfers on development nodes: requests each second, and latency.
    ///
    /// The nodes must have the accounts of Ethereum's development mnemonic, funded, and `evm_mine` and
    /// `evm_setAutomine`. They are given a token and blocks of transfers first, the same ones, and then take turns:
    /// each round measures each row on each node.
    Rpc(rpc::RpcArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Rpc(args) => rpc::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
