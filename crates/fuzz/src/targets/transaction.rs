//! Transactions: type `0x53`, and Ethereum's own.

use super::{bundle, no_repair};
use crate::check::canonical;
use crate::draw::Draw;
use crate::{Cost, Target, Verdict};
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use sero_primitives::Transaction;
use sero_primitives::shielded_tx::{Attached, PublicOut, ShieldedCall, ShieldedTx};
use sero_primitives::transaction::EthereumTx;
use std::collections::BTreeSet;

pub const SHIELDED: Target = Target {
    name: "shielded-transaction",
    cost: Cost::Curve,
    max_len: 16 * 1024,
    check: check_transaction,
    draw: |draw| shielded(draw).encode_2718(),
    repair: no_repair,
    nasty: || {
        let mut all = lists(&[0x53]);
        all.push(("the-type-alone", vec![0x53]));
        all.push(("the-type-twice", [&[0x53], (SHIELDED.draw)(&mut Draw::new(3)).as_slice()].concat()));
        all
    },
};

pub const ETHEREUM: Target = Target {
    name: "ethereum-transaction",
    cost: Cost::Cheap,
    max_len: 4096,
    check: check_transaction,
    draw: |draw| ethereum(draw).encode_2718(),
    repair: no_repair,
    nasty: || {
        let legacy = |draw: &mut Draw| TxLegacy { nonce: draw.number(), ..Default::default() };
        let signature = Signature::new(U256::from(1), U256::from(1), false);
        let bytes =
            Transaction::ethereum(EthereumTx::Legacy(legacy(&mut Draw::new(1)).into_signed(signature)))
                .encode_2718();
        let mut all = lists(&[]);
        all.push(("blob", vec![3, 0xc0]));
        all.push(("legacy-as-type-0", [&[0], bytes.as_slice()].concat()));
        all.push(("legacy-as-string", [&[0xb7 + 1, 1], bytes.as_slice()].concat()));
        for (name, first) in
            [("type-1-empty", 1), ("type-2-empty", 2), ("type-4-empty", 4), ("type-7f", 0x7f)]
        {
            all.push((name, vec![first, 0xc0]));
        }
        all
    },
};

/// Lists whose declared length is not there.
fn lists(before: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let with = |bytes: &[u8]| [before, bytes].concat();
    vec![
        ("list-of-4-GiB", with(&[0xfb, 0xff, 0xff, 0xff, 0xff])),
        ("list-of-2^64", with(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ("string-of-4-GiB", with(&[0xbb, 0xff, 0xff, 0xff, 0xff])),
        ("long-form-of-a-short-list", with(&[0xf8, 0x01, 0x80])),
        ("lists-in-lists", with(&[0xc1; 600])),
        ("empty-list", with(&[0xc0])),
    ]
}

fn check_transaction(bytes: &[u8]) -> Verdict {
    let verdict = canonical(bytes, Transaction::decode_2718, Transaction::encode_2718);
    // Recovering a sender is total too; it is slow, so once in 64.
    if verdict == Verdict::Decoded
        && let Ok(tx) = Transaction::decode_2718(bytes)
        && tx.hash()[0] < 4
    {
        assert_eq!(tx.hash(), alloy_primitives::keccak256(bytes), "the hash is not of the bytes");
        let _ = tx.recover_sender();
    }
    verdict
}

fn shielded(draw: &mut Draw) -> ShieldedTx {
    let call = draw.once_in(2).then(|| call(draw));
    let outs = if call.is_some() { 0 } else { draw.below(3) };
    let max_fee_per_gas = draw.amount();
    let tip = if draw.once_in(3) { max_fee_per_gas } else { 0 };
    let mut bundle = bundle::bundle(draw);
    bundle.spends.truncate(2);
    bundle.outputs.truncate(2);
    if bundle.spends.is_empty() {
        bundle.anchor = sero_shielded::field::Field::from(0u8);
    }
    ShieldedTx {
        chain_id: draw.number(),
        expiry: draw.number(),
        max_fee_per_gas,
        max_priority_fee_per_gas: if call.is_some() { tip } else { 0 },
        gas_limit: draw.number(),
        bundle,
        call,
        outs: (0..outs)
            .map(|_| PublicOut {
                to: draw.one_time_address(),
                asset: draw.asset(),
                amount: draw.amount(),
                memo: draw.memo(),
            })
            .collect(),
    }
}

fn call(draw: &mut Draw) -> ShieldedCall {
    let attached = draw.below(3);
    let attached: BTreeSet<_> = (0..attached).map(|_| draw.other_asset()).collect();
    ShieldedCall {
        from: Address::from(draw.bytes()),
        nonce: draw.number(),
        to: to(draw),
        value: U256::from(draw.number()),
        input: input(draw),
        access_list: access_list(draw),
        attached: attached.into_iter().map(|asset| Attached { asset, amount: draw.amount() }).collect(),
        refund: draw.one_time_address(),
        from_signature: signature(draw),
    }
}

pub fn ethereum(draw: &mut Draw) -> Transaction {
    let (nonce, gas_limit, value) = (draw.number(), draw.number(), U256::from(draw.number()));
    let (to, input, chain_id, signature) = (to(draw), input(draw), draw.number(), signature(draw));
    let (max_fee_per_gas, max_priority_fee_per_gas) = (draw.amount(), draw.amount());
    let gas_price = max_fee_per_gas;
    Transaction::ethereum(match draw.below(4) {
        0 => {
            // EIP-155 puts 2 * chain id + 36 into `v`.
            let chain_id = draw.once_in(2).then_some(chain_id >> 2);
            let tx = TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input };
            EthereumTx::Legacy(tx.into_signed(signature))
        }
        1 => {
            let access_list = access_list(draw);
            let tx = TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input };
            EthereumTx::Eip2930(tx.into_signed(signature))
        }
        2 => EthereumTx::Eip1559(
            TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list: access_list(draw),
                input,
            }
            .into_signed(signature),
        ),
        _ => {
            let count = draw.below(3);
            let authorization_list = (0..count).map(|_| authorization(draw)).collect();
            EthereumTx::Eip7702(
                TxEip7702 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                    to: Address::from(draw.bytes()),
                    value,
                    access_list: access_list(draw),
                    authorization_list,
                    input,
                }
                .into_signed(signature),
            )
        }
    })
}

fn to(draw: &mut Draw) -> TxKind {
    if draw.once_in(4) { TxKind::Create } else { TxKind::Call(Address::from(draw.bytes())) }
}

fn input(draw: &mut Draw) -> Bytes {
    let len = if draw.once_in(4) { draw.below(300) } else { draw.below(4) };
    draw.vec(len).into()
}

fn signature(draw: &mut Draw) -> Signature {
    Signature::new(U256::from_be_bytes(draw.bytes::<32>()), U256::from(draw.number()), draw.once_in(2))
}

fn access_list(draw: &mut Draw) -> AccessList {
    let items = draw.below(3);
    let item = |draw: &mut Draw| {
        let keys = draw.below(3);
        AccessListItem {
            address: Address::from(draw.bytes()),
            storage_keys: (0..keys).map(|_| B256::from(draw.bytes::<32>())).collect(),
        }
    };
    AccessList((0..items).map(|_| item(draw)).collect())
}

fn authorization(draw: &mut Draw) -> SignedAuthorization {
    let inner = Authorization {
        chain_id: U256::from(draw.number()),
        address: Address::from(draw.bytes()),
        nonce: draw.number(),
    };
    SignedAuthorization::new_unchecked(inner, draw.bytes::<1>()[0], U256::from(draw.number()), U256::from(1))
}
