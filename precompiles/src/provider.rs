//! Plugs the precompiles into revm, next to Ethereum's own.

use crate::calldata::too_long;
use crate::host::{Fault, Host, Outcome};
use crate::rules::Rules;
use crate::{assets, gas, packages, pool, zkp};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::context::Cfg;
use revm::context_interface::context::ContextError;
use revm::context_interface::{ContextTr, Transaction};
use revm::handler::{EthPrecompiles, PrecompileProvider};
use revm::interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult};
use revm::primitives::AddressSet;
use revm::primitives::hardfork::SpecId;
use sero_primitives::{ASSETS, PACKAGES, POOL, PRECOMPILES, ZKP};
use sero_shielded::bundle::BUNDLE_LEN_MAX;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest calldata that a precompile looks at; no call needs as much. Work on
/// calldata stays far below what its fixed price pays for.
const fn input_len_max(precompile: Address) -> usize {
    if precompile.const_eq(&POOL) {
        BUNDLE_LEN_MAX + 256
    } else if precompile.const_eq(&ZKP) {
        zkp::INPUT_LEN_MAX
    } else {
        2_048
    }
}

/// The frame that calls a precompile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFrame {
    /// Whose storage the frame works on.
    pub target: Address,
    /// The frame's `msg.sender`.
    pub sender: Address,
}

/// What the precompiles need to know beyond revm's own context; revm's `Context::chain`.
#[derive(Clone, Default)]
pub struct ChainContext {
    /// What holds in the block being executed.
    pub rules: Arc<Rules>,
    /// Set by the EVM before every call.
    pub calling_frame: Option<CallFrame>,
}

/// One call of a precompile.
pub(crate) struct Call<'a> {
    /// `msg.sender` of the precompile.
    pub caller: Address,
    /// SERO that came with the call.
    pub value: U256,
    /// Selector and arguments.
    pub input: &'a [u8],
    /// A plain CALL outside of any static frame.
    pub mutable: bool,
    /// Whether the caller is the transaction's callee, called by `from` itself.
    pub receives_attached: bool,
}

/// Gas of one call.
pub(crate) struct GasMeter {
    remaining: u64,
}

impl GasMeter {
    /// Takes `amount`, before the work that it pays for.
    pub fn charge<E>(&mut self, amount: u64) -> Result<(), Fault<E>> {
        self.remaining = self.remaining.checked_sub(amount).ok_or(Fault::OutOfGas)?;
        Ok(())
    }
}

/// In a simulation: addresses that do what Ethereum's precompile at another one does, or no longer do what theirs did.
pub type Relocations = BTreeMap<Address, Option<Address>>;

/// Ethereum's precompiles and, unless the chain is a plain one, ours.
#[derive(Clone)]
pub struct SeroPrecompiles {
    ethereum: EthPrecompiles,
    ours: bool,
    warm: AddressSet,
    relocations: Relocations,
}

impl SeroPrecompiles {
    /// For this hard fork.
    pub fn new(spec: SpecId) -> Self {
        Self::with(EthPrecompiles::new(spec), true)
    }

    /// Ethereum's alone.
    pub fn ethereum(spec: SpecId) -> Self {
        Self::with(EthPrecompiles::new(spec), false)
    }

    fn with(ethereum: EthPrecompiles, ours: bool) -> Self {
        let mut warm = ethereum.warm_addresses().clone();
        if ours {
            warm.extend(&PRECOMPILES);
        }
        Self { ethereum, ours, warm, relocations: Relocations::new() }
    }

    /// Moves some of Ethereum's precompiles, for a simulation. Which addresses are warm stays the same.
    pub fn relocate(&mut self, relocations: Relocations) {
        self.relocations = relocations;
    }
}

