//! What an observer, and the wallet's own node, can and cannot tell.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, memo, request, send, sync, wallet};
use sero_shielded::asset::AssetId;
use sero_shielded::note::MEMO_LEN_MAX;
use sero_wallet::plan::{Payment, SHAPES};
use sero_wallet::{Client, SendRequest, Wallet};
use std::collections::HashSet;

fn payments(wallet: &Wallet, count: usize, asset: AssetId) -> SendRequest {
    let payment = |i: usize| Payment { to: wallet.address(), asset, amount: 1 + i as u128, memo: memo("") };
    SendRequest { payments: (0..count).map(payment).collect() }
}

#[test]
fn every_transfer_of_a_class_has_the_same_length_and_gas() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = wallet(&chain);
    for _ in 0..16 {
        chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
        chain.fund(&alice.one_time_address(None).unwrap(), gold, 10);
    }
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);
    let mut classes: HashSet<(usize, usize, usize, u64)> = HashSet::new();
    let mut requests = Vec::new();
    for count in 1..=15 {
        requests.push(payments(&alice, count, coin()));
    }
    for count in 1..=14 {
        requests.push(payments(&alice, count, gold));
    }
    for amount in [1, SERO / 2, 3 * SERO, 7 * SERO, 15 * SERO] {
        let text = "x".repeat(amount as usize % (MEMO_LEN_MAX + 1));
        requests.push(SendRequest::new(alice.address(), coin(), amount, memo(&text)));
    }
    for request in requests {
        let plan = alice.plan_send(&client, &request).unwrap();
        let tx = plan.build().unwrap().tx;
        classes.insert((
            tx.bundle.spends.len(),
            tx.bundle.outputs.len(),
            tx.bundle.encode().len(),
            tx.gas_limit,
        ));
        assert_eq!((tx.max_fee_per_gas, tx.bundle.balance.len()), (2_000_000_000, 1));
        assert_eq!(tx.expiry, chain.inner.borrow().head + 100);
    }
    let shapes: HashSet<_> = classes.iter().map(|(spends, outputs, ..)| (*spends, *outputs)).collect();
    assert_eq!(shapes, SHAPES.into_iter().collect(), "every shape occurs");
    assert_eq!(classes.len(), SHAPES.len(), "and each has one length and one gas limit: {classes:?}");
}

#[test]
fn the_order_is_random_and_nothing_repeats() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let (mut places, mut commitments) = ([0u32; 4], HashSet::new());
    let rounds = 200;
    for _ in 0..rounds {
        let plan = alice.plan_send(&client, &payments(&alice, 2, coin())).unwrap();
        let dummy = plan.outputs.iter().position(|output| output.note.amount == 0).unwrap();
        places[dummy] += 1;
        assert_eq!(plan.spends.len(), 2);
        for output in &plan.outputs {
            assert!(commitments.insert(output.note.rseed));
        }
        assert!(commitments.insert(sero_shielded::field::scalar_to_bytes(&plan.spends[0].alpha)));
    }
    // 3 real outputs and 1 dummy in 2/4: mean 50, deviation 6.1.
    assert!(places.iter().all(|count| (20..=80).contains(count)), "{places:?}");
}

#[test]
fn two_wallets_ask_the_node_the_same() {
    let chain = FakeChain::new();
    let (mut alice, mut bob, mut carol) = (funded(&chain, 10 * SERO), wallet(&chain), wallet(&chain));
    send(&mut alice, &chain, &request(bob.address(), SERO));
    chain.mine(40);
    let trace = |wallet: &mut Wallet| {
        wallet.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
        chain.log.take()
    };
    chain.log.take();
    let (a, b, c) = (trace(&mut alice), trace(&mut bob), trace(&mut carol));
    assert!(!a.is_empty());
    assert_eq!(a, b);
    assert_eq!(a, c);
}

#[test]
fn a_simulation_shows_no_note() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let call = sero_wallet::CallRequest::new(alloy_primitives::Address::repeat_byte(1), Default::default());
    chain.log.take();
    let built = alice.build_call(&client, &NullProver, &call, &|_, _| ()).unwrap();
    let log = chain.log.take();
    let simulated =
        log.iter().find(|(method, _)| method == "sero_simulate").unwrap().1[0].as_str().unwrap().to_owned();
    for spend in &built.tx.bundle.spends {
        let nullifier = alloy_primitives::hex::encode(sero_shielded::field::field_to_bytes(&spend.nullifier));
        assert!(!simulated.contains(&nullifier));
    }
    assert_eq!(log.iter().filter(|(method, _)| method == "eth_getTransactionCount").count(), 1);
}

#[test]
fn the_anchor_lags_behind_the_head() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let before = alice.plan_send(&client, &request(alice.address(), 1)).unwrap().anchor;
    let mut stranger = funded(&chain, SERO);
    send(&mut stranger, &chain, &request(alice.address(), 1));
    chain.mine(crate::chain::LAG - 1);
    let next = alice.plan_send(&client, &request(alice.address(), 1)).unwrap().anchor;
    let far = {
        chain.mine(1);
        alice.plan_send(&client, &request(alice.address(), 1)).unwrap().anchor
    };
    assert!(before != next && next != far, "it moves with the settled blocks only");
    let again = alice.plan_send(&client, &request(alice.address(), 1)).unwrap().anchor;
    assert_eq!(far, again);
}
