//! `sero wallet`: what a holder does, for people and for scripts.

mod commands;
mod disclose;
mod incoming;
mod merge;
mod package;
mod setup;

use crate::terminal::Failure;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of every wallet command.
#[derive(Args)]
pub struct WalletArgs {
    /// The encrypted wallet file.
    #[arg(long, global = true, value_name = "FILE", default_value = "sero-wallet.json")]
    wallet: PathBuf,
    /// The node's JSON-RPC.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    rpc: String,
    /// File with the wallet's password in its first line; without it, the terminal asks.
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Highest fee of one transaction, for example '2 SERO'; 1 SERO unless given.
    #[arg(long, global = true, value_name = "AMOUNT")]
    max_fee: Option<String>,
    /// Leave small notes alone; else they fill free places of payments, which costs nothing.
    #[arg(long, global = true)]
    no_free_merge: bool,
    /// Make proofs with smaller tables: about 45 MiB less, and proofs take longer.
    #[arg(long, global = true, conflicts_with = "prover")]
    low_memory: bool,
    /// Make proofs by the same steps and the same reads of memory whatever is proven, for a machine that is shared
    /// with others; it takes longer.
    #[arg(long, global = true, conflicts_with_all = ["prover", "low_memory"])]
    shared_machine: bool,
    /// Have proofs made by the service at this URL (`sero prover serve`), instead of here. It sees what
    /// the wallet's tracing key sees: everything but how to spend.
    #[arg(long, global = true, value_name = "URL")]
    prover: Option<String>,
    /// File with the service's token in its first line.
    #[arg(long, global = true, value_name = "FILE", requires = "prover")]
    prover_token_file: Option<PathBuf>,
    /// How long to wait for the service.
    #[arg(long, global = true, value_name = "SECONDS", requires = "prover", default_value_t = 120,
          value_parser = clap::value_parser!(u16).range(1..=3600))]
    prover_timeout: u16,
    /// One JSON object on standard output; amounts are decimal strings in base units.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: WalletCommand,
}

#[derive(Subcommand)]
enum WalletCommand {
    /// Make a new wallet and show its 24 words, once.
    Create,
    /// Make a wallet from the words in a file.
    Restore {
        /// File with the 24 words.
        #[arg(long, value_name = "FILE")]
        mnemonic_file: PathBuf,
    },
    /// Make a wallet that sees another and can spend nothing: everything with a
    /// tracing key, what it receives with an incoming key.
    Watch {
        /// The viewing key (`serotk1...` or `seroivk1...`).
        #[arg(value_name = "KEY", required_unless_present = "view_key_file")]
        view_key: Option<String>,
        /// File with the viewing key, which keeps it out of the process list.
        #[arg(long, value_name = "FILE", conflicts_with = "view_key")]
        view_key_file: Option<PathBuf>,
    },
    /// Show the payment address and a fresh one-time address.
    Address {
        /// Give out a new payment address, unlinkable to the others.
        #[arg(long)]
        new: bool,
    },
    /// Follow the chain to its head.
    Sync {
        /// Forget what the chain can tell again, and read it from block 0.
        #[arg(long)]
        rescan: bool,
        /// Then make small notes into one if many have gathered: costs a fee,
        /// within a daily limit, after a random number of blocks.
        #[arg(long)]
        merge: bool,
        #[command(flatten)]
        policy: MergeArgs,
    },
    /// Make up to 16 small notes into one, now.
    Merge {
        /// Name or id of the asset; without it, the one in most notes.
        #[arg(long, value_name = "ASSET")]
        asset: Option<String>,
        /// Keep running, and merge as `sync --merge` does.
        #[arg(long)]
        watch: bool,
        #[command(flatten)]
        policy: MergeArgs,
    },
    /// Show what the wallet holds.
    Balance,
    /// Move public funds into the wallet.
    Shield(ShieldArgs),
    /// Pay a public account out of the wallet.
    Unshield {
        /// The public account.
        #[arg(long, value_name = "0x...", value_parser = setup::account)]
        to: alloy_primitives::Address,
        /// For example '1.5 SERO'.
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: String,
    },
    /// Pay in private.
    Send {
        /// The receiver's payment address (`sero1...`).
        #[arg(long, value_name = "ADDRESS")]
        to: String,
        /// For example '1.5 SERO' or '3 GOLD'.
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: String,
        /// Text for the receiver, at most 64 bytes.
        #[arg(long, default_value = "")]
        memo: String,
    },
    /// Call a contract from a one-time address, paid for by hidden notes.
    Call(CallArgs),
    /// Encrypted boxes that hold an amount and data.
    #[command(subcommand)]
    Package(PackageCommand),
    /// Move notes of older pools to the newest, up to 16 of one asset in each transaction. The amounts are public.
    Migrate {
        /// Move this asset; each costs a fee, paid in SERO of the same pool. Without it, SERO comes last.
        #[arg(long, value_name = "NAME")]
        asset: Option<String>,
    },
    /// Show what happened.
    History,
    /// Show the key that lets an auditor see everything and spend nothing.
    ExportViewKey {
        /// The key that sees what is received, and nothing of what is spent.
        #[arg(long)]
        incoming: bool,
    },
    /// Write a disclosure of one payment, for anybody to verify.
    Disclose(DiscloseArgs),
}

