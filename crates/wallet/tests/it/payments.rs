//! Sending, calling, shielding, and what the wallet remembers of it.

use crate::chain::{FakeChain, LAG, NullProver, REVERTS};
use crate::{PHRASE, SERO, coin, funded, holds, memo, request, send, sync, wallet};
use alloy_primitives::{Address, B256, Bytes};
use alloy_signer_local::PrivateKeySigner;
use sero_shielded::address::Network;
use sero_wallet::history::HistoryKind;
use sero_wallet::plan::PlanError;
use sero_wallet::{
    AccountError, AssetInfo, CallRequest, Client, GasChoice, SendRequest, Target, UnshieldRequest, Wallet,
    WalletError,
};

#[test]
fn pays_and_keeps_the_change() {
    let chain = FakeChain::new();
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let to = bob.new_address().unwrap().1;
    send(&mut alice, &chain, &SendRequest::new(to, coin(), 3 * SERO, memo("lunch")));
    let sent = chain.inner.borrow().transactions[0].clone();
    let fee = u128::from(sent.gas_limit) * sent.max_fee_per_gas;
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO), "held by the transaction");

    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert_eq!(holds(&alice, coin()), (0, 7 * SERO - fee), "too young");
    assert_eq!(holds(&bob, coin()), (0, 3 * SERO));
    chain.mine(LAG - 1);
    sync(&mut bob, &chain);
    assert_eq!(holds(&bob, coin()), (0, 3 * SERO), "one block short of the lag");
    chain.mine(1);
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert_eq!(holds(&alice, coin()), (7 * SERO - fee, 0));
    assert_eq!(holds(&bob, coin()), (3 * SERO, 0));

    let history = alice.history();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].kind, HistoryKind::Received);
    assert_eq!((history[1].kind, history[1].transaction), (HistoryKind::Sent, sent.hash()));
    let transfer = &history[1].transfers[0];
    assert_eq!((transfer.amount_text().as_str(), transfer.name.as_deref()), ("3", Some("SERO")));
    assert_eq!(transfer.address.as_deref(), Some(to.to_text(Network::Dev).as_str()));
    assert_eq!(transfer.memo.as_deref(), Some("lunch"));
    assert_eq!(history[1].transfers.len(), 1, "change is not a payment");
    assert_eq!(history[1].fee, Some(fee));
    let received = &bob.history()[0];
    assert_eq!(
        (received.kind, received.transfers[0].memo.as_deref()),
        (HistoryKind::Received, Some("lunch"))
    );

    // The received note can be spent on.
    send(&mut bob, &chain, &request(alice.address(), SERO));
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (8 * SERO - fee, 0));
}

#[test]
fn pays_a_token_with_the_fee_in_coin() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 2);
    let (mut alice, mut bob) = (funded(&chain, SERO), wallet(&chain));
    for amount in [300, 500] {
        chain.fund(&alice.one_time_address(None).unwrap(), gold, amount);
    }
    chain.settle();
    let client = Client::new(&chain);
    let (info, amount) = alice.parse_amount(&client, "7.5 GOLD").unwrap();
    assert_eq!((info.id, amount), (gold, 750));
    send(&mut alice, &chain, &SendRequest::new(bob.address(), gold, amount, memo("")));
    let shape = chain.inner.borrow().transactions[0].bundle.clone();
    assert_eq!((shape.spends.len(), shape.outputs.len()), (4, 4));
    chain.settle();
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert_eq!((holds(&alice, gold), holds(&bob, gold)), ((50, 0), (750, 0)));
    bob.learn_assets(&client).unwrap();
    let balance = bob.balance().into_iter().find(|b| b.asset == gold).unwrap();
    assert_eq!((balance.available_text().as_str(), balance.name.as_deref()), ("7.5", Some("GOLD")));
}

