//! One payment, shown to somebody who asks the chain whether it is true.

use crate::chain::{FakeChain, NullProver};
use crate::{PHRASE, SERO, coin, funded, memo, send, sync, wallet};
use alloy_primitives::B256;
use serde_json::{Value, json};
use sero_shielded::address::Network;
use sero_shielded::disclosure::{Claimant, Disclosure, NoteKind};
use sero_shielded::keys::OneTimeAddress;
use sero_wallet::disclosure::check::{CheckError, check};
use sero_wallet::disclosure::file;
use sero_wallet::{
    CallRequest, Client, DiscloseRequest, HistoryKind, Role, SendRequest, Target, Wallet, WalletError,
};

const CHALLENGE: &[u8] = b"court file 7: who paid, who received?";

fn request(transaction: B256, role: Role, challenge: Option<&[u8]>) -> DiscloseRequest {
    DiscloseRequest { transaction, output: None, role, challenge: challenge.map(<[u8]>::to_vec) }
}

fn disclose(
    chain: &FakeChain,
    wallet: &Wallet,
    request: &DiscloseRequest,
) -> Result<Disclosure, WalletError> {
    wallet.disclose(&Client::new(chain), request, &mut |_| ())
}

fn last(wallet: &Wallet, kind: HistoryKind) -> B256 {
    wallet.history().iter().rev().find(|entry| entry.kind == kind).unwrap().transaction
}

/// Alice (of [`PHRASE`]) pays Bob 3 SERO with a memo.
fn paid(chain: &FakeChain) -> (Wallet, Wallet, B256) {
    let info = Client::new(chain).chain_info().unwrap();
    let mut alice = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 10 * SERO);
    chain.settle();
    let mut bob = wallet(chain);
    send(&mut alice, chain, &SendRequest::new(bob.address(), coin(), 3 * SERO, memo("rent for May")));
    chain.settle();
    sync(&mut alice, chain);
    sync(&mut bob, chain);
    let transaction = last(&alice, HistoryKind::Sent);
    assert_eq!(transaction, last(&bob, HistoryKind::Received));
    (alice, bob, transaction)
}

#[test]
fn payer_and_payee_prove_what_they_did_and_nothing_more() {
    let chain = FakeChain::new();
    let (alice, bob, transaction) = paid(&chain);
    let client = Client::new(&chain);
    for (wallet, role, claimant) in
        [(&alice, Role::Sent, Claimant::Payer), (&bob, Role::Received, Claimant::Payee)]
    {
        let content = disclose(&chain, wallet, &request(transaction, role, None)).unwrap();
        let checked = check(&client, &content, None).unwrap();
        assert_eq!((checked.verified.claimant, checked.verified.amount), (Claimant::Nobody, 3 * SERO));
        assert_eq!((checked.verified.to, checked.verified.kind), (bob.address(), NoteKind::Hidden));
        assert_eq!((checked.memo.as_bytes(), checked.transaction), (&b"rent for May"[..], transaction));
        assert!(matches!(check(&client, &content, Some(CHALLENGE)), Err(CheckError::Disclosure(_))));

        let claimed = disclose(&chain, wallet, &request(transaction, role, Some(CHALLENGE))).unwrap();
        assert_eq!(check(&client, &claimed, Some(CHALLENGE)).unwrap().verified.claimant, claimant);
        assert!(matches!(check(&client, &claimed, Some(b"another")), Err(CheckError::Disclosure(_))));
        // The chain grows; what was proven stays proven.
        chain.fund(&wallet.one_time_address(None).unwrap(), coin(), 1);
        assert!(check(&client, &claimed, Some(CHALLENGE)).is_ok());
    }
    // The payee did not pay, the payer was not paid, and a stranger is neither.
    let stranger = wallet(&chain);
    for (wallet, role) in
        [(&bob, Role::Sent), (&alice, Role::Received), (&stranger, Role::Sent), (&stranger, Role::Received)]
    {
        let error =
            disclose(&chain, wallet, &request(transaction, role, Some(CHALLENGE))).unwrap_err().to_string();
        assert!(error.contains(&format!("no note that this wallet {role}")), "{error}");
    }
}

