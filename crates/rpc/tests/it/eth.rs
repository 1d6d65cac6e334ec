//! Shapes and answers of `eth_`.

use crate::support::{CHAIN_ID, COINBASE, Counter, Node, counter_code, first, hex_of, number, second};
use alloy_network::{AnyNetwork, AnyRpcBlock, AnyTransactionReceipt, Network};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use serde_json::{Value, json};

fn add(amount: u64) -> String {
    hex_of(&Counter::addCall { amount: U256::from(amount) }.abi_encode())
}

fn number_call() -> String {
    hex_of(&Counter::numberCall {}.abi_encode())
}

#[test]
fn chain_facts() {
    let node = Node::start();
    assert_eq!(node.ok("eth_chainId", json!([])), json!("0x539"));
    assert_eq!(node.ok("eth_blockNumber", json!([])), json!("0x0"));
    assert_eq!(node.ok("eth_syncing", json!([])), json!(false));
    assert_eq!(node.ok("eth_coinbase", json!([])), json!(COINBASE));
    assert_eq!(node.ok("eth_accounts", json!([])), json!([first(), second()]));
    node.mine();
    assert_eq!(node.ok("eth_blockNumber", json!([])), json!("0x1"));
}

#[test]
fn blocks_have_geths_shape() {
    let node = Node::start();
    let receipt = node.send(json!({ "to": second(), "value": "0x1" }));
    for full in [false, true] {
        let block = node.ok("eth_getBlockByNumber", json!(["0x1", full]));
        assert_eq!(block, node.ok("eth_getBlockByHash", json!([block["hash"], full])));
        assert_eq!(block, node.ok("eth_getBlockByNumber", json!(["latest", full])));
        for field in [
            "hash",
            "parentHash",
            "sha3Uncles",
            "miner",
            "stateRoot",
            "transactionsRoot",
            "receiptsRoot",
            "logsBloom",
            "difficulty",
            "number",
            "gasLimit",
            "gasUsed",
            "timestamp",
            "extraData",
            "mixHash",
            "nonce",
            "size",
            "baseFeePerGas",
            "withdrawalsRoot",
            "blobGasUsed",
            "excessBlobGas",
            "parentBeaconBlockRoot",
            "requestsHash",
            "transactions",
            "uncles",
            "withdrawals",
        ] {
            assert!(!block[field].is_null(), "{field}: {block}");
        }
        assert_eq!(block["withdrawals"], json!([]));
        let of_transaction = if full { &block["transactions"][0]["hash"] } else { &block["transactions"][0] };
        assert_eq!(*of_transaction, receipt["transactionHash"]);
        serde_json::from_value::<AnyRpcBlock>(block).unwrap();
    }
    let hash = &receipt["blockHash"];
    for tag in ["safe", "finalized", "latest"] {
        assert_eq!(node.ok("eth_getBlockByNumber", json!([tag]))["hash"], *hash);
    }
    assert_eq!(node.ok("eth_getBlockByNumber", json!(["earliest"]))["number"], "0x0");
    let pending = node.ok("eth_getBlockByNumber", json!(["pending"]));
    assert_eq!((&pending["number"], &pending["hash"]), (&json!("0x2"), &Value::Null));
    assert_eq!(pending["parentHash"], *hash);
    assert_eq!(node.ok("eth_getBlockByNumber", json!(["0x99"])), Value::Null);
    assert_eq!(node.ok("eth_getBlockByHash", json!([B256::ZERO])), Value::Null);
    assert_eq!(node.ok("eth_getBlockTransactionCountByNumber", json!(["0x1"])), "0x1");
    assert_eq!(node.ok("eth_getBlockTransactionCountByHash", json!([hash])), "0x1");
    assert_eq!(node.ok("eth_getUncleCountByBlockNumber", json!(["0x1"])), "0x0");
    assert_eq!(node.ok("eth_getUncleCountByBlockHash", json!([hash])), "0x0");
    assert_eq!(node.ok("eth_getUncleByBlockHashAndIndex", json!([hash, "0x0"])), Value::Null);
    assert_eq!(node.ok("eth_getUncleByBlockNumberAndIndex", json!(["0x1", "0x0"])), Value::Null);
    assert_eq!(node.ok("eth_getBlockReceipts", json!(["0x1"])), json!([receipt]));
    assert_eq!(node.ok("eth_getBlockReceipts", json!([{ "blockHash": hash }])), json!([receipt]));
}

