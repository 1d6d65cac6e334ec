//! A node that lies about heads and fees, and faults on the way.

use crate::chain::{BASE_FEE, FakeChain, NullProver, Tamper};
use crate::{SERO, coin, funded, holds, request, send, sync, wallet};
use alloy_primitives::{Address, Bytes};
use serde_json::{Value, json};
use sero_wallet::{CallRequest, Client, GasChoice, PlanError, Target, Wallet, WalletError};
use std::cell::Cell;
use std::collections::HashSet;

fn on(wanted: &'static str, change: impl Fn(&mut Value) + 'static) -> Tamper {
    Box::new(move |method, answer| {
        if method == wanted {
            change(answer);
        }
    })
}

#[test]
fn a_lie_about_the_head_is_refused_or_healed_by_a_rescan() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    // Far pages that no head justifies.
    *chain.tamper.borrow_mut() =
        Some(on("sero_getShieldedBlocks", |answer| answer["nextBlock"] = json!("0xffffffffffffffff")));
    assert!(alice.sync(&Client::new(&chain), &mut |_| ()).is_err());
    // A head that all answers agree on cannot be refuted, only left behind.
    *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| match method {
        "eth_getBlockByNumber" => answer["number"] = json!("0xfffffffffffffff0"),
        "sero_getShieldedBlocks" => {
            answer["head"] = json!("0xfffffffffffffff0");
            answer["nextBlock"] = json!("0xfffffffffffffff1");
        }
        _ => {}
    }));
    alice.sync(&Client::new(&chain), &mut |_| ()).unwrap();
    *chain.tamper.borrow_mut() = None;
    assert!(alice.sync(&Client::new(&chain), &mut |_| ()).is_err());
    alice.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (10 * SERO, 0));
    let to = wallet(&chain).address();
    send(&mut alice, &chain, &request(to, SERO));
}

#[test]
fn a_lie_about_the_base_fee_costs_at_most_the_limit() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10_000 * SERO);
    let lie = on("eth_getBlockByNumber", |answer| answer["baseFeePerGas"] = json!("0x38d7ea4c68000"));
    *chain.tamper.borrow_mut() = Some(lie);
    let payment = request(wallet(&chain).address(), SERO);
    match alice.plan_send(&Client::new(&chain), &payment) {
        Err(WalletError::Plan(PlanError::FeeTooHigh { fee, max, .. })) => assert!(fee > max),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("planned"),
    }
    alice.set_fee_max(5_000 * SERO);
    assert!(alice.plan_send(&Client::new(&chain), &payment).is_ok(), "who wants to pay, may");
    *chain.tamper.borrow_mut() = None;
    let plan = alice.plan_send(&Client::new(&chain), &payment).unwrap();
    assert!(plan.max_fee_per_gas >= 2 * BASE_FEE);
}

#[test]
fn the_expiry_follows_the_head_that_was_scanned() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let asked = Cell::new(0);
    *chain.tamper.borrow_mut() = Some(on("eth_getBlockByNumber", move |answer| {
        asked.set(asked.get() + 1);
        // The first answer is the sync's; the next would set an expiry for ever.
        if asked.get() > 1 {
            answer["number"] = json!("0x4000000000000000");
        }
    }));
    let payment = request(wallet(&chain).address(), SERO);
    let plan = alice.plan_send(&Client::new(&chain), &payment).unwrap();
    assert!(plan.expiry < 1_000, "expiry {}", plan.expiry);
}

#[test]
fn a_fault_on_the_way_keeps_the_notes_reserved_and_a_verdict_frees_them() {
    for (code, reserved) in [(-32603, true), (-32005, true), (-32000, false)] {
        let chain = FakeChain::new();
        let mut alice = funded(&chain, 10 * SERO);
        let payment = request(wallet(&chain).address(), SERO);
        let client = Client::new(&chain);
        let built = alice.build_send(&client, &NullProver, &payment, &|_, _| ()).unwrap();
        *chain.refuse.borrow_mut() = Some(("eth_sendRawTransaction", code));
        assert!(alice.submit(&client, &built).is_err());
        *chain.refuse.borrow_mut() = None;
        let expected = if reserved { (0, 10 * SERO) } else { (10 * SERO, 0) };
        assert_eq!(holds(&alice, coin()), expected, "code {code}");
    }
}

#[test]
fn a_failed_rescan_changes_nothing_and_a_good_one_keeps_reservations() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let payment = request(wallet(&chain).address(), SERO);
    let client = Client::new(&chain);
    let built = alice.build_send(&client, &NullProver, &payment, &|_, _| ()).unwrap();
    *chain.refuse.borrow_mut() = Some(("eth_sendRawTransaction", -32603));
    assert!(alice.submit(&client, &built).is_err());
    *chain.refuse.borrow_mut() = Some(("sero_getShieldedBlocks", -32603));
    assert!(alice.rescan(&client, &mut |_| ()).is_err());
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO));
    *chain.refuse.borrow_mut() = None;
    alice.rescan(&client, &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO));
}

#[test]
fn a_restored_wallet_asks_about_no_from_key_that_it_used() {
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let info = client.chain_info().unwrap();
    let (mut alice, words) = Wallet::create(Target::Memory, &info).unwrap();
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 10 * SERO);
    chain.settle();
    sync(&mut alice, &chain);
    let call = CallRequest {
        gas: GasChoice::Limit(900_000),
        ..CallRequest::new(Address::repeat_byte(0x31), Bytes::new())
    };
    for _ in 0..2 {
        alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
        chain.settle();
        sync(&mut alice, &chain);
    }
    let used: Vec<String> =
        (0..2).map(|i| alice.from_key(i).unwrap().address().to_string().to_lowercase()).collect();
    let mut again = Wallet::restore(Target::Memory, &info, &words).unwrap();
    sync(&mut again, &chain);
    chain.log.borrow_mut().clear();
    again.plan_call(&client, &call).unwrap();
    let asked = format!("{:?}", chain.log.borrow()).to_lowercase();
    assert!(asked.contains("eth_gettransactioncount"));
    assert!(used.iter().all(|from| !asked.contains(from.as_str())), "the node learns who is one person");
}

