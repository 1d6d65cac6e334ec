//! `ots_*`, and the headers that go with it.

use crate::support::{Counter, Node, first, hex_of, number, second};
use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

/// Init code of a contract that sends one wei to an account and makes a contract, whenever it is called.
fn factory(to: Address) -> String {
    let send = format!("5f5f5f5f600173{}5af150", hex::encode(to));
    format!("0x602d600a5f39602d5ff3{send}6360015ff35f526004601c5ff05000")
}

/// A factory that was called once: its address, what it made, and the call's receipt.
struct Made {
    factory: Address,
    child: Address,
    deployed: Value,
    called: Value,
}

fn make(node: &Node) -> Made {
    let deployed = node.send(json!({ "data": factory(second()), "value": "0xa" }));
    let factory: Address = deployed["contractAddress"].as_str().unwrap().parse().unwrap();
    let called = node.send(json!({ "to": factory, "gas": "0x100000", "data": "0x0102030405" }));
    assert_eq!(called["status"], "0x1");
    Made { factory, child: factory.create(1), deployed, called }
}

#[test]
fn what_happened_inside_a_transaction() {
    let node = Node::start();
    let Made { factory, child, deployed, called } = make(&node);
    let hash = &called["transactionHash"];
    assert_eq!(node.ok("ots_getApiLevel", json!([])), 8);
    assert_eq!(
        node.ok("ots_getInternalOperations", json!([hash])),
        json!([
            { "type": 0, "from": factory, "to": second(), "value": "0x1" },
            { "type": 2, "from": factory, "to": child, "value": "0x0" },
        ])
    );
    let calls = node.ok("ots_traceTransaction", json!([hash]));
    let calls: Vec<[&Value; 5]> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| ["type", "depth", "from", "to", "value"].map(|field| &call[field]))
        .collect();
    assert_eq!(
        json!(calls),
        json!([
            ["CALL", 0, first(), factory, "0x0"],
            ["CALL", 1, factory, second(), "0x1"],
            ["CREATE", 1, factory, child, "0x0"],
        ])
    );
    assert_eq!(
        node.ok("ots_getContractCreator", json!([child])),
        json!({ "hash": hash, "creator": factory })
    );
    assert_eq!(
        node.ok("ots_getContractCreator", json!([factory])),
        json!({ "hash": deployed["transactionHash"], "creator": first() })
    );
    assert_eq!(node.ok("ots_getContractCreator", json!([second()])), Value::Null);
    assert_eq!(node.ok("ots_hasCode", json!([child])), true);
    assert_eq!(node.ok("ots_hasCode", json!([child, deployed["blockNumber"]])), false);
    let none = hex_of(&[9; 32]);
    for method in ["ots_getInternalOperations", "ots_traceTransaction", "ots_getTransactionError"] {
        assert_eq!(node.ok(method, json!([none])), Value::Null, "{method}");
    }
}

#[test]
fn the_error_of_a_transaction_is_its_revert_data() {
    let node = Node::start();
    let counter = node.deploy();
    let add = |amount: u64| hex_of(&Counter::addCall { amount: U256::from(amount) }.abi_encode());
    let good = node.send(json!({ "to": counter, "input": add(1) }));
    let bad = node.send(json!({ "to": counter, "input": add(u64::MAX), "gas": "0x100000" }));
    assert_eq!(bad["status"], "0x0");
    assert_eq!(node.ok("ots_getTransactionError", json!([good["transactionHash"]])), "0x");
    let data = node.ok("ots_getTransactionError", json!([bad["transactionHash"]]));
    let call = json!({ "to": counter, "input": add(u64::MAX) });
    assert_eq!(node.error("eth_call", json!([call]))["data"], data);
}

