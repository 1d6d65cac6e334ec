//! `evm_`, `hardhat_` and `anvil_` on a development chain.

use crate::support::{DevNode, account, quantity, word};
use alloy_primitives::{Address, U256, address};
use serde_json::{Value, json};
use sero_node::BlockTime;
use std::time::Duration;

const SOMEBODY: Address = address!("00000000000000000000000000000000000000aa");
const POOL: &str = "0x0000000000000000000000000000000000005302";
/// Returns slot 0.
const READER: &str = "0x5f545f5260205ff3";

/// A chain without blocks of its own accord.
fn manual() -> DevNode {
    let node = DevNode::start(BlockTime::Instant);
    node.ok("evm_setAutomine", json!([false]));
    node
}

fn audited(node: &DevNode) {
    let audit = node.ok("sero_auditSupply", json!([]));
    assert_eq!(audit["agrees"], true, "{audit}");
}

#[test]
fn accounts_are_replaced_at_once_and_the_supply_still_adds_up() {
    let node = manual();
    node.ok("evm_mine", json!([]));
    for prefix in ["hardhat", "anvil"] {
        let set = |what: &str, params: Value| node.ok(&format!("{prefix}_set{what}"), params);
        let answers = [
            set("Balance", json!([SOMEBODY, "0x1234"])),
            set("Nonce", json!([SOMEBODY, "0x7"])),
            set("Code", json!([SOMEBODY, READER])),
            set("StorageAt", json!([SOMEBODY, "0x0", word(99)])),
        ];
        let expected = if prefix == "hardhat" { json!(true) } else { Value::Null };
        assert!(answers.iter().all(|answer| *answer == expected), "{answers:?}");
        assert_eq!(node.ok("eth_getBalance", json!([SOMEBODY, "latest"])), "0x1234");
        assert_eq!(node.ok("eth_getTransactionCount", json!([SOMEBODY, "latest"])), "0x7");
        assert_eq!(node.ok("eth_getCode", json!([SOMEBODY, "latest"])), READER);
        assert_eq!(node.ok("eth_getStorageAt", json!([SOMEBODY, "0x0", "latest"])), word(99));
        assert_eq!(node.ok("eth_call", json!([{ "to": SOMEBODY }])), word(99));
        // Less than before, and in the next block all is as it was left.
        set("Balance", json!([account(0), "0xde0b6b3a7640000"]));
        node.ok("evm_mine", json!([]));
        assert_eq!(node.ok("eth_getBalance", json!([account(0), "latest"])), "0xde0b6b3a7640000");
        audited(&node);
        let proof = node.ok("eth_getProof", json!([SOMEBODY, ["0x0"], "latest"]));
        assert_eq!(
            (&proof["balance"], &proof["storageProof"][0]["value"]),
            (&json!("0x1234"), &json!("0x63"))
        );
        set("Code", json!([SOMEBODY, "0x"]));
        set("StorageAt", json!([SOMEBODY, "0x0", word(0)]));
    }
    // What was before the change is still known.
    assert_eq!(node.ok("eth_getBalance", json!([SOMEBODY, "0x0"])), "0x0");
    assert_eq!(node.ok("eth_getTransactionCount", json!([account(0), "0x0"])), "0x0");
    let transfer = json!({ "from": account(1), "to": SOMEBODY, "value": "0x1" });
    let hash = node.ok("eth_sendTransaction", json!([transfer]));
    node.ok("evm_mine", json!([]));
    assert_eq!(node.receipt(&hash)["status"], "0x1");
    audited(&node);
}

#[test]
fn a_snapshot_brings_everything_back_once() {
    let node = manual();
    node.ok("hardhat_setBalance", json!([SOMEBODY, "0x1"]));
    node.ok("evm_mine", json!([]));
    let before = node.head();
    let filter = node.ok("eth_newBlockFilter", json!([]));
    let clock = quantity(&before["timestamp"]);
    let first = node.ok("evm_snapshot", json!([]));
    node.ok("evm_increaseTime", json!([1_000_000]));
    let second = node.ok("evm_snapshot", json!([]));
    assert_eq!((first.clone(), second.clone()), (json!("0x1"), json!("0x2")));
    let sent =
        node.ok("eth_sendTransaction", json!([{ "from": account(0), "to": SOMEBODY, "value": "0x5" }]));
    node.ok("hardhat_mine", json!(["0x3"]));
    assert_eq!(node.receipt(&sent)["status"], "0x1");
    node.ok("hardhat_setCode", json!([SOMEBODY, READER]));
    node.ok("eth_sendTransaction", json!([{ "from": account(0), "to": SOMEBODY, "value": "0x6" }]));
    assert_eq!(node.ok("evm_revert", json!([first])), true);
    assert_eq!(node.head(), before);
    assert_eq!(node.ok("eth_getBalance", json!([SOMEBODY, "latest"])), "0x1");
    assert_eq!(node.ok("eth_getCode", json!([SOMEBODY, "latest"])), "0x");
    assert_eq!(node.ok("eth_getTransactionReceipt", json!([sent])), Value::Null);
    assert_eq!(node.ok("txpool_status", json!([])), json!({ "pending": "0x0", "queued": "0x0" }));
    assert_eq!(node.ok("eth_getTransactionCount", json!([account(0), "pending"])), "0x0");
    for gone in [first, second, json!("0x9"), json!("0x0")] {
        assert_eq!(node.ok("evm_revert", json!([gone])), false);
    }
    node.ok("evm_mine", json!([]));
    assert!(quantity(&node.head()["timestamp"]) < clock + 1_000, "the clock goes back as well");
    let changes = node.ok("eth_getFilterChanges", json!([filter]));
    assert_eq!(changes, json!([node.head()["hash"]]));
    audited(&node);
    // No number comes twice.
    assert_eq!(node.ok("evm_snapshot", json!([])), "0x3");
    node.ok("hardhat_reset", json!([]));
    assert_eq!(quantity(&node.head()["number"]), 0);
    assert_eq!(node.ok("eth_getBalance", json!([SOMEBODY, "latest"])), "0x0");
    assert_eq!(
        node.error("anvil_reset", json!([{ "forking": { "jsonRpcUrl": "http://localhost" } }]))["code"],
        -32602
    );
    node.ok("evm_mine", json!([]));
    audited(&node);
}