#[test]
fn too_little_says_what_there_is() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 2);
    let mut alice = funded(&chain, SERO);
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 5 * SERO);
    let client = Client::new(&chain);
    let mut plan = |request| match alice.plan_send(&client, &request) {
        Err(error) => error,
        Ok(_) => panic!("planned"),
    };
    let to = plan_target(&chain);
    // A known asset in words, an unknown one by its id.
    match plan(request(to, SERO)) {
        WalletError::NotEnough { name, needed, available, pending } => {
            assert_eq!((name.as_str(), available.as_str(), pending.as_str()), ("SERO", "1", "5"));
            assert!(needed.starts_with("1.00"), "the fee is included: {needed}");
        }
        other => panic!("{other}"),
    }
    let plain = |error| match error {
        WalletError::Plan(error) => error,
        other => panic!("{other}"),
    };
    let missing = plain(plan(SendRequest::new(to, gold, 1, memo(""))));
    assert_eq!(missing, PlanError::Insufficient { asset: gold, needed: 1, available: 0, pending: 0 });
    assert_eq!(plain(plan(request(to, 0))), PlanError::Zero("payment"));
    assert_eq!(plain(plan(request(to, u128::MAX))), PlanError::Overflow);
}

fn plan_target(chain: &FakeChain) -> sero_shielded::keys::PaymentAddress {
    wallet(chain).address()
}

#[test]
fn dust_needs_merging_and_largest_notes_come_first() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    for _ in 0..30 {
        chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO / 10);
    }
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    chain.settle();
    let client = Client::new(&chain);
    sync(&mut alice, &chain);
    match alice.plan_send(&client, &request(alice.address(), 3 * SERO)) {
        Err(WalletError::Plan(PlanError::TooManyNotes { asset, largest })) => {
            assert_eq!((asset, largest), (coin(), SERO + 15 * SERO / 10));
        }
        _ => panic!("31 notes in 16 spends"),
    }
    let plan = alice.plan_send(&client, &request(alice.address(), SERO / 2)).unwrap();
    let mut amounts: Vec<u128> =
        plan.spends.iter().map(|spend| spend.amount).filter(|amount| *amount > 0).collect();
    amounts.sort_unstable();
    assert_eq!(
        amounts,
        [SERO / 10, SERO],
        "one large note rather than six small ones, and a small one for free"
    );
    let plan = alice.plan_send(&client, &request(alice.address(), 2 * SERO)).unwrap();
    assert_eq!((plan.spends.len(), plan.outputs.len()), (16, 16));
}

#[test]
fn calls_with_value_attachment_and_refund() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = funded(&chain, 10 * SERO);
    chain.fund(&alice.one_time_address(None).unwrap(), gold, 9);
    chain.settle();
    let client = Client::new(&chain);
    let shop = Address::repeat_byte(0xaa);
    let input = sero_wallet::calldata::encode("buy(uint256)", &["7"]).unwrap();
    let call = CallRequest { value: SERO, attach: vec![(gold, 4)], ..CallRequest::new(shop, input) };
    let submitted = alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
    let tx = chain.inner.borrow().transactions[0].clone();
    let used = u64::from_str_radix(&receipt_gas(&chain, submitted.transaction), 16).unwrap();
    assert!(tx.gas_limit >= used && tx.gas_limit < used * 13 / 10, "{} for {used}", tx.gas_limit);
    assert_eq!(chain.inner.borrow().received, [(shop, coin(), SERO), (shop, gold, 4)]);
    assert_eq!(alice.from_key(0).unwrap().address(), tx.call.as_ref().unwrap().from);

    chain.settle();
    sync(&mut alice, &chain);
    let fee = u128::from(used) * tx.max_fee_per_gas;
    assert_eq!(holds(&alice, coin()), (9 * SERO - fee, 0), "the unused gas came back");
    assert_eq!(holds(&alice, gold), (5, 0));
    let entry = alice.history().pop().unwrap();
    assert_eq!((entry.kind, entry.to), (HistoryKind::Called, Some(shop)));
    let paid: Vec<_> = entry.transfers.iter().map(|t| (t.asset.clone(), t.amount)).collect();
    assert!(paid.contains(&(coin().to_string(), SERO + fee)));
    assert!(paid.contains(&(gold.to_string(), 4)));

    // A second call comes from another address.
    alice.call(&client, &NullProver, &CallRequest::new(shop, Bytes::new()), &|_, _| ()).unwrap();
    let second = chain.inner.borrow().transactions[1].call.as_ref().unwrap().from;
    assert_ne!(second, tx.call.as_ref().unwrap().from);
    assert_eq!(second, alice.from_key(1).unwrap().address());
    // And the first again only on purpose.
    chain.settle();
    let again = CallRequest { from: Some(0), ..CallRequest::new(shop, Bytes::new()) };
    alice.call(&client, &NullProver, &again, &|_, _| ()).unwrap();
    let third = chain.inner.borrow().transactions[2].call.clone().unwrap();
    assert_eq!((third.from, third.nonce), (tx.call.unwrap().from, 1));
    // Never one that lies ahead: a restored wallet would not look beyond the gap.
    for index in [3, u64::MAX] {
        let ahead = CallRequest { from: Some(index), ..CallRequest::new(shop, Bytes::new()) };
        let error = alice.plan_call(&client, &ahead).err().unwrap();
        assert!(matches!(error, WalletError::NoCaller { used: 3, .. }), "{error}");
    }
}

