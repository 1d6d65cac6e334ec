//! Two small circuits and a ceremony of theirs, stage by stage.

use crate::builder::{Builder, Lc};
use crate::ceremony::shape::cube;
use crate::ceremony::{Beacon, Ceremony, Randomness, Shape, start};
use ark_ff::One;
use sero_shielded::field::Field;
use sero_shielded::hash::blake2b;
use std::sync::OnceLock;

/// Stages of a ceremony with three contributors in each phase.
pub const START: usize = 0;
pub const PHASE_1: usize = 3;
pub const PHASE_2_START: usize = 4;
pub const PHASE_2: usize = 7;
pub const FINISHED: usize = 8;

/// `(sum of 30 multiples of the wires)^2`, twelve more squares, two public
/// inputs, a blinding wire; domain 32. Rows are long enough for tables, columns enough to be empty.
pub fn squares(b: &mut Builder<'_>, x: u64) {
    let wires: Vec<Lc> = (0..30).map(|i| b.hint(Field::from(x + i))).collect();
    let parts: Vec<(Field, &Lc)> = (2u64..).map(Field::from).zip(&wires).collect();
    let mut last = Lc::weighted(&parts);
    for _ in 0..13 {
        last = b.product(&last, &last);
    }
    for (index, wire) in [&last, &wires[0]].into_iter().enumerate() {
        let public = b.public(index, wire.value);
        b.enforce_equal(wire, &public);
    }
    b.blinding();
}

pub fn cube_builder(x: u64) -> Builder<'static> {
    let mut b = Builder::new(1, true);
    cube(&mut b, x);
    b
}

pub fn squares_builder(x: u64) -> Builder<'static> {
    let mut b = Builder::new(2, true);
    squares(&mut b, x);
    b
}

pub fn shapes() -> &'static [Shape] {
    static SHAPES: OnceLock<Vec<Shape>> = OnceLock::new();
    SHAPES.get_or_init(|| {
        vec![Shape::cube().unwrap(), Shape::from_builder("squares", squares_builder(3)).unwrap()]
    })
}

pub fn randomness(seed: &str) -> Randomness {
    Randomness::new(&mut blake2b("SERO_test", &[seed.as_bytes()]), b"own words").unwrap()
}

pub fn beacon() -> Beacon {
    Beacon::new(b"a public value of the day".to_vec(), Beacon::LOG2_MIN).unwrap()
}

/// The file after each step: new, three contributions, beacon, three contributions, beacon.
pub fn stages(shapes: &[Shape], seed: &str) -> Vec<Vec<u8>> {
    let mut ceremony = start(shapes, "test", [7; 32]).unwrap();
    let mut stages = vec![ceremony.encode()];
    for phase in 1..=2 {
        for name in ["alice", "bob", "carol"] {
            ceremony.contribute(name, &randomness(&format!("{seed} {name} {phase}"))).unwrap();
            stages.push(ceremony.encode());
        }
        ceremony.finish_phase(beacon()).unwrap();
        stages.push(ceremony.encode());
    }
    stages
}

/// The stages of the ceremony that the tests share.
pub fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| stages(shapes(), "shared"))
}

pub fn decoded(stage: usize) -> Ceremony<'static> {
    Ceremony::decode(&files()[stage], shapes()).unwrap()
}

pub fn minus_one() -> Field {
    -Field::one()
}

/// The Output circuit alone.
pub fn output_shapes() -> &'static [Shape] {
    static SHAPES: OnceLock<Vec<Shape>> = OnceLock::new();
    SHAPES.get_or_init(|| vec![Shape::output().unwrap()])
}

/// A ceremony for Output after phase 1; it takes a while to make.
pub fn output_phase_2() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut ceremony = start(output_shapes(), "output", [1; 32]).unwrap();
        for name in ["alice", "bob", "carol"] {
            ceremony.contribute(name, &randomness(&format!("output {name}"))).unwrap();
        }
        ceremony.finish_phase(beacon()).unwrap();
        ceremony.encode()
    })
}
