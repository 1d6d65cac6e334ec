//! `cargo xtask assure`: the mechanical tests of the circuits in full
//! (docs/spec/circuit-assurance.md). The work is done by an example of `sero-circuits`; here it is only started.

use crate::{Failure, unknown_options, workspace::Workspace, workspace::run as execute};
use std::process::Command;

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if !matches!(options, [] | ["spend" | "output" | "--planted"]) {
        return Err(unknown_options("assure", options));
    }
    let root = Workspace::load()?.workspace_root;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["run", "--release", "--quiet", "--package", "sero-circuits", "--features", "assure"])
        .args(["--example", "assure", "--"])
        .args(options)
        .current_dir(root);
    Ok(execute(&mut cargo)?)
}
