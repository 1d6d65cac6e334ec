//! A proving service as a process of its own, and raw HTTP.

use alloy_primitives::B256;
use serde_json::Value;
use sero_circuits::{OutputWitness, SpendWitness, encode_request};
use sero_shielded::asset::AssetId;
use sero_shielded::curve::g_auth;
use sero_shielded::field::{Field, Scalar};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

pub struct ServiceProcess {
    child: Child,
    pub url: String,
    pub keys: [B256; 2],
    log: PathBuf,
}

/// `sero prover serve` in `dir`, on a free port unless the arguments name one.
pub fn command(args: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sero"));
    command.args(["prover", "serve", "--json"]);
    if !args.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.args(args).current_dir(dir).env("XDG_CACHE_HOME", std::env::temp_dir().join("sero-test-cache"));
    command
}

impl ServiceProcess {
    /// Logs everything that it does to a file in `dir`.
    pub fn start(args: &[&str], dir: &Path) -> Self {
        Self::start_logging("info", args, dir)
    }

    pub fn start_logging(level: &str, args: &[&str], dir: &Path) -> Self {
        let log = tempfile::Builder::new().prefix("service-").tempfile_in(dir).unwrap();
        let log = log.keep().unwrap().1;
        let mut command = command(args, dir);
        command.env("SERO_LOG", level).stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{line}{}", std::fs::read_to_string(&log).unwrap()));
        let key = |name: &str| announced["keys"][name].as_str().unwrap().parse().unwrap();
        let url = announced["prover"].as_str().unwrap().to_owned();
        Self { child, url, keys: [key("spend"), key("output")], log }
    }

    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Reply {
        let mut stream = self.connect();
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", bearer(token));
        stream.write_all(head.as_bytes()).unwrap();
        reply(stream)
    }

    /// Sends a whole request.
    pub fn post(&self, token: Option<&str>, body: &[u8]) -> Reply {
        let mut stream = self.begin(token, body.len(), "");
        stream.write_all(body).unwrap();
        reply(stream)
    }

    /// Sends the head of a request for proofs alone.
    pub fn begin(&self, token: Option<&str>, length: usize, headers: &str) -> TcpStream {
        let mut stream = self.connect();
        let head = format!(
            "POST /prove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n\
             Content-Length: {length}\r\n{headers}{}\r\n",
            bearer(token)
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    /// Asks until the queue is in this state: requests being read, waiting, running.
    pub fn wait_for(&self, token: Option<&str>, expected: [u64; 3]) {
        let mut queue = Value::Null;
        for _ in 0..3000 {
            queue = self.get("/status", token).json()["queue"].take();
            let found = ["reading", "waiting", "running"].map(|name| queue[name].as_u64().unwrap());
            if found == expected {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("expected {expected:?}, got {queue}");
    }

    pub fn metric(&self, token: Option<&str>, name: &str) -> u64 {
        let text = self.get("/metrics", token).text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Until it has ended by itself; with everything that it logged.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, std::fs::read_to_string(&self.log).unwrap())
    }

    pub fn stop(self) -> (ExitStatus, String) {
        self.signal("-TERM");
        self.ended()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bearer(token: Option<&str>) -> String {
    token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default()
}

/// An HTTP answer.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The refusal's name and words.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str, words: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        let error = &serde_json::from_str::<Value>(&text).unwrap()["error"];
        assert_eq!(error["code"], code, "{text}");
        assert!(error["message"].as_str().unwrap().contains(words), "expected `{words}`, got {text}");
    }
}

/// Reads the answer to the end of the connection.
pub fn reply(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let _ = stream.shutdown(Shutdown::Both);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: bytes[end + 4..].to_vec() }
}

/// A Spend that holds, of `amount` base units at `position`.
pub fn spend(amount: u128, position: u64) -> SpendWitness {
    let number = Field::from;
    let mut witness = SpendWitness {
        ak: g_auth(),
        nk: number(11u8),
        d: number(12u8),
        s: number(13u8),
        asset_base: AssetId::coin().generator().unwrap(),
        amount,
        rcm: number(14u8),
        position,
        siblings: [[number(15u8); 7]; 11],
        anchor: number(0u8),
        alpha: Scalar::from(16u8),
        rcv: Scalar::from(17u8),
    };
    witness.anchor = witness.path_root();
    witness
}

pub fn output(amount: u128) -> OutputWitness {
    let asset = AssetId::coin().to_field();
    OutputWitness { owner: Field::from(21u8), asset, amount, rcm: Field::from(22u8), rcv: Scalar::from(23u8) }
}

/// A request for so many proofs.
pub fn request(keys: &[B256; 2], spends: usize, outputs: usize) -> Vec<u8> {
    let spends: Vec<_> = (0..spends).map(|i| spend(i as u128, i as u64)).collect();
    let outputs: Vec<_> = (0..outputs).map(|i| output(i as u128)).collect();
    encode_request(keys, &spends, &outputs).unwrap().to_vec()
}
