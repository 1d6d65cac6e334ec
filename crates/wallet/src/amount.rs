//! Amounts as people write them, and what the wallet knows of assets.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use sero_shielded::asset::{AssetId, AssetName};

/// Decimals of the coin.
pub const COIN_DECIMALS: u8 = 18;
/// Name of the coin.
pub const COIN_NAME: &str = "SERO";

/// Kinds of assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetKind {
    /// SERO.
    Coin,
    /// Divisible, issued by a contract.
    Token,
    /// A family of tickets; not itself an asset.
    Category,
    /// One unit for ever.
    Ticket,
}

/// What the wallet knows of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetInfo {
    /// Its id.
    #[serde(with = "crate::serde_hex::asset")]
    pub id: AssetId,
    /// Its kind.
    pub kind: AssetKind,
    /// Its registered name (of the category, for a ticket).
    pub name: String,
    /// Digits after the point.
    pub decimals: u8,
}

impl AssetInfo {
    /// SERO.
    pub fn coin() -> Self {
        Self { id: AssetId::coin(), kind: AssetKind::Coin, name: COIN_NAME.into(), decimals: COIN_DECIMALS }
    }

    /// Whether id, name and origin fit together, as far as the id binds them.
    pub(crate) fn agrees(
        &self,
        issuer: Option<Address>,
        category: Option<U256>,
        number: Option<U256>,
    ) -> bool {
        let id = |number: U256| AssetId::from_bytes(number.to_be_bytes::<32>()).ok();
        let named = |make: fn(&[u8; 20], &AssetName) -> AssetId| {
            let name = AssetName::new(self.name.as_bytes()).ok();
            name.zip(issuer).is_some_and(|(name, issuer)| make(&issuer.into_array(), &name) == self.id)
        };
        match self.kind {
            AssetKind::Coin => *self == Self::coin(),
            AssetKind::Token => named(AssetId::token),
            AssetKind::Category => named(AssetId::category),
            AssetKind::Ticket => {
                let parts = category.and_then(id).zip(number);
                let ticket =
                    |(category, number): (AssetId, U256)| AssetId::ticket(&category, &number.to_be_bytes());
                let clean = AssetName::new(self.name.as_bytes()).is_ok();
                clean && self.decimals == 0 && parts.is_some_and(|parts| ticket(parts) == self.id)
            }
        }
    }
}

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not `<number> <asset>`.
    #[error("`{0}` is not an amount; write a number, a space and an asset, for example `1.5 SERO`")]
    Form(String),
    /// A character that numbers here do not have.
    #[error("`{text}` is not a number: `{character}` is not allowed (digits and one point only)")]
    Character {
        /// The number.
        text: String,
        /// The first bad character.
        character: char,
    },
    /// No digit before or after the point, or two points.
    #[error("`{0}` is not a number: write digits, and if needed one point with digits on both sides")]
    Point(String),
    /// More digits after the point than the asset has.
    #[error("`{text}` has {found} digits after the point, {asset} has at most {allowed}")]
    Decimals {
        /// The number.
        text: String,
        /// The asset's name.
        asset: String,
        /// Digits found.
        found: usize,
        /// Digits allowed.
        allowed: u8,
    },
    /// 2^128 base units or more.
    #[error("`{0}` is too large: an amount is below 2^128 base units")]
    TooLarge(String),
    /// Nothing.
    #[error("amount is zero, at least one base unit is required")]
    Zero,
    /// The category of a ticket is not an amount of anything.
    #[error("`{0}` is a ticket category; name a ticket by its id 0x...")]
    Category(String),
}

/// Splits `1.5 SERO` into number and asset; a name may contain spaces.
pub fn split(text: &str) -> Result<(&str, &str), AmountError> {
    let form = || AmountError::Form(text.into());
    let (number, asset) = text.trim().split_once(' ').ok_or_else(form)?;
    let asset = asset.trim();
    if number.is_empty() || asset.is_empty() { Err(form()) } else { Ok((number, asset)) }
}

/// Reads a decimal number of an asset into base units, at least 1.
pub fn parse(text: &str, asset: &AssetInfo) -> Result<u128, AmountError> {
    if asset.kind == AssetKind::Category {
        return Err(AmountError::Category(asset.name.clone()));
    }
    if let Some(character) = text.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(AmountError::Character { text: text.into(), character });
    }
    let (whole, fraction) = match text.split_once('.') {
        None => (text, ""),
        Some((_, fraction)) if fraction.is_empty() || fraction.contains('.') => {
            return Err(AmountError::Point(text.into()));
        }
        Some(parts) => parts,
    };
    if whole.is_empty() {
        return Err(AmountError::Point(text.into()));
    }
    let missing =
        usize::from(asset.decimals).checked_sub(fraction.len()).ok_or_else(|| AmountError::Decimals {
            text: text.into(),
            asset: asset.name.clone(),
            found: fraction.len(),
            allowed: asset.decimals,
        })?;
    let mut amount = 0u128;
    for digit in whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat_n(b'0', missing)) {
        amount = amount
            .checked_mul(10)
            .and_then(|amount| amount.checked_add(u128::from(digit - b'0')))
            .ok_or_else(|| AmountError::TooLarge(text.into()))?;
    }
    if amount == 0 { Err(AmountError::Zero) } else { Ok(amount) }
}

/// Writes base units as a decimal number, without needless zeros.
pub fn format(amount: u128, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{amount:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.into() } else { format!("{whole}.{fraction}") }
}
