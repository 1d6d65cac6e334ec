//! `cargo xtask fuzz`: every decoder under libFuzzer, on the installed toolchain (docs/fuzzing.md).
//!
//! The product's crates and everything below them are built a second time, with
//! LLVM's edge counters, into `target/fuzz`; the targets are in `crates/fuzz`.

mod report;

use crate::{Failure, unknown_options, workspace, workspace::Workspace};
use report::Report;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

/// What counts edges; stable rustc passes it to LLVM.
const COVERAGE: [&str; 4] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=3",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
];
/// Seconds after which an input hangs. A second would do on an idle machine.
const TIMEOUT: &str = "20";
/// MiB of a whole process, corpus and counters included.
const MEMORY: &str = "512";
/// Of a hundred inputs, so many must decode.
const DECODED_MIN: f64 = 10.0;

/// A line of `sero-fuzz --list`.
struct Target {
    name: String,
    /// Executions in the long tier.
    runs: u64,
    max_len: String,
}

struct Options {
    target: String,
    runs: Option<u64>,
    seed: u64,
}

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if options == ["corpus"] {
        return write_corpus();
    }
    let options = parse(options)?;
    let workspace = Workspace::load()?;
    let folder = workspace.target_directory.join("fuzz");
    let program = build(&workspace, &folder)?;
    let mut targets = list(&program)?;
    if options.target != "all" {
        let names: Vec<_> = targets.iter().map(|target| target.name.clone()).collect();
        targets.retain(|target| target.name == options.target);
        if targets.is_empty() {
            let name = &options.target;
            return Err(Failure::Usage(format!("no target {name}; there are all, {}", names.join(", "))));
        }
    }
    run_all(&program, &folder, targets, &options)
}

fn parse(options: &[&str]) -> Result<Options, Failure> {
    let Some((target, mut rest)) = options.split_first() else {
        return Err(Failure::Usage("fuzz takes a target, `all`, or `corpus`".into()));
    };
    let mut parsed = Options { target: (*target).into(), runs: None, seed: 1 };
    while let [name, value, more @ ..] = rest {
        let number = value
            .parse()
            .map_err(|_| Failure::Usage(format!("{name} takes a number from 0 to 2^64 - 1, not {value}")))?;
        match *name {
            "--runs" => parsed.runs = Some(number),
            "--seed" => parsed.seed = number,
            _ => return Err(unknown_options("fuzz", options)),
        }
        rest = more;
    }
    if rest.is_empty() { Ok(parsed) } else { Err(unknown_options("fuzz", rest)) }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Makes the committed corpus again.
fn write_corpus() -> Result<(), Failure> {
    let mut test = cargo();
    // With the features that libraries have in the tests of the workspace: one orders the fields of JSON.
    test.args(["test", "--release", "--workspace", "--test", "it", "--"]).args([
        "--ignored",
        "--exact",
        "corpus::write",
    ]);
    Ok(workspace::run(&mut test)?)
}

/// Builds the program with coverage. With `--target`, what runs at build time stays without.
fn build(workspace: &Workspace, folder: &Path) -> Result<PathBuf, String> {
    let host = host()?;
    let mut build = cargo();
    build
        .args(["build", "--release", "--quiet", "-p", "sero-fuzz", "--features", "engine"])
        .args(["--target", &host])
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .env("CARGO_TARGET_DIR", folder)
        .current_dir(&workspace.workspace_root);
    workspace::run(&mut build)?;
    Ok(folder.join(host).join("release").join("sero-fuzz"))
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().map_err(|e| format!("cannot start rustc: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_string).ok_or_else(|| "rustc -vV names no host".into())
}

fn list(program: &Path) -> Result<Vec<Target>, String> {
    let output = Command::new(program)
        .env("SERO_FUZZ_LIST", "1")
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = |line: &str| {
        let [name, runs, max_len] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("sero-fuzz: `{line}` is no target"));
        };
        let runs = runs.parse().map_err(|_| format!("sero-fuzz: {runs} is no number"))?;
        Ok(Target { name: name.into(), runs, max_len: max_len.into() })
    };
    text.lines().map(line).collect()
}

/// One process for each target, as many at a time as there are processors.
fn run_all(program: &Path, folder: &Path, targets: Vec<Target>, options: &Options) -> Result<(), Failure> {
    let total = targets.len();
    let waiting = Mutex::new(targets.into_iter());
    let failures = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.next();
    let work = || {
        while let Some(target) = next() {
            let result = run_one(program, folder, &target, options);
            let line = match &result {
                Ok(report) => report.to_string(),
                Err(error) => format!("FAILED: {error}"),
            };
            println!("{:<21} {line}", target.name);
            if result.is_err()
                && let Ok(mut failures) = failures.lock()
            {
                failures.push(target.name);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap_or_default();
    println!("{} passed, {} failed", total - failures.len(), failures.len());
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("failed: {}", failures.join(", "))))
    }
}

fn run_one(program: &Path, folder: &Path, target: &Target, options: &Options) -> Result<Report, String> {
    let io = |what: &Path| {
        let what = what.display().to_string();
        move |error| format!("{what}: {error}")
    };
    let name = &target.name;
    let (grown, seeds) = (folder.join("corpus").join(name), folder.join("seeds").join(name));
    for path in [&grown, &seeds, &folder.join("found"), &folder.join("log")] {
        fs::create_dir_all(path).map_err(io(path))?;
    }
    let log = folder.join("log").join(format!("{name}.txt"));
    let found = folder.join("found").join(format!("{name}-"));
    let runs = options.runs.unwrap_or(target.runs);
    let started = Instant::now();
    let output = Command::new(program)
        .arg(format!("-runs={runs}"))
        .arg(format!("-seed={}", options.seed % (1 << 32)))
        .arg(format!("-max_len={}", target.max_len))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-artifact_prefix={}", found.display()))
        .args(["-len_control=0", "-print_final_stats=1"])
        .args([&grown, &seeds])
        .env("SERO_FUZZ_TARGET", name)
        .env("SERO_FUZZ_SEEDS", &seeds)
        .stdin(Stdio::null())
        .stderr(File::create(&log).map_err(io(&log))?)
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let text = fs::read(&log).map_err(io(&log))?;
    let text = String::from_utf8_lossy(&text);
    if !output.status.success() {
        let found = text.lines().find_map(|line| line.split("Test unit written to ").nth(1));
        let input = found.map_or(String::new(), |path| format!(", input in {path}"));
        return Err(format!("{}{input}, log in {}", output.status, log.display()));
    }
    let report = Report::read(&text, &String::from_utf8_lossy(&output.stdout), started.elapsed())
        .ok_or_else(|| format!("no statistics in {}", log.display()))?;
    report.check(runs, DECODED_MIN).map(|()| report)
}
