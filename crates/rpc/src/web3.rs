//! `web3_`.

use crate::context::RpcContext;
use crate::methods::Methods;
use alloy_primitives::{Bytes, keccak256};

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.instant("web3_clientVersion", &[], |context, _| Ok(client_version(context)));
    methods.light("web3_sha3", &["data"], |_, arguments| Ok(keccak256(arguments.required::<Bytes>(0)?)));
}

/// Hardhat's network helpers work only where this begins with the name of a node that they know, which is true of a
/// development chain as far as they can tell.
pub(crate) fn client_version(context: &RpcContext) -> String {
    let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let like = if context.development.is_some() { "anvil-compatible/" } else { "" };
    format!("{like}SERO/v{version}/{os}-{arch}/rust")
}
