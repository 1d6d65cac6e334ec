//! What honest ceremonies give.

use super::support::*;
use crate::builder::Builder;
use crate::ceremony::powers::Powers;
use crate::ceremony::query::Queries;
use crate::ceremony::{Error, Phase, Shape, read, start, verify};
use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field as _, One, UniformRand};
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP};
use ark_groth16::{Groth16, ProvingKey, prepare_verifying_key};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::gr1cs::{ConstraintSystem, OptimizationGoal, SynthesisMode};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use sero_shielded::field::Field;

fn proves(key: &ProvingKey<Bn254>, shape: &Shape, b: &Builder<'_>) {
    let mut rng = StdRng::from_seed([9; 32]);
    let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
        key,
        Field::rand(&mut rng),
        Field::rand(&mut rng),
        &shape.matrices,
        shape.public_inputs + 1,
        shape.constraints,
        &b.assignment,
    )
    .unwrap();
    let prepared = prepare_verifying_key(&key.vk);
    let mut public = b.assignment[1..=shape.public_inputs].to_vec();
    assert_eq!(Groth16::<Bn254>::verify_proof(&prepared, &proof, &public), Ok(true));
    public[0] += Field::one();
    assert_eq!(Groth16::<Bn254>::verify_proof(&prepared, &proof, &public), Ok(false));
}

#[test]
fn three_contributors_make_keys_that_prove() {
    let verified = verify(&files()[FINISHED], shapes()).unwrap();
    assert_eq!((verified.contributions, verified.beacons), ([3, 3], 2));
    let names: Vec<_> = verified.entries.iter().map(|entry| entry.name.as_deref().unwrap_or("-")).collect();
    assert_eq!(names, ["alice", "bob", "carol", "-", "alice", "bob", "carol", "-"]);
    for x in [0, 5, 1 << 40] {
        proves(&verified.keys_of("cube").unwrap().proving_key, &shapes()[0], &cube_builder(x));
        proves(&verified.keys_of("squares").unwrap().proving_key, &shapes()[1], &squares_builder(x));
    }
    let vk = &verified.keys[0];
    vk.check_verifying_key(&vk.verifying_key).unwrap();
    vk.check_proving_key(&vk.proving_key_bytes()).unwrap();
    let other = &verified.keys[1];
    let wrong = |kind| Error::WrongKey { kind, circuit: "cube".into() };
    assert_eq!(vk.check_verifying_key(&other.verifying_key), Err(wrong("verifying")));
    assert_eq!(vk.check_proving_key(&other.proving_key_bytes()), Err(wrong("proving")));
}

#[test]
fn every_stage_reads_back_and_only_the_last_gives_keys() {
    for (stage, file) in files().iter().enumerate() {
        let ceremony = read(file, shapes()).unwrap_or_else(|error| panic!("stage {stage}: {error}"));
        assert!(ceremony.encode() == *file, "one file for each ceremony");
        assert_eq!(ceremony.entries().len(), stage);
        let phase = match stage {
            START..=PHASE_1 => Phase::One,
            PHASE_2_START..=PHASE_2 => Phase::Two,
            _ => Phase::Finished,
        };
        assert_eq!(ceremony.phase(), phase);
        assert_eq!(ceremony.verified().err().is_some(), stage != FINISHED);
        assert_eq!(
            verify(file, shapes()).err(),
            match phase {
                Phase::One => Some(Error::NotFinished("phase 1 is open")),
                Phase::Two => Some(Error::NotFinished("phase 2 is open")),
                Phase::Finished => None,
            }
        );
    }
}

#[test]
fn only_a_continuation_continues() {
    let read = |file: &[u8]| read(file, shapes()).unwrap();
    let all: Vec<_> = files().iter().map(|file| read(file)).collect();
    for (earlier, before) in all.iter().enumerate() {
        for (later, ceremony) in all.iter().enumerate() {
            let answer = ceremony.check_continues(before);
            assert_eq!(answer.is_ok(), later >= earlier, "{later} after {earlier}: {answer:?}");
        }
    }
    // The same title and id, other contributions; and another id with none.
    let foreign = stages(shapes(), "foreign");
    let finished = read(&foreign[FINISHED]);
    assert!(finished.check_continues(&all[START]).is_ok());
    for (stage, before) in all.iter().enumerate().skip(1) {
        let answer = finished.check_continues(before);
        assert!(matches!(answer, Err(Error::NotContinued { .. })), "stage {stage}");
    }
    let other = start(shapes(), "test", [8; 32]).unwrap();
    assert!(all[FINISHED].check_continues(&other).is_err());
}

#[test]
fn steps_out_of_turn_are_refused() {
    let mut finished = read(&files()[FINISHED], shapes()).unwrap();
    assert_eq!(finished.contribute("late", &randomness("late")).err(), Some(Error::Finished));
    assert_eq!(finished.finish_phase(beacon()).err(), Some(Error::Finished));
    assert!(finished.encode() == files()[FINISHED], "nothing has changed");
    for stage in [START, PHASE_2_START] {
        let mut ceremony = read(&files()[stage], shapes()).unwrap();
        let index = u32::try_from(stage).unwrap();
        assert_eq!(ceremony.finish_phase(beacon()).err(), Some(Error::EarlyBeacon(index)));
        assert!(ceremony.encode() == files()[stage], "nothing has changed");
    }
    for name in ["", "a\nb", "a\u{7f}", &"x".repeat(65)] {
        let mut ceremony = read(&files()[START], shapes()).unwrap();
        let error = ceremony.contribute(name, &randomness("name")).unwrap_err();
        assert!(matches!(error, Error::Field { field, .. } if field == "name"));
        assert!(
            matches!(start(shapes(), name, [0; 32]).err(), Some(Error::Field { field, .. }) if field == "title")
        );
    }
}

