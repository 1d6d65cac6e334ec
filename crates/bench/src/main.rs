//! The program behind `cargo xtask bench`: makes one proof, one payment, one batch at a time.
//!
//! `sero-bench prepare prover|verify|wasm FOLDER` makes the keys and payments that rows, or the WebAssembly module, load;
//! `sero-bench prepare blocks FOLDER` makes chains that `sero import` takes;
//! `sero-bench prepare state FOLDER ACCOUNTS` fills a state, and `sero-bench describe state FOLDER` says how large it is;
//! `sero-bench check wasm FOLDER ANSWER` verifies what the module answered to the request of a folder;
//! `sero-bench serve FOLDER` answers the line protocol of [`mod@line`]. The runner asks each row in a process of
//! its own, so that the memory of one row is not another's.
#![forbid(unsafe_code)]

mod arkworks;
mod blocks;
mod line;
mod payer;
mod prover;
mod scan;
mod state;
mod store;
mod tree;
mod verify;
mod wasm;

use crate::line::Row;
use crate::state::Contracts;
use sero_circuits::Mode;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's answer, or its last words")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["prepare", "prover", folder] => store::prepare_prover(Path::new(folder)),
        ["prepare", "verify", folder] => store::prepare_verify(Path::new(folder)),
        ["prepare", "blocks", folder] => blocks::prepare(Path::new(folder)),
        ["prepare", "state", folder, accounts] => state::prepare(Path::new(folder), accounts),
        ["describe", "state", folder] => state::describe(Path::new(folder)).map(|line| println!("{line}")),
        ["prepare", "wasm", folder] => wasm::prepare(Path::new(folder)),
        ["check", "wasm", folder, answer] => wasm::check(Path::new(folder), Path::new(answer)),
        ["serve", folder] => line::serve(|name| row(name, Path::new(folder))).map_err(text),
        _ => Err(
            "usage: sero-bench prepare prover|verify|wasm|blocks FOLDER, sero-bench prepare state FOLDER ACCOUNTS, \
                 sero-bench describe state FOLDER, sero-bench check wasm FOLDER ANSWER, or sero-bench serve FOLDER"
                .into(),
        ),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn row(name: &str, folder: &Path) -> Result<Row, String> {
    match name {
        "sero spend" => prover::spend(folder, Mode::Fast),
        "sero output" => prover::output(folder),
        "sero 1-in-2-out" => prover::payment(folder, Mode::Fast, (1, 2)),
        "sero 2-in-2-out" => prover::payment(folder, Mode::Fast, (2, 2)),
        "sero 2-in-4-out" => prover::payment(folder, Mode::Fast, (2, 4)),
        "sero spend low-memory" => prover::spend(folder, Mode::LowMemory),
        "sero spend shared-machine" => prover::spend(folder, Mode::SharedMachine),
        "sero 1-in-2-out low-memory" => prover::payment(folder, Mode::LowMemory, (1, 2)),
        "ark-groth16 spend" => arkworks::spend(folder),
        "ark-groth16 output" => arkworks::output(folder),
        "sero verify 256" => verify::batch(folder),
        "ark-groth16 verify 256" => verify::one_by_one(folder),
        "ark-groth16 verify 256 decoded" => verify::one_by_one_decoded(folder),
        "sero scan 10000" => scan::foreign(),
        "sero root, 10000 slots of 1 contract" => state::root(folder, Contracts::One),
        "sero root, 10000 slots of 999 contracts" => state::root(folder, Contracts::Many),
        "sero commit, 10000 slots of 1 contract" => state::commit(folder, Contracts::One),
        "sero commit, 10000 slots of 999 contracts" => state::commit(folder, Contracts::Many),
        "sero read 10000 accounts" => state::read_accounts(folder),
        "sero read 10000 slots" => state::read_slots(folder),
        "sero tree 1000" => Ok(tree::append_and_root()),
        "sero poseidon t=3 1000" => Ok(tree::hashes(3)),
        "sero poseidon t=9 1000" => Ok(tree::hashes(9)),
        _ => Err(format!("sero-bench has no row {name}")),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_known_by_name() {
        let nowhere = Path::new("no/such/folder");
        assert_eq!(row("sero spends", nowhere).err(), Some("sero-bench has no row sero spends".into()));
        assert!(row("ark-groth16 spend", nowhere).err().is_some_and(|error| error.contains("cannot read")));
        for name in ["sero tree 1000", "sero poseidon t=3 1000", "sero poseidon t=9 1000"] {
            let mut row = row(name, nowhere).expect("a row that loads nothing");
            assert!(row().is_ok() && row().is_ok(), "{name}");
        }
    }
}
