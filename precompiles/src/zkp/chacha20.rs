//! ChaCha20's key stream (RFC 8439, section 2.4).

use super::{Answer, DATA_LEN_MAX, count, refusal};
use alloy_primitives::U256;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use sero_primitives::precompile::abi::IZkp as abi;

/// Bytes that one counter value stands for.
pub const BLOCK_LEN: usize = 64;

/// Bounds the work of [`apply`] before any of it is paid for.
pub fn check_length(data: &[u8]) -> Answer<()> {
    count("data", data.len(), 0, DATA_LEN_MAX)
}

/// `data` XOR the key stream from block `counter` on.
pub fn apply(key: [u8; 32], nonce: [u8; 12], counter: u32, mut data: Vec<u8>) -> Answer<Vec<u8>> {
    let blocks = data.len().div_ceil(BLOCK_LEN);
    let overflow = || refusal(abi::CounterOverflow { counter, blocks: U256::from(blocks) });
    if u64::from(counter) + blocks as u64 > u64::from(u32::MAX) {
        return Err(overflow());
    }
    let mut cipher = ChaCha20::new(&key.into(), &nonce.into());
    cipher.try_seek(u64::from(counter) * BLOCK_LEN as u64).map_err(|_| overflow())?;
    cipher.try_apply_keystream(&mut data).map_err(|_| overflow())?;
    Ok(data)
}
