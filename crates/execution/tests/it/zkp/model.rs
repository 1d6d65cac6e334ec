//! The Solidity model of ZKP (`contracts/src/model/ZkpModel.sol`) beside the precompile: everything that the tests here ask,
//! and random calls.

use super::hostile::good_calls;
use crate::model::stock::Stock;
use crate::support::TestChain;
use alloy_primitives::{Address, TxKind, U256};
use alloy_sol_types::{SolCall, SolError};
use sero_execution::{CallOutcome, CallRequest};
use sero_primitives::ZKP;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_testkit::rng::Rng;
use sero_testkit::signer;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// No asset without generator is known.
const UNREACHABLE: [&str; 1] = ["NoGenerator"];

thread_local! {
    static STOCK: RefCell<Stock> = RefCell::new(Stock::alone());
}

/// Asks the model the same, and compares.
pub fn compare(input: &[u8], value: U256, chain: &CallOutcome) {
    if chain.halt.is_some() || is_open(input, chain) {
        return;
    }
    STOCK.with_borrow_mut(|stock| {
        if chain.success && input.starts_with(&abi::verifyDisclosureCall::SELECTOR) {
            stock.tell_disclosure(input, &chain.output);
        }
        let sender = Address::repeat_byte(0x5e);
        stock.set_account(sender, value.to(), 0);
        let found = stock.call(sender, TxKind::Call(ZKP), value.to(), input.to_vec());
        let text = |data: &[u8]| alloy_primitives::hex::encode(data);
        assert_eq!(found.success, chain.success, "{}: {}", text(input), text(&found.output));
        // The words of a reason may differ, of calldata and of disclosures.
        let free = [abi::InvalidCalldata::SELECTOR, abi::InvalidDisclosure::SELECTOR];
        let same_name = !chain.success
            && free.iter().any(|name| chain.output.starts_with(name) && found.output.starts_with(name));
        assert!(same_name || found.output == chain.output, "{}: {}", text(input), text(&found.output));
    });
}

/// Whether a proof of the chain's own circuits was refused for what it is: this the model does not judge.
fn is_open(input: &[u8], chain: &CallOutcome) -> bool {
    let own = [abi::verifySpendCall::SELECTOR, abi::verifyOutputCall::SELECTOR];
    let refused = match abi::InvalidProof::abi_decode_validate(&chain.output) {
        Ok(error) => !error.reason.starts_with("a proof has"),
        Err(_) => chain.success && chain.output.iter().all(|byte| *byte == 0),
    };
    refused && own.iter().any(|selector| input.starts_with(selector))
}

/// A call that makes sense, or one that was spoiled.
fn random_call(rng: &mut Rng, good: &[Vec<u8>]) -> Vec<u8> {
    let mut call = rng.pick(good).clone();
    match rng.below(20) {
        0..8 => return call,
        8..12 => return sensible(rng),
        12 => call.truncate(rng.below(call.len())),
        13 => call.extend([0; 32]),
        14 => {
            return abi::chacha20Call { counter: u32::MAX - 1, data: vec![1; 200].into(), ..chacha(rng) }
                .abi_encode();
        }
        16 => {
            let balances = |call: &&Vec<u8>| call.starts_with(&abi::checkBalanceCall::SELECTOR);
            let call = good.iter().find(balances).expect("a good call of every function");
            let call = abi::checkBalanceCall::abi_decode_validate(call).expect("a good call");
            let signature = [rng.bytes32(), rng.bytes32()].concat()[rng.below(2)..].to_vec().into();
            let nothing = abi::Flow { asset: U256::from(7), amount: 0, inward: true };
            let flows = if rng.one_in(2) { vec![nothing] } else { call.flows };
            return abi::checkBalanceCall { signature, flows, ..call }.abi_encode();
        }
        18 => return abi::poseidonCall { inputs: vec![] }.abi_encode(),
        17 => {
            let mut call = good[rng.below(2)].clone();
            call[4 + 31] = rng.below(10) as u8;
            return call;
        }
        15 => call[..4].copy_from_slice(&rng.bytes32()[..4]),
        _ => {
            let words = (call.len() - 4) / 32;
            let at = 4 + 32 * rng.below(words.max(1));
            if let Some(word) = call.get_mut(at..at + 32) {
                word.copy_from_slice(&edge(rng).to_be_bytes::<32>());
            }
        }
    }
    call
}