#[test]
fn accounts_and_storage_now_and_before() {
    let node = Node::start();
    let counter = node.deploy();
    node.send(json!({ "to": counter, "data": add(40) }));
    assert_eq!(node.ok("eth_getTransactionCount", json!([first()])), "0x2");
    assert_eq!(node.ok("eth_getTransactionCount", json!([first(), "0x1"])), "0x1");
    assert_eq!(node.ok("eth_getBalance", json!([first(), "0x0"])), "0x21e19e0c9bab2400000");
    assert_ne!(node.ok("eth_getBalance", json!([first(), null])), "0x21e19e0c9bab2400000");
    assert_eq!(node.ok("eth_getBalance", json!([Address::ZERO])), "0x0");
    let code = node.ok("eth_getCode", json!([counter]));
    assert!(code.as_str().unwrap().len() > 100);
    assert_eq!(node.ok("eth_getCode", json!([counter, "earliest"])), "0x");
    for slot in ["0x0", "0x", "0x00", &hex_of(&[0; 32])] {
        let answer = node.call("eth_getStorageAt", json!([counter, slot]));
        if slot == "0x" {
            assert_eq!(answer["error"]["code"], -32602);
        } else {
            assert_eq!(answer["result"], format!("0x{:064x}", 40));
        }
    }
    assert_eq!(node.ok("eth_getStorageAt", json!([counter, "0x0", "0x1"])), format!("0x{:064x}", 0));
    let unknown = node.error("eth_getBalance", json!([first(), "0x99"]));
    assert_eq!(unknown["code"], -32000);
    assert!(unknown["message"].as_str().unwrap().starts_with("header not found"), "{unknown}");
    let by_hash = json!([first(), { "blockHash": B256::ZERO }]);
    assert_eq!(node.error("eth_getBalance", by_hash)["code"], -32000);

    let proof = node.ok("eth_getProof", json!([counter, ["0x0", B256::ZERO], "latest"]));
    assert_eq!(proof["storageProof"][0]["value"], "0x28");
    assert_eq!(proof["storageProof"][0]["key"], "0x0");
    assert_eq!(proof["storageProof"][1]["key"], json!(B256::ZERO));
    let code: alloy_primitives::Bytes = serde_json::from_value(code).unwrap();
    assert_eq!(proof["codeHash"], json!(keccak256(&code)));
    // The proof of a past state begins at the root in its block's header.
    for block in ["0x0", "0x1"] {
        let past = node.ok("eth_getProof", json!([counter, ["0x0"], block]));
        assert_eq!(past["storageProof"][0]["value"], "0x0");
        let root: alloy_primitives::Bytes = serde_json::from_value(past["accountProof"][0].clone()).unwrap();
        let header = node.ok("eth_getBlockByNumber", json!([block, false]));
        assert_eq!(json!(keccak256(&root)), header["stateRoot"], "{block}");
    }
}

#[test]
fn calls_and_reverts() {
    let node = Node::start();
    let counter = node.deploy();
    node.send(json!({ "to": counter, "data": add(40) }));
    let call = |block: Value| node.ok("eth_call", json!([{ "to": counter, "data": number_call() }, block]));
    assert_eq!(call(Value::Null), format!("0x{:064x}", 40));
    assert_eq!(call(json!("pending")), format!("0x{:064x}", 40));
    assert_eq!(call(json!("0x1")), format!("0x{:064x}", 0));
    assert_eq!(call(json!({ "blockNumber": "0x2" })), format!("0x{:064x}", 40));
    let too_much =
        Counter::TooMuch { number: U256::from(40), amount: U256::from(5000), max: U256::from(1000) };
    let too_much = hex_of(&too_much.abi_encode());
    for method in ["eth_call", "eth_estimateGas"] {
        let error = node.error(method, json!([{ "to": counter, "input": add(5000) }]));
        assert_eq!(error, json!({ "code": 3, "message": "execution reverted", "data": too_much }));
    }
    // Error(string) in words, from code put there by an override: it copies its data into a revert.
    let reverts = json!({ counter.to_string(): { "code": "0x366000600037366000fd" } });
    let reason = hex_of(&alloy_sol_types::Revert::from("no way").abi_encode());
    let error = node.error("eth_call", json!([{ "to": counter, "data": reason }, "latest", reverts]));
    assert_eq!(error, json!({ "code": 3, "message": "execution reverted: no way", "data": reason }));
    let overridden = json!({ counter.to_string(): { "stateDiff": { B256::ZERO.to_string(): B256::from(U256::from(7)) } } });
    let answer = node.ok("eth_call", json!([{ "to": counter, "data": number_call() }, "latest", overridden]));
    assert_eq!(answer, format!("0x{:064x}", 7));
    let both = json!([{ "to": counter, "gasPrice": "0x1", "maxFeePerGas": "0x1" }]);
    assert_eq!(node.error("eth_call", both)["code"], -32602);
    // An endless loop ends at the gas cap.
    let endless = json!({ counter.to_string(): { "code": "0x5b600056" } });
    let error =
        node.error("eth_call", json!([{ "to": counter, "gas": "0xffffffffffffffff" }, "latest", endless]));
    assert_eq!(error["code"], -32000);
    assert!(error["message"].as_str().unwrap().contains("out of gas"), "{error}");
}

