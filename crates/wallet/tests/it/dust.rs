//! Small notes: what they cost, how they are merged, and that many of them
//! hinder nobody.

use crate::chain::{FakeChain, NullProver};
use crate::{SERO, coin, funded, holds, memo, request, send, sync, wallet};
use sero_shielded::asset::AssetId;
use sero_wallet::history::HistoryKind;
use sero_wallet::notes::{AddressIndex, NoteStatus};
use sero_wallet::plan::{Payment, fee_class, spend_cost};
use sero_wallet::{Client, MergeOutcome, MergePolicy, Plan, PlanError, SendRequest, Wallet, WalletError};

fn fund(chain: &FakeChain, wallet: &Wallet, asset: AssetId, amounts: &[u128]) {
    let to = wallet.one_time_address(None).unwrap();
    chain.fund_many(&to, asset, amounts);
}

fn dust_max() -> u128 {
    spend_cost(fee_class(crate::chain::BASE_FEE).unwrap()).unwrap()
}

fn amounts(plan: &Plan) -> Vec<u128> {
    let mut amounts: Vec<_> = plan.spends.iter().map(|spend| spend.amount).filter(|v| *v > 0).collect();
    amounts.sort_unstable();
    amounts
}

#[test]
fn the_work_grows_with_the_notes_and_not_with_their_square() {
    let steps = |count: usize| {
        let chain = FakeChain::new();
        let mut alice = wallet(&chain);
        fund(&chain, &alice, coin(), &[10 * SERO]);
        fund(&chain, &alice, coin(), &vec![1; count]);
        chain.settle();
        let report = alice.sync(&Client::new(&chain), &mut |_| ()).unwrap();
        assert_eq!(report.own_notes, count + 1);
        // The dust hinders no payment.
        let plan = alice.plan_send(&Client::new(&chain), &request(alice.address(), SERO)).unwrap();
        assert_eq!((plan.spends.len(), amounts(&plan)), (2, vec![1, 10 * SERO]));
        let again = alice.sync(&Client::new(&chain), &mut |_| ()).unwrap();
        assert_eq!(again.steps, 0, "nothing new, nothing done");
        report.steps
    };
    let (small, large) = (steps(200), steps(1_600));
    assert!(large <= 8 * small + 200, "{small} steps for 200 notes, {large} for 1600");
    assert!(large <= 6 * 1_601, "{large}");
}

#[test]
fn coins_below_the_cost_of_their_spend_are_shown_as_dust() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = wallet(&chain);
    let max = dust_max();
    assert!((SERO / 10_000..SERO / 1_000).contains(&max), "{max}");
    fund(&chain, &alice, coin(), &[max, max + 1, 7]);
    fund(&chain, &alice, gold, &[1, 1]);
    chain.settle();
    sync(&mut alice, &chain);
    let balances = alice.balance();
    let of = |asset| balances.iter().find(|balance| balance.asset == asset).unwrap();
    let coins = of(coin());
    assert_eq!((coins.available, coins.notes), (2 * max + 8, 3), "dust is still the owner's");
    assert_eq!((coins.dust, coins.dust_notes), (max + 7, 2));
    assert_eq!((of(gold).available, of(gold).notes, of(gold).dust_notes), (2, 2, 0), "no price, no dust");
    let json = serde_json::to_value(coins).unwrap();
    assert_eq!(
        (json["dust"].as_str(), json["dustNotes"].as_u64()),
        (Some((max + 7).to_string().as_str()), Some(2))
    );
}

#[test]
fn change_is_a_note_however_small() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, SERO);
    let client = Client::new(&chain);
    let fee = {
        let plan = alice.plan_send(&client, &request(alice.address(), 1)).unwrap();
        u128::from(plan.gas_limit) * plan.max_fee_per_gas
    };
    for rest in [0, 1, 2] {
        let plan = alice.plan_send(&client, &request(alice.address(), SERO - fee - rest)).unwrap();
        assert_eq!(plan.balance[0].amount, fee, "the fee takes nothing that is not its own");
        let sum: u128 = plan.outputs.iter().map(|output| output.note.amount).sum();
        assert_eq!(sum, SERO - fee);
        assert_eq!(plan.outputs.iter().filter(|output| output.note.amount == rest).count(), 1);
    }
}

