//! The one way in which precompiles touch state: revm's journal. Reverts,
//! state roots and history need no second mechanism.

use crate::rules::Rules;
use alloy_primitives::{Address, Bytes, IntoLogData, Log, U256};
use alloy_sol_types::SolError;
use revm::Database;
use revm::context_interface::JournalTr;
use revm::context_interface::journaled_state::account::JournaledAccountTr;

/// Why an operation stopped. A user causes the first two, a broken disk the third.
#[derive(Debug)]
pub enum Fault<E> {
    /// Solidity-style revert with an ABI-encoded named error.
    Revert(Bytes),
    /// The call's gas does not cover the work.
    OutOfGas,
    /// State cannot be read: the block is aborted, no verdict is given.
    Fatal(E),
}

impl<E> Fault<E> {
    /// A revert with a Solidity custom error.
    pub fn revert(error: impl SolError) -> Self {
        Self::Revert(error.abi_encode().into())
    }
}

impl<E> From<E> for Fault<E> {
    fn from(error: E) -> Self {
        Self::Fatal(error)
    }
}

/// The database error behind a journal.
pub type DbError<J> = <<J as JournalTr>::Database as Database>::Error;
/// Result of a precompile operation.
pub type Outcome<T, J> = Result<T, Fault<DbError<J>>>;

/// The journal, and the rules of the block being executed.
pub struct Host<'a, J: JournalTr> {
    journal: &'a mut J,
    /// What holds in this block.
    pub rules: &'a Rules,
}

impl<'a, J: JournalTr> Host<'a, J> {
    /// Wraps a journal.
    pub fn new(journal: &'a mut J, rules: &'a Rules) -> Self {
        Self { journal, rules }
    }

    /// revm's storage access wants the account in the journal.
    fn load(&mut self, address: Address) -> Outcome<(), J> {
        self.journal.load_account(address)?;
        Ok(())
    }

    /// Reads a slot.
    pub fn sload(&mut self, address: Address, slot: U256) -> Outcome<U256, J> {
        self.load(address)?;
        Ok(self.journal.sload(address, slot)?.data)
    }

    /// Writes a slot.
    pub fn sstore(&mut self, address: Address, slot: U256, value: U256) -> Outcome<(), J> {
        self.load(address)?;
        self.journal.sstore(address, slot, value)?;
        self.journal.touch_account(address);
        Ok(())
    }

    /// Reads a transient slot (EIP-1153), gone at the transaction's end.
    pub fn tload(&mut self, address: Address, slot: U256) -> U256 {
        self.journal.tload(address, slot)
    }

    /// Writes a transient slot.
    pub fn tstore(&mut self, address: Address, slot: U256, value: U256) {
        self.journal.tstore(address, slot, value);
    }

    /// Emits an event of `address`.
    pub fn emit(&mut self, address: Address, event: &impl IntoLogData) {
        self.journal.log(Log { address, data: event.to_log_data() });
    }

    /// SERO held by an account.
    pub fn coin_balance(&mut self, address: Address) -> Outcome<U256, J> {
        Ok(self.journal.load_account(address)?.data.info.balance)
    }

    /// Moves SERO between accounts; `false` if `from` holds too little.
    pub fn move_coin(&mut self, from: Address, to: Address, amount: u128) -> Outcome<bool, J> {
        Ok(self.journal.transfer(from, to, U256::from(amount))?.is_none())
    }

    /// Destroys SERO of an account; `false` if it holds too little.
    pub fn burn_coin(&mut self, from: Address, amount: u128) -> Outcome<bool, J> {
        Ok(self.journal.load_account_mut(from)?.data.decr_balance(U256::from(amount)))
    }

    /// Creates SERO in an account; only the counterpart of an accounted burn.
    pub fn credit_coin(&mut self, to: Address, amount: u128) -> Outcome<bool, J> {
        Ok(self.journal.load_account_mut(to)?.data.incr_balance(U256::from(amount)))
    }
}
