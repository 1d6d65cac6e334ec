//! From measurements to figures, and how figures are printed.

use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// One measurement of a row on a node.
pub struct Measurement {
    /// From the first request until the last is done with.
    pub elapsed: Duration,
    /// Of each request.
    pub latencies: Vec<Duration>,
}

/// What a row on a node comes to. The fields are the keys of the JSON.
#[derive(Serialize, Clone, Debug, PartialEq)]
pub struct Figure {
    /// The node, a blank, and what was measured.
    pub name: String,
    /// Connections that asked at the same time.
    pub connections: usize,
    /// Of each measurement.
    pub requests: usize,
    pub runs: usize,
    /// Requests each second: the median of the measurements, the least and the most.
    pub per_second: f64,
    pub min_per_second: f64,
    pub max_per_second: f64,
    /// What half of the requests took at most: the median of the measurements.
    pub p50_ms: f64,
    /// What 99 of 100 requests took at most: the median of the measurements.
    pub p99_ms: f64,
}

impl Figure {
    /// Medians and spread. There is at least one measurement, and each has at least one request.
    pub fn of(node: &str, row: &str, connections: usize, measurements: &[Measurement]) -> Self {
        let medians = |what: &dyn Fn(&Measurement) -> f64| sorted(measurements.iter().map(what).collect());
        let rates = medians(&|one| one.latencies.len() as f64 / one.elapsed.as_secs_f64()); // CAST: far below 2^53
        let quantile = |part: f64| {
            median(&medians(&|one| {
                let latencies = one.latencies.iter().map(|latency| latency.as_secs_f64() * 1e3);
                nearest(&sorted(latencies.collect()), part)
            }))
        };
        Self {
            name: format!("{node} {row}"),
            connections,
            requests: measurements[0].latencies.len(),
            runs: measurements.len(),
            per_second: rounded(median(&rates)),
            min_per_second: rounded(rates[0]),
            max_per_second: rounded(rates[rates.len() - 1]),
            p50_ms: rounded(quantile(0.5)),
            p99_ms: rounded(quantile(0.99)),
        }
    }
}

fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// Of sorted numbers, at least one.
fn median(numbers: &[f64]) -> f64 {
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { (numbers[middle - 1] + numbers[middle]) / 2.0 }
}

/// The least of sorted numbers that so great a part of them does not exceed.
fn nearest(numbers: &[f64], part: f64) -> f64 {
    let rank = (numbers.len() as f64 * part).ceil() as usize; // CAST: between 0 and the count
    numbers[rank.clamp(1, numbers.len()) - 1]
}

/// To a thousandth.
fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// An array of objects.
pub fn json(figures: &[Figure]) -> Result<String, String> {
    serde_json::to_string_pretty(figures).map_err(|error| error.to_string())
}

/// The figures, and how the first node does beside the others.
pub fn tables(nodes: &[&str], rows: &[&str], figures: &[Figure]) -> String {
    let mut text =
        "| row | each second | min | max | p50 ms | p99 ms |\n|---|---|---|---|---|---|\n".to_string();
    for figure in figures {
        let Figure { name, per_second, min_per_second, max_per_second, p50_ms, p99_ms, .. } = figure;
        let _ = writeln!(
            text,
            "| {name} | {per_second:.0} | {min_per_second:.0} | {max_per_second:.0} | {p50_ms:.2} | {p99_ms:.2} |"
        );
    }
    let Some((first, others)) = nodes.split_first().filter(|(_, others)| !others.is_empty()) else {
        return text;
    };
    text.push_str("\n| each second, medians | ratio |\n|---|---|\n");
    let rate = |node: &str, row: &str| {
        let name = format!("{node} {row}");
        figures.iter().find(|figure| figure.name == name).map(|figure| figure.per_second)
    };
    for row in rows {
        for other in others {
            if let Some((ours, theirs)) = rate(first, row).zip(rate(other, row)) {
                let _ = writeln!(text, "| {row}: {first} / {other} | {:.2} |", ours / theirs);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn measurement(seconds: u64, latencies_ms: &[u64]) -> Measurement {
        let latencies = latencies_ms.iter().map(|ms| Duration::from_millis(*ms)).collect();
        Measurement { elapsed: Duration::from_secs(seconds), latencies }
    }

    #[test]
    fn medians_and_spread_are_of_the_measurements() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let all = [measurement(10, &hundred), measurement(5, &hundred), measurement(20, &[7; 100])];
        let figure = Figure::of("a", "row", 4, &all);
        assert_eq!((figure.per_second, figure.min_per_second, figure.max_per_second), (10.0, 5.0, 20.0));
        assert_eq!((figure.p50_ms, figure.p99_ms), (50.0, 99.0));
        assert_eq!((figure.requests, figure.runs, figure.connections), (100, 3, 4));
        assert_eq!(Figure::of("a", "row", 4, &all[..2]).per_second, 15.0);
        let one = Figure::of("a", "row", 1, &[measurement(1, &[3])]);
        assert_eq!((one.per_second, one.p50_ms, one.p99_ms), (1.0, 3.0, 3.0));
    }

    #[test]
    fn json_has_the_promised_keys() {
        let text = json(&[Figure::of("a", "row", 1, &[measurement(1, &[3])])]).expect("JSON");
        let rows: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&text).expect("objects");
        let promised = [
            "name",
            "connections",
            "requests",
            "runs",
            "per_second",
            "min_per_second",
            "max_per_second",
            "p50_ms",
            "p99_ms",
        ];
        assert_eq!(rows[0].keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(promised));
    }

    #[test]
    fn the_first_node_is_compared_with_each_other() {
        let figures = ["a", "b", "c"].map(|node| {
            let seconds = if node == "a" { 1 } else { 4 };
            Figure::of(node, "row", 1, &[measurement(seconds, &[3])])
        });
        let text = tables(&["a", "b", "c"], &["row"], &figures);
        assert!(text.contains("| a row | 1 | 1 | 1 | 3.00 | 3.00 |"), "{text}");
        assert!(text.contains("| row: a / b | 4.00 |") && text.contains("| row: a / c | 4.00 |"), "{text}");
        assert!(!tables(&["a"], &["row"], &figures[..1]).contains("ratio"));
    }
}
