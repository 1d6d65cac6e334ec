//! A node that lives as long as its value: the product, or anvil.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// For the first answer.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const LAST_WORDS_LINES: usize = 30;

/// Anvil, where npm has it for this machine. Its packages, one for each platform, are installed into `contracts/`.
pub fn anvil(root: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(root.join("contracts/node_modules/@foundry-rs")).ok()?.filter_map(Result::ok);
    packages.map(|package| package.path().join("bin/anvil")).find(|program| program.is_file())
}

/// A started node; dropping it ends the process.
pub struct Node {
    child: Child,
    port: u16,
    url: String,
    log: PathBuf,
}

impl Node {
    /// Starts `program` with `args` and a free port, with its output in `log`, and waits for its first answer.
    pub fn start(program: &Path, args: &[&str], log: &Path) -> Result<Self, String> {
        Self::start_at("--http-port", program, args, log)
    }

    /// As [`Self::start`], for a program whose port has another name.
    pub fn start_at(port_option: &str, program: &Path, args: &[&str], log: &Path) -> Result<Self, String> {
        if !program.is_file() {
            return Err(format!("no {}: run cargo build --release --package sero", program.display()));
        }
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let child = spawn(program, args, [port_option, &port.to_string()], log)
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut node = Self { child, port, url: format!("http://127.0.0.1:{port}"), log: log.into() };
        node.wait_until_it_answers(port)?;
        Ok(node)
    }

    /// The result of a method.
    pub fn call(&self, method: &str, params: &serde_json::Value) -> Result<serde_json::Value, String> {
        let request = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = post(self.port, &request.to_string(), ANSWER_TIMEOUT)
            .map_err(|error| format!("{method}: {error}"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let mut json: serde_json::Value =
            serde_json::from_str(body).map_err(|error| format!("{method}: {error}"))?;
        match json.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(format!("{method}: {}", json["error"])),
        }
    }

    /// Calls a method once for each of these parameters, in one request; every call must have a result.
    pub fn batch(&self, method: &str, params: &[serde_json::Value]) -> Result<(), String> {
        let one = |(id, params)| serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let request = serde_json::Value::from_iter((0..).zip(params).map(one)).to_string();
        let answer =
            post(self.port, &request, ANSWER_TIMEOUT).map_err(|error| format!("{method}: {error}"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let answers: Vec<serde_json::Value> =
            serde_json::from_str(body).map_err(|error| format!("{method}: {error}"))?;
        let good = answers.iter().filter(|answer| answer.get("result").is_some()).count();
        if good == params.len() {
            Ok(())
        } else {
            Err(format!("{method}: {good} of {} succeed", params.len()))
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The end of what the node printed.
    pub fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS_LINES)..].join("\n")
    }

    fn wait_until_it_answers(&mut self, port: u16) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < START_TIMEOUT {
            if has_chain_id(port) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the node ended: {status}\n{}", self.last_words()));
            }
            thread::sleep(POLL_INTERVAL);
        }
        let waited = START_TIMEOUT.as_secs();
        Err(format!("no answer to eth_chainId in {waited} s\n{}", self.last_words()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // An error means that it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &Path, args: &[&str], port: [&str; 2], log: &Path) -> io::Result<Child> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let output = File::create(log)?;
    Command::new(program)
        .args(args)
        .args(port)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
}

/// A port that nobody listens on now; the node may lose it to others, which then shows at its start.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether something at `port` answers `eth_chainId` with a result.
fn has_chain_id(port: u16) -> bool {
    let request = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
    let answer = post(port, request, FIRST_ANSWER_TIMEOUT);
    let Ok(answer) = answer else { return false };
    let Some((_, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    serde_json::from_str::<serde_json::Value>(body).is_ok_and(|json| json["result"].is_string())
}

/// One HTTP request. Version 1.0, so that the answer has no chunks and ends with the connection.
fn post(port: u16, body: &str, timeout: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(timeout))?;
    write!(
        stream,
        "POST / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
