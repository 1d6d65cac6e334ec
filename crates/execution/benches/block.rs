//! Time of a block, per transfer: 100 ERC-20 transfers, and 8 pure shielded
//! transfers of shape 2/2 with real proofs. The state is in memory, so neither
//! the database nor the state root is in these figures.
//!
//! The items are transfers: `items/s` is transfers per second. `execute` is
//! `BlockExecutor` on transactions whose signatures and proofs were checked
//! before; `execute_block` is all that a verifier of the block does, by threads.
//!
//! `cargo bench -p sero-execution --bench block`

use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolConstructor};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use sero_circuits::ProvingKeys;
use sero_execution::{
    BlockExecutor, BlockInputs, ChainParameters, CheckedTransaction, ExecutedTransactions, check_bundles,
    check_static, execute_block, genesis_block,
};
use sero_primitives::precompile::abi::IPool;
use sero_primitives::{Block, POOL, Transaction, TransactionKind, gas};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Bundle, Direction, OUTPUT_LEN, SPEND_LEN};
use sero_shielded::encryption::Memo;
use sero_shielded::field::Field;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_shielded::note::{HiddenNote, public_note_commitment};
use sero_shielded::tree::{Frontier, Siblings};
use sero_testkit::{MemoryState, SERO, ethereum_tx, genesis, parameters, signer};
use sero_wallet::plan::{Authority, Plan, PlannedOutput, PlannedSpend};
use sero_wallet::{Account, Signer, random};
use std::sync::OnceLock;

alloy_sol_types::sol!(PlainToken, "../../contracts/artifacts/PlainToken.json");

const ERC20_TRANSFERS: u64 = 100;
const SHIELDED_TRANSFERS: usize = 8;
/// Spends and outputs of a shielded transfer.
const SHAPE: (usize, usize) = (2, 2);
/// Base units in each note.
const NOTE: u128 = SERO;
const MAX_FEE_PER_GAS: u128 = 2_000_000_000;

fn main() {
    print_sizes();
    divan::main();
}

/// A block that can be executed again and again on the state before it.
struct Prepared {
    state: MemoryState,
    parent: Header,
    parameters: ChainParameters,
    block: Block,
    checked: Vec<CheckedTransaction>,
}

impl Prepared {
    fn execute(&self) -> ExecutedTransactions {
        let header = inputs(&self.parent).header(&self.parent);
        let mut executor = BlockExecutor::new(&self.state, header, &self.parameters);
        for checked in &self.checked {
            assert!(executor.execute(checked).expect("a valid transaction").receipt.success);
        }
        executor.finish().expect("a good block")
    }

    fn execute_block(&self) -> ExecutedTransactions {
        execute_block(&self.state, &self.parent, &self.block, &self.parameters, None).expect("a good block")
    }

    fn items(&self) -> ItemsCount {
        ItemsCount::new(self.checked.len())
    }

    fn gas_per_transfer(&self) -> u64 {
        self.block.header.gas_used / self.block.transactions.len() as u64
    }
}

fn inputs(parent: &Header) -> BlockInputs {
    BlockInputs {
        timestamp: parent.timestamp + 1,
        beneficiary: Address::repeat_byte(0xfe),
        prevrandao: parent.hash_slow(),
    }
}

/// A chain in memory.
struct Chain {
    state: MemoryState,
    head: Header,
    parameters: ChainParameters,
}

impl Chain {
    fn new() -> Self {
        let genesis = genesis();
        let block = genesis_block(&genesis).expect("a genesis");
        let parameters = parameters(&genesis, block.header.hash_slow());
        Self { state: MemoryState::from_diff(&block.diff), head: block.header, parameters }
    }

    /// The next block, which is not applied.
    fn prepare(&self, transactions: Vec<Transaction>) -> Prepared {
        let header = inputs(&self.head).header(&self.head);
        let base_fee = header.base_fee_per_gas.expect("a base fee");
        let checked = transactions.iter().map(|transaction| {
            check_static(transaction.clone(), &self.parameters, header.number, base_fee, header.gas_limit)
                .expect("a valid transaction")
        });
        let checked = checked.collect();
        let (state, parameters) = (self.state.clone(), self.parameters.clone());
        let block = Block::new(header, transactions);
        let mut prepared = Prepared { state, parent: self.head.clone(), parameters, block, checked };
        prepared.block.header = prepared.execute().header;
        prepared
    }

    fn advance(&mut self, transactions: Vec<Transaction>) {
        let executed = self.prepare(transactions).execute_block();
        self.state.apply(&executed.diff);
        self.head = executed.header;
    }
}

