//! `sero ceremony`: the trusted setup, for organisers, contributors and everybody who checks.

mod lint;
mod store;

pub use store::{read as read_transcript, transcript as transcript_path};

use crate::terminal::{Failure, data, message};
use alloy_primitives::hex;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use sero_circuits::ceremony::{self, Beacon, Ceremony, Entry, Keys, Phase, Randomness, Shape, Verified};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Options of every ceremony command.
#[derive(Args)]
pub struct CeremonyArgs {
    /// One JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: CeremonyCommand,
}

#[derive(Subcommand)]
enum CeremonyCommand {
    /// Start a ceremony in a new file, DIR/ceremony.transcript.
    New {
        /// Made if it does not exist.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// What the ceremony is for; 1 to 64 bytes.
        #[arg(long, value_name = "TEXT")]
        title: String,
        /// Circuits whose keys it makes; both unless given.
        #[arg(long = "circuit", value_name = "CIRCUIT")]
        circuits: Vec<CircuitName>,
    },
    /// Check the transcript, then add a contribution with fresh secrets, which are wiped.
    Contribute {
        /// The transcript, or a directory that holds it.
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Who contributes; public, 1 to 64 bytes.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Text to mix into the operating system's randomness.
        #[arg(long, value_name = "TEXT")]
        entropy: Option<String>,
        /// File to mix in (- for standard input), at most 1 MiB.
        #[arg(long, value_name = "FILE")]
        entropy_file: Option<PathBuf>,
        /// Write the extended transcript to this new file and leave PATH as it is.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Check every element; show contributions and, at the end, the keys' hashes.
    Verify {
        /// The transcript, or a directory that holds it; key files beside it are compared.
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Also check that it continues this earlier transcript: nothing in it was dropped.
        #[arg(long, value_name = "PATH")]
        after: Option<PathBuf>,
    },
    /// End the open phase with a public beacon; after phase 2, write the keys beside the transcript.
    Finish {
        /// The transcript, or a directory that holds it.
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// 16 to 255 bytes in hex that nobody could know when the last contribution was made.
        #[arg(long, value_name = "HEX")]
        beacon: Option<String>,
        /// The beacon is hashed 2^N times; 10 to 32.
        #[arg(long, value_name = "N", default_value_t = 22)]
        log2_iterations: u8,
    },
    /// Name every problem of a verifying key.
    LintVk {
        /// The key, as in genesis/*.vk.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Also check the number of public inputs.
        #[arg(long, value_name = "CIRCUIT")]
        circuit: Option<CircuitName>,
    },
}

/// A circuit on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CircuitName {
    /// Spend.
    Spend,
    /// Output.
    Output,
}

impl CircuitName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Spend => "spend",
            Self::Output => "output",
        }
    }
}

/// Runs one command.
pub fn run(args: &CeremonyArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        CeremonyCommand::New { dir, title, circuits } => new(args, dir, title, circuits),
        CeremonyCommand::Contribute { path, name, entropy, entropy_file, to } => {
            let own = own_entropy(entropy.as_deref(), entropy_file.as_deref())?;
            contribute(args, &store::transcript(path), name, &own, to.as_deref())
        }
        CeremonyCommand::Verify { path, after } => {
            let after = after.as_deref().map(store::transcript);
            verify(args, &store::transcript(path), after.as_deref())
        }
        CeremonyCommand::Finish { path, beacon, log2_iterations } => {
            finish(args, &store::transcript(path), beacon.as_deref(), *log2_iterations)
        }
        CeremonyCommand::LintVk { file, circuit } => lint::run(args.json, file, *circuit),
    }
}

fn new(args: &CeremonyArgs, dir: &Path, title: &str, circuits: &[CircuitName]) -> Result<ExitCode, Failure> {
    let names = if circuits.is_empty() { &[CircuitName::Spend, CircuitName::Output] } else { circuits };
    if (1..names.len()).any(|i| names[..i].contains(&names[i])) {
        return Err("--circuit: each circuit once".into());
    }
    let shapes = names.iter().map(|name| Shape::named(name.as_str())).collect::<Result<Vec<_>, _>>()?;
    let mut id = [0; 32];
    getrandom::fill(&mut id)?;
    let ceremony = ceremony::start(&shapes, title, id)?;
    std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let file = dir.join(store::TRANSCRIPT);
    store::create(&file, &ceremony.encode())?;
    report(args, &ceremony, &file)
}

