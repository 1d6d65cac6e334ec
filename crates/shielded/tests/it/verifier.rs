//! Verifying keys are made from known scalars, with which proofs of anything
//! can be written (Groth16's simulator): `A = a G`, `B = b H`,
//! `C = (a b - alpha beta - gamma L) / delta G`.

use crate::bundle::{Given, given};
use crate::rng::Rng;
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, PrimeField};
use ark_groth16::{Groth16, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sero_shielded::bundle::BundleError;
use sero_shielded::curve::PointError;
use sero_shielded::field::Field;
use sero_shielded::signature::{Domain, SignatureError, sign};
use sero_shielded::verifier::{
    Circuit, KeyPoint, KeyProblem, PROOF_LEN, ProofBytes, ProofClaim, ProofError, VerifyingKeyError,
    VerifyingKeys, lint,
};

const CIRCUITS: [Circuit; 2] = [Circuit::Spend, Circuit::Output];

/// A key with the scalars behind its points.
struct Trapdoor {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    inputs: Vec<Fr>,
}

impl Trapdoor {
    fn new(rng: &mut Rng, circuit: Circuit) -> Self {
        let [alpha, beta, gamma, delta] = core::array::from_fn(|_| rng.field());
        let inputs = (0..=circuit.public_inputs()).map(|_| rng.field()).collect();
        Self { alpha, beta, gamma, delta, inputs }
    }

    fn key(&self) -> VerifyingKey<Bn254> {
        VerifyingKey {
            alpha_g1: g1(self.alpha),
            beta_g2: g2(self.beta),
            gamma_g2: g2(self.gamma),
            delta_g2: g2(self.delta),
            gamma_abc_g1: self.inputs.iter().map(|scalar| g1(*scalar)).collect(),
        }
    }

    fn prove(&self, rng: &mut Rng, inputs: &[Fr]) -> Proof<Bn254> {
        let (a, b) = exponents(rng);
        self.prove_with(a, b, inputs)
    }

    fn prove_with(&self, a: Fr, b: Fr, inputs: &[Fr]) -> Proof<Bn254> {
        let l = self.inputs[0] + self.inputs[1..].iter().zip(inputs).map(|(p, x)| *p * x).sum::<Fr>();
        let c = (a * b - self.alpha * self.beta - self.gamma * l) * self.delta.inverse().expect("not zero");
        Proof { a: g1(a), b: g2(b), c: g1(c) }
    }

    fn claim(&self, rng: &mut Rng, circuit: Circuit) -> ProofClaim {
        let inputs: Vec<Field> = (0..circuit.public_inputs()).map(|_| rng.field()).collect();
        let proof = to_bytes(&self.prove(rng, &inputs));
        ProofClaim { circuit, inputs, proof }
    }
}

/// Of `A` and `B`.
fn exponents(rng: &mut Rng) -> (Fr, Fr) {
    (rng.field(), rng.field())
}

fn g1(scalar: Fr) -> G1Affine {
    (G1Affine::generator() * scalar).into_affine()
}

fn g2(scalar: Fr) -> G2Affine {
    (G2Affine::generator() * scalar).into_affine()
}

fn to_bytes(proof: &Proof<Bn254>) -> ProofBytes {
    let mut bytes = [0; PROOF_LEN];
    proof.serialize_compressed(bytes.as_mut_slice()).expect("128 bytes");
    bytes
}

fn written(key: &VerifyingKey<Bn254>) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.serialize_compressed(&mut bytes).expect("a vector has room");
    bytes
}

fn setup(rng: &mut Rng) -> ([Trapdoor; 2], VerifyingKeys) {
    let trapdoors = CIRCUITS.map(|circuit| Trapdoor::new(rng, circuit));
    let [spend, output] = [0, 1].map(|i| written(&trapdoors[i].key()));
    let keys = VerifyingKeys::from_bytes(&spend, &output).expect("good keys");
    (trapdoors, keys)
}

