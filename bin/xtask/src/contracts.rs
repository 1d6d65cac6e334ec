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
        _ => return Err(unknown_options("contracts", options)),
    }
    Ok(())
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
