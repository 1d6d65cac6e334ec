//! A disclosure: one payment, shown to whoever holds these bytes.
//!
//! It opens one leaf of the note tree (address, asset, amount) and leads from
//! the leaf to an anchor. On request it carries a *claim*, a signature over a
//! verifier's challenge: by the payee (the incoming key of the address), or by
//! the payer (the one-time key inside `rseed`, see [`crate::payer`]). Without a
//! claim it says nothing about who showed it. `docs/spec/12-disclosure.md` has
//! the arguments.

mod codec;

use crate::asset::{AssetError, AssetId};
use crate::curve::Point;
use crate::field::Field;
use crate::hash::blake2b;
use crate::keys::{IncomingKey, KeyError, OneTimeAddress, PaymentAddress, diversified_base};
use crate::note::{HiddenNote, public_note_commitment};
use crate::payer::{OutputKey, rseed_of};
use crate::signature::{Domain, Signature, SignatureError, sign, verify};
use crate::tree::{Siblings, root_of_path};
use alloy_primitives::B256;

pub use codec::{DISCLOSURE_LEN_MAX, DISCLOSURE_LEN_MIN};

/// Version of the bytes.
pub const VERSION: u8 = 1;
/// Bytes in the longest challenge.
pub const CHALLENGE_LEN_MAX: usize = 1024;

/// Where a disclosure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
}

/// What kind of leaf is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// A hidden note; the seed is `rseed`.
    Hidden,
    /// A public note to a one-time address; the seed is `rho`.
    Public,
}

/// Who shows the payment, besides its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody in particular.
    None,
    /// Whoever holds the incoming key of the address that was paid.
    Payee(Signature),
    /// Whoever made the hidden note.
    Payer {
        /// `X`, the one-time key whose hash is `rseed`.
        key: Point,
        /// Under `key`.
        signature: Signature,
    },
}

/// Who made the claim of a verified disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimant {
    /// Content only.
    Nobody,
    /// The payee.
    Payee,
    /// The payer.
    Payer,
}

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The chain that it is about.
    pub chain: Chain,
    /// The pool whose tree the leaf is in.
    pub pool: u8,
    /// Hidden or public.
    pub kind: NoteKind,
    /// Leaf number, below [`crate::tree::CAPACITY`].
    pub position: u64,
    /// The leaf.
    pub commitment: Field,
    /// The address that was paid.
    pub to: PaymentAddress,
    /// What was paid.
    pub asset: AssetId,
    /// How much, not zero.
    pub amount: u128,
    /// `rseed` or `rho`.
    pub seed: [u8; 32],
    /// A root of the tree at the end of a block.
    pub anchor: Field,
    /// The way from leaf to anchor.
    pub siblings: Siblings,
    /// Who shows it.
    pub claim: Claim,
}

/// What a disclosure proves, given that `anchor` is one of the chain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The pool whose tree the leaf is in.
    pub pool: u8,
    /// Hidden or public.
    pub kind: NoteKind,
    /// Leaf number.
    pub position: u64,
    /// The leaf.
    pub commitment: Field,
    /// Must be an anchor of the pool: the caller checks.
    pub anchor: Field,
    /// The address that was paid; both halves identify it.
    pub to: PaymentAddress,
    /// What was paid.
    pub asset: AssetId,
    /// How much, base units.
    pub amount: u128,
    /// Who answered the challenge.
    pub claimant: Claimant,
}

/// As a contract asks: bytes in, verdict out; an empty `challenge` is none. The
/// caller still checks [`Verified::anchor`].
pub fn verify_bytes(disclosure: &[u8], chain: &Chain, challenge: &[u8]) -> Result<Verified, DisclosureError> {
    Disclosure::decode(disclosure)?.verify(chain, (!challenge.is_empty()).then_some(challenge))
}

/// Why a disclosure is refused, by the name of the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// Wrong number of bytes.
    #[error("disclosure has {found} bytes, expected {expected}")]
    Length {
        /// Bytes that this kind of claim has.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A field that cannot be read.
    #[error("{field}: {reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// Another chain id.
    #[error("chain_id: disclosure is about chain {found}, this is chain {expected}")]
    ChainId {
        /// The verifier's.
        expected: u64,
        /// The disclosure's.
        found: u64,
    },
    /// Another block 0.
    #[error(
        "genesis_hash: disclosure is about the chain that starts with {found}, this one starts with {expected}"
    )]
    Genesis {
        /// The verifier's.
        expected: B256,
        /// The disclosure's.
        found: B256,
    },
    /// Address, asset, amount and seed give another leaf.
    #[error("commitment: address, asset, amount and seed do not open it")]
    Commitment,
    /// The leaf is not where it is said to be.
    #[error("siblings: they do not lead from the commitment at this position to the anchor")]
    Path,
    /// The payer's key is not the one in the seed.
    #[error("claim.key: its hash is not the seed of the note, so it is not the payer's")]
    PayerKey,
    /// The signature is of somebody else, or about something else.
    #[error("claim.signature: {0}; it was made by another key, for another challenge, or for other content")]
    Signature(SignatureError),
    /// There is a claim, and nothing to check it against.
    #[error("challenge: the disclosure carries a claim, which only its challenge can check")]
    ChallengeMissing,
    /// There is a challenge, and no claim.
    #[error("claim: the disclosure carries none, so it does not answer the challenge")]
    ClaimMissing,
    /// A challenge of a wrong length.
    #[error("challenge has {0} bytes, 1 to 1024 are allowed")]
    ChallengeLength(usize),
    /// The key does not belong to the payment.
    #[error("this key is not the {0}'s of this payment")]
    NotYours(&'static str),
}

