//! The wallet as its owner uses it.

mod boxes;
mod merging;
mod spend;

use crate::account::{self, Account, AccountError};
use crate::amount::{self, AmountError, AssetInfo, AssetKind};
use crate::build::BuildError;
use crate::client::{ChainInfo, Client, ClientError};
use crate::disclosure::DiscloseError;
use crate::file::{FileError, WalletFile};
use crate::history::HistoryEntry;
use crate::incoming::IncomingWallet;
use crate::notes::{AddressIndex, GAP_LIMIT, NoteStatus, OwnNote, OwnerTable};
use crate::plan::{EXPIRY_BLOCKS, PlanError, fee_class, spend_cost};
use crate::random::{self, RandomError};
use crate::scan::{Scan, ScanError, SyncProgress, SyncReport};
use crate::signer::{SignError, Signer};
use crate::store::{OtherChain, State};
use alloy_primitives::{Bytes, hex};
use alloy_signer_local::PrivateKeySigner;
use serde::Serialize;
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::asset::AssetId;
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, ViewingKey};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use zeroize::Zeroizing;

pub use boxes::{MadePackage, PackageError};
pub use merging::MergeOutcome;
pub use spend::{CallRequest, GasChoice, SendRequest, Submitted, UnshieldRequest};

/// Highest fee of one transaction unless the owner says otherwise: 1 SERO.
pub const FEE_MAX: u128 = 1_000_000_000_000_000_000;
/// Pages between saves of a long sync, at least: a wallet of many notes is
/// written again when as many leaves were read, so that all saves together cost
/// no more than the reading.
const PAGES_PER_SAVE: u32 = 16;

