//! Rules on a header that follow from its parent.

use super::difficulty::difficulty;
use crate::block::BlockInputs;
use crate::error::BlockError;
use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_eips::eip1559::{BaseFeeParams, INITIAL_BASE_FEE, calc_next_block_base_fee};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use alloy_primitives::{B64, B256, U256};
use sero_primitives::block::header_template;
use sero_primitives::ethereum::{BlobParams, Fork, ForkSchedule};

/// A header's gas limit moves by less than this part of its parent's.
const GAS_LIMIT_QUOTIENT: u64 = 1_024;
const GAS_LIMIT_MAX: u64 = i64::MAX as u64; // CAST: positive
/// With London the gas limit doubles, once.
const ELASTICITY: u64 = 2;

const GAS_LIMIT_LEAST: u64 = 5_000;
const EXTRA_DATA_BYTES_MAX: usize = 32;
/// Bytes of a block's RLP (EIP-7934).
pub(crate) const BLOCK_BYTES_MAX: usize = 8 << 20;

fn refuse(
    field: &'static str,
    found: impl core::fmt::Debug,
    expected: impl Into<String>,
) -> Result<(), BlockError> {
    Err(BlockError::Header { field, found: format!("{found:?}"), expected: expected.into() })
}

/// Checks everything that needs neither the block's body nor its execution.
pub(crate) fn check_header(header: &Header, parent: &Header, forks: &ForkSchedule) -> Result<(), BlockError> {
    let fork = forks.at(header.number, header.timestamp);
    if header.parent_hash != parent.hash_slow() {
        return refuse("parent_hash", header.parent_hash, parent.hash_slow().to_string());
    }
    if Some(header.number) != parent.number.checked_add(1) {
        return refuse("number", header.number, format!("{} + 1", parent.number));
    }
    if header.timestamp <= parent.timestamp {
        return refuse("timestamp", header.timestamp, format!("above {}", parent.timestamp));
    }
    if header.extra_data.len() > EXTRA_DATA_BYTES_MAX {
        return refuse("extra_data", &header.extra_data, format!("at most {} bytes", EXTRA_DATA_BYTES_MAX));
    }
    if header.gas_used > header.gas_limit {
        return refuse("gas_used", header.gas_used, format!("at most {}, the gas limit", header.gas_limit));
    }
    check_fields(header, fork)?;
    check_gas_limit(header, parent, fork, forks)?;
    check_base_fee(header, parent, fork)?;
    check_difficulty(header, parent, fork)?;
    match forks.blobs(header.timestamp).filter(|_| fork >= Fork::Cancun) {
        Some(blobs) => check_blobs(header, parent, &blobs),
        None => Ok(()),
    }
}

/// Which optional fields there are.
fn check_fields(header: &Header, fork: Fork) -> Result<(), BlockError> {
    let fields = [
        ("base_fee_per_gas", header.base_fee_per_gas.is_some(), Fork::London),
        ("withdrawals_root", header.withdrawals_root.is_some(), Fork::Shanghai),
        ("blob_gas_used", header.blob_gas_used.is_some(), Fork::Cancun),
        ("excess_blob_gas", header.excess_blob_gas.is_some(), Fork::Cancun),
        ("parent_beacon_block_root", header.parent_beacon_block_root.is_some(), Fork::Cancun),
        ("requests_hash", header.requests_hash.is_some(), Fork::Prague),
    ];
    for (field, there, since) in fields {
        if there != (fork >= since) {
            let found = if there { "given" } else { "missing" };
            let rule = if there { "not before" } else { "from" };
            return refuse(field, found, format!("{rule} {since:?}; this block is of {fork:?}"));
        }
    }
    if header.block_access_list_hash.is_some() || header.slot_number.is_some() {
        return refuse("block_access_list_hash", "given", "a fork that this node does not know");
    }
    Ok(())
}

fn check_gas_limit(
    header: &Header,
    parent: &Header,
    fork: Fork,
    forks: &ForkSchedule,
) -> Result<(), BlockError> {
    let first_of_london = fork >= Fork::London && forks.at(parent.number, parent.timestamp) < Fork::London;
    let before = parent.gas_limit.saturating_mul(if first_of_london { ELASTICITY } else { 1 });
    let step = before / GAS_LIMIT_QUOTIENT;
    if header.gas_limit.abs_diff(before) >= step {
        let expected = format!("less than {step} away from {before}");
        return refuse("gas_limit", header.gas_limit, expected);
    }
    let range = GAS_LIMIT_LEAST..=GAS_LIMIT_MAX;
    if !range.contains(&header.gas_limit) {
        return refuse("gas_limit", header.gas_limit, format!("{} to {}", range.start(), range.end()));
    }
    Ok(())
}

