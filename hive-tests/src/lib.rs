//! Black-box tests over JSON-RPC and through real clients.
