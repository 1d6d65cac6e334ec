//! `cargo xtask clients`: unmodified Ethereum tools against a fresh `sero dev`.

use crate::node::Node;
use crate::{
    Failure, contracts, unknown_options,
    workspace::{Workspace, run as execute},
};
use std::{path::Path, process::Command, time::Instant};

/// Program and script under `hive-tests/clients/`; each reads the node's URL from `RPC`.
const SCRIPTS: &[(&str, &str)] = &[
    ("bash", "foundry.sh"),
    ("node", "viem.mjs"),
    ("node", "ethers.mjs"),
    ("sh", "../tooling/hardhat3/run.sh"),
    ("sh", "../tooling/errors/foundry.sh"),
];

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let workspace = Workspace::load()?;
    let root = &workspace.workspace_root;
    contracts::install(&root.join("contracts"))?;
    contracts::install(&root.join("hive-tests/tooling/hardhat3"))?;
    let target = &workspace.target_directory;
    let (log, product) = (target.join("xtask-clients-node.log"), target.join("release/sero"));
    let failed = match options {
        [] => against_new(root, &product, &log)?,
        ["--bin", program] => against_new(root, Path::new(program), &log)?,
        ["--rpc", url] => failing_scripts(root, url),
        _ => return Err(unknown_options("clients", options)),
    };
    if failed.is_empty() { Ok(()) } else { Err(Failure::Failed(format!("failed: {}", failed.join(", ")))) }
}

/// Starts the node for as long as the scripts run.
fn against_new(root: &Path, program: &Path, log: &Path) -> Result<Vec<&'static str>, String> {
    let node = Node::start(program, &["dev"], log)?;
    println!("{} answers at {}", program.display(), node.url());
    let failed = failing_scripts(root, node.url());
    if !failed.is_empty() {
        eprintln!("the node's last words:\n{}", node.last_words());
    }
    Ok(failed)
}

/// Runs all scripts and returns those that failed.
fn failing_scripts(root: &Path, url: &str) -> Vec<&'static str> {
    let folder = root.join("hive-tests/clients");
    let mut failed = Vec::new();
    for &(program, script) in SCRIPTS {
        println!("== {script}");
        let start = Instant::now();
        let mut command = Command::new(program);
        command.arg(script).env("RPC", url).current_dir(&folder);
        if let Err(message) = execute(&mut command) {
            eprintln!("{message}");
            failed.push(script);
        }
        println!("== {script}: {:.1} s", start.elapsed().as_secs_f32());
    }
    failed
}
