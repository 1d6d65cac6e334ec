//! Methods that sign with the node's own keys. Outside development mode there
//! are no keys, and but for `eth_accounts` the methods do not exist.

use super::calls::{call_request, estimate};
use super::fees::{next_base_fee, suggested_tip};
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::ethereum_json;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_consensus::{SignableTransaction, TypedTransaction};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};
use sero_execution::CheckedTransaction;
use sero_primitives::Transaction;
use sero_primitives::transaction::EthereumTx;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.instant("eth_accounts", &[], |context, _| {
        Ok(context.accounts.iter().map(PrivateKeySigner::address).collect::<Vec<_>>())
    });
    if !methods.has_accounts() {
        return;
    }
    methods.submission("eth_sendTransaction", &["transaction"], send);
    methods.simulation("eth_signTransaction", &["transaction"], |context, arguments| {
        let (request, signer) = fill_for_signer(context, arguments)?;
        let (signed, from) = (sign_request(context, request, signer)?, signer.address());
        with_raw(&signed, from)
    });
    methods.simulation("eth_fillTransaction", &["transaction"], |context, arguments| {
        let request: TransactionRequest = arguments.required(0)?;
        let from = request.from.unwrap_or_default();
        let filled = build(with_nonce(context, fill(context, request)?, from)?)?;
        with_raw(&attach(filled, Signature::new(Default::default(), Default::default(), false)), from)
    });
    methods.light("eth_sign", &["address", "data"], sign);
}

fn sign(context: &RpcContext, arguments: &Arguments) -> Result<Bytes, RpcError> {
    let (address, data): (Address, Bytes) = (arguments.required(0)?, arguments.required(1)?);
    let signature = signer(context, address)?.sign_message_sync(&data).map_err(RpcError::internal)?;
    Ok(signature.as_bytes().into())
}

fn signer(context: &RpcContext, address: Address) -> Result<&PrivateKeySigner, RpcError> {
    let found = context.accounts.iter().find(|account| account.address() == address);
    found.ok_or_else(|| RpcError::Refused(format!("unknown account {address}")))
}

fn send(context: &RpcContext, arguments: &Arguments) -> Result<B256, RpcError> {
    if let Some(from) = impersonated_sender(context, arguments)? {
        return send_unsigned(context, arguments, from);
    }
    let (request, signer) = fill_for_signer(context, arguments)?;
    // One at a time from the choice of the nonce until the pool knows it. The
    // gas is estimated already, so nobody waits here for long.
    let _turn = context.sending.lock();
    let signed = sign_request(context, request, signer)?;
    Ok(context.pool.submit(&signed.encoded_2718())?)
}

/// Who sends the first parameter, if it is an account that may send without signing.
fn impersonated_sender(context: &RpcContext, arguments: &Arguments) -> Result<Option<Address>, RpcError> {
    if context.development.is_none() {
        return Ok(None);
    }
    let request: TransactionRequest = arguments.required(0)?;
    let impersonated = context.impersonated.lock();
    let ours = |from: &Address| context.accounts.iter().any(|account| account.address() == *from);
    let may = |from: &Address| impersonated.accounts.contains(from) || (impersonated.all && !ours(from));
    Ok(request.from.filter(may))
}

fn send_unsigned(context: &RpcContext, arguments: &Arguments, from: Address) -> Result<B256, RpcError> {
    let request = fill(context, arguments.required(0)?)?;
    let _turn = context.sending.lock();
    let filled = build(with_nonce(context, request, from)?)?;
    let nobody = Signature::new(U256::ZERO, U256::from_be_bytes(from.into_word().0), false);
    let transaction = Transaction::ethereum(attach(filled, nobody));
    let checked = CheckedTransaction::impersonated(transaction, context.chain.parameters())
        .ok_or(RpcError::Internal)?;
    Ok(context.pool.submit_impersonated(checked)?)
}

/// The first parameter, complete but for the nonce, and who is to sign it.
fn fill_for_signer<'a>(
    context: &'a RpcContext,
    arguments: &Arguments,
) -> Result<(TransactionRequest, &'a PrivateKeySigner), RpcError> {
    let request: TransactionRequest = arguments.required(0)?;
    let from = request.from.ok_or_else(|| arguments.invalid(0, "from is missing"))?;
    let signer = signer(context, from)?;
    Ok((fill(context, request)?, signer))
}

