//! What each key can do (a table), and the wallet of an incoming key.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, holds, memo, request, send, sync, wallet};
use sero_shielded::encryption::EncryptedNote;
use sero_shielded::field::Field;
use sero_shielded::keys::{IncomingKey, SpendingKey, ViewingKey};
use sero_wallet::{
    CallRequest, Client, DiscloseRequest, HistoryKind, IncomingWallet, Network, Opened, Role, Target, Wallet,
};

fn watch(chain: &FakeChain, owner: &Wallet) -> IncomingWallet {
    let client = Client::new(chain);
    let key = owner.export_incoming_key();
    let mut wallet =
        IncomingWallet::watch(Target::Memory, &client.chain_info().unwrap(), key.expose()).unwrap();
    wallet.sync(&client, &mut |_| ()).unwrap();
    wallet
}

fn total(wallet: &IncomingWallet) -> u128 {
    wallet.received()[0].available
}

#[test]
fn an_incoming_key_sees_what_arrives_and_nothing_that_leaves() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 2);
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), funded(&chain, 20 * SERO));
    chain.fund(&alice.one_time_address(None).unwrap(), gold, 700);
    send(&mut bob, &chain, &sero_wallet::SendRequest::new(alice.address(), coin(), 2 * SERO, memo("lunch")));
    chain.settle();
    sync(&mut alice, &chain);
    let mut seen = watch(&chain, &alice);
    assert_eq!((total(&seen), seen.notes()), (12 * SERO, 3));
    seen.learn_assets(&Client::new(&chain)).unwrap();
    let tokens = seen.received().into_iter().find(|total| total.asset == gold).unwrap();
    assert_eq!((tokens.name.as_deref(), tokens.available_text().as_str()), (Some("GOLD"), "7"));
    let lunch = seen.history().into_iter().find(|entry| entry.transfers[0].memo.as_deref() == Some("lunch"));
    assert_eq!(lunch.unwrap().transfers[0].address, Some(alice.address().to_text(Network::Dev)));

    // A payment with change, a call with change and a refund, own funds shielded.
    let before = seen.history();
    send(&mut alice, &chain, &request(bob.address(), SERO));
    chain.settle();
    let call = CallRequest {
        value: 9,
        ..CallRequest::new(alloy_primitives::Address::repeat_byte(1), Default::default())
    };
    alice.call(&Client::new(&chain), &NullProver, &call, &|_, _| ()).unwrap();
    chain.settle();
    chain.fund(&alice.shield_address().unwrap(), coin(), SERO);
    chain.settle();
    sync(&mut alice, &chain);
    let kinds: Vec<_> = alice.history().iter().map(|entry| entry.kind).collect();
    for kind in [HistoryKind::Sent, HistoryKind::Called, HistoryKind::Shielded] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(holds(&alice, coin()).0 > 11 * SERO, "the owner finds the change");
    seen.sync(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!(seen.history(), before, "no change, no refund, no spend");
    assert_eq!(total(&seen), 12 * SERO);
    // Read again from the start, it is the same.
    seen.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!((total(&seen), seen.history().len()), (12 * SERO, before.len()));
}

#[test]
fn its_file_opens_as_what_it_is() {
    let chain = FakeChain::new();
    let alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let info = client.chain_info().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("incoming");
    let target = Target::File { path: &path, password: "pass" };
    let key = alice.export_incoming_key();
    let mut made = IncomingWallet::watch(target, &info, key.expose()).unwrap();
    made.sync(&client, &mut |_| ()).unwrap();
    drop(made);
    let error = Wallet::open(&path, "pass", None).err().unwrap().to_string();
    assert!(error.contains("incoming key"), "{error}");
    let Opened::Incoming(again) = sero_wallet::incoming::open(&path, "pass", Some(Network::Dev)).unwrap()
    else {
        panic!("another kind of wallet")
    };
    assert_eq!((total(&again), again.export_incoming_key().expose()), (10 * SERO, key.expose()));
    drop(again);
    assert!(sero_wallet::incoming::open(&path, "pass", Some(Network::Main)).is_err());

    let full = dir.path().join("full");
    drop(Wallet::create(Target::File { path: &full, password: "pass" }, &info).unwrap());
    assert!(matches!(sero_wallet::incoming::open(&full, "pass", None), Ok(Opened::Wallet(_))));
    for text in [
        "",
        "dseroivk1",
        &key.expose().replacen("dseroivk1", "seroivk1", 1),
        alice.export_view_key().expose(),
    ] {
        assert!(IncomingWallet::watch(Target::Memory, &info, text).is_err(), "{text}");
    }
}

