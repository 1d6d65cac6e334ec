//! ABI of ZKP: one match from selector to terms, one from call to answer.

use super::{
    Answer, COMMITMENTS_MAX, DATA_LEN_MAX, DOMAIN_LEN_MAX, FLOWS_MAX, GROTH16_INPUTS_MAX, MESSAGE_LEN_MAX,
    POSEIDON_INPUTS_MAX, balance, chacha20, curve, disclosure, gas, groth16, poseidon, proof, refusal,
};
use crate::calldata::{decode_strict, selector, too_long};
use crate::host::Fault;
use crate::provider::{Call, GasMeter, refuse};
use crate::rules::Rules;
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_primitives::precompile::abi::IZkp::IZkpCalls as Calls;
use sero_shielded::disclosure::{CHALLENGE_LEN_MAX, DISCLOSURE_LEN_MAX};
use sero_shielded::verifier::{Circuit, VerifyingKeys};

/// What is known of a call from its selector.
struct Terms {
    /// Gas for everything but what [`price_of_counts`] adds.
    price: u64,
    /// Bytes of the longest calldata that can be answered.
    input_len_max: usize,
}

pub(crate) fn run<E>(rules: &Rules, call: &Call<'_>, meter: &mut GasMeter) -> Result<Vec<u8>, Fault<E>> {
    let selector = selector::<Calls, _>(call.input).map_err(|fault| refuse(meter, fault))?;
    let terms = terms(selector);
    meter.charge(terms.price)?;
    if !call.value.is_zero() {
        return Err(Fault::revert(abi::NotPayable {}));
    }
    if call.input.len() > terms.input_len_max {
        return Err(too_long(terms.input_len_max));
    }
    let calls = decode_strict(call.input)?;
    meter.charge(price_of_counts(&calls).map_err(Fault::Revert)?)?;
    answer(rules, calls).map_err(Fault::Revert)
}

/// Bytes of calldata with this many words in the head and the tails.
const fn words(words: usize) -> usize {
    4 + 32 * words
}

/// Words of a `bytes` of this length with its own.
const fn bytes_words(length: usize) -> usize {
    1 + length.div_ceil(32)
}

fn terms(selector: [u8; 4]) -> Terms {
    let (price, input_len_max) = match selector {
        abi::verifySpendCall::SELECTOR => (gas::SPEND_PROOF, words(1 + 6 + 1 + bytes_words(128))),
        abi::verifyOutputCall::SELECTOR => (gas::OUTPUT_PROOF, words(1 + 3 + 1 + bytes_words(128))),
        abi::verifyGroth16Call::SELECTOR => {
            let key = bytes_words(groth16::key_len(GROTH16_INPUTS_MAX));
            let inputs = 1 + GROTH16_INPUTS_MAX;
            (gas::GROTH16, words(3 + key + inputs + bytes_words(groth16::PROOF_LEN)))
        }
        abi::poseidonCall::SELECTOR => (gas::POSEIDON, words(2 + POSEIDON_INPUTS_MAX)),
        abi::poseidonTaggedCall::SELECTOR => (gas::POSEIDON, words(3 + POSEIDON_INPUTS_MAX)),
        abi::addPointsCall::SELECTOR => (gas::ADD_POINTS, words(4)),
        abi::multiplyPointCall::SELECTOR => (gas::MULTIPLY_POINT, words(3)),
        abi::compressPointCall::SELECTOR | abi::hasPrimeOrderCall::SELECTOR => (gas::CHECK_POINT, words(2)),
        abi::decompressPointCall::SELECTOR => (gas::DECOMPRESS_POINT, words(1)),
        abi::hashToCurveCall::SELECTOR => {
            (gas::HASH_TO_CURVE, words(2 + bytes_words(DOMAIN_LEN_MAX) + bytes_words(MESSAGE_LEN_MAX)))
        }
        abi::assetGeneratorCall::SELECTOR => (gas::ASSET_GENERATOR, words(1)),
        abi::commitCall::SELECTOR => (gas::COMMIT, words(3)),
        abi::checkBalanceCall::SELECTOR => {
            let lists = 2 * (1 + COMMITMENTS_MAX) + 1 + 3 * FLOWS_MAX;
            (gas::BALANCE, words(5 + lists + bytes_words(64)))
        }
        abi::verifyDisclosureCall::SELECTOR => {
            (gas::DISCLOSURE, words(2 + bytes_words(DISCLOSURE_LEN_MAX) + bytes_words(CHALLENGE_LEN_MAX)))
        }
        // `chacha20`, the last one; `selector` knows no others.
        _ => (gas::CHACHA20, words(4 + bytes_words(DATA_LEN_MAX))),
    };
    Terms { price, input_len_max }
}

