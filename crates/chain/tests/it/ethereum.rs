//! Chains of plain Ethereum.

use alloy_consensus::{EMPTY_ROOT_HASH, Header, SignableTransaction, TxEip1559};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use alloy_sol_types::SolEvent;
use sero_chain::{BuildAttributes, Chain, ChainError, ChainExecutor, Verdict};
use sero_execution::{BlockError, BlockExecutor, CheckedTransaction, KeyFiles, check_static};
use sero_primitives::ethereum::EthereumGenesis;
use sero_primitives::precompile::abi::IPool;
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{Block, POOL, StateReader, Transaction};
use sero_storage::{Storage, StorageOptions};
use sero_testkit::{CHAIN_ID, ethereum_tx, signer};
use std::path::Path;

/// Logs its input: four topics, then data.
const ECHO: &str = "60803603806080600037606035604035602035600035846000a400";

/// Shanghai's rules from the start; a rich account, and code at POOL's address.
fn genesis(gas_limit: u64) -> EthereumGenesis {
    let json = serde_json::json!({
        "config": {
            "chainId": CHAIN_ID, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0,
        },
        "gasLimit": format!("{gas_limit:#x}"),
        "difficulty": "0x0",
        "alloc": {
            signer(0).address().to_string(): { "balance": "0x3635c9adc5dea00000" },
            POOL.to_string(): { "balance": "0x0", "code": format!("0x{ECHO}") },
        },
    });
    EthereumGenesis::from_json(&json.to_string()).unwrap()
}

fn open(dir: &Path, genesis: EthereumGenesis) -> Result<Chain, ChainError> {
    let options = StorageOptions { map_bytes_max: 1 << 30, ..Default::default() };
    Chain::open(Storage::open(dir, options)?, genesis, &KeyFiles::new([]))
}

/// A valid block of these transactions on the head.
fn next(chain: &Chain, transactions: Vec<Transaction>) -> Block {
    let head = chain.head().header;
    let fee = head.base_fee_per_gas.unwrap();
    let base_fee = calc_next_block_base_fee(head.gas_used, head.gas_limit, fee, BaseFeeParams::ethereum());
    let header = Header {
        parent_hash: head.hash_slow(),
        number: head.number + 1,
        timestamp: head.timestamp + 1,
        gas_limit: head.gas_limit,
        base_fee_per_gas: Some(base_fee),
        withdrawals_root: Some(EMPTY_ROOT_HASH),
        beneficiary: Address::repeat_byte(0xfe),
        ..Default::default()
    };
    let state = chain.snapshot().unwrap();
    let mut executor = BlockExecutor::new(&state, header.clone(), chain.parameters());
    executor.open().unwrap();
    for transaction in &transactions {
        let number = header.number;
        let checked =
            check_static(transaction.clone(), chain.parameters(), number, base_fee, header.gas_limit);
        executor.execute(&checked.unwrap()).unwrap();
    }
    let executed = executor.finish().unwrap();
    let (state_root, _) = state.state_root(&executed.diff).unwrap();
    Block::new(Header { state_root, ..executed.header }, transactions)
}

fn accept(chain: &Chain, block: &Block) {
    match chain.execute(block).unwrap() {
        Verdict::Valid(executed) => chain.finalize(executed.hash()).unwrap(),
        Verdict::Invalid(error) => panic!("{error}"),
    }
}

/// A call of POOL's address that logs as POOL logs a public note.
fn false_note(nonce: u64) -> Transaction {
    let event = IPool::PublicNote {
        position: 3,
        commitment: B256::repeat_byte(1),
        asset: U256::from(2),
        amount: U256::from(5),
        pool: 0,
        pkr: Bytes::from_static(&[7; 128]),
        memo: Bytes::new(),
    };
    let log = event.encode_log_data();
    let mut input: Vec<u8> = log.topics().iter().flat_map(|topic| topic.0).collect();
    input.extend_from_slice(&log.data);
    ethereum_tx(&signer(0), nonce, TxKind::Call(POOL), U256::ZERO, input.into())
}

#[test]
fn blocks_are_imported_kept_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path(), genesis(30_000_000)).unwrap();
    let pay = |nonce| {
        let to = TxKind::Call(Address::repeat_byte(7));
        ethereum_tx(&signer(0), nonce, to, U256::from(5), Bytes::new())
    };
    let first = next(&chain, vec![pay(0)]);
    accept(&chain, &first);
    accept(&chain, &next(&chain, vec![pay(1), pay(2)]));
    let head = chain.head();
    drop(chain);

    // As the same genesis, as what the database holds, and as no other.
    let again = open(dir.path(), genesis(30_000_000)).unwrap();
    assert_eq!(again.head(), head);
    assert_eq!(again.block(1).unwrap().unwrap(), first);
    drop(again);
    let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
    let again = Chain::reopen(storage, &KeyFiles::new([])).unwrap().expect("a chain");
    assert_eq!(again.head(), head);
    let balance = again.snapshot().unwrap().account(Address::repeat_byte(7)).unwrap().unwrap().balance;
    assert_eq!(balance, U256::from(15));
    assert!(again.parameters().privacy.is_none());
    drop(again);
    assert!(matches!(open(dir.path(), genesis(20_000_000)), Err(ChainError::OtherChain { .. })));
    // The same block 0, and another fork to come.
    let mut file = genesis(30_000_000).file().clone();
    file.config.cancun_time = Some(1 << 40);
    let other = EthereumGenesis::new(file).unwrap();
    assert!(matches!(open(dir.path(), other), Err(ChainError::OtherFile(_))));
    let empty = tempfile::tempdir().unwrap();
    let storage = Storage::open(empty.path(), StorageOptions::default()).unwrap();
    assert!(Chain::reopen(storage, &KeyFiles::new([])).unwrap().is_none());
}