#[test]
fn estimates() {
    let node = Node::start();
    let counter = node.deploy();
    let transfer = json!([{ "from": first(), "to": second(), "value": "0x1" }]);
    assert_eq!(node.ok("eth_estimateGas", transfer), "0x5208");
    let poor =
        json!([{ "from": Address::ZERO, "to": second(), "value": "0x1", "maxFeePerGas": "0x3b9aca00" }]);
    let error = node.error("eth_estimateGas", poor);
    assert_eq!(error["code"], -32000);
    assert!(error["message"].as_str().unwrap().starts_with("insufficient funds"), "{error}");
    let adding = json!({ "from": first(), "to": counter, "data": add(1) });
    let gas = node.ok("eth_estimateGas", json!([adding]));
    let mut exact = adding.clone();
    exact["gas"] = gas.clone();
    assert_eq!(node.send(exact)["status"], "0x1");
    let list = node.ok("eth_createAccessList", json!([adding]));
    let expected = json!([{ "address": counter, "storageKeys": [B256::ZERO] }]);
    assert_eq!(list["accessList"], serde_json::to_value(expected).unwrap());
    assert!(number(&list["gasUsed"]) > 21_000);
    let deploy = json!([{ "from": first(), "data": counter_code() }]);
    assert!(number(&node.ok("eth_estimateGas", deploy)) > 53_000);
}

#[test]
fn fees() {
    let node = Node::start();
    assert_eq!(node.ok("eth_maxPriorityFeePerGas", json!([])), "0x3b9aca00");
    node.send(json!({ "to": second(), "value": "0x1", "maxPriorityFeePerGas": "0x64" }));
    assert_eq!(node.ok("eth_maxPriorityFeePerGas", json!([])), "0x64");
    let base = number(&node.ok("eth_baseFee", json!([])));
    assert_eq!(number(&node.ok("eth_gasPrice", json!([]))), base + 100);
    assert_eq!(node.ok("eth_blobBaseFee", json!([])), "0x1");
    let history = node.ok("eth_feeHistory", json!(["0x2", "latest", [0, 50.5, 100]]));
    assert_eq!(history["oldestBlock"], "0x0");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 3);
    assert_eq!(number(&history["baseFeePerGas"][2]), base);
    assert_eq!(history["gasUsedRatio"].as_array().unwrap().len(), 2);
    assert_eq!(history["reward"], json!([["0x0", "0x0", "0x0"], ["0x64", "0x64", "0x64"]]));
    assert!(node.ok("eth_feeHistory", json!([5, "latest"])).get("reward").is_none());
    for bad in [json!([1, "latest", [101]]), json!([1, "latest", [2, 1]]), json!([1, "latest", vec![1; 101]])]
    {
        assert_eq!(node.error("eth_feeHistory", bad)["code"], -32602);
    }
}

