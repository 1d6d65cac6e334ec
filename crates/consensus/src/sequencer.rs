//! The dev sequencer: a block as soon as there is a transaction, or one every
//! so many milliseconds, or when somebody asks for one.

use alloy_primitives::{Address, B256, keccak256};
use parking_lot::{Mutex, MutexGuard};
use sero_chain::{BuildAttributes, Chain, ChainError, ChainExecutor, Development, Overrides, SavedChain};
use sero_primitives::StateError;
use sero_txpool::{PoolError, TxPool};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{broadcast, watch};

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockTime {
    /// As soon as a transaction waits; never empty.
    Instant,
    /// At a fixed pace, empty blocks included.
    Interval(Duration),
    /// When somebody asks for one.
    Manual,
}

/// Why the sequencer stopped.
#[derive(Debug, thiserror::Error)]
pub enum SequencerError {
    /// The chain met a local fault.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The pool met a local fault.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The blocking task ended early.
    #[error("block production was interrupted")]
    Interrupted,
}

/// What became of the candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Production {
    /// Transactions in the new block.
    pub included: usize,
    /// Transactions that turned out invalid and left the pool.
    pub rejected: usize,
}

/// Builds and finalises blocks from the pool. Clones drive the same chain, one at a time.
#[derive(Clone)]
pub struct DevSequencer {
    chain: Chain,
    pool: TxPool,
    settings: Arc<Mutex<Settings>>,
    block_time: Arc<watch::Sender<BlockTime>>,
}

/// Latest time that blocks may be asked to have; every block can have a child.
const TIMESTAMP_MAX: u64 = 1 << 39;
/// Snapshots that are kept at the same time: each holds a reader of the database.
const SAVED_MAX: usize = 1_000;

/// A chain that somebody may go back to, with the clock that it had.
struct Saved {
    number: u64,
    chain: SavedChain,
    ahead: i64,
    timestamp_interval: Option<u64>,
    coinbase: Address,
}

/// What the next blocks are to be like. Whoever holds it is the only one to change the chain.
struct Settings {
    coinbase: Address,
    /// How far the clock is ahead of the machine's, in seconds.
    ahead: i64,
    timestamp_interval: Option<u64>,
    next: NextBlock,
    saved: Vec<Saved>,
    /// The last number that was given out; none is given twice.
    last_saved: u64,
    /// Of a new node.
    beginning: (Address, BlockTime),
}

/// What holds for one block.
#[derive(Default)]
struct NextBlock {
    timestamp: Option<u64>,
    prevrandao: Option<B256>,
}

impl Settings {
    /// Time of the block after one of time `parent`.
    fn timestamp(&self, parent: u64) -> u64 {
        let now = unix_seconds().saturating_add_signed(self.ahead);
        let interval = self.timestamp_interval.map(|seconds| parent.saturating_add(seconds));
        self.next.timestamp.or(interval).unwrap_or(now).min(TIMESTAMP_MAX)
    }
}

impl DevSequencer {
    /// `beneficiary` gets the fees above the base fee.
    pub fn new(chain: Chain, pool: TxPool, beneficiary: Address, block_time: BlockTime) -> Self {
        let settings = Settings {
            coinbase: beneficiary,
            ahead: 0,
            timestamp_interval: None,
            next: NextBlock::default(),
            saved: vec![],
            last_saved: 0,
            beginning: (beneficiary, block_time),
        };
        let block_time = watch::channel(block_time).0;
        Self { chain, pool, settings: Arc::new(Mutex::new(settings)), block_time: Arc::new(block_time) }
    }

    /// Builds one block from what waits and makes it final. Without
    /// `allow_empty`, there is no block if nothing fits.
    pub fn produce(&self, allow_empty: bool) -> Result<Production, SequencerError> {
        self.produce_one(&mut self.settings.lock(), allow_empty)
    }