/// Why the wallet did not do it.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// Keys.
    #[error("{0}")]
    Account(#[from] AccountError),
    /// The wallet file.
    #[error("{0}")]
    File(#[from] FileError),
    /// Following the chain.
    #[error("{0}")]
    Scan(#[from] ScanError),
    /// A question to the node.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// A note is gone, and the wallet has not seen it go.
    #[error(
        "{0}; this wallet has not seen that note go: it was spent with the same words elsewhere just now (sync), \
         or an earlier node withheld it (sync --rescan)"
    )]
    SpentElsewhere(ClientError),
    /// Wrong chain.
    #[error("{0}")]
    OtherChain(#[from] OtherChain),
    /// An amount.
    #[error("{0}")]
    Amount(#[from] AmountError),
    /// Choosing notes.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// Not enough of an asset, in the words that people use.
    #[error("not enough {name}: {needed} needed (fee included), {available} available, {pending} pending")]
    NotEnough {
        /// Name of the asset.
        name: String,
        /// Decimal number.
        needed: String,
        /// Decimal number: in notes that can be spent now.
        available: String,
        /// Decimal number: in notes that are too young or on their way.
        pending: String,
    },
    /// Building and proving.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// Signing.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// Signing an Ethereum transaction.
    #[error("signature: {0}")]
    PublicSign(#[from] alloy_signer::Error),
    /// Using a package.
    #[error("{0}")]
    Package(#[from] PackageError),
    /// Disclosing a payment.
    #[error("{0}")]
    Disclose(#[from] DiscloseError),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
    /// The call would revert.
    #[error("the call would revert: {reason}; nothing was sent (force it to send it all the same)")]
    WouldRevert {
        /// Decoded reason, or hex.
        reason: String,
        /// What the callee returned.
        data: Bytes,
    },
    /// Too many unused addresses.
    #[error(
        "{0} addresses are unused already; a restored wallet would not look further. Use one of them first"
    )]
    GapLimit(u64),
    /// An address that the wallet has not given out.
    #[error("address {index} does not exist, the wallet has addresses 0 to {last}")]
    NoAddress {
        /// Asked for.
        index: u64,
        /// Highest that exists.
        last: u64,
    },
    /// A `From` key that was never used.
    #[error("`From` {index} was never used, this wallet has used {used} (numbered from 0)")]
    NoCaller {
        /// Asked for.
        index: u64,
        /// How many were used.
        used: u64,
    },
    /// No unused `From` key was found.
    #[error("no unused `From` key among {0}; the node may be lying")]
    NoFreshFrom(u64),
    /// The public account has too little.
    #[error("public account {account} has {balance} base units of SERO, {needed} are needed with gas")]
    PublicFunds {
        /// Whose.
        account: alloy_primitives::Address,
        /// What it has.
        balance: alloy_primitives::U256,
        /// What it needs.
        needed: alloy_primitives::U256,
    },
}

/// Where a new wallet lives.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// Nowhere: gone when dropped.
    Memory,
    /// In an encrypted file that must not exist yet.
    File {
        /// The file.
        path: &'a Path,
        /// Its password.
        password: &'a str,
    },
}

/// What the wallet holds of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Which.
    #[serde(with = "crate::serde_hex::asset")]
    pub asset: AssetId,
    /// Its name, where the wallet knows it.
    pub name: Option<String>,
    /// Its decimals; 0 where the wallet does not know them.
    pub decimals: u8,
    /// Base units that can be spent now.
    #[serde(with = "crate::serde_hex::amount")]
    pub available: u128,
    /// Base units in notes that are too young, or held by a transaction on its way.
    #[serde(with = "crate::serde_hex::amount")]
    pub pending: u128,
    /// Notes that can be spent now.
    pub notes: usize,
    /// Base units of [`Self::available`] in notes that hold no more than their
    /// own spend costs. Coins only: nothing else has a price here.
    #[serde(with = "crate::serde_hex::amount")]
    pub dust: u128,
    /// How many notes that is.
    #[serde(rename = "dustNotes")]
    pub dust_notes: usize,
}

impl Balance {
    /// [`Self::available`] as a decimal number.
    pub fn available_text(&self) -> String {
        amount::format(self.available, self.decimals)
    }

    /// [`Self::dust`] as a decimal number.
    pub fn dust_text(&self) -> String {
        amount::format(self.dust, self.decimals)
    }

    /// [`Self::pending`] as a decimal number.
    pub fn pending_text(&self) -> String {
        amount::format(self.pending, self.decimals)
    }
}

/// A wallet, open. Holds keys: no `Debug`.
pub struct Wallet {
    account: Account,
    state: State,
    owners: OwnerTable,
    file: Option<WalletFile>,
    fee_max: u128,
    free_merge: bool,
}

impl Wallet {
    /// A new wallet and its 24 words, which are shown once and kept by nobody else.
    pub fn create(target: Target<'_>, chain: &ChainInfo) -> Result<(Self, Zeroizing<String>), WalletError> {
        let phrase = account::new_phrase()?;
        Ok((Self::restore(target, chain, &phrase)?, phrase))
    }

    /// A wallet from its words; [`Self::sync`] finds everything else.
    pub fn restore(target: Target<'_>, chain: &ChainInfo, phrase: &str) -> Result<Self, WalletError> {
        Self::start(target, chain, Account::from_phrase(phrase)?)
    }

    /// A watch-only wallet from a viewing key.
    pub fn watch(target: Target<'_>, chain: &ChainInfo, key: &str) -> Result<Self, WalletError> {
        Self::start(target, chain, Account::watch_text(chain.network, key)?)
    }

    fn start(target: Target<'_>, chain: &ChainInfo, account: Account) -> Result<Self, WalletError> {
        let file = match target {
            Target::Memory => None,
            Target::File { path, password } => Some(WalletFile::create(path, password, chain.network)?),
        };
        let state = State::new(&account, chain);
        let owners = OwnerTable::new(account.viewing_key(), state.used_addresses);
        let wallet = Self { account, state, owners, file, fee_max: FEE_MAX, free_merge: true };
        wallet.save()?;
        Ok(wallet)
    }

    /// Opens a wallet file; of the given network, if one is given.
    pub fn open(path: &Path, password: &str, network: Option<Network>) -> Result<Self, WalletError> {
        let (file, plain) = WalletFile::open(path, password)?;
        if let Some(network) = network {
            file.check_network(network)?;
        }
        Self::opened(file, &plain)
    }

    pub(crate) fn opened(file: WalletFile, plain: &[u8]) -> Result<Self, WalletError> {
        if IncomingWallet::is_one(plain) {
            return Err(AccountError::IncomingOnly.into());
        }
        let state: State = serde_json::from_slice(plain).map_err(|_| FileError::Corrupt("state"))?;
        file.check_network(state.network)?;
        let account = state.account.read()?;
        let owners = OwnerTable::new(account.viewing_key(), state.used_addresses);
        Ok(Self { account, state, owners, file: Some(file), fee_max: FEE_MAX, free_merge: true })
    }

    /// Sets the highest fee of one transaction, in base units of the coin; at
    /// first [`FEE_MAX`]. The node names the base fee, and might lie.
    pub fn set_fee_max(&mut self, fee_max: u128) {
        self.fee_max = fee_max;
    }

    /// Whether a payment's free slots take small notes instead of dummies; at
    /// first they do. It costs nothing and shows nothing.
    pub fn set_free_merge(&mut self, on: bool) {
        self.free_merge = on;
    }

    /// Writes the wallet file, if there is one.
    pub fn save(&self) -> Result<(), WalletError> {
        let Some(file) = &self.file else { return Ok(()) };
        let plain = serde_json::to_vec(&self.state).map_err(|_| FileError::Corrupt("state"))?;
        Ok(file.save(&Zeroizing::new(plain))?)
    }

    /// Follows the chain to its head and saves.
    pub fn sync(
        &mut self,
        client: &Client<'_>,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<SyncReport, WalletError> {
        self.follow(client, progress, true)
    }

    /// [`Self::sync`]; without `save_pages`, the file is written by the caller.
    fn follow(
        &mut self,
        client: &Client<'_>,
        progress: &mut dyn FnMut(SyncProgress),
        save_pages: bool,
    ) -> Result<SyncReport, WalletError> {
        let chain = client.chain_info()?;
        self.state.check_chain(&chain)?;
        let newest = client.head()?;
        let head = newest.number;
        // A copy, so that a lie on any page changes nothing; only a long sync
        // takes over what it has every few pages.
        let (mut state, mut owners) = (self.state.clone(), self.owners.clone());
        let mut scan = Scan::start(*client, &self.account, &mut state, chain.anchor_lag, head)?;
        let steps_before = state.tree_steps();
        let (mut pages, mut saved_at) = (0u32, state.leaves());
        while scan.page(&mut state, &mut owners)? {
            progress(scan.progress());
            pages += 1;
            let read = usize::try_from(state.leaves().saturating_sub(saved_at)).unwrap_or(usize::MAX);
            if save_pages && pages >= PAGES_PER_SAVE && read >= state.notes.len() {
                (pages, saved_at) = (0, state.leaves());
                (self.state, self.owners) = (state.clone(), owners.clone());
                self.save()?;
            }
        }
        state.base_fee_per_gas = newest.base_fee_per_gas;
        let steps = scan.steps(state.tree_steps() - steps_before);
        (self.state, self.owners) = (state, owners);
        if save_pages {
            self.save()?;
        }
        let (anchor_notes, own_notes) = (self.state.leaves(), self.state.notes.len());
        Ok(SyncReport { head, anchor_notes, own_notes, steps })
    }

    /// Forgets what the chain can tell again, and reads it again from block 0.
    pub fn rescan(
        &mut self,
        client: &Client<'_>,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<SyncReport, WalletError> {
        let held: HashMap<_, _> = (self.state.notes.iter())
            .filter(|note| note.released.is_some() || matches!(note.status, NoteStatus::Pending { .. }))
            .map(|note| ((note.pool, note.nullifier), (note.status, note.released)))
            .collect();
        let before = (self.state.clone(), self.owners.clone());
        self.state.notes.clear();
        self.state.history.clear();
        self.state.trees.clear();
        self.state.packages.clear();
        self.state.next_block = 0;
        // What a node said may have been a lie: its head, and names and decimals.
        self.state.head = 0;
        self.state.assets.retain(|info| info.kind == AssetKind::Coin);
        // Nothing is written before the reservations below are back in place.
        let result = self.follow(client, progress, false);
        if result.is_err() {
            (self.state, self.owners) = before;
            return result;
        }
        let head = self.state.head;
        let latest = head.saturating_add(EXPIRY_BLOCKS);
        for note in self.state.notes.iter_mut().filter(|note| note.status == NoteStatus::Unspent) {
            if let Some((status, released)) = held.get(&(note.pool, note.nullifier)) {
                note.released = *released;
                if matches!(status, NoteStatus::Pending { .. }) {
                    note.status = *status;
                }
            }
        }
        // Expired, or reserved for an expiry that no honest head gives.
        self.state.release(|_, expiry| expiry <= head || expiry > latest);
        self.save()?;
        result
    }

    /// What the wallet holds, the coin first, then by asset id.
    pub fn balance(&self) -> Vec<Balance> {
        let coin = AssetId::coin();
        let fee_class = fee_class(self.state.base_fee_per_gas).unwrap_or_default();
        let dust_max = spend_cost(fee_class).unwrap_or_default();
        let known: HashMap<AssetId, &AssetInfo> =
            self.state.assets.iter().map(|info| (info.id, info)).collect();
        let empty = |asset| {
            let info = known.get(&asset);
            Balance {
                asset,
                name: info.map(|info| info.name.clone()),
                decimals: info.map_or(0, |info| info.decimals),
                available: 0,
                pending: 0,
                notes: 0,
                dust: 0,
                dust_notes: 0,
            }
        };
        let mut balances = BTreeMap::from([(coin, empty(coin))]);
        for note in self.state.notes.iter().filter(|note| !note.is_spent()) {
            let balance = balances.entry(note.asset).or_insert_with(|| empty(note.asset));
            if !note.is_spendable() {
                balance.pending = balance.pending.saturating_add(note.amount);
                continue;
            }
            balance.available = balance.available.saturating_add(note.amount);
            balance.notes += 1;
            if note.asset == coin && note.amount <= dust_max {
                balance.dust = balance.dust.saturating_add(note.amount);
                balance.dust_notes += 1;
            }
        }
        let mut balances: Vec<Balance> = balances.into_values().collect();
        balances.sort_by_key(|balance| (balance.asset != coin, balance.asset));
        balances
    }

    /// What happened, oldest first.
    pub fn history(&self) -> Vec<HistoryEntry> {
        let callee = |transaction| self.state.calls.get(transaction).and_then(|call| call.to);
        let known = self.state.assets.iter().map(|info| (info.id, info)).collect();
        (self.state.history.iter()).map(|record| record.show(&known, callee(&record.transaction))).collect()
    }

    /// The wallet's first payment address.
    pub fn address(&self) -> PaymentAddress {
        self.account.viewing_key().address(0)
    }

    /// Payment address `index`, which must have been given out.
    pub fn address_at(&self, index: u64) -> Result<PaymentAddress, WalletError> {
        let last = self.state.next_address.max(1) - 1;
        if index > last {
            return Err(WalletError::NoAddress { index, last });
        }
        Ok(self.account.viewing_key().address(index))
    }

    /// A payment address not given out before, with its index.
    pub fn new_address(&mut self) -> Result<(u64, PaymentAddress), WalletError> {
        let index = self.state.next_address;
        if index >= self.state.used_addresses + GAP_LIMIT {
            return Err(WalletError::GapLimit(GAP_LIMIT));
        }
        self.state.next_address += 1;
        self.save()?;
        Ok((index, self.account.viewing_key().address(index)))
    }

    /// A fresh one-time address, of payment address `index` or the first one:
    /// it does not show of which.
    pub fn one_time_address(&self, index: Option<u64>) -> Result<OneTimeAddress, WalletError> {
        self.one_time(self.address_at(index.unwrap_or(0))?)
    }

    /// A fresh one-time address for the owner's own public funds: the history
    /// then says "shielded" instead of "received".
    pub fn shield_address(&self) -> Result<OneTimeAddress, WalletError> {
        self.one_time(self.internal(AddressIndex::SHIELD))
    }

    fn one_time(&self, to: PaymentAddress) -> Result<OneTimeAddress, WalletError> {
        Ok(OneTimeAddress::derive(&to, &random::bytes()?).map_err(AccountError::Key)?)
    }

    fn internal(&self, index: AddressIndex) -> PaymentAddress {
        self.account.viewing_key().address(index.0)
    }

    /// `seroivk1...`: lets its holder see what others pay to this wallet, and
    /// nothing of what is spent.
    pub fn export_incoming_key(&self) -> Secret<String> {
        self.account.viewing_key().incoming().to_text(self.state.network)
    }

    /// `serotk1...`: lets its holder see everything and spend nothing.
    pub fn export_view_key(&self) -> Secret<String> {
        self.account.viewing_key().to_text(self.state.network)
    }

    /// The key behind [`Self::export_view_key`].
    pub fn viewing_key(&self) -> &ViewingKey {
        self.account.viewing_key()
    }

    /// One-time secp256k1 key `index`.
    pub fn from_key(&self, index: u64) -> Result<PrivateKeySigner, WalletError> {
        Ok(self.account.from_key(index)?)
    }

    /// Signs plans of this wallet. Fails for a watch-only wallet.
    pub fn signer(&self) -> Result<Signer<'_>, WalletError> {
        Ok(Signer::new(&self.account)?)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn owners(&self) -> &OwnerTable {
        &self.owners
    }

    pub(crate) fn check_chain(&self, chain: &ChainInfo) -> Result<(), OtherChain> {
        self.state.check_chain(chain)
    }

    /// Whether the wallet can see but not spend.
    pub fn is_watch_only(&self) -> bool {
        self.account.spending_key().is_err()
    }

    /// The wallet's network.
    pub fn network(&self) -> Network {
        self.state.network
    }

    /// Newest block seen.
    pub fn head(&self) -> u64 {
        self.state.head
    }

    /// All notes that the wallet ever had.
    pub fn notes(&self) -> &[OwnNote] {
        &self.state.notes
    }

    /// What the wallet already knows of an asset.
    pub fn known(&self, asset: AssetId) -> Option<&AssetInfo> {
        self.state.assets.iter().find(|info| info.id == asset)
    }

    /// An asset by registered name or id `0x...`. Asks the node about assets
    /// that the wallet has not met, which shows it an interest in them.
    pub fn resolve(&mut self, client: &Client<'_>, name_or_id: &str) -> Result<AssetInfo, WalletError> {
        let unknown = || ClientError::UnknownAsset(name_or_id.into());
        let id = match name_or_id.strip_prefix("0x") {
            None => None,
            Some(digits) if digits.len() <= 64 => {
                let bytes: [u8; 32] = hex::decode(format!("{digits:0>64}"))
                    .ok()
                    .and_then(|bytes| bytes.try_into().ok())
                    .ok_or_else(unknown)?;
                Some(AssetId::from_bytes(bytes).map_err(|_| unknown())?)
            }
            Some(_) => return Err(unknown().into()),
        };
        let fits = |info: &AssetInfo| match id {
            Some(id) => info.id == id,
            None => info.name == name_or_id && info.kind != AssetKind::Ticket,
        };
        if let Some(info) = self.state.assets.iter().find(|info| fits(info)) {
            return Ok(info.clone());
        }
        let question = id.map_or(name_or_id.to_owned(), |id| id.to_string());
        let info = client.asset(&question)?;
        if !fits(&info) {
            return Err(ClientError::AssetLie(info.id).into());
        }
        self.state.remember_asset(info.clone());
        self.save()?;
        Ok(info)
    }

    /// Learns names and decimals of held assets by reading the whole registry:
    /// the node cannot tell from the questions which of them are held.
    pub fn learn_assets(&mut self, client: &Client<'_>) -> Result<(), WalletError> {
        let unknown = self.balance().into_iter().filter(|balance| balance.name.is_none());
        let mut unknown: HashSet<AssetId> = unknown.map(|balance| balance.asset).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut next = Some(0);
        while let Some(block) = next {
            let (assets, more) = client.assets_from(block)?;
            for info in assets {
                if unknown.remove(&info.id) {
                    self.state.remember_asset(info);
                }
            }
            next = more;
        }
        self.save()
    }

    /// Reads `1.5 SERO`, `3 GOLD`, `1 0x...`.
    pub fn parse_amount(
        &mut self,
        client: &Client<'_>,
        text: &str,
    ) -> Result<(AssetInfo, u128), WalletError> {
        let (number, asset) = amount::split(text)?;
        let info = self.resolve(client, asset)?;
        let amount = amount::parse(number, &info)?;
        Ok((info, amount))
    }

    /// A planning error with names and decimals where the wallet knows them.
    fn named(&self, error: PlanError) -> WalletError {
        let PlanError::Insufficient { asset, needed, available, pending } = error else {
            return error.into();
        };
        let Some(info) = self.known(asset) else { return error.into() };
        let text = |amount| amount::format(amount, info.decimals);
        WalletError::NotEnough {
            name: info.name.clone(),
            needed: text(needed),
            available: text(available),
            pending: text(pending),
        }
    }
}
