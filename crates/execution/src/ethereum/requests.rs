//! Requests to the beacon chain (EIP-7685): deposits, withdrawals and consolidations.

use super::call;
use crate::error::BlockError;
use crate::evm::SeroEvm;
use crate::state::StateFault;
use alloy_eips::eip6110::DEPOSIT_REQUEST_TYPE;
use alloy_eips::eip7002::{WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, WITHDRAWAL_REQUEST_TYPE};
use alloy_eips::eip7251::{CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_TYPE};
use alloy_primitives::{Address, B256, Bytes, Log, U256, b256};
use revm::context::ContextTr;
use revm::context_interface::JournalTr;
use revm::database_interface::Database;
use revm::handler::EvmTr;
use sero_primitives::{EMPTY_CODE_HASH, Receipt};
use sha2::{Digest, Sha256};

/// keccak256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`.
const DEPOSIT_EVENT: B256 = b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");
/// Bytes of a deposit's parts: key, withdrawal credentials, amount, signature, index.
const DEPOSIT_PARTS: [usize; 5] = [48, 32, 8, 96, 8];
/// Where the ABI puts each of them.
const DEPOSIT_OFFSETS: [usize; 5] = [160, 256, 320, 384, 512];
const DEPOSIT_EVENT_BYTES: usize = 576;
const WORD: usize = 32;

/// All requests of a block, each with its type in front, none empty. The calls leave their changes in the journal.
pub fn collect_requests<I>(
    evm: &mut SeroEvm<'_, I>,
    receipts: &[Receipt],
    deposit_contract: Address,
) -> Result<Vec<Bytes>, BlockError> {
    let mut deposits = Vec::new();
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        if log.address == deposit_contract && log.topics().first() == Some(&DEPOSIT_EVENT) {
            deposits.extend(deposit(log)?);
        }
    }
    let withdrawals = from_contract(evm, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS)?;
    let consolidations = from_contract(evm, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS)?;
    let all = [
        (DEPOSIT_REQUEST_TYPE, Bytes::from(deposits)),
        (WITHDRAWAL_REQUEST_TYPE, withdrawals),
        (CONSOLIDATION_REQUEST_TYPE, consolidations),
    ];
    let typed = |(kind, data): (u8, Bytes)| Bytes::from([&[kind], &data[..]].concat());
    Ok(all.into_iter().filter(|(_, data)| !data.is_empty()).map(typed).collect())
}

/// SHA-256 of the SHA-256 hashes of all requests.
pub fn requests_hash(requests: &[Bytes]) -> B256 {
    let mut hash = Sha256::new();
    requests.iter().for_each(|request| hash.update(Sha256::digest(request)));
    B256::from_slice(&hash.finalize())
}

/// The contract's queue; it must be there and must not fail.
fn from_contract<I>(evm: &mut SeroEvm<'_, I>, contract: Address) -> Result<Bytes, BlockError> {
    let refuse = |reason: String| Err(BlockError::Requests { contract, reason });
    let account = evm.ctx().journal_mut().db_mut().basic(contract);
    let account = account.map_err(|StateFault(error)| BlockError::State(error))?;
    if account.is_none_or(|account| account.code_hash == EMPTY_CODE_HASH) {
        return refuse("it has no code".into());
    }
    let result = call(evm, contract, Bytes::new())?;
    if !result.is_success() {
        return refuse(format!("the call fails: {result:?}"));
    }
    Ok(result.into_output().unwrap_or_default())
}

/// The deposit in a log of the deposit contract (EIP-6110), whose layout must be the one that the contract's compiler gives.
fn deposit(log: &Log) -> Result<Vec<u8>, BlockError> {
    let data = &log.data.data;
    let word = |at: usize| data.get(at..at + WORD).map(U256::from_be_slice);
    let mut deposit = Vec::new();
    for (index, (offset, length)) in DEPOSIT_OFFSETS.into_iter().zip(DEPOSIT_PARTS).enumerate() {
        let fits = data.len() == DEPOSIT_EVENT_BYTES
            && word(index * WORD) == Some(U256::from(offset))
            && word(offset) == Some(U256::from(length));
        if !fits {
            let reason = format!("part {index} of a deposit is not where it must be");
            return Err(BlockError::Requests { contract: log.address, reason });
        }
        deposit.extend_from_slice(&data[offset + WORD..][..length]);
    }
    Ok(deposit)
}
