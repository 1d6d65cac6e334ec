//! `sero_`: what wallets and auditors read. Every query can be asked without
//! naming a note of one's own, except [`nullifiers`], which is for auditors.

mod assets;
mod decode;
mod notes;
mod nullifiers;
mod simulate;
mod supply;

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::{Schema, answers};
use alloy_primitives::{B256, U64, U128};
use serde_json::{Value, json};
use sero_primitives::POOL;
use sero_primitives::genesis::NetworkKind;
use sero_primitives::precompile::abi::IPool;
use sero_shielded::bundle::POOLS_MAX;
use sero_shielded::verifier::VerifyingKeys;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods
        .light("sero_chainInfo", &[], chain_info)
        .documented("The chain, its pools and the keys that transactions are judged by now.", &[]);
    methods.light("sero_treeState", &["block", "pool"], tree_state).documented(
        "The note tree of a pool after a block.",
        &[
            Parameter::optional::<String>("Number, tag or hash of the block; the latest if absent."),
            pool_parameter(),
        ],
    );
    notes::register(methods);
    nullifiers::register(methods);
    assets::register(methods);
    supply::register(methods);
    simulate::register(methods);
    decode::register(methods);
}

answers! {
    /// A pool of notes.
    struct PoolInfo {
        /// Its id.
        pool: U64,
        /// The block from which it takes notes.
        opens: U64,
        /// The block from which it takes no more value, if that is set.
        deposits_end: Option<U64>,
        /// keccak256 of the key that judges spends of the next block; null while the pool is closed.
        spend_key_hash: Option<B256>,
        /// keccak256 of the key that judges outputs of the next block; null while the pool is closed.
        output_key_hash: Option<B256>,
        /// Leaves of its tree.
        note_count: U64,
    }

    /// The chain and its pools.
    struct ChainInfo {
        /// EIP-155 chain id.
        chain_id: U64,
        /// Hash of block 0.
        genesis_hash: B256,
        /// What kind of chain it is.
        network: NetworkKind,
        /// Blocks after which an anchor is too young no longer.
        anchor_lag: U64,
        /// What registering a name costs, in base units.
        registration_fee: U128,
        /// All pools.
        pools: Vec<PoolInfo>,
        /// The pool that takes value from public accounts in the next block, if there is one.
        deposit_pool: Option<U64>,
        /// Number of the last block.
        head: U64,
    }

    /// A note tree after a block.
    struct TreeState {
        /// The pool's id.
        pool: U64,
        /// The block.
        block_number: U64,
        /// Root of the tree.
        anchor: B256,
        /// Its leaves.
        note_count: U64,
    }
}

impl Schema for NetworkKind {
    fn schema() -> Value {
        json!({ "enum": ["main", "test", "dev"] })
    }
}

/// What is said about an optional pool id.
fn pool_parameter() -> Parameter {
    Parameter::optional::<U64>("Id of the pool, 0 to 7; 0 if absent.")
}

fn chain_info(context: &RpcContext, _: &Arguments) -> Result<ChainInfo, RpcError> {
    let (state, head) = context.state_at(None)?;
    let parameters = context.chain.parameters();
    let next = head.number + 1;
    let (privacy, rules) = (context.privacy()?, context.rules(next)?);
    let mut pools = Vec::new();
    for pool in privacy.pools.iter() {
        let tree = context.view(&state, &head.header, POOL, &IPool::treeCall { pool: pool.spec.id })?;
        // The keys that a transaction sent now is judged by.
        let [spend, output] =
            pool.keys(next).map(VerifyingKeys::hashes).map_or([None; 2], |keys| keys.map(Some));
        pools.push(PoolInfo {
            pool: U64::from(pool.spec.id),
            opens: U64::from(pool.spec.opens),
            deposits_end: pool.spec.deposits_end.map(U64::from),
            spend_key_hash: spend,
            output_key_hash: output,
            note_count: U64::from(tree.noteCount),
        });
    }
    Ok(ChainInfo {
        chain_id: U64::from(parameters.chain_id),
        genesis_hash: parameters.genesis_hash,
        network: privacy.network,
        anchor_lag: U64::from(privacy.anchor_lag),
        registration_fee: U128::from(privacy.registration_fee),
        pools,
        deposit_pool: rules.deposit_pool().map(U64::from),
        head: U64::from(head.number),
    })
}

fn tree_state(context: &RpcContext, arguments: &Arguments) -> Result<TreeState, RpcError> {
    let (state, block) = context.state_at(arguments.optional(0)?)?;
    let pool = pool_argument(arguments, 1)?;
    let tree = context.view(&state, &block.header, POOL, &IPool::treeCall { pool })?;
    Ok(TreeState {
        pool: U64::from(pool),
        block_number: U64::from(block.number),
        anchor: tree.anchor,
        note_count: U64::from(tree.noteCount),
    })
}

/// An optional pool id; 0, the first pool, if absent.
fn pool_argument(arguments: &Arguments, index: usize) -> Result<u8, RpcError> {
    let pool = arguments.optional_u64(index)?.unwrap_or(0);
    let id = u8::try_from(pool).ok().filter(|id| *id < POOLS_MAX);
    id.ok_or_else(|| arguments.invalid(index, "a pool id is 0 to 7"))
}
