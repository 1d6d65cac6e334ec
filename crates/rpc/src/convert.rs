//! Chain types as Ethereum's JSON.

use crate::context::BlockAt;
use crate::error::RpcError;
use alloy_consensus::transaction::{Recovered, SignerRecoverable};
use alloy_consensus::{Header, Sealed};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use alloy_primitives::{Address, B256, TxKind, U8, U64, U128, U256};
use alloy_rpc_types_eth::{Block as BlockJson, BlockTransactions, Header as HeaderJson, Log as LogJson};
use serde_json::{Value, json};
use sero_primitives::shielded_tx::{SHIELDED_TX_TYPE, ShieldedTx};
use sero_primitives::transaction::{BLOB_TX_TYPE, EthereumTx};
use sero_primitives::{Block, POOL, Receipt, Transaction, TransactionKind};
use std::sync::{Arc, OnceLock};

/// A final block and what it gave.
pub(crate) struct BlockData {
    /// Its hash.
    pub(crate) hash: B256,
    /// The block.
    pub(crate) block: Block,
    /// One for each transaction.
    pub(crate) receipts: Vec<Receipt>,
    /// Wei for a unit of blob gas, where there are blobs.
    blob_price: Option<u128>,
    /// Who sent each transaction, once somebody has asked for all of them.
    senders: OnceLock<Vec<Address>>,
}

/// Where a transaction lies.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Hash of its block.
    pub(crate) block_hash: B256,
    /// Header of its block.
    pub(crate) header: &'a Header,
    /// Place in the block.
    pub(crate) index: u64,
}

/// Who sent a transaction: POOL for a pure transfer.
pub(crate) fn sender_of(transaction: &Transaction) -> Result<Address, RpcError> {
    let sender = match transaction.kind() {
        // The signature was checked when the block was.
        TransactionKind::Shielded(tx) => tx.call.as_ref().map(|call| call.from),
        TransactionKind::Ethereum(tx) => match transaction.impersonated() {
            // A development chain took it without a signature.
            Some(sender) => Some(sender),
            None => Some(tx.recover_signer_unchecked().map_err(RpcError::internal)?),
        },
    };
    Ok(sender.unwrap_or(POOL))
}

/// A transaction of a final block.
pub(crate) fn transaction_json(transaction: &Transaction, place: Place<'_>) -> Result<Value, RpcError> {
    any_transaction_json(transaction, sender_of(transaction)?, Some(place))
}

/// A waiting transaction.
pub(crate) fn pending_transaction_json(
    transaction: &Transaction,
    sender: Option<Address>,
) -> Result<Value, RpcError> {
    any_transaction_json(transaction, sender.unwrap_or(POOL), None)
}

fn any_transaction_json(
    transaction: &Transaction,
    from: Address,
    place: Option<Place<'_>>,
) -> Result<Value, RpcError> {
    let price = match place {
        Some(place) => transaction.effective_gas_price(place.header.base_fee_per_gas.unwrap_or_default()),
        None => transaction.max_fee_per_gas(),
    };
    match transaction.kind() {
        TransactionKind::Ethereum(tx) => ethereum_json(tx, from, price, place),
        TransactionKind::Shielded(tx) => Ok(shielded_json(tx, transaction.hash(), from, price, place)),
    }
}

/// An Ethereum transaction with whatever signature it carries.
pub(crate) fn ethereum_json(
    tx: &EthereumTx,
    from: Address,
    price: u128,
    place: Option<Place<'_>>,
) -> Result<Value, RpcError> {
    let json = alloy_rpc_types_eth::Transaction {
        inner: Recovered::new_unchecked(tx.clone(), from),
        block_hash: place.map(|place| place.block_hash),
        block_number: place.map(|place| place.header.number),
        transaction_index: place.map(|place| place.index),
        effective_gas_price: Some(price),
        block_timestamp: place.map(|place| place.header.timestamp),
    };
    serde_json::to_value(json).map_err(RpcError::internal)
}

