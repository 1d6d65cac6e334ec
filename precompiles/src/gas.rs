//! Gas of precompile calls: a fixed price for each selector, charged before any
//! work, never below what Ethereum takes for the same slots (22,100 for a new
//! one, 5,000 for a change, 2,100 for a read) and at least 100 per measured
//! microsecond of computation (`docs/benchmarks.md`).

use sero_primitives::gas::{FLOW, OUTPUT, PACKAGE_CREATE, PUBLIC_NOTE, SPEND};
use sero_shielded::bundle::{Counts, POOLS_MAX};

pub use sero_primitives::gas::ciphertexts;

/// Wrong selector, malformed arguments.
pub const REFUSE: u64 = 200;
/// One slot read.
pub const READ: u64 = 2_600;
/// Registry entry with its name: four reads.
pub const READ_INFO: u64 = 9_000;
/// Supply figures: registry, issued, public, and what each pool that can be hides.
pub const READ_SUPPLY: u64 = (3 + POOLS_MAX as u64) * READ;
/// Hashing an id to the field.
pub const DERIVE_ID: u64 = 500;
/// Three new slots, an event, a generator: 95,000. The facade: an account with a slot, 60,000; its
/// code is the same for all and stored once, by its hash.
pub const REGISTER: u64 = 155_000;
/// Balance, issued, public: three slots, all new at the first mint; two events.
pub const MINT: u64 = 76_000;
/// Three registry slots, two counters, owner and count, all new; a generator, three events.
pub const ISSUE_TICKET: u64 = 180_000;
/// Three slots changed, two events.
pub const BURN: u64 = 23_000;
/// Registry, two balances, one perhaps new, two events.
pub const TRANSFER: u64 = 34_000;
/// What a transfer or burn of a ticket takes more: its category and number, an owner instead of
/// balances, two counts.
pub const TICKET: u64 = 12_000;
/// Somebody else's right to move: flags, or an allowance changed.
pub const ALLOWANCE: u64 = 10_000;
/// Registry, one slot, two events.
pub const APPROVE: u64 = 29_000;
/// One slot and an event.
pub const SET_OPERATOR: u64 = 25_000;
/// Owner, two flags, one slot, an event.
pub const APPROVE_TICKET: u64 = 32_000;
/// For each attached asset, and once more.
pub const RECEIVE_ATTACHED: u64 = 40_000;
/// A note and a flow.
pub const SHIELD: u64 = PUBLIC_NOTE + FLOW;
/// A refund address, a note and a flow.
pub const PAY: u64 = PUBLIC_NOTE + FLOW + 4 * READ;
/// A word changed and an event.
pub const PACKAGE_TRANSFER: u64 = 12_000;
/// Package word, tag and commitment, decryption, a generator, a commitment, a flow.
pub const PACKAGE_REVEAL: u64 = FLOW + 40_000;
/// 32 bytes of the ciphertext: read, hashed, decrypted, returned, in an event.
pub const PACKAGE_REVEAL_WORD: u64 = 2_800;
/// A bundle that a contract carries, before its parts: one final exponentiation
/// of its own, and the fixed part of its signatures.
pub const TRANSACT: u64 = 120_000;

/// Gas of `transact`, known from a bundle's first bytes; [`ciphertexts`] comes
/// on top once it is read. A package action is priced as a creation.
pub fn transact(counts: &Counts) -> u64 {
    let parts = [
        (counts.spends, SPEND),
        (counts.outputs, OUTPUT),
        (counts.packages, PACKAGE_CREATE),
        (counts.balance, FLOW),
    ];
    TRANSACT + parts.into_iter().map(|(count, price)| count as u64 * price).sum::<u64>()
}
