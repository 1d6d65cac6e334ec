//! Fuzz targets for every decoder of SERO, and what they need.
//!
//! A decoder must be *total* (an answer for any bytes: no panic, no hang, no
//! allocation from a length that the bytes merely declare) and *canonical* (what
//! it accepts is what encoding gives). [`Target::check`] holds one decoder to that
//! for one input; [`Target::draw`] makes valid inputs, [`mutate`] inputs near
//! valid ones, [`corpus`] the fixed inputs that the tests replay. The program
//! `sero-fuzz` drives them by coverage with libFuzzer (`docs/fuzzing.md`).

pub mod check;
pub mod corpus;
pub mod draw;
pub mod meter;
mod mutate;
mod targets;

pub use check::Verdict;
pub use mutate::mutate;
pub use targets::{TARGETS, target};

use draw::Draw;

/// What one execution costs, mainly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Reading bytes and text.
    Cheap,
    /// Decompressing curve points or decrypting.
    Curve,
}

impl Cost {
    /// Executions of the long tier.
    pub fn executions(self) -> u64 {
        match self {
            Self::Cheap => 10_000_000,
            Self::Curve => 1_000_000,
        }
    }
}

/// A decoder under test.
pub struct Target {
    /// Its name on the command line and in `corpus/`.
    pub name: &'static str,
    /// What one execution costs.
    pub cost: Cost,
    /// Bytes of the longest input.
    pub max_len: usize,
    /// Decodes, and panics if the decoder breaks its promises.
    pub check: fn(&[u8]) -> Verdict,
    /// A random input that decodes.
    pub draw: fn(&mut Draw) -> Vec<u8>,
    /// Makes checksums inside of a changed input right again.
    pub repair: fn(&mut Vec<u8>),
    /// Inputs that once broke somebody's decoder, by name.
    pub nasty: fn() -> Vec<(&'static str, Vec<u8>)>,
}

impl Target {
    /// Runs one valid input, so that tables which are built once are not counted as the decoder's.
    pub fn warm(&self) {
        let input = (self.draw)(&mut Draw::new(0));
        meter::unlimited(|| (self.check)(&input));
    }
}
