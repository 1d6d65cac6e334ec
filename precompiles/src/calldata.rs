//! Calldata in, return data out: the same for every precompile. Both
//! interfaces declare the errors used here, with the same selectors.

use crate::host::Fault;
use alloy_primitives::FixedBytes;
use alloy_sol_types::abi::AbiDecoderConfig;
use alloy_sol_types::{SolCall, SolInterface};
use sero_primitives::precompile::abi::IAssets as abi;

/// The selector of `input`, if `C` knows it. Reads four bytes.
pub(crate) fn selector<C: SolInterface, E>(input: &[u8]) -> Result<[u8; 4], Fault<E>> {
    let selector = input.first_chunk::<4>().copied().unwrap_or_default();
    if C::valid_selector(selector) {
        return Ok(selector);
    }
    Err(Fault::revert(abi::UnknownSelector { selector: FixedBytes(selector) }))
}

/// The whole call, strictly decoded.
pub(crate) fn decode<C: SolInterface, E>(input: &[u8]) -> Result<C, Fault<E>> {
    C::abi_decode_validate(input)
        .map_err(|error| Fault::revert(abi::InvalidCalldata { reason: error.to_string() }))
}

/// As [`decode`], and only the one encoding that Solidity writes: no gaps,
/// overlaps or bytes after the end.
pub(crate) fn decode_strict<C: SolInterface, E>(input: &[u8]) -> Result<C, Fault<E>> {
    C::abi_decode_with_config(input, AbiDecoderConfig::new().strict(true))
        .map_err(|error| Fault::revert(abi::InvalidCalldata { reason: error.to_string() }))
}

/// Calldata beyond what any call needs.
pub(crate) fn too_long<E>(max: usize) -> Fault<E> {
    Fault::revert(abi::InvalidCalldata { reason: format!("calldata has more than {max} bytes") })
}

/// Return data of a call.
pub(crate) fn ok<C: SolCall, E>(value: &C::Return) -> Result<Vec<u8>, Fault<E>> {
    Ok(C::abi_encode_returns(value))
}
