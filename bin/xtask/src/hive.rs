//! `cargo xtask hive`: Ethereum's own test data against the product, as a black box. The data lies outside the repository.

use crate::node::Node;
use crate::workspace::{Workspace, follow, run as execute};
use crate::{Failure, contracts, python, unknown_options};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Environment variable that says where the data is.
const VARIABLE: &str = "SERO_CONFORMANCE";
/// Where it is otherwise, seen from the repository.
const FOLDER: &str = "../shared/conformance";

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    /// The last line of a suite that is a command, and its verdict.
    pub fn close(self) -> Result<(), Failure> {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 { Err(Failure::Failed(format!("{} failed", self.failed))) } else { Ok(()) }
    }
}

/// What a suite has at hand.
struct Stage {
    product: PathBuf,
    scripts: PathBuf,
    data: PathBuf,
    cache: PathBuf,
    /// The whole data instead of a sample.
    all: bool,
}

type Suite = fn(&Stage) -> Result<Counts, String>;

/// Hashes of block 0 of Ethereum's networks, as everyone knows them.
const NETWORKS: [(&str, &str); 3] = [
    ("mainnet", "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
    ("sepolia", "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"),
    ("hoodi", "0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b"),
];

const SUITES: [(&str, Suite); 10] = [
    ("genesis", genesis),
    ("state", state),
    ("consume-rlp", consume_rlp),
    ("vectors", vectors),
    ("sync", sync),
    ("rpc-compat", rpc_compat),
    ("rpc-schema", rpc_schema),
    ("tracers", tracers),
    ("precompiles", precompiles),
    ("tooling", tooling),
];

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let all = options.contains(&"--all");
    let names: Vec<&str> = options.iter().copied().filter(|option| *option != "--all").collect();
    if let Some(other) = names.iter().find(|name| SUITES.iter().all(|(known, _)| known != *name)) {
        return Err(unknown_options("hive", &[other]));
    }
    let counts = suites(&Workspace::load()?, &names, all)?.unwrap_or_default();
    if counts.failed > 0 { Err(Failure::Failed(format!("{} failed", counts.failed))) } else { Ok(()) }
}

/// Runs the suites of these names, or every one. `None` if the data is not there, which only continuous integration minds.
pub fn suites(workspace: &Workspace, names: &[&str], all: bool) -> Result<Option<Counts>, String> {
    let root = &workspace.workspace_root;
    let data = std::env::var_os(VARIABLE).map_or_else(|| root.join(FOLDER), PathBuf::from);
    if !data.is_dir() {
        let missing = format!("no {}: {VARIABLE} says where Ethereum's test data is", data.display());
        if std::env::var_os("CI").is_some_and(|value| value == "true") {
            return Err(missing);
        }
        println!("SKIPPED: {missing}");
        return Ok(None);
    }
    let stage = Stage {
        product: workspace.target_directory.join("release/sero"),
        scripts: root.join("hive-tests"),
        data,
        cache: workspace.target_directory.join("hive"),
        all,
    };
    let mut sum = Counts::default();
    for (name, suite) in SUITES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        println!("== {name}");
        let start = Instant::now();
        let counts = suite(&stage).unwrap_or_else(|message| {
            eprintln!("{name}: {message}");
            Counts { passed: 0, failed: 1 }
        });
        println!("== {name}: {:.1} s", start.elapsed().as_secs_f32());
        sum.passed += counts.passed;
        sum.failed += counts.failed;
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(Some(sum))
}

fn state(stage: &Stage) -> Result<Counts, String> {
    let tests = stage.unpack("eest-v5.4.0")?.join("eest/state_tests");
    stage.sampled("statetest", &[&tests], "2000")
}

fn consume_rlp(stage: &Stage) -> Result<Counts, String> {
    let newer = stage.unpack("eest-v5.4.0")?.join("eest/blockchain_tests");
    let older = stage.unpack("ethereum-tests-basic")?.join("BlockchainTests");
    stage.sampled("blocktest", &[&newer, &older], "1500")
}

