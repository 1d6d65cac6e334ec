//! Coins that move, shown as if they were a token's `Transfer`.

use alloy_primitives::{Address, B256, Log, U256, address};
use alloy_sol_types::{SolEvent, sol};
use revm::context_interface::{ContextTr, JournalTr};
use revm::inspector::{Inspector, JournalExt};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome};

/// Where the logs of coins seem to come from (ERC-7528).
const COIN: Address = address!("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");

sol! {
    event Transfer(address indexed from, address indexed to, uint256 value);
}

/// The logs of a transaction in order, with their index in the block, and if wanted one more for every transfer of
/// coins. What was reverted is not among them, but has taken its index, as in geth.
pub(super) struct TransferLogs {
    transfers: bool,
    logs: Vec<(u64, Log)>,
    /// Logs of the block so far.
    count: u64,
    /// How many logs there were when each open frame began.
    frames: Vec<usize>,
}

impl TransferLogs {
    /// For a block; `transfers` says whether coins count.
    pub(super) fn new(transfers: bool) -> Self {
        Self { transfers, logs: vec![], count: 0, frames: vec![] }
    }

    /// The logs, for the next transaction to begin without any.
    pub(super) fn take(&mut self) -> Vec<(u64, Log)> {
        self.frames.clear();
        core::mem::take(&mut self.logs)
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) {
        if self.transfers && !value.is_zero() {
            let topics = [Transfer::SIGNATURE_HASH, word(from), word(to)];
            let data = B256::from(value).to_vec().into();
            self.add(Log::new_unchecked(COIN, topics.to_vec(), data));
        }
    }

    fn add(&mut self, log: Log) {
        self.logs.push((self.count, log));
        self.count += 1;
    }

    fn begin(&mut self) {
        self.frames.push(self.logs.len());
    }

    fn end(&mut self, success: bool) {
        let before = self.frames.pop().unwrap_or_default();
        if !success {
            self.logs.truncate(before);
        }
    }
}

fn word(address: Address) -> B256 {
    address.into_word()
}

impl<CTX: ContextTr<Journal: JournalExt>> Inspector<CTX, EthInterpreter> for TransferLogs {
    fn log(&mut self, _: &mut CTX, log: Log) {
        self.add(log);
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.begin();
        if let Some(value) = inputs.transfer_value() {
            self.transfer(inputs.transfer_from(), inputs.transfer_to(), value);
        }
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.end(outcome.result.result.is_ok());
    }

    fn create(&mut self, context: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.begin();
        let nonce =
            context.journal_ref().evm_state().get(&inputs.caller()).map_or(0, |account| account.info.nonce);
        self.transfer(inputs.caller(), inputs.created_address(nonce), inputs.value());
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.end(outcome.result.result.is_ok());
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.transfer(contract, target, value);
    }
}
