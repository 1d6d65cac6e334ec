//! `cargo xtask bench`: our figures beside those of others, from programs that take turns (docs/benchmarks.md).
//!
//! Every row has a process of its own, which answers one measurement at a time; so a busy moment of the machine
//! meets all rows, and the memory of one row is not another's.

mod blocks;
mod figures;
mod rows;
mod rpc;
mod runner;
#[cfg(test)]
mod tests;

use crate::{Failure, unknown_options, workspace, workspace::Workspace};
use figures::{Figure, Samples};
use rows::{Program, Row, Subject};
use runner::Runner;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

struct Options {
    subject: Subject,
    peers: bool,
    threads: u32,
    runs: u32,
    json: bool,
    /// Of the state.
    accounts: u32,
}

pub use rpc::smoke;

/// What `bench` takes.
const SUBJECTS: &str = "prover, scan, verify, tree, state, blocks or rpc";

pub fn run(options: &[&str]) -> Result<(), Failure> {
    match options {
        ["blocks", rest @ ..] => blocks::run(rest),
        ["rpc", rest @ ..] => rpc::run(rest),
        _ => rows(options),
    }
}

/// The subjects that are measured row by row.
fn rows(options: &[&str]) -> Result<(), Failure> {
    let options = parse(options)?;
    let workspace = Workspace::load()?;
    let rows = rows::of(options.subject, options.peers);
    let programs = Programs::build(&workspace, &options)?;
    let mut runners =
        rows.iter().map(|row| programs.start(row, options.threads)).collect::<Result<Vec<_>, _>>()?;
    let mut samples: Vec<Samples> = rows.iter().map(|_| Samples::default()).collect();
    let load_before = load();
    // The first round warms up.
    for round in 0..=options.runs {
        eprintln!("round {round} of {}", options.runs);
        for ((runner, samples), row) in runners.iter_mut().zip(&mut samples).zip(&rows) {
            let answer = runner.ask(row.name).map_err(|error| format!("{}: {error}", row.name))?;
            samples.add(answer);
        }
    }
    let figures = rows.iter().zip(&samples).map(|(row, samples)| samples.figure(row.name, options.threads));
    let figures = figures.collect::<Result<Vec<Figure>, _>>()?;
    drop(runners);
    let sizes = programs.sizes(&options)?;
    if options.json {
        println!("{}", figures::json(&figures, sizes.as_ref())?);
    } else {
        println!("machine: {}, load {load_before} before and {} after\n", machine(), load());
        print!("{}", figures::table(&figures, &samples));
        print!("{}", rows::comparisons(&figures));
        print!("{}", sizes.as_ref().map(figures::sizes).unwrap_or_default());
    }
    Ok(())
}

fn parse(options: &[&str]) -> Result<Options, Failure> {
    let Some((subject, mut rest)) = options.split_first() else {
        return Err(Failure::Usage(format!("bench takes {SUBJECTS}")));
    };
    let subject = Subject::of(subject)
        .ok_or_else(|| Failure::Usage(format!("bench takes {SUBJECTS}, not {subject}")))?;
    let mut parsed =
        Options { subject, peers: false, threads: 1, runs: 10, json: false, accounts: 10_000_000 };
    loop {
        rest = match rest {
            [] => return Ok(parsed),
            ["--json", more @ ..] => {
                parsed.json = true;
                more
            }
            ["--peers", more @ ..] if subject == Subject::Prover => {
                parsed.peers = true;
                more
            }
            ["--accounts", value, more @ ..] if subject == Subject::State => {
                parsed.accounts = number("--accounts", value, 100_000_000)?;
                more
            }
            ["--threads", value, more @ ..] => {
                parsed.threads = number("--threads", value, 256)?;
                more
            }
            ["--runs", value, more @ ..] => {
                parsed.runs = number("--runs", value, 1000)?;
                more
            }
            _ => return Err(unknown_options(&format!("bench {}", options[0]), rest)),
        };
    }
}

fn number(name: &str, value: &str, most: u32) -> Result<u32, Failure> {
    let number = value.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| Failure::Usage(format!("{name} takes a number from 1 to {most}, not {value}")))
}

/// What was built, and where rows find keys.
struct Programs {
    ours: PathBuf,
    /// Folder of the peers' programs.
    peers: PathBuf,
    /// For keys and payments, or for the state.
    store: PathBuf,
}

impl Programs {
    /// Builds what the options need, and has our program make what its rows load.
    fn build(workspace: &Workspace, options: &Options) -> Result<Self, String> {
        let (root, target) = (&workspace.workspace_root, &workspace.target_directory);
        let peers = target.join("peers");
        let store = match options.subject {
            Subject::State => target.join(format!("bench/state-{}", options.accounts)),
            _ => target.join("bench"),
        };
        let ours = target.join("release/sero-bench");
        let programs = Self { ours, peers: peers.join("release"), store };
        cargo(root, &["--package", "sero-bench"])?;
        if options.peers {
            let manifest = root.join("crates/circuits/peers/Cargo.toml").display().to_string();
            let target = peers.display().to_string();
            cargo(root, &["--locked", "--manifest-path", &manifest, "--target-dir", &target])?;
        }
        if let Some(subject) = options.subject.prepared() {
            let store = &programs.store;
            fs::create_dir_all(store).map_err(|error| format!("{}: {error}", store.display()))?;
            let mut prepare = Command::new(&programs.ours);
            prepare.args(["prepare", subject]).arg(store);
            if options.subject == Subject::State {
                prepare.arg(options.accounts.to_string());
            }
            workspace::run(&mut prepare)?;
        }
        Ok(programs)
    }

    /// How large the state is, where there is one: an object of numbers, and a name.
    fn sizes(&self, options: &Options) -> Result<Option<Value>, String> {
        if options.subject != Subject::State {
            return Ok(None);
        }
        let mut describe = Command::new(&self.ours);
        describe.args(["describe", "state"]).arg(&self.store).stderr(Stdio::inherit());
        let output =
            describe.output().map_err(|error| format!("cannot start {}: {error}", self.ours.display()))?;
        if !output.status.success() {
            return Err(format!("{} describe state: {}", self.ours.display(), output.status));
        }
        serde_json::from_slice(&output.stdout)
            .map(Some)
            .map_err(|error| format!("sizes of the state: {error}"))
    }

    fn start(&self, row: &Row, threads: u32) -> Result<Runner, String> {
        let mut command = match row.program {
            Program::Ours => {
                let mut command = Command::new(&self.ours);
                command.arg("serve").arg(&self.store);
                command
            }
            Program::Peer(name) => Command::new(self.peers.join(name)),
        };
        // All of them compute in rayon's global pool.
        Runner::start(command.env("RAYON_NUM_THREADS", threads.to_string()))
    }
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--quiet"]).args(arguments).current_dir(root);
    workspace::run(cargo.stdout(Stdio::null()))
}

/// The system's average over the last minute.
fn load() -> String {
    let loads = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    loads.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("?").into()
}

/// Processor and vector units: what figures depend on.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let name = field("model name").unwrap_or_else(|| "unknown processor".into());
    let version = |name| field(name).unwrap_or_else(|| "?".into());
    let ifma = field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "avx512ifma"));
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{name}, family {} model {}, {count} processors, AVX-512 IFMA: {}, SERO_LANES: {}",
        version("cpu family"),
        version("model\t"),
        if ifma { "yes" } else { "no" },
        std::env::var("SERO_LANES").unwrap_or_else(|_| "not set".into()),
    )
}
