//! Proofs and verifying keys.

use super::no_repair;
use crate::check::{canonical, total};
use crate::draw::Draw;
use crate::{Cost, Target};
use alloy_primitives::keccak256;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_groth16::{Proof, VerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sero_shielded::verifier::{Circuit, PROOF_LEN, VerifyingKeys, read_proof};
use std::sync::OnceLock;

const SPEND_KEY: &[u8] = include_bytes!("../../../../genesis/dev-spend.vk");
const OUTPUT_KEY: &[u8] = include_bytes!("../../../../genesis/dev-output.vk");
const G1_LEN: usize = 32;
const G2_LEN: usize = 64;

pub const PROOF: Target = Target {
    name: "proof",
    cost: Cost::Curve,
    max_len: 192,
    check: |bytes| {
        let decode = |bytes: &[u8]| {
            let bytes = bytes.try_into().map_err(|_| format!("{} bytes", bytes.len()))?;
            read_proof(bytes).map_err(|error| error.to_string())
        };
        canonical(bytes, decode, compressed)
    },
    draw: |draw| compressed(&Proof::<Bn254> { a: g1(draw), b: g2(draw), c: g1(draw) }),
    repair: no_repair,
    nasty: || {
        let bytes = (PROOF.draw)(&mut Draw::new(1));
        let mut all = flags(&bytes, G1_LEN - 1);
        all.push(("c-identity", [&bytes[..PROOF_LEN - G1_LEN], &identity::<G1_LEN>()].concat()));
        all.push((
            "b-identity",
            [&bytes[..G1_LEN], &identity::<G2_LEN>(), &bytes[G1_LEN + G2_LEN..]].concat(),
        ));
        all
    },
};

/// As the Spend key of a pair; the Output key is the development chain's.
pub const VERIFYING_KEY: Target = Target {
    name: "verifying-key",
    cost: Cost::Curve,
    max_len: 1024,
    check: |bytes| {
        total(
            bytes,
            |bytes| VerifyingKeys::from_bytes(bytes, OUTPUT_KEY),
            |keys| {
                assert_eq!(keys.hashes()[0], keccak256(bytes), "the hash is not of the bytes");
                let mut rest = bytes;
                let key =
                    VerifyingKey::<Bn254>::deserialize_with_mode(&mut rest, Compress::Yes, Validate::Yes)
                        .expect("it was accepted");
                assert!(
                    rest.is_empty() && compressed(&key) == bytes,
                    "accepted bytes are not what encoding gives"
                );
                assert_eq!(key.gamma_abc_g1.len(), Circuit::Spend.public_inputs() + 1, "input points");
                let g2 = [key.beta_g2, key.gamma_g2, key.delta_g2];
                let identity = g2.iter().any(|point| point.is_zero())
                    || key.gamma_abc_g1.iter().any(|point| point.is_zero());
                assert!(!identity && !key.alpha_g1.is_zero(), "a point is the identity");
                for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                    assert!(g2[a] != g2[b] && g2[a] != -g2[b], "two of beta, gamma, delta are one");
                }
            },
        )
    },
    draw: |draw| {
        if draw.once_in(16) {
            return SPEND_KEY.to_vec();
        }
        let gamma_g2 = g2(draw);
        let mut delta_g2 = g2(draw);
        while delta_g2 == gamma_g2 {
            delta_g2 = g2(draw);
        }
        // Distinct ones: equal input points make a key that may be refused.
        let first = draw.below(POINTS);
        let gamma_abc_g1 =
            (0..=Circuit::Spend.public_inputs()).map(|i| pool().0[(first + i) % POINTS]).collect();
        let alpha_g1 = g1(draw);
        let mut beta_g2 = g2(draw);
        while beta_g2 == gamma_g2 || beta_g2 == delta_g2 {
            beta_g2 = g2(draw);
        }
        compressed(&VerifyingKey::<Bn254> { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 })
    },
    repair: no_repair,
    nasty: || {
        let count = G1_LEN + 3 * G2_LEN;
        let with = |at: usize, value: &[u8]| {
            let mut changed = SPEND_KEY.to_vec();
            changed[at..at + value.len()].copy_from_slice(value);
            changed
        };
        let (gamma, delta) = (G1_LEN + G2_LEN, G1_LEN + 2 * G2_LEN);
        let mut minus = SPEND_KEY[gamma..gamma + G2_LEN].to_vec();
        minus[G2_LEN - 1] ^= 0x80;
        let mut all = flags(SPEND_KEY, G1_LEN - 1);
        all.push(("development-key", SPEND_KEY.to_vec()));
        all.push(("other-circuit", OUTPUT_KEY.to_vec()));
        all.push(("2^64-1-points", with(count, &[0xff; 8])));
        all.push(("2^40-points", with(count, &(1u64 << 40).to_le_bytes())));
        all.push(("no-points", with(count, &[0; 8])));
        all.push(("delta-is-gamma", with(delta, &SPEND_KEY[gamma..gamma + G2_LEN])));
        all.push(("delta-is-minus-gamma", with(delta, &minus)));
        all.push(("beta-is-gamma", with(G1_LEN, &SPEND_KEY[gamma..gamma + G2_LEN])));
        all.push(("beta-is-minus-gamma", with(G1_LEN, &minus)));
        all.push(("beta-is-delta", with(G1_LEN, &SPEND_KEY[delta..delta + G2_LEN])));
        all.push(("alpha-identity", with(0, &identity::<G1_LEN>())));
        all.push(("beta-identity", with(G1_LEN, &identity::<G2_LEN>())));
        all.push(("last-input-identity", with(SPEND_KEY.len() - G1_LEN, &identity::<G1_LEN>())));
        all
    },
};

fn compressed(value: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.serialize_compressed(&mut bytes).expect("a vector takes everything");
    bytes
}

/// The point at infinity: a flag in the last byte.
fn identity<const N: usize>() -> [u8; N] {
    core::array::from_fn(|i| if i + 1 == N { 0x40 } else { 0 })
}

/// Every combination of the two flag bits of the point that ends at `at`.
fn flags(bytes: &[u8], at: usize) -> Vec<(&'static str, Vec<u8>)> {
    [("flags-00", 0), ("flags-01", 0x40), ("flags-10", 0x80), ("flags-11", 0xc0)]
        .into_iter()
        .map(|(name, flags)| {
            let mut changed = bytes.to_vec();
            changed[at] = (changed[at] & 0x3f) | flags;
            (name, changed)
        })
        .collect()
}

const POINTS: usize = 64;

/// Multiples of the generators, from 1: making a point takes longer than reading one.
fn pool() -> &'static (Vec<G1Affine>, Vec<G2Affine>) {
    static POOL: OnceLock<(Vec<G1Affine>, Vec<G2Affine>)> = OnceLock::new();
    POOL.get_or_init(|| {
        let (mut a, mut b) = (G1Projective::generator(), G2Projective::generator());
        let mut next = || {
            let pair = (a.into_affine(), b.into_affine());
            a += G1Projective::generator();
            b += G2Projective::generator();
            pair
        };
        (0..POINTS).map(|_| next()).unzip()
    })
}

fn sign<P: AffineRepr + core::ops::Neg<Output = P>>(draw: &mut Draw, point: P) -> P {
    if draw.once_in(2) { -point } else { point }
}

fn g1(draw: &mut Draw) -> G1Affine {
    let point = pool().0[draw.below(POINTS)];
    sign(draw, point)
}

/// Never two opposite ones: gamma and delta are drawn here.
fn g2(draw: &mut Draw) -> G2Affine {
    pool().1[draw.below(POINTS)]
}
