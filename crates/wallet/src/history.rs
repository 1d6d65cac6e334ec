//! What happened to the wallet. Everything here is read from the chain, so
//! that a wallet restored from its mnemonic tells the same story; only the
//! callee of a call is local knowledge.

use crate::amount::{self, AssetInfo};
use crate::notes::AddressIndex;
use crate::serde_hex;
use alloy_primitives::{Address, B256, Bytes, hex};
use serde::{Deserialize, Serialize};
use sero_shielded::asset::AssetId;
use std::collections::{BTreeMap, HashMap};

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryKind {
    /// Somebody paid the wallet.
    Received,
    /// The wallet paid somebody.
    Sent,
    /// The wallet paid for a call; amounts include the fee and exclude what came back.
    Called,
    /// The owner moved public funds into the wallet.
    Shielded,
    /// The wallet made small notes into one; it cost the fee.
    Merged,
}

/// One movement of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRecord {
    /// What.
    #[serde(with = "serde_hex::asset")]
    pub asset: AssetId,
    /// How much.
    #[serde(with = "serde_hex::amount")]
    pub amount: u128,
    /// The receiver's payment address, where the wallet knows it.
    pub address: Option<String>,
    /// The memo.
    pub memo: Bytes,
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// What happened.
    pub kind: HistoryKind,
    /// Its block.
    pub block: u64,
    /// The block's time, seconds since 1970.
    pub timestamp: u64,
    /// Its transaction.
    pub transaction: B256,
    /// What moved.
    pub transfers: Vec<TransferRecord>,
    /// Fee in base units of the coin, where the wallet paid it and knows it.
    #[serde(with = "serde_hex::amount_option")]
    pub fee: Option<u128>,
}

/// One movement, ready to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Asset id.
    pub asset: String,
    /// The asset's name, where the wallet knows it.
    pub name: Option<String>,
    /// Base units; a decimal string in JSON.
    #[serde(with = "serde_hex::amount")]
    pub amount: u128,
    /// The asset's decimals; 0 if the wallet does not know them.
    pub decimals: u8,
    /// Receiver, where known.
    pub address: Option<String>,
    /// The memo: text if it is printable, else 0x and hex digits.
    pub memo: Option<String>,
}

impl Transfer {
    /// [`Self::amount`] as a decimal number.
    pub fn amount_text(&self) -> String {
        amount::format(self.amount, self.decimals)
    }
}

/// An entry, ready to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// What happened.
    pub kind: HistoryKind,
    /// Its block.
    pub block: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Its transaction.
    pub transaction: B256,
    /// What moved.
    pub transfers: Vec<Transfer>,
    /// Fee in base units of SERO; a decimal string in JSON.
    #[serde(with = "serde_hex::amount_option")]
    pub fee: Option<u128>,
    /// Callee, if this wallet file made the call.
    pub to: Option<Address>,
}

/// A memo for people: control characters never reach a terminal.
pub fn memo_text(memo: &[u8]) -> Option<String> {
    if memo.is_empty() {
        return None;
    }
    match core::str::from_utf8(memo) {
        Ok(text) if !text.chars().any(|c| c.is_control() || is_format(c)) => Some(text.into()),
        _ => Some(hex::encode_prefixed(memo)),
    }
}

/// Direction and zero-width characters, which can make a text look like another.
fn is_format(c: char) -> bool {
    matches!(c as u32, 0xad | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff)
}

impl HistoryRecord {
    pub(crate) fn show(&self, assets: &HashMap<AssetId, &AssetInfo>, to: Option<Address>) -> HistoryEntry {
        let show = |transfer: &TransferRecord| {
            let info = assets.get(&transfer.asset);
            Transfer {
                asset: transfer.asset.to_string(),
                name: info.map(|info| info.name.clone()),
                amount: transfer.amount,
                decimals: info.map_or(0, |info| info.decimals),
                address: transfer.address.clone(),
                memo: memo_text(&transfer.memo),
            }
        };
        HistoryEntry {
            kind: self.kind,
            block: self.block,
            timestamp: self.timestamp,
            transaction: self.transaction,
            transfers: self.transfers.iter().map(show).collect(),
            fee: self.fee,
            to,
        }
    }
}

