//! `eth_call`, `eth_estimateGas` and their shielded counterpart: the block
//! executor's code on a throw-away state.

mod block;
mod overrides;

use crate::ChainParameters;
use crate::apply::describe_revert;
use crate::block::BlockExecutor;
use crate::error::{BlockError, ExecutionError, InvalidTransaction};
use crate::evm::{EvmContext, SeroEvm};
use crate::handler::SeroHandler;
use crate::inspect::Inspected;
use crate::refusal::{OUT_OF_GAS, halt_words, refusal};
use crate::validate::CheckedTransaction;
use alloy_consensus::Header;
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256};
use revm::context::result::{ExecutionResult, ResultAndState};
use revm::context::{ContextSetters, ContextTr, TxEnv};
use revm::context_interface::JournalTr;
use revm::handler::{EvmTr, Handler};
use revm::inspector::{Inspector, InspectorEvmTr, InspectorHandler};
use sero_primitives::ethereum::Fork;
use sero_primitives::{StateReader, Transaction};

pub use block::SimulatedBlock;
pub(crate) use overrides::Overridden;
use overrides::override_state;
pub use overrides::{AccountOverride, Overrides, replacing};

/// A call to simulate. Fields that are `None` take Ethereum's usual defaults.
#[derive(Clone, Debug, Default)]
pub struct CallRequest {
    /// Caller; the zero address if absent.
    pub from: Address,
    /// Callee, or `None` to create.
    pub to: Option<Address>,
    /// Gas; the simulation's limit if absent.
    pub gas: Option<u64>,
    /// Wei per gas at most; if absent the call is free.
    pub max_fee_per_gas: Option<u128>,
    /// Wei per gas for the proposer.
    pub max_priority_fee_per_gas: Option<u128>,
    /// SERO sent along.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Nonce; the account's if absent.
    pub nonce: Option<u64>,
    /// EIP-2930 list.
    pub access_list: AccessList,
    /// EIP-7702 authorisations.
    pub authorizations: Vec<alloy_eips::eip7702::SignedAuthorization>,
    /// Versioned hashes of blobs (EIP-4844).
    pub blob_hashes: Vec<B256>,
    /// Wei for a unit of blob gas at most.
    pub max_fee_per_blob_gas: u128,
}

/// Bounds of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct SimulationLimits {
    /// Most gas of one call.
    pub gas: u64,
}

/// What a simulated call did.
#[derive(Clone, Debug)]
pub struct CallOutcome {
    /// Whether it returned.
    pub success: bool,
    /// Gas after refunds.
    pub gas_used: u64,
    /// Return or revert data.
    pub output: Bytes,
    /// Why it stopped, if neither returned nor reverted.
    pub halt: Option<String>,
    /// Whether it stopped for lack of gas.
    pub out_of_gas: bool,
    /// Logs.
    pub logs: Vec<Log>,
    /// Accounts and slots that it touched.
    pub touched: Vec<(Address, Vec<U256>)>,
}

impl CallOutcome {
    /// Revert data in words.
    pub fn revert_reason(&self) -> String {
        describe_revert(&self.output)
    }
}

/// Simulates on one state.
pub struct Simulator<'a> {
    state: &'a dyn StateReader,
    header: Header,
    parameters: &'a ChainParameters,
    overrides: Overrides,
    blob_base_fee: Option<u128>,
    limits: SimulationLimits,
}

impl<'a> Simulator<'a> {
    /// On `state`, as if in the block with this header.
    pub fn new(
        state: &'a dyn StateReader,
        header: Header,
        parameters: &'a ChainParameters,
        limits: SimulationLimits,
    ) -> Self {
        Self { state, header, parameters, overrides: Overrides::new(), blob_base_fee: None, limits }
    }

    /// With replaced accounts.
    pub fn with_overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// With another price of blob gas than the header's.
    pub fn with_blob_base_fee(mut self, wei: Option<u128>) -> Self {
        self.blob_base_fee = wei;
        self
    }

