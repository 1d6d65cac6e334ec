//! The chain's handle: reads, and the [`ChainExecutor`].

use crate::development::AskedHeader;
use crate::error::ChainError;
use crate::executor::{BuildAttributes, ChainExecutor, ExecutedBlock, Verdict};
use crate::notes::{NoteRecord, ShieldedActivity, note_key};
use crate::overlay::OverlayState;
use crate::spec::ChainSpec;
use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::B256;
use alloy_rlp::{Decodable, Encodable};
use parking_lot::{Mutex, RwLock};
use sero_execution::{
    BlockError, BlockExecutor, BlockInputs, ChainParameters, ChainView, CheckedTransaction,
    ExecutedTransactions, ExecutionError, InvalidTransaction, KeyFiles, check_bundles, execute_block,
};
use sero_primitives::genesis::Genesis;
use sero_primitives::{Block, Receipt, StateDiff, StateError, Transaction};
use sero_storage::{BlockCommit, Snapshot, Storage};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Blocks that a slow listener may lag behind before it is told that it missed some.
const LISTENER_LAG_MAX: usize = 1024;

/// Gas of the cheapest transaction.
const GAS_LEAST: u64 = 21_000;

/// The last final block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its hash.
    pub hash: B256,
    /// Its header.
    pub header: Header,
}

/// A block that just became final.
#[derive(Clone, Debug)]
pub struct FinalizedBlock {
    /// Its hash.
    pub hash: B256,
    /// The block.
    pub block: Block,
    /// One for each transaction.
    pub receipts: Vec<Receipt>,
}

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionLocation {
    /// Number of its block.
    pub block_number: u64,
    /// Place in the block.
    pub index: u32,
}

/// Handle on the chain; clones share it.
#[derive(Clone)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) storage: Storage,
    pub(crate) parameters: ChainParameters,
    pub(crate) head: RwLock<Head>,
    pub(crate) executed: Mutex<HashMap<B256, Arc<ExecutedBlock>>>,
    /// What the next blocks have instead of what follows from the parent; on development chains.
    pub(crate) asked: Mutex<AskedHeader>,
    listeners: broadcast::Sender<Arc<FinalizedBlock>>,
}

impl Chain {
    /// Opens the chain in `storage`, writing block 0 if it is empty.
    ///
    /// `keys` must hold every verifying key that genesis and upgrades pin.
    pub fn open(
        storage: Storage,
        genesis: impl Into<ChainSpec>,
        keys: &KeyFiles,
    ) -> Result<Self, ChainError> {
        let spec = genesis.into();
        spec.check()?;
        // Before anything is written.
        spec.parameters(B256::ZERO, keys)?;
        let genesis_hash = commit_genesis(&storage, &spec)?;
        Self::with(storage, &spec, genesis_hash, keys)
    }

    /// Opens the chain that `storage` holds; `None` if it holds none.
    pub fn reopen(storage: Storage, keys: &KeyFiles) -> Result<Option<Self>, ChainError> {
        let (Some(spec), Some(genesis_hash)) = (storage.chain_spec()?, storage.block_hash(0)?) else {
            return Ok(None);
        };
        Self::with(storage, &ChainSpec::from_bytes(&spec)?, genesis_hash, keys).map(Some)
    }

    fn with(
        storage: Storage,
        spec: &ChainSpec,
        genesis_hash: B256,
        keys: &KeyFiles,
    ) -> Result<Self, ChainError> {
        let parameters = spec.parameters(genesis_hash, keys)?;
        let (number, hash) = storage.head()?.ok_or(ChainError::UnknownBlock(genesis_hash))?;
        let header = read_header(&storage, number)?.ok_or(ChainError::UnknownBlock(hash))?;
        Ok(Self {
            inner: Arc::new(Inner {
                storage,
                parameters,
                head: RwLock::new(Head { hash, header }),
                executed: Mutex::default(),
                asked: Mutex::default(),
                listeners: broadcast::channel(LISTENER_LAG_MAX).0,
            }),
        })
    }

    /// Parameters of the chain.
    pub fn parameters(&self) -> &ChainParameters {
        &self.inner.parameters
    }

