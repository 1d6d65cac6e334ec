//! `cargo xtask model`: the long tier of the model ledger, a test of `sero-execution`.

use crate::{Failure, unknown_options, workspace};
use std::process::Command;

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let (mut trees, mut seed) = (100_000u64, 1u64);
    let mut rest = options;
    while let [name, value, more @ ..] = rest {
        let number = value
            .parse()
            .map_err(|_| Failure::Usage(format!("{name} takes a number from 0 to 2^64 - 1, not {value}")))?;
        match *name {
            "--trees" => trees = number,
            "--seed" => seed = number,
            _ => return Err(unknown_options("model", options)),
        }
        rest = more;
    }
    if !rest.is_empty() {
        return Err(unknown_options("model", rest));
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["test", "--release", "-p", "sero-execution", "--test", "it", "--"])
        .args(["--ignored", "--exact", "model::long", "--nocapture"])
        .env("SERO_MODEL_TREES", trees.to_string())
        .env("SERO_MODEL_SEED", seed.to_string());
    Ok(workspace::run(&mut cargo)?)
}
