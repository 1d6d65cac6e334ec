//! `cargo xtask test`: every test of the repository, in the order in which
//! faults are cheapest to find. Prints what each part took and how much it ran.

use crate::workspace::{self, Workspace};
use crate::{Failure, bench, clients, contracts, deps, diff, hive, javascript, templates, unknown_options};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Tests that ran, as the tools' own closing lines count them.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if !options.is_empty() {
        return Err(unknown_options("test", options));
    }
    let workspace = Workspace::load()?;
    let root = workspace.workspace_root.as_path();
    let product = workspace.target_directory.join("release/sero");
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    let mut part = |name: &'static str, run: &mut dyn FnMut(&mut Tally) -> Result<(), String>| {
        println!("\n==== {name}");
        let start = Instant::now();
        let result = run(&mut tally);
        println!("==== {name}: {:.0} s", start.elapsed().as_secs_f32());
        if let Err(message) = result {
            eprintln!("{name}: {message}");
            broken.push(name);
        }
    };
    part("dependencies between crates", &mut |tally| tally.one(message(deps::run(&[]))));
    part("reference model", &mut |tally| {
        tally.one(python(root, &["generate.py", "--check"]))?;
        tally.one(python(root, &["test_reference.py"]))
    });
    part("rust", &mut |tally| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["test", "--release", "--workspace", "--no-fail-fast"]).current_dir(root);
        tally.counted(cargo, rust_counts)
    });
    part("contracts", &mut |tally| {
        let counts = contracts::everything(&root.join("contracts"))?;
        tally.passed += counts.passed;
        tally.failed += counts.failed;
        if counts.failed > 0 { Err(format!("{} failed", counts.failed)) } else { Ok(()) }
    });
    part("typescript package", &mut |tally| tally.add(javascript::suite(&workspace)?));
    part("templates", &mut |tally| tally.add(templates::suite(&workspace)?));
    for seed in ["1", "2"] {
        part("demo", &mut |tally| demo(&product, seed, tally));
    }
    part("ethereum conformance", &mut |tally| {
        let Some(counts) = hive::suites(&workspace, &[], false)? else { return Ok(()) };
        tally.add(counts)
    });
    part("differential", &mut |tally| tally.add(diff::smoke(&workspace)?));
    part("load generator", &mut |tally| tally.one(bench::smoke(&workspace)));
    part("ethereum clients", &mut |tally| tally.one(message(clients::run(&[]))));
    if !broken.is_empty() {
        tally.failed = tally.failed.max(1);
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        return Err(Failure::Failed(format!("failed: {}", broken.join(", "))));
    }
    Ok(())
}

fn message(result: Result<(), Failure>) -> Result<(), String> {
    result.map_err(|failure| match failure {
        Failure::Usage(message) | Failure::Failed(message) => message,
    })
}

fn python(root: &Path, args: &[&str]) -> Result<(), String> {
    let folder = root.join("docs/spec/reference");
    workspace::run(Command::new("python3").args(args).current_dir(folder))
}

/// The story with this seed: every step must hold.
fn demo(product: &Path, seed: &str, tally: &mut Tally) -> Result<(), String> {
    let mut command = Command::new(product);
    command.args(["demo", "--json", "--seed", seed]);
    tally.counted(command, |line| {
        let step: serde_json::Value = serde_json::from_str(line).ok()?;
        let ok = step.get("ok")?.as_bool()?;
        Some((u64::from(ok), u64::from(!ok)))
    })
}

/// `test result: ok. 12 passed; 0 failed; ...`
fn rust_counts(line: &str) -> Option<(u64, u64)> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut numbers = counts.split(';').filter_map(|part| part.split_whitespace().next()?.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

impl Tally {
    /// A part that counts as one test.
    fn one(&mut self, result: Result<(), String>) -> Result<(), String> {
        match result {
            Ok(()) => self.passed += 1,
            Err(_) => self.failed += 1,
        }
        result
    }

    /// A part that counted by itself.
    fn add(&mut self, counts: hive::Counts) -> Result<(), String> {
        self.passed += counts.passed;
        self.failed += counts.failed;
        if counts.failed > 0 { Err(format!("{} failed", counts.failed)) } else { Ok(()) }
    }

    /// Runs a command, prints its output, and adds what `counts` reads in it.
    /// A command that counts nothing has failed.
    fn counted(
        &mut self,
        mut command: Command,
        counts: impl Fn(&str) -> Option<(u64, u64)>,
    ) -> Result<(), String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let (mut passed, mut failed) = (0, 0);
        let status = workspace::follow(&mut command, |line| {
            if let Some((more_passed, more_failed)) = counts(line) {
                passed += more_passed;
                failed += more_failed;
            }
        })?;
        self.passed += passed;
        self.failed += failed;
        if !status.success() || failed > 0 {
            self.failed = self.failed.max(1);
            return Err(format!("{name}: {status}, {passed} passed, {failed} failed"));
        }
        if passed == 0 { Err(format!("{name} ran no test")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::rust_counts;

    #[test]
    fn closing_lines_of_rust_tests_are_counted() {
        let line =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(rust_counts(line), Some((12, 0)));
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(rust_counts(line), Some((3, 2)));
        assert_eq!(rust_counts("running 12 tests"), None);
    }
}
