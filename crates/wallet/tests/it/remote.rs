//! A prover somewhere else: what it may do wrong, what it learns, what it could do with that.

use crate::chain::FakeChain;
use crate::end_to_end::{keys, verifying};
use crate::{PHRASE, SERO, coin, funded, holds, memo, request, sync, wallet};
use alloy_primitives::{Address, Bytes, hex};
use sero_circuits::{Cancel, Proofs, ProveError, ProvingRequest, Watch, encode_request};
use sero_shielded::Secret;
use sero_shielded::curve::{PointSum, g_auth, multiply};
use sero_shielded::field::{Field, Scalar, field_to_bytes, scalar_to_bytes};
use sero_shielded::keys::account_seed;
use sero_shielded::signature::{Domain, sign};
use sero_shielded::verifier::{Circuit, VerifyingKeys};
use sero_wallet::notes::AddressIndex;
use sero_wallet::plan::{Authority, NewPackage, Payment, Plan, Wish};
use sero_wallet::random::{OsRng, field, scalar};
use sero_wallet::{
    Account, BuildError, CallRequest, Cancellable, Client, ProverError, ProvingKeys, ProvingSource,
    RemoteProver, ServiceError, Target, Unproven, Wallet, WalletError,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// Read once.
fn shared() -> &'static ProvingKeys {
    static KEYS: OnceLock<ProvingKeys> = OnceLock::new();
    KEYS.get_or_init(keys)
}

/// What a service does to an honest answer.
type Lie = fn(&mut Vec<u8>);

/// A service in memory that remembers what it was asked.
struct Service<'k> {
    keys: &'k ProvingKeys,
    lie: Lie,
    seen: Mutex<Vec<Vec<u8>>>,
    said: Mutex<Vec<Proofs>>,
}

impl<'k> Service<'k> {
    fn new(keys: &'k ProvingKeys) -> Self {
        Self { keys, lie: |_| (), seen: Mutex::default(), said: Mutex::default() }
    }
}

impl ProvingSource for Service<'_> {
    fn ask(&self, bytes: &[u8]) -> Result<Vec<u8>, ServiceError> {
        self.seen.lock().unwrap().push(bytes.to_vec());
        let request = ProvingRequest::decode(bytes).unwrap();
        assert_eq!(request.keys, verifying(self.keys).hashes());
        let watch = Watch { cancel: &Cancel::new(), progress: &|_| () };
        let proofs = self.keys.prove_all(&request.witnesses, || OsRng, &watch).unwrap();
        let mut answer = proofs.encode().unwrap();
        self.said.lock().unwrap().push(proofs);
        (self.lie)(&mut answer);
        Ok(answer)
    }
}

/// One that cannot be had.
struct Gone(ServiceError);

impl ProvingSource for Gone {
    fn ask(&self, _: &[u8]) -> Result<Vec<u8>, ServiceError> {
        Err(self.0.clone())
    }
}

/// A chain that verifies everything.
fn strict(keys: &ProvingKeys) -> FakeChain {
    let mut chain = FakeChain::new();
    chain.keys = Some(verifying(keys));
    chain.key_hashes = verifying(keys).hashes();
    chain
}

