//! A node as a process of its own, ended by its own pid.

use alloy_primitives::{B256, hex};
use serde_json::{Value, json};
use sero_wallet::{ChainSource, Client, ProvingKeys, SourceError, Target, Wallet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const SERO_UNIT: u128 = 1_000_000_000_000_000_000;

pub struct NodeProcess {
    child: Child,
    pub url: String,
}

impl NodeProcess {
    pub fn start(data_dir: Option<&Path>) -> Self {
        let mut command = Self::command();
        if let Some(dir) = data_dir {
            command.arg("--data-dir").arg(dir);
        }
        Self::spawn(command)
    }

    /// In memory; everything that it logs at this level goes to the file.
    pub fn start_logging(level: &str, log: File) -> Self {
        let mut command = Self::command();
        command.env("SERO_LOG", level).stderr(log);
        Self::spawn(command)
    }

    fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sero"));
        command.args(["dev", "--http-port", "0", "--json"]).stdout(Stdio::piped());
        command
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap();
        Self { child, url: announced["rpc"].as_str().unwrap().to_owned() }
    }

    pub fn source(&self) -> Http {
        Http(self.url.clone())
    }

    /// SIGKILL: no chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Http(String);

impl ChainSource for Http {
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let transport = |error: ureq::Error| SourceError::Transport(error.to_string());
        let mut response = ureq::post(&self.0).send_json(body).map_err(transport)?;
        let mut answer: Value = response.body_mut().read_json().map_err(transport)?;
        if let Some(error) = answer.get("error") {
            return Err(SourceError::Rpc {
                code: error["code"].as_i64().unwrap(),
                message: error["message"].as_str().unwrap().to_owned(),
                data: error.get("data").cloned(),
            });
        }
        Ok(answer["result"].take())
    }
}

impl Http {
    pub fn new(url: String) -> Self {
        Self(url)
    }

    pub fn ok(&self, method: &str, params: Value) -> Value {
        self.request(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    #[track_caller]
    /// Sends bytes that must be refused; returns the error's words. Nothing may have changed.
    pub fn refused(&self, raw: &[u8]) -> String {
        let before = self.fingerprint();
        let error = match self.request("eth_sendRawTransaction", json!([hex::encode_prefixed(raw)])) {
            Err(SourceError::Rpc { message, .. }) => message,
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(self.fingerprint(), before, "a refused transaction changed something: {error}");
        error
    }

    /// Head, state root and pool.
    pub fn fingerprint(&self) -> (Value, Value, Value) {
        let block = self.ok("eth_getBlockByNumber", json!(["latest", false]));
        (block["hash"].clone(), block["stateRoot"].clone(), self.ok("txpool_status", json!([])))
    }

    pub fn wait(&self, hash: B256) -> Value {
        for _ in 0..1000 {
            let receipt = self.ok("eth_getTransactionReceipt", json!([hash]));
            if !receipt.is_null() {
                return receipt;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{hash} is in no block");
    }

    pub fn account(&self, index: usize) -> String {
        self.ok("eth_accounts", json!([]))[index].as_str().unwrap().to_owned()
    }
}

pub fn keys() -> ProvingKeys {
    let cache = std::env::temp_dir().join("sero-test-keys");
    ProvingKeys::development(Some(&cache)).unwrap()
}

/// A wallet in memory with this much SERO in one note.
pub fn funded(source: &Http, amount: u128) -> Wallet {
    use sero_shielded::encryption::Memo;
    let client = Client::new(source);
    let (mut wallet, _) = Wallet::create(Target::Memory, &client.chain_info().unwrap()).unwrap();
    let account = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80".parse().unwrap();
    let coin = sero_wallet::AssetInfo::coin();
    let sent = wallet.shield(&client, &account, &coin, amount, &Memo::default(), None).unwrap();
    source.wait(sent.transaction);
    wallet.sync(&client, &mut |_| ()).unwrap();
    wallet
}
