//! Executing a block, transaction by transaction, and closing it.

use crate::ChainParameters;
use crate::apply::{ApplyError, apply_pure_transfer, describe_revert};
use crate::error::{BlockError, ExecutionError, InvalidTransaction};
use crate::ethereum::{Ancestors, collect_requests, open_block, pay, requests_hash};
use crate::evm::{EvmContext, SeroEvm};
use crate::handler::SeroHandler;
use crate::inspect::{Inspected, pure_transfer_env, show_pure_transfer};
use crate::refusal::{halt_words, refusal};
use crate::simulate::{Overridden, SimulatedBlock};
use crate::state::{ReaderDb, StateFault, diff};
use crate::supply;
use crate::validate::{CheckedTransaction, check_block_terms, tx_env};
use alloy_consensus::{Header, proofs};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use revm::context::result::{ExecutionResult, Output, ResultAndState, ResultGas, SuccessReason};
use revm::context::{ContextSetters, ContextTr};
use revm::context_interface::JournalTr;
use revm::database::{CacheDB, DatabaseCommit};
use revm::database_interface::Database;
use revm::handler::{EvmTr, Handler};
use revm::inspector::{Inspector, InspectorEvmTr, InspectorHandler, NoOpInspector};
use revm::state::EvmState;
use sero_precompiles::{Fault, Host, Rules};
use sero_primitives::block::{header_template, logs_bloom, receipts_root, transactions_root};
use sero_primitives::ethereum::{BlobParams, Fork};
use sero_primitives::shielded_tx::{SHIELDED_TX_TYPE, ShieldedTx};
use sero_primitives::{Receipt, StateDiff, StateError, StateReader, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Latest time of a block, in seconds since 1970: far beyond any clock, and far
/// enough below 2^64 that every block can have a child.
pub(crate) const TIMESTAMP_MAX: u64 = 1 << 40;

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
    /// The most gas that it had used at any time: before refunds.
    pub max_gas_used: u64,
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
    /// Requests to the beacon chain (EIP-7685), each with its type in front; none on a chain with privacy.
    pub requests: Vec<Bytes>,
}

/// The state root after a diff to the parent's state.
pub type StateRoot<'a> = dyn Fn(&StateDiff) -> Result<B256, StateError> + 'a;

/// What judging a block from before the merge takes from the chain besides the parent's state.
#[derive(Clone, Copy)]
pub struct ChainView<'a> {
    /// State roots, which are in receipts before Byzantium.
    pub state_root: &'a StateRoot<'a>,
    /// Headers and ommers that the block builds on, for its own ommers.
    pub ancestors: &'a Ancestors<'a>,
}

/// Executes the transactions of one block, under the eyes of an inspector if there is one.
pub struct BlockExecutor<'a, I = NoOpInspector> {
    evm: SeroEvm<'a, I>,
    fork: Fork,
    blobs: Option<BlobParams>,
    rules: Option<Arc<Rules>>,
    deposit_contract: Address,
    state_root: Option<&'a StateRoot<'a>>,
    header: Header,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
    /// Accounts that destroyed themselves so far.
    destroyed: BTreeSet<Address>,
    gas_used: u64,
    blobs_used: u64,
    /// What holds in a simulation instead of the rules on senders.
    leniency: Option<Leniency>,
    /// Balances that a simulation began with.
    replaced_balances: BTreeMap<Address, U256>,
}

/// How a simulated block is looked at.
#[derive(Clone, Copy)]
struct Leniency {
    /// Whether nonces and fees count after all.
    validate: bool,
}

/// What a transaction did that is not in the block's state yet.
struct Ran {
    outcome: TransactionOutcome,
    result: ExecutionResult,
    log_bounds: Option<(usize, usize)>,
}

impl<'a> BlockExecutor<'a> {
    /// Starts a block on the state of its parent; `header` is
    /// [`BlockInputs::header`]'s.
    pub fn new(parent_state: &'a dyn StateReader, header: Header, parameters: &ChainParameters) -> Self {
        let rules = parameters.rules(header.number);
        let db = CacheDB::new(ReaderDb(parent_state));
        Self {
            evm: SeroEvm::new(db, &header, parameters, rules.clone()),
            fork: parameters.forks.at(header.number, header.timestamp),
            blobs: parameters.forks.blobs(header.timestamp),
            rules,
            deposit_contract: parameters.forks.deposit_contract,
            state_root: None,
            header,
            transactions: vec![],
            receipts: vec![],
            destroyed: BTreeSet::new(),
            gas_used: 0,
            blobs_used: 0,
            leniency: None,
            replaced_balances: BTreeMap::new(),
        }
    }

