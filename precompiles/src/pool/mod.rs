//! POOL: note trees, anchors, nullifiers, hidden supply, refund addresses.

mod bundle;
pub(crate) mod dispatch;
mod transact;

pub use bundle::Sender;

use crate::assets::asset_key;
use crate::host::{Fault, Host, Outcome};
use crate::layout::{self, key};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::context_interface::JournalTr;
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IPool as abi;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::Output;
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::public_note_commitment;
use sero_shielded::tree::{self, FrontierStore};

/// The note tree of one pool.
struct PoolTree<'h, 'a, J: JournalTr> {
    host: &'h mut Host<'a, J>,
    pool: u8,
}

impl<J: JournalTr> FrontierStore for PoolTree<'_, '_, J> {
    type Error = Fault<crate::host::DbError<J>>;

    fn node(&mut self, level: usize, index: usize) -> Result<Field, Self::Error> {
        let word = self.host.sload(POOL, frontier_slot(self.pool, level, index))?;
        Ok(field_from_bytes(&word.to_be_bytes()).expect("only field elements are written"))
    }

    fn set_node(&mut self, level: usize, index: usize, node: Field) -> Result<(), Self::Error> {
        let word = U256::from_be_bytes(field_to_bytes(&node));
        self.host.sstore(POOL, frontier_slot(self.pool, level, index), word)
    }
}

fn frontier_slot(pool: u8, level: usize, index: usize) -> U256 {
    layout::FRONTIER.at(&[U256::from(pool), U256::from(level), U256::from(index)])
}

