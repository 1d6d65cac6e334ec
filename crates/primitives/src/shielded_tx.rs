//! Transactions of type `0x53`: a bundle, and perhaps a call that it pays for.
//! Bytes: `docs/spec/07-transactions.md`.

use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::bundle::{Bundle, Carrier, CodecError, SighashContext};
use sero_shielded::encryption::{Memo, MemoTooLong};
use sero_shielded::keys::{KeyError, OneTimeAddress};

/// EIP-2718 type byte of shielded transactions, `'S'`.
pub const SHIELDED_TX_TYPE: u8 = 0x53;
/// Blocks that an expiry may lie ahead: a day of 2-second blocks.
pub const EXPIRY_MAX_AHEAD: u64 = 43_200;
/// Most `outs`.
pub const OUTS_MAX: usize = 16;
/// Most attached assets.
pub const ATTACHED_MAX: usize = 16;

/// A public output of a pure transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOut {
    /// Who is paid.
    pub to: OneTimeAddress,
    /// What.
    pub asset: AssetId,
    /// How much.
    pub amount: u128,
    /// Plaintext memo.
    pub memo: Memo,
}

/// An asset handed to the callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// What; never the coin, which travels as `value`.
    pub asset: AssetId,
    /// How much.
    pub amount: u128,
}

/// The call of a shielded transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShieldedCall {
    /// The caller. Explicit, and covered by the bundle's sighash: otherwise
    /// anybody could sign a victim's bundle with a key of their own.
    pub from: Address,
    /// Nonce of `from`.
    pub nonce: u64,
    /// Callee, or contract creation.
    pub to: TxKind,
    /// SERO sent along, in base units.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// EIP-2930 access list.
    pub access_list: AccessList,
    /// Assets for the callee, each once, in order of id.
    pub attached: Vec<Attached>,
    /// Where unused funds go.
    pub refund: OneTimeAddress,
    /// secp256k1 signature of `from` over [`ShieldedTx::from_signature_hash`], low `s`.
    pub from_signature: Signature,
}

/// A shielded transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShieldedTx {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Last block that may contain the transaction.
    pub expiry: u64,
    /// Wei per gas at most; in a pure transfer, exactly.
    pub max_fee_per_gas: u128,
    /// Wei per gas for the proposer; 0 in a pure transfer.
    pub max_priority_fee_per_gas: u128,
    /// Gas; in a pure transfer exactly the intrinsic gas.
    pub gas_limit: u64,
    /// The value moved.
    pub bundle: Bundle,
    /// What it pays for, if anything.
    pub call: Option<ShieldedCall>,
    /// Public outputs, only without a call.
    pub outs: Vec<PublicOut>,
}

/// Why bytes are not a shielded transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShieldedTxError {
    /// Not RLP of the right shape.
    #[error("shielded transaction is not valid RLP: {0}")]
    Rlp(alloy_rlp::Error),
    /// RLP that is not what encoding gives.
    #[error("shielded transaction is not canonically encoded")]
    NotCanonical,
    /// The bundle is malformed.
    #[error("bundle: {0}")]
    Bundle(#[from] CodecError),
    /// A one-time address is malformed.
    #[error("{field}: {error}")]
    OneTimeAddress {
        /// Where.
        field: String,
        /// Why.
        error: KeyError,
    },
    /// An asset id is malformed.
    #[error("{field}: {error}")]
    Asset {
        /// Where.
        field: String,
        /// Why.
        error: AssetError,
    },
    /// A memo is too long.
    #[error("{field}: {error}")]
    Memo {
        /// Where.
        field: String,
        /// Why.
        error: MemoTooLong,
    },
    /// Another rule on one field.
    #[error("{field}: {rule}")]
    Rule {
        /// Where.
        field: String,
        /// What is required.
        rule: &'static str,
    },
}

impl ShieldedTx {
    /// Reads the payload after the type byte. Accepts exactly what
    /// [`Self::encode_payload`] gives.
    pub fn decode_payload(payload: &[u8]) -> Result<Self, ShieldedTxError> {
        let mut rest = payload;
        let wire = WireTx::decode(&mut rest).map_err(ShieldedTxError::Rlp)?;
        if !rest.is_empty() {
            return Err(ShieldedTxError::NotCanonical);
        }
        let tx = wire.into_tx()?;
        if tx.encode_payload() != payload {
            return Err(ShieldedTxError::NotCanonical);
        }
        Ok(tx)
    }

    /// RLP without the type byte.
    pub fn encode_payload(&self) -> Vec<u8> {
        alloy_rlp::encode(WireTx::from_tx(self))
    }

    /// Type byte and RLP.
    pub fn encode_2718(&self) -> Vec<u8> {
        [&[SHIELDED_TX_TYPE], self.encode_payload().as_slice()].concat()
    }