#[test]
fn free_places_take_small_notes_at_the_same_price() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = wallet(&chain);
    fund(&chain, &alice, coin(), &[5 * SERO, SERO, SERO, SERO, SERO, 9, 8]);
    fund(&chain, &alice, gold, &[50, 40, 30, 20, 10, 1, 2]);
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);
    let to = wallet(&chain).address();
    let mut plan = |free: bool, request: &SendRequest| {
        alice.set_free_merge(free);
        alice.plan_send(&client, request).unwrap()
    };
    let (with, without) = (plan(true, &request(to, SERO)), plan(false, &request(to, SERO)));
    assert_eq!((amounts(&with), amounts(&without)), (vec![8, 5 * SERO], vec![5 * SERO]));
    let shape = |plan: &Plan| (plan.spends.len(), plan.outputs.len(), plan.gas_limit, plan.balance.clone());
    assert_eq!(shape(&with), shape(&without), "nothing shows");
    assert_eq!(
        with.clone().build().unwrap().raw().len(),
        without.build().unwrap().raw().len(),
        "not even the length"
    );
    // The merged note is in the change.
    let fee = with.balance[0].amount;
    assert!(with.outputs.iter().any(|output| output.note.amount == 4 * SERO + 8 - fee));

    // Eight places for a token that needs five of them: the coin's small notes
    // come along, the four largest others stay free.
    let plan = plan(true, &SendRequest::new(to, gold, 150, memo("")));
    assert_eq!(plan.spends.len(), 8);
    let of = |asset| {
        let mut found: Vec<u128> =
            plan.spends.iter().filter(|s| s.asset == asset && s.amount > 0).map(|s| s.amount).collect();
        found.sort_unstable();
        found
    };
    assert_eq!((of(gold), of(coin())), (vec![10, 20, 30, 40, 50], vec![8, 9, 5 * SERO]));
    plan.build().unwrap().prove(&NullProver, &|_, _| ()).unwrap();
}

#[test]
fn an_exact_payment_without_room_for_change_stays_as_it_is() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    fund(&chain, &alice, coin(), &[SERO; 7]);
    chain.settle();
    let client = Client::new(&chain);
    let to = alice.address();
    let fee = alice.plan_send(&client, &request(to, 1)).unwrap().balance[0].amount;
    // Two payments take both outputs of 2/2, and one note to the last unit.
    let payment = |amount| Payment { to, asset: coin(), amount, memo: memo("") };
    let request = SendRequest { payments: vec![payment(SERO / 2), payment(SERO - SERO / 2 - fee)] };
    let plan = alice.plan_send(&client, &request).unwrap();
    assert_eq!((plan.spends.len(), plan.outputs.len(), amounts(&plan)), (2, 2, vec![SERO]));
}

#[test]
fn sixteen_small_notes_become_one() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = wallet(&chain);
    let max = dust_max();
    let mut coins = vec![SERO / 10; 20];
    coins.extend([max, 3, 5 * SERO]);
    fund(&chain, &alice, coin(), &coins);
    fund(&chain, &alice, gold, &(1..=20).collect::<Vec<_>>());
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);

    let before = holds(&alice, coin()).0;
    let plan = alice.plan_merge(&client, coin()).unwrap();
    assert_eq!((plan.spends.len(), amounts(&plan)), (16, vec![SERO / 10; 16]), "dust is not worth it");
    let fee = plan.balance[0].amount;
    alice.merge(&client, &NullProver, coin(), &|_, _| ()).unwrap();
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (before - fee, 0));
    let merged = alice.notes().iter().find(|note| note.address == AddressIndex::MERGE).unwrap();
    assert_eq!(merged.amount, 16 * (SERO / 10) - fee);
    let entry = alice.history().pop().unwrap();
    assert_eq!((entry.kind, entry.fee, entry.transfers.len()), (HistoryKind::Merged, Some(fee), 0));

    // A token: fifteen of its smallest notes, and one coin note for the fee.
    let plan = alice.plan_merge(&client, gold).unwrap();
    let tokens = plan.spends.iter().filter(|spend| spend.asset == gold && spend.amount > 0);
    assert_eq!((plan.spends.len(), tokens.map(|spend| spend.amount).sum::<u128>()), (16, (1..=15).sum()));
    alice.merge(&client, &NullProver, gold, &|_, _| ()).unwrap();
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, gold), ((1..=20).sum(), 0));
    assert_eq!(alice.balance().iter().find(|balance| balance.asset == gold).unwrap().notes, 6);

    // Another device restores the same story.
    let mut watch = {
        let info = client.chain_info().unwrap();
        Wallet::watch(sero_wallet::Target::Memory, &info, alice.export_view_key().expose()).unwrap()
    };
    sync(&mut watch, &chain);
    assert_eq!(watch.history(), alice.history());
    assert!(matches!(
        watch.merge(&client, &NullProver, coin(), &|_, _| ()),
        Err(WalletError::Account(sero_wallet::AccountError::WatchOnly))
    ));
}