/// Gas that depends on how much there is, and its bounds.
fn price_of_counts(calls: &Calls) -> Answer<u64> {
    let each = |price: u64, count: usize| price * count as u64;
    Ok(match calls {
        Calls::verifyGroth16(c) => {
            groth16::check_count(&c.inputs)?;
            each(gas::GROTH16_INPUT, c.inputs.len())
        }
        Calls::poseidon(c) => each(gas::POSEIDON_INPUT, poseidon::check_count(&c.inputs)?),
        Calls::poseidonTagged(c) => each(gas::POSEIDON_INPUT, poseidon::check_count(&c.inputs)?),
        Calls::checkBalance(c) => {
            balance::check_counts(c)?;
            each(gas::BALANCE_COMMITMENT, c.cvIn.len() + c.cvOut.len())
                + each(gas::BALANCE_FLOW, c.flows.len())
        }
        Calls::chacha20(c) => {
            chacha20::check_length(&c.data)?;
            gas::chacha20_blocks(c.data.len())
        }
        _ => 0,
    })
}

/// Return data.
fn ok<C: SolCall>(value: &C::Return) -> Answer<Vec<u8>> {
    Ok(C::abi_encode_returns(value))
}

/// The keys that hold in a pool.
fn keys(rules: &Rules, pool: u8) -> Answer<&VerifyingKeys> {
    rules.keys(pool).ok_or_else(|| refusal(abi::PoolClosed { pool }))
}

fn answer(rules: &Rules, calls: Calls) -> Answer<Vec<u8>> {
    match calls {
        Calls::verifySpend(c) => ok::<abi::verifySpendCall>(&proof::verify(
            keys(rules, c.pool)?,
            Circuit::Spend,
            &c.inputs,
            &c.proof,
        )?),
        Calls::verifyOutput(c) => ok::<abi::verifyOutputCall>(&proof::verify(
            keys(rules, c.pool)?,
            Circuit::Output,
            &c.inputs,
            &c.proof,
        )?),
        Calls::verifyGroth16(c) => {
            ok::<abi::verifyGroth16Call>(&groth16::verify(&c.key, &c.inputs, &c.proof)?)
        }
        Calls::verifyDisclosure(c) => {
            ok::<abi::verifyDisclosureCall>(&disclosure::verify(rules, &c.disclosure, &c.challenge)?)
        }
        Calls::poseidon(c) => ok::<abi::poseidonCall>(&poseidon::hash(U256::ZERO, &c.inputs)?),
        Calls::poseidonTagged(c) => ok::<abi::poseidonTaggedCall>(&poseidon::hash(c.tag, &c.inputs)?),
        Calls::addPoints(c) => ok::<abi::addPointsCall>(&curve::add(&c.a, &c.b)?),
        Calls::multiplyPoint(c) => ok::<abi::multiplyPointCall>(&curve::multiply(&c.point, c.scalar)?),
        Calls::compressPoint(c) => ok::<abi::compressPointCall>(&curve::compress(&c.point)?),
        Calls::decompressPoint(c) => ok::<abi::decompressPointCall>(&curve::decompress(&c.encoding)?),
        Calls::hasPrimeOrder(c) => ok::<abi::hasPrimeOrderCall>(&curve::has_prime_order(&c.point)),
        Calls::hashToCurve(c) => ok::<abi::hashToCurveCall>(&curve::hash(&c.domain, &c.message)?),
        Calls::assetGenerator(c) => ok::<abi::assetGeneratorCall>(&curve::asset_generator(c.asset)?),
        Calls::commit(c) => ok::<abi::commitCall>(&curve::commit(c.asset, c.amount, c.rcv)?),
        Calls::checkBalance(c) => ok::<abi::checkBalanceCall>(&balance::check(&c)?),
        Calls::chacha20(c) => {
            let result = chacha20::apply(c.key.0, c.nonce.0, c.counter, c.data.into())?;
            ok::<abi::chacha20Call>(&Bytes::from(result))
        }
    }
}
