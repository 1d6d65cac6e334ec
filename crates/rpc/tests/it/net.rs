//! `net_`, `web3_`, `txpool_`, and batches.

use crate::support::{Node, first, second};
use serde_json::json;

#[test]
fn names_and_versions() {
    let node = Node::start();
    assert_eq!(node.ok("net_version", json!([])), "1337");
    assert_eq!(node.ok("net_listening", json!([])), true);
    assert_eq!(node.ok("net_peerCount", json!([])), "0x0");
    assert!(node.ok("web3_clientVersion", json!([])).as_str().unwrap().starts_with("SERO/v0.1.0/"));
    let empty = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    assert_eq!(node.ok("web3_sha3", json!(["0x"])), empty);
}

#[test]
fn the_pool_by_sender() {
    let node = Node::start();
    for nonce in ["0x0", "0x2"] {
        let transfer = json!({ "from": first(), "to": second(), "nonce": nonce, "gas": "0x5208" });
        node.ok("eth_sendTransaction", json!([transfer]));
    }
    assert_eq!(node.ok("txpool_status", json!([])), json!({ "pending": "0x1", "queued": "0x1" }));
    let content = node.ok("txpool_content", json!([]));
    assert_eq!(content["pending"][first().to_string()]["0"]["nonce"], "0x0");
    assert_eq!(content["queued"][first().to_string()]["2"]["nonce"], "0x2");
    let of_first = node.ok("txpool_contentFrom", json!([first()]));
    assert_eq!(of_first["pending"]["0"], content["pending"][first().to_string()]["0"]);
    assert_eq!(node.ok("txpool_contentFrom", json!([second()])), json!({ "pending": {}, "queued": {} }));
    let inspect = node.ok("txpool_inspect", json!([]));
    assert!(inspect["pending"][first().to_string()]["0"].as_str().unwrap().contains("21000 gas"));
}

#[test]
fn batches() {
    let node = Node::start();
    let call = |id: u64, method: &str| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": [] });
    let answers = node.post(&json!([call(1, "eth_chainId"), call(2, "eth_nothing"), call(3, "net_version")]));
    assert_eq!(answers[0]["result"], "0x539");
    assert_eq!(answers[1]["error"]["code"], -32601);
    assert_eq!(answers[2]["result"], "1337");
    // Missing parameters are an empty list.
    let bare = node.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" }));
    assert_eq!(bare["result"], "0x539");
}

/// Only a node that makes blocks for development has methods to drive it.
#[test]
fn nobody_drives_a_chain_from_outside() {
    let node = crate::support::Node::start();
    for method in
        ["evm_mine", "evm_snapshot", "hardhat_setBalance", "anvil_impersonateAccount", "anvil_loadState"]
    {
        assert_eq!(node.error(method, serde_json::json!([]))["code"], -32601, "{method}");
    }
}
