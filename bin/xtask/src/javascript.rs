//! `cargo xtask js`: the TypeScript package `contracts/js`, against `sero dev` and the vectors of the specification.

use crate::hive::Counts;
use crate::workspace::{Workspace, follow};
use crate::{Failure, contracts, unknown_options};
use std::process::Command;

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if !options.is_empty() {
        return Err(unknown_options("js", options));
    }
    suite(&Workspace::load()?)?.close()
}

/// Installs, builds and tests it.
pub fn suite(workspace: &Workspace) -> Result<Counts, String> {
    let folder = workspace.workspace_root.join("contracts/js");
    contracts::install(&folder)?;
    let mut npm = Command::new("npm");
    npm.arg("test").current_dir(folder).env("SERO", workspace.target_directory.join("release/sero"));
    let mut counts = Counts::default();
    let status = follow(&mut npm, |line| {
        if let Some(number) = closing(line, "# pass ") {
            counts.passed += number;
        }
        for word in ["# fail ", "# cancelled "] {
            counts.failed += closing(line, word).unwrap_or_default();
        }
    })?;
    if counts.passed == 0 || status.success() != (counts.failed == 0) {
        return Err(format!("npm test: {status}, {} passed, {} failed", counts.passed, counts.failed));
    }
    Ok(counts)
}

/// The number on one of the lines with which Node's test runner closes.
fn closing(line: &str, word: &str) -> Option<u64> {
    line.strip_prefix(word)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::closing;

    #[test]
    fn closing_lines_of_nodes_runner_are_counted() {
        assert_eq!(closing("# pass 41", "# pass "), Some(41));
        assert_eq!(closing("# fail 0", "# fail "), Some(0));
        assert_eq!(closing("# passed by", "# pass "), None);
        assert_eq!(closing("ok 1 - # pass 3", "# pass "), None);
    }
}