    fn produce_one(
        &self,
        settings: &mut MutexGuard<'_, Settings>,
        allow_empty: bool,
    ) -> Result<Production, SequencerError> {
        let candidates = self.pool.best()?;
        if candidates.is_empty() && !allow_empty {
            return Ok(Production::default());
        }
        let head = self.chain.head();
        let parent = head.hash;
        let attributes = BuildAttributes {
            timestamp: settings.timestamp(head.header.timestamp),
            beneficiary: settings.coinbase,
            prevrandao: settings.next.prevrandao.unwrap_or_else(|| keccak256(parent)),
            transactions: candidates,
        };
        let block = self.chain.build(parent, attributes)?;
        for (hash, error) in block.rejected() {
            tracing::warn!(target: "sero_consensus", %hash, %error, "transaction.rejected");
        }
        self.pool.remove(block.rejected().iter().map(|(hash, _)| *hash));
        let included: Vec<B256> = block.block().transactions.iter().map(|tx| tx.hash()).collect();
        let production = Production { included: included.len(), rejected: block.rejected().len() };
        if included.is_empty() && !allow_empty {
            self.chain.discard(block.hash());
            return Ok(production);
        }
        self.chain.finalize(block.hash())?;
        settings.next = NextBlock::default();
        self.pool.on_block(included.iter().copied())?;
        tracing::info!(
            target: "sero_consensus",
            number = block.block().header.number,
            hash = %block.hash(),
            transactions = included.len(),
            gas_used = block.block().header.gas_used,
            "block.final"
        );
        Ok(production)
    }

    /// Produces blocks until `stop` turns true or a local fault ends it.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), SequencerError> {
        let mut arrivals = self.pool.subscribe();
        let mut changes = self.block_time.subscribe();
        loop {
            let block_time = *changes.borrow_and_update();
            let mut ticks = match block_time {
                BlockTime::Interval(every) => {
                    let mut ticks = tokio::time::interval(every);
                    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                    Some(ticks)
                }
                BlockTime::Instant | BlockTime::Manual => None,
            };
            if block_time == BlockTime::Instant {
                self.produce_all().await?;
            }
            loop {
                let tick = async {
                    match &mut ticks {
                        Some(ticks) => ticks.tick().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = stop.changed() => return Ok(()),
                    changed = changes.changed() => {
                        match changed {
                            Ok(()) => break,
                            Err(_) => return Ok(()),
                        }
                    }
                    _ = tick => {
                        self.produce_blocking(true).await?;
                    }
                    arrival = arrivals.recv(), if block_time == BlockTime::Instant => {
                        if let Err(broadcast::error::RecvError::Closed) = arrival {
                            return Ok(());
                        }
                        self.produce_all().await?;
                    }
                }
            }
        }
    }

    async fn produce_all(&self) -> Result<(), SequencerError> {
        while self.produce_blocking(false).await? != Production::default() {}
        Ok(())
    }

    async fn produce_blocking(&self, allow_empty: bool) -> Result<Production, SequencerError> {
        let this = self.clone();
        let task = tokio::task::spawn_blocking(move || this.produce(allow_empty));
        task.await.map_err(|_| SequencerError::Interrupted)?
    }

    fn go_back(&self, saved: &SavedChain) -> Result<(), ChainError> {
        self.chain.restore(saved)?;
        self.chain.ask_base_fee(None)?;
        self.pool.clear();
        Ok(())
    }
}

impl Development for DevSequencer {
    fn mine(&self, blocks: u64, seconds: Option<u64>) -> Result<(), ChainError> {
        let mut settings = self.settings.lock();
        for index in 0..blocks {
            if let Some(seconds) = seconds.filter(|_| index > 0) {
                let parent = self.chain.head().header.timestamp;
                settings.next.timestamp = Some(parent.saturating_add(seconds));
            }
            match self.produce_one(&mut settings, true) {
                Ok(_) => {}
                Err(SequencerError::Chain(error)) => return Err(error),
                Err(error) => return Err(StateError(error.to_string()).into()),
            }
        }
        if seconds.is_some() {
            // The clock goes on from the last block.
            settings.ahead = distance(self.chain.head().header.timestamp);
        }
        Ok(())
    }

    fn automine(&self) -> bool {
        *self.block_time.borrow() == BlockTime::Instant
    }

    fn set_automine(&self, on: bool) {
        self.block_time.send_if_modified(|block_time| {
            let new = match (on, *block_time) {
                (true, _) => BlockTime::Instant,
                (false, BlockTime::Instant) => BlockTime::Manual,
                (false, other) => other,
            };
            core::mem::replace(block_time, new) != new
        });
    }

    fn set_interval(&self, every: Option<Duration>) {
        let new = every.map_or(BlockTime::Manual, BlockTime::Interval);
        self.block_time.send_if_modified(|block_time| {
            if new == BlockTime::Manual && *block_time == BlockTime::Instant {
                return false;
            }
            core::mem::replace(block_time, new) != new
        });
    }

