//! Two chains that judge each other's blocks; restarts; lies.

mod ethereum;
mod verify;

use alloy_consensus::{Header, SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use alloy_sol_types::SolCall;
use sero_chain::{BuildAttributes, Chain, ChainError, ChainExecutor, ExecutedBlock, Verdict};
use sero_execution::{
    BlockError, BlockInputs, CheckedTransaction, InvalidTransaction, KeyFiles, PoolsError, check_static,
};
use sero_primitives::genesis::{Genesis, NetworkKind};
use sero_primitives::pools::{CircuitName, CircuitVersion, Upgrade};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{ASSETS, Block, POOL, StateReader, Transaction};
use sero_shielded::asset::AssetId;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_storage::{Storage, StorageOptions};
use sero_testkit::rng::Rng;
use sero_testkit::{SERO, ethereum_tx, genesis, key_files, signer, trapdoor};
use std::path::Path;
use std::sync::Arc;

fn open(dir: &Path) -> Chain {
    open_with(dir, genesis()).unwrap()
}

fn open_with(dir: &Path, genesis: Genesis) -> Result<Chain, ChainError> {
    let options = StorageOptions { map_bytes_max: 1 << 30, readers_max: 64, ..Default::default() };
    Chain::open(Storage::open(dir, options)?, genesis, &key_files())
}

fn attributes(transactions: Vec<CheckedTransaction>, timestamp: u64) -> BuildAttributes {
    let beneficiary = Address::repeat_byte(0xfe);
    BuildAttributes { timestamp, beneficiary, prevrandao: B256::ZERO, transactions }
}

fn check(chain: &Chain, transaction: Transaction) -> CheckedTransaction {
    let inputs = BlockInputs { timestamp: 0, beneficiary: Address::ZERO, prevrandao: B256::ZERO };
    let next = inputs.header(&chain.head().header);
    check_static(transaction, chain.parameters(), next.number, next.base_fee_per_gas.unwrap(), next.gas_limit)
        .unwrap()
}

fn transfer(chain: &Chain, nonce: u64) -> CheckedTransaction {
    let to = TxKind::Call(Address::repeat_byte(7));
    check(chain, ethereum_tx(&signer(0), nonce, to, U256::from(5), Bytes::new()))
}

fn register(chain: &Chain, nonce: u64, name: &str) -> CheckedTransaction {
    let input = IAssets::registerTokenCall { name: name.into(), decimals: 6 }.abi_encode();
    let to = TxKind::Call(ASSETS);
    check(chain, ethereum_tx(&signer(0), nonce, to, U256::from(SERO), input.into()))
}

fn build(
    chain: &Chain,
    parent: B256,
    transactions: Vec<CheckedTransaction>,
    time: u64,
) -> Arc<ExecutedBlock> {
    chain.build(parent, attributes(transactions, genesis().timestamp + time)).unwrap()
}

#[track_caller]
fn invalid(chain: &Chain, block: &Block) -> BlockError {
    match chain.execute(block).unwrap() {
        Verdict::Invalid(error) => error,
        Verdict::Valid(_) => panic!("a wrong block is accepted"),
    }
}

#[test]
fn a_stranger_agrees_with_the_builder_and_both_restart_where_they_were() {
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(dir_a.path()), open(dir_b.path()));
    assert_eq!(a.head(), b.head());
    let mut listener = b.subscribe();
    for number in 1..=5u64 {
        let parent = a.head().hash;
        let block = build(&a, parent, vec![transfer(&a, number - 1)], number);
        a.finalize(block.hash()).unwrap();
        a.finalize(block.hash()).unwrap();
        let Verdict::Valid(same) = b.execute(block.block()).unwrap() else { panic!("refused") };
        assert_eq!(same.hash(), block.hash());
        b.finalize(same.hash()).unwrap();
        let heard = listener.try_recv().unwrap();
        assert_eq!((heard.hash, heard.receipts.len()), (block.hash(), 1));
    }
    let head = a.head();
    assert_eq!((head.header.number, head.hash), (5, b.head().hash));
    drop(a);
    let again = open(dir_a.path());
    assert_eq!(again.head(), head);
    let balance = |number| {
        let state = again.snapshot_at(number).unwrap();
        state.account(Address::repeat_byte(7)).unwrap().map_or(U256::ZERO, |account| account.balance)
    };
    assert_eq!((balance(0), balance(3), balance(5)), (U256::ZERO, U256::from(15), U256::from(25)));
    let hash = again.block(2).unwrap().unwrap().transactions[0].hash();
    let location = again.transaction_location(hash).unwrap().unwrap();
    assert_eq!((location.block_number, location.index), (2, 0));
    assert_eq!(again.transaction(location).unwrap().unwrap().hash(), hash);
}