impl Disclosure {
    /// Checks everything but one thing: that [`Verified::anchor`] is an anchor of
    /// `chain`. With a claim, `challenge` is what the verifier asked to be signed;
    /// a claim without challenge, or a challenge without claim, is refused.
    pub fn verify(&self, chain: &Chain, challenge: Option<&[u8]>) -> Result<Verified, DisclosureError> {
        if self.chain.chain_id != chain.chain_id {
            let (expected, found) = (chain.chain_id, self.chain.chain_id);
            return Err(DisclosureError::ChainId { expected, found });
        }
        if self.chain.genesis_hash != chain.genesis_hash {
            let (expected, found) = (chain.genesis_hash, self.chain.genesis_hash);
            return Err(DisclosureError::Genesis { expected, found });
        }
        self.check_shape()?;
        if self.open() != Some(self.commitment) {
            return Err(DisclosureError::Commitment);
        }
        if root_of_path(self.commitment, self.position, &self.siblings) != self.anchor {
            return Err(DisclosureError::Path);
        }
        Ok(Verified {
            pool: self.pool,
            kind: self.kind,
            position: self.position,
            commitment: self.commitment,
            anchor: self.anchor,
            to: self.to,
            asset: self.asset,
            amount: self.amount,
            claimant: self.check_claim(challenge)?,
        })
    }

    /// Adds the payee's claim. `key` must be the incoming key of [`Self::to`]:
    /// the account's, or its internal one. `fresh` is 32 random bytes.
    pub fn claim_as_payee(
        mut self,
        key: &IncomingKey,
        challenge: &[u8],
        fresh: &[u8; 32],
    ) -> Result<Self, DisclosureError> {
        if key.address_of(self.to.owner) != self.to {
            return Err(DisclosureError::NotYours("payee"));
        }
        // The statement says which claim it is; the signature is no part of it.
        self.claim = Claim::Payee(Signature([0; 64]));
        let message = self.message(challenge)?;
        let domain = Domain::Payee(diversified_base(&self.to.owner));
        self.claim = Claim::Payee(sign(domain, key.scalar(), &message, fresh));
        Ok(self)
    }

    /// Adds the payer's claim.
    pub fn claim_as_payer(
        mut self,
        key: &OutputKey,
        challenge: &[u8],
        fresh: &[u8; 32],
    ) -> Result<Self, DisclosureError> {
        if self.kind != NoteKind::Hidden || key.rseed() != self.seed {
            return Err(DisclosureError::NotYours("payer"));
        }
        let point = key.point();
        self.claim = Claim::Payer { key: point, signature: Signature([0; 64]) };
        let message = self.message(challenge)?;
        let signature = sign(Domain::Payer, key.scalar(), &message, fresh);
        self.claim = Claim::Payer { key: point, signature };
        Ok(self)
    }

    /// What a claim signs: `BLAKE2b-512("SERO_disclosure"; statement, challenge)`.
    pub fn message(&self, challenge: &[u8]) -> Result<[u8; 64], DisclosureError> {
        if challenge.is_empty() || challenge.len() > CHALLENGE_LEN_MAX {
            return Err(DisclosureError::ChallengeLength(challenge.len()));
        }
        Ok(blake2b("SERO_disclosure", &[&self.statement(), challenge]))
    }

    /// The hidden note that is opened, if it is one.
    pub fn hidden_note(&self) -> Option<HiddenNote> {
        let note = HiddenNote { to: self.to, asset: self.asset, amount: self.amount, rseed: self.seed };
        (self.kind == NoteKind::Hidden).then_some(note)
    }

    /// The one-time address that was paid, if the note is public.
    pub fn one_time_address(&self) -> Result<Option<OneTimeAddress>, KeyError> {
        match self.kind {
            NoteKind::Hidden => Ok(None),
            NoteKind::Public => OneTimeAddress::derive(&self.to, &self.seed).map(Some),
        }
    }

    /// The leaf that the content makes.
    fn open(&self) -> Option<Field> {
        match self.hidden_note() {
            Some(note) => note.commitment(&note.secrets()?).ok(),
            None => {
                let pkr = self.one_time_address().ok()??;
                public_note_commitment(&pkr, self.asset, self.amount).ok()
            }
        }
    }

    fn check_claim(&self, challenge: Option<&[u8]>) -> Result<Claimant, DisclosureError> {
        let (claim, challenge) = match (self.claim, challenge) {
            (Claim::None, None) => return Ok(Claimant::Nobody),
            (Claim::None, Some(_)) => return Err(DisclosureError::ClaimMissing),
            (_, None) => return Err(DisclosureError::ChallengeMissing),
            (claim, Some(challenge)) => (claim, challenge),
        };
        let message = self.message(challenge)?;
        let (domain, key, signature, claimant) = match claim {
            Claim::None => return Err(DisclosureError::ClaimMissing),
            Claim::Payee(signature) => {
                let domain = Domain::Payee(diversified_base(&self.to.owner));
                (domain, self.to.e, signature, Claimant::Payee)
            }
            Claim::Payer { key, signature } => {
                if rseed_of(&key) != self.seed {
                    return Err(DisclosureError::PayerKey);
                }
                (Domain::Payer, key, signature, Claimant::Payer)
            }
        };
        verify(domain, &key, &message, &signature).map_err(DisclosureError::Signature)?;
        Ok(claimant)
    }
}

impl From<AssetError> for DisclosureError {
    fn from(error: AssetError) -> Self {
        Self::Field { field: "asset", reason: error.to_string() }
    }
}
