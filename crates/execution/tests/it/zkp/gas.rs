//! Gas: all or nothing at every limit, and less than the same work in Solidity.

use super::hostile::good_calls;
use super::{proofs, send};
use crate::support::TestChain;
use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, sol};
use sero_execution::CallRequest;
use sero_primitives::ZKP;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::curve::g_auth;

sol!(SolidityZkp, "../../contracts/artifacts/SolidityZkp.json");

fn chain_with_meter() -> (TestChain, Address) {
    let mut chain = TestChain::new();
    let contract = chain.create(0, 0, SolidityZkp::BYTECODE.clone());
    (chain, contract)
}

/// `data` to `target` with `gas`: whether it returned, what it took, what it said.
fn measure(chain: &TestChain, meter: Address, target: Address, gas: u64, data: &[u8]) -> (bool, u64, Bytes) {
    let call = SolidityZkp::measureCall { target, gasLimit: U256::from(gas), data: data.to_vec().into() };
    let request = CallRequest { to: Some(meter), input: call.abi_encode().into(), ..Default::default() };
    let outcome = chain.simulator().call(&request).unwrap();
    assert!(outcome.success, "{}", outcome.revert_reason());
    let answer = SolidityZkp::measureCall::abi_decode_returns(&outcome.output).unwrap();
    (answer.ok, answer.used.to(), answer.answer)
}

/// Gas of the opcode and its operands around a call to a warm account.
const CALL_OVERHEAD: u64 = 200;

#[test]
fn a_call_is_answered_whole_or_not_at_all() {
    let (chain, meter) = chain_with_meter();
    let mut limits = 0u64;
    for call in good_calls() {
        let whole = send(&chain, call.clone()).output;
        let (ok, used, answer) = measure(&chain, meter, ZKP, 1_000_000, &call);
        assert!(ok && answer == whole);
        let enough = (used - CALL_OVERHEAD..=used)
            .find(|gas| measure(&chain, meter, ZKP, *gas, &call).0)
            .expect("the call itself takes no more than the overhead");
        // Every limit of the cheap functions; of the dear ones a raster, and all around the edge.
        let step = enough.div_ceil(3_000) as usize;
        let sweep = (0..enough).step_by(step).chain(enough.saturating_sub(40)..enough);
        for gas in sweep {
            let (ok, used, answer) = measure(&chain, meter, ZKP, gas, &call);
            assert!(!ok && answer.is_empty(), "{gas} of {enough}");
            assert!(used >= gas, "out of gas takes all of it");
            limits += 1;
        }
        for gas in [enough, enough + 1, 2 * enough] {
            let (ok, again, answer) = measure(&chain, meter, ZKP, gas, &call);
            assert!(ok && answer == whole && again == used);
        }
    }
    assert!(limits > 20_000, "{limits} limits");
}

/// Refusals cost what the answer would, so that nobody gets work for less.
#[test]
fn a_refusal_is_paid_for() {
    let (chain, meter) = chain_with_meter();
    for call in good_calls() {
        let (_, used, _) = measure(&chain, meter, ZKP, 1_000_000, &call);
        let mut bad = call.clone();
        bad.extend([0; 32]);
        let (ok, refused, answer) = measure(&chain, meter, ZKP, 1_000_000, &bad);
        assert!(!ok && !answer.is_empty());
        assert!(refused <= used && refused > 200);
    }
}

/// The same call to ZKP and to the same function in Solidity: equal answers,
/// and less gas. The figures are in `docs/benchmarks.md`.
#[allow(clippy::print_stderr, reason = "shown by `cargo test -- --nocapture`")]
#[test]
fn cheaper_than_solidity() {
    let (chain, meter) = chain_with_meter();
    let point = super::coordinates(&g_auth());
    let scalar = U256::from_be_bytes(sero_shielded::field::scalar_to_bytes(
        &sero_shielded::hash::hash_to_scalar("gas", &[b"a scalar of full length"]),
    ));
    let stream = |length: usize| {
        let data: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let (key, nonce) = (B256::from(core::array::from_fn(|i| i as u8)), FixedBytes([7; 12]));
        abi::chacha20Call { key, nonce, counter: 1, data: data.into() }.abi_encode()
    };
    let twice =
        super::answer(&chain, &abi::multiplyPointCall { point: point.clone(), scalar: U256::from(2) });
    let add = abi::addPointsCall { a: point.clone(), b: twice };
    let cases = [
        ("poseidon, 2 inputs", abi::poseidonCall { inputs: vec![U256::from(1), U256::from(2)] }.abi_encode()),
        ("addPoints", add.abi_encode()),
        ("multiplyPoint", abi::multiplyPointCall { point, scalar }.abi_encode()),
        ("chacha20, 64 bytes", stream(64)),
        ("chacha20, 1,024 bytes", stream(1_024)),
        ("verifyGroth16, 3 inputs", proofs::fixture().groth16.abi_encode()),
    ];
    for (name, call) in cases {
        let (ours, gas, answer) = measure(&chain, meter, ZKP, 20_000_000, &call);
        let (theirs, solidity, same) = measure(&chain, meter, meter, 20_000_000, &call);
        assert!(ours && theirs, "{name}");
        assert_eq!(answer, same, "{name}");
        eprintln!("{name}: {gas} gas, in Solidity {solidity}");
        assert!(gas < solidity, "{name}: {gas} against {solidity}");
    }
    // Every length around the block size, so that the comparison is with something right.
    for length in (0..200).chain([1_000, 4_096]) {
        let call = stream(length);
        let (ours, _, answer) = measure(&chain, meter, ZKP, 20_000_000, &call);
        let (theirs, _, same) = measure(&chain, meter, meter, 20_000_000, &call);
        assert!(ours && theirs && answer == same, "{length}");
    }
}