fn shielded_json(tx: &ShieldedTx, hash: B256, from: Address, price: u128, place: Option<Place<'_>>) -> Value {
    let call = tx.call.as_ref();
    let to = call.map_or(Some(POOL), |call| call.to.to().copied());
    let signature = call.map(|call| call.from_signature);
    let parity = U64::from(signature.is_some_and(|signature| signature.v()));
    let mut json = json!({
        "type": U8::from(SHIELDED_TX_TYPE),
        "hash": hash,
        "blockHash": place.map(|place| place.block_hash),
        "blockNumber": place.map(|place| U64::from(place.header.number)),
        "transactionIndex": place.map(|place| U64::from(place.index)),
        "chainId": U64::from(tx.chain_id),
        "from": from,
        "to": to,
        "nonce": U64::from(call.map_or(0, |call| call.nonce)),
        "value": call.map_or(U256::ZERO, |call| call.value),
        "input": call.map(|call| call.input.clone()).unwrap_or_default(),
        "gas": U64::from(tx.gas_limit),
        "gasPrice": U128::from(price),
        "maxFeePerGas": U128::from(tx.max_fee_per_gas),
        "maxPriorityFeePerGas": U128::from(tx.max_priority_fee_per_gas),
        "accessList": call.map(|call| call.access_list.clone()).unwrap_or_default(),
        "v": parity,
        "yParity": parity,
        "r": signature.map_or(U256::ZERO, |signature| signature.r()),
        "s": signature.map_or(U256::ZERO, |signature| signature.s()),
        "shielded": shielded_part(tx),
    });
    if let Some(place) = place {
        json["blockTimestamp"] = json!(U64::from(place.header.timestamp));
    }
    json
}

fn shielded_part(tx: &ShieldedTx) -> Value {
    let hex = |bytes: &[u8]| alloy_primitives::hex::encode_prefixed(bytes);
    let attached = tx.call.iter().flat_map(|call| &call.attached).map(
        |attached| json!({ "asset": attached.asset.to_string(), "amount": U128::from(attached.amount) }),
    );
    let outs = tx.outs.iter().map(|out| {
        json!({
            "to": hex(&out.to.to_bytes()),
            "asset": out.asset.to_string(),
            "amount": U128::from(out.amount),
            "memo": hex(out.memo.as_bytes()),
        })
    });
    json!({
        "expiry": U64::from(tx.expiry),
        "bundle": hex(&tx.bundle.encode()),
        "attached": attached.collect::<Vec<_>>(),
        "refund": tx.call.as_ref().map(|call| hex(&call.refund.to_bytes())),
        "outs": outs.collect::<Vec<_>>(),
    })
}

/// A header as `eth_subscribe` gives it.
pub(crate) fn header_json(hash: B256, header: &Header) -> HeaderJson {
    HeaderJson::from_sealed(Sealed::new_unchecked(header.clone(), hash))
}

/// A final block, with the hashes of its transactions.
pub(crate) fn short_block_json(hash: B256, block: &Block) -> Result<BlockJson<Value>, RpcError> {
    block_json_by(hash, block, false, |_, transaction| sender_of(transaction))
}

/// A block whose transactions may be unsigned: `sender` is asked for the sender of each.
pub(crate) fn block_json_by(
    hash: B256,
    block: &Block,
    full: bool,
    sender: impl Fn(u64, &Transaction) -> Result<Address, RpcError>,
) -> Result<BlockJson<Value>, RpcError> {
    let transactions = if full {
        let view = |(index, transaction)| {
            let place = Place { block_hash: hash, header: &block.header, index };
            any_transaction_json(transaction, sender(index, transaction)?, Some(place))
        };
        BlockTransactions::Full((0u64..).zip(&block.transactions).map(view).collect::<Result<_, _>>()?)
    } else {
        BlockTransactions::Hashes(block.transactions.iter().map(Transaction::hash).collect())
    };
    let size = U256::from(block.encode_rlp().len());
    let withdrawals = block.header.withdrawals_root.map(|_| block.withdrawals.clone().into());
    Ok(BlockJson {
        header: header_json(hash, &block.header).with_size(Some(size)),
        uncles: block.ommers.iter().map(Header::hash_slow).collect(),
        transactions,
        withdrawals,
    })
}