#[test]
fn a_merge_that_makes_no_sense_is_refused() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 0);
    let mut alice = funded(&chain, SERO);
    let client = Client::new(&chain);
    let mut refused = |asset| match alice.plan_merge(&client, asset) {
        Err(WalletError::Plan(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("merged"),
    };
    assert_eq!(refused(coin()), PlanError::NothingToMerge(coin()));
    assert_eq!(refused(gold), PlanError::NothingToMerge(gold));
    fund(&chain, &alice, coin(), &[5, 6, 7]);
    chain.settle();
    let mut refused = |asset| match alice.plan_merge(&client, asset) {
        Err(WalletError::Plan(error)) => error,
        _ => panic!("merged"),
    };
    assert_eq!(refused(coin()), PlanError::NothingToMerge(coin()), "dust");
    // Notes that together do not pay for it.
    let mut poor = wallet(&chain);
    fund(&chain, &poor, coin(), &[dust_max() + 1; 3]);
    chain.settle();
    assert!(matches!(poor.plan_merge(&client, coin()), Err(WalletError::NotEnough { .. })));
    fund(&chain, &poor, gold, &[1, 1]);
    chain.settle();
    assert!(matches!(poor.plan_merge(&client, gold), Err(WalletError::NotEnough { .. })));
}

#[test]
fn background_merging_waits_keeps_to_its_budget_and_leaves_reserved_notes() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    fund(&chain, &alice, coin(), &[SERO / 10; 60]);
    chain.settle();
    sync(&mut alice, &chain);
    let client = Client::new(&chain);
    let policy = MergePolicy { delay_blocks: 50, ..MergePolicy::default() };
    let step = |alice: &mut Wallet, policy: &MergePolicy, now: u64| {
        alice.merge_if_due(&client, &NullProver, policy, now, &|_, _| ()).unwrap()
    };
    // The wait is drawn once, and kept.
    let head = chain.inner.borrow().head;
    let until = match step(&mut alice, &policy, 1_000) {
        MergeOutcome::Waiting { until } => until,
        MergeOutcome::Sent(_) => head,
        other => panic!("{other:?}"),
    };
    assert!((head..=head + 50).contains(&until));
    if until > head {
        assert_eq!(step(&mut alice, &policy, 1_001), MergeOutcome::Waiting { until });
        chain.mine(until - head);
        assert!(matches!(step(&mut alice, &policy, 1_002), MergeOutcome::Sent(_)));
    }
    let reserved: Vec<u64> = (alice.notes().iter())
        .filter(|note| matches!(note.status, NoteStatus::Pending { .. }))
        .map(|note| note.position)
        .collect();
    assert_eq!(reserved.len(), 16);
    // The next one touches none of them, although the first is not yet scanned.
    let now_policy = MergePolicy { delay_blocks: 0, ..policy };
    let plan = {
        let terms = alice.terms(client.head().unwrap(), AddressIndex::MERGE).unwrap();
        Plan::merge(&terms, coin()).unwrap()
    };
    assert!(plan.spends.iter().all(|spend| spend.amount == 0 || !reserved.contains(&spend.position)));
    // The day's budget: 0.05 SERO is a few merges, and a day later there is more.
    let fee = u128::from(plan.gas_limit) * plan.max_fee_per_gas;
    let tight = MergePolicy { fee_per_day: fee, ..now_policy };
    match step(&mut alice, &tight, 2_000) {
        MergeOutcome::OverBudget { fee: asked, paid, per_day } => {
            assert_eq!((asked, paid, per_day), (fee, fee, fee));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(step(&mut alice, &tight, 2_000 + 86_400), MergeOutcome::Sent(_)));
    chain.settle();
    // Few large notes: nothing to do, and other assets are left alone.
    let calm = funded(&chain, SERO);
    let mut calm = calm;
    assert_eq!(step(&mut calm, &now_policy, 9), MergeOutcome::NotNeeded);
    let gold = chain.token("GOLD", 0);
    let other = MergePolicy { asset: Some(gold), ..now_policy };
    assert_eq!(step(&mut alice, &other, 9), MergeOutcome::NotNeeded);
}

#[test]
fn merging_is_due_when_half_would_take_many_notes() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    let policy = MergePolicy::default();
    let due = |alice: &Wallet| policy.due(alice.notes(), dust_max());
    fund(&chain, &alice, coin(), &[SERO; 8]);
    fund(&chain, &alice, coin(), &[1; 20]);
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(due(&alice), None, "four of eight notes are half; dust does not count");
    fund(&chain, &alice, coin(), &[SERO; 2]);
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(due(&alice), Some(coin()));
    send(&mut alice, &chain, &request(wallet(&chain).address(), SERO / 2));
}
