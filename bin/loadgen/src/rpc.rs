//! `loadgen rpc`: the rows, and the rounds in which nodes take turns.

mod reads;
mod stage;
mod transfers;

use crate::figures::{self, Figure, Measurement};
use clap::Args;
use reads::READS;
use stage::{SENDERS, Stage};
use std::net::SocketAddr;
use transfers::{TRANSFERS, TransferRow};

/// Most transfers of a sender in one measurement: pools hold 64 nonces ahead of an account.
const TRANSFERS_EACH_MAX: usize = 60;

/// Options of `loadgen rpc`.
#[derive(Args)]
pub struct RpcArgs {
    /// A node and where it listens; the first is compared with each other one.
    #[arg(long = "node", value_name = "NAME=http://HOST:PORT", required = true, value_parser = node)]
    nodes: Vec<(String, SocketAddr)>,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 8, value_parser = between(1, SENDERS))]
    connections: usize,
    /// Measurements of each row after the first, which warms up.
    #[arg(long, default_value_t = 10, value_parser = between(1, 1_000))]
    runs: usize,
    /// Requests in one measurement of the lightest row; heavier rows have fewer.
    #[arg(long, default_value_t = 4_000, value_parser = between(100, 1_000_000))]
    requests: usize,
    /// Only rows whose names contain this.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    only: String,
    /// Print figures as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// A line of the table.
enum Row {
    Read(&'static reads::Read),
    Transfer(&'static TransferRow),
}

impl Row {
    fn name(&self) -> &'static str {
        match self {
            Self::Read(read) => read.name,
            Self::Transfer(row) => row.name,
        }
    }
}

fn all_rows() -> impl Iterator<Item = Row> {
    READS.iter().map(Row::Read).chain(TRANSFERS.iter().map(Row::Transfer))
}

/// Measures and prints.
pub fn run(args: &RpcArgs) -> Result<(), String> {
    let names: Vec<&str> = args.nodes.iter().map(|(name, _)| &**name).collect();
    let rows: Vec<Row> = all_rows().filter(|row| row.name().contains(&args.only)).collect();
    if rows.is_empty() {
        let all: Vec<&str> = all_rows().map(|row| row.name()).collect();
        return Err(format!("--only {}: no such row; there are {}", args.only, all.join(", ")));
    }
    let mut stages = Vec::new();
    for (name, address) in &args.nodes {
        eprintln!("{name}: sets the stage");
        stages.push(Stage::set(*address).map_err(|error| format!("{name}: {error}"))?);
    }
    let mut measured: Vec<Vec<Measurement>> = rows.iter().flat_map(|_| &names).map(|_| Vec::new()).collect();
    for round in 0..=args.runs {
        eprintln!("round {round} of {}", args.runs);
        for (row, measured) in rows.iter().zip(measured.chunks_mut(names.len())) {
            // Nobody is always the first.
            for turn in 0..names.len() {
                let at = (turn + round) % names.len();
                let measurement = measure(row, &mut stages[at], args, round)
                    .map_err(|error| format!("{} {}: {error}", names[at], row.name()))?;
                if round > 0 {
                    measured[at].push(measurement);
                }
            }
        }
    }
    let of = rows.iter().flat_map(|row| names.iter().map(move |name| (row, name)));
    let figures: Vec<Figure> = of
        .zip(&measured)
        .map(|((row, name), all)| Figure::of(name, row.name(), args.connections, all))
        .collect();
    if args.json {
        println!("{}", figures::json(&figures)?);
    } else {
        let rows: Vec<&str> = rows.iter().map(Row::name).collect();
        print!("{}", figures::tables(&names, &rows, &figures));
    }
    Ok(())
}

fn measure(row: &Row, stage: &mut Stage, args: &RpcArgs, round: usize) -> Result<Measurement, String> {
    match row {
        Row::Read(read) => {
            let each = args.requests.div_ceil(read.weight * args.connections);
            read.measure(stage, args.connections, each, round)
        }
        Row::Transfer(row) => {
            let each = args.requests.div_ceil(transfers::WEIGHT * SENDERS).min(TRANSFERS_EACH_MAX);
            row.measure(stage, args.connections, each)
        }
    }
}

fn node(text: &str) -> Result<(String, SocketAddr), String> {
    let expected = "a node is NAME=http://HOST:PORT, HOST an IP address, like sero=http://127.0.0.1:8545";
    let (name, url) = text.split_once('=').ok_or(expected)?;
    let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).ok_or(expected)?;
    if name.is_empty() {
        return Err(expected.into());
    }
    Ok((name.into(), address.parse().map_err(|_| expected)?))
}

fn between(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("a number from {least} to {most} is needed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RpcArgs,
    }

    fn parsed(options: &[&str]) -> Result<RpcArgs, String> {
        let line = Line::try_parse_from([&["loadgen"], options].concat());
        line.map(|line| line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn nodes_are_names_and_addresses() {
        let options = ["--node", "a=http://127.0.0.1:1", "--node", "b=http://[::1]:2/", "--runs", "3"];
        let args = parsed(&options).expect("good options");
        let expected = [("a", "127.0.0.1:1"), ("b", "[::1]:2")];
        let expected = expected.map(|(name, at)| (name.to_owned(), at.parse().expect("an address")));
        assert_eq!(args.nodes, expected);
        assert_eq!((args.runs, args.connections, args.requests, args.json), (3, 8, 4_000, false));
    }

    #[test]
    fn bad_options_are_refused_with_what_is_allowed() {
        const NODE: [&str; 2] = ["--node", "a=http://127.0.0.1:1"];
        let cases: [(&[&str], &str); 9] = [
            (&[], "--node"),
            (&["--node", "http://127.0.0.1:1"], "NAME=http://HOST:PORT"),
            (&["--node", "a=https://127.0.0.1:1"], "NAME=http://HOST:PORT"),
            (&["--node", "=http://127.0.0.1:1"], "NAME=http://HOST:PORT"),
            (&["--node", "a=http://127.0.0.1"], "NAME=http://HOST:PORT"),
            (&[NODE[0], NODE[1], "--connections", "0"], "1 to 40"),
            (&[NODE[0], NODE[1], "--connections", "41"], "1 to 40"),
            (&[NODE[0], NODE[1], "--runs", "1001"], "1 to 1000"),
            (&[NODE[0], NODE[1], "--requests", "99"], "100 to 1000000"),
        ];
        for (options, part) in cases {
            let error = parsed(options).err().unwrap_or_else(|| panic!("{options:?} was not refused"));
            assert!(error.contains(part), "{options:?}: {error}");
        }
    }

    #[test]
    fn rows_have_names_of_their_own() {
        let distinct: std::collections::BTreeSet<_> = all_rows().map(|row| row.name()).collect();
        assert_eq!(distinct.len(), all_rows().count());
    }
}
