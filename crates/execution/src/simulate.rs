//! `eth_call`, `eth_estimateGas` and their shielded counterpart: the block
//! executor's code on a throw-away state.

use crate::ChainParameters;
use crate::apply::describe_revert;
use crate::block::BlockExecutor;
use crate::error::{BlockError, ExecutionError, InvalidTransaction};
use crate::evm::SeroEvm;
use crate::handler::SeroHandler;
use crate::state::{BlockDb, ReaderDb};
use crate::validate::CheckedTransaction;
use alloy_consensus::Header;
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use revm::bytecode::Bytecode;
use revm::context::result::{ExecutionResult, HaltReason};
use revm::context::{ContextSetters, ContextTr, TxEnv};
use revm::database::CacheDB;
use revm::database_interface::Database;
use revm::handler::{EvmTr, Handler};
use sero_primitives::ethereum::Fork;
use sero_primitives::{PRECOMPILES, StateReader, Transaction};
use std::collections::BTreeMap;

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
}

/// Replaces parts of an account for one simulation.
#[derive(Clone, Debug, Default)]
pub struct AccountOverride {
    /// New balance.
    pub balance: Option<U256>,
    /// New nonce.
    pub nonce: Option<u64>,
    /// New code.
    pub code: Option<Bytes>,
    /// Slots to replace.
    pub state_diff: BTreeMap<U256, U256>,
    /// Replaces the whole storage.
    pub state: Option<BTreeMap<U256, U256>>,
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
    overrides: BTreeMap<Address, AccountOverride>,
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
        Self { state, header, parameters, overrides: BTreeMap::new(), limits }
    }

    /// With replaced accounts.
    pub fn with_overrides(mut self, overrides: BTreeMap<Address, AccountOverride>) -> Self {
        self.overrides = overrides;
        self
    }

    fn database(&self) -> Result<BlockDb<'a>, ExecutionError> {
        let mut db = CacheDB::new(ReaderDb(self.state));
        for (address, change) in &self.overrides {
            let refuse = |rule: &str| {
                Err(InvalidTransaction::Ethereum(format!("override of {address}: {rule}")).into())
            };
            let storage = change.state.is_some() || !change.state_diff.is_empty();
            let ours = self.parameters.privacy.is_some() && PRECOMPILES.contains(address);
            if ours && (storage || change.code.is_some()) {
                return refuse("code and storage of a precompile cannot be replaced");
            }
            let mut info = db.basic(*address).map_err(|fault| fault.0)?.unwrap_or_default();
            info.balance = change.balance.unwrap_or(info.balance);
            info.nonce = change.nonce.unwrap_or(info.nonce);
            if let Some(code) = &change.code {
                let Ok(code) = Bytecode::new_raw_checked(code.clone()) else {
                    return refuse("code is a malformed EIP-7702 delegation");
                };
                info.code_hash = code.hash_slow();
                info.code = Some(code);
            }
            db.insert_account_info(*address, info);
            if let Some(state) = &change.state {
                let slots = state.iter().map(|(slot, value)| (*slot, *value)).collect();
                db.replace_account_storage(*address, slots).map_err(|fault| fault.0)?;
            }
            for (slot, value) in &change.state_diff {
                db.insert_account_storage(*address, *slot, *value).map_err(|fault| fault.0)?;
            }
        }
        Ok(db)
    }

    /// Runs a call. Balance is only checked where a fee is named or value is sent.
    pub fn call(&self, request: &CallRequest) -> Result<CallOutcome, ExecutionError> {
        let mut evm = SeroEvm::new(
            self.database()?,
            &self.header,
            self.parameters,
            self.parameters.rules(self.header.number),
        );
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
        let env = self.tx_env(request)?;
        evm.ctx().set_tx(env);
        let mut handler = SeroHandler::new(None);
        let result = handler.run(&mut evm).map_err(|error| match error {
            revm::context::result::EVMError::Database(fault) => ExecutionError::State(fault.0),
            revm::context::result::EVMError::Transaction(error) => {
                simulation_refusal(error, request.from).into()
            }
            other => ExecutionError::Internal(other.to_string()),
        })?;
        let touched = touched(&mut evm);
        Ok(outcome(result, touched))
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
            blob_hashes: vec![],
            max_fee_per_blob_gas: 0,
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
            out_of_gas: outcome.halt.as_deref().is_some_and(|halt| halt.contains("OutOfGas")),
            halt: outcome.halt,
            logs: outcome.receipt.logs,
            touched: vec![],
        })
    }
}

fn simulation_refusal(error: revm::context::result::InvalidTransaction, from: Address) -> InvalidTransaction {
    use revm::context::result::InvalidTransaction as Evm;
    match error {
        Evm::LackOfFundForMaxFee { fee, balance } => {
            InvalidTransaction::InsufficientFunds { sender: from, balance: *balance, needed: *fee }
        }
        Evm::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            InvalidTransaction::IntrinsicGas { intrinsic: initial_gas, gas_limit }
        }
        Evm::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
            InvalidTransaction::IntrinsicGas { intrinsic: gas_floor, gas_limit }
        }
        other => InvalidTransaction::Ethereum(other.to_string()),
    }
}

fn touched(evm: &mut SeroEvm<'_>) -> Vec<(Address, Vec<U256>)> {
    use revm::context_interface::JournalTr;
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

fn outcome(result: ExecutionResult<HaltReason>, touched: Vec<(Address, Vec<U256>)>) -> CallOutcome {
    let (halt, out_of_gas) = match &result {
        ExecutionResult::Halt { reason, .. } => {
            (Some(format!("{reason:?}")), matches!(reason, HaltReason::OutOfGas(_)))
        }
        _ => (None, false),
    };
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
