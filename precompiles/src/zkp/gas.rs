//! Gas of ZKP calls: for the worst input, calldata decoding and return data
//! included, at least as much per microsecond as ECRECOVER takes on the same
//! machine (`docs/benchmarks.md`).

use super::chacha20::BLOCK_LEN;

/// `verifySpend`.
pub const SPEND_PROOF: u64 = 180_000;
/// `verifyOutput`.
pub const OUTPUT_PROOF: u64 = 160_000;
/// `verifyDisclosure`: eleven tree nodes, a generator, a map, three multiplications, a signature.
pub const DISCLOSURE: u64 = 90_000;
/// `verifyGroth16` without inputs: four subgroup checks, four pairings, the doublings that all inputs share.
pub const GROTH16: u64 = 170_000;
/// Each input of `verifyGroth16`: a multiplication in G1.
pub const GROTH16_INPUT: u64 = 2_500;
/// `poseidon` without inputs.
pub const POSEIDON: u64 = 500;
/// Each input of `poseidon`.
pub const POSEIDON_INPUT: u64 = 250;
/// `addPoints`.
pub const ADD_POINTS: u64 = 500;
/// `multiplyPoint`.
pub const MULTIPLY_POINT: u64 = 11_000;
/// `compressPoint`, `hasPrimeOrder`.
pub const CHECK_POINT: u64 = 1_000;
/// `decompressPoint`.
pub const DECOMPRESS_POINT: u64 = 2_000;
/// `hashToCurve`.
pub const HASH_TO_CURVE: u64 = 5_000;
/// `assetGenerator`.
pub const ASSET_GENERATOR: u64 = 5_000;
/// `commit`.
pub const COMMIT: u64 = 20_000;
/// `checkBalance` without commitments and flows: a signature.
pub const BALANCE: u64 = 15_000;
/// Each commitment of `checkBalance`.
pub const BALANCE_COMMITMENT: u64 = 2_000;
/// Each flow of `checkBalance`: a generator and a multiplication by an amount.
pub const BALANCE_FLOW: u64 = 11_000;
/// `chacha20` without data.
pub const CHACHA20: u64 = 300;
/// Each block of 64 bytes, begun blocks included, of `chacha20`.
pub const CHACHA20_BLOCK: u64 = 30;

/// Price of the blocks of `length` bytes.
pub(super) fn chacha20_blocks(length: usize) -> u64 {
    CHACHA20_BLOCK * length.div_ceil(BLOCK_LEN) as u64
}
