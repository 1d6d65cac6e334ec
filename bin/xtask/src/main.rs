//! Repository automation: `cargo xtask <command>`.
//!
//! Never part of the product: it starts tools (cargo, npm, the node) and
//! compares what they say with what the repository promises.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user; it has no other output"
)]

mod assure;
mod bench;
mod clients;
mod contracts;
mod deps;
mod diff;
mod fuzz;
mod hive;
mod javascript;
mod model;
mod node;
mod python;
mod templates;
mod test;
mod wasm;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <command>

  test                every test of the repository; installs what it needs from npm
  contracts           check what is committed of contracts/, run Foundry's tests, install and use the package
  contracts --write   write contracts/artifacts and the other generated files
  contracts --model-diff N
                      play N random call trees on the Solidity models of the precompiles and on the block executor
    --seed S            ... from this seed, 1 unless given
  js                  build and test contracts/js against a fresh `sero dev`
  templates           make, test and deploy a project of each template of `sero new`
  deps                check the direction of the dependencies between crates
  clients             run Foundry, viem and ethers against a fresh `sero dev`
    --rpc URL           ... against a node that runs already
    --bin PATH          ... against another program that takes `dev --http-port PORT`
  hive [SUITE...]     Ethereum's own test data against the product: genesis, state, consume-rlp, vectors, sync, rpc-compat
    --all               ... all of it instead of the part that `test` runs
  diff                random blocks through EELS, the product and anvil
    --blocks N          ... so many, 20,000 unless given
    --seed S            ... from this seed, 1 unless given
    --traces            ... and compare every step of every transaction
    --planted           see it find bugs that are planted in what EELS says
    --case FILE         run a case again that differed
  model               play random call trees on the block executor and on the model ledger
    --trees N           ... so many, 100,000 unless given
    --seed S            ... from this seed, 1 unless given
  assure [CIRCUIT]    the mechanical tests of the circuits (spend, output), in full
  assure --planted    forge with planted bugs, and see the tests catch them
  fuzz TARGET|all     one decoder or all under libFuzzer, with coverage
    --runs N            ... so many executions each; unless given, 10,000,000, or 1,000,000 with curve points
    --seed S            ... from this seed, 1 unless given
  fuzz corpus         make the fixed corpus of crates/fuzz again
  bench prover        time and memory of proofs and whole payments, beside ark-groth16, taking turns (docs/benchmarks.md)
    --peers             ... and beside Zcash Sapling and Orchard, which are built first
  bench scan          trial decryption of foreign notes
  bench verify        256 proofs together, beside ark-groth16 one by one
  bench tree          the note tree, and its hash
  bench state         state roots, commits, reads and size of a large state, which is made first and kept for later runs
    --accounts N        ... of so many accounts, 100,000 to 100,000,000, 10,000,000 unless given
    --threads N         ... each of them: processors that a program may use, 1 to 256, 1 unless given
  bench blocks        `sero import` of blocks that are as hard as their gas allows, and anvil on the same transactions
  bench rpc           `loadgen rpc` on `sero dev` and on anvil, which take turns
    --connections N     ... that ask at the same time, 1 to 40, 8 unless given
    --requests N        ... in a measurement of the lightest row, 100 to 1,000,000, 4,000 unless given
    --runs N            ... each of them: measurements of each row after the first, 1 to 1000, 10 unless given
    --json              ... figures as JSON instead of a table
  wasm                build the prover as WebAssembly modules, and test them in Node; fetches a compiler if it must
    --bench             ... and measure them instead
  help                this text
";

/// Why a command did not succeed.
enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// The work was done, or tried, and the result is bad.
    Failed(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => {
            eprintln!("{message}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            eprintln!("{message}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(args: &[&str]) -> Result<(), Failure> {
    let Some((&command, options)) = args.split_first() else {
        return Err(Failure::Usage("no command".into()));
    };
    match command {
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        "assure" => assure::run(options),
        "bench" => bench::run(options),
        "contracts" => contracts::run(options),
        "deps" => deps::run(options),
        "diff" => diff::run(options),
        "test" => test::run(options),
        "clients" => clients::run(options),
        "fuzz" => fuzz::run(options),
        "hive" => hive::run(options),
        "js" => javascript::run(options),
        "model" => model::run(options),
        "templates" => templates::run(options),
        "wasm" => wasm::run(options),
        other => Err(Failure::Usage(format!("unknown command {other}"))),
    }
}

/// The refusal of options that a command does not know.
fn unknown_options(command: &str, options: &[&str]) -> Failure {
    Failure::Usage(format!("{command} does not take {}", options.join(" ")))
}
