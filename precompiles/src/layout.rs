//! Storage layout of the precompile accounts. A slot is
//! `keccak256(key words.. | base)`, as Solidity lays out mappings; plain
//! variables are `keccak256(base)`.

use alloy_primitives::{Address, Keccak256, U256};

/// A mapping or variable.
#[derive(Clone, Copy)]
pub struct Base(u8);

/// ASSETS: public balance of (holder, asset).
pub const BALANCE: Base = Base(1);
/// ASSETS: units of an asset that exist.
pub const ISSUED: Base = Base(2);
/// ASSETS: units of an asset in public balances.
pub const PUBLIC: Base = Base(3);
/// ASSETS: registry word of an asset or category: kind 8 bits | decimals 8 bits | name length 8 bits | issuer 160 bits.
pub const REGISTRY: Base = Base(4);
/// ASSETS: name of a token or category, left aligned.
pub const NAME: Base = Base(5);
/// ASSETS: asset or category by keccak256 of its name.
pub const BY_NAME: Base = Base(6);
/// ASSETS: ERC-6909 allowance of (owner, spender, asset).
pub const ALLOWANCE: Base = Base(7);
/// ASSETS: ERC-6909 operator flag of (owner, spender).
pub const OPERATOR: Base = Base(8);
/// ASSETS: category of a ticket.
pub const TICKET_CATEGORY: Base = Base(9);
/// ASSETS: number of a ticket inside its category.
pub const TICKET_NUMBER: Base = Base(10);
/// ASSETS, transient: number of attached assets, and asset and amount by index.
pub const ATTACHED_COUNT: Base = Base(11);
/// See [`ATTACHED_COUNT`].
pub const ATTACHED_ASSET: Base = Base(12);
/// See [`ATTACHED_COUNT`].
pub const ATTACHED_AMOUNT: Base = Base(13);

/// POOL: block number + 1 in which a nullifier of (pool, nullifier) was revealed.
pub const NULLIFIER: Base = Base(1);
/// POOL: block number + 1 at whose end a root of (pool, root) was the tree's.
pub const ANCHOR: Base = Base(2);
/// POOL: frontier node at (pool, level, index).
pub const FRONTIER: Base = Base(3);
/// POOL: leaves in the tree of a pool.
pub const NOTE_COUNT: Base = Base(4);
/// POOL: newest anchor of a pool.
pub const LAST_ANCHOR: Base = Base(5);
/// POOL: units of (pool, asset) in the pool.
pub const HIDDEN: Base = Base(6);
/// POOL: refund `PKr` of a `from`, word by index 0..4.
pub const REFUND: Base = Base(7);

/// PACKAGES: word of a package: owner 160 bits | state 8 (1 closed, 2 opened) | pool 8 | ciphertext length 16.
pub const PACKAGE: Base = Base(1);
/// PACKAGES: commitment of a package.
pub const PACKAGE_COMMITMENT: Base = Base(2);
/// PACKAGES: encoded value commitment with which a package was closed.
pub const PACKAGE_CV: Base = Base(3);
/// PACKAGES: tag of a package.
pub const PACKAGE_TAG: Base = Base(4);
/// PACKAGES: ciphertext of a package, word by index.
pub const PACKAGE_CIPHERTEXT: Base = Base(5);
/// PACKAGES: package by commitment, for ever.
pub const PACKAGE_BY_COMMITMENT: Base = Base(6);

impl Base {
    /// Slot of a variable.
    pub fn slot(self) -> U256 {
        self.at(&[])
    }

    /// Slot of a pool's variable.
    pub fn of_pool(self, pool: u8) -> U256 {
        self.at(&[U256::from(pool)])
    }

    /// Slot of a pool's mapping's entry.
    pub fn in_pool(self, pool: u8, key: U256) -> U256 {
        self.at(&[U256::from(pool), key])
    }

    /// Slot of a mapping's entry.
    pub fn at(self, keys: &[U256]) -> U256 {
        let mut hasher = Keccak256::new();
        keys.iter().for_each(|key| hasher.update(key.to_be_bytes::<32>()));
        hasher.update(U256::from(self.0).to_be_bytes::<32>());
        hasher.finalize().into()
    }
}

/// An address as a mapping key.
pub fn key(address: Address) -> U256 {
    address.into_word().into()
}
