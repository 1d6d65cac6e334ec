//! `cargo xtask diff`: random blocks through EELS, the product and anvil (`hive-tests/differential`).

use crate::hive::{Counts, counted};
use crate::workspace::Workspace;
use crate::{Failure, contracts, node, python, unknown_options};
use std::fs;
use std::process::Command;

/// What `cargo xtask test` runs, and what a night does.
const SMOKE: &[&str] = &["--blocks", "60"];
const LONG: &[&str] = &["--blocks", "20000"];

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let mut rest = options;
    loop {
        rest = match rest {
            [] => break,
            ["--traces" | "--planted", more @ ..] => more,
            [name @ ("--blocks" | "--seed"), number, more @ ..] => {
                let no = |_| Failure::Usage(format!("{name} takes a number, not {number}"));
                number.parse::<u64>().map_err(no)?;
                more
            }
            ["--case", _, more @ ..] => more,
            _ => return Err(unknown_options("diff", rest)),
        };
    }
    let bounded = options.iter().any(|option| matches!(*option, "--blocks" | "--planted" | "--case"));
    let blocks = if bounded { &[] } else { LONG };
    let counts = play(&Workspace::load()?, &[blocks, options].concat())?;
    if counts.failed > 0 { Err(Failure::Failed(format!("{} failed", counts.failed))) } else { Ok(()) }
}

/// The part that `cargo xtask test` runs.
pub fn smoke(workspace: &Workspace) -> Result<Counts, String> {
    let mut counts = play(workspace, SMOKE)?;
    let planted = play(workspace, &["--planted"])?;
    counts.passed += planted.passed;
    counts.failed += planted.failed;
    Ok(counts)
}

fn play(workspace: &Workspace, options: &[&str]) -> Result<Counts, String> {
    let (root, target) = (&workspace.workspace_root, &workspace.target_directory);
    let product = target.join("release/sero");
    if !product.is_file() {
        return Err(format!("no {}: run cargo build --release --package sero", product.display()));
    }
    contracts::install(&root.join("contracts"))?;
    let (folder, cache) = (root.join("hive-tests/differential"), target.join("diff"));
    fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let packages = python::packages(&folder.join("requirements.txt"), &cache, "python")?;
    let mut command = Command::new("python3");
    command.arg(folder.join("run.py")).arg("--product").arg(product);
    command.arg("--artifacts").arg(root.join("contracts/artifacts"));
    command.arg("--work").arg(cache.join("work"));
    match node::anvil(root) {
        Some(program) => command.arg("--anvil").arg(program),
        None => command.arg("--without-anvil"),
    };
    command.args(options).env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    counted(&mut command)
}
