//! ZKP through the real EVM, against the vectors of the specification, RFC 8439
//! and circomlib. Hostile input is in `hostile`, gas in `gas`.

mod disclosure;
mod gas;
mod hostile;
pub mod model;
mod proofs;

use crate::schemes::{CALL, CALLCODE, DELEGATECALL, STATICCALL, forwarder};
use crate::support::TestChain;
use alloy_primitives::{B256, Bytes, FixedBytes, U256, hex};
use alloy_sol_types::{SolCall, SolError};
use serde_json::Value;
use sero_execution::{CallOutcome, CallRequest};
use sero_primitives::ZKP;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::bundle::{Bundle, Direction, PackageAction};
use sero_shielded::curve::{Point, g_auth, point_from_bytes, point_to_bytes};
use sero_shielded::field::field_to_bytes;

/// One simulated transaction to ZKP.
pub fn ask(chain: &TestChain, call: &impl SolCall) -> CallOutcome {
    send(chain, call.abi_encode())
}

pub fn send(chain: &TestChain, input: Vec<u8>) -> CallOutcome {
    let request = CallRequest { to: Some(ZKP), input: input.clone().into(), ..Default::default() };
    let outcome = chain.simulator().call(&request).unwrap();
    model::compare(&input, U256::ZERO, &outcome);
    outcome
}

/// The answer of a call that must return.
pub fn answer<C: SolCall>(chain: &TestChain, call: &C) -> C::Return {
    let outcome = ask(chain, call);
    assert!(outcome.success, "{}: {} {:?}", C::SIGNATURE, outcome.revert_reason(), outcome.halt);
    C::abi_decode_returns_validate(&outcome.output).unwrap()
}

/// The named error of a call that must revert.
pub fn refusal<E: SolError>(chain: &TestChain, call: &impl SolCall) -> E {
    let outcome = ask(chain, call);
    assert!(!outcome.success && outcome.halt.is_none(), "{:?}", outcome.output);
    E::abi_decode_validate(&outcome.output)
        .unwrap_or_else(|error| panic!("{error}: not {} but {}", E::SIGNATURE, hex::encode(&outcome.output)))
}

