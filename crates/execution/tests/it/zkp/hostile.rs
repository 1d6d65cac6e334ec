//! Input that is no encoding of anything, and calldata that wants to be
//! expensive: `security.md` 4 E 123, 124, 128 to 135.

use super::{ask, balance_call, bytes, coordinates, disclosure, proofs, refusal, send, vectors};
use crate::support::TestChain;
use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use ark_ff::PrimeField;
use sero_primitives::ZKP;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_shielded::bundle::Bundle;
use sero_shielded::curve::{Point, g_auth, point_to_bytes};
use sero_shielded::field::{Field, Scalar};

fn r() -> U256 {
    U256::from_limbs(Field::MODULUS.0)
}

fn l() -> U256 {
    U256::from_limbs(Scalar::MODULUS.0)
}

/// A good call of every function.
pub fn good_calls() -> Vec<Vec<u8>> {
    let f = proofs::fixture();
    let point = coordinates(&g_auth());
    let case = &vectors("bundle", Some("bundle"))[0];
    let bundle = Bundle::decode(&bytes(&case["encoded"])).unwrap();
    let inputs = vec![U256::from(1), U256::from(2)];
    vec![
        f.spend.abi_encode(),
        f.output.abi_encode(),
        f.groth16.abi_encode(),
        abi::poseidonCall { inputs: inputs.clone() }.abi_encode(),
        abi::poseidonTaggedCall { tag: U256::from(9), inputs }.abi_encode(),
        abi::addPointsCall { a: point.clone(), b: point.clone() }.abi_encode(),
        abi::multiplyPointCall { point: point.clone(), scalar: l() - U256::ONE }.abi_encode(),
        abi::compressPointCall { point: point.clone() }.abi_encode(),
        abi::decompressPointCall { encoding: point_to_bytes(&g_auth()).into() }.abi_encode(),
        abi::hasPrimeOrderCall { point }.abi_encode(),
        abi::hashToCurveCall { domain: vec![1; 64].into(), message: vec![2; 1_024].into() }.abi_encode(),
        abi::assetGeneratorCall { asset: U256::from(3) }.abi_encode(),
        abi::commitCall { asset: U256::from(3), amount: u128::MAX, rcv: U256::from(1) }.abi_encode(),
        balance_call(&bundle, B256::from_slice(&bytes(&case["binding_message"]))).abi_encode(),
        disclosure::good_call(),
        abi::chacha20Call { key: B256::ZERO, nonce: FixedBytes::ZERO, counter: 0, data: vec![1; 100].into() }
            .abi_encode(),
    ]
}

#[test]
fn every_function_is_in_the_list_of_good_calls() {
    let chain = TestChain::new();
    let mut selectors: Vec<[u8; 4]> = good_calls().iter().map(|call| *call.first_chunk().unwrap()).collect();
    selectors.sort_unstable();
    selectors.dedup();
    assert_eq!(selectors.len(), abi::IZkpCalls::COUNT);
    for call in good_calls() {
        assert!(send(&chain, call).success);
    }
}

/// Points of the curve that are not acceptable where one of order `l` is needed,
/// and coordinates of none.
fn hostile_points() -> Vec<(abi::Point, &'static str)> {
    use ark_ec::CurveGroup;
    let minus_one = r() - U256::ONE;
    let order_2 = Point::new_unchecked(0u8.into(), -Field::from(1u8));
    let order_4 = Point::new_unchecked(Field::from(1u8), 0u8.into());
    let order_2l = (g_auth() + order_2).into_affine();
    let order_4l = (g_auth() + order_4).into_affine();
    let x_and_y = |x: U256, y: U256| abi::Point { x, y };
    vec![
        (x_and_y(U256::ZERO, U256::ONE), "the identity"),
        (x_and_y(U256::ZERO, minus_one), "order 2"),
        (coordinates(&order_4), "order 4"),
        (coordinates(&order_2l), "order 2 l"),
        (coordinates(&order_4l), "order 4 l"),
        (x_and_y(U256::ZERO, U256::ZERO), "not on the curve"),
        (x_and_y(coordinates(&g_auth()).x, coordinates(&g_auth()).y + U256::ONE), "not on the curve"),
    ]
}

