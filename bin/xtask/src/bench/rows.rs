//! The rows of each subject, and what their figures are compared with.

use super::figures::Figure;
use std::fmt::Write;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    Prover,
    Scan,
    Verify,
    Tree,
    State,
}

/// Who answers for a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Program {
    /// `sero-bench`.
    Ours,
    /// A program of `crates/circuits/peers`.
    Peer(&'static str),
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub name: &'static str,
    pub program: Program,
}

const fn ours(name: &'static str) -> Row {
    Row { name, program: Program::Ours }
}

const fn peer(program: &'static str, name: &'static str) -> Row {
    Row { name, program: Program::Peer(program) }
}

const PROVER: &[Row] = &[
    ours("sero spend"),
    ours("ark-groth16 spend"),
    ours("sero output"),
    ours("ark-groth16 output"),
    ours("sero 1-in-2-out"),
    ours("sero 2-in-2-out"),
    ours("sero 2-in-4-out"),
    ours("sero spend low-memory"),
    ours("sero 1-in-2-out low-memory"),
    ours("sero spend shared-machine"),
];
const PEERS: &[Row] = &[
    peer("sapling", "sapling spend"),
    peer("sapling", "sapling output"),
    peer("sapling", "sapling 1-in-2-out"),
    peer("orchard", "orchard 2 actions"),
];
const SCAN: &[Row] = &[ours("sero scan 10000")];
const VERIFY: &[Row] =
    &[ours("sero verify 256"), ours("ark-groth16 verify 256"), ours("ark-groth16 verify 256 decoded")];
const TREE: &[Row] =
    &[ours("sero tree 1000"), ours("sero poseidon t=3 1000"), ours("sero poseidon t=9 1000")];
const STATE: &[Row] = &[
    ours("sero root, 10000 slots of 1 contract"),
    ours("sero root, 10000 slots of 999 contracts"),
    ours("sero commit, 10000 slots of 1 contract"),
    ours("sero commit, 10000 slots of 999 contracts"),
    ours("sero read 10000 accounts"),
    ours("sero read 10000 slots"),
];

/// `A / B` by median, where both were measured.
const RATIOS: &[(&str, &str)] = &[
    ("sero spend", "ark-groth16 spend"),
    ("sero output", "ark-groth16 output"),
    ("sero spend low-memory", "sero spend"),
    ("sero spend shared-machine", "sero spend"),
    ("sapling spend", "sero spend"),
    ("sapling output", "sero output"),
    ("sapling 1-in-2-out", "sero 1-in-2-out"),
    ("orchard 2 actions", "sero 1-in-2-out"),
    ("orchard 2 actions", "sero 2-in-2-out"),
    ("sero verify 256", "ark-groth16 verify 256"),
    ("sero verify 256", "ark-groth16 verify 256 decoded"),
];

/// Rows of many equal pieces: how many.
const PIECES: &[(&str, f64, &str)] = &[
    ("sero scan 10000", 10_000.0, "note"),
    ("sero verify 256", 256.0, "proof"),
    ("ark-groth16 verify 256", 256.0, "proof"),
    ("ark-groth16 verify 256 decoded", 256.0, "proof"),
    ("sero tree 1000", 1_000.0, "leaf"),
    ("sero poseidon t=3 1000", 1_000.0, "hash"),
    ("sero poseidon t=9 1000", 1_000.0, "hash"),
    ("sero root, 10000 slots of 1 contract", 10_000.0, "slot"),
    ("sero root, 10000 slots of 999 contracts", 10_000.0, "slot"),
    ("sero commit, 10000 slots of 1 contract", 10_000.0, "slot"),
    ("sero commit, 10000 slots of 999 contracts", 10_000.0, "slot"),
    ("sero read 10000 accounts", 10_000.0, "account"),
    ("sero read 10000 slots", 10_000.0, "slot"),
];

impl Subject {
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "prover" => Self::Prover,
            "scan" => Self::Scan,
            "verify" => Self::Verify,
            "tree" => Self::Tree,
            "state" => Self::State,
            _ => return None,
        })
    }

    /// What `sero-bench prepare` has to be told, if anything.
    pub fn prepared(self) -> Option<&'static str> {
        match self {
            Self::Prover => Some("prover"),
            Self::Verify => Some("verify"),
            Self::State => Some("state"),
            Self::Scan | Self::Tree => None,
        }
    }
}

/// The rows of a subject; peers only where they are asked for.
pub fn of(subject: Subject, peers: bool) -> Vec<Row> {
    match subject {
        Subject::Prover if peers => [PROVER, PEERS].concat(),
        Subject::Prover => PROVER.to_vec(),
        Subject::Scan => SCAN.to_vec(),
        Subject::Verify => VERIFY.to_vec(),
        Subject::Tree => TREE.to_vec(),
        Subject::State => STATE.to_vec(),
    }
}

/// Time per piece, and ratios of medians: two small tables, or nothing.
pub fn comparisons(figures: &[Figure]) -> String {
    let median =
        |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.median_ms);
    let mut text = String::new();
    let pieces = PIECES.iter().filter_map(|(name, count, piece)| Some((name, median(name)? / count, piece)));
    for (i, (name, ms, piece)) in pieces.enumerate() {
        if i == 0 {
            text.push_str("\n| row | us each | each second |\n|---|---|---|\n");
        }
        let _ = writeln!(text, "| {name}, per {piece} | {:.2} | {:.0} |", ms * 1e3, 1e3 / ms);
    }
    let ratios = RATIOS.iter().filter_map(|(a, b)| Some((a, b, median(a)? / median(b)?)));
    for (i, (a, b, ratio)) in ratios.enumerate() {
        if i == 0 {
            text.push_str("\n| medians | ratio |\n|---|---|\n");
        }
        // A ratio below one is given as a fraction too, as targets are.
        let ratio =
            if ratio < 1.0 { format!("{ratio:.3} = 1/{:.1}", 1.0 / ratio) } else { format!("{ratio:.1}") };
        let _ = writeln!(text, "| {a} / {b} | {ratio} |");
    }
    text
}
