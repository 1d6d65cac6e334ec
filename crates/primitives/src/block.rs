//! Blocks and receipts, Ethereum-shaped: a block's hash is keccak256 of its RLP header.

use crate::transaction::Transaction;
use alloy_consensus::constants::{EMPTY_OMMER_ROOT_HASH, EMPTY_WITHDRAWALS};
use alloy_consensus::proofs::ordered_trie_root_with_encoder;
use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_primitives::{B256, Bloom, BloomInput, Log};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};

/// A block. The transactions' senders are recovered where they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Ethereum header, Prague's fields.
    pub header: Header,
    /// In order.
    pub transactions: Vec<Transaction>,
}

impl Block {
    /// The block's hash.
    pub fn hash(&self) -> B256 {
        self.header.hash_slow()
    }
}

/// Outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// EIP-2718 type.
    pub tx_type: u8,
    /// Whether the call succeeded; a pure transfer always does.
    pub success: bool,
    /// Gas of this and all earlier transactions of the block.
    pub cumulative_gas_used: u64,
    /// Logs in order.
    pub logs: Vec<Log>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct WireReceipt {
    success: bool,
    cumulative_gas_used: u64,
    bloom: Bloom,
    logs: Vec<Log>,
}

impl Receipt {
    /// Bloom filter of the logs.
    pub fn bloom(&self) -> Bloom {
        logs_bloom(&self.logs)
    }

    /// EIP-2718 encoding, as the receipts root hashes it.
    pub fn encode_2718(&self) -> Vec<u8> {
        let mut bytes = if self.tx_type == 0 { vec![] } else { vec![self.tx_type] };
        let wire = WireReceipt {
            success: self.success,
            cumulative_gas_used: self.cumulative_gas_used,
            bloom: self.bloom(),
            logs: self.logs.clone(),
        };
        wire.encode(&mut bytes);
        bytes
    }

    /// Reads [`Self::encode_2718`].
    pub fn decode_2718(bytes: &[u8]) -> Result<Self, alloy_rlp::Error> {
        let (tx_type, mut rest) = match bytes.split_first() {
            Some((&first, rest)) if first < 0x80 => (first, rest),
            _ => (0, bytes),
        };
        let wire = WireReceipt::decode(&mut rest)?;
        if !rest.is_empty() {
            return Err(alloy_rlp::Error::UnexpectedLength);
        }
        let WireReceipt { success, cumulative_gas_used, logs, .. } = wire;
        Ok(Self { tx_type, success, cumulative_gas_used, logs })
    }
}

/// Bloom filter over addresses and topics.
pub fn logs_bloom<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Bloom {
    let mut bloom = Bloom::ZERO;
    for log in logs {
        bloom.accrue(BloomInput::Raw(log.address.as_slice()));
        log.topics().iter().for_each(|topic| bloom.accrue(BloomInput::Raw(topic.as_slice())));
    }
    bloom
}

/// Root of the transactions' trie.
pub fn transactions_root(transactions: &[Transaction]) -> B256 {
    ordered_trie_root_with_encoder(transactions, |tx, buf| buf.extend_from_slice(&tx.encode_2718()))
}

/// Root of the receipts' trie.
pub fn receipts_root(receipts: &[Receipt]) -> B256 {
    ordered_trie_root_with_encoder(receipts, |receipt, buf| buf.extend_from_slice(&receipt.encode_2718()))
}

/// A header with the fields that are constant on this chain: no uncles, no
/// withdrawals, no blobs, no execution requests, no proof of work.
pub fn header_template() -> Header {
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(alloy_eips::eip7685::EMPTY_REQUESTS_HASH),
        ..Default::default()
    }
}