impl<J: JournalTr> Host<'_, J> {
    // ---- tree ----

    /// Leaves in a pool's tree, those of the open block included.
    pub fn note_count(&mut self, pool: u8) -> Outcome<u64, J> {
        Ok(self.sload(POOL, layout::NOTE_COUNT.of_pool(pool))?.saturating_to())
    }

    fn append_note(&mut self, pool: u8, commitment: Field) -> Outcome<u64, J> {
        let position = self.note_count(pool)?;
        if position >= tree::CAPACITY {
            return Err(Fault::revert(abi::TreeFull {}));
        }
        tree::append(&mut PoolTree { host: self, pool }, position, commitment, |_, _, _| ())?;
        self.sstore(POOL, layout::NOTE_COUNT.of_pool(pool), U256::from(position + 1))?;
        Ok(position)
    }

    /// Makes the present root of every open pool an anchor; called once at the
    /// end of a block. A root that already is one keeps its block.
    pub fn close_block(&mut self) -> Outcome<(), J> {
        for pool in self.rules.open_pools() {
            let count = self.note_count(pool)?;
            let root = tree::root(&mut PoolTree { host: self, pool }, count, |_, _, _| ())?;
            let word = U256::from_be_bytes(field_to_bytes(&root));
            let slot = layout::ANCHOR.in_pool(pool, word);
            if self.sload(POOL, slot)?.is_zero() {
                self.sstore(POOL, slot, U256::from(self.rules.block_number) + U256::ONE)?;
                self.sstore(POOL, layout::LAST_ANCHOR.of_pool(pool), word)?;
            }
        }
        Ok(())
    }

    /// Whether `root` was the root of a pool's tree at the end of a block.
    pub fn is_anchor(&mut self, pool: u8, root: B256) -> Outcome<bool, J> {
        Ok(!self.sload(POOL, layout::ANCHOR.in_pool(pool, root.into()))?.is_zero())
    }

    /// The newest anchor of a pool.
    pub fn last_anchor(&mut self, pool: u8) -> Outcome<B256, J> {
        Ok(self.sload(POOL, layout::LAST_ANCHOR.of_pool(pool))?.into())
    }

    // ---- nullifiers ----

    /// Whether a nullifier was revealed in a pool.
    pub fn is_spent(&mut self, pool: u8, nullifier: B256) -> Outcome<bool, J> {
        Ok(!self.sload(POOL, layout::NULLIFIER.in_pool(pool, nullifier.into()))?.is_zero())
    }

    /// Reveals a nullifier, which must be new.
    fn spend(&mut self, pool: u8, nullifier: B256) -> Outcome<(), J> {
        if self.is_spent(pool, nullifier)? {
            return Err(Fault::revert(abi::NullifierAlreadySpent { nullifier }));
        }
        let block = U256::from(self.rules.block_number) + U256::ONE;
        self.sstore(POOL, layout::NULLIFIER.in_pool(pool, nullifier.into()), block)?;
        self.emit(POOL, &abi::NullifierSpent { nullifier, pool });
        Ok(())
    }

    // ---- notes ----

    /// Adds a bundle's output to the tree of its pool.
    fn add_hidden_note(&mut self, pool: u8, output: &Output) -> Outcome<u64, J> {
        let position = self.append_note(pool, output.cm)?;
        let commitment = field_to_bytes(&output.cm).into();
        let ciphertext = output.note.to_log(&output.cv).into();
        self.emit(POOL, &abi::HiddenNote { position, commitment, pool, ciphertext });
        Ok(position)
    }

    /// Adds a note with public content to a pool's tree. The asset must exist and
    /// its amount must have been debited from a public account or the pool.
    pub fn add_public_note(
        &mut self,
        pool: u8,
        to: &OneTimeAddress,
        asset: AssetId,
        amount: u128,
        memo: &Memo,
    ) -> Outcome<u64, J> {
        let unknown = |_| Fault::revert(abi::UnknownAsset { asset: asset_key(asset) });
        let commitment = public_note_commitment(to, asset, amount).map_err(unknown)?;
        let position = self.append_note(pool, commitment)?;
        let event = abi::PublicNote {
            position,
            commitment: field_to_bytes(&commitment).into(),
            asset: asset_key(asset),
            amount: U256::from(amount),
            pool,
            pkr: to.to_bytes().into(),
            memo: Bytes::copy_from_slice(memo.as_bytes()),
        };
        self.emit(POOL, &event);
        Ok(position)
    }

    // ---- flows between public accounts and the pool ----

    /// Units of an asset in all pools.
    pub fn hidden(&mut self, asset: AssetId) -> Outcome<u128, J> {
        let overflow = || Fault::revert(abi::InvalidAmount { amount: U256::MAX });
        let mut sum = 0u128;
        for pool in self.rules.open_pools() {
            sum = sum.checked_add(self.hidden_in(pool, asset)?).ok_or_else(overflow)?;
        }
        Ok(sum)
    }

    /// Units of an asset in one pool.
    pub fn hidden_in(&mut self, pool: u8, asset: AssetId) -> Outcome<u128, J> {
        self.counter(POOL, layout::HIDDEN.in_pool(pool, asset_key(asset)))
    }

    /// Counts `amount` into a pool. The value itself moves in [`Self::hide`].
    pub fn add_hidden(&mut self, pool: u8, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::HIDDEN.in_pool(pool, asset_key(asset));
        let invalid = || Fault::revert(abi::InvalidAmount { amount: U256::from(amount) });
        let sum = self.counter(POOL, slot)?.checked_add(amount).ok_or_else(invalid)?;
        self.sstore(POOL, slot, U256::from(sum))
    }

    /// Moves value of a public account into a pool. Coins must already be on
    /// POOL's account if `coin_received`, else they are taken from `from`.
    pub fn hide(
        &mut self,
        pool: u8,
        from: Address,
        asset: AssetId,
        amount: u128,
        coin_received: bool,
    ) -> Outcome<(), J> {
        if asset == AssetId::coin() {
            if !coin_received && !self.move_coin(from, POOL, amount)? {
                let (balance, needed) = (self.coin_balance(from)?, U256::from(amount));
                let asset = asset_key(asset);
                return Err(Fault::revert(abi::InsufficientBalance { holder: from, asset, balance, needed }));
            }
        } else {
            self.debit(from, from, POOL, asset, amount)?;
            self.subtract_public(asset, amount)?;
        }
        self.add_hidden(pool, asset, amount)?;
        self.emit_flow(pool, from, asset, true, amount);
        Ok(())
    }

    /// Takes `amount` out of a pool's counter: a checked subtraction, so that
    /// never more comes out than went in, even if proofs were broken.
    pub fn release(&mut self, pool: u8, asset: AssetId, amount: u128) -> Outcome<(), J> {
        let slot = layout::HIDDEN.in_pool(pool, asset_key(asset));
        let hidden = self.counter(POOL, slot)?;
        let Some(rest) = hidden.checked_sub(amount) else {
            let (hidden, needed) = (U256::from(hidden), U256::from(amount));
            return Err(Fault::revert(abi::PoolExhausted { asset: asset_key(asset), hidden, needed }));
        };
        self.sstore(POOL, slot, U256::from(rest))
    }

    /// Moves value of a pool to a public account.
    pub fn unhide(&mut self, pool: u8, to: Address, asset: AssetId, amount: u128) -> Outcome<(), J> {
        self.release(pool, asset, amount)?;
        if asset == AssetId::coin() {
            if !self.move_coin(POOL, to, amount)? {
                let (hidden, needed) = (self.coin_balance(POOL)?, U256::from(amount));
                return Err(Fault::revert(abi::PoolExhausted { asset: asset_key(asset), hidden, needed }));
            }
        } else {
            self.add_public(asset, amount)?;
            self.credit(to, POOL, to, asset, amount)?;
        }
        self.emit_flow(pool, to, asset, false, amount);
        Ok(())
    }

    fn emit_flow(&mut self, pool: u8, account: Address, asset: AssetId, inward: bool, amount: u128) {
        let (asset, amount) = (asset_key(asset), U256::from(amount));
        let event = abi::Flow { account, asset, inward, amount, pool };
        self.emit(POOL, &event);
    }

    // ---- refund addresses ----

    /// The refund `PKr` of `from`.
    pub fn refund_address(&mut self, from: Address) -> Outcome<Option<OneTimeAddress>, J> {
        let mut bytes = [0u8; OneTimeAddress::LEN];
        for (i, chunk) in bytes.chunks_exact_mut(32).enumerate() {
            let word = self.sload(POOL, layout::REFUND.at(&[key(from), U256::from(i)]))?;
            chunk.copy_from_slice(&word.to_be_bytes::<32>());
        }
        Ok(OneTimeAddress::from_bytes(&bytes).ok())
    }

    /// Stores the refund `PKr` of `from`; the last one wins.
    pub fn set_refund_address(&mut self, from: Address, refund: &OneTimeAddress) -> Outcome<(), J> {
        for (i, chunk) in refund.to_bytes().as_chunks::<32>().0.iter().enumerate() {
            let slot = layout::REFUND.at(&[key(from), U256::from(i)]);
            self.sstore(POOL, slot, U256::from_be_bytes(*chunk))?;
        }
        Ok(())
    }
}

/// Slots of the genesis state of POOL: the empty tree's root is block 0's
/// anchor in the pools that are open then.
pub fn genesis_storage(open_pools: impl Iterator<Item = u8>) -> Vec<(U256, U256)> {
    let root = U256::from_be_bytes(field_to_bytes(&tree::empty_root(tree::DEPTH)));
    open_pools
        .flat_map(|pool| {
            [(layout::ANCHOR.in_pool(pool, root), U256::ONE), (layout::LAST_ANCHOR.of_pool(pool), root)]
        })
        .collect()
}
