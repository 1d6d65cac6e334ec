//! A wallet that holds an incoming key alone: it sees what others pay to the
//! account, and nothing of what the account spends. It has no nullifiers, no
//! change, no addresses to give out, and signs nothing.

use crate::account::AccountError;
use crate::amount::{AssetInfo, AssetKind};
use crate::client::{ChainInfo, ChainNote, ChainNoteContent, Client, ShieldedBlock};
use crate::file::{FileError, WalletFile};
use crate::history::{HistoryEntry, HistoryKind, HistoryRecord, TransferRecord};
use crate::scan::{ScanError, SyncProgress};
use crate::serde_hex;
use crate::store::{OtherChain, StoredNetwork};
use crate::stream::Stream;
use crate::wallet::{Balance, Target, Wallet, WalletError};
use alloy_primitives::{B256, Bytes};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::{EncryptedNote, decrypt_incoming};
use sero_shielded::keys::{IncomingKey, OneTimeAddress};
use sero_shielded::note::public_note_commitment;
use sero_shielded::tree::Frontier;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use zeroize::Zeroizing;

/// What a wallet file holds.
pub enum Opened {
    /// A spending or tracing wallet.
    Wallet(Box<Wallet>),
    /// An incoming-only wallet.
    Incoming(Box<IncomingWallet>),
}

/// Opens a wallet file of any kind; of the given network, if one is given.
pub fn open(path: &Path, password: &str, network: Option<Network>) -> Result<Opened, WalletError> {
    let (file, plain) = WalletFile::open(path, password)?;
    if let Some(network) = network {
        file.check_network(network)?;
    }
    if IncomingWallet::is_one(&plain) {
        return Ok(Opened::Incoming(Box::new(IncomingWallet::opened(file, &plain)?)));
    }
    Ok(Opened::Wallet(Box::new(Wallet::opened(file, &plain)?)))
}

/// Reads the decrypted content of a wallet file of any kind, keys included, and writes
/// it again: what opening and saving the file does, without the file.
pub fn rewrite(plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    let corrupt = |_| FileError::Corrupt("state");
    let again = if IncomingWallet::is_one(plain) {
        let state: State = serde_json::from_slice(plain).map_err(corrupt)?;
        IncomingKey::from_bytes(state.incoming_key.expose()).map_err(AccountError::Key)?;
        serde_json::to_vec(&state)
    } else {
        let state: crate::store::State = serde_json::from_slice(plain).map_err(corrupt)?;
        state.account.read()?;
        serde_json::to_vec(&state)
    };
    Ok(Zeroizing::new(again.map_err(corrupt)?))
}

/// As stored. The name of the first field tells it from other wallets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    #[serde(with = "serde_hex::secret32")]
    incoming_key: Secret<[u8; 32]>,
    #[serde(with = "StoredNetwork")]
    network: Network,
    chain_id: u64,
    genesis_hash: B256,
    next_block: u64,
    head: u64,
    #[serde(with = "serde_hex::frontiers")]
    trees: BTreeMap<u8, Frontier>,
    notes: u64,
    assets: Vec<AssetInfo>,
    history: Vec<HistoryRecord>,
}

/// An incoming-only wallet, open. Holds a key: no `Debug`.
pub struct IncomingWallet {
    key: IncomingKey,
    state: State,
    file: Option<WalletFile>,
}

impl IncomingWallet {
    /// A wallet from `seroivk1...`.
    pub fn watch(target: Target<'_>, chain: &ChainInfo, text: &str) -> Result<Self, WalletError> {
        let key = IncomingKey::from_text(chain.network, text).map_err(AccountError::Text)?;
        let file = match target {
            Target::Memory => None,
            Target::File { path, password } => Some(WalletFile::create(path, password, chain.network)?),
        };
        let state = State {
            incoming_key: key.to_bytes(),
            network: chain.network,
            chain_id: chain.chain_id,
            genesis_hash: chain.genesis_hash,
            next_block: 0,
            head: 0,
            trees: BTreeMap::new(),
            notes: 0,
            assets: vec![AssetInfo::coin()],
            history: Vec::new(),
        };
        let wallet = Self { key, state, file };
        wallet.save()?;
        Ok(wallet)
    }