fn sign_request(
    context: &RpcContext,
    request: TransactionRequest,
    signer: &PrivateKeySigner,
) -> Result<EthereumTx, RpcError> {
    let filled = build(with_nonce(context, request, signer.address())?)?;
    let hash: B256 = filled.signature_hash();
    let signature = signer.sign_hash_sync(&hash).map_err(RpcError::internal)?;
    Ok(attach(filled, signature))
}

/// The sender's next nonce, where it is missing.
fn with_nonce(
    context: &RpcContext,
    mut request: TransactionRequest,
    from: Address,
) -> Result<TransactionRequest, RpcError> {
    request.nonce = Some(request.nonce.map_or_else(|| context.pool.next_nonce(from), Ok)?);
    Ok(request)
}

/// Chain id, fees and gas, where they are missing.
fn fill(context: &RpcContext, mut request: TransactionRequest) -> Result<TransactionRequest, RpcError> {
    let chain_id = context.chain.parameters().chain_id;
    if let Some(found) = request.chain_id.replace(chain_id).filter(|found| *found != chain_id) {
        return Err(RpcError::Parameters(format!(
            "transaction.chainId is {found}, this chain's is {chain_id}"
        )));
    }
    let mut call = call_request(&request)?;
    if request.to.is_none() && call.input.is_empty() {
        return Err(RpcError::Parameters("contract creation without any data provided".into()));
    }
    request.to.get_or_insert(TxKind::Create);
    fill_fees(context, &mut request)?;
    if request.gas.is_none() {
        call.max_fee_per_gas = request.gas_price.or(request.max_fee_per_gas).filter(|fee| *fee > 0);
        call.max_priority_fee_per_gas = request.gas_price.or(request.max_priority_fee_per_gas);
        let (state, mut block) = context.state_at(None)?;
        block.pending = true;
        request.gas =
            Some(estimate(&context.simulator(&state, context.simulated_header(&block)), &state, call)?);
    }
    Ok(request)
}

fn fill_fees(context: &RpcContext, request: &mut TransactionRequest) -> Result<(), RpcError> {
    let base_fee = u128::from(next_base_fee(context));
    let legacy = matches!(request.transaction_type, Some(0 | 1));
    let fee_market = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if legacy && !fee_market && request.gas_price.is_none() {
        request.gas_price = Some(suggested_tip(context)?.saturating_add(base_fee));
    }
    if request.transaction_type == Some(1) {
        request.access_list.get_or_insert_default();
    }
    if request.gas_price.is_some() {
        return Ok(());
    }
    let tip = match (request.max_priority_fee_per_gas, request.max_fee_per_gas) {
        (Some(tip), _) => tip,
        (None, max_fee) => suggested_tip(context)?.min(max_fee.unwrap_or(u128::MAX)),
    };
    request.max_priority_fee_per_gas = Some(tip);
    request.max_fee_per_gas.get_or_insert(tip.saturating_add(base_fee.saturating_mul(2)));
    Ok(())
}

fn build(request: TransactionRequest) -> Result<TypedTransaction, RpcError> {
    let invalid =
        |reason: String| RpcError::Parameters(format!("invalid argument 0 (transaction): {reason}"));
    let built = request.build_consensus_tx().map_err(|error| invalid(error.error))?;
    match built {
        TypedTransaction::Eip4844(_) => Err(invalid("blobs are not supported".into())),
        built => Ok(built),
    }
}

fn attach(transaction: TypedTransaction, signature: Signature) -> EthereumTx {
    EthereumTx::from(alloy_consensus::TxEnvelope::from(transaction.into_signed(signature)))
}

fn with_raw(transaction: &EthereumTx, from: Address) -> Result<Value, RpcError> {
    let price = alloy_consensus::Transaction::max_fee_per_gas(transaction);
    let raw = Bytes::from(transaction.encoded_2718());
    Ok(json!({ "raw": raw, "tx": ethereum_json(transaction, from, price, None)? }))
}
