//! Blocks with shielded transactions, as Ethereum's clients read them.

use super::*;
use alloy_network::{AnyNetwork, AnyRpcBlock, AnyTransactionReceipt, Network};
use alloy_primitives::{Bytes, Log, Signature};
use sero_primitives::block::header_template;
use sero_primitives::shielded_tx::{PublicOut, SHIELDED_TX_TYPE, ShieldedCall};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::Bundle;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};

fn shielded(call: Option<ShieldedCall>, outs: Vec<PublicOut>) -> Transaction {
    let binding_sig = sero_shielded::signature::Signature([0; 64]);
    Transaction::shielded(ShieldedTx {
        chain_id: 1337,
        expiry: 9,
        max_fee_per_gas: 50,
        max_priority_fee_per_gas: if call.is_some() { 2 } else { 0 },
        gas_limit: 100_000,
        bundle: Bundle {
            pool: 0,
            packages: vec![],
            anchor: Default::default(),
            spends: vec![],
            outputs: vec![],
            balance: vec![],
            binding_sig,
        },
        call,
        outs,
    })
}

fn data() -> BlockData {
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
    let pkr = OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap();
    let call = ShieldedCall {
        from: Address::repeat_byte(1),
        nonce: 3,
        to: TxKind::Create,
        value: U256::from(8),
        input: Bytes::from_static(&[0xfe]),
        access_list: Default::default(),
        attached: vec![],
        refund: pkr,
        from_signature: Signature::new(U256::from(4), U256::from(5), true),
    };
    let out = PublicOut { to: pkr, asset: AssetId::coin(), amount: 6, memo: Memo::new(b"hi").unwrap() };
    let log = Log::new_unchecked(POOL, vec![B256::repeat_byte(2)], Bytes::new());
    let receipt = |gas| Receipt {
        post_state: None,
        tx_type: SHIELDED_TX_TYPE,
        success: true,
        cumulative_gas_used: gas,
        logs: vec![log.clone()],
    };
    let header = Header { number: 5, base_fee_per_gas: Some(10), gas_used: 90, ..header_template() };
    let transactions = vec![shielded(Some(call), vec![]), shielded(None, vec![out])];
    let block = Block::new(header, transactions);
    BlockData::new(block.hash(), block, vec![receipt(40), receipt(90)], None)
}

#[test]
fn shielded_transactions_read_as_unknown_types() {
    let data = data();
    let block = serde_json::to_value(data.block_json().unwrap()).unwrap();
    let (call, pure) = (&block["transactions"][0], &block["transactions"][1]);
    assert_eq!((&call["type"], &call["to"], &call["nonce"]), (&json!("0x53"), &Value::Null, &json!("0x3")));
    assert_eq!((&call["gasPrice"], &call["r"], &call["v"]), (&json!("0xc"), &json!("0x4"), &json!("0x1")));
    assert_eq!((&pure["from"], &pure["to"], &pure["r"]), (&json!(POOL), &json!(POOL), &json!("0x0")));
    assert_eq!(pure["gasPrice"], "0x32");
    assert_eq!(pure["shielded"]["outs"][0]["amount"], "0x6");
    assert_eq!(pure["shielded"]["outs"][0]["memo"], "0x6869");
    assert_eq!(pure["shielded"]["refund"], Value::Null);
    serde_json::from_value::<AnyRpcBlock>(block.clone()).unwrap();
    serde_json::from_value::<<AnyNetwork as Network>::TransactionResponse>(pure.clone()).unwrap();
}

#[test]
fn receipts_of_shielded_transactions() {
    let data = data();
    let receipts = data.receipts_json().unwrap();
    assert_eq!((&receipts[1]["type"], &receipts[1]["gasUsed"]), (&json!("0x53"), &json!("0x32")));
    assert_eq!(receipts[1]["logs"][0]["logIndex"], "0x1");
    assert_eq!(receipts[1]["effectiveGasPrice"], "0x32");
    assert_eq!(receipts[1]["contractAddress"], Value::Null);
    assert_eq!(receipts[0]["contractAddress"], json!(Address::repeat_byte(1).create(3)));
    for receipt in receipts {
        serde_json::from_value::<AnyTransactionReceipt>(receipt).unwrap();
    }
}

#[test]
fn size_is_that_of_ethereums_block() {
    let mut data = data();
    let empty = alloy_consensus::Block::<sero_primitives::transaction::EthereumTx> {
        header: data.block.header.clone(),
        body: alloy_consensus::BlockBody { withdrawals: Some(Default::default()), ..Default::default() },
    };
    data.block.transactions.clear();
    assert_eq!(data.block.encode_rlp().len(), alloy_rlp::Encodable::length(&empty));
}
