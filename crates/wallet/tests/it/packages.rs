//! Packages: what attempts, restored wallets and callers may share.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, sync};
use alloy_primitives::{Address, B256, Bytes, hex};
use serde_json::{Value, json};
use sero_shielded::bundle::{PackageAction, PackageCreate};
use sero_shielded::field::field_to_bytes;
use sero_shielded::keys::ViewingKey;
use sero_shielded::package::PackageId;
use sero_wallet::notes::AddressIndex;
use sero_wallet::plan::{NewPackage, Wish};
use sero_wallet::{CallRequest, Client, GasChoice, Plan, Target, Wallet};
use std::collections::HashMap;

/// A new package of one base unit, as it would be sent.
fn attempt(wallet: &Wallet, client: &Client<'_>, data: &[u8]) -> (PackageId, PackageCreate) {
    let terms = wallet.terms(client.head().unwrap(), AddressIndex::CHANGE, 0).unwrap();
    let create = Some(NewPackage { owner: Address::repeat_byte(7), asset: coin(), amount: 1, data });
    let plan = Plan::choose(&terms, &Wish { create, ..Wish::default() }).unwrap();
    let tx = plan.build().unwrap().tx;
    let id = tx.bundle.package_ids(None).next().unwrap().0;
    let PackageAction::Create(create) = &tx.bundle.packages[0] else { panic!("a creation") };
    (id, create.clone())
}

fn reads(key: &ViewingKey, id: &PackageId, create: &PackageCreate) -> Vec<u8> {
    let sealed = &create.sealed;
    sealed
        .open(id, &key.package_key(id, &sealed.commitment))
        .unwrap_or_else(|error| panic!("{error}"))
        .data
        .clone()
}

/// A creation that expired or was refused is public all the same, and the next one, from the
/// same notes, has the same id: with one key stream for both, everybody reads the second.
#[test]
fn a_second_attempt_at_a_package_shares_no_key_stream() {
    let chain = FakeChain::new();
    let alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let (known, secret) = (b"nothing", b"my bid is 777");
    let firsts: Vec<_> = (0..40).map(|_| attempt(&alice, &client, known)).collect();
    let mut same = 0;
    for _ in 0..40 {
        let (id, second) = attempt(&alice, &client, secret);
        assert_eq!(reads(alice.viewing_key(), &id, &second), secret);
        for (_, first) in firsts.iter().filter(|(first, _)| *first == id) {
            same += 1;
            let pairs = first.sealed.ciphertext.iter().zip(&second.sealed.ciphertext);
            let equal = pairs.filter(|(a, b)| a == b).count();
            assert!(equal < 20, "{equal} of 128 bytes agree, 1 in 256 would by chance");
            assert_ne!(first.sealed.commitment, second.sealed.commitment);
            assert_eq!(reads(alice.viewing_key(), &id, first), known);
        }
    }
    assert!(same > 0, "no two attempts had the same first spend");
}

/// Adds to the node's answers the events of the packages that were made so far: the chain in
/// memory does not store them.
fn show_packages(chain: &FakeChain) {
    let mut events: HashMap<String, Value> = HashMap::new();
    for tx in &chain.inner.borrow().transactions {
        let Some((id, create)) = tx.bundle.package_ids(None).next() else { continue };
        let event = json!({
            "id": B256::from(id.to_bytes()), "transactionHash": tx.hash(), "event": "created",
            "owner": Address::from(create.owner), "pool": "0x0",
            "commitment": B256::from(field_to_bytes(&create.sealed.commitment)),
            "tag": B256::from(create.sealed.tag),
            "ciphertext": hex::encode_prefixed(&create.sealed.ciphertext),
        });
        events.insert(tx.hash().to_string(), event);
    }
    *chain.tamper.borrow_mut() = Some(Box::new(move |method, answer| {
        if method != "sero_getShieldedBlocks" {
            return;
        }
        for block in answer["blocks"].as_array_mut().unwrap() {
            let hash = block["nullifiers"][0]["transactionHash"].as_str();
            if let Some(event) = hash.and_then(|hash| events.get(hash)) {
                block["packages"] = json!([event]);
            }
        }
    }));
}

fn call() -> CallRequest {
    let gas = GasChoice::Limit(900_000);
    CallRequest { gas, ..CallRequest::new(Address::repeat_byte(0x31), Bytes::new()) }
}

/// More packages than keys are looked ahead, after more calls than that: all are found again,
/// with their owners' keys, and none of these is ever a fresh caller.
#[test]
fn a_restored_wallet_owns_its_packages_and_reuses_no_caller() {
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let info = client.chain_info().unwrap();
    let (mut alice, words) = Wallet::create(Target::Memory, &info).unwrap();
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 1000 * SERO);
    chain.settle();
    for _ in 0..22 {
        alice.call(&client, &NullProver, &call(), &|_, _| ()).unwrap();
        chain.settle();
    }
    let mut made = Vec::new();
    for _ in 0..22 {
        let package = alice.create_package(&client, &NullProver, None, (coin(), 5), b"deed", &|_, _| ());
        made.push(package.unwrap_or_else(|error| panic!("{error}")));
        chain.settle();
    }
    show_packages(&chain);
    let mut again = Wallet::restore(Target::Memory, &info, &words).unwrap();
    sync(&mut again, &chain);
    let found = again.packages();
    assert_eq!(found.len(), made.len());
    for package in &made {
        let found = found.iter().find(|found| found.id == package.id).unwrap();
        let index = found.from_index.unwrap_or_else(|| panic!("{} is nobody's", package.owner));
        assert_eq!(again.from_key(index).unwrap().address(), package.owner);
        assert_eq!(found.content.as_ref().map(|content| content.data.as_ref()), Some(b"deed".as_slice()));
    }
    let fresh = again.plan_call(&client, &call()).unwrap().call.unwrap().from;
    assert!(made.iter().all(|package| package.owner != fresh), "a caller that already owns a package");
    assert_eq!(fresh, again.from_key(44).unwrap().address());
}

/// What is not sent uses no key up: else twenty failures would hide the next package from a
/// restored wallet.
#[test]
fn a_package_that_is_not_made_takes_no_caller() {
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let mut alice = funded(&chain, 10 * SERO);
    for _ in 0..3 {
        let much = (coin(), 1000 * SERO);
        assert!(alice.create_package(&client, &NullProver, None, much, b"", &|_, _| ()).is_err());
    }
    let made = alice.create_package(&client, &NullProver, None, (coin(), 1), b"", &|_, _| ());
    assert_eq!(made.unwrap_or_else(|error| panic!("{error}")).owner, alice.from_key(0).unwrap().address());
}

/// A young block may be a node's invention: what it brought is forgotten with it, packages too.
#[test]
fn a_package_of_a_young_block_is_kept_only_while_the_chain_has_it() {
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let mut alice = funded(&chain, 10 * SERO);
    let made = alice.create_package(&client, &NullProver, None, (coin(), 1), b"deed", &|_, _| ());
    let made = made.unwrap_or_else(|error| panic!("{error}"));
    show_packages(&chain);
    sync(&mut alice, &chain);
    assert_eq!(alice.packages().iter().map(|package| package.id).collect::<Vec<_>>(), [made.id]);
    let events = chain.tamper.borrow_mut().take();
    sync(&mut alice, &chain);
    assert!(alice.packages().is_empty(), "the chain has no such package");
    // Once it is settled it stays.
    *chain.tamper.borrow_mut() = events;
    chain.settle();
    sync(&mut alice, &chain);
    chain.tamper.borrow_mut().take();
    sync(&mut alice, &chain);
    assert_eq!(alice.packages().len(), 1);
}
