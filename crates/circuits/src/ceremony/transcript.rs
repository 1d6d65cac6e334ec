//! A ceremony at any stage: header, records, and the arrays that they imply.

use super::check::g1;
use super::codec::{Reader, Writer, check_text};
use super::error::Error;
use super::hash::{self, Coefficients};
use super::powers::Powers;
use super::query::Queries;
use super::record::{Author, Beacon, Factors, Record, Site, hex};
use super::secret::Randomness;
use super::shape::Shape;
use ark_bn254::G1Affine;
use ark_poly::EvaluationDomain;

const MAGIC: &[u8; 8] = b"SEROCER1";
/// Circuits of one ceremony.
const CIRCUITS_MAX: usize = 16;
/// Records of one ceremony; each costs a verifier a few milliseconds.
const RECORDS_MAX: u32 = 10_000;
/// The secrets of phase 1, in the order of a record.
const PHASE_1: [&str; 3] = ["tau", "alpha", "beta"];

/// What a ceremony waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Powers of tau.
    One,
    /// Delta of each circuit.
    Two,
    /// Nothing.
    Finished,
}

/// A record as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1 or 2.
    pub phase: u8,
    /// The contributor; `None` for a beacon.
    pub name: Option<String>,
    /// The beacon, if it is one.
    pub beacon: Option<Beacon>,
    /// Hash of the record and, through its parent, of all before.
    pub hash: [u8; 32],
}

/// Elements of G1 of all secrets, after a record.
pub(super) struct Heads {
    /// Tau, alpha, beta.
    pub powers: [G1Affine; PHASE_1.len()],
    /// One for each circuit.
    pub deltas: Vec<G1Affine>,
}

/// A ceremony whose every element has been checked.
pub struct Ceremony<'s> {
    shapes: &'s [Shape],
    id: [u8; 32],
    title: String,
    pub(super) records: Vec<Record>,
    pub(super) powers: Powers,
    /// Empty in phase 1, then one for each circuit.
    pub(super) queries: Vec<Queries>,
}

/// A new ceremony for these circuits. `id` comes from the operating system's
/// randomness and keeps two ceremonies of one title apart.
pub fn start<'s>(shapes: &'s [Shape], title: &str, id: [u8; 32]) -> Result<Ceremony<'s>, Error> {
    check_text("title", title)?;
    check_count(shapes.len())?;
    let powers = Powers::start(largest_domain(shapes));
    Ok(Ceremony { shapes, id, title: title.to_owned(), records: Vec::new(), powers, queries: Vec::new() })
}

fn check_count(circuits: usize) -> Result<(), Error> {
    if (1..=CIRCUITS_MAX).contains(&circuits) {
        return Ok(());
    }
    Err(Error::Field { field: "number of circuits".into(), rule: "must be 1 to 16" })
}

fn largest_domain(shapes: &[Shape]) -> usize {
    shapes.iter().map(|shape| shape.domain.size()).max().unwrap_or(0)
}

/// The circuits that a file's header names, as this program knows them. Says
/// nothing about the file: [`read`] and [`super::verify`] do.
pub fn circuits_of(file: &[u8]) -> Result<Vec<Shape>, Error> {
    let mut reader = Reader(file);
    read_magic(&mut reader)?;
    reader.array::<32>("id")?;
    reader.text("title")?;
    reader.u32("powers")?;
    let count = reader.u8("number of circuits")?;
    check_count(count.into())?;
    let mut shapes: Vec<Shape> = Vec::new();
    for _ in 0..count {
        let name = reader.text("circuit name")?;
        reader.array::<48>("circuit")?;
        if shapes.iter().any(|shape| shape.name == name) {
            return Err(Error::WrongCircuit { circuit: name, what: "place: it stands twice" });
        }
        shapes.push(Shape::named(&name)?);
    }
    Ok(shapes)
}

/// Reads a ceremony of these circuits and checks everything in it.
pub fn read<'s>(bytes: &[u8], shapes: &'s [Shape]) -> Result<Ceremony<'s>, Error> {
    let ceremony = Ceremony::decode(bytes, shapes)?;
    ceremony.check(&Coefficients::of(bytes))?;
    Ok(ceremony)
}

/// The file as its parts write it, with nothing in it checked against anything
/// else: for tests of the format.
pub fn reencode(bytes: &[u8], shapes: &[Shape]) -> Result<Vec<u8>, Error> {
    Ceremony::decode(bytes, shapes).map(|ceremony| ceremony.encode())
}

impl<'s> Ceremony<'s> {
    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it waits for.
    pub fn phase(&self) -> Phase {
        phase_after(&self.records)
    }

