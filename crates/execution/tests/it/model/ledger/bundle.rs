//! What a bundle does to notes, boxes and flows, and what a transaction does around it.

use super::{Done, Fail, Ledger, Package, coin, err, id};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use sero_primitives::precompile::abi::{IPackages, IPool};
use sero_primitives::{ASSETS, PACKAGES, POOL, PRECOMPILES};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, Direction, PackageAction};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::field_to_bytes;
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::public_note_commitment;
use sero_shielded::package::PackageId;

impl Ledger {
    pub(super) fn append(&mut self, pool: u8, cm: B256) -> Done<u64> {
        let position = self.note_count(pool);
        if position >= 8u64.pow(11) - 1 {
            return Err(err(IPool::TreeFull {}));
        }
        self.leaves[usize::from(pool)].push(cm);
        Ok(position)
    }

    pub(super) fn public_note(
        &mut self,
        pool: u8,
        pkr: &[u8; 128],
        asset: U256,
        amount: u128,
        memo: &[u8],
    ) -> Done<u64> {
        let to = OneTimeAddress::from_bytes(pkr).map_err(|_| Fail::Named(IPool::InvalidPkr::SELECTOR))?;
        let asset_id = AssetId::from_bytes(asset.to_be_bytes()).expect("checked");
        let cm = public_note_commitment(&to, asset_id, amount).expect("registered assets have generators");
        let commitment = B256::from(field_to_bytes(&cm));
        let position = self.append(pool, commitment)?;
        self.emit(
            POOL,
            &IPool::PublicNote {
                position,
                commitment,
                asset,
                amount: U256::from(amount),
                pool,
                pkr: pkr.to_vec().into(),
                memo: memo.to_vec().into(),
            },
        );
        Ok(position)
    }

    pub(super) fn flow_log(&mut self, account: Address, asset: U256, inward: bool, amount: u128, pool: u8) {
        self.emit(POOL, &IPool::Flow { account, asset, inward, amount: U256::from(amount), pool });
    }

    pub(super) fn hide(
        &mut self,
        pool: u8,
        from: Address,
        asset: U256,
        amount: u128,
        received: bool,
    ) -> Done<()> {
        if asset == coin() {
            if !received && !self.pay(from, POOL, amount) {
                let (balance, needed) = (U256::from(self.coins_of(from)), U256::from(amount));
                return Err(err(IPool::InsufficientBalance { holder: from, asset, balance, needed }));
            }
        } else {
            self.debit(from, asset, amount)?;
            self.transfer_log(from, from, POOL, asset, amount);
            *self.public.entry(asset).or_default() -= amount;
        }
        let counter = self.hidden.entry((pool, asset)).or_default();
        *counter = counter.checked_add(amount).ok_or(Fail::Named(IPool::InvalidAmount::SELECTOR))?;
        self.flow_log(from, asset, true, amount, pool);
        Ok(())
    }

    pub(super) fn release(&mut self, pool: u8, asset: U256, amount: u128) -> Done<()> {
        let hidden = self.hidden_in(pool, asset);
        let Some(rest) = hidden.checked_sub(amount) else {
            let (hidden, needed) = (U256::from(hidden), U256::from(amount));
            return Err(err(IPool::PoolExhausted { asset, hidden, needed }));
        };
        self.hidden.insert((pool, asset), rest);
        Ok(())
    }

    pub(super) fn unhide(&mut self, pool: u8, to: Address, asset: U256, amount: u128) -> Done<()> {
        self.release(pool, asset, amount)?;
        if asset == coin() {
            assert!(self.pay(POOL, to, amount), "POOL holds at least what its counters say");
        } else {
            *self.public.entry(asset).or_default() += amount;
            self.credit(to, asset, amount);
            self.transfer_log(to, POOL, to, asset, amount);
        }
        self.flow_log(to, asset, false, amount, pool);
        Ok(())
    }

    /// Anchor, nullifiers, outputs, openings, creations.
    pub fn notes(&mut self, bundle: &Bundle, opener: Option<Address>, nonce: Option<u64>) -> Done<()> {
        let pool = bundle.pool;
        self.check_pool(bundle)?;
        for nullifier in bundle.nullifiers().map(B256::from) {
            if self.nullifiers.contains_key(&(pool, nullifier)) {
                return Err(err(IPool::NullifierAlreadySpent { nullifier }));
            }
            self.nullifiers.insert((pool, nullifier), self.block);
            self.emit(POOL, &IPool::NullifierSpent { nullifier, pool });
        }
        for output in &bundle.outputs {
            let commitment = B256::from(field_to_bytes(&output.cm));
            if self.commitments.contains_key(&commitment) {
                return Err(err(IPackages::CommitmentUsed { commitment }));
            }
            let position = self.append(pool, commitment)?;
            let ciphertext = output.note.to_log(&output.cv).into();
            self.emit(POOL, &IPool::HiddenNote { position, commitment, pool, ciphertext });
        }
        for open in bundle.opened_packages() {
            let id = B256::from(open.id.to_bytes());
            let Some(package) = self.packages.get_mut(&id) else {
                return Err(err(IPackages::UnknownPackage { id }));
            };
            if package.opened {
                return Err(err(IPackages::AlreadyOpened { id }));
            }
            if opener != Some(package.owner) {
                let (caller, owner) = (opener.unwrap_or_default(), package.owner);
                return Err(err(IPackages::NotPackageOwner { caller, owner }));
            }
            if package.pool != pool {
                return Err(err(IPackages::WrongPool { id, pool: package.pool, bundlePool: pool }));
            }
            let commitment = B256::from(field_to_bytes(&open.commitment));
            if package.commitment != commitment {
                return Err(err(IPackages::WrongCommitment { id, commitment }));
            }
            if package.cv == point_to_bytes(&open.cv) {
                return Err(err(IPackages::StaleValueCommitment { id }));
            }
            package.opened = true;
            let owner = package.owner;
            self.emit(PACKAGES, &IPackages::PackageOpened { id, owner });
        }
        self.close_boxes(bundle, opener, nonce)
    }

