//! `sero statetest` and `sero blocktest`: Ethereum's own test corpora through this node's block import, state and
//! decoders. Formats: <https://eest.ethereum.org> and the older archive `ethereum/tests`.

mod basic;
mod block;
mod exempt;
mod network;
mod prestate;
mod refusal;
mod rlp;
mod state;
mod transaction;
mod trie;

use crate::terminal::{Failure, data};
use clap::Args;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Options of both commands.
#[derive(Args)]
pub struct TestArgs {
    /// Test files, or folders to look for them in.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Run only N cases, those whose names have the smallest hashes: always the same ones.
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Print one JSON object for each case; the last line stays plain.
    #[arg(long)]
    json: bool,
}

/// Why a case fails.
type Verdict = Result<(), String>;

/// One case: where it is from, and what it is.
struct Case {
    file: PathBuf,
    name: String,
    kind: Kind,
}

/// What a file's cases are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    State,
    Block,
    Transaction,
    Rlp,
    Trie,
    Basic,
    Unknown,
}

/// `sero statetest`: transactions on a state, and everything that is not a block.
pub fn state_tests(args: &TestArgs) -> Result<ExitCode, Failure> {
    run(args, &[Kind::State, Kind::Transaction, Kind::Rlp, Kind::Trie, Kind::Basic])
}

/// `sero blocktest`: chains of blocks.
pub fn block_tests(args: &TestArgs) -> Result<ExitCode, Failure> {
    run(args, &[Kind::Block])
}

fn run(args: &TestArgs, kinds: &[Kind]) -> Result<ExitCode, Failure> {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    files.sort();
    let found: Vec<_> = files.par_iter().map(|file| list(file)).collect::<Result<_, _>>()?;
    let mut cases: Vec<Case> = found.into_iter().flatten().collect();
    let all = cases.len();
    cases.retain(|case| !exempt::is_exempt(&case.file));
    if cases.len() < all {
        data(format!("{} cases say nothing about this node: docs/conformance.md", all - cases.len()));
    }
    if let Some(text) = &args.only {
        cases.retain(|case| case.name.contains(text.as_str()));
    }
    if let Some(count) = args.sample {
        cases.sort_by_key(|case| alloy_primitives::keccak256(&case.name));
        cases.truncate(count);
    }
    // By file again, so that each is read once.
    cases.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    let (passed, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let groups: Vec<&[Case]> = cases.chunk_by(|a, b| a.file == b.file).collect();
    groups.into_par_iter().try_for_each(|group| -> Result<(), Failure> {
        let document = read(&group[0].file)?;
        for case in group {
            let verdict = if kinds.contains(&case.kind) {
                judge(case, &document)
            } else {
                Err(format!("{:?} cases are not for this command", case.kind))
            };
            let count = if verdict.is_ok() { &passed } else { &failed };
            count.fetch_add(1, Ordering::Relaxed);
            report(args, case, &verdict);
        }
        Ok(())
    })?;
    let (passed, failed) = (passed.into_inner(), failed.into_inner());
    data(format!("{passed} passed, {failed} failed"));
    // To have run nothing is no success.
    Ok(if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(args: &TestArgs, case: &Case, verdict: &Verdict) {
    if args.json {
        data(json!({
            "file": case.file,
            "name": case.name,
            "passed": verdict.is_ok(),
            "error": verdict.as_ref().err(),
        }));
    } else if let Err(reason) = verdict {
        data(format!("FAILED {} in {}: {reason}", case.name, case.file.display()));
    }
}

/// Every JSON file below `path`, but for indices of archives.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            if !hidden {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Value, Failure> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// The cases of a file.
fn list(file: &Path) -> Result<Vec<Case>, Failure> {
    let document = read(file)?;
    let case = |name: String, kind| Case { file: file.to_owned(), name, kind };
    let Value::Object(entries) = &document else {
        // Some files of the older archive are lists.
        let count = document.as_array().map_or(0, Vec::len);
        return Ok((0..count).map(|index| case(format!("{index}"), Kind::Basic)).collect());
    };
    if document.get("genesis_rlp_hex").is_some() {
        return Ok(vec![case("genesis_rlp_hex".into(), Kind::Basic)]);
    }
    let cases = entries.iter().filter(|(name, _)| *name != "_info").flat_map(|(name, value)| {
        let kind = kind(file, value);
        let names = match kind {
            Kind::State => state::names(name, value),
            Kind::Transaction => transaction::names(name, value),
            _ => vec![name.clone()],
        };
        names.into_iter().map(move |name| (name, kind))
    });
    Ok(cases.map(|(name, kind)| case(name, kind)).collect())
}

/// A case's kind, from its fields; where those say nothing, from the folder that it is in.
fn kind(file: &Path, value: &Value) -> Kind {
    let has = |field| value.get(field).is_some();
    let inside = |folder: &str| file.components().any(|part| part.as_os_str() == folder);
    if has("post") && has("transaction") && has("env") {
        Kind::State
    } else if has("blocks") && has("genesisBlockHeader") {
        Kind::Block
    } else if has("txbytes") && has("result") {
        Kind::Transaction
    } else if inside("RLPTests") {
        Kind::Rlp
    } else if inside("TrieTests") {
        Kind::Trie
    } else if inside("BasicTests") {
        Kind::Basic
    } else {
        Kind::Unknown
    }
}

fn judge(case: &Case, document: &Value) -> Verdict {
    match case.kind {
        Kind::State => state::run(&case.name, document),
        Kind::Block => block::run(field(document, &case.name)?),
        Kind::Transaction => transaction::run(&case.name, document),
        Kind::Rlp => rlp::run(&case.name, document),
        Kind::Trie => trie::run(&case.name, document),
        Kind::Basic => basic::run(&case.file, &case.name, document),
        Kind::Unknown => Err("no known format".into()),
    }
}

/// A field that must be there.
fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    value.get(name).ok_or_else(|| format!("no field {name}"))
}

/// A field that must be there and of a type.
fn parse<T: DeserializeOwned>(value: &Value, name: &str) -> Result<T, String> {
    T::deserialize(field(value, name)?).map_err(|error| format!("{name}: {error}"))
}

/// The same of one that may be missing.
fn parse_optional<T: DeserializeOwned>(value: &Value, name: &str) -> Result<Option<T>, String> {
    value.get(name).map(|value| T::deserialize(value).map_err(|error| format!("{name}: {error}"))).transpose()
}

/// A number in hexadecimal, with leading zeros or without.
fn number(value: &Value, name: &str) -> Result<u64, String> {
    u64::try_from(parse::<alloy_primitives::U256>(value, name)?).map_err(|_| format!("{name}: above 2^64"))
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>, String> {
    field(value, name)?.as_object().ok_or_else(|| format!("{name}: not an object"))
}
