//! `web3_`.

use crate::methods::Methods;
use alloy_primitives::{Bytes, keccak256};

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("web3_clientVersion", &[], |_, _| Ok(client_version()));
    methods.light("web3_sha3", &["data"], |_, arguments| Ok(keccak256(arguments.required::<Bytes>(0)?)));
}

pub(crate) fn client_version() -> String {
    let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    format!("SERO/v{version}/{os}-{arch}/rust")
}
