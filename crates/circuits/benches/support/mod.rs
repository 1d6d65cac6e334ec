//! Random witnesses of true statements: a note with a path to the anchor.

use ark_ff::UniformRand;
use sero_circuits::rand::rngs::StdRng;
use sero_circuits::{OutputWitness, SpendWitness};
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::field::{Field, Scalar};

pub fn output_witness(rng: &mut StdRng) -> OutputWitness {
    OutputWitness {
        owner: Field::rand(rng),
        asset: Field::rand(rng),
        amount: u128::rand(rng),
        rcm: Field::rand(rng),
        rcv: Scalar::rand(rng),
    }
}

pub fn spend_witness(rng: &mut StdRng) -> SpendWitness {
    let mut w = SpendWitness {
        ak: multiply(&g_auth(), &Scalar::rand(rng)),
        nk: Field::rand(rng),
        d: Field::rand(rng),
        s: Field::rand(rng),
        asset_base: output_witness(rng).asset_base().expect("a generator"),
        amount: u128::rand(rng),
        rcm: Field::rand(rng),
        position: 1_234_567_890,
        siblings: core::array::from_fn(|_| core::array::from_fn(|_| Field::rand(rng))),
        anchor: Field::from(0u8),
        alpha: Scalar::rand(rng),
        rcv: Scalar::rand(rng),
    };
    w.anchor = w.path_root();
    w
}
