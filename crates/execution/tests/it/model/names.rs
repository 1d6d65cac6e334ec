//! Names in the Solidity model of ASSETS beside the chain's own check of them, and the tables of Unicode that the
//! model has.

use super::stock::Stock;
use alloy_primitives::{Address, TxKind, U256};
use alloy_sol_types::{SolCall, SolError};
use sero_primitives::ASSETS;
use sero_primitives::precompile::abi::IAssets;
use sero_shielded::asset::AssetName;
use sero_testkit::rng::Rng;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

const TABLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/src/model/NormalTables.sol");

/// Characters at which some rule ends.
const EDGES: &[char] = &[
    'a',
    'e',
    'o',
    'é',
    'ȩ',
    ' ',
    '\u{a0}',
    '\u{ad}',
    '\u{300}',
    '\u{301}',
    '\u{327}',
    '\u{338}',
    '\u{344}',
    '\u{345}',
    '\u{1100}',
    '\u{1161}',
    '\u{11a8}',
    '\u{ac00}',
    '\u{ac01}',
    '\u{958}',
    '\u{9c7}',
    '\u{9be}',
    '\u{1b05}',
    '\u{1b35}',
    '\u{1fff}',
    '\u{200a}',
    '\u{200b}',
    '\u{2028}',
    '\u{202f}',
    '\u{212b}',
    '\u{2126}',
    '\u{3000}',
    '\u{3099}',
    '\u{304b}',
    '\u{f900}',
    '\u{feff}',
    '\u{ffff}',
    '\u{10000}',
    '\u{11131}',
    '\u{11127}',
    '\u{1d15e}',
    '\u{1f600}',
    '\u{2f800}',
    '\u{e0001}',
    '\u{10ffff}',
    '\u{7f}',
    '\u{9f}',
    '\n',
];

/// Every character.
fn all() -> impl Iterator<Item = char> {
    (0..=0x0010_ffff).filter_map(char::from_u32)
}

fn three(c: u32) -> [u8; 3] {
    let [_, bytes @ ..] = c.to_be_bytes();
    bytes
}

/// The two characters that `c` stands for, if they give `c` again; Hangul has no table.
fn pair(c: char) -> Option<[char; 2]> {
    let mut parts = Vec::new();
    decompose_canonical(c, |part| parts.push(part));
    let (last, first) = parts.split_last()?;
    let first = first.iter().copied().reduce(|a, b| compose(a, b).unwrap_or('\0'))?;
    let hangul = ('\u{ac00}'..='\u{d7a3}').contains(&c);
    (!hangul && compose(first, *last) == Some(c)).then_some([first, *last])
}

fn is_never_composed(c: char) -> bool {
    let text = c.to_string();
    !unicode_normalization::is_nfc(&text)
}

/// Ranges of characters with the same value.
fn ranges(value: impl Fn(char) -> Option<u8>) -> Vec<(u32, u32, u8)> {
    let mut ranges: Vec<(u32, u32, u8)> = Vec::new();
    for c in all() {
        let Some(v) = value(c) else { continue };
        let code = c as u32;
        match ranges.last_mut() {
            Some((_, last, same)) if *last + 1 == code && *same == v => *last = code,
            _ => ranges.push((code, code, v)),
        }
    }
    ranges
}

/// The three tables, in the order of the file.
fn tables() -> [Vec<u8>; 3] {
    let never = ranges(|c| is_never_composed(c).then_some(0));
    let singletons = never.iter().flat_map(|(a, b, _)| [three(*a), three(*b)].concat()).collect();
    let classes = ranges(|c| Some(canonical_combining_class(c)).filter(|class| *class != 0));
    let classes =
        classes.iter().flat_map(|(a, b, class)| [&three(*a)[..], &three(*b), &[*class]].concat()).collect();
    let pairs = all().filter_map(|c| Some([c, pair(c)?[0], pair(c)?[1]]));
    let pairs = pairs.flat_map(|row| row.map(|c| three(c as u32)).concat()).collect();
    [singletons, classes, pairs]
}

/// The file with these tables in it.
fn with_tables(source: &str) -> String {
    let mut parts = source.split("bytes private constant ");
    let mut out = parts.next().unwrap().to_owned();
    for (part, table) in parts.zip(tables()) {
        let name = part.split_whitespace().next().unwrap();
        let lines: Vec<String> = table
            .chunks(48)
            .map(|chunk| format!("        hex\"{}\"", alloy_primitives::hex::encode(chunk)))
            .collect();
        out.push_str(&format!("bytes private constant {name} =\n{};\n\n    ", lines.join("\n")));
    }
    out.trim_end().to_owned() + "\n}\n"
}

#[test]
fn the_models_tables_are_those_of_the_chain() {
    let found = std::fs::read_to_string(TABLES).unwrap();
    let expected = with_tables(&found);
    if std::env::var_os("SERO_WRITE_TABLES").is_some() {
        std::fs::write(TABLES, expected).unwrap();
    } else {
        assert!(found == expected, "stale: run this test with SERO_WRITE_TABLES=1");
    }
}

fn name(rng: &mut Rng) -> String {
    let character = |rng: &mut Rng| match rng.below(8) {
        0 => char::from_u32(rng.below(0x0011_0000) as u32).unwrap_or('x'),
        1 => char::from_u32(0x300 + rng.below(0x80) as u32).expect("combining marks"),
        _ => *rng.pick(EDGES),
    };
    (0..rng.below(12)).map(|_| character(rng)).collect()
}

#[test]
fn the_model_takes_the_names_that_the_chain_takes() {
    let (mut rng, mut stock) = (Rng::new(3), Stock::alone());
    let sender = Address::repeat_byte(0x5e);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..700 {
        let name = name(&mut rng);
        stock.set_account(sender, 0, 0);
        let call = IAssets::registerCategoryCall { name: name.clone() };
        let found = stock.call(sender, TxKind::Call(ASSETS), 0, call.abi_encode());
        match AssetName::new(name.as_bytes()) {
            Ok(_) if IAssets::NameTaken::abi_decode(&found.output).is_ok() => good += 1,
            Ok(_) => {
                assert!(found.success, "{name:?}: {}", found.output);
                good += 1;
            }
            Err(error) => {
                let expected = IAssets::InvalidName { reason: error.to_string() }.abi_encode();
                assert_eq!(found.output, expected, "{name:?}");
                bad += 1;
            }
        }
    }
    assert!(good > 50 && bad > 200, "{good} good, {bad} bad");
    assert_eq!(stock.balance(ASSETS), U256::ZERO);
}
