//! A program that measures one row at a time when asked: the other end of `crates/bench/src/line.rs`.

use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    pub wall_ms: f64,
    /// Of all threads together, where the system tells.
    pub processor_ms: Option<f64>,
    /// Most that the process has had so far, where the system tells.
    pub peak_mib: Option<f64>,
}

/// A started program; dropping it ends the process.
pub struct Runner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Runner {
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |error: &dyn std::fmt::Display| format!("cannot start {name}: {error}");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| failed(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err(failed(&"no pipes")),
        }
    }

    /// Has the row measured once.
    pub fn ask(&mut self, row: &str) -> Result<Answer, String> {
        match self.exchange(row) {
            Ok(line) if !line.is_empty() => Answer::read(line.trim_end()),
            _ => Err("the program ended".into()),
        }
    }

    fn exchange(&mut self, row: &str) -> io::Result<String> {
        writeln!(self.input, "{row}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line)
    }
}

impl Answer {
    pub fn read(line: &str) -> Result<Self, String> {
        if let Some(error) = line.strip_prefix("error: ") {
            return Err(error.into());
        }
        let unreadable = || format!("`{line}` is no answer");
        let [wall, processor, peak] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(unreadable());
        };
        let known = |text: &str| match text {
            "-" => Ok(None),
            text => text.parse().map(Some).map_err(|_| unreadable()),
        };
        Ok(Self {
            wall_ms: wall.parse().map_err(|_| unreadable())?,
            processor_ms: known(processor)?,
            peak_mib: known(peak)?,
        })
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // An error means that it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
