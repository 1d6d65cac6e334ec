//! Hashes outside the circuits: BLAKE2b for wallet-side derivations, keccak256
//! for what the EVM must be able to recompute.
//!
//! Every part is preceded by its length as four big-endian bytes, so that no
//! two different lists of parts hash the same bytes.

use crate::field::{Field, Scalar};
use alloy_primitives::Keccak256;
use ark_ff::PrimeField;

/// BLAKE2b-512 with `personal` (at most 16 bytes, zero padded) over length-prefixed parts.
pub fn blake2b(personal: &str, parts: &[&[u8]]) -> [u8; 64] {
    let mut state = blake2b_simd::Params::new().hash_length(64).personal(personal.as_bytes()).to_state();
    for part in parts {
        state.update(&length_prefix(part));
        state.update(part);
    }
    *state.finalize().as_array()
}

/// The first 32 bytes of [`blake2b`].
pub fn blake2b_32(personal: &str, parts: &[&[u8]]) -> [u8; 32] {
    blake2b(personal, parts)[..32].try_into().expect("64 bytes were hashed")
}

/// [`blake2b_32`] with a last part that comes in pieces.
pub struct Pieces {
    state: blake2b_simd::State,
    left: usize,
}

impl Pieces {
    /// Of a single part of `length` bytes.
    pub fn new(personal: &str, length: usize) -> Self {
        Self::after(personal, &[], length)
    }

    /// Of whole parts and one of `length` bytes after them.
    pub fn after(personal: &str, parts: &[&[u8]], length: usize) -> Self {
        let mut state = blake2b_simd::Params::new().hash_length(64).personal(personal.as_bytes()).to_state();
        for part in parts {
            state.update(&length_prefix(part));
            state.update(part);
        }
        state.update(&u32::try_from(length).expect("a part is below 4 GiB").to_be_bytes());
        Pieces { state, left: length }
    }

    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.left = self.left.checked_sub(piece.len()).expect("no more than the part's length");
        self.state.update(piece);
    }

    /// The hash, when all pieces have come.
    pub fn finish(self) -> [u8; 32] {
        assert_eq!(self.left, 0, "bytes are missing");
        self.state.finalize().as_bytes()[..32].try_into().expect("64 bytes were hashed")
    }
}

/// `H2S`: 512 bits, read big-endian, modulo `l`. Bias is below 2^-260.
pub fn hash_to_scalar(personal: &str, parts: &[&[u8]]) -> Scalar {
    reduce_512(&blake2b(personal, parts))
}

/// `H2F`: 512 bits, read big-endian, modulo `r`. Bias is below 2^-257.
pub fn hash_to_field(personal: &str, parts: &[&[u8]]) -> Field {
    reduce_512(&blake2b(personal, parts))
}

/// keccak256 of `0x00 | m` and of `0x01 | m`, 512 bits modulo `r`, where `m` is
/// the domain and the parts, each length-prefixed.
pub fn keccak_to_field(domain: &str, parts: &[&[u8]]) -> Field {
    let mut wide = [0u8; 64];
    for (counter, half) in wide.chunks_exact_mut(32).enumerate() {
        let mut hasher = Keccak256::new();
        hasher.update([counter as u8]);
        for part in core::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            hasher.update(length_prefix(part));
            hasher.update(part);
        }
        half.copy_from_slice(hasher.finalize().as_slice());
    }
    reduce_512(&wide)
}

fn length_prefix(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).expect("hashed parts are far below 4 GiB").to_be_bytes()
}

/// Reduces hash output. The only place where reduction is right: the input is
/// uniform and carries no identity.
#[allow(clippy::disallowed_methods)]
fn reduce_512<P: PrimeField>(wide: &[u8; 64]) -> P {
    P::from_be_bytes_mod_order(wide)
}
