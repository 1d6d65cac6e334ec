//! Shapes and answers of `sero_`.

use crate::support::{Node, first, hex_of, number, second};
use alloy_network::{AnyNetwork, Network};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use sero_chain::ChainExecutor;
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::shielded_tx::{ShieldedCall, ShieldedTx};
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::Bundle;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};

fn pkr() -> OneTimeAddress {
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
    OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap()
}

pub fn shield(node: &Node, amount: u64) -> Value {
    let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
    let call = IPool::shieldCall {
        pkr: pkr().to_bytes().to_vec().into(),
        asset: coin,
        amount: U256::from(amount),
        memo: Bytes::from_static(b"rent"),
    };
    let receipt =
        node.send(json!({ "to": POOL, "data": hex_of(&call.abi_encode()), "value": U256::from(amount) }));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    receipt
}

#[test]
fn chain_and_tree() {
    let node = Node::start();
    let info = node.ok("sero_chainInfo", json!([]));
    let parameters = node.chain.parameters();
    assert_eq!(info["chainId"], "0x539");
    assert_eq!(info["genesisHash"], json!(parameters.genesis_hash));
    assert_eq!(info["network"], "dev");
    assert_eq!(info["registrationFee"], "0xde0b6b3a7640000");
    assert_eq!(info["anchorLag"], "0x0");
    let pool = &info["pools"][0];
    let keys = parameters.privacy.as_ref().unwrap().pools.get(0).unwrap().keys(1).unwrap().hashes();
    assert_eq!(json!([pool["spendKeyHash"], pool["outputKeyHash"]]), json!(keys));
    assert_eq!((&pool["noteCount"], &info["head"]), (&json!("0x0"), &json!("0x0")));
    assert_eq!(info["depositPool"], "0x0");
    let before = node.ok("sero_treeState", json!([]));
    shield(&node, 5);
    let after = node.ok("sero_treeState", json!(["latest"]));
    assert_eq!((&after["blockNumber"], &after["noteCount"]), (&json!("0x1"), &json!("0x1")));
    assert_ne!(before["anchor"], after["anchor"]);
    assert_eq!(node.ok("sero_treeState", json!(["0x0"])), before);
    assert_eq!(node.error("sero_treeState", json!(["0x9"]))["code"], -32000);
}

#[test]
fn shielded_blocks_and_notes() {
    let node = Node::start();
    node.mine();
    let receipt = shield(&node, 5);
    node.mine();
    shield(&node, 6);
    let answer = node.ok("sero_getShieldedBlocks", json!(["0x0", "0x64"]));
    assert_eq!((&answer["head"], &answer["nextBlock"]), (&json!("0x4"), &json!("0x5")));
    let blocks = answer["blocks"].as_array().unwrap();
    assert_eq!(blocks.iter().map(|block| number(&block["number"])).collect::<Vec<_>>(), [2, 4]);
    let block = &blocks[0];
    assert_eq!(block["hash"], receipt["blockHash"]);
    let tree = &block["pools"][0];
    assert_eq!((&tree["noteCount"], &block["nullifiers"]), (&json!("0x1"), &json!([])));
    assert_eq!(tree["anchor"], node.ok("sero_treeState", json!(["0x2"]))["anchor"]);
    let note = &block["notes"][0];
    assert_eq!((&note["kind"], &note["pool"]), (&json!("public"), &json!("0x0")));
    assert_eq!(note["position"], "0x0");
    assert_eq!(note["amount"], "0x5");
    assert_eq!(note["memo"], hex_of(b"rent"));
    assert_eq!(note["pkr"], hex_of(&pkr().to_bytes()));
    assert_eq!(note["asset"], AssetId::coin().to_string());
    assert_eq!(note["transactionHash"], receipt["transactionHash"]);

    let one = node.ok("sero_getShieldedBlocks", json!([0, 1]));
    assert_eq!((one["blocks"].as_array().unwrap().len(), &one["nextBlock"]), (1, &json!("0x3")));
    let rest = node.ok("sero_getShieldedBlocks", json!([one["nextBlock"], "0x64"]));
    assert_eq!(rest["blocks"][0], blocks[1]);
    let beyond = node.ok("sero_getShieldedBlocks", json!(["0x63"]));
    assert_eq!((&beyond["nextBlock"], &beyond["blocks"]), (&json!("0x63"), &json!([])));

    let notes = node.ok("sero_getNotes", json!(["0x0", 10]));
    assert_eq!(notes["noteCount"], "0x2");
    let mut with_block = note.clone();
    with_block["blockNumber"] = json!("0x2");
    assert_eq!(notes["notes"][0], with_block);
    assert_eq!(node.ok("sero_getNotes", json!([1, 10]))["notes"], json!([notes["notes"][1]]));

    let status = node.ok("sero_nullifierStatus", json!([[B256::ZERO]]));
    assert_eq!(status, json!([{ "nullifier": B256::ZERO, "spentInBlock": null }]));
    assert_eq!(node.error("sero_nullifierStatus", json!([vec![B256::ZERO; 1001]]))["code"], -32602);
}

