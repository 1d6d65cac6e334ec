//! A call as the transaction that nobody signed.

use crate::error::RpcError;
use alloy_consensus::{
    SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxEnvelope, TxLegacy, TypedTransaction,
};
use alloy_primitives::{Address, Signature, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use sero_primitives::Transaction;
use sero_primitives::transaction::EthereumTx;

/// The transaction of a call, of the newest type that its fields leave open, with zeros for a signature.
pub(crate) fn unsigned(
    request: TransactionRequest,
    nonce: u64,
    gas_limit: u64,
    chain_id: u64,
) -> Result<Transaction, RpcError> {
    let invalid = |why: &str| RpcError::Parameters(format!("invalid argument 0 (payload): calls: {why}"));
    let fee_market = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() && fee_market {
        return Err(invalid("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    if let Some(found) = request.chain_id.filter(|found| *found != chain_id) {
        return Err(invalid(&format!("chainId is {found}, this chain's is {chain_id}")));
    }
    let input = request.input.unique_input().map_err(|error| invalid(&error.to_string()))?;
    let input = input.cloned().unwrap_or_default();
    let to = request.to.unwrap_or(TxKind::Create);
    let callee = |kind: &str| -> Result<Address, RpcError> {
        to.to().copied().ok_or_else(|| invalid(&format!("{kind} needs a callee (to)")))
    };
    let value = request.value.unwrap_or(U256::ZERO);
    let access_list = request.access_list.unwrap_or_default();
    let (max_fee_per_gas, max_priority_fee_per_gas) =
        (request.max_fee_per_gas.unwrap_or_default(), request.max_priority_fee_per_gas.unwrap_or_default());
    let blobs = request.blob_versioned_hashes.unwrap_or_default();
    let authorizations = request.authorization_list.unwrap_or_default();
    let typed = match request.gas_price {
        Some(gas_price) if access_list.is_empty() => TypedTransaction::Legacy(TxLegacy {
            chain_id: Some(chain_id),
            nonce,
            gas_price,
            gas_limit,
            to,
            value,
            input,
        }),
        Some(gas_price) => TypedTransaction::Eip2930(TxEip2930 {
            chain_id,
            nonce,
            gas_price,
            gas_limit,
            to,
            value,
            access_list,
            input,
        }),
        None if !authorizations.is_empty() => TypedTransaction::Eip7702(TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to: callee("an authorization list")?,
            value,
            access_list,
            authorization_list: authorizations,
            input,
        }),
        None if !blobs.is_empty() => TypedTransaction::Eip4844(
            TxEip4844 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: callee("a transaction with blobs")?,
                value,
                access_list,
                blob_versioned_hashes: blobs,
                max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
                input,
            }
            .into(),
        ),
        None => TypedTransaction::Eip1559(TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            input,
        }),
    };
    let nobody = Signature::new(U256::ZERO, U256::ZERO, false);
    Ok(Transaction::ethereum(EthereumTx::from(TxEnvelope::from(typed.into_signed(nobody)))))
}