fn contribute(
    args: &CeremonyArgs,
    file: &Path,
    name: &str,
    own: &[u8],
    to: Option<&Path>,
) -> Result<ExitCode, Failure> {
    ceremony::check_name(name)?;
    if let Some(to) = to.filter(|to| to.exists()) {
        return Err(format!("{} exists; nothing was written", to.display()).into());
    }
    let _lock = if to.is_none() { Some(store::lock(file)?) } else { None };
    let old = store::read(file)?;
    let shapes = ceremony::circuits_of(&old)?;
    message("checking the transcript");
    let mut ceremony = ceremony::read(&old, &shapes)?;
    let mut system = Zeroizing::new([0; 64]);
    getrandom::fill(&mut *system)?;
    let randomness = Randomness::new(&mut system, own)?;
    message("contributing");
    ceremony.contribute(name, &randomness)?;
    drop(randomness);
    let new = ceremony.encode();
    message("checking the contribution");
    ceremony::read(&new, &shapes)?;
    match to {
        Some(to) => store::create(to, &new)?,
        None => store::replace(file, &old, &new)?,
    }
    report(args, &ceremony, to.unwrap_or(file))?;
    let hash = hex::encode_prefixed(ceremony.hash());
    message(format!("Your contribution is in. Return the file, and publish its hash: {hash}"));
    Ok(ExitCode::SUCCESS)
}

fn verify(args: &CeremonyArgs, file: &Path, after: Option<&Path>) -> Result<ExitCode, Failure> {
    let bytes = store::read(file)?;
    let shapes = ceremony::circuits_of(&bytes)?;
    let ceremony = ceremony::read(&bytes, &shapes)?;
    if let Some(after) = after {
        let named = |error| format!("{}: {error}", after.display());
        let earlier = ceremony::read(&store::read(after)?, &shapes).map_err(named)?;
        ceremony.check_continues(&earlier).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if ceremony.phase() == Phase::Finished {
        for keys in &ceremony.verified()?.keys {
            check_files(file, keys)?;
        }
    }
    report(args, &ceremony, file)
}

fn finish(
    args: &CeremonyArgs,
    file: &Path,
    beacon: Option<&str>,
    log2_iterations: u8,
) -> Result<ExitCode, Failure> {
    let beacon = beacon.map(|text| read_beacon(text, log2_iterations)).transpose()?;
    let _lock = store::lock(file)?;
    let old = store::read(file)?;
    let shapes = ceremony::circuits_of(&old)?;
    message("checking the transcript");
    let mut ceremony = ceremony::read(&old, &shapes)?;
    match (beacon, ceremony.phase()) {
        (Some(_), Phase::Finished) => {
            return Err(
                "--beacon: the ceremony is finished; without it, the missing key files are written".into()
            );
        }
        (None, Phase::One | Phase::Two) => return Err("--beacon is needed to end the open phase".into()),
        (None, Phase::Finished) => {}
        (Some(beacon), Phase::One | Phase::Two) => {
            message("hashing the beacon and deriving what follows");
            ceremony.finish_phase(beacon)?;
            let new = ceremony.encode();
            message("checking the result");
            ceremony::read(&new, &shapes)?;
            store::replace(file, &old, &new)?;
        }
    }
    if ceremony.phase() == Phase::Finished {
        for keys in &ceremony.verified()?.keys {
            write_files(file, keys)?;
        }
    }
    report(args, &ceremony, file)
}

fn read_beacon(text: &str, log2_iterations: u8) -> Result<Beacon, Failure> {
    let value = hex::decode(text).map_err(|error| format!("--beacon: {error}"))?;
    Ok(Beacon::new(value, log2_iterations)?)
}

/// `spend.pk` and `spend.vk` beside the transcript, and the same for the others.
fn key_files(transcript: &Path, keys: &Keys) -> [PathBuf; 2] {
    ["pk", "vk"].map(|kind| transcript.with_file_name(format!("{}.{kind}", keys.circuit)))
}

/// Key files that exist must be the transcript's.
fn check_files(transcript: &Path, keys: &Keys) -> Result<(), Failure> {
    let [proving, verifying] = key_files(transcript, keys);
    for file in [&proving, &verifying] {
        if !file.exists() {
            continue;
        }
        let bytes = store::read(file)?;
        let same =
            if *file == proving { keys.check_proving_key(&bytes) } else { keys.check_verifying_key(&bytes) };
        same.map_err(|error| format!("{}: {error}", file.display()))?;
        message(format!("{} is the transcript's", file.display()));
    }
    Ok(())
}

/// Writes the key files that are missing; those that exist must be right.
fn write_files(transcript: &Path, keys: &Keys) -> Result<(), Failure> {
    check_files(transcript, keys)?;
    let [proving, verifying] = key_files(transcript, keys);
    if !proving.exists() {
        store::create(&proving, &keys.proving_key_bytes())?;
        message(format!("written: {}", proving.display()));
    }
    if !verifying.exists() {
        store::create(&verifying, &keys.verifying_key)?;
        message(format!("written: {}", verifying.display()));
    }
    Ok(())
}

/// What the contributor wants to mix in.
fn own_entropy(text: Option<&str>, file: Option<&Path>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut own = Zeroizing::new(text.unwrap_or_default().as_bytes().to_vec());
    if let Some(path) = file {
        let named = |error: std::io::Error| format!("--entropy-file {}: {error}", path.display());
        let source: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(std::fs::File::open(path).map_err(named)?)
        };
        let mut bytes = Zeroizing::new(Vec::new());
        source.take((1 << 20) + 1).read_to_end(&mut bytes).map_err(named)?;
        if bytes.len() > 1 << 20 {
            return Err(format!("--entropy-file {}: larger than 1 MiB", path.display()).into());
        }
        own.push(0);
        own.extend_from_slice(&bytes);
    }
    Ok(own)
}