#[test]
fn a_wallet_restored_from_its_words_still_proves_that_it_paid() {
    let chain = FakeChain::new();
    let (_, _, transaction) = paid(&chain);
    let info = Client::new(&chain).chain_info().unwrap();
    let mut again = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    sync(&mut again, &chain);
    let claimed = disclose(&chain, &again, &request(transaction, Role::Sent, Some(CHALLENGE))).unwrap();
    let checked = check(&Client::new(&chain), &claimed, Some(CHALLENGE)).unwrap();
    assert_eq!(checked.verified.claimant, Claimant::Payer);
}

#[test]
fn a_viewing_key_discloses_content_and_speaks_for_nobody() {
    let chain = FakeChain::new();
    let (alice, bob, transaction) = paid(&chain);
    let client = Client::new(&chain);
    for (owner, role) in [(&alice, Role::Sent), (&bob, Role::Received)] {
        let info = client.chain_info().unwrap();
        let mut auditor = Wallet::watch(Target::Memory, &info, owner.export_view_key().expose()).unwrap();
        sync(&mut auditor, &chain);
        let content = disclose(&chain, &auditor, &request(transaction, role, None)).unwrap();
        assert!(check(&client, &content, None).is_ok());
        let error = disclose(&chain, &auditor, &request(transaction, role, Some(CHALLENGE))).unwrap_err();
        assert!(error.to_string().contains("needs the spending key"), "{error}");
    }
}

#[test]
fn a_public_note_is_disclosed_by_its_payee() {
    let chain = FakeChain::new();
    let bob = funded(&chain, 5 * SERO);
    let client = Client::new(&chain);
    let transaction = bob.notes()[0].transaction;
    let claimed = disclose(&chain, &bob, &request(transaction, Role::Received, Some(CHALLENGE))).unwrap();
    assert_eq!(claimed.kind, NoteKind::Public);
    let checked = check(&client, &claimed, Some(CHALLENGE)).unwrap();
    assert_eq!((checked.verified.claimant, checked.verified.to), (Claimant::Payee, bob.address()));
    // The public content must be the chain's, the one-time address included.
    for (field, name, value) in [
        ("asset", "asset", json!(B256::from([1; 32]))),
        ("amount", "amount", json!("0x7")),
        ("address", "pkr", {
            let other = OneTimeAddress::derive(&bob.address(), &[9; 32]).unwrap();
            json!(alloy_primitives::hex::encode_prefixed(other.to_bytes()))
        }),
    ] {
        *chain.tamper.borrow_mut() = Some(Box::new(move |method, answer| {
            if method == "sero_getNotes" {
                answer["notes"][0][name] = value.clone();
            }
        }));
        assert_eq!(check(&client, &claimed, Some(CHALLENGE)), Err(CheckError::Public { field }));
    }
}

#[test]
fn several_notes_are_told_apart_and_change_is_shown_on_purpose_only() {
    let chain = FakeChain::new();
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let mut payments = SendRequest::new(bob.address(), coin(), SERO, memo("one"));
    payments
        .payments
        .push(SendRequest::new(bob.address(), coin(), 2 * SERO, memo("two")).payments[0].clone());
    send(&mut alice, &chain, &payments);
    chain.settle();
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    let transaction = last(&alice, HistoryKind::Sent);
    let Err(error) = disclose(&chain, &alice, &request(transaction, Role::Sent, None)) else {
        panic!("which one?")
    };
    let error = error.to_string();
    assert!(
        error.contains("--output") && error.contains("1000000000000000000 base units of SERO"),
        "{error}"
    );
    let (mut amounts, mut missing) = (Vec::new(), 0);
    for output in 0..5 {
        let request =
            DiscloseRequest { output: Some(output), ..request(transaction, Role::Sent, Some(CHALLENGE)) };
        match disclose(&chain, &alice, &request) {
            Ok(disclosure) => {
                assert!(check(&Client::new(&chain), &disclosure, Some(CHALLENGE)).is_ok());
                amounts.push(disclosure.amount);
            }
            Err(error) => {
                assert!(error.to_string().contains(&format!("no output {output}")), "{error}");
                missing += 1;
            }
        }
    }
    // Two payments, the change, a dummy, and nothing.
    assert_eq!((amounts.len(), missing), (3, 2));
    assert!(amounts.contains(&SERO) && amounts.contains(&(2 * SERO)));
}