    /// Hears of every block that becomes final from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<FinalizedBlock>> {
        self.inner.listeners.subscribe()
    }

    /// Header of the block after `parent` before execution.
    pub fn next_header(&self, parent: &Header, inputs: &BlockInputs) -> Header {
        let mut header = self.inner.parameters.child_header(parent, inputs);
        // What was asked for is of blocks to come.
        if parent.number >= self.head().header.number {
            self.inner.asked.lock().apply(&mut header);
        }
        header
    }

    /// State after the head.
    pub fn snapshot(&self) -> Result<Snapshot, ChainError> {
        Ok(self.inner.storage.snapshot()?)
    }

    /// State after block `number`.
    pub fn snapshot_at(&self, number: u64) -> Result<Snapshot, ChainError> {
        Ok(self.inner.storage.snapshot_at(number)?)
    }

    /// Header of a final block.
    pub fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        read_header(&self.inner.storage, number)
    }

    /// Number of the final block with this hash.
    pub fn block_number(&self, hash: B256) -> Result<Option<u64>, ChainError> {
        Ok(self.inner.storage.block_number(hash)?)
    }

    /// Hash of a final block.
    pub fn block_hash(&self, number: u64) -> Result<Option<B256>, ChainError> {
        Ok(self.inner.storage.block_hash(number)?)
    }

    /// A final block.
    pub fn block(&self, number: u64) -> Result<Option<Block>, ChainError> {
        let Some(bytes) = self.inner.storage.header(number)? else { return Ok(None) };
        let (header, ommers, withdrawals) = decode_header(&bytes)?;
        let transactions = self.inner.storage.transactions(number)?;
        let transactions =
            transactions.iter().map(|bytes| decode_transaction(bytes)).collect::<Result<_, _>>()?;
        Ok(Some(Block { header, transactions, ommers, withdrawals }))
    }

    /// Receipts of a final block.
    pub fn receipts(&self, number: u64) -> Result<Vec<Receipt>, ChainError> {
        self.inner.storage.receipts(number)?.iter().map(|bytes| decode_receipt(bytes)).collect()
    }

    /// Where a transaction is.
    pub fn transaction_location(&self, hash: B256) -> Result<Option<TransactionLocation>, ChainError> {
        let location = self.inner.storage.transaction_location(hash)?;
        Ok(location.map(|(block_number, index)| TransactionLocation { block_number, index }))
    }

    /// One transaction of a final block.
    pub fn transaction(&self, location: TransactionLocation) -> Result<Option<Transaction>, ChainError> {
        let bytes = self.inner.storage.transaction(location.block_number, location.index)?;
        bytes.map(|bytes| decode_transaction(&bytes)).transpose()
    }

    /// Up to `limit` notes of a pool from `position` on.
    pub fn notes(&self, pool: u8, position: u64, limit: usize) -> Result<Vec<NoteRecord>, ChainError> {
        let decode = |(key, bytes): (u64, Vec<u8>)| {
            NoteRecord::decode(key, &bytes).ok_or_else(|| ChainError::Corrupt {
                what: format!("note {key:#x}"),
                reason: "not a note record".into(),
            })
        };
        if position >= note_key(1, 0) {
            return Ok(vec![]);
        }
        let rows = self.inner.storage.notes(note_key(pool, position), limit)?;
        let notes: Vec<NoteRecord> = rows.into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(notes.into_iter().take_while(|note| note.pool == pool).collect())
    }

    /// Notes and nullifiers of a final block.
    pub fn shielded_activity(&self, number: u64) -> Result<ShieldedActivity, ChainError> {
        let Some(block) = self.block(number)? else { return Ok(ShieldedActivity::default()) };
        Ok(ShieldedActivity::of(&block, &self.receipts(number)?))
    }

    fn overlay(&self, parent: B256) -> Result<(OverlayState, Header), ChainError> {
        let executed = self.inner.executed.lock();
        let head = self.inner.head.read().clone();
        let number = head.header.number;
        let mut blocks = Vec::new();
        let mut hash = parent;
        while hash != head.hash {
            let block = executed.get(&hash).ok_or(ChainError::UnknownBlock(hash))?;
            hash = block.block.header.parent_hash;
            blocks.push(Arc::clone(block));
        }
        let header = blocks.first().map_or(head.header, |block| block.block.header.clone());
        // By number: storage may already hold the next block, while `head` still names this one.
        let base = self.inner.storage.snapshot_at(number)?;
        Ok((OverlayState::new(base, blocks), header))
    }

    /// Header and ommers of a block that `state` builds on.
    fn ancestor(
        &self,
        state: &OverlayState,
        hash: B256,
    ) -> Result<Option<(Header, Vec<Header>)>, ChainError> {
        if let Some(executed) = state.blocks().iter().find(|executed| executed.hash == hash) {
            return Ok(Some((executed.block.header.clone(), executed.block.ommers.clone())));
        }
        let Some(number) = self.block_number(hash)? else { return Ok(None) };
        let Some(bytes) = self.inner.storage.header(number)? else { return Ok(None) };
        let (header, ommers, _) = decode_header(&bytes)?;
        Ok(Some((header, ommers)))
    }

    fn keep(
        &self,
        state: &OverlayState,
        executed: ExecutedTransactions,
        body: Block,
        rejected: Vec<(B256, InvalidTransaction)>,
        expected_root: Option<B256>,
    ) -> Result<Result<Arc<ExecutedBlock>, BlockError>, ChainError> {
        let (state_root, trie) = state.state_root(&executed.diff)?;
        if let Some(found) = expected_root.filter(|root| *root != state_root) {
            return Ok(Err(BlockError::Header {
                field: "state_root",
                found: found.to_string(),
                expected: state_root.to_string(),
            }));
        }
        let header = Header { state_root, ..executed.header };
        let hash = header.hash_slow();
        let block = Arc::new(ExecutedBlock {
            block: Block { header, ..body },
            hash,
            receipts: executed.receipts,
            diff: executed.diff,
            trie,
            rejected,
        });
        self.inner.executed.lock().insert(hash, Arc::clone(&block));
        Ok(Ok(block))
    }
}

