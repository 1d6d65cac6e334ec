//! Packages: closing, handing on, opening. And moving to a newer pool.

use super::spend::plan_wish;
use super::{CallRequest, GasChoice, Submitted, Wallet, WalletError};
use crate::build::{Built, ProofProgress};
use crate::client::{Client, ClientError};
use crate::notes::{AddressIndex, OwnNote};
use crate::packages::OwnPackage;
use crate::plan::{NewPackage, PackageStep, Plan, PlanError, PlannedCall, Wish};
use crate::prover::Prover;
use alloy_primitives::{Address, B256, Bytes, TxKind};
use alloy_sol_types::SolCall;
use sero_primitives::PACKAGES;
use sero_primitives::precompile::abi::IPackages;
use sero_shielded::asset::AssetId;
use sero_shielded::field::field_from_bytes;
use sero_shielded::package::{OpenError, PackageContent, PackageId, SealedPackage};

/// Why a package cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// None of the wallet's.
    #[error(
        "package {0} is not known to this wallet (sync, or ask its owner to transfer it to one of your `From` addresses)"
    )]
    Unknown(B256),
    /// Somebody else's.
    #[error("package {id} belongs to {owner}, whose key this wallet does not hold")]
    NotOwner {
        /// Which.
        id: B256,
        /// Its owner.
        owner: Address,
    },
    /// Opened already.
    #[error("package {0} was opened already")]
    Opened(B256),
    /// The key does not fit, or the content is nonsense.
    #[error("package {id}: {error}")]
    Open {
        /// Which.
        id: B256,
        /// Why.
        error: OpenError,
    },
}

/// A package that was just made. Holds its key: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct MadePackage {
    /// Its id.
    pub id: B256,
    /// Its key, to be shared with whoever shall read it.
    pub key: B256,
    /// Its owner.
    pub owner: Address,
    /// The transaction.
    pub submitted: Submitted,
}