/// What anybody's contract logs there is no note; two of one position would even stop the import.
#[test]
fn logs_at_the_address_of_pool_are_no_notes() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path(), genesis(30_000_000)).unwrap();
    accept(&chain, &next(&chain, vec![false_note(0), false_note(1)]));
    let receipts = chain.receipts(1).unwrap();
    for receipt in &receipts {
        let log = receipt.logs.first().expect("a log");
        assert_eq!(log.address, POOL);
        assert!(IPool::PublicNote::decode_log(log).is_ok(), "it looks like a note");
    }
    assert!(chain.notes(0, 0, 10).unwrap().is_empty());
}

/// One field wrong, everything else right: refused, by the name of the field.
#[test]
fn every_field_of_a_header_is_judged() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path(), genesis(30_000_000)).unwrap();
    accept(&chain, &next(&chain, vec![]));
    let pay = ethereum_tx(&signer(0), 0, TxKind::Call(Address::repeat_byte(7)), U256::from(5), Bytes::new());
    let good = next(&chain, vec![pay]);
    type Change = fn(&mut Header);
    let changes: [(&str, Change); 19] = [
        ("number", |header| header.number += 1),
        ("timestamp", |header| header.timestamp -= 1),
        ("extra_data", |header| header.extra_data = vec![0; 33].into()),
        ("gas_used", |header| header.gas_used = header.gas_limit + 1),
        ("gas_used", |header| header.gas_used += 1),
        ("gas_limit", |header| header.gas_limit += header.gas_limit / 1_024),
        ("base_fee_per_gas", |header| header.base_fee_per_gas = header.base_fee_per_gas.map(|fee| fee + 1)),
        ("base_fee_per_gas", |header| header.base_fee_per_gas = None),
        ("difficulty", |header| header.difficulty = U256::from(1)),
        ("nonce", |header| header.nonce = 1u64.into()),
        ("ommers_hash", |header| header.ommers_hash = B256::ZERO),
        ("withdrawals_root", |header| header.withdrawals_root = Some(B256::ZERO)),
        ("withdrawals_root", |header| header.withdrawals_root = None),
        ("blob_gas_used", |header| header.blob_gas_used = Some(0)),
        ("requests_hash", |header| header.requests_hash = Some(B256::ZERO)),
        ("transactions_root", |header| header.transactions_root = B256::ZERO),
        ("receipts_root", |header| header.receipts_root = B256::ZERO),
        ("logs_bloom", |header| header.logs_bloom.0[0] = 1),
        ("state_root", |header| header.state_root = B256::ZERO),
    ];
    for (name, change) in changes {
        let mut bad = good.clone();
        change(&mut bad.header);
        match chain.execute(&bad).unwrap() {
            Verdict::Invalid(BlockError::Header { field, .. }) => assert_eq!(field, name),
            other => panic!("{name}: {other:?}"),
        }
    }
    accept(&chain, &good);
}

#[test]
fn its_blocks_are_not_built_here() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path(), genesis(30_000_000)).unwrap();
    let attributes = BuildAttributes {
        timestamp: 1,
        beneficiary: Address::ZERO,
        prevrandao: B256::ZERO,
        transactions: vec![],
    };
    assert!(matches!(chain.build(chain.head().hash, attributes), Err(ChainError::NotBuilt)));
}

#[test]
fn it_changes_in_blocks_only() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path(), genesis(30_000_000)).unwrap();
    let not = |result: Result<(), ChainError>| assert!(matches!(result, Err(ChainError::NotDevelopment)));
    not(chain.replace_accounts(&Default::default()));
    not(chain.save().map(|_| ()));
    not(chain.reset());
    not(chain.dump().map(|_| ()));
    not(chain.load(&[]));
    not(chain.ask_base_fee(Some(1)));
    not(chain.ask_gas_limit(Some(21_000)));
    let tx = TxEip1559 { chain_id: CHAIN_ID, gas_limit: 21_000, ..Default::default() };
    let nobody = Signature::new(U256::ZERO, U256::from(7), false);
    let unsigned = Transaction::ethereum(EthereumTx::from(tx.into_signed(nobody)));
    assert_eq!(unsigned.impersonated(), Some(Address::with_last_byte(7)));
    assert!(CheckedTransaction::impersonated(unsigned, chain.parameters()).is_none());
}