impl ChainExecutor for Chain {
    fn build(&self, parent: B256, attributes: BuildAttributes) -> Result<Arc<ExecutedBlock>, ChainError> {
        if self.inner.parameters.privacy.is_none() {
            return Err(ChainError::NotBuilt);
        }
        let (state, parent_header) = self.overlay(parent)?;
        let inputs = BlockInputs {
            timestamp: attributes.timestamp.max(parent_header.timestamp.saturating_add(1)),
            beneficiary: attributes.beneficiary,
            prevrandao: attributes.prevrandao,
        };
        let header = self.next_header(&parent_header, &inputs);
        let mut candidates = attributes.transactions;
        let mut rejected = Vec::new();
        loop {
            let executor = BlockExecutor::new(&state, header.clone(), &self.inner.parameters);
            let (executed, included) = select(executor, &mut candidates, &mut rejected)?;
            // One batch over the whole block. The pool verified each bundle on
            // admission, so a failure here is the exception.
            let parameters = &self.inner.parameters;
            let refs: Vec<_> = included.iter().collect();
            if let Err((_, error)) = check_bundles(&refs, parameters, header.number) {
                // After a change of keys everything that waits may be bad: all that is goes at once, or the
                // block would be built anew for each.
                let verdict = |one| check_bundles(&[one], parameters, header.number).err();
                let bad: Vec<(B256, InvalidTransaction)> = (refs.iter().copied())
                    .filter_map(|one| Some((one.transaction().hash(), verdict(one)?.1)))
                    .collect();
                if bad.is_empty() {
                    return Err(
                        BlockError::Internal(format!("a batch fails, its parts do not: {error}")).into()
                    );
                }
                let is_bad = |hash| bad.iter().any(|(known, _)| *known == hash);
                candidates.retain(|candidate| !is_bad(candidate.transaction().hash()));
                rejected.extend(bad);
                continue;
            }
            let transactions = included.iter().map(|checked| checked.transaction().clone()).collect();
            let body = Block::new(header, transactions);
            return Ok(self.keep(&state, executed, body, rejected, None)??);
        }
    }

