//! Chains of plain Ethereum: what Ethereum's own tests (docs/conformance.md) also say, where their data is not at hand.

use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256};
use sero_execution::{
    BlockExecutor, CallRequest, ChainParameters, SimulationLimits, Simulator, TransactionOutcome,
    check_static, difficulty,
};
use sero_primitives::ethereum::{Fork, ForkSchedule};
use sero_primitives::{Account, PRECOMPILES, StateDiff, StateReader, Transaction};
use sero_testkit::{CHAIN_ID, MemoryState, ethereum_tx, signer};

const ETHER: u128 = 1_000_000_000_000_000_000;
const OTHER: Address = Address::repeat_byte(0x77);

fn parameters(fork: Fork) -> ChainParameters {
    ChainParameters::ethereum(CHAIN_ID, B256::ZERO, ForkSchedule::fixed(fork))
}

fn header() -> Header {
    Header {
        number: 1,
        timestamp: 1,
        gas_limit: 30_000_000,
        base_fee_per_gas: Some(7),
        excess_blob_gas: Some(0),
        beneficiary: Address::repeat_byte(0xfe),
        ..Default::default()
    }
}

/// A state with two rich accounts, and `code` at [`OTHER`] with one slot.
fn state(code: &[u8], nonce: u64) -> MemoryState {
    let mut diff = StateDiff::default();
    for index in 0..2 {
        let rich = Account { balance: U256::from(1_000 * ETHER), ..Default::default() };
        diff.accounts.insert(signer(index).address(), Some(rich));
    }
    let code_hash = if code.is_empty() {
        Account::default().code_hash
    } else {
        diff.insert_code(Bytes::copy_from_slice(code))
    };
    let balance = U256::from(3);
    diff.accounts.insert(OTHER, Some(Account { nonce, balance, code_hash }));
    diff.storage.entry(OTHER).or_default().insert(U256::from(1), U256::from(5));
    MemoryState::from_diff(&diff)
}

/// What transactions did, and what they changed.
fn run(
    state: &MemoryState,
    fork: Fork,
    transactions: Vec<Transaction>,
) -> (Vec<TransactionOutcome>, StateDiff) {
    let parameters = parameters(fork);
    let mut executor = BlockExecutor::new(state, header(), &parameters);
    let execute = |transaction| {
        let checked = check_static(transaction, &parameters, 1, 7, 30_000_000).unwrap();
        executor.execute(&checked).unwrap()
    };
    let outcomes = transactions.into_iter().map(execute).collect();
    (outcomes, executor.into_diff().unwrap())
}

/// Before Cancun a contract may destroy itself and be sent something in the same block: it is an account again,
/// and none of its slots is there.
#[test]
fn what_was_destroyed_and_is_there_again_has_no_storage() {
    let state = state(&hex!("33ff"), 1); // SELFDESTRUCT to the caller
    let (first, second) = (signer(0), signer(1));
    let destroy = ethereum_tx(&first, 0, TxKind::Call(OTHER), U256::ZERO, Bytes::new());
    let again = ethereum_tx(&second, 0, TxKind::Call(OTHER), U256::from(1), Bytes::new());
    let (outcomes, diff) = run(&state, Fork::Shanghai, vec![destroy.clone(), again.clone()]);
    assert!(outcomes.iter().all(|outcome| outcome.receipt.success));
    assert_eq!(diff.wiped.iter().collect::<Vec<_>>(), [&OTHER]);
    let mut after = state.clone();
    after.apply(&diff);
    let expected = Account { balance: U256::from(1), ..Default::default() };
    assert_eq!(after.account(OTHER).unwrap(), Some(expected));
    assert!(!after.has_storage(OTHER).unwrap());

    // Destroyed and not met again, it is gone.
    let (_, diff) = run(&state, Fork::Shanghai, vec![destroy.clone()]);
    assert_eq!(diff.accounts.get(&OTHER), Some(&None));
    assert!(diff.wiped.is_empty());

    // From Cancun on (EIP-6780) it stays what it is.
    let (_, diff) = run(&state, Fork::Cancun, vec![destroy, again]);
    assert!(diff.wiped.is_empty());
    let mut after = state.clone();
    after.apply(&diff);
    assert!(after.has_storage(OTHER).unwrap());
}

