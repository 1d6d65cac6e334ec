//! `cargo xtask bench blocks`: gas each second of `sero import`, into a new database and durable block by block, and of
//! anvil, which makes blocks of the same transactions in memory.

use super::figures::{median, rounded};
use super::{cargo, load, machine, number};
use crate::node::{self, Node};
use crate::workspace::{self, Workspace};
use crate::{Failure, contracts, unknown_options};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The folders that `sero-bench prepare blocks` makes, and what their blocks do.
const KINDS: &[(&str, &str)] = &[
    ("storage", "writes to new slots"),
    ("keccak", "keccak256 of 32 KiB"),
    ("pairing", "bn254 pairings"),
    ("modexp", "modexp of 256 bits"),
    ("erc20", "ERC-20 transfers to new holders"),
];

struct Options {
    runs: u32,
    json: bool,
}

/// What a row comes to. The fields are the keys of the JSON.
#[derive(Serialize)]
struct Figure {
    name: String,
    /// Millions of gas each second: the median of the measurements, the least and the most.
    mgas_per_second: f64,
    min_mgas_per_second: f64,
    max_mgas_per_second: f64,
    runs: usize,
    blocks: usize,
    /// Of all blocks.
    gas: u64,
}

/// A block as `transactions.json` has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    gas_used: u64,
    transactions: Vec<String>,
}

/// A prepared chain.
struct Chain {
    folder: PathBuf,
    what: &'static str,
    blocks: Vec<Block>,
}

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let options = parse(options)?;
    let workspace = Workspace::load()?;
    let (root, target) = (&workspace.workspace_root, &workspace.target_directory);
    cargo(root, &["--package", "sero", "--package", "sero-bench"])?;
    contracts::install(&root.join("contracts"))?;
    let folder = target.join("bench/blocks");
    workspace::run(Command::new(target.join("release/sero-bench")).args(["prepare", "blocks"]).arg(&folder))?;
    let chains = KINDS
        .iter()
        .map(|(name, what)| Chain::load(folder.join(name), what))
        .collect::<Result<Vec<_>, _>>()?;
    let (product, anvil) = (target.join("release/sero"), node::anvil(root));
    if anvil.is_none() {
        eprintln!("npm has no anvil for this machine: sero alone");
    }
    let load_before = load();
    let mut measured: Vec<[Vec<f64>; 2]> = chains.iter().map(|_| Default::default()).collect();
    for round in 1..=options.runs {
        eprintln!("round {round} of {}", options.runs);
        for (chain, [ours, theirs]) in chains.iter().zip(&mut measured) {
            ours.push(chain.import(&product).map_err(|error| format!("sero, {}: {error}", chain.what))?);
            if let Some(anvil) = &anvil {
                theirs.push(chain.mine(anvil).map_err(|error| format!("anvil, {}: {error}", chain.what))?);
            }
        }
    }
    let rows = chains.iter().zip(&mut measured).flat_map(|(chain, measured)| {
        ["sero", "anvil"].into_iter().zip(measured).filter_map(|(name, rates)| chain.figure(name, rates))
    });
    let figures: Vec<Figure> = rows.collect();
    if options.json {
        println!("{}", serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?);
    } else {
        println!("machine: {}, load {load_before} before and {} after\n", machine(), load());
        print!("{}", table(&figures));
    }
    Ok(())
}

fn parse(options: &[&str]) -> Result<Options, Failure> {
    let (mut parsed, mut rest) = (Options { runs: 5, json: false }, options);
    loop {
        rest = match rest {
            [] => return Ok(parsed),
            ["--json", more @ ..] => {
                parsed.json = true;
                more
            }
            ["--runs", value, more @ ..] => {
                parsed.runs = number("--runs", value, 1_000)?;
                more
            }
            _ => return Err(unknown_options("bench blocks", rest)),
        };
    }
}