#[test]
fn a_note_made_without_the_payers_key_cannot_be_claimed() {
    let chain = FakeChain::new();
    let (mut alice, bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let client = Client::new(&chain);
    let mut plan = alice.plan_send(&client, &crate::request(bob.address(), SERO)).unwrap();
    for output in &mut plan.outputs {
        output.note.rseed = sero_wallet::random::bytes().unwrap();
    }
    let built = alice.finish(&client, &NullProver, plan, &|_, _| ()).unwrap();
    let transaction = alice.submit(&client, &built).unwrap().transaction;
    let content = disclose(&chain, &alice, &request(transaction, Role::Sent, None)).unwrap();
    assert!(check(&client, &content, None).is_ok());
    let error = disclose(&chain, &alice, &request(transaction, Role::Sent, Some(CHALLENGE))).unwrap_err();
    assert!(error.to_string().contains("nobody can prove who made it"), "{error}");
}

#[test]
fn seeds_are_fresh_and_bound_to_the_payer() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let mut seeds = std::collections::HashSet::new();
    for _ in 0..20 {
        let to = alice.address();
        let plan = alice.plan_send(&client, &crate::request(to, SERO)).unwrap();
        assert!(plan.outputs.iter().all(|output| seeds.insert(output.note.rseed)));
    }
}

#[test]
fn a_node_that_lies_is_caught_or_makes_a_refusal() {
    let chain = FakeChain::new();
    let (alice, _, transaction) = paid(&chain);
    let client = Client::new(&chain);
    let claimed = disclose(&chain, &alice, &request(transaction, Role::Sent, Some(CHALLENGE))).unwrap();
    type Lie = fn(&str, &mut Value);
    let lies: [(&str, Lie); 6] = [
        ("genesis_hash", |method, answer| {
            if method == "sero_chainInfo" {
                answer["genesisHash"] = json!(B256::ZERO);
            }
        }),
        ("chain_id", |method, answer| {
            if method == "sero_chainInfo" {
                answer["chainId"] = json!("0x1");
            }
        }),
        ("anchor", |method, answer| {
            if method == "eth_call" {
                *answer = json!(B256::ZERO);
            }
        }),
        ("position", |method, answer| {
            if method == "sero_getNotes" {
                answer["notes"] = json!([]);
            }
        }),
        ("commitment", |method, answer| {
            if method == "sero_getNotes" {
                for note in answer["notes"].as_array_mut().unwrap() {
                    note["commitment"] = json!(B256::with_last_byte(5));
                }
            }
        }),
        ("was not delivered", |method, answer| {
            if method == "sero_getNotes" {
                for note in answer["notes"].as_array_mut().unwrap().iter_mut().skip(1) {
                    // The last digits of enc_note's tag, before out_ct.
                    let mut text = note["ciphertext"].as_str().unwrap().to_owned();
                    let at = text.len() - 2 * 80 - 1;
                    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
                    text.replace_range(at..=at, digit);
                    note["ciphertext"] = json!(text);
                }
            }
        }),
    ];
    for (words, lie) in lies {
        *chain.tamper.borrow_mut() = Some(Box::new(lie));
        let error = check(&client, &claimed, Some(CHALLENGE)).unwrap_err();
        assert!(error.is_refusal() && error.to_string().contains(words), "{words}: {error}");
    }
    *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| {
        if method == "sero_getNotes" {
            *answer = json!({ "notes": 7 });
        }
    }));
    assert!(!check(&client, &claimed, Some(CHALLENGE)).unwrap_err().is_refusal(), "unchecked, not refused");
    // A tree that the node invents does not become a path.
    *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| {
        if method == "sero_getShieldedBlocks"
            && let Some(note) = answer["blocks"].get_mut(0).and_then(|block| block["notes"].get_mut(0))
        {
            note["commitment"] = json!(B256::with_last_byte(1));
        }
    }));
    let error = disclose(&chain, &alice, &request(transaction, Role::Sent, None)).unwrap_err();
    assert!(error.to_string().contains("another root"), "{error}");
}

#[test]
fn making_and_checking_name_no_note_to_the_node() {
    let chain = FakeChain::new();
    let (alice, bob, transaction) = paid(&chain);
    let client = Client::new(&chain);
    chain.log.take();
    let claimed = disclose(&chain, &alice, &request(transaction, Role::Sent, Some(CHALLENGE))).unwrap();
    let sent = chain.log.take();
    disclose(&chain, &bob, &request(transaction, Role::Received, None)).unwrap();
    assert_eq!(chain.log.take(), sent, "the same questions for every wallet and payment");
    check(&client, &claimed, Some(CHALLENGE)).unwrap();
    let asked = chain.log.take();
    let (_, params) = asked.iter().find(|(method, _)| method == "sero_getNotes").unwrap();
    assert_eq!(*params, json!(["0x0", "0x3e8", "0x0"]), "a page of a thousand");
}