#[test]
fn hostile_points_are_refused_by_name() {
    let chain = TestChain::new();
    for (point, name) in hostile_points() {
        let off_curve = name == "not on the curve";
        let order = super::answer(&chain, &abi::hasPrimeOrderCall { point: point.clone() });
        assert!(!order, "{name}");
        let compress = abi::compressPointCall { point: point.clone() };
        let error = refusal::<abi::InvalidPoint>(&chain, &compress);
        assert_eq!((error.field.as_str(), error.index), ("point", U256::ZERO), "{name}");
        let multiply = abi::multiplyPointCall { point: point.clone(), scalar: U256::from(2) };
        let good = coordinates(&g_auth());
        let left = abi::addPointsCall { a: point.clone(), b: good.clone() };
        let right = abi::addPointsCall { a: good, b: point.clone() };
        if off_curve {
            assert_eq!(refusal::<abi::InvalidPoint>(&chain, &multiply).field, "point");
            assert_eq!(refusal::<abi::InvalidPoint>(&chain, &left).field, "a");
            assert_eq!(refusal::<abi::InvalidPoint>(&chain, &right).field, "b");
        } else {
            assert!(ask(&chain, &multiply).success && ask(&chain, &left).success, "{name}");
            assert!(ask(&chain, &right).success, "{name}");
        }
    }
    // Z05 for coordinates: x + r, y + r, and the largest word.
    let good = coordinates(&g_auth());
    for (x, y, field) in [
        (good.x + r(), good.y, "point.x"),
        (good.x, good.y + r(), "point.y"),
        (U256::MAX, good.y, "point.x"),
        (good.x, r(), "point.y"),
    ] {
        let point = abi::Point { x, y };
        assert!(!super::answer(&chain, &abi::hasPrimeOrderCall { point: point.clone() }));
        let compress = abi::compressPointCall { point: point.clone() };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &compress).field, field);
        let multiply = abi::multiplyPointCall { point: point.clone(), scalar: U256::ONE };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &multiply).field, field);
        let add = abi::addPointsCall { a: good.clone(), b: point };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &add).field, field.replace("point", "b"));
    }
}

#[test]
fn numbers_at_or_above_their_modulus_are_refused() {
    let chain = TestChain::new();
    for value in [r(), r() + U256::ONE, U256::MAX] {
        for at in 0..8 {
            let mut inputs = vec![U256::ONE; 8];
            inputs[at] = value;
            let expected = abi::NotBelowModulus { field: "inputs".into(), index: U256::from(at), value };
            let call = abi::poseidonCall { inputs: inputs.clone() };
            assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call), expected);
            let call = abi::poseidonTaggedCall { tag: U256::ZERO, inputs };
            assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call), expected);
        }
        let call = abi::poseidonTaggedCall { tag: value, inputs: vec![U256::ONE] };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call).field, "tag");
        let call = abi::assetGeneratorCall { asset: value };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call).field, "asset");
        let call = abi::commitCall { asset: value, amount: 1, rcv: U256::ONE };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call).field, "asset");
    }
    for value in [l(), l() + U256::ONE, r(), U256::MAX] {
        let call = abi::commitCall { asset: U256::ONE, amount: 1, rcv: value };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call).field, "rcv");
        let call = abi::multiplyPointCall { point: coordinates(&g_auth()), scalar: value };
        assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &call).field, "scalar");
    }
    let nothing = abi::commitCall { asset: U256::ONE, amount: 0, rcv: U256::ZERO };
    assert_eq!(refusal::<abi::InvalidPoint>(&chain, &nothing).reason, "point is the identity");
    assert!(ask(&chain, &abi::commitCall { asset: U256::ONE, amount: 0, rcv: U256::ONE }).success);
}