    /// Runs a call. Balance is only checked where a fee is named or value is sent.
    pub fn call(&self, request: &CallRequest) -> Result<CallOutcome, ExecutionError> {
        let mut evm = self.evm(request)?;
        let env = self.tx_env(request)?;
        evm.ctx().set_tx(env);
        let mut handler = SeroHandler::new(None);
        let result = match handler.run(&mut evm) {
            Ok(result) => result,
            Err(error) => return Err(refusal(error, &evm.ctx_ref().tx, &evm.ctx_ref().block, false)),
        };
        let touched = touched(&mut evm);
        Ok(outcome(result, touched))
    }

    /// As [`Self::call`], seen by an inspector.
    pub fn inspect_call<I, R>(
        &self,
        request: &CallRequest,
        inspector: I,
        read: impl FnOnce(Inspected<'_, 'a, I>) -> R,
    ) -> Result<R, ExecutionError>
    where
        I: Inspector<EvmContext<'a>>,
    {
        let mut evm = self.evm(request)?.inspected_by(inspector);
        let env = self.tx_env(request)?;
        evm.ctx().set_tx(env);
        let mut handler = SeroHandler::new(None);
        let result = match handler.inspect_run(&mut evm) {
            Ok(result) => result,
            Err(error) => return Err(refusal(error, &evm.ctx_ref().tx, &evm.ctx_ref().block, true)),
        };
        let state = evm.ctx().journal_mut().finalize();
        let result = ResultAndState::new(result, state);
        let (context, inspector) = evm.ctx_inspector();
        Ok(read(Inspected {
            inspector,
            result: &result,
            log_bounds: None,
            transaction: &context.tx,
            block: &context.block,
            before: &context.journaled_state.database,
        }))
    }

