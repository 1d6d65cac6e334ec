//! Trie tests with hashed keys, in the trie that holds the state.

use super::{Verdict, field, parse};
use alloy_primitives::{B256, Bytes, hex};
use serde_json::Value;
use sero_storage::{Storage, StorageOptions};

/// Runs one case.
pub fn run(name: &str, document: &Value) -> Verdict {
    let case = field(document, name)?;
    let entries: Vec<(Bytes, Option<Bytes>)> = match field(case, "in")? {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| Ok((bytes(key), text(value)?)))
            .collect::<Result<_, String>>()?,
        Value::Array(entries) => {
            let pair = |entry: &Value| match entry.as_array().map(Vec::as_slice) {
                Some([Value::String(key), value]) => Ok((bytes(key), text(value)?)),
                _ => Err("in: not a pair".to_owned()),
            };
            entries.iter().map(pair).collect::<Result<_, _>>()?
        }
        _ => return Err("in: neither an object nor a list".into()),
    };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let options = StorageOptions { map_bytes_max: 1 << 24, durable: false, ..Default::default() };
    let storage = Storage::open(folder.path(), options).map_err(|error| error.to_string())?;
    let snapshot = storage.snapshot().map_err(|error| error.to_string())?;
    let found = snapshot.hashed_trie_root(&entries).map_err(|error| error.to_string())?;
    let expected: B256 = parse(case, "root")?;
    if found == expected { Ok(()) } else { Err(format!("root is {found}, expected {expected}")) }
}

/// Text, or bytes in hexadecimal.
fn bytes(text: &str) -> Bytes {
    match text.strip_prefix("0x").map(hex::decode) {
        Some(Ok(bytes)) => bytes.into(),
        _ => Bytes::copy_from_slice(text.as_bytes()),
    }
}

/// A value; none removes the key.
fn text(value: &Value) -> Result<Option<Bytes>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(bytes(text))),
        _ => Err("a value is neither text nor null".into()),
    }
}
