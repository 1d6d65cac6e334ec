//! Parameters that nobody should send: always a JSON-RPC answer, never a
//! closed connection or an internal error.

use crate::support::Node;
use serde_json::{Value, json};

/// Every method with the most parameters that it takes.
const METHODS: &[(&str, usize)] = &[
    ("eth_chainId", 0),
    ("eth_syncing", 0),
    ("eth_coinbase", 0),
    ("eth_accounts", 0),
    ("eth_blockNumber", 0),
    ("eth_getBlockByNumber", 2),
    ("eth_getBlockByHash", 2),
    ("eth_getBlockTransactionCountByNumber", 1),
    ("eth_getBlockTransactionCountByHash", 1),
    ("eth_getUncleCountByBlockNumber", 1),
    ("eth_getUncleCountByBlockHash", 1),
    ("eth_getUncleByBlockNumberAndIndex", 2),
    ("eth_getUncleByBlockHashAndIndex", 2),
    ("eth_getBlockReceipts", 1),
    ("eth_getBalance", 2),
    ("eth_getTransactionCount", 2),
    ("eth_getCode", 2),
    ("eth_getStorageAt", 3),
    ("eth_getProof", 3),
    ("eth_call", 4),
    ("eth_estimateGas", 4),
    ("eth_createAccessList", 4),
    ("eth_gasPrice", 0),
    ("eth_maxPriorityFeePerGas", 0),
    ("eth_feeHistory", 3),
    ("eth_blobBaseFee", 0),
    ("eth_baseFee", 0),
    ("eth_sendRawTransaction", 1),
    ("eth_sendTransaction", 1),
    ("eth_sign", 2),
    ("eth_signTransaction", 1),
    ("eth_fillTransaction", 1),
    ("eth_getTransactionByHash", 1),
    ("eth_getTransactionByBlockHashAndIndex", 2),
    ("eth_getTransactionByBlockNumberAndIndex", 2),
    ("eth_getRawTransactionByHash", 1),
    ("eth_getTransactionReceipt", 1),
    ("eth_getLogs", 1),
    ("eth_newFilter", 1),
    ("eth_newBlockFilter", 0),
    ("eth_newPendingTransactionFilter", 1),
    ("eth_getFilterChanges", 1),
    ("eth_getFilterLogs", 1),
    ("eth_uninstallFilter", 1),
    ("net_version", 0),
    ("net_listening", 0),
    ("net_peerCount", 0),
    ("web3_clientVersion", 0),
    ("web3_sha3", 1),
    ("txpool_status", 0),
    ("txpool_content", 0),
    ("txpool_inspect", 0),
    ("txpool_contentFrom", 1),
    ("sero_chainInfo", 0),
    ("sero_getShieldedBlocks", 2),
    ("sero_getNotes", 3),
    ("sero_treeState", 2),
    ("sero_nullifierStatus", 2),
    ("sero_getAsset", 1),
    ("sero_listAssets", 2),
    ("sero_supply", 1),
    ("sero_auditSupply", 0),
    ("sero_simulate", 1),
    ("sero_decodeTransaction", 1),
];

fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("0x"),
        json!("0x0"),
        json!("0xg"),
        json!("0xffffffffffffffff"),
        json!("0x10000000000000000"),
        json!(format!("0x{}", "f".repeat(64))),
        json!(format!("0x{}", "f".repeat(20_000))),
        json!("ünïcode\u{0}\u{202e}"),
        json!("latest"),
        json!("pending"),
        json!("0x0000000000000000000000000000000000005301"),
        json!("0x0000000000000000000000000000000000005302"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "blockNumber": "0x0", "blockHash": 1 }),
        json!({ "fromBlock": "0xffffffffffffffff" }),
        json!({ "topics": [[[[]]]] }),
        json!({ "topics": [null, null, null, null, null] }),
        json!({ "to": "0x0000000000000000000000000000000000005302", "data": "0x", "gas": "0xffffffffffffffff" }),
        json!({ "to": "0x0000000000000000000000000000000000005301", "data": "0xffffffff", "gasPrice": format!("0x{}", "f".repeat(32)) }),
        json!({ "from": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "value": format!("0x{}", "f".repeat(64)), "maxFeePerGas": format!("0x{}", "f".repeat(32)), "gas": "0xffffffffffffffff" }),
        json!({ "from": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "to": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "nonce": "0xffffffffffffffff" }),
        json!({ "authorizationList": [], "to": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" }),
        json!({ "blobVersionedHashes": [] }),
    ]
}

fn check(node: &Node, method: &str, params: Value) -> Value {
    let answer = node.call(method, params.clone());
    assert_eq!(answer["jsonrpc"], "2.0", "{method} {params}");
    assert!(answer.get("result").is_some() ^ answer.get("error").is_some(), "{method} {params}: {answer}");
    assert_ne!(answer["error"]["code"], -32603, "{method} {params}: {answer}");
    answer
}

#[test]
fn every_method_answers_everything() {
    let node = Node::start();
    node.mine();
    for (method, parameters) in METHODS {
        assert_ne!(check(&node, method, json!([]))["error"]["code"], -32601, "{method}");
        let too_many = vec![Value::Null; parameters + 1];
        assert_eq!(check(&node, method, json!(too_many))["error"]["code"], -32602, "{method}");
        assert_eq!(check(&node, method, json!({ "a": 1 }))["error"]["code"], -32602, "{method}");
        for place in 0..*parameters {
            for filler in ["0x0000000000000000000000000000000000005302", "0x0"] {
                for value in odd_values() {
                    let mut params = vec![json!(filler); place + 1];
                    params[place] = value;
                    check(&node, method, json!(params));
                }
            }
        }
    }
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x1");
}

#[test]
fn required_parameters_are_named() {
    let node = Node::start();
    let error = node.error("eth_getBalance", json!([]));
    assert_eq!(error["code"], -32602);
    assert!(error["message"].as_str().unwrap().contains("(address)"), "{error}");
    let error = node.error("eth_getStorageAt", json!(["0x0000000000000000000000000000000000005302", 7]));
    assert!(error["message"].as_str().unwrap().contains("(slot)"), "{error}");
}

#[test]
fn broken_json() {
    let node = Node::start();
    for body in ["", "{", "[]", "null", "7", "\"\"", "{\"jsonrpc\":\"2.0\"}", "[1,2]", &"[".repeat(100_000)] {
        let (status, answer) = node.http(body, &[]);
        assert!(status == 200 || (400..500).contains(&status), "{status} {answer}");
    }
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x0");
}
