//! The dev sequencer: a block as soon as there is a transaction, or one every
//! so many milliseconds.

use alloy_primitives::{Address, B256, keccak256};
use sero_chain::{BuildAttributes, Chain, ChainError, ChainExecutor};
use sero_txpool::{PoolError, TxPool};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{broadcast, watch};

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockTime {
    /// As soon as a transaction waits; never empty.
    Instant,
    /// At a fixed pace, empty blocks included.
    Interval(Duration),
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

/// Builds and finalises blocks from the pool.
#[derive(Clone)]
pub struct DevSequencer {
    chain: Chain,
    pool: TxPool,
    beneficiary: Address,
}

impl DevSequencer {
    /// `beneficiary` gets the fees above the base fee.
    pub fn new(chain: Chain, pool: TxPool, beneficiary: Address) -> Self {
        Self { chain, pool, beneficiary }
    }

    /// Builds one block from what waits and makes it final. Without
    /// `allow_empty`, there is no block if nothing fits.
    pub fn produce(&self, allow_empty: bool) -> Result<Production, SequencerError> {
        let candidates = self.pool.best()?;
        if candidates.is_empty() && !allow_empty {
            return Ok(Production::default());
        }
        let parent = self.chain.head().hash;
        let attributes = BuildAttributes {
            timestamp: unix_seconds(),
            beneficiary: self.beneficiary,
            prevrandao: keccak256(parent),
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
    pub async fn run(
        self,
        block_time: BlockTime,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), SequencerError> {
        let mut arrivals = self.pool.subscribe();
        let mut ticks = match block_time {
            BlockTime::Instant => None,
            BlockTime::Interval(every) => {
                let mut ticks = tokio::time::interval(every);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                Some(ticks)
            }
        };
        loop {
            match &mut ticks {
                Some(ticks) => {
                    tokio::select! {
                        _ = stop.changed() => return Ok(()),
                        _ = ticks.tick() => {}
                    }
                    self.produce_blocking(true).await?;
                }
                None => {
                    tokio::select! {
                        _ = stop.changed() => return Ok(()),
                        arrival = arrivals.recv() => {
                            if let Err(broadcast::error::RecvError::Closed) = arrival {
                                return Ok(());
                            }
                        }
                    }
                    while self.produce_blocking(false).await? != Production::default() {}
                }
            }
        }
    }

    async fn produce_blocking(&self, allow_empty: bool) -> Result<Production, SequencerError> {
        let this = self.clone();
        let task = tokio::task::spawn_blocking(move || this.produce(allow_empty));
        task.await.map_err(|_| SequencerError::Interrupted)?
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
