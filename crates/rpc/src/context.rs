//! What all methods share, and how a request pins the block that it is about.

use crate::error::RpcError;
use crate::eth::filters::Filters;
use crate::recent::RecentBlocks;
use alloy_consensus::Header;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use parking_lot::Mutex;
use sero_chain::{Chain, ChainExecutor, Development, Snapshot};
use sero_execution::{BlockInputs, CallRequest, PrivacyParameters, Rules, SimulationLimits, Simulator};
use sero_primitives::StateReader;
use sero_txpool::TxPool;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most gas of one simulated call.
pub(crate) const CALL_GAS_MAX: u64 = 50_000_000;

/// What the methods read from.
pub struct RpcContext {
    /// The chain.
    pub(crate) chain: Chain,
    /// Waiting transactions.
    pub(crate) pool: TxPool,
    /// Keys that the node signs with; empty outside development mode.
    pub(crate) accounts: Vec<PrivateKeySigner>,
    /// Who gets the fees of this node's blocks.
    pub(crate) coinbase: Address,
    /// Installed filters.
    pub(crate) filters: Filters,
    /// One recount of the supply at a time: it reads the whole chain.
    pub(crate) recount: Mutex<()>,
    /// One transaction at a time gets a nonce and goes to the pool.
    pub(crate) sending: Mutex<()>,
    /// How a development chain is driven; nothing on others.
    pub(crate) development: Option<Arc<dyn Development>>,
    /// Accounts that may send without signing, on a development chain.
    pub(crate) impersonated: Mutex<Impersonated>,
    /// Blocks that were asked for last.
    pub(crate) recent: RecentBlocks,
    /// The tip suggested at this head: computing it reads whole blocks.
    pub(crate) tip: Mutex<Option<(B256, u128)>>,
}

/// Accounts that may send without signing.
#[derive(Default)]
pub(crate) struct Impersonated {
    /// Every account.
    pub(crate) all: bool,
    /// These.
    pub(crate) accounts: BTreeSet<Address>,
}

/// The block that a request is about, read once.
#[derive(Clone, Debug)]
pub(crate) struct BlockAt {
    /// Its number; the head's for `pending`.
    pub(crate) number: u64,
    /// Its hash.
    pub(crate) hash: B256,
    /// Its header.
    pub(crate) header: Header,
    /// Whether `pending` was asked for.
    pub(crate) pending: bool,
}

impl RpcContext {
    /// Over a chain and its pool. `accounts` is empty outside development mode.
    pub fn new(chain: Chain, pool: TxPool, accounts: Vec<PrivateKeySigner>, coinbase: Address) -> Self {
        Self {
            chain,
            pool,
            accounts,
            coinbase,
            filters: Filters::default(),
            recount: Mutex::default(),
            sending: Mutex::default(),
            development: None,
            impersonated: Mutex::default(),
            recent: RecentBlocks::default(),
            tip: Mutex::default(),
        }
    }

    /// With the methods that drive a development chain.
    pub fn with_development(mut self, development: Arc<dyn Development>) -> Self {
        self.development = Some(development);
        self
    }

    /// Finds a block; `None` if there is no such block.
    pub(crate) fn find_block(&self, id: BlockId) -> Result<Option<BlockAt>, RpcError> {
        let number = match id {
            BlockId::Hash(hash) => match self.chain.block_number(hash.block_hash)? {
                Some(number) => number,
                None => return Ok(None),
            },
            BlockId::Number(BlockNumberOrTag::Number(number)) => number,
            BlockId::Number(BlockNumberOrTag::Earliest) => 0,
            BlockId::Number(tag) => {
                let head = self.chain.head();
                let pending = tag == BlockNumberOrTag::Pending;
                return Ok(Some(BlockAt {
                    number: head.header.number,
                    hash: head.hash,
                    header: head.header,
                    pending,
                }));
            }
        };
        let (Some(header), Some(hash)) = (self.chain.header(number)?, self.chain.block_hash(number)?) else {
            return Ok(None);
        };
        // A block is there for readers once it is the head, not a moment before.
        if number > self.chain.head().header.number {
            return Ok(None);
        }
        Ok(Some(BlockAt { number, hash, header, pending: false }))
    }

