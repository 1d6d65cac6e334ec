//! A chain of blocks in memory.

use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use revm::inspector::Inspector;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome};
use sero_execution::{
    BlockError, BlockExecutor, BlockInputs, ChainParameters, CheckedTransaction, ExecutedTransactions,
    ExecutionError, Inspected, KeyFiles, SimulationLimits, Simulator, TransactionOutcome, check_static,
    execute_block, genesis_block,
};
use sero_primitives::genesis::Genesis;
use sero_primitives::shielded_tx::{Attached, ShieldedCall, ShieldedTx};
use sero_primitives::{Block, Transaction};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Bundle};
use sero_shielded::field::Field;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_shielded::signature::Signature as Sig;
use sero_testkit::{CHAIN_ID, MemoryState, ethereum_tx, genesis, key_files, parameters_with, signer};

pub struct TestChain {
    pub state: MemoryState,
    pub head: Header,
    pub parameters: ChainParameters,
}

/// Logs that stand, and frames.
#[derive(Default)]
struct Watch {
    logs: Vec<Log>,
    open: Vec<usize>,
    roots: usize,
}

impl Watch {
    fn begin(&mut self) {
        self.roots += usize::from(self.open.is_empty());
        self.open.push(self.logs.len());
    }

    fn end(&mut self, success: bool) {
        let before = self.open.pop().unwrap();
        if !success {
            self.logs.truncate(before);
        }
    }
}

impl<CTX> Inspector<CTX, EthInterpreter> for Watch {
    fn log(&mut self, _: &mut CTX, log: Log) {
        self.logs.push(log);
    }

    fn call(&mut self, _: &mut CTX, _: &mut CallInputs) -> Option<CallOutcome> {
        self.begin();
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.end(outcome.result.result.is_ok());
    }

    fn create(&mut self, _: &mut CTX, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.begin();
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.end(outcome.result.result.is_ok());
    }
}

impl TestChain {
    pub fn new() -> Self {
        Self::of(&genesis(), &key_files())
    }

    /// A chain of its own genesis and keys.
    pub fn of(genesis: &Genesis, files: &KeyFiles) -> Self {
        let block = genesis_block(genesis).unwrap();
        let parameters = parameters_with(genesis, block.header.hash_slow(), files);
        Self { state: MemoryState::from_diff(&block.diff), head: block.header, parameters }
    }

    fn inputs(&self) -> BlockInputs {
        BlockInputs {
            timestamp: self.head.timestamp + 1,
            beneficiary: Address::repeat_byte(0xfe),
            prevrandao: self.head.hash_slow(),
        }
    }

    /// Builds a block of these transactions, verifies it as a stranger would,
    /// and moves on.
    pub fn block(&mut self, transactions: Vec<Transaction>) -> Vec<TransactionOutcome> {
        let header = self.inputs().header(&self.head);
        let base_fee = header.base_fee_per_gas.unwrap();
        let mut executor = BlockExecutor::new(&self.state, header.clone(), &self.parameters);
        let mut outcomes = Vec::new();
        for transaction in &transactions {
            let checked = check_static(
                transaction.clone(),
                &self.parameters,
                header.number,
                base_fee,
                header.gas_limit,
            )
            .unwrap();
            outcomes.push(executor.execute(&checked).unwrap());
        }
        let executed = executor.finish().unwrap();
        let block = Block::new(executed.header.clone(), transactions);
        self.watch(&header, &block.transactions, &executed);
        let again = execute_block(&self.state, &self.head, &block, &self.parameters, None).unwrap();
        assert_eq!(again.diff, executed.diff, "proposer and verifier agree");
        assert_eq!(again.receipts, executed.receipts);
        self.state.apply(&executed.diff);
        self.head = block.header;
        outcomes
    }

    /// An inspector changes nothing, and sees every log that a frame leaves.
    fn watch(&self, header: &Header, transactions: &[Transaction], expected: &ExecutedTransactions) {
        let executor = BlockExecutor::new(&self.state, header.clone(), &self.parameters);
        let mut executor = executor.inspected_by(Watch::default());
        for transaction in transactions {
            let sender = transaction.recover_sender().unwrap();
            let checked = CheckedTransaction::for_simulation(transaction.clone(), sender);
            let look = |seen: Inspected<'_, '_, Watch>| {
                let watch = core::mem::take(seen.inspector);
                assert_eq!((watch.open.len(), watch.roots), (0, 1));
                let logs = seen.result.result.logs();
                let (first, last) = seen.log_bounds.unwrap_or((0, logs.len()));
                assert_eq!(watch.logs, logs[first..last]);
            };
            executor.inspect(&checked, look).unwrap();
        }
        let executed = executor.finish().unwrap();
        assert_eq!(executed.diff, expected.diff, "an inspector changes nothing");
        assert_eq!(executed.receipts, expected.receipts);
    }

