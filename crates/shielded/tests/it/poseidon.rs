use crate::vectors::{self, Case};
use sero_shielded::poseidon::{Tag, parameters, poseidon};
use std::collections::BTreeSet;

fn tag(number: u8) -> Tag {
    [Tag::Plain, Tag::Owner, Tag::Pkr, Tag::Generator, Tag::Commitment, Tag::Node, Tag::Nullifier]
        .into_iter()
        .find(|tag| *tag as u8 == number)
        .unwrap_or_else(|| panic!("unknown tag {number}"))
}

#[test]
fn vectors() {
    let mut pairs = BTreeSet::new();
    vectors::run("poseidon", |case| {
        let number = case.number("tag");
        let inputs: Vec<_> = case.list("inputs").iter().map(Case::as_field).collect();
        assert_eq!(poseidon(tag(number), &inputs), case.field("output"), "{case}");
        pairs.insert((number, inputs.len()));
    });
    assert_eq!(pairs, (0..=6).flat_map(|tag| (1..=8).map(move |arity| (tag, arity))).collect());
}

#[test]
fn rounds_are_those_of_the_text() {
    for (t, partial) in (2..=9).zip([56, 57, 56, 60, 60, 63, 64, 63]) {
        let p = parameters(t);
        assert_eq!((p.full_rounds, p.partial_rounds), (8, partial), "t = {t}");
        assert_eq!(p.round_constants.len(), (8 + partial) * t);
        assert_eq!(p.mds.iter().map(Vec::len).collect::<Vec<_>>(), vec![t; t]);
    }
}