    /// Transaction hash.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode_2718())
    }

    /// keccak256 of `RLP(chain_id, expiry, max_fee_per_gas, max_priority_fee_per_gas,
    /// gas_limit, [call without signature], outs)`: what the sighash covers besides
    /// the bundle.
    pub fn digest(&self) -> B256 {
        let wire = WireTx::from_tx(self);
        keccak256(alloy_rlp::encode(WireDigest {
            chain_id: wire.chain_id,
            expiry: wire.expiry,
            max_fee_per_gas: wire.max_fee_per_gas,
            max_priority_fee_per_gas: wire.max_priority_fee_per_gas,
            gas_limit: wire.gas_limit,
            call: self.call.iter().map(WireUnsignedCall::from_call).collect(),
            outs: wire.outs,
        }))
    }

    /// The bundle's sighash in this transaction on the chain with `genesis_hash`.
    pub fn sighash(&self, genesis_hash: B256) -> B256 {
        let carrier = Carrier::Transaction { digest: self.digest() };
        let context = SighashContext { chain_id: self.chain_id, genesis_hash, carrier };
        self.bundle.sighash(&context)
    }

    /// What `from` signs, last: keccak256 of the type byte and the RLP of the
    /// whole transaction without `from_signature`, proofs and signatures of
    /// the bundle included.
    pub fn from_signature_hash(&self) -> B256 {
        let wire = WireTx::from_tx(self);
        let unsigned = WireUnsigned {
            chain_id: wire.chain_id,
            expiry: wire.expiry,
            max_fee_per_gas: wire.max_fee_per_gas,
            max_priority_fee_per_gas: wire.max_priority_fee_per_gas,
            gas_limit: wire.gas_limit,
            bundle: wire.bundle,
            call: self.call.iter().map(WireUnsignedCall::from_call).collect(),
            outs: wire.outs,
        };
        let mut bytes = vec![SHIELDED_TX_TYPE];
        unsigned.encode(&mut bytes);
        keccak256(bytes)
    }
}

#[derive(RlpEncodable, RlpDecodable)]
struct WireTx {
    chain_id: u64,
    expiry: u64,
    max_fee_per_gas: u128,
    max_priority_fee_per_gas: u128,
    gas_limit: u64,
    bundle: Bytes,
    call: Vec<WireCall>,
    outs: Vec<WireOut>,
}

#[derive(RlpEncodable)]
struct WireUnsigned {
    chain_id: u64,
    expiry: u64,
    max_fee_per_gas: u128,
    max_priority_fee_per_gas: u128,
    gas_limit: u64,
    bundle: Bytes,
    call: Vec<WireUnsignedCall>,
    outs: Vec<WireOut>,
}

#[derive(RlpEncodable)]
struct WireDigest {
    chain_id: u64,
    expiry: u64,
    max_fee_per_gas: u128,
    max_priority_fee_per_gas: u128,
    gas_limit: u64,
    call: Vec<WireUnsignedCall>,
    outs: Vec<WireOut>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct WireCall {
    from: Address,
    nonce: u64,
    to: TxKind,
    value: U256,
    input: Bytes,
    access_list: AccessList,
    attached: Vec<WireAttached>,
    refund: Bytes,
    y_parity: bool,
    r: U256,
    s: U256,
}

#[derive(RlpEncodable)]
struct WireUnsignedCall {
    from: Address,
    nonce: u64,
    to: TxKind,
    value: U256,
    input: Bytes,
    access_list: AccessList,
    attached: Vec<WireAttached>,
    refund: Bytes,
}

#[derive(RlpEncodable, RlpDecodable)]
struct WireAttached {
    asset: B256,
    amount: u128,
}

#[derive(RlpEncodable, RlpDecodable)]
struct WireOut {
    to: Bytes,
    asset: B256,
    amount: u128,
    memo: Bytes,
}

impl WireUnsignedCall {
    fn from_call(call: &ShieldedCall) -> Self {
        Self {
            from: call.from,
            nonce: call.nonce,
            to: call.to,
            value: call.value,
            input: call.input.clone(),
            access_list: call.access_list.clone(),
            attached: wire_attached(&call.attached),
            refund: Bytes::copy_from_slice(&call.refund.to_bytes()),
        }
    }
}

fn wire_attached(attached: &[Attached]) -> Vec<WireAttached> {
    attached
        .iter()
        .map(|a| WireAttached { asset: B256::from(a.asset.to_bytes()), amount: a.amount })
        .collect()
}

impl WireTx {
    fn from_tx(tx: &ShieldedTx) -> Self {
        let call = tx.call.iter().map(|call| WireCall {
            from: call.from,
            nonce: call.nonce,
            to: call.to,
            value: call.value,
            input: call.input.clone(),
            access_list: call.access_list.clone(),
            attached: wire_attached(&call.attached),
            refund: Bytes::copy_from_slice(&call.refund.to_bytes()),
            y_parity: call.from_signature.v(),
            r: call.from_signature.r(),
            s: call.from_signature.s(),
        });
        let outs = tx.outs.iter().map(|out| WireOut {
            to: Bytes::copy_from_slice(&out.to.to_bytes()),
            asset: B256::from(out.asset.to_bytes()),
            amount: out.amount,
            memo: Bytes::copy_from_slice(out.memo.as_bytes()),
        });
        Self {
            chain_id: tx.chain_id,
            expiry: tx.expiry,
            max_fee_per_gas: tx.max_fee_per_gas,
            max_priority_fee_per_gas: tx.max_priority_fee_per_gas,
            gas_limit: tx.gas_limit,
            bundle: tx.bundle.encode().into(),
            call: call.collect(),
            outs: outs.collect(),
        }
    }

