//! Re-randomisable Schnorr signatures on `J` (the RedDSA construction of the
//! Zcash protocol specification, section 5.4.7, with other hashes).
//!
//! `signature = Rp | s`, 64 bytes; `s * G = Rp + c * vk`, `c = H2S(domain; Rp, vk, message)`.

use crate::curve::{
    Point, PointError, g_auth, multiply, point_from_bytes, point_to_bytes, value_randomness_base,
};
use crate::field::{Scalar, scalar_from_bytes, scalar_to_bytes};
use crate::hash::hash_to_scalar;
use ark_ec::CurveGroup;
use ark_ff::Zero;

/// What a signature is for: its base point and its challenge domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Spend authorisation, base `G_auth`.
    Authorisation,
    /// Value balance, base `R`.
    Binding,
    /// A payee's claim in a disclosure, on the base `H2C(O)` of the address that was paid.
    Payee(Point),
    /// A payer's claim in a disclosure, base `G_auth`.
    Payer,
}

impl Domain {
    fn base(self) -> Point {
        match self {
            Self::Authorisation | Self::Payer => g_auth(),
            Self::Binding => value_randomness_base(),
            Self::Payee(base) => base,
        }
    }

    fn personal(self) -> &'static str {
        match self {
            Self::Authorisation => "SERO_auth_sig",
            Self::Binding => "SERO_bind_sig",
            Self::Payee(_) => "SERO_payee_sig",
            Self::Payer => "SERO_payer_sig",
        }
    }
}

/// `Rp | s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `Rp` is not an acceptable point.
    #[error("signature nonce: {0}")]
    Nonce(#[from] PointError),
    /// `s >= l`.
    #[error("signature scalar is not below the order of J")]
    Scalar,
    /// The equation does not hold.
    #[error("signature does not verify")]
    Mismatch,
}

/// Signs `message` under `secret * base`. `fresh` is 32 random bytes; the nonce
/// also hashes secret and message, so that a stuck generator repeats no nonce.
pub fn sign(domain: Domain, secret: &Scalar, message: &[u8], fresh: &[u8; 32]) -> Signature {
    let base = domain.base();
    let vk = point_to_bytes(&multiply(&base, secret));
    let mut nonce = Scalar::zero();
    let mut counter = 0u8;
    while nonce.is_zero() {
        nonce = hash_to_scalar(
            "SERO_sig_nonce",
            &[domain.personal().as_bytes(), fresh, &scalar_to_bytes(secret), &vk, message, &[counter]],
        );
        counter += 1;
    }
    let rp = point_to_bytes(&multiply(&base, &nonce));
    let s = nonce + challenge(domain, &rp, &vk, message) * secret;
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&rp);
    bytes[32..].copy_from_slice(&scalar_to_bytes(&s));
    Signature(bytes)
}

/// Verifies `signature` of `message` under `vk`, which must be a checked point
/// (of the prime-order subgroup, not the identity).
pub fn verify(
    domain: Domain,
    vk: &Point,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SignatureError> {
    let rp: [u8; 32] = signature.0[..32].try_into().expect("first half of 64 bytes");
    let s: [u8; 32] = signature.0[32..].try_into().expect("second half of 64 bytes");
    let rp_point = point_from_bytes(&rp)?;
    let s = scalar_from_bytes(&s).map_err(|_| SignatureError::Scalar)?;
    let c = challenge(domain, &rp, &point_to_bytes(vk), message);
    let difference = domain.base() * s - *vk * c - rp_point;
    if difference.into_affine() != crate::curve::identity() {
        return Err(SignatureError::Mismatch);
    }
    Ok(())
}

fn challenge(domain: Domain, rp: &[u8; 32], vk: &[u8; 32], message: &[u8]) -> Scalar {
    hash_to_scalar(domain.personal(), &[rp, vk, message])
}