#[test]
fn counts_are_bounded() {
    let chain = TestChain::new();
    let expect = |call: &dyn Fn(usize) -> Vec<u8>, field: &str, min: usize, max: usize| {
        for count in [min.wrapping_sub(1), max + 1] {
            if count > 1 << 20 {
                continue;
            }
            let outcome = send(&chain, call(count));
            let error = outcome.output;
            let too_long = abi::InvalidCalldata::abi_decode_validate(&error).is_ok();
            let wrong = abi::WrongCount::abi_decode_validate(&error);
            assert!(too_long || wrong.is_ok_and(|e| e.field == field), "{field} {count}");
        }
        for count in [min, max] {
            let outcome = send(&chain, call(count));
            let wrong = abi::WrongCount::abi_decode_validate(&outcome.output).is_ok();
            assert!(!wrong && outcome.halt.is_none(), "{field} {count}");
        }
    };
    let words = |n: usize| vec![U256::ONE; n];
    expect(&|n| abi::poseidonCall { inputs: words(n) }.abi_encode(), "inputs", 1, 8);
    expect(&|n| abi::poseidonTaggedCall { tag: U256::ONE, inputs: words(n) }.abi_encode(), "inputs", 1, 8);
    let hash = |domain: usize, message: usize| {
        let [domain, message] = [domain, message].map(|n| Bytes::from(vec![0; n]));
        abi::hashToCurveCall { domain, message }.abi_encode()
    };
    expect(&|n| hash(n, 0), "domain", 0, 64);
    expect(&|n| hash(0, n), "message", 0, 1_024);
    let cv = |n: usize| vec![B256::from(point_to_bytes(&g_auth())); n];
    let balance = |cv_in: usize, cv_out: usize, flows: usize| {
        let flow = abi::Flow { asset: U256::ONE, amount: 1, inward: true };
        abi::checkBalanceCall {
            cvIn: cv(cv_in),
            cvOut: cv(cv_out),
            flows: vec![flow; flows],
            message: B256::ZERO,
            signature: point_to_bytes(&g_auth()).repeat(2).into(),
        }
        .abi_encode()
    };
    expect(&|n| balance(n, 0, 0), "cvIn", 0, 24);
    expect(&|n| balance(0, n, 0), "cvOut", 0, 24);
    expect(&|n| balance(0, 0, n), "flows", 0, 16);
    let stream = |n: usize| {
        let data = vec![0; n].into();
        abi::chacha20Call { key: B256::ZERO, nonce: FixedBytes::ZERO, counter: 0, data }.abi_encode()
    };
    expect(&stream, "data", 0, 16_384);
}

#[test]
fn a_key_stream_ends_with_its_counter() {
    let chain = TestChain::new();
    let call = |counter: u32, length: usize| abi::chacha20Call {
        key: B256::ZERO,
        nonce: FixedBytes::ZERO,
        counter,
        data: vec![0; length].into(),
    };
    for (counter, length) in [(u32::MAX - 1, 64), (u32::MAX - 256, 16_384), (u32::MAX, 0)] {
        assert_eq!(super::answer(&chain, &call(counter, length)).len(), length);
    }
    for (counter, length) in [(u32::MAX, 1), (u32::MAX - 1, 65), (u32::MAX - 255, 16_384)] {
        let error = refusal::<abi::CounterOverflow>(&chain, &call(counter, length));
        assert_eq!((error.counter, error.blocks), (counter, U256::from(length.div_ceil(64))));
    }
}

