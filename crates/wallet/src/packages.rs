//! The wallet's packages: those it closed, whose keys follow from its viewing
//! key, and those that one of its callers owns.

use crate::account::Account;
use crate::client::{ChainPackage, ChainPackageEvent, ShieldedBlock};
use crate::serde_hex;
use crate::store::State;
use alloy_primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};
use sero_shielded::asset::AssetId;
use sero_shielded::keys::ViewingKey;
use sero_shielded::package::PackageId;
use std::collections::HashMap;

/// `From` keys beyond the last used one that own packages.
const CALLERS_AHEAD: u64 = 20;

/// A package that concerns the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPackage {
    /// Its id.
    pub id: B256,
    /// The pool that holds its content; unknown of one that was closed by others.
    pub pool: Option<u8>,
    /// Who may open it now.
    pub owner: Address,
    /// The wallet's `From` key with that address, if it is one.
    pub from_index: Option<u64>,
    /// What is inside, if the wallet closed it.
    pub content: Option<OwnContent>,
    /// Whether it was opened.
    pub opened: bool,
    /// Block in which the wallet met it.
    pub block: u64,
    /// The transaction of that block.
    pub transaction: B256,
}

/// What the wallet put into a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnContent {
    /// What.
    #[serde(with = "serde_hex::asset")]
    pub asset: AssetId,
    /// How much, base units.
    #[serde(with = "serde_hex::amount")]
    pub amount: u128,
    /// The data.
    pub data: Bytes,
}

/// Addresses of the wallet's `From` keys; none in a watch-only wallet.
pub(crate) struct Callers<'a> {
    account: &'a Account,
    indices: HashMap<Address, u64>,
    end: u64,
}

impl<'a> Callers<'a> {
    /// Of this account.
    pub fn new(account: &'a Account) -> Self {
        Self { account, indices: HashMap::new(), end: 0 }
    }

    /// Knows the keys below `used` and the next few.
    fn extend(&mut self, used: u64) {
        for index in self.end..used.saturating_add(CALLERS_AHEAD) {
            let Ok(key) = self.account.from_key(index) else { return };
            self.indices.insert(key.address(), index);
            self.end = index + 1;
        }
    }

    /// The key with this address. One that owns a package is used: it is never a
    /// fresh caller again, and the keys after it may own packages too.
    fn owner(&mut self, address: &Address, next_from: &mut u64) -> Option<u64> {
        let index = self.indices.get(address).copied()?;
        *next_from = (*next_from).max(index + 1);
        self.extend(*next_from);
        Some(index)
    }
}

/// Follows what a block did to packages. Every package's tag is tried with the
/// key that this wallet would have closed it with: one hash each.
pub(crate) fn follow(state: &mut State, key: &ViewingKey, callers: &mut Callers<'_>, block: &ShieldedBlock) {
    if block.packages.is_empty() {
        return;
    }
    callers.extend(state.next_from);
    for ChainPackage { id, transaction, event } in &block.packages {
        let name = B256::from(id.to_bytes());
        let met = |owner, from_index, pool, content| OwnPackage {
            id: name,
            pool,
            owner,
            from_index,
            content,
            opened: false,
            block: block.number,
            transaction: *transaction,
        };
        match event {
            ChainPackageEvent::Created { owner, pool, sealed } => {
                let key = key.package_key(id, &sealed.commitment);
                let content = sealed.open(id, &key).ok().map(|content| OwnContent {
                    asset: content.asset,
                    amount: content.amount,
                    data: Bytes::copy_from_slice(&content.data),
                });
                let index = callers.owner(owner, &mut state.next_from);
                if content.is_some() || index.is_some() {
                    state.packages.insert(name, met(*owner, index, Some(*pool), content));
                }
            }
            ChainPackageEvent::Transferred { to } => {
                let index = callers.owner(to, &mut state.next_from);
                match state.packages.get_mut(&name) {
                    Some(known) => (known.owner, known.from_index) = (*to, index),
                    None if index.is_some() => {
                        state.packages.insert(name, met(*to, index, None, None));
                    }
                    None => (),
                }
            }
            ChainPackageEvent::Opened => {
                if let Some(known) = state.packages.get_mut(&name) {
                    known.opened = true;
                }
            }
        }
    }
}

impl OwnPackage {
    /// Its id, as the protocol has it.
    pub fn package_id(&self) -> Option<PackageId> {
        PackageId::from_bytes(self.id.0).ok()
    }
}
