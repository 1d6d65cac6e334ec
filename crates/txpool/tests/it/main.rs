//! The pool under honest and hostile senders.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, TxKind, U256, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use sero_execution::{InvalidTransaction, KeyFiles, genesis_block};
use sero_primitives::Transaction;
use sero_primitives::genesis::Genesis;
use sero_primitives::pools::{CircuitName, CircuitVersion, Upgrade};
use sero_primitives::transaction::EthereumTx;
use sero_testkit::rng::Rng;
use sero_testkit::{CHAIN_ID, MemoryState, SERO, genesis, parameters, parameters_with, signer, trapdoor};
use sero_txpool::{PoolError, PoolLimits, PoolView, TxPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const GWEI: u128 = 1_000_000_000;

fn pool(limits: PoolLimits) -> TxPool {
    let genesis = genesis();
    let block = genesis_block(&genesis).unwrap();
    let parameters = parameters(&genesis, block.header.hash_slow());
    let view = PoolView {
        state: Arc::new(MemoryState::from_diff(&block.diff)),
        next_block: 1,
        base_fee_per_gas: 875_000_000,
        gas_limit: 30_000_000,
    };
    TxPool::new(parameters, limits, Box::new(move || Ok(view.clone())))
}

fn tx(from: &PrivateKeySigner, nonce: u64, gas_limit: u64, fee: u128, tip: u128, value: u128) -> Transaction {
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit,
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(Address::repeat_byte(3)),
        value: U256::from(value),
        ..Default::default()
    };
    let signature = from.sign_hash_sync(&tx.signature_hash()).unwrap();
    Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
}

fn simple(from: u8, nonce: u64, tip: u128) -> Transaction {
    tx(&signer(from), nonce, 21_000, 10 * GWEI, tip, 1)
}

#[test]
fn the_dearest_come_first_and_nonces_in_order() {
    let pool = pool(PoolLimits::default());
    for transaction in
        [simple(0, 1, 5 * GWEI), simple(0, 0, GWEI), simple(1, 0, 2 * GWEI), simple(2, 1, 9 * GWEI)]
    {
        pool.submit_transaction(transaction).unwrap();
    }
    let best: Vec<_> =
        pool.best().unwrap().iter().map(|c| (c.sender().unwrap(), c.transaction().nonce())).collect();
    let of = |index| signer(index).address();
    assert_eq!(best, [(of(1), 0), (of(0), 0), (of(0), 1)], "a gap keeps account 2 out");
    assert_eq!((pool.next_nonce(of(0)).unwrap(), pool.next_nonce(of(2)).unwrap()), (2, 0));
}

#[test]
fn a_large_gas_limit_keeps_nobody_out() {
    let pool = pool(PoolLimits::default());
    pool.submit_transaction(tx(&signer(0), 0, 30_000_000, 10 * GWEI, 9 * GWEI, 0)).unwrap();
    for from in 1..4 {
        pool.submit_transaction(simple(from, 0, GWEI)).unwrap();
    }
    assert_eq!(pool.best().unwrap().len(), 4);
}

#[test]
fn what_can_never_be_in_a_block_does_not_wait_for_one() {
    let pool = pool(PoolLimits::default());
    let refuse = |transaction| pool.submit_transaction(transaction).unwrap_err().to_string();
    assert!(refuse(tx(&signer(0), 0, 30_000_000, 10 * GWEI, 20 * GWEI, 0)).contains("priority fee"));
    assert!(refuse(tx(&signer(0), 0, 20_999, 10 * GWEI, 0, 0)).contains("below the intrinsic gas 21000"));
    let stranger = PrivateKeySigner::from_bytes(&keccak256("stranger")).unwrap();
    assert!(refuse(tx(&stranger, 0, 0, u128::MAX, 0, 0)).contains("intrinsic gas"));
    assert!(refuse(tx(&stranger, 0, 21_000, 10 * GWEI, 0, 0)).contains("insufficient funds"));
    assert!(pool.content().unwrap().is_empty());
}

#[test]
fn one_balance_backs_all_of_a_senders_transactions() {
    let pool = pool(PoolLimits::default());
    let most = 400 * SERO;
    for nonce in 0..2 {
        pool.submit_transaction(tx(&signer(0), nonce, 21_000, 10 * GWEI, 0, most)).unwrap();
    }
    let third = pool.submit_transaction(tx(&signer(0), 2, 21_000, 10 * GWEI, 0, most));
    assert!(matches!(third, Err(PoolError::Invalid(InvalidTransaction::InsufficientFunds { .. }))));
}

#[test]
fn replacement_needs_a_tenth_more_and_cannot_wrap() {
    let pool = pool(PoolLimits::default());
    let priced = |fee| tx(&signer(0), 0, 21_000, fee, 0, 1);
    // A tip must not fall either.
    pool.submit_transaction(tx(&signer(1), 0, 21_000, 10 * GWEI, 9 * GWEI, 1)).unwrap();
    let no_tip = tx(&signer(1), 0, 21_000, 20 * GWEI, 0, 1);
    assert!(matches!(pool.submit_transaction(no_tip), Err(PoolError::Underpriced { .. })));
    pool.submit_transaction(priced(10 * GWEI)).unwrap();
    assert!(matches!(pool.submit_transaction(priced(10 * GWEI)), Err(PoolError::AlreadyKnown(_))));
    assert!(matches!(pool.submit_transaction(priced(11 * GWEI)), Err(PoolError::Underpriced { .. })));
    pool.submit_transaction(priced(11 * GWEI + 1)).unwrap();
    assert_eq!(pool.content().unwrap().len(), 2);
    assert_eq!(pool.counts().unwrap(), (2, 0));
}