/// What one transaction did to the wallet, as the scan finds it.
#[derive(Default)]
pub(crate) struct Activity {
    /// Own notes that it spent.
    pub spent: Vec<(AssetId, u128)>,
    /// Own notes that it made.
    pub received: Vec<Incoming>,
    /// Outputs that the wallet's outgoing key opens, internal addresses left out.
    pub sent: Vec<TransferRecord>,
}

pub(crate) struct Incoming {
    pub asset: AssetId,
    pub amount: u128,
    pub address: AddressIndex,
    pub public: bool,
    pub memo: Bytes,
}

impl Incoming {
    fn record(self) -> TransferRecord {
        TransferRecord { asset: self.asset, amount: self.amount, address: None, memo: self.memo }
    }
}

impl Activity {
    /// The entries that follow, as (kind, transfers, fee).
    pub fn entries(self) -> Vec<(HistoryKind, Vec<TransferRecord>, Option<u128>)> {
        let entries = if self.spent.is_empty() { self.income() } else { self.outgo() };
        entries.into_iter().filter(|(_, transfers, fee)| !transfers.is_empty() || fee.is_some()).collect()
    }

    fn income(self) -> Vec<(HistoryKind, Vec<TransferRecord>, Option<u128>)> {
        let (shielded, received): (Vec<_>, Vec<_>) =
            self.received.into_iter().partition(|note| note.address == AddressIndex::SHIELD);
        let list = |notes: Vec<Incoming>| notes.into_iter().map(Incoming::record).collect();
        vec![(HistoryKind::Shielded, list(shielded), None), (HistoryKind::Received, list(received), None)]
    }

    fn outgo(self) -> Vec<(HistoryKind, Vec<TransferRecord>, Option<u128>)> {
        let coin = AssetId::coin();
        let called = (self.received.iter())
            .any(|note| [AddressIndex::CALL_CHANGE, AddressIndex::REFUND].contains(&note.address));
        // Per asset: what was put in, and what came back or went to somebody.
        let mut flows: BTreeMap<AssetId, (u128, u128)> = BTreeMap::new();
        for (asset, amount) in &self.spent {
            let flow = flows.entry(*asset).or_default();
            flow.0 = flow.0.saturating_add(*amount);
        }
        let internal = self.received.iter().filter(|note| note.address.is_internal());
        let back = internal.map(|note| (note.asset, note.amount));
        for (asset, amount) in back.chain(self.sent.iter().map(|sent| (sent.asset, sent.amount))) {
            let flow = flows.entry(asset).or_default();
            flow.1 = flow.1.saturating_add(amount);
        }
        let nameless = |asset, amount| TransferRecord { asset, amount, address: None, memo: Bytes::new() };
        let mut paid: Vec<_> = (flows.iter())
            .filter(|(_, (put, back))| put > back)
            .map(|(asset, (put, back))| nameless(*asset, put - back))
            .collect();
        let mut gained: Vec<_> = (flows.iter())
            .filter(|(_, (put, back))| back > put)
            .map(|(asset, (put, back))| nameless(*asset, back - put))
            .collect();
        let merged = self.received.iter().any(|note| note.address == AddressIndex::MERGE);
        // Paid to a payment address of the wallet by the call itself.
        gained.extend(
            self.received
                .into_iter()
                .filter(|note| note.public && !note.address.is_internal())
                .map(Incoming::record),
        );
        if called {
            return vec![
                (HistoryKind::Called, paid, None),
                (HistoryKind::Sent, self.sent, None),
                (HistoryKind::Received, gained, None),
            ];
        }
        let kind = if merged { HistoryKind::Merged } else { HistoryKind::Sent };
        let fee = paid.iter().find(|record| record.asset == coin).map(|record| record.amount);
        paid.retain(|record| record.asset != coin);
        let transfers = self.sent.into_iter().chain(paid).collect();
        vec![(kind, transfers, Some(fee.unwrap_or(0))), (HistoryKind::Received, gained, None)]
    }
}
