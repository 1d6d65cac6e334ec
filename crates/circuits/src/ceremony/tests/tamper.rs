//! Everything that can be wrong with a ceremony, each with its own error.

use super::support::*;
use crate::ceremony::check::{g1, g2};
use crate::ceremony::codec::{Reader, Writer};
use crate::ceremony::error::{Error, Place};
use crate::ceremony::hash::{self, Coefficients, Context};
use crate::ceremony::query::Queries;
use crate::ceremony::record::{Author, Knowledge, Record};
use crate::ceremony::{Ceremony, Randomness, read, start, verify};
use ark_bn254::{Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, UniformRand};
use ark_serialize::CanonicalSerialize;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use sero_shielded::field::Field;

/// Writes the altered ceremony and reads it as a stranger would.
#[track_caller]
fn refusal(stage: usize, alter: impl FnOnce(&mut Ceremony<'static>)) -> Error {
    let mut ceremony = decoded(stage);
    alter(&mut ceremony);
    let file = ceremony.encode();
    assert!(file != files()[stage], "nothing was altered");
    read(&file, shapes()).err().expect("an altered ceremony is accepted")
}

type Arrays<P> = for<'c> fn(&'c mut Ceremony<'static>) -> Vec<(&'static str, &'c mut [P])>;

/// Every array of G1 in phase 1 and in the queries of both circuits.
fn arrays_g1<'c>(c: &'c mut Ceremony<'static>) -> Vec<(&'static str, &'c mut [G1Affine])> {
    let powers = &mut c.powers;
    let mut arrays: Vec<(&str, &mut [G1Affine])> = vec![
        ("tau in G1", &mut powers.tau_g1),
        ("alpha tau in G1", &mut powers.alpha_g1),
        ("beta tau in G1", &mut powers.beta_g1),
    ];
    for q in &mut c.queries {
        arrays.push(("delta", core::slice::from_mut(&mut q.delta_g1)));
        arrays.push(("inputs", &mut q.inputs));
        arrays.push(("A in G1", &mut q.a_g1));
        arrays.push(("B in G1", &mut q.b_g1));
        arrays.push(("L", &mut q.l));
        arrays.push(("H", &mut q.h));
    }
    arrays
}

fn arrays_g2<'c>(c: &'c mut Ceremony<'static>) -> Vec<(&'static str, &'c mut [G2Affine])> {
    let mut arrays: Vec<(&str, &mut [G2Affine])> = vec![
        ("tau in G2", &mut c.powers.tau_g2),
        ("beta in G2", core::slice::from_mut(&mut c.powers.beta_g2)),
    ];
    for q in &mut c.queries {
        arrays.push(("delta", core::slice::from_mut(&mut q.delta_g2)));
        arrays.push(("B in G2", &mut q.b_g2));
    }
    arrays
}

/// Does the error name the array that was altered?
fn names(error: &Error, array: &str) -> bool {
    match error {
        Error::Powers(name) | Error::PowersNotOfRecord(name) => *name == array,
        Error::Query { query, .. } => *query == array,
        Error::Delta { .. } => array == "delta",
        _ => false,
    }
}

/// Every element of every array, replaced by another point of its group. The
/// records, which do not change, are checked again for the first and last elements only.
fn every_element<P: Copy>(stage: usize, arrays: Arrays<P>, other: fn(P) -> P) -> usize {
    let lengths: Vec<usize> = arrays(&mut decoded(stage)).iter().map(|(_, array)| array.len()).collect();
    let last = decoded(stage).check_records().unwrap();
    for (number, length) in lengths.iter().enumerate() {
        for index in 0..*length {
            let mut name = "";
            let mut alter = |c: &mut Ceremony<'static>| {
                let mut arrays = arrays(c);
                name = arrays[number].0;
                arrays[number].1[index] = other(arrays[number].1[index]);
            };
            let error = if index == 0 || index == length - 1 {
                refusal(stage, alter)
            } else {
                let mut ceremony = decoded(stage);
                alter(&mut ceremony);
                ceremony.check_arrays(&last, &Coefficients::of(&ceremony.encode())).expect_err("refused")
            };
            // tau G1 links both groups: which of the two is wrong, nobody can say.
            let linked = name == "tau in G2" && names(&error, "tau in G1");
            assert!(names(&error, name) || linked, "{name}, element {index}: {error}");
        }
    }
    lengths.iter().sum()
}

