//! The bundle: the unit that moves value in, out and within the shielded pool.
//!
//! Bytes (all integers big-endian):
//! ```text
//! version 1 | pool 1 | spends 1 | outputs 1 | packages 1 | balance entries 1 | anchor 32
//! | spends   x 288: nf 32 | rk 32 | cv 32 | proof 128 | auth_sig 64
//! | outputs  x 500: cm 32 | cv 32 | epk 32 | view_tag 2 | enc_note 194 | out_ct 80 | proof 128
//! | packages      : kind 1, then
//! |   0 create    : pkg_cm 32 | cv 32 | owner 20 | tag 32 | length 2 | ciphertext | proof 128
//! |   1 open      : id 32 | pkg_cm 32 | cv 32 | proof 128
//! | balance       : flags 1 (bit 0 inward, bit 1 coin) | asset 32 unless coin | amount 16
//! | binding_sig 64
//! ```

mod codec;
mod verify;

use crate::asset::AssetId;
use crate::curve::Point;
use crate::encryption::EncryptedNote;
use crate::field::{Field, field_to_bytes};
use crate::package::{PackageId, SealedPackage};
use crate::signature::Signature;
use crate::verifier::ProofBytes;
use alloy_primitives::{B256, Keccak256, keccak256};

pub(crate) use codec::RawLog;
pub use codec::{BUNDLE_LEN_MAX, CodecError, Counts, OUTPUT_LEN, SPEND_LEN};
pub use verify::BundleError;

/// Bundle format version.
pub const VERSION: u8 = 1;
/// Most pools that a chain ever has.
pub const POOLS_MAX: u8 = 8;
/// Most spends, and most outputs, in a bundle. 16 amounts below 2^128 cannot
/// wrap modulo `l` (2^250.6).
pub const PARTS_MAX: usize = 16;
/// Most package actions.
pub const PACKAGES_MAX: usize = 8;
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

/// A package (`docs/spec/08-packages.md`) is made, or opened in private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageAction {
    /// Value leaves the notes into a new package.
    Create(PackageCreate),
    /// The content of a package flows back into notes.
    Open(PackageOpen),
}

/// A new package. Its id follows from its place, see [`Bundle::package_ids`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageCreate {
    /// Value commitment.
    pub cv: Point,
    /// Who may transfer and open it: an account or a contract.
    pub owner: [u8; 20],
    /// The closed box.
    pub sealed: SealedPackage,
    /// Output proof for `pkg_cm` and `cv`.
    pub proof: ProofBytes,
}

/// A package opened in private by its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageOpen {
    /// Which.
    pub id: PackageId,
    /// Its commitment, as the chain has it.
    pub commitment: Field,
    /// A fresh value commitment to its content; never the create's.
    pub cv: Point,
    /// Output proof for `pkg_cm` and `cv`.
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
    /// The pool whose notes it moves.
    pub pool: u8,
    /// A root that the tree had at the end of some block; zero without spends.
    pub anchor: Field,
    /// At most [`PARTS_MAX`].
    pub spends: Vec<Spend>,
    /// At most [`PARTS_MAX`].
    pub outputs: Vec<Output>,
    /// At most [`PACKAGES_MAX`].
    pub packages: Vec<PackageAction>,
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
    /// Who carries it.
    pub carrier: Carrier,
}

/// Who carries a bundle to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A transaction of type `0x53`.
    Transaction {
        /// keccak256 of everything else in it, its explicit `from` included
        /// (see `docs/spec/07-transactions.md`).
        digest: B256,
    },
    /// A contract, by `POOL.transact`.
    Contract {
        /// POOL's direct caller.
        caller: [u8; 20],
        /// What the contract binds: by convention keccak256 of beneficiary, action, arguments.
        context: B256,
        /// Last block in which it is accepted.
        expiry: u64,
    },
}

impl Bundle {
    /// keccak256 of the bundle without proofs and signatures.
    pub fn effects_hash(&self) -> B256 {
        keccak256(self.encode_effects())
    }

    /// What `auth_sig`s sign: keccak256 of a domain, chain id (8 bytes), genesis
    /// hash, pool, bundle version, effects hash, and the carrier: for a
    /// transaction (`"SERO.sighash.transaction"`) its digest, for a contract
    /// (`"SERO.sighash.contract"`) caller (20), context (32), expiry (8).
    pub fn sighash(&self, context: &SighashContext) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(match context.carrier {
            Carrier::Transaction { .. } => b"SERO.sighash.transaction".as_slice(),
            Carrier::Contract { .. } => b"SERO.sighash.contract".as_slice(),
        });
        hasher.update(context.chain_id.to_be_bytes());
        hasher.update(context.genesis_hash);
        hasher.update([self.pool, VERSION]);
        hasher.update(self.effects_hash());
        match context.carrier {
            Carrier::Transaction { digest } => hasher.update(digest),
            Carrier::Contract { caller, context, expiry } => {
                hasher.update(caller);
                hasher.update(context);
                hasher.update(expiry.to_be_bytes());
            }
        }
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
        self.packages.iter().for_each(|package| hasher.update(package.proof()));
        hasher.finalize()
    }

    /// The ids of packages that a bundle creates, with their places in
    /// [`Self::packages`]. `call` is (`from`, nonce) of the enclosing
    /// transaction; without it and without spends there are no ids.
    pub fn package_ids(
        &self,
        call: Option<([u8; 20], u64)>,
    ) -> impl Iterator<Item = (PackageId, &PackageCreate)> {
        let first = self.spends.first().map(|spend| spend.nullifier);
        (0u8..).zip(&self.packages).filter_map(move |(index, package)| {
            let PackageAction::Create(create) = package else { return None };
            let id = match (first, call) {
                (Some(nullifier), _) => PackageId::from_nullifier(self.pool, &nullifier, index),
                (None, Some((from, nonce))) => PackageId::from_call(&from, nonce, index),
                (None, None) => return None,
            };
            Some((id, create))
        })
    }

    /// The packages that a bundle opens.
    pub fn opened_packages(&self) -> impl Iterator<Item = &PackageOpen> {
        self.packages.iter().filter_map(|package| match package {
            PackageAction::Open(open) => Some(open),
            PackageAction::Create(_) => None,
        })
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

impl PackageAction {
    /// The Output proof.
    pub fn proof(&self) -> &ProofBytes {
        match self {
            Self::Create(create) => &create.proof,
            Self::Open(open) => &open.proof,
        }
    }

    /// The package's commitment.
    pub fn commitment(&self) -> Field {
        match self {
            Self::Create(create) => create.sealed.commitment,
            Self::Open(open) => open.commitment,
        }
    }

    /// The value commitment.
    pub fn cv(&self) -> Point {
        match self {
            Self::Create(create) => create.cv,
            Self::Open(open) => open.cv,
        }
    }
}