/// Puts `key` in the place of one of two good keys.
fn load(circuit: Circuit, key: &[u8]) -> Result<VerifyingKeys, VerifyingKeyError> {
    let mut rng = Rng::new("load");
    let [spend, output] = CIRCUITS.map(|circuit| written(&Trapdoor::new(&mut rng, circuit).key()));
    match circuit {
        Circuit::Spend => VerifyingKeys::from_bytes(key, &output),
        Circuit::Output => VerifyingKeys::from_bytes(&spend, key),
    }
}

fn refusal(circuit: Circuit, key: &[u8]) -> VerifyingKeyError {
    load(circuit, key).err().unwrap_or_else(|| panic!("a bad key of {circuit:?} is accepted"))
}

#[test]
fn keys_are_linted() {
    let mut rng = Rng::new("lint");
    for circuit in CIRCUITS {
        let good = Trapdoor::new(&mut rng, circuit).key();
        assert!(load(circuit, &written(&good)).is_ok());

        let mut key = good.clone();
        key.delta_g2 = key.gamma_g2;
        assert_eq!(refusal(circuit, &written(&key)), VerifyingKeyError::GammaIsDelta(circuit));

        key.delta_g2 = -key.gamma_g2;
        assert_eq!(refusal(circuit, &written(&key)), VerifyingKeyError::GammaIsDelta(circuit));

        let break_one: [fn(&mut VerifyingKey<Bn254>); 6] = [
            |key| key.alpha_g1 = G1Affine::zero(),
            |key| key.beta_g2 = G2Affine::zero(),
            |key| key.gamma_g2 = G2Affine::zero(),
            |key| key.delta_g2 = G2Affine::zero(),
            |key| key.gamma_abc_g1[0] = G1Affine::zero(),
            |key| *key.gamma_abc_g1.last_mut().expect("input points") = G1Affine::zero(),
        ];
        for change in break_one {
            let mut key = good.clone();
            change(&mut key);
            assert_eq!(refusal(circuit, &written(&key)), VerifyingKeyError::Identity(circuit));
        }

        let expected = circuit.public_inputs() + 1;
        for found in [0, 1, expected - 1, expected + 1, 40] {
            let mut key = good.clone();
            key.gamma_abc_g1 = (0..found).map(|_| rng.pairing_point()).collect();
            let error = VerifyingKeyError::InputCount { circuit, expected, found };
            assert_eq!(refusal(circuit, &written(&key)), error);
        }
    }
    // A key of the other circuit.
    let [spend, output] = CIRCUITS.map(|circuit| written(&Trapdoor::new(&mut rng, circuit).key()));
    let error = VerifyingKeys::from_bytes(&output, &spend).err();
    assert_eq!(error, Some(VerifyingKeyError::InputCount { circuit: Circuit::Spend, expected: 7, found: 4 }));
}

