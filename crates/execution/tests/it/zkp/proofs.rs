//! Real proofs under the development keys, alone and as general Groth16 proofs
//! in Ethereum's encoding, and every way to spoil them.

use super::{answer, refusal};
use crate::support::TestChain;
use alloy_primitives::{B256, Bytes, U256};
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{OutputWitness, ProvingKeys, SpendWitness};
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::field::{Field, Scalar, field_to_bytes};
use std::path::Path;
use std::sync::OnceLock;

/// One proof of each circuit.
pub struct Fixture {
    pub spend: abi::verifySpendCall,
    pub output: abi::verifyOutputCall,
    /// The Output proof and its key as Solidity users have them.
    pub groth16: abi::verifyGroth16Call,
}

pub fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let keys = ProvingKeys::development(Some(Path::new(env!("CARGO_TARGET_TMPDIR")))).unwrap();
        let mut rng = StdRng::from_seed([7; 32]);
        let output = output_witness(&mut rng);
        let output_proof = keys.prove_output(&output, &mut rng).unwrap();
        let spend = spend_witness(&mut rng);
        let spend_proof = keys.prove_spend(&spend, &mut rng).unwrap();
        let vk = keys.output_verifying_key();
        let mut key = Vec::new();
        put_g1(&mut key, &vk.alpha_g1);
        [vk.beta_g2, vk.gamma_g2, vk.delta_g2].iter().for_each(|point| put_g2(&mut key, point));
        vk.gamma_abc_g1.iter().for_each(|point| put_g1(&mut key, point));
        let read = ark_groth16_proof(&output_proof);
        let mut proof = Vec::new();
        put_g1(&mut proof, &read.0);
        put_g2(&mut proof, &read.1);
        put_g1(&mut proof, &read.2);
        let word = |input: Field| B256::from(field_to_bytes(&input));
        Fixture {
            spend: abi::verifySpendCall {
                pool: 0,
                inputs: spend.public_inputs().map(word),
                proof: spend_proof.to_vec().into(),
            },
            output: abi::verifyOutputCall {
                pool: 0,
                inputs: output.public_inputs().map(word),
                proof: output_proof.to_vec().into(),
            },
            groth16: abi::verifyGroth16Call {
                key: key.into(),
                inputs: output.public_inputs().map(|input| word(input).into()).to_vec(),
                proof: proof.into(),
            },
        }
    })
}

fn output_witness(rng: &mut StdRng) -> OutputWitness {
    OutputWitness {
        owner: Field::rand(rng),
        asset: Field::rand(rng),
        amount: 12_345,
        rcm: Field::rand(rng),
        rcv: Scalar::rand(rng),
    }
}

fn spend_witness(rng: &mut StdRng) -> SpendWitness {
    let mut witness = SpendWitness {
        ak: multiply(&g_auth(), &Scalar::rand(rng)),
        nk: Field::rand(rng),
        d: Field::rand(rng),
        s: Field::rand(rng),
        asset_base: output_witness(rng).asset_base().unwrap(),
        amount: 12_345,
        rcm: Field::rand(rng),
        position: 1_234_567_890,
        siblings: core::array::from_fn(|_| core::array::from_fn(|_| Field::rand(rng))),
        anchor: Field::from(0u8),
        alpha: Scalar::rand(rng),
        rcv: Scalar::rand(rng),
    };
    witness.anchor = witness.path_root();
    witness
}

/// `A`, `B`, `C` of the compressed form.
fn ark_groth16_proof(bytes: &[u8; 128]) -> (G1Affine, G2Affine, G1Affine) {
    let a = G1Affine::deserialize_compressed(&bytes[..32]).unwrap();
    let b = G2Affine::deserialize_compressed(&bytes[32..96]).unwrap();
    (a, b, G1Affine::deserialize_compressed(&bytes[96..]).unwrap())
}

fn put(out: &mut Vec<u8>, coordinates: [Fq; 2]) {
    coordinates.iter().for_each(|c| out.extend(c.into_bigint().to_bytes_be()));
}

