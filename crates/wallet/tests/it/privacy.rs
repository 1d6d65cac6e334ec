//! What an observer, and the wallet's own node, can and cannot tell.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, memo, request, send, sync, wallet};
use alloy_primitives::Address;
use sero_shielded::asset::AssetId;
use sero_shielded::keys::PaymentAddress;
use sero_shielded::note::{HiddenNote, MEMO_LEN_MAX};
use sero_wallet::plan::{Payment, SHAPES};
use sero_wallet::{CallRequest, Client, GasChoice, Plan, SendRequest, Target, Wallet};
use std::collections::{HashMap, HashSet};

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

/// Numbers from a seed, so that a failure can be seen again.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn random_transactions_of_a_class_have_one_length() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = wallet(&chain);
    let to = alice.one_time_address(None).unwrap();
    chain.fund_many(&to, coin(), &[SERO; 24]);
    chain.fund_many(&to, gold, &(1..=24).collect::<Vec<_>>());
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);
    let mut random = Seeded(5301);
    let mut lengths: HashMap<(usize, usize, usize), HashSet<(usize, usize)>> = HashMap::new();
    for round in 0..60 {
        let plan = if round % 3 == 0 {
            // Calls: the same callee and data, other values, other attachments.
            let mut call = CallRequest::new(Address::repeat_byte(1), Default::default());
            call.gas = GasChoice::Limit(9_000_000);
            call.value = SERO + u128::from(random.below(1 << 30));
            if round % 2 == 0 {
                call.credit = vec![(gold, 1 + u128::from(random.below(100)))];
            }
            alice.plan_call(&client, &call).unwrap()
        } else {
            let asset = if random.below(2) == 0 { coin() } else { gold };
            let payment = |random: &mut Seeded| {
                let text = "x".repeat(usize::try_from(random.below(MEMO_LEN_MAX as u64 + 1)).unwrap());
                Payment {
                    to: alice.address(),
                    asset,
                    amount: 1 + u128::from(random.below(20)),
                    memo: memo(&text),
                }
            };
            let payments = (0..1 + random.below(9)).map(|_| payment(&mut random)).collect();
            alice.plan_send(&client, &SendRequest { payments }).unwrap()
        };
        let tx = plan.build().unwrap().tx;
        let bundle = &tx.bundle;
        let class = (
            bundle.spends.len(),
            bundle.outputs.len(),
            bundle.balance.len() + 10 * usize::from(tx.call.is_some()),
        );
        lengths.entry(class).or_default().insert((bundle.encode().len(), tx.encode_2718().len()));
    }
    assert!(lengths.len() >= 6, "{lengths:?}");
    for (class, lengths) in lengths {
        let bundles: HashSet<usize> = lengths.iter().map(|(bundle, _)| *bundle).collect();
        assert_eq!(bundles.len(), 1, "class {class:?}: {lengths:?}");
        // A call's value is public, and written without leading zeros.
        assert!(lengths.len() == 1 || class.2 > 10, "class {class:?}: {lengths:?}");
    }
}

/// Chi-square of counts that should be equal.
fn chi_square(counts: &[u32]) -> f64 {
    let mean = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - mean).powi(2) / mean).sum()
}

#[test]
fn every_place_is_as_likely_for_the_payment_the_change_and_the_real_spend() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    sync(&mut alice, &chain);
    let request = payments(&alice, 3, coin());
    let terms = alice.terms(client.head().unwrap(), sero_wallet::notes::AddressIndex::CHANGE).unwrap();
    let (mut first, mut change, mut real) = ([0u32; 4], [0u32; 4], [0u32; 2]);
    for _ in 0..400 {
        let plan = Plan::transfer(&terms, &request.payments).unwrap();
        let place =
            |wanted: &dyn Fn(u128) -> bool| plan.outputs.iter().position(|o| wanted(o.note.amount)).unwrap();
        first[place(&|amount| amount == 1)] += 1;
        change[place(&|amount| amount > SERO)] += 1;
        real[plan.spends.iter().position(|spend| spend.amount > 0).unwrap()] += 1;
    }
    // Randomness is the operating system's; a fair shuffle exceeds these with
    // probability below 10^-8: degrees of freedom 3 and 1.
    assert!(chi_square(&first) < 40.0 && chi_square(&change) < 40.0, "{first:?} {change:?}");
    assert!(chi_square(&real) < 35.0, "{real:?}");
}