fn receipt_gas(chain: &FakeChain, transaction: B256) -> String {
    format!("{:x}", Client::new(chain).receipt(transaction).unwrap().unwrap().gas_used)
}

#[test]
fn a_reverting_call_is_not_sent_unless_forced() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let call = CallRequest { value: SERO, ..CallRequest::new(REVERTS, Bytes::new()) };
    match alice.call(&client, &NullProver, &call, &|_, _| ()) {
        Err(WalletError::WouldRevert { reason, .. }) => assert!(reason.contains("active"), "{reason}"),
        _ => panic!("sent"),
    }
    assert!(chain.inner.borrow().transactions.is_empty());
    let call = CallRequest { gas: GasChoice::Forced, ..call };
    let sent = alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
    assert!(!client.receipt(sent.transaction).unwrap().unwrap().success);
    chain.settle();
    sync(&mut alice, &chain);
    assert!(holds(&alice, coin()).0 > 9 * SERO, "the value came back");
    let call = CallRequest { gas: GasChoice::Limit(3_000_000), ..call };
    alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
    assert_eq!(chain.inner.borrow().transactions[1].gas_limit, 3_000_000);
}

#[test]
fn unshields_and_shields() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = funded(&chain, 10 * SERO);
    chain.fund(&alice.one_time_address(None).unwrap(), gold, 9);
    chain.settle();
    let client = Client::new(&chain);
    let account = PrivateKeySigner::from_bytes(&B256::repeat_byte(0x42)).unwrap();
    let public = |asset| chain.inner.borrow().public.get(&(account.address(), asset)).copied().unwrap_or(0);
    for (asset, amount) in [(coin(), 4 * SERO), (gold, 6)] {
        let request = UnshieldRequest { to: account.address(), asset, amount };
        alice.unshield(&client, &NullProver, &request, &|_, _| ()).unwrap();
        chain.settle();
        assert_eq!(public(asset), amount);
    }
    let info = AssetInfo { id: gold, ..AssetInfo::coin() };
    alice.shield(&client, &account, &info, 5, &memo("back"), None).unwrap();
    alice.shield(&client, &account, &AssetInfo::coin(), SERO, &memo(""), None).unwrap();
    assert_eq!((public(gold), public(coin())), (1, 3 * SERO));
    let too_much = alice.shield(&client, &account, &AssetInfo::coin(), 3 * SERO, &memo(""), None);
    assert!(matches!(too_much, Err(WalletError::PublicFunds { .. })), "gas is needed too");
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, gold), (8, 0));
    let kinds: Vec<_> = alice.history().iter().map(|entry| entry.kind).collect();
    use HistoryKind::*;
    assert_eq!(kinds, [Received, Received, Called, Called, Shielded, Shielded]);
    assert_eq!(alice.history()[4].transfers[0].memo.as_deref(), Some("back"));
}

/// A busy wallet, to be restored.
fn busy(chain: &FakeChain) -> Wallet {
    let info = Client::new(chain).chain_info().unwrap();
    let mut alice = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    let gold = chain.token("GOLD", 0);
    let mut bob = funded(chain, 50 * SERO);
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 10 * SERO);
    chain.fund(&alice.one_time_address(None).unwrap(), gold, 7);
    chain.settle();
    sync(&mut alice, chain);
    let client = Client::new(chain);
    for round in 0..3 {
        let to = alice.new_address().unwrap().1;
        send(&mut bob, chain, &request(to, SERO + round));
        send(&mut alice, chain, &SendRequest::new(bob.address(), coin(), SERO / 2, memo("thanks")));
        chain.settle();
        let call = CallRequest { value: 5, ..CallRequest::new(Address::repeat_byte(1), Bytes::new()) };
        alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
        chain.settle();
    }
    // The last ones stay young.
    send(&mut bob, chain, &request(alice.address(), 3));
    sync(&mut alice, chain);
    alice
}

