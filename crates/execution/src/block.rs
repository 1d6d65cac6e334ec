//! Executing a block, transaction by transaction, and closing it.

use crate::ChainParameters;
use crate::apply::{ApplyError, apply_pure_transfer, describe_revert};
use crate::error::{BlockError, ExecutionError, InvalidTransaction};
use crate::evm::SeroEvm;
use crate::handler::SeroHandler;
use crate::state::{ReaderDb, StateFault, diff};
use crate::supply;
use crate::validate::{
    CheckedTransaction, certain_gas, check_block_terms, check_bundles, check_static, tx_env,
};
use alloy_consensus::Header;
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_primitives::{Address, B256, Bytes, TxKind};
use revm::context::result::{EVMError, ExecutionResult, InvalidTransaction as EvmInvalid};
use revm::context::{ContextSetters, ContextTr};
use revm::context_interface::JournalTr;
use revm::database::{CacheDB, DatabaseCommit};
use revm::handler::{EvmTr, Handler};
use sero_precompiles::{Fault, Host, Rules};
use sero_primitives::block::{header_template, logs_bloom, receipts_root, transactions_root};
use sero_primitives::shielded_tx::{SHIELDED_TX_TYPE, ShieldedTx};
use sero_primitives::{Block, Receipt, StateDiff, StateReader, Transaction};
use std::sync::Arc;

/// Latest time of a block, in seconds since 1970: far beyond any clock, and far
/// enough below 2^64 that every block can have a child.
const TIMESTAMP_MAX: u64 = 1 << 40;

/// What a proposer chooses about a block.
#[derive(Clone, Debug)]
pub struct BlockInputs {
    /// Seconds since 1970, above the parent's.
    pub timestamp: u64,
    /// Who gets the fees above the base fee.
    pub beneficiary: Address,
    /// Value of `block.prevrandao`.
    pub prevrandao: B256,
}

impl BlockInputs {
    /// The header before execution: everything that follows from the parent.
    pub fn header(&self, parent: &Header) -> Header {
        let base_fee = calc_next_block_base_fee(
            parent.gas_used,
            parent.gas_limit,
            parent.base_fee_per_gas.unwrap_or_default(),
            BaseFeeParams::ethereum(),
        );
        Header {
            parent_hash: parent.hash_slow(),
            number: parent.number + 1,
            timestamp: self.timestamp,
            beneficiary: self.beneficiary,
            mix_hash: self.prevrandao,
            gas_limit: parent.gas_limit,
            base_fee_per_gas: Some(base_fee),
            ..header_template()
        }
    }
}

/// What a transaction did.
#[derive(Clone, Debug)]
pub struct TransactionOutcome {
    /// Its receipt.
    pub receipt: Receipt,
    /// Gas of this transaction alone.
    pub gas_used: u64,
    /// Return or revert data.
    pub output: Bytes,
    /// Why it stopped, if neither returned nor reverted.
    pub halt: Option<String>,
    /// Address of a created contract.
    pub created: Option<Address>,
}

/// A block after execution, complete but for the state root.
#[derive(Clone, Debug)]
pub struct ExecutedTransactions {
    /// The header; `state_root` is zero until storage has computed it.
    pub header: Header,
    /// One for each transaction.
    pub receipts: Vec<Receipt>,
    /// Changes to the state.
    pub diff: StateDiff,
}

/// Executes the transactions of one block.
pub struct BlockExecutor<'a> {
    evm: SeroEvm<'a>,
    rules: Arc<Rules>,
    header: Header,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
    gas_used: u64,
}

impl<'a> BlockExecutor<'a> {
    /// Starts a block on the state of its parent; `header` is
    /// [`BlockInputs::header`]'s.
    pub fn new(parent_state: &'a dyn StateReader, header: Header, parameters: &ChainParameters) -> Self {
        let rules = Arc::new(parameters.rules(header.number));
        let evm = SeroEvm::new(CacheDB::new(ReaderDb(parent_state)), &header, Arc::clone(&rules));
        Self { evm, rules, header, transactions: vec![], receipts: vec![], gas_used: 0 }
    }

    /// The block's header so far.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Gas that is left.
    pub fn gas_left(&self) -> u64 {
        self.header.gas_limit - self.gas_used
    }

