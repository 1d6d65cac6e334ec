//! `cargo xtask contracts`: the committed artifacts of the Solidity examples.

use crate::{Failure, unknown_options, workspace::Workspace, workspace::run as execute};
use std::{fs, path::Path, process::Command};

/// Where `install` notes which lock file the installed packages are of.
const STAMP: &str = "node_modules/.installed-package-lock.json";

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let folder = Workspace::load()?.workspace_root.join("contracts");
    match options {
        [] => {
            install(&folder)?;
            build(&folder, &[])?;
        }
        ["--check"] => {
            install(&folder)?;
            build(&folder, &["--check"])?;
        }
        ["--test"] => {
            install(&folder)?;
            forge(&folder, &["build"])?;
            build(&folder, &["--forge"])?;
            forge(&folder, &["test"])?;
        }
        ["--model-diff", trees, rest @ ..] => return model_diff(trees, rest),
        _ => return Err(unknown_options("contracts", options)),
    }
    Ok(())
}

/// The long tier of the Solidity models against the chain, a test of `sero-execution`.
fn model_diff(trees: &str, rest: &[&str]) -> Result<(), Failure> {
    let number = |name: &str, text: &str| {
        let usage = || Failure::Usage(format!("{name} takes a number from 0 to 2^64 - 1, not {text}"));
        text.parse::<u64>().map_err(|_| usage())
    };
    let trees = number("--model-diff", trees)?;
    let seed = match rest {
        [] => 1,
        ["--seed", seed] => number("--seed", seed)?,
        _ => return Err(unknown_options("contracts", rest)),
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["test", "--release", "-p", "sero-execution", "--test", "it", "--"])
        .args(["--ignored", "--exact", "model::long_with_solidity", "--nocapture"])
        .env("SERO_MODEL_TREES", trees.to_string())
        .env("SERO_MODEL_SEED", seed.to_string());
    Ok(execute(&mut cargo)?)
}

/// Installs the npm packages of `contracts/`, unless they are those of its lock file already.
pub fn install(folder: &Path) -> Result<(), String> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("cannot read {}: {error}", lock.display()))?;
    let stamp = folder.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    execute(Command::new("npm").arg("ci").current_dir(folder))?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

fn build(folder: &Path, options: &[&str]) -> Result<(), String> {
    execute(Command::new("node").arg("tools/build.mjs").args(options).current_dir(folder))
}

fn forge(folder: &Path, args: &[&str]) -> Result<(), String> {
    execute(Command::new("sh").args(["tools/foundry.sh", "forge"]).args(args).current_dir(folder))
}
