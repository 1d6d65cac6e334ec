//! Reading of vector files.

use serde_json::Value;
use sero_shielded::curve::{Point, point_from_bytes};
use sero_shielded::field::{Field, Scalar, field_from_bytes, scalar_from_bytes};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

/// A case, or an object inside one. Shown as its place.
#[derive(Clone)]
pub struct Case {
    place: String,
    value: Value,
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or_else(|| panic!("no 0x: {text}"));
    assert!(digits.len().is_multiple_of(2), "odd number of digits: {text}");
    let byte = |i: usize| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(byte).collect()
}

impl Case {
    fn get(&self, key: &str) -> &Value {
        self.value.get(key).unwrap_or_else(|| panic!("{self} has no `{key}`"))
    }

    pub fn object(&self, key: &str) -> Case {
        Case { place: format!("{self}.{key}"), value: self.get(key).clone() }
    }

    pub fn list(&self, key: &str) -> Vec<Case> {
        self.object(key).items()
    }

    pub fn items(&self) -> Vec<Case> {
        let list = self.value.as_array().unwrap_or_else(|| panic!("{self} is no list"));
        let item = |(i, value): (usize, &Value)| Case { place: format!("{self}[{i}]"), value: value.clone() };
        list.iter().enumerate().map(item).collect()
    }

    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    pub fn is_null(&self, key: &str) -> bool {
        self.get(key).is_null()
    }

    pub fn kind(&self) -> &str {
        self.value.get("kind").and_then(Value::as_str).unwrap_or("")
    }

    pub fn flag(&self, key: &str) -> bool {
        self.get(key).as_bool().unwrap_or_else(|| panic!("{self}.{key} is no boolean"))
    }

    pub fn text(&self, key: &str) -> &str {
        self.get(key).as_str().unwrap_or_else(|| panic!("{self}.{key} is no text"))
    }

    /// A decimal number, as text or as a JSON number.
    pub fn number<T: FromStr<Err: Debug>>(&self, key: &str) -> T {
        let value = self.get(key);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse().unwrap_or_else(|error| panic!("{self}.{key}: {error:?}"))
    }

    pub fn bytes(&self, key: &str) -> Vec<u8> {
        unhex(self.text(key))
    }

    pub fn array<const N: usize>(&self, key: &str) -> [u8; N] {
        self.bytes(key).try_into().unwrap_or_else(|_| panic!("{self}.{key} has not {N} bytes"))
    }

    pub fn field(&self, key: &str) -> Field {
        field_from_bytes(&self.array(key)).unwrap_or_else(|error| panic!("{self}.{key}: {error}"))
    }

    pub fn scalar(&self, key: &str) -> Scalar {
        scalar_from_bytes(&self.array(key)).unwrap_or_else(|error| panic!("{self}.{key}: {error}"))
    }

    pub fn point(&self, key: &str) -> Point {
        point_from_bytes(&self.array(key)).unwrap_or_else(|error| panic!("{self}.{key}: {error}"))
    }

    /// The case itself as bytes, where it is an item of a list of hex texts.
    pub fn as_bytes(&self) -> Vec<u8> {
        unhex(self.value.as_str().unwrap_or_else(|| panic!("{self} is no text")))
    }

    pub fn as_field(&self) -> Field {
        let bytes = self.as_bytes().try_into().unwrap_or_else(|_| panic!("{self} has not 32 bytes"));
        field_from_bytes(&bytes).unwrap_or_else(|error| panic!("{self}: {error}"))
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors")
}

/// The names of all files, in order.
pub fn files() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("docs/spec/vectors")
        .map(|entry| entry.expect("docs/spec/vectors").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub fn cases(file: &str) -> Vec<Case> {
    let path = folder().join(format!("{file}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}.json: {error}"));
    Case { place: file.into(), value }.list("cases")
}

/// Calls `check` for every case and fails if there is none.
pub fn run(file: &str, mut check: impl FnMut(&Case)) {
    let cases = cases(file);
    assert!(!cases.is_empty(), "{file}.json has no cases");
    cases.iter().for_each(&mut check);
    report(file, &counts(file));
}

pub fn counts(file: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    cases(file).iter().for_each(|case| *counts.entry(case.kind().to_owned()).or_default() += 1);
    counts
}

#[expect(clippy::print_stdout, reason = "shown by `cargo test -- --nocapture`")]
pub fn report(file: &str, counts: &BTreeMap<String, usize>) {
    println!("{file}.json: {} cases {counts:?}", counts.values().sum::<usize>());
}
