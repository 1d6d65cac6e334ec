//! The wallet's way to a proving service: one HTTP request for each batch of proofs.

use serde_json::Value;
use sero_circuits::PROOFS_LEN_MAX;
use sero_wallet::{ProvingSource, ServiceError};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;
use ureq::http::Uri;
use zeroize::Zeroizing;

/// Longest refusal that is read.
const REFUSAL_BYTES_MAX: u64 = 4096;
/// Characters of a service's words that are shown.
const WORDS_MAX: usize = 200;
/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// A service at a URL.
pub struct ServiceSource {
    url: String,
    token: Option<Zeroizing<String>>,
    seconds: u64,
    agent: ureq::Agent,
}

impl ServiceSource {
    /// `https://...`, or `http://...` on this machine: a request holds the tracing key, so it never
    /// goes over a network in the clear. Waits so many seconds for an answer.
    pub fn new(url: &str, token: Option<Zeroizing<String>>, seconds: u64) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| "not a URL".to_owned())?;
        let host = uri.host().unwrap_or_default();
        let local = is_loopback(host);
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(
                "a URL without user and password is needed; a token goes into --prover-token-file".into()
            );
        }
        if uri.query().is_some() || url.contains('#') {
            return Err("a URL without `?` and `#` is needed".into());
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if local => {}
            Some("http") => {
                return Err(format!(
                    "http://{host} is not this machine, and a request holds the wallet's tracing key: \
                     use https:// or a tunnel"
                ));
            }
            _ => return Err("a URL with http:// or https:// is needed".into()),
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(seconds)))
            .timeout_connect(Some(CONNECT_MAX))
            .http_status_as_error(false)
            // Nobody else than the service that was named gets the request.
            .max_redirects(0)
            .max_redirects_will_error(false);
        // What stays on this machine goes to no proxy; others see a tunnel of TLS.
        let config = if local { config.proxy(None) } else { config };
        let url = format!("{}/prove", url.trim_end_matches('/'));
        Ok(Self { url, token, seconds, agent: config.build().into() })
    }

    fn failed(&self, error: ureq::Error) -> ServiceError {
        let timeout = ServiceError::Timeout { seconds: self.seconds };
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect) => {
                let seconds = CONNECT_MAX.as_secs().min(self.seconds);
                ServiceError::Unreachable(format!("{}: no connection within {seconds} seconds", self.url))
            }
            ureq::Error::Timeout(_) => timeout,
            ureq::Error::Io(error) if matches!(error.kind(), ErrorKind::TimedOut) => timeout,
            error => ServiceError::Unreachable(format!("{}: {error}", self.url)),
        }
    }
}

impl ProvingSource for ServiceSource {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let mut asked = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/octet-stream")
            // The witness is sent once the service has a place for it, and not to one that refuses.
            .header("Expect", "100-continue");
        if let Some(token) = &self.token {
            asked = asked.header("Authorization", format!("Bearer {}", **token));
        }
        let mut response = asked.send(request).map_err(|error| self.failed(error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("Retry-After");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.body_mut().with_config();
        if status != 200 {
            // Words that cannot be read leave the number.
            let words = body.limit(REFUSAL_BYTES_MAX).read_to_vec().unwrap_or_default();
            return Err(refusal(status, retry_after, &words));
        }
        match body.limit(PROOFS_LEN_MAX as u64).read_to_vec() {
            Ok(answer) => Ok(answer),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(ServiceError::TooLong(PROOFS_LEN_MAX)),
            Err(error) => Err(self.failed(error)),
        }
    }
}

/// What a status and a body like `{"error":{"code":"busy","message":"..."}}` say.
fn refusal(status: u16, retry_after: Option<u64>, body: &[u8]) -> ServiceError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let words = |name: &str| -> Option<String> {
        Some(body["error"][name].as_str()?.chars().take(WORDS_MAX).collect())
    };
    let message = words("message").unwrap_or_else(|| match status {
        300..400 => "it sends its clients elsewhere".into(),
        _ => "it does not say why".into(),
    });
    match status {
        401 => ServiceError::Token { message },
        429 => ServiceError::Busy { message, seconds: retry_after.unwrap_or(1) },
        _ => {
            ServiceError::Refused { code: words("code").unwrap_or_else(|| format!("HTTP {status}")), message }
        }
    }
}

/// Whether a host of a URL is this machine by its very name.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
