//! Blocks and receipts, Ethereum-shaped: a block's hash is keccak256 of its RLP header.

use crate::transaction::{Transaction, TransactionError};
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_consensus::proofs::ordered_trie_root_with_encoder;
use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{B256, Bloom, BloomInput, Log};
use alloy_rlp::{BufMut, Decodable, Encodable, RlpDecodable, RlpEncodable};

pub use alloy_consensus::constants::EMPTY_WITHDRAWALS;
pub use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;

/// A block. The transactions' senders are recovered where they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Ethereum header; on this chain always with Prague's fields.
    pub header: Header,
    /// In order.
    pub transactions: Vec<Transaction>,
    /// Uncles, of which there are none on this chain and after Ethereum's merge.
    pub ommers: Vec<Header>,
    /// Withdrawals from the beacon chain (EIP-4895), of which there are none on this chain.
    pub withdrawals: Vec<Withdrawal>,
}

/// Why bytes are not a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockDecodeError {
    /// Not the RLP of a block.
    #[error("block: {0}")]
    Rlp(#[from] alloy_rlp::Error),
    /// One of its transactions.
    #[error("block: transaction {index}: {error}")]
    Transaction {
        /// Its place.
        index: usize,
        /// What is wrong.
        error: TransactionError,
    },
    /// There is a list of withdrawals and the header has no root of it, or the other way round.
    #[error("block: withdrawals are {}, header.withdrawals_root is {}", given(*.list), given(*.root))]
    Withdrawals {
        /// Whether there is a list.
        list: bool,
        /// Whether the header has a root.
        root: bool,
    },
}

fn given(is: bool) -> &'static str {
    if is { "given" } else { "missing" }
}

impl Block {
    /// A block without ommers and withdrawals.
    pub fn new(header: Header, transactions: Vec<Transaction>) -> Self {
        Self { header, transactions, ommers: vec![], withdrawals: vec![] }
    }

    /// The block's hash.
    pub fn hash(&self) -> B256 {
        self.header.hash_slow()
    }

    /// Ethereum's RLP: header, transactions, ommers, and withdrawals if the header has a root of them.
    pub fn encode_rlp(&self) -> Vec<u8> {
        let mut transactions = Vec::new();
        for transaction in &self.transactions {
            let bytes = transaction.encode_2718();
            if transaction.tx_type() == 0 {
                transactions.put_slice(&bytes);
            } else {
                bytes.as_slice().encode(&mut transactions);
            }
        }
        let mut payload = Vec::new();
        self.header.encode(&mut payload);
        alloy_rlp::Header { list: true, payload_length: transactions.len() }.encode(&mut payload);
        payload.put_slice(&transactions);
        self.ommers.encode(&mut payload);
        if self.header.withdrawals_root.is_some() {
            self.withdrawals.encode(&mut payload);
        }
        let mut block = Vec::new();
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut block);
        block.put_slice(&payload);
        block
    }

    /// Reads [`Self::encode_rlp`]; nothing may follow.
    pub fn decode_rlp(bytes: &[u8]) -> Result<Self, BlockDecodeError> {
        let mut bytes = bytes;
        let block = Self::decode_first(&mut bytes)?;
        if !bytes.is_empty() {
            return Err(alloy_rlp::Error::UnexpectedLength.into());
        }
        Ok(block)
    }

    /// Reads one block and moves `bytes` behind it.
    pub fn decode_first(bytes: &mut &[u8]) -> Result<Self, BlockDecodeError> {
        let mut rest = alloy_rlp::Header::decode_bytes(bytes, true)?;
        let header = Header::decode(&mut rest)?;
        let mut items = alloy_rlp::Header::decode_bytes(&mut rest, true)?;
        let mut transactions = Vec::new();
        while !items.is_empty() {
            let index = transactions.len();
            let bytes = item_2718(&mut items)?;
            let transaction = Transaction::decode_2718(bytes);
            transactions.push(transaction.map_err(|error| BlockDecodeError::Transaction { index, error })?);
        }
        let ommers = Vec::decode(&mut rest)?;
        let (list, root) = (!rest.is_empty(), header.withdrawals_root.is_some());
        if list != root {
            return Err(BlockDecodeError::Withdrawals { list, root });
        }
        let withdrawals = if list { Vec::decode(&mut rest)? } else { vec![] };
        if !rest.is_empty() {
            return Err(alloy_rlp::Error::UnexpectedLength.into());
        }
        Ok(Self { header, transactions, ommers, withdrawals })
    }
}

/// The EIP-2718 bytes of the next transaction of a block: a list is a legacy transaction itself, a string holds another.
fn item_2718<'a>(items: &mut &'a [u8]) -> Result<&'a [u8], alloy_rlp::Error> {
    let whole = *items;
    let header = alloy_rlp::Header::decode(items)?;
    let payload = items.get(..header.payload_length).ok_or(alloy_rlp::Error::InputTooShort)?;
    *items = &items[header.payload_length..];
    if header.list {
        return Ok(&whole[..whole.len() - items.len()]);
    }
    // A string that starts like a list would be a legacy transaction in disguise.
    if payload.first().is_some_and(|first| *first >= 0x80) {
        return Err(alloy_rlp::Error::Custom("a typed transaction starts with a type below 0x80"));
    }
    Ok(payload)
}

/// Outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// EIP-2718 type.
    pub tx_type: u8,
    /// Whether the call succeeded; a pure transfer always does. Not known, and `true`, where there is a `post_state`.
    pub success: bool,
    /// State root after the transaction, which Ethereum's receipts had in place of `success` before Byzantium.
    pub post_state: Option<B256>,
    /// Gas of this and all earlier transactions of the block.
    pub cumulative_gas_used: u64,
    /// Logs in order.
    pub logs: Vec<Log>,
}

/// One byte of status, or a state root.
type Outcome = alloy_consensus::Eip658Value;

#[derive(RlpEncodable, RlpDecodable)]
struct WireReceipt {
    outcome: Outcome,
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
            outcome: self.post_state.map_or(Outcome::Eip658(self.success), Outcome::PostState),
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
        let WireReceipt { outcome, cumulative_gas_used, logs, .. } = wire;
        let (success, post_state) = match outcome {
            Outcome::Eip658(success) => (success, None),
            Outcome::PostState(root) => (true, Some(root)),
        };
        Ok(Self { tx_type, success, post_state, cumulative_gas_used, logs })
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
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