    /// Executes one transaction whose bundle was verified. An invalid one
    /// changes nothing.
    pub fn execute(&mut self, checked: &CheckedTransaction) -> Result<TransactionOutcome, ExecutionError> {
        let transaction = checked.transaction();
        let base_fee = self.header.base_fee_per_gas.unwrap_or_default();
        check_block_terms(transaction, self.header.number, base_fee, self.header.gas_limit)?;
        let available = self.gas_left();
        if transaction.gas_limit() > available {
            let gas_limit = transaction.gas_limit();
            return Err(InvalidTransaction::GasLimit { gas_limit, available }.into());
        }
        let mut outcome = match transaction.as_shielded() {
            Some(tx) if tx.call.is_none() => self.execute_pure_transfer(tx)?,
            shielded => self.execute_call(checked, shielded)?,
        };
        let changes = self.evm.ctx().journal_mut().finalize();
        self.evm.ctx().journal_mut().db_mut().commit(changes);
        self.gas_used += outcome.gas_used;
        outcome.receipt.cumulative_gas_used = self.gas_used;
        self.transactions.push(transaction.clone());
        self.receipts.push(outcome.receipt.clone());
        Ok(outcome)
    }

    fn execute_pure_transfer(&mut self, tx: &ShieldedTx) -> Result<TransactionOutcome, ExecutionError> {
        let base_fee = self.header.base_fee_per_gas.unwrap_or_default();
        let journal = self.evm.ctx().journal_mut();
        let mut host = Host::new(journal, &self.rules);
        let applied = apply_pure_transfer(&mut host, tx, base_fee, self.header.beneficiary);
        let logs = journal.take_logs();
        match applied {
            Ok(()) => journal.commit_tx(),
            Err(error) => {
                journal.discard_tx();
                journal.finalize();
                return Err(match error {
                    ApplyError::Invalid(invalid) => invalid.into(),
                    ApplyError::Fatal(StateFault(error)) => error.into(),
                });
            }
        }
        let receipt = Receipt { tx_type: SHIELDED_TX_TYPE, success: true, cumulative_gas_used: 0, logs };
        Ok(TransactionOutcome {
            receipt,
            gas_used: tx.gas_limit,
            output: Bytes::new(),
            halt: None,
            created: None,
        })
    }

    fn execute_call(
        &mut self,
        checked: &CheckedTransaction,
        shielded: Option<&ShieldedTx>,
    ) -> Result<TransactionOutcome, ExecutionError> {
        self.evm.ctx().set_tx(tx_env(checked));
        let mut handler = SeroHandler::new(shielded);
        let result = match handler.run(&mut self.evm) {
            Ok(result) => result,
            Err(error) => {
                self.evm.ctx().journal_mut().finalize();
                return Err(refusal(error, handler.take_refusal(), checked));
            }
        };
        let success = result.is_success();
        let gas_used = result.tx_gas_used();
        let transaction = checked.transaction();
        let created = match (transaction.to(), success, checked.sender()) {
            (TxKind::Create, true, Some(sender)) => Some(sender.create(transaction.nonce())),
            _ => None,
        };
        let output = result.output().cloned().unwrap_or_default();
        let halt = match &result {
            ExecutionResult::Halt { reason, .. } => Some(format!("{reason:?}")),
            _ => None,
        };
        let receipt = Receipt {
            tx_type: transaction.tx_type(),
            success,
            cumulative_gas_used: 0,
            logs: result.into_logs(),
        };
        Ok(TransactionOutcome { receipt, gas_used, output, halt, created })
    }

    /// Closes the block: anchor, burned fees, supply check, roots.
    pub fn finish(mut self) -> Result<ExecutedTransactions, BlockError> {
        let base_fee = u128::from(self.header.base_fee_per_gas.unwrap_or_default());
        let burned_fees = u128::from(self.gas_used) * base_fee;
        let destroyed = supply::destroyed_coins(self.evm.ctx().journal_mut().db_mut(), burned_fees)?;
        let journal = self.evm.ctx().journal_mut();
        let mut host = Host::new(journal, &self.rules);
        host.close_block().and_then(|()| host.burn_issued_coin(destroyed)).map_err(close_error)?;
        supply::check(&mut host, &self.receipts)?;
        journal.commit_tx();
        let changes = journal.finalize();
        journal.db_mut().commit(changes);
        let diff = diff(journal.db_mut())?;
        let header = Header {
            transactions_root: transactions_root(&self.transactions),
            receipts_root: receipts_root(&self.receipts),
            logs_bloom: logs_bloom(self.receipts.iter().flat_map(|receipt| &receipt.logs)),
            gas_used: self.gas_used,
            ..self.header
        };
        Ok(ExecutedTransactions { header, receipts: self.receipts, diff })
    }
}

fn close_error(fault: Fault<StateFault>) -> BlockError {
    match fault {
        Fault::Fatal(StateFault(error)) => BlockError::State(error),
        Fault::Revert(data) => BlockError::Internal(format!("closing the block: {}", describe_revert(&data))),
        Fault::OutOfGas => BlockError::Internal("closing the block ran out of gas".into()),
    }
}