    fn into_tx(self) -> Result<ShieldedTx, ShieldedTxError> {
        let rule = |field: &str, rule| Err(ShieldedTxError::Rule { field: field.into(), rule });
        if self.call.len() > 1 {
            return rule("call", "at most one");
        }
        if self.outs.len() > OUTS_MAX {
            return rule("outs", "at most 16");
        }
        if !self.call.is_empty() && !self.outs.is_empty() {
            return rule("outs", "only without a call");
        }
        if self.call.is_empty() && self.max_priority_fee_per_gas != 0 {
            return rule("max_priority_fee_per_gas", "0 without a call");
        }
        if self.max_priority_fee_per_gas > self.max_fee_per_gas {
            return rule("max_priority_fee_per_gas", "at most max_fee_per_gas");
        }
        Ok(ShieldedTx {
            chain_id: self.chain_id,
            expiry: self.expiry,
            max_fee_per_gas: self.max_fee_per_gas,
            max_priority_fee_per_gas: self.max_priority_fee_per_gas,
            gas_limit: self.gas_limit,
            bundle: Bundle::decode(&self.bundle)?,
            call: self.call.into_iter().next().map(WireCall::into_call).transpose()?,
            outs: self
                .outs
                .into_iter()
                .enumerate()
                .map(|(i, out)| out.into_out(i))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl WireCall {
    fn into_call(self) -> Result<ShieldedCall, ShieldedTxError> {
        if self.attached.len() > ATTACHED_MAX {
            return Err(ShieldedTxError::Rule { field: "call.attached".into(), rule: "at most 16" });
        }
        let attached: Vec<Attached> = (self.attached.into_iter().enumerate())
            .map(|(i, a)| {
                let field = format!("call.attached[{i}]");
                let asset = asset_id(a.asset, &field)?;
                if asset == AssetId::coin() {
                    return Err(ShieldedTxError::Rule { field, rule: "the coin travels as value" });
                }
                Ok(Attached { asset, amount: amount(a.amount, &field)? })
            })
            .collect::<Result<_, ShieldedTxError>>()?;
        if attached.windows(2).any(|pair| pair[0].asset >= pair[1].asset) {
            let rule = "each asset once, in order of id";
            return Err(ShieldedTxError::Rule { field: "call.attached".into(), rule });
        }
        Ok(ShieldedCall {
            from: self.from,
            nonce: self.nonce,
            to: self.to,
            value: self.value,
            input: self.input,
            access_list: self.access_list,
            attached,
            refund: one_time_address(&self.refund, "call.refund")?,
            from_signature: Signature::new(self.r, self.s, self.y_parity),
        })
    }
}

impl WireOut {
    fn into_out(self, i: usize) -> Result<PublicOut, ShieldedTxError> {
        let field = |name: &str| format!("outs[{i}].{name}");
        Ok(PublicOut {
            to: one_time_address(&self.to, &field("to"))?,
            asset: asset_id(self.asset, &field("asset"))?,
            amount: amount(self.amount, &field("amount"))?,
            memo: Memo::new(&self.memo)
                .map_err(|error| ShieldedTxError::Memo { field: field("memo"), error })?,
        })
    }
}

fn asset_id(bytes: B256, field: &str) -> Result<AssetId, ShieldedTxError> {
    AssetId::from_bytes(bytes.0).map_err(|error| ShieldedTxError::Asset { field: field.into(), error })
}

fn amount(amount: u128, field: &str) -> Result<u128, ShieldedTxError> {
    if amount == 0 {
        return Err(ShieldedTxError::Rule { field: field.into(), rule: "amount is 1 to 2^128 - 1" });
    }
    Ok(amount)
}

fn one_time_address(bytes: &[u8], field: &str) -> Result<OneTimeAddress, ShieldedTxError> {
    let Ok(bytes) = bytes.try_into() else {
        return Err(ShieldedTxError::Rule { field: field.into(), rule: "a PKr has 128 bytes" });
    };
    OneTimeAddress::from_bytes(bytes)
        .map_err(|error| ShieldedTxError::OneTimeAddress { field: field.into(), error })
}
