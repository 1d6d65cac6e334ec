//! `sero import`: blocks of an Ethereum chain from a file, through the same code as this chain's own.

use crate::interrupt::Interrupts;
use crate::terminal::{Failure, data, message};
use clap::Args;
use sero_chain::{Chain, ChainExecutor, ChainSpec, Verdict};
use sero_execution::KeyFiles;
use sero_primitives::Block;
use sero_primitives::ethereum::EthereumGenesis;
use sero_storage::{Storage, StorageOptions};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Options of `sero import`.
#[derive(Args)]
pub struct ImportArgs {
    /// Genesis file, as geth takes it.
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    /// Blocks in RLP, one behind the other, from block 1 on or from any that is known already.
    #[arg(long, value_name = "FILE")]
    chain: PathBuf,
    /// Stop behind this block, though the file may have more.
    #[arg(long, value_name = "NUMBER")]
    until: Option<u64>,
    /// Where the chain is kept.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Keep the states of so many blocks before the last one; without it, of all (an archive).
    #[arg(long, value_name = "BLOCKS")]
    keep_states: Option<u64>,
}

/// Imports until the end of the file, an invalid block, or an interruption. Every block is durable before the next.
pub fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let read = |file: &PathBuf| fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
    let json = String::from_utf8(read(&args.genesis)?).map_err(|error| error.to_string())?;
    let genesis =
        EthereumGenesis::from_json(&json).map_err(|error| format!("{}: {error}", args.genesis.display()))?;
    let blocks = read(&args.chain)?;
    let options = StorageOptions { states: args.keep_states, ..Default::default() };
    let storage = Storage::open(&args.data_dir, options)?;
    let chain = Chain::open(storage, ChainSpec::from(genesis), &KeyFiles::new([]))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = runtime.block_on(async { Interrupts::caught() })?;
    let mut stop = || runtime.block_on(interrupts.came());
    import(&chain, &blocks, args.until.unwrap_or(u64::MAX), &mut stop)
}

fn import(
    chain: &Chain,
    blocks: &[u8],
    until: u64,
    stop: &mut dyn FnMut() -> bool,
) -> Result<ExitCode, Failure> {
    let (start, mut told) = (Instant::now(), Instant::now());
    let (mut rest, mut imported, mut known, mut gas) = (blocks, 0u64, 0u64, 0u64);
    let mut stopped = false;
    while !rest.is_empty() {
        stopped = stop();
        if stopped {
            break;
        }
        let at = blocks.len() - rest.len();
        let block = match Block::decode_first(&mut rest) {
            Ok(block) => block,
            Err(error) => {
                message(format!("byte {at}, after block {}: {error}", chain.head().header.number));
                return Ok(ExitCode::FAILURE);
            }
        };
        let (number, hash) = (block.header.number, block.hash());
        if number > until {
            break;
        }
        if chain.block_hash(number)? == Some(hash) {
            known += 1;
            continue;
        }
        let head = chain.head();
        if block.header.parent_hash != head.hash {
            let reason = format!("its parent is {}, the head is {}", block.header.parent_hash, head.hash);
            return Ok(refused(number, hash, &reason));
        }
        match chain.execute(&block)? {
            Verdict::Valid(executed) => chain.finalize(executed.hash())?,
            Verdict::Invalid(error) => return Ok(refused(number, hash, &error.to_string())),
        }
        imported += 1;
        gas += block.header.gas_used;
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            message(format!("block {number}"));
        }
    }
    let head = chain.head();
    let seconds = start.elapsed().as_secs_f64();
    let speed = gas as f64 / 1e6 / seconds.max(f64::EPSILON); // CAST: shown with one digit
    data(format!(
        "{imported} blocks imported, {known} known already, {seconds:.1} s, {speed:.1} Mgas/s; head is block {} ({})",
        head.header.number, head.hash
    ));
    Ok(if stopped { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn refused(number: u64, hash: alloy_primitives::B256, reason: &str) -> ExitCode {
    message(format!("block {number} ({hash}) is invalid: {reason}"));
    ExitCode::FAILURE
}