#[test]
fn hostile_balances_are_refused() {
    let chain = TestChain::new();
    let case = &vectors("bundle", Some("bundle"))[0];
    let bundle = Bundle::decode(&bytes(&case["encoded"])).unwrap();
    let good = balance_call(&bundle, B256::from_slice(&bytes(&case["binding_message"])));
    let bad_encodings: Vec<B256> = vectors("point", None)
        .iter()
        .filter(|case| case["valid"] == false)
        .filter_map(|case| B256::try_from(bytes(&case["encoding"]).as_slice()).ok())
        .collect();
    assert!(bad_encodings.len() >= 10);
    for bad in bad_encodings {
        let mut call = good.clone();
        call.cvIn.push(bad);
        let error = refusal::<abi::InvalidPoint>(&chain, &call);
        assert_eq!((error.field.as_str(), error.index), ("cvIn", U256::from(good.cvIn.len())));
        let mut call = good.clone();
        call.cvOut[0] = bad;
        let error = refusal::<abi::InvalidPoint>(&chain, &call);
        assert_eq!((error.field.as_str(), error.index), ("cvOut", U256::ZERO));
        let signature = [&bad[..], &good.signature[32..]].concat().into();
        refusal::<abi::InvalidSignature>(&chain, &abi::checkBalanceCall { signature, ..good.clone() });
    }
    let mut zero = good.clone();
    zero.flows[0].amount = 0;
    assert_eq!(refusal::<abi::ZeroAmount>(&chain, &zero).index, U256::ZERO);
    let mut asset = good.clone();
    asset.flows[0].asset += r();
    assert_eq!(refusal::<abi::NotBelowModulus>(&chain, &asset).field, "flows.asset");
    let sigma = U256::from_be_slice(&good.signature[32..]) + l();
    let signatures: [Vec<u8>; 5] = [
        vec![],
        good.signature[..63].to_vec(),
        [&good.signature[..], &[0]].concat(),
        [&good.signature[..32], &sigma.to_be_bytes::<32>()].concat(),
        [&good.signature[..32], &[0xff; 32]].concat(),
    ];
    for signature in signatures {
        let call = abi::checkBalanceCall { signature: signature.into(), ..good.clone() };
        refusal::<abi::InvalidSignature>(&chain, &call);
    }
    let flipped = [&good.signature[..63], &[good.signature[63] ^ 1]].concat().into();
    assert!(!super::answer(&chain, &abi::checkBalanceCall { signature: flipped, ..good }));
}

/// E 123, 124.
#[test]
fn short_calldata_and_unknown_selectors_are_refused() {
    let chain = TestChain::new();
    let foreign = IAssets::supplyCall::SELECTOR.to_vec();
    for input in [vec![], vec![1], vec![1, 2, 3], vec![0xde, 0xad, 0xbe, 0xef], foreign, vec![0; 16_548]] {
        let outcome = send(&chain, input);
        assert!(!outcome.success);
        assert_eq!(outcome.output.get(..4), Some(abi::UnknownSelector::SELECTOR.as_slice()));
    }
}

/// E 129, 130, 131: every word of every good call is replaced by words that
/// decoders have died of. Nothing panics, nothing takes more memory than
/// calldata, and what is refused for its encoding says so.
#[test]
fn calldata_with_any_word_replaced_is_answered() {
    let chain = TestChain::new();
    let bombs = [
        U256::ZERO,
        U256::from(31),
        U256::from(32),
        U256::from(u32::MAX),
        U256::from(u64::MAX),
        U256::from(u128::MAX),
        U256::ONE << 128,
        U256::ONE << 255,
        U256::MAX - U256::from(31),
        U256::MAX,
    ];
    let (mut returned, mut reverted) = (0, 0);
    for call in good_calls() {
        // Proof calls are slow and their points are tried elsewhere: heads and lengths only.
        let words = ((call.len() - 4) / 32).min(24);
        for word in 0..words {
            for bomb in bombs {
                let mut bad = call.clone();
                bad[4 + 32 * word..36 + 32 * word].copy_from_slice(&bomb.to_be_bytes::<32>());
                let outcome = send(&chain, bad);
                assert!(outcome.halt.is_none(), "{:?}", outcome.halt);
                assert!(outcome.output.len() <= 2_048 + call.len());
                if outcome.success { returned += 1 } else { reverted += 1 }
            }
        }
    }
    assert!(returned > 50 && reverted > 500, "{returned} returned, {reverted} reverted");
}