#[test]
fn blocks_on_blocks_that_are_not_final_are_executed_and_finalised_in_order() {
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(dir_a.path()), open(dir_b.path()));
    let first = build(&a, a.head().hash, vec![register(&a, 0, "GOLD")], 1);
    let second = build(&a, first.hash(), vec![register(&a, 1, "SALT"), transfer(&a, 2)], 2);
    let rival = build(&a, first.hash(), vec![], 3);
    assert_eq!(second.receipts().iter().filter(|receipt| receipt.success).count(), 2);
    assert!(matches!(a.finalize(second.hash()), Err(ChainError::NotNext { number: 2, .. })));
    for block in [&first, &second, &rival] {
        assert!(matches!(b.execute(block.block()).unwrap(), Verdict::Valid(_)));
    }
    for chain in [&a, &b] {
        chain.finalize(first.hash()).unwrap();
        chain.finalize(second.hash()).unwrap();
        assert!(matches!(chain.finalize(rival.hash()), Err(ChainError::UnknownBlock(_))));
    }
    assert_eq!(a.head(), b.head());
    let recount = a.recount_supply().unwrap();
    assert_eq!(recount.block_number, 2);
}

#[test]
fn every_lie_in_a_header_is_found_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path());
    let good = build(&chain, chain.head().hash, vec![transfer(&chain, 0)], 1);
    type Lie = (&'static str, fn(&mut Header));
    let lies: [Lie; 17] = [
        ("number", |h| h.number += 1),
        ("timestamp", |h| h.timestamp = 1),
        ("gas_limit", |h| h.gas_limit += 1),
        ("gas_used", |h| h.gas_used += 1),
        ("base_fee_per_gas", |h| h.base_fee_per_gas = Some(7)),
        ("state_root", |h| h.state_root.0[0] ^= 1),
        ("transactions_root", |h| h.transactions_root.0[0] ^= 1),
        ("receipts_root", |h| h.receipts_root.0[0] ^= 1),
        ("logs_bloom", |h| h.logs_bloom.0[0] ^= 1),
        ("extra_data", |h| h.extra_data = Bytes::from_static(b"x")),
        ("nonce", |h| h.nonce.0[0] ^= 1),
        ("difficulty", |h| h.difficulty = U256::ONE),
        ("ommers_hash", |h| h.ommers_hash.0[0] ^= 1),
        ("withdrawals_root", |h| h.withdrawals_root = None),
        ("blob_gas_used", |h| h.blob_gas_used = Some(1)),
        ("parent_beacon_block_root", |h| h.parent_beacon_block_root = None),
        ("requests_hash", |h| h.requests_hash = None),
    ];
    for (field, lie) in lies {
        let mut block = good.block().clone();
        lie(&mut block.header);
        match invalid(&chain, &block) {
            BlockError::Header { field: found, .. } => assert_eq!(found, field),
            other => panic!("{field}: {other}"),
        }
    }
    let mut orphan = good.block().clone();
    orphan.header.parent_hash.0[0] ^= 1;
    assert!(matches!(chain.execute(&orphan), Err(ChainError::UnknownBlock(_))));
    let mut doubled = good.block().clone();
    doubled.transactions.push(doubled.transactions[0].clone());
    assert!(matches!(invalid(&chain, &doubled), BlockError::Transaction { index: 1, .. }));
    assert!(matches!(chain.execute(good.block()).unwrap(), Verdict::Valid(_)));
}

#[test]
fn a_candidate_that_does_not_fit_or_hold_is_left_out_without_harm() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path());
    let candidates = vec![transfer(&chain, 1), transfer(&chain, 0), transfer(&chain, 2)];
    let block = build(&chain, chain.head().hash, candidates, 1);
    // Nonce 1 came first and is invalid; what its sender queued behind it waits.
    assert_eq!((block.block().transactions.len(), block.rejected().len()), (0, 1));
    chain.discard(block.hash());
    assert!(matches!(chain.finalize(block.hash()), Err(ChainError::UnknownBlock(_))));
}

/// What a development node takes from its own clients without a signature, no node takes in a block.
#[test]
fn nobody_is_impersonated_in_a_block_from_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open(dir.path());
    let from = signer(0).address();
    let signed = ethereum_tx(&signer(0), 0, TxKind::Call(Address::repeat_byte(7)), U256::ONE, Bytes::new());
    let tx = TxEip1559 {
        chain_id: genesis().chain_id,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        to: TxKind::Call(Address::repeat_byte(7)),
        ..Default::default()
    };
    let nobody = Signature::new(U256::ZERO, U256::from_be_bytes(from.into_word().0), false);
    let unsigned = Transaction::ethereum(EthereumTx::from(tx.into_signed(nobody)));
    assert_eq!(unsigned.impersonated(), Some(from));
    assert!(unsigned.recover_sender().is_err());
    assert_eq!(signed.impersonated(), None);
    let checked = CheckedTransaction::impersonated(unsigned.clone(), chain.parameters()).unwrap();
    assert!(CheckedTransaction::impersonated(signed.clone(), chain.parameters()).is_none());
    let block = build(&chain, chain.head().hash, vec![checked], 1);
    assert_eq!(block.block().transactions, [unsigned]);
    let other = tempfile::tempdir().unwrap();
    let stranger = open(other.path());
    assert!(matches!(invalid(&stranger, block.block()), BlockError::Transaction { index: 0, .. }));
}