/// All questions of a wallet while it is restored, asked for its balance, pays
/// and calls; raw transactions by their length.
fn trace(chain: &FakeChain, phrase: &str, others: [PaymentAddress; 2]) -> Vec<String> {
    let client = Client::new(chain);
    let info = client.chain_info().unwrap();
    let mut wallet = Wallet::restore(Target::Memory, &info, phrase).unwrap();
    chain.log.take();
    sync(&mut wallet, chain);
    wallet.learn_assets(&client).unwrap();
    send(&mut wallet, chain, &SendRequest::new(others[0], coin(), SERO, memo("secret")));
    chain.settle();
    sync(&mut wallet, chain);
    let refused = wallet.send(&client, &NullProver, &request(others[1], 1_000 * SERO), &|_, _| ());
    assert!(refused.is_err());
    wallet.rescan(&client, &mut |_| ()).unwrap();
    let raw = |method: &str, params: &serde_json::Value| match method {
        "eth_sendRawTransaction" => format!("{method} {}", params[0].as_str().unwrap().len()),
        _ => format!("{method} {params}"),
    };
    chain.log.take().iter().map(|(method, params)| raw(method, params)).collect()
}

#[test]
fn different_secrets_with_the_same_public_data_ask_byte_for_byte_the_same() {
    // Two chains that look alike to an observer: the wallets' keys, the amounts,
    // the numbers of notes, the asset and the receivers differ.
    let scene = |entropy: u8, amounts: &[u128], gold_notes: usize| {
        let chain = FakeChain::new();
        let gold = chain.token("GOLD", 2);
        let phrase = phrase_of(entropy);
        let account = sero_wallet::Account::from_phrase(&phrase).unwrap();
        let others = [wallet(&chain).address(), wallet(&chain).address()];
        let note = |asset, amount, mine: bool| {
            let to = if mine { account.viewing_key().address(0) } else { others[0] };
            let rseed = sero_wallet::random::bytes().unwrap();
            (HiddenNote { to, asset, amount, rseed }, memo(""))
        };
        // Eight notes a block on both, of which some are the wallet's.
        let notes = (0..8).map(|i| match amounts.get(i) {
            Some(amount) => note(coin(), *amount, true),
            None => note(gold, 5, i < amounts.len() + gold_notes),
        });
        chain.fund_hidden(&notes.collect::<Vec<_>>());
        *chain.inner.borrow_mut().hidden.entry(coin()).or_default() = 1_000 * SERO;
        chain.mine(20);
        trace(&chain, &phrase, others)
    };
    let (one, other) = (scene(1, &[9 * SERO], 1), scene(2, &[3 * SERO, 2 * SERO, 1, 1, 1], 2));
    assert!(one.len() > 10, "{one:?}");
    assert_eq!(one, other);
}

fn phrase_of(entropy: u8) -> String {
    use coins_bip39::{English, Entropy, Mnemonic};
    Mnemonic::<English>::new_from_entropy(Entropy::from_slice([entropy; 32].as_slice()).unwrap())
        .to_phrase()
        .to_string()
}