/// Cases of a vector file, of one kind.
fn vectors(file: &str, kind: Option<&str>) -> Vec<Value> {
    let path = format!("{}/../../docs/spec/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = json["cases"].as_array().unwrap().clone();
    let cases: Vec<_> = cases.into_iter().filter(|case| case["kind"].as_str() == kind).collect();
    assert!(!cases.is_empty(), "{file} has cases of kind {kind:?}");
    cases
}

fn bytes(case: &Value) -> Vec<u8> {
    hex::decode(case.as_str().unwrap()).unwrap()
}

fn word(case: &Value) -> U256 {
    U256::from_be_slice(&bytes(case))
}

#[test]
fn poseidon_has_the_specification_values() {
    let chain = TestChain::new();
    let mut plain = 0;
    for case in vectors("poseidon", None) {
        let inputs: Vec<U256> = case["inputs"].as_array().unwrap().iter().map(word).collect();
        let tag = U256::from(case["tag"].as_u64().unwrap());
        let expected = word(&case["output"]);
        assert_eq!(answer(&chain, &abi::poseidonTaggedCall { tag, inputs: inputs.clone() }), expected);
        if tag.is_zero() {
            assert_eq!(answer(&chain, &abi::poseidonCall { inputs }), expected);
            plain += 1;
        }
    }
    assert!(plain >= 8);
}

/// Values that circomlib's own tests and users have.
#[test]
fn poseidon_is_circomlibs() {
    let chain = TestChain::new();
    for (inputs, expected) in [
        (1, "18586133768512220936620570745912940619677854269274689475585506675881198879027"),
        (2, "7853200120776062878684798364095072458815029376092732009249414926327459813530"),
        (3, "6542985608222806190361240322586112750744169038454362455181422643027100751666"),
        (4, "18821383157269793795438455681495246036402687001665670618754263018637548127333"),
    ] {
        let inputs = (1..=inputs).map(U256::from).collect();
        assert_eq!(answer(&chain, &abi::poseidonCall { inputs }), expected.parse::<U256>().unwrap());
    }
}

#[test]
fn points_have_the_specification_encodings() {
    let chain = TestChain::new();
    let (mut good, mut bad) = (0, 0);
    for case in vectors("point", None) {
        let encoding: Vec<u8> = bytes(&case["encoding"]);
        let Ok(encoding) = B256::try_from(encoding.as_slice()) else { continue };
        let call = abi::decompressPointCall { encoding };
        if case["valid"].as_bool().unwrap() {
            let point = answer(&chain, &call);
            assert_eq!((point.x, point.y), (word(&case["x"]), word(&case["y"])));
            assert!(answer(&chain, &abi::hasPrimeOrderCall { point: point.clone() }));
            assert_eq!(answer(&chain, &abi::compressPointCall { point }), encoding);
            good += 1;
        } else {
            let error = refusal::<abi::InvalidPoint>(&chain, &call);
            assert_eq!(error.field, "encoding");
            bad += 1;
        }
    }
    assert!(good >= 10 && bad >= 10, "{good} good, {bad} bad");
}

fn coordinates(point: &sero_shielded::curve::Point) -> abi::Point {
    let [x, y] = [point.x, point.y].map(|c| U256::from_be_bytes(field_to_bytes(&c)));
    abi::Point { x, y }
}

fn read_point(encoding: &Value) -> abi::Point {
    coordinates(&point_from_bytes(&bytes(encoding).try_into().unwrap()).unwrap())
}

#[test]
fn hashes_and_generators_have_the_specification_values() {
    let chain = TestChain::new();
    for case in vectors("map", Some("hash_to_curve")) {
        let domain: Bytes = case["domain"].as_str().unwrap().as_bytes().to_vec().into();
        let call = abi::hashToCurveCall { domain, message: bytes(&case["message"]).into() };
        assert_eq!(answer(&chain, &call), read_point(&case["point"]));
    }
    for kind in ["coin", "token", "ticket", "any"] {
        for case in vectors("asset", Some(kind)) {
            let generator = answer(&chain, &abi::assetGeneratorCall { asset: word(&case["id"]) });
            assert_eq!(generator, read_point(&case["generator"]));
            assert_eq!((generator.x, generator.y), (word(&case["V.x"]), word(&case["V.y"])));
        }
    }
    for case in vectors("note", Some("value")) {
        let call = abi::commitCall {
            asset: word(&case["asset"]),
            amount: case["v"].as_str().unwrap().parse().unwrap(),
            rcv: word(&case["rcv"]),
        };
        assert_eq!(answer(&chain, &call), B256::from_slice(&bytes(&case["cv"])));
    }
}

#[test]
fn curve_arithmetic_agrees_with_the_native_one() {
    use ark_ec::{AffineRepr, CurveGroup};
    let chain = TestChain::new();
    let native = |p: sero_shielded::curve::PointSum| coordinates(&p.into_affine());
    let point = g_auth();
    let mut sum = sero_shielded::curve::PointSum::from(point);
    for n in 1..40u32 {
        let multiplied =
            answer(&chain, &abi::multiplyPointCall { point: coordinates(&point), scalar: U256::from(n) });
        assert_eq!(multiplied, native(sum), "{n}");
        let (a, b) = (multiplied, coordinates(&point));
        assert_eq!(answer(&chain, &abi::addPointsCall { a, b }), native(sum + point));
        sum += point;
    }
    // The exceptional pairs: P + P, P - P, P + identity, identity + identity, small order.
    let identity = abi::Point { x: U256::ZERO, y: U256::ONE };
    let minus = coordinates(&-point);
    let order_2 = coordinates(&sero_shielded::curve::Point::new_unchecked(
        0u8.into(),
        -sero_shielded::field::Field::from(1u8),
    ));
    let a = coordinates(&point);
    for (b, expected) in [
        (a.clone(), native(point + point)),
        (minus, identity.clone()),
        (identity.clone(), a.clone()),
        (order_2.clone(), abi::Point { x: coordinates(&-point).x, y: negate(a.y) }),
    ] {
        assert_eq!(answer(&chain, &abi::addPointsCall { a: a.clone(), b }), expected);
    }
    let doubled = abi::addPointsCall { a: order_2.clone(), b: order_2.clone() };
    assert_eq!(answer(&chain, &doubled), identity);
    // Scalars: 0, 1, l - 1; outside the subgroup an odd multiple is not reduced away.
    let l_minus_1 =
        U256::from_be_bytes(sero_shielded::field::scalar_to_bytes(&-sero_shielded::field::Scalar::from(1u8)));
    let multiply =
        |point: &abi::Point, scalar| answer(&chain, &abi::multiplyPointCall { point: point.clone(), scalar });
    assert_eq!(multiply(&a, U256::ZERO), identity);
    assert_eq!(multiply(&a, U256::ONE), a);
    assert_eq!(multiply(&a, l_minus_1), coordinates(&-point));
    assert_eq!(multiply(&identity, l_minus_1), identity);
    assert_eq!(multiply(&order_2, U256::from(3)), order_2);
    assert_eq!(multiply(&order_2, l_minus_1), identity, "l - 1 is even");
    assert!(point.is_on_curve() && !point.is_zero());
}

fn negate(value: U256) -> U256 {
    use ark_ff::PrimeField;
    let r = U256::from_limbs(sero_shielded::field::Field::MODULUS.0);
    if value.is_zero() { value } else { r - value }
}

pub fn balance_call(bundle: &Bundle, message: B256) -> abi::checkBalanceCall {
    let (mut cv_in, mut cv_out) = (vec![], vec![]);
    cv_in.extend(bundle.spends.iter().map(|spend| spend.cv));
    cv_out.extend(bundle.outputs.iter().map(|output| output.cv));
    for package in &bundle.packages {
        match package {
            PackageAction::Open(open) => cv_in.push(open.cv),
            PackageAction::Create(create) => cv_out.push(create.cv),
        }
    }
    let encoded = |cvs: Vec<Point>| cvs.iter().map(|cv| point_to_bytes(cv).into()).collect();
    abi::checkBalanceCall {
        cvIn: encoded(cv_in),
        cvOut: encoded(cv_out),
        flows: bundle
            .balance
            .iter()
            .map(|entry| abi::Flow {
                asset: U256::from_be_bytes(entry.asset.to_bytes()),
                amount: entry.amount,
                inward: entry.direction == Direction::Inward,
            })
            .collect(),
        message,
        signature: bundle.binding_sig.0.to_vec().into(),
    }
}

#[test]
fn balances_are_those_of_bundles() {
    let chain = TestChain::new();
    for case in vectors("bundle", Some("bundle")) {
        let bundle = Bundle::decode(&bytes(&case["encoded"])).unwrap();
        let message = B256::from_slice(&bytes(&case["binding_message"]));
        let good = balance_call(&bundle, message);
        assert!(answer(&chain, &good));
        // Everything that the signature stands for.
        let mut bad = vec![abi::checkBalanceCall { message: B256::ZERO, ..good.clone() }];
        for i in 0..good.cvIn.len() {
            let mut call = good.clone();
            let moved = call.cvIn.remove(i);
            bad.push(call.clone());
            call.cvOut.push(moved);
            bad.push(call);
        }
        for i in 0..good.cvOut.len() {
            let mut call = good.clone();
            call.cvOut.remove(i);
            bad.push(call);
        }
        for i in 0..good.flows.len() {
            let mut more = good.clone();
            more.flows[i].amount = more.flows[i].amount.checked_add(1).unwrap_or(1);
            let mut other_way = good.clone();
            other_way.flows[i].inward ^= true;
            let mut other_asset = good.clone();
            other_asset.flows[i].asset = U256::from(7);
            let mut twice = good.clone();
            twice.flows.push(twice.flows[i].clone());
            bad.extend([more, other_way, other_asset, twice]);
        }
        for call in bad {
            assert!(!answer(&chain, &call), "{}", case["name"]);
        }
    }
    for case in vectors("bundle", Some("refused-bvk")) {
        let bundle = Bundle::decode(&bytes(&case["encoded"])).unwrap();
        // The forgery: under the identity the secret is zero, and everybody has it.
        let signature = sero_shielded::signature::sign(
            sero_shielded::signature::Domain::Binding,
            &sero_shielded::field::Scalar::from(0u8),
            B256::ZERO.as_slice(),
            &[1; 32],
        );
        let call = abi::checkBalanceCall {
            signature: signature.0.to_vec().into(),
            ..balance_call(&bundle, B256::ZERO)
        };
        assert!(!answer(&chain, &call), "identity: {}", case["name"]);
    }
}

fn key_stream(key: [u8; 32], nonce: [u8; 12], counter: u32, data: &[u8]) -> abi::chacha20Call {
    abi::chacha20Call { key: key.into(), nonce: FixedBytes(nonce), counter, data: data.to_vec().into() }
}

/// RFC 8439, sections 2.3.2 and 2.4.2 and appendix A.1.
#[test]
fn chacha20_is_rfc_8439s() {
    let chain = TestChain::new();
    let counting: [u8; 32] = core::array::from_fn(|i| i as u8);
    let block = key_stream(counting, hex!("000000090000004a00000000"), 1, &[0; 64]);
    let expected = hex!(
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
    );
    assert_eq!(answer(&chain, &block)[..], expected);
    let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let sealed = hex!(
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
        "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
        "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
        "5af90bbf74a35be6b40b8eedf2785e42874d"
    );
    let nonce = hex!("000000000000004a00000000");
    assert_eq!(answer(&chain, &key_stream(counting, nonce, 1, text))[..], sealed);
    assert_eq!(answer(&chain, &key_stream(counting, nonce, 1, &sealed))[..], *text);
    let zero = hex!(
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
    );
    assert_eq!(answer(&chain, &key_stream([0; 32], [0; 12], 0, &[0; 64]))[..], zero);
    // Any length is a prefix; the second block starts where the counter says.
    let long = answer(&chain, &key_stream(counting, nonce, 7, &[0; 300]));
    for length in 0..300 {
        assert_eq!(answer(&chain, &key_stream(counting, nonce, 7, &vec![0; length])), long[..length]);
    }
    assert_eq!(answer(&chain, &key_stream(counting, nonce, 9, &[0; 64])), long[128..192]);
    assert_eq!(answer(&chain, &key_stream(counting, nonce, 0, &vec![0; 16_384])).len(), 16_384);
}

#[test]
fn every_call_scheme_works_and_value_is_refused() {
    let mut chain = TestChain::new();
    let call = abi::poseidonCall { inputs: vec![U256::from(1), U256::from(2)] }.abi_encode();
    let expected = "7853200120776062878684798364095072458815029376092732009249414926327459813530";
    let expected = expected.parse::<U256>().unwrap().to_be_bytes::<32>();
    for opcode in [CALL, CALLCODE, DELEGATECALL, STATICCALL] {
        let contract = chain.create(0, 10, forwarder(opcode, ZKP, 0));
        // Also where a frame further out is static, and with value in the delegating frame.
        let outer = chain.create(0, 0, forwarder(STATICCALL, contract, 0));
        for (to, value) in [(contract, 0), (contract, 5), (outer, 0)] {
            let outcome = chain.send(1, to, value, call.clone());
            assert!(outcome.receipt.success, "opcode {opcode:#x}");
            assert_eq!(outcome.output[..], expected);
        }
    }
    for opcode in [CALL, CALLCODE] {
        let contract = chain.create(0, 10, forwarder(opcode, ZKP, 1));
        let outcome = chain.send(1, contract, 0, call.clone());
        assert!(!outcome.receipt.success);
        assert_eq!(outcome.output, abi::NotPayable {}.abi_encode());
    }
    assert!(!chain.send(1, ZKP, 1, call).receipt.success);
}

/// The account is like the other precompiles': coded, not empty, no holder of tokens.
#[test]
fn the_account_is_reserved() {
    use sero_primitives::genesis::GenesisError;
    use sero_primitives::precompile::STUB_CODE;
    use sero_primitives::{PRECOMPILES, StateReader};
    let chain = TestChain::new();
    for address in PRECOMPILES {
        let account = chain.state.account(address).unwrap().unwrap();
        assert_eq!(account.nonce, 1);
        assert_eq!(chain.state.code(account.code_hash).unwrap()[..], STUB_CODE);
        let mut genesis = sero_testkit::genesis();
        genesis.alloc.insert(address, Default::default());
        assert_eq!(genesis.check(), Err(GenesisError::ReservedAccount(address)));
    }
}
