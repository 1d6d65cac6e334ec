//! Supply counted a second time, by other means than the counters that
//! consensus checks: coins by summing all accounts, tokens and tickets by
//! replaying every `Transfer` log, hidden amounts by replaying every flow.

use crate::chain::Chain;
use crate::error::ChainError;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::{ASSETS, POOL, Transaction};
use sero_shielded::asset::AssetId;
use std::collections::BTreeMap;

/// One asset's figures as recounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetRecount {
    /// Units that exist.
    pub issued: U256,
    /// Units held by public accounts.
    pub public: U256,
    /// Units in the pool.
    pub hidden: U256,
}

/// All assets, at one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Block of the recount.
    pub block_number: u64,
    /// Figures by asset id.
    pub assets: BTreeMap<B256, AssetRecount>,
}

#[derive(Default)]
struct Ledger {
    /// Public balances by (asset, holder).
    balances: BTreeMap<(B256, Address), U256>,
    issued: BTreeMap<B256, U256>,
    hidden: BTreeMap<B256, U256>,
}

impl Chain {
    /// Recounts every asset from the ledger and the logs up to the head. Reads
    /// the whole chain.
    pub fn recount_supply(&self) -> Result<Recount, ChainError> {
        let snapshot = self.snapshot()?;
        let head = snapshot.number().unwrap_or_default();
        let mut ledger = Ledger::default();
        for number in 0..=head {
            let corrupt = |reason| ChainError::Corrupt { what: format!("ledger of block {number}"), reason };
            for log in self.receipts(number)?.iter().flat_map(|receipt| &receipt.logs) {
                ledger.read(log).map_err(corrupt)?;
            }
            for transaction in self.block(number)?.map(|block| block.transactions).unwrap_or_default() {
                ledger.pay_hidden_fee(&transaction).map_err(corrupt)?;
            }
        }
        let mut coins = U256::ZERO;
        snapshot.for_each_account(|_, account| coins += account.balance)?;
        let coin = B256::from(AssetId::coin().to_bytes());
        let mut assets: BTreeMap<B256, AssetRecount> = BTreeMap::new();
        for (asset, issued) in ledger.issued {
            assets.entry(asset).or_default().issued = issued;
        }
        for ((asset, _), balance) in ledger.balances {
            assets.entry(asset).or_default().public += balance;
        }
        for (asset, hidden) in ledger.hidden {
            assets.entry(asset).or_default().hidden = hidden;
        }
        // The hidden coins lie on POOL's account; all other coins are public.
        let entry = assets.entry(coin).or_default();
        entry.issued = coins;
        entry.public = coins.saturating_sub(entry.hidden);
        Ok(Recount { block_number: head, assets })
    }
}

impl Ledger {
    fn read(&mut self, log: &alloy_primitives::Log) -> Result<(), String> {
        if log.address == ASSETS
            && let Ok(transfer) = IAssets::Transfer::decode_log(log)
        {
            let asset = B256::from(transfer.id);
            let zero = Address::ZERO;
            if transfer.sender == zero {
                add(self.issued.entry(asset).or_default(), transfer.amount)?;
            } else if transfer.sender != POOL {
                subtract(self.balances.entry((asset, transfer.sender)).or_default(), transfer.amount)?;
            }
            if transfer.receiver == zero {
                subtract(self.issued.entry(asset).or_default(), transfer.amount)?;
            } else if transfer.receiver != POOL {
                add(self.balances.entry((asset, transfer.receiver)).or_default(), transfer.amount)?;
            }
        }
        if log.address == POOL
            && let Ok(flow) = IPool::Flow::decode_log(log)
        {
            let hidden = self.hidden.entry(flow.asset.into()).or_default();
            if flow.inward { add(hidden, flow.amount)? } else { subtract(hidden, flow.amount)? }
        }
        Ok(())
    }

    /// The fee of a pure transfer leaves the pool without a log.
    fn pay_hidden_fee(&mut self, transaction: &Transaction) -> Result<(), String> {
        let Some(tx) = transaction.as_shielded().filter(|tx| tx.call.is_none()) else { return Ok(()) };
        let fee = U256::from(tx.gas_limit) * U256::from(tx.max_fee_per_gas);
        subtract(self.hidden.entry(AssetId::coin().to_bytes().into()).or_default(), fee)
    }
}

fn add(sum: &mut U256, amount: U256) -> Result<(), String> {
    *sum = sum.checked_add(amount).ok_or("a sum leaves 256 bits")?;
    Ok(())
}

fn subtract(sum: &mut U256, amount: U256) -> Result<(), String> {
    *sum = sum.checked_sub(amount).ok_or("more leaves a balance than entered it")?;
    Ok(())
}