fn put_g1(out: &mut Vec<u8>, point: &G1Affine) {
    put(out, [point.x, point.y]);
}

fn put_g2(out: &mut Vec<u8>, point: &G2Affine) {
    put(out, [point.x.c1, point.x.c0]);
    put(out, [point.y.c1, point.y.c0]);
}

fn g1_bytes(point: &G1Affine) -> Vec<u8> {
    let mut out = Vec::new();
    put_g1(&mut out, point);
    out
}

fn g2_bytes(point: &G2Affine) -> Vec<u8> {
    let mut out = Vec::new();
    put_g2(&mut out, point);
    out
}

/// On the curve, outside the subgroup of order `r`.
fn g2_of_wrong_order() -> G2Affine {
    (1u8..)
        .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(Fq::from(x), Fq::from(1u8)), true))
        .filter(|point| point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

#[test]
fn real_proofs_verify() {
    let chain = TestChain::new();
    let f = fixture();
    assert!(answer(&chain, &f.spend));
    assert!(answer(&chain, &f.output));
    assert!(answer(&chain, &f.groth16));
}

/// What `verifySpend` does not say: a dummy holds for any anchor, and `rk` may be outside the subgroup.
#[test]
fn a_spend_proof_alone_shows_no_note() {
    use ark_ec::CurveGroup;
    let chain = TestChain::new();
    let keys = ProvingKeys::development(Some(Path::new(env!("CARGO_TARGET_TMPDIR")))).unwrap();
    let mut rng = StdRng::from_seed([8; 32]);
    let order_2 = sero_shielded::curve::Point::new_unchecked(0u8.into(), -Field::from(1u8));
    let mut dummy = spend_witness(&mut rng);
    dummy.amount = 0;
    dummy.anchor = Field::from(12_345u64);
    dummy.ak = (dummy.ak + order_2).into_affine();
    let proof = keys.prove_spend(&dummy, &mut rng).unwrap();
    let inputs = dummy.public_inputs();
    let call = abi::verifySpendCall {
        pool: 0,
        inputs: inputs.map(|input| B256::from(field_to_bytes(&input))),
        proof: proof.to_vec().into(),
    };
    assert!(answer(&chain, &call));
    let point = |x: usize| {
        let [x, y] = [x, x + 1].map(|i| U256::from_be_bytes(field_to_bytes(&inputs[i])));
        abi::Point { x, y }
    };
    let error = refusal::<abi::InvalidPoint>(&chain, &abi::compressPointCall { point: point(2) });
    assert_eq!(error.reason, "point is not in the prime-order subgroup");
    answer(&chain, &abi::compressPointCall { point: point(4) });
}

#[test]
fn a_proof_of_something_else_is_false() {
    let chain = TestChain::new();
    let f = fixture();
    let one = |input: &B256| B256::from(U256::from_be_bytes(input.0) ^ U256::ONE);
    for i in 0..6 {
        let mut call = f.spend.clone();
        call.inputs[i] = one(&call.inputs[i]);
        assert!(!answer(&chain, &call), "spend input {i}");
        let mut call = f.spend.clone();
        call.inputs.swap(i, (i + 1) % 6);
        assert!(!answer(&chain, &call), "spend inputs {i} swapped");
    }
    for i in 0..3 {
        let mut call = f.output.clone();
        call.inputs[i] = one(&call.inputs[i]);
        assert!(!answer(&chain, &call), "output input {i}");
        let mut call = f.groth16.clone();
        call.inputs[i] ^= U256::ONE;
        assert!(!answer(&chain, &call), "groth16 input {i}");
        call = f.groth16.clone();
        call.inputs.swap(i, (i + 1) % 3);
        assert!(!answer(&chain, &call), "groth16 inputs {i} swapped");
    }
    // The other circuit's proof.
    assert!(!answer(&chain, &abi::verifySpendCall { proof: f.output.proof.clone(), ..f.spend.clone() }));
    assert!(!answer(&chain, &abi::verifyOutputCall { proof: f.spend.proof.clone(), ..f.output.clone() }));
    // A and C change places: still points.
    let swapped = [&f.output.proof[96..], &f.output.proof[32..96], &f.output.proof[..32]].concat();
    assert!(!answer(&chain, &abi::verifyOutputCall { proof: swapped.into(), ..f.output.clone() }));
}

/// Z05: a public input and the same plus a multiple of r are not two names of one thing.
#[test]
fn inputs_at_or_above_r_are_refused() {
    let chain = TestChain::new();
    let f = fixture();
    let r = U256::from_limbs(Field::MODULUS.0);
    for i in 0..6 {
        let value = U256::from_be_bytes(f.spend.inputs[i].0);
        let multiples = (1..6).filter_map(|k| value.checked_add(r * U256::from(k)));
        for wrong in multiples.chain([r, U256::MAX]) {
            let mut call = f.spend.clone();
            call.inputs[i] = wrong.into();
            let expected =
                abi::NotBelowModulus { field: "inputs".into(), index: U256::from(i), value: wrong };
            assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call), expected);
            if i < 3 {
                let mut call = f.output.clone();
                call.inputs[i] = wrong.into();
                assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call), expected);
                let mut call = f.groth16.clone();
                call.inputs[i] = wrong;
                assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call), expected);
            }
        }
    }
}

