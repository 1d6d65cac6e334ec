//! Executing again under the eyes of an inspector: `debug_trace*` and `trace_*`.

mod geth;
mod parity;
mod storage;

pub(crate) use geth::register as register_debug;
pub(crate) use parity::register as register_parity;
pub(crate) use storage::register as register_storage;

use crate::context::{BlockAt, RpcContext};
use crate::convert::sender_of;
use crate::error::RpcError;
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, U64, U256};
use alloy_rpc_types_eth::TransactionInfo;
use revm::bytecode::opcode;
use revm::context_interface::{ContextError, ContextTr};
use revm::inspector::{Inspector, JournalExt};
use revm::interpreter::interpreter_types::{Jumps, LegacyBytecode, LoopControl, MemoryTr, ReturnData};
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter};
use revm_inspectors::tracing::{TraceLimitBehavior, TraceLimits};
use serde::Serialize;
use serde_json::value::RawValue;
use sero_chain::Snapshot;
use sero_execution::{BlockExecutor, CheckedTransaction, EvmContext, Inspected};
use sero_primitives::{Block, StateDiff, StateError, Transaction};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How long tracing may take where the request says nothing.
const SECONDS_DEFAULT: u64 = 5;
/// How long it may take at most.
const SECONDS_MAX: u64 = 30;
/// Most bytes that an inspector may hold of one transaction.
const RECORDED_MAX: usize = 64 * 1024 * 1024;
/// Most bytes of JSON of one answer.
const ANSWER_MAX: usize = 60 * 1024 * 1024;

/// Bounds on the inputs that an inspector holds; beyond, the transaction stops with an error.
pub(crate) fn limits() -> TraceLimits {
    TraceLimits::default().set_max_recorded_bytes(Some(RECORDED_MAX)).set_behavior(TraceLimitBehavior::Halt)
}

/// What an inspector keeps of every step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept {
    /// Steps at all, with their stack.
    pub(crate) steps: bool,
    /// The slots that the contract has used so far, at each step that uses one.
    pub(crate) storage: bool,
    /// Memory.
    pub(crate) memory: bool,
    /// What the last call returned.
    pub(crate) return_data: bool,
    /// The code of each call.
    pub(crate) code: bool,
}

/// Stops the EVM when time is over, or when the answer would be longer than anybody wants to read: it counts what the
/// inspector beside it will say.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    end: Instant,
    steps: u32,
    kept: Kept,
    /// Bytes of JSON so far, about.
    bytes: usize,
    /// Slots that each contract has used, where storage is kept.
    slots: HashMap<Address, HashSet<U256>>,
    /// Calls and creations so far.
    frames: usize,
    /// Which of them are creations without any code. revm makes a step of them.
    bare_creations: Vec<usize>,
}

impl Bounds {
    /// Steps between looks at the clock.
    const STEPS: u32 = 1 << 10;
    /// JSON of a step with an empty stack, of a stack item, of a slot, of a call.
    const STEP_BYTES: usize = 110;
    const ITEM_BYTES: usize = 40;
    const SLOT_BYTES: usize = 140;
    const CALL_BYTES: usize = 300;

    /// From now on; `None` is the default time.
    pub(crate) fn new(wanted: Option<Duration>) -> Self {
        let wanted = wanted.unwrap_or(Duration::from_secs(SECONDS_DEFAULT));
        let end = Instant::now() + wanted.min(Duration::from_secs(SECONDS_MAX));
        Self {
            end,
            steps: 0,
            kept: Kept::default(),
            bytes: 0,
            slots: HashMap::new(),
            frames: 0,
            bare_creations: vec![],
        }
    }

    /// For an inspector that keeps these of every step.
    pub(crate) fn keeping(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }

    /// Whether time is over.
    pub(crate) fn check_time(&self) -> Result<(), RpcError> {
        if Instant::now() >= self.end { Err(RpcError::Refused(TIMEOUT.into())) } else { Ok(()) }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Counts what is kept of the next step.
    fn count_step(&mut self, interpreter: &Interpreter) {
        if self.kept.steps {
            self.count(Self::STEP_BYTES + Self::ITEM_BYTES * interpreter.stack.len());
        }
        if self.kept.memory {
            self.count(interpreter.memory.size() * 5 / 2);
        }
        if self.kept.return_data {
            self.count(interpreter.return_data.buffer().len() * 2);
        }
        if self.kept.storage && matches!(interpreter.bytecode.opcode(), opcode::SLOAD | opcode::SSTORE) {
            let slot = interpreter.stack.peek(0).unwrap_or_default();
            let used = self.slots.entry(interpreter.input.target_address).or_default();
            used.insert(slot);
            let bytes = used.len() * Self::SLOT_BYTES;
            self.count(bytes);
        }
    }

    /// Why the EVM must stop.
    fn exceeded(&mut self) -> Option<&'static str> {
        if self.bytes > ANSWER_MAX {
            return Some(TOO_LONG);
        }
        self.steps = (self.steps + 1) % Self::STEPS;
        (self.steps == 0 && Instant::now() >= self.end).then_some(TIMEOUT)
    }

    /// Counts a call's end, and lets the EVM fail if that was too much.
    fn ended<CTX: ContextTr>(&mut self, context: &mut CTX, output: usize) {
        self.count(Self::CALL_BYTES + 2 * output);
        if self.bytes > ANSWER_MAX && context.error().is_ok() {
            *context.error() = Err(ContextError::Custom(TOO_LONG.into()));
        }
    }
}

/// What is said when time is over.
const TIMEOUT: &str = "execution timeout: it took too long";
/// What is said when there is too much to say.
const TOO_LONG: &str = "trace exceeds the limit of 60 MiB: ask for less";

