//! The pool.

use crate::error::PoolError;
use alloy_primitives::{Address, B256, U256};
use parking_lot::Mutex;
use sero_execution::{
    ChainParameters, CheckedTransaction, InvalidTransaction, PrivacyParameters, check_bundles,
    check_impersonated, check_state, check_static,
};
use sero_primitives::transaction::{BLOB_TX_TYPE, TransactionError};
use sero_primitives::{Account, EMPTY_CODE_HASH, StateError, StateReader, Transaction};
use sero_shielded::asset::AssetId;
use sero_shielded::verifier::VerifyingKeys;
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
    /// Transactions that wait for an earlier nonce, in all.
    pub gapped: usize,
    /// Blocks that a transaction may wait for an earlier nonce.
    pub gapped_blocks: u64,
    /// Bytes of one transaction.
    pub transaction_bytes: usize,
    /// Bytes in all.
    pub bytes: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            transactions: 10_000,
            nonces_ahead: 64,
            gapped: 1_000,
            gapped_blocks: 1_000,
            transaction_bytes: 128 * 1024,
            bytes: 128 * 1024 * 1024,
        }
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
    by_hash: HashMap<B256, Entry>,
    bytes: usize,
    by_sender: BTreeMap<Address, BTreeMap<u64, B256>>,
    nullifiers: HashMap<B256, B256>,
    /// Order of arrival, to break ties.
    order: BTreeMap<u64, B256>,
    next_arrival: u64,
}

struct Entry {
    checked: CheckedTransaction,
    bytes: usize,
    arrival: u64,
    /// The block to come when it arrived.
    arrived_before: u64,
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
        // With its blobs it would not even decode.
        if raw.first() == Some(&BLOB_TX_TYPE) {
            return Err(InvalidTransaction::from(TransactionError::Blob).into());
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
        self.admit(checked, &view)
    }

    /// What comes after the form: state, then signatures and proofs.
    fn admit(&self, checked: CheckedTransaction, view: &PoolView) -> Result<B256, PoolError> {
        let hash = checked.transaction().hash();
        self.check_nonce_distance(&checked, view)?;
        check_state(&checked, view.state.as_ref(), checked.sender().map(|_| checked.transaction().nonce()))?;
        let account = match checked.sender() {
            Some(sender) => view.state.account(sender)?.unwrap_or_default(),
            None => Account::default(),
        };
        self.inner.content.lock().check_conflicts(&checked, &account)?;
        check_bundles(&[&checked], &self.inner.parameters, view.next_block).map_err(|(_, error)| error)?;
        let mut content = self.inner.content.lock();
        // Another thread may have been faster while proofs were checked.
        content.check_conflicts(&checked, &account)?;
        let bytes = checked.transaction().encode_2718().len();
        content.make_room(&checked, bytes, &account, view, &self.inner.limits)?;
        content.insert(checked, bytes, view.next_block);
        drop(content);
        // No listener is no error.
        let _ = self.inner.arrivals.send(hash);
        Ok(hash)
    }

    /// Takes a transaction that nobody signed, on a development chain: [`CheckedTransaction::impersonated`].
    pub fn submit_impersonated(&self, checked: CheckedTransaction) -> Result<B256, PoolError> {
        let (found, max) = (checked.transaction().encode_2718().len(), self.inner.limits.transaction_bytes);
        if found > max {
            return Err(PoolError::TooLong { found, max });
        }
        let view = (self.inner.view)()?;
        check_impersonated(&checked, view.next_block, view.base_fee_per_gas, view.gas_limit)?;
        self.admit(checked, &view)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.inner.content.lock() = Content::default();
    }

    fn check_nonce_distance(&self, checked: &CheckedTransaction, view: &PoolView) -> Result<(), PoolError> {
        let Some(sender) = checked.sender() else { return Ok(()) };
        let nonce = checked.transaction().nonce();
        let account = view.state.account(sender)?.map_or(0, |account| account.nonce);
        let max = account.saturating_add(self.inner.limits.nonces_ahead);
        if nonce > max { Err(PoolError::NonceTooFar { sender, nonce, max }) } else { Ok(()) }
    }

