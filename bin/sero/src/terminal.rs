//! What people see: data on standard output, everything else on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the program's face")]

use std::error::Error;
use std::io::Write;

/// `text` without what could move the cursor or turn the writing direction:
/// names, memos and revert reasons come from strangers.
fn clean(text: &str) -> String {
    let odd = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c as u32, 0xad | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
    };
    text.chars().map(|c| if odd(c) { '\u{fffd}' } else { c }).collect()
}

/// Any error on its way to the terminal.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Data: one line on standard output. A closed pipe ends the program quietly.
pub fn data(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{}", clean(&line.to_string())).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Data that is shown once and must not be lost: a closed pipe is an error.
pub fn precious_data(line: impl std::fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A message: one line on standard error.
pub fn message(line: impl std::fmt::Display) {
    eprintln!("{}", clean(&line.to_string()));
}

/// The last word of a failed command, with its causes.
pub fn error(error: &Failure) {
    eprintln!("error: {}", clean(&error.to_string()));
    let mut cause = error.source();
    let mut said = error.to_string();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            eprintln!("  caused by: {}", clean(&text));
        }
        said = text;
        cause = error.source();
    }
}
