//! A disclosure as a file: JSON for people and scripts, or the bytes themselves.

use alloy_primitives::hex;
use serde_json::{Map, Value, json};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::disclosure::{Claim, DISCLOSURE_LEN_MAX, Disclosure, DisclosureError, NoteKind, VERSION};
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::tree::{ARITY, DEPTH};

/// Name of the JSON form.
const FORMAT: &str = "sero-disclosure";
/// Bytes of the longest file that is read.
pub const FILE_LEN_MAX: usize = 64 * 1024;

/// Why a file is not a disclosure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureFileError {
    /// Too long.
    #[error("file is longer than {FILE_LEN_MAX} bytes, a disclosure is not")]
    TooLong,
    /// Not JSON.
    #[error("file is neither a binary disclosure nor JSON: {0}")]
    Json(String),
    /// A field is missing, of a wrong form, or unknown.
    #[error("{field}: {expected}")]
    Field {
        /// Which.
        field: String,
        /// What is allowed there.
        expected: String,
    },
    /// The bytes are refused.
    #[error("{0}")]
    Disclosure(#[from] DisclosureError),
}

/// The JSON form.
pub fn to_json(disclosure: &Disclosure) -> Value {
    let field = |value: &Field| hex::encode_prefixed(field_to_bytes(value));
    let level = |nodes: &[Field; ARITY - 1]| nodes.iter().map(field).collect::<Vec<_>>();
    let claim = match disclosure.claim {
        Claim::None => Value::Null,
        Claim::Payee(signature) => json!({ "by": "payee", "signature": hex::encode_prefixed(signature.0) }),
        Claim::Payer { key, signature } => json!({
            "by": "payer",
            "key": hex::encode_prefixed(point_to_bytes(&key)),
            "signature": hex::encode_prefixed(signature.0),
        }),
    };
    json!({
        "format": FORMAT,
        "version": VERSION,
        "pool": disclosure.pool,
        "kind": if disclosure.kind == NoteKind::Hidden { "hidden" } else { "public" },
        "chainId": disclosure.chain.chain_id.to_string(),
        "genesisHash": disclosure.chain.genesis_hash,
        "position": disclosure.position.to_string(),
        "commitment": field(&disclosure.commitment),
        "address": hex::encode_prefixed(disclosure.to.to_bytes()),
        "asset": hex::encode_prefixed(disclosure.asset.to_bytes()),
        "amount": disclosure.amount.to_string(),
        "seed": hex::encode_prefixed(disclosure.seed),
        "anchor": field(&disclosure.anchor),
        "siblings": disclosure.siblings.iter().map(level).collect::<Vec<_>>(),
        "claim": claim,
    })
}

/// Reads either form.
pub fn read(bytes: &[u8]) -> Result<Disclosure, DisclosureFileError> {
    if bytes.len() > FILE_LEN_MAX {
        return Err(DisclosureFileError::TooLong);
    }
    if bytes.first() == Some(&VERSION) {
        return Ok(Disclosure::decode(bytes)?);
    }
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| DisclosureFileError::Json(error.to_string()))?;
    from_json(&value)
}

/// Reads the JSON form: exactly the fields of [`to_json`], written as it writes them.
pub fn from_json(value: &Value) -> Result<Disclosure, DisclosureFileError> {
    let object = Object::new("", value)?;
    if object.text("format")? != FORMAT {
        return Err(object.bad("format", format!("expected `{FORMAT}`")));
    }
    let claim = object.get("claim")?;
    let claim = if claim.is_null() { None } else { Some(Object::new("claim.", claim)?) };
    let by = match &claim {
        None => 0,
        Some(claim) => match claim.text("by")? {
            "payee" => 1,
            "payer" => 2,
            _ => return Err(claim.bad("by", "expected `payee` or `payer`".into())),
        },
    };
    let kind = match object.text("kind")? {
        "hidden" => 0,
        "public" => 1,
        _ => return Err(object.bad("kind", "expected `hidden` or `public`".into())),
    };
    let mut bytes = Vec::with_capacity(DISCLOSURE_LEN_MAX);
    bytes.extend([object.small("version")?, object.small("pool")?, kind, by]);
    bytes.extend(object.decimal::<u64>("chainId", "below 2^64")?.to_be_bytes());
    bytes.extend(object.bytes::<32>("genesisHash")?);
    bytes.extend(object.decimal::<u64>("position", "below 2^64")?.to_be_bytes());
    bytes.extend(object.bytes::<32>("commitment")?);
    bytes.extend(object.bytes::<64>("address")?);
    bytes.extend(object.bytes::<32>("asset")?);
    bytes.extend(object.decimal::<u128>("amount", "below 2^128")?.to_be_bytes());
    bytes.extend(object.bytes::<32>("seed")?);
    if let (2, Some(claim)) = (by, &claim) {
        bytes.extend(claim.bytes::<32>("key")?);
    }
    bytes.extend(object.bytes::<32>("anchor")?);
    bytes.extend(siblings(&object)?);
    if let Some(claim) = &claim {
        bytes.extend(claim.bytes::<64>("signature")?);
        claim.only(if by == 2 { &["by", "key", "signature"] } else { &["by", "signature"] })?;
    }
    object.only(&[
        "format",
        "version",
        "pool",
        "kind",
        "chainId",
        "genesisHash",
        "position",
        "commitment",
        "address",
        "asset",
        "amount",
        "seed",
        "anchor",
        "siblings",
        "claim",
    ])?;
    Ok(Disclosure::decode(&bytes)?)
}

