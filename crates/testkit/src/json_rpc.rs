//! A client of a node's JSON-RPC over HTTP.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Asks the node at this address; each request has a connection of its own.
#[derive(Clone, Copy, Debug)]
pub struct JsonRpc(pub SocketAddr);

impl JsonRpc {
    /// The result of a call that must succeed.
    pub fn ok(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, params.clone());
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].clone()
    }

    /// The error of a call that must fail.
    pub fn error(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, params.clone());
        assert!(answer.get("error").is_some(), "{method} {params}: {answer}");
        answer["error"].clone()
    }

    /// A call, and all of what comes back.
    pub fn call(&self, method: &str, params: Value) -> Value {
        self.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    /// Sends any JSON and returns the JSON that comes back.
    pub fn post(&self, body: &Value) -> Value {
        let (status, answer) = self.http(&body.to_string(), &[]);
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("status {status}: {answer}"))
    }

    /// One HTTP request; status and body of the answer.
    pub fn http(&self, body: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.0).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for (name, value) in [("Host", "127.0.0.1"), ("Content-Type", "application/json")] {
            if !headers.iter().any(|(given, _)| *given == name) {
                head += &format!("{name}: {value}\r\n");
            }
        }
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // The server may answer and close before it has read a body that is too long.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.split(' ').nth(1).unwrap_or("0").parse().unwrap(), body.to_owned())
    }
}