    /// The same under the eyes of an inspector, which [`Self::inspect`] asks.
    pub fn inspected_by<J>(self, inspector: J) -> BlockExecutor<'a, J> {
        BlockExecutor {
            evm: self.evm.inspected_by(inspector),
            fork: self.fork,
            blobs: self.blobs,
            rules: self.rules,
            deposit_contract: self.deposit_contract,
            state_root: self.state_root,
            header: self.header,
            transactions: self.transactions,
            receipts: self.receipts,
            destroyed: self.destroyed,
            gas_used: self.gas_used,
            blobs_used: self.blobs_used,
            leniency: self.leniency,
            replaced_balances: self.replaced_balances,
        }
    }

    /// Goes on over replaced accounts.
    pub(crate) fn make_lenient(&mut self, overridden: Overridden<'a>, simulated: &SimulatedBlock) {
        let SimulatedBlock { blob_base_fee, validate, .. } = *simulated;
        self.evm.precompiles_mut().relocate(overridden.relocations);
        if let Some(price) = blob_base_fee {
            self.evm.set_blob_base_fee(price);
        }
        self.destroyed.extend(overridden.wiped);
        let balances = overridden.db.cache.accounts.iter();
        self.replaced_balances =
            balances.map(|(address, account)| (*address, account.info.balance)).collect();
        let context = self.evm.ctx();
        context.journaled_state.database = overridden.db;
        let cfg = &mut context.cfg;
        cfg.disable_eip3607 = true;
        cfg.disable_block_gas_limit = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg.disable_nonce_check = !validate;
        self.leniency = Some(Leniency { validate });
    }
}

