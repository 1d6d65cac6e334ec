//! From measurements to figures, and how figures are printed.

use super::runner::Answer;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// Steps in which systems count processor time, ms.
const TICK_MS: f64 = 10.0;

/// What a row comes to. The fields are the keys of the JSON.
#[derive(Serialize, Clone, Debug, PartialEq)]
pub struct Figure {
    pub name: String,
    pub threads: u32,
    pub median_ms: f64,
    pub min_ms: f64,
    pub max_ms: f64,
    pub runs: usize,
    /// Most memory of the process that measured this row and no other; null where the system does not tell.
    pub peak_mib: Option<f64>,
}

/// The measurements of a row.
#[derive(Default)]
pub struct Samples {
    first: Option<Answer>,
    others: Vec<Answer>,
}

impl Samples {
    pub fn add(&mut self, answer: Answer) {
        match self.first {
            None => self.first = Some(answer),
            Some(_) => self.others.push(answer),
        }
    }

    /// Median, spread and memory; the first measurement, which warms up, counts for memory alone. Refuses
    /// measurements that kept more processors busy than `threads`.
    pub fn figure(&self, name: &str, threads: u32) -> Result<Figure, String> {
        let mut times: Vec<f64> = self.others.iter().map(|answer| answer.wall_ms).collect();
        times.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (times.first(), times.last()) else {
            return Err(format!("{name}: no measurements"));
        };
        let busy: Option<f64> = self.others.iter().map(|answer| answer.processor_ms).sum();
        let wall: f64 = times.iter().sum();
        let slack = 0.1 * wall + TICK_MS * times.len() as f64;
        if let Some(busy) = busy.filter(|busy| *busy > f64::from(threads) * wall + slack) {
            return Err(format!(
                "{name}: {:.1} processors were busy, {threads} allowed: not comparable",
                busy / wall
            ));
        }
        let peaks = self.first.iter().chain(&self.others).filter_map(|answer| answer.peak_mib);
        Ok(Figure {
            name: name.into(),
            threads,
            median_ms: rounded(median(&times)),
            min_ms: rounded(*min),
            max_ms: rounded(*max),
            runs: times.len(),
            peak_mib: peaks.reduce(f64::max).map(rounded),
        })
    }
}

/// To a thousandth.
pub fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// An array of objects, one for each figure and perhaps one of sizes.
pub fn json(figures: &[Figure], sizes: Option<&Value>) -> Result<String, String> {
    let rows = figures.iter().map(serde_json::to_value).chain(sizes.map(|sizes| Ok(sizes.clone())));
    let rows: Result<Vec<Value>, _> = rows.collect();
    rows.and_then(|rows| serde_json::to_string_pretty(&rows)).map_err(|error| error.to_string())
}

/// Sizes as a table of their own.
pub fn sizes(sizes: &Value) -> String {
    let mut text = "\n| size | |\n|---|---|\n".to_string();
    for (name, value) in sizes.as_object().into_iter().flatten().filter(|(name, _)| *name != "name") {
        let _ = writeln!(text, "| {} | {value} |", name.replace('_', " "));
    }
    text
}

/// The middle of sorted numbers, of which there is at least one.
pub fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// The table, with the first measurement of each process, cold, as a last column.
pub fn table(figures: &[Figure], samples: &[Samples]) -> String {
    let mut text =
        "| name | threads | median ms | min ms | max ms | runs | peak MiB | cold ms |\n".to_string();
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for (figure, samples) in figures.iter().zip(samples) {
        let Figure { name, threads, median_ms, min_ms, max_ms, runs, peak_mib } = figure;
        let peak = peak_mib.map_or("-".to_string(), |peak| format!("{peak:.0}"));
        let cold = samples.first.map_or("-".to_string(), |first| ms(first.wall_ms));
        let (median, min, max) = (ms(*median_ms), ms(*min_ms), ms(*max_ms));
        let _ =
            writeln!(text, "| {name} | {threads} | {median} | {min} | {max} | {runs} | {peak} | {cold} |");
    }
    text
}

/// Three figures or more.
fn ms(number: f64) -> String {
    let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    format!("{number:.digits$}")
}