fn plus_g1(point: G1Affine) -> G1Affine {
    (point + g1()).into_affine()
}

fn plus_g2(point: G2Affine) -> G2Affine {
    (point + g2()).into_affine()
}

#[test]
fn every_altered_element_of_g1_is_refused() {
    let expected = 4 * 32 + shapes().iter().map(|s| 1 + 3 * s.wires + s.domain_size()).sum::<usize>();
    assert_eq!(every_element(FINISHED, arrays_g1, plus_g1), expected);
}

#[test]
fn every_altered_element_of_g2_is_refused() {
    let expected = 32 + 1 + shapes().iter().map(|s| 1 + s.wires).sum::<usize>();
    assert_eq!(every_element(FINISHED, arrays_g2, plus_g2), expected);
}

/// Two elements changed so that their plain sum stays: random coefficients see it.
#[test]
fn changes_that_cancel_are_refused() {
    for number in 0..arrays_g1(&mut decoded(FINISHED)).len() {
        if arrays_g1(&mut decoded(FINISHED))[number].1.len() < 2 {
            continue;
        }
        let error = refusal(FINISHED, |c| {
            let array = &mut *arrays_g1(c)[number].1;
            let last = array.len() - 1;
            array[last] = plus_g1(array[last]);
            array[last - 1] = (array[last - 1] - g1()).into_affine();
        });
        assert!(matches!(error, Error::Powers(_) | Error::Query { .. }), "array {number}: {error}");
    }
}

#[test]
fn identities_are_refused_everywhere() {
    let place = |error: &Error| matches!(error, Error::Identity(Place { .. }));
    for stage in [START, PHASE_1, FINISHED] {
        for number in 0..arrays_g1(&mut decoded(stage)).len() {
            let error = refusal(stage, |c| {
                let array = &mut *arrays_g1(c)[number].1;
                let index = array.iter().position(|point| !point.is_zero()).unwrap();
                array[index] = G1Affine::zero();
            });
            assert!(place(&error), "{error}");
        }
        for number in 0..arrays_g2(&mut decoded(stage)).len() {
            let error = refusal(stage, |c| {
                let array = &mut *arrays_g2(c)[number].1;
                let index = array.iter().position(|point| !point.is_zero()).unwrap();
                array[index] = G2Affine::zero();
            });
            assert!(place(&error), "{error}");
        }
    }
    for index in 0..8 {
        let error = refusal(FINISHED, |c| c.records[index].heads[0] = G1Affine::zero());
        assert!(place(&error), "{error}");
        if c_participant(index) {
            let error = refusal(FINISHED, |c| knowledge(c, index, 0).key = G1Affine::zero());
            assert!(place(&error), "{error}");
            let error = refusal(FINISHED, |c| knowledge(c, index, 0).proof = G2Affine::zero());
            assert!(place(&error), "{error}");
        }
    }
}

fn c_participant(index: usize) -> bool {
    !decoded(FINISHED).records[index].is_beacon()
}

