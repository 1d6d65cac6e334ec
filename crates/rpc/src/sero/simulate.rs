//! What a shielded transaction would do, before its proofs are made.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::answers;
use alloy_primitives::{Bytes, Log, U64};
use sero_primitives::Transaction;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.simulation("sero_simulate", &["transaction"], simulate).documented(
        "Runs a transaction of type 0x53 after the last block, without looking at signatures and proofs.",
        &[Parameter::required::<Bytes>("The transaction with its type in front; proofs may be anything.")],
    );
}

answers! {
    /// What a transaction would do.
    struct Simulated {
        /// Whether its call would return.
        success: bool,
        /// Gas.
        gas_used: U64,
        /// What it would revert with.
        revert_data: Option<Bytes>,
        /// The same in words.
        revert_reason: Option<String>,
        /// Logs.
        logs: Vec<Log>,
    }
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

fn simulate(context: &RpcContext, arguments: &Arguments) -> Result<Simulated, RpcError> {
    let transaction = shielded_transaction(arguments)?;
    let (state, mut head) = context.state_at(None)?;
    head.pending = true;
    let outcome = context.simulator(&state, context.simulated_header(&head)).transaction(transaction)?;
    let reason = match &outcome.halt {
        Some(halt) => Some(halt.clone()),
        None if outcome.success => None,
        None => Some(outcome.revert_reason()),
    };
    Ok(Simulated {
        success: outcome.success,
        gas_used: U64::from(outcome.gas_used),
        revert_data: (!outcome.success).then_some(outcome.output),
        revert_reason: reason,
        logs: outcome.logs,
    })
}
