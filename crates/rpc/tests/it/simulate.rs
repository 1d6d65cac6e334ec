//! `eth_simulateV1`, and blocks and states that are made up for a call. Exact answers are in Ethereum's own cases.

use crate::support::{COINBASE, Node, first, hex_of, number, second};
use alloy_primitives::{Address, U256, address};
use serde_json::{Value, json};
use sero_chain::ChainExecutor;
use sero_primitives::{ASSETS, POOL};

const NOBODY: Address = address!("00000000000000000000000000000000000000aa");
/// Who transfers of coins seem to come from.
const COIN: &str = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";

fn simulate(node: &Node, blocks: Value, more: Value) -> Value {
    let mut payload = json!({ "blockStateCalls": blocks });
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
    node.call("eth_simulateV1", json!([payload, "latest"]))
}

#[test]
fn a_simulated_block_is_the_block_that_comes() {
    let node = Node::start();
    node.mine();
    let head = node.chain.head().header;
    let transfer = json!({
        "from": first(), "to": second(), "value": "0x7", "gas": "0x5208", "nonce": "0x0",
        "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x1",
    });
    let block = json!({
        "blockOverrides": {
            "time": format!("{:#x}", head.timestamp + 1),
            "feeRecipient": COINBASE,
            "prevRandao": hex_of(&[7; 32]),
        },
        "calls": [transfer],
    });
    let simulated = simulate(&node, json!([block]), json!({ "validation": true }))["result"][0].clone();
    assert_eq!(node.chain.head().header.number, 1, "nothing happened");
    node.send(transfer);
    let block = node.ok("eth_getBlockByNumber", json!(["latest", false]));
    for field in [
        "number",
        "stateRoot",
        "receiptsRoot",
        "gasUsed",
        "baseFeePerGas",
        "parentHash",
        "timestamp",
        "miner",
    ] {
        assert_eq!(simulated[field], block[field], "{field}");
    }
}

