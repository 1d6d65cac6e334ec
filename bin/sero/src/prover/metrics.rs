//! Numbers for Prometheus, in its text form. Nothing in them depends on what is proven.

use super::queue::Counts;
use super::refusal::Refusal;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, milliseconds.
const BUCKETS_MS: [u64; 12] = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

/// Counted since the start.
#[derive(Default)]
pub struct Metrics {
    requests: AtomicU64,
    refused: [AtomicU64; Refusal::CODES.len()],
    gone: AtomicU64,
    spend_proofs: AtomicU64,
    output_proofs: AtomicU64,
    waited: Histogram,
    proving: Histogram,
}

#[derive(Default)]
struct Histogram {
    /// One more for what is longer than all.
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
    sum_ms: AtomicU64,
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Metrics {
    /// Somebody wants proofs.
    pub fn asked(&self) {
        add(&self.requests, 1);
    }

    /// Somebody was refused something.
    pub fn refused(&self, refusal: &Refusal) {
        add(&self.refused[refusal.number()], 1);
    }

    /// A client went away before its answer.
    pub fn gone(&self) {
        add(&self.gone, 1);
    }

    /// A request was proven.
    pub fn proved(&self, spends: usize, outputs: usize, waited: Duration, took: Duration) {
        add(&self.spend_proofs, spends as u64);
        add(&self.output_proofs, outputs as u64);
        self.waited.record(waited);
        self.proving.record(took);
    }

    /// Spend and Output proofs.
    pub fn proofs(&self) -> (u64, u64) {
        (read(&self.spend_proofs), read(&self.output_proofs))
    }

    /// The text.
    pub fn text(&self, counts: Counts, places: usize) -> String {
        let mut out = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, u64)]| {
            // Writing to a string does not fail.
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (suffix, value) in lines {
                let _ = writeln!(out, "{name}{suffix} {value}");
            }
        };
        let one = |value: u64| [(String::new(), value)];
        metric("sero_prover_requests_total", "counter", "Requests for proofs.", &one(read(&self.requests)));
        let refused = Refusal::CODES.iter().zip(&self.refused);
        let refused: Vec<_> =
            refused.map(|(code, count)| (format!("{{reason=\"{code}\"}}"), read(count))).collect();
        metric("sero_prover_refused_total", "counter", "Refused, by reason.", &refused);
        let help = "Clients that went away before their answer.";
        metric("sero_prover_gone_total", "counter", help, &one(read(&self.gone)));
        let circuit = |name: &str, count| (format!("{{circuit=\"{name}\"}}"), read(count));
        let proofs = [circuit("spend", &self.spend_proofs), circuit("output", &self.output_proofs)];
        metric("sero_prover_proofs_total", "counter", "Proofs made.", &proofs);
        let state = |name: &str, count: usize| (format!("{{state=\"{name}\"}}"), count as u64);
        let queue = [
            state("reading", counts.reading),
            state("waiting", counts.waiting),
            state("running", counts.running),
        ];
        metric("sero_prover_queue", "gauge", "Requests that are here now.", &queue);
        metric(
            "sero_prover_queue_places",
            "gauge",
            "Requests that may be read or wait.",
            &one(places as u64),
        );
        self.waited.write(&mut out, "sero_prover_wait_seconds", "From a request to its turn.");
        self.proving.write(&mut out, "sero_prover_proving_seconds", "All proofs of a request.");
        out
    }
}

impl Histogram {
    fn record(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_MS.iter().position(|bound| ms <= *bound).unwrap_or(BUCKETS_MS.len());
        add(&self.buckets[bucket], 1);
        add(&self.sum_ms, ms);
    }

    fn write(&self, out: &mut String, name: &str, help: &str) {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
        let mut total = 0;
        for (i, count) in self.buckets.iter().enumerate() {
            total += read(count);
            let bound = BUCKETS_MS.get(i).map_or("+Inf".into(), |ms| seconds(*ms));
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {total}");
        }
        let _ = writeln!(out, "{name}_sum {}\n{name}_count {total}", seconds(read(&self.sum_ms)));
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