#[test]
fn nothing_that_is_shown_or_asked_holds_a_secret() {
    const PASSWORD: &str = "canary-password-5309";
    let chain = FakeChain::new();
    let client = Client::new(&chain);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("canary.wallet");
    let phrase = phrase_of(77);
    let info = client.chain_info().unwrap();
    let target = Target::File { path: &path, password: PASSWORD };
    let mut alice = Wallet::restore(target, &info, &phrase).unwrap();
    chain.fund_many(&alice.one_time_address(None).unwrap(), coin(), &[5 * SERO; 3]);
    chain.settle();
    sync(&mut alice, &chain);
    let to = wallet(&chain).address();
    chain.log.take();
    send(&mut alice, &chain, &SendRequest::new(to, coin(), SERO + 987_654_321, memo("canary-memo-1188")));
    chain.settle();
    sync(&mut alice, &chain);
    let call = CallRequest::new(Address::repeat_byte(1), Default::default());
    alice.call(&client, &NullProver, &call, &|_, _| ()).unwrap();
    let asked = format!("{:?}", chain.log.take());

    // Every kind of error that these operations meet, as text and as `Debug`.
    let mut shown = Vec::new();
    let mut note = |error: sero_wallet::WalletError| shown.push(format!("{error} {error:?}"));
    note(alice.plan_send(&client, &request(to, 1_000_000 * SERO)).map(|_| ()).unwrap_err());
    note(alice.parse_amount(&client, "1,5 SERO").unwrap_err());
    note(alice.resolve(&client, "LEAD").unwrap_err());
    note(alice.address_at(99).unwrap_err());
    note(Wallet::open(&path, PASSWORD, None).map(|_| ()).unwrap_err());
    note(Wallet::restore(target, &info, &phrase).map(|_| ()).unwrap_err());
    note(Wallet::restore(Target::Memory, &info, &format!("{phrase} zoo")).map(|_| ()).unwrap_err());
    note(Wallet::restore(Target::Memory, &info, &phrase.replacen(' ', "x ", 1)).map(|_| ()).unwrap_err());
    *chain.refuse.borrow_mut() = Some(("eth_sendRawTransaction", -32000));
    let failed = alice.send(&client, &NullProver, &request(to, 1), &|_, _| ());
    note(failed.map(|_| ()).unwrap_err());
    *chain.refuse.borrow_mut() = None;
    alice
        .sync(&client, &mut |progress| shown.push(format!("{progress:?}")))
        .map(|report| format!("{report:?}"))
        .unwrap();
    let shown = shown.join("\n");
    let told = format!("{:?} {}", alice.balance(), serde_json::to_string(&alice.history()).unwrap());

    let hex = |bytes: &[u8]| alloy_primitives::hex::encode(bytes);
    let key = alice.viewing_key().to_bytes();
    let spending = {
        let account = sero_wallet::Account::from_phrase(&phrase).unwrap();
        hex(account.spending_key().unwrap().to_bytes().expose())
    };
    let mut secrets = vec![
        PASSWORD.to_owned(),
        spending[..64].into(),
        spending[64..].into(),
        hex(&key.expose()[..32]),
        hex(&key.expose()[32..]),
        alice.export_view_key().expose().clone(),
        hex(alice.viewing_key().ovk()),
    ];
    for note in alice.notes() {
        secrets.push(hex(&sero_shielded::field::field_to_bytes(&note.s)));
        if !note.public {
            secrets.push(hex(&sero_shielded::field::field_to_bytes(&note.rcm)));
        }
    }
    assert!(secrets.len() > 10);
    let words: Vec<&str> = phrase.split(' ').collect();
    for (what, text) in [("errors", &shown), ("balance and history", &told), ("questions", &asked)] {
        assert!(!text.is_empty());
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{what}: {secret}");
        }
        assert!(words.windows(2).all(|pair| !text.contains(&pair.join(" "))), "{what}: words");
    }
    // The node learns neither receiver nor memo nor amount.
    let receiver = to.to_text(sero_shielded::address::Network::Dev);
    let raw = [hex(b"canary-memo-1188"), hex(&to.to_bytes()[..32]), hex(&(SERO + 987_654_321).to_be_bytes())];
    assert!(!asked.contains(&receiver) && raw.iter().all(|secret| !asked.contains(secret)));
    assert!(told.contains("canary-memo-1188"), "the owner sees it");
}