#[test]
fn the_file_is_strict_and_names_the_field() {
    let chain = FakeChain::new();
    let (alice, bob, transaction) = paid(&chain);
    let payer = disclose(&chain, &alice, &request(transaction, Role::Sent, Some(CHALLENGE))).unwrap();
    let payee = disclose(&chain, &bob, &request(transaction, Role::Received, Some(CHALLENGE))).unwrap();
    let plain = disclose(&chain, &bob, &request(transaction, Role::Received, None)).unwrap();
    for disclosure in [&payer, &payee, &plain] {
        let json = file::to_json(disclosure);
        assert_eq!(file::from_json(&json).as_ref(), Ok(disclosure));
        assert_eq!(file::read(format!("{json:#}").as_bytes()).as_ref(), Ok(disclosure));
        assert_eq!(file::read(&disclosure.encode()).as_ref(), Ok(disclosure));
        // Every field is needed, and its form is fixed.
        for (name, value) in json.as_object().unwrap() {
            let mut without = json.clone();
            without.as_object_mut().unwrap().remove(name);
            let error = file::from_json(&without).unwrap_err().to_string();
            assert!(error.starts_with(name.as_str()), "without {name}: {error}");
            let mut wrong = json.clone();
            wrong[name] = if value.is_array() { json!([]) } else { json!([1]) };
            let error = file::from_json(&wrong).unwrap_err().to_string();
            assert!(error.starts_with(name.as_str()), "wrong {name}: {error}");
        }
    }
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 14] = [
        ("extra: is unknown", |v| v["extra"] = json!(1)),
        ("claim.extra: is unknown", |v| v["claim"]["extra"] = json!(1)),
        ("claim.by", |v| v["claim"]["by"] = json!("thief")),
        ("claim.key", |v| v["claim"]["key"] = json!("0x00")),
        ("claim.signature", |v| v["claim"]["signature"] = json!("0x00")),
        ("format", |v| v["format"] = json!("sero-note")),
        ("version: is 2", |v| v["version"] = json!(2)),
        ("pool: is 8", |v| v["pool"] = json!(8)),
        ("position", |v| v["position"] = json!("01")),
        ("amount", |v| v["amount"] = json!("340282366920938463463374607431768211456")),
        ("amount: is zero", |v| v["amount"] = json!("0")),
        ("commitment", |v| v["commitment"] = json!(v["commitment"].as_str().unwrap().to_uppercase())),
        ("siblings[2][3]", |v| v["siblings"][2][3] = json!("0x12")),
        ("address.E", |v| {
            let owner = v["address"].as_str().unwrap()[..66].to_owned();
            v["address"] = json!(format!("{owner}{}", "0".repeat(64)));
        }),
    ];
    for (words, change) in cases {
        let mut json = file::to_json(&payer);
        change(&mut json);
        let error = file::from_json(&json).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    for bytes in [&b""[..], b"{", b"[]", b"7", &[0xff; 40], &[1; 40], &[b' '; file::FILE_LEN_MAX + 1]] {
        assert!(file::read(bytes).is_err());
    }
}

#[test]
fn a_disclosure_holds_no_other_address_and_no_text_of_keys() {
    let chain = FakeChain::new();
    let (alice, bob, transaction) = paid(&chain);
    let claimed = disclose(&chain, &bob, &request(transaction, Role::Received, Some(CHALLENGE))).unwrap();
    let text = file::to_json(&claimed).to_string();
    for wallet in [&alice, &bob] {
        let key = wallet.viewing_key();
        for secret in [
            alloy_primitives::hex::encode(key.ovk()),
            alloy_primitives::hex::encode(key.incoming().to_bytes().expose()),
            alloy_primitives::hex::encode(sero_shielded::field::field_to_bytes(key.nk())),
            key.to_text(Network::Dev).expose().clone(),
        ] {
            assert!(!text.contains(&secret));
        }
    }
}

#[test]
fn calls_are_not_payments_to_show() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let call = CallRequest::new(alloy_primitives::Address::repeat_byte(1), Default::default());
    let sent = alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap().transaction;
    for role in [Role::Sent, Role::Received] {
        let error = disclose(&chain, &alice, &request(sent, role, None)).unwrap_err().to_string();
        assert!(error.contains("no note that this wallet"), "{error}");
    }
}
