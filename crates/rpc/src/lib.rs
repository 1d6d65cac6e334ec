//! JSON-RPC over HTTP and WebSocket: one file per namespace, one error table.
//!
//! Never: consensus, a key outside development mode, an answer that mixes two
//! blocks, work without a bound set before it starts.
#![forbid(unsafe_code)]

mod admin;
mod arguments;
mod context;
mod convert;
mod debug;
mod development;
mod discover;
mod error;
mod eth;
mod guard;
mod methods;
mod net;
mod otterscan;
mod recent;
mod schema;
mod sero;
mod server;
mod testing;
mod trace;
mod txpool;
mod web3;
mod workers;

pub use context::RpcContext;
pub use server::{RpcConfig, RpcHandle, RpcServerError, serve};