fn knowledge<'c>(c: &'c mut Ceremony<'static>, record: usize, slot: usize) -> &'c mut Knowledge {
    match &mut c.records[record].author {
        Author::Participant(_, knowledge) => &mut knowledge[slot],
        Author::Beacon(_) => panic!("record {record} is a beacon"),
    }
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    let outside = (1u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    for number in 0..arrays_g2(&mut decoded(FINISHED)).len() {
        let error = refusal(FINISHED, |c| *arrays_g2(c)[number].1.last_mut().unwrap() = outside);
        assert!(matches!(error, Error::OutsideSubgroup(_)), "array {number}: {error}");
    }
    let error = refusal(FINISHED, |c| knowledge(c, 1, 2).proof = outside);
    assert!(matches!(error, Error::OutsideSubgroup(_)), "{error}");
}

#[test]
fn other_bytes_are_refused() {
    let file = &files()[FINISHED];
    let after = |bytes: Vec<u8>| read(&bytes, shapes()).err().expect("other bytes are accepted");
    for length in (0..file.len()).step_by(61).chain([7, 8, file.len() - 1]) {
        let error = after(file[..length].to_vec());
        let expected = if length < 8 { error == Error::Magic } else { matches!(error, Error::Truncated(_)) };
        assert!(expected, "{length} of {} bytes: {error}", file.len());
    }
    assert_eq!(after([&file[..], &[0]].concat()), Error::TrailingBytes(1));
    assert_eq!(after([&file[..], &file[file.len() - 32..]].concat()), Error::TrailingBytes(32));
    assert_eq!(after([b"SEROCER2", &file[8..]].concat()), Error::Magic);
    // A circuit's last array is H; its last element is not a point any more.
    for garbage in [[0xff; 32], [0x40; 32], [0; 32]] {
        let mut bytes = file.clone();
        let at = bytes.len() - 32;
        bytes[at..].copy_from_slice(&garbage);
        let error = after(bytes);
        let named = matches!(error, Error::NotCanonical(_) | Error::Query { .. } | Error::Identity(_));
        assert!(named, "{garbage:?}: {error}");
    }
    let mut infinity_with_x = [0u8; 32];
    G1Affine::zero().serialize_compressed(&mut infinity_with_x[..]).unwrap();
    infinity_with_x[0] |= 1;
    let mut bytes = file.clone();
    let at = bytes.len() - 32;
    bytes[at..].copy_from_slice(&infinity_with_x);
    assert!(matches!(after(bytes), Error::NotCanonical(_)));
    // One bit, anywhere.
    for at in (0..file.len()).step_by(29) {
        let mut bytes = file.clone();
        bytes[at] ^= 1 << (at % 8);
        after(bytes);
    }
    for count in [0u32, 7, 9, 10_001, u32::MAX] {
        let mut bytes = file.clone();
        let at = header_length();
        bytes[at..at + 4].copy_from_slice(&count.to_be_bytes());
        after(bytes);
    }
}

fn header_length() -> usize {
    8 + 32 + 1 + "test".len() + 4 + 1 + 2 * (1 + 32 + 16) + "cube".len() + "squares".len()
}

#[test]
fn other_circuits_are_refused_by_what_differs() {
    let file = &files()[FINISHED];
    let mut other = vec![
        crate::ceremony::Shape::from_builder("cube", cube_builder(3)).unwrap(),
        crate::ceremony::Shape::from_builder("squares", squares_builder(3)).unwrap(),
    ];
    let differs = |circuit: &str, what| Error::WrongCircuit { circuit: circuit.into(), what };
    assert!(read(file, &other).is_ok());
    other[1].digest[31] ^= 1;
    assert_eq!(read(file, &other).err(), Some(differs("squares", "matrix digest")));
    other[1].digest[31] ^= 1;
    other[1].wires += 1;
    assert_eq!(read(file, &other).err(), Some(differs("squares", "number of wires")));
    other[1].wires -= 1;
    other[0].public_inputs = 2;
    assert_eq!(read(file, &other).err(), Some(differs("cube", "number of public inputs")));
    other[0].public_inputs = 1;
    other[0].constraints -= 1;
    assert_eq!(read(file, &other).err(), Some(differs("cube", "number of constraints")));
    other[0].constraints += 1;
    other[0].name = "tube";
    assert_eq!(read(file, &other).err(), Some(differs("tube", "name")));
    other.swap(0, 1);
    assert_eq!(read(file, &other).err(), Some(differs("squares", "name")));
    assert_eq!(read(file, &other[..1]).err(), Some(differs("all", "number of circuits")));
    assert_eq!(read(file, &other[1..]).err(), Some(differs("all", "number of powers")));
    assert!(matches!(read(file, &[]).err(), Some(Error::Field { .. })));
    // A stranger's names are looked up, not trusted.
    assert_eq!(crate::ceremony::circuits_of(file).err(), Some(differs("cube", "name")));
}

/// One row of the table: what is done to the records, and the error.
type Row = (&'static str, usize, fn(&mut Ceremony<'static>), fn(&Error) -> bool);

