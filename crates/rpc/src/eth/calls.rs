//! Calls without a transaction, and what they would cost.

use super::overrides::{BlockOverrides, state_overrides};
use crate::arguments::Arguments;
use crate::context::{CALL_GAS_MAX, RpcContext};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_eth::state::StateOverride;
use serde_json::{Value, json};
use sero_execution::{CallOutcome, CallRequest, Simulator};
use sero_primitives::StateReader;

/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;
/// Ethereum's precompiles are 0x01 to 0x11.
const ETHEREUM_PRECOMPILES: u64 = 0x11;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    const PARAMETERS: &[&str] = &["transaction", "block", "stateOverrides", "blockOverrides"];
    methods.simulation("eth_call", PARAMETERS, call);
    methods.simulation("eth_estimateGas", PARAMETERS, estimate_gas);
    methods.simulation("eth_createAccessList", PARAMETERS, create_access_list);
}

fn call(context: &RpcContext, arguments: &Arguments) -> Result<Bytes, RpcError> {
    let request = call_request(&arguments.required(0)?)?;
    simulate(context, arguments, |simulator, _| {
        let outcome = simulator.call(&request)?;
        succeeded(outcome, request.gas).map(|outcome| outcome.output)
    })
}

fn estimate_gas(context: &RpcContext, arguments: &Arguments) -> Result<U64, RpcError> {
    let request = call_request(&arguments.required(0)?)?;
    simulate(context, arguments, |simulator, state| {
        estimate(simulator, state, request.clone()).map(U64::from)
    })
}

fn create_access_list(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let request = call_request(&arguments.required(0)?)?;
    let block = context.block_at(arguments.optional(1)?)?;
    simulate(context, arguments, |simulator, state| {
        let first = simulator.call(&request)?;
        let to = match request.to {
            Some(to) => to,
            None => request.from.create(state.account(request.from)?.map_or(0, |account| account.nonce)),
        };
        let free = [request.from, to, block.header.beneficiary];
        let list = access_list(&first, &free);
        let outcome = simulator.call(&CallRequest { access_list: list.clone(), ..request.clone() })?;
        let mut answer = json!({ "accessList": list, "gasUsed": U64::from(outcome.gas_used) });
        if let Err(error) = succeeded(outcome, request.gas) {
            answer["error"] = Value::String(error.to_string());
        }
        Ok(answer)
    })
}

/// What a call touched, except accounts that are free anyway and whose slots
/// were not read.
fn access_list(outcome: &CallOutcome, free: &[Address]) -> AccessList {
    let precompile = |address: &Address| {
        (1..=ETHEREUM_PRECOMPILES).contains(&U256::from_be_slice(address.as_slice()).saturating_to())
    };
    let wanted = outcome
        .touched
        .iter()
        .filter(|(address, slots)| !precompile(address) && (!slots.is_empty() || !free.contains(address)));
    let item = |(address, slots): &(Address, Vec<U256>)| AccessListItem {
        address: *address,
        storage_keys: slots.iter().map(|slot| B256::from(*slot)).collect(),
    };
    AccessList(wanted.map(item).collect())
}