    /// An EVM that looks at fees, nonces and balances only as far as the request says.
    fn evm(&self, request: &CallRequest) -> Result<SeroEvm<'a>, ExecutionError> {
        let overridden = override_state(self.state, &self.overrides, self.parameters, &self.header)?;
        let rules = self.parameters.rules(self.header.number);
        let mut evm = SeroEvm::new(overridden.db, &self.header, self.parameters, rules);
        evm.precompiles_mut().relocate(overridden.relocations);
        if let Some(price) = self.blob_base_fee {
            evm.set_blob_base_fee(price);
        }
        let cfg = &mut evm.ctx().cfg;
        cfg.disable_eip3607 = true;
        cfg.disable_nonce_check = request.nonce.is_none();
        cfg.disable_base_fee = request.max_fee_per_gas.is_none();
        cfg.disable_fee_charge = request.max_fee_per_gas.is_none();
        cfg.disable_block_gas_limit = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        if request.max_fee_per_gas.is_none() {
            // As everywhere: a call that pays nothing sees no base fee.
            evm.ctx().block.basefee = 0;
        }
        Ok(evm)
    }

    fn tx_env(&self, request: &CallRequest) -> Result<TxEnv, ExecutionError> {
        use revm::context_interface::either::Either;
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => self.state.account(request.from)?.map_or(0, |account| account.nonce),
        };
        // The newest that the block's rules know.
        let fork = self.parameters.forks.at(self.header.number, self.header.timestamp);
        let tx_type = match request.authorizations.is_empty() {
            false => 4,
            true if !request.blob_hashes.is_empty() => 3,
            true if fork >= Fork::London => 2,
            true if fork >= Fork::Berlin => 1,
            true => 0,
        };
        let fee_market = tx_type >= 2;
        Ok(TxEnv {
            tx_type,
            caller: request.from,
            gas_limit: request.gas.unwrap_or(self.limits.gas).min(self.limits.gas),
            gas_price: request.max_fee_per_gas.unwrap_or_default(),
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            data: request.input.clone(),
            nonce,
            chain_id: Some(self.parameters.chain_id),
            access_list: request.access_list.clone(),
            gas_priority_fee: fee_market.then(|| request.max_priority_fee_per_gas.unwrap_or_default()),
            blob_hashes: request.blob_hashes.clone(),
            max_fee_per_blob_gas: request.max_fee_per_blob_gas,
            authorization_list: request.authorizations.iter().cloned().map(Either::Left).collect(),
        })
    }

    /// The least gas limit with which the call succeeds, within 1.5 %. The
    /// second form carries the outcome of a call that fails with any gas.
    pub fn estimate_gas(&self, request: &CallRequest) -> Result<Result<u64, CallOutcome>, ExecutionError> {
        let mut high = request.gas.unwrap_or(self.limits.gas).min(self.limits.gas);
        let with_gas = |gas| CallRequest { gas: Some(gas), ..request.clone() };
        let first = self.call(&with_gas(high))?;
        if !first.success {
            return Ok(Err(first));
        }
        let mut low = first.gas_used.saturating_sub(1);
        // Most calls need little more than they use: 1/64 is kept at each CALL.
        let optimistic = (first.gas_used + 2_300) * 64 / 63;
        if optimistic < high {
            if self.succeeds(&with_gas(optimistic))? { high = optimistic } else { low = optimistic }
        }
        while low + 1 < high && (high - low) * 1_000 > high * 15 {
            let middle = low + (high - low) / 2;
            if self.succeeds(&with_gas(middle))? { high = middle } else { low = middle }
        }
        Ok(Ok(high))
    }

    fn succeeds(&self, request: &CallRequest) -> Result<bool, ExecutionError> {
        match self.call(request) {
            Ok(outcome) => Ok(outcome.success),
            Err(ExecutionError::Invalid(InvalidTransaction::IntrinsicGas { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Runs a whole transaction without checking signatures and proofs, so that
    /// a wallet learns gas and outcome before it proves.
    pub fn transaction(&self, transaction: Transaction) -> Result<CallOutcome, ExecutionError> {
        if transaction.as_shielded().is_none() {
            return Err(InvalidTransaction::Ethereum(
                "only type 0x53 transactions are simulated whole".into(),
            )
            .into());
        }
        let sender = transaction.as_shielded().and_then(|tx| tx.call.as_ref()).map(|call| call.from);
        let checked = CheckedTransaction::for_simulation(transaction, sender);
        let mut executor = BlockExecutor::new(self.state, self.header.clone(), self.parameters);
        let outcome = executor.execute(&checked)?;
        executor.finish().map_err(|error| match error {
            BlockError::State(error) => ExecutionError::State(error),
            other => ExecutionError::Internal(other.to_string()),
        })?;
        Ok(CallOutcome {
            success: outcome.receipt.success,
            gas_used: outcome.gas_used,
            output: outcome.output,
            out_of_gas: outcome.halt.as_deref() == Some(OUT_OF_GAS),
            halt: outcome.halt,
            logs: outcome.receipt.logs,
            touched: vec![],
        })
    }
}

fn touched(evm: &mut SeroEvm<'_>) -> Vec<(Address, Vec<U256>)> {
    let state = evm.ctx().journal_mut().finalize();
    let mut touched: Vec<_> = state
        .into_iter()
        .map(|(address, account)| {
            let mut slots: Vec<U256> = account.storage.keys().copied().collect();
            slots.sort_unstable();
            (address, slots)
        })
        .collect();
    touched.sort_unstable();
    touched
}

fn outcome(result: ExecutionResult, touched: Vec<(Address, Vec<U256>)>) -> CallOutcome {
    let halt = halt_words(&result);
    let out_of_gas = halt.as_deref() == Some(OUT_OF_GAS);
    CallOutcome {
        success: result.is_success(),
        gas_used: result.tx_gas_used(),
        output: result.output().cloned().unwrap_or_default(),
        halt,
        out_of_gas,
        logs: result.into_logs(),
        touched,
    }
}
