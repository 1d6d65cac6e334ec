//! The signer signs what the plan says and nothing else; the chain refuses
//! what a cheat makes with its own keys.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, memo, request, wallet};
use alloy_primitives::{Address, Bytes};
use sero_shielded::bundle::{PackageAction, PackageCreate};
use sero_shielded::curve::g_auth;
use sero_shielded::encryption::encrypt;
use sero_shielded::field::Field;

use sero_shielded::note::HiddenNote;
use sero_wallet::notes::AddressIndex;
use sero_wallet::plan::{NewPackage, Plan, Wish};
use sero_wallet::{BuildError, CallRequest, Client, Proven, SendRequest, SignError, Wallet};

fn proven(chain: &FakeChain, wallet: &mut Wallet) -> Proven {
    let to = crate::wallet(chain).address();
    let request = SendRequest::new(to, coin(), SERO, memo("rent"));
    let plan = wallet.plan_send(&Client::new(chain), &request).unwrap();
    plan.build().unwrap().prove(&NullProver, &|_, _| ()).unwrap()
}

fn refusal(result: Result<sero_wallet::Built, SignError>) -> String {
    match result {
        Ok(_) => panic!("signed"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_prover_cannot_redirect_funds() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let thief = wallet(&chain).address();
    type Change = fn(&mut Proven, sero_shielded::keys::PaymentAddress);
    let cases: [(&str, Change); 9] = [
        ("outputs", |proven, thief| {
            // The whole output made anew for the thief, consistent in itself.
            let i = proven.plan.outputs.iter().position(|output| output.note.amount == SERO).unwrap();
            let planned = &proven.plan.outputs[i];
            let note = HiddenNote { to: thief, ..planned.note.clone() };
            let cm = note.commitment(&note.secrets().unwrap()).unwrap();
            let output = &mut proven.tx.bundle.outputs[i];
            output.note = encrypt(&note, &planned.memo, &cm, &output.cv, &planned.ovk).unwrap();
            output.cm = cm;
        }),
        ("ciphertext", |proven, _| proven.tx.bundle.outputs[0].note.enc_note[5] ^= 1),
        ("outputs[1].cv", |proven, _| proven.tx.bundle.outputs[1].cv = proven.tx.bundle.outputs[0].cv),
        ("spends[0].rk", |proven, _| proven.tx.bundle.spends[0].rk = proven.tx.bundle.spends[1].rk),
        ("nullifier", |proven, _| proven.tx.bundle.spends.swap(0, 1)),
        ("balance", |proven, _| proven.tx.bundle.balance[0].amount += 1),
        ("expiry", |proven, _| proven.tx.expiry += 1),
        ("max_fee_per_gas", |proven, _| proven.tx.max_fee_per_gas *= 2),
        ("number of outputs", |proven, _| {
            proven.tx.bundle.outputs.pop();
        }),
    ];
    for (field, change) in cases {
        let mut proven = proven(&chain, &mut alice);
        change(&mut proven, thief);
        let error = refusal(proven.sign(&alice.signer().unwrap()));
        assert!(error.contains(field), "{field}: {error}");
    }
    assert!(proven(&chain, &mut alice).sign(&alice.signer().unwrap()).is_ok());
}

#[test]
fn the_call_is_covered_too() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let other = wallet(&chain);
    let request = CallRequest { value: 5, ..CallRequest::new(Address::repeat_byte(1), Bytes::new()) };
    let plan = alice.plan_call(&Client::new(&chain), &request).unwrap();
    let prove = |plan: Plan| plan.build().unwrap().prove(&NullProver, &|_, _| ()).unwrap();
    let signer = alice.signer().unwrap();
    let mut redirected = prove(plan.clone());
    redirected.tx.call.as_mut().unwrap().refund = other.one_time_address(None).unwrap();
    assert!(refusal(redirected.sign(&signer)).contains("call"));
    let mut callee = prove(plan.clone());
    callee.tx.call.as_mut().unwrap().to = Address::repeat_byte(2).into();
    assert!(refusal(callee.sign(&signer)).contains("call"));
    let mut from = plan.clone();
    from.call.as_mut().unwrap().from = Address::repeat_byte(3);
    assert!(refusal(prove(from).sign(&signer)).contains("call.from"));
    // Another wallet's signer does not sign it.
    assert!(refusal(prove(plan).sign(&other.signer().unwrap())).contains("not of this wallet"));
}

#[test]
fn packages_pool_and_public_notes_are_covered_too() {
    let chain = FakeChain::new();
    let alice = funded(&chain, 10 * SERO);
    let thief = wallet(&chain);
    let signer = alice.signer().unwrap();
    let terms = alice.terms(Client::new(&chain).head().unwrap(), AddressIndex::CHANGE, 0).unwrap();
    let prove = |plan: &Plan| plan.clone().build().unwrap().prove(&NullProver, &|_, _| ()).unwrap();
    let check = |plan: &Plan, field: &str, change: &dyn Fn(&mut Proven)| {
        let mut proven = prove(plan);
        change(&mut proven);
        let error = refusal(proven.sign(&signer));
        assert!(error.contains(field), "{field}: {error}");
    };

    let new = NewPackage { owner: Address::repeat_byte(1), asset: coin(), amount: SERO, data: b"deed" };
    let boxed = Plan::choose(&terms, &Wish { create: Some(new), ..Wish::default() }).unwrap();
    type Change = fn(&mut PackageCreate);
    let changes: [Change; 5] = [
        |create| create.owner = [2; 20],
        |create| create.sealed.ciphertext[7] ^= 1,
        |create| create.sealed.tag[0] ^= 1,
        |create| create.sealed.commitment += Field::from(1u8),
        |create| create.cv = g_auth(),
    ];
    for change in changes {
        check(&boxed, "packages", &|proven| match &mut proven.tx.bundle.packages[0] {
            PackageAction::Create(create) => change(create),
            PackageAction::Open(_) => panic!("a package is made"),
        });
    }
    check(&boxed, "packages", &|proven| proven.tx.bundle.packages.clear());
    check(&boxed, "pool", &|proven| proven.tx.bundle.pool = 1);

    let to = alice.one_time_address(None).unwrap();
    let crossing = Plan::cross(&terms, coin(), to).unwrap();
    let theirs = thief.one_time_address(None).unwrap();
    check(&crossing, "outs", &|proven| proven.tx.outs[0].to = theirs);
    check(&crossing, "outs", &|proven| proven.tx.outs[0].amount -= 1);
    for plan in [boxed, crossing] {
        assert!(prove(&plan).sign(&signer).is_ok());
    }
}

#[test]
fn an_unbalanced_plan_is_refused_here_and_on_chain() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let plan = alice.plan_send(&client, &request(alice.address(), SERO)).unwrap();
    for difference in [1i128, -1] {
        let mut cheat = plan.clone();
        let output = cheat.outputs.iter_mut().find(|output| output.note.amount == SERO).unwrap();
        output.note.amount = output.note.amount.checked_add_signed(difference).unwrap();
        assert!(matches!(cheat.clone().build(), Err(BuildError::Unbalanced { .. })));
        let mut proven = cheat.build_without_checks().unwrap().prove(&NullProver, &|_, _| ()).unwrap();
        alice.signer().unwrap().sign_without_checks(&proven.plan, &mut proven.tx).unwrap();
        let error = client.send_raw(&proven.tx.encode_2718()).unwrap_err().to_string();
        assert!(error.contains("do not add up"), "{error}");
    }
}

#[test]
fn a_double_spend_is_refused() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let (a, b) = (alice.address(), wallet(&chain).address());
    let first = alice.build_send(&client, &NullProver, &request(a, SERO), &|_, _| ()).unwrap();
    let second = alice.build_send(&client, &NullProver, &request(b, SERO), &|_, _| ()).unwrap();
    client.send_raw(&first.raw()).unwrap();
    let error = client.send_raw(&second.raw()).unwrap_err().to_string();
    assert!(error.contains("already spent"), "{error}");
    // Once signed, nothing can be changed in flight.
    let mut third = {
        chain.settle();
        alice.build_send(&client, &NullProver, &request(b, SERO), &|_, _| ()).unwrap()
    };
    third.tx.bundle.spends[0].proof[3] ^= 1;
    assert!(client.send_raw(&third.raw()).is_err());
}