/// Z07, Z08, Z25, Z26 for the compressed form.
#[test]
fn bad_encodings_of_circuit_proofs_are_refused() {
    let chain = TestChain::new();
    let good = fixture().output.proof.to_vec();
    let with = |at: usize, bytes: &[u8]| {
        let mut proof = good.clone();
        proof[at..at + bytes.len()].copy_from_slice(bytes);
        proof
    };
    let compressed = |point: &G2Affine| {
        let mut out = Vec::new();
        point.serialize_compressed(&mut out).unwrap();
        out
    };
    let mut identity_g1 = [0u8; 32];
    identity_g1[31] = 0x40;
    let mut identity_g2 = [0u8; 64];
    identity_g2[63] = 0x40;
    let mut identity_and_more = identity_g1;
    identity_and_more[0] = 1;
    let mut above_p = [0xff; 32];
    above_p[31] = 0x3f;
    let off_curve = (1u8..)
        .map(|x| {
            let mut bytes = [0u8; 32];
            bytes[0] = x;
            bytes
        })
        .find(|bytes| G1Affine::deserialize_compressed(bytes.as_slice()).is_err())
        .unwrap();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("cut", good[..127].to_vec()),
        ("longer", [&good[..], &[0]].concat()),
        ("twice", [&good[..], &good[..]].concat()),
        ("shifted", [&[0], &good[..]].concat()),
        ("A is the identity", with(0, &identity_g1)),
        ("B is the identity", with(32, &identity_g2)),
        ("C is the identity", with(96, &identity_g1)),
        ("A is the identity with an x", with(0, &identity_and_more)),
        ("A is above p", with(0, &above_p)),
        ("C is above p", with(96, &above_p)),
        ("A has both flags", with(31, &[good[31] | 0xc0])),
        ("C has both flags", with(127, &[good[127] | 0xc0])),
        ("A is off the curve", with(0, &off_curve)),
        ("C is off the curve", with(96, &off_curve)),
        ("B has a wrong order", with(32, &compressed(&g2_of_wrong_order()))),
        ("zeros", vec![0; 128]),
        ("ones", vec![0xff; 128]),
    ];
    for (name, proof) in cases {
        let call = abi::verifyOutputCall { proof: proof.clone().into(), ..fixture().output.clone() };
        if proof.len() > 128 {
            refusal::<abi::InvalidCalldata>(&chain, &call);
            continue;
        }
        let error = refusal::<abi::InvalidProof>(&chain, &call);
        assert!(!error.reason.is_empty(), "{name}");
        let call = abi::verifySpendCall { proof: proof.into(), ..fixture().spend.clone() };
        refusal::<abi::InvalidProof>(&chain, &call);
    }
}

/// Offsets of the points of a key with three inputs: all of G1, then all of G2.
const KEY_G1: [(&str, usize); 5] =
    [("alpha1", 0), ("IC[0]", 448), ("IC[1]", 512), ("IC[2]", 576), ("IC[3]", 640)];
