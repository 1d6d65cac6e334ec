//! `cargo xtask bench rpc`: `loadgen rpc` on `sero dev` and anvil, which it has take turns.

use super::{cargo, load, machine, number};
use crate::node::{self, Node};
use crate::workspace::{self, Workspace};
use crate::{Failure, contracts, unknown_options};
use std::process::Command;

/// What `cargo xtask test` runs: every row on both nodes, a few requests each.
const SMOKE: &[&str] = &["--runs", "1", "--requests", "100", "--json"];
/// Options that are handed on, and the most that each takes.
const NUMBERS: &[(&str, u32)] = &[("--runs", 1_000), ("--connections", 40), ("--requests", 1_000_000)];

pub fn run(options: &[&str]) -> Result<(), Failure> {
    check(options)?;
    let workspace = Workspace::load()?;
    let root = &workspace.workspace_root;
    cargo(root, &["--package", "sero", "--package", "sero-loadgen"])?;
    let json = options.contains(&"--json");
    if !json {
        println!("machine: {}, load {} before", machine(), load());
    }
    play(&workspace, options)?;
    if !json {
        println!("\nload {} after", load());
    }
    Ok(())
}

/// The part that `cargo xtask test` runs; the product is built.
pub fn smoke(workspace: &Workspace) -> Result<(), String> {
    cargo(&workspace.workspace_root, &["--package", "sero-loadgen"])?;
    play(workspace, SMOKE)
}

fn check(options: &[&str]) -> Result<(), Failure> {
    let mut rest = options;
    loop {
        rest = match rest {
            [] => return Ok(()),
            ["--json", more @ ..] => more,
            [name, value, more @ ..] if NUMBERS.iter().any(|(known, _)| known == name) => {
                let most = NUMBERS.iter().find(|(known, _)| known == name).map_or(0, |(_, most)| *most);
                number(name, value, most)?;
                more
            }
            _ => return Err(unknown_options("bench rpc", rest)),
        };
    }
}

fn play(workspace: &Workspace, options: &[&str]) -> Result<(), String> {
    let (root, target) = (&workspace.workspace_root, &workspace.target_directory);
    contracts::install(&root.join("contracts"))?;
    let ours = Node::start(&target.join("release/sero"), &["dev"], &target.join("bench/rpc-sero.log"))?;
    let mut command = Command::new(target.join("release/loadgen"));
    command.args(["rpc", "--node", &format!("sero={}", ours.url())]);
    // Until the figures are there.
    let _theirs = match node::anvil(root) {
        None => {
            eprintln!("npm has no anvil for this machine: sero alone");
            None
        }
        Some(anvil) => {
            let node = Node::start_at("--port", &anvil, &["--quiet"], &target.join("bench/rpc-anvil.log"))?;
            command.args(["--node", &format!("anvil={}", node.url())]);
            Some(node)
        }
    };
    workspace::run(command.args(options)).map_err(|error| format!("{error}\n{}", ours.last_words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_arguments_are_refused_with_what_is_allowed() {
        assert!(check(&["--json", "--runs", "3", "--connections", "40", "--requests", "1000"]).is_ok());
        assert!(check(SMOKE).is_ok());
        let cases: [(&[&str], &str); 5] = [
            (&["--runs", "0"], "1 to 1000, not 0"),
            (&["--connections", "41"], "1 to 40, not 41"),
            (&["--requests", "many"], "1 to 1000000, not many"),
            (&["--json", "--requests"], "bench rpc does not take --requests"),
            (&["--threads", "1"], "bench rpc does not take --threads 1"),
        ];
        for (options, part) in cases {
            match check(options) {
                Err(Failure::Usage(message)) => assert!(message.contains(part), "{options:?}: {message}"),
                _ => panic!("{options:?} was not refused as usage"),
            }
        }
    }
}