#[test]
fn transactions_of_every_ethereum_type() {
    let node = Node::start();
    let list = json!([{ "address": second(), "storageKeys": [B256::ZERO] }]);
    let price = "0x77359400";
    for (kind, request) in [
        ("0x0", json!({ "gasPrice": price })),
        ("0x0", json!({ "type": "0x0" })),
        ("0x1", json!({ "gasPrice": price, "accessList": list })),
        ("0x1", json!({ "type": "0x1" })),
        ("0x2", json!({ "maxFeePerGas": price, "maxPriorityFeePerGas": "0x1" })),
        ("0x2", json!({})),
    ] {
        let mut request = request;
        request["to"] = json!(second());
        request["value"] = json!("0x5");
        let receipt = node.send(request);
        assert_eq!(receipt["type"], kind);
        let hash = &receipt["transactionHash"];
        let transaction = node.ok("eth_getTransactionByHash", json!([hash]));
        let at = (&receipt["blockHash"], &receipt["blockNumber"]);
        assert_eq!(transaction, node.ok("eth_getTransactionByBlockHashAndIndex", json!([at.0, "0x0"])));
        assert_eq!(transaction, node.ok("eth_getTransactionByBlockNumberAndIndex", json!([at.1, "0x0"])));
        assert_eq!(transaction["type"], kind);
        assert_eq!(transaction["hash"], *hash);
        assert_eq!(transaction["from"], json!(first()).as_str().unwrap().to_lowercase());
        for field in
            ["chainId", "gas", "gasPrice", "input", "nonce", "r", "s", "v", "to", "value", "blockTimestamp"]
        {
            assert!(!transaction[field].is_null(), "{field}: {transaction}");
        }
        assert_eq!(receipt["effectiveGasPrice"], transaction["gasPrice"]);
        let raw = node.ok("eth_getRawTransactionByHash", json!([hash]));
        let raw: alloy_primitives::Bytes = serde_json::from_value(raw).unwrap();
        assert_eq!(json!(keccak256(&raw)), *hash);
        serde_json::from_value::<<AnyNetwork as Network>::TransactionResponse>(transaction).unwrap();
        serde_json::from_value::<AnyTransactionReceipt>(receipt).unwrap();
    }
    for method in ["eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getRawTransactionByHash"] {
        assert_eq!(node.ok(method, json!([B256::ZERO])), Value::Null);
    }
    assert_eq!(node.ok("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x7"])), Value::Null);
    assert_eq!(
        node.ok("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0xffffffffff"])),
        Value::Null
    );
}

#[test]
fn receipts_with_logs_and_failures() {
    let node = Node::start();
    let counter = node.deploy();
    for nonce in ["0x1", "0x2"] {
        node.ok(
            "eth_sendTransaction",
            json!([{ "from": first(), "to": counter, "data": add(1), "nonce": nonce }]),
        );
    }
    let block = node.mine();
    let receipts = node.ok("eth_getBlockReceipts", json!([block]));
    let (one, two) = (&receipts[0], &receipts[1]);
    assert_eq!((&one["status"], &two["transactionIndex"]), (&json!("0x1"), &json!("0x1")));
    assert_eq!(number(&two["cumulativeGasUsed"]), number(&one["gasUsed"]) + number(&two["gasUsed"]));
    assert_eq!(two["logs"][0]["logIndex"], "0x1");
    assert_eq!(two["logs"][0]["topics"][0], json!(Counter::Added::SIGNATURE_HASH));
    assert_eq!(two["logs"][0]["blockTimestamp"], node.ok("eth_getBlockByHash", json!([block]))["timestamp"]);
    assert_eq!(two["contractAddress"], Value::Null);
    let failed = node.send(json!({ "to": counter, "data": add(5000), "gas": "0x186a0" }));
    assert_eq!((&failed["status"], &failed["logs"]), (&json!("0x0"), &json!([])));
}

