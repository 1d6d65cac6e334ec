//! revm's transaction flow with two additions for type `0x53`: the bundle's
//! effects before the balance check, the refunds before the proposer is paid.

use crate::apply::{ApplyError, BalancesBefore, apply_before_call, apply_refunds};
use crate::error::InvalidTransaction;
use crate::evm::{EvmContext, SeroEvm};
use crate::state::StateFault;
use crate::validate::initial_gas;
use revm::context::ContextTr;
use revm::context::result::{EVMError, HaltReason, InvalidTransaction as EvmInvalid};
use revm::handler::{EvmTr, FrameResult, Handler, post_execution, pre_execution};
use revm::inspector::{Inspector, InspectorHandler, NoOpInspector};
use revm::interpreter::InitialAndFloorGas;
use revm::interpreter::interpreter::EthInterpreter;
use sero_precompiles::{Fault, Host};
use sero_primitives::gas::shielded_part;
use sero_primitives::shielded_tx::{ShieldedCall, ShieldedTx};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

type Error = EVMError<StateFault>;

/// Handles one transaction.
pub struct SeroHandler<'a, 't, I = NoOpInspector> {
    shielded: Option<(&'t ShieldedTx, &'t ShieldedCall)>,
    before: RefCell<BalancesBefore>,
    refusal: RefCell<Option<InvalidTransaction>>,
    /// Logs of the bundle, before the call; and logs before the refunds.
    logs: Cell<(usize, usize)>,
    _evm: core::marker::PhantomData<fn(SeroEvm<'a, I>)>,
}

impl<'a, 't, I> SeroHandler<'a, 't, I> {
    /// For an Ethereum transaction, or a shielded one with a call.
    pub fn new(shielded: Option<&'t ShieldedTx>) -> Self {
        Self {
            shielded: shielded.and_then(|tx| Some((tx, tx.call.as_ref()?))),
            before: RefCell::default(),
            refusal: RefCell::default(),
            logs: Cell::default(),
            _evm: core::marker::PhantomData,
        }
    }

    /// Why the shielded part was refused, after `run` gave an error.
    pub fn take_refusal(&self) -> Option<InvalidTransaction> {
        self.refusal.take()
    }

    /// Of a shielded transaction's logs: how many come before the call, and how many before the refunds.
    pub fn log_bounds(&self) -> Option<(usize, usize)> {
        self.shielded.map(|_| self.logs.get())
    }

    fn apply(&self, context: &mut EvmContext<'a>, tx: &ShieldedTx, call: &ShieldedCall) -> Result<(), Error> {
        let rules = Arc::clone(&context.chain().rules);
        let mut host = Host::new(context.journal_mut(), &rules);
        match apply_before_call(&mut host, tx, call) {
            Ok(before) => {
                self.before.replace(before);
                self.logs.set((context.journal().logs.len(), 0));
                Ok(())
            }
            Err(ApplyError::Fatal(error)) => Err(EVMError::Database(error)),
            Err(ApplyError::Invalid(refusal)) => {
                let error = EVMError::Custom(refusal.to_string());
                self.refusal.replace(Some(refusal));
                Err(error)
            }
        }
    }
}

impl<'a, I> Handler for SeroHandler<'a, '_, I> {
    type Evm = SeroEvm<'a, I>;
    type Error = Error;
    type HaltReason = HaltReason;

    fn validate_initial_tx_gas(&self, evm: &mut Self::Evm) -> Result<InitialAndFloorGas, Error> {
        let context = evm.ctx_ref();
        let mut gas = initial_gas(context.tx(), context.cfg().spec)?;
        let Some((tx, _)) = self.shielded else { return Ok(gas) };
        let extra = shielded_part(tx);
        gas.initial_regular_gas += extra;
        gas.floor_gas += extra;
        let needed = gas.initial_regular_gas.max(gas.floor_gas);
        if needed > tx.gas_limit {
            return Err(EvmInvalid::CallGasCostMoreThanGasLimit {
                initial_gas: needed,
                gas_limit: tx.gas_limit,
            }
            .into());
        }
        Ok(gas)
    }

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _gas: &mut InitialAndFloorGas,
    ) -> Result<(), Error> {
        if let Some((tx, call)) = self.shielded {
            self.apply(evm.ctx(), tx, call)?;
        }
        pre_execution::validate_against_state_and_deduct_caller(evm.ctx())
    }

    fn reward_beneficiary(&self, evm: &mut Self::Evm, exec_result: &mut FrameResult) -> Result<(), Error> {
        let context = evm.ctx();
        if let Some((tx, call)) = self.shielded {
            let rules = Arc::clone(&context.chain().rules);
            let (before_call, _) = self.logs.get();
            self.logs.set((before_call, context.journal().logs.len()));
            match apply_refunds(context.journal_mut(), &rules, tx, call, &self.before.borrow()) {
                Ok(()) => {}
                Err(Fault::Fatal(error)) => return Err(EVMError::Database(error)),
                Err(fault) => {
                    return Err(EVMError::Custom(format!("held attachments cannot return: {fault:?}")));
                }
            }
        }
        post_execution::reward_beneficiary(context, exec_result.gas()).map_err(EVMError::Database)
    }
}

impl<'a, I: Inspector<EvmContext<'a>>> InspectorHandler for SeroHandler<'a, '_, I> {
    type IT = EthInterpreter;
}