    fn interval(&self) -> Option<Duration> {
        match *self.block_time.borrow() {
            BlockTime::Interval(every) => Some(every),
            BlockTime::Instant | BlockTime::Manual => None,
        }
    }

    fn increase_time(&self, seconds: u64) -> u64 {
        let mut settings = self.settings.lock();
        let most = distance(TIMESTAMP_MAX);
        settings.ahead = settings.ahead.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX)).min(most);
        settings.ahead.try_into().unwrap_or(0)
    }

    fn set_time(&self, timestamp: u64) {
        self.settings.lock().ahead = distance(timestamp.min(TIMESTAMP_MAX));
    }

    fn set_next_timestamp(&self, timestamp: u64) -> Result<(), ChainError> {
        let mut settings = self.settings.lock();
        let after = self.chain.head().header.timestamp;
        if timestamp <= after || timestamp > TIMESTAMP_MAX {
            return Err(ChainError::Timestamp { timestamp, after });
        }
        settings.next.timestamp = Some(timestamp);
        settings.ahead = distance(timestamp);
        Ok(())
    }

    fn set_timestamp_interval(&self, seconds: Option<u64>) {
        self.settings.lock().timestamp_interval = seconds;
    }

    fn set_next_base_fee(&self, wei: u64) -> Result<(), ChainError> {
        let _only = self.settings.lock();
        self.chain.ask_base_fee(Some(wei))
    }

    fn set_next_prevrandao(&self, value: B256) {
        self.settings.lock().next.prevrandao = Some(value);
    }

    fn set_coinbase(&self, address: Address) {
        self.settings.lock().coinbase = address;
    }

    fn set_gas_limit(&self, gas: u64) -> Result<(), ChainError> {
        let _only = self.settings.lock();
        self.chain.ask_gas_limit(Some(gas))
    }

    fn replace_accounts(&self, overrides: &Overrides) -> Result<(), ChainError> {
        let _only = self.settings.lock();
        self.chain.replace_accounts(overrides)
    }

    fn save(&self) -> Result<u64, ChainError> {
        let mut settings = self.settings.lock();
        if settings.saved.len() >= SAVED_MAX {
            return Err(ChainError::TooManySaved(SAVED_MAX));
        }
        settings.last_saved += 1;
        let saved = Saved {
            number: settings.last_saved,
            chain: self.chain.save()?,
            ahead: settings.ahead,
            timestamp_interval: settings.timestamp_interval,
            coinbase: settings.coinbase,
        };
        settings.saved.push(saved);
        Ok(settings.last_saved)
    }

    fn restore(&self, number: u64) -> Result<bool, ChainError> {
        let mut settings = self.settings.lock();
        let Some(index) = settings.saved.iter().position(|saved| saved.number == number) else {
            return Ok(false);
        };
        self.go_back(&settings.saved[index].chain)?;
        let saved = settings.saved.swap_remove(index);
        settings.saved.retain(|later| later.number < number);
        (settings.ahead, settings.timestamp_interval) = (saved.ahead, saved.timestamp_interval);
        settings.coinbase = saved.coinbase;
        settings.next = NextBlock::default();
        Ok(true)
    }

    fn dump(&self) -> Result<Vec<u8>, ChainError> {
        let _only = self.settings.lock();
        self.chain.dump()
    }

    fn load(&self, bytes: &[u8]) -> Result<(), ChainError> {
        let mut settings = self.settings.lock();
        self.chain.load(bytes)?;
        self.pool.clear();
        settings.next = NextBlock::default();
        settings.ahead = settings.ahead.max(distance(self.chain.head().header.timestamp));
        Ok(())
    }

    fn reset(&self) -> Result<(), ChainError> {
        let mut settings = self.settings.lock();
        self.chain.reset()?;
        self.pool.clear();
        settings.saved.clear();
        let (coinbase, block_time) = settings.beginning;
        settings.coinbase = coinbase;
        self.block_time.send_if_modified(|now| core::mem::replace(now, block_time) != block_time);
        self.chain.ask_base_fee(None)?;
        self.chain.ask_gas_limit(None)?;
        (settings.ahead, settings.timestamp_interval) = (0, None);
        settings.next = NextBlock::default();
        Ok(())
    }
}

/// How far a time is ahead of the machine's.
fn distance(timestamp: u64) -> i64 {
    i64::try_from(i128::from(timestamp) - i128::from(unix_seconds())).unwrap_or(i64::MAX)
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