/// `sero wallet package ...`
#[derive(Subcommand)]
enum PackageCommand {
    /// Close a package. Prints its id and its key, which whoever shall read it needs.
    Create {
        /// What it holds, for example '5 SERO'; nothing if absent.
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        amount: Option<String>,
        /// Text to put inside, at most 942 bytes.
        #[arg(long, value_name = "TEXT", conflicts_with = "data_file")]
        data: Option<String>,
        /// File to put inside, at most 942 bytes.
        #[arg(long, value_name = "FILE")]
        data_file: Option<PathBuf>,
        /// An account or contract that may transfer and open it; a fresh `From` of this wallet if absent.
        #[arg(long, value_name = "0x...", value_parser = setup::account)]
        owner: Option<alloy_primitives::Address>,
    },
    /// Hand a package on to another account or contract.
    Transfer {
        /// The package.
        #[arg(long, value_name = "0x...")]
        id: alloy_primitives::B256,
        /// The new owner.
        #[arg(long, value_name = "0x...", value_parser = setup::account)]
        to: alloy_primitives::Address,
    },
    /// Open a package: its content becomes a note of this wallet.
    Open {
        /// The package.
        #[arg(long, value_name = "0x...")]
        id: alloy_primitives::B256,
        /// Its key, if somebody else closed it. Other users of this machine can see it: rather use --key-file.
        #[arg(long, value_name = "0x...")]
        key: Option<alloy_primitives::B256>,
        /// File with its key.
        #[arg(long, value_name = "FILE", conflicts_with = "key")]
        key_file: Option<PathBuf>,
        /// Open it before everybody's eyes instead, and credit the content in public.
        #[arg(long)]
        public: bool,
    },
    /// Show packages that this wallet closed or owns.
    List,
}

/// Options of `sero wallet disclose`.
#[derive(Args)]
struct DiscloseArgs {
    /// The transaction that paid.
    #[arg(long, value_name = "HASH")]
    tx: alloy_primitives::B256,
    /// Which of the transaction's notes, from 0; needed where several fit.
    #[arg(long, value_name = "N")]
    output: Option<u64>,
    /// The wallet's side of the payment.
    #[arg(long, value_name = "SIDE")]
    direction: Direction,
    /// Text from the verifier to be signed, at most 1024 bytes: proves who received, or who sent.
    /// Without it the disclosure proves the content alone.
    #[arg(long, value_name = "TEXT")]
    challenge: Option<String>,
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the bytes that a contract takes, instead of JSON.
    #[arg(long)]
    binary: bool,
}

/// A side of a payment.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Direction {
    /// The wallet paid.
    Sent,
    /// The wallet was paid.
    Received,
}

/// When small notes are merged in the background.
#[derive(Args)]
struct MergeArgs {
    /// Notes of one asset above which it is merged; 32 unless given.
    #[arg(long, value_name = "N")]
    notes_max: Option<usize>,
    /// Fees in 24 hours, for example '0.1 SERO'; 0.05 SERO unless given.
    #[arg(long, value_name = "AMOUNT")]
    fee_per_day: Option<String>,
}

/// Options of `sero wallet shield`.
#[derive(Args)]
struct ShieldArgs {
    /// For example '100 SERO'.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: String,
    /// A public account whose key the node holds (development chains).
    #[arg(long, value_name = "0x...", conflicts_with = "key_file", required_unless_present = "key_file")]
    from: Option<alloy_primitives::Address>,
    /// File with the private key of the public account, in hex.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Public memo, at most 64 bytes.
    #[arg(long, default_value = "")]
    memo: String,
}

/// Options of `sero wallet call`.
#[derive(Args)]
struct CallArgs {
    /// The contract.
    #[arg(long, value_name = "0x...", value_parser = setup::account)]
    to: alloy_primitives::Address,
    /// Signature, for example 'buy(uint256)'.
    #[arg(long, value_name = "SIGNATURE")]
    sig: Option<String>,
    /// Arguments of the signature, in order.
    #[arg(long, num_args = 0.., value_name = "ARGUMENT", requires = "sig", allow_negative_numbers = true)]
    args: Vec<String>,
    /// Raw calldata in hex, instead of a signature.
    #[arg(long, value_name = "0x...", conflicts_with = "sig")]
    data: Option<alloy_primitives::Bytes>,
    /// Assets handed to the contract, for example '3 GOLD'; may be repeated.
    #[arg(long, value_name = "AMOUNT")]
    attach: Vec<String>,
    /// SERO sent along, for example '0.1 SERO'.
    #[arg(long, value_name = "AMOUNT")]
    value: Option<String>,
    /// An earlier one-time caller, by number, for what it owns or holds in public; a fresh one
    /// unless given. Everybody sees that both calls are of one person.
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    /// Gas limit; without it, a simulation finds it.
    #[arg(long)]
    gas_limit: Option<u64>,
    /// Send the call even if the simulation says that it reverts.
    #[arg(long)]
    force: bool,
}

pub use setup::{mode, proving_keys, wait};

/// Runs one wallet command.
pub fn run(args: &WalletArgs) -> Result<ExitCode, Failure> {
    commands::run(args)?;
    Ok(ExitCode::SUCCESS)
}
