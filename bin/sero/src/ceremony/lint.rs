//! `sero ceremony lint-vk`: every problem of a verifying key, by name.

use super::{CircuitName, store};
use crate::genesis::is_development_key;
use crate::terminal::{Failure, data};
use alloy_primitives::keccak256;
use serde_json::json;
use sero_shielded::verifier::{Circuit, lint};
use std::path::Path;
use std::process::ExitCode;

/// Fails if there is a problem.
pub fn run(as_json: bool, file: &Path, circuit: Option<CircuitName>) -> Result<ExitCode, Failure> {
    let bytes = store::read(file)?;
    let circuit = circuit.map(|name| match name {
        CircuitName::Spend => Circuit::Spend,
        CircuitName::Output => Circuit::Output,
    });
    let problems: Vec<String> = lint(circuit, &bytes).iter().map(ToString::to_string).collect();
    let hash = keccak256(&bytes);
    let development = is_development_key(hash);
    let clean = problems.is_empty();
    if as_json {
        let file = file.display().to_string();
        data(json!({ "file": file, "hash": hash, "problems": problems, "developmentKey": development }));
    } else {
        problems.iter().for_each(data);
        let judgement = match (clean, development) {
            (false, _) => "must not be used",
            (true, true) => "a development key: its secret is public, for development chains only",
            (true, false) => "no problem found; who knows its secret, only a transcript can say",
        };
        data(format!("{hash}  {judgement}"));
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
