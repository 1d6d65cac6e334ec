//! RLP tests: values and their encodings, and bytes that are no encoding.

use super::{Verdict, field};
use alloy_primitives::{Bytes, U512};
use alloy_rlp::{Decodable, Encodable, Error, Header};
use serde::Deserialize;
use serde_json::Value;

/// A byte string or a list.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Bytes(Vec<u8>),
    List(Vec<Item>),
}

/// Runs one case.
pub fn run(name: &str, document: &Value) -> Verdict {
    let case = field(document, name)?;
    let out = field(case, "out")?.as_str().ok_or("out: not a string")?;
    let bytes = Bytes::deserialize(Value::from(format!("0x{}", out.trim_start_matches("0x"))));
    let bytes = bytes.map_err(|error| format!("out: {error}"))?;
    let decoded = decode_all(&bytes);
    match (field(case, "in")?, decoded) {
        (Value::String(word), Ok(item)) if word == "INVALID" => Err(format!("decoded as {item:?}")),
        (Value::String(word), Err(_)) if word == "INVALID" => Ok(()),
        (_, Err(error)) => Err(format!("refused: {error}")),
        (Value::String(word), Ok(item)) if word == "VALID" => check_encoding(&item, &bytes),
        (value, Ok(item)) => {
            let expected = read(value)?;
            if item != expected {
                return Err(format!("decoded as {item:?}, expected {expected:?}"));
            }
            check_encoding(&expected, &bytes)
        }
    }
}

fn check_encoding(item: &Item, bytes: &[u8]) -> Verdict {
    let mut encoded = Vec::new();
    encode(item, &mut encoded);
    if encoded == bytes { Ok(()) } else { Err(format!("encoded as {}", Bytes::from(encoded))) }
}

/// A test's value: text, a number (with # in front if it is long), or a list.
fn read(value: &Value) -> Result<Item, String> {
    let number = |number: U512| Item::Bytes(number.to_be_bytes_trimmed_vec());
    match value {
        Value::String(text) => match text.strip_prefix('#') {
            Some(digits) => {
                digits.parse::<U512>().map(number).map_err(|error| format!("in: {digits}: {error}"))
            }
            None => Ok(Item::Bytes(text.bytes().collect())),
        },
        Value::Number(small) => small.as_u64().map(|small| number(U512::from(small))).ok_or("in".into()),
        Value::Array(items) => items.iter().map(read).collect::<Result<_, _>>().map(Item::List),
        _ => Err("in: neither text nor number nor list".into()),
    }
}

fn decode_all(mut bytes: &[u8]) -> Result<Item, Error> {
    let item = decode(&mut bytes)?;
    if bytes.is_empty() { Ok(item) } else { Err(Error::UnexpectedLength) }
}

fn decode(bytes: &mut &[u8]) -> Result<Item, Error> {
    let mut rest = *bytes;
    if !Header::decode(&mut rest)?.list {
        return Bytes::decode(bytes).map(|bytes| Item::Bytes(bytes.into()));
    }
    let mut payload = Header::decode_bytes(bytes, true)?;
    let mut items = Vec::new();
    while !payload.is_empty() {
        items.push(decode(&mut payload)?);
    }
    Ok(Item::List(items))
}

fn encode(item: &Item, out: &mut Vec<u8>) {
    match item {
        Item::Bytes(bytes) => bytes.as_slice().encode(out),
        Item::List(items) => {
            let mut payload = Vec::new();
            items.iter().for_each(|item| encode(item, &mut payload));
            Header { list: true, payload_length: payload.len() }.encode(out);
            out.extend(payload);
        }
    }
}