/// Destroyed and made again in one block, with the very value that it had before: it is written, for it was wiped.
#[test]
fn what_is_made_again_has_what_it_was_made_with() {
    let factory = Address::repeat_byte(0x66);
    let create2 = hex!("36600060003760003660006000f500"); // CREATE2 of the input, salt 0
    let init = hex!("60056001556133ff6000526002601ef3"); // slot 1 = 5; code: SELFDESTRUCT to the caller
    let again = factory.create2(B256::ZERO, keccak256(init));
    let mut diff = StateDiff::default();
    for (address, code) in [(factory, &create2[..]), (again, &hex!("33ff")[..])] {
        let code_hash = diff.insert_code(Bytes::copy_from_slice(code));
        diff.accounts.insert(address, Some(Account { nonce: 1, code_hash, ..Default::default() }));
    }
    for (slot, value) in [(1, 5), (2, 6)] {
        diff.storage.entry(again).or_default().insert(U256::from(slot), U256::from(value));
    }
    let mut state = state(&[], 1);
    state.apply(&diff);
    let destroy = ethereum_tx(&signer(0), 0, TxKind::Call(again), U256::ZERO, Bytes::new());
    let make = ethereum_tx(&signer(0), 1, TxKind::Call(factory), U256::ZERO, init.into());
    let (_, diff) = run(&state, Fork::Shanghai, vec![destroy, make]);
    assert!(diff.wiped.contains(&again));
    state.apply(&diff);
    assert_eq!(state.account(again).unwrap().unwrap().nonce, 1);
    assert_eq!(state.storage(again, U256::from(1)).unwrap(), U256::from(5));
    assert_eq!(state.storage(again, U256::from(2)).unwrap(), U256::ZERO);
}

/// EIP-7610: no account is created where there is storage, though neither nonce nor code.
#[test]
fn storage_is_in_the_way_of_a_creation() {
    let creator = signer(0);
    let target = creator.address().create(0);
    let create =
        || ethereum_tx(&creator, 0, TxKind::Create, U256::ZERO, Bytes::from_static(&hex!("60016000f3")));
    for (slot, created) in [(0u64, true), (5, false)] {
        let mut state = state(&[], 0);
        let mut diff = StateDiff::default();
        let balance = U256::from(2);
        diff.accounts.insert(target, Some(Account { balance, ..Default::default() }));
        diff.storage.entry(target).or_default().insert(U256::from(9), U256::from(slot));
        state.apply(&diff);
        let (outcomes, diff) = run(&state, Fork::Prague, vec![create()]);
        assert_eq!(outcomes[0].receipt.success, created, "slot {slot}");
        let mut after = state.clone();
        after.apply(&diff);
        let account = after.account(target).unwrap().unwrap();
        assert_eq!(account.nonce, u64::from(created));
        assert_eq!(account.balance, balance);
        assert_eq!(after.account(creator.address()).unwrap().unwrap().nonce, 1);
        if !created {
            assert_eq!(outcomes[0].gas_used, 3_000_000, "all gas is gone");
            assert_eq!(after.storage(target, U256::from(9)).unwrap(), U256::from(slot));
        }
    }
}

#[test]
fn rewards_for_a_block_and_its_ommers() {
    let cases = [(Fork::Frontier, 5), (Fork::Byzantium, 3), (Fork::Constantinople, 2), (Fork::Paris, 0)];
    let ommer = Header { number: 8, beneficiary: OTHER, ..Default::default() };
    for (fork, ether) in cases {
        let state = MemoryState::default();
        let header = Header { number: 10, ..header() };
        let executor = BlockExecutor::new(&state, header.clone(), &parameters(fork));
        let ommers: &[Header] = if ether > 0 { std::slice::from_ref(&ommer) } else { &[] };
        let executed = executor.finish_with(ommers, &[]).unwrap();
        let paid = |address| {
            let account = executed.diff.accounts.get(&address).cloned().flatten();
            account.map_or(U256::ZERO, |account| account.balance)
        };
        let reward = ether * ETHER;
        assert_eq!(paid(header.beneficiary), U256::from(reward + reward / 32 * ommers.len() as u128));
        assert_eq!(paid(OTHER), U256::from(reward * 6 / 8), "two generations away, of eight");
    }
}

#[test]
fn withdrawals_are_paid_and_hashed() {
    let state = MemoryState::default();
    let withdrawals = [(OTHER, 3), (OTHER, 4), (Address::repeat_byte(1), 0)]
        .map(|(address, amount)| Withdrawal { index: 0, validator_index: 0, address, amount });
    let executor = BlockExecutor::new(&state, header(), &parameters(Fork::Shanghai));
    let executed = executor.finish_with(&[], &withdrawals).unwrap();
    let account = executed.diff.accounts[&OTHER].clone().unwrap();
    assert_eq!(account.balance, U256::from(7_000_000_000u64));
    assert_eq!(executed.diff.accounts.len(), 1, "nothing was paid to the other");
    let root = alloy_consensus::proofs::calculate_withdrawals_root(&withdrawals);
    assert_eq!(executed.header.withdrawals_root, Some(root));
}

