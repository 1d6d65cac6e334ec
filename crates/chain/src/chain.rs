//! The chain's handle: reads, and the [`ChainExecutor`].

use crate::error::ChainError;
use crate::executor::{BuildAttributes, ChainExecutor, ExecutedBlock, Verdict};
use crate::notes::{NoteRecord, ShieldedActivity, note_key};
use crate::overlay::OverlayState;
use alloy_consensus::Header;
use alloy_primitives::B256;
use alloy_rlp::{Decodable, Encodable};
use parking_lot::{Mutex, RwLock};
use sero_execution::{
    BlockError, BlockExecutor, BlockInputs, ChainParameters, CheckedTransaction, ExecutedTransactions,
    ExecutionError, InvalidTransaction, KeyFiles, Pools, check_bundles, execute_block, genesis_block,
};
use sero_primitives::genesis::Genesis;
use sero_primitives::{Block, Receipt, Transaction};
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
    inner: Arc<Inner>,
}

struct Inner {
    storage: Storage,
    genesis: Genesis,
    parameters: ChainParameters,
    head: RwLock<Head>,
    executed: Mutex<HashMap<B256, Arc<ExecutedBlock>>>,
    listeners: broadcast::Sender<Arc<FinalizedBlock>>,
}

impl Chain {
    /// Opens the chain in `storage`, writing block 0 if it is empty.
    ///
    /// `keys` must hold every verifying key that genesis and upgrades pin.
    pub fn open(storage: Storage, genesis: Genesis, keys: &KeyFiles) -> Result<Self, ChainError> {
        genesis.check()?;
        let pools = Pools::new(&genesis, keys)?;
        let genesis_hash = commit_genesis(&storage, &genesis)?;
        let (number, hash) = storage.head()?.ok_or(ChainError::UnknownBlock(genesis_hash))?;
        let header = read_header(&storage, number)?.ok_or(ChainError::UnknownBlock(hash))?;
        let parameters = ChainParameters {
            chain_id: genesis.chain_id,
            genesis_hash,
            network: genesis.network,
            registration_fee: genesis.registration_fee,
            anchor_lag: genesis.anchor_lag,
            pools,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                storage,
                genesis,
                parameters,
                head: RwLock::new(Head { hash, header }),
                executed: Mutex::default(),
                listeners: broadcast::channel(LISTENER_LAG_MAX).0,
            }),
        })
    }

    /// Parameters of the chain.
    pub fn parameters(&self) -> &ChainParameters {
        &self.inner.parameters
    }

    /// The genesis file.
    pub fn genesis(&self) -> &Genesis {
        &self.inner.genesis
    }

    /// Hears of every block that becomes final from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<FinalizedBlock>> {
        self.inner.listeners.subscribe()
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
        let Some(header) = self.header(number)? else { return Ok(None) };
        let transactions = self.inner.storage.transactions(number)?;
        let transactions =
            transactions.iter().map(|bytes| decode_transaction(bytes)).collect::<Result<_, _>>()?;
        Ok(Some(Block { header, transactions }))
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

    fn keep(
        &self,
        state: &OverlayState,
        executed: ExecutedTransactions,
        transactions: Vec<Transaction>,
        rejected: Vec<(B256, InvalidTransaction)>,
        expected_root: Option<B256>,
    ) -> Result<Result<Arc<ExecutedBlock>, BlockError>, ChainError> {
        let pending: Vec<_> = state.blocks().iter().rev().map(|block| &block.trie).collect();
        let (state_root, trie) = state.base().state_root_on(&pending, &executed.diff)?;
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
            block: Block { header, transactions },
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
        let (state, parent_header) = self.overlay(parent)?;
        let inputs = BlockInputs {
            timestamp: attributes.timestamp.max(parent_header.timestamp + 1),
            beneficiary: attributes.beneficiary,
            prevrandao: attributes.prevrandao,
        };
        let header = inputs.header(&parent_header);
        let mut candidates = attributes.transactions;
        let mut rejected = Vec::new();
        loop {
            let executor = BlockExecutor::new(&state, header.clone(), &self.inner.parameters);
            let (executed, included) = select(executor, &mut candidates, &mut rejected)?;
            // One batch over the whole block. The pool verified each bundle on
            // admission, so a failure here is the exception.
            let pools = &self.inner.parameters.pools;
            let refs: Vec<_> = included.iter().collect();
            if let Err((_, error)) = check_bundles(&refs, pools, header.number) {
                // After a change of keys everything that waits may be bad: all that is goes at once, or the
                // block would be built anew for each.
                let verdict = |one| check_bundles(&[one], pools, header.number).err();
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
            return Ok(self.keep(&state, executed, transactions, rejected, None)??);
        }
    }

    fn execute(&self, block: &Block) -> Result<Verdict, ChainError> {
        let (state, parent) = self.overlay(block.header.parent_hash)?;
        let executed = match execute_block(&state, &parent, block, &self.inner.parameters) {
            Ok(executed) => executed,
            Err(error @ (BlockError::State(_) | BlockError::Internal(_))) => return Err(error.into()),
            Err(error) => return Ok(Verdict::Invalid(error)),
        };
        let root = Some(block.header.state_root);
        match self.keep(&state, executed, block.transactions.clone(), vec![], root)? {
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
        commit(&self.inner.storage, &executed)?;
        {
            let mut kept = self.inner.executed.lock();
            *self.inner.head.write() = Head { hash, header: header.clone() };
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

fn commit_genesis(storage: &Storage, genesis: &Genesis) -> Result<B256, ChainError> {
    let block = genesis_block(genesis)?;
    if let Some(found) = storage.block_hash(0)? {
        let stored = read_header(storage, 0)?.ok_or(ChainError::UnknownBlock(found))?;
        let expected = Header { state_root: stored.state_root, ..block.header.clone() };
        let known = storage.chain_spec()?.and_then(|bytes| serde_json::from_slice::<Genesis>(&bytes).ok());
        let same =
            |known: &Genesis| Genesis { upgrades: genesis.upgrades.clone(), ..known.clone() } == *genesis;
        let Some(known) = known.filter(|known| expected.hash_slow() == found && same(known)) else {
            let expected = expected.hash_slow();
            return Err(ChainError::OtherChain { expected, found });
        };
        adopt_upgrades(storage, &known, genesis)?;
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
    storage.commit_genesis(commit, &spec_bytes(genesis))?;
    Ok(hash)
}

/// Upgrades may be added and changed as long as they lie ahead of the head:
/// what blocks were judged by stays.
fn adopt_upgrades(storage: &Storage, known: &Genesis, genesis: &Genesis) -> Result<(), ChainError> {
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
    Ok(storage.set_chain_spec(&spec_bytes(genesis))?)
}

fn spec_bytes(genesis: &Genesis) -> Vec<u8> {
    serde_json::to_vec(genesis).expect("a genesis is plain data")
}

fn commit(storage: &Storage, executed: &ExecutedBlock) -> Result<(), ChainError> {
    let block = &executed.block;
    let activity = ShieldedActivity::of(block, &executed.receipts);
    let mut header = Vec::with_capacity(block.header.length());
    block.header.encode(&mut header);
    storage.commit(BlockCommit {
        number: block.header.number,
        hash: executed.hash,
        header,
        transactions: block.transactions.iter().map(|tx| (tx.hash(), tx.encode_2718())).collect(),
        receipts: executed.receipts.iter().map(Receipt::encode_2718).collect(),
        notes: activity.notes.iter().map(|note| (note.key(), note.encode())).collect(),
        diff: &executed.diff,
        trie: executed.trie.clone(),
    })?;
    Ok(())
}

fn read_header(storage: &Storage, number: u64) -> Result<Option<Header>, ChainError> {
    let Some(bytes) = storage.header(number)? else { return Ok(None) };
    let header = Header::decode(&mut bytes.as_slice()).map_err(|error| corrupt("header", error))?;
    Ok(Some(header))
}

fn decode_transaction(bytes: &[u8]) -> Result<Transaction, ChainError> {
    Transaction::decode_2718(bytes).map_err(|error| corrupt("transaction", error))
}

fn decode_receipt(bytes: &[u8]) -> Result<Receipt, ChainError> {
    Receipt::decode_2718(bytes).map_err(|error| corrupt("receipt", error))
}

fn corrupt(what: &str, error: impl core::fmt::Display) -> ChainError {
    ChainError::Corrupt { what: what.into(), reason: error.to_string() }
}
