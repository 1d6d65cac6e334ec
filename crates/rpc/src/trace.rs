//! Executing again under the eyes of an inspector: `debug_trace*` and `trace_*`.

mod geth;
mod parity;

pub(crate) use geth::register as register_debug;
pub(crate) use parity::register as register_parity;

use crate::context::{BlockAt, RpcContext};
use crate::convert::sender_of;
use crate::error::RpcError;
use alloy_primitives::B256;
use revm::context_interface::{ContextError, ContextTr};
use revm::inspector::{Inspector, JournalExt};
use revm::interpreter::interpreter_types::LoopControl;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter};
use revm_inspectors::tracing::{TraceLimitBehavior, TraceLimits};
use serde::Serialize;
use serde_json::value::RawValue;
use sero_execution::{BlockExecutor, CheckedTransaction, EvmContext, Inspected};
use sero_primitives::{Block, Transaction};
use std::time::{Duration, Instant};

/// How long tracing may take where the request says nothing.
const SECONDS_DEFAULT: u64 = 5;
/// How long it may take at most.
const SECONDS_MAX: u64 = 30;
/// Most bytes that an inspector may hold of one transaction.
const RECORDED_MAX: usize = 64 * 1024 * 1024;
/// Most bytes of JSON of one answer.
const ANSWER_MAX: usize = 60 * 1024 * 1024;

/// Bounds on what an inspector holds; beyond, the transaction stops with an error.
pub(crate) fn limits() -> TraceLimits {
    TraceLimits::default().set_max_recorded_bytes(Some(RECORDED_MAX)).set_behavior(TraceLimitBehavior::Halt)
}

/// Stops the EVM when time is over, or when there are more steps than anybody wants to read.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    end: Instant,
    steps: u32,
    /// Bytes of JSON that recorded steps will have, about; `None` if steps are not recorded.
    recorded: Option<usize>,
    /// Calls and creations so far.
    frames: usize,
    /// Which of them are creations without any code. revm makes a step of them.
    bare_creations: Vec<usize>,
}

impl Bounds {
    /// Steps between looks at the clock.
    const STEPS: u32 = 1 << 10;
    /// JSON of a step with an empty stack, and of a stack item, about.
    const STEP_BYTES: (usize, usize) = (110, 20);

    /// From now on; `None` is the default time.
    pub(crate) fn new(wanted: Option<Duration>) -> Self {
        let wanted = wanted.unwrap_or(Duration::from_secs(SECONDS_DEFAULT));
        let end = Instant::now() + wanted.min(Duration::from_secs(SECONDS_MAX));
        Self { end, steps: 0, recorded: None, frames: 0, bare_creations: vec![] }
    }

    /// For an inspector that keeps every step.
    pub(crate) fn on_steps(self, kept: bool) -> Self {
        Self { recorded: kept.then_some(0), ..self }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Why the EVM must stop before its next step.
    fn exceeded(&mut self, stack: usize) -> Option<&'static str> {
        if let Some(recorded) = &mut self.recorded {
            *recorded += Self::STEP_BYTES.0 + Self::STEP_BYTES.1 * stack;
            if *recorded > ANSWER_MAX {
                return Some(TOO_LONG);
            }
        }
        self.steps = (self.steps + 1) % Self::STEPS;
        (self.steps == 0 && self.is_over()).then_some(TIMEOUT)
    }
}

/// What is said when time is over.
const TIMEOUT: &str = "execution timeout: tracing took too long";
/// What is said when there is too much to say.
const TOO_LONG: &str = "trace exceeds the limit of 60 MiB: ask for less";

impl<CTX: ContextTr<Journal: JournalExt>> Inspector<CTX> for Bounds {
    fn step(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        let Some(why) = self.exceeded(interpreter.stack.len()) else { return };
        if context.error().is_ok() {
            *context.error() = Err(ContextError::Custom(why.into()));
        }
        interpreter.bytecode.action().take();
        interpreter.bytecode.reset_action();
        interpreter.halt_fatal();
    }

    fn call(&mut self, _: &mut CTX, _: &mut CallInputs) -> Option<CallOutcome> {
        self.frames += 1;
        None
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        if inputs.init_code().is_empty() {
            self.bare_creations.push(self.frames);
        }
        self.frames += 1;
        None
    }
}

/// Which transactions of a block somebody wants to see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    All,
    One(usize),
}

/// A transaction of a final block that is executed again.
#[derive(Clone, Copy)]
pub(crate) struct Replayed<'r> {
    pub(crate) at: &'r BlockAt,
    pub(crate) index: usize,
    pub(crate) transaction: &'r Transaction,
}

impl Replayed<'_> {
    pub(crate) fn hash(&self) -> B256 {
        self.transaction.hash()
    }
}

/// Executes a final block again. Each transaction that is wanted runs under an inspector of `make`'s, from which `read`
/// takes what is to be known.
pub(crate) fn replay<I, T>(
    context: &RpcContext,
    at: &BlockAt,
    wanted: Wanted,
    bounds: Bounds,
    make: impl Fn() -> Result<I, RpcError>,
    mut read: impl FnMut(Replayed<'_>, Inspected<'_, '_, (I, Bounds)>) -> Result<T, RpcError>,
) -> Result<Vec<T>, RpcError>
where
    I: for<'a> Inspector<EvmContext<'a>>,
{
    let Some(parent) = at.number.checked_sub(1) else {
        return Err(RpcError::Refused("genesis is not traceable".into()));
    };
    let block: Block = context.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))?;
    let state = context.chain.snapshot_at(parent)?;
    // Receipts from before Byzantium hold state roots, which nobody sees here.
    let no_root = |_: &_| Ok(B256::ZERO);
    let mut executor = BlockExecutor::new(&state, block.header.clone(), context.chain.parameters())
        .with_state_root(&no_root)
        .inspected_by((make()?, bounds.clone()));
    executor.open()?;
    let mut seen = Vec::new();
    for (index, transaction) in block.transactions.iter().enumerate() {
        let is_pure = transaction.as_shielded().is_some_and(|tx| tx.call.is_none());
        let sender = if is_pure { None } else { Some(sender_of(transaction)?) };
        let checked = CheckedTransaction::impersonated(transaction.clone())
            .unwrap_or_else(|| CheckedTransaction::for_simulation(transaction.clone(), sender));
        let look = match wanted {
            Wanted::All => true,
            Wanted::One(one) => one == index,
        };
        if bounds.is_over() {
            return Err(RpcError::Refused(TIMEOUT.into()));
        }
        if look {
            *executor.inspector() = (make()?, bounds.clone());
            let replayed = Replayed { at, index, transaction };
            let (_, one) = executor.inspect(&checked, |inspected| read(replayed, inspected))?;
            seen.push(one?);
        } else {
            executor.execute(&checked)?;
        }
        if matches!(wanted, Wanted::One(one) if one == index) {
            break;
        }
    }
    Ok(seen)
}

/// Makes the JSON of an answer's parts, and refuses what would be too long in all.
#[derive(Default)]
pub(crate) struct Answer {
    bytes: usize,
}

impl Answer {
    /// One part.
    pub(crate) fn part<T: Serialize>(&mut self, value: &T) -> Result<Box<RawValue>, RpcError> {
        let json = serde_json::value::to_raw_value(value).map_err(RpcError::internal)?;
        self.bytes += json.get().len();
        if self.bytes > ANSWER_MAX {
            return Err(RpcError::Limit(TOO_LONG.into()));
        }
        Ok(json)
    }
}