#[test]
fn a_database_of_another_chain_and_foreign_keys_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let mut other = genesis();
    other.chain_id += 1;
    assert!(matches!(open_with(dir.path(), other), Err(ChainError::OtherChain { .. })));
    let mut other = genesis();
    other.alloc.clear();
    assert!(matches!(open_with(dir.path(), other), Err(ChainError::OtherFile(_))));
    let mut foreign = genesis();
    foreign.pools[0].circuits[0].key_hash.0[0] ^= 1;
    let fresh = tempfile::tempdir().unwrap();
    assert!(matches!(
        open_with(fresh.path(), foreign),
        Err(ChainError::Pools(PoolsError::MissingKey { pool: 0, circuit: CircuitName::Spend, .. }))
    ));
    let mut production = genesis();
    production.chain_id = sero_primitives::genesis::PRODUCTION_CHAIN_IDS[0];
    assert_eq!(production.network, NetworkKind::Dev);
    assert!(matches!(open_with(fresh.path(), production), Err(ChainError::Genesis(_))));
    assert_eq!(open(dir.path()).head().header.number, 0);
}

/// Block 3 has another Spend key: what waits with proofs of the old one is refused, all of it and nothing else.
#[test]
fn a_change_of_keys_clears_what_waits() {
    let [spend, output] = sero_testkit::keys();
    let circuit = CircuitVersion {
        circuit: CircuitName::Spend,
        version: 2,
        activation: 3,
        key_hash: keccak256(spend),
        transcript: None,
    };
    let genesis = Genesis {
        pools: vec![trapdoor::pool(0, 0)],
        upgrades: vec![Upgrade::Circuit { pool: 0, circuit }],
        ..genesis()
    };
    let files = KeyFiles::new(trapdoor::keys().into_iter().chain([spend, output]));
    let dirs = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let open = |index: usize, genesis: &Genesis| {
        let options = StorageOptions { map_bytes_max: 1 << 30, readers_max: 64, ..Default::default() };
        let storage = Storage::open(dirs[index].path(), options).unwrap();
        Chain::open(storage, genesis.clone(), &files).unwrap()
    };
    let (a, b) = (open(0, &genesis), open(1, &genesis));
    // A node that was not told builds on the same genesis.
    let untold = open(2, &Genesis { upgrades: vec![], ..genesis.clone() });
    let mut rng = Rng::new(7);
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
    let pkr = OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap();
    let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
    let (pkr, amount) = (pkr.to_bytes().to_vec().into(), U256::from(SERO));
    let shield = IPool::shieldCall { pkr, asset: coin, amount, memo: Bytes::new() }.abi_encode();
    let shield = ethereum_tx(&signer(0), 0, TxKind::Call(POOL), amount, shield.into());
    let old = |rng: &mut Rng, outputs| trapdoor::transfer(a.parameters().genesis_hash, outputs, rng);
    let [first, second, third] = [1, 0, 2].map(|outputs| old(&mut rng, outputs));
    let step = |candidates: Vec<Transaction>, included: &[usize]| {
        let number = a.head().header.number + 1;
        let checked = candidates.iter().map(|transaction| check(&a, transaction.clone())).collect();
        let block = build(&a, a.head().hash, checked, number);
        let expected: Vec<B256> = included.iter().map(|index| candidates[*index].hash()).collect();
        let found: Vec<B256> = block.block().transactions.iter().map(Transaction::hash).collect();
        assert_eq!(found, expected, "block {number}");
        let rejected: Vec<B256> = block.rejected().iter().map(|(hash, _)| *hash).collect();
        let others: Vec<B256> =
            candidates.iter().map(Transaction::hash).filter(|hash| !expected.contains(hash)).collect();
        assert_eq!(rejected, others, "block {number}");
        let Verdict::Valid(same) = b.execute(block.block()).unwrap() else { panic!("refused") };
        for chain in [&a, &b] {
            chain.finalize(same.hash()).unwrap();
        }
        same
    };
    for block in [step(vec![shield], &[0]), step(vec![old(&mut rng, 1), old(&mut rng, 0)], &[0, 1])] {
        assert!(matches!(untold.execute(block.block()).unwrap(), Verdict::Valid(_)));
        untold.finalize(block.hash()).unwrap();
    }
    let late = build(&untold, untold.head().hash, vec![check(&untold, first.clone())], 3);
    assert_eq!(late.block().transactions.len(), 1);
    let error = invalid(&a, late.block());
    assert!(
        matches!(error, BlockError::Transaction { index: 0, error: InvalidTransaction::Bundle(_), .. }),
        "{error}"
    );
    let plain =
        |nonce| ethereum_tx(&signer(0), nonce, TxKind::Call(signer(1).address()), amount, Bytes::new());
    step(vec![first, plain(1), second, third, plain(2)], &[1, 4]);
}
