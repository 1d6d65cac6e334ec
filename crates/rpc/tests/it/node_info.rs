//! What a node says about itself: modules, methods, peers.

use crate::support::Node;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn modules_and_peers() {
    let node = Node::start();
    let modules = node.ok("rpc_modules", json!([]));
    for module in ["admin", "debug", "eth", "net", "ots", "rpc", "sero", "trace", "txpool", "web3"] {
        assert_eq!(modules[module], "1.0", "{modules}");
    }
    assert!(modules.get("evm").is_none() && modules.get("testing").is_none(), "{modules}");
    let info = node.ok("admin_nodeInfo", json!([]));
    assert_eq!(info["name"], node.ok("web3_clientVersion", json!([])));
    let eth = &info["protocols"]["eth"];
    assert_eq!(eth["genesis"], node.ok("eth_getBlockByNumber", json!(["0x0", false]))["hash"]);
    assert_eq!(node.ok("admin_peers", json!([])), json!([]));
    for method in ["admin_addPeer", "admin_datadir", "personal_unlockAccount", "miner_start"] {
        assert_eq!(node.error(method, json!([]))["code"], -32601, "{method}");
    }
}

#[test]
fn our_own_methods_are_described() {
    let node = Node::start();
    let document = node.ok("rpc_discover", json!([]));
    assert_eq!(document["openrpc"], "1.2.6");
    let methods = document["methods"].as_array().unwrap();
    let names: BTreeSet<&str> = methods.iter().map(|method| method["name"].as_str().unwrap()).collect();
    let expected = [
        "sero_auditSupply",
        "sero_chainInfo",
        "sero_decodeTransaction",
        "sero_getAsset",
        "sero_getNotes",
        "sero_getShieldedBlocks",
        "sero_listAssets",
        "sero_nullifierStatus",
        "sero_simulate",
        "sero_supply",
        "sero_treeState",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    for method in methods {
        assert!(method["summary"].as_str().is_some_and(|text| !text.is_empty()));
        let params = method["params"].as_array().unwrap();
        for param in params {
            assert!(param["description"].is_string() && param["schema"].is_object(), "{param}");
        }
        // As many as it takes, and it says so of one more.
        let name = method["name"].as_str().unwrap();
        let many = vec![Value::Null; params.len() + 1];
        let error = node.error(name, many.into());
        assert_eq!(error["message"], format!("too many arguments, want at most {}", params.len()), "{name}");
        // What must be there is missed.
        if params.first().is_some_and(|param| param["required"] == true) {
            let message = node.error(name, json!([]))["message"].clone();
            assert!(message.as_str().unwrap().contains("required argument 0"), "{name}: {message}");
        }
    }
}