impl Wallet {
    /// Closes a package. Without `owner` it belongs to a fresh `From` of this wallet.
    pub fn create_package(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        owner: Option<Address>,
        (asset, amount): (AssetId, u128),
        data: &[u8],
        progress: ProofProgress<'_>,
    ) -> Result<MadePackage, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        let (owner, used) = match owner {
            Some(owner) => (owner, None),
            None => {
                let (index, _) = self.from(client, None)?;
                (self.account.from_key(index)?.address(), Some(index))
            }
        };
        let create = Some(NewPackage { owner, asset, amount, data });
        let plan = self.in_some_pool(client.head()?, AddressIndex::CHANGE, |terms| {
            Ok(Plan::choose(terms, &Wish { create, ..Wish::default() })?)
        })?;
        let built = self.finish(client, prover, plan, progress)?;
        let (id, key) = made(&built).ok_or(PlanError::Overflow)?;
        if let Some(index) = used {
            self.state.next_from = self.state.next_from.max(index + 1);
        }
        let submitted = self.submit(client, &built)?;
        Ok(MadePackage { id: id.to_bytes().into(), key, owner, submitted })
    }

    /// Hands a package on.
    pub fn transfer_package(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        id: B256,
        to: Address,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        self.sync(client, &mut |_| ())?;
        let (_, from) = self.own_package(id)?;
        let input = IPackages::transferCall { id, to }.abi_encode();
        let request = CallRequest { from: Some(from), ..CallRequest::new(PACKAGES, input.into()) };
        self.call(client, prover, &request, progress)
    }

    /// Opens a package in private: its content becomes a note of this wallet.
    /// Without `key` it is one that this wallet closed.
    pub fn open_package(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        id: B256,
        key: Option<B256>,
        progress: ProofProgress<'_>,
    ) -> Result<(Submitted, PackageContent), WalletError> {
        self.sync(client, &mut |_| ())?;
        let (_, from_index) = self.own_package(id)?;
        let (pool, content) = self.read_package(client, id, key)?;
        let from = self.account.from_key(from_index)?.address();
        let call = PlannedCall {
            from_index,
            from,
            nonce: client.nonce(from)?,
            to: TxKind::Call(from),
            value: 0,
            input: Bytes::new(),
            access_list: Default::default(),
            attached: vec![],
            credited: vec![],
            refund: self.one_time(self.internal(AddressIndex::REFUND))?,
        };
        let name = PackageId::from_bytes(id.0).map_err(|_| PackageError::Unknown(id))?;
        let wish = Wish { call: Some(call), open: Some((name, &content)), ..Wish::default() };
        let terms = self.terms(client.head()?, AddressIndex::CALL_CHANGE, pool)?;
        let plan = plan_wish(client, &terms, &wish, GasChoice::Simulated)?;
        let built: Built = self.finish(client, prover, plan, progress)?;
        Ok((self.submit(client, &built)?, content))
    }

    /// Opens a package in public: everybody sees what was inside, and its
    /// assets are credited to the owner's public account; coins return as a note.
    pub fn reveal_package(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        id: B256,
        key: Option<B256>,
        progress: ProofProgress<'_>,
    ) -> Result<Submitted, WalletError> {
        self.sync(client, &mut |_| ())?;
        let (_, from) = self.own_package(id)?;
        // A key that does not open it would be shown to everybody for nothing.
        let (_, k, _) = self.opened_package(client, id, key)?;
        let input = IPackages::openCall { id, k }.abi_encode();
        let request = CallRequest { from: Some(from), ..CallRequest::new(PACKAGES, input.into()) };
        self.call(client, prover, &request, progress)
    }

    /// Packages that this wallet closed or owns, by id.
    pub fn packages(&self) -> Vec<OwnPackage> {
        self.state.packages.values().cloned().collect()
    }

    /// Pool and content of a package, read from the chain with its key.
    pub fn read_package(
        &self,
        client: &Client<'_>,
        id: B256,
        key: Option<B256>,
    ) -> Result<(u8, PackageContent), WalletError> {
        let (pool, _, content) = self.opened_package(client, id, key)?;
        Ok((pool, content))
    }

    /// Pool, key and content of a package.
    fn opened_package(
        &self,
        client: &Client<'_>,
        id: B256,
        key: Option<B256>,
    ) -> Result<(u8, B256, PackageContent), WalletError> {
        let malformed =
            || ClientError::Malformed { method: "eth_call", field: "result".into(), expected: "a package" };
        let answer = client.call(PACKAGES, &IPackages::packageInfoCall { id }.abi_encode())?;
        let info = IPackages::packageInfoCall::abi_decode_returns(&answer).map_err(|_| malformed())?;
        let answer = client.call(PACKAGES, &IPackages::ciphertextCall { id }.abi_encode())?;
        let stored = IPackages::ciphertextCall::abi_decode_returns(&answer).map_err(|_| malformed())?;
        let sealed = SealedPackage {
            commitment: field_from_bytes(&info.commitment.0).map_err(|_| malformed())?,
            tag: stored.tag.0,
            ciphertext: stored.data.to_vec(),
        };
        let name = PackageId::from_bytes(id.0).map_err(|_| PackageError::Unknown(id))?;
        let own = || self.account.viewing_key().package_key(&name, &sealed.commitment).into();
        let key = key.unwrap_or_else(own);
        let content = sealed.open(&name, &key.0).map_err(|error| PackageError::Open { id, error })?;
        Ok((info.pool, key, content))
    }

    /// A closed package and the index of its owner's key.
    fn own_package(&self, id: B256) -> Result<(&OwnPackage, u64), WalletError> {
        let package = self.state.packages.get(&id).ok_or(PackageError::Unknown(id))?;
        if package.opened {
            return Err(PackageError::Opened(id).into());
        }
        let index = package.from_index.ok_or(PackageError::NotOwner { id, owner: package.owner })?;
        Ok((package, index))
    }

    /// Moves up to 16 notes of one asset from an older pool to the one that takes
    /// deposits. The amount is public, and the fee is paid there. `asset` picks one: each costs a
    /// fee, and strangers can send tokens that are not worth it; without it the oldest pool's
    /// come first, coins last. `None` when nothing (of it) is left to move.
    pub fn migrate(
        &mut self,
        client: &Client<'_>,
        prover: &dyn Prover,
        asset: Option<AssetId>,
        progress: ProofProgress<'_>,
    ) -> Result<Option<Submitted>, WalletError> {
        self.account.spending_key()?;
        self.sync(client, &mut |_| ())?;
        let Some(newest) = client.chain_info()?.deposit_pool else { return Ok(None) };
        let old = |note: &&OwnNote| {
            note.pool < newest && note.is_spendable() && asset.is_none_or(|asset| note.asset == asset)
        };
        // Coins last: they pay for the others.
        let next = self.state.notes.iter().filter(old).map(|note| (note.pool, note.asset));
        let Some((pool, asset)) = next.min_by_key(|(pool, asset)| (*pool, *asset == AssetId::coin())) else {
            return Ok(None);
        };
        let to = self.shield_address()?;
        let terms = self.terms(client.head()?, AddressIndex::CHANGE, pool)?;
        let plan = Plan::cross(&terms, asset, to).map_err(|error| self.named(error))?;
        let built = self.finish(client, prover, plan, progress)?;
        Ok(Some(self.submit(client, &built)?))
    }
}

/// Id and key of the package that a transaction makes.
fn made(built: &Built) -> Option<(PackageId, B256)> {
    let mut ids = built.tx.bundle.package_ids(None);
    let mut planned = built.plan.packages.iter();
    planned.find_map(|package| match &package.action {
        PackageStep::Create { key, .. } => Some((ids.next()?.0, B256::from(*key.expose()))),
        PackageStep::Open { .. } => None,
    })
}
