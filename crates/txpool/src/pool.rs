//! The pool.

use crate::error::PoolError;
use alloy_primitives::{Address, B256};
use parking_lot::Mutex;
use sero_execution::{
    ChainParameters, CheckedTransaction, check_bundles, check_static, check_state,
};
use sero_primitives::{StateError, StateReader, Transaction};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::broadcast;

/// What the pool judges against: the state after the head and the block to come.
#[derive(Clone)]
pub struct PoolView {
    /// State after the head.
    pub state: Arc<dyn StateReader>,
    /// Number of the block to come.
    pub next_block: u64,
    /// Its base fee in wei per gas.
    pub base_fee_per_gas: u64,
    /// Its gas limit.
    pub gas_limit: u64,
}

/// Gives the present view.
pub type ViewSource = Box<dyn Fn() -> Result<PoolView, StateError> + Send + Sync>;

/// Bounds of the pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    /// Transactions in all.
    pub transactions: usize,
    /// Nonces ahead of an account's.
    pub nonces_ahead: u64,
    /// Bytes of one transaction.
    pub transaction_bytes: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { transactions: 10_000, nonces_ahead: 256, transaction_bytes: 128 * 1024 }
    }
}

/// A waiting transaction.
#[derive(Clone, Debug)]
pub struct PoolTransaction {
    /// The transaction.
    pub checked: CheckedTransaction,
    /// Whether nothing but a block is missing (no nonce gap before it).
    pub ready: bool,
}

/// Handle on the pool; clones share it.
#[derive(Clone)]
pub struct TxPool {
    inner: Arc<Inner>,
}

struct Inner {
    parameters: ChainParameters,
    limits: PoolLimits,
    view: ViewSource,
    content: Mutex<Content>,
    arrivals: broadcast::Sender<B256>,
}

#[derive(Default)]
struct Content {
    by_hash: HashMap<B256, CheckedTransaction>,
    by_sender: BTreeMap<Address, BTreeMap<u64, B256>>,
    nullifiers: HashMap<B256, B256>,
    /// Order of arrival, to break ties.
    order: BTreeMap<u64, B256>,
    arrival: HashMap<B256, u64>,
    next_arrival: u64,
}

impl TxPool {
    /// An empty pool.
    pub fn new(parameters: ChainParameters, limits: PoolLimits, view: ViewSource) -> Self {
        let arrivals = broadcast::channel(4096).0;
        Self { inner: Arc::new(Inner { parameters, limits, view, content: Mutex::default(), arrivals }) }
    }

