//! The server: HTTP and WebSocket on one port.

use crate::context::RpcContext;
use crate::guard::Guard;
use crate::methods::Methods;
use crate::{admin, debug, development, discover, eth, net, otterscan, sero, testing, trace, txpool, web3};
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::server::{
    BatchRequestConfig, IdProvider, PingConfig, ServerBuilder, ServerConfig, ServerHandle,
};
use jsonrpsee::types::SubscriptionId;
use std::net::SocketAddr;
use std::time::Duration;

/// How long open connections may delay a stop.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Messages that wait for one WebSocket client to read them.
const MESSAGES_MAX: u32 = 16;

/// Where the server listens, and its bounds.
#[derive(Clone, Debug)]
pub struct RpcConfig {
    /// Address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Connections at the same time.
    pub max_connections: u32,
    /// Bytes of one request.
    pub max_body_bytes: u32,
    /// Bytes of one answer.
    pub max_response_bytes: u32,
    /// Calls in one batch.
    pub max_batch: u32,
    /// Subscriptions of one connection.
    pub max_subscriptions: u32,
    /// Names that requests may be addressed to (`Host`), without port; `*` is all.
    pub allowed_hosts: Vec<String>,
    /// Origins that browsers may send, whole or by host; `*` is all.
    pub allowed_origins: Vec<String>,
}

impl RpcConfig {
    /// The default bounds. Only requests addressed to this machine by a
    /// loopback name or by `address` itself are answered.
    pub fn new(address: SocketAddr) -> Self {
        let names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(String::from).to_vec();
        let mut hosts = names.clone();
        if !address.ip().is_unspecified() && !address.ip().is_loopback() {
            hosts.push(if address.is_ipv6() {
                format!("[{}]", address.ip())
            } else {
                address.ip().to_string()
            });
        }
        Self {
            address,
            max_connections: 500,
            max_body_bytes: 5 * 1024 * 1024,
            max_response_bytes: 64 * 1024 * 1024,
            max_batch: 100,
            max_subscriptions: 32,
            allowed_hosts: hosts,
            allowed_origins: names,
        }
    }
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RpcServerError {
    /// The address cannot be bound.
    #[error("JSON-RPC cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// Two methods share a name: a bug.
    #[error("JSON-RPC methods: {0}")]
    Methods(#[from] RegisterMethodError),
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct RpcHandle {
    address: SocketAddr,
    server: ServerHandle,
}

impl RpcHandle {
    /// Where the server listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server and waits until its connections are closed, but not
    /// for ever: a client that never reads must not keep the node alive.
    pub async fn stop(self) {
        // An error says that it is stopped already.
        let _ = self.server.stop();
        let _ = tokio::time::timeout(STOP_MAX, self.server.stopped()).await;
    }
}

/// Starts the server. When this returns, it answers.
pub async fn serve(context: RpcContext, config: RpcConfig) -> Result<RpcHandle, RpcServerError> {
    let mut methods = Methods::new(context);
    eth::register(&mut methods);
    net::register(&mut methods);
    web3::register(&mut methods);
    txpool::register(&mut methods);
    debug::register(&mut methods);
    trace::register_debug(&mut methods);
    trace::register_parity(&mut methods);
    trace::register_storage(&mut methods);
    otterscan::register(&mut methods);
    admin::register(&mut methods);
    if methods.has_privacy() {
        sero::register(&mut methods);
    } else {
        testing::register(&mut methods);
    }
    if methods.has_development() {
        development::register(&mut methods);
    }
    discover::register(&mut methods);
    let module = methods.finish()?;
    let bounds = ServerConfig::builder()
        .max_connections(config.max_connections)
        .max_request_body_size(config.max_body_bytes)
        .max_response_body_size(config.max_response_bytes)
        .max_subscriptions_per_connection(config.max_subscriptions)
        .set_batch_request_config(BatchRequestConfig::Limit(config.max_batch))
        .set_message_buffer_capacity(MESSAGES_MAX)
        .enable_ws_ping(PingConfig::new())
        .set_id_provider(HexIds)
        .build();
    let guard = Guard::new(config.allowed_hosts, config.allowed_origins);
    let listen = |error| RpcServerError::Listen { address: config.address, error };
    let server = ServerBuilder::with_config(bounds)
        .set_http_middleware(tower::ServiceBuilder::new().layer(guard))
        .build(config.address)
        .await
        .map_err(listen)?;
    let address = server.local_addr().map_err(listen)?;
    Ok(RpcHandle { address, server: server.start(module) })
}

/// Subscription ids as Ethereum writes them.
#[derive(Debug)]
struct HexIds;

impl IdProvider for HexIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        SubscriptionId::Str(random_id().into())
    }
}

/// An id that cannot be guessed, in hex.
pub(crate) fn random_id() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the system has entropy");
    format!("0x{:x}", u128::from_be_bytes(bytes))
}
