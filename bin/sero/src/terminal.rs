//! What people see: data on standard output, everything else on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the program's face")]

use std::error::Error;
use std::io::Write;

/// Any error on its way to the terminal.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Data: one line on standard output. A closed pipe ends the program quietly.
pub fn data(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A message: one line on standard error.
pub fn message(line: impl std::fmt::Display) {
    eprintln!("{line}");
}

/// The last word of a failed command, with its causes.
pub fn error(error: &Failure) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    let mut said = error.to_string();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            eprintln!("  caused by: {text}");
        }
        said = text;
        cause = error.source();
    }
}