    /// The circuits whose keys it makes.
    pub fn shapes(&self) -> &'s [Shape] {
        self.shapes
    }

    /// Hash of the whole history: of the last record, or of the header. Equal
    /// hashes mean equal files, because every array follows from the records.
    pub fn hash(&self) -> [u8; 32] {
        self.records.last().map_or_else(|| hash::genesis(&self.header()), Record::hash)
    }

    /// Is `earlier` this ceremony before its last records? Both have been checked.
    pub fn check_continues(&self, earlier: &Ceremony<'_>) -> Result<(), Error> {
        let start = hash::genesis(&self.header());
        let mut history = core::iter::once(start).chain(self.records.iter().map(Record::hash));
        // A record's hash covers all before it.
        if history.nth(earlier.records.len()) == Some(earlier.hash()) {
            return Ok(());
        }
        Err(Error::NotContinued { earlier: hex(&earlier.hash()) })
    }

    /// The records in order.
    pub fn entries(&self) -> Vec<Entry> {
        let mut phase = 1;
        let entry = |record: &Record| {
            let (name, beacon) = match &record.author {
                Author::Participant(name, _) => (Some(name.clone()), None),
                Author::Beacon(beacon) => (None, Some(beacon.clone())),
            };
            let entry = Entry { phase, name, beacon, hash: record.hash() };
            phase += u8::from(record.is_beacon());
            entry
        };
        self.records.iter().map(entry).collect()
    }

    /// Adds a contribution to the open phase.
    pub fn contribute(&mut self, name: &str, randomness: &Randomness) -> Result<(), Error> {
        let (heads, secrets) = self.open_phase()?;
        let (record, factors) = self.site(&heads, &secrets).contribute(name, randomness)?;
        self.apply(record, &factors);
        Ok(())
    }

    /// Ends the open phase with a beacon. After phase 1 the queries of every
    /// circuit are derived, which takes most of a minute for SERO's.
    pub fn finish_phase(&mut self, beacon: Beacon) -> Result<(), Error> {
        let (heads, secrets) = self.open_phase()?;
        if self.records.last().is_none_or(Record::is_beacon) {
            return Err(Error::EarlyBeacon(self.next_index()));
        }
        let (record, factors) = self.site(&heads, &secrets).beacon(beacon);
        self.apply(record, &factors);
        if self.queries.is_empty() {
            self.queries = self.shapes.iter().map(|shape| Queries::derive(shape, &self.powers)).collect();
        }
        Ok(())
    }

    /// `factors`: one for each secret of the open phase.
    fn apply(&mut self, record: Record, factors: &Factors) {
        if self.queries.is_empty() {
            self.powers.apply([&factors[0], &factors[1], &factors[2]]);
        } else {
            self.queries.iter_mut().zip(factors).for_each(|(queries, delta)| queries.apply(delta));
        }
        self.records.push(record);
    }

    fn next_index(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    /// The elements that the next record moves, and their names.
    fn open_phase(&self) -> Result<(Vec<G1Affine>, Vec<String>), Error> {
        if self.next_index() >= RECORDS_MAX {
            return Err(Error::Field { field: "number of records".into(), rule: "must be at most 10,000" });
        }
        let heads = match self.phase() {
            Phase::One => self.powers.heads().to_vec(),
            Phase::Two => self.queries.iter().map(|queries| queries.delta_g1).collect(),
            Phase::Finished => return Err(Error::Finished),
        };
        Ok((heads, secrets(self.phase(), self.shapes)))
    }

    fn site<'a>(&self, heads: &'a [G1Affine], secrets: &'a [String]) -> Site<'a> {
        let phase = if self.phase() == Phase::One { 1 } else { 2 };
        Site { parent: self.hash(), index: self.next_index(), phase, heads, secrets }
    }

    fn header(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        let number = |n: usize| u32::try_from(n).expect("circuits are far below 2^32 wires");
        writer.bytes(MAGIC);
        writer.bytes(&self.id);
        writer.short(self.title.as_bytes());
        writer.u32(number(largest_domain(self.shapes)));
        writer.u8(u8::try_from(self.shapes.len()).expect("at most 16 circuits"));
        for shape in self.shapes {
            writer.short(shape.name.as_bytes());
            writer.bytes(&shape.digest);
            for n in [shape.public_inputs, shape.wires, shape.constraints, shape.domain.size()] {
                writer.u32(number(n));
            }
        }
        writer.0
    }

    /// The file: header, records, powers, queries.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(self.header());
        writer.u32(self.next_index());
        self.records.iter().for_each(|record| record.write(&mut writer));
        self.powers.write(&mut writer);
        self.queries.iter().for_each(|queries| queries.write(&mut writer));
        writer.0
    }

    /// Reads without checking one element against another.
    pub(super) fn decode(bytes: &[u8], shapes: &'s [Shape]) -> Result<Self, Error> {
        check_count(shapes.len())?;
        let mut reader = Reader(bytes);
        let (id, title) = read_header(&mut reader, shapes)?;
        let count = reader.u32("number of records")?;
        if count > RECORDS_MAX {
            return Err(Error::Field { field: "number of records".into(), rule: "must be at most 10,000" });
        }
        let mut records = Vec::new();
        for position in 0..count {
            let phase = phase_after(&records);
            if phase == Phase::Finished {
                return Err(Error::RecordAfterEnd(position));
            }
            records.push(Record::read(&mut reader, position, &secrets(phase, shapes))?);
        }
        let powers = Powers::read(&mut reader, largest_domain(shapes))?;
        let derived = if phase_after(&records) == Phase::One { &[] } else { shapes };
        let queries =
            derived.iter().map(|shape| Queries::read(&mut reader, shape)).collect::<Result<_, _>>()?;
        if !reader.0.is_empty() {
            return Err(Error::TrailingBytes(reader.0.len()));
        }
        Ok(Ceremony { shapes, id, title, records, powers, queries })
    }

    fn check(&self, coefficients: &Coefficients) -> Result<(), Error> {
        self.check_arrays(&self.check_records()?, coefficients)
    }

    /// The arrays are those of the records' last elements.
    pub(super) fn check_arrays(&self, last: &Heads, coefficients: &Coefficients) -> Result<(), Error> {
        self.powers.check(&last.powers, coefficients)?;
        for ((shape, queries), delta) in self.shapes.iter().zip(&self.queries).zip(&last.deltas) {
            queries.check(shape, &self.powers, delta, coefficients)?;
        }
        Ok(())
    }

    /// Walks the chain from the header to its last elements.
    pub(super) fn check_records(&self) -> Result<Heads, Error> {
        let mut last = Heads { powers: [g1(); PHASE_1.len()], deltas: vec![g1(); self.shapes.len()] };
        let mut parent = hash::genesis(&self.header());
        let mut phase = 1u8;
        let mut contributions = 0;
        for (index, record) in (0u32..).zip(&self.records) {
            self.check_not_repeated(index, record)?;
            let (open, heads) = match phase {
                1 => (Phase::One, &mut last.powers[..]),
                _ => (Phase::Two, &mut last.deltas[..]),
            };
            let site = Site { parent, index, phase, heads, secrets: &secrets(open, self.shapes) };
            site.check(record)?;
            heads.copy_from_slice(&record.heads);
            if !record.is_beacon() {
                contributions += 1;
            } else if contributions == 0 {
                return Err(Error::EarlyBeacon(index));
            } else {
                (phase, contributions) = (phase + 1, 0);
            }
            parent = record.hash();
        }
        Ok(last)
    }

    /// No factor's key occurs in an earlier record.
    fn check_not_repeated(&self, index: u32, record: &Record) -> Result<(), Error> {
        let Author::Participant(_, own) = &record.author else { return Ok(()) };
        for (earlier, other) in (0..index).zip(&self.records) {
            let Author::Participant(_, theirs) = &other.author else { continue };
            if own.iter().any(|mine| theirs.iter().any(|known| known.key == mine.key)) {
                return Err(Error::Repeated { index, earlier });
            }
        }
        Ok(())
    }
}

