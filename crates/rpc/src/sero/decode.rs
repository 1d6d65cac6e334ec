//! What anybody can read in a shielded transaction.

use super::simulate::shielded_transaction;
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::convert::pending_transaction_json;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::{Address, B256, Bytes, U64, U128, U256};
use serde_json::{Value, json};
use sero_primitives::shielded_tx::ShieldedTx;
use sero_shielded::bundle::{Bundle, Direction, PackageAction};
use sero_shielded::curve::point_to_bytes;
use sero_shielded::field::field_to_bytes;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_decodeTransaction", &["transaction"], decode);
}

fn decode(_: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let transaction = shielded_transaction(arguments)?;
    let size = U64::from(transaction.encode_2718().len());
    let from = transaction.as_shielded().and_then(|tx| tx.call.as_ref()).map(|call| call.from);
    let mut json = pending_transaction_json(&transaction, from)?;
    if let Some(tx) = transaction.as_shielded() {
        json["kind"] = json!(if tx.call.is_some() { "call" } else { "transfer" });
        json["fee"] = json!(fee(tx));
        json["bundle"] = bundle_json(&tx.bundle);
    }
    json["size"] = json!(size);
    Ok(json)
}

/// Most that the transaction can pay, and what a pure transfer pays exactly.
fn fee(tx: &ShieldedTx) -> U256 {
    U256::from(tx.gas_limit) * U256::from(tx.max_fee_per_gas)
}

fn bundle_json(bundle: &Bundle) -> Value {
    let spends = bundle.spends.iter().map(|spend| {
        json!({
            "nullifier": B256::from(field_to_bytes(&spend.nullifier)),
            "rk": B256::from(point_to_bytes(&spend.rk)),
            "cv": B256::from(point_to_bytes(&spend.cv)),
        })
    });
    let outputs = bundle.outputs.iter().map(|output| {
        json!({
            "commitment": B256::from(field_to_bytes(&output.cm)),
            "cv": B256::from(point_to_bytes(&output.cv)),
            "epk": B256::from(point_to_bytes(&output.note.epk)),
            "viewTag": Bytes::copy_from_slice(&output.note.view_tag),
            "ciphertext": Bytes::copy_from_slice(&output.note.enc_note),
            "senderCiphertext": Bytes::copy_from_slice(&output.note.out_ct),
        })
    });
    let packages = bundle.packages.iter().map(|package| match package {
        PackageAction::Create(create) => json!({
            "action": "create",
            "owner": Address::from(create.owner),
            "commitment": B256::from(field_to_bytes(&create.sealed.commitment)),
            "cv": B256::from(point_to_bytes(&create.cv)),
            "tag": B256::from(create.sealed.tag),
            "ciphertext": Bytes::copy_from_slice(&create.sealed.ciphertext),
        }),
        PackageAction::Open(open) => json!({
            "action": "open",
            "id": B256::from(open.id.to_bytes()),
            "commitment": B256::from(field_to_bytes(&open.commitment)),
            "cv": B256::from(point_to_bytes(&open.cv)),
        }),
    });
    let balance = bundle.balance.iter().map(|entry| {
        json!({
            "asset": entry.asset.to_string(),
            "direction": match entry.direction { Direction::Outward => "outward", Direction::Inward => "inward" },
            "amount": U128::from(entry.amount),
        })
    });
    json!({
        "size": U64::from(bundle.encode().len()),
        "pool": U64::from(bundle.pool),
        "anchor": B256::from(field_to_bytes(&bundle.anchor)),
        "spends": spends.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "packages": packages.collect::<Vec<_>>(),
        "balance": balance.collect::<Vec<_>>(),
    })
}