    pub fn execute_on(&self, state: &MemoryState, transaction: Transaction) -> Result<(), BlockError> {
        let header = self.inputs().header(&self.head);
        let mut executor = BlockExecutor::new(state, header.clone(), &self.parameters);
        let checked = check_static(
            transaction,
            &self.parameters,
            header.number,
            header.base_fee_per_gas.unwrap(),
            header.gas_limit,
        )
        .unwrap();
        match executor.execute(&checked) {
            Ok(_) => executor.finish().map(|_| ()),
            Err(ExecutionError::State(error)) => Err(error.into()),
            Err(other) => panic!("{other}"),
        }
    }

    pub fn nonce(&self, of: &PrivateKeySigner) -> u64 {
        use sero_primitives::StateReader;
        self.state.account(of.address()).unwrap().map_or(0, |account| account.nonce)
    }

    /// One transaction of account `from` in a block of its own.
    pub fn send(
        &mut self,
        from: u8,
        to: Address,
        value: u128,
        input: impl Into<Bytes>,
    ) -> TransactionOutcome {
        let from = signer(from);
        let tx = ethereum_tx(&from, self.nonce(&from), TxKind::Call(to), U256::from(value), input.into());
        self.block(vec![tx]).remove(0)
    }

    pub fn create(&mut self, from: u8, value: u128, code: impl Into<Bytes>) -> Address {
        let from = signer(from);
        let tx = ethereum_tx(&from, self.nonce(&from), TxKind::Create, U256::from(value), code.into());
        let outcome = self.block(vec![tx]).remove(0);
        assert!(outcome.receipt.success, "creation failed: {:?} {:?}", outcome.output, outcome.halt);
        outcome.created.unwrap()
    }

    pub fn simulator(&self) -> Simulator<'_> {
        let header = self.inputs().header(&self.head);
        Simulator::new(&self.state, header, &self.parameters, SimulationLimits { gas: 30_000_000 })
    }
}

/// Some one-time address.
pub fn pkr() -> OneTimeAddress {
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
    OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap()
}
/// The coin's id.
pub fn coin_id() -> U256 {
    U256::from_be_bytes(AssetId::coin().to_bytes())
}

/// A signed type 0x53 call with an empty bundle but for `balance`.
#[allow(clippy::too_many_arguments, reason = "a test names every field once")]
pub fn shielded(
    from: u8,
    nonce: u64,
    expiry: u64,
    to: TxKind,
    value: u128,
    input: Bytes,
    balance: Vec<BalanceEntry>,
    attached: Vec<Attached>,
    gas_limit: u64,
) -> Transaction {
    let s = signer(from);
    let mut tx = ShieldedTx {
        chain_id: CHAIN_ID,
        expiry,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        gas_limit,
        bundle: Bundle {
            pool: 0,
            packages: vec![],
            anchor: Field::from(0u8),
            spends: vec![],
            outputs: vec![],
            balance,
            binding_sig: Sig([0; 64]),
        },
        call: Some(ShieldedCall {
            from: s.address(),
            nonce,
            to,
            value: U256::from(value),
            input,
            access_list: Default::default(),
            attached,
            refund: pkr(),
            from_signature: alloy_primitives::Signature::new(U256::ONE, U256::ONE, false),
        }),
        outs: vec![],
    };
    let sig = s.sign_hash_sync(&tx.from_signature_hash()).unwrap();
    tx.call.as_mut().unwrap().from_signature = sig;
    Transaction::shielded(tx)
}

/// Header of the next block.
pub fn header(chain: &TestChain, beneficiary: Address) -> alloy_consensus::Header {
    BlockInputs { timestamp: chain.head.timestamp + 1, beneficiary, prevrandao: chain.head.hash_slow() }
        .header(&chain.head)
}

/// A block of these, without verifying bundles.
pub fn build(chain: &mut TestChain, beneficiary: Address, txs: Vec<Transaction>) -> Vec<TransactionOutcome> {
    let h = header(chain, beneficiary);
    let base = h.base_fee_per_gas.unwrap();
    let state = chain.state.clone();
    let mut ex = BlockExecutor::new(&state, h.clone(), &chain.parameters);
    let mut out = vec![];
    for t in &txs {
        let c = check_static(t.clone(), &chain.parameters, h.number, base, h.gas_limit).unwrap();
        out.push(ex.execute(&c).unwrap());
    }
    let done = ex.finish().unwrap();
    chain.state.apply(&done.diff);
    chain.head = done.header;
    out
}