    /// Hears of the hash of every transaction that is admitted from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<B256> {
        self.inner.arrivals.subscribe()
    }

    /// Takes an EIP-2718 encoding.
    pub fn submit(&self, raw: &[u8]) -> Result<B256, PoolError> {
        let max = self.inner.limits.transaction_bytes;
        if raw.len() > max {
            return Err(PoolError::TooLong { found: raw.len(), max });
        }
        self.submit_transaction(Transaction::decode_2718(raw)?)
    }

    /// Takes a transaction: form, state, then signatures and proofs.
    pub fn submit_transaction(&self, transaction: Transaction) -> Result<B256, PoolError> {
        let hash = transaction.hash();
        if self.inner.content.lock().by_hash.contains_key(&hash) {
            return Err(PoolError::AlreadyKnown(hash));
        }
        let view = (self.inner.view)()?;
        let checked = check_static(
            transaction,
            &self.inner.parameters,
            view.next_block,
            view.base_fee_per_gas,
            view.gas_limit,
        )?;
        self.check_nonce_distance(&checked, &view)?;
        check_state(&checked, view.state.as_ref(), checked.sender().map(|_| checked.transaction().nonce()))?;
        self.inner.content.lock().check_conflicts(&checked, &self.inner.limits)?;
        check_bundles(&[&checked], &self.inner.parameters.verifying_keys).map_err(|(_, error)| error)?;
        let mut content = self.inner.content.lock();
        // Another thread may have been faster while proofs were checked.
        content.check_conflicts(&checked, &self.inner.limits)?;
        content.insert(checked);
        drop(content);
        // No listener is no error.
        let _ = self.inner.arrivals.send(hash);
        Ok(hash)
    }

    fn check_nonce_distance(&self, checked: &CheckedTransaction, view: &PoolView) -> Result<(), PoolError> {
        let Some(sender) = checked.sender() else { return Ok(()) };
        let nonce = checked.transaction().nonce();
        let account = view.state.account(sender)?.map_or(0, |account| account.nonce);
        let max = account.saturating_add(self.inner.limits.nonces_ahead);
        if nonce > max { Err(PoolError::NonceTooFar { sender, nonce, max }) } else { Ok(()) }
    }

    /// A waiting transaction.
    pub fn get(&self, hash: B256) -> Option<CheckedTransaction> {
        self.inner.content.lock().by_hash.get(&hash).cloned()
    }

    /// Everything that waits, in order of arrival.
    pub fn content(&self) -> Result<Vec<PoolTransaction>, PoolError> {
        let view = (self.inner.view)()?;
        let content = self.inner.content.lock();
        let mut all = Vec::with_capacity(content.by_hash.len());
        for hash in content.order.values() {
            let checked = content.by_hash[hash].clone();
            let ready = match checked.sender() {
                None => true,
                Some(sender) => {
                    let next = content.next_nonce(sender, account_nonce(&view, sender)?);
                    checked.transaction().nonce() < next
                }
            };
            all.push(PoolTransaction { checked, ready });
        }
        Ok(all)
    }

    /// The nonce that follows the account's and all waiting transactions without gap.
    pub fn next_nonce(&self, sender: Address) -> Result<u64, PoolError> {
        let view = (self.inner.view)()?;
        let account = account_nonce(&view, sender)?;
        Ok(self.inner.content.lock().next_nonce(sender, account))
    }

    /// Candidates for the next block, the dearest first, each sender's in
    /// order of nonce, up to the block's gas.
    pub fn best(&self) -> Result<Vec<CheckedTransaction>, PoolError> {
        let view = (self.inner.view)()?;
        let content = self.inner.content.lock();
        // Chains of transactions that must keep their order: one per sender,
        // one for each pure transfer.
        let mut queues: Vec<Vec<&CheckedTransaction>> = Vec::new();
        for (sender, nonces) in &content.by_sender {
            let account = account_nonce(&view, *sender)?;
            let run = (account..).map_while(|nonce| nonces.get(&nonce)).map(|hash| &content.by_hash[hash]);
            queues.push(run.collect());
        }
        queues.extend(content.by_hash.values().filter(|tx| tx.sender().is_none()).map(|tx| vec![tx]));
        let mut heap: std::collections::BinaryHeap<(u128, std::cmp::Reverse<u64>, usize, usize)> = Default::default();
        let rank = |checked: &CheckedTransaction| {
            let transaction = checked.transaction();
            let price = transaction.effective_gas_price(view.base_fee_per_gas);
            let tip = price.checked_sub(u128::from(view.base_fee_per_gas))?;
            Some((tip, std::cmp::Reverse(content.arrival[&transaction.hash()])))
        };
        for (queue, chain) in queues.iter().enumerate() {
            if let Some((tip, arrival)) = chain.first().and_then(|tx| rank(tx)) {
                heap.push((tip, arrival, queue, 0));
            }
        }
        let (mut best, mut gas) = (Vec::new(), 0u64);
        while let Some((_, _, queue, index)) = heap.pop() {
            let checked = queues[queue][index];
            let needed = gas.saturating_add(checked.transaction().gas_limit());
            if needed > view.gas_limit {
                continue;
            }
            gas = needed;
            best.push(checked.clone());
            if let Some((tip, arrival)) = queues[queue].get(index + 1).and_then(|tx| rank(tx)) {
                heap.push((tip, arrival, queue, index + 1));
            }
        }
        Ok(best)
    }

    /// After a block: forgets what it contains and what the new state refutes.
    pub fn on_block(&self, included: impl IntoIterator<Item = B256>) -> Result<(), PoolError> {
        let view = (self.inner.view)()?;
        let mut content = self.inner.content.lock();
        for hash in included {
            content.remove(hash);
        }
        let mut stale = Vec::new();
        for (hash, checked) in &content.by_hash {
            let nonce = checked.sender().map(|_| checked.transaction().nonce());
            let expired = checked.transaction().as_shielded().is_some_and(|tx| tx.expiry < view.next_block);
            match check_state(checked, view.state.as_ref(), nonce) {
                Ok(()) if !expired => {}
                Ok(()) | Err(sero_execution::ExecutionError::Invalid(_)) => stale.push(*hash),
                Err(error) => return Err(error.into()),
            }
        }
        stale.into_iter().for_each(|hash| content.remove(hash));
        Ok(())
    }

    /// Forgets transactions that turned out invalid while a block was built.
    pub fn remove(&self, hashes: impl IntoIterator<Item = B256>) {
        let mut content = self.inner.content.lock();
        hashes.into_iter().for_each(|hash| content.remove(hash));
    }
}