fn siblings(object: &Object<'_>) -> Result<Vec<u8>, DisclosureFileError> {
    let expected = || object.bad("siblings", format!("expected {DEPTH} lists of {} nodes", ARITY - 1));
    let levels = object.get("siblings")?.as_array().filter(|levels| levels.len() == DEPTH);
    let mut bytes = Vec::new();
    for (i, level) in levels.ok_or_else(expected)?.iter().enumerate() {
        let nodes = level.as_array().filter(|nodes| nodes.len() == ARITY - 1).ok_or_else(expected)?;
        for (j, node) in nodes.iter().enumerate() {
            bytes.extend(unhex::<32>(&format!("siblings[{i}][{j}]"), node)?);
        }
    }
    Ok(bytes)
}

/// An object of the file.
struct Object<'v> {
    place: &'static str,
    fields: &'v Map<String, Value>,
}

impl<'v> Object<'v> {
    fn new(place: &'static str, value: &'v Value) -> Result<Self, DisclosureFileError> {
        match value.as_object() {
            Some(fields) => Ok(Self { place, fields }),
            None => {
                let field = if place.is_empty() { "file" } else { place.trim_end_matches('.') };
                Err(DisclosureFileError::Field { field: field.into(), expected: "expected an object".into() })
            }
        }
    }

    fn bad(&self, name: &str, expected: String) -> DisclosureFileError {
        DisclosureFileError::Field { field: format!("{}{name}", self.place), expected }
    }

    fn get(&self, name: &str) -> Result<&'v Value, DisclosureFileError> {
        self.fields.get(name).ok_or_else(|| self.bad(name, "is missing".into()))
    }

    fn text(&self, name: &str) -> Result<&'v str, DisclosureFileError> {
        self.get(name)?.as_str().ok_or_else(|| self.bad(name, "expected a text".into()))
    }

    fn small(&self, name: &str) -> Result<u8, DisclosureFileError> {
        let number = self.get(name)?.as_u64().and_then(|number| u8::try_from(number).ok());
        number.ok_or_else(|| self.bad(name, "expected a number from 0 to 255".into()))
    }

    /// A decimal number as text, without sign or leading zeros.
    fn decimal<T: core::str::FromStr + ToString>(
        &self,
        name: &str,
        range: &str,
    ) -> Result<T, DisclosureFileError> {
        let text = self.get(name)?.as_str();
        let number = text.and_then(|text| text.parse::<T>().ok().filter(|number| number.to_string() == text));
        number.ok_or_else(|| self.bad(name, format!("expected a decimal number {range} as text")))
    }

    fn bytes<const N: usize>(&self, name: &str) -> Result<[u8; N], DisclosureFileError> {
        unhex(&format!("{}{name}", self.place), self.get(name)?)
    }

    fn only(&self, names: &[&str]) -> Result<(), DisclosureFileError> {
        match self.fields.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.bad(name, "is unknown".into())),
        }
    }
}

/// `0x` and lower-case digits, of exactly `N` bytes.
fn unhex<const N: usize>(place: &str, value: &Value) -> Result<[u8; N], DisclosureFileError> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let digits = digits.filter(|digits| !digits.bytes().any(|byte| byte.is_ascii_uppercase()));
    let mut bytes = [0; N];
    let read = digits.is_some_and(|digits| hex::decode_to_slice(digits.as_bytes(), &mut bytes).is_ok());
    if read && digits.is_some_and(|digits| digits.len() == 2 * N) {
        return Ok(bytes);
    }
    let expected = format!("expected 0x and {} lower-case hex digits", 2 * N);
    Err(DisclosureFileError::Field { field: place.into(), expected })
}