impl<CTX: ContextTr<Journal: JournalExt>> Inspector<CTX> for Bounds {
    fn initialize_interp(&mut self, interpreter: &mut Interpreter, _: &mut CTX) {
        if self.kept.code {
            self.count(interpreter.bytecode.bytecode_len() * 2);
        }
    }

    fn step(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        self.count_step(interpreter);
        let Some(why) = self.exceeded() else { return };
        if context.error().is_ok() {
            *context.error() = Err(ContextError::Custom(why.into()));
        }
        interpreter.bytecode.action().take();
        interpreter.bytecode.reset_action();
        interpreter.halt_fatal();
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.count(inputs.input.len() * 2);
        self.frames += 1;
        None
    }

    fn call_end(&mut self, context: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.ended(context, outcome.result.output.len());
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.count(inputs.init_code().len() * 2);
        if inputs.init_code().is_empty() {
            self.bare_creations.push(self.frames);
        }
        self.frames += 1;
        None
    }

    fn create_end(&mut self, context: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.ended(context, outcome.result.output.len());
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

    /// Where it is.
    pub(crate) fn info(&self) -> TransactionInfo {
        TransactionInfo {
            hash: Some(self.hash()),
            index: u64::try_from(self.index).ok(),
            block_hash: Some(self.at.hash),
            block_number: Some(self.at.number),
            ..Default::default()
        }
    }
}

/// The final block that holds a transaction, and its place there.
pub(crate) fn find(context: &RpcContext, hash: B256) -> Result<Option<(BlockAt, usize)>, RpcError> {
    let Some(location) = context.chain.transaction_location(hash)? else { return Ok(None) };
    let at = context.block_at(Some(BlockId::from(location.block_number)))?;
    Ok(Some((at, usize::try_from(location.index).map_err(RpcError::internal)?)))
}

/// The place of a transaction in a block that has it.
pub(crate) fn transaction_index(context: &RpcContext, at: &BlockAt, index: U64) -> Result<usize, String> {
    let count = context.chain.block(at.number).map_err(|error| error.to_string())?;
    let count = count.map_or(0, |block| block.transactions.len());
    let found = usize::try_from(index).ok().filter(|index| *index < count);
    found.ok_or_else(|| {
        format!("{} is not below {count}, the block's number of transactions", index.to::<u64>())
    })
}

/// For receipts from before Byzantium, which hold state roots: nobody sees them here.
pub(crate) fn no_root(_: &StateDiff) -> Result<B256, StateError> {
    Ok(B256::ZERO)
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
    let (block, state) = before(context, at)?;
    let mut executor = BlockExecutor::new(&state, block.header.clone(), context.chain.parameters())
        .with_state_root(&no_root)
        .inspected_by((make()?, bounds.clone()));
    executor.open()?;
    let mut seen = Vec::new();
    for (index, transaction) in block.transactions.iter().enumerate() {
        let checked = judged(context, transaction)?;
        let look = match wanted {
            Wanted::All => true,
            Wanted::One(one) => one == index,
        };
        bounds.check_time()?;
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

/// A final block, and the state that it began with.
fn before(context: &RpcContext, at: &BlockAt) -> Result<(Block, Snapshot), RpcError> {
    let Some(parent) = at.number.checked_sub(1) else {
        return Err(RpcError::Refused("genesis is not traceable".into()));
    };
    let block = context.chain.block(at.number)?.ok_or_else(|| RpcError::unknown_hash(at.hash))?;
    Ok((block, context.chain.snapshot_at(parent)?))
}

/// A transaction of a final block: it was checked when the block was.
fn judged(context: &RpcContext, transaction: &Transaction) -> Result<CheckedTransaction, RpcError> {
    let is_pure = transaction.as_shielded().is_some_and(|tx| tx.call.is_none());
    let sender = if is_pure { None } else { Some(sender_of(transaction)?) };
    Ok(CheckedTransaction::impersonated(transaction.clone(), context.chain.parameters())
        .unwrap_or_else(|| CheckedTransaction::for_simulation(transaction.clone(), sender)))
}

/// What the first `count` transactions of a final block changed, and the state that it began with. With as many as the
/// block has, what closes a block has not happened yet.
pub(crate) fn changes_before(
    context: &RpcContext,
    at: &BlockAt,
    count: usize,
) -> Result<(Snapshot, StateDiff), RpcError> {
    let (block, state) = before(context, at)?;
    let bounds = Bounds::new(None);
    let mut executor = BlockExecutor::new(&state, block.header.clone(), context.chain.parameters())
        .with_state_root(&no_root);
    executor.open()?;
    for transaction in block.transactions.iter().take(count) {
        bounds.check_time()?;
        executor.execute(&judged(context, transaction)?)?;
    }
    let diff = executor.diff()?;
    Ok((state, diff))
}

/// Makes the JSON of an answer's parts, and stops before it is too long in all.
#[derive(Default)]
pub(crate) struct Answer {
    bytes: usize,
}

impl Answer {
    /// One part.
    pub(crate) fn part<T: Serialize>(&mut self, value: &T) -> Result<Box<RawValue>, RpcError> {
        let mut json = Limited { bytes: vec![], left: ANSWER_MAX - self.bytes };
        if let Err(error) = serde_json::to_writer(&mut json, value) {
            return Err(if error.is_io() {
                RpcError::Limit(TOO_LONG.into())
            } else {
                RpcError::internal(error)
            });
        }
        self.bytes += json.bytes.len();
        let json = String::from_utf8(json.bytes).map_err(RpcError::internal)?;
        RawValue::from_string(json).map_err(RpcError::internal)
    }
}

/// A buffer that takes so many bytes and no more.
struct Limited {
    bytes: Vec<u8>,
    left: usize,
}

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
