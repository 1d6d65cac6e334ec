//! Where tables come from: made anew, or read from the file that an earlier run wrote.
//!
//! File: `"SEROTAB" | version | binding`, then for each table `checksum | multiples`. The binding says which
//! key the tables are of. As with the key's own cache file, the checksum is no signature.

use super::bases::Bases;
use super::digits::Windows;
use super::steady::Steady;
use super::table::Table;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use sero_bn254::coordinate::Coordinate;
use sero_lanes::Path;
use sero_shielded::hash::Pieces;
use std::fs::File;
use std::io::{self, Read, Write};

/// Changes with the format of the file, the points of a table or the choice of windows.
const VERSION: u8 = 2;
const MAGIC: &[u8; 7] = b"SEROTAB";

/// Gives the bases of a prover, one after the other.
pub trait Source {
    /// Those of these points; `None` if this source does not have them.
    fn bases<P: SWCurveConfig>(&mut self, windows: Windows, points: &[Affine<P>]) -> Option<Bases<P>>
    where
        P::BaseField: Coordinate;
}

/// Makes them.
pub struct Made {
    pub path: Path,
}

impl Source for Made {
    fn bases<P: SWCurveConfig>(&mut self, windows: Windows, points: &[Affine<P>]) -> Option<Bases<P>>
    where
        P::BaseField: Coordinate,
    {
        Table::new(self.path, windows, points).map(Bases::Buckets)
    }
}

/// Makes steady ones.
pub struct MadeSteady {
    pub path: Path,
}

impl Source for MadeSteady {
    fn bases<P: SWCurveConfig>(&mut self, _: Windows, points: &[Affine<P>]) -> Option<Bases<P>>
    where
        P::BaseField: Coordinate,
    {
        Steady::new(self.path, points).map(Bases::Steady)
    }
}

/// Reads them, a piece at a time, so that nothing is in memory twice.
pub struct Stored {
    file: File,
    binding: [u8; 32],
    section: u8,
    path: Path,
}

impl Stored {
    /// Of the key that `binding` names.
    pub fn open(file: &std::path::Path, binding: &[u8; 32], path: Path) -> Option<Self> {
        let mut file = File::open(file).ok()?;
        let mut header = [0; MAGIC.len() + 1 + 32];
        file.read_exact(&mut header).ok()?;
        let right = header[..7] == *MAGIC && header[7] == VERSION && header[8..] == *binding;
        right.then_some(Stored { file, binding: *binding, section: 0, path })
    }

    /// Whether nothing follows the last table.
    pub fn is_at_end(&mut self) -> bool {
        self.file.read(&mut [0]).is_ok_and(|length| length == 0)
    }
}

impl Source for Stored {
    fn bases<P: SWCurveConfig>(&mut self, windows: Windows, points: &[Affine<P>]) -> Option<Bases<P>>
    where
        P::BaseField: Coordinate,
    {
        let mut sum = [0; 32];
        self.file.read_exact(&mut sum).ok()?;
        let mut found = checksum(&self.binding, self.section, Table::encoded_size(windows, points));
        let table = Table::decode(self.path, windows, points, |piece| {
            self.file.read_exact(piece).ok()?;
            found.update(piece);
            Some(())
        })?;
        self.section += 1;
        (found.finish() == sum).then_some(Bases::Buckets(table))
    }
}

/// Writes the file, table by table.
pub struct Writer<'f> {
    out: &'f mut File,
    binding: [u8; 32],
    section: u8,
}

impl<'f> Writer<'f> {
    /// For tables of the key that `binding` names.
    pub fn new(out: &'f mut File, binding: &[u8; 32]) -> io::Result<Self> {
        for part in [MAGIC.as_slice(), &[VERSION], binding] {
            out.write_all(part)?;
        }
        Ok(Writer { out, binding: *binding, section: 0 })
    }

    /// In the order in which [`Source`] is asked for them.
    pub fn table<P: SWCurveConfig>(&mut self, bases: &Bases<P>) -> io::Result<()>
    where
        P::BaseField: Coordinate,
    {
        let table = bases.table().ok_or_else(|| io::Error::other("a steady prover has no tables"))?;
        let bytes = table.encode();
        let mut sum = checksum(&self.binding, self.section, bytes.len());
        sum.update(&bytes);
        self.out.write_all(&sum.finish())?;
        self.section += 1;
        self.out.write_all(&bytes)
    }
}

/// Of so many bytes of multiples.
fn checksum(binding: &[u8; 32], section: u8, length: usize) -> Pieces {
    Pieces::after("SERO_table_file", &[&[VERSION, section], binding], length)
}
