//! The bundle: the unit that moves value in, out and within the shielded pool.
//!
//! Bytes (all integers big-endian):
//! ```text
//! version 1 | pool 1 | spends 1 | outputs 1 | packages 1 | balance entries 1 | anchor 32
//! | spends   x 288: nf 32 | rk 32 | cv 32 | proof 128 | auth_sig 64
//! | outputs  x 500: cm 32 | cv 32 | epk 32 | view_tag 2 | enc_note 194 | out_ct 80 | proof 128
//! | balance       : flags 1 (bit 0 inward, bit 1 coin) | asset 32 unless coin | amount 16
//! | binding_sig 64
//! ```

mod codec;
mod verify;

use crate::asset::AssetId;
use crate::curve::Point;
use crate::encryption::EncryptedNote;
use crate::field::{Field, field_to_bytes};
use crate::signature::Signature;
use crate::verifier::ProofBytes;
use alloy_primitives::{B256, Keccak256, keccak256};

pub(crate) use codec::RawLog;
pub use codec::{BUNDLE_LEN_MAX, CodecError, OUTPUT_LEN, SPEND_LEN};
pub use verify::BundleError;

/// Bundle format version.
pub const VERSION: u8 = 1;
/// The first (and so far only) pool.
pub const POOL: u8 = 0;
/// Most spends, and most outputs, in a bundle. 16 amounts below 2^128 cannot
/// wrap modulo `l` (2^250.6).
pub const PARTS_MAX: usize = 16;
/// Most balance entries.
pub const BALANCE_MAX: usize = 16;

/// One spent note (or a dummy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// `nf`: marks the note as spent without naming it.
    pub nullifier: Field,
    /// Re-randomised authorisation key `ak + alpha * G_auth`.
    pub rk: Point,
    /// Value commitment.
    pub cv: Point,
    /// Spend proof.
    pub proof: ProofBytes,
    /// Signature of the sighash under `rk`.
    pub auth_sig: Signature,
}

/// One new note (or a dummy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Note commitment.
    pub cm: Field,
    /// Value commitment.
    pub cv: Point,
    /// The note for its receiver and its sender.
    pub note: EncryptedNote,
    /// Output proof.
    pub proof: ProofBytes,
}

/// Which way a public amount goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the pool to the public account.
    Outward,
    /// From the public account into the pool.
    Inward,
}

/// A public flow between the pool and the sender's public account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceEntry {
    /// What flows.
    pub asset: AssetId,
    /// Which way.
    pub direction: Direction,
    /// How much, never zero.
    pub amount: u128,
}

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// A root that the tree had at the end of some block; zero without spends.
    pub anchor: Field,
    /// At most [`PARTS_MAX`].
    pub spends: Vec<Spend>,
    /// At most [`PARTS_MAX`].
    pub outputs: Vec<Output>,
    /// Each asset once, the coin first, then in order of id.
    pub balance: Vec<BalanceEntry>,
    /// Signature under the sum of value commitments.
    pub binding_sig: Signature,
}

/// What a bundle is bound to, next to its own content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SighashContext {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
    /// keccak256 of everything else in the enclosing transaction, its explicit
    /// `from` included (see `docs/spec/07-transactions.md`).
    pub transaction_digest: B256,
}

impl Bundle {
    /// keccak256 of the bundle without proofs and signatures.
    pub fn effects_hash(&self) -> B256 {
        keccak256(self.encode_effects())
    }

    /// What `auth_sig`s sign: keccak256 of `"SERO.sighash.transaction"`, chain id
    /// (8 bytes), genesis hash, pool, bundle version, effects hash and
    /// transaction digest.
    pub fn sighash(&self, context: &SighashContext) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(b"SERO.sighash.transaction");
        hasher.update(context.chain_id.to_be_bytes());
        hasher.update(context.genesis_hash);
        hasher.update([POOL, VERSION]);
        hasher.update(self.effects_hash());
        hasher.update(context.transaction_digest);
        hasher.finalize()
    }

    /// What `binding_sig` signs: the sighash, all proofs and all `auth_sig`s.
    /// Groth16 proofs can be re-randomised by anybody; this signature is what
    /// keeps third parties from changing a transaction's hash in flight.
    pub fn binding_message(&self, sighash: &B256) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(b"SERO.binding");
        hasher.update(sighash);
        for spend in &self.spends {
            hasher.update(spend.proof);
            hasher.update(spend.auth_sig.0);
        }
        self.outputs.iter().for_each(|output| hasher.update(output.proof));
        hasher.finalize()
    }

    /// The amount that flows outward for `asset`.
    pub fn outflow(&self, asset: AssetId) -> u128 {
        let entry = self.balance.iter().find(|e| e.asset == asset && e.direction == Direction::Outward);
        entry.map_or(0, |entry| entry.amount)
    }

    /// Nullifiers as 32 bytes.
    pub fn nullifiers(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        self.spends.iter().map(|spend| field_to_bytes(&spend.nullifier))
    }
}