#[test]
fn blocks_come_when_and_how_somebody_asks() {
    let node = manual();
    assert_eq!(node.ok("hardhat_getAutomine", json!([])), false);
    let genesis = quantity(&node.head()["timestamp"]);
    node.ok("evm_setNextBlockTimestamp", json!([genesis + 1_000_000_000]));
    node.ok("hardhat_setNextBlockBaseFeePerGas", json!(["0x7"]));
    node.ok("hardhat_setPrevRandao", json!([word(5)]));
    node.ok("hardhat_setCoinbase", json!([SOMEBODY]));
    node.ok("evm_setBlockGasLimit", json!(["0x1312d00"]));
    assert_eq!(node.ok("eth_getBlockByNumber", json!(["pending", false]))["baseFeePerGas"], "0x7");
    let cheap = json!({ "from": account(0), "to": SOMEBODY, "gasPrice": "0x7" });
    let hash = node.ok("eth_sendTransaction", json!([cheap]));
    assert_eq!(node.ok("evm_mine", json!([])), "0x0");
    let block = node.head();
    assert_eq!(quantity(&block["timestamp"]), genesis + 1_000_000_000);
    assert_eq!((&block["baseFeePerGas"], &block["mixHash"]), (&json!("0x7"), &json!(word(5))));
    assert_eq!((&block["miner"], &block["gasLimit"]), (&json!(SOMEBODY), &json!("0x1312d00")));
    assert_eq!(block["transactions"], json!([hash]));
    node.ok("hardhat_mine", json!(["0x4", "0x3c"]));
    let head = node.head();
    assert_eq!(quantity(&head["number"]), 5);
    let previous = node.ok("eth_getBlockByNumber", json!(["0x4", false]));
    assert_eq!(quantity(&head["timestamp"]) - quantity(&previous["timestamp"]), 60);
    assert_ne!(head["mixHash"], json!(word(5)));
    let before = quantity(&head["timestamp"]);
    node.ok("evm_increaseTime", json!([3600]));
    node.ok("evm_mine", json!([]));
    let ahead = quantity(&node.head()["timestamp"]) - before;
    assert!((3600..3700).contains(&ahead), "{ahead}");
    node.ok("evm_mine", json!([before + 100_000]));
    assert_eq!(quantity(&node.head()["timestamp"]), before + 100_000);
    node.ok("evm_mine", json!([{ "blocks": "0x2" }]));
    assert_eq!(quantity(&node.head()["number"]), 9);
    node.ok("anvil_setBlockTimestampInterval", json!([13]));
    let before = quantity(&node.head()["timestamp"]);
    node.ok("evm_mine", json!([]));
    assert_eq!(quantity(&node.head()["timestamp"]), before + 13);
    assert_eq!(node.ok("anvil_removeBlockTimestampInterval", json!([])), true);
    let info = node.ok("anvil_nodeInfo", json!([]));
    assert_eq!(info["currentBlockNumber"], 10);
    assert_eq!(node.ok("hardhat_metadata", json!([]))["latestBlockNumber"], 10);
    // A pace, and then none.
    node.ok("evm_setIntervalMining", json!([20]));
    assert_eq!(node.ok("anvil_getIntervalMining", json!([])), 0);
    while quantity(&node.head()["number"]) < 13 {
        std::thread::sleep(Duration::from_millis(5));
    }
    node.ok("evm_setIntervalMining", json!([0]));
    node.ok("evm_setAutomine", json!([true]));
    let hash = node.ok("eth_sendTransaction", json!([{ "from": account(0), "to": SOMEBODY }]));
    assert_eq!(node.receipt(&hash)["status"], "0x1");
    audited(&node);
}

