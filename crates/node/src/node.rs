//! A running node.

use crate::dev;
use alloy_primitives::Address;
use alloy_signer_local::PrivateKeySigner;
use sero_chain::{Chain, ChainError, ChainExecutor};
use sero_consensus::{BlockTime, DevSequencer, SequencerError};
use sero_execution::{BlockInputs, KeyFiles};
use sero_primitives::StateError;
use sero_primitives::genesis::{Genesis, NetworkKind};
use sero_rpc::{RpcConfig, RpcContext, RpcHandle, RpcServerError};
use sero_storage::{Storage, StorageError, StorageOptions};
use sero_txpool::{PoolLimits, PoolView, TxPool};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes of one request to a development node.
const DEV_BODY_BYTES: u32 = 64 * 1024 * 1024;

/// What a node needs to know.
#[derive(Clone)]
pub struct NodeConfig {
    /// Where the database is; a temporary directory if absent.
    pub data_dir: Option<PathBuf>,
    /// The chain.
    pub genesis: Genesis,
    /// Where JSON-RPC listens, HTTP and WebSocket; port 0 takes a free one.
    pub rpc_address: SocketAddr,
    /// When blocks are made.
    pub block_time: BlockTime,
    /// How many blocks before the head have a state that can be read; `None` is all.
    pub keep_states: Option<u64>,
    /// Who gets the fees above the base fee.
    pub beneficiary: Address,
    /// Verifying keys, of which genesis pins those that hold.
    pub keys: KeyFiles,
    /// Keys that the node signs with for its RPC clients.
    pub accounts: Vec<PrivateKeySigner>,
    /// Whether RPC clients can drive the chain: `evm_`, `hardhat_` and `anvil_`.
    pub development_methods: bool,
}

impl NodeConfig {
    /// A development node on this address.
    pub fn dev(chain_id: u64, rpc_address: SocketAddr) -> Self {
        Self {
            data_dir: None,
            genesis: dev::genesis(chain_id),
            rpc_address,
            block_time: BlockTime::Instant,
            keep_states: None,
            beneficiary: dev::BENEFICIARY,
            keys: dev::key_files(),
            accounts: dev::accounts(),
            development_methods: true,
        }
    }

    /// Offers what a node of a public network offers: no keys to sign with, and nothing that drives the chain.
    pub fn as_public(self) -> Self {
        Self { accounts: vec![], development_methods: false, ..self }
    }
}

