//! Gas of precompile calls: a fixed price for each selector, charged before any
//! work, never below what Ethereum takes for the same slots (22,100 for a new
//! one, 5,000 for a change, 2,100 for a read) and at least 100 per measured
//! microsecond of computation (`docs/benchmarks.md`).

use sero_primitives::gas::{FLOW, PUBLIC_NOTE};

/// Wrong selector, malformed arguments.
pub const REFUSE: u64 = 200;
/// One slot read.
pub const READ: u64 = 2_600;
/// Registry entry with its name: four reads.
pub const READ_INFO: u64 = 9_000;
/// Hashing an id to the field.
pub const DERIVE_ID: u64 = 500;
/// Three new slots, an event, a generator.
pub const REGISTER: u64 = 95_000;
/// Balance, issued, public: three slots, all new at the first mint.
pub const MINT: u64 = 72_000;
/// Three registry slots, three counters, a generator, two events.
pub const ISSUE_TICKET: u64 = 150_000;
/// Three slots changed.
pub const BURN: u64 = 20_000;
/// Two balances, one perhaps new, an event.
pub const TRANSFER: u64 = 32_000;
/// A transfer and an allowance.
pub const TRANSFER_FROM: u64 = 42_000;
/// One slot and an event.
pub const APPROVE: u64 = 25_000;
/// For each attached asset, and once more.
pub const RECEIVE_ATTACHED: u64 = 28_000;
/// A note and a flow.
pub const SHIELD: u64 = PUBLIC_NOTE + FLOW;
/// A refund address, a note and a flow.
pub const PAY: u64 = PUBLIC_NOTE + FLOW + 4 * READ;
