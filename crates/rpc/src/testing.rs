//! `testing_`: a block of plain Ethereum on request, which the chain never hears of.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};
use sero_chain::{ChainExecutor, OverlayState};
use sero_execution::{BlockExecutor, BlockInputs, CheckedTransaction, ExecutionError, check_static};
use sero_primitives::{Block, StateDiff, Transaction};

/// Gas limit that the blocks strive for.
const GAS_LIMIT: u64 = 60_000_000;
/// The part of its parent's that a block's gas limit may differ by.
const GAS_LIMIT_STEP: u64 = 1_024;
/// Gas of the cheapest transaction.
const TRANSFER_GAS: u64 = 21_000;
/// Longest extra data (yellow paper, 4.3.4).
const EXTRA_DATA_MAX: usize = 32;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    const PARAMETERS: &[&str] = &["parentHash", "attributes", "transactions", "extraData"];
    methods.tracing("testing_buildBlockV1", PARAMETERS, build);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Attributes {
    timestamp: U64,
    prev_randao: B256,
    suggested_fee_recipient: Address,
    withdrawals: Option<Vec<Withdrawal>>,
    parent_beacon_block_root: Option<B256>,
}

/// Builds a block on the head out of the transactions given, all of which must be valid, or out of what waits in the
/// pool, as far as it is.
fn build(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let parent = arguments.required_hash(0)?;
    let attributes: Attributes = arguments.required(1)?;
    let raw: Option<Vec<Bytes>> = arguments.optional(2)?;
    let extra_data: Bytes = arguments.optional(3)?.unwrap_or_default();
    if extra_data.len() > EXTRA_DATA_MAX {
        return Err(arguments.invalid(3, &format!("at most {EXTRA_DATA_MAX} bytes are allowed")));
    }
    let head = context.chain.head();
    if parent != head.hash {
        return Err(RpcError::Refused(format!("blocks are built on the head {} only", head.hash)));
    }
    let timestamp = attributes.timestamp.to();
    if timestamp <= head.header.timestamp {
        return Err(arguments.invalid(1, &format!("timestamp must be above {}", head.header.timestamp)));
    }
    let parameters = context.chain.parameters();
    let inputs = BlockInputs {
        timestamp,
        beneficiary: attributes.suggested_fee_recipient,
        prevrandao: attributes.prev_randao,
    };
    let mut header = parameters.child_header(&head.header, &inputs);
    header.extra_data = extra_data;
    header.gas_limit = next_gas_limit(head.header.gas_limit);
    if header.parent_beacon_block_root.is_some() {
        header.parent_beacon_block_root = attributes.parent_beacon_block_root.or(Some(B256::ZERO));
    }
    let (base_fee, number) = (header.base_fee_per_gas.unwrap_or_default(), header.number);
    let room = usize::try_from(header.gas_limit / TRANSFER_GAS).unwrap_or(usize::MAX);
    if raw.as_ref().is_some_and(|raw| raw.len() > room) {
        return Err(arguments.invalid(2, &format!("a block has room for {room} transactions at most")));
    }
    let all_must_fit = raw.is_some();
    let candidates = match raw {
        None => context.pool.best()?,
        Some(raw) => {
            let check = |raw: &Bytes| {
                let transaction = Transaction::decode_2718(raw)
                    .map_err(|error| arguments.invalid(2, &error.to_string()))?;
                check_static(transaction, parameters, number, base_fee, header.gas_limit)
                    .map_err(|error| RpcError::Refused(error.to_string()))
            };
            raw.iter().map(check).collect::<Result<Vec<CheckedTransaction>, _>>()?
        }
    };
    let mut overlay = OverlayState::new(context.chain.snapshot_at(head.header.number)?, vec![]);
    let withdrawals = attributes.withdrawals.unwrap_or_default();
    let (mut included, mut tips) = (Vec::new(), U256::ZERO);
    let executed = {
        let root = |diff: &StateDiff| Ok(overlay.state_root(diff)?.0);
        let mut executor = BlockExecutor::new(&overlay, header, parameters).with_state_root(&root);
        executor.open()?;
        for checked in candidates {
            match executor.execute(&checked) {
                Ok(outcome) => {
                    let transaction = checked.transaction();
                    let tip = transaction.effective_gas_price(base_fee).saturating_sub(base_fee.into());
                    tips += U256::from(outcome.gas_used) * U256::from(tip);
                    included.push(transaction.clone());
                }
                Err(ExecutionError::Invalid(_)) if !all_must_fit => {}
                Err(error) => return Err(error.into()),
            }
        }
        executor.finish_with(&[], &withdrawals)?
    };
    let requests = executed.requests.clone();
    overlay.push(Block { withdrawals, ..Block::new(Default::default(), included) }, executed)?;
    let block = overlay.blocks().first().ok_or(RpcError::Internal)?;
    Ok(envelope(block.block(), block.hash(), tips, &requests))
}

/// The gas limit after `parent`, as near to [`GAS_LIMIT`] as it may be.
fn next_gas_limit(parent: u64) -> u64 {
    let step = (parent / GAS_LIMIT_STEP).saturating_sub(1);
    GAS_LIMIT.clamp(parent - step, parent + step)
}

/// The block in the words of the engine API.
fn envelope(block: &Block, hash: B256, tips: U256, requests: &[Bytes]) -> Value {
    let header = &block.header;
    let transactions = block.transactions.iter().map(|tx| Bytes::from(tx.encode_2718()));
    json!({
        "executionPayload": {
            "parentHash": header.parent_hash,
            "feeRecipient": header.beneficiary,
            "stateRoot": header.state_root,
            "receiptsRoot": header.receipts_root,
            "logsBloom": header.logs_bloom,
            "prevRandao": header.mix_hash,
            "blockNumber": U64::from(header.number),
            "gasLimit": U64::from(header.gas_limit),
            "gasUsed": U64::from(header.gas_used),
            "timestamp": U64::from(header.timestamp),
            "extraData": header.extra_data,
            "baseFeePerGas": U256::from(header.base_fee_per_gas.unwrap_or_default()),
            "blockHash": hash,
            "transactions": transactions.collect::<Vec<_>>(),
            "withdrawals": block.withdrawals,
            "blobGasUsed": header.blob_gas_used.map(U64::from),
            "excessBlobGas": header.excess_blob_gas.map(U64::from),
        },
        "blockValue": tips,
        "blobsBundle": { "commitments": [], "proofs": [], "blobs": [] },
        "executionRequests": requests,
        "shouldOverrideBuilder": false,
    })
}