/// Tries, RLP, transactions, difficulties.
fn vectors(stage: &Stage) -> Result<Counts, String> {
    let folder = stage.unpack("ethereum-tests-basic")?;
    let mut command = Command::new(&stage.product);
    command.arg("statetest");
    command.args(["TrieTests", "RLPTests", "TransactionTests", "BasicTests"].map(|tests| folder.join(tests)));
    counted(&mut command)
}

/// Hashes of block 0: of Ethereum's networks, whose states an npm package holds, and of the chains here, whose block 1 names them.
fn genesis(stage: &Stage) -> Result<Counts, String> {
    contracts::install(&stage.scripts)?;
    let networks = stage.cache.join("networks");
    execute(Command::new("node").arg(stage.scripts.join("genesis/networks.mjs")).arg(&networks))?;
    let mut cases: Vec<(PathBuf, String)> =
        NETWORKS.iter().map(|(name, hash)| (networks.join(name), (*hash).to_owned())).collect();
    for folder in [stage.unpack("execution-apis")?.join("tests"), stage.unpack("sync-chain")?.join("chain")] {
        let expected = first_parent(&folder.join("chain.rlp"))?;
        cases.push((folder, expected));
    }
    let mut counts = Counts::default();
    for (folder, expected) in cases {
        let database = stage.import(&folder, "genesis", &["--until", "0"])?;
        let node = stage.serve(&database)?;
        let block = node.call("eth_getBlockByNumber", &serde_json::json!(["0x0", false]))?;
        if block["hash"] == expected {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            println!("FAILED {}: block 0 is {}, expected {expected}", folder.display(), block["hash"]);
        }
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    Ok(counts)
}

/// The parent of the first block in a file of blocks: the first field of the first list in the first list.
fn first_parent(file: &Path) -> Result<String, String> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parent_in(&bytes).ok_or_else(|| format!("{}: not a chain", file.display()))
}

