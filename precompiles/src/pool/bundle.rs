//! A bundle's effects: the same whether a transaction or a contract carries it.

use crate::host::{Fault, Host, Outcome};
use alloy_primitives::{Address, B256, U256};
use revm::context_interface::JournalTr;
use sero_primitives::precompile::abi::IPool as abi;
use sero_shielded::bundle::{Bundle, Direction};
use sero_shielded::field::field_to_bytes;

/// Who stands behind a bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The account that may open its packages; nobody in a pure transfer.
    pub account: Option<Address>,
    /// Its nonce, where the transaction has one.
    pub nonce: Option<u64>,
}

impl<J: JournalTr> Host<'_, J> {
    /// Anchor, nullifiers, outputs, packages of a verified bundle, in this
    /// order. Anchors and nullifiers are checked here again: the state may have
    /// moved on since admission.
    pub fn apply_notes(&mut self, bundle: &Bundle, sender: Sender) -> Outcome<(), J> {
        self.check_pool(bundle)?;
        for nullifier in bundle.nullifiers().map(B256::from) {
            self.spend(bundle.pool, nullifier)?;
        }
        for output in &bundle.outputs {
            self.require_no_package(&output.cm)?;
            self.add_hidden_note(bundle.pool, output)?;
        }
        self.open_packages(bundle, sender.account)?;
        self.create_packages(bundle, sender)
    }

    /// The pool is open, and the anchor was its root.
    pub(crate) fn check_pool(&mut self, bundle: &Bundle) -> Outcome<(), J> {
        if self.rules.keys(bundle.pool).is_none() {
            return Err(Fault::revert(abi::PoolClosed { pool: bundle.pool }));
        }
        let anchor = B256::from(field_to_bytes(&bundle.anchor));
        if !bundle.spends.is_empty() && !self.is_anchor(bundle.pool, anchor)? {
            return Err(Fault::revert(abi::UnknownAnchor { anchor }));
        }
        Ok(())
    }

    /// Moves the bundle's public amounts between its pool and `account`. Coins
    /// that flow inward are already on POOL's account if `coin_received`.
    pub fn apply_flows(&mut self, bundle: &Bundle, account: Address, coin_received: bool) -> Outcome<(), J> {
        for entry in &bundle.balance {
            self.require_asset(U256::from_be_bytes(entry.asset.to_bytes()))?;
            match entry.direction {
                Direction::Inward if !self.rules.takes_deposits(bundle.pool) => {
                    return Err(Fault::revert(abi::DepositsPaused {}));
                }
                Direction::Inward => {
                    self.hide(bundle.pool, account, entry.asset, entry.amount, coin_received)?;
                }
                Direction::Outward => self.unhide(bundle.pool, account, entry.asset, entry.amount)?,
            }
        }
        Ok(())
    }

    /// Where value that a transaction took out of `pool` returns as notes: the
    /// pool that takes deposits, or else `pool` itself, so that no pause strands it.
    pub fn return_pool(&self, pool: u8) -> u8 {
        self.rules.deposit_pool().unwrap_or(pool)
    }
}