/// The same randomness at another place gives other factors: a contributor
/// whose machine repeats itself does not repeat his secret.
#[test]
fn factors_depend_on_the_place() {
    let r = randomness("same");
    let factors = [
        r.factor(&[1; 32], 1, 0),
        r.factor(&[2; 32], 1, 0),
        r.factor(&[1; 32], 2, 0),
        r.factor(&[1; 32], 1, 1),
        randomness("other").factor(&[1; 32], 1, 0),
    ];
    for (i, a) in factors.iter().enumerate() {
        assert!(factors[i + 1..].iter().all(|b| **a != **b));
    }
    let mut system = [3; 64];
    assert!(crate::ceremony::Randomness::new(&mut system, b"text").is_err());
    system[0] = 4;
    assert!(crate::ceremony::Randomness::new(&mut system, b"text").is_ok());
    assert_eq!(system, [0; 64], "wiped");
}

/// The queries, element by element, against arkworks' own reduction at a known
/// tau; and exactly as many of them as Groth16 has.
#[test]
fn queries_are_those_of_groth16() {
    let mut rng = StdRng::from_seed([4; 32]);
    let [tau, alpha, beta, delta] = core::array::from_fn(|_| Fr::rand(&mut rng));
    let mut powers = Powers::start(32);
    powers.apply([&tau, &alpha, &beta]);
    for (shape, b) in shapes().iter().zip([cube_builder(2), squares_builder(2)]) {
        let cs = ConstraintSystem::<Field>::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        b.replay(&cs).unwrap();
        cs.finalize();
        type Domain = GeneralEvaluationDomain<Field>;
        let (a, b, c, zt, variables, n) =
            LibsnarkReduction::instance_map_with_evaluation::<_, Domain>(cs, &tau).unwrap();
        let public = shape.public_inputs + 1;
        assert_eq!((variables + 1, n), (shape.wires, shape.domain.size()));
        let g1 = |x: Fr| (G1Affine::generator() * x).into_affine();
        let g2 = |x: Fr| (G2Affine::generator() * x).into_affine();
        let over = delta.inverse().unwrap();
        let k: Vec<Fr> = (0..shape.wires).map(|i| beta * a[i] + alpha * b[i] + c[i]).collect();

        let mut queries = Queries::derive(shape, &powers);
        queries.apply(&delta);
        let key = queries.proving_key(&powers);
        let all = |points: Vec<G1Affine>, scalars: Vec<Fr>| {
            assert_eq!(points, scalars.into_iter().map(g1).collect::<Vec<_>>());
        };
        all(key.a_query, a);
        assert_eq!(key.b_g2_query, b.iter().map(|x| g2(*x)).collect::<Vec<_>>());
        all(key.b_g1_query, b);
        all(key.vk.gamma_abc_g1, k[..public].to_vec());
        all(key.l_query, k[public..].iter().map(|x| *x * over).collect());
        let h = |count: usize| (0..count as u64).map(|i| tau.pow([i]) * zt * over).collect::<Vec<_>>();
        all(key.h_query, h(n - 1));
        all(queries.h, h(n));
        all(vec![key.vk.alpha_g1, key.beta_g1, key.delta_g1], vec![alpha, beta, delta]);
        assert_eq!([key.vk.beta_g2, key.vk.gamma_g2, key.vk.delta_g2], [g2(beta), g2(Fr::one()), g2(delta)]);
    }
}

/// CVE-2019-7167: a setup that publishes one element too many can be fatal. The
/// file has room for these elements and for no other.
#[test]
fn a_file_has_exactly_the_elements_of_the_reference_string() {
    let (g1, g2) = (32, 64);
    let powers = (2 * 32 + 32 + 32) * g1 + (32 + 1) * g2;
    let queries: usize = shapes()
        .iter()
        .map(|shape| {
            let (public, wires, n) = (shape.public_inputs + 1, shape.wires, shape.domain.size());
            // delta, inputs, A, B, L, and H with the one element more.
            let in_g1 = 1 + public + wires + wires + (wires - public) + (n - 1) + 1;
            in_g1 * g1 + (1 + wires) * g2
        })
        .sum();
    let names = "alice".len() + "bob".len() + "carol".len();
    let each = 4 + 32 + 1 + 1;
    let contribution = |secrets| 3 * (each + secrets * (2 * g1 + g2)) + names;
    let end = |secrets| each + beacon().value().len() + 1 + secrets * g1;
    let header = 8 + 32 + 1 + "test".len() + 4 + 1 + 2 * (1 + 32 + 16) + "cube".len() + "squares".len() + 4;
    assert_eq!(files()[START].len(), header + powers);
    assert_eq!(files()[PHASE_1].len(), header + contribution(3) + powers);
    let records = contribution(3) + end(3) + contribution(2) + end(2);
    assert_eq!(files()[FINISHED].len(), header + records + powers + queries);
}
