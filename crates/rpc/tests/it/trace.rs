//! `debug_trace*` and `trace_*`.

use crate::support::{CHAIN_ID, Counter, Node, first, hex_of, number, second};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use sero_primitives::POOL;

/// JUMPDEST PUSH0 JUMP: a loop that ends when gas or time does.
const LOOP: &str = "0x5b5f56";

fn add(amount: u64) -> String {
    hex_of(&Counter::addCall { amount: U256::from(amount) }.abi_encode())
}

/// A counter, and the receipt of a call that adds to it.
fn counted(node: &Node) -> (Address, Value) {
    let counter = node.deploy();
    let receipt = node.send(json!({ "to": counter, "input": add(5) }));
    (counter, receipt)
}

#[test]
fn a_transaction_is_seen_by_every_tracer() {
    let node = Node::start();
    let (counter, receipt) = counted(&node);
    let hash = &receipt["transactionHash"];
    let steps = node.ok("debug_traceTransaction", json!([hash]));
    assert_eq!(steps["failed"], false);
    assert_eq!(steps["gas"].as_u64(), Some(number(&receipt["gasUsed"])));
    let logs = steps["structLogs"].as_array().unwrap();
    assert_eq!((&logs[0]["pc"], &logs[0]["depth"]), (&json!(0), &json!(1)));
    assert!(logs.iter().any(|step| step["op"] == "SSTORE"));
    let call = node.ok("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]));
    assert_eq!(
        (&call["type"], &call["from"], &call["to"], &call["gasUsed"]),
        (&json!("CALL"), &json!(first()), &json!(counter), &receipt["gasUsed"])
    );
    let before = node.ok("debug_traceTransaction", json!([hash, { "tracer": "prestateTracer" }]));
    assert!(before[hex_of(first().as_slice())]["balance"].is_string(), "{before}");
    let both = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let diff = node.ok("debug_traceTransaction", json!([hash, both]));
    assert!(diff["post"][hex_of(counter.as_slice())]["storage"].is_object(), "{diff}");
    let four = node.ok("debug_traceTransaction", json!([hash, { "tracer": "4byteTracer" }]));
    assert_eq!(four[format!("{}-32", &add(0)[..10])], 1, "{four}");
    assert_eq!(node.ok("debug_traceTransaction", json!([hash, { "tracer": "noopTracer" }])), json!({}));
    let flat = node.ok("debug_traceTransaction", json!([hash, { "tracer": "flatCallTracer" }]));
    let parity = node.ok("trace_transaction", json!([hash]));
    assert_eq!(parity[0]["action"]["to"], json!(counter));
    assert_eq!(flat[0]["action"], parity[0]["action"]);
    assert_eq!(node.ok("trace_block", json!([receipt["blockNumber"]])), parity);
    assert_eq!(node.ok("trace_get", json!([hash, []])), parity[0]);
    assert_eq!(node.ok("trace_get", json!([hash, ["0x7"]])), Value::Null);
    let block =
        node.ok("debug_traceBlockByNumber", json!([receipt["blockNumber"], { "tracer": "callTracer" }]));
    assert_eq!(block, json!([{ "txHash": hash, "result": call }]));
    assert_eq!(
        node.ok("debug_traceBlockByHash", json!([receipt["blockHash"], { "tracer": "callTracer" }])),
        block
    );
    let replayed = node.ok("trace_replayTransaction", json!([hash, ["trace", "stateDiff", "vmTrace"]]));
    assert_eq!(replayed["trace"][0]["action"], parity[0]["action"]);
    assert!(replayed["stateDiff"][hex_of(counter.as_slice())]["storage"].is_object());
    assert!(replayed["vmTrace"]["ops"].as_array().is_some_and(|ops| !ops.is_empty()));
    let all = node.ok("trace_replayBlockTransactions", json!([receipt["blockNumber"], ["trace"]]));
    assert_eq!((&all[0]["transactionHash"], &all[0]["trace"]), (hash, &replayed["trace"]));
}

#[test]
fn a_call_is_traced_where_it_would_run() {
    let node = Node::start();
    let (counter, _) = counted(&node);
    let call = json!({ "from": second(), "to": counter, "input": add(1) });
    let traced = node.ok("debug_traceCall", json!([call, "latest", { "tracer": "callTracer" }]));
    let estimated = number(&node.ok("eth_estimateGas", json!([call])));
    assert!(number(&traced["gasUsed"]) <= estimated && estimated < number(&traced["gasUsed"]) * 2);
    let results = node.ok("trace_call", json!([call, ["trace"], "latest"]));
    assert_eq!(results["trace"][0]["action"]["from"], json!(second()));
    // The state goes on from call to call.
    let read = json!({ "to": counter, "input": hex_of(&Counter::numberCall {}.abi_encode()) });
    let many = node.ok("trace_callMany", json!([[[call, ["trace"]], [read, ["trace"]]], "latest"]));
    assert_eq!(many[1]["output"], hex_of(&U256::from(6).to_be_bytes::<32>()));
    let overrides = json!({ "tracer": "callTracer", "stateOverrides": { hex_of(counter.as_slice()): { "code": "0x43" } } });
    assert!(node.ok("debug_traceCall", json!([call, "latest", overrides]))["error"].is_null());
    let moved = json!({ "blockOverrides": { "number": "0x1234" } });
    let number_code = json!({ "data": "0x435f5260205ff3" });
    let steps = node.ok("debug_traceCall", json!([number_code, "latest", moved]));
    assert_eq!(steps["returnValue"], hex_of(&U256::from(0x1234).to_be_bytes::<32>()));
    let transfer = json!([{ "from": first(), "to": second(), "value": "0x1", "gas": "0x5208" }]);
    let raw = node.ok("eth_signTransaction", transfer)["raw"].clone();
    let results = node.ok("trace_rawTransaction", json!([raw, ["trace"]]));
    assert_eq!(results["trace"][0]["action"]["value"], "0x1");
}

#[test]
fn several_tracers_see_one_transaction() {
    let node = Node::start();
    let (_, receipt) = counted(&node);
    let hash = &receipt["transactionHash"];
    let diff = json!({ "diffMode": true });
    let config =
        json!({ "tracer": "muxTracer", "tracerConfig": { "callTracer": null, "prestateTracer": diff } });
    let both = node.ok("debug_traceTransaction", json!([hash, config]));
    let call = node.ok("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]));
    let prestate = json!({ "tracer": "prestateTracer", "tracerConfig": diff });
    let prestate = node.ok("debug_traceTransaction", json!([hash, prestate]));
    assert_eq!(both, json!({ "callTracer": call, "prestateTracer": prestate }));
    let block = node.ok("debug_traceBlockByNumber", json!([receipt["blockNumber"], config]));
    assert_eq!(block, json!([{ "txHash": hash, "result": both }]));
}

#[test]
fn the_state_in_the_middle_of_a_block() {
    let node = Node::start();
    let counter = node.deploy();
    // Two calls in one block.
    for (nonce, amount) in [(1, 5), (2, 7)] {
        let call =
            json!({ "from": first(), "to": counter, "input": add(amount), "nonce": nonce, "gas": "0x30000" });
        node.ok("eth_sendTransaction", json!([call]));
    }
    node.mine();
    let block = node.ok("eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(block["transactions"].as_array().unwrap().len(), 2);
    let (number, hash) = (&block["number"], &block["hash"]);
    let read = json!({ "to": counter, "input": hex_of(&Counter::numberCall {}.abi_encode()) });
    let at = |index: &str| {
        let config = json!({ "tracer": "callTracer", "txIndex": index });
        node.ok("debug_traceCall", json!([read, number, config]))["output"].clone()
    };
    let word = |value: u64| json!(hex_of(&U256::from(value).to_be_bytes::<32>()));
    assert_eq!((at("0x0"), at("0x1")), (word(0), word(5)));
    assert_eq!(
        node.ok("debug_traceCall", json!([read, number, { "tracer": "callTracer" }]))["output"],
        word(12)
    );
    // The slots before each transaction, by the hashes of their numbers.
    let range = |index: u64, start: &str, limit: u64| {
        node.ok("debug_storageRangeAt", json!([hash, index, counter, start, limit]))
    };
    let slot = U256::ZERO.to_be_bytes::<32>();
    let hashed = keccak256(slot);
    assert_eq!(range(0, "0x0", 10), json!({ "storage": {}, "nextKey": null }));
    let entry = json!({ "key": hex_of(&slot), "value": word(5) });
    let whole = json!({ "storage": { hex_of(hashed.as_slice()): entry }, "nextKey": null });
    assert_eq!((range(1, "0x0", 10), range(1, &hashed.to_string(), 10)), (whole.clone(), whole));
    assert_eq!(range(1, "0x0", 0), json!({ "storage": {}, "nextKey": hashed }));
    let above = B256::from(U256::from_be_bytes(hashed.0) + U256::ONE);
    assert_eq!(range(1, &above.to_string(), 10), json!({ "storage": {}, "nextKey": null }));
    assert_eq!(node.error("debug_storageRangeAt", json!([hash, 2, counter, "0x0", 1]))["code"], -32602);
}

#[test]
fn what_the_precompiles_do_is_in_the_traces() {
    let node = Node::start();
    let receipt = crate::sero::shield(&node, 77);
    let hash = &receipt["transactionHash"];
    let config = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    let call = node.ok("debug_traceTransaction", json!([hash, config]));
    assert_eq!(call["to"], json!(POOL));
    let (seen, logs) = (call["logs"].as_array().unwrap(), receipt["logs"].as_array().unwrap());
    assert_eq!(seen.len(), logs.len());
    for (seen, log) in seen.iter().zip(logs) {
        assert_eq!(
            (&seen["address"], &seen["topics"], &seen["data"]),
            (&log["address"], &log["topics"], &log["data"])
        );
    }
    let parity = node.ok("trace_transaction", json!([hash]));
    assert_eq!((parity.as_array().unwrap().len(), &parity[0]["action"]["to"]), (1, &json!(POOL)));
}

#[test]
fn traces_have_bounds() {
    let node = Node::start();
    let endless = json!({ "data": LOOP, "gas": "0x2faf080" });
    let error = node
        .error("debug_traceCall", json!([endless, "latest", { "timeout": "1ms", "tracer": "noopTracer" }]));
    assert_eq!(error["code"], -32000);
    assert!(error["message"].as_str().unwrap().contains("timeout"), "{error}");
    let error = node.error("debug_traceCall", json!([endless, "latest", { "timeout": "30s" }]));
    assert!(error["message"].as_str().unwrap().contains("limit"), "{error}");
    // What grows with every step is counted before it is made: slots so far, memory, codes, outputs.
    let slots = json!({ "data": "0x5b5a54505f56", "gas": "0x2faf080" });
    let memory = json!({ "data": "0x6210000051505b600656", "gas": "0x2faf080" });
    // Calls itself for ever, and that call, which has no calldata, returns 16 KiB at once.
    let outputs = json!({ "to": second(), "data": "0x01", "gas": "0x2faf080" });
    let code = "0x36156012575b5f5f5f5f5f305af1506005565b6140005ff3";
    let overridden = json!({ "tracer": "callTracer", "stateOverrides": { hex_of(second().as_slice()): { "code": code } } });
    for (call, config) in
        [(slots, json!({})), (memory, json!({ "enableMemory": true })), (outputs, overridden)]
    {
        let error = node.error("debug_traceCall", json!([call, "latest", config]));
        assert!(error["message"].as_str().unwrap().contains("limit"), "{config}: {error}");
    }
    // And the node goes on.
    assert_eq!(node.ok("eth_chainId", json!([])), json!(format!("{CHAIN_ID:#x}")));
}

#[test]
fn what_cannot_be_traced_is_refused_by_name() {
    let node = Node::start();
    let (_, receipt) = counted(&node);
    let hash = &receipt["transactionHash"];
    let none = hex_of(&[9; 32]);
    for (config, what) in [
        (json!({ "tracer": "{ step: function() {} }" }), "JavaScript"),
        (json!({ "tracer": "muxTracer", "tracerConfig": {} }), "1 to 4 tracers"),
        (json!({ "tracer": "muxTracer", "tracerConfig": { "muxTracer": {} } }), "itself"),
        (json!({ "tracer": "muxTracer", "tracerConfig": { "callTracer": 5 } }), "tracer"),
        (json!({ "tracer": "callTracer", "tracerConfig": { "onlyTopCall": 3 } }), "tracer config"),
        (json!({ "timeout": "soon" }), "timeout"),
        (json!({ "timeout": "5" }), "timeout"),
        (json!({ "timeout": "-5s" }), "timeout"),
        (json!(5), "config"),
    ] {
        let error = node.error("debug_traceTransaction", json!([hash, config]));
        assert_eq!(error["code"], -32602, "{config}");
        assert!(error["message"].as_str().unwrap().contains(what), "{config}: {error}");
    }
    for config in [json!({ "txIndex": "0x1" }), json!({ "blockOverrides": { "numer": "0x1" } })] {
        assert_eq!(node.error("debug_traceCall", json!([{}, "latest", config]))["code"], -32602);
    }
    assert_eq!(node.error("debug_traceTransaction", json!([none]))["message"], "transaction not found");
    assert_eq!(node.error("debug_traceBlockByNumber", json!(["0x0"]))["message"], "genesis is not traceable");
    assert_eq!(node.error("debug_traceBlockByNumber", json!(["0x99"]))["code"], -32000);
    assert_eq!(node.error("debug_traceBlockByHash", json!([none]))["code"], -32000);
    assert_eq!(node.ok("trace_transaction", json!([none])), Value::Null);
    assert_eq!(node.ok("trace_block", json!(["0x0"])), json!([]));
    assert_eq!(node.error("trace_replayTransaction", json!([hash, ["nonsense"]]))["code"], -32602);
    assert_eq!(
        node.error("trace_filter", json!([{ "fromBlock": "0x1", "toBlock": "0x99" }]))["code"],
        -32602
    );
    let calls: Vec<Value> = (0..101).map(|_| json!([{}, ["trace"]])).collect();
    assert_eq!(node.error("trace_callMany", json!([calls]))["code"], -32005);
}

#[test]
fn a_filter_finds_calls_by_address() {
    let node = Node::start();
    let (counter, receipt) = counted(&node);
    let all = node.ok("trace_filter", json!([{ "fromBlock": "0x1", "toBlock": "0x2" }]));
    assert_eq!(all.as_array().unwrap().len(), 2);
    let to = json!([{ "fromBlock": "0x1", "toAddress": [counter] }]);
    let found = node.ok("trace_filter", to);
    assert!(
        found.as_array().unwrap().iter().any(|trace| trace["transactionHash"] == receipt["transactionHash"])
    );
    let page = json!([{ "fromBlock": "0x1", "after": 1, "count": 1 }]);
    assert_eq!(node.ok("trace_filter", page), json!([all[1]]));
    assert_eq!(
        node.ok("trace_filter", json!([{ "fromBlock": "0x1", "fromAddress": [second()] }])),
        json!([])
    );
}
