//! `rpc_discover`: an OpenRPC document of our own methods, made from what registers them.

use crate::methods::Methods;
use crate::schema::Schema;
use serde_json::{Value, json};

/// What is said about a parameter.
pub(crate) struct Parameter {
    about: &'static str,
    required: bool,
    schema: fn() -> Value,
}

impl Parameter {
    /// One that must be there.
    pub(crate) fn required<T: Schema>(about: &'static str) -> Self {
        Self { about, required: true, schema: T::schema }
    }

    /// One that may be missing or null.
    pub(crate) fn optional<T: Schema>(about: &'static str) -> Self {
        Self { about, required: false, schema: Option::<T>::schema }
    }
}

/// What is said about a method.
pub(crate) fn method<R: Schema>(
    name: &str,
    summary: &str,
    names: &[&str],
    parameters: &[Parameter],
) -> Value {
    let parameter = |(name, parameter): (&&str, &Parameter)| {
        json!({
            "name": name,
            "description": parameter.about,
            "required": parameter.required,
            "schema": (parameter.schema)(),
        })
    };
    json!({
        "name": name,
        "summary": summary,
        "paramStructure": "by-position",
        "params": names.iter().zip(parameters).map(parameter).collect::<Vec<_>>(),
        "result": { "name": "result", "schema": R::schema() },
        "errors": [
            { "code": -32602, "message": "a parameter is missing, of the wrong type or out of range" },
            { "code": -32000, "message": "a rule of the chain or of the pool, in its own words" },
            { "code": -32005, "message": "the answer would be too large, or the node is busy" },
            { "code": -32603, "message": "internal error" },
        ],
    })
}

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    let document = json!({
        "openrpc": "1.2.6",
        "info": { "title": "SERO JSON-RPC", "version": env!("CARGO_PKG_VERSION") },
        "methods": methods.documents(),
    });
    methods.light("rpc_discover", &[], move |_, _| Ok(document.clone()));
}