fn phase_after(records: &[Record]) -> Phase {
    match records.iter().filter(|record| record.is_beacon()).count() {
        0 => Phase::One,
        1 => Phase::Two,
        _ => Phase::Finished,
    }
}

fn secrets(phase: Phase, shapes: &[Shape]) -> Vec<String> {
    match phase {
        Phase::One => PHASE_1.map(String::from).to_vec(),
        _ => shapes.iter().map(|shape| format!("delta of {}", shape.name)).collect(),
    }
}

fn read_magic(reader: &mut Reader<'_>) -> Result<(), Error> {
    let found = reader.take(MAGIC.len(), || "magic".into()).map_err(|_| Error::Magic)?;
    if found == MAGIC { Ok(()) } else { Err(Error::Magic) }
}

/// The header must be the one that these circuits give.
fn read_header(reader: &mut Reader<'_>, shapes: &[Shape]) -> Result<([u8; 32], String), Error> {
    read_magic(reader)?;
    let id = reader.array("id")?;
    let title = reader.text("title")?;
    let differs = |circuit: &str, what| Err(Error::WrongCircuit { circuit: circuit.to_owned(), what });
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    if number(reader.u32("powers")?) != largest_domain(shapes) {
        return differs("all", "number of powers");
    }
    if usize::from(reader.u8("number of circuits")?) != shapes.len() {
        return differs("all", "number of circuits");
    }
    for shape in shapes {
        if reader.short("circuit name")? != shape.name.as_bytes() {
            return differs(shape.name, "name");
        }
        if reader.array("circuit digest")? != shape.digest {
            return differs(shape.name, "matrix digest");
        }
        let counts = [
            (shape.public_inputs, "number of public inputs"),
            (shape.wires, "number of wires"),
            (shape.constraints, "number of constraints"),
            (shape.domain.size(), "domain"),
        ];
        for (expected, what) in counts {
            if number(reader.u32(what)?) != expected {
                return differs(shape.name, what);
            }
        }
    }
    Ok((id, title))
}
