//! What the demonstration prints.

use crate::terminal::{data, message};
use serde_json::{Map, Value, json};
use std::time::Instant;

/// A step's outcome, for the closing table.
struct Row {
    step: &'static str,
    ok: bool,
    ms: u128,
    summary: String,
}

/// Prints steps as they end, and a table at the end.
pub struct Report {
    json: bool,
    rows: Vec<Row>,
}

/// What a step found out.
#[derive(Default)]
pub struct Findings {
    /// The closing table's words.
    pub summary: String,
    /// Lines for people.
    pub lines: Vec<String>,
    /// Fields of the JSON object.
    pub fields: Map<String, Value>,
}

impl Findings {
    /// Adds a line.
    pub fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds a JSON field.
    pub fn field(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.into(), value.into());
    }
}

impl Report {
    pub fn new(json: bool) -> Self {
        Self { json, rows: Vec::new() }
    }

    /// A line while something works.
    pub fn progress(&self, line: &str) {
        message(format!("  .. {line}"));
    }

    /// Runs a step and prints it. Returns what it gave, unless it failed.
    pub fn step<T>(
        &mut self,
        step: &'static str,
        run: impl FnOnce(&Self, &mut Findings) -> Result<T, crate::terminal::Failure>,
    ) -> Option<T> {
        let start = Instant::now();
        let mut findings = Findings::default();
        let result = run(self, &mut findings);
        let ms = start.elapsed().as_millis();
        let error = result.as_ref().err().map(ToString::to_string);
        self.print(step, ms, &findings, error.as_deref());
        let summary = error.unwrap_or(findings.summary);
        self.rows.push(Row { step, ok: result.is_ok(), ms, summary });
        result.ok()
    }

    /// Runs something that is no step of the story; only its failure is printed.
    pub fn step_silently<T>(
        &mut self,
        step: &'static str,
        run: impl FnOnce() -> Result<T, crate::terminal::Failure>,
    ) -> Option<T> {
        match run() {
            Ok(value) => Some(value),
            Err(error) => self.step(step, |_, _| Err(error)),
        }
    }

    fn print(&self, step: &str, ms: u128, findings: &Findings, error: Option<&str>) {
        if self.json {
            let mut object = json!({ "step": step, "ok": error.is_none(), "ms": ms });
            if let Some(object) = object.as_object_mut() {
                object.extend(findings.fields.clone());
                if let Some(error) = error {
                    object.insert("error".into(), error.into());
                }
            }
            data(object);
            return;
        }
        let mark = if error.is_none() { "ok  " } else { "FAIL" };
        data(format!("{mark} {step:<7} {ms:>6} ms  {}", error.unwrap_or(&findings.summary)));
        findings.lines.iter().for_each(|line| data(format!("       {line}")));
    }

    /// The closing table.
    pub fn close(&self) {
        if self.json {
            return;
        }
        data("\nstep     ok     ms      what held");
        data("-------  ----  ------  ------------------------------------------------------------");
        for row in &self.rows {
            let ok = if row.ok { "yes" } else { "NO" };
            data(format!("{:<7}  {ok:<4}  {:>6}  {}", row.step, row.ms, row.summary));
        }
        let held = self.rows.iter().filter(|row| row.ok).count();
        let total: u128 = self.rows.iter().map(|row| row.ms).sum();
        data(format!("\n{held} of {} steps held, {total} ms in all", self.rows.len()));
    }
}