#[test]
fn the_pool_refuses_in_geths_words() {
    let node = Node::start();
    let sign = |request: Value| {
        let mut request = request;
        request["from"] = json!(first());
        request["to"] = json!(second());
        request["gas"] = json!("0x5208");
        node.ok("eth_signTransaction", json!([request]))["raw"].clone()
    };
    let raw = sign(json!({ "nonce": "0x0", "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x1" }));
    let hash = node.ok("eth_sendRawTransaction", json!([raw]));
    let waiting = node.ok("eth_getTransactionByHash", json!([hash]));
    assert_eq!((&waiting["hash"], &waiting["blockHash"]), (&hash, &Value::Null));
    assert_eq!(node.ok("eth_getTransactionReceipt", json!([hash])), Value::Null);
    assert_eq!(node.ok("eth_getTransactionCount", json!([first(), "pending"])), "0x1");
    assert_eq!(node.ok("eth_getTransactionCount", json!([first(), "latest"])), "0x0");
    let refused = |raw: Value, words: &str| {
        let error = node.error("eth_sendRawTransaction", json!([raw]));
        assert_eq!(error["code"], -32000, "{error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    };
    refused(raw, "already known");
    refused(
        sign(json!({ "nonce": "0x0", "maxFeePerGas": "0x77359401", "maxPriorityFeePerGas": "0x1" })),
        "underpriced",
    );
    node.mine();
    refused(sign(json!({ "nonce": "0x0", "maxFeePerGas": "0x77359400" })), "nonce too low");
    refused(sign(json!({ "value": "0xffffffffffffffffffffff" })), "insufficient funds");
    refused(json!("0x"), "empty");
    refused(json!("0x02c0"), "decoded");
    refused(json!("0x03c0"), "blob");
    refused(json!("0x53c0"), "RLP");
}

#[test]
fn keys_of_the_node() {
    let node = Node::start();
    let signature = node.ok("eth_sign", json!([first(), "0x68656c6c6f"]));
    let signature: alloy_primitives::Bytes = serde_json::from_value(signature).unwrap();
    let signature = alloy_primitives::Signature::try_from(signature.as_ref()).unwrap();
    assert_eq!(signature.recover_address_from_msg("hello").unwrap(), first());
    let stranger = Address::repeat_byte(9);
    assert_eq!(node.error("eth_sign", json!([stranger, "0x"]))["code"], -32000);
    assert_eq!(
        node.error("eth_sendTransaction", json!([{ "from": stranger, "to": first() }]))["code"],
        -32000
    );
    let wrong_chain = json!([{ "from": first(), "to": second(), "chainId": "0x1" }]);
    assert_eq!(node.error("eth_sendTransaction", wrong_chain)["code"], -32602);
    let filled = node.ok("eth_fillTransaction", json!([{ "from": second(), "to": first(), "type": "0x0" }]));
    assert_eq!(filled["tx"]["gas"], "0x5208");
    assert_eq!(filled["tx"]["chainId"], format!("{CHAIN_ID:#x}"));
    assert!(filled["tx"].get("maxFeePerGas").is_none());
    let filled = node.ok("eth_fillTransaction", json!([{ "from": first(), "to": second(), "nonce": "0x7" }]));
    assert_eq!((&filled["tx"]["nonce"], &filled["tx"]["type"]), (&json!("0x7"), &json!("0x2")));

    let production = Node::with_config(|_| {}, vec![]);
    assert_eq!(production.ok("eth_accounts", json!([])), json!([]));
    for method in ["eth_sendTransaction", "eth_sign", "eth_signTransaction", "eth_fillTransaction"] {
        assert_eq!(production.error(method, json!([]))["code"], -32601);
    }
}

#[test]
fn filters_and_logs() {
    let node = Node::start();
    let counter = node.deploy();
    let logs = node.ok("eth_newFilter", json!([{ "address": counter }]));
    let blocks = node.ok("eth_newBlockFilter", json!([]));
    let pending = node.ok("eth_newPendingTransactionFilter", json!([]));
    let receipt = node.send(json!({ "to": counter, "data": add(40) }));
    assert_eq!(node.ok("eth_getFilterChanges", json!([blocks])), json!([receipt["blockHash"]]));
    assert_eq!(node.ok("eth_getFilterChanges", json!([blocks])), json!([]));
    assert_eq!(node.ok("eth_getFilterChanges", json!([pending])), json!([receipt["transactionHash"]]));
    assert_eq!(node.ok("eth_getFilterChanges", json!([logs])), receipt["logs"]);
    assert_eq!(node.ok("eth_getFilterChanges", json!([logs])), json!([]));
    assert_eq!(node.ok("eth_getFilterLogs", json!([logs])), receipt["logs"]);
    assert_eq!(node.ok("eth_uninstallFilter", json!([logs])), true);
    assert_eq!(node.ok("eth_uninstallFilter", json!([logs])), false);
    let gone = node.error("eth_getFilterChanges", json!([logs]));
    assert_eq!(gone, json!({ "code": -32000, "message": "filter not found" }));

    let by = |address: Address| {
        json!([Counter::Added::SIGNATURE_HASH, B256::left_padding_from(address.as_slice())])
    };
    let find = |filter: Value| node.ok("eth_getLogs", json!([filter]));
    assert_eq!(
        find(json!({ "fromBlock": "0x0", "address": counter, "topics": by(first()) })),
        receipt["logs"]
    );
    assert_eq!(
        find(json!({ "fromBlock": "0x0", "topics": [null, [by(first())[1], by(second())[1]]] })),
        receipt["logs"]
    );
    assert_eq!(find(json!({ "fromBlock": "0x0", "topics": by(second()) })), json!([]));
    assert_eq!(find(json!({ "blockHash": receipt["blockHash"] })), receipt["logs"]);
    assert_eq!(find(json!({})), receipt["logs"]);
    // As execution-apis has it: what lies ahead of the head cannot be asked for.
    for from in ["0x0", "0x7fffffffffffffff"] {
        let ahead = json!([{ "fromBlock": from, "toBlock": "0xffffffffffffffff" }]);
        assert_eq!(node.error("eth_getLogs", ahead)["code"], -32602);
    }
}