/// One encoding for each call: spare, cut, gapped or shared bytes are refused.
#[test]
fn only_the_canonical_calldata_is_decoded() {
    let chain = TestChain::new();
    let refused = |input: Vec<u8>| {
        let outcome = send(&chain, input);
        assert!(!outcome.success);
        abi::InvalidCalldata::abi_decode_validate(&outcome.output).unwrap();
    };
    for call in good_calls() {
        refused([&call[..], &[0]].concat());
        refused([&call[..], &[0; 32]].concat());
        refused(call[..call.len() - 1].to_vec());
        refused(call[..call.len() - 32].to_vec());
        refused(call[..4].to_vec());
        refused([&call[..], &vec![0; 20_000]].concat());
    }
    // Two arguments that share their bytes.
    let mut shared =
        abi::hashToCurveCall { domain: vec![1; 32].into(), message: vec![1; 32].into() }.abi_encode();
    shared[36..68].copy_from_slice(&U256::from(64).to_be_bytes::<32>());
    refused(shared.clone());
    refused(shared[..132].to_vec());
    // A byte where padding belongs; a bool of 2; an amount of 2^128.
    let mut padded = abi::hashToCurveCall { domain: vec![1; 31].into(), message: Bytes::new() }.abi_encode();
    padded[4 + 3 * 32 + 31] = 1;
    refused(padded);
    let mut amount = abi::commitCall { asset: U256::ONE, amount: 1, rcv: U256::ONE }.abi_encode();
    amount[4 + 32 + 15] = 1;
    refused(amount);
    let mut counter =
        abi::chacha20Call { key: B256::ZERO, nonce: FixedBytes::ZERO, counter: 0, data: Bytes::new() }
            .abi_encode();
    counter[4 + 64 + 27] = 1;
    refused(counter.clone());
    counter[4 + 64 + 27] = 0;
    counter[4 + 32 + 31] = 1;
    refused(counter);
}

/// No list of ours leaves ZKP out: it can hold no tokens, and a payment to it
/// falls back as for the others.
#[test]
fn zkp_holds_no_tokens() {
    let mut chain = TestChain::new();
    let coin = crate::support::coin_id();
    let pay = IPool::payCall { payee: ZKP, asset: coin, amount: U256::from(5) }.abi_encode();
    assert!(chain.send(0, sero_primitives::POOL, 5, pay).receipt.success);
    let name = IAssets::registerTokenCall { name: "T".into(), decimals: 0 }.abi_encode();
    let outcome = chain.send(0, sero_primitives::ASSETS, sero_testkit::SERO, name);
    let asset = IAssets::registerTokenCall::abi_decode_returns(&outcome.output).unwrap();
    let mint = |to: Address| IAssets::mintCall { asset, to, amount: U256::ONE }.abi_encode();
    let outcome = chain.send(0, sero_primitives::ASSETS, 0, mint(ZKP));
    assert_eq!(outcome.output, IAssets::InvalidReceiver { receiver: ZKP }.abi_encode());
    assert!(
        chain.send(0, sero_primitives::ASSETS, 0, mint(sero_testkit::signer(0).address())).receipt.success
    );
    let pay = IPool::payCall { payee: ZKP, asset, amount: U256::ONE }.abi_encode();
    assert!(chain.send(0, sero_primitives::POOL, 0, pay).receipt.success);
    let mine = IAssets::balanceOfCall { owner: sero_testkit::signer(0).address(), id: asset }.abi_encode();
    let outcome = chain.send(0, sero_primitives::ASSETS, 0, mine);
    assert_eq!(U256::from_be_slice(&outcome.output), U256::ONE, "the payer keeps what ZKP cannot hold");
}