    fn execute(&self, block: &Block) -> Result<Verdict, ChainError> {
        let (state, parent) = self.overlay(block.header.parent_hash)?;
        let fault = |error: &dyn core::fmt::Display| StateError(error.to_string());
        let state_root = |diff: &StateDiff| Ok(state.state_root(diff)?.0);
        let ancestors = |hash| self.ancestor(&state, hash).map_err(|error| fault(&error));
        let view = ChainView { state_root: &state_root, ancestors: &ancestors };
        let executed = match execute_block(&state, &parent, block, &self.inner.parameters, Some(view)) {
            Ok(executed) => executed,
            Err(error @ (BlockError::State(_) | BlockError::Internal(_))) => return Err(error.into()),
            Err(error) => return Ok(Verdict::Invalid(error)),
        };
        let root = Some(block.header.state_root);
        match self.keep(&state, executed, block.clone(), vec![], root)? {
            Ok(block) => Ok(Verdict::Valid(block)),
            Err(error) => Ok(Verdict::Invalid(error)),
        }
    }

    fn finalize(&self, hash: B256) -> Result<(), ChainError> {
        let head = self.head();
        if head.hash == hash {
            return Ok(());
        }
        let executed =
            self.inner.executed.lock().get(&hash).cloned().ok_or(ChainError::UnknownBlock(hash))?;
        let header = &executed.block.header;
        if header.parent_hash != head.hash {
            return Err(ChainError::NotNext { number: header.number, hash, head: head.header.number });
        }
        self.commit(&executed)?;
        {
            let mut kept = self.inner.executed.lock();
            *self.inner.head.write() = Head { hash, header: header.clone() };
            self.inner.asked.lock().base_fee = None;
            // Blocks on other parents than the new head can never become final.
            let final_number = header.number;
            kept.retain(|_, block| block.block.header.number > final_number);
        }
        let final_block =
            FinalizedBlock { hash, block: executed.block.clone(), receipts: executed.receipts.clone() };
        // No listener is no error.
        let _ = self.inner.listeners.send(Arc::new(final_block));
        Ok(())
    }

    fn head(&self) -> Head {
        self.inner.head.read().clone()
    }
}

impl Chain {
    fn commit(&self, executed: &ExecutedBlock) -> Result<(), ChainError> {
        let block = &executed.block;
        // On a chain of plain Ethereum any contract may be at POOL's address, and log what it likes.
        let activity = match self.inner.parameters.privacy {
            Some(_) => ShieldedActivity::of(block, &executed.receipts),
            None => ShieldedActivity::default(),
        };
        self.inner.storage.commit(BlockCommit {
            number: block.header.number,
            hash: executed.hash,
            header: encode_header(block),
            transactions: block.transactions.iter().map(|tx| (tx.hash(), tx.encode_2718())).collect(),
            receipts: executed.receipts.iter().map(Receipt::encode_2718).collect(),
            notes: activity.notes.iter().map(|note| (note.key(), note.encode())).collect(),
            diff: &executed.diff,
            trie: executed.trie.clone(),
        })?;
        Ok(())
    }

    /// Forgets an executed block that will not become final.
    pub fn discard(&self, hash: B256) {
        self.inner.executed.lock().remove(&hash);
    }
}

/// Executes candidates in order until the block is full. One that does not fit
/// is passed over together with what its sender queued behind it; invalid ones
/// leave `candidates` for `rejected`.
fn select(
    mut executor: BlockExecutor<'_>,
    candidates: &mut Vec<CheckedTransaction>,
    rejected: &mut Vec<(B256, InvalidTransaction)>,
) -> Result<(ExecutedTransactions, Vec<CheckedTransaction>), ChainError> {
    let mut included = Vec::new();
    let mut passed_over = HashSet::new();
    let mut invalid = HashSet::new();
    for candidate in candidates.iter() {
        if executor.gas_left() < GAS_LEAST {
            break;
        }
        if candidate.sender().is_some_and(|sender| passed_over.contains(&sender)) {
            continue;
        }
        match executor.execute(candidate) {
            Ok(_) => included.push(candidate.clone()),
            Err(ExecutionError::Invalid(InvalidTransaction::GasLimit { .. })) => {
                passed_over.extend(candidate.sender());
            }
            Err(ExecutionError::Invalid(error)) => {
                passed_over.extend(candidate.sender());
                invalid.insert(candidate.transaction().hash());
                rejected.push((candidate.transaction().hash(), error));
            }
            Err(ExecutionError::State(error)) => return Err(error.into()),
            Err(ExecutionError::Internal(reason)) => return Err(BlockError::Internal(reason).into()),
        }
    }
    candidates.retain(|candidate| !invalid.contains(&candidate.transaction().hash()));
    Ok((executor.finish()?, included))
}