fn check_base_fee(header: &Header, parent: &Header, fork: Fork) -> Result<(), BlockError> {
    let expected = next_base_fee(parent, fork);
    if fork >= Fork::London && header.base_fee_per_gas != expected {
        return refuse("base_fee_per_gas", header.base_fee_per_gas, expected.unwrap_or_default().to_string());
    }
    Ok(())
}

/// Wei per gas in a block of `fork`, where there is a base fee.
fn next_base_fee(parent: &Header, fork: Fork) -> Option<u64> {
    (fork >= Fork::London).then(|| match parent.base_fee_per_gas {
        None => INITIAL_BASE_FEE,
        Some(fee) => {
            calc_next_block_base_fee(parent.gas_used, parent.gas_limit, fee, BaseFeeParams::ethereum())
        }
    })
}

/// Header of a child before execution: what follows from the parent, and no more fields than the fork has. Of blocks
/// from before the merge the difficulty is left out.
pub(crate) fn child_header(parent: &Header, inputs: &BlockInputs, forks: &ForkSchedule) -> Header {
    let number = parent.number + 1;
    let fork = forks.at(number, inputs.timestamp);
    let template = header_template();
    Header {
        parent_hash: parent.hash_slow(),
        number,
        timestamp: inputs.timestamp,
        beneficiary: inputs.beneficiary,
        mix_hash: inputs.prevrandao,
        gas_limit: parent.gas_limit,
        base_fee_per_gas: next_base_fee(parent, fork),
        withdrawals_root: template.withdrawals_root.filter(|_| fork >= Fork::Shanghai),
        blob_gas_used: template.blob_gas_used.filter(|_| fork >= Fork::Cancun),
        excess_blob_gas: forks.blobs(inputs.timestamp).map(|blobs| next_excess_blob_gas(parent, &blobs)),
        parent_beacon_block_root: template.parent_beacon_block_root.filter(|_| fork >= Fork::Cancun),
        requests_hash: template.requests_hash.filter(|_| fork >= Fork::Prague),
        ..template
    }
}

fn check_difficulty(header: &Header, parent: &Header, fork: Fork) -> Result<(), BlockError> {
    if fork < Fork::Paris {
        let expected = difficulty(parent, header.timestamp, fork);
        if header.difficulty != expected {
            return refuse("difficulty", header.difficulty, expected.to_string());
        }
        return Ok(());
    }
    if header.difficulty != U256::ZERO {
        return refuse("difficulty", header.difficulty, "0 after the merge");
    }
    if header.nonce != B64::ZERO {
        return refuse("nonce", header.nonce, "0 after the merge");
    }
    if header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        return refuse("ommers_hash", header.ommers_hash, B256::to_string(&EMPTY_OMMER_ROOT_HASH));
    }
    Ok(())
}

fn check_blobs(header: &Header, parent: &Header, blobs: &BlobParams) -> Result<(), BlockError> {
    let used = header.blob_gas_used.unwrap_or_default();
    if used > blobs.max_blob_gas_per_block() {
        return refuse("blob_gas_used", used, format!("at most {}", blobs.max_blob_gas_per_block()));
    }
    if !used.is_multiple_of(DATA_GAS_PER_BLOB) {
        return refuse("blob_gas_used", used, format!("a multiple of {DATA_GAS_PER_BLOB}"));
    }
    let expected = next_excess_blob_gas(parent, blobs);
    if header.excess_blob_gas != Some(expected) {
        return refuse("excess_blob_gas", header.excess_blob_gas, expected.to_string());
    }
    Ok(())
}

fn next_excess_blob_gas(parent: &Header, blobs: &BlobParams) -> u64 {
    blobs.next_block_excess_blob_gas_osaka(
        parent.excess_blob_gas.unwrap_or_default(),
        parent.blob_gas_used.unwrap_or_default(),
        parent.base_fee_per_gas.unwrap_or_default(),
    )
}