/// One sender, as many new receivers as transfers: every transfer writes a new slot.
fn erc20() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let (mut chain, from) = (Chain::new(), signer(0));
        let mut code = PlainToken::BYTECODE.to_vec();
        code.extend(PlainToken::constructorCall { supply: U256::from(SERO) }.abi_encode());
        chain.advance(vec![ethereum_tx(&from, 0, TxKind::Create, U256::ZERO, code.into())]);
        let token = TxKind::Call(from.address().create(0));
        let transfers = (0..ERC20_TRANSFERS).map(|i| {
            let to = Address::left_padding_from(&(0x1_0000 + i).to_be_bytes());
            let call = PlainToken::transferCall { to, amount: U256::from(1_000 + i) };
            ethereum_tx(&from, 1 + i, token, U256::ZERO, call.abi_encode().into())
        });
        chain.prepare(transfers.collect())
    })
}

/// A note in the pool that the account can spend.
struct OwnNote {
    s: Field,
    position: u64,
    siblings: Siblings,
}

/// A chain with notes, and what makes transfers of them.
struct Payer {
    chain: Chain,
    account: Account,
    keys: ProvingKeys,
    anchor: Field,
    notes: Vec<OwnNote>,
}

/// Notes that `POOL.shield` made in an earlier block.
fn payer() -> &'static Payer {
    static PAYER: OnceLock<Payer> = OnceLock::new();
    PAYER.get_or_init(|| {
        let (mut chain, from) = (Chain::new(), signer(0));
        let account = Account::full(SpendingKey::from_seed(&account_seed(&[7; 64], 0)).expect("a key"));
        let view = account.viewing_key();
        let (mut tree, mut witnesses, mut blindings, mut shields) =
            (Frontier::default(), vec![], vec![], vec![]);
        for nonce in 0..(SHIELDED_TRANSFERS * SHAPE.0) as u64 {
            let rho = random::bytes().expect("randomness");
            let pkr = OneTimeAddress::derive(&view.address(0), &rho).expect("an address");
            let cm = public_note_commitment(&pkr, AssetId::coin(), NOTE).expect("a generator");
            witnesses.push(tree.next_witness());
            tree.append(cm, &mut witnesses).expect("room");
            blindings.push(pkr.open(view.incoming()).expect("the account's own").s);
            let call = IPool::shieldCall {
                pkr: pkr.to_bytes().into(),
                asset: U256::from_be_bytes(AssetId::coin().to_bytes()),
                amount: U256::from(NOTE),
                memo: Bytes::new(),
            };
            let (to, input) = (TxKind::Call(POOL), call.abi_encode().into());
            shields.push(ethereum_tx(&from, nonce, to, U256::from(NOTE), input));
        }
        chain.advance(shields);
        let notes = blindings.into_iter().zip(&witnesses).map(|(s, witness)| OwnNote {
            s,
            position: witness.position(),
            siblings: tree.path(witness),
        });
        let notes = notes.collect();
        let keys = ProvingKeys::development(None).expect("keys");
        Payer { chain, account, keys, anchor: tree.root(), notes }
    })
}

impl Payer {
    /// Spends `notes` and pays them, less the fee, to the account itself as `outputs` notes.
    fn transfer(&self, notes: &[OwnNote], outputs: usize) -> Transaction {
        let draft = self.plan(notes, outputs, 0).build_without_checks().expect("a transaction");
        let plan = self.plan(notes, outputs, gas::pure_transfer(&draft.tx));
        let proven = plan.build().expect("a balanced plan").prove(&self.keys, &|_, _| ()).expect("proofs");
        let signer = Signer::new(&self.account).expect("a full account");
        Transaction::shielded(proven.sign(&signer).expect("signatures").tx)
    }

    fn plan(&self, notes: &[OwnNote], outputs: usize, gas_limit: u64) -> Plan {
        let view = self.account.viewing_key();
        let scalar = || random::scalar().expect("randomness");
        let spend = |note: &OwnNote| PlannedSpend {
            authority: Authority::Own,
            ak: view.ak(),
            nk: *view.nk(),
            d: view.diversifier(0),
            s: note.s,
            asset: AssetId::coin(),
            amount: NOTE,
            rcm: Field::from(0u8),
            position: note.position,
            siblings: note.siblings,
            alpha: scalar(),
            rcv: scalar(),
        };
        let fee = u128::from(gas_limit) * MAX_FEE_PER_GAS;
        let paid = notes.len() as u128 * NOTE - fee;
        let output = |amount| {
            let rseed = random::bytes().expect("randomness");
            let note = HiddenNote { to: view.address(0), asset: AssetId::coin(), amount, rseed };
            PlannedOutput { note, memo: Memo::default(), ovk: *view.ovk(), rcv: scalar() }
        };
        Plan {
            pool: 0,
            packages: vec![],
            outs: vec![],
            chain_id: self.chain.parameters.chain_id,
            genesis_hash: self.chain.parameters.genesis_hash,
            expiry: self.chain.head.number + 1,
            max_fee_per_gas: MAX_FEE_PER_GAS,
            max_priority_fee_per_gas: 0,
            gas_limit,
            anchor: self.anchor,
            spends: notes.iter().map(spend).collect(),
            outputs: (0..outputs).map(|i| output(if i == 0 { paid } else { 0 })).collect(),
            balance: vec![BalanceEntry {
                asset: AssetId::coin(),
                direction: Direction::Outward,
                amount: fee.max(1),
            }],
            call: None,
        }
    }
}

