//! How hard a block before the merge is to mine.

use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::U256;
use sero_primitives::ethereum::Fork;

const LEAST: u64 = 131_072;
/// A step is this part of the parent's difficulty.
const STEP_QUOTIENT: u64 = 2_048;
/// Steps downward at once.
const STEPS_DOWN_MAX: u64 = 99;
/// Blocks in which the bomb doubles.
const BOMB_PERIOD: u64 = 100_000;

/// The difficulty that a block at `timestamp` on `parent` must have (yellow paper; EIP-2, EIP-100, and EIPs 649, 1234, 2384, 3554,
/// 4345 and 5133, which put the bomb off).
pub fn difficulty(parent: &Header, timestamp: u64, fork: Fork) -> U256 {
    let step = parent.difficulty / U256::from(STEP_QUOTIENT);
    let elapsed = timestamp.saturating_sub(parent.timestamp);
    let (up, slow) = if fork >= Fork::Byzantium {
        (1 + u64::from(parent.ommers_hash != EMPTY_OMMER_ROOT_HASH), elapsed / 9)
    } else if fork >= Fork::Homestead {
        (1, elapsed / 10)
    } else {
        (1, if elapsed < 13 { 0 } else { 2 })
    };
    let moved = if up >= slow {
        parent.difficulty.saturating_add(step * U256::from(up - slow))
    } else {
        parent.difficulty.saturating_sub(step * U256::from((slow - up).min(STEPS_DOWN_MAX)))
    };
    let number = (parent.number + 1).saturating_sub(bomb_delay(fork));
    let bomb = match (number / BOMB_PERIOD).checked_sub(2) {
        Some(doublings) => U256::ONE.checked_shl(doublings as usize).unwrap_or(U256::MAX), // CAST: far below 2^64
        None => U256::ZERO,
    };
    moved.saturating_add(bomb).max(U256::from(LEAST))
}

/// Blocks by which the bomb was put off.
fn bomb_delay(fork: Fork) -> u64 {
    const DELAYS: [(Fork, u64); 6] = [
        (Fork::GrayGlacier, 11_400_000),
        (Fork::ArrowGlacier, 10_700_000),
        (Fork::London, 9_700_000),
        (Fork::MuirGlacier, 9_000_000),
        (Fork::Constantinople, 5_000_000),
        (Fork::Byzantium, 3_000_000),
    ];
    DELAYS.iter().find(|(since, _)| fork >= *since).map_or(0, |(_, delay)| *delay)
}