pub(crate) fn commit_genesis(storage: &Storage, spec: &ChainSpec) -> Result<B256, ChainError> {
    let block = spec.block()?;
    if let Some(found) = storage.block_hash(0)? {
        let stored = read_header(storage, 0)?.ok_or(ChainError::UnknownBlock(found))?;
        let expected = Header { state_root: stored.state_root, ..block.header.clone() };
        let expected = expected.hash_slow();
        if expected != found {
            return Err(ChainError::OtherChain { expected, found });
        }
        let known = storage.chain_spec()?.and_then(|bytes| ChainSpec::from_bytes(&bytes).ok());
        let known = known.filter(|known| known.is_same(spec)).ok_or(ChainError::OtherFile(found))?;
        adopt_upgrades(storage, &known, spec)?;
        return Ok(found);
    }
    let (state_root, trie) = storage.snapshot()?.state_root(&block.diff)?;
    let header = Header { state_root, ..block.header };
    let hash = header.hash_slow();
    let commit = BlockCommit {
        number: 0,
        hash,
        header: alloy_rlp::encode(&header),
        transactions: vec![],
        receipts: vec![],
        notes: vec![],
        diff: &block.diff,
        trie,
    };
    storage.commit_genesis(commit, &spec.to_bytes())?;
    Ok(hash)
}

/// Upgrades may be added and changed as long as they lie ahead of the head:
/// what blocks were judged by stays.
fn adopt_upgrades(storage: &Storage, known: &ChainSpec, spec: &ChainSpec) -> Result<(), ChainError> {
    let (ChainSpec::Sero(known), ChainSpec::Sero(genesis)) = (known, spec) else { return Ok(()) };
    if known.upgrades == genesis.upgrades {
        return Ok(());
    }
    let head = storage.head()?.map_or(0, |(number, _)| number);
    let past = |genesis: &Genesis| -> Vec<_> {
        genesis.upgrades.iter().filter(|upgrade| upgrade.block() <= head).cloned().collect()
    };
    if past(known) != past(genesis) {
        return Err(ChainError::PastUpgrade { head });
    }
    Ok(storage.set_chain_spec(&spec.to_bytes())?)
}

pub(crate) fn read_header(storage: &Storage, number: u64) -> Result<Option<Header>, ChainError> {
    let bytes = storage.header(number)?;
    bytes.map(|bytes| decode_header(&bytes).map(|(header, ..)| header)).transpose()
}

/// The header, and behind it ommers and withdrawals if the block has any.
fn encode_header(block: &Block) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(block.header.length());
    block.header.encode(&mut bytes);
    if !block.ommers.is_empty() || !block.withdrawals.is_empty() {
        block.ommers.encode(&mut bytes);
        block.withdrawals.encode(&mut bytes);
    }
    bytes
}

pub(crate) fn decode_header(mut bytes: &[u8]) -> Result<(Header, Vec<Header>, Vec<Withdrawal>), ChainError> {
    let fault = |error| corrupt("header", error);
    let header = Header::decode(&mut bytes).map_err(fault)?;
    if bytes.is_empty() {
        return Ok((header, vec![], vec![]));
    }
    let ommers = Vec::decode(&mut bytes).map_err(fault)?;
    let withdrawals = Vec::decode(&mut bytes).map_err(fault)?;
    if !bytes.is_empty() {
        return Err(corrupt("header", alloy_rlp::Error::UnexpectedLength));
    }
    Ok((header, ommers, withdrawals))
}

pub(crate) fn decode_transaction(bytes: &[u8]) -> Result<Transaction, ChainError> {
    Transaction::decode_2718(bytes).map_err(|error| corrupt("transaction", error))
}

pub(crate) fn decode_receipt(bytes: &[u8]) -> Result<Receipt, ChainError> {
    Receipt::decode_2718(bytes).map_err(|error| corrupt("receipt", error))
}

fn corrupt(what: &str, error: impl core::fmt::Display) -> ChainError {
    ChainError::Corrupt { what: what.into(), reason: error.to_string() }
}
