//! The promises of a decoder, as assertions on one input.

use crate::meter;
use core::fmt::Display;

/// Allocations up to here are nobody's declared length.
const ALLOCATION_BASE: usize = 16 * 1024;
/// Bytes that a decoder may reserve at once for each byte of input.
const ALLOCATION_FACTOR: usize = 64;

/// What a decoder said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gave a value.
    Decoded,
    /// It gave an error.
    Refused,
}

/// Bytes: encoding the value gives them back.
///
/// # Panics
/// If the decoder broke a promise.
pub fn canonical<T, E: Display>(
    bytes: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
    encode: impl FnOnce(&T) -> Vec<u8>,
) -> Verdict {
    total(bytes, decode, |value| {
        assert!(encode(value) == bytes, "accepted bytes are not what encoding gives")
    })
}

/// A text or JSON, which may be written in more ways than one: the value's own
/// form decodes, and to itself.
///
/// # Panics
/// If the decoder broke a promise.
pub fn normal<T, E: Display>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Verdict {
    total(bytes, &decode, |value| {
        let form = encode(value);
        match decode(&form) {
            Ok(again) => assert!(encode(&again) == form, "the value's own form decodes to another value"),
            Err(error) => panic!("the value's own form is refused: {error}"),
        }
    })
}

/// Total, and `also` holds for what it accepts.
///
/// # Panics
/// If the decoder broke a promise.
pub fn total<T, E: Display>(
    bytes: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
    also: impl FnOnce(&T),
) -> Verdict {
    let (result, largest) = meter::largest(|| decode(bytes));
    let allowed = ALLOCATION_BASE + ALLOCATION_FACTOR * bytes.len();
    assert!(largest <= allowed, "one allocation of {largest} bytes for {} bytes of input", bytes.len());
    match result {
        Ok(value) => {
            also(&value);
            Verdict::Decoded
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "an error without a text");
            Verdict::Refused
        }
    }
}
