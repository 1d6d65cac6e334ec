//! Text forms of addresses and keys: bech32m with a prefix of network and kind,
//! and a version byte in front of the payload.

use crate::keys::{IncomingKey, KeyError, OneTimeAddress, PaymentAddress, SpendingKey, ViewingKey};
use crate::secret::Secret;
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use zeroize::Zeroize;

/// Version byte of every text form.
const VERSION: u8 = 1;

/// bech32m with room for 129 bytes of payload. Its checksum detects any 4 wrong
/// characters up to 1,023 characters of code word.
enum LongBech32m {}

impl bech32::Checksum for LongBech32m {
    type MidstateRepr = u32;
    type CorrectionField = <Bech32m as bech32::Checksum>::CorrectionField;
    const ROOT_GENERATOR: Self::CorrectionField = Bech32m::ROOT_GENERATOR;
    const ROOT_EXPONENTS: core::ops::RangeInclusive<usize> = Bech32m::ROOT_EXPONENTS;
    const CODE_LENGTH: usize = 1023;
    const CHECKSUM_LENGTH: usize = Bech32m::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32m::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32m::TARGET_RESIDUE;
}

/// A network; the first letters of every text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// `sero`
    Main,
    /// `tsero`
    Test,
    /// `dsero`
    Dev,
}

impl Network {
    /// The prefix of a payment address.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Main => "sero",
            Self::Test => "tsero",
            Self::Dev => "dsero",
        }
    }
}

/// Why a text is not an address or key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Wrong characters, length, checksum or padding.
    #[error("not a bech32m text: {0}")]
    Encoding(String),
    /// Another network or another kind of key.
    #[error("prefix is `{found}`, expected `{expected}`")]
    Prefix {
        /// Expected prefix.
        expected: String,
        /// Prefix of the text.
        found: String,
    },
    /// A version that this software does not know.
    #[error("version {0} is not supported, expected 1")]
    Version(u8),
    /// Wrong payload length.
    #[error("payload has {found} bytes, expected {expected}")]
    Length {
        /// Expected bytes.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The payload is not a valid key.
    #[error("{0}")]
    Key(#[from] KeyError),
}

fn encode<const N: usize>(network: Network, kind: &str, payload: &[u8; N]) -> String {
    let hrp = Hrp::parse(&format!("{}{kind}", network.prefix())).expect("prefixes are lower-case letters");
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(payload);
    let text = bech32::encode::<LongBech32m>(hrp, &bytes).expect("129 bytes fit the code length");
    bytes.zeroize();
    text
}

fn decode<const N: usize>(network: Network, kind: &str, text: &str) -> Result<[u8; N], TextError> {
    let parsed =
        CheckedHrpstring::new::<LongBech32m>(text).map_err(|e| TextError::Encoding(e.to_string()))?;
    let (expected, found) = (format!("{}{kind}", network.prefix()), parsed.hrp().to_lowercase());
    if expected != found {
        return Err(TextError::Prefix { expected, found });
    }
    let bytes = Secret::new(parsed.byte_iter().collect::<Vec<u8>>());
    let (version, payload) =
        bytes.expose().split_first().ok_or(TextError::Length { expected: N + 1, found: 0 })?;
    if *version != VERSION {
        return Err(TextError::Version(*version));
    }
    let payload = payload.try_into().map_err(|_| TextError::Length { expected: N, found: payload.len() })?;
    // The bits that fill up the last character must be zero, and no character may follow them.
    let again = Secret::new(encode(network, kind, &payload));
    if !again.expose().eq_ignore_ascii_case(text) {
        return Err(TextError::Encoding("padding is not canonical".into()));
    }
    Ok(payload)
}

impl PaymentAddress {
    /// `sero1...`
    pub fn to_text(&self, network: Network) -> String {
        encode(network, "", &self.to_bytes())
    }

    /// Reads `sero1...` of this network.
    pub fn from_text(network: Network, text: &str) -> Result<Self, TextError> {
        Ok(Self::from_bytes(&decode(network, "", text)?)?)
    }
}

impl OneTimeAddress {
    /// `seropkr1...`
    pub fn to_text(&self, network: Network) -> String {
        encode(network, "pkr", &self.to_bytes())
    }

    /// Reads `seropkr1...` of this network.
    pub fn from_text(network: Network, text: &str) -> Result<Self, TextError> {
        Ok(Self::from_bytes(&decode(network, "pkr", text)?)?)
    }
}

impl ViewingKey {
    /// `serotk1...`
    pub fn to_text(&self, network: Network) -> Secret<String> {
        Secret::new(encode(network, "tk", self.to_bytes().expose()))
    }

    /// Reads `serotk1...` of this network.
    pub fn from_text(network: Network, text: &str) -> Result<Self, TextError> {
        Ok(Self::from_bytes(&decode(network, "tk", text)?)?)
    }
}

impl IncomingKey {
    /// `seroivk1...`
    pub fn to_text(&self, network: Network) -> Secret<String> {
        Secret::new(encode(network, "ivk", self.to_bytes().expose()))
    }

    /// Reads `seroivk1...` of this network.
    pub fn from_text(network: Network, text: &str) -> Result<Self, TextError> {
        Ok(Self::from_bytes(&decode(network, "ivk", text)?)?)
    }
}

impl SpendingKey {
    /// `serosk1...`
    pub fn to_text(&self, network: Network) -> Secret<String> {
        Secret::new(encode(network, "sk", self.to_bytes().expose()))
    }

    /// Reads `serosk1...` of this network.
    pub fn from_text(network: Network, text: &str) -> Result<Self, TextError> {
        Ok(Self::from_bytes(&decode(network, "sk", text)?)?)
    }
}