    /// Whether decrypted bytes of a wallet file are one of these.
    pub(crate) fn is_one(plain: &[u8]) -> bool {
        plain.starts_with(b"{\"incoming_key\":")
    }

    pub(crate) fn opened(file: WalletFile, plain: &[u8]) -> Result<Self, WalletError> {
        let state: State = serde_json::from_slice(plain).map_err(|_| FileError::Corrupt("state"))?;
        file.check_network(state.network)?;
        let key = IncomingKey::from_bytes(state.incoming_key.expose()).map_err(AccountError::Key)?;
        Ok(Self { key, state, file: Some(file) })
    }

    /// Writes the wallet file, if there is one.
    pub fn save(&self) -> Result<(), WalletError> {
        let Some(file) = &self.file else { return Ok(()) };
        let plain = serde_json::to_vec(&self.state).map_err(|_| FileError::Corrupt("state"))?;
        Ok(file.save(&Zeroizing::new(plain))?)
    }

    /// Follows the chain to its head and saves. A lie of the node changes nothing.
    pub fn sync(
        &mut self,
        client: &Client<'_>,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<u64, WalletError> {
        let chain = client.chain_info()?;
        self.check_chain(&chain)?;
        let head = client.head()?.number;
        if head < self.state.head {
            return Err(ScanError::Behind { head, seen: self.state.head }.into());
        }
        let mut state = self.state.clone();
        let mut stream = Stream::new(*client, state.next_block, state.trees, head);
        while let Some(blocks) = stream.page()? {
            for block in &blocks {
                let seen: Vec<_> = block.notes.par_iter().map(|note| self.look(block, note)).collect();
                for (note, seen) in block.notes.iter().zip(seen) {
                    stream.append(block, note, &mut [])?;
                    if let Some(transfer) = seen? {
                        state.notes += 1;
                        record(&mut state.history, block, note.transaction, transfer);
                    }
                }
                stream.check(block)?;
            }
            progress(stream.progress());
        }
        state.next_block = stream.next_block();
        state.trees = stream.trees;
        state.head = head;
        self.state = state;
        self.save()?;
        Ok(head)
    }

    /// Forgets everything and reads the chain from block 0.
    pub fn rescan(
        &mut self,
        client: &Client<'_>,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<u64, WalletError> {
        let before = self.state.clone();
        self.state.history.clear();
        self.state.trees.clear();
        (self.state.next_block, self.state.head, self.state.notes) = (0, 0, 0);
        self.state.assets.retain(|info| info.kind == AssetKind::Coin);
        let result = self.sync(client, progress);
        if result.is_err() {
            self.state = before;
        }
        result
    }

    fn look(&self, block: &ShieldedBlock, note: &ChainNote) -> Result<Option<TransferRecord>, ScanError> {
        let malformed =
            |reason: String| ScanError::Malformed { block: block.number, position: note.position, reason };
        let transfer = |asset, amount, owner, memo: &[u8]| TransferRecord {
            asset,
            amount,
            address: Some(self.key.address_of(owner).to_text(self.state.network)),
            memo: Bytes::copy_from_slice(memo),
        };
        match &note.content {
            ChainNoteContent::Hidden(log) => {
                let (_, encrypted) =
                    EncryptedNote::from_log(log).map_err(|error| malformed(error.to_string()))?;
                let found = decrypt_incoming(&self.key, &encrypted, &note.commitment);
                let found = found.filter(|found| found.note.amount > 0);
                Ok(found.map(|found| {
                    let note = &found.note;
                    transfer(note.asset, note.amount, note.to.owner, found.memo.as_bytes())
                }))
            }
            ChainNoteContent::Public { asset, amount, pkr, memo } => {
                let pkr = <&[u8; OneTimeAddress::LEN]>::try_from(pkr.as_ref())
                    .map_err(|_| malformed("a PKr has 128 bytes".into()))?;
                let pkr =
                    OneTimeAddress::from_bytes(pkr).map_err(|error| malformed(format!("pkr: {error}")))?;
                let asset =
                    AssetId::from_bytes(asset.0).map_err(|error| malformed(format!("asset: {error}")))?;
                let commitment = public_note_commitment(&pkr, asset, *amount)
                    .map_err(|error| malformed(format!("asset: {error}")))?;
                if commitment != note.commitment {
                    return Err(ScanError::Commitment { block: block.number, position: note.position });
                }
                let opened = pkr.open(&self.key).filter(|_| *amount > 0);
                Ok(opened.map(|opened| transfer(asset, *amount, opened.owner, memo)))
            }
        }
    }

