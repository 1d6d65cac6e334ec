//! Bytes of a disclosure. Decoding is total and canonical: the accepted bytes
//! are exactly what [`Disclosure::encode`] gives.
//!
//! ```text
//! statement  = version 1 | pool 1 | kind 1 | claim 1 | chain_id 8 | genesis_hash 32 | position 8
//!            | commitment 32 | O 32 | E 32 | asset 32 | amount 16 | seed 32 | X 32 if the payer claims
//! disclosure = statement | anchor 32 | siblings 77 * 32 | signature 64 if there is a claim
//! ```

use super::{Chain, Claim, Disclosure, DisclosureError, NoteKind, VERSION};
use crate::asset::AssetId;
use crate::bundle::POOLS_MAX;
use crate::curve::{Point, point_from_bytes, point_to_bytes};
use crate::field::{Field, field_from_bytes, field_to_bytes};
use crate::keys::PaymentAddress;
use crate::signature::Signature;
use crate::tree::{ARITY, CAPACITY, DEPTH};
use ark_ff::AdditiveGroup;

const HEAD_LEN: usize = 4 + 8 + 32 + 8;
const CONTENT_LEN: usize = 4 * 32 + 16 + 32;
const PATH_LEN: usize = 32 + DEPTH * (ARITY - 1) * 32;
/// Bytes of a disclosure without claim.
pub const DISCLOSURE_LEN_MIN: usize = HEAD_LEN + CONTENT_LEN + PATH_LEN;
/// Bytes of a disclosure with a payer's claim.
pub const DISCLOSURE_LEN_MAX: usize = DISCLOSURE_LEN_MIN + 32 + 64;

const CLAIM_NONE: u8 = 0;
const CLAIM_PAYEE: u8 = 1;
const CLAIM_PAYER: u8 = 2;

impl Disclosure {
    /// The bytes that a claim signs together with the challenge.
    pub fn statement(&self) -> Vec<u8> {
        let claim = match self.claim {
            Claim::None => CLAIM_NONE,
            Claim::Payee(_) => CLAIM_PAYEE,
            Claim::Payer { .. } => CLAIM_PAYER,
        };
        let kind = u8::from(self.kind == NoteKind::Public);
        let mut out = vec![VERSION, self.pool, kind, claim];
        out.extend(self.chain.chain_id.to_be_bytes());
        out.extend(self.chain.genesis_hash);
        out.extend(self.position.to_be_bytes());
        out.extend(field_to_bytes(&self.commitment));
        out.extend(self.to.to_bytes());
        out.extend(self.asset.to_bytes());
        out.extend(self.amount.to_be_bytes());
        out.extend(self.seed);
        if let Claim::Payer { key, .. } = self.claim {
            out.extend(point_to_bytes(&key));
        }
        out
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.statement();
        out.extend(field_to_bytes(&self.anchor));
        self.siblings.iter().flatten().for_each(|node| out.extend(field_to_bytes(node)));
        if let Claim::Payee(signature) | Claim::Payer { signature, .. } = self.claim {
            out.extend(signature.0);
        }
        out
    }

    /// Reads [`Self::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DisclosureError> {
        let [version, pool, kind, claim] = match bytes.first_chunk::<4>() {
            Some(head) => *head,
            None => {
                let (expected, found) = (DISCLOSURE_LEN_MIN, bytes.len());
                return Err(DisclosureError::Length { expected, found });
            }
        };
        if version != VERSION {
            return Err(bad("version", format!("is {version}, expected {VERSION}")));
        }
        if pool >= POOLS_MAX {
            return Err(bad("pool", format!("is {pool}, at most 7 is allowed")));
        }
        let kind = match kind {
            0 => NoteKind::Hidden,
            1 => NoteKind::Public,
            _ => return Err(bad("kind", format!("is {kind}, allowed are 0 (hidden) and 1 (public)"))),
        };
        let expected = match claim {
            CLAIM_NONE => DISCLOSURE_LEN_MIN,
            CLAIM_PAYEE => DISCLOSURE_LEN_MIN + 64,
            CLAIM_PAYER => DISCLOSURE_LEN_MAX,
            _ => {
                let allowed = "allowed are 0 (none), 1 (payee) and 2 (payer)";
                return Err(bad("claim", format!("is {claim}, {allowed}")));
            }
        };
        if bytes.len() != expected {
            return Err(DisclosureError::Length { expected, found: bytes.len() });
        }
        let mut reader = Reader { rest: &bytes[4..] };
        let chain = Chain {
            chain_id: u64::from_be_bytes(reader.take("chain_id")?),
            genesis_hash: reader.take("genesis_hash")?.into(),
        };
        let position = u64::from_be_bytes(reader.take("position")?);
        let commitment = reader.field("commitment")?;
        let to = PaymentAddress { owner: reader.field("address.O")?, e: reader.point("address.E")? };
        let asset = AssetId::from_bytes(reader.take("asset")?)?;
        let amount = u128::from_be_bytes(reader.take("amount")?);
        let seed = reader.take("seed")?;
        let payer = if claim == CLAIM_PAYER { Some(reader.point("claim.key")?) } else { None };
        let anchor = reader.field("anchor")?;
        let mut siblings = [[Field::ZERO; ARITY - 1]; DEPTH];
        for node in siblings.iter_mut().flatten() {
            *node = reader.field("siblings")?;
        }
        let claim = match (claim, payer) {
            (CLAIM_NONE, _) => Claim::None,
            (_, Some(key)) => Claim::Payer { key, signature: Signature(reader.take("claim.signature")?) },
            (_, None) => Claim::Payee(Signature(reader.take("claim.signature")?)),
        };
        let disclosure = Self {
            chain,
            pool,
            kind,
            position,
            commitment,
            to,
            asset,
            amount,
            seed,
            anchor,
            siblings,
            claim,
        };
        disclosure.check_shape()?;
        Ok(disclosure)
    }

    /// What no disclosure may be, whoever built it.
    pub(super) fn check_shape(&self) -> Result<(), DisclosureError> {
        if self.position >= CAPACITY {
            return Err(bad("position", format!("is {}, the tree ends before {CAPACITY}", self.position)));
        }
        if self.amount == 0 {
            return Err(bad("amount", "is zero, 1 to 2^128 - 1 are allowed".into()));
        }
        if self.kind == NoteKind::Public && matches!(self.claim, Claim::Payer { .. }) {
            let reason =
                "a public note has no payer's claim: who paid it is in the transaction, in the clear";
            return Err(bad("claim", reason.into()));
        }
        Ok(())
    }
}

fn bad(field: &'static str, reason: String) -> DisclosureError {
    DisclosureError::Field { field, reason }
}

/// Over bytes whose length was checked.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DisclosureError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(|| bad(field, "is cut off".into()))?;
        self.rest = rest;
        Ok(*head)
    }

    fn field(&mut self, field: &'static str) -> Result<Field, DisclosureError> {
        field_from_bytes(&self.take(field)?).map_err(|error| bad(field, error.to_string()))
    }

    fn point(&mut self, field: &'static str) -> Result<Point, DisclosureError> {
        point_from_bytes(&self.take(field)?).map_err(|error| bad(field, error.to_string()))
    }
}