#[test]
fn altered_histories_are_refused() {
    let table: &[Row] = &[
        (
            "the first contribution is missing",
            PHASE_1,
            |c| drop(c.records.remove(0)),
            |e| *e == Error::MissingRecord { expected: 0, found: 1 },
        ),
        (
            "a contribution is missing",
            FINISHED,
            |c| drop(c.records.remove(1)),
            |e| *e == Error::MissingRecord { expected: 1, found: 2 },
        ),
        (
            "a contribution to phase 2 is missing",
            FINISHED,
            |c| drop(c.records.remove(5)),
            |e| *e == Error::MissingRecord { expected: 5, found: 6 },
        ),
        (
            "missing, and the rest renumbered",
            FINISHED,
            |c| {
                c.records.remove(1);
                renumber(c);
            },
            |e| matches!(e, Error::WrongParent { index: 1, .. }),
        ),
        (
            "the last contribution is missing",
            PHASE_1,
            |c| drop(c.records.pop()),
            |e| *e == Error::PowersNotOfRecord("tau in G1"),
        ),
        (
            "the last contribution to phase 2 is missing",
            PHASE_2,
            |c| drop(c.records.pop()),
            |e| *e == Error::Delta { circuit: "cube".into(), group: "G1" },
        ),
        (
            "a contribution stands twice",
            PHASE_1,
            |c| c.records.insert(2, c.records[1].clone()),
            |e| *e == Error::Repeated { index: 2, earlier: 1 },
        ),
        (
            "twice, with number and parent put right",
            PHASE_1,
            |c| {
                c.records.insert(2, c.records[1].clone());
                rechain(c);
            },
            |e| *e == Error::Repeated { index: 2, earlier: 1 },
        ),
        (
            "one of phase 1's keys in phase 2",
            FINISHED,
            |c| {
                knowledge(c, 4, 1).key = knowledge(c, 2, 0).key;
            },
            |e| *e == Error::Repeated { index: 4, earlier: 2 },
        ),
        (
            "two contributions change places",
            PHASE_1,
            |c| c.records.swap(0, 1),
            |e| *e == Error::MissingRecord { expected: 0, found: 1 },
        ),
        (
            "they change places and are renumbered",
            PHASE_1,
            |c| {
                c.records.swap(0, 1);
                renumber(c);
            },
            |e| matches!(e, Error::WrongParent { index: 0, .. }),
        ),
        (
            "another parent",
            PHASE_2,
            |c| c.records[5].parent[0] ^= 1,
            |e| matches!(e, Error::WrongParent { index: 5, .. }),
        ),
        (
            "another number",
            PHASE_2,
            |c| c.records[5].index = 7,
            |e| *e == Error::MissingRecord { expected: 5, found: 7 },
        ),
        (
            "another name",
            PHASE_1,
            |c| rename(c, 1),
            |e| *e == Error::ProofOfKnowledge { index: 1, secret: "tau".into() },
        ),
        (
            "an element of a record",
            PHASE_1,
            |c| c.records[1].heads[2] = plus_g1(c.records[1].heads[2]),
            |e| *e == Error::ProofOfKnowledge { index: 1, secret: "beta".into() },
        ),
        (
            "a key",
            PHASE_1,
            |c| knowledge(c, 0, 1).key = plus_g1(knowledge(c, 0, 1).key),
            |e| *e == Error::ProofOfKnowledge { index: 0, secret: "alpha".into() },
        ),
        (
            "a proof",
            PHASE_2,
            |c| knowledge(c, 4, 1).proof = plus_g2(knowledge(c, 4, 1).proof),
            |e| *e == Error::ProofOfKnowledge { index: 4, secret: "delta of squares".into() },
        ),
        (
            "an element of phase 1's beacon",
            FINISHED,
            |c| {
                c.records[3].heads[0] = plus_g1(c.records[3].heads[0]);
            },
            |e| *e == Error::BeaconFactor { index: 3, secret: "tau".into() },
        ),
        (
            "an element of phase 2's beacon",
            FINISHED,
            |c| {
                c.records[7].heads[1] = plus_g1(c.records[7].heads[1]);
            },
            |e| *e == Error::BeaconFactor { index: 7, secret: "delta of squares".into() },
        ),
        (
            "another beacon",
            FINISHED,
            |c| {
                let value = b"another value of the day!".to_vec();
                c.records[7].author = Author::Beacon(crate::ceremony::Beacon::new(value, 10).unwrap());
            },
            |e| matches!(e, Error::BeaconFactor { index: 7, .. }),
        ),
        (
            "another delay",
            FINISHED,
            |c| {
                let value = beacon().value().to_vec();
                c.records[7].author = Author::Beacon(crate::ceremony::Beacon::new(value, 11).unwrap());
            },
            |e| matches!(e, Error::BeaconFactor { index: 7, .. }),
        ),
        (
            "a beacon before anybody contributed",
            PHASE_2_START,
            |c| {
                c.records.drain(..3);
                rechain(c);
                let mut fresh = start(shapes(), "test", [7; 32]).unwrap();
                fresh.contribute("x", &randomness("x")).unwrap();
                fresh.finish_phase(beacon()).unwrap();
                // What the beacon makes of the header alone.
                let digest = hash::delay(beacon().value(), &c.records[0].parent, 10);
                for slot in 0..3 {
                    let factor = hash::beacon_factor(&digest, 1, u8::try_from(slot).unwrap());
                    c.records[0].heads[slot] = (g1() * factor).into_affine();
                }
            },
            |e| *e == Error::EarlyBeacon(0),
        ),
        (
            "a record after the end",
            FINISHED,
            |c| {
                c.records.push(c.records[6].clone());
                rechain(c);
            },
            |e| *e == Error::RecordAfterEnd(8),
        ),
        (
            "phase 1 goes on after phase 2",
            PHASE_1,
            |c| c.queries = decoded(PHASE_2).queries,
            |e| matches!(e, Error::TrailingBytes(_)),
        ),
    ];
    for (what, stage, alter, expected) in table {
        let error = refusal(*stage, alter);
        assert!(expected(&error), "{what}: {error:?}");
    }
}

