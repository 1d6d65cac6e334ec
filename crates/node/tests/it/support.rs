//! A node, and how to ask it.

use alloy_primitives::Address;
use serde_json::{Value, json};
use sero_node::{BlockTime, Node, NodeConfig, dev};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

pub struct DevNode {
    node: Option<Node>,
    address: SocketAddr,
    runtime: Runtime,
}

impl DevNode {
    pub fn start(block_time: BlockTime) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut config = NodeConfig::dev(1337, "127.0.0.1:0".parse().unwrap());
        config.block_time = block_time;
        let node = runtime.block_on(Node::start(config)).unwrap();
        Self { address: node.rpc_address(), node: Some(node), runtime }
    }

    pub fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head =
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close";
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    pub fn ok(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, params.clone());
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].clone()
    }

    pub fn error(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, params.clone());
        assert!(answer.get("error").is_some(), "{method} {params}: {answer}");
        answer["error"].clone()
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
