//! Subscriptions, with a WebSocket client of sixty lines.

use crate::support::{Counter, LOGS_OF_MUCH, Node, first, hex_of, second};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

struct Socket(TcpStream);

impl Socket {
    fn open(node: &Node) -> Self {
        Self::open_from(node, "").unwrap()
    }

    /// `None` if the server refuses.
    fn open_from(node: &Node, header: &str) -> Option<Self> {
        let mut stream = TcpStream::connect(node.0).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{header}\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        head.starts_with(b"HTTP/1.1 101").then_some(Self(stream))
    }

    fn send(&mut self, message: &Value) {
        let payload = message.to_string().into_bytes();
        // One text frame, masked with zeros.
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(payload);
        self.0.write_all(&frame).unwrap();
    }

    fn receive(&mut self) -> Value {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).unwrap();
            let mut read = |count: usize| {
                let mut bytes = vec![0; count];
                self.0.read_exact(&mut bytes).unwrap();
                bytes
            };
            let length = match head[1] {
                126 => u64::from(u16::from_be_bytes(read(2).try_into().unwrap())),
                127 => u64::from_be_bytes(read(8).try_into().unwrap()),
                short => u64::from(short),
            };
            let payload = read(usize::try_from(length).unwrap());
            if head[0] == 0x81 {
                return serde_json::from_slice(&payload).unwrap();
            }
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }));
        self.receive()
    }

    fn subscribe(&mut self, params: Value) -> Value {
        let answer = self.call("eth_subscribe", params);
        assert!(answer["result"].as_str().unwrap().starts_with("0x"), "{answer}");
        answer["result"].clone()
    }

    /// The next notice of this subscription.
    fn notice(&mut self, id: &Value) -> Value {
        loop {
            let message = self.receive();
            assert_eq!(message["method"], "eth_subscription");
            if message["params"]["subscription"] == *id {
                return message["params"]["result"].clone();
            }
        }
    }
}

#[test]
fn heads_logs_and_arrivals() {
    let node = Node::start();
    let counter = node.deploy();
    let mut socket = Socket::open(&node);
    assert_eq!(socket.call("eth_chainId", json!([]))["result"], "0x539");
    let heads = socket.subscribe(json!(["newHeads"]));
    let data = hex_of(&Counter::addCall { amount: U256::from(3) }.abi_encode());
    let receipt = node.send(json!({ "to": counter, "data": data }));
    let head = socket.notice(&heads);
    assert_eq!((&head["hash"], &head["number"]), (&receipt["blockHash"], &receipt["blockNumber"]));
    assert_eq!(socket.call("eth_unsubscribe", json!([heads]))["result"], true);

    let logs = socket.subscribe(json!(["logs", { "address": counter }]));
    let receipt = node.send(json!({ "to": counter, "data": data }));
    assert_eq!(socket.notice(&logs), receipt["logs"][0]);
    assert_eq!(socket.call("eth_unsubscribe", json!([logs]))["result"], true);

    let arrivals = socket.subscribe(json!(["newPendingTransactions"]));
    let whole = socket.subscribe(json!(["newPendingTransactions", true]));
    let hash = node.ok("eth_sendTransaction", json!([{ "from": first(), "to": second() }]));
    let (mut one, mut two) = (socket.receive(), socket.receive());
    if one["params"]["subscription"] != arrivals {
        std::mem::swap(&mut one, &mut two);
    }
    assert_eq!(one["params"]["result"], hash);
    assert_eq!(two["params"]["subscription"], whole);
    assert_eq!(two["params"]["result"]["hash"], hash);
    let syncing = socket.subscribe(json!(["syncing"]));
    assert_eq!(socket.notice(&syncing), false);
}

#[test]
fn bad_subscriptions() {
    let node = Node::start();
    let mut socket = Socket::open(&node);
    for params in [json!([]), json!(["x"]), json!([7]), json!(["logs", 7]), json!(["logs", {}, 1]), json!({})]
    {
        assert_eq!(socket.call("eth_subscribe", params)["error"]["code"], -32602);
    }
    assert!(socket.call("eth_unsubscribe", json!(["0x1"]))["result"] != true);
    // Over HTTP there is nobody to notify.
    assert!(node.call("eth_subscribe", json!(["newHeads"]))["error"]["code"].is_i64());
}

#[test]
fn foreign_pages_cannot_open_a_socket() {
    let node = Node::start();
    assert!(Socket::open_from(&node, "Origin: https://evil.example\r\n").is_none());
    assert!(Socket::open_from(&node, "Origin: http://localhost:3000\r\n").is_some());
}

#[test]
fn subscribers_that_never_read() {
    let node = Node::start();
    let mut idle: Vec<Socket> = (0..20).map(|_| Socket::open(&node)).collect();
    for socket in &mut idle {
        for _ in 0..32 {
            socket.subscribe(json!(["newHeads"]));
        }
        assert!(socket.call("eth_subscribe", json!(["newHeads"]))["error"]["code"].is_i64());
    }
    (0..50).for_each(|_| {
        node.mine();
    });
    drop(idle);
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x32");
}

#[test]
fn a_slow_reader_is_unsubscribed() {
    let node = Node::start();
    let mut socket = Socket::open(&node);
    socket.subscribe(json!(["logs"]));
    (0..5).for_each(|_| drop(node.log_much()));
    std::thread::sleep(Duration::from_secs(7));
    socket.send(&json!({ "jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": [] }));
    let notices =
        std::iter::from_fn(|| Some(socket.receive())).take_while(|message| message["id"] != 7).count();
    assert!(notices < 5 * LOGS_OF_MUCH, "{notices}");
    // The connection is still good.
    let heads = socket.subscribe(json!(["newHeads"]));
    node.mine();
    assert_eq!(socket.notice(&heads)["number"], "0x6");
}

#[test]
fn a_long_waiting_transaction_comes_as_its_hash() {
    let node = Node::start();
    let mut socket = Socket::open(&node);
    let whole = socket.subscribe(json!(["newPendingTransactions", true]));
    for (bytes, short) in [(20_000, true), (40_000, false)] {
        let data = format!("0x{}", "00".repeat(bytes));
        let hash = node.ok("eth_sendTransaction", json!([{ "from": first(), "to": second(), "data": data }]));
        let notice = socket.notice(&whole);
        assert_eq!(if short { &notice["hash"] } else { &notice }, &hash);
    }
}