impl Chain {
    fn load(folder: PathBuf, what: &'static str) -> Result<Self, String> {
        let path = folder.join("transactions.json");
        let json = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let blocks = serde_json::from_slice(&json).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { folder, what, blocks })
    }

    fn gas(&self) -> u64 {
        self.blocks.iter().map(|block| block.gas_used).sum()
    }

    /// Millions of gas each second, by the last line of `sero import`.
    fn import(&self, product: &Path) -> Result<f64, String> {
        let database = self.folder.join("database");
        if database.exists() {
            fs::remove_dir_all(&database).map_err(|error| format!("{}: {error}", database.display()))?;
        }
        let mut import = Command::new(product);
        import.arg("import").arg("--genesis").arg(self.folder.join("genesis.json"));
        import.arg("--chain").arg(self.folder.join("chain.rlp")).arg("--data-dir").arg(&database);
        let output = import.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("cannot start {}: {error}", product.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("import: {}: {said}", output.status));
        }
        speed(&said, self.blocks.len()).ok_or_else(|| format!("import says {said}"))
    }

    /// Millions of gas each second, of two requests for each block: one sends its transactions, the other makes it.
    fn mine(&self, anvil: &Path) -> Result<f64, String> {
        let genesis = self.folder.join("genesis.json").display().to_string();
        let options = [
            "--init",
            &genesis,
            "--hardfork",
            "cancun",
            "--no-mining",
            "--order",
            "fifo",
            "--accounts",
            "0",
            "--gas-limit",
            "30000000",
            "--chain-id",
            "1337",
            "--quiet",
        ];
        let node = Node::start_at("--port", anvil, &options, &self.folder.join("anvil.log"))?;
        let mut taken = Duration::ZERO;
        for block in &self.blocks {
            let sent: Vec<Value> =
                block.transactions.iter().map(|transaction| json!([transaction])).collect();
            let start = Instant::now();
            node.batch("eth_sendRawTransaction", &sent)?;
            node.call("evm_mine", &json!([]))?;
            taken += start.elapsed();
            let mined = node.call("eth_getBlockByNumber", &json!(["latest", false]))?;
            if mined["gasUsed"] != json!(format!("{:#x}", block.gas_used)) {
                return Err(format!("a block used {} gas, not {:#x}", mined["gasUsed"], block.gas_used));
            }
        }
        Ok(self.gas() as f64 / 1e6 / taken.as_secs_f64()) // CAST: far below 2^53
    }

    /// Of measurements, if there are any.
    fn figure(&self, name: &str, rates: &mut [f64]) -> Option<Figure> {
        rates.sort_by(f64::total_cmp);
        let (min, max) = (rates.first()?, rates.last()?);
        Some(Figure {
            name: format!("{name} {}", self.what),
            mgas_per_second: rounded(median(rates)),
            min_mgas_per_second: rounded(*min),
            max_mgas_per_second: rounded(*max),
            runs: rates.len(),
            blocks: self.blocks.len(),
            gas: self.gas(),
        })
    }
}

/// `10 blocks imported, 0 known already, 0.5 s, 612.3 Mgas/s; head is ...`
fn speed(said: &str, blocks: usize) -> Option<f64> {
    let line = said.lines().last()?.strip_prefix(&format!("{blocks} blocks imported, "))?;
    line.split(", ").nth(2)?.split_once(" Mgas/s")?.0.parse().ok()
}

fn table(figures: &[Figure]) -> String {
    let mut text =
        "| row | Mgas/s | min | max | runs | Mgas of all blocks |\n|---|---|---|---|---|---|\n".to_string();
    for Figure { name, mgas_per_second, min_mgas_per_second, max_mgas_per_second, runs, gas, .. } in figures {
        let _ = writeln!(
            text,
            "| {name} | {mgas_per_second:.1} | {min_mgas_per_second:.1} | {max_mgas_per_second:.1} | {runs} | {} |",
            gas / 1_000_000
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_arguments_are_refused_with_what_is_allowed() {
        assert!(parse(&["--json", "--runs", "3"]).is_ok_and(|options| options.json && options.runs == 3));
        let cases: [(&[&str], &str); 3] = [
            (&["--runs", "0"], "1 to 1000, not 0"),
            (&["--runs"], "bench blocks does not take --runs"),
            (&["--peers"], "bench blocks does not take --peers"),
        ];
        for (options, part) in cases {
            match parse(options) {
                Err(Failure::Usage(message)) => assert!(message.contains(part), "{options:?}: {message}"),
                _ => panic!("{options:?} was not refused as usage"),
            }
        }
    }

    #[test]
    fn the_closing_line_of_an_import_is_read() {
        let line =
            "block 3\n10 blocks imported, 0 known already, 0.5 s, 612.3 Mgas/s; head is block 10 (0x12)\n";
        assert_eq!(speed(line, 10), Some(612.3));
        assert_eq!(speed(line, 9), None);
        assert_eq!(speed("10 blocks imported, 0 known already", 10), None);
    }

    #[test]
    fn figures_have_median_and_spread_and_the_promised_keys() {
        let blocks =
            vec![Block { gas_used: 7, transactions: vec![] }, Block { gas_used: 5, transactions: vec![] }];
        let chain = Chain { folder: PathBuf::new(), what: "work", blocks };
        assert!(chain.figure("anvil", &mut []).is_none());
        let figure = chain.figure("sero", &mut [30.0, 10.0, 20.0]).expect("a figure");
        let json = serde_json::to_value(&figure).expect("JSON");
        let expected = json!({
            "name": "sero work", "mgas_per_second": 20.0, "min_mgas_per_second": 10.0, "max_mgas_per_second": 30.0,
            "runs": 3, "blocks": 2, "gas": 12,
        });
        assert_eq!(json, expected);
    }
}