fn renumber(c: &mut Ceremony<'_>) {
    (0..).zip(&mut c.records).for_each(|(index, record)| record.index = index);
}

/// Numbers and parents as they must be; what proofs say does not change.
fn rechain(c: &mut Ceremony<'_>) {
    renumber(c);
    let all = core::mem::take(&mut c.records);
    for mut record in all {
        record.parent = c.hash();
        c.records.push(record);
    }
}

fn rename(c: &mut Ceremony<'_>, index: usize) {
    if let Author::Participant(name, _) = &mut c.records[index].author {
        *name = "mallory".into();
    }
}

/// A contribution that a cheat makes for `c`, with these factors, these results and a right proof.
fn cheat(c: &Ceremony<'_>, factors: &[Field], heads: &[G1Affine], phase: u8) -> Record {
    let (parent, index) = (c.hash(), u32::try_from(c.records.len()).unwrap());
    let knowledge = (0u8..).zip(factors).zip(heads).map(|((slot, factor), head)| {
        let key = (g1() * factor).into_affine();
        let context = Context { parent: &parent, index, phase, slot, name: "mallory" };
        let proof = (hash::challenge(&context, &key, head) * factor).into_affine();
        Knowledge { key, proof }
    });
    let author = Author::Participant("mallory".into(), knowledge.collect());
    Record { index, parent, author, heads: heads.to_vec() }
}

