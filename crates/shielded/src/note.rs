//! Notes: hidden ones derived from a seed, public ones to a one-time address.

use crate::asset::{AssetError, AssetId};
use crate::curve::{Point, multiply, multiply_amount, value_randomness_base};
use crate::field::{Field, Scalar};
use crate::hash::{hash_to_field, hash_to_scalar};
use crate::keys::{OneTimeAddress, PaymentAddress, diversified_base};
use crate::poseidon::{Tag, poseidon};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Zero};

/// Bytes in the longest memo.
pub const MEMO_LEN_MAX: usize = 64;

/// `cm = P[cm](O_r, V.x, V.y, v, rcm)`.
pub fn note_commitment(owner: &Field, generator: &Point, amount: u128, rcm: &Field) -> Field {
    poseidon(Tag::Commitment, &[*owner, generator.x, generator.y, Field::from(amount), *rcm])
}

/// The commitment of a public note: as above with `rcm = 0`.
pub fn public_note_commitment(
    to: &OneTimeAddress,
    asset: AssetId,
    amount: u128,
) -> Result<Field, AssetError> {
    Ok(note_commitment(&to.owner, &asset.generator()?, amount, &Field::ZERO))
}

/// The plaintext of a hidden note: who is paid what.
#[derive(Clone, PartialEq, Eq)]
pub struct HiddenNote {
    /// The address that is paid.
    pub to: PaymentAddress,
    /// What is paid.
    pub asset: AssetId,
    /// How much, in base units; zero in a dummy.
    pub amount: u128,
    /// 32 random bytes; everything else derives from them and the fields above.
    pub rseed: [u8; 32],
}

/// What follows from a [`HiddenNote`].
pub struct HiddenNoteSecrets {
    /// Blinding of the commitment.
    pub rcm: Field,
    /// Blinding of the one-time owner.
    pub s: Field,
    /// Ephemeral scalar, `epk = esk * H2C(O)`.
    pub esk: Scalar,
}

impl HiddenNote {
    /// `rcm`, `s` and `esk`, or `None` if `esk` is zero (never for random `rseed`).
    pub fn secrets(&self) -> Option<HiddenNoteSecrets> {
        let address = self.to.to_bytes();
        let (asset, amount) = (self.asset.to_bytes(), self.amount.to_be_bytes());
        let parts: [&[u8]; 5] = [&self.rseed, &address[..32], &address[32..], &asset, &amount];
        let esk = hash_to_scalar("SERO_note_esk", &parts);
        if esk.is_zero() {
            return None;
        }
        Some(HiddenNoteSecrets {
            rcm: hash_to_field("SERO_note_rcm", &parts),
            s: hash_to_field("SERO_note_s", &parts),
            esk,
        })
    }

    /// One-time owner `O_r = P[pkr](O, s)`.
    pub fn owner(&self, secrets: &HiddenNoteSecrets) -> Field {
        poseidon(Tag::Pkr, &[self.to.owner, secrets.s])
    }

    /// `epk = esk * H2C(O)`.
    pub fn epk(&self, secrets: &HiddenNoteSecrets) -> Point {
        multiply(&diversified_base(&self.to.owner), &secrets.esk)
    }

    /// `cm`.
    pub fn commitment(&self, secrets: &HiddenNoteSecrets) -> Result<Field, AssetError> {
        Ok(note_commitment(&self.owner(secrets), &self.asset.generator()?, self.amount, &secrets.rcm))
    }
}

/// `cv = v * V + rcv * R`.
pub fn value_commitment(generator: &Point, amount: u128, rcv: &Scalar) -> Point {
    (multiply_amount(generator, amount) + value_randomness_base() * rcv).into_affine()
}