/// A node that calls every key used is shown a few, learns no more, and none of those is used
/// later, whoever opens the file.
#[test]
fn a_lie_about_nonces_shows_few_callers_and_never_again() {
    let dir = tempfile::tempdir().unwrap();
    let (path, password) = (dir.path().join("wallet"), "correct horse");
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let info = client.chain_info().unwrap();
    let mut alice = Wallet::create(Target::File { path: &path, password }, &info).unwrap().0;
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 10 * SERO);
    chain.settle();
    let call = CallRequest {
        gas: GasChoice::Limit(900_000),
        ..CallRequest::new(Address::repeat_byte(0x31), Bytes::new())
    };
    *chain.tamper.borrow_mut() = Some(on("eth_getTransactionCount", |answer| *answer = json!("0x1")));
    chain.log.borrow_mut().clear();
    assert!(matches!(alice.plan_call(&client, &call), Err(WalletError::NoFreshFrom(_))));
    let asked: HashSet<Address> = (chain.log.borrow().iter())
        .filter(|(method, _)| method == "eth_getTransactionCount")
        .map(|(_, params)| params[0].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(asked.len() <= 20, "the node was shown {} callers", asked.len());
    *chain.tamper.borrow_mut() = None;
    drop(alice);
    let mut alice = Wallet::open(&path, password, None).unwrap();
    let from = alice.plan_call(&client, &call).unwrap().call.unwrap().from;
    assert!(!asked.contains(&from), "the node knows whose caller this is");
}

/// A node that says "refused", or that the block has passed, and keeps the transaction: only one
/// of a payment and its repetition can happen, whatever came in between.
#[test]
fn a_false_refusal_or_a_false_head_pays_nobody_twice() {
    for refused in [true, false] {
        for rescan in [true, false] {
            let chain = FakeChain::new();
            let client = Client::new(&chain);
            let mut alice = funded(&chain, 10 * SERO);
            let mut bob = wallet(&chain);
            let payment = request(bob.address(), SERO);
            let built = alice.build_send(&client, &NullProver, &payment, &|_, _| ()).unwrap();
            let code = if refused { -32000 } else { -32603 };
            *chain.refuse.borrow_mut() = Some(("eth_sendRawTransaction", code));
            assert!(alice.submit(&client, &built).is_err());
            *chain.refuse.borrow_mut() = None;
            // Larger notes, which would be chosen first.
            for _ in 0..2 {
                chain.fund(&alice.one_time_address(None).unwrap(), coin(), 20 * SERO);
            }
            chain.settle();
            if !refused {
                *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| match method {
                    "eth_getBlockByNumber" => answer["number"] = json!("0x1000"),
                    "sero_getShieldedBlocks" => {
                        answer["head"] = json!("0x1000");
                        answer["nextBlock"] = json!("0x1001");
                    }
                    _ => {}
                }));
                sync(&mut alice, &chain);
                *chain.tamper.borrow_mut() = None;
            }
            if rescan || !refused {
                alice.rescan(&client, &mut |_| ()).unwrap();
            }
            // Other payments do not make it forget.
            let other = request(wallet(&chain).address(), 25 * SERO);
            let plan = alice.plan_send(&client, &other).unwrap();
            let first = built.tx.bundle.spends.iter().map(|spend| spend.nullifier);
            let again: HashSet<_> = plan.spends.iter().map(|spend| spend.nullifier().unwrap()).collect();
            assert!(first.into_iter().any(|nullifier| again.contains(&nullifier)));
            alice.send(&client, &NullProver, &payment, &|_, _| ()).unwrap();
            assert!(client.send_raw(&built.raw()).is_err(), "both happened");
            sync(&mut bob, &chain);
            assert_eq!(holds(&bob, coin()), (0, SERO), "refused {refused}, rescan {rescan}");
        }
    }
}

/// A node that withholds a nullifier makes a note look unspent. The next node's refusal says what
/// to do, and a rescan puts it right.
#[test]
fn a_withheld_nullifier_is_named_and_healed_by_a_rescan() {
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let mut alice = funded(&chain, 10 * SERO);
    let payment = request(wallet(&chain).address(), SERO);
    let tx = alice.build_send(&client, &NullProver, &payment, &|_, _| ()).unwrap().tx;
    let fee = u128::from(tx.gas_limit) * tx.max_fee_per_gas;
    client.send_raw(&tx.encode_2718()).unwrap();
    chain.settle();
    *chain.tamper.borrow_mut() = Some(on("sero_getShieldedBlocks", |answer| {
        for block in answer["blocks"].as_array_mut().unwrap() {
            block["nullifiers"] = json!([]);
        }
    }));
    sync(&mut alice, &chain);
    *chain.tamper.borrow_mut() = None;
    assert_eq!(holds(&alice, coin()), (19 * SERO - fee, 0), "no wallet can see this");
    let error = alice.send(&client, &NullProver, &payment, &|_, _| ()).unwrap_err();
    assert!(error.to_string().contains("rescan"), "{error}");
    alice.rescan(&client, &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (9 * SERO - fee, 0));
    alice.send(&client, &NullProver, &payment, &|_, _| ()).unwrap();
}