#[test]
fn key_bytes_are_canonical() {
    let mut rng = Rng::new("key bytes");
    for circuit in CIRCUITS {
        let good = written(&Trapdoor::new(&mut rng, circuit).key());
        let refused = |bytes: &[u8], what: &str| {
            let error = refusal(circuit, bytes);
            assert!(matches!(error, VerifyingKeyError::Encoding(c, _) if c == circuit), "{what}: {error}");
        };
        // Reading points is slow: every offset near a boundary, some between.
        for length in (0..good.len()).filter(|length| length % 32 < 2 || length % 32 == 31) {
            refused(&good[..length], &format!("{length} of {} bytes", good.len()));
        }
        refused(&[&good[..], &[0]].concat(), "one byte more");
        refused(&[&good[..], &good[good.len() - 32..]].concat(), "one point more");
        // alpha | beta | gamma | delta | count of input points (8, little-endian) | points
        let count_at = 32 + 3 * 64;
        for count in [u64::MAX, 1 << 62, 1 << 32] {
            let mut bytes = good.clone();
            bytes[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
            refused(&bytes, &format!("{count} input points"));
        }
        for at in [0, 32, 96, 160, count_at + 8] {
            let mut bytes = good.clone();
            bytes[at..at + 32].fill(0xff);
            refused(&bytes, &format!("ones at {at}"));
        }
        let mut bytes = good.clone();
        bytes[32..96].copy_from_slice(&outside_subgroup());
        refused(&bytes, "beta outside the subgroup");
    }
}

/// A point of the curve of G2 that is not in G2.
fn outside_subgroup() -> [u8; 64] {
    let mut bytes = [0; 64];
    (1u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .expect("most points are outside")
        .serialize_compressed(bytes.as_mut_slice())
        .expect("64 bytes");
    bytes
}

#[test]
fn a_key_without_phase_2_is_forgeable_and_refused() {
    let mut rng = Rng::new("gamma is delta");
    for circuit in CIRCUITS {
        let mut trapdoor = Trapdoor::new(&mut rng, circuit);
        trapdoor.delta = trapdoor.gamma;
        let key = trapdoor.key();
        let inputs: Vec<Fr> = (0..circuit.public_inputs()).map(|_| rng.field()).collect();
        let vk_x = key.gamma_abc_g1[1..]
            .iter()
            .zip(&inputs)
            .fold(G1Projective::from(key.gamma_abc_g1[0]), |sum, (point, input)| sum + *point * input);
        // Nothing here comes from a witness or from the trapdoor.
        let forged = Proof { a: key.alpha_g1, b: key.beta_g2, c: (-vk_x).into_affine() };
        let accepted = |key: &VerifyingKey<Bn254>| {
            Groth16::<Bn254>::verify_proof(&prepare_verifying_key(key), &forged, &inputs)
                .expect("well formed")
        };
        assert!(accepted(&key), "the equation holds for any inputs");
        assert_eq!(refusal(circuit, &written(&key)), VerifyingKeyError::GammaIsDelta(circuit));

        // With a proper key of otherwise the same points the forgery fails.
        trapdoor.delta = rng.field();
        assert!(!accepted(&trapdoor.key()));
        let keys = load(circuit, &written(&trapdoor.key())).expect("a good key");
        let claim = ProofClaim { circuit, inputs: inputs.clone(), proof: to_bytes(&forged) };
        assert_eq!(keys.verify(&claim), Err(ProofError::Invalid));
        assert_eq!(keys.verify_batch(&[claim]), Err((0, ProofError::Invalid)));
    }
}

/// The same for `beta`, which no contribution to phase 1 moved away from `gamma`, or which is `delta`.
#[test]
fn a_key_whose_beta_is_another_point_is_forgeable_and_refused() {
    let mut rng = Rng::new("beta is gamma or delta");
    for circuit in CIRCUITS {
        for (point, negative) in
            [KeyPoint::Gamma, KeyPoint::Delta].into_iter().flat_map(|point| [(point, false), (point, true)])
        {
            let mut trapdoor = Trapdoor::new(&mut rng, circuit);
            let other = if point == KeyPoint::Gamma { trapdoor.gamma } else { trapdoor.delta };
            trapdoor.beta = if negative { -other } else { other };
            let key = trapdoor.key();
            let inputs: Vec<Fr> = (0..circuit.public_inputs()).map(|_| rng.field()).collect();
            let vk_x = key.gamma_abc_g1[1..]
                .iter()
                .zip(&inputs)
                .fold(G1Projective::from(key.gamma_abc_g1[0]), |sum, (point, input)| sum + *point * input);
            // Nothing here comes from a witness or from the trapdoor.
            let alpha = if negative { -key.alpha_g1 } else { key.alpha_g1 };
            let (a, c) = match point {
                KeyPoint::Gamma => (vk_x + alpha, vk_x + alpha),
                _ => (vk_x, vk_x - alpha),
            };
            let forged = Proof {
                a: a.into_affine(),
                b: (key.gamma_g2 + key.delta_g2).into_affine(),
                c: c.into_affine(),
            };
            let accepted = |key: &VerifyingKey<Bn254>| {
                Groth16::<Bn254>::verify_proof(&prepare_verifying_key(key), &forged, &inputs)
                    .expect("well formed")
            };
            assert!(accepted(&key), "the equation holds for any inputs");
            assert_eq!(refusal(circuit, &written(&key)), VerifyingKeyError::BetaIs { circuit, point });
            assert_eq!(lint(None, &written(&key)), [KeyProblem::BetaIs(point)]);

            trapdoor.beta = rng.field();
            assert!(!accepted(&trapdoor.key()));
            assert!(load(circuit, &written(&trapdoor.key())).is_ok());
        }
    }
}

#[test]
fn batches_say_what_single_proofs_say() {
    let mut rng = Rng::new("batch");
    let (trapdoors, keys) = setup(&mut rng);
    let other = setup(&mut rng).1;
    assert_eq!(keys.verify_batch(&[]), Ok(()));
    assert_ne!(keys.hashes(), other.hashes());
    let order = [0, 1, 1, 0, 1, 0, 0];
    let claims: Vec<_> = order.iter().map(|i| trapdoors[*i].claim(&mut rng, CIRCUITS[*i])).collect();
    for (i, claim) in claims.iter().enumerate() {
        assert_eq!(keys.verify(claim), Ok(()), "claim {i}");
        assert_eq!(other.verify(claim), Err(ProofError::Invalid), "claim {i} under another key");
        assert_eq!(keys.verify_batch(&claims[i..]), Ok(()), "claims from {i}");
        assert_eq!(keys.verify_batch(&claims[..=i]), Ok(()), "claims to {i}");
    }
    for bad in 0..claims.len() {
        let mut changed = claims.clone();
        changed[bad].inputs[bad % 3] += Fr::from(1u8);
        assert_eq!(keys.verify(&changed[bad]), Err(ProofError::Invalid), "input of {bad}");
        assert_eq!(keys.verify_batch(&changed), Err((bad, ProofError::Invalid)), "input of {bad}");

        let mut changed = claims.clone();
        changed[bad].proof = claims[(bad + 1) % claims.len()].proof;
        assert_eq!(keys.verify_batch(&changed), Err((bad, ProofError::Invalid)), "proof of {bad}");

        let mut changed = claims.clone();
        changed[bad].proof = [0xff; PROOF_LEN];
        assert_eq!(keys.verify_batch(&changed), Err((bad, ProofError::Encoding)), "bytes of {bad}");

        for wrong in [0, claims[bad].inputs.len() - 1, claims[bad].inputs.len() + 1] {
            let mut changed = claims.clone();
            changed[bad].inputs.resize(wrong, Fr::ZERO);
            assert_eq!(keys.verify(&changed[bad]), Err(ProofError::Invalid), "{wrong} inputs of {bad}");
            assert_eq!(
                keys.verify_batch(&changed),
                Err((bad, ProofError::Invalid)),
                "{wrong} inputs of {bad}"
            );
        }
    }
}

#[test]
fn errors_that_cancel_are_found() {
    let mut rng = Rng::new("cancel");
    let (trapdoors, keys) = setup(&mut rng);
    let error: G1Affine = rng.pairing_point();
    let inputs: Vec<Fr> = (0..3).map(|_| rng.field()).collect();
    let shifted = |rng: &mut Rng, shift: G1Projective| {
        let mut proof = trapdoors[1].prove(rng, &inputs);
        proof.c = (shift + proof.c).into_affine();
        ProofClaim { circuit: Circuit::Output, inputs: inputs.clone(), proof: to_bytes(&proof) }
    };
    // A plain sum of both equations would hold.
    let claims = [shifted(&mut rng, error.into()), shifted(&mut rng, -G1Projective::from(error))];
    assert_eq!(keys.verify_batch(&claims), Err((0, ProofError::Invalid)));
    let good = trapdoors[1].claim(&mut rng, Circuit::Output);
    assert_eq!(
        keys.verify_batch(&[good, claims[0].clone(), claims[1].clone()]),
        Err((1, ProofError::Invalid))
    );
}

#[test]
fn proof_bytes_are_canonical() {
    let mut rng = Rng::new("proof bytes");
    let (trapdoors, keys) = setup(&mut rng);
    let claim = trapdoors[0].claim(&mut rng, Circuit::Spend);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = claim.clone();
        changed.proof[at..at + bytes.len()].copy_from_slice(bytes);
        keys.verify(&changed)
    };
    assert_eq!(with(0, &[]), Ok(()));

    let (mut no_g1, mut no_g2) = ([0; 32], [0; 64]);
    G1Affine::zero().serialize_compressed(no_g1.as_mut_slice()).expect("32 bytes");
    G2Affine::zero().serialize_compressed(no_g2.as_mut_slice()).expect("64 bytes");
    let modulus: [u8; 32] = Fq::MODULUS.to_bytes_le().try_into().expect("32 bytes");
    let off_curve = (0u8..)
        .map(|x| core::array::from_fn::<u8, 32, _>(|i| if i == 0 { x } else { 0 }))
        .find(|bytes| G1Affine::deserialize_compressed(bytes.as_slice()).is_err())
        .expect("half of all x are off the curve");
    for at in [0, 96] {
        assert_eq!(with(at, &no_g1), Err(ProofError::Encoding), "identity at {at}");
        assert_eq!(with(at, &[0xff; 32]), Err(ProofError::Encoding), "ones at {at}");
        assert_eq!(with(at, &modulus), Err(ProofError::Encoding), "x = p at {at}");
        assert_eq!(with(at, &off_curve), Err(ProofError::Encoding), "off the curve at {at}");
        let last = claim.proof[at + 31];
        assert_eq!(with(at + 31, &[last | 0xc0]), Err(ProofError::Encoding), "both flags at {at}");
        assert_eq!(with(at + 31, &[last ^ 0x80]), Err(ProofError::Invalid), "sign at {at}");
    }
    assert_eq!(with(32, &no_g2), Err(ProofError::Encoding));
    assert_eq!(with(32, &outside_subgroup()), Err(ProofError::Encoding));
    assert_eq!(with(32, &modulus), Err(ProofError::Encoding));
    // x + p in place of x, where it fits: the same point, other bytes.
    let mut x = Fq::deserialize_compressed(&claim.proof[..32][..]).unwrap_or_default().into_bigint();
    assert!(!x.add_with_carry(&Fq::MODULUS));
    let bytes = x.to_bytes_le();
    if bytes[31] & 0xc0 == 0 {
        assert_eq!(with(0, &bytes), Err(ProofError::Encoding), "x + p");
    }
    for bit in 0..8 * PROOF_LEN {
        let flipped = claim.proof[bit / 8] ^ (1 << (bit % 8));
        assert!(with(bit / 8, &[flipped]).is_err(), "bit {bit}");
    }
}

#[test]
fn a_bundle_is_judged_as_a_whole() {
    let mut rng = Rng::new("bundle");
    let (trapdoors, keys) = setup(&mut rng);
    let Given { mut bundle, sighash, bsk, .. } = given("full");
    assert_eq!(
        bundle.verify(&sighash, &keys),
        Err(BundleError::SpendProof { index: 0, error: ProofError::Encoding }),
        "the vectors' proofs are random bytes"
    );
    let claims = bundle.proof_claims();
    assert_eq!(claims.len(), bundle.spends.len() + bundle.outputs.len());
    let (first, spend, output) = (bundle.anchor, &bundle.spends[1], &bundle.outputs[2]);
    let expected = [first, spend.nullifier, spend.rk.x, spend.rk.y, spend.cv.x, spend.cv.y];
    assert_eq!((claims[1].circuit, claims[1].inputs.as_slice()), (Circuit::Spend, expected.as_slice()));
    let expected = [output.cm, output.cv.x, output.cv.y];
    assert_eq!((claims[4].circuit, claims[4].inputs.as_slice()), (Circuit::Output, expected.as_slice()));

    let mut proofs = claims.iter().map(|claim| {
        let trapdoor = &trapdoors[usize::from(claim.circuit == Circuit::Output)];
        to_bytes(&trapdoor.prove(&mut rng, &claim.inputs))
    });
    for spend in &mut bundle.spends {
        spend.proof = proofs.next().expect("a proof for each");
    }
    for output in &mut bundle.outputs {
        output.proof = proofs.next().expect("a proof for each");
    }
    assert_eq!(
        bundle.verify_signatures(&sighash),
        Err(BundleError::Balance(SignatureError::Mismatch)),
        "binding_sig covers the proofs"
    );
    let bind = |bundle: &mut sero_shielded::bundle::Bundle| {
        bundle.binding_sig =
            sign(Domain::Binding, &bsk, bundle.binding_message(&sighash).as_slice(), &[0; 32]);
    };
    bind(&mut bundle);
    assert_eq!(bundle.verify(&sighash, &keys), Ok(()));

    for index in 0..bundle.spends.len() {
        let mut changed = bundle.clone();
        changed.spends[index].proof = bundle.spends[1 - index].proof;
        bind(&mut changed);
        let error = BundleError::SpendProof { index, error: ProofError::Invalid };
        assert_eq!(changed.verify(&sighash, &keys), Err(error));
        let mut changed = bundle.clone();
        changed.spends[index].auth_sig = bundle.spends[1 - index].auth_sig;
        let error = BundleError::Authorisation { index, error: SignatureError::Mismatch };
        assert_eq!(changed.verify(&sighash, &keys), Err(error));
        changed.spends[index].auth_sig.0[..32].fill(0xff);
        let error =
            BundleError::Authorisation { index, error: SignatureError::Nonce(PointError::NotCanonical) };
        assert_eq!(changed.verify(&sighash, &keys), Err(error));
    }
    for index in 0..bundle.outputs.len() {
        let mut changed = bundle.clone();
        changed.outputs[index].proof = bundle.outputs[(index + 1) % 3].proof;
        bind(&mut changed);
        let error = BundleError::OutputProof { index, error: ProofError::Invalid };
        assert_eq!(changed.verify(&sighash, &keys), Err(error));
    }
    // Value out of nothing: one more unit leaves the pool.
    let mut changed = bundle.clone();
    changed.balance[0].amount += 1;
    bind(&mut changed);
    assert_eq!(changed.verify_signatures(&sighash), Err(BundleError::Balance(SignatureError::Mismatch)));
    // The other way round.
    let mut changed = bundle.clone();
    changed.balance[0].direction = sero_shielded::bundle::Direction::Inward;
    bind(&mut changed);
    assert_eq!(changed.verify_signatures(&sighash), Err(BundleError::Balance(SignatureError::Mismatch)));
}

#[test]
fn a_rerandomised_proof_proves_the_same_and_is_another() {
    let mut rng = Rng::new("rerandomise");
    let (trapdoors, keys) = setup(&mut rng);
    for (trapdoor, circuit) in trapdoors.iter().zip(CIRCUITS) {
        let claim = trapdoor.claim(&mut rng, circuit);
        let z: [Fr; 4] = core::array::from_fn(|_| rng.field());
        let again = |proof: &ProofBytes, z: [&Fr; 2]| keys.rerandomise(circuit, proof, z);
        let one = again(&claim.proof, [&z[0], &z[1]]).expect("a proof");
        let other = again(&claim.proof, [&z[2], &z[3]]).expect("a proof");
        for part in [0..32, 32..96, 96..128] {
            assert!(one[part.clone()] != claim.proof[part.clone()] && one[part.clone()] != other[part]);
        }
        for proof in [one, other] {
            assert_eq!(keys.verify(&ProofClaim { proof, ..claim.clone() }), Ok(()));
        }
        // A bad proof does not get better.
        let mut wrong = claim.clone();
        wrong.inputs[0] += Fr::from(1u8);
        assert_eq!(keys.verify(&ProofClaim { proof: one, ..wrong }), Err(ProofError::Invalid));

        // Both factors can be chosen so that A and B become those of another proof: nothing of the
        // first is left, since C follows.
        let (from, to) = (exponents(&mut rng), exponents(&mut rng));
        let prove = |(a, b)| to_bytes(&trapdoor.prove_with(a, b, &claim.inputs));
        let z1 = from.0 * to.0.inverse().expect("not zero");
        let z2 = (to.1 - z1 * from.1) * (z1 * trapdoor.delta).inverse().expect("not zero");
        assert_eq!(again(&prove(from), [&z1, &z2]), Ok(prove(to)));

        assert_eq!(again(&claim.proof, [&Fr::ZERO, &z[0]]), Err(ProofError::Invalid));
        assert_eq!(again(&[0xff; PROOF_LEN], [&z[0], &z[1]]), Err(ProofError::Encoding));
        assert!(again(&claim.proof, [&z[0], &Fr::ZERO]).is_ok());
    }
}
