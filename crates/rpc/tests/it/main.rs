//! JSON-RPC over the wire, against a chain in a temporary directory.

mod bounds;
mod busy;
mod eth;
mod hostile;
mod net;
mod node_info;
mod otterscan;
mod sero;
mod simulate;
mod sockets;
mod support;
mod trace;
