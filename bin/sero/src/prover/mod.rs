//! `sero prover serve`: makes proofs for wallets that trust this machine with
//! what they do, and not with their spending keys (docs/spec/13-proving-service.md).

mod answer;
mod metrics;
mod queue;
mod refusal;
mod server;
mod tokens;
mod work;

use crate::interrupt::Interrupts;
use crate::terminal::{Failure, data, message};
use crate::wallet;
use clap::{Args, Subcommand};
use metrics::Metrics;
use queue::Queue;
use sero_circuits::{ProvingKeys, REQUEST_LEN_MAX, REQUEST_LEN_MIN};
use sero_wallet::{Network, Prover as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokens::Tokens;
use tokio::net::TcpListener;
use work::Task;

/// Options of `sero prover`.
#[derive(Args)]
pub struct ProverArgs {
    #[command(subcommand)]
    command: ProverCommand,
}

#[derive(Subcommand)]
enum ProverCommand {
    /// Make proofs for wallets, over HTTP. It sees what their tracing keys see, and cannot spend.
    Serve(ServeArgs),
}

/// Options of `sero prover serve`.
#[derive(Args)]
struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one. Speaks plain HTTP: for other machines,
    /// put a TLS proxy or a tunnel in front.
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8547)))]
    listen: SocketAddr,
    /// File with the bearer tokens of the clients, one a line, 16 to 256 visible characters each.
    /// Needed unless --listen is a loopback address.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Requests that may wait; the next is told to come again. With several tokens, none gets more than half.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    queue: u16,
    /// Threads that prove; all processors unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Longest request; the longest there is, 16 spends and 16 outputs, unless given.
    #[arg(long, value_name = "BYTES", default_value_t = REQUEST_LEN_MAX)]
    max_request: usize,
    /// Longest time from a request to its answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
    /// Keep smaller tables: about 45 MiB less, and proofs take longer.
    #[arg(long)]
    low_memory: bool,
    /// Make proofs by the same steps and the same reads of memory whatever is proven, for a machine that is shared
    /// with others; it takes longer.
    #[arg(long, conflicts_with = "low_memory")]
    shared_machine: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What every request needs.
struct Service {
    keys: ProvingKeys,
    key_hashes: [alloy_primitives::B256; 2],
    pool: rayon::ThreadPool,
    tokens: Tokens,
    queue: Arc<Queue<Task>>,
    metrics: Metrics,
    max_request: usize,
    timeout: Duration,
}

/// Runs one command.
pub fn run(args: &ProverArgs) -> Result<ExitCode, Failure> {
    let ProverCommand::Serve(args) = &args.command;
    let tokens = tokens(args)?;
    if !(REQUEST_LEN_MIN..=REQUEST_LEN_MAX).contains(&args.max_request) {
        let found = args.max_request;
        return Err(format!(
            "--max-request {found}: {REQUEST_LEN_MIN} to {REQUEST_LEN_MAX} bytes are allowed"
        )
        .into());
    }
    let threads = match args.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listen = |error| format!("--listen {}: {error}", args.listen);
    let listener = runtime.block_on(TcpListener::bind(args.listen)).map_err(listen)?;
    let keys = wallet::proving_keys(Network::Dev, wallet::mode(args.low_memory, args.shared_machine))?;
    // A proof has about four parts that run at once, and a request four proofs.
    let at_once = threads.div_ceil(4);
    let service = Arc::new(Service {
        key_hashes: keys.key_hashes()?,
        keys,
        pool: rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("prover-{i}"))
            .build()?,
        queue: Queue::new(args.queue.into(), at_once, tokens.clients()),
        tokens,
        metrics: Metrics::default(),
        max_request: args.max_request,
        timeout: Duration::from_secs(args.timeout.into()),
    });
    let interrupts = runtime.block_on(async { Interrupts::caught() })?;
    announce(args, &service, listener.local_addr()?, threads);
    let ended = runtime.block_on(server::serve(listener, service, interrupts));
    // Whatever a second signal has left running ends with the process.
    runtime.shutdown_background();
    ended?;
    message("stopped");
    Ok(ExitCode::SUCCESS)
}

fn tokens(args: &ServeArgs) -> Result<Tokens, Failure> {
    match &args.token_file {
        Some(path) => Ok(Tokens::read(path)?),
        None if args.listen.ip().is_loopback() => Ok(Tokens::none()),
        None => Err(format!(
            "--token-file is needed: --listen {} can be reached from other machines, and only a loopback \
             address does without",
            args.listen
        )
        .into()),
    }
}

fn announce(args: &ServeArgs, service: &Service, address: SocketAddr, threads: usize) {
    let url = format!("http://{address}");
    if args.token_file.is_none() {
        message("no --token-file: every user and program of this machine can have proofs made here");
    }
    if args.json {
        let [spend, output] = service.key_hashes;
        data(serde_json::json!({
            "prover": url, "keys": { "spend": spend, "output": output }, "threads": threads,
            "queue": args.queue,
        }));
        return;
    }
    data(format!("Proving service   {url}"));
    data(format!("Threads           {threads}"));
    data(format!("Queue             {} requests, each at most {} s", args.queue, args.timeout));
    data("Keys              development ones, for `dev` chains only");
}