#[test]
fn transactions_are_found_by_whom_they_concern() {
    let node = Node::start();
    let Made { factory, child, deployed, called } = make(&node);
    (0..5).for_each(|_| drop(node.send(json!({ "to": factory, "gas": "0x100000" }))));
    let search = |method: &str, address: Address, block: u64, size: u64| {
        let page = node.ok(method, json!([address, block, size]));
        let numbers: Vec<u64> =
            page["txs"].as_array().unwrap().iter().map(|tx| number(&tx["blockNumber"])).collect();
        for (tx, receipt) in page["txs"].as_array().unwrap().iter().zip(page["receipts"].as_array().unwrap())
        {
            assert_eq!(tx["hash"], receipt["transactionHash"]);
            assert!(receipt["timestamp"].is_string());
        }
        (numbers, page["firstPage"].as_bool().unwrap(), page["lastPage"].as_bool().unwrap())
    };
    let (before, after) = ("ots_searchTransactionsBefore", "ots_searchTransactionsAfter");
    // As sender, callee, receiver of an internal payment, and as what was made.
    assert_eq!(search(before, first(), 0, 25), (vec![7, 6, 5, 4, 3, 2, 1], true, true));
    assert_eq!(search(before, factory, 0, 25), (vec![7, 6, 5, 4, 3, 2, 1], true, true));
    assert_eq!(search(before, second(), 0, 25), (vec![7, 6, 5, 4, 3, 2], true, true));
    assert_eq!(search(before, child, 0, 25), (vec![number(&called["blockNumber"])], true, true));
    assert_eq!(search(before, Address::repeat_byte(9), 0, 25), (vec![], true, true));
    // Page by page, both ways.
    assert_eq!(search(before, factory, 0, 3), (vec![7, 6, 5], true, false));
    assert_eq!(search(before, factory, 5, 3), (vec![4, 3, 2], false, false));
    assert_eq!(search(before, factory, 2, 3), (vec![1], false, true));
    assert_eq!(search(after, factory, 0, 3), (vec![3, 2, 1], false, true));
    assert_eq!(search(after, factory, 3, 3), (vec![6, 5, 4], false, false));
    assert_eq!(search(after, factory, 6, 3), (vec![7], true, false));
    assert_eq!(node.error(before, json!([factory, 0, 0]))["code"], -32602);
    assert_eq!(node.error(before, json!([factory, 0, 101]))["code"], -32602);
    let nonce = |nonce: u64| node.ok("ots_getTransactionBySenderAndNonce", json!([first(), nonce]));
    assert_eq!(
        (nonce(0), nonce(1)),
        (deployed["transactionHash"].clone(), called["transactionHash"].clone())
    );
    assert_eq!(nonce(7), Value::Null);
}

#[test]
fn blocks_as_an_explorer_lists_them() {
    let node = Node::start();
    let called = make(&node).called;
    let (block, hash) = (&called["blockNumber"], &called["blockHash"]);
    let details = node.ok("ots_getBlockDetails", json!([block]));
    assert_eq!(node.ok("ots_getBlockDetailsByHash", json!([hash])), details);
    assert_eq!(details["block"]["transactionCount"], 1);
    assert_eq!((&details["block"]["hash"], &details["block"]["logsBloom"]), (hash, &Value::Null));
    assert!(details["block"].get("transactions").is_none());
    let fees = U256::from(number(&called["gasUsed"])) * U256::from(number(&called["effectiveGasPrice"]));
    assert_eq!(details["totalFees"], json!(fees));
    assert_eq!(details["issuance"]["issuance"], "0x0");
    let page = node.ok("ots_getBlockTransactions", json!([block, 0, 10]));
    assert_eq!(page["fullblock"]["transactions"][0]["input"], "0x01020304");
    assert_eq!(page["fullblock"]["transactions"][0]["hash"], called["transactionHash"]);
    assert_eq!(page["receipts"][0]["transactionHash"], called["transactionHash"]);
    assert_eq!(page["receipts"][0]["logs"], Value::Null);
    let page = node.ok("ots_getBlockTransactions", json!([block, 1, 10]));
    assert_eq!((&page["fullblock"]["transactions"], &page["receipts"]), (&json!([]), &json!([])));
    assert_eq!(page["fullblock"]["transactionCount"], 1);
    assert_eq!(node.ok("ots_getBlockDetails", json!(["0x99"])), Value::Null);
}

#[test]
fn headers_by_themselves() {
    let node = Node::start();
    let receipt = node.send(json!({ "to": second(), "value": "0x1" }));
    let (block, hash) = (&receipt["blockNumber"], &receipt["blockHash"]);
    let header = node.ok("eth_getHeaderByNumber", json!([block]));
    assert_eq!(node.ok("eth_getHeaderByHash", json!([hash])), header);
    assert_eq!(node.ok("erigon_getHeaderByNumber", json!([block])), header);
    let whole = node.ok("eth_getBlockByNumber", json!([block, false]));
    for (field, value) in header.as_object().unwrap() {
        assert_eq!(value, &whole[field], "{field}");
    }
    assert!(header.get("transactions").is_none());
    assert_eq!(node.ok("eth_getHeaderByNumber", json!(["0x99"])), Value::Null);
    assert_eq!(node.ok("eth_getHeaderByNumber", json!(["pending"]))["hash"], Value::Null);
}
