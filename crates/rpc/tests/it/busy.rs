//! Many requests at once.

use crate::support::{Node, first, second};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

/// What a request gets that waited too long.
fn is_busy(answer: &Value) -> bool {
    answer["error"] == json!({ "code": -32005, "message": "node is busy, try again" })
}

#[test]
fn simulations_do_not_keep_transactions_out() {
    let node = Node::start();
    let transfer = json!([{ "from": first(), "to": second() }]);
    let raw = node.ok("eth_signTransaction", transfer)["raw"].clone();
    // Hashes 64 kB again and again until the gas is spent.
    let endless = json!({ second().to_string(): { "code": "0x5b61ffff5f20505f56" } });
    let slow = json!([{ "to": second() }, "latest", endless]);
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let (node, slow) = (&node, &slow);
    let answers: Vec<Value> = thread::scope(|scope| {
        let callers: Vec<_> = (0..(20 * cores).clamp(40, 400))
            .map(|_| scope.spawn(move || node.call("eth_estimateGas", slow.clone())))
            .collect();
        // All have come, and the first are not yet turned away.
        thread::sleep(Duration::from_millis(300));
        node.ok("eth_sendRawTransaction", json!([raw]));
        node.ok("eth_getLogs", json!([{}]));
        node.ok("eth_chainId", json!([]));
        // They were answered while most simulations still waited for their turn.
        let waiting = callers.iter().filter(|caller| !caller.is_finished()).count();
        assert!(waiting > callers.len() / 2, "{waiting} of {} wait", callers.len());
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(answers.iter().any(is_busy), "no request was turned away");
    for answer in answers {
        assert!(is_busy(&answer) || answer["error"]["code"] == -32000, "{answer}");
    }
    assert_eq!(node.ok("eth_chainId", json!([])), "0x539");
}

#[test]
fn every_transaction_gets_its_own_nonce() {
    let node = Node::start();
    // Long ones, so that hashing and signing takes a moment.
    let data = format!("0x{}", "00".repeat(50_000));
    let send = || node.ok("eth_sendTransaction", json!([{ "from": first(), "to": second(), "data": data }]));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..8).for_each(|_| drop(send())));
        }
    });
    assert_eq!(node.ok("txpool_status", json!([])), json!({ "pending": "0x40", "queued": "0x0" }));
}
