//! The keys of a wallet: full (spends) or watch-only (sees everything).

use crate::random::{self, RandomError};
use alloy_primitives::{B256, U512, uint};
use alloy_signer_local::PrivateKeySigner;
use coins_bip39::{English, Entropy, Mnemonic, MnemonicError};
use sero_shielded::address::{Network, TextError};
use sero_shielded::keys::{KeyError, SpendingKey, ViewingKey, account_seed};
use zeroize::Zeroizing;

/// Number of words of a new mnemonic.
pub const WORDS: usize = 24;

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The phrase is not a BIP-39 mnemonic.
    #[error("mnemonic: {0}; 12, 15, 18, 21 or 24 words of the English BIP-39 list are needed")]
    Mnemonic(#[from] MnemonicError),
    /// The keys that follow from the seed are unusable (never in practice).
    #[error("keys: {0}")]
    Key(#[from] KeyError),
    /// The text is not a viewing key of this network.
    #[error("viewing key: {0}")]
    Text(#[from] TextError),
    /// The wallet has no spending key.
    #[error("this is a watch-only wallet: it holds a viewing key, and cannot spend")]
    WatchOnly,
    /// A derived secp256k1 key is out of range (never: it is reduced).
    #[error("`From` key {0} is not a secp256k1 key")]
    FromKey(u64),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// A new 24-word phrase.
pub fn new_phrase() -> Result<Zeroizing<String>, AccountError> {
    let entropy = Zeroizing::new(random::bytes::<32>()?);
    let entropy = Entropy::from_slice(entropy.as_slice())?;
    Ok(Mnemonic::<English>::new_from_entropy(entropy).to_phrase())
}

/// The keys.
#[derive(Clone)]
pub struct Account {
    spending: Option<SpendingKey>,
    viewing: ViewingKey,
}

impl Account {
    /// Account 0 of a BIP-39 phrase (English, empty passphrase). Case and
    /// amount of white space do not matter.
    pub fn from_phrase(phrase: &str) -> Result<Self, AccountError> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let phrase = Zeroizing::new(Zeroizing::new(words.join(" ")).to_lowercase());
        let seed = Mnemonic::<English>::new_from_phrase(&phrase)?.to_seed(None)?;
        Ok(Self::full(SpendingKey::from_seed(&account_seed(seed.as_slice(), 0))?))
    }

    /// A full account.
    pub fn full(key: SpendingKey) -> Self {
        Self { viewing: key.viewing_key(), spending: Some(key) }
    }

    /// A watch-only account.
    pub fn watch(key: ViewingKey) -> Self {
        Self { spending: None, viewing: key }
    }

    /// A watch-only account from `serotk1...`.
    pub fn watch_text(network: Network, text: &str) -> Result<Self, AccountError> {
        Ok(Self::watch(ViewingKey::from_text(network, text)?))
    }

    /// The key that sees everything.
    pub fn viewing_key(&self) -> &ViewingKey {
        &self.viewing
    }

    /// The key that spends.
    pub fn spending_key(&self) -> Result<&SpendingKey, AccountError> {
        self.spending.as_ref().ok_or(AccountError::WatchOnly)
    }

    /// One-time `From` key `index`: `B("SERO_from"; SK, index)` modulo (n - 1), plus 1.
    pub fn from_key(&self, index: u64) -> Result<PrivateKeySigner, AccountError> {
        let n_minus_1: U512 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140_U512);
        let material = self.spending_key()?.from_key_material(index);
        let key = U512::from_be_slice(material.expose()) % n_minus_1 + uint!(1_U512);
        let bytes = Zeroizing::new(key.to_be_bytes::<64>());
        PrivateKeySigner::from_bytes(&B256::from_slice(&bytes[32..]))
            .map_err(|_| AccountError::FromKey(index))
    }
}