impl<'a, I: Inspector<EvmContext<'a>>> BlockExecutor<'a, I> {
    /// The inspector.
    pub fn inspector(&mut self) -> &mut I {
        self.evm.inspector()
    }

    /// Nonce of an account at this point.
    pub fn nonce(&mut self, address: Address) -> Result<u64, StateError> {
        let account = self.evm.ctx().journal_mut().db_mut().basic(address);
        Ok(account.map_err(|StateFault(error)| error)?.unwrap_or_default().nonce)
    }

    /// With state roots for receipts, which blocks before Byzantium need.
    pub fn with_state_root(mut self, state_root: &'a StateRoot<'a>) -> Self {
        self.state_root = Some(state_root);
        self
    }

    /// What a block of plain Ethereum does before its transactions. Nothing on a chain with privacy.
    pub fn open(&mut self) -> Result<(), BlockError> {
        if self.rules.is_none() {
            open_block(&mut self.evm, &self.header, self.fork)?;
            self.commit();
        }
        Ok(())
    }

    /// Moves what the journal holds into the block's state.
    fn commit(&mut self) {
        let changes = self.evm.ctx().journal_mut().finalize();
        self.commit_changes(changes);
    }

    fn commit_changes(&mut self, changes: EvmState) {
        let destroyed = changes.iter().filter(|(_, account)| account.is_selfdestructed());
        self.destroyed.extend(destroyed.map(|(address, _)| *address));
        self.evm.ctx().journal_mut().db_mut().commit(changes);
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
        let ran = self.run(checked, false)?;
        self.commit();
        self.settle(checked.transaction(), ran.outcome)
    }

    /// As [`Self::execute`], seen by the inspector. `read` looks at what happened before it becomes part of the block's
    /// state. A pure transfer runs no code: the inspector sees a call of POOL by itself, with the transfer's logs.
    pub fn inspect<R>(
        &mut self,
        checked: &CheckedTransaction,
        read: impl FnOnce(Inspected<'_, 'a, I>) -> R,
    ) -> Result<(TransactionOutcome, R), ExecutionError> {
        let ran = self.run(checked, true)?;
        let state = self.evm.ctx().journal_mut().finalize();
        let result = ResultAndState::new(ran.result, state);
        let (context, inspector) = self.evm.ctx_inspector();
        let seen = read(Inspected {
            inspector,
            result: &result,
            log_bounds: ran.log_bounds,
            transaction: &context.tx,
            block: &context.block,
            before: &context.journaled_state.database,
        });
        self.commit_changes(result.state);
        Ok((self.settle(checked.transaction(), ran.outcome)?, seen))
    }

    /// Executes one transaction as far as the journal.
    fn run(&mut self, checked: &CheckedTransaction, inspect: bool) -> Result<Ran, ExecutionError> {
        let transaction = checked.transaction();
        let base_fee = self.header.base_fee_per_gas.unwrap_or_default();
        match self.leniency {
            None => check_block_terms(transaction, self.header.number, base_fee, self.header.gas_limit)?,
            Some(Leniency { validate }) => {
                let free = transaction.max_fee_per_gas() == 0 && transaction.max_priority_fee_per_gas() == 0;
                self.evm.ctx().cfg.disable_base_fee = free && !validate;
            }
        }
        let available = self.gas_left();
        if transaction.gas_limit() > available {
            let gas_limit = transaction.gas_limit();
            return Err(InvalidTransaction::GasLimit { gas_limit, available }.into());
        }
        let blobs = transaction.blob_count();
        let room = self.blobs.map_or(0, |blobs| blobs.max_blob_count) - self.blobs_used;
        if blobs > room {
            return Err(InvalidTransaction::BlobLimit { blobs, available: room }.into());
        }
        match (transaction.as_shielded(), &self.rules) {
            (Some(tx), Some(rules)) if tx.call.is_none() => {
                let rules = Arc::clone(rules);
                self.run_pure_transfer(tx, &rules, inspect)
            }
            (shielded, _) => self.run_call(checked, shielded, inspect),
        }
    }

    /// Counts a transaction whose changes are committed.
    fn settle(
        &mut self,
        transaction: &Transaction,
        mut outcome: TransactionOutcome,
    ) -> Result<TransactionOutcome, ExecutionError> {
        self.gas_used += outcome.gas_used;
        self.blobs_used += transaction.blob_count();
        outcome.receipt.cumulative_gas_used = self.gas_used;
        if self.fork < Fork::Byzantium {
            let state_root = self.state_root.ok_or_else(|| {
                ExecutionError::Internal("a receipt before Byzantium needs a state root".into())
            })?;
            outcome.receipt.post_state = Some(state_root(&self.diff()?)?);
        }
        self.transactions.push(transaction.clone());
        self.receipts.push(outcome.receipt.clone());
        Ok(outcome)
    }

    /// What the block changed so far.
    pub fn diff(&mut self) -> Result<StateDiff, StateError> {
        let keep_empty = self.fork < Fork::SpuriousDragon;
        diff(self.evm.ctx().journal_mut().db_mut(), &self.destroyed, keep_empty)
    }

    fn run_pure_transfer(
        &mut self,
        tx: &ShieldedTx,
        rules: &Rules,
        inspect: bool,
    ) -> Result<Ran, ExecutionError> {
        let base_fee = self.header.base_fee_per_gas.unwrap_or_default();
        let journal = self.evm.ctx().journal_mut();
        let mut host = Host::new(journal, rules);
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
        if inspect {
            self.evm.ctx().set_tx(pure_transfer_env(tx));
            let (context, inspector) = self.evm.ctx_inspector();
            show_pure_transfer(context, inspector, tx.gas_limit, &logs);
        }
        let result = ExecutionResult::Success {
            reason: SuccessReason::Stop,
            gas: ResultGas::default().with_total_gas_spent(tx.gas_limit),
            logs: logs.clone(),
            output: Output::Call(Bytes::new()),
        };
        let receipt = Receipt {
            tx_type: SHIELDED_TX_TYPE,
            success: true,
            post_state: None,
            cumulative_gas_used: 0,
            logs,
        };
        let outcome = TransactionOutcome {
            receipt,
            gas_used: tx.gas_limit,
            max_gas_used: tx.gas_limit,
            output: Bytes::new(),
            halt: None,
            created: None,
        };
        Ok(Ran { outcome, result, log_bounds: None })
    }

    fn run_call(
        &mut self,
        checked: &CheckedTransaction,
        shielded: Option<&ShieldedTx>,
        inspect: bool,
    ) -> Result<Ran, ExecutionError> {
        let mut env = tx_env(checked);
        if matches!(self.leniency, Some(Leniency { validate: false })) {
            // No nonce is looked at, but revm minds that the last one could not be raised.
            env.nonce = env.nonce.min(u64::MAX - 1);
        }
        if self.leniency.is_none() {
            self.evm.ctx().cfg.disable_eip3607 = checked.is_impersonated();
        }
        self.evm.ctx().set_tx(env);
        let mut handler = SeroHandler::new(shielded);
        let ran = if inspect { handler.inspect_run(&mut self.evm) } else { handler.run(&mut self.evm) };
        let result = match ran {
            Ok(result) => result,
            Err(error) => {
                let context = self.evm.ctx();
                context.journal_mut().finalize();
                return Err(match handler.take_refusal() {
                    Some(refusal) => refusal.into(),
                    None => refusal(error, &context.tx, &context.block, inspect),
                });
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
        let halt = halt_words(&result);
        let receipt = Receipt {
            tx_type: transaction.tx_type(),
            success,
            post_state: None,
            cumulative_gas_used: 0,
            logs: result.logs().to_vec(),
        };
        let max_gas_used = result.gas().total_gas_spent().max(result.gas().floor_gas());
        let outcome = TransactionOutcome { receipt, gas_used, max_gas_used, output, halt, created };
        Ok(Ran { outcome, result, log_bounds: handler.log_bounds() })
    }

    /// Closes a block without ommers and withdrawals: [`Self::finish_with`].
    pub fn finish(self) -> Result<ExecutedTransactions, BlockError> {
        self.finish_with(&[], &[])
    }

    /// Closes the block. With privacy: anchor, burned fees, supply check. On a chain of plain Ethereum: rewards,
    /// withdrawals, requests. Then the roots.
    pub fn finish_with(
        mut self,
        ommers: &[Header],
        withdrawals: &[Withdrawal],
    ) -> Result<ExecutedTransactions, BlockError> {
        let requests = match self.rules.clone() {
            Some(rules) => self.close_privacy(&rules).map(|()| vec![])?,
            None => self.close_ethereum(ommers, withdrawals)?,
        };
        let diff = self.diff()?;
        let header = Header {
            transactions_root: transactions_root(&self.transactions),
            receipts_root: receipts_root(&self.receipts),
            logs_bloom: logs_bloom(self.receipts.iter().flat_map(|receipt| &receipt.logs)),
            gas_used: self.gas_used,
            ..self.header
        };
        Ok(ExecutedTransactions { header, receipts: self.receipts, diff, requests })
    }

    fn close_privacy(&mut self, rules: &Rules) -> Result<(), BlockError> {
        let base_fee = u128::from(self.header.base_fee_per_gas.unwrap_or_default());
        let burned_fees = u128::from(self.gas_used) * base_fee;
        let db = self.evm.ctx().journal_mut().db_mut();
        let destroyed = supply::destroyed_coins(db, &self.replaced_balances, burned_fees)?;
        let journal = self.evm.ctx().journal_mut();
        let mut host = Host::new(journal, rules);
        host.close_block().and_then(|()| host.burn_issued_coin(destroyed)).map_err(close_error)?;
        supply::check(&mut host, &self.receipts)?;
        journal.commit_tx();
        self.commit();
        Ok(())
    }

    fn close_ethereum(
        &mut self,
        ommers: &[Header],
        withdrawals: &[Withdrawal],
    ) -> Result<Vec<Bytes>, BlockError> {
        pay(&mut self.evm, &self.header, ommers, withdrawals, self.fork)?;
        self.commit();
        self.header.ommers_hash = proofs::calculate_ommers_root(ommers);
        if self.fork >= Fork::Shanghai {
            self.header.withdrawals_root = Some(proofs::calculate_withdrawals_root(withdrawals));
        }
        if self.fork >= Fork::Cancun {
            self.header.blob_gas_used = Some(self.blobs_used * DATA_GAS_PER_BLOB);
        }
        if self.fork >= Fork::Prague {
            let requests = collect_requests(&mut self.evm, &self.receipts, self.deposit_contract)?;
            self.commit();
            self.header.requests_hash = Some(requests_hash(&requests));
            return Ok(requests);
        }
        Ok(vec![])
    }

    /// Ends without closing the block, as Ethereum's state tests do, which are about one transaction alone.
    pub fn into_diff(mut self) -> Result<StateDiff, StateError> {
        self.diff()
    }
}

fn close_error(fault: Fault<StateFault>) -> BlockError {
    match fault {
        Fault::Fatal(StateFault(error)) => BlockError::State(error),
        Fault::Revert(data) => BlockError::Internal(format!("closing the block: {}", describe_revert(&data))),
        Fault::OutOfGas => BlockError::Internal("closing the block ran out of gas".into()),
    }
}
