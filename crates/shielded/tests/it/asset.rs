use crate::rng::Rng;
use crate::vectors::{self, Case};
use sero_shielded::asset::{AssetError, AssetId, AssetName, NameError};
use sero_shielded::curve::{check_subgroup, point_to_bytes};
use std::collections::{BTreeSet, HashSet};
use unicode_normalization::is_nfc;

fn name(case: &Case) -> AssetName {
    AssetName::new(&case.bytes("name")).unwrap_or_else(|error| panic!("{case}.name: {error}"))
}

fn reason(error: NameError) -> &'static [&'static str] {
    match error {
        NameError::Empty | NameError::TooLong(_) => &["length"],
        NameError::NotUtf8 => &["utf-8"],
        NameError::ControlCharacter(_) => &["control", "invisible"],
        NameError::OuterSpace => &["white-space"],
        NameError::NotNfc => &["not-nfc"],
    }
}

#[test]
fn vectors() {
    vectors::run("asset", |case| {
        let id = match case.kind() {
            "name" => {
                let bytes = case.bytes("name");
                match AssetName::new(&bytes) {
                    Ok(name) => {
                        assert!(case.flag("valid"), "{case}: accepted");
                        assert_eq!(name.as_str().as_bytes(), bytes, "{case}");
                    }
                    Err(error) => {
                        assert!(!case.flag("valid"), "{case}: {error}");
                        assert!(reason(error).contains(&case.text("reason")), "{case}: {error}");
                    }
                }
                return;
            }
            "coin" => AssetId::coin(),
            "token" => AssetId::token(&case.array("issuer"), &name(case)),
            "category" => AssetId::category(&case.array("issuer"), &name(case)),
            "ticket" => AssetId::ticket(
                &AssetId::from_bytes(case.array("category")).expect("category"),
                &case.array("number"),
            ),
            "any" => AssetId::from_bytes(case.array("id")).expect("id"),
            kind => panic!("{case}: unknown kind {kind}"),
        };
        assert_eq!(id.to_bytes(), case.array("id"), "{case}");
        assert_eq!(id.to_field(), case.field("id"), "{case}");
        if case.kind() != "category" {
            let generator = id.generator().unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(point_to_bytes(&generator), case.array("generator"), "{case}");
            assert_eq!((generator.x, generator.y), (case.field("V.x"), case.field("V.y")), "{case}");
        }
    });
}

/// The code points that chapter 03 lists, `U+A` or `U+A..U+B`.
fn invisible_by_the_text() -> BTreeSet<u32> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/03-assets.md");
    let text = std::fs::read_to_string(path).expect("docs/spec/03-assets.md");
    let (_, names) = text.split_once("**Names**").expect("a paragraph on names");
    let (names, _) = names.split_once("\n\n**").expect("a paragraph after it");
    let mut points = BTreeSet::new();
    for range in names.split_whitespace().map(|word| word.trim_matches([',', '.', ';', '(', ')', '`'])) {
        let code = |text: &str| u32::from_str_radix(text.strip_prefix("U+")?, 16).ok();
        match range.split_once("..") {
            Some((from, to)) => points.extend(code(from).expect("U+")..=code(to).expect("U+")),
            None => points.extend(code(range)),
        }
    }
    assert!(points.contains(&0x200b) && points.contains(&0xe0100), "{points:?}");
    points
}

#[test]
fn every_character_is_judged_by_the_text() {
    let invisible = invisible_by_the_text();
    for c in '\0'..=char::MAX {
        // In the middle, so that white space is not outside.
        let text = format!("a{c}b");
        let result = AssetName::new(text.as_bytes()).map(|name| name.as_str().to_owned());
        let expected = if c.is_control() || invisible.contains(&u32::from(c)) {
            Err(NameError::ControlCharacter(c.into()))
        } else if !is_nfc(&text) {
            Err(NameError::NotNfc)
        } else {
            Ok(text)
        };
        assert_eq!(result, expected, "U+{:04X}", u32::from(c));
        if c.is_whitespace() {
            assert!(AssetName::new(format!("a{c}").as_bytes()).is_err(), "U+{:04X} at the end", u32::from(c));
            assert!(
                AssetName::new(format!("{c}a").as_bytes()).is_err(),
                "U+{:04X} at the start",
                u32::from(c)
            );
        }
    }
}

#[test]
fn ids_at_or_above_r_are_refused() {
    for case in vectors::cases("field").iter().filter(|case| case.kind() == "field" && !case.flag("valid")) {
        assert_eq!(AssetId::from_bytes(case.array("bytes")), Err(AssetError::NotCanonical), "{case}");
    }
}

#[test]
fn generators_are_unrelated() {
    let mut rng = Rng::new("assets");
    let name = AssetName::new(b"Sero").expect("name");
    let mut ids = vec![AssetId::coin()];
    while ids.len() < 2_000 {
        let issuer: [u8; 20] = rng.bytes()[..20].try_into().expect("20 of 32 bytes");
        let category = AssetId::category(&issuer, &name);
        ids.extend([AssetId::token(&issuer, &name), AssetId::ticket(&category, &rng.bytes())]);
        // Small ids and their negatives modulo r, which belong to nothing.
        let small = sero_shielded::field::Field::from(u64::try_from(ids.len()).expect("64 bits"));
        let both = [small, -small].map(|value| sero_shielded::field::field_to_bytes(&value));
        ids.extend(both.map(|bytes| AssetId::from_bytes(bytes).expect("canonical")));
    }
    let mut seen = HashSet::new();
    for id in &ids {
        let generator = id.generator().unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(generator.is_on_curve(), "{id}");
        assert_eq!(check_subgroup(&generator), Ok(()), "{id}");
        // A point and its negative have the same y: no two generators may share it.
        assert!(seen.insert(generator.y), "{id}: the generator of another asset, or its negative");
    }
    assert!(seen.len() >= 2_000);
}
