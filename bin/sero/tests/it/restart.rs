//! Killed at any instant, the node restarts at a block that holds everything
//! it had acknowledged.

use crate::support::{NodeProcess, SERO_UNIT, funded};
use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use sero_wallet::Client;
use std::time::Duration;

#[test]
fn a_killed_node_keeps_what_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(Value, Value)> = Vec::new();
    let mut wallet = None;
    for round in 0..6u64 {
        let node = NodeProcess::start(Some(dir.path()));
        let source = node.source();
        for (hash, block) in &acknowledged {
            let receipt = source.ok("eth_getTransactionReceipt", json!([hash]));
            assert_eq!(receipt["blockHash"], *block, "round {round}: an acknowledged block is gone");
        }
        let audit = source.ok("sero_auditSupply", json!([]));
        assert_eq!(audit["agrees"], true, "{audit}");
        if round == 0 {
            wallet = Some(funded(&source, 3 * SERO_UNIT));
        }
        let wallet = wallet.as_mut().unwrap();
        wallet.sync(&Client::new(&source), &mut |_| ()).unwrap();
        assert_eq!(wallet.balance()[0].available, 3 * SERO_UNIT);
        let (from, to) = (source.account(1), source.account(2));
        for value in 1..=5 {
            let tx = json!({ "from": from, "to": to, "value": U256::from(value) });
            let hash: B256 = serde_json::from_value(source.ok("eth_sendTransaction", json!([tx]))).unwrap();
            let receipt = source.wait(hash);
            acknowledged.push((json!(hash), receipt["blockHash"].clone()));
        }
        // One more on its way when the power goes.
        let tx = json!({ "from": from, "to": to, "value": "0x7" });
        source.ok("eth_sendTransaction", json!([tx]));
        std::thread::sleep(Duration::from_micros(round * 900));
        node.kill();
    }
    assert_eq!(acknowledged.len(), 30);
}