/// Runs `work` on the state, block and overrides that parameters 1 to 3 name.
fn simulate<R>(
    context: &RpcContext,
    arguments: &Arguments,
    work: impl FnOnce(&Simulator<'_>, &dyn StateReader) -> Result<R, RpcError>,
) -> Result<R, RpcError> {
    let overrides: Option<StateOverride> = arguments.optional(2)?;
    let overrides =
        state_overrides(overrides.unwrap_or_default()).map_err(|why| arguments.invalid(2, &why))?;
    let changed: BlockOverrides = arguments.optional(3)?.unwrap_or_default();
    let (state, block) = context.state_at(arguments.optional(1)?)?;
    let mut header = context.simulated_header(&block);
    changed.apply(&mut header).map_err(|why| arguments.invalid(3, &why))?;
    let simulator = context
        .simulator(&state, header)
        .with_overrides(overrides)
        .with_blob_base_fee(changed.blob_base_fee());
    work(&simulator, &state)
}

fn succeeded(outcome: CallOutcome, gas: Option<u64>) -> Result<CallOutcome, RpcError> {
    let gas = gas.unwrap_or(CALL_GAS_MAX).min(CALL_GAS_MAX);
    if outcome.success { Ok(outcome) } else { Err(RpcError::of_failed_call(&outcome, gas)) }
}

/// The least gas with which a call succeeds, as far as its sender can pay.
pub(crate) fn estimate(
    simulator: &Simulator<'_>,
    state: &dyn StateReader,
    mut request: CallRequest,
) -> Result<u64, RpcError> {
    request.gas = request.gas.filter(|gas| *gas >= TRANSFER_GAS);
    if let Some(fee) = request.max_fee_per_gas.filter(|fee| *fee > 0) {
        let balance = state.account(request.from)?.unwrap_or_default().balance;
        let spendable = balance.checked_sub(request.value).ok_or_else(|| {
            RpcError::Refused(format!(
                "insufficient funds for transfer: address {} has {balance}",
                request.from
            ))
        })?;
        let allowance = (spendable / U256::from(fee)).saturating_to::<u64>();
        request.gas = Some(request.gas.unwrap_or(CALL_GAS_MAX).min(allowance));
    }
    if let Some(gas) = request.gas.filter(|gas| *gas < TRANSFER_GAS) {
        return Err(RpcError::Refused(format!("gas required exceeds allowance ({gas})")));
    }
    if is_plain_transfer(state, &request)? {
        let exact = CallRequest { gas: Some(TRANSFER_GAS), ..request.clone() };
        if simulator.call(&exact).is_ok_and(|outcome| outcome.success) {
            return Ok(TRANSFER_GAS);
        }
    }
    let gas = request.gas.unwrap_or(CALL_GAS_MAX).min(CALL_GAS_MAX);
    simulator.estimate_gas(&request)?.map_err(|outcome| RpcError::of_failed_call(&outcome, gas))
}

fn is_plain_transfer(state: &dyn StateReader, request: &CallRequest) -> Result<bool, RpcError> {
    let Some(to) = request.to else { return Ok(false) };
    let plain =
        request.input.is_empty() && request.access_list.is_empty() && request.authorizations.is_empty();
    let code = state.account(to)?.unwrap_or_default().code_hash;
    Ok(plain && code == sero_primitives::EMPTY_CODE_HASH)
}

/// A call from its JSON form.
pub(crate) fn call_request(request: &TransactionRequest) -> Result<CallRequest, RpcError> {
    let parameters =
        |reason: String| RpcError::Parameters(format!("invalid argument 0 (transaction): {reason}"));
    let fee_market = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() && fee_market {
        let reason = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
        return Err(parameters(reason.into()));
    }
    if request.blob_versioned_hashes.as_ref().is_some_and(Vec::is_empty) {
        return Err(parameters("blobVersionedHashes is empty".into()));
    }
    let input = request.input.unique_input().map_err(|error| parameters(error.to_string()))?;
    let max_fee = request.gas_price.or(request.max_fee_per_gas);
    let priority = request.gas_price.or(request.max_priority_fee_per_gas);
    if let (Some(max_fee), Some(priority)) = (max_fee, priority)
        && priority > max_fee
    {
        return Err(parameters(format!("maxPriorityFeePerGas {priority} is above maxFeePerGas {max_fee}")));
    }
    // A fee of zero is no fee: the call is free, as in geth.
    let max_fee = max_fee.filter(|fee| *fee > 0);
    Ok(CallRequest {
        from: request.from.unwrap_or_default(),
        to: match request.to {
            Some(TxKind::Call(to)) => Some(to),
            Some(TxKind::Create) | None => None,
        },
        gas: request.gas,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: max_fee.and(priority),
        value: request.value.unwrap_or_default(),
        input: input.cloned().unwrap_or_default(),
        // A call does not care which transaction it would be.
        nonce: None,
        access_list: request.access_list.clone().unwrap_or_default(),
        authorizations: request.authorization_list.clone().unwrap_or_default(),
        blob_hashes: request.blob_versioned_hashes.clone().unwrap_or_default(),
        max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
    })
}