fn refusal(
    error: EVMError<StateFault>,
    shielded: Option<InvalidTransaction>,
    checked: &CheckedTransaction,
) -> ExecutionError {
    match error {
        EVMError::Database(StateFault(error)) => error.into(),
        EVMError::Transaction(error) => ethereum_refusal(error, checked).into(),
        EVMError::Custom(reason) => match shielded {
            Some(invalid) => invalid.into(),
            None => ExecutionError::Internal(reason),
        },
        other => ExecutionError::Internal(other.to_string()),
    }
}

fn ethereum_refusal(error: EvmInvalid, checked: &CheckedTransaction) -> InvalidTransaction {
    match error {
        EvmInvalid::NonceTooLow { tx, state } => {
            InvalidTransaction::NonceTooLow { expected: state, found: tx }
        }
        EvmInvalid::NonceTooHigh { tx, state } => {
            InvalidTransaction::NonceTooHigh { expected: state, found: tx }
        }
        EvmInvalid::LackOfFundForMaxFee { fee, balance } => InvalidTransaction::InsufficientFunds {
            sender: checked.sender().unwrap_or_default(),
            balance: *balance,
            needed: *fee,
        },
        EvmInvalid::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            InvalidTransaction::IntrinsicGas { intrinsic: initial_gas, gas_limit }
        }
        other => InvalidTransaction::Ethereum(other.to_string()),
    }
}

/// Verifies a block made elsewhere: header against parent, all transactions,
/// all bundles in one batch, execution, roots. The state root is the caller's
/// to compare, with what storage computes from the diff.
pub fn execute_block(
    parent_state: &dyn StateReader,
    parent: &Header,
    block: &Block,
    parameters: &ChainParameters,
) -> Result<ExecutedTransactions, BlockError> {
    let inputs = BlockInputs {
        timestamp: block.header.timestamp,
        beneficiary: block.header.beneficiary,
        prevrandao: block.header.mix_hash,
    };
    let header = inputs.header(parent);
    if header.timestamp <= parent.timestamp {
        return Err(header_error("timestamp", header.timestamp, format!("above {}", parent.timestamp)));
    }
    if header.timestamp > TIMESTAMP_MAX {
        return Err(header_error("timestamp", header.timestamp, format!("at most {TIMESTAMP_MAX}")));
    }
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let mut checked = Vec::with_capacity(block.transactions.len());
    // Gas is counted before proofs, so that a proposer cannot make others verify more than a block can hold. The
    // limit is the one that follows from the parent, not what the block's header says of itself.
    let mut available = header.gas_limit;
    for (index, transaction) in block.transactions.iter().enumerate() {
        let refuse = |error| transaction_error(block, index, error);
        let one = check_static(transaction.clone(), parameters, header.number, base_fee, header.gas_limit)
            .map_err(refuse)?;
        let gas_limit = certain_gas(&one);
        let too_much = || refuse(InvalidTransaction::GasLimit { gas_limit, available });
        available = available.checked_sub(gas_limit).ok_or_else(too_much)?;
        checked.push(one);
    }
    check_bundles(&checked.iter().collect::<Vec<_>>(), &parameters.pools, header.number)
        .map_err(|(index, error)| transaction_error(block, index, error))?;
    let mut executor = BlockExecutor::new(parent_state, header, parameters);
    for (index, checked) in checked.iter().enumerate() {
        executor.execute(checked).map_err(|error| match error {
            ExecutionError::Invalid(error) => transaction_error(block, index, error),
            ExecutionError::State(error) => BlockError::State(error),
            ExecutionError::Internal(reason) => BlockError::Internal(reason),
        })?;
    }
    let mut executed = executor.finish()?;
    executed.header.state_root = block.header.state_root;
    if executed.header != block.header {
        return Err(first_difference(&block.header, &executed.header));
    }
    Ok(executed)
}

fn transaction_error(block: &Block, index: usize, error: InvalidTransaction) -> BlockError {
    BlockError::Transaction { index, hash: block.transactions[index].hash(), error }
}

fn header_error(
    field: &'static str,
    found: impl core::fmt::Debug,
    expected: impl core::fmt::Debug,
) -> BlockError {
    BlockError::Header { field, found: format!("{found:?}"), expected: format!("{expected:?}") }
}

fn first_difference(found: &Header, expected: &Header) -> BlockError {
    macro_rules! compare {
        ($($field:ident),* $(,)?) => {
            $(if found.$field != expected.$field {
                return header_error(stringify!($field), &found.$field, &expected.$field);
            })*
        };
    }
    compare!(
        parent_hash,
        number,
        beneficiary,
        gas_limit,
        gas_used,
        timestamp,
        base_fee_per_gas,
        transactions_root,
        receipts_root,
        logs_bloom,
        extra_data,
        mix_hash,
        nonce,
        difficulty,
        ommers_hash,
        withdrawals_root,
        blob_gas_used,
        excess_blob_gas,
        parent_beacon_block_root,
        requests_hash,
    );
    header_error("header", found.hash_slow(), expected.hash_slow())
}