    pub fn check_pool(&self, bundle: &Bundle) -> Done<()> {
        let pool = bundle.pool;
        if !self.open(pool) {
            return Err(err(IPool::PoolClosed { pool }));
        }
        let anchor = B256::from(field_to_bytes(&bundle.anchor));
        if !bundle.spends.is_empty() && !self.anchors.contains_key(&(pool, anchor)) {
            return Err(err(IPool::UnknownAnchor { anchor }));
        }
        Ok(())
    }

    pub(super) fn close_boxes(
        &mut self,
        bundle: &Bundle,
        from: Option<Address>,
        nonce: Option<u64>,
    ) -> Done<()> {
        for (index, action) in (0u8..).zip(&bundle.packages) {
            let PackageAction::Create(create) = action else { continue };
            let id = match (bundle.spends.first(), from, nonce) {
                (Some(spend), _, _) => PackageId::from_nullifier(bundle.pool, &spend.nullifier, index),
                (None, Some(from), Some(nonce)) => PackageId::from_call(&from.into_array(), nonce, index),
                _ => continue,
            };
            let id = B256::from(id.to_bytes());
            let owner = Address::from(create.owner);
            if owner.is_zero() || PRECOMPILES.contains(&owner) {
                return Err(err(IPackages::InvalidOwner { owner }));
            }
            if self.packages.contains_key(&id) {
                return Err(err(IPackages::PackageExists { id }));
            }
            let commitment = B256::from(field_to_bytes(&create.sealed.commitment));
            if self.commitments.contains_key(&commitment) {
                return Err(err(IPackages::CommitmentUsed { commitment }));
            }
            self.commitments.insert(commitment, id);
            let (tag, ciphertext) = (create.sealed.tag, create.sealed.ciphertext.clone());
            let cv = point_to_bytes(&create.cv);
            let pool = bundle.pool;
            let event = IPackages::PackageCreated {
                id,
                owner,
                commitment,
                pool,
                tag: tag.into(),
                ciphertext: ciphertext.clone().into(),
            };
            self.packages.insert(id, Package { owner, opened: false, pool, commitment, cv, tag, ciphertext });
            self.emit(PACKAGES, &event);
        }
        Ok(())
    }

    pub fn flows(&mut self, bundle: &Bundle, account: Address, received: bool) -> Done<()> {
        for entry in &bundle.balance {
            let asset = id(entry.asset);
            self.asset(asset)?;
            match entry.direction {
                Direction::Inward if !self.takes_deposits(bundle.pool) => {
                    return Err(err(IPool::DepositsPaused {}));
                }
                Direction::Inward => self.hide(bundle.pool, account, asset, entry.amount, received)?,
                Direction::Outward => self.unhide(bundle.pool, account, asset, entry.amount)?,
            }
        }
        Ok(())
    }

    /// Takes attachments out of `from`'s balances.
    pub fn hold(&mut self, from: Address, attached: &[(U256, u128)]) -> Done<()> {
        for (asset, amount) in attached {
            self.debit(from, *asset, *amount)?;
            self.transfer_log(from, from, ASSETS, *asset, *amount);
        }
        self.attached = attached.to_vec();
        Ok(())
    }

    pub fn release_attached(&mut self, to: Address) -> Vec<(U256, u128)> {
        let attached = std::mem::take(&mut self.attached);
        for (asset, amount) in &attached {
            self.credit(to, *asset, *amount);
            self.transfer_log(ASSETS, ASSETS, to, *asset, *amount);
        }
        attached
    }

    /// The surplus of `from` leaves as a note, or stays where no note can be made.
    pub fn refund(&mut self, bundle_pool: u8, from: Address, asset: U256, amount: u128, pkr: &[u8; 128]) {
        let before = self.clone();
        let pool = self.deposit_pool().unwrap_or(bundle_pool);
        let done = self.hide(pool, from, asset, amount, false);
        if done.and_then(|()| self.public_note(pool, pkr, asset, amount, &[])).is_err() {
            *self = before;
        }
    }

    /// A pure transfer's out.
    pub fn out(&mut self, pool: u8, pkr: &[u8; 128], asset: U256, amount: u128, memo: &[u8]) -> Done<()> {
        let to = self.deposit_pool().unwrap_or(pool);
        self.asset(asset)?;
        self.release(pool, asset, amount)?;
        *self.hidden.entry((to, asset)).or_default() += amount;
        self.public_note(to, pkr, asset, amount, memo).map(|_| ())
    }

    /// A pure transfer's fee.
    pub fn fee(&mut self, pool: u8, burned: u128, tip: u128, proposer: Address) -> Done<()> {
        self.release(pool, coin(), burned + tip)?;
        assert!(self.pay(POOL, Address::repeat_byte(0xbb), burned) && self.pay(POOL, proposer, tip));
        self.coins.remove(&Address::repeat_byte(0xbb));
        Ok(())
    }
}