fn account_nonce(view: &PoolView, sender: Address) -> Result<u64, PoolError> {
    Ok(view.state.account(sender)?.map_or(0, |account| account.nonce))
}

fn nullifiers(checked: &CheckedTransaction) -> Vec<B256> {
    let shielded = checked.transaction().as_shielded();
    shielded.map(|tx| tx.bundle.nullifiers().map(B256::from).collect()).unwrap_or_default()
}

impl Content {
    fn check_conflicts(&self, checked: &CheckedTransaction, limits: &PoolLimits) -> Result<(), PoolError> {
        let transaction = checked.transaction();
        if self.by_hash.contains_key(&transaction.hash()) {
            return Err(PoolError::AlreadyKnown(transaction.hash()));
        }
        let replaced = self.replaced_by(checked);
        for nullifier in nullifiers(checked) {
            if let Some(by) = self.nullifiers.get(&nullifier).filter(|by| Some(**by) != replaced) {
                return Err(PoolError::NullifierPending { nullifier, by: *by });
            }
        }
        if let Some(old) = replaced.and_then(|hash| self.by_hash.get(&hash)) {
            let old_fee = old.transaction().max_fee_per_gas();
            let (needed, found) = (old_fee + old_fee / 10 + 1, transaction.max_fee_per_gas());
            if found < needed {
                return Err(PoolError::Underpriced { needed, found });
            }
        } else if self.by_hash.len() >= limits.transactions {
            return Err(PoolError::Full(self.by_hash.len()));
        }
        Ok(())
    }

    fn replaced_by(&self, checked: &CheckedTransaction) -> Option<B256> {
        self.by_sender.get(&checked.sender()?)?.get(&checked.transaction().nonce()).copied()
    }

    fn insert(&mut self, checked: CheckedTransaction) {
        if let Some(old) = self.replaced_by(&checked) {
            self.remove(old);
        }
        let hash = checked.transaction().hash();
        if let Some(sender) = checked.sender() {
            self.by_sender.entry(sender).or_default().insert(checked.transaction().nonce(), hash);
        }
        self.nullifiers.extend(nullifiers(&checked).into_iter().map(|nullifier| (nullifier, hash)));
        self.order.insert(self.next_arrival, hash);
        self.arrival.insert(hash, self.next_arrival);
        self.next_arrival += 1;
        self.by_hash.insert(hash, checked);
    }

    fn remove(&mut self, hash: B256) {
        let Some(checked) = self.by_hash.remove(&hash) else { return };
        if let Some(sender) = checked.sender()
            && let Some(nonces) = self.by_sender.get_mut(&sender)
        {
            nonces.remove(&checked.transaction().nonce());
            if nonces.is_empty() {
                self.by_sender.remove(&sender);
            }
        }
        for nullifier in nullifiers(&checked) {
            self.nullifiers.remove(&nullifier);
        }
        if let Some(arrival) = self.arrival.remove(&hash) {
            self.order.remove(&arrival);
        }
    }

    fn next_nonce(&self, sender: Address, account: u64) -> u64 {
        let Some(nonces) = self.by_sender.get(&sender) else { return account };
        let run = (account..).take_while(|nonce| nonces.contains_key(nonce)).count();
        account + u64::try_from(run).expect("the pool is bounded")
    }
}
