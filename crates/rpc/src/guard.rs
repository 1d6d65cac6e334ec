//! Who may talk to the server: requests whose Host, and whose Origin if a
//! browser sends one, are on the list. It stops pages that rebind their name to
//! this machine, and pages that open a WebSocket to it.

use jsonrpsee::core::BoxError;
use jsonrpsee::server::{HttpRequest, HttpResponse, http::response};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Names that a request may be addressed to, and come from.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    hosts: Arc<Vec<String>>,
    origins: Arc<Vec<String>>,
}

impl Guard {
    /// `*` allows everything.
    pub(crate) fn new(hosts: Vec<String>, origins: Vec<String>) -> Self {
        let lower =
            |names: Vec<String>| Arc::new(names.iter().map(|name| name.to_ascii_lowercase()).collect());
        Self { hosts: lower(hosts), origins: lower(origins) }
    }

    fn allows<B>(&self, request: &HttpRequest<B>) -> bool {
        let header = |name| request.headers().get_all(name).iter().map(|value| value.to_str().ok());
        let authority = request.uri().authority().map(|authority| Some(authority.as_str()));
        let mut hosts = header("host").chain(authority).peekable();
        let host_allowed = |host: Option<&str>| host.is_some_and(|host| listed(&self.hosts, host));
        let origin_allowed =
            |origin: Option<&str>| origin.is_some_and(|origin| listed_origin(&self.origins, origin));
        hosts.peek().is_some() && hosts.all(host_allowed) && header("origin").all(origin_allowed)
    }
}

/// Whether `authority`, with or without a port, is on the list.
fn listed(names: &[String], authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is = |name: &str| name.eq_ignore_ascii_case(authority) || name.eq_ignore_ascii_case(host);
    names.iter().any(|name| name == "*" || is(name))
}

/// Whether an origin is on the list, whole or by its host.
fn listed_origin(names: &[String], origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    let whole = names.iter().any(|name| name == "*" || *name == origin);
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    whole || host.is_some_and(|host| listed(names, host))
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, guard: self.clone() }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone, Debug)]
pub(crate) struct Guarded<S> {
    inner: S,
    guard: Guard,
}

impl<S, B> Service<HttpRequest<B>> for Guarded<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse>,
    S::Error: Into<BoxError> + 'static,
    S::Future: Send + 'static,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        if !self.guard.allows(&request) {
            return Box::pin(async { Ok(response::host_not_allowed()) });
        }
        let answer = self.inner.call(request);
        Box::pin(async { answer.await.map_err(Into::into) })
    }
}