#[test]
fn a_lying_node_changes_nothing() {
    let chain = FakeChain::new();
    let alice = funded(&chain, 10 * SERO);
    let mut seen = watch(&chain, &alice);
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| {
        if method == "sero_getShieldedBlocks" && !answer["blocks"][0].is_null() {
            answer["blocks"][0]["notes"][0]["amount"] = serde_json::json!("0xffffffffffffffffffffffff");
        }
    }));
    let error = seen.sync(&Client::new(&chain), &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("does not have the commitment"), "{error}");
    assert_eq!(total(&seen), 10 * SERO);
    *chain.tamper.borrow_mut() = None;
    seen.sync(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!(total(&seen), 11 * SERO);
}

/// Who can do what. A type without a method is an ability that the key does not
/// have: there is nothing to call. The rest is tried.
#[test]
fn the_table_of_keys_and_abilities() {
    let chain = FakeChain::new();
    let (mut alice, bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let client = Client::new(&chain);
    send(&mut alice, &chain, &request(bob.address(), SERO));
    chain.settle();
    sync(&mut alice, &chain);
    let sent = alice.history().last().unwrap().transaction;
    let info = client.chain_info().unwrap();
    let mut tracing = Wallet::watch(Target::Memory, &info, alice.export_view_key().expose()).unwrap();
    sync(&mut tracing, &chain);
    let incoming = watch(&chain, &alice);

    //               sees received, sees sent, sees spent, answers a challenge, spends
    let spending_row = [true, true, true, true, true];
    let tracing_row = [true, true, true, false, false];
    for (mut wallet, row) in [(alice, spending_row), (tracing, tracing_row)] {
        let kinds: Vec<_> = wallet.history().iter().map(|entry| entry.kind).collect();
        let spent = |note: &sero_wallet::notes::OwnNote| {
            matches!(note.status, sero_wallet::notes::NoteStatus::Spent { .. })
        };
        let challenge = DiscloseRequest {
            transaction: sent,
            output: None,
            role: Role::Sent,
            challenge: Some(b"who?".to_vec()),
        };
        let found = [
            kinds.contains(&HistoryKind::Received),
            kinds.contains(&HistoryKind::Sent),
            wallet.notes().iter().any(spent),
            wallet.disclose(&client, &challenge, &mut |_| ()).is_ok(),
            wallet.build_send(&client, &NullProver, &request(bob.address(), 1), &|_, _| ()).is_ok(),
        ];
        assert_eq!(found, row);
        assert_eq!(wallet.signer().is_ok(), row[4]);
        assert_eq!(wallet.from_key(0).is_ok(), row[4]);
    }
    // Incoming: received, and nothing else. It has no way to a nullifier, an outgoing key or a signer.
    assert_eq!((total(&incoming), incoming.notes()), (10 * SERO, 1));
    assert!(
        incoming.history().iter().all(|entry| entry.kind == HistoryKind::Received && entry.fee.is_none())
    );
}

/// The arithmetic under the table: what the incoming key lacks does not follow from it.
#[test]
fn an_incoming_key_opens_neither_change_nor_what_was_sent() {
    let chain = FakeChain::new();
    let (mut alice, bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let client = Client::new(&chain);
    send(&mut alice, &chain, &request(bob.address(), SERO));
    let key: &ViewingKey = alice.viewing_key();
    let ivk: IncomingKey = IncomingKey::from_bytes(key.incoming().to_bytes().expose()).unwrap();
    let (mut with_tracing, mut with_incoming) = (0, 0);
    for block in client.shielded_blocks(0, 1_000).unwrap().blocks {
        for note in block.notes {
            let sero_wallet::client::ChainNoteContent::Hidden(log) = note.content else { continue };
            let (cv, encrypted) = EncryptedNote::from_log(&log).unwrap();
            let open = |ivk: &IncomingKey| {
                sero_shielded::encryption::decrypt_incoming(ivk, &encrypted, &note.commitment).is_some()
            };
            let sent = |ovk: &[u8; 32]| {
                sero_shielded::encryption::decrypt_outgoing(ovk, &encrypted, &note.commitment, &cv).is_some()
            };
            with_tracing += usize::from(open(key.internal())) + usize::from(sent(key.ovk()));
            with_incoming += usize::from(open(&ivk)) + usize::from(sent(ivk.to_bytes().expose()));
        }
    }
    // The change as incoming, the change and the payment as outgoing.
    assert_eq!((with_tracing, with_incoming), (3, 0));
    // Read as any other key, its bytes give nothing of the account's.
    let doubled: [u8; 64] = [*ivk.to_bytes().expose(), *ivk.to_bytes().expose()].concat().try_into().unwrap();
    if let Ok(guess) = SpendingKey::from_bytes(&doubled) {
        assert_ne!(guess.viewing_key().nullifier(&Field::from(1u8), 0), key.nullifier(&Field::from(1u8), 0));
    }
}