fn parent_in(blocks: &[u8]) -> Option<String> {
    let inside = |list: &[u8]| match list {
        [first @ 0xf8..=0xff, rest @ ..] => rest.get(usize::from(first - 0xf7)..).map(<[u8]>::to_vec),
        [0xc0..=0xf7, rest @ ..] => Some(rest.to_vec()),
        _ => None,
    };
    let header = inside(&inside(blocks)?)?;
    let hash = header.strip_prefix(&[0xa0])?.get(..32)?;
    Some(hash.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}

/// The first part of a chain, or all of it, in a fresh database; a second import finds everything known.
fn sync(stage: &Stage) -> Result<Counts, String> {
    let folder = stage.unpack("sync-chain")?.join("chain");
    let until = if stage.all { "3000" } else { "300" };
    let database = stage.import(&folder, "sync", &["--until", until])?;
    execute(stage.import_command(&folder, &database).args(["--until", until]))?;
    let node = stage.serve(&database)?;
    let head = format!("{:#x}", until.parse::<u64>().map_err(|error| error.to_string())?);
    let block = node.call("eth_getBlockByNumber", &serde_json::json!(["latest", false]))?;
    if block["number"] != head {
        return Err(format!("head is {}, expected {head}", block["number"]));
    }
    if stage.all {
        let bytes = fs::read(folder.join("headblock.json")).map_err(|error| error.to_string())?;
        let expected: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if block["hash"] != expected["hash"] {
            return Err(format!("head is {}, expected {}", block["hash"], expected["hash"]));
        }
    }
    Ok(Counts { passed: 1, failed: 0 })
}

/// The recorded answers of execution-apis over the chain that they were recorded on.
fn rpc_compat(stage: &Stage) -> Result<Counts, String> {
    let apis = stage.unpack("execution-apis")?;
    let packages = python::packages(&stage.scripts.join("requirements.txt"), &stage.cache, "python")?;
    let database = stage.import(&apis.join("tests"), "rpc-compat", &[])?;
    let node = stage.serve(&database)?;
    let mut command = Command::new("python3");
    command
        .arg(stage.scripts.join("rpc_compat/run.py"))
        .args(["--rpc", node.url(), "--apis"])
        .arg(&apis)
        .arg("--open")
        .arg(stage.scripts.join("rpc_compat/open.txt"))
        .env("PYTHONPATH", packages);
    counted(&mut command)
}

/// Answers of a chain with privacy against the schemas of execution-apis, and of its own methods against its own document.
fn rpc_schema(stage: &Stage) -> Result<Counts, String> {
    let apis = stage.unpack("execution-apis")?;
    let packages = python::packages(&stage.scripts.join("requirements.txt"), &stage.cache, "python")?;
    let mut command = Command::new("python3");
    command.arg(stage.scripts.join("rpc_compat/native.py")).arg("--product").arg(&stage.product);
    command.arg("--apis").arg(&apis).arg("--artifacts").arg(stage.scripts.join("../contracts/artifacts"));
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    counted(&mut command)
}

/// geth's tracer cases, each on a node with a chain of its own.
fn tracers(stage: &Stage) -> Result<Counts, String> {
    let mut command = stage.geth("tracers", "25")?;
    command.arg("--cases").arg(stage.unpack("geth-traces")?.join("testdata"));
    command.arg("--open").arg(stage.scripts.join("geth/open.txt"));
    counted(&mut command)
}

/// geth's vectors of Ethereum's precompiles, called by a contract.
fn precompiles(stage: &Stage) -> Result<Counts, String> {
    let mut command = stage.geth("precompiles", "300")?;
    command.arg("--vectors").arg(stage.unpack("geth-precompiles")?.join("precompiles"));
    counted(&mut command)
}

impl Stage {
    /// One of the scripts that start nodes themselves, on a sample or on everything.
    fn geth(&self, name: &str, sample: &str) -> Result<Command, String> {
        if !self.product.is_file() {
            return Err(format!("no {}: run cargo build --release --package sero", self.product.display()));
        }
        let mut command = Command::new("python3");
        command.arg(self.scripts.join(format!("geth/{name}.py"))).arg("--product").arg(&self.product);
        command.arg("--work").arg(self.cache.join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
        if !self.all {
            command.args(["--sample", sample]);
        }
        Ok(command)
    }

    /// The folder that an archive was unpacked into, now or before.
    fn unpack(&self, name: &str) -> Result<PathBuf, String> {
        let archive = self.data.join(format!("{name}.tar.xz"));
        let bytes = fs::metadata(&archive).map_err(|error| format!("{}: {error}", archive.display()))?.len();
        let (folder, done) = (self.cache.join(name), self.cache.join(format!("{name}.{bytes}.done")));
        if done.exists() {
            return Ok(folder);
        }
        let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(fault)?;
        }
        fs::create_dir_all(&folder).map_err(fault)?;
        execute(Command::new("tar").arg("xJf").arg(&archive).arg("-C").arg(&folder))?;
        fs::write(&done, "").map_err(fault)?;
        Ok(folder)
    }

    /// Runs a test command of the product on a sample, or on everything.
    fn sampled(&self, name: &str, folders: &[&Path], sample: &str) -> Result<Counts, String> {
        let mut command = Command::new(&self.product);
        command.arg(name).args(folders);
        if !self.all {
            command.args(["--sample", sample]);
        }
        counted(&mut command)
    }

    fn import_command(&self, folder: &Path, database: &Path) -> Command {
        let mut command = Command::new(&self.product);
        command.arg("import").arg("--genesis").arg(folder.join("genesis.json"));
        command.arg("--chain").arg(folder.join("chain.rlp")).arg("--data-dir").arg(database);
        command
    }

    /// Imports a chain into a fresh database.
    fn import(&self, folder: &Path, name: &str, options: &[&str]) -> Result<PathBuf, String> {
        let database = self.cache.join(format!("{name}-database"));
        if database.exists() {
            fs::remove_dir_all(&database).map_err(|error| format!("{}: {error}", database.display()))?;
        }
        execute(self.import_command(folder, &database).args(options))?;
        Ok(database)
    }

    fn serve(&self, database: &Path) -> Result<Node, String> {
        let database = database.to_str().ok_or("the target folder's name is not text")?;
        Node::start(&self.product, &["node", "--data-dir", database], &self.cache.join("node.log"))
    }
}

/// Clients that `cargo xtask clients` does not run by default: program and script under `hive-tests/tooling`.
const CLIENTS: [(&str, &str); 3] =
    [("node", "web3js/web3.mjs"), ("python3", "web3py/web3_client.py"), ("sh", "hardhat2/run.sh")];
/// Those that it does run.
const DEFAULT_CLIENTS: [(&str, &str); 4] = [
    ("bash", "../clients/foundry.sh"),
    ("node", "../clients/viem.mjs"),
    ("node", "../clients/ethers.mjs"),
    ("sh", "hardhat3/run.sh"),
];

/// Clients against a development node with instant blocks, against one with a block each second, and against one with a
/// block each second that offers what a public node offers.
fn tooling(stage: &Stage) -> Result<Counts, String> {
    if !stage.all {
        println!("with --all only");
        return Ok(Counts::default());
    }
    let folder = stage.scripts.join("tooling");
    contracts::install(&stage.scripts.join("../contracts"))?;
    for name in ["web3js", "hardhat2", "hardhat3"] {
        contracts::install(&folder.join(name))?;
    }
    let packages = python::packages(&folder.join("web3py/requirements.txt"), &stage.cache, "web3py")?;
    let mut sum = Counts::default();
    let everyone: Vec<_> = DEFAULT_CLIENTS.into_iter().chain(CLIENTS).collect();
    for (options, clients) in [
        (&["dev"][..], &CLIENTS[..]),
        (&["dev", "--block-time", "1"], &CLIENTS),
        (&["dev", "--block-time", "1", "--as-public"], &everyone),
    ] {
        let node = Node::start(&stage.product, options, &stage.cache.join("tooling.log"))?;
        println!("sero {} answers at {}", options.join(" "), node.url());
        for (program, script) in clients {
            let mut command = Command::new(program);
            command.arg(folder.join(script)).env("RPC", node.url()).env("PYTHONPATH", &packages);
            command.env("IGNITION_WAIT", if options.len() > 1 { "7" } else { "0" });
            command.env("AS_PUBLIC", if options.contains(&"--as-public") { "1" } else { "" });
            let counts = counted(&mut command).unwrap_or_else(|message| {
                eprintln!("{script}: {message}");
                Counts { passed: 0, failed: 1 }
            });
            sum = Counts { passed: sum.passed + counts.passed, failed: sum.failed + counts.failed };
        }
    }
    Ok(sum)
}

/// Runs a command, prints what it says, and reads its last line.
pub fn counted(command: &mut Command) -> Result<Counts, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut last = String::new();
    let status = follow(command, |line| last = line.to_owned())?;
    let counts = counts(&last).ok_or_else(|| format!("{name}: {status}, and no counts at the end"))?;
    if status.success() == (counts.failed == 0 && counts.passed > 0) {
        Ok(counts)
    } else {
        Err(format!("{name}: {status}, {last}"))
    }
}

/// `12 passed, 0 failed`
fn counts(line: &str) -> Option<Counts> {
    let (passed, failed) = line.split_once(" passed, ")?;
    let failed = failed.strip_suffix(" failed")?;
    Some(Counts { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::{counts, parent_in};

    #[test]
    fn last_lines_are_counted() {
        let read = counts("12 passed, 3 failed").expect("counts");
        assert_eq!((read.passed, read.failed), (12, 3));
        assert!(counts("12 passed, none failed").is_none());
        assert!(counts("all passed").is_none());
    }

    #[test]
    fn parents_are_read_from_blocks_of_any_length() {
        let field = [vec![0xa0], vec![0xab; 32]].concat();
        let expected = format!("0x{}", "ab".repeat(32));
        let short = [vec![0xe2, 0xe1], field.clone()].concat();
        assert_eq!(parent_in(&short), Some(expected.clone()));
        let long = [vec![0xf9, 0x02, 0x00, 0xf8, 0xf0], field].concat();
        assert_eq!(parent_in(&long), Some(expected));
        assert_eq!(parent_in(&[0xe2, 0xe1, 0xa0, 0xab]), None);
        assert_eq!(parent_in(&[]), None);
    }
}
