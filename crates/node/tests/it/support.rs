//! A node, and how to ask it.

use alloy_primitives::Address;
use serde_json::{Value, json};
use sero_node::{BlockTime, Node, NodeConfig, dev};
use sero_testkit::json_rpc::JsonRpc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

pub struct DevNode {
    node: Option<Node>,
    client: JsonRpc,
    runtime: Runtime,
}

impl DevNode {
    pub fn start(block_time: BlockTime) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut config = NodeConfig::dev(1337, "127.0.0.1:0".parse().unwrap());
        config.block_time = block_time;
        let node = runtime.block_on(Node::start(config)).unwrap();
        Self { client: JsonRpc(node.rpc_address()), node: Some(node), runtime }
    }

    pub fn head(&self) -> Value {
        self.ok("eth_getBlockByNumber", json!(["latest", false]))
    }

    /// The receipt of a transaction, which must come soon.
    pub fn receipt(&self, hash: &Value) -> Value {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let receipt = self.ok("eth_getTransactionReceipt", json!([hash]));
            if !receipt.is_null() {
                return receipt;
            }
            assert!(Instant::now() < end, "no receipt of {hash}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl core::ops::Deref for DevNode {
    type Target = JsonRpc;

    fn deref(&self) -> &JsonRpc {
        &self.client
    }
}

impl Drop for DevNode {
    fn drop(&mut self) {
        let node = self.node.take().unwrap();
        self.runtime.block_on(node.stop()).unwrap();
    }
}

pub fn account(index: usize) -> Address {
    dev::accounts()[index].address()
}

pub fn quantity(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap_or_else(|| panic!("{value}")).trim_start_matches("0x"), 16)
        .unwrap()
}

pub fn word(value: u64) -> String {
    format!("0x{value:064x}")
}