/// The block to come, without transactions. What only a sealed block has is null.
pub(crate) fn pending_block_json(header: &Header) -> Result<Value, RpcError> {
    let size = U256::from(Block::new(header.clone(), vec![]).encode_rlp().len());
    let block: BlockJson<Value> = BlockJson {
        header: header_json(B256::ZERO, header).with_size(Some(size)),
        uncles: vec![],
        transactions: BlockTransactions::Hashes(vec![]),
        withdrawals: header.withdrawals_root.map(|_| Default::default()),
    };
    serde_json::to_value(block).map(unsealed).map_err(RpcError::internal)
}

/// The header of the block to come.
pub(crate) fn pending_header_json(header: &Header) -> Result<Value, RpcError> {
    serde_json::to_value(header_json(B256::ZERO, header)).map(unsealed).map_err(RpcError::internal)
}

/// Without what only a sealed block has.
fn unsealed(mut json: Value) -> Value {
    for field in ["hash", "nonce", "miner", "stateRoot"] {
        json[field] = Value::Null;
    }
    json
}

/// An ommer: a block of which only the header is known.
pub(crate) fn ommer_json(header: &Header) -> BlockJson<Value> {
    BlockJson {
        header: header_json(header.hash_slow(), header)
            .with_size(Some(U256::from(Block::new(header.clone(), vec![]).encode_rlp().len()))),
        uncles: vec![],
        transactions: BlockTransactions::Uncle,
        withdrawals: None,
    }
}

/// How long a value is as JSON.
pub(crate) fn json_bytes(value: &Value) -> Result<usize, RpcError> {
    serde_json::to_vec(value).map(|json| json.len()).map_err(RpcError::internal)
}

impl BlockData {
    pub(crate) fn new(hash: B256, block: Block, receipts: Vec<Receipt>, blob_price: Option<u128>) -> Self {
        Self { hash, block, receipts, blob_price, senders: OnceLock::new() }
    }