const KEY_G2: [(&str, usize); 3] = [("beta2", 64), ("gamma2", 192), ("delta2", 320)];
const PROOF_G1: [(&str, usize); 2] = [("A", 0), ("C", 192)];
const PROOF_G2: [(&str, usize); 1] = [("B", 64)];

/// A good point to a hostile one.
type Change = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// Each point of key and proof is each hostile point, and the error names it.
#[test]
fn hostile_points_of_general_proofs_are_refused() {
    let chain = TestChain::new();
    let good = &fixture().groth16;
    let p = U256::from_limbs(Fq::MODULUS.0);
    let word = |n: U256| n.to_be_bytes::<32>().to_vec();
    let replace = |bytes: &Bytes, at: usize, with: &[u8]| -> Bytes {
        let mut bytes = bytes.to_vec();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes.into()
    };
    let hostile_g1: Vec<(&str, Change)> = vec![
        ("is the identity", Box::new(|_| vec![0; 64])),
        ("is not on the curve", Box::new(move |_| [word(U256::from(1)), word(U256::from(1))].concat())),
        ("is not on the curve", Box::new(|point| [&[0; 32], &point[32..]].concat())),
        ("is not on the curve", Box::new(|point| [&point[32..], &point[..32]].concat())),
        ("at or above p", Box::new(move |point| plus(point, 0, p))),
        ("at or above p", Box::new(move |point| plus(point, 32, p))),
        ("at or above p", Box::new(|point| [&[0xff; 32], &point[32..]].concat())),
        ("at or above p", Box::new(move |_| [p.to_be_bytes::<32>(), p.to_be_bytes()].concat())),
    ];
    let wrong_order = g2_bytes(&g2_of_wrong_order());
    let hostile_g2: Vec<(&str, Change)> = vec![
        ("is the identity", Box::new(|_| vec![0; 128])),
        ("is not in the subgroup", Box::new(move |_| wrong_order.clone())),
        // Real and imaginary part change places: a frequent mistake.
        ("is not on the curve", Box::new(|p| [&p[32..64], &p[..32], &p[96..], &p[64..96]].concat())),
        ("is not on the curve", Box::new(|point| [&point[..96], &[0; 32]].concat())),
        ("at or above p", Box::new(move |point| plus(point, 32, p))),
        ("at or above p", Box::new(move |point| plus(point, 96, p))),
        ("at or above p", Box::new(|point| [&[0xff; 32], &point[32..]].concat())),
    ];
    let mut refused = 0;
    for (places, length, hostile) in [(&KEY_G1[..], 64, &hostile_g1), (&KEY_G2[..], 128, &hostile_g2)] {
        for (name, at) in places {
            for (reason, change) in hostile {
                let bad = change(&good.key[*at..at + length]);
                let call = abi::verifyGroth16Call { key: replace(&good.key, *at, &bad), ..good.clone() };
                let error = refusal::<abi::InvalidKey>(&chain, &call);
                assert!(error.reason.starts_with(name) && error.reason.contains(reason), "{}", error.reason);
                refused += 1;
            }
        }
    }
    for (places, length, hostile) in [(&PROOF_G1[..], 64, &hostile_g1), (&PROOF_G2[..], 128, &hostile_g2)] {
        for (name, at) in places {
            for (reason, change) in hostile {
                let bad = change(&good.proof[*at..at + length]);
                let call = abi::verifyGroth16Call { proof: replace(&good.proof, *at, &bad), ..good.clone() };
                let error = refusal::<abi::InvalidProof>(&chain, &call);
                assert!(error.reason.starts_with(name) && error.reason.contains(reason), "{}", error.reason);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 5 * 8 + 3 * 7 + 2 * 8 + 7);
}

/// The 32 bytes from `at` on plus `modulus`, if that fits, else the modulus.
fn plus(point: &[u8], at: usize, modulus: U256) -> Vec<u8> {
    let value = U256::from_be_slice(&point[at..at + 32]).checked_add(modulus).unwrap_or(modulus);
    [&point[..at], &value.to_be_bytes::<32>(), &point[at + 32..]].concat()
}

/// Z03: whoever never did phase 2 can be forged against by anybody. The proof
/// below needs no witness: `A = alpha, B = beta, C = -IC(x)`.
#[test]
fn keys_without_a_second_phase_are_refused() {
    let chain = TestChain::new();
    let good = &fixture().groth16;
    let negated = |g2: &[u8]| {
        let p = U256::from_limbs(Fq::MODULUS.0);
        let minus = |at: usize| (p - U256::from_be_slice(&g2[at..at + 32])).to_be_bytes::<32>();
        [&g2[..64], &minus(64), &minus(96)].concat()
    };
    let gamma = good.key[192..320].to_vec();
    let ic: Vec<G1Affine> = (0..4).map(|i| read_g1(&good.key[448 + 64 * i..])).collect();
    let sum = good.inputs.iter().zip(&ic[1..]).fold(ark_bn254::G1Projective::from(ic[0]), |sum, (x, ic)| {
        sum + *ic * sero_shielded::field::field_from_bytes(&x.to_be_bytes()).unwrap()
    });
    for (delta, c) in [(gamma.clone(), -sum), (negated(&gamma), sum)] {
        let key = [&good.key[..320], &delta, &good.key[448..]].concat();
        let proof = [&good.key[..64], &good.key[64..192], &g1_bytes(&c.into())].concat();
        // The forgery holds in the plain equation.
        let pairs = [
            (read_g1(&good.key), read_g2(&good.key[64..])),
            (-read_g1(&good.key), read_g2(&good.key[64..])),
            ((-sum).into(), read_g2(&gamma)),
            ((-c).into(), read_g2(&delta)),
        ];
        use ark_ec::pairing::Pairing;
        let product = Bn254::multi_pairing(pairs.map(|pair| pair.0), pairs.map(|pair| pair.1));
        assert!(ark_ff::One::is_one(&product.0), "the forgery is one");
        let call = abi::verifyGroth16Call { key: key.into(), proof: proof.into(), ..good.clone() };
        let error = refusal::<abi::InvalidKey>(&chain, &call);
        assert_eq!(error.reason, "gamma2 is delta2 or its negative");
    }
}

/// The same where beta is gamma or delta (phase 1 was never done), or minus one of them. With
/// `L = IC(x)` the proofs are `A = alpha + L, B = gamma + delta, C = A` and `A = L,
/// B = gamma + delta, C = L - alpha`.
#[test]
fn keys_without_a_first_phase_are_refused() {
    use ark_ec::pairing::Pairing;
    let chain = TestChain::new();
    let good = &fixture().groth16;
    let (gamma, delta) = (read_g2(&good.key[192..]), read_g2(&good.key[320..]));
    let ic: Vec<G1Affine> = (0..4).map(|i| read_g1(&good.key[448 + 64 * i..])).collect();
    let sum = good.inputs.iter().zip(&ic[1..]).fold(ark_bn254::G1Projective::from(ic[0]), |sum, (x, ic)| {
        sum + *ic * sero_shielded::field::field_from_bytes(&x.to_be_bytes()).unwrap()
    });
    for (name, other) in [("gamma2", gamma), ("delta2", delta)] {
        for negative in [false, true] {
            let (beta, alpha) =
                if negative { (-other, -read_g1(&good.key)) } else { (other, read_g1(&good.key)) };
            let (a, c) = if name == "gamma2" { (sum + alpha, sum + alpha) } else { (sum, sum - alpha) };
            let b: G2Affine = (gamma + delta).into();
            let pairs =
                [(a.into(), b), (-read_g1(&good.key), beta), ((-sum).into(), gamma), ((-c).into(), delta)];
            let product = Bn254::multi_pairing(pairs.map(|pair| pair.0), pairs.map(|pair| pair.1));
            assert!(ark_ff::One::is_one(&product.0), "the forgery is one");
            let key = [&good.key[..64], &g2_bytes(&beta), &good.key[192..]].concat();
            let proof = [g1_bytes(&a.into()), g2_bytes(&b), g1_bytes(&c.into())].concat();
            let call = abi::verifyGroth16Call { key: key.into(), proof: proof.into(), ..good.clone() };
            let error = refusal::<abi::InvalidKey>(&chain, &call);
            assert_eq!(error.reason, format!("beta2 is {name} or its negative"));
        }
    }
}

/// With two ICs that are equal or opposite, what a proof says of one input it says of the other:
/// `IC(x)`, all that the equation sees of the inputs, is the same for both lists.
#[test]
fn keys_that_trade_inputs_are_refused() {
    let chain = TestChain::new();
    let good = &fixture().groth16;
    let ic = |key: &[u8], i: usize| read_g1(&key[448 + 64 * i..]);
    let one = Field::from(1u8);
    for (from, to) in [(1, 2), (1, 3), (3, 2), (0, 1), (2, 0)] {
        for negative in [false, true] {
            let point = ic(&good.key, from);
            let point = if negative { -point } else { point };
            let mut key = good.key.to_vec();
            key[448 + 64 * to..512 + 64 * to].copy_from_slice(&g1_bytes(&point));
            // One more in one place is one less, or more, in the other. (Input 0 is the constant one.)
            let sum = |inputs: [Field; 4]| -> ark_bn254::G1Projective {
                inputs.iter().enumerate().map(|(i, x)| ic(&key, i) * *x).sum()
            };
            let mut inputs = [one, Field::from(5u8), Field::from(6u8), Field::from(7u8)];
            let honest = sum(inputs);
            inputs[from] += one;
            inputs[to] += if negative { one } else { -one };
            assert_eq!(sum(inputs), honest);
            let call = abi::verifyGroth16Call { key: key.into(), ..good.clone() };
            let error = refusal::<abi::InvalidKey>(&chain, &call);
            let (low, high) = (from.min(to), from.max(to));
            assert_eq!(error.reason, format!("IC[{high}] is IC[{low}] or its negative"));
        }
    }
}

fn read_fq(bytes: &[u8]) -> Fq {
    Fq::from_bigint(ark_ff::BigInt(U256::from_be_slice(&bytes[..32]).into_limbs())).unwrap()
}

fn read_g1(bytes: &[u8]) -> G1Affine {
    G1Affine::new(read_fq(bytes), read_fq(&bytes[32..]))
}

fn read_g2(bytes: &[u8]) -> G2Affine {
    let pair = |at: usize| Fq2::new(read_fq(&bytes[at + 32..]), read_fq(&bytes[at..]));
    G2Affine::new(pair(0), pair(64))
}

/// Z06, Z25.
#[test]
fn wrong_counts_and_spare_bytes_are_refused() {
    let chain = TestChain::new();
    let good = &fixture().groth16;
    for inputs in [vec![], good.inputs[..2].to_vec(), [&good.inputs[..], &[U256::ZERO]].concat()] {
        let call = abi::verifyGroth16Call { inputs, ..good.clone() };
        refusal::<abi::InvalidKey>(&chain, &call);
    }
    let spare = |bytes: &Bytes| -> Vec<Bytes> {
        let bytes = bytes.to_vec();
        let cut = bytes[..bytes.len() - 1].to_vec();
        let [more, before, twice] = [[&bytes[..], &[0]], [&[0], &bytes[..]], [&bytes, &bytes]];
        [vec![], cut, more.concat(), before.concat(), twice.concat()].map(Bytes::from).to_vec()
    };
    for key in spare(&good.key) {
        refusal::<abi::InvalidKey>(&chain, &abi::verifyGroth16Call { key, ..good.clone() });
    }
    for proof in spare(&good.proof) {
        refusal::<abi::InvalidProof>(&chain, &abi::verifyGroth16Call { proof, ..good.clone() });
    }
    let many = abi::verifyGroth16Call { inputs: vec![U256::ONE; 65], key: Bytes::new(), ..good.clone() };
    let error = refusal::<abi::WrongCount>(&chain, &many);
    assert_eq!((error.count, error.max), (U256::from(65), U256::from(64)));
}