    /// How many transactions are ready, and how many wait for an earlier nonce.
    pub fn counts(&self) -> Result<(usize, usize), PoolError> {
        let view = (self.inner.view)()?;
        let content = self.inner.content.lock();
        let gapped = content.gapped_count(&view)?;
        Ok((content.by_hash.len() - gapped, gapped))
    }

    /// A waiting transaction.
    pub fn get(&self, hash: B256) -> Option<CheckedTransaction> {
        self.inner.content.lock().by_hash.get(&hash).map(|entry| entry.checked.clone())
    }

    /// Everything that waits, in order of arrival.
    pub fn content(&self) -> Result<Vec<PoolTransaction>, PoolError> {
        let view = (self.inner.view)()?;
        let content = self.inner.content.lock();
        let mut all = Vec::with_capacity(content.by_hash.len());
        for hash in content.order.values() {
            let Some(checked) = content.by_hash.get(hash).map(|entry| entry.checked.clone()) else {
                continue;
            };
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
    /// order of nonce. The builder takes as many as fit: a gas limit is no
    /// measure of the gas that will be used.
    pub fn best(&self) -> Result<Vec<CheckedTransaction>, PoolError> {
        let view = (self.inner.view)()?;
        let content = self.inner.content.lock();
        // Chains of transactions that must keep their order: one per sender,
        // one for each pure transfer.
        let mut queues: Vec<Vec<&Entry>> = Vec::new();
        for (sender, nonces) in &content.by_sender {
            let account = account_nonce(&view, *sender)?;
            let run = (account..).map_while(|nonce| content.by_hash.get(nonces.get(&nonce)?));
            queues.push(run.collect());
        }
        queues.extend(content.by_hash.values().filter(|e| e.checked.sender().is_none()).map(|e| vec![e]));
        let mut heap: std::collections::BinaryHeap<(u128, std::cmp::Reverse<u64>, usize, usize)> =
            Default::default();
        let rank = |entry: &Entry| {
            let transaction = entry.checked.transaction();
            let expired = transaction.as_shielded().is_some_and(|tx| tx.expiry < view.next_block);
            let tip = entry.tip(&view).filter(|_| !expired)?;
            Some((tip, std::cmp::Reverse(entry.arrival)))
        };
        for (queue, chain) in queues.iter().enumerate() {
            if let Some((tip, arrival)) = chain.first().and_then(|tx| rank(tx)) {
                heap.push((tip, arrival, queue, 0));
            }
        }
        let mut best = Vec::new();
        while let Some((_, _, queue, index)) = heap.pop() {
            best.push(queues[queue][index].checked.clone());
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
        for (hash, entry) in &content.by_hash {
            let checked = &entry.checked;
            if outdated(checked, entry.arrived_before, view.next_block, &self.inner.parameters) {
                stale.push(*hash);
                continue;
            }
            let waited = view.next_block.saturating_sub(entry.arrived_before);
            if waited > self.inner.limits.gapped_blocks && content.is_gapped(checked, &view)? {
                stale.push(*hash);
                continue;
            }
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

/// Whether proofs that were verified for block `then` are of a circuit that has another key in block `now`:
/// no block will take them. Found here, so that no builder meets a pool full of them.
fn outdated(checked: &CheckedTransaction, then: u64, now: u64, parameters: &ChainParameters) -> bool {
    let Some(bundle) = checked.transaction().as_shielded().map(|tx| &tx.bundle) else { return false };
    let Some(PrivacyParameters { pools, .. }) = &parameters.privacy else { return true };
    let keys = |block| pools.get(bundle.pool).and_then(|pool| pool.keys(block)).map(VerifyingKeys::hashes);
    let (Some([spend, output]), Some([spend_now, output_now])) = (keys(then), keys(now)) else { return true };
    let has_outputs = !bundle.outputs.is_empty() || !bundle.packages.is_empty();
    (spend != spend_now && !bundle.spends.is_empty()) || (output != output_now && has_outputs)
}

fn account_nonce(view: &PoolView, sender: Address) -> Result<u64, PoolError> {
    Ok(view.state.account(sender)?.map_or(0, |account| account.nonce))
}

fn nullifiers(checked: &CheckedTransaction) -> Vec<B256> {
    let shielded = checked.transaction().as_shielded();
    shielded.map(|tx| tx.bundle.nullifiers().map(B256::from).collect()).unwrap_or_default()
}

impl Entry {
    /// What the proposer would get for each gas; nothing if it is below the base fee.
    fn tip(&self, view: &PoolView) -> Option<u128> {
        tip(&self.checked, view)
    }
}

fn tip(checked: &CheckedTransaction, view: &PoolView) -> Option<u128> {
    let price = checked.transaction().effective_gas_price(view.base_fee_per_gas);
    price.checked_sub(u128::from(view.base_fee_per_gas))
}

impl Content {
    /// Rules between this transaction and those that wait.
    fn check_conflicts(&self, checked: &CheckedTransaction, account: &Account) -> Result<(), PoolError> {
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
            let tenth_more = |fee: u128| fee.saturating_add(fee / 10).saturating_add(1);
            let old = old.checked.transaction();
            let needed = tenth_more(old.max_fee_per_gas());
            let found = transaction.max_fee_per_gas();
            let old_tip = old.max_priority_fee_per_gas();
            let tip_falls = old_tip > 0 && transaction.max_priority_fee_per_gas() < tenth_more(old_tip);
            if found < needed || tip_falls {
                return Err(PoolError::Underpriced { needed, found });
            }
        }
        self.check_funds(checked, account, replaced)
    }

    /// One balance backs all of a sender's waiting transactions; an account with
    /// a 7702 delegation, which others can empty, backs one.
    fn check_funds(
        &self,
        checked: &CheckedTransaction,
        account: &Account,
        replaced: Option<B256>,
    ) -> Result<(), PoolError> {
        let Some(sender) = checked.sender() else { return Ok(()) };
        let hashes = self.by_sender.get(&sender).into_iter().flat_map(BTreeMap::values);
        let others: Vec<_> = hashes
            .filter(|hash| Some(**hash) != replaced)
            .filter_map(|hash| self.by_hash.get(hash))
            .collect();
        let next = checked.transaction().nonce() == account.nonce;
        if account.code_hash != EMPTY_CODE_HASH && (!others.is_empty() || !next) {
            return Err(PoolError::DelegatedSender(sender));
        }
        let cost = |checked: &CheckedTransaction| {
            let shielded = checked.transaction().as_shielded();
            let credit = shielded.map_or(0, |tx| tx.bundle.outflow(AssetId::coin()));
            checked.coins_at_risk().saturating_sub(U256::from(credit))
        };
        let needed = others.iter().fold(cost(checked), |sum, entry| sum.saturating_add(cost(&entry.checked)));
        if needed > account.balance {
            let balance = account.balance;
            return Err(InvalidTransaction::InsufficientFunds { sender, balance, needed }.into());
        }
        Ok(())
    }

    fn is_gapped(&self, checked: &CheckedTransaction, view: &PoolView) -> Result<bool, PoolError> {
        let Some(sender) = checked.sender() else { return Ok(false) };
        Ok(checked.transaction().nonce() > self.next_nonce(sender, account_nonce(view, sender)?))
    }

    /// Transactions that wait for an earlier nonce: per sender, those beyond
    /// the run that starts at the account's nonce.
    fn gapped_count(&self, view: &PoolView) -> Result<usize, PoolError> {
        let mut gapped = 0;
        for (sender, nonces) in &self.by_sender {
            let account = account_nonce(view, *sender)?;
            let run = usize::try_from(self.next_nonce(*sender, account) - account).unwrap_or(usize::MAX);
            gapped += nonces.len().saturating_sub(run);
        }
        Ok(gapped)
    }

    /// Makes room if the pool is full: transactions that wait for an earlier
    /// nonce go first, the newest first, then the cheapest, as far as they are
    /// cheaper than the new one. If that is not enough, nothing goes.
    fn make_room(
        &mut self,
        checked: &CheckedTransaction,
        bytes: usize,
        account: &Account,
        view: &PoolView,
        limits: &PoolLimits,
    ) -> Result<(), PoolError> {
        let full = Err(PoolError::Full(self.by_hash.len()));
        let replaced = self.replaced_by(checked).and_then(|hash| self.by_hash.get(&hash));
        let freed = replaced.map_or(0, |old| old.bytes);
        let mut count = self.by_hash.len() + usize::from(replaced.is_none());
        let mut total = self.bytes - freed + bytes;
        let fits = |count: usize, total: usize| count <= limits.transactions && total <= limits.bytes;
        let gapped_new = match checked.sender() {
            Some(sender) if replaced.is_none() => {
                checked.transaction().nonce() > self.next_nonce(sender, account.nonce)
            }
            _ => false,
        };
        if gapped_new && (!fits(count, total) || self.gapped_count(view)? >= limits.gapped) {
            return full;
        }
        if fits(count, total) {
            return Ok(());
        }
        if replaced.is_some() {
            return full;
        }
        let mut victims = Vec::new();
        for entry in self.victims(checked, view)? {
            if fits(count, total) {
                break;
            }
            (count, total) = (count - 1, total - entry.bytes);
            victims.push(entry.checked.transaction().hash());
        }
        if !fits(count, total) {
            return full;
        }
        victims.into_iter().for_each(|hash| self.remove(hash));
        Ok(())
    }

    /// What may go for `checked`, in order.
    fn victims(&self, checked: &CheckedTransaction, view: &PoolView) -> Result<Vec<&Entry>, PoolError> {
        let mut ranked = Vec::new();
        for entry in self.by_hash.values() {
            let gapped = self.is_gapped(&entry.checked, view)?;
            let own = entry.checked.sender().is_some() && entry.checked.sender() == checked.sender();
            if !own && (gapped || entry.tip(view) < tip(checked, view)) {
                ranked.push(((!gapped, entry.tip(view), std::cmp::Reverse(entry.arrival)), entry));
            }
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        Ok(ranked.into_iter().map(|(_, entry)| entry).collect())
    }

    fn replaced_by(&self, checked: &CheckedTransaction) -> Option<B256> {
        self.by_sender.get(&checked.sender()?)?.get(&checked.transaction().nonce()).copied()
    }

    fn insert(&mut self, checked: CheckedTransaction, bytes: usize, arrived_before: u64) {
        if let Some(old) = self.replaced_by(&checked) {
            self.remove(old);
        }
        let hash = checked.transaction().hash();
        if let Some(sender) = checked.sender() {
            self.by_sender.entry(sender).or_default().insert(checked.transaction().nonce(), hash);
        }
        self.nullifiers.extend(nullifiers(&checked).into_iter().map(|nullifier| (nullifier, hash)));
        self.order.insert(self.next_arrival, hash);
        self.bytes += bytes;
        self.by_hash.insert(hash, Entry { checked, bytes, arrival: self.next_arrival, arrived_before });
        self.next_arrival += 1;
    }

    fn remove(&mut self, hash: B256) {
        let Some(Entry { checked, bytes, arrival, .. }) = self.by_hash.remove(&hash) else { return };
        self.bytes -= bytes;
        self.order.remove(&arrival);
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
    }

    fn next_nonce(&self, sender: Address, account: u64) -> u64 {
        let Some(nonces) = self.by_sender.get(&sender) else { return account };
        let run = (account..).take_while(|nonce| nonces.contains_key(nonce)).count();
        account + u64::try_from(run).expect("the pool is bounded")
    }
}