#[test]
fn assets_and_supply() {
    let node = Node::start();
    let coin = AssetId::coin().to_string();
    let sero = node.ok("sero_getAsset", json!([coin]));
    assert_eq!(
        (&sero["kind"], &sero["name"], &sero["decimals"]),
        (&json!("coin"), &json!("SERO"), &json!(18))
    );
    let register = IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 };
    let fee = "0xde0b6b3a7640000";
    let receipt = node.send(json!({ "to": ASSETS, "data": hex_of(&register.abi_encode()), "value": fee }));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    let gold = node.ok("sero_getAsset", json!(["GOLD"]));
    let kind = (&gold["kind"], &gold["decimals"], &gold["category"], &gold["number"]);
    assert_eq!(kind, (&json!("token"), &json!(6), &Value::Null, &Value::Null));
    assert_eq!(gold["issuer"], json!(first()));
    assert_eq!(node.ok("sero_getAsset", json!([gold["id"]])), gold);
    let id: B256 = serde_json::from_value(gold["id"].clone()).unwrap();
    let id = U256::from_be_bytes(id.0);
    assert_eq!(node.ok("sero_getAsset", json!([id.to_string()])), gold);
    for unknown in ["LEAD", "12345", "0x1234", &format!("0x{}", "f".repeat(64))] {
        assert_eq!(node.ok("sero_getAsset", json!([unknown]))["kind"], "unknown");
    }
    let mint = IAssets::mintCall { asset: id, to: second(), amount: U256::from(1000) };
    assert_eq!(node.send(json!({ "to": ASSETS, "data": hex_of(&mint.abi_encode()) }))["status"], "0x1");
    let listed = node.ok("sero_listAssets", json!([]));
    assert_eq!(listed["assets"], json!([sero, gold]));
    assert_eq!(listed["nextBlock"], "0x3");
    let expected = json!({ "asset": gold["id"], "issued": "0x3e8", "public": "0x3e8", "hidden": "0x0" });
    assert_eq!(node.ok("sero_supply", json!(["GOLD"])), expected);
    assert_eq!(node.error("sero_supply", json!(["LEAD"]))["code"], -32602);

    shield(&node, 77);
    assert_eq!(node.ok("sero_supply", json!([coin]))["hidden"], "0x4d");
    let audit = node.ok("sero_auditSupply", json!([]));
    assert_eq!((&audit["agrees"], &audit["blockNumber"]), (&json!(true), &json!("0x3")), "{audit}");
    assert_eq!(audit["assets"].as_array().unwrap().len(), 2);
    let of_coin = audit["assets"].as_array().unwrap().iter().find(|asset| asset["asset"] == coin).unwrap();
    assert_eq!((&of_coin["name"], &of_coin["recount"]["hidden"]), (&json!("SERO"), &json!("0x4d")));
}

/// A shielded call with an empty bundle: enough to read and to simulate, and
/// refused by the pool.
fn shielded_call(node: &Node, to: Address, input: Bytes) -> ShieldedTx {
    let binding_sig = sero_shielded::signature::Signature([0; 64]);
    ShieldedTx {
        chain_id: 1337,
        expiry: node.chain.head().header.number + 10,
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 1,
        gas_limit: 1_000_000,
        bundle: Bundle {
            pool: 0,
            packages: vec![],
            anchor: Default::default(),
            spends: vec![],
            outputs: vec![],
            balance: vec![],
            binding_sig,
        },
        call: Some(ShieldedCall {
            from: first(),
            nonce: 0,
            to: TxKind::Call(to),
            value: U256::ZERO,
            input,
            access_list: Default::default(),
            attached: vec![],
            refund: pkr(),
            from_signature: Signature::new(U256::from(1), U256::from(1), false),
        }),
        outs: vec![],
    }
}

#[test]
fn shielded_transactions_before_they_are_proved() {
    let node = Node::start();
    let tx = shielded_call(&node, second(), Bytes::new());
    let raw = hex_of(&tx.encode_2718());
    let decoded = node.ok("sero_decodeTransaction", json!([raw]));
    assert_eq!((&decoded["type"], &decoded["kind"]), (&json!("0x53"), &json!("call")));
    assert_eq!(decoded["from"], json!(first()));
    assert_eq!(decoded["bundle"]["spends"], json!([]));
    assert_eq!(decoded["shielded"]["bundle"], hex_of(&tx.bundle.encode()));
    assert_eq!(decoded["shielded"]["refund"], hex_of(&pkr().to_bytes()));
    assert_eq!(decoded["hash"], json!(tx.hash()));
    // Ethereum clients read it as a transaction of an unknown type.
    serde_json::from_value::<<AnyNetwork as Network>::TransactionResponse>(decoded).unwrap();
    let simulated = node.ok("sero_simulate", json!([raw]));
    assert_eq!(
        (&simulated["success"], &simulated["revertData"]),
        (&json!(true), &Value::Null),
        "{simulated}"
    );
    assert!(number(&simulated["gasUsed"]) > 21_000);
    let refused = shielded_call(&node, POOL, Bytes::from_static(&[1, 2, 3, 4]));
    let simulated = node.ok("sero_simulate", json!([hex_of(&refused.encode_2718())]));
    assert_eq!(simulated["success"], false);
    assert!(simulated["revertReason"].as_str().unwrap().contains("UnknownSelector"), "{simulated}");
    assert_eq!(node.error("eth_sendRawTransaction", json!([raw]))["code"], -32000);
    let transfer = json!([{ "from": first(), "to": second() }]);
    let ethereum = node.ok("eth_signTransaction", transfer)["raw"].clone();
    for method in ["sero_simulate", "sero_decodeTransaction"] {
        assert_eq!(node.error(method, json!([ethereum]))["code"], -32602);
        assert_eq!(node.error(method, json!(["0x53"]))["code"], -32602);
    }
}
