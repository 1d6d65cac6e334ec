//! Limits: at the limit, and one above.

use crate::support::{LOGS_OF_MUCH, Node, first, second};
use alloy_primitives::{Address, B256, U256};
use serde_json::json;

#[test]
fn batch_size() {
    let node = Node::with_config(|config| config.max_batch = 5, vec![]);
    let batch = |count| json!(vec![json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" }); count]);
    assert_eq!(node.post(&batch(5)).as_array().unwrap().len(), 5);
    assert!(node.post(&batch(6))["error"]["code"].is_i64());
}

#[test]
fn body_size() {
    let node = Node::with_config(|config| config.max_body_bytes = 2000, vec![]);
    let padded = |size: usize| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" }).to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    assert_eq!(node.http(&padded(2000), &[]).0, 200);
    assert_eq!(node.http(&padded(2001), &[]).0, 413);
}

#[test]
fn hosts_and_origins() {
    let node = Node::start();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" }).to_string();
    let status = |name: &str, value: &str| node.http(&body, &[(name, value)]).0;
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8545", "[::1]:8545", "[::1]"] {
        assert_eq!(status("Host", host), 200, "{host}");
    }
    for host in ["evil.example", "evil.example:8545", "localhost.evil.example", "127.0.0.1.evil.example", ""]
    {
        assert_ne!(status("Host", host), 200, "{host}");
    }
    for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:1"] {
        assert_eq!(status("Origin", origin), 200, "{origin}");
    }
    for origin in
        ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost@evil.example"]
    {
        assert_ne!(status("Origin", origin), 200, "{origin}");
    }
    assert_ne!(node.http(&body, &[("Content-Type", "text/plain")]).0, 200);
    let open = Node::with_config(|config| config.allowed_hosts = vec!["*".into()], vec![]);
    assert_eq!(open.http(&body, &[("Host", "evil.example")]).0, 200);
}

#[test]
fn log_queries() {
    let node = Node::start();
    let many: Vec<Address> = (0..1001u64).map(|i| Address::left_padding_from(&i.to_be_bytes())).collect();
    assert_eq!(node.ok("eth_getLogs", json!([{ "address": many[1..] }])), json!([]));
    assert_eq!(node.error("eth_getLogs", json!([{ "address": many }]))["code"], -32602);
    let topics: Vec<B256> = (0..1001u64).map(|i| U256::from(i).into()).collect();
    assert_eq!(node.ok("eth_getLogs", json!([{ "topics": [topics[1..]] }])), json!([]));
    assert_eq!(node.error("eth_getLogs", json!([{ "topics": [topics] }]))["code"], -32602);
    assert_eq!(node.error("eth_getLogs", json!([{ "fromBlock": "0x5", "toBlock": "0x1" }]))["code"], -32602);
    let unknown = node.error("eth_getLogs", json!([{ "blockHash": B256::ZERO }]));
    assert_eq!(unknown["code"], -32000);
    let ahead = json!([{ "fromBlock": "0x0", "toBlock": "0xffffffffffffffff" }]);
    assert_eq!(node.error("eth_getLogs", ahead)["code"], -32602);
}

#[test]
fn filters_are_bounded() {
    let node = Node::start();
    for _ in 0..1000 {
        node.ok("eth_newBlockFilter", json!([]));
    }
    assert_eq!(node.error("eth_newBlockFilter", json!([]))["code"], -32005);
}

#[test]
fn proofs_are_bounded() {
    let node = Node::start();
    assert!(node.ok("eth_getProof", json!([first(), vec!["0x1"; 1024]]))["storageProof"].is_array());
    assert_eq!(node.error("eth_getProof", json!([first(), vec!["0x1"; 1025]]))["code"], -32005);
}

#[test]
fn logs_are_bounded_in_bytes() {
    let node = Node::start();
    let id = node.ok("eth_newFilter", json!([{}]));
    (0..4).for_each(|_| drop(node.log_much()));
    let all = json!([{ "fromBlock": "0x0" }]);
    assert_eq!(node.ok("eth_getLogs", all.clone()).as_array().unwrap().len(), 4 * LOGS_OF_MUCH);
    node.log_much();
    for (method, params) in
        [("eth_getLogs", all), ("eth_getFilterLogs", json!([id])), ("eth_getFilterChanges", json!([id]))]
    {
        let error = node.error(method, params);
        assert_eq!(error["code"], -32005, "{method}");
        assert!(error["message"].as_str().unwrap().contains("16777216 bytes"), "{method}: {error}");
    }
    assert_eq!(node.ok("eth_getLogs", json!([{}])).as_array().unwrap().len(), LOGS_OF_MUCH);
}

#[test]
fn the_pool_is_shown_up_to_a_size() {
    let node = Node::start();
    let data = format!("0x{}", "00".repeat(120_000));
    let send = |from: Address, nonce: u64| {
        let transaction = json!({ "from": from, "to": first(), "data": data, "gas": "0x155cc0", "nonce": U256::from(nonce) });
        node.ok("eth_sendTransaction", json!([transaction]));
    };
    (0..40).for_each(|nonce| send(first(), nonce));
    let status = || node.ok("txpool_status", json!([]));
    assert_eq!(status(), json!({ "pending": "0x28", "queued": "0x0" }));
    let content = node.ok("txpool_content", json!([]));
    assert_eq!(content["pending"][first().to_string()].as_object().unwrap().len(), 40);
    (1..41).for_each(|nonce| send(second(), nonce));
    assert_eq!(status(), json!({ "pending": "0x28", "queued": "0x28" }));
    assert_eq!(node.error("txpool_content", json!([]))["code"], -32005);
    node.ok("txpool_inspect", json!([]));
    let one = node.ok("txpool_contentFrom", json!([second()]));
    assert_eq!(one["queued"].as_object().unwrap().len(), 40);
}
