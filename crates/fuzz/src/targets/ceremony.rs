//! Files of a trusted setup.

use super::no_repair;
use crate::check::total;
use crate::draw::Draw;
use crate::{Cost, Target};
use sero_circuits::ceremony::{Beacon, Error, Randomness, Shape, circuits_of, reencode, start};
use std::sync::OnceLock;

/// `magic 8 | id 32 | title length 1 | title | powers 4 | circuits 1 | name length 1 | name`.
const ID: usize = 8;
const TITLE: &str = "fuzz";
const POWERS: usize = ID + 32 + 1 + TITLE.len();
const CIRCUITS: usize = POWERS + 4;
const NAME: usize = CIRCUITS + 1;

/// Of a circuit with a domain of 8 points; the header also as any program sees it first.
pub const FILE: Target = Target {
    name: "ceremony-file",
    cost: Cost::Curve,
    max_len: 8192,
    check: |bytes| {
        // Its own answer says nothing about the rest: it only must give one.
        _ = circuits_of(bytes);
        total(
            bytes,
            |bytes| reencode(bytes, shapes()),
            |again| assert!(again == bytes, "accepted bytes are not what encoding gives"),
        )
    },
    draw: |draw| {
        let mut bytes = files()[draw.below(files().len())].clone();
        bytes[ID..ID + 32].copy_from_slice(&draw.bytes::<32>());
        bytes
    },
    repair: no_repair,
    nasty: || {
        let start = &files()[0];
        let with = |at: usize, value: &[u8]| {
            let mut changed = start.clone();
            changed[at..at + value.len()].copy_from_slice(value);
            changed
        };
        // Name and digest, then four counts.
        let records = NAME + 1 + "cube".len() + 32 + 4 * 4;
        vec![
            ("2^32-1-powers", with(POWERS, &[0xff; 4])),
            ("no-circuit", with(CIRCUITS, &[0])),
            ("255-circuits", with(CIRCUITS, &[0xff])),
            ("circuit-of-the-chain", with(NAME + 1, b"spen")),
            ("title-with-a-control-character", with(ID + 32 + 1, b"\n")),
            ("title-not-utf-8", with(ID + 32 + 1, &[0xff])),
            ("10000-records", with(records, &10_000u32.to_be_bytes())),
            ("10001-records", with(records, &10_001u32.to_be_bytes())),
            ("2^32-1-records", with(records, &[0xff; 4])),
            ("first-power-identity", with(records + 4, &identity())),
            ("last-byte-cut", start[..start.len() - 1].to_vec()),
        ]
    },
};

fn identity() -> [u8; 32] {
    core::array::from_fn(|i| if i == 31 { 0x40 } else { 0 })
}

fn shapes() -> &'static [Shape] {
    static SHAPES: OnceLock<Vec<Shape>> = OnceLock::new();
    SHAPES.get_or_init(|| vec![Shape::cube().expect("a small circuit has a domain")])
}

/// Two ceremonies after each of their steps.
fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| (1..=2).flat_map(|seed| steps(seed).expect("every step is allowed")).collect())
}

fn steps(seed: u64) -> Result<Vec<Vec<u8>>, Error> {
    let mut draw = Draw::new(seed);
    let mut ceremony = start(shapes(), TITLE, draw.bytes())?;
    let mut files = vec![ceremony.encode()];
    for _ in 0..2 {
        for name in ["alice", "bob"] {
            let randomness = Randomness::new(&mut draw.bytes(), name.as_bytes())?;
            ceremony.contribute(name, &randomness)?;
            files.push(ceremony.encode());
        }
        let length = 16 + draw.below(8);
        ceremony.finish_phase(Beacon::new(draw.vec(length), Beacon::LOG2_MIN)?)?;
        files.push(ceremony.encode());
    }
    Ok(files)
}