    /// Learns names and decimals by reading the whole registry.
    pub fn learn_assets(&mut self, client: &Client<'_>) -> Result<(), WalletError> {
        let nameless = self.received().into_iter().filter(|total| total.name.is_none());
        let mut unknown: HashSet<AssetId> = nameless.map(|total| total.asset).collect();
        let mut next = (!unknown.is_empty()).then_some(0);
        while let Some(block) = next {
            let (assets, more) = client.assets_from(block)?;
            self.state.assets.extend(assets.into_iter().filter(|info| unknown.remove(&info.id)));
            next = more;
        }
        self.save()
    }

    /// All that was ever received, the coin first, then by asset id. `available`
    /// is the total; what is still there cannot be seen.
    pub fn received(&self) -> Vec<Balance> {
        let coin = AssetId::coin();
        let mut sums: BTreeMap<(bool, AssetId), u128> = BTreeMap::from([((false, coin), 0)]);
        for transfer in self.state.history.iter().flat_map(|record| &record.transfers) {
            let sum = sums.entry((transfer.asset != coin, transfer.asset)).or_default();
            *sum = sum.saturating_add(transfer.amount);
        }
        let total = |((_, asset), available)| {
            let info = self.state.assets.iter().find(|info| info.id == asset);
            let decimals = info.map_or(0, |info| info.decimals);
            let name = info.map(|info| info.name.clone());
            Balance { asset, name, decimals, available, pending: 0, notes: 0, dust: 0, dust_notes: 0 }
        };
        sums.into_iter().map(total).collect()
    }

    /// What was received, oldest first, with the payment address of each.
    pub fn history(&self) -> Vec<HistoryEntry> {
        let known = self.state.assets.iter().map(|info| (info.id, info)).collect();
        self.state.history.iter().map(|record| record.show(&known, None)).collect()
    }

    /// Number of notes received.
    pub fn notes(&self) -> u64 {
        self.state.notes
    }

    /// `seroivk1...`
    pub fn export_incoming_key(&self) -> Secret<String> {
        self.key.to_text(self.state.network)
    }

    /// The wallet's network.
    pub fn network(&self) -> Network {
        self.state.network
    }

    /// Newest block seen.
    pub fn head(&self) -> u64 {
        self.state.head
    }

    fn check_chain(&self, chain: &ChainInfo) -> Result<(), OtherChain> {
        let state = &self.state;
        if (state.chain_id, state.genesis_hash) == (chain.chain_id, chain.genesis_hash) {
            return Ok(());
        }
        Err(OtherChain {
            wallet_chain_id: state.chain_id,
            wallet_genesis: state.genesis_hash,
            node_chain_id: chain.chain_id,
            node_genesis: chain.genesis_hash,
        })
    }
}

/// One entry for each transaction.
fn record(
    history: &mut Vec<HistoryRecord>,
    block: &ShieldedBlock,
    transaction: B256,
    transfer: TransferRecord,
) {
    match history.last_mut().filter(|last| last.transaction == transaction && last.block == block.number) {
        Some(last) => last.transfers.push(transfer),
        None => history.push(HistoryRecord {
            kind: HistoryKind::Received,
            block: block.number,
            timestamp: block.timestamp,
            transaction,
            transfers: vec![transfer],
            fee: None,
        }),
    }
}
