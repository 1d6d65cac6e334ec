//! One HTTP/1.1 connection that stays open: so little work for each request that the node's share is what is measured.

use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest head of an answer, in bytes.
const HEAD_MAX: usize = 16 * 1024;
/// Longest body, in bytes.
const BODY_MAX: usize = 64 * 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A connection to a node.
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    /// What was received last: a head, and a body behind it.
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        let open = || {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
            Ok(stream)
        };
        let stream = open().map_err(|error: io::Error| format!("{address}: {error}"))?;
        Ok(Self { stream, address, received: Vec::new() })
    }

    /// Sends a JSON-RPC request or batch, and gives the body of the answer.
    pub fn exchange(&mut self, body: &str) -> Result<&str, String> {
        let address = self.address;
        let failed = |error: &dyn core::fmt::Display| format!("{address}: {error}");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).map_err(|error| failed(&error))?;
        let (body, end) = self.receive().map_err(|error| failed(&error))?;
        std::str::from_utf8(&self.received[body..end]).map_err(|error| failed(&error))
    }

    /// The result of a method.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let body = request(method, params).to_string();
        let answer = self.exchange(&body)?;
        result(answer).map_err(|error| format!("{method}: {error}"))
    }

    /// The results of a batch, in the order of the requests.
    pub fn batch(&mut self, calls: &[(&str, Value)]) -> Result<Vec<Value>, String> {
        let numbered = (0..).zip(calls).map(|(id, (method, params))| {
            let mut request = request(method, params.clone());
            request["id"] = Value::from(id);
            request
        });
        let body = Value::from_iter(numbered).to_string();
        let mut answers: Vec<Value> = serde_json::from_str(self.exchange(&body)?)
            .map_err(|error| format!("a batch's answer: {error}"))?;
        if answers.len() != calls.len() {
            return Err(format!("a batch of {} calls has {} answers", calls.len(), answers.len()));
        }
        answers.sort_by_key(|answer| answer["id"].as_u64());
        let results =
            answers.into_iter().zip(calls).map(|(answer, (method, _))| match answer.get("result") {
                Some(result) => Ok(result.clone()),
                None => Err(format!("{method}: {}", answer["error"])),
            });
        results.collect()
    }

    /// Where the body of the next answer starts and ends in `received`.
    fn receive(&mut self) -> io::Result<(usize, usize)> {
        let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        self.received.clear();
        let body = loop {
            let looked_at = self.received.len().saturating_sub(END_OF_HEAD.len() - 1);
            self.receive_more()?;
            let fresh = &self.received[looked_at..];
            if let Some(at) = fresh.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) {
                break looked_at + at + END_OF_HEAD.len();
            }
            if self.received.len() > HEAD_MAX {
                return Err(bad(format!("no end of the answer's head in {HEAD_MAX} bytes")));
            }
        };
        let head = String::from_utf8_lossy(&self.received[..body]);
        let length = body_length(&head).map_err(bad)?;
        let end = body + length;
        while self.received.len() < end {
            self.receive_more()?;
        }
        if self.received.len() > end {
            return Err(bad("bytes behind the answer".into()));
        }
        Ok((body, end))
    }

    fn receive_more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the node closed the connection")),
            count => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(())
            }
        }
    }
}

/// A JSON-RPC request with id 1.
pub fn request(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// The result in the answer to one request.
pub fn result(answer: &str) -> Result<Value, String> {
    let mut answer: Value = serde_json::from_str(answer).map_err(|error| format!("{error} in `{answer}`"))?;
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(answer["error"].to_string()),
    }
}

/// What the head of a good answer says about the length of its body.
fn body_length(head: &str) -> Result<usize, String> {
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("status 200 is expected, not `{status}`"));
    }
    let fields = lines.filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = lengths.next().ok_or("an answer with Content-Length is expected")?;
    let length: usize = length.trim().parse().map_err(|_| format!("Content-Length:{length} is no number"))?;
    if length > BODY_MAX {
        return Err(format!("an answer of {length} bytes, at most {BODY_MAX} are read"));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// What a connection makes of these bytes, which come in two pieces.
    fn answered(answer: &'static str, cut: usize) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 1024];
            let count = stream.read(&mut request).expect("a request");
            stream.write_all(&answer.as_bytes()[..cut]).expect("the first piece");
            stream.flush().expect("sent");
            std::thread::sleep(Duration::from_millis(5));
            stream.write_all(&answer.as_bytes()[cut..]).expect("the second piece");
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        let mut connection = Connection::open(address)?;
        let answer = connection.exchange("{}").map(str::to_owned);
        let asked = server.join().expect("a server");
        assert!(asked.starts_with("POST / HTTP/1.1\r\n") && asked.ends_with("Content-Length: 2\r\n\r\n{}"));
        answer
    }

    #[test]
    fn an_answer_is_read_wherever_it_is_cut() {
        const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n[1,2]";
        for cut in 1..ANSWER.len() {
            assert_eq!(answered(ANSWER, cut), Ok("[1,2]".into()), "cut at {cut}");
        }
    }

    #[test]
    fn other_answers_are_refused_with_what_is_expected() {
        let cases = [
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "status 200 is expected"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "with Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", "two is no number"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "99999999999 bytes"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}", "bytes behind the answer"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", "closed the connection"),
        ];
        for (answer, part) in cases {
            let found = answered(answer, answer.len() - 1);
            assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{answer}: {found:?}");
        }
    }

    #[test]
    fn results_are_told_from_errors() {
        assert_eq!(result(r#"{"id":1,"result":null}"#), Ok(Value::Null));
        let error = result(r#"{"id":1,"error":{"code":-32000,"message":"no"}}"#);
        assert!(error.is_err_and(|error| error.contains("-32000")));
        assert!(result("nothing").is_err());
    }
}
