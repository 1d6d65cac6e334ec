//! The line protocol by which `cargo xtask bench` asks a program for one measurement at a time, so that
//! programs take turns. Standard library only: the peers' workspace compiles this file too.
//!
//! A line of input is the name of a row. The answer is one line: wall time in ms, processor time of all
//! threads in ms, and the most memory that the process has had in MiB, by blanks, the last two `-` where the
//! system does not tell; or `error: ` and why there is none. The first line for a row also prepares it,
//! outside the time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

/// Measures a row once.
pub type Row = Box<dyn FnMut() -> Result<Taken, String>>;

/// What a piece of work took.
#[derive(Clone, Copy)]
pub struct Taken {
    wall: Duration,
    /// Of all threads together; in steps of 10 ms.
    processor: Option<Duration>,
}

/// Does `work`, and says what it took.
pub fn measure<T>(work: impl FnOnce() -> T) -> (Taken, T) {
    let (before, started) = (processor_time(), Instant::now());
    let result = work();
    let wall = started.elapsed();
    let processor = before.zip(processor_time()).map(|(before, after)| after.saturating_sub(before));
    (Taken { wall, processor }, result)
}

/// Answers until the input ends. `prepare` makes the row of a name.
pub fn serve(mut prepare: impl FnMut(&str) -> Result<Row, String>) -> io::Result<()> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for line in io::stdin().lock().lines() {
        let name = line?;
        if !rows.contains_key(&name) {
            match prepare(&name) {
                Ok(row) => drop(rows.insert(name.clone(), row)),
                Err(error) => {
                    answer(&format!("error: {error}"))?;
                    continue;
                }
            }
        }
        let taken = rows.get_mut(&name).map(|row| row());
        match taken {
            Some(Ok(taken)) => answer(&taken.to_line(peak_mib()))?,
            Some(Err(error)) => answer(&format!("error: {error}"))?,
            None => answer("error: no such row")?,
        }
    }
    Ok(())
}

impl Taken {
    fn to_line(self, peak_mib: Option<f64>) -> String {
        let or_dash = |number: Option<f64>| number.map_or("-".to_string(), |number| format!("{number:.3}"));
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        format!("{:.6} {} {}", ms(self.wall), or_dash(self.processor.map(ms)), or_dash(peak_mib))
    }
}

fn answer(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Most memory this process has had, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

/// User and system time of all threads so far, those that ended included, where the system tells.
fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, field 2, may hold blanks; it ends with the last parenthesis. Times are fields 14 and 15, in hundredths.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}
