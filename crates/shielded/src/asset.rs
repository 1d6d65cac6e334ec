//! Asset ids and amounts. The coin, tokens and tickets are one kind of thing:
//! an (asset, amount) with `1 <= amount < 2^128`.

use crate::curve::{Point, map_to_subgroup};
use crate::field::{Field, NotCanonical, field_from_bytes, field_to_bytes};
use crate::hash::keccak_to_field;
use crate::poseidon::{Tag, poseidon};
use core::fmt;
use std::sync::OnceLock;
use unicode_normalization::is_nfc;

/// Bytes in the longest token or category name.
pub const NAME_LEN_MAX: usize = 32;

/// The id of a coin, token or ticket: a canonical field element, 32 bytes big-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId([u8; 32]);

/// Why a number is not a usable asset id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// At or above `r`.
    #[error("asset id is not below the BN254 scalar field modulus")]
    NotCanonical,
    /// The id's generator would be the identity.
    #[error("asset id has no generator")]
    NoGenerator,
}

impl From<NotCanonical> for AssetError {
    fn from(_: NotCanonical) -> Self {
        Self::NotCanonical
    }
}

impl AssetId {
    /// The coin SERO: `keccak_to_field("SERO.asset.coin")`.
    pub fn coin() -> Self {
        static COIN: OnceLock<AssetId> = OnceLock::new();
        *COIN.get_or_init(|| Self::from_field(&keccak_to_field("SERO.asset.coin", &[])))
    }

    /// `keccak_to_field("SERO.asset.token"; issuer, name)`.
    pub fn token(issuer: &[u8; 20], name: &AssetName) -> Self {
        Self::from_field(&keccak_to_field("SERO.asset.token", &[issuer, name.as_str().as_bytes()]))
    }

    /// A ticket category: `keccak_to_field("SERO.asset.category"; issuer, name)`.
    pub fn category(issuer: &[u8; 20], name: &AssetName) -> Self {
        Self::from_field(&keccak_to_field("SERO.asset.category", &[issuer, name.as_str().as_bytes()]))
    }

    /// `keccak_to_field("SERO.asset.ticket"; category, number)`, both 32 bytes.
    pub fn ticket(category: &AssetId, number: &[u8; 32]) -> Self {
        Self::from_field(&keccak_to_field("SERO.asset.ticket", &[&category.0, number]))
    }

    /// Reads an id; values at or above `r` are refused.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, AssetError> {
        field_from_bytes(&bytes)?;
        Ok(Self(bytes))
    }

    /// The id as 32 big-endian bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The id as a field element.
    pub fn to_field(self) -> Field {
        field_from_bytes(&self.0).expect("checked when the id was made")
    }

    fn from_field(value: &Field) -> Self {
        Self(field_to_bytes(value))
    }

    /// The asset generator `V(a) = 8 * Elligator2(P[gen](a))` on `J`.
    pub fn generator(self) -> Result<Point, AssetError> {
        map_to_subgroup(&poseidon(Tag::Generator, &[self.to_field()])).ok_or(AssetError::NoGenerator)
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A registered name: 1 to 32 bytes of UTF-8 in NFC without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetName(String);

/// Why a name cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No byte at all.
    #[error("name is empty")]
    Empty,
    /// Over [`NAME_LEN_MAX`] bytes.
    #[error("name has {0} bytes, at most 32 are allowed")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("name is not UTF-8")]
    NotUtf8,
    /// A control, format or whitespace-only character.
    #[error("name has a control or invisible character (U+{0:04X})")]
    ControlCharacter(u32),
    /// Leading or trailing white space.
    #[error("name begins or ends with white space")]
    OuterSpace,
    /// Not in Unicode normalisation form C.
    #[error("name is not in Unicode normalisation form C")]
    NotNfc,
}

impl AssetName {
    /// Checks a name.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        if bytes.is_empty() {
            return Err(NameError::Empty);
        }
        if bytes.len() > NAME_LEN_MAX {
            return Err(NameError::TooLong(bytes.len()));
        }
        let name = core::str::from_utf8(bytes).map_err(|_| NameError::NotUtf8)?;
        if let Some(c) = name.chars().find(|c| c.is_control() || is_invisible(*c)) {
            return Err(NameError::ControlCharacter(c as u32));
        }
        if name.trim() != name {
            return Err(NameError::OuterSpace);
        }
        if !is_nfc(name) {
            return Err(NameError::NotNfc);
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Zero-width and direction characters, with which two names can look the same.
fn is_invisible(c: char) -> bool {
    matches!(c as u32,
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
        | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
        | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}
