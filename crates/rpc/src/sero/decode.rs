//! What anybody can read in a shielded transaction.

use super::simulate::shielded_transaction;
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::pending_transaction_json;
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::{Schema, answers};
use alloy_primitives::{Address, B256, Bytes, U64, U128, U256};
use serde_json::{Value, json};
use sero_primitives::shielded_tx::ShieldedTx;
use sero_shielded::bundle::{Bundle, Direction, PackageAction};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::field_to_bytes;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_decodeTransaction", &["transaction"], decode).documented(
        "What anybody can read in a transaction of type 0x53.",
        &[Parameter::required::<Bytes>("The transaction with its type in front.")],
    );
}

answers! {
    /// The public part of a spend.
    struct Spend {
        /// Its nullifier.
        nullifier: B256,
        /// Randomised key of its signature.
        rk: B256,
        /// Commitment to its value.
        cv: B256,
    }

    /// The public part of an output.
    struct Output {
        /// The note's commitment.
        commitment: B256,
        /// Commitment to its value.
        cv: B256,
        /// Ephemeral key.
        epk: B256,
        /// What lets a receiver skip most notes of others.
        view_tag: Bytes,
        /// For the receiver.
        ciphertext: Bytes,
        /// For the sender.
        sender_ciphertext: Bytes,
    }

    /// What is done with a package.
    enum Package by "action" {
        /// A new one.
        Create {
            /// Who holds it.
            owner: Address,
            /// Commitment to its content.
            commitment: B256,
            /// Commitment to its value.
            cv: B256,
            /// Tag of its key.
            tag: B256,
            /// Content.
            ciphertext: Bytes,
        },
        /// An end of one.
        Open {
            /// Its id.
            id: B256,
            /// Commitment to its content.
            commitment: B256,
            /// Commitment to its value.
            cv: B256,
        },
    }

    /// Value that enters or leaves the pool in the open.
    struct Flow {
        /// Asset id.
        asset: String,
        /// `outward` leaves the pool, `inward` enters it.
        direction: String,
        /// Base units.
        amount: U128,
    }

    /// A bundle's parts.
    struct BundleParts {
        /// Bytes.
        size: U64,
        /// The pool's id.
        pool: U64,
        /// Root of the note tree that its spends are in.
        anchor: B256,
        /// Spends.
        spends: Vec<Spend>,
        /// Outputs.
        outputs: Vec<Output>,
        /// Packages.
        packages: Vec<Package>,
        /// Value in the open.
        balance: Vec<Flow>,
    }

    /// A transaction of type 0x53 as `eth_getTransactionByHash` gives it, and more.
    struct Decoded {
        /// `call`, or `transfer` without one.
        kind: String,
        /// The most that it can pay, in wei, and what a transfer pays exactly.
        fee: U256,
        /// Bytes.
        size: U64,
        /// Its bundle.
        bundle: BundleParts,
        ; transaction: TransactionFields
    }
}

/// The fields that Ethereum's transactions have, and `shielded`.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct TransactionFields(Value);

impl Schema for TransactionFields {
    fn schema() -> Value {
        json!({ "type": "object" })
    }
}

fn decode(_: &RpcContext, arguments: &Arguments) -> Result<Decoded, RpcError> {
    let transaction = shielded_transaction(arguments)?;
    let size = U64::from(transaction.encode_2718().len());
    let from = transaction.as_shielded().and_then(|tx| tx.call.as_ref()).map(|call| call.from);
    let tx = transaction.as_shielded().ok_or_else(|| RpcError::internal("not of type 0x53"))?;
    Ok(Decoded {
        kind: if tx.call.is_some() { "call" } else { "transfer" }.into(),
        fee: fee(tx),
        size,
        bundle: bundle_parts(&tx.bundle),
        transaction: TransactionFields(pending_transaction_json(&transaction, from)?),
    })
}

/// Most that the transaction can pay, and what a pure transfer pays exactly.
fn fee(tx: &ShieldedTx) -> U256 {
    U256::from(tx.gas_limit) * U256::from(tx.max_fee_per_gas)
}

fn bundle_parts(bundle: &Bundle) -> BundleParts {
    let spends = bundle.spends.iter().map(|spend| Spend {
        nullifier: field_to_bytes(&spend.nullifier).into(),
        rk: point_to_bytes(&spend.rk).into(),
        cv: point_to_bytes(&spend.cv).into(),
    });
    let outputs = bundle.outputs.iter().map(|output| Output {
        commitment: field_to_bytes(&output.cm).into(),
        cv: point_to_bytes(&output.cv).into(),
        epk: point_to_bytes(&output.note.epk).into(),
        view_tag: Bytes::copy_from_slice(&output.note.view_tag),
        ciphertext: Bytes::copy_from_slice(&output.note.enc_note),
        sender_ciphertext: Bytes::copy_from_slice(&output.note.out_ct),
    });
    let packages = bundle.packages.iter().map(|package| match package {
        PackageAction::Create(create) => Package::Create {
            owner: create.owner.into(),
            commitment: field_to_bytes(&create.sealed.commitment).into(),
            cv: point_to_bytes(&create.cv).into(),
            tag: create.sealed.tag.into(),
            ciphertext: Bytes::copy_from_slice(&create.sealed.ciphertext),
        },
        PackageAction::Open(open) => Package::Open {
            id: open.id.to_bytes().into(),
            commitment: field_to_bytes(&open.commitment).into(),
            cv: point_to_bytes(&open.cv).into(),
        },
    });
    let balance = bundle.balance.iter().map(|entry| Flow {
        asset: entry.asset.to_string(),
        direction: match entry.direction {
            Direction::Outward => "outward",
            Direction::Inward => "inward",
        }
        .into(),
        amount: U128::from(entry.amount),
    });
    BundleParts {
        size: U64::from(bundle.encode().len()),
        pool: U64::from(bundle.pool),
        anchor: field_to_bytes(&bundle.anchor).into(),
        spends: spends.collect(),
        outputs: outputs.collect(),
        packages: packages.collect(),
        balance: balance.collect(),
    }
}
