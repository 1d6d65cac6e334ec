//! One request, one answer.

use super::Service;
use super::refusal::Refusal;
use super::server::Door;
use super::tokens::Client;
use super::work::Task;
use crate::service::is_loopback;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use hyper::http::uri::Authority;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;
use sero_circuits::{OUTPUTS_MAX, Proofs, ProvingRequest, SPENDS_MAX};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// How long a body may take.
const BODY_MAX: Duration = Duration::from_secs(10);

type Answer = Response<Full<Bytes>>;

/// Answers `request`, which came in through `door` as `id`.
pub async fn answer(service: &Service, door: &Door, id: u64, request: Request<Incoming>) -> Answer {
    let result = match (request.uri().path(), request.method()) {
        ("/prove", &Method::POST) => prove(service, door, id, request).await,
        ("/status", &Method::GET) => allowed(service, request.headers()).map(|_| status(service)),
        ("/metrics", &Method::GET) => allowed(service, request.headers()).map(|_| metrics(service)),
        ("/health", &Method::GET) => health(service),
        ("/prove", _) => Err(Refusal::Method("POST")),
        ("/status" | "/metrics" | "/health", _) => Err(Refusal::Method("GET")),
        _ => Err(Refusal::Path),
    };
    result.unwrap_or_else(|refusal| {
        service.metrics.refused(&refusal);
        tracing::info!(reason = refusal.code(), %refusal, "refused");
        refused(&refusal)
    })
}

/// Who asks, if it may.
fn allowed(service: &Service, headers: &HeaderMap) -> Result<Client, Refusal> {
    if headers.contains_key(ORIGIN) {
        return Err(Refusal::Origin);
    }
    // Pages read what their own name gives, without an Origin, and may point that name here.
    if !service.tokens.are_needed() && !headers.get_all(HOST).iter().all(is_here) {
        return Err(Refusal::Host);
    }
    service.tokens.client(headers).map_err(Refusal::Token)
}

/// Whether a Host header can only mean this machine.
fn is_here(host: &HeaderValue) -> bool {
    Authority::try_from(host.as_bytes()).is_ok_and(|authority| is_loopback(authority.host()))
}

async fn prove(
    service: &Service,
    door: &Door,
    id: u64,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let entered = Instant::now();
    service.metrics.asked();
    let client = allowed(service, request.headers())?;
    if request.headers().get(CONTENT_TYPE).is_none_or(|value| value != "application/octet-stream") {
        return Err(Refusal::Type);
    }
    // From here on it has a place, which bounds how many there are.
    let mut place = service.queue.enter(client.index())?;
    door.passed(id);
    let mut gone = Gone { service, answered: false };
    let result = async {
        let body = body(service, request.into_body()).await?;
        let request = ProvingRequest::decode(&body).map_err(Refusal::Request)?;
        drop(body);
        if request.keys != service.key_hashes {
            return Err(Refusal::Keys);
        }
        let (answer, answered) = oneshot::channel();
        let cancel = place.cancel().clone();
        place.submit(Task { request, cancel, entered, client: client.0, answer })?;
        let deadline = entered + service.timeout;
        match tokio::time::timeout_at(deadline.into(), answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) if service.queue.is_stopping() => Err(Refusal::Stopping),
            Ok(Err(_)) => Err(Refusal::Fault),
            Err(_) => Err(Refusal::Timeout(service.timeout.as_secs())),
        }
    }
    .await;
    // Who breaks off is gone, even where half of its connection still stands.
    gone.answered = !matches!(result, Err(Refusal::Broken));
    result.and_then(|proofs: Proofs| {
        let bytes = proofs.encode().map_err(|_| Refusal::Fault)?;
        Ok(response(StatusCode::OK, "application/octet-stream", bytes))
    })
}

/// Notes a client that went away: what answers it is dropped then.
struct Gone<'s> {
    service: &'s Service,
    answered: bool,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.service.metrics.gone();
            tracing::info!("a client went away");
        }
    }
}

/// The whole body, if it is short enough and comes in time.
async fn body(service: &Service, mut body: Incoming) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let max = service.max_request;
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max {
        return Err(Refusal::Size(max));
    }
    // All room from the start: growing would leave a copy unwiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max));
    let read = async {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else { continue };
            if bytes.len() + data.len() > max {
                return Err(Refusal::Size(max));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(())
    };
    let time = BODY_MAX.min(service.timeout);
    tokio::time::timeout(time, read).await.map_err(|_| Refusal::Slow(time.as_secs()))??;
    Ok(bytes)
}

fn status(service: &Service) -> Answer {
    let counts = service.queue.counts();
    let (places, at_once) = service.queue.size();
    let (spend, output) = service.metrics.proofs();
    json_response(
        StatusCode::OK,
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "keys": { "spend": service.key_hashes[0], "output": service.key_hashes[1] },
            "limits": {
                "spends": SPENDS_MAX, "outputs": OUTPUTS_MAX, "requestBytes": service.max_request,
                "seconds": service.timeout.as_secs(),
            },
            "queue": {
                "places": places, "atOnce": at_once, "reading": counts.reading, "waiting": counts.waiting,
                "running": counts.running, "secondsToWait": service.queue.seconds_to_wait(),
            },
            "proofs": { "spend": spend, "output": output },
            "stopping": service.queue.is_stopping(),
        }),
    )
}

fn metrics(service: &Service) -> Answer {
    let text = service.metrics.text(service.queue.counts(), service.queue.size().0);
    response(StatusCode::OK, "text/plain; version=0.0.4", text.into())
}

fn health(service: &Service) -> Result<Answer, Refusal> {
    if service.queue.is_stopping() {
        return Err(Refusal::Stopping);
    }
    Ok(response(StatusCode::OK, "text/plain", b"ok\n".to_vec()))
}

fn refused(refusal: &Refusal) -> Answer {
    let mut error = json!({ "code": refusal.code(), "message": refusal.to_string() });
    if let Some(seconds) = refusal.retry_after() {
        error["retryAfterSeconds"] = json!(seconds);
    }
    let mut answer = json_response(refusal.status(), &json!({ "error": error }));
    let mut header = |name: HeaderName, value: HeaderValue| answer.headers_mut().insert(name, value);
    if let Some(seconds) = refusal.retry_after() {
        header(RETRY_AFTER, seconds.into());
    }
    if matches!(refusal, Refusal::Token(_)) {
        header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

fn json_response(status: StatusCode, value: &serde_json::Value) -> Answer {
    response(status, "application/json", value.to_string().into())
}

fn response(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