#[test]
fn somebody_is_impersonated_only_where_asked_for() {
    let node = DevNode::start(BlockTime::Instant);
    node.ok("hardhat_setBalance", json!([SOMEBODY, "0xde0b6b3a7640000"]));
    node.ok("hardhat_setCode", json!([SOMEBODY, READER]));
    let send = json!([{ "from": SOMEBODY, "to": account(0), "value": "0x1" }]);
    assert!(
        node.error("eth_sendTransaction", send.clone())["message"]
            .as_str()
            .unwrap()
            .contains("unknown account")
    );
    node.ok("hardhat_impersonateAccount", json!([SOMEBODY]));
    let hash = node.ok("eth_sendTransaction", send.clone());
    let receipt = node.receipt(&hash);
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(SOMEBODY)));
    assert_eq!(node.ok("eth_getTransactionByHash", json!([hash]))["from"], json!(SOMEBODY));
    let trace = node.ok("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]));
    assert_eq!(trace["from"], json!(SOMEBODY));
    assert_eq!(node.ok("eth_getTransactionCount", json!([SOMEBODY, "latest"])), "0x1");
    // The same bytes from outside are a transaction with a bad signature.
    let raw = node.ok("debug_getRawTransaction", json!([hash]));
    let error = node.error("eth_sendRawTransaction", json!([raw]));
    assert!(error["message"].as_str().unwrap().contains("signature"), "{error}");
    node.ok("hardhat_stopImpersonatingAccount", json!([SOMEBODY]));
    node.error("eth_sendTransaction", send.clone());
    node.ok("anvil_autoImpersonateAccount", json!([true]));
    let hash = node.ok("eth_sendTransaction", send);
    assert_eq!(node.receipt(&hash)["status"], "0x1");
    audited(&node);
}

#[test]
fn a_dump_takes_the_place_of_a_chain_with_the_same_genesis() {
    let one = manual();
    one.ok("hardhat_setBalance", json!([SOMEBODY, "0x77"]));
    let hash = one.ok("eth_sendTransaction", json!([{ "from": account(0), "to": SOMEBODY, "value": "0x1" }]));
    one.ok("hardhat_mine", json!(["0x2"]));
    let dump = one.ok("anvil_dumpState", json!([]));
    let other = manual();
    other.ok("evm_mine", json!([]));
    assert_eq!(other.ok("anvil_loadState", json!([dump])), true);
    assert_eq!(other.head(), one.head());
    assert_eq!(other.ok("eth_getBalance", json!([SOMEBODY, "latest"])), "0x78");
    assert_eq!(other.receipt(&hash), one.receipt(&hash));
    other.ok("evm_mine", json!([]));
    audited(&other);
    let head = other.head();
    let text = dump.as_str().unwrap();
    for bad in [&text[..text.len() - 2], "0x", "0x1234", &format!("{text}ff")] {
        let error = other.error("anvil_loadState", json!([bad]));
        assert_eq!(error["code"], -32000, "{error}");
    }
    assert_eq!(other.head(), head, "a bad dump changes nothing");
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let node = manual();
    let most = format!("{:#x}", U256::MAX);
    for (method, params, code, what) in [
        ("hardhat_setBalance", json!([SOMEBODY, most]), -32000, "base units"),
        ("hardhat_setBalance", json!([POOL, "0x1"]), -32000, "precompile"),
        ("hardhat_setCode", json!([POOL, "0x00"]), -32000, "precompile"),
        ("anvil_setStorageAt", json!([POOL, "0x0", word(1)]), -32000, "precompile"),
        ("hardhat_setStorageAt", json!([SOMEBODY, "0x0", "12345g"]), -32602, "value"),
        ("hardhat_setNonce", json!([account(0)]), -32602, "nonce"),
        ("hardhat_setCode", json!([SOMEBODY, "0xef0100"]), -32000, "delegation"),
        ("hardhat_mine", json!(["0x186a1"]), -32005, "100000"),
        ("evm_setNextBlockTimestamp", json!([1]), -32000, "must be above"),
        ("evm_setIntervalMining", json!([86_400_001]), -32602, "day"),
        ("evm_setBlockGasLimit", json!(["0x1"]), -32602, "21000"),
        ("evm_mine", json!([{ "block": 1 }]), -32602, "block"),
        ("evm_setNextBlockTimestamp", json!(["0xffffffffffffffff"]), -32000, "2^39"),
        ("hardhat_setStorageAt", json!([SOMEBODY, "0x0", word(1)]), -32000, "empty"),
        ("hardhat_setCode", json!([format!("0x{:040x}", 4), "0x00"]), -32000, "precompiles"),
        ("hardhat_setNonce", json!([SOMEBODY, "0xffffffffffffffff"]), -32000, "EIP-2681"),
    ] {
        let error = node.error(method, params.clone());
        assert_eq!(error["code"], code, "{method} {params}: {error}");
        assert!(error["message"].as_str().unwrap().contains(what), "{method} {params}: {error}");
    }
    let drop = node.ok("eth_sendTransaction", json!([{ "from": account(0), "to": SOMEBODY }]));
    assert_eq!(node.ok("hardhat_dropTransaction", json!([drop])), true);
    assert_eq!(node.ok("anvil_dropTransaction", json!([drop])), Value::Null);
    audited(&node);
}
