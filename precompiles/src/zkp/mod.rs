//! ZKP: the shielded pool's cryptography for contracts. No state, no caller:
//! an answer depends on the calldata and, for the chain's own two circuits, on
//! its verifying keys and, for disclosures, on which chain it is.
//!
//! What does not verify is `false`. What is no encoding of anything is a named
//! revert, so that a contract cannot be shown one thing under two encodings.

mod balance;
mod chacha20;
mod curve;
mod disclosure;
pub(crate) mod dispatch;
pub mod gas;
mod groth16;
mod poseidon;
mod proof;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolError;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::field::{Field, Scalar, field_from_bytes, scalar_from_bytes};

/// Public inputs of a general Groth16 proof.
pub const GROTH16_INPUTS_MAX: usize = 64;
/// Inputs of a Poseidon hash.
pub const POSEIDON_INPUTS_MAX: usize = 8;
/// Commitments on each side of a balance: a bundle's notes and packages.
pub const COMMITMENTS_MAX: usize = sero_shielded::bundle::PARTS_MAX + sero_shielded::bundle::PACKAGES_MAX;
/// Flows of a balance: a bundle's.
pub const FLOWS_MAX: usize = sero_shielded::bundle::BALANCE_MAX;
/// Bytes of an H2C domain.
pub const DOMAIN_LEN_MAX: usize = 64;
/// Bytes of an H2C message.
pub const MESSAGE_LEN_MAX: usize = 1_024;
/// Bytes of ChaCha20 data.
pub const DATA_LEN_MAX: usize = 16_384;

/// Longest calldata of any function: `chacha20` with its longest data.
pub const INPUT_LEN_MAX: usize = 4 + 5 * 32 + DATA_LEN_MAX;

/// What a function has to say: return data, or an ABI-encoded named error.
type Answer<T> = Result<T, Bytes>;

/// A named error.
fn refusal(error: impl SolError) -> Bytes {
    error.abi_encode().into()
}

/// `values[index]` of `name` as an element of `F`.
fn field(name: &str, index: usize, value: U256) -> Answer<Field> {
    field_from_bytes(&value.to_be_bytes()).map_err(|_| not_below_modulus(name, index, value))
}

/// The same for a scalar of `J`.
fn scalar(name: &str, value: U256) -> Answer<Scalar> {
    scalar_from_bytes(&value.to_be_bytes()).map_err(|_| not_below_modulus(name, 0, value))
}

fn not_below_modulus(name: &str, index: usize, value: U256) -> Bytes {
    refusal(abi::NotBelowModulus { field: name.into(), index: U256::from(index), value })
}

/// Bounds a number of entries or bytes.
fn count(name: &str, count: usize, min: usize, max: usize) -> Answer<()> {
    if (min..=max).contains(&count) {
        return Ok(());
    }
    let [count, min, max] = [count, min, max].map(U256::from);
    Err(refusal(abi::WrongCount { field: name.into(), count, min, max }))
}

fn invalid_point(name: &str, index: usize, reason: impl ToString) -> Bytes {
    refusal(abi::InvalidPoint { field: name.into(), index: U256::from(index), reason: reason.to_string() })
}