/// Why a node does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// JSON-RPC.
    #[error(transparent)]
    Rpc(#[from] RpcServerError),
    /// Block production.
    #[error(transparent)]
    Sequencer(#[from] SequencerError),
    /// A temporary directory.
    #[error("temporary data directory: {0}")]
    TemporaryDirectory(std::io::Error),
    /// Nothing to serve.
    #[error("{}: holds no chain; sero import makes one", .0.display())]
    NoChain(PathBuf),
    /// Only development chains run so far.
    #[error("genesis says network `{0:?}`: this version runs `dev` chains only")]
    UnsupportedNetwork(NetworkKind),
}

/// What a node needs to know that serves a chain which is there already and makes no blocks.
#[derive(Clone)]
pub struct ServeConfig {
    /// Where the database is.
    pub data_dir: PathBuf,
    /// Where JSON-RPC listens, HTTP and WebSocket; port 0 takes a free one.
    pub rpc_address: SocketAddr,
    /// Verifying keys, if the chain pins any.
    pub keys: KeyFiles,
}

/// A running node. Dropping it without [`Node::stop`] leaves its tasks to the runtime's end.
pub struct Node {
    chain: Chain,
    rpc: RpcHandle,
    stop: watch::Sender<bool>,
    /// Makes blocks, where the node does.
    sequencer: Option<JoinHandle<Result<(), SequencerError>>>,
    _temporary: Option<tempfile::TempDir>,
}

impl Node {
    /// Starts a node; when this returns, JSON-RPC answers.
    pub async fn start(config: NodeConfig) -> Result<Self, NodeError> {
        if config.genesis.network != NetworkKind::Dev {
            return Err(NodeError::UnsupportedNetwork(config.genesis.network));
        }
        let (data_dir, temporary) = match config.data_dir {
            Some(dir) => (dir, None),
            None => {
                let temporary = tempfile::Builder::new()
                    .prefix("sero-")
                    .tempdir()
                    .map_err(NodeError::TemporaryDirectory)?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        // What is deleted at the end need not outlive a power loss.
        let options =
            StorageOptions { durable: temporary.is_none(), states: config.keep_states, ..Default::default() };
        let storage = Storage::open(&data_dir, options)?;
        let chain = Chain::open(storage, config.genesis, &config.keys)?;
        let pool = pool(&chain);
        let sequencer = DevSequencer::new(chain.clone(), pool.clone(), config.beneficiary, config.block_time);
        let mut context = RpcContext::new(chain.clone(), pool, config.accounts, config.beneficiary);
        if config.development_methods {
            context = context.with_development(Arc::new(sequencer.clone()));
        }
        // A dump of a chain is one request.
        let bounds = RpcConfig { max_body_bytes: DEV_BODY_BYTES, ..RpcConfig::new(config.rpc_address) };
        let rpc = sero_rpc::serve(context, bounds).await?;
        let (stop, stopped) = watch::channel(false);
        let sequencer = tokio::spawn(sequencer.run(stopped));
        Ok(Self { chain, rpc, stop, sequencer: Some(sequencer), _temporary: temporary })
    }

    /// Serves a chain that is there already.
    pub async fn serve(config: ServeConfig) -> Result<Self, NodeError> {
        let storage = Storage::open(&config.data_dir, StorageOptions::default())?;
        let chain = Chain::reopen(storage, &config.keys)?;
        let chain = chain.ok_or_else(|| NodeError::NoChain(config.data_dir.clone()))?;
        let context = RpcContext::new(chain.clone(), pool(&chain), vec![], Address::ZERO);
        let rpc = sero_rpc::serve(context, RpcConfig::new(config.rpc_address)).await?;
        Ok(Self { chain, rpc, stop: watch::channel(false).0, sequencer: None, _temporary: None })
    }

    /// Where JSON-RPC listens.
    pub fn rpc_address(&self) -> SocketAddr {
        self.rpc.local_addr()
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Waits until block production ends, which only a fault causes. For ever, if the node makes no blocks.
    pub async fn failed(&mut self) -> Result<(), NodeError> {
        let Some(sequencer) = &mut self.sequencer else { return std::future::pending().await };
        match sequencer.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(SequencerError::Interrupted.into()),
        }
    }

    /// Stops serving, then producing.
    pub async fn stop(self) -> Result<(), NodeError> {
        self.rpc.stop().await;
        // The receiver is gone if the sequencer already ended.
        let _ = self.stop.send(true);
        let Some(sequencer) = self.sequencer else { return Ok(()) };
        match sequencer.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(SequencerError::Interrupted.into()),
        }
    }
}

fn pool(chain: &Chain) -> TxPool {
    let parameters = chain.parameters().clone();
    let chain = chain.clone();
    let view = move || {
        let fault = |error: ChainError| StateError(error.to_string());
        let head = chain.head();
        let state = chain.snapshot_at(head.header.number).map_err(fault)?;
        let inputs = BlockInputs { timestamp: 0, beneficiary: Address::ZERO, prevrandao: head.hash };
        let next = chain.next_header(&head.header, &inputs);
        Ok(PoolView {
            state: Arc::new(state),
            next_block: next.number,
            base_fee_per_gas: next.base_fee_per_gas.unwrap_or_default(),
            gas_limit: next.gas_limit,
        })
    };
    TxPool::new(parameters, PoolLimits::default(), Box::new(view))
}