fn shielded() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let payer = payer();
        let transfers = payer.notes.chunks(SHAPE.0).map(|notes| payer.transfer(notes, SHAPE.1));
        payer.chain.prepare(transfers.collect())
    })
}

#[allow(clippy::print_stdout, reason = "sizes and gas belong to the report of the benchmark")]
fn print_sizes() {
    let (payer, shielded) = (payer(), shielded());
    for transaction in [&payer.transfer(&payer.notes[..1], 2), &shielded.block.transactions[0]] {
        let tx = transaction.as_shielded().expect("a shielded transaction");
        let bytes = tx.bundle.encode();
        assert_eq!(Bundle::decode(&bytes).as_ref(), Ok(&tx.bundle));
        let (spends, outputs) = (tx.bundle.spends.len(), tx.bundle.outputs.len());
        // Head with the anchor, one balance entry of the coin, the binding signature.
        let (head, balance, signature) = (6 + 32, 1 + 16, 64);
        assert_eq!(bytes.len(), head + spends * SPEND_LEN + outputs * OUTPUT_LEN + balance + signature);
        let (encoded, gas) = (transaction.encode_2718().len(), tx.gas_limit);
        println!(
            "pure transfer {spends}/{outputs}: bundle {} bytes = {head} + {spends} x {SPEND_LEN} + \
             {outputs} x {OUTPUT_LEN} + {balance} + {signature}; transaction {encoded} bytes; {gas} gas",
            bytes.len()
        );
    }
    println!("ERC-20 transfer to a new holder: {} gas", erc20().gas_per_transfer());
}

fn in_pool<T: Send>(
    threads: usize,
    bencher: Bencher<'_, '_>,
    items: ItemsCount,
    work: impl Fn() -> T + Sync,
) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    bencher.counter(items).bench_local(|| pool.install(&work));
}

#[divan::bench(sample_size = 1)]
fn erc20_execute(bencher: Bencher<'_, '_>) {
    let prepared = erc20();
    bencher.counter(prepared.items()).bench_local(|| black_box(prepared).execute());
}

#[divan::bench(args = [1, 2], sample_size = 1)]
fn erc20_execute_block(bencher: Bencher<'_, '_>, threads: usize) {
    let prepared = erc20();
    in_pool(threads, bencher, prepared.items(), || prepared.execute_block());
}

#[divan::bench(sample_size = 1)]
fn shielded_execute(bencher: Bencher<'_, '_>) {
    let prepared = shielded();
    bencher.counter(prepared.items()).bench_local(|| black_box(prepared).execute());
}

#[divan::bench(args = [1, 2], sample_size = 1)]
fn shielded_execute_block(bencher: Bencher<'_, '_>, threads: usize) {
    let prepared = shielded();
    in_pool(threads, bencher, prepared.items(), || prepared.execute_block());
}

/// Signatures and one batch of proofs over the whole block.
#[divan::bench(args = [1, 2], sample_size = 1)]
fn shielded_check_bundles(bencher: Bencher<'_, '_>, threads: usize) {
    let prepared = shielded();
    let checked: Vec<_> = prepared.checked.iter().collect();
    let pools = &prepared.parameters;
    in_pool(threads, bencher, prepared.items(), || check_bundles(&checked, pools, 1).expect("good bundles"));
}

/// Two authorisations and the balance of one 2/2 bundle.
#[divan::bench]
fn shielded_verify_signatures(bencher: Bencher<'_, '_>) {
    let prepared = shielded();
    let tx = prepared.block.transactions[0].as_shielded().expect("a shielded transaction");
    let sighash = tx.sighash(prepared.parameters.genesis_hash);
    bencher.bench_local(|| black_box(&tx.bundle).verify_signatures(&sighash).expect("good signatures"));
}

#[divan::bench]
fn shielded_decode(bencher: Bencher<'_, '_>) {
    let bytes = shielded().block.transactions[0].encode_2718();
    bencher.bench_local(|| Transaction::decode_2718(black_box(&bytes)).expect("a transaction"));
}

/// The precompile that sets the ratio of gas to time.
#[divan::bench]
fn ecrecover(bencher: Bencher<'_, '_>) {
    let TransactionKind::Ethereum(tx) = erc20().block.transactions[0].kind() else { return };
    let signature = tx.signature();
    let mut input = tx.signature_hash().to_vec();
    input.extend(U256::from(27 + u8::from(signature.v())).to_be_bytes::<32>());
    input.extend(signature.r().to_be_bytes::<32>());
    input.extend(signature.s().to_be_bytes::<32>());
    let recover = || revm::precompile::secp256k1::ec_recover_run(black_box(&input), 3_000).expect("gas");
    assert_eq!(recover().bytes[12..], *signer(0).address().as_slice());
    bencher.bench_local(recover);
}
