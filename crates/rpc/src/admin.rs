//! `admin_`: what operators may read. There is nothing here that changes a node.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::web3::client_version;
use serde_json::{Value, json};
use sero_chain::ChainExecutor;

/// Registers the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("admin_nodeInfo", &[], node_info);
    // This node knows no others.
    methods.light("admin_peers", &[], |_, _| Ok(Vec::<Value>::new()));
}

/// In the form of geth's, without what only a node with peers has.
fn node_info(context: &RpcContext, _: &Arguments) -> Result<Value, RpcError> {
    let parameters = context.chain.parameters();
    let head = context.chain.head();
    Ok(json!({
        "name": client_version(context),
        "ports": { "discovery": 0, "listener": 0 },
        "protocols": {
            "eth": {
                "network": parameters.chain_id,
                "genesis": parameters.genesis_hash,
                "head": head.hash,
            },
        },
    }))
}
