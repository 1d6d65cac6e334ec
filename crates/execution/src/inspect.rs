//! What an inspector gets to see of a transaction.

use crate::evm::EvmContext;
use crate::state::BlockDb;
use alloy_primitives::{Bytes, Log, TxKind, U256};
use revm::context::result::ResultAndState;
use revm::context::{BlockEnv, TxEnv};
use revm::inspector::Inspector;
use revm::interpreter::{
    CallInput, CallInputs, CallOutcome, CallScheme, CallValue, FrameInput, Gas, InstructionResult,
    InterpreterResult,
};
use sero_primitives::POOL;
use sero_primitives::shielded_tx::ShieldedTx;

/// A transaction that was executed, and is not part of the block's state yet.
pub struct Inspected<'b, 'a, I> {
    /// The inspector, which has seen it.
    pub inspector: &'b mut I,
    /// What came of it, and what it changes.
    pub result: &'b ResultAndState,
    /// Of a shielded transaction with a call: how many of its logs come before the call, and how many before the
    /// refunds. An inspector sees the ones in between.
    pub log_bounds: Option<(usize, usize)>,
    /// The transaction, as the EVM sees it.
    pub transaction: &'b TxEnv,
    /// The block, as the EVM sees it.
    pub block: &'b BlockEnv,
    /// The state before it.
    pub before: &'b BlockDb<'a>,
}

/// A pure transfer in the EVM's words: POOL calls itself.
pub(crate) fn pure_transfer_env(tx: &ShieldedTx) -> TxEnv {
    TxEnv {
        tx_type: 2,
        caller: POOL,
        gas_limit: tx.gas_limit,
        gas_price: tx.max_fee_per_gas,
        kind: TxKind::Call(POOL),
        chain_id: Some(tx.chain_id),
        gas_priority_fee: Some(tx.max_priority_fee_per_gas),
        ..Default::default()
    }
}

/// Shows a pure transfer, which runs no code, as one call that emits its logs.
pub(crate) fn show_pure_transfer<'a, I: Inspector<EvmContext<'a>>>(
    context: &mut EvmContext<'a>,
    inspector: &mut I,
    gas_limit: u64,
    logs: &[Log],
) {
    let mut input = FrameInput::Call(Box::new(CallInputs {
        input: CallInput::Bytes(Bytes::new()),
        return_memory_offset: 0..0,
        gas_limit,
        reservoir: 0,
        bytecode_address: POOL,
        known_bytecode: Default::default(),
        target_address: POOL,
        caller: POOL,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::Call,
        is_static: false,
        charged_new_account_state_gas: false,
    }));
    let mut gas = Gas::new(gas_limit);
    gas.spend_all();
    let result = InterpreterResult::new(InstructionResult::Stop, Bytes::new(), gas);
    let mut outcome = revm::handler::FrameResult::Call(CallOutcome::new(result, 0..0));
    // What an inspector would put in its place is nothing that happened.
    let _ = revm::inspector::handler::frame_start(context, inspector, &mut input);
    logs.iter().for_each(|log| inspector.log(context, log.clone()));
    revm::inspector::handler::frame_end(context, inspector, &input, &mut outcome);
}
