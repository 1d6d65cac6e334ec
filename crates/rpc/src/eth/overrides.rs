//! What a caller makes up about accounts and blocks.

use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, U64, U128, U256};
use alloy_rpc_types_eth::state::StateOverride;
use serde::Deserialize;
use sero_execution::{AccountOverride, Overrides};
use std::collections::BTreeMap;

/// Fields of a block that are to be others. An error names the field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BlockOverrides {
    #[serde(alias = "blockNumber")]
    pub(crate) number: Option<U256>,
    #[serde(alias = "timestamp")]
    pub(crate) time: Option<U256>,
    difficulty: Option<U256>,
    gas_limit: Option<U64>,
    #[serde(alias = "coinbase")]
    fee_recipient: Option<Address>,
    #[serde(alias = "random")]
    prev_randao: Option<B256>,
    #[serde(alias = "baseFee")]
    pub(crate) base_fee_per_gas: Option<U256>,
    blob_base_fee: Option<U128>,
    #[serde(alias = "beaconRoot")]
    parent_beacon_block_root: Option<B256>,
    pub(crate) withdrawals: Option<Vec<Withdrawal>>,
}

impl BlockOverrides {
    /// Puts everything that a header holds into one.
    pub(crate) fn apply(&self, header: &mut Header) -> Result<(), String> {
        let small = |field: &str, value: U256| {
            u64::try_from(value).map_err(|_| format!("{field} {value} is above {}", u64::MAX))
        };
        if let Some(number) = self.number {
            header.number = small("number", number)?;
        }
        if let Some(time) = self.time {
            header.timestamp = small("time", time)?;
        }
        if let Some(fee) = self.base_fee_per_gas {
            header.base_fee_per_gas = Some(small("baseFeePerGas", fee)?);
        }
        header.difficulty = self.difficulty.unwrap_or(header.difficulty);
        header.gas_limit = self.gas_limit.map_or(header.gas_limit, |gas| gas.to());
        header.beneficiary = self.fee_recipient.unwrap_or(header.beneficiary);
        header.mix_hash = self.prev_randao.unwrap_or(header.mix_hash);
        if header.parent_beacon_block_root.is_some() {
            header.parent_beacon_block_root =
                self.parent_beacon_block_root.or(header.parent_beacon_block_root);
        }
        Ok(())
    }

    /// Wei for a unit of blob gas.
    pub(crate) fn blob_base_fee(&self) -> Option<u128> {
        self.blob_base_fee.map(|wei| wei.to())
    }
}

/// Accounts to replace, from their JSON form.
pub(crate) fn state_overrides(overrides: StateOverride) -> Result<Overrides, String> {
    let mut result = Overrides::new();
    for (address, change) in overrides {
        if change.state.is_some() && change.state_diff.is_some() {
            return Err(format!("account {address} has both state and stateDiff"));
        }
        let slots = |slots: alloy_primitives::map::B256HashMap<B256>| -> BTreeMap<U256, U256> {
            slots.into_iter().map(|(slot, value)| (slot.into(), value.into())).collect()
        };
        let change = AccountOverride {
            balance: change.balance,
            nonce: change.nonce,
            code: change.code,
            state_diff: change.state_diff.map(slots).unwrap_or_default(),
            state: change.state.map(slots),
            precompile_to: change.move_precompile_to,
        };
        result.insert(address, change);
    }
    Ok(result)
}
