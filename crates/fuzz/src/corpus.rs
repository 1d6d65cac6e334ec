//! The fixed corpus: for each target a file `corpus/NAME.txt` of lines `name verdict hex`.
//!
//! It follows from the code here, so that it can be made again; the verdicts
//! are committed, so that a decoder that changes its mind shows.

use crate::draw::Draw;
use crate::{Target, Verdict};
use alloy_primitives::hex;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Longer inputs come in smaller numbers.
const LONG: usize = 1024;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub name: String,
    /// What the decoder says to it.
    pub verdict: Verdict,
    /// The input.
    pub bytes: Vec<u8>,
}

/// Where the corpus of a target is committed.
pub fn path(target: &Target) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("{}.txt", target.name))
}

/// The committed form.
pub fn write(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let verdict = if entry.verdict == Verdict::Decoded { "decoded" } else { "refused" };
        format!("{} {verdict} 0x{}\n", entry.name, hex::encode(&entry.bytes))
    };
    entries.iter().map(line).collect()
}

/// Reads the committed form; an error names the line.
pub fn read(text: &str) -> Result<Vec<Entry>, String> {
    let entry = |(number, line): (usize, &str)| {
        let bad = |what: &str| format!("line {}: {what}", number + 1);
        let [name, verdict, bytes] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(bad("expected a name, a verdict and hex digits"));
        };
        let verdict = match verdict {
            "decoded" => Verdict::Decoded,
            "refused" => Verdict::Refused,
            _ => return Err(bad("the verdict is `decoded` or `refused`")),
        };
        let bytes = hex::decode(bytes).map_err(|error| bad(&error.to_string()))?;
        Ok(Entry { name: name.into(), verdict, bytes })
    };
    text.lines().enumerate().map(entry).collect()
}

/// Makes the corpus: four valid inputs, the shortest of them damaged in every
/// usual way, and the target's own nasty inputs.
pub fn make(target: &Target) -> Vec<Entry> {
    let mut valid: Vec<Vec<u8>> = (1..=64).map(|seed| (target.draw)(&mut Draw::new(seed))).collect();
    valid.sort_by_key(Vec::len);
    valid.dedup();
    let shortest = valid.first().cloned().unwrap_or_default();
    let long = shortest.len() > LONG;
    valid.truncate(if long { 2 } else { 4 });
    let mut inputs: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    inputs.extend(valid.into_iter().enumerate().map(|(i, bytes)| (format!("valid-{i}"), bytes)));
    let bits = if long { 2 } else { 8 };
    inputs
        .extend(damaged(&shortest, bits).into_iter().map(|(name, bytes)| (format!("damaged-{name}"), bytes)));
    inputs.extend((target.nasty)().into_iter().map(|(name, bytes)| (format!("nasty-{name}"), bytes)));
    let entry = |(name, bytes): (String, Vec<u8>)| Entry { verdict: (target.check)(&bytes), name, bytes };
    inputs.into_iter().map(entry).collect()
}

fn damaged(bytes: &[u8], bits: usize) -> Vec<(String, Vec<u8>)> {
    let len = bytes.len();
    let mut all: Vec<(String, Vec<u8>)> = vec![
        ("empty".into(), vec![]),
        ("zeros".into(), vec![0; len]),
        ("ones".into(), vec![0xff; len]),
        ("first-byte-alone".into(), bytes[..1.min(len)].to_vec()),
        ("half".into(), bytes[..len / 2].to_vec()),
        ("one-byte-short".into(), bytes[..len.saturating_sub(1)].to_vec()),
        ("one-byte-long".into(), [bytes, &[0]].concat()),
        ("one-byte-before".into(), [&[0], bytes].concat()),
        ("twice".into(), bytes.repeat(2)),
    ];
    let mut draw = Draw::new(len as u64);
    for number in 0..bits {
        let mut changed = bytes.to_vec();
        if len > 0 {
            changed[draw.below(len)] ^= 1 << draw.below(8);
        }
        all.push((format!("bit-{number}"), changed));
    }
    for at in [0, len / 3, len / 2].into_iter().filter(|at| at + 8 <= len) {
        let mut changed = bytes.to_vec();
        changed[at..at + 8].fill(0xff);
        all.push((format!("huge-number-at-{at}"), changed));
    }
    all
}
