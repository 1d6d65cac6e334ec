//! The wallet's way to a node: JSON-RPC over HTTP.

use serde_json::{Value, json};
use sero_wallet::{ChainSource, SourceError};
use std::cell::Cell;
use std::time::Duration;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A node at a URL.
pub struct HttpSource {
    url: String,
    agent: ureq::Agent,
    next_id: Cell<u64>,
}

impl HttpSource {
    /// `http://...` or `https://...`.
    pub fn new(url: impl Into<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            // A node that sends its wallets elsewhere is not the node that was named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self { url: url.into(), agent: config.into(), next_id: Cell::new(1) }
    }
}

impl ChainSource for HttpSource {
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError> {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let transport = |error: ureq::Error| SourceError::Transport(format!("{}: {error}", self.shown_url()));
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let mut response = self.agent.post(&self.url).send_json(body).map_err(transport)?;
        let answer = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_json::<Value>();
        let mut answer = answer.map_err(transport)?;
        if let Some(error) = answer.get("error") {
            return Err(SourceError::Rpc {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or("error without message").to_owned(),
                data: error.get("data").cloned(),
            });
        }
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(SourceError::Transport(format!("{}: answer without result", self.shown_url()))),
        }
    }
}

impl HttpSource {
    /// The URL without a user name and password.
    fn shown_url(&self) -> String {
        match self.url.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let host = authority.rsplit('@').next().unwrap_or(authority);
                format!("{scheme}://{host}{path}")
            }
            None => "the node's URL".into(),
        }
    }
}
