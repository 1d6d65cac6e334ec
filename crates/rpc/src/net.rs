//! `net_`.

use crate::methods::Methods;
use alloy_primitives::U64;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.instant("net_version", &[], |context, _| Ok(context.chain.parameters().chain_id.to_string()));
    methods.instant("net_listening", &[], |_, _| Ok(true));
    methods.instant("net_peerCount", &[], |_, _| Ok(U64::ZERO));
}
