//! The hashes of a ceremony: chain, challenges, coefficients, beacon delay.

use super::codec::point_bytes;
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use sero_shielded::field::Field;
use sero_shielded::hash::{blake2b, blake2b_32, hash_to_field};

/// Hash of the header, parent of the first record.
pub fn genesis(header: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_cer_genesis", &[header])
}

/// Hash of a record, parent of the next. The record contains its own parent's hash.
pub fn record(bytes: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_cer_record", &[bytes])
}

/// What a proof of knowledge is bound to besides the factor's own key.
pub struct Context<'a> {
    pub parent: &'a [u8; 32],
    pub index: u32,
    /// 1 or 2.
    pub phase: u8,
    /// Position of the secret in the record.
    pub slot: u8,
    /// Contributor.
    pub name: &'a str,
}

/// A point of G2 whose discrete logarithm nobody knows, for the proof that `key = x G1`.
/// Try and increment, then the cofactor; everything here is public.
pub fn challenge(context: &Context<'_>, key: &G1Affine, result: &G1Affine) -> G2Affine {
    let seed = blake2b(
        "SERO_cer_proof",
        &[
            context.parent,
            &context.index.to_be_bytes(),
            &[context.phase, context.slot],
            context.name.as_bytes(),
            &point_bytes(key),
            &point_bytes(result),
        ],
    );
    for counter in 0u32.. {
        let part = |n: u8| blake2b("SERO_cer_g2", &[&seed, &counter.to_be_bytes(), &[n]]);
        let x = Fq2::new(reduce(&part(0)), reduce(&part(1)));
        let greatest = part(2)[0] & 1 == 1;
        let Some(point) = G2Affine::get_point_from_x_unchecked(x, greatest) else { continue };
        let point = point.clear_cofactor();
        if !point.is_zero() {
            return point;
        }
    }
    unreachable!("half of all x have a point, and 2^32 were tried")
}

/// 512 bits of hash modulo `q`; bias below 2^-257.
#[allow(clippy::disallowed_methods, reason = "the input is a hash and carries no identity")]
fn reduce(wide: &[u8; 64]) -> Fq {
    Fq::from_be_bytes_mod_order(wide)
}

/// Coefficients of a random linear combination. The seed is a hash over every
/// byte of the ceremony, so whoever chose the bytes could not know them before.
pub struct Coefficients(pub [u8; 32]);

impl Coefficients {
    pub fn of(file: &[u8]) -> Self {
        Coefficients(blake2b_32("SERO_cer_check", &[file]))
    }

    /// `count` uniform field elements for one check.
    pub fn take(&self, check: &str, count: usize) -> Vec<Field> {
        (0..count as u64)
            .map(|i| hash_to_field("SERO_cer_coeff", &[&self.0, check.as_bytes(), &i.to_be_bytes()]))
            .collect()
    }
}

/// `2^log2` hashes in a row over the beacon's value and the history that it ends.
pub fn delay(value: &[u8], parent: &[u8; 32], log2: u8) -> [u8; 32] {
    let start = blake2b_32("SERO_cer_beacon", &[value, parent]);
    (0..1u64 << log2).fold(start, |digest, _| blake2b_32("SERO_cer_delay", &[&digest]))
}

/// The beacon's factor for one secret.
pub fn beacon_factor(digest: &[u8; 32], phase: u8, slot: u8) -> Field {
    hash_to_field("SERO_cer_bfactor", &[digest, &[phase, slot]])
}
