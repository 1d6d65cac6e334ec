//! All targets. A new decoder gets a constructor in a module here and a line in
//! [`TARGETS`]; everything else (corpus, tests, engine, `cargo xtask fuzz`) follows.

mod block;
mod bundle;
mod ceremony;
mod disclosure;
mod genesis;
mod groth16;
mod keys;
mod package;
mod proving;
mod transaction;
mod tree;
mod wallet;

use crate::Target;

/// Every decoder, in the order in which `cargo xtask fuzz all` runs them.
pub static TARGETS: &[Target] = &[
    bundle::BUNDLE,
    bundle::NOTE_LOG,
    keys::PAYMENT_ADDRESS,
    keys::ONE_TIME_ADDRESS,
    keys::SPENDING_KEY,
    keys::VIEWING_KEY,
    keys::INCOMING_KEY,
    keys::TEXT,
    transaction::SHIELDED,
    transaction::ETHEREUM,
    block::BLOCK,
    disclosure::BINARY,
    disclosure::FILE,
    package::CONTENT,
    proving::REQUEST,
    proving::ANSWER,
    groth16::PROOF,
    groth16::VERIFYING_KEY,
    ceremony::FILE,
    wallet::FILE,
    wallet::CONTENT,
    genesis::GENESIS,
    tree::WITNESS,
    tree::MARKED_TREE,
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// For inputs without checksums.
fn no_repair(_: &mut Vec<u8>) {}

/// For decoders whose nasty inputs are the usual ones.
fn nothing_nasty() -> Vec<(&'static str, Vec<u8>)> {
    vec![]
}

/// Encodings of points that must be refused, and of numbers that are too large.
mod bad {
    /// The modulus of BN254's scalar field.
    pub const MODULUS: [u8; 32] =
        alloy_primitives::hex!("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");

    /// Words that are no field element or no point, by name.
    pub fn words() -> Vec<(&'static str, [u8; 32])> {
        let small = |last: u8| core::array::from_fn(|i| if i == 31 { last } else { 0 });
        let mut one_signed = small(1);
        one_signed[0] = 0x80;
        let mut minus_one = MODULUS;
        minus_one[31] = 0;
        let mut above = MODULUS;
        above[31] = 2;
        vec![
            ("zero", small(0)),
            ("identity", small(1)),
            ("identity-signed", one_signed),
            ("order-two", minus_one),
            ("modulus", MODULUS),
            ("modulus-plus-one", above),
            ("all-ones", [0xff; 32]),
        ]
    }

    /// `bytes` with each bad word at `at`.
    pub fn at(bytes: &[u8], at: usize) -> Vec<(&'static str, Vec<u8>)> {
        let put = |(name, word): (&'static str, [u8; 32])| {
            let mut changed = bytes.to_vec();
            changed[at..at + 32].copy_from_slice(&word);
            (name, changed)
        };
        words().into_iter().map(put).collect()
    }
}