/// A transaction with `length` bytes of calldata.
fn long(from: u8, nonce: u64, tip: u128, length: usize) -> Transaction {
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 3_000_000,
        max_fee_per_gas: 20 * tip,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(Address::repeat_byte(3)),
        input: vec![0; length].into(),
        ..Default::default()
    };
    let signature = signer(from).sign_hash_sync(&tx.signature_hash()).unwrap();
    Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
}

#[test]
fn bytes_are_bounded_however_they_arrive() {
    let pool = pool(PoolLimits { bytes: 10_000, ..PoolLimits::default() });
    let bytes = || -> usize {
        pool.content().unwrap().iter().map(|waiting| waiting.checked.transaction().encode_2718().len()).sum()
    };
    for nonce in 0..8 {
        pool.submit_transaction(long(0, nonce, GWEI, 1_000)).unwrap();
    }
    // A replacement that grows finds no room; a dear one takes as much as it needs.
    assert!(matches!(pool.submit_transaction(long(0, 0, 2 * GWEI, 9_000)), Err(PoolError::Full(_))));
    pool.submit_transaction(long(1, 0, 2 * GWEI, 5_000)).unwrap();
    assert!(bytes() <= 10_000, "{} bytes", bytes());
    assert!(matches!(pool.submit_transaction(long(2, 0, 3 * GWEI, 11_000)), Err(PoolError::Full(_))));
    assert!(pool.content().unwrap().len() >= 4, "what cannot fit evicts nobody");
    assert!(pool.content().unwrap().iter().all(|waiting| waiting.ready));
}

#[test]
fn a_full_pool_prefers_what_is_ready_and_pays_more() {
    let pool = pool(PoolLimits { transactions: 6, gapped: 2, ..PoolLimits::default() });
    for nonce in [5, 6] {
        pool.submit_transaction(simple(0, nonce, 9 * GWEI)).unwrap();
    }
    assert!(
        matches!(pool.submit_transaction(simple(0, 7, 9 * GWEI)), Err(PoolError::Full(_))),
        "too many gaps"
    );
    for nonce in 0..4 {
        pool.submit_transaction(simple(1, nonce, GWEI)).unwrap();
    }
    // Full: transactions behind a gap make room, then the cheapest.
    for nonce in 0..2 {
        pool.submit_transaction(simple(2, nonce, 2 * GWEI)).unwrap();
    }
    assert!(pool.content().unwrap().iter().all(|waiting| waiting.ready), "the gaps made room");
    pool.submit_transaction(simple(3, 0, 3 * GWEI)).unwrap();
    assert_eq!(pool.content().unwrap().len(), 6);
    let cheap = simple(3, 1, 1);
    assert!(matches!(pool.submit_transaction(cheap), Err(PoolError::Full(6))));
}

#[test]
fn nonces_far_ahead_and_long_bytes_are_refused() {
    let pool = pool(PoolLimits::default());
    assert!(matches!(
        pool.submit_transaction(simple(0, 65, GWEI)),
        Err(PoolError::NonceTooFar { max: 64, .. })
    ));
    assert!(matches!(pool.submit(&vec![2; 128 * 1024 + 1]), Err(PoolError::TooLong { .. })));
    assert!(pool.submit(&[]).is_err());
}

/// When a circuit gets another key, what was proved for the old one leaves the pool in one sweep: it can be
/// in no block, and a builder would find out by verifying all of it.
#[test]
fn proofs_of_a_replaced_key_do_not_wait() {
    let [spend, output] = sero_testkit::keys();
    for (name, key, left) in [(CircuitName::Spend, spend, 0), (CircuitName::Output, output, 2)] {
        let circuit = CircuitVersion {
            circuit: name,
            version: 2,
            activation: 5,
            key_hash: keccak256(key),
            transcript: None,
        };
        let genesis = Genesis {
            pools: vec![trapdoor::pool(0, 0)],
            upgrades: vec![Upgrade::Circuit { pool: 0, circuit }],
            ..genesis()
        };
        let block = genesis_block(&genesis).unwrap();
        let files = KeyFiles::new(trapdoor::keys().into_iter().chain([spend, output]));
        let hash = block.header.hash_slow();
        let parameters = parameters_with(&genesis, hash, &files);
        let (state, next_block) =
            (Arc::new(MemoryState::from_diff(&block.diff)), Arc::new(AtomicU64::new(1)));
        let next = Arc::clone(&next_block);
        let view = move || {
            let next_block = next.load(Ordering::Relaxed);
            let (base_fee_per_gas, gas_limit) = (875_000_000, 30_000_000);
            Ok(PoolView { state: Arc::clone(&state) as _, next_block, base_fee_per_gas, gas_limit })
        };
        let pool = TxPool::new(parameters, PoolLimits::default(), Box::new(view));
        let mut rng = Rng::new(3);
        for outputs in [0, 0, 1, 2] {
            pool.submit_transaction(trapdoor::transfer(hash, outputs, &mut rng)).unwrap();
        }
        pool.submit_transaction(simple(0, 0, GWEI)).unwrap();
        for (block, shielded) in [(4, 4), (5, left), (6, left)] {
            next_block.store(block, Ordering::Relaxed);
            pool.on_block([]).unwrap();
            assert_eq!(pool.counts().unwrap(), (shielded + 1, 0), "{name:?}, block {block}");
        }
        let late = pool.submit_transaction(trapdoor::transfer(hash, 1, &mut rng));
        assert!(matches!(late, Err(PoolError::Invalid(InvalidTransaction::Bundle(_)))), "{late:?}");
    }
}
