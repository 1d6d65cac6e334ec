//! Who pays: a one-time key inside the seed of every output.
//!
//! `rseed = B32("SERO_rseed"; X)`, `X = x * G_auth`, and `x` follows from the
//! spending key and the output. The payee learns `rseed` and cannot find `X`; the
//! payer shows `X` and signs with `x` ([`crate::disclosure`]). Nothing of this
//! is visible on chain, and the chain demands none of it.

use crate::asset::AssetId;
use crate::curve::{Point, g_auth, multiply, point_to_bytes};
use crate::encryption::Memo;
use crate::field::Scalar;
use crate::hash::{blake2b_32, hash_to_scalar};
use crate::keys::{PaymentAddress, SpendingKey};
use crate::secret::Secret;
use ark_ff::Zero;

/// What the secret of an output is derived from. Follows from the spending key
/// alone, so that no viewing key speaks for the payer.
#[derive(Clone)]
pub struct PayerKey(Secret<[u8; 32]>);

impl SpendingKey {
    /// `BLAKE2b-256("SERO_payer"; SK)`.
    pub fn payer_key(&self) -> PayerKey {
        PayerKey(Secret::new(blake2b_32("SERO_payer", &[self.to_bytes().expose()])))
    }
}

/// The payer's secret `x` of one output.
pub struct OutputKey {
    x: Secret<Scalar>,
    point: Point,
}

impl PayerKey {
    /// `x = H2S("SERO_payer_x"; key, cv, O, E, asset, v as 16 bytes, memo)`. `cv` is
    /// fresh in every output; the rest keeps two outputs apart where a stuck
    /// generator repeats it. All of it is on chain for the sender's eyes, so a
    /// restored wallet finds `x` again. `None` if `x` is zero (never for random `cv`).
    pub fn output(
        &self,
        to: &PaymentAddress,
        asset: AssetId,
        amount: u128,
        memo: &Memo,
        cv: &Point,
    ) -> Option<OutputKey> {
        let (to, cv) = (to.to_bytes(), point_to_bytes(cv));
        let (asset, amount) = (asset.to_bytes(), amount.to_be_bytes());
        let parts: [&[u8]; 7] =
            [self.0.expose(), &cv, &to[..32], &to[32..], &asset, &amount, memo.as_bytes()];
        let x = hash_to_scalar("SERO_payer_x", &parts);
        if x.is_zero() {
            return None;
        }
        Some(OutputKey { point: multiply(&g_auth(), &x), x: Secret::new(x) })
    }
}

impl OutputKey {
    /// `X`.
    pub fn point(&self) -> Point {
        self.point
    }

    /// The seed that the output's note must have.
    pub fn rseed(&self) -> [u8; 32] {
        rseed_of(&self.point)
    }

    pub(crate) fn scalar(&self) -> &Scalar {
        self.x.expose()
    }
}

/// `BLAKE2b-256("SERO_rseed"; X)`.
pub fn rseed_of(point: &Point) -> [u8; 32] {
    blake2b_32("SERO_rseed", &[&point_to_bytes(point)])
}
