//! What somebody without keys sees of a transaction: decoded from the bytes
//! that the RPC gives to everybody. Nothing in this file takes a key, except
//! as something to search for.

use crate::terminal::Failure;
use alloy_primitives::{U256, hex};
use serde_json::Value;
use sero_primitives::shielded_tx::ShieldedTx;
use sero_primitives::{Transaction, TransactionKind};
use sero_shielded::asset::AssetId;
use sero_shielded::keys::PaymentAddress;
use sero_wallet::Network;

/// Everything public about a transaction.
pub struct Evidence {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// `eth_getTransactionByHash`.
    pub transaction: Value,
    /// `eth_getTransactionReceipt`, logs included.
    pub receipt: Value,
}

/// The lines of "what an observer sees".
pub fn describe(evidence: &Evidence) -> Result<Vec<String>, Failure> {
    let transaction = Transaction::decode_2718(&evidence.raw)?;
    let TransactionKind::Shielded(tx) = transaction.kind() else {
        return Err("not a shielded transaction".into());
    };
    Ok(describe_shielded(tx))
}

fn describe_shielded(tx: &ShieldedTx) -> Vec<String> {
    let bundle = &tx.bundle;
    let mut lines = vec![format!(
        "an observer sees: {} nullifiers, {} commitments, {} ciphertexts of {} bytes, no sender, no receiver",
        bundle.spends.len(),
        bundle.outputs.len(),
        bundle.outputs.len(),
        sero_shielded::encryption::EncryptedNote::LEN,
    )];
    let fee = u128::from(tx.gas_limit) * tx.max_fee_per_gas;
    lines.push(format!("                  fee {} base units of SERO; no amount, no asset", fee));
    lines
}

/// Something that must not appear, in all its encodings.
pub struct Needle {
    name: String,
    bytes: Vec<Vec<u8>>,
    texts: Vec<String>,
}

impl Needle {
    /// A party's payment address.
    pub fn address(name: &str, address: &PaymentAddress, network: Network) -> Self {
        let bytes = address.to_bytes();
        let (owner, e) = bytes.split_at(32);
        let mut needle = Self::words(&format!("{name}'s address"), &[owner, e]);
        // x and y of E as well, whichever way somebody may write a point.
        for coordinate in [address.e.x, address.e.y] {
            let word = sero_shielded::field::field_to_bytes(&coordinate);
            needle.push_word(&word);
        }
        let text = address.to_text(network);
        needle.texts.push(text.split_once('1').map_or(text.clone(), |(_, data)| data.to_owned()));
        needle
    }

    /// An asset id.
    pub fn asset(asset: AssetId) -> Self {
        Self::words("the asset id", &[&asset.to_bytes()])
    }

    /// An amount.
    pub fn amount(amount: u128) -> Self {
        let full = amount.to_be_bytes();
        let minimal: Vec<u8> = full.iter().copied().skip_while(|byte| *byte == 0).collect();
        let mut needle = Self { name: "the amount".into(), bytes: vec![], texts: vec![] };
        needle.push_bytes(&minimal);
        needle.texts.push(amount.to_string());
        needle
    }

    fn words(name: &str, words: &[&[u8]]) -> Self {
        let mut needle = Self { name: name.into(), bytes: vec![], texts: vec![] };
        words.iter().for_each(|word| needle.push_word(word));
        needle
    }

    fn push_word(&mut self, word: &[u8]) {
        self.push_bytes(word);
        self.texts.push(U256::from_be_slice(word).to_string());
    }

    /// Both byte orders, as bytes and as hex digits.
    fn push_bytes(&mut self, bytes: &[u8]) {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for form in [bytes.to_vec(), reversed] {
            self.texts.push(hex::encode(&form).trim_start_matches('0').to_owned());
            self.bytes.push(form);
        }
    }

    /// Where the needle appears, if anywhere.
    pub fn find(&self, evidence: &Evidence) -> Option<String> {
        let contains =
            |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
        if self.bytes.iter().any(|bytes| contains(&evidence.raw, bytes)) {
            return Some(format!("{} is in the transaction's bytes", self.name));
        }
        for (place, json) in [("transaction", &evidence.transaction), ("receipt and logs", &evidence.receipt)]
        {
            let text = json.to_string().to_lowercase();
            if self.texts.iter().any(|needle| text.contains(needle)) {
                return Some(format!("{} is in the JSON of {place}", self.name));
            }
        }
        None
    }
}
