//! State tests: one transaction on a state, once for each fork and each choice of data, gas and value.

use super::prestate::{TestAccounts, alloc, start};
use super::{Verdict, network, number, object, parse, parse_optional, refusal};
use alloy_consensus::Header;
use alloy_genesis::Genesis;
use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use serde_json::Value;
use sero_execution::{BlockExecutor, ExecutionError, InvalidTransaction, check_static};
use sero_primitives::Transaction;

/// Between the parts of a case's name.
const SEPARATOR: &str = " / ";

/// One name for each fork and index.
pub fn names(name: &str, value: &Value) -> Vec<String> {
    let post = value.get("post").and_then(Value::as_object).into_iter().flatten();
    post.flat_map(|(fork, list)| {
        let count = list.as_array().map_or(0, Vec::len);
        (0..count).map(move |index| format!("{name}{SEPARATOR}{fork}{SEPARATOR}{index}"))
    })
    .collect()
}

/// Runs the case of one fork and index.
pub fn run(name: &str, document: &Value) -> Verdict {
    let mut parts = name.rsplitn(3, SEPARATOR);
    let (Some(index), Some(fork), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("not the name of a case".into());
    };
    let case = super::field(document, name)?;
    let index: usize = index.parse().map_err(|_| "not an index")?;
    let list = object(case, "post")?.get(fork).and_then(Value::as_array);
    let post = list.and_then(|list| list.get(index)).ok_or("no such fork or index")?;
    let env = super::field(case, "env")?;
    let accounts: TestAccounts = parse(case, "pre")?;
    let genesis =
        Genesis { config: network::config(fork, case)?, alloc: alloc(&accounts)?, ..Default::default() };
    let chain = start(genesis)?.chain;
    let state = chain.snapshot().map_err(|error| error.to_string())?;

    let header = Header {
        number: number(env, "currentNumber")?,
        timestamp: number(env, "currentTimestamp")?,
        beneficiary: parse::<Address>(env, "currentCoinbase")?,
        gas_limit: number(env, "currentGasLimit")?,
        difficulty: parse_optional::<U256>(env, "currentDifficulty")?.unwrap_or_default(),
        mix_hash: parse_optional::<B256>(env, "currentRandom")?.unwrap_or_default(),
        base_fee_per_gas: match env.get("currentBaseFee") {
            Some(_) => Some(number(env, "currentBaseFee")?),
            None => None,
        },
        excess_blob_gas: match env.get("currentExcessBlobGas") {
            Some(_) => Some(number(env, "currentExcessBlobGas")?),
            None => None,
        },
        ..Default::default()
    };
    let mut executor = BlockExecutor::new(&state, header.clone(), chain.parameters());
    let bytes: Bytes = parse(post, "txbytes")?;
    let executed = match Transaction::decode_2718(&bytes) {
        Err(error) => Err(ExecutionError::Invalid(InvalidTransaction::Transaction(error))),
        Ok(transaction) => {
            let base_fee = header.base_fee_per_gas.unwrap_or_default();
            check_static(transaction, chain.parameters(), header.number, base_fee, header.gas_limit)
                .map_err(ExecutionError::from)
                .and_then(|checked| executor.execute(&checked))
        }
    };
    let logs = match (executed, post.get("expectException").and_then(Value::as_str)) {
        (Ok(outcome), None) => outcome.receipt.logs,
        (Ok(_), Some(expected)) => return Err(format!("accepted, where {expected} was expected")),
        (Err(ExecutionError::Invalid(error)), Some(expected)) => {
            refusal::check_transaction(expected, &error)?;
            vec![]
        }
        (Err(error), _) => return Err(format!("refused: {error}")),
    };
    let diff = executor.into_diff().map_err(|error| error.to_string())?;
    let (root, _) = state.state_root(&diff).map_err(|error| error.to_string())?;
    let expected: B256 = parse(post, "hash")?;
    if root != expected {
        return Err(format!("state root is {root}, expected {expected}"));
    }
    let found = keccak256(alloy_rlp::encode::<&Vec<Log>>(&logs));
    let expected: B256 = parse(post, "logs")?;
    if found != expected {
        return Err(format!("hash of the logs is {found}, expected {expected}"));
    }
    Ok(())
}