impl<CTX> PrecompileProvider<CTX> for SeroPrecompiles
where
    CTX: ContextTr<Chain = ChainContext>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        let changed = PrecompileProvider::<CTX>::set_spec(&mut self.ethereum, spec);
        if changed {
            let relocations = core::mem::take(&mut self.relocations);
            *self = Self { relocations, ..Self::with(self.ethereum.clone(), self.ours) };
        }
        changed
    }

    fn run(&mut self, context: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        match self.relocations.get(&inputs.bytecode_address) {
            None => {}
            Some(None) => return Ok(None),
            Some(Some(origin)) => {
                let inputs = CallInputs { bytecode_address: *origin, ..inputs.clone() };
                return self.ethereum.run(context, &inputs);
            }
        }
        if !self.ours || !PRECOMPILES.contains(&inputs.bytecode_address) {
            return self.ethereum.run(context, inputs);
        }
        Ok(Some(run_ours(context, inputs)))
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }
}

fn run_ours<CTX: ContextTr<Chain = ChainContext>>(
    context: &mut CTX,
    inputs: &CallInputs,
) -> InterpreterResult {
    let len_max = input_len_max(inputs.bytecode_address);
    let is_too_long = inputs.input.len() > len_max;
    let input = if is_too_long { Vec::new() } else { inputs.input.as_bytes(context).to_vec() };
    let plain = inputs.scheme == CallScheme::Call && inputs.target_address == inputs.bytecode_address;
    let callee = match context.tx().kind() {
        TxKind::Call(to) => to,
        TxKind::Create => context.tx().caller().create(context.tx().nonce()),
    };
    let expected = CallFrame { target: callee, sender: context.tx().caller() };
    let call = Call {
        caller: inputs.caller,
        value: inputs.value.transfer().unwrap_or_default(),
        input: &input,
        mutable: plain && !inputs.is_static,
        receives_attached: inputs.caller == callee && context.chain().calling_frame == Some(expected),
    };
    let rules = Arc::clone(&context.chain().rules);
    let mut meter = GasMeter { remaining: inputs.gas_limit };
    let mut host = Host::new(context.journal_mut(), &rules);
    let outcome = match inputs.bytecode_address {
        _ if is_too_long => Err(refuse(&mut meter, too_long(len_max))),
        ASSETS => assets::dispatch::run(&mut host, &call, &mut meter),
        PACKAGES => packages::dispatch::run(&mut host, &call, &mut meter),
        ZKP => zkp::dispatch::run(&rules, &call, &mut meter),
        _ => pool::dispatch::run(&mut host, &call, &mut meter),
    };
    finish(context, outcome, inputs.gas_limit, meter.remaining)
}

fn finish<CTX: ContextTr>(
    context: &mut CTX,
    outcome: Outcome<Vec<u8>, CTX::Journal>,
    gas_limit: u64,
    remaining: u64,
) -> InterpreterResult {
    let mut gas = Gas::new(gas_limit);
    let mut settle = |result, output: Bytes| {
        let used = gas_limit - remaining;
        let paid = gas.record_regular_cost(used);
        debug_assert!(paid, "the meter never goes below zero");
        InterpreterResult::new(result, output, gas)
    };
    match outcome {
        Ok(output) => settle(InstructionResult::Return, output.into()),
        Err(Fault::Revert(error)) => settle(InstructionResult::Revert, error),
        Err(Fault::OutOfGas) => {
            gas.spend_all();
            InterpreterResult::new(InstructionResult::PrecompileOOG, Bytes::new(), gas)
        }
        Err(Fault::Fatal(error)) => {
            *context.error() = Err(ContextError::Db(error));
            gas.spend_all();
            InterpreterResult::new(InstructionResult::FatalExternalError, Bytes::new(), gas)
        }
    }
}

/// Charges for calldata that cannot be used.
pub(crate) fn refuse<E>(meter: &mut GasMeter, fault: Fault<E>) -> Fault<E> {
    match meter.charge::<E>(gas::REFUSE) {
        Ok(()) => fault,
        Err(out_of_gas) => out_of_gas,
    }
}
