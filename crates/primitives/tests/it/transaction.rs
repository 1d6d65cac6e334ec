//! `transaction.json`: bytes, hashes and refusals of transactions of type `0x53`.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use serde_json::Value;
use sero_primitives::Transaction;
use sero_primitives::shielded_tx::{Attached, PublicOut, ShieldedCall, ShieldedTx, ShieldedTxError};
use sero_primitives::transaction::TransactionError;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::Bundle;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::OneTimeAddress;

/// The cases of one kind, at least so many.
fn cases(kind: &str, least: usize) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/transaction.json");
    let text = std::fs::read_to_string(path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases: Vec<Value> =
        file["cases"].as_array().unwrap().iter().filter(|case| case["kind"] == kind).cloned().collect();
    assert!(cases.len() >= least, "{} cases of kind {kind}", cases.len());
    cases
}

fn bytes(value: &Value) -> Bytes {
    hex::decode(value.as_str().unwrap()).unwrap().into()
}

fn word(value: &Value) -> B256 {
    B256::from_slice(&bytes(value))
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse().unwrap()
}

fn asset(value: &Value) -> AssetId {
    AssetId::from_bytes(word(value).0).unwrap()
}

fn pkr(value: &Value) -> OneTimeAddress {
    OneTimeAddress::from_bytes(&bytes(value)[..].try_into().unwrap()).unwrap()
}

fn call(case: &Value) -> ShieldedCall {
    let items = case["access_list"].as_array().unwrap().iter().map(|item| AccessListItem {
        address: Address::from_slice(&bytes(&item["address"])),
        storage_keys: item["keys"].as_array().unwrap().iter().map(word).collect(),
    });
    let attached = case["attached"].as_array().unwrap().iter();
    let to = bytes(&case["to"]);
    ShieldedCall {
        from: Address::from_slice(&bytes(&case["from"])),
        nonce: number(&case["nonce"]),
        to: if to.is_empty() { TxKind::Create } else { TxKind::Call(Address::from_slice(&to)) },
        value: number(&case["value"]),
        input: bytes(&case["input"]),
        access_list: AccessList(items.collect()),
        attached: attached
            .map(|a| Attached { asset: asset(&a["asset"]), amount: number(&a["amount"]) })
            .collect(),
        refund: pkr(&case["refund"]),
        from_signature: Signature::new(
            U256::from_be_bytes(word(&case["r"]).0),
            U256::from_be_bytes(word(&case["s"]).0),
            case["y_parity"] == 1,
        ),
    }
}

fn built(case: &Value) -> ShieldedTx {
    let outs = case["outs"].as_array().unwrap().iter();
    ShieldedTx {
        chain_id: number(&case["chain_id"]),
        expiry: number(&case["expiry"]),
        max_fee_per_gas: number(&case["max_fee"]),
        max_priority_fee_per_gas: number(&case["max_priority_fee"]),
        gas_limit: number(&case["gas_limit"]),
        bundle: Bundle::decode(&bytes(&case["bundle"])).unwrap(),
        call: (!case["call"].is_null()).then(|| call(&case["call"])),
        outs: outs
            .map(|out| PublicOut {
                to: pkr(&out["to"]),
                asset: asset(&out["asset"]),
                amount: number(&out["amount"]),
                memo: Memo::new(&bytes(&out["memo"])).unwrap(),
            })
            .collect(),
    }
}

#[test]
fn transactions_have_the_bytes_and_hashes_of_the_vectors() {
    for case in cases("transaction", 5) {
        let (tx, name) = (built(&case), &case["name"]);
        assert_eq!(tx.encode_2718(), bytes(&case["encoded"]), "{name}");
        let read = Transaction::decode_2718(&bytes(&case["encoded"])).unwrap();
        assert_eq!(read.as_shielded(), Some(&tx), "{name}");
        assert_eq!(tx.hash(), word(&case["hash"]), "{name}");
        assert_eq!(tx.digest(), word(&case["digest"]), "{name}");
        assert_eq!(tx.sighash(word(&case["genesis_hash"])), word(&case["sighash"]), "{name}");
        if let Some(call) = &tx.call {
            let digest = tx.from_signature_hash();
            assert_eq!(digest, word(&case["from_signature_hash"]), "{name}");
            let signer = call.from_signature.recover_address_from_prehash(&digest).unwrap();
            assert_eq!(signer, call.from, "{name}");
        }
    }
}

#[test]
fn bytes_that_the_vectors_refuse_are_refused_for_the_same_reason() {
    for case in cases("invalid", 59) {
        let (name, reason) = (case["name"].as_str().unwrap(), case["reason"].as_str().unwrap());
        let encoded = bytes(&case["encoded"]);
        if reason == "type" {
            Transaction::decode_2718(&encoded).expect_err(name);
            continue;
        }
        let error = match Transaction::decode_2718(&encoded).expect_err(name) {
            TransactionError::Shielded(error) => error,
            error => panic!("{name}: {error}"),
        };
        let rule = |place: &str, words: &str| match &error {
            ShieldedTxError::Rule { field, rule } => field.contains(place) && rule.contains(words),
            _ => false,
        };
        let ok = match reason {
            "rlp" => matches!(error, ShieldedTxError::Rlp(_) | ShieldedTxError::NotCanonical),
            "list" | "number" | "parity" => matches!(error, ShieldedTxError::Rlp(_)),
            "bytes" => matches!(error, ShieldedTxError::Rlp(_)) || rule("", "128 bytes"),
            "truncated" | "trailing" => matches!(error, ShieldedTxError::Bundle(_)),
            "priority-without-call" => rule("max_priority_fee_per_gas", "0 without a call"),
            "priority-above-fee" => rule("max_priority_fee_per_gas", "at most max_fee_per_gas"),
            "calls" => rule("call", "at most one"),
            "outs" => rule("outs", "at most 16"),
            "outs-and-call" => rule("outs", "only without a call"),
            "attached" => rule("call.attached", "at most 16"),
            "attached-order" => rule("call.attached", "each asset once"),
            "coin-attached" => rule("call.attached[0]", "travels as value"),
            "zero-amount" => rule("", "amount is 1"),
            "not-canonical" => {
                matches!(error, ShieldedTxError::Asset { .. } | ShieldedTxError::OneTimeAddress { .. })
            }
            "identity" => matches!(error, ShieldedTxError::OneTimeAddress { .. }),
            "memo" => matches!(error, ShieldedTxError::Memo { .. }),
            reason => panic!("{name}: unknown reason {reason}"),
        };
        assert!(ok, "{name} ({reason}): {error}");
    }
}
