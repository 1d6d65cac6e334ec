//! What a shielded transaction would do, before its proofs are made.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::{Bytes, U64};
use serde_json::{Value, json};
use sero_primitives::Transaction;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.simulation("sero_simulate", &["transaction"], simulate);
}

/// The first parameter as a transaction of type `0x53`.
pub(crate) fn shielded_transaction(arguments: &Arguments) -> Result<Transaction, RpcError> {
    let raw: Bytes = arguments.required(0)?;
    let transaction =
        Transaction::decode_2718(&raw).map_err(|error| arguments.invalid(0, &error.to_string()))?;
    if transaction.as_shielded().is_none() {
        return Err(arguments.invalid(0, "not a transaction of type 0x53"));
    }
    Ok(transaction)
}

fn simulate(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let transaction = shielded_transaction(arguments)?;
    let (state, mut head) = context.state_at(None)?;
    head.pending = true;
    let outcome = context.simulator(&state, context.simulated_header(&head)).transaction(transaction)?;
    let reason = match &outcome.halt {
        Some(halt) => Some(halt.clone()),
        None if outcome.success => None,
        None => Some(outcome.revert_reason()),
    };
    Ok(json!({
        "success": outcome.success,
        "gasUsed": U64::from(outcome.gas_used),
        "revertData": (!outcome.success).then_some(&outcome.output),
        "revertReason": reason,
        "logs": outcome.logs,
    }))
}
