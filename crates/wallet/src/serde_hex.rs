//! Serde forms of protocol types: hex for bytes, decimal text for amounts.

use alloy_primitives::{Bytes, hex};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Asset ids.
pub mod asset {
    use super::*;
    use sero_shielded::asset::AssetId;

    pub fn serialize<S: Serializer>(value: &AssetId, s: S) -> Result<S::Ok, S::Error> {
        Bytes::copy_from_slice(&value.to_bytes()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<AssetId, D::Error> {
        AssetId::from_bytes(array(d)?).map_err(D::Error::custom)
    }
}

/// Field elements.
pub mod field {
    use super::*;
    use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};

    pub fn serialize<S: Serializer>(value: &Field, s: S) -> Result<S::Ok, S::Error> {
        Bytes::copy_from_slice(&field_to_bytes(value)).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Field, D::Error> {
        field_from_bytes(&array(d)?).map_err(D::Error::custom)
    }
}

/// Amounts.
pub mod amount {
    use super::*;

    pub fn serialize<S: Serializer>(value: &u128, s: S) -> Result<S::Ok, S::Error> {
        value.to_string().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u128, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// An amount that may be missing.
pub mod amount_option {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Option<u128>, s: S) -> Result<S::Ok, S::Error> {
        value.map(|amount| amount.to_string()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u128>, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// The tree with the paths of the wallet's notes.
pub mod tree {
    use super::*;
    use sero_shielded::tree::MarkedTree;

    pub fn serialize<S: Serializer>(value: &MarkedTree, s: S) -> Result<S::Ok, S::Error> {
        Bytes::from(value.to_bytes()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<MarkedTree, D::Error> {
        MarkedTree::from_bytes(&Bytes::deserialize(d)?).ok_or_else(|| D::Error::custom("not a tree"))
    }
}

/// 64 secret bytes.
pub mod secret64 {
    use super::*;
    use sero_shielded::Secret;

    pub fn serialize<S: Serializer>(value: &Secret<[u8; 64]>, s: S) -> Result<S::Ok, S::Error> {
        Zeroizing::new(hex::encode(value.expose())).as_str().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Secret<[u8; 64]>, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let mut bytes = Zeroizing::new([0u8; 64]);
        hex::decode_to_slice(text.as_str(), bytes.as_mut_slice()).map_err(D::Error::custom)?;
        Ok(Secret::new(*bytes))
    }
}

fn array<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
    let bytes = Bytes::deserialize(d)?;
    bytes.as_ref().try_into().map_err(|_| D::Error::custom("32 bytes expected"))
}