    /// Finds a block that must exist.
    pub(crate) fn block_at(&self, id: Option<BlockId>) -> Result<BlockAt, RpcError> {
        let id = id.unwrap_or_else(BlockId::latest);
        self.find_block(id)?.ok_or_else(|| match id {
            BlockId::Hash(hash) => RpcError::unknown_hash(hash.block_hash),
            BlockId::Number(number) => {
                let head = self.chain.head().header.number;
                RpcError::UnknownBlock(format!("block {number} does not exist, head is {head}"))
            }
        })
    }

    /// The state after a block that must exist, and the block.
    pub(crate) fn state_at(&self, id: Option<BlockId>) -> Result<(Snapshot, BlockAt), RpcError> {
        let block = self.block_at(id)?;
        Ok((self.chain.snapshot_at(block.number)?, block))
    }

    /// Parameters of the privacy precompiles.
    pub(crate) fn privacy(&self) -> Result<&PrivacyParameters, RpcError> {
        self.chain.parameters().privacy.as_ref().ok_or_else(no_privacy)
    }

    /// What holds for the privacy precompiles in block `number`.
    pub(crate) fn rules(&self, number: u64) -> Result<Arc<Rules>, RpcError> {
        self.chain.parameters().rules(number).ok_or_else(no_privacy)
    }

    /// Wei for a unit of blob gas in a block, where there are blobs.
    pub(crate) fn blob_price(&self, header: &Header) -> Option<u128> {
        let blobs = self.chain.parameters().forks.blobs(header.timestamp)?;
        Some(blobs.calc_blob_fee(header.excess_blob_gas?))
    }

    /// Header of the block to come.
    pub(crate) fn next_header(&self, head: &Header) -> Header {
        let inputs = BlockInputs {
            timestamp: head.timestamp.saturating_add(1),
            beneficiary: self.coinbase,
            prevrandao: B256::ZERO,
        };
        self.chain.next_header(head, &inputs)
    }

    /// The header that a simulation after `block` sees: the block's own, or for `pending` the one of the block to come.
    pub(crate) fn simulated_header(&self, block: &BlockAt) -> Header {
        if block.pending { self.next_header(&block.header) } else { block.header.clone() }
    }

    /// A simulator on a state, in the block with this header.
    pub(crate) fn simulator<'a>(&'a self, state: &'a dyn StateReader, header: Header) -> Simulator<'a> {
        Simulator::new(state, header, self.chain.parameters(), SimulationLimits { gas: CALL_GAS_MAX })
    }

    /// Calls a view function of a precompile that cannot fail on these arguments.
    pub(crate) fn view<C: SolCall>(
        &self,
        state: &dyn StateReader,
        header: &Header,
        to: Address,
        call: &C,
    ) -> Result<C::Return, RpcError> {
        self.try_view(state, header, to, call)?
            .map_err(|data| RpcError::internal(format!("{} of {to} failed with {data}", C::SIGNATURE)))
    }

    /// Calls a view function of a precompile; the second form is its revert data.
    pub(crate) fn try_view<C: SolCall>(
        &self,
        state: &dyn StateReader,
        header: &Header,
        to: Address,
        call: &C,
    ) -> Result<Result<C::Return, Bytes>, RpcError> {
        let simulator = self.simulator(state, header.clone());
        let request = CallRequest { to: Some(to), input: call.abi_encode().into(), ..CallRequest::default() };
        let outcome = simulator.call(&request)?;
        if !outcome.success {
            return Ok(Err(outcome.output));
        }
        C::abi_decode_returns(&outcome.output).map(Ok).map_err(RpcError::internal)
    }
}

fn no_privacy() -> RpcError {
    RpcError::Refused("this chain is plain Ethereum: it has no pools, assets and packages".into())
}
