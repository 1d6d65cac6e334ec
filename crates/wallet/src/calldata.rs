//! Call data from a signature and arguments as text.

use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt};
use alloy_json_abi::Function;
use alloy_primitives::Bytes;

/// Why there is no call data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalldataError {
    /// Not a function signature.
    #[error("`{signature}` is not a function signature such as `buy(uint256)`: {reason}")]
    Signature {
        /// What was given.
        signature: String,
        /// Why.
        reason: String,
    },
    /// Too many or too few arguments.
    #[error("`{signature}` takes {expected} arguments, {found} given")]
    Count {
        /// The function.
        signature: String,
        /// Its parameters.
        expected: usize,
        /// Arguments given.
        found: usize,
    },
    /// An argument does not fit its type.
    #[error("argument {index} `{text}` is not a {kind}: {reason}")]
    Argument {
        /// From 1.
        index: usize,
        /// What was given.
        text: String,
        /// The type.
        kind: String,
        /// Why.
        reason: String,
    },
}

/// Selector and arguments: `encode("buy(uint256)", &["7"])`.
pub fn encode<T: AsRef<str>>(signature: &str, arguments: &[T]) -> Result<Bytes, CalldataError> {
    let bad = |reason: String| CalldataError::Signature { signature: signature.into(), reason };
    let function = Function::parse(signature).map_err(|error| bad(error.to_string()))?;
    if function.inputs.len() != arguments.len() {
        return Err(CalldataError::Count {
            signature: signature.into(),
            expected: function.inputs.len(),
            found: arguments.len(),
        });
    }
    let mut values: Vec<DynSolValue> = Vec::with_capacity(arguments.len());
    for (i, (parameter, text)) in function.inputs.iter().zip(arguments).enumerate() {
        let kind = parameter.selector_type().into_owned();
        let argument = |reason: String| CalldataError::Argument {
            index: i + 1,
            text: text.as_ref().into(),
            kind: kind.clone(),
            reason,
        };
        let parsed = DynSolType::parse(&kind).map_err(|error| bad(error.to_string()))?;
        values.push(parsed.coerce_str(text.as_ref()).map_err(|error| argument(error.to_string()))?);
    }
    Ok(function.abi_encode_input(&values).map_err(|error| bad(error.to_string()))?.into())
}