#[test]
fn calls_go_on_from_block_to_block() {
    let node = Node::start();
    let rich = json!({ hex_of(NOBODY.as_slice()): { "balance": "0x3e8" } });
    let pay = json!({ "from": NOBODY, "to": second(), "value": "0x3e8" });
    let blocks = json!([
        { "stateOverrides": rich, "calls": [pay] },
        { "blockOverrides": { "number": "0x4" }, "calls": [{ "from": second(), "to": NOBODY, "value": "0x1" }] },
    ]);
    let answer = simulate(&node, blocks, json!({ "traceTransfers": true, "returnFullTransactions": true }));
    let blocks = answer["result"].as_array().unwrap();
    assert_eq!(blocks.iter().map(|block| number(&block["number"])).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for (parent, child) in blocks.iter().zip(&blocks[1..]) {
        assert_eq!(parent["hash"], child["parentHash"]);
        assert_eq!(number(&child["timestamp"]), number(&parent["timestamp"]) + 12);
    }
    assert_eq!(blocks[0]["transactions"][0]["from"], json!(NOBODY));
    let log = &blocks[0]["calls"][0]["logs"][0];
    assert_eq!(
        (&log["address"], &log["data"]),
        (&json!(COIN), &json!(hex_of(&U256::from(1_000).to_be_bytes::<32>())))
    );
    assert_eq!(log["blockHash"], blocks[0]["hash"]);
    assert_eq!(blocks[3]["calls"][0]["status"], "0x1");
    assert_eq!(node.ok("eth_getBalance", json!([NOBODY])), "0x0", "nothing happened");
}

#[test]
fn what_no_block_could_hold_has_a_code() {
    let node = Node::start();
    node.send(json!({ "to": second() }));
    let from = first();
    let call = |call: Value| json!([{ "calls": [call] }]);
    let validated = json!({ "validation": true });
    let cases = [
        (json!([]), json!({}), -32602),
        (json!([{ "calls": [], "unknown": 1 }]), json!({}), -32602),
        (json!([{ "blockOverrides": { "number": "0x0" } }]), json!({}), -38020),
        (json!([{ "blockOverrides": { "time": "0x1" } }]), json!({}), -38021),
        (json!([{ "blockOverrides": { "number": "0x102" } }]), json!({}), -38026),
        (json!([{ "blockOverrides": { "number": hex_of(&[255; 32]) } }]), json!({}), -38026),
        (
            call(json!({ "from": from, "nonce": "0x0", "maxFeePerGas": "0xffffffffff" })),
            validated.clone(),
            -38010,
        ),
        (
            call(json!({ "from": from, "nonce": "0x9", "maxFeePerGas": "0xffffffffff" })),
            validated.clone(),
            -38011,
        ),
        (call(json!({ "from": from, "to": second(), "maxFeePerGas": "0x1" })), validated, -38012),
        (call(json!({ "from": from, "gas": "0x5207" })), json!({}), -38013),
        (call(json!({ "from": NOBODY, "to": from, "value": "0x1" })), json!({}), -38014),
        (call(json!({ "from": from, "gas": "0xffffffffff" })), json!({}), -38015),
        (call(json!({ "from": from, "gasPrice": "0x1", "maxFeePerGas": "0x1" })), json!({}), -32602),
        (call(json!({ "from": from, "chainId": "0x5" })), json!({}), -32602),
    ];
    for (blocks, more, code) in cases {
        let answer = simulate(&node, blocks.clone(), more);
        assert_eq!(answer["error"]["code"], code, "{blocks}: {answer}");
    }
    let many: Vec<Value> = (0..300).map(|_| json!({})).collect();
    assert_eq!(simulate(&node, json!(many), json!({}))["error"]["code"], -38026);
    let many: Vec<Value> = (0..5_001).map(|_| json!({})).collect();
    assert_eq!(simulate(&node, json!([{ "calls": many }]), json!({}))["error"]["code"], -32005);
    let failing = json!([{ "calls": [{ "from": from, "data": "0xfe", "gas": "0xf4240" }, { "from": from, "data": "0x5f5ffd" }] }]);
    let calls = simulate(&node, failing, json!({}))["result"][0]["calls"].clone();
    assert_eq!((&calls[0]["status"], &calls[0]["error"]["code"]), (&json!("0x0"), &json!(-32015)));
    assert_eq!(calls[1]["error"], json!({ "code": 3, "message": "execution reverted", "data": "0x" }));
    // Gas of all calls together has a bound.
    let hungry: Vec<Value> =
        (0..4).map(|_| json!({ "from": from, "data": "0x5b5f56", "gas": "0x1c9c380" })).collect();
    let blocks: Vec<Value> = hungry.into_iter().map(|call| json!({ "calls": [call] })).collect();
    let answer = simulate(&node, json!(blocks), json!({}));
    assert_eq!(answer["error"]["code"], -38013, "{answer}");
}

#[test]
fn only_the_precompiles_of_ethereum_are_moved() {
    let node = Node::start();
    let identity = "0x0000000000000000000000000000000000000004";
    let call = |to: &str| json!({ "to": to, "input": "0x1234" });
    let moved = json!({ identity: { "movePrecompileToAddress": NOBODY } });
    assert_eq!(node.ok("eth_call", json!([call(identity), "latest"])), "0x1234");
    assert_eq!(node.ok("eth_call", json!([call(identity), "latest", moved])), "0x");
    assert_eq!(node.ok("eth_call", json!([call(&hex_of(NOBODY.as_slice())), "latest", moved])), "0x1234");
    let replaced = json!({ identity: { "code": "0x60aa5f526001601ff3" } });
    assert_eq!(node.ok("eth_call", json!([call(identity), "latest", replaced])), "0xaa");
    let pool = hex_of(POOL.as_slice());
    for (overrides, what) in [
        (json!({ pool.clone(): { "movePrecompileToAddress": NOBODY } }), "Ethereum's precompiles"),
        (json!({ pool.clone(): { "code": "0x" } }), "cannot be replaced"),
        (
            json!({ pool.clone(): { "stateDiff": { hex_of(&[0; 32]): hex_of(&[1; 32]) } } }),
            "cannot be replaced",
        ),
        (
            json!({ hex_of(second().as_slice()): { "movePrecompileToAddress": NOBODY } }),
            "Ethereum's precompiles",
        ),
        (json!({ identity: { "movePrecompileToAddress": ASSETS } }), "a precompile of this chain"),
        (
            json!({ identity: { "movePrecompileToAddress": NOBODY }, hex_of(NOBODY.as_slice()): { "nonce": "0x1" } }),
            "is overridden too",
        ),
    ] {
        let error = node.error("eth_call", json!([call(identity), "latest", overrides]));
        assert!(error["message"].as_str().unwrap().contains(what), "{overrides}: {error}");
        let answer = simulate(&node, json!([{ "stateOverrides": overrides }]), json!({}));
        assert!(answer["error"]["message"].as_str().unwrap().contains(what), "{overrides}: {answer}");
    }
    // Coins that POOL owes cannot be made to vanish.
    let owed = crate::sero::shield(&node, 77);
    assert_eq!(owed["status"], "0x1");
    let answer = simulate(&node, json!([{ "stateOverrides": { pool: { "balance": "0x1" } } }]), json!({}));
    assert!(answer["error"]["message"].as_str().unwrap().contains("POOL holds"), "{answer}");
}

#[test]
fn a_call_sees_the_block_that_is_made_up() {
    let node = Node::start();
    let read = |opcode: &str, overrides: Value| {
        let code = format!("0x{opcode}5f5260205ff3");
        let answer = node.ok("eth_call", json!([{ "data": code }, "latest", {}, overrides]));
        answer.as_str().unwrap().trim_start_matches("0x").trim_start_matches('0').to_owned()
    };
    assert_eq!(read("43", json!({ "number": "0x1234" })), "1234");
    assert_eq!(read("42", json!({ "time": "0x77" })), "77");
    assert_eq!(read("45", json!({ "gasLimit": "0x99" })), "99");
    assert_eq!(read("41", json!({ "feeRecipient": NOBODY })), "aa");
    assert_eq!(
        read("44", json!({ "prevRandao": hex_of(&[1; 32]) })),
        "01".repeat(32).trim_start_matches('0')
    );
    assert_eq!(read("4a", json!({ "blobBaseFee": "0x55" })), "55");
    let error = node.error("eth_call", json!([{}, "latest", {}, { "nummer": "0x1" }]));
    assert!(error["message"].as_str().unwrap().contains("nummer"), "{error}");
}
