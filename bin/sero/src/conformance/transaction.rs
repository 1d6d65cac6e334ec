//! Transaction tests: whether bytes are a transaction that could be in a block, fork by fork. Each runs on a state in which its
//! sender lacks nothing.

use super::{Verdict, field, network, number, object, parse};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::Value;
use sero_execution::{
    BlockExecutor, ChainParameters, CheckedTransaction, ExecutionError, InvalidTransaction, check_static,
    intrinsic_gas,
};
use sero_primitives::ethereum::ForkSchedule;
use sero_primitives::{Account, StateError, StateReader, Transaction};
use std::collections::BTreeSet;

/// Between the parts of a case's name.
const SEPARATOR: &str = " / ";

/// One name for each fork.
pub fn names(name: &str, value: &Value) -> Vec<String> {
    let forks = value.get("result").and_then(Value::as_object).into_iter().flatten();
    forks.map(|(fork, _)| format!("{name}{SEPARATOR}{fork}")).collect()
}

/// A state of one account, which can pay everything.
struct Rich {
    address: Address,
    nonce: u64,
}

impl StateReader for Rich {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let rich = Account { nonce: self.nonce, balance: U256::MAX, ..Default::default() };
        Ok((address == self.address).then_some(rich))
    }

    fn storage(&self, _: Address, _: U256) -> Result<U256, StateError> {
        Ok(U256::ZERO)
    }

    fn has_slot_but(&self, _: Address, _: &BTreeSet<U256>) -> Result<bool, StateError> {
        Ok(false)
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        Err(StateError(format!("no code {code_hash}")))
    }

    fn block_hash(&self, _: u64) -> Result<Option<B256>, StateError> {
        Ok(None)
    }
}

/// Runs the case of one fork.
pub fn run(name: &str, document: &Value) -> Verdict {
    let (name, fork) = name.rsplit_once(SEPARATOR).ok_or("not the name of a case")?;
    let case = field(document, name)?;
    let result = field(field(case, "result")?, fork)?;
    let config = network::config(fork, case)?;
    let parameters = ChainParameters::ethereum(
        config.chain_id,
        B256::ZERO,
        ForkSchedule::new(&config).map_err(|error| error.to_string())?,
    );
    let bytes: Bytes = parse(case, "txbytes")?;
    let found = judge(&bytes, &parameters);
    if object(field(case, "result")?, fork)?.contains_key("exception") {
        return match found {
            Ok(_) => Err(format!("accepted, where {} was expected", field(result, "exception")?)),
            Err(ExecutionError::Invalid(_)) => Ok(()),
            Err(error) => Err(format!("no verdict: {error}")),
        };
    }
    let (checked, intrinsic) = found.map_err(|error| format!("refused: {error}"))?;
    let (hash, sender): (B256, Address) = (parse(result, "hash")?, parse(result, "sender")?);
    let same = checked.transaction().hash() == hash
        && checked.sender() == Some(sender)
        && intrinsic == number(result, "intrinsicGas")?;
    if !same {
        return Err(format!(
            "hash {}, sender {:?}, intrinsic gas {intrinsic}; expected {result}",
            checked.transaction().hash(),
            checked.sender()
        ));
    }
    Ok(())
}

/// The transaction and its intrinsic gas, if it can be in a block.
fn judge(bytes: &[u8], parameters: &ChainParameters) -> Result<(CheckedTransaction, u64), ExecutionError> {
    let header = Header {
        number: 1,
        timestamp: 1,
        gas_limit: u64::MAX,
        base_fee_per_gas: Some(0),
        excess_blob_gas: Some(0),
        ..Default::default()
    };
    let transaction =
        Transaction::decode_2718(bytes).map_err(|error| ExecutionError::Invalid(error.into()))?;
    let checked = check_static(transaction, parameters, header.number, 0, header.gas_limit)?;
    let state = Rich { address: checked.sender().unwrap_or_default(), nonce: checked.transaction().nonce() };
    let no_root = |_: &_| Ok(B256::ZERO);
    let mut executor = BlockExecutor::new(&state, header, parameters).with_state_root(&no_root);
    match executor.execute(&checked) {
        // Whether anybody has so much is no matter of the transaction alone.
        Err(ExecutionError::Invalid(InvalidTransaction::InsufficientFunds { .. })) => {}
        Err(ExecutionError::Invalid(error)) if error.to_string().contains("overflow payment") => {}
        outcome => drop(outcome?),
    }
    let intrinsic = intrinsic_gas(&checked, parameters.forks.at(1, 1));
    Ok((checked, intrinsic))
}
