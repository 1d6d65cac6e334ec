//! Verdicts on transactions and blocks, and faults of this machine.

use alloy_primitives::{Address, B256, U256};
use sero_primitives::StateError;
use sero_primitives::transaction::TransactionError;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::BundleError;

/// Why a transaction cannot be in a block. One variant for each rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransaction {
    /// Malformed, or badly signed.
    #[error("{0}")]
    Transaction(#[from] TransactionError),
    /// Made for another chain, or without replay protection.
    #[error("chain id is {found:?}, this chain's is {expected}")]
    ChainId {
        /// This chain's.
        expected: u64,
        /// The transaction's.
        found: Option<u64>,
    },
    /// The block is past the transaction's expiry.
    #[error("transaction expired at block {expiry}, now is block {block}")]
    Expired {
        /// Last block that could have held it.
        expiry: u64,
        /// Block being built.
        block: u64,
    },
    /// Too far in the future.
    #[error("expiry is block {expiry}, at most {max} is allowed now")]
    ExpiryTooFar {
        /// The transaction's.
        expiry: u64,
        /// What is allowed.
        max: u64,
    },
    /// Pays less than the base fee.
    #[error("max fee per gas {max_fee_per_gas} wei is below the base fee of {base_fee_per_gas} wei")]
    FeeTooLow {
        /// Offered.
        max_fee_per_gas: u128,
        /// Needed.
        base_fee_per_gas: u64,
    },
    /// Wants more gas than a block has left.
    #[error("gas limit {gas_limit} exceeds the {available} that the block has left")]
    GasLimit {
        /// The transaction's.
        gas_limit: u64,
        /// What is left.
        available: u64,
    },
    /// A pure transfer must name its exact gas.
    #[error("gas_limit is {found}, a pure transfer of this shape costs exactly {expected}")]
    GasMismatch {
        /// Intrinsic gas.
        expected: u64,
        /// The transaction's.
        found: u64,
    },
    /// Does not cover the intrinsic gas.
    #[error("gas limit {gas_limit} is below the intrinsic gas {intrinsic}")]
    IntrinsicGas {
        /// Needed.
        intrinsic: u64,
        /// The transaction's.
        gas_limit: u64,
    },
    /// Without a call, a bundle needs a spend, whose nullifier is the replay lock.
    #[error("bundle.spends: a transfer without a call needs at least one spend (a dummy will do)")]
    NoSpend,
    /// Without a call there is no account to pay from.
    #[error("bundle.balance: nothing can flow inward without a call")]
    InwardWithoutCall,
    /// A pure transfer's outflow must equal its outs and its fee.
    #[error("bundle.balance: {outflow} of {asset} flows out, outs and fee take {needed}")]
    BalanceMismatch {
        /// Which asset.
        asset: AssetId,
        /// What the bundle releases.
        outflow: u128,
        /// What outs and fee need.
        needed: u128,
    },
    /// A sum leaves 128 bits.
    #[error("{0} overflows 128 bits")]
    Overflow(&'static str),
    /// Not a root that the tree ever had.
    #[error("bundle.anchor: {0} was never the root of the note tree at the end of a block")]
    UnknownAnchor(B256),
    /// The note was spent before.
    #[error("bundle.spends: nullifier {0} is already spent (double spend)")]
    NullifierSpent(B256),
    /// The bundle's pool does not exist, or is not open yet.
    #[error("bundle.pool: pool {pool} is not open in block {block}")]
    PoolClosed {
        /// Which.
        pool: u8,
        /// The block.
        block: u64,
    },
    /// The bundle's pool takes no deposits any more.
    #[error("bundle.balance: pool {pool} takes no deposits in block {block}; withdrawals go on")]
    DepositsPaused {
        /// Which.
        pool: u8,
        /// The block.
        block: u64,
    },
    /// Nothing registered under this id.
    #[error("asset {0} is not known on this chain")]
    UnknownAsset(AssetId),
    /// Proofs, signatures or balance of the bundle.
    #[error("bundle: {0}")]
    Bundle(#[from] BundleError),
    /// A precompile rule refused the bundle's public effects.
    #[error("shielded effects are refused: {0}")]
    Effects(String),
    /// Nonce below the account's.
    #[error("nonce too low: next nonce {expected}, tx nonce {found}")]
    NonceTooLow {
        /// The account's.
        expected: u64,
        /// The transaction's.
        found: u64,
    },
    /// Nonce above the account's.
    #[error("nonce too high: next nonce {expected}, tx nonce {found}")]
    NonceTooHigh {
        /// The account's.
        expected: u64,
        /// The transaction's.
        found: u64,
    },
    /// The sender cannot pay.
    #[error("insufficient funds for gas * price + value: address {sender} have {balance} want {needed}")]
    InsufficientFunds {
        /// Who.
        sender: Address,
        /// Balance in base units.
        balance: U256,
        /// What gas and value may cost.
        needed: U256,
    },
    /// The sender's public balance of a token or ticket is too small.
    #[error(
        "insufficient public balance: {sender} has {balance} of {asset}, {needed} are attached or shielded"
    )]
    InsufficientTokens {
        /// Who.
        sender: Address,
        /// Which asset.
        asset: AssetId,
        /// Public balance and what the bundle brings.
        balance: U256,
        /// What the transaction takes.
        needed: U256,
    },
    /// More blobs than the block has room for.
    #[error("{blobs} blobs, the block has room for {available}")]
    BlobLimit {
        /// The transaction's.
        blobs: u64,
        /// What is left.
        available: u64,
    },
    /// Another rule of Ethereum.
    #[error("{0}")]
    Ethereum(String),
}

/// Why nothing could be said.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExecutionError {
    /// The transaction is invalid.
    #[error("{0}")]
    Invalid(#[from] InvalidTransaction),
    /// State cannot be read; no verdict.
    #[error(transparent)]
    State(#[from] StateError),
    /// A rule that must hold whatever transactions do was broken: a bug.
    #[error("internal fault: {0}")]
    Internal(String),
}

/// Why a block is refused.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BlockError {
    /// A header field is not what it must be.
    #[error("header.{field} is {found}, expected {expected}")]
    Header {
        /// Which field.
        field: &'static str,
        /// In the block.
        found: String,
        /// From execution or the parent.
        expected: String,
    },
    /// A transaction of the block is invalid.
    #[error("transaction {index} ({hash}): {error}")]
    Transaction {
        /// Place in the block.
        index: usize,
        /// Its hash.
        hash: B256,
        /// Why.
        error: InvalidTransaction,
    },
    /// The block's bytes are too many (EIP-7934).
    #[error("the block has {bytes} bytes, at most {max} are allowed")]
    TooLarge {
        /// Of its RLP.
        bytes: usize,
        /// What is allowed.
        max: usize,
    },
    /// An ommer breaks a rule.
    #[error("ommer {index}: {reason}")]
    Ommer {
        /// Its place.
        index: usize,
        /// Which rule.
        reason: String,
    },
    /// The requests to the beacon chain cannot be collected (EIP-7685).
    #[error("requests of {contract}: {reason}")]
    Requests {
        /// Whose.
        contract: Address,
        /// Why.
        reason: String,
    },
    /// `issued = public + hidden` does not hold.
    #[error("supply of {asset}: {reason}")]
    Supply {
        /// Which asset.
        asset: AssetId,
        /// The figures.
        reason: String,
    },
    /// State cannot be read; no verdict.
    #[error(transparent)]
    State(#[from] StateError),
    /// A bug of this software.
    #[error("internal fault: {0}")]
    Internal(String),
}
