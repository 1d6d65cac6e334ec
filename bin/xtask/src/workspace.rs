//! What cargo knows about this workspace, and how tools are started.

use serde::Deserialize;
use std::{
    env,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
};

/// The part of `cargo metadata` that is used here.
#[derive(Deserialize)]
pub struct Workspace {
    pub workspace_root: PathBuf,
    pub target_directory: PathBuf,
    pub packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// A line under `[dependencies]` and its like.
#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// `None` for normal, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Workspace {
    /// Asks cargo about the workspace around the current directory.
    pub fn load() -> Result<Self, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        if !output.status.success() {
            return Err(format!("cargo metadata: {}", output.status));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
    }
}

/// Runs a command to its end; any status but 0 is a failure that names it.
pub fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot start {name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
        Err(format!("{name} {}: {status}", args.join(" ")))
    }
}

/// Runs a command to its end, prints what it says, and hands each line on.
pub fn follow(command: &mut Command, mut line: impl FnMut(&str)) -> Result<ExitStatus, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot start {name}: {error}"))?;
    if let Some(output) = child.stdout.take() {
        for said in BufReader::new(output).lines().map_while(Result::ok) {
            println!("{said}");
            line(&said);
        }
    }
    child.wait().map_err(|error| format!("{name}: {error}"))
}
