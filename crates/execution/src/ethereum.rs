//! What a block of plain Ethereum has besides its transactions: rules on headers and ommers, rewards, withdrawals, and
//! calls that the block makes by itself.

mod difficulty;
mod header;
mod ommers;
mod requests;

pub use difficulty::difficulty;
pub(crate) use header::child_header;
pub use ommers::Ancestors;
pub(crate) use requests::{collect_requests, requests_hash};

use crate::ChainParameters;
use crate::block::ChainView;
use crate::error::{BlockError, InvalidTransaction};
use crate::evm::SeroEvm;
use crate::judge::{header_error, transaction_error};
use crate::state::StateFault;
use crate::validate::CheckedTransaction;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Header, proofs};
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::{eip2935, eip4788};
use alloy_primitives::{Address, Bytes, U256};
use header::check_header;
use ommers::check_ommers;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use revm::context::ContextTr;
use revm::context::result::{EVMError, ExecutionResult};
use revm::context_interface::JournalTr;
use revm::handler::EvmTr;
use sero_primitives::ethereum::Fork;
use sero_primitives::transaction::TransactionError;
use sero_primitives::{Block, Transaction, TransactionKind};

const WEI_PER_ETHER: u128 = 1_000_000_000_000_000_000;
const WEI_PER_GWEI: u64 = 1_000_000_000;

/// A block before execution: its header, of which execution sets what it can tell, and its transactions.
pub(crate) fn check_block(
    parent: &Header,
    block: &Block,
    parameters: &ChainParameters,
    view: Option<ChainView<'_>>,
) -> Result<(Header, Vec<CheckedTransaction>), BlockError> {
    let Block { header, ommers, .. } = block;
    let fork = parameters.forks.at(header.number, header.timestamp);
    check_header(header, parent, &parameters.forks)?;
    if fork >= Fork::Osaka {
        let (bytes, max) = (block.encode_rlp().len(), header::BLOCK_BYTES_MAX);
        if bytes > max {
            return Err(BlockError::TooLarge { bytes, max });
        }
    }
    let ommers_hash = proofs::calculate_ommers_root(ommers);
    if ommers_hash != header.ommers_hash {
        return Err(header_error("ommers_hash", header.ommers_hash, ommers_hash));
    }
    if fork < Fork::Paris {
        let view =
            view.ok_or_else(|| BlockError::Internal("a block from before the merge without a view".into()))?;
        check_ommers(header, ommers, &parameters.forks, view.ancestors)?;
    }
    // Recovering senders is most of the work in a block of transfers.
    let check = |transaction: &Transaction| check_transaction(transaction.clone(), parameters.chain_id, fork);
    let checked: Vec<_> = block.transactions.par_iter().map(check).collect();
    let refuse = |(index, checked): (usize, Result<_, _>)| {
        checked.map_err(|error| transaction_error(block, index, error))
    };
    let checked = checked.into_iter().enumerate().map(refuse).collect::<Result<_, _>>()?;
    Ok((header.clone(), checked))
}

/// Chain id and signature of a transaction; revm checks the rest.
pub(crate) fn check_transaction(
    transaction: Transaction,
    chain_id: u64,
    fork: Fork,
) -> Result<CheckedTransaction, InvalidTransaction> {
    let TransactionKind::Ethereum(tx) = transaction.kind() else {
        return Err(InvalidTransaction::Ethereum(
            "type 0x53 has no place on a chain of plain Ethereum".into(),
        ));
    };
    let found = transaction.chain_id();
    if found.is_some_and(|id| id != chain_id) || (found.is_none() && transaction.tx_type() != 0) {
        return Err(InvalidTransaction::ChainId { expected: chain_id, found });
    }
    if found.is_some() && fork < Fork::SpuriousDragon {
        return Err(InvalidTransaction::Ethereum("the signature names a chain before EIP-155".into()));
    }
    // Homestead (EIP-2) forbids high `s`.
    let sender = if fork < Fork::Homestead { tx.recover_signer_unchecked() } else { tx.recover_signer() };
    let sender = sender.map_err(|_| TransactionError::Signature)?;
    Ok(CheckedTransaction::recovered(transaction, sender))
}

/// What happens before the first transaction: the beacon chain's root (EIP-4788) and the parent's hash (EIP-2935) go to
/// their contracts.
pub(crate) fn open_block<I>(evm: &mut SeroEvm<'_, I>, header: &Header, fork: Fork) -> Result<(), BlockError> {
    if let Some(root) = header.parent_beacon_block_root.filter(|_| fork >= Fork::Cancun) {
        call(evm, eip4788::BEACON_ROOTS_ADDRESS, root.0.into())?;
    }
    if fork >= Fork::Prague {
        call(evm, eip2935::HISTORY_STORAGE_ADDRESS, header.parent_hash.0.into())?;
    }
    Ok(())
}

/// Rewards and withdrawals, after the last transaction.
pub(crate) fn pay<I>(
    evm: &mut SeroEvm<'_, I>,
    header: &Header,
    ommers: &[Header],
    withdrawals: &[Withdrawal],
    fork: Fork,
) -> Result<(), BlockError> {
    let mut paid = block_rewards(header, ommers, fork);
    let wei = |withdrawal: &Withdrawal| U256::from(withdrawal.amount) * U256::from(WEI_PER_GWEI);
    paid.extend(withdrawals.iter().map(|withdrawal| (withdrawal.address, wei(withdrawal))));
    let journal = evm.ctx().journal_mut();
    for (address, amount) in paid {
        journal.balance_incr(address, amount).map_err(|StateFault(error)| BlockError::State(error))?;
    }
    journal.commit_tx();
    Ok(())
}

/// Who is paid for a block before the merge, and how much in wei: its miner first, then each ommer's.
pub fn block_rewards(header: &Header, ommers: &[Header], fork: Fork) -> Vec<(Address, U256)> {
    let Some(reward) = block_reward(fork) else { return vec![] };
    let nephew = reward / 32 * ommers.len() as u128; // CAST: at most two
    let mut paid = vec![(header.beneficiary, U256::from(reward + nephew))];
    paid.extend(ommers.iter().map(|ommer| {
        let near = u128::from((ommer.number + 8).saturating_sub(header.number));
        (ommer.beneficiary, U256::from(reward * near / 8))
    }));
    paid
}

/// Wei for a block without ommers, before the merge.
fn block_reward(fork: Fork) -> Option<u128> {
    const REWARDS: [(Fork, u128); 3] = [(Fork::Constantinople, 2), (Fork::Byzantium, 3), (Fork::Frontier, 5)];
    let ether = REWARDS.iter().find(|(since, _)| fork >= *since).map(|(_, ether)| ether * WEI_PER_ETHER);
    ether.filter(|_| fork < Fork::Paris)
}

/// A call by the block.
fn call<I>(evm: &mut SeroEvm<'_, I>, to: Address, data: Bytes) -> Result<ExecutionResult, BlockError> {
    evm.system_call(to, data).map_err(|error| match error {
        EVMError::Database(StateFault(error)) => BlockError::State(error),
        other => BlockError::Internal(format!("a call by the block itself: {other}")),
    })
}