/// The state of a checked ceremony.
fn report(args: &CeremonyArgs, ceremony: &Ceremony<'_>, file: &Path) -> Result<ExitCode, Failure> {
    let verified = if ceremony.phase() == Phase::Finished { Some(ceremony.verified()?) } else { None };
    let hash = hex::encode_prefixed(ceremony.hash());
    let phase = match ceremony.phase() {
        Phase::One => "phase 1 is open",
        Phase::Two => "phase 2 is open",
        Phase::Finished => "finished",
    };
    let entries = ceremony.entries();
    if args.json {
        data(json!({
            "title": ceremony.title(),
            "file": file.display().to_string(),
            "state": phase,
            "transcript": hash,
            "circuits": ceremony.shapes().iter().map(Shape::name).collect::<Vec<_>>(),
            "records": entries.iter().map(entry_json).collect::<Vec<_>>(),
            "keys": verified.iter().flat_map(|v| &v.keys).map(keys_json).collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    data(format!("{}: {phase}", ceremony.title()));
    for (index, entry) in entries.iter().enumerate() {
        let hash = hex::encode_prefixed(entry.hash);
        data(format!("{index:4}  phase {}  {hash}  {}", entry.phase, author(entry)));
    }
    data(format!("Transcript  {hash}"));
    if let Some(Verified { keys, contributions: [one, two], .. }) = &verified {
        data(format!("Contributions: {one} to phase 1, {two} to phase 2; both end with a beacon"));
        for keys in keys {
            data(format!("{} verifying key  {}", keys.circuit, keys.verifying_key_hash));
        }
    }
    data(format!("File  {}", file.display()));
    Ok(ExitCode::SUCCESS)
}

fn author(entry: &Entry) -> String {
    match (&entry.name, &entry.beacon) {
        (Some(name), _) => name.clone(),
        (None, Some(beacon)) => {
            format!("beacon {} hashed 2^{} times", hex::encode(beacon.value()), beacon.log2_iterations())
        }
        (None, None) => String::new(),
    }
}

fn entry_json(entry: &Entry) -> serde_json::Value {
    json!({
        "phase": entry.phase,
        "hash": hex::encode_prefixed(entry.hash),
        "name": entry.name,
        "beacon": entry.beacon.as_ref().map(|beacon| json!({
            "value": hex::encode_prefixed(beacon.value()),
            "log2Iterations": beacon.log2_iterations(),
        })),
    })
}

fn keys_json(keys: &Keys) -> serde_json::Value {
    json!({
        "circuit": keys.circuit,
        "matrixDigest": hex::encode_prefixed(keys.matrix_digest),
        "verifyingKeyHash": keys.verifying_key_hash,
    })
}
