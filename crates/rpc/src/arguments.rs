//! Positional parameters of one request, by name.

use crate::error::RpcError;
use alloy_primitives::{B256, U64, U256};
use jsonrpsee::types::Params;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The parameters that came, next to the names of those that may come.
#[derive(Debug)]
pub(crate) struct Arguments {
    names: &'static [&'static str],
    values: Vec<Value>,
}

impl Arguments {
    /// Reads an array of at most `names.len()` values. None at all counts as empty.
    pub(crate) fn new(params: &Params<'_>, names: &'static [&'static str]) -> Result<Self, RpcError> {
        let text = params.as_str().unwrap_or("null");
        let values: Option<Vec<Value>> = serde_json::from_str(text)
            .map_err(|error| RpcError::Parameters(format!("params: expected an array ({error})")))?;
        let values = values.unwrap_or_default();
        if values.len() > names.len() {
            return Err(RpcError::Parameters(format!("too many arguments, want at most {}", names.len())));
        }
        Ok(Self { names, values })
    }

    /// A parameter that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&self, index: usize) -> Result<T, RpcError> {
        let missing = || {
            let name = self.name(index);
            RpcError::Parameters(format!("missing value for required argument {index} ({name})"))
        };
        self.optional(index)?.ok_or_else(missing)
    }

    /// A parameter that may be missing or null.
    pub(crate) fn optional<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>, RpcError> {
        match self.values.get(index) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                T::deserialize(value).map(Some).map_err(|error| self.invalid(index, &error.to_string()))
            }
        }
    }

    /// How many items an array has, wherever it is: `/field` inside the parameter, or nothing for the parameter itself.
    pub(crate) fn length(&self, index: usize, pointer: &str) -> usize {
        let array = self.values.get(index).and_then(|value| value.pointer(pointer)).and_then(Value::as_array);
        array.map_or(0, Vec::len)
    }

    /// A number below 2^64, as quantity or JSON number.
    pub(crate) fn required_u64(&self, index: usize) -> Result<u64, RpcError> {
        self.required::<U64>(index).map(|number| number.to())
    }

    /// As [`Self::required_u64`], or absent.
    pub(crate) fn optional_u64(&self, index: usize) -> Result<Option<u64>, RpcError> {
        Ok(self.optional::<U64>(index)?.map(|number| number.to()))
    }

    /// A hash, with its `0x`.
    pub(crate) fn required_hash(&self, index: usize) -> Result<B256, RpcError> {
        let text: String = self.required(index)?;
        if !text.starts_with("0x") {
            return Err(self.invalid(index, "a hash is 0x and 64 hex digits"));
        }
        self.required(index)
    }

    /// A storage slot: 1 to 64 hex digits, as geth takes them.
    pub(crate) fn required_slot(&self, index: usize) -> Result<U256, RpcError> {
        let text: String = self.required(index)?;
        parse_slot(&text).map_err(|reason| self.invalid(index, reason))
    }

    /// An error about one parameter.
    pub(crate) fn invalid(&self, index: usize, reason: &str) -> RpcError {
        RpcError::Parameters(format!("invalid argument {index} ({}): {reason}", self.name(index)))
    }

    fn name(&self, index: usize) -> &'static str {
        self.names.get(index).copied().unwrap_or_default()
    }
}

/// Reads `0x` and 1 to 64 hex digits.
pub(crate) fn parse_slot(text: &str) -> Result<U256, &'static str> {
    const EXPECTED: &str = "a slot is 0x and 1 to 64 hex digits";
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(EXPECTED);
    }
    U256::from_str_radix(digits, 16).map_err(|_| EXPECTED)
}
