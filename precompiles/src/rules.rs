//! What holds in the block being executed.

use alloy_primitives::B256;
use sero_shielded::verifier::VerifyingKeys;

/// Parameters of the chain at one block.
#[derive(Clone, Default)]
pub struct Rules {
    /// Number of the block.
    pub block_number: u64,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0; zero while block 0 is made.
    pub genesis_hash: B256,
    /// Price of a name in base units of SERO.
    pub registration_fee: u128,
    /// By id; at most 8.
    pub pools: Vec<PoolRules>,
}

/// A pool at one block.
#[derive(Clone)]
pub struct PoolRules {
    /// The verifying keys that hold; `None` while the pool is not open.
    pub keys: Option<VerifyingKeys>,
    /// Whether new value may come in.
    pub takes_deposits: bool,
}

impl Rules {
    /// The keys of an open pool.
    pub fn keys(&self, pool: u8) -> Option<&VerifyingKeys> {
        self.pools.get(usize::from(pool))?.keys.as_ref()
    }

    /// Whether a pool takes new value.
    pub fn takes_deposits(&self, pool: u8) -> bool {
        self.pools.get(usize::from(pool)).is_some_and(|pool| pool.takes_deposits)
    }

    /// The pool that new public notes go to: the newest that takes deposits.
    pub fn deposit_pool(&self) -> Option<u8> {
        (0u8..).zip(&self.pools).filter(|(_, pool)| pool.takes_deposits).map(|(id, _)| id).last()
    }

    /// Ids of the open pools, ascending.
    pub fn open_pools(&self) -> impl Iterator<Item = u8> + use<> {
        let open: Vec<u8> =
            (0u8..).zip(&self.pools).filter(|(_, pool)| pool.keys.is_some()).map(|(id, _)| id).collect();
        open.into_iter()
    }
}