    /// How much memory it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let log =
            |log: &alloy_primitives::Log| size_of_val(log) + size_of_val(log.topics()) + log.data.data.len();
        let logs: usize = self.receipts.iter().flat_map(|receipt| &receipt.logs).map(log).sum();
        let fixed = size_of::<Transaction>() + size_of::<Receipt>() + size_of::<Address>();
        self.block.encode_rlp().len() + self.block.transactions.len() * fixed + logs
    }

    /// The whole block with its transactions.
    pub(crate) fn block_json(&self) -> Result<BlockJson<Value>, RpcError> {
        let senders = match self.senders.get() {
            Some(senders) => senders,
            None => {
                let senders = self.block.transactions.iter().map(sender_of).collect::<Result<_, _>>()?;
                self.senders.get_or_init(|| senders)
            }
        };
        let sender = |index, _: &Transaction| {
            let sender = usize::try_from(index).ok().and_then(|index| senders.get(index));
            sender.copied().ok_or(RpcError::Internal)
        };
        block_json_by(self.hash, &self.block, true, sender)
    }

    /// The logs of the whole block that `wanted` accepts, made one by one.
    pub(crate) fn logs(
        &self,
        wanted: impl Fn(&alloy_primitives::Log) -> bool,
    ) -> impl Iterator<Item = LogJson> {
        let transactions = (0u64..).zip(self.block.transactions.iter().zip(&self.receipts));
        let logs = transactions.flat_map(|(index, (transaction, receipt))| {
            receipt.logs.iter().map(move |log| (index, transaction, log))
        });
        (0u64..).zip(logs).filter(move |(_, (.., log))| wanted(log)).map(
            |(log_index, (index, transaction, log))| self.log_json(log, transaction.hash(), index, log_index),
        )
    }

    fn log_json(
        &self,
        log: &alloy_primitives::Log,
        transaction_hash: B256,
        transaction_index: u64,
        log_index: u64,
    ) -> LogJson {
        LogJson {
            inner: log.clone(),
            block_hash: Some(self.hash),
            block_number: Some(self.block.header.number),
            block_timestamp: Some(self.block.header.timestamp),
            transaction_hash: Some(transaction_hash),
            transaction_index: Some(transaction_index),
            log_index: Some(log_index),
            removed: false,
        }
    }

    /// Gas of each transaction alone.
    pub(crate) fn gas_used(&self) -> Vec<u64> {
        let before =
            core::iter::once(0).chain(self.receipts.iter().map(|receipt| receipt.cumulative_gas_used));
        self.receipts
            .iter()
            .zip(before)
            .map(|(receipt, before)| receipt.cumulative_gas_used - before)
            .collect()
    }

    /// All receipts.
    pub(crate) fn receipts_json(&self) -> Result<Vec<Value>, RpcError> {
        (0..self.block.transactions.len()).map(|index| self.receipt_json(index)).collect()
    }

    /// The receipt of the transaction at `index`, which is in the block.
    pub(crate) fn receipt_json(&self, index: usize) -> Result<Value, RpcError> {
        let missing =
            || RpcError::internal(format!("block {} has no receipt {index}", self.block.header.number));
        let transaction = self.block.transactions.get(index).ok_or_else(missing)?;
        let receipt = self.receipts.get(index).ok_or_else(missing)?;
        let header = &self.block.header;
        let from = match self.senders.get().and_then(|senders| senders.get(index)) {
            Some(sender) => *sender,
            None => sender_of(transaction)?,
        };
        let created = transaction.to().is_create().then(|| from.create(transaction.nonce()));
        let first_log: usize = self.receipts[..index].iter().map(|receipt| receipt.logs.len()).sum();
        let number = |count: usize| u64::try_from(count).map_err(RpcError::internal);
        let mut logs = Vec::with_capacity(receipt.logs.len());
        for (offset, log) in receipt.logs.iter().enumerate() {
            logs.push(self.log_json(log, transaction.hash(), number(index)?, number(first_log + offset)?));
        }
        let price = transaction.effective_gas_price(header.base_fee_per_gas.unwrap_or_default());
        let mut json = json!({
            "type": U8::from(transaction.tx_type()),
            "transactionHash": transaction.hash(),
            "transactionIndex": U64::from(index),
            "blockHash": self.hash,
            "blockNumber": U64::from(header.number),
            "from": from,
            "to": match transaction.to() { TxKind::Call(to) => Some(to), TxKind::Create => None },
            "contractAddress": created,
            "cumulativeGasUsed": U64::from(receipt.cumulative_gas_used),
            "gasUsed": U64::from(self.gas_used()[index]),
            "effectiveGasPrice": U128::from(price),
            "logs": logs,
            "logsBloom": receipt.bloom(),
        });
        match receipt.post_state {
            Some(root) => json["root"] = json!(root),
            None => json["status"] = json!(U8::from(receipt.success)),
        }
        if transaction.tx_type() == BLOB_TX_TYPE {
            json["blobGasUsed"] = json!(U64::from(transaction.blob_count() * DATA_GAS_PER_BLOB));
            json["blobGasPrice"] = json!(self.blob_price.map(U128::from));
        }
        Ok(json)
    }
}

impl crate::context::RpcContext {
    /// A final block with its receipts.
    pub(crate) fn block_data(&self, at: &BlockAt) -> Result<Arc<BlockData>, RpcError> {
        if let Some(known) = self.recent.get(at.hash) {
            return Ok(known);
        }
        let block = self.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))?;
        let receipts = self.chain.receipts(at.number)?;
        let blob_price = self.blob_price(&block.header);
        let data = Arc::new(BlockData::new(at.hash, block, receipts, blob_price));
        // A development chain may have been rewritten since `at` was read.
        if data.block.hash() == at.hash {
            self.recent.put(Arc::clone(&data));
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests;
