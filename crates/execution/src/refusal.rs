//! Why the EVM does not take a transaction, and why one that it took stopped.

use crate::error::{ExecutionError, InvalidTransaction};
use crate::state::StateFault;
use revm::context::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction as EvmInvalid};
use revm::context::{BlockEnv, TxEnv};

/// The words for a lack of gas.
pub(crate) const OUT_OF_GAS: &str = "out of gas";

/// Why a transaction stopped that neither returned nor reverted, in the words of Ethereum's nodes.
pub(crate) fn halt_words(result: &ExecutionResult) -> Option<String> {
    let ExecutionResult::Halt { reason, .. } = result else { return None };
    Some(match reason {
        HaltReason::OutOfGas(_) => OUT_OF_GAS.into(),
        HaltReason::OpcodeNotFound | HaltReason::InvalidFEOpcode | HaltReason::NotActivated => {
            "invalid opcode".into()
        }
        HaltReason::InvalidJump => "invalid jump destination".into(),
        HaltReason::StackOverflow => "stack limit reached".into(),
        HaltReason::CreateCollision => "contract address collision".into(),
        HaltReason::CreateContractSizeLimit => "max code size exceeded".into(),
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef".into(),
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded".into(),
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => {
            "write protection".into()
        }
        HaltReason::OutOfFunds => "insufficient balance for transfer".into(),
        HaltReason::CallTooDeep => "max call depth exceeded".into(),
        other => other.to_string(),
    })
}

/// The error of a transaction that left nothing behind. With an inspector, a custom error is the inspector's: it gave up,
/// and nothing is wrong with this machine.
pub(crate) fn refusal(
    error: EVMError<StateFault>,
    transaction: &TxEnv,
    block: &BlockEnv,
    inspected: bool,
) -> ExecutionError {
    match error {
        EVMError::Database(StateFault(error)) => error.into(),
        EVMError::Transaction(error) => invalid(error, transaction, block).into(),
        EVMError::Custom(reason) if inspected => InvalidTransaction::Ethereum(reason).into(),
        other => ExecutionError::Internal(other.to_string()),
    }
}

fn invalid(error: EvmInvalid, transaction: &TxEnv, block: &BlockEnv) -> InvalidTransaction {
    match error {
        EvmInvalid::NonceTooLow { tx, state } => {
            InvalidTransaction::NonceTooLow { expected: state, found: tx }
        }
        EvmInvalid::NonceTooHigh { tx, state } => {
            InvalidTransaction::NonceTooHigh { expected: state, found: tx }
        }
        EvmInvalid::LackOfFundForMaxFee { fee, balance } => InvalidTransaction::InsufficientFunds {
            sender: transaction.caller,
            balance: *balance,
            needed: *fee,
        },
        EvmInvalid::GasPriceLessThanBasefee => InvalidTransaction::FeeTooLow {
            max_fee_per_gas: transaction.gas_price,
            base_fee_per_gas: block.basefee,
        },
        EvmInvalid::CallGasCostMoreThanGasLimit { initial_gas: intrinsic, gas_limit }
        | EvmInvalid::GasFloorMoreThanGasLimit { gas_floor: intrinsic, gas_limit } => {
            InvalidTransaction::IntrinsicGas { intrinsic, gas_limit }
        }
        other => InvalidTransaction::Ethereum(other.to_string()),
    }
}
