//! What a wallet remembers. It exists outside memory only inside the encrypted
//! [`crate::file`].

use crate::account::{Account, AccountError};
use crate::amount::AssetInfo;
use crate::client::ChainInfo;
use crate::history::HistoryRecord;
use crate::merge::Merges;
use crate::notes::{NoteStatus, OwnNote};
use crate::packages::OwnPackage;
use crate::serde_hex;
use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::keys::{SpendingKey, ViewingKey};
use sero_shielded::tree::MarkedTree;
use std::collections::BTreeMap;

/// The wallet belongs to another chain than the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "wallet belongs to chain {wallet_chain_id} (genesis {wallet_genesis}), \
     the node follows chain {node_chain_id} (genesis {node_genesis})"
)]
pub struct OtherChain {
    /// Chain id of the wallet.
    pub wallet_chain_id: u64,
    /// Genesis of the wallet.
    pub wallet_genesis: B256,
    /// Chain id of the node.
    pub node_chain_id: u64,
    /// Genesis of the node.
    pub node_genesis: B256,
}

/// The keys, as stored.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum StoredAccount {
    Full(#[serde(with = "serde_hex::secret64")] Secret<[u8; 64]>),
    Watch(#[serde(with = "serde_hex::secret64")] Secret<[u8; 64]>),
}

impl StoredAccount {
    fn new(account: &Account) -> Self {
        match account.spending_key() {
            Ok(key) => Self::Full(key.to_bytes()),
            Err(_) => Self::Watch(account.viewing_key().to_bytes()),
        }
    }

    pub(crate) fn read(&self) -> Result<Account, AccountError> {
        Ok(match self {
            Self::Full(bytes) => Account::full(SpendingKey::from_bytes(bytes.expose())?),
            Self::Watch(bytes) => Account::watch(ViewingKey::from_bytes(bytes.expose())?),
        })
    }
}

/// A network, as stored.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(remote = "Network", rename_all = "lowercase")]
pub(crate) enum StoredNetwork {
    Main,
    Test,
    Dev,
}

/// What the wallet did itself and the chain does not show to its keys.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CallRecord {
    pub transaction: B256,
    /// Callee; none for a contract creation.
    pub to: Option<Address>,
    pub from: Address,
}

/// See the module documentation.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub account: StoredAccount,
    #[serde(with = "StoredNetwork")]
    pub network: Network,
    pub chain_id: u64,
    pub genesis_hash: B256,
    /// Next payment address to hand out.
    pub next_address: u64,
    /// 1 + the highest payment address that was paid.
    pub used_addresses: u64,
    /// Next `From` key that the wallet has not used itself.
    pub next_from: u64,
    /// Blocks below are in the tree.
    pub next_block: u64,
    /// Newest block seen.
    pub head: u64,
    /// Wei per gas at that block, as the node said: only to show what is dust.
    #[serde(with = "serde_hex::amount")]
    pub base_fee_per_gas: u128,
    /// Marked are the settled notes that are not spent.
    #[serde(with = "serde_hex::trees")]
    pub trees: BTreeMap<u8, MarkedTree>,
    pub notes: Vec<OwnNote>,
    pub packages: BTreeMap<B256, OwnPackage>,
    pub assets: Vec<AssetInfo>,
    pub history: Vec<HistoryRecord>,
    pub calls: BTreeMap<B256, CallRecord>,
    /// Paid merges of the last day and the next one's earliest block.
    pub merges: Merges,
}

impl State {
    pub fn new(account: &Account, chain: &ChainInfo) -> Self {
        Self {
            account: StoredAccount::new(account),
            network: chain.network,
            chain_id: chain.chain_id,
            genesis_hash: chain.genesis_hash,
            next_address: 1,
            used_addresses: 0,
            next_from: 0,
            next_block: 0,
            head: 0,
            base_fee_per_gas: 0,
            trees: BTreeMap::new(),
            notes: Vec::new(),
            packages: BTreeMap::new(),
            assets: vec![AssetInfo::coin()],
            history: Vec::new(),
            calls: BTreeMap::new(),
            merges: Merges::default(),
        }
    }

    /// Leaves of all trees.
    pub fn leaves(&self) -> u64 {
        self.trees.values().map(MarkedTree::count).sum()
    }

    /// See [`MarkedTree::steps`].
    pub fn tree_steps(&self) -> u64 {
        self.trees.values().map(MarkedTree::steps).sum()
    }

    pub fn check_chain(&self, chain: &ChainInfo) -> Result<(), OtherChain> {
        if self.chain_id == chain.chain_id
            && self.genesis_hash == chain.genesis_hash
            && self.network == chain.network
        {
            return Ok(());
        }
        Err(OtherChain {
            wallet_chain_id: self.chain_id,
            wallet_genesis: self.genesis_hash,
            node_chain_id: chain.chain_id,
            node_genesis: chain.genesis_hash,
        })
    }

    /// Takes notes back from the transactions that `ends` names by hash and expiry.
    pub fn release(&mut self, ends: impl Fn(B256, u64) -> bool) {
        let order = self.notes.iter().filter_map(|note| note.released).max().map_or(0, |last| last + 1);
        for note in &mut self.notes {
            if matches!(note.status, NoteStatus::Pending { transaction, expiry } if ends(transaction, expiry))
            {
                note.status = NoteStatus::Unspent;
                note.released.get_or_insert(order);
            }
        }
    }

    pub fn remember_asset(&mut self, info: AssetInfo) {
        match self.assets.iter_mut().find(|known| known.id == info.id) {
            Some(known) => *known = info,
            None => self.assets.push(info),
        }
    }
}
