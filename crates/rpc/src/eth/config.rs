//! What rules the node follows (EIP-7910), and what it can answer.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::eip2124::ForkHash;
use alloy_eips::eip7910::SystemContract;
use alloy_eips::{eip2935, eip4788, eip7002, eip7251};
use alloy_primitives::{Address, Bytes, U64};
use serde_json::{Map, Value, json};
use sero_chain::ChainExecutor;
use sero_execution::ChainParameters;
use sero_primitives::ethereum::Fork;
use sero_primitives::{ASSETS, PACKAGES, POOL, ZKP};

/// Precompiles by name, address and the fork that brought them.
const PRECOMPILES: [(&str, u16, Fork); 18] = [
    ("ECREC", 0x01, Fork::Frontier),
    ("SHA256", 0x02, Fork::Frontier),
    ("RIPEMD160", 0x03, Fork::Frontier),
    ("ID", 0x04, Fork::Frontier),
    ("MODEXP", 0x05, Fork::Byzantium),
    ("BN254_ADD", 0x06, Fork::Byzantium),
    ("BN254_MUL", 0x07, Fork::Byzantium),
    ("BN254_PAIRING", 0x08, Fork::Byzantium),
    ("BLAKE2F", 0x09, Fork::Istanbul),
    ("KZG_POINT_EVALUATION", 0x0a, Fork::Cancun),
    ("BLS12_G1ADD", 0x0b, Fork::Prague),
    ("BLS12_G1MSM", 0x0c, Fork::Prague),
    ("BLS12_G2ADD", 0x0d, Fork::Prague),
    ("BLS12_G2MSM", 0x0e, Fork::Prague),
    ("BLS12_PAIRING_CHECK", 0x0f, Fork::Prague),
    ("BLS12_MAP_FP_TO_G1", 0x10, Fork::Prague),
    ("BLS12_MAP_FP2_TO_G2", 0x11, Fork::Prague),
    ("P256VERIFY", 0x100, Fork::Osaka),
];

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("eth_config", &[], config);
    methods.light("eth_capabilities", &[], capabilities);
}

fn config(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let parameters = context.chain.parameters();
    let head = context.chain.head().header;
    let (_, times) = parameters.forks.changes();
    let current = times.iter().rev().find(|time| **time <= head.timestamp).copied().unwrap_or(0);
    let mut later = times.iter().filter(|time| **time > head.timestamp);
    let of = |time: u64| fork_config(parameters, head.number, time);
    let next = later.next().map(|time| of(*time));
    Ok(json!({
        "current": of(current),
        "next": next,
        "last": times.last().filter(|time| **time > head.timestamp).map(|time| of(*time)),
    }))
}

/// The rules from `time` on.
fn fork_config(parameters: &ChainParameters, number: u64, time: u64) -> Value {
    let forks = &parameters.forks;
    let fork = forks.at(number, time);
    let (blocks, times) = forks.changes();
    let mut id = ForkHash::from(parameters.genesis_hash);
    blocks.iter().chain(times.iter().filter(|change| **change <= time)).for_each(|change| id += *change);
    // Blobs have no place on a chain with privacy.
    let blobs = forks.blobs(time).filter(|_| parameters.privacy.is_none());
    let [target, max] =
        [blobs.map_or(0, |blobs| blobs.target_blob_count), blobs.map_or(0, |blobs| blobs.max_blob_count)];
    json!({
        "activationTime": time,
        "blobSchedule": {
            "target": target,
            "max": max,
            "baseFeeUpdateFraction": blobs.map_or(1, |blobs| blobs.update_fraction),
        },
        "chainId": U64::from(parameters.chain_id),
        "forkId": Bytes::copy_from_slice(&id.0),
        "precompiles": precompiles(parameters, fork),
        "systemContracts": system_contracts(parameters, fork),
    })
}

fn precompiles(parameters: &ChainParameters, fork: Fork) -> Map<String, Value> {
    let address = |low: u16| Address::left_padding_from(&low.to_be_bytes());
    let known = PRECOMPILES.iter().filter(|(.., since)| *since <= fork);
    let mut all: Map<String, Value> =
        known.map(|(name, low, _)| ((*name).to_owned(), lower(address(*low)))).collect();
    if parameters.privacy.is_some() {
        let ours = [("ASSETS", ASSETS), ("POOL", POOL), ("PACKAGES", PACKAGES), ("ZKP", ZKP)];
        all.extend(ours.map(|(name, address)| (name.to_owned(), lower(address))));
    }
    all
}

/// A chain with privacy has no system contracts: nothing is called by a block itself.
fn system_contracts(parameters: &ChainParameters, fork: Fork) -> Map<String, Value> {
    let all = [
        (SystemContract::BeaconRoots, eip4788::BEACON_ROOTS_ADDRESS, Fork::Cancun),
        (
            SystemContract::ConsolidationRequestPredeploy,
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            Fork::Prague,
        ),
        (SystemContract::DepositContract, parameters.forks.deposit_contract, Fork::Prague),
        (SystemContract::HistoryStorage, eip2935::HISTORY_STORAGE_ADDRESS, Fork::Prague),
        (
            SystemContract::WithdrawalRequestPredeploy,
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            Fork::Prague,
        ),
    ];
    let known = all.into_iter().filter(|(.., since)| parameters.privacy.is_none() && *since <= fork);
    known.map(|(name, address, _)| (name.to_string(), lower(address))).collect()
}

/// In lower case, as EIP-7910 wants it.
fn lower(address: Address) -> Value {
    Value::String(format!("{address:#x}"))
}

fn capabilities(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let head = context.chain.head();
    let all = json!({ "disabled": false, "oldestBlock": U64::ZERO });
    Ok(json!({
        "head": { "number": U64::from(head.header.number), "hash": head.hash },
        "state": all,
        "tx": all,
        "logs": all,
        "receipts": all,
        "blocks": all,
        // Proofs are made from the trie of the latest state.
        "stateproofs": { "disabled": false, "oldestBlock": U64::from(head.header.number) },
    }))
}
