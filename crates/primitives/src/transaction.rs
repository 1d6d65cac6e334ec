//! A transaction of the chain: Ethereum's own types, and `0x53`.

use crate::precompile::POOL;
use crate::shielded_tx::{SHIELDED_TX_TYPE, ShieldedTx, ShieldedTxError};
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{EthereumTxEnvelope, Transaction as _, TxEip4844};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, TxKind, U256};

/// Ethereum's transaction types.
pub type EthereumTx = EthereumTxEnvelope<TxEip4844>;

/// Type of transactions with blobs (EIP-4844).
pub const BLOB_TX_TYPE: u8 = 3;

/// A transaction as blocks carry it, with its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    kind: TransactionKind,
    hash: B256,
}

/// The two families.
#[allow(clippy::large_enum_variant, reason = "most transactions are Ethereum's, and none is moved often")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionKind {
    /// Types 0 to 4; type 3 on chains of plain Ethereum only.
    Ethereum(EthereumTx),
    /// Type `0x53`.
    Shielded(Box<ShieldedTx>),
}

/// Why bytes are not a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// No bytes.
    #[error("transaction is empty")]
    Empty,
    /// Not one of Ethereum's types, or malformed.
    #[error("transaction cannot be decoded: {0}")]
    Decode(String),
    /// Blobs have no place on this chain.
    #[error("blob transactions (type 3) are not supported; use types 0, 1, 2, 4 or 0x53")]
    Blob,
    /// Malformed type `0x53`.
    #[error("{0}")]
    Shielded(#[from] ShieldedTxError),
    /// No key gives this signature, or `s` is high.
    #[error("transaction signature is invalid")]
    Signature,
    /// `from_signature` is by another key than the explicit `from`.
    #[error("from_signature: signed by {signer}, but `from` is {from}")]
    WrongFrom {
        /// The explicit `from`.
        from: Address,
        /// Who signed.
        signer: Address,
    },
}

impl Transaction {
    /// Wraps an Ethereum transaction.
    pub fn ethereum(tx: EthereumTx) -> Self {
        let hash = *tx.tx_hash();
        Self { kind: TransactionKind::Ethereum(tx), hash }
    }

    /// Wraps a shielded transaction.
    pub fn shielded(tx: ShieldedTx) -> Self {
        let hash = tx.hash();
        Self { kind: TransactionKind::Shielded(Box::new(tx)), hash }
    }

    /// Reads an EIP-2718 encoding; nothing may follow.
    pub fn decode_2718(bytes: &[u8]) -> Result<Self, TransactionError> {
        match bytes.split_first() {
            None => Err(TransactionError::Empty),
            Some((&SHIELDED_TX_TYPE, payload)) => Ok(Self::shielded(ShieldedTx::decode_payload(payload)?)),
            Some(_) => {
                let tx = EthereumTx::decode_2718_exact(bytes)
                    .map_err(|error| TransactionError::Decode(error.to_string()))?;
                Ok(Self::ethereum(tx))
            }
        }
    }