fn assert_same(a: &Wallet, b: &Wallet) {
    let notes = |wallet: &Wallet| -> Vec<_> {
        let notes = wallet.notes().iter();
        notes
            .map(|n| (n.position, n.asset, n.amount, n.address, n.status, n.settled, n.memo.clone()))
            .collect()
    };
    assert_eq!(notes(a), notes(b));
    let balances = |wallet: &Wallet| -> Vec<_> {
        wallet.balance().into_iter().map(|b| (b.asset, b.available, b.pending)).collect()
    };
    assert_eq!(balances(a), balances(b));
    let history = |wallet: &Wallet| -> Vec<_> {
        wallet.history().into_iter().map(|entry| sero_wallet::HistoryEntry { to: None, ..entry }).collect()
    };
    assert_eq!(history(a), history(b));
    assert!(history(a).len() > 6);
}

#[test]
fn a_restored_wallet_is_equal() {
    let chain = FakeChain::new();
    let alice = busy(&chain);
    let info = Client::new(&chain).chain_info().unwrap();
    let mut restored = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    sync(&mut restored, &chain);
    assert_same(&alice, &restored);
    // Its next call does not repeat a `From`.
    chain.settle();
    let call = CallRequest::new(Address::repeat_byte(1), Bytes::new());
    restored.call(&Client::new(&chain), &NullProver, &call, &|_, _| ()).unwrap();
    let from = chain.inner.borrow().transactions.last().unwrap().call.as_ref().unwrap().from;
    assert_eq!(from, restored.from_key(3).unwrap().address());
}

#[test]
fn a_watch_only_wallet_sees_the_same_and_cannot_spend() {
    let chain = FakeChain::new();
    let alice = busy(&chain);
    let info = Client::new(&chain).chain_info().unwrap();
    let mut watch = Wallet::watch(Target::Memory, &info, alice.export_view_key().expose()).unwrap();
    sync(&mut watch, &chain);
    assert_same(&alice, &watch);
    assert!(watch.is_watch_only());
    let to = alice.address();
    let result = watch.send(&Client::new(&chain), &NullProver, &request(to, 1), &|_, _| ());
    assert!(matches!(result, Err(WalletError::Account(AccountError::WatchOnly))));
    assert!(matches!(watch.from_key(0), Err(WalletError::Account(AccountError::WatchOnly))));
    assert!(watch.signer().is_err());
}

#[test]
fn reading_again_changes_nothing() {
    let chain = FakeChain::new();
    let mut alice = busy(&chain);
    let info = Client::new(&chain).chain_info().unwrap();
    let mut reference = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    sync(&mut reference, &chain);
    for _ in 0..3 {
        sync(&mut alice, &chain);
        assert_same(&alice, &reference);
    }
    alice.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_same(&alice, &reference);
}

#[test]
fn a_lost_transaction_gives_its_notes_back_after_expiry() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let to = wallet(&chain).address();
    let built = alice.build_send(&client, &NullProver, &request(to, SERO), &|_, _| ()).unwrap();
    // Refused: free at once.
    chain.mine(1_000);
    assert!(matches!(alice.submit(&client, &built), Err(WalletError::Client(_))));
    assert_eq!(holds(&alice, coin()), (10 * SERO, 0));
    // Unknown fate: held until it expires.
    let built = alice.build_send(&client, &NullProver, &request(to, SERO), &|_, _| ()).unwrap();
    struct Dead;
    impl sero_wallet::ChainSource for Dead {
        fn request(
            &self,
            _: &str,
            _: serde_json::Value,
        ) -> Result<serde_json::Value, sero_wallet::SourceError> {
            Err(sero_wallet::SourceError::Transport("reset".into()))
        }
    }
    assert!(alice.submit(&Client::new(&Dead), &built).is_err());
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO));
    chain.mine(99);
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO));
    alice.rescan(&client, &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (0, 10 * SERO), "a rescan does not free them either");
    chain.mine(1);
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (10 * SERO, 0));
}

#[test]
fn addresses_stop_at_the_gap_limit_and_go_on_when_used() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    let mut last = alice.address();
    for index in 1..20 {
        let (found, address) = alice.new_address().unwrap();
        assert_eq!(found, index);
        last = address;
    }
    assert!(matches!(alice.new_address(), Err(WalletError::GapLimit(20))));
    let mut bob = funded(&chain, SERO);
    send(&mut bob, &chain, &request(last, 5));
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (0, 5));
    assert_eq!(alice.new_address().unwrap().0, 20);
}
