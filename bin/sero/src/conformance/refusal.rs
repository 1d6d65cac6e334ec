//! Whether something was refused for the reason that a test names.
//!
//! Tests name exceptions, of which any one will do. For each this table has words of which one must be in the message.

use super::Verdict;
use sero_execution::{BlockError, InvalidTransaction};
use sero_primitives::BlockDecodeError;

const WORDS: &[(&str, &[&str])] = &[
    ("TransactionException.INSUFFICIENT_ACCOUNT_FUNDS", &["insufficient funds", "lack of funds"]),
    ("TransactionException.INTRINSIC_GAS_TOO_LOW", &["below the intrinsic gas", "gas floor"]),
    ("TransactionException.INTRINSIC_GAS_BELOW_FLOOR_GAS_COST", &["below the intrinsic gas", "gas floor"]),
    ("TransactionException.TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH", &["blob version not supported"]),
    ("TransactionException.SENDER_NOT_EOA", &["with deployed code"]),
    ("TransactionException.INITCODE_SIZE_EXCEEDED", &["initcode size"]),
    ("TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM", &["greater than the cap"]),
    ("TransactionException.GAS_ALLOWANCE_EXCEEDED", &["that the block has left"]),
    ("TransactionException.TYPE_3_TX_ZERO_BLOBS", &["empty blobs"]),
    ("TransactionException.NONCE_IS_MAX", &["nonce overflow"]),
    ("TransactionException.INSUFFICIENT_MAX_FEE_PER_BLOB_GAS", &["blob gas price"]),
    ("TransactionException.NONCE_MISMATCH_TOO_LOW", &["nonce too low"]),
    ("TransactionException.NONCE_MISMATCH_TOO_HIGH", &["nonce too high"]),
    ("TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", &["priority fee is greater"]),
    // More than 128 bits for a price are not even read.
    ("TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW", &["cannot be decoded", "overflow"]),
    ("TransactionException.TYPE_3_TX_CONTRACT_CREATION", &["cannot be decoded"]),
    ("TransactionException.TYPE_3_TX_WITH_FULL_BLOBS", &["cannot be decoded"]),
    (
        "TransactionException.TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
        &["the block has room for", "too many blobs", "header.blob_gas_used"],
    ),
    ("TransactionException.TYPE_3_TX_BLOB_COUNT_EXCEEDED", &["too many blobs", "header.blob_gas_used"]),
    ("TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS", &["is below the base fee"]),
    ("TransactionException.TYPE_4_TX_CONTRACT_CREATION", &["cannot be decoded"]),
    ("TransactionException.TYPE_4_EMPTY_AUTHORIZATION_LIST", &["empty authorization list"]),
    ("TransactionException.TYPE_4_TX_PRE_FORK", &["eip7702 is not supported"]),
    ("BlockException.INCORRECT_EXCESS_BLOB_GAS", &["header.excess_blob_gas"]),
    ("BlockException.INVALID_REQUESTS", &["header.requests_hash"]),
    ("BlockException.INVALID_DEPOSIT_EVENT_LAYOUT", &["of a deposit is not where"]),
    ("BlockException.SYSTEM_CONTRACT_CALL_FAILED", &["requests of"]),
    ("BlockException.RLP_STRUCTURES_ENCODING", &["block: "]),
    ("BlockException.INVALID_GASLIMIT", &["header.gas_limit"]),
    ("BlockException.INVALID_WITHDRAWALS_ROOT", &["header.withdrawals_root"]),
    ("BlockException.INVALID_BLOCK_HASH", &["header.withdrawals_root"]),
    ("BlockException.INCORRECT_BLOCK_FORMAT", &["header.", "block: "]),
    ("BlockException.INVALID_BASEFEE_PER_GAS", &["header.base_fee_per_gas"]),
    ("BlockException.RLP_BLOCK_LIMIT_EXCEEDED", &["bytes, at most"]),
];

fn check(expected: &str, message: &str) -> Verdict {
    let message = message.to_lowercase();
    for name in expected.split('|') {
        let known = WORDS.iter().find(|(known, _)| *known == name);
        let (_, words) = known.ok_or_else(|| format!("unknown exception {name}"))?;
        if words.iter().any(|words| message.contains(words)) {
            return Ok(());
        }
    }
    Err(format!("refused as expected, but not for {expected}: {message}"))
}

/// A transaction that a state test is about.
pub fn check_transaction(expected: &str, error: &InvalidTransaction) -> Verdict {
    check(expected, &error.to_string())
}

/// A block that was executed.
pub fn check_block(expected: &str, error: &BlockError) -> Verdict {
    check(expected, &error.to_string())
}

/// A block that could not be read.
pub fn check_decoding(expected: &str, error: &BlockDecodeError) -> Verdict {
    check(expected, &error.to_string())
}
