//! `sero`: one binary for the chain, the wallet and the demonstration.
#![forbid(unsafe_code)]

mod ceremony;
mod conformance;
mod db;
mod demo;
mod dev;
mod disclosure;
mod genesis;
mod http;
mod import;
mod interrupt;
mod new;
mod node;
mod prover;
mod service;
mod terminal;
mod wallet;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// SERO: an EVM chain where privacy is native.
#[derive(Parser)]
#[command(name = "sero", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Ethereum's block tests. Exit status: 0 all passed, 1 not.
    Blocktest(conformance::TestArgs),
    /// Make the circuits' keys with others, so that nobody knows their secret: the trusted setup.
    Ceremony(ceremony::CeremonyArgs),
    /// Look at the database of a node that does not run, and repair its indices.
    Db(db::DbArgs),
    /// Play the whole story on a fresh one-node chain: shield, deploy, mint, pay, call, audit, refuse.
    Demo(demo::DemoArgs),
    /// Run a development chain: instant blocks, ten funded accounts, JSON-RPC on one port.
    Dev(dev::DevArgs),
    /// Check a disclosure of one payment against the chain. Exit status: 0 proven, 1 refused, 2 not checked.
    VerifyDisclosure(disclosure::VerifyArgs),
    /// Check what a chain starts from.
    Genesis(genesis::GenesisArgs),
    /// Import blocks of an Ethereum chain. Exit status: 0 all imported, 1 one is invalid.
    Import(import::ImportArgs),
    /// Make a project for contracts: a private token, a ticket shop, tests, a deploy script.
    New(new::NewArgs),
    /// Serve a chain that is kept in a folder.
    Node(node::NodeArgs),
    /// Make proofs for wallets elsewhere.
    Prover(prover::ProverArgs),
    /// Run Ethereum's tests of states, transactions, RLP and tries. Exit status: 0 all passed, 1 not.
    Statetest(conformance::TestArgs),
    /// Hold, pay and audit from an encrypted wallet file.
    Wallet(Box<wallet::WalletArgs>),
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SERO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // At its fullest it writes the bytes of requests, with tokens and witnesses.
    let quiet = "ureq_proto=info".parse().expect("a directive");
    tracing_subscriber::fmt()
        .with_env_filter(filter.add_directive(quiet))
        .with_writer(std::io::stderr)
        .init();
    let result = match Cli::parse().command {
        Command::Blocktest(args) => conformance::block_tests(&args),
        Command::Ceremony(args) => ceremony::run(&args),
        Command::Db(args) => db::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Dev(args) => dev::run(&args),
        Command::VerifyDisclosure(args) => disclosure::run(&args),
        Command::Genesis(args) => genesis::run(&args),
        Command::Import(args) => import::run(&args),
        Command::New(args) => new::run(&args),
        Command::Node(args) => node::run(&args),
        Command::Prover(args) => prover::run(&args),
        Command::Statetest(args) => conformance::state_tests(&args),
        Command::Wallet(args) => wallet::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            terminal::error(&error);
            ExitCode::FAILURE
        }
    }
}
