//! `cargo xtask assure [spend|output]` and `cargo xtask assure --planted`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use sero_circuits::assure::{FULL, PLANTED, assure, planted};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut say = |line: String| println!("{line}");
    let tally = match args.as_slice() {
        [] => assure(None, &FULL, &mut say),
        ["--planted"] => Some(planted(&PLANTED, &mut say)),
        [circuit] => assure(Some(circuit), &FULL, &mut say),
        _ => None,
    };
    let Some(tally) = tally else {
        eprintln!("usage: assure [spend|output|--planted]");
        return ExitCode::from(2);
    };
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
