//! `cargo xtask contracts`: the Solidity package, its committed artifacts, its tests.

use crate::workspace::{Workspace, follow, run as execute};
use crate::{Failure, unknown_options};
use std::{fs, path::Path, process::Command};

/// Where `install` notes which lock file the installed packages are of.
const STAMP: &str = "node_modules/.installed-package-lock.json";

/// What ran.
#[derive(Default)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    fn one(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(message) => {
                eprintln!("{name}: {message}");
                self.failed += 1;
            }
        }
    }

    /// Runs a command that counts its own tests, in lines of which `read` makes counts.
    fn counted(&mut self, command: &mut Command, read: impl Fn(&str) -> Option<(u64, u64)>) {
        let (mut passed, mut failed) = (0, 0);
        let status = follow(command, |line| {
            if let Some(counts) = read(line) {
                (passed, failed) = (passed + counts.0, failed + counts.1);
            }
        });
        self.passed += passed;
        self.failed += failed;
        let sound = status.is_ok_and(|status| status.success()) && passed > 0;
        self.failed += u64::from(!sound && failed == 0);
    }
}

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let folder = Workspace::load()?.workspace_root.join("contracts");
    match options {
        [] => {
            let counts = everything(&folder)?;
            println!("\n{} passed, {} failed", counts.passed, counts.failed);
            if counts.failed > 0 {
                return Err(Failure::Failed("contracts: not all passed".into()));
            }
        }
        ["--write"] => {
            install(&folder)?;
            node(&folder, "tools/poseidon.mjs", &[])?;
            node(&folder, "tools/build.mjs", &[])?;
            node(&folder, "js/tools/abi.mjs", &[])?;
        }
        ["--model-diff", trees, rest @ ..] => return model_diff(trees, rest),
        _ => return Err(unknown_options("contracts", options)),
    }
    Ok(())
}

/// Checks what is committed, runs Foundry's tests, and installs and uses the package as a stranger would.
pub fn everything(folder: &Path) -> Result<Counts, String> {
    install(folder)?;
    let mut counts = Counts::default();
    counts.one("constants of Poseidon", node(folder, "tools/poseidon.mjs", &["--check"]));
    counts.one("artifacts", node(folder, "tools/build.mjs", &["--check"]));
    counts.one("ABI in TypeScript", node(folder, "js/tools/abi.mjs", &["--check"]));
    let built = forge(folder, &["build"]).and_then(|()| node(folder, "tools/build.mjs", &["--forge"]));
    counts.one("forge build", built);
    counts.counted(&mut forge_command(folder, &["test"]), forge_counts);
    let mut package = Command::new("node");
    counts.counted(package.arg("tools/package.mjs").current_dir(folder), package_counts);
    Ok(counts)
}

/// `Ran 10 test suites in 9.70s (7.64s CPU time): 61 tests passed, 4 failed, 0 skipped (65 total tests)`
fn forge_counts(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.strip_prefix("Ran ")?.split_once("CPU time): ")?;
    numbers(counts)
}

/// `package: 4 passed, 0 failed`
fn package_counts(line: &str) -> Option<(u64, u64)> {
    numbers(line.strip_prefix("package: ")?)
}

fn numbers(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split(", ").map(|part| part.split_whitespace().next()?.parse().ok());
    Some((numbers.next()??, numbers.next()??))
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

fn node(folder: &Path, tool: &str, options: &[&str]) -> Result<(), String> {
    execute(Command::new("node").arg(tool).args(options).current_dir(folder))
}

fn forge(folder: &Path, args: &[&str]) -> Result<(), String> {
    execute(&mut forge_command(folder, args))
}

fn forge_command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["tools/foundry.sh", "forge"]).args(args).current_dir(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::{forge_counts, package_counts};

    #[test]
    fn closing_lines_are_counted() {
        let line = "Ran 10 test suites in 89.70s (147.64s CPU time): 61 tests passed, 4 failed, 0 skipped (65 total tests)";
        assert_eq!(forge_counts(line), Some((61, 4)));
        assert_eq!(forge_counts("Ran 8 tests for test/Sero.t.sol:SeroLibraryTest"), None);
        assert_eq!(package_counts("package: 4 passed, 0 failed"), Some((4, 0)));
        assert_eq!(package_counts("ok      anvil"), None);
    }
}
