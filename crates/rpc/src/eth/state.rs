//! Accounts, code and storage.

use crate::arguments::{Arguments, parse_slot};
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::{EIP1186AccountProofResponse, EIP1186StorageProof};
use alloy_serde::JsonStorageKey;
use serde_json::{Value, json};
use sero_chain::SlotProof;
use sero_primitives::{Account, StateReader};
use std::collections::BTreeMap;

/// Slots of one proof.
const PROOF_SLOTS_MAX: usize = 1024;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.instant("eth_getBalance", &["address", "block"], balance);
    methods.light("eth_getTransactionCount", &["address", "block"], transaction_count);
    methods.instant("eth_getCode", &["address", "block"], code);
    methods.instant("eth_getStorageAt", &["address", "slot", "block"], storage_at);
    methods.heavy("eth_getStorageValues", &["slots", "block"], storage_values);
    methods.light("eth_getAccountInfo", &["address", "block"], account_info);
    methods.heavy("eth_getAccount", &["address", "block"], whole_account);
    methods.heavy("eth_getProof", &["address", "slots", "block"], proof);
}

fn balance(context: &RpcContext, arguments: &Arguments) -> Result<U256, RpcError> {
    let address = arguments.required(0)?;
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    Ok(account(&state, address)?.balance)
}

fn transaction_count(context: &RpcContext, arguments: &Arguments) -> Result<U64, RpcError> {
    let address = arguments.required(0)?;
    let block: Option<BlockId> = arguments.optional(1)?;
    if block == Some(BlockId::Number(BlockNumberOrTag::Pending)) {
        return Ok(U64::from(context.pool.next_nonce(address)?));
    }
    let (state, _) = context.state_at(block)?;
    Ok(U64::from(account(&state, address)?.nonce))
}

fn code(context: &RpcContext, arguments: &Arguments) -> Result<Bytes, RpcError> {
    let address = arguments.required(0)?;
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    Ok(state.code(account(&state, address)?.code_hash)?)
}

/// What most clients ask about an account, in one answer.
fn account_info(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let address = arguments.required(0)?;
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    let account = account(&state, address)?;
    let code = state.code(account.code_hash)?;
    Ok(json!({ "balance": account.balance, "nonce": U64::from(account.nonce), "code": code }))
}

/// The account as it is in the trie; null if it is not there.
fn whole_account(context: &RpcContext, arguments: &Arguments) -> Result<Option<Value>, RpcError> {
    let address = arguments.required(0)?;
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    let found = state.account_proof(address, &[])?;
    let json = |account: Account| {
        json!({
            "balance": account.balance,
            "codeHash": account.code_hash,
            "nonce": U64::from(account.nonce),
            "storageRoot": found.storage_root,
        })
    };
    Ok(found.account.map(json))
}

fn storage_at(context: &RpcContext, arguments: &Arguments) -> Result<B256, RpcError> {
    let (address, slot): (Address, U256) = (arguments.required(0)?, arguments.required_slot(1)?);
    let (state, _) = context.state_at(arguments.optional(2)?)?;
    Ok(state.storage(address, slot)?.into())
}

/// Slots of several accounts at once.
fn storage_values(
    context: &RpcContext,
    arguments: &Arguments,
) -> Result<BTreeMap<String, Vec<B256>>, RpcError> {
    let wanted: BTreeMap<Address, Vec<B256>> = arguments.required(0)?;
    let count: usize = wanted.values().map(Vec::len).sum();
    if count == 0 {
        return Err(arguments.invalid(0, "empty request"));
    }
    if count > PROOF_SLOTS_MAX {
        return Err(RpcError::Limit(format!("at most {PROOF_SLOTS_MAX} slots are read at once")));
    }
    let (state, _) = context.state_at(arguments.optional(1)?)?;
    let read = |(address, slots): (Address, Vec<B256>)| {
        let values = slots.iter().map(|slot| Ok(state.storage(address, (*slot).into())?.into()));
        Ok((format!("{address:#x}"), values.collect::<Result<_, RpcError>>()?))
    };
    wanted.into_iter().map(read).collect()
}

fn proof(context: &RpcContext, arguments: &Arguments) -> Result<EIP1186AccountProofResponse, RpcError> {
    let address: Address = arguments.required(0)?;
    let keys: Vec<String> = arguments.optional(1)?.unwrap_or_default();
    if keys.len() > PROOF_SLOTS_MAX {
        return Err(RpcError::Limit(format!("at most {PROOF_SLOTS_MAX} slots are proved at once")));
    }
    let slots: Vec<U256> = keys
        .iter()
        .map(|key| parse_slot(key))
        .collect::<Result<_, _>>()
        .map_err(|why| arguments.invalid(1, why))?;
    let (state, _) = context.state_at(arguments.optional(2)?)?;
    let found = state.account_proof(address, &slots)?;
    let account = found.account.unwrap_or_default();
    Ok(EIP1186AccountProofResponse {
        address,
        balance: account.balance,
        code_hash: account.code_hash,
        nonce: account.nonce,
        storage_hash: found.storage_root,
        account_proof: found.account_proof,
        storage_proof: keys
            .iter()
            .zip(found.storage_proofs)
            .map(|(key, proof)| storage_proof(key, proof))
            .collect(),
    })
}

/// The key comes back as it came in: 32 bytes, or a number.
fn storage_proof(key: &str, proof: SlotProof) -> EIP1186StorageProof {
    let whole = key.len() == 66;
    let key =
        if whole { JsonStorageKey::Hash(proof.slot.into()) } else { JsonStorageKey::Number(proof.slot) };
    EIP1186StorageProof { key, value: proof.value, proof: proof.proof }
}

fn account(state: &dyn StateReader, address: Address) -> Result<Account, RpcError> {
    Ok(state.account(address)?.unwrap_or_default())
}