/// What a cheat who computes everything anew can still not do.
#[test]
fn cheats_who_prove_something_are_refused() {
    let mut rng = StdRng::from_seed([6; 32]);
    let factors: [Field; 3] = core::array::from_fn(|_| Field::rand(&mut rng));
    let by = |heads: [G1Affine; 3], factors: &[Field; 3]| {
        core::array::from_fn::<_, 3, _>(|i| (heads[i] * factors[i]).into_affine())
    };
    // Honest work by these tools passes: the refusals below are for the cheating.
    let mut honest = decoded(1);
    let heads = by(honest.powers.heads(), &factors);
    honest.records.push(cheat(&honest, &factors, &heads, 1));
    honest.powers.apply(factors.each_ref());
    assert!(read(&honest.encode(), shapes()).is_ok());

    // A tau of his own choice instead of everybody's: the chain is cut.
    let error = refusal(1, |c| {
        let mut heads = by(c.powers.heads(), &factors);
        heads[0] = (g1() * factors[0]).into_affine();
        c.records.push(cheat(c, &factors, &heads, 1));
    });
    assert_eq!(error, Error::Factor { index: 1, secret: "tau".into() });

    // Nothing contributed.
    for (slot, secret) in ["tau", "alpha", "beta"].into_iter().enumerate() {
        for nothing in [Field::one(), minus_one()] {
            let error = refusal(1, |c| {
                let mut factors = factors;
                factors[slot] = nothing;
                let heads = by(c.powers.heads(), &factors);
                c.records.push(cheat(c, &factors, &heads, 1));
                c.powers.apply(factors.each_ref());
            });
            assert_eq!(error, Error::NoRandomness(format!("record 1: {secret}")));
        }
    }

    // Another ceremony's contribution, its place put right: the proof is bound to its history.
    let foreign = stages(shapes(), "foreign");
    let error = refusal(1, |c| {
        let mut record = Ceremony::decode(&foreign[2], shapes()).unwrap().records[1].clone();
        record.parent = c.hash();
        c.records.push(record);
    });
    assert_eq!(error, Error::ProofOfKnowledge { index: 1, secret: "tau".into() });

    // Records of one ceremony, arrays of another.
    let foreign = |stage: usize| Ceremony::decode(&foreign[stage], shapes()).unwrap();
    let error = refusal(PHASE_1, |c| c.powers = foreign(PHASE_1).powers);
    assert_eq!(error, Error::PowersNotOfRecord("tau in G1"));
    let error = refusal(FINISHED, |c| c.queries = foreign(FINISHED).queries);
    assert_eq!(error, Error::Delta { circuit: "cube".into(), group: "G1" });

    // Phase 2 derived from another phase 1, under the right deltas. (At the
    // start every delta is 1, so only the queries can tell.)
    let error = refusal(PHASE_2_START, |c| {
        let powers = foreign(PHASE_2_START).powers;
        c.queries = shapes().iter().map(|shape| Queries::derive(shape, &powers)).collect();
    });
    assert_eq!(error, Error::Query { circuit: "cube".into(), query: "A in G1" });
    // Derived for another circuit.
    let error = refusal(PHASE_2_START, |c| {
        let mut b = squares_builder(3);
        b.rows[4][0][0].0 *= Field::from(2u8);
        let other = crate::ceremony::Shape::from_builder("squares", b).unwrap();
        c.queries[1] = Queries::derive(&other, &c.powers);
    });
    assert_eq!(error, Error::Query { circuit: "squares".into(), query: "A in G1" });
}

/// The arrays of a whole consistent setup, but with secrets that the records do not give.
#[test]
fn a_consistent_key_of_other_secrets_is_refused() {
    let mut rng = StdRng::from_seed([8; 32]);
    let error = refusal(FINISHED, |c| {
        let delta = Field::rand(&mut rng);
        c.queries[1].apply(&delta);
    });
    assert_eq!(error, Error::Delta { circuit: "squares".into(), group: "G1" });
    let error = refusal(FINISHED, |c| {
        let keep = c.queries[1].delta_g1;
        c.queries[1].apply(&Field::from(5u8));
        c.queries[1].delta_g1 = keep;
    });
    assert_eq!(error, Error::Delta { circuit: "squares".into(), group: "G2" });
    // H and L scaled as if delta were another.
    let error = refusal(FINISHED, |c| {
        let (g1, g2) = (c.queries[1].delta_g1, c.queries[1].delta_g2);
        c.queries[1].apply(&Field::from(5u8));
        (c.queries[1].delta_g1, c.queries[1].delta_g2) = (g1, g2);
    });
    assert_eq!(error, Error::Query { circuit: "squares".into(), query: "L" });
}

#[test]
fn no_file_is_read_into_a_panic() {
    let file = &files()[PHASE_2];
    for (at, value) in (0..400).flat_map(|at| [(at, 0), (at, 0xff), (at, 0x80)]) {
        let mut bytes = file[..file.len().min(4_000)].to_vec();
        bytes[at] = value;
        assert!(verify(&bytes, shapes()).is_err());
        let _ = crate::ceremony::circuits_of(&bytes);
    }
    let mut reader = Reader(&[]);
    assert!(matches!(reader.u8("x"), Err(Error::Truncated(_))));
    let mut writer = Writer::default();
    writer.short(&[]);
    assert!(Reader(&writer.0).text("x").is_err());
    assert_eq!(
        Randomness::new(&mut [0; 64], b"").err(),
        Some(Error::NoRandomness("the operating system's randomness".into()))
    );
}