    /// The EIP-2718 encoding.
    pub fn encode_2718(&self) -> Vec<u8> {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.encoded_2718(),
            TransactionKind::Shielded(tx) => tx.encode_2718(),
        }
    }

    /// Which family, and the content.
    pub fn kind(&self) -> &TransactionKind {
        &self.kind
    }

    /// The shielded transaction, if it is one.
    pub fn as_shielded(&self) -> Option<&ShieldedTx> {
        match &self.kind {
            TransactionKind::Shielded(tx) => Some(tx),
            TransactionKind::Ethereum(_) => None,
        }
    }

    /// keccak256 of the EIP-2718 encoding.
    pub fn hash(&self) -> B256 {
        self.hash
    }

    /// EIP-2718 type byte.
    pub fn tx_type(&self) -> u8 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.tx_type().into(),
            TransactionKind::Shielded(_) => SHIELDED_TX_TYPE,
        }
    }

    /// Recovers the sender. A pure transfer has none.
    pub fn recover_sender(&self) -> Result<Option<Address>, TransactionError> {
        match &self.kind {
            TransactionKind::Ethereum(tx) => {
                tx.recover_signer().map(Some).map_err(|_| TransactionError::Signature)
            }
            TransactionKind::Shielded(tx) => {
                let Some(call) = &tx.call else { return Ok(None) };
                let signature = call.from_signature;
                if signature.normalize_s().is_some() {
                    return Err(TransactionError::Signature);
                }
                let signer = signature
                    .recover_address_from_prehash(&tx.from_signature_hash())
                    .map_err(|_| TransactionError::Signature)?;
                if signer != call.from {
                    return Err(TransactionError::WrongFrom { from: call.from, signer });
                }
                Ok(Some(signer))
            }
        }
    }

    /// Ethereum's transaction of a sender who did not sign: `r` is 0, which is no signature of anybody, and `s` is the
    /// sender's address. Only development chains have such transactions; [`Self::recover_sender`] refuses them.
    pub fn impersonated(&self) -> Option<Address> {
        let TransactionKind::Ethereum(tx) = &self.kind else { return None };
        let signature = tx.signature();
        let word = B256::from(signature.s());
        let is_address = word.iter().take(12).all(|byte| *byte == 0);
        (signature.r().is_zero() && is_address).then(|| Address::from_word(word))
    }

    /// Chain id, if the transaction names one.
    pub fn chain_id(&self) -> Option<u64> {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.chain_id(),
            TransactionKind::Shielded(tx) => Some(tx.chain_id),
        }
    }

    /// Gas limit.
    pub fn gas_limit(&self) -> u64 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.gas_limit(),
            TransactionKind::Shielded(tx) => tx.gas_limit,
        }
    }

    /// Nonce of the sender; 0 in a pure transfer.
    pub fn nonce(&self) -> u64 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.nonce(),
            TransactionKind::Shielded(tx) => tx.call.as_ref().map_or(0, |call| call.nonce),
        }
    }

    /// Callee; POOL for a pure transfer.
    pub fn to(&self) -> TxKind {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.kind(),
            TransactionKind::Shielded(tx) => tx.call.as_ref().map_or(TxKind::Call(POOL), |call| call.to),
        }
    }

    /// SERO sent along, in base units.
    pub fn value(&self) -> U256 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.value(),
            TransactionKind::Shielded(tx) => tx.call.as_ref().map_or(U256::ZERO, |call| call.value),
        }
    }

    /// Blobs that come with it (EIP-4844).
    pub fn blob_count(&self) -> u64 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.blob_count().unwrap_or_default(),
            TransactionKind::Shielded(_) => 0,
        }
    }

    /// Wei per gas at most.
    pub fn max_fee_per_gas(&self) -> u128 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.max_fee_per_gas(),
            TransactionKind::Shielded(tx) => tx.max_fee_per_gas,
        }
    }

    /// Wei per gas for the proposer at most; what legacy transactions offer in all.
    pub fn max_priority_fee_per_gas(&self) -> u128 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.max_priority_fee_per_gas().unwrap_or(tx.max_fee_per_gas()),
            TransactionKind::Shielded(tx) => tx.max_priority_fee_per_gas,
        }
    }

    /// Wei per gas that the transaction pays at this base fee. A pure transfer
    /// pays its whole `max_fee_per_gas`.
    pub fn effective_gas_price(&self, base_fee_per_gas: u64) -> u128 {
        match &self.kind {
            TransactionKind::Ethereum(tx) => tx.effective_gas_price(Some(base_fee_per_gas)),
            TransactionKind::Shielded(tx) if tx.call.is_none() => tx.max_fee_per_gas,
            TransactionKind::Shielded(tx) => {
                let with_tip = u128::from(base_fee_per_gas).saturating_add(tx.max_priority_fee_per_gas);
                tx.max_fee_per_gas.min(with_tip)
            }
        }
    }
}