/// A number that some rule ends at, or any.
fn edge(rng: &mut Rng) -> U256 {
    use ark_ff::PrimeField;
    let r = U256::from_limbs(sero_shielded::field::Field::MODULUS.0);
    let l = U256::from_limbs(sero_shielded::field::Scalar::MODULUS.0);
    let any = U256::from_be_bytes(rng.bytes32());
    let small = U256::from(rng.below(200));
    *rng.pick(&[
        U256::ZERO,
        U256::ONE,
        small,
        r,
        r - U256::ONE,
        l,
        l - U256::ONE,
        U256::ONE << 128,
        U256::MAX,
        any,
    ])
}

fn chacha(rng: &mut Rng) -> abi::chacha20Call {
    let data = vec![rng.below(256) as u8; rng.below(300)].into();
    let (key, nonce) = (rng.bytes32().into(), rng.bytes32()[..12].try_into().expect("12 bytes"));
    abi::chacha20Call { key, nonce, counter: rng.u64() as u32 >> 1, data }
}

/// A call with random numbers that are in bounds.
fn sensible(rng: &mut Rng) -> Vec<u8> {
    let field = |rng: &mut Rng| U256::from_be_bytes(rng.bytes32()) >> 3;
    let inputs: Vec<U256> = (0..=rng.below(8)).map(|_| field(rng)).collect();
    match rng.below(8) {
        0 => abi::poseidonCall { inputs }.abi_encode(),
        1 => abi::poseidonTaggedCall { tag: field(rng), inputs }.abi_encode(),
        2 => abi::assetGeneratorCall { asset: field(rng) }.abi_encode(),
        3 => abi::decompressPointCall { encoding: rng.bytes32().into() }.abi_encode(),
        4 => {
            let message = vec![3; rng.below(1_025)].into();
            abi::hashToCurveCall { domain: vec![7; rng.below(65)].into(), message }.abi_encode()
        }
        5 => {
            let (asset, amount, rcv) = (field(rng), rng.u64().into(), field(rng) >> 1);
            abi::commitCall { asset, amount, rcv }.abi_encode()
        }
        6 => {
            let domain: alloy_primitives::Bytes = rng.bytes32().to_vec().into();
            let point = sero_shielded::curve::hash_to_curve(&domain, b"");
            abi::multiplyPointCall { point: super::coordinates(&point), scalar: field(rng) >> 1 }.abi_encode()
        }
        _ => chacha(rng).abi_encode(),
    }
}

/// Outcomes of so many random calls by selector; fails unless every selector and error was met.
pub fn run(calls: u64, seed: u64) -> BTreeMap<String, BTreeMap<String, u64>> {
    let chain = TestChain::new();
    let (mut rng, good) = (Rng::new(seed), good_calls());
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for _ in 0..calls {
        let input = random_call(&mut rng, &good);
        let value = U256::from(u64::from(rng.one_in(40)));
        let (from, to) = (signer(0).address(), Some(ZKP));
        let request = CallRequest { from, to, input: input.clone().into(), value, ..Default::default() };
        let outcome = chain.simulator().call(&request).unwrap();
        compare(&input, value, &outcome);
        let name = input.first_chunk().and_then(|selector| abi::IZkpCalls::name_by_selector(*selector));
        let result = match outcome.output.first_chunk() {
            _ if outcome.success => "success",
            Some(selector) => abi::IZkpErrors::name_by_selector(*selector).unwrap_or("(unknown)"),
            None => "out of gas",
        };
        *counts.entry(name.unwrap_or("(unknown)").into()).or_default().entry(result.into()).or_default() += 1;
    }
    let met = |name: &str| counts.values().any(|outcomes| outcomes.contains_key(name));
    for name in abi::IZkpErrors::VARIANT_NAMES {
        assert_eq!(met(name), !UNREACHABLE.contains(name), "{name}");
    }
    for selector in abi::IZkpCalls::SELECTORS {
        let name = abi::IZkpCalls::name_by_selector(*selector).expect("a known selector");
        let outcomes = counts.get(name);
        assert!(outcomes.is_some_and(|outcomes| outcomes.contains_key("success")), "{name} never succeeded");
    }
    let succeeded: u64 = counts.values().filter_map(|outcomes| outcomes.get("success")).sum();
    assert!(2 * succeeded >= calls, "only {succeeded} of {calls} calls succeeded");
    counts
}

#[test]
fn the_solidity_model_answers_random_calls_as_the_precompile_does() {
    run(1_500, 1);
}