fn failure<T>(result: Result<T, WalletError>) -> BuildError {
    match result {
        Err(WalletError::Build(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[test]
fn a_payment_proven_elsewhere_passes_and_its_proofs_are_the_wallets_own() {
    let keys = shared();
    let chain = strict(keys);
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let count = AtomicUsize::new(0);
    let progress = |done: usize, of: usize| {
        assert_eq!((count.fetch_add(1, Ordering::Relaxed) + 1, of), (done, 4));
    };
    alice.send(&Client::new(&chain), &prover, &request(bob.address(), SERO), &progress).unwrap();
    assert_eq!(count.into_inner(), 4);
    chain.settle();
    sync(&mut bob, &chain);
    assert_eq!(holds(&bob, coin()), (SERO, 0));

    // What the service chose is not in the transaction: no mark, no worn-out randomness.
    let said = &service.said.lock().unwrap()[0];
    let raw = hex::encode(chain.inner.borrow().transactions[0].encode_2718());
    for proof in said.spends.iter().chain(&said.outputs) {
        for part in [&proof[..32], &proof[32..96], &proof[96..]] {
            assert!(!raw.contains(&hex::encode(part)));
        }
    }
}

#[test]
fn no_lie_of_a_service_gets_into_a_transaction() {
    let keys = shared();
    let chain = strict(keys);
    let client = Client::new(&chain);
    let mut alice = funded(&chain, 10 * SERO);
    let bob = wallet(&chain).address();
    const PROOF: usize = 128;
    // 3 bytes, 2 spends, 2 outputs.
    let cases: [(&str, Lie); 16] = [
        ("spends[0]: the prover's answer: proof does not verify", |a| {
            let second = a[3 + PROOF..3 + 2 * PROOF].to_vec();
            a[3..3 + PROOF].copy_from_slice(&second);
        }),
        ("outputs[0]: the prover's answer: proof does not verify", |a| {
            let (head, tail) = a.split_at_mut(3 + 3 * PROOF);
            head[3 + 2 * PROOF..].swap_with_slice(&mut tail[..PROOF]);
        }),
        ("outputs[1]: the prover's answer: proof does not verify", |a| {
            let spend = a[3..3 + PROOF].to_vec();
            a[3 + 3 * PROOF..].copy_from_slice(&spend);
        }),
        ("spends[1]: the prover's answer: proof encoding is not canonical", |a| {
            a[3 + PROOF..3 + 2 * PROOF].fill(0xa5);
        }),
        ("outputs[0]: the prover's answer: proof encoding is not canonical", |a| {
            a[3 + 2 * PROOF..3 + 3 * PROOF].fill(0);
        }),
        // The identity, arkworks' way, in all three places.
        ("spends[0]: the prover's answer: proof encoding is not canonical", |a| {
            a[3..3 + PROOF].fill(0);
            for last in [31, 95, 127] {
                a[3 + last] = 0x40;
            }
        }),
        ("the prover answered with 1 spend and 2 output proofs, asked for were 2 and 2", |a| {
            a[1] = 1;
            a.drain(3..3 + PROOF);
        }),
        ("the prover answered with 2 spend and 0 output proofs, asked for were 2 and 2", |a| {
            a[2] = 0;
            a.truncate(3 + 2 * PROOF);
        }),
        ("the prover answered with 0 spend and 0 output proofs", |a| *a = vec![1, 0, 0]),
        ("the prover answered with 3 spend and 2 output proofs", |a| {
            a[1] = 3;
            a.extend([7; PROOF]);
        }),
        ("the prover answered with 3 spend and 1 output proofs", |a| (a[1], a[2]) = (3, 1)),
        ("it has 515 bytes, expected 643", |a| a[2] = 3),
        ("it has 516 bytes, expected 515", |a| a.push(0)),
        ("it version: is 2, expected 1", |a| a[0] = 2),
        ("it spends: are 17, at most 16 are allowed", |a| a[1] = 17),
        ("it has 0 bytes, expected 3", Vec::clear),
    ];
    for (expected, lie) in cases {
        let service = Service { lie, ..Service::new(keys) };
        let prover = RemoteProver::new(&service, verifying(keys));
        let result = alice.send(&client, &prover, &request(bob, SERO), &|_, _| panic!("nothing is done"));
        let error = failure(result).to_string();
        assert!(error.contains(expected), "expected `{expected}`, got `{error}`");
        assert!(chain.inner.borrow().transactions.is_empty(), "nothing was sent");
        assert_eq!(holds(&alice, coin()), (10 * SERO, 0), "nothing is reserved");
    }
    let service = Service::new(keys);
    alice
        .send(&client, &RemoteProver::new(&service, verifying(keys)), &request(bob, SERO), &|_, _| ())
        .unwrap();
}

#[test]
fn a_service_that_cannot_be_had_is_named_and_nobody_proves_instead() {
    let keys = shared();
    let chain = strict(keys);
    let mut alice = funded(&chain, 10 * SERO);
    let bob = wallet(&chain).address();
    let words = |text: &str| text.to_owned();
    let cases = [
        (ServiceError::Unreachable(words("refused")), "proving service cannot be reached: refused"),
        (ServiceError::Timeout { seconds: 5 }, "proving service gave no answer within 5 seconds"),
        (ServiceError::Token { message: words("wrong") }, "proving service refused the token: wrong"),
        (
            ServiceError::Busy { message: words("full"), seconds: 3 },
            "proving service is busy: full; try again in 3 seconds",
        ),
        (
            ServiceError::Refused { code: words("keys"), message: words("others") },
            "proving service refused: others (keys)",
        ),
        (ServiceError::TooLong(4099), "proving service answered with more than 4099 bytes"),
    ];
    for (error, expected) in cases {
        let prover_error = ProverError::Service(error.clone());
        let source = Gone(error);
        let prover = RemoteProver::new(&source, verifying(keys));
        let found = failure(alice.send(&Client::new(&chain), &prover, &request(bob, SERO), &|_, _| ()));
        assert_eq!(found, BuildError::Prover(prover_error));
        assert_eq!(found.to_string(), expected);
        assert_eq!(holds(&alice, coin()), (10 * SERO, 0));
    }
    // With other keys than the chain's, the service is not even asked.
    let mut chain = strict(keys);
    let mut alice = funded(&chain, 10 * SERO);
    chain.key_hashes.reverse();
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let result = alice.send(&Client::new(&chain), &prover, &request(bob, SERO), &|_, _| ());
    assert!(matches!(failure(result), BuildError::Keys { .. }));
    assert!(service.seen.lock().unwrap().is_empty());
}

#[test]
fn a_witness_that_nobody_can_prove_is_not_shown() {
    let keys = shared();
    let chain = strict(keys);
    let mut alice = funded(&chain, 10 * SERO);
    let mut plan = alice.plan_send(&Client::new(&chain), &request(alice.address(), SERO)).unwrap();
    let own = plan.spends.iter().position(|spend| spend.amount > 0).unwrap();
    plan.spends[own].siblings[0][0] += Field::from(1u8);
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let error = plan.build().unwrap().prove(&prover, &|_, _| ()).err().unwrap();
    assert_eq!(error, BuildError::Prove { field: format!("spends[{own}]"), error: ProveError::WrongPath });
    assert!(service.seen.lock().unwrap().is_empty());
}

/// 16 spends, 16 outputs and a package are more than one request takes.
#[test]
fn the_largest_transaction_asks_twice() {
    let keys = shared();
    let chain = strict(keys);
    let alice = funded(&chain, 100 * SERO);
    let client = Client::new(&chain);
    let unproven = || largest(&alice, &client);
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let proven = unproven().prove(&prover, &|_, _| ()).unwrap();
    let claims = proven.tx.bundle.proof_claims();
    assert_eq!(claims.len(), 33);
    assert_eq!(verifying(keys).verify_batch(&claims), Ok(()));
    let asked = service.seen.lock().unwrap().iter().map(|bytes| (bytes[1], bytes[2])).collect::<Vec<_>>();
    assert_eq!(asked, [(16, 16), (0, 1)]);

    // The names are the transaction's.
    let lie: Lie = |answer| {
        if answer[1] == 0 {
            answer[3..].fill(0xff);
        }
    };
    let service = Service { lie, ..Service::new(keys) };
    let error = unproven().prove(&RemoteProver::new(&service, verifying(keys)), &|_, _| ()).err().unwrap();
    assert!(error.to_string().starts_with("packages[0]: the prover's answer"), "{error}");
}

fn largest(alice: &Wallet, client: &Client<'_>) -> Unproven {
    let terms = alice.terms(client.head().unwrap(), AddressIndex::CHANGE, 0).unwrap();
    let payment = Payment { to: alice.address(), asset: coin(), amount: SERO, memo: memo("") };
    let payments = vec![payment; 15];
    let create = NewPackage { owner: Address::repeat_byte(1), asset: coin(), amount: SERO, data: b"deed" };
    let wish = Wish { payments: &payments, create: Some(create), ..Wish::default() };
    Plan::choose(&terms, &wish).unwrap().build().unwrap()
}

#[test]
fn a_wallets_call_can_be_ended() {
    let keys = shared();
    let chain = strict(keys);
    let mut alice = funded(&chain, 10 * SERO);
    let bob = wallet(&chain).address();
    let client = Client::new(&chain);
    let at_once = rayon::current_num_threads();
    let (cancel, done) = (Cancel::new(), AtomicUsize::new(0));
    let progress = |_: usize, _: usize| {
        done.fetch_add(1, Ordering::Relaxed);
        cancel.cancel();
    };
    let prover = Cancellable { prover: keys, cancel: &cancel };
    let result = alice.send(&client, &prover, &request(bob, SERO), &progress);
    assert_eq!(failure(result), BuildError::Prover(ProverError::Cancelled));
    assert!((1..=at_once).contains(&done.into_inner()), "no proof was begun after the first was done");
    assert!(chain.inner.borrow().transactions.is_empty());
    assert_eq!(holds(&alice, coin()), (10 * SERO, 0), "nothing half-made is left");

    // Before a service is asked, too; and the token of one call is not that of another.
    let service = Service::new(keys);
    let remote = RemoteProver::new(&service, verifying(keys));
    let prover = Cancellable { prover: &remote, cancel: &cancel };
    let result = alice.send(&client, &prover, &request(bob, SERO), &|_, _| ());
    assert_eq!(failure(result), BuildError::Prover(ProverError::Cancelled));
    assert!(service.seen.lock().unwrap().is_empty());
    alice
        .send(&client, &Cancellable { prover: keys, cancel: &Cancel::new() }, &request(bob, SERO), &|_, _| ())
        .unwrap();
}

/// The words, the seed, `ask` and everything that only `SK` gives.
fn spending_secrets(account: &Account) -> Vec<(&'static str, Vec<u8>)> {
    let key = account.spending_key().unwrap();
    let phrase = PHRASE.split(' ').collect::<Vec<_>>().join(" ");
    let seed = coins_seed(&phrase);
    let from = |index| account.from_key(index).unwrap().to_bytes().to_vec();
    vec![
        ("words", phrase.into_bytes()),
        ("BIP-39 seed", seed.clone()),
        ("account seed", account_seed(&seed, 0).expose().to_vec()),
        ("ask", scalar_to_bytes(key.ask()).to_vec()),
        ("ask, other order", scalar_to_bytes(key.ask()).into_iter().rev().collect()),
        ("From 0", from(0)),
        ("From 1", from(1)),
        ("From material", key.from_key_material(0).expose().to_vec()),
    ]
}

fn coins_seed(phrase: &str) -> Vec<u8> {
    use coins_bip39::{English, Mnemonic};
    Mnemonic::<English>::new_from_phrase(phrase).unwrap().to_seed(None).unwrap().to_vec()
}

#[test]
fn a_request_holds_nothing_that_spends() {
    let chain = FakeChain::new();
    let account = Account::from_phrase(PHRASE).unwrap();
    let info = Client::new(&chain).chain_info().unwrap();
    let mut alice = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), 100 * SERO);
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);
    let bob = wallet(&chain).address();
    let call = CallRequest { value: 5, ..CallRequest::new(Address::repeat_byte(1), Bytes::new()) };
    let plans = [
        alice.plan_send(&client, &request(bob, SERO)).unwrap(),
        alice.plan_call(&client, &call).unwrap(),
        largest(&alice, &client).plan,
    ];
    for plan in plans {
        let unproven = plan.clone().build().unwrap();
        let bytes = encode(&unproven);
        for (name, secret) in spending_secrets(&account) {
            for window in secret.windows(12.min(secret.len())) {
                assert!(!bytes.windows(window.len()).any(|found| found == window), "{name}");
            }
        }

        // It does not depend on what signs: with other secrets in their place, the same bytes.
        let mut other = plan.clone();
        for spend in &mut other.spends {
            spend.authority = Authority::Dummy(Secret::new(scalar().unwrap()));
        }
        assert!(encode(&other.build().unwrap()) == bytes);

        // No number in it, no sum and no difference of two is the secret behind a signature's key.
        let witnesses = unproven.witnesses().unwrap();
        let mut numbers = vec![Scalar::from(0u8)];
        for w in &witnesses.spends {
            numbers.extend([w.nk, w.d, w.s, w.rcm].map(reduced));
            numbers.extend([w.alpha, w.rcv]);
        }
        for w in &witnesses.outputs {
            numbers.extend([w.owner, w.rcm].map(reduced));
            numbers.push(w.rcv);
        }
        let points: Vec<PointSum> = numbers.iter().map(|n| multiply(&g_auth(), n).into()).collect();
        let signing = witnesses.spends.iter().flat_map(|w| [w.ak.into(), g_auth() * w.alpha + w.ak]);
        for key in signing {
            for (i, one) in points.iter().enumerate() {
                for other in &points[..=i] {
                    assert!(*one + other != key && *one - other != key && *other - one != key);
                }
            }
        }
    }
}

/// A field element as a number modulo the order of `J`.
fn reduced(value: Field) -> Scalar {
    let byte = |sum: Scalar, byte: &u8| sum * Scalar::from(256u64) + Scalar::from(*byte);
    field_to_bytes(&value).iter().fold(Scalar::from(0u8), byte)
}

fn encode(unproven: &Unproven) -> Vec<u8> {
    let witnesses = unproven.witnesses().unwrap();
    let outputs = &witnesses.outputs[..witnesses.outputs.len().min(16)];
    encode_request(&[Default::default(); 2], &witnesses.spends, outputs).unwrap().to_vec()
}

/// What a service that sees the mempool can do with what it knows: the secret of the binding
/// signature is the sum of the `rcv`s. It can put other proofs and another binding signature on the
/// same effects, which changes the hash, and nothing else. Nothing is lost by it.
#[test]
fn who_proved_can_change_a_payments_hash_and_nothing_else() {
    let keys = shared();
    let chain = strict(keys);
    let client = Client::new(&chain);
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let built = alice.build_send(&client, &prover, &request(bob.address(), SERO), &|_, _| ()).unwrap();
    let seen = ProvingRequest::decode(&service.seen.lock().unwrap()[0]).unwrap();

    let mut other = built.tx.clone();
    rerandomise(&verifying(keys), &mut other);
    let rebound = |tx: &mut sero_primitives::shielded_tx::ShieldedTx| {
        let sighash = tx.sighash(chain.genesis);
        let zero = Scalar::from(0u8);
        let sum = seen.witnesses.spends.iter().fold(zero, |sum, w| sum + w.rcv);
        let secret = seen.witnesses.outputs.iter().fold(sum, |sum, w| sum - w.rcv);
        let message = tx.bundle.binding_message(&sighash);
        tx.bundle.binding_sig = sign(Domain::Binding, &secret, message.as_slice(), &[7; 32]);
    };
    // A third party cannot: the binding signature covers the proofs.
    let error = client.send_raw(&other.encode_2718()).unwrap_err().to_string();
    assert!(error.contains("binding_sig"), "{error}");
    // Effects are out of reach for the service as well: they are under the spends' signatures.
    let mut theft = other.clone();
    theft.bundle.outputs.swap(0, 1);
    rebound(&mut theft);
    let error = client.send_raw(&theft.encode_2718()).unwrap_err().to_string();
    assert!(error.contains("auth_sig"), "{error}");

    rebound(&mut other);
    assert_ne!(other.hash(), built.hash());
    client.send_raw(&other.encode_2718()).unwrap();
    assert!(matches!(alice.submit(&client, &built), Err(WalletError::SpentElsewhere(_))));
    chain.settle();
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    let fee = u128::from(built.tx.gas_limit) * built.tx.max_fee_per_gas;
    assert_eq!(holds(&bob, coin()), (SERO, 0), "paid once");
    assert_eq!(holds(&alice, coin()), (9 * SERO - fee, 0));
    assert_eq!(alice.history().last().unwrap().transaction, other.hash());

    // The sender of a call signs proofs and all.
    let call = CallRequest { value: 5, ..CallRequest::new(Address::repeat_byte(1), Bytes::new()) };
    let service = Service::new(keys);
    let prover = RemoteProver::new(&service, verifying(keys));
    let mut called = alice.build_call(&client, &prover, &call, &|_, _| ()).unwrap();
    let seen = ProvingRequest::decode(&service.seen.lock().unwrap()[0]).unwrap();
    rerandomise(&verifying(keys), &mut called.tx);
    let sum = seen.witnesses.spends.iter().fold(Scalar::from(0u8), |sum, w| sum + w.rcv);
    let secret = seen.witnesses.outputs.iter().fold(sum, |sum, w| sum - w.rcv);
    let sighash = called.tx.sighash(chain.genesis);
    let message = called.tx.bundle.binding_message(&sighash);
    called.tx.bundle.binding_sig = sign(Domain::Binding, &secret, message.as_slice(), &[7; 32]);
    let error = client.send_raw(&called.raw()).unwrap_err().to_string();
    assert!(error.contains("from"), "{error}");
}

fn rerandomise(keys: &VerifyingKeys, tx: &mut sero_primitives::shielded_tx::ShieldedTx) {
    let (z1, z2) = (field().unwrap(), field().unwrap());
    for spend in &mut tx.bundle.spends {
        spend.proof = keys.rerandomise(Circuit::Spend, &spend.proof, [&z1, &z2]).unwrap();
    }
    for output in &mut tx.bundle.outputs {
        output.proof = keys.rerandomise(Circuit::Output, &output.proof, [&z1, &z2]).unwrap();
    }
}
