//! What a run says at its end.

use std::fmt;
use std::time::Duration;

/// Read from libFuzzer's log and the last line of `sero-fuzz`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    executions: u64,
    decoded: u64,
    /// Edges of the control flow that some input took.
    edges: u64,
    /// Inputs that each reached something new.
    corpus: u64,
    /// MiB at most.
    memory: u64,
    time: Duration,
}

impl Report {
    /// `None` if something is missing.
    pub fn read(log: &str, output: &str, time: Duration) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let done = log.lines().rev().find(|line| line.contains("DONE") && line.contains(" cov: "))?;
        let after = |name: &str| done.split(name).nth(1)?.split([' ', '/']).find(|word| !word.is_empty());
        let stat = |name: &str| log.lines().find_map(|line| number(line.strip_prefix(name)?));
        let (decoded, executions) = output.lines().last()?.strip_prefix("decoded ")?.split_once(" of ")?;
        Some(Self {
            executions: number(executions)?,
            decoded: number(decoded)?,
            edges: number(after(" cov: ")?)?,
            corpus: number(after(" corp: ")?)?,
            memory: stat("stat::peak_rss_mb:")?,
            time,
        })
    }

    fn share(&self) -> f64 {
        100.0 * self.decoded as f64 / self.executions.max(1) as f64
    }

    /// As many executions as asked for, and enough inputs decoded.
    pub fn check(&self, runs: u64, decoded_min: f64) -> Result<(), String> {
        if self.executions < runs {
            return Err(format!("{} executions of {runs}", self.executions));
        }
        if self.edges == 0 {
            return Err("no coverage: the program was built without counters".into());
        }
        if self.share() < decoded_min {
            return Err(format!("{self}: at least {decoded_min:.0} % must decode"));
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let speed = self.executions as f64 / self.time.as_secs_f64().max(1e-3);
        write!(
            f,
            "{:>10} executions {speed:>8.0}/s {:>6} edges {:>5.1} % decoded {:>5} in corpus {:>4} MiB {:>5.0} s",
            self.executions,
            self.edges,
            self.share(),
            self.corpus,
            self.memory,
            self.time.as_secs_f64(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
INFO: Loaded 1 modules   (12 inline 8-bit counters): 12 [0x1, 0x2),
#2      INITED cov: 7 ft: 9 corp: 1/1b exec/s: 0 rss: 30Mb
#1000   DONE   cov: 345 ft: 678 corp: 90/12Kb lim: 4096 exec/s: 500 rss: 40Mb
Done 1000 runs in 2 second(s)
stat::number_of_executed_units: 1000
stat::peak_rss_mb:              41
";

    fn report(output: &str) -> Option<Report> {
        Report::read(LOG, output, Duration::from_secs(2))
    }

    #[test]
    fn a_whole_log_is_read() {
        let report = report("decoded 250 of 1000\n").unwrap();
        assert_eq!((report.executions, report.decoded, report.edges), (1000, 250, 345));
        assert_eq!((report.corpus, report.memory), (90, 41));
        assert_eq!(report.check(1000, 10.0), Ok(()));
        let line = report.to_string();
        for part in ["1000 executions", "500/s", "345 edges", "25.0 % decoded", "90 in corpus"] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }

    #[test]
    fn too_few_of_anything_fail() {
        assert!(
            report("decoded 99 of 1000\n").unwrap().check(1000, 10.0).unwrap_err().contains("must decode")
        );
        assert!(report("decoded 250 of 1000\n").unwrap().check(1001, 10.0).unwrap_err().contains("of 1001"));
        let without = LOG.replace("cov: 345", "cov: 0");
        let without = Report::read(&without, "decoded 250 of 1000", Duration::ZERO).unwrap();
        assert!(without.check(1000, 10.0).unwrap_err().contains("no coverage"));
    }

    #[test]
    fn half_a_log_is_none() {
        assert_eq!(report(""), None);
        assert_eq!(Report::read("nothing", "decoded 1 of 1", Duration::ZERO), None);
    }
}