/// Before EIP-161 a touched account stays, empty as it is.
#[test]
fn empty_accounts_are_kept_before_spurious_dragon() {
    let state = state(&[], 0);
    let nobody = Address::repeat_byte(0x99);
    for (fork, kept) in [(Fork::TangerineWhistle, true), (Fork::SpuriousDragon, false)] {
        let parameters = parameters(fork);
        let header = Header { base_fee_per_gas: None, ..header() };
        let no_root = |_: &StateDiff| Ok(B256::ZERO);
        let mut executor = BlockExecutor::new(&state, header, &parameters).with_state_root(&no_root);
        let transaction = legacy(nobody);
        let checked = check_static(transaction, &parameters, 1, 0, 30_000_000).unwrap();
        executor.execute(&checked).unwrap();
        let diff = executor.into_diff().unwrap();
        assert_eq!(diff.accounts.contains_key(&nobody), kept, "{fork:?}");
    }
}

fn legacy(to: Address) -> Transaction {
    use alloy_consensus::{SignableTransaction, TxLegacy};
    use alloy_signer::SignerSync;
    let tx = TxLegacy { gas_limit: 30_000, gas_price: 1, to: TxKind::Call(to), ..Default::default() };
    let signature = signer(0).sign_hash_sync(&tx.signature_hash()).unwrap();
    Transaction::ethereum(tx.into_signed(signature).into())
}

/// Values of the yellow paper's formula at the forks' edges.
#[test]
fn difficulty_falls_and_rises_with_time() {
    let parent =
        Header { number: 9, timestamp: 100, difficulty: U256::from(4_096_000), ..Default::default() };
    let cases = [
        (Fork::Frontier, 112, 4_098_000),
        (Fork::Frontier, 113, 4_094_000),
        (Fork::Homestead, 109, 4_098_000),
        (Fork::Homestead, 110, 4_096_000),
        (Fork::Homestead, 100_000, 4_096_000 - 99 * 2_000),
        (Fork::Byzantium, 108, 4_098_000),
        (Fork::Byzantium, 109, 4_096_000),
    ];
    for (fork, time, expected) in cases {
        assert_eq!(difficulty(&parent, time, fork), U256::from(expected), "{fork:?} at {time}");
    }
}

/// Type `0x53` is nothing there, and the addresses of the privacy precompiles are ordinary ones.
#[test]
fn plain_ethereum_has_no_privacy() {
    let parameters = parameters(Fork::Prague);
    let call = TxKind::Call(OTHER);
    let tx = crate::support::shielded(0, 0, 10, call, 1, Bytes::new(), vec![], vec![], 500_000);
    let refused = check_static(tx, &parameters, 1, 7, 30_000_000).unwrap_err();
    assert!(refused.to_string().contains("type 0x53"), "{refused}");

    let state = state(&[], 1);
    for (nonce, to) in (0..).zip(PRECOMPILES) {
        let pay = ethereum_tx(
            &signer(0),
            nonce,
            TxKind::Call(to),
            U256::from(9),
            Bytes::from_static(&[1, 2, 3, 4]),
        );
        let mut pays: Vec<_> = (0..nonce)
            .map(|nonce| ethereum_tx(&signer(0), nonce, TxKind::Call(OTHER), U256::ZERO, Bytes::new()))
            .collect();
        pays.push(pay);
        let (outcomes, diff) = run(&state, Fork::Prague, pays);
        assert!(outcomes.last().unwrap().receipt.success);
        assert_eq!(diff.accounts[&to].as_ref().unwrap().balance, U256::from(9));
    }
}

/// Calls on old states are transactions that those states know.
#[test]
fn calls_run_under_the_rules_of_their_block() {
    // BASEFEE (London) returned as a word.
    let state = state(&hex!("4860005260206000f3"), 1);
    for (fork, known) in [(Fork::Frontier, false), (Fork::Berlin, false), (Fork::London, true)] {
        let parameters = parameters(fork);
        let limits = SimulationLimits { gas: 1_000_000 };
        let simulator = Simulator::new(&state, header(), &parameters, limits);
        let outcome = simulator.call(&CallRequest { to: Some(OTHER), ..Default::default() }).unwrap();
        assert_eq!(outcome.success, known, "{fork:?}: {:?}", outcome.halt);
    }
}

/// A header from before Cancun under Cancun's rules, as overrides make it: blob gas has its least price.
#[test]
fn blob_gas_has_a_price_wherever_there_are_blobs() {
    // BLOBBASEFEE returned as a word.
    let state = state(&hex!("4a60005260206000f3"), 1);
    let limits = SimulationLimits { gas: 1_000_000 };
    let old = Header { excess_blob_gas: None, ..header() };
    for (fork, known) in [(Fork::Shanghai, false), (Fork::Cancun, true), (Fork::Osaka, true)] {
        let parameters = parameters(fork);
        let simulator = Simulator::new(&state, old.clone(), &parameters, limits);
        let outcome = simulator.call(&CallRequest { to: Some(OTHER), ..Default::default() }).unwrap();
        assert_eq!(outcome.success, known, "{fork:?}: {:?}", outcome.halt);
        assert_eq!(outcome.output.ends_with(&[1]), known);
    }
}
