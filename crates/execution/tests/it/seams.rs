//! The seams between pool, ledger, EVM and packages, each as an attack that
//! must fail. Proofs are forged with the trapdoor of test keys, so the attacker
//! here is one for whom the circuits prove anything.

use crate::stage::{
    BINDER, GAS, OTHER_PUPPET, PUPPET, Stage, coin, id, is, resign, shield, stage_genesis, step, transact,
};
use crate::support::coin_id;
use alloy_primitives::{Address, B256, TxKind, U256};
use alloy_sol_types::{SolCall, SolError};
use sero_execution::{BlockExecutor, ExecutionError, InvalidTransaction, check_static};
use sero_precompiles::layout;
use sero_primitives::pools::Upgrade;
use sero_primitives::precompile::abi::{IAssets, IPackages, IPool};
use sero_primitives::shielded_tx::{Attached, ShieldedTx};
use sero_primitives::{ASSETS, POOL, Transaction};
use sero_shielded::bundle::{Bundle, Direction, PackageAction};
use sero_shielded::field::Field;
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::puppet::{self, Scheme};
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan, Unsigned};
use sero_testkit::{ethereum_tx, signer};

#[test]
fn nobody_puts_a_key_of_their_own_under_a_bundle() {
    let mut stage = Stage::new();
    let plan = stage.spend(coin(), 500).flow(coin(), Direction::Outward, 500);
    let victim = stage.call(0, &plan, signer(2).address(), 500, vec![], vec![]);
    assert_eq!(stage.attempt(&victim), Ok(()));
    let mut stolen = victim.clone();
    let call = stolen.call.as_mut().unwrap();
    (call.from, call.nonce) = (signer(1).address(), stage.chain.nonce(&signer(1)));
    resign(&mut stolen, 1);
    assert!(matches!(stage.attempt(&stolen), Err(InvalidTransaction::Bundle(_))));
    let mut resigned = victim.clone();
    resign(&mut resigned, 1);
    assert!(matches!(stage.attempt(&resigned), Err(InvalidTransaction::Transaction(_))));
    let mut redirected = victim;
    redirected.call.as_mut().unwrap().refund = trapdoor_pkr();
    resign(&mut redirected, 0);
    assert!(matches!(stage.attempt(&redirected), Err(InvalidTransaction::Bundle(_))));
}

fn trapdoor_pkr() -> OneTimeAddress {
    let key = SpendingKey::from_seed(&account_seed(&[8; 64], 0)).unwrap();
    OneTimeAddress::derive(&key.viewing_key().address(0), &[1; 32]).unwrap()
}

#[test]
fn an_outputs_only_bundle_is_not_replayed() {
    let mut stage = Stage::new();
    let cm = trapdoor::field(&mut stage.rng);
    let plan = BundlePlan { outputs: vec![(cm, coin(), 700)], ..BundlePlan::empty() };
    let plan = plan.flow(coin(), Direction::Inward, 700);
    let tx = stage.call(0, &plan, signer(2).address(), 0, vec![], vec![]);
    assert!(stage.include(&tx).receipt.success);
    assert!(matches!(stage.attempt(&tx), Err(InvalidTransaction::NonceTooLow { .. })));
    let mut again = tx;
    again.call.as_mut().unwrap().nonce += 1;
    resign(&mut again, 0);
    assert!(
        matches!(stage.attempt(&again), Err(InvalidTransaction::Bundle(_))),
        "the digest names the nonce"
    );
}

#[test]
fn more_than_the_counter_never_leaves_whatever_is_proven() {
    let mut stage = Stage::new();
    let plan = stage.spend(stage.gold, 1_001).flow(stage.gold, Direction::Outward, 1_001);
    let tx = stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    let refusal = stage.attempt(&tx);
    assert!(matches!(&refusal, Err(InvalidTransaction::Effects(why)) if why.contains("PoolExhausted")));
    let expiry = stage.next_block();
    let bundle = stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let results = stage.script(step(POOL, 0, &transact(&bundle, B256::ZERO, expiry)));
    is::<IPool::PoolExhausted>(&results[0].data);
    assert_eq!(stage.hidden(0, stage.gold), U256::from(1_000));
}

#[test]
fn a_refund_takes_what_the_transaction_brought_and_no_older_funds() {
    // What the call gives away of 10 GOLD that came out, and what then returns to the pool.
    for (given, returns) in [(0u64, 10u64), (4, 6), (10, 0), (50, 0)] {
        let mut stage = Stage::new();
        let from = signer(0).address();
        let before = stage.gold_of(from);
        let plan = stage.spend(stage.gold, 10).flow(stage.gold, Direction::Outward, 10);
        let input = match given {
            0 => IAssets::registrationFeeCall {}.abi_encode(),
            _ => {
                let (receiver, id) = (signer(2).address(), id(stage.gold));
                IAssets::transferCall { receiver, id, amount: U256::from(given) }.abi_encode()
            }
        };
        let tx = stage.call(0, &plan, ASSETS, 0, input, vec![]);
        assert!(stage.include(&tx).receipt.success);
        let kept = before + U256::from(10) - U256::from(given) - U256::from(returns);
        assert_eq!(stage.gold_of(from), kept, "given {given}");
        assert_eq!(stage.hidden(0, stage.gold), U256::from(990 + returns), "given {given}");
    }
}

#[test]
fn attachments_go_to_the_callee_once() {
    let mut stage = Stage::new();
    let take = IAssets::receiveAttachedCall {}.abi_encode();
    let attached = vec![Attached { asset: stage.gold, amount: 30 }];
    // The callee calls another contract that asks first, then asks twice itself.
    let mut script = step(OTHER_PUPPET, 0, &step(ASSETS, 0, &take));
    script.extend(step(ASSETS, 0, &take));
    script.extend(step(ASSETS, 0, &take));
    // And through a contract that calls back: its sender is not `from`.
    script.extend(step(OTHER_PUPPET, 0, &step(PUPPET, 0, &step(ASSETS, 0, &take))));
    let cm = trapdoor::field(&mut stage.rng);
    let plan = BundlePlan { outputs: vec![(cm, coin(), 0)], ..BundlePlan::empty() };
    let tx = stage.call(0, &plan, PUPPET, 0, script, attached);
    let outcome = stage.include(&tx);
    let results = puppet::results(&outcome.output).unwrap();
    let inner = puppet::results(&results[0].data).unwrap();
    is::<IAssets::NotAttachmentReceiver>(&inner[0].data);
    assert!(results[1].success && results[1].data.len() > 64, "the callee gets it");
    assert!(results[2].success);
    assert_eq!(IAssets::receiveAttachedCall::abi_decode_returns(&results[2].data).unwrap(), vec![]);
    let outer = puppet::results(&results[3].data).unwrap();
    let re_entered = puppet::results(&outer[0].data).unwrap();
    is::<IAssets::NotAttachmentReceiver>(&re_entered[0].data);
    assert_eq!(stage.gold_of(PUPPET), U256::from(30));
}

#[test]
fn a_payee_blocks_nobody() {
    let mut stage = Stage::new();
    // The loser of an auction is a contract that refuses everything; BINDER reverts on any call.
    for payee in [BINDER, Address::repeat_byte(0x66), Address::ZERO] {
        let coins = stage.coins_of(payee);
        let pay = IPool::payCall { payee, asset: coin_id(), amount: U256::from(9) };
        stage.ok(0, POOL, 9, pay.abi_encode());
        assert_eq!(stage.coins_of(payee), coins + U256::from(9));
        let pay = IPool::payCall { payee, asset: id(stage.gold), amount: U256::from(9) };
        stage.ok(0, POOL, 0, pay.abi_encode());
    }
}

/// A box with `amount` coins in it, as the first action of a bundle of pool 0 that spends `nullifier`.
fn sealed(
    stage: &mut Stage,
    nullifier: &Field,
    index: u8,
    amount: u128,
    owner: Address,
) -> (PackageId, PackagePlan) {
    let id = PackageId::from_nullifier(0, nullifier, index);
    let content =
        PackageContent { asset: coin(), amount, rcm: trapdoor::field(&mut stage.rng), data: b"bid".to_vec() };
    let sealed = content.seal(&id, &[3; 32]).unwrap();
    (id, PackagePlan::Create { value: (coin(), amount), owner: owner.into_array(), sealed })
}

/// A chain with a closed box of 400 coins that `owner` has; its id and creation.
fn boxed(stage: &mut Stage, owner: Address) -> (PackageId, sero_shielded::bundle::PackageCreate) {
    let mut plan = stage.spend(coin(), 400);
    let (id, create) = sealed(stage, &plan.spends[0].0.clone(), 0, 400, owner);
    plan.packages.push(create);
    let tx = stage.call(0, &plan, signer(2).address(), 0, vec![], vec![]);
    let PackageAction::Create(create) = tx.bundle.packages[0].clone() else { panic!("a creation") };
    assert!(stage.include(&tx).receipt.success);
    (id, create)
}

#[test]
fn a_box_opens_once() {
    let owner = signer(1).address();
    let mut stage = Stage::new();
    let (id, create) = boxed(&mut stage, owner);
    let open = IPackages::openCall { id: id.to_bytes().into(), k: B256::repeat_byte(3) }.abi_encode();
    let private = |stage: &mut Stage, from| {
        let mut plan = stage.spend(coin(), 0).flow(coin(), Direction::Outward, 400);
        let commitment = create.sealed.commitment;
        plan.packages.push(PackagePlan::Open { value: (coin(), 400), id, commitment });
        stage.call(from, &plan, signer(2).address(), 0, vec![], vec![])
    };
    let refused = |stage: &Stage, tx: &ShieldedTx, word: &str| {
        let refusal = stage.attempt(tx);
        assert!(
            matches!(&refusal, Err(InvalidTransaction::Effects(why)) if why.contains(word)),
            "{refusal:?}"
        );
    };
    let stranger = private(&mut stage, 2);
    refused(&stage, &stranger, "NotPackageOwner");
    let first = private(&mut stage, 1);
    assert!(stage.include(&first).receipt.success);
    let second = private(&mut stage, 1);
    refused(&stage, &second, "AlreadyOpened");
    let outcome = stage.chain.send(1, sero_primitives::PACKAGES, 0, open);
    is::<IPackages::AlreadyOpened>(&outcome.output);
    assert_eq!(stage.hidden(0, coin()), U256::from(999_600), "400 went out, once, and paid for gas");
}

#[test]
fn a_creations_cv_opens_nothing() {
    let mut stage = Stage::new();
    let owner = signer(1).address();
    let (id, create) = boxed(&mut stage, owner);
    let mut plan = stage.spend(coin(), 0).flow(coin(), Direction::Outward, 400);
    let commitment = create.sealed.commitment;
    plan.packages.push(PackagePlan::Open { value: (coin(), 400), id, commitment });
    let mut tx = stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    if let PackageAction::Open(open) = &mut tx.bundle.packages[0] {
        (open.cv, open.proof) = (create.cv, create.proof);
    }
    resign(&mut tx, 1);
    let header = crate::support::header(&stage.chain, Address::ZERO);
    let checked = check_static(
        Transaction::shielded(tx),
        &stage.chain.parameters,
        header.number,
        header.base_fee_per_gas.unwrap(),
        header.gas_limit,
    )
    .unwrap();
    let refusal = BlockExecutor::new(&stage.chain.state, header, &stage.chain.parameters).execute(&checked);
    assert!(
        matches!(&refusal, Err(ExecutionError::Invalid(InvalidTransaction::Effects(why))) if why.contains("Stale")),
        "{refusal:?}"
    );
}

#[test]
fn a_pending_creation_is_not_squatted() {
    // Somebody copies commitment, cv and proof of a pending creation into a creation of his own. He
    // cannot balance it alone; with an opening of the same box in the same bundle he could.
    let mut stage = Stage::new();
    let mut victim = stage.spend(coin(), 400);
    let (_, create) = sealed(&mut stage, &victim.spends[0].0.clone(), 0, 400, signer(1).address());
    victim.packages.push(create.clone());
    let pending = stage.call(0, &victim, signer(2).address(), 0, vec![], vec![]);
    let PackageAction::Create(copied) = pending.bundle.packages[0].clone() else { panic!("a creation") };

    // Alone: the binding signature does not hold.
    let mut plan = stage.spend(coin(), 400);
    plan.packages.push(create.clone());
    let mut tx = stage.call(3, &plan, signer(2).address(), 0, vec![], vec![]);
    tx.bundle.packages[0] = PackageAction::Create(copied.clone());
    resign(&mut tx, 3);
    assert!(matches!(stage.attempt(&tx), Err(InvalidTransaction::Bundle(_))));

    // Created and opened in one bundle, which balances: refused by its form,
    // and the other way round there is no box to open yet.
    let plan = stage.spend(coin(), 0);
    let own = PackageId::from_nullifier(0, &plan.spends[0].0, 0);
    for create_first in [true, false] {
        let index = u8::from(!create_first);
        let own = if create_first { own } else { PackageId::from_nullifier(0, &plan.spends[0].0, index) };
        let open = PackageAction::Open(sero_shielded::bundle::PackageOpen {
            id: own,
            commitment: copied.sealed.commitment,
            cv: copied.cv,
            proof: copied.proof,
        });
        let create = PackageAction::Create(copied.clone());
        let mut unsigned = plan.prove(&mut stage.rng);
        unsigned.bundle.packages = if create_first { vec![create, open] } else { vec![open, create] };
        let expiry = stage.next_block();
        let bundle = stage.sign_carried(unsigned, PUPPET, B256::ZERO, expiry);
        let results = stage.script(step(POOL, 0, &transact(&bundle, B256::ZERO, expiry)));
        assert!(!results[0].success);
        if create_first {
            is::<IPackages::UnknownPackage>(&results[0].data);
        } else {
            is::<IPool::InvalidBundle>(&results[0].data);
        }
    }
    assert!(stage.include(&pending).receipt.success, "the victim's creation goes through");
}

#[test]
fn a_box_is_no_note() {
    let mut stage = Stage::new();
    let (_, create) = boxed(&mut stage, signer(1).address());
    let mut plan = stage.spend(coin(), 400);
    plan.outputs.push((create.sealed.commitment, coin(), 400));
    let tx = stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    let refusal = stage.attempt(&tx);
    assert!(matches!(&refusal, Err(InvalidTransaction::Effects(why)) if why.contains("CommitmentUsed")));
}

#[test]
fn a_pause_of_deposits_strands_nothing() {
    let mut genesis = stage_genesis();
    genesis.upgrades.push(Upgrade::PauseDeposits { pool: 0, from: 6 });
    let mut stage = Stage::of(genesis);
    while stage.next_block() < 6 {
        stage.chain.block(vec![]);
    }
    let (payee, amount) = (signer(3).address(), U256::from(5));
    let refused = stage.chain.send(0, POOL, 5, shield(coin_id(), 5));
    is::<IPool::DepositsPaused>(&refused.output);
    let cm = trapdoor::field(&mut stage.rng);
    let inward = BundlePlan { outputs: vec![(cm, coin(), 700)], ..BundlePlan::empty() };
    let inward = inward.flow(coin(), Direction::Inward, 700);
    let tx = stage.call(0, &inward, payee, 0, vec![], vec![]);
    assert!(matches!(stage.attempt(&tx), Err(InvalidTransaction::DepositsPaused { .. })));
    // What a transaction took out returns to the same pool, although it takes no deposits.
    let plan = stage.spend(stage.gold, 10).flow(stage.gold, Direction::Outward, 10);
    let tx = stage.call(1, &plan, ASSETS, 0, IAssets::registrationFeeCall {}.abi_encode(), vec![]);
    assert!(stage.include(&tx).receipt.success);
    assert_eq!(stage.hidden(0, stage.gold), U256::from(1_000));
    // `pay` credits in public, even an account with a refund address.
    let before = stage.gold_of(signer(1).address());
    let pay = IPool::payCall { payee: signer(1).address(), asset: id(stage.gold), amount };
    let outcome = stage.ok(0, POOL, 0, pay.abi_encode());
    assert!(!IPool::payCall::abi_decode_returns(&outcome.output).unwrap());
    assert_eq!(stage.gold_of(signer(1).address()), before + amount);
}

#[test]
fn forged_notes_of_an_old_pool_take_no_more_across_than_it_holds() {
    let mut genesis = stage_genesis();
    genesis.upgrades.push(Upgrade::Pool { pool: trapdoor::pool(1, 6) });
    genesis.upgrades.push(Upgrade::PauseDeposits { pool: 0, from: 6 });
    let mut stage = Stage::of(genesis);
    while stage.next_block() < 6 {
        stage.chain.block(vec![]);
    }
    // The circuits of pool 0 are broken: the thief proves notes that never were.
    let thief = signer(3).address();
    let mut crossed = 0u128;
    for amount in [600u128, 600, 400, 1, u128::from(u64::MAX)] {
        let plan = stage.spend(stage.gold, amount).flow(stage.gold, Direction::Outward, amount);
        let tx = stage.call(3, &plan, ASSETS, 0, IAssets::registrationFeeCall {}.abi_encode(), vec![]);
        match stage.attempt(&tx) {
            Ok(()) => {
                assert!(stage.include(&tx).receipt.success);
                crossed += amount;
            }
            Err(InvalidTransaction::Effects(why)) => assert!(why.contains("PoolExhausted"), "{why}"),
            Err(other) => panic!("{other}"),
        }
        let (old, new) = (stage.hidden(0, stage.gold), stage.hidden(1, stage.gold));
        assert_eq!(old + new, U256::from(1_000), "refunds cross into the new pool, one for one");
        assert_eq!(new, U256::from(crossed));
    }
    assert_eq!(crossed, 1_000);
    assert_eq!(stage.gold_of(thief), U256::ZERO);
    let supply = stage.slot(ASSETS, layout::ISSUED.at(&[id(stage.gold)]));
    let public = stage.slot(ASSETS, layout::PUBLIC.at(&[id(stage.gold)]));
    assert_eq!(supply, public + U256::from(1_000));
}

#[test]
fn a_carried_bundle_serves_what_it_was_signed_for_and_nothing_else() {
    struct Case {
        name: &'static str,
        caller: Address,
        context: B256,
        expiry: u64,
        signed_expiry: u64,
        value: u128,
        error: Option<[u8; 4]>,
    }
    let block = Stage::new().next_block();
    let ok = Case {
        name: "as signed",
        caller: PUPPET,
        context: B256::repeat_byte(1),
        expiry: block,
        signed_expiry: block,
        value: 0,
        error: None,
    };
    let bad = Some(IPool::InvalidBundle::SELECTOR);
    let cases = [
        Case { name: "another caller", caller: OTHER_PUPPET, error: bad, ..ok },
        Case { name: "another context", context: B256::repeat_byte(2), error: bad, ..ok },
        Case { name: "a longer life", expiry: block + 1, error: bad, ..ok },
        Case {
            name: "expired",
            expiry: block - 1,
            signed_expiry: block - 1,
            error: Some(IPool::BundleExpired::SELECTOR),
            ..ok
        },
        Case {
            name: "too far ahead",
            expiry: block + 43_201,
            signed_expiry: block + 43_201,
            error: Some(IPool::ExpiryTooFar::SELECTOR),
            ..ok
        },
        Case {
            name: "with coins that nobody asked for",
            value: 1,
            error: Some(IPool::WrongValue::SELECTOR),
            ..ok
        },
        Case {
            name: "at its last block's limit",
            expiry: block + 43_200,
            signed_expiry: block + 43_200,
            ..ok
        },
        ok,
    ];
    for case in cases {
        let mut stage = Stage::new();
        let plan = stage.spend(coin(), 50).flow(coin(), Direction::Outward, 50);
        let bundle = stage.carried(&plan, PUPPET, B256::repeat_byte(1), case.signed_expiry);
        let call = step(POOL, case.value, &transact(&bundle, case.context, case.expiry));
        let script = if case.caller == PUPPET { call } else { step(case.caller, 0, &call) };
        let outcome = stage.chain.send(1, PUPPET, case.value, script);
        let mut results = puppet::results(&outcome.output).unwrap();
        if case.caller != PUPPET {
            results = puppet::results(&results[0].data).unwrap();
        }
        assert_eq!(results[0].success, case.error.is_none(), "{}: {:?}", case.name, results[0]);
        if let Some(error) = case.error {
            assert_eq!(results[0].data.get(..4), Some(error.as_slice()), "{}", case.name);
        }
        let left = if case.error.is_none() { 999_950 } else { 1_000_000 };
        assert_eq!(stage.hidden(0, coin()), U256::from(left), "{}", case.name);
    }
}

/// Whichever proof is bad, and whatever its place: the verdict is that of one batch, which the price pays for.
#[test]
fn a_carried_bundle_with_one_bad_proof_is_refused_whole() {
    let mut stage = Stage::new();
    let mut plan = stage.spend(coin(), 30);
    plan.spends.push((trapdoor::field(&mut stage.rng), coin(), 12));
    plan.outputs.extend([40, 2].map(|amount| (trapdoor::field(&mut stage.rng), coin(), amount)));
    let expiry = stage.next_block() + 20;
    let refusal = |stage: &mut Stage, unsigned: Unsigned| {
        let bundle = stage.sign_carried(unsigned, PUPPET, B256::ZERO, expiry);
        let result = stage.script(step(POOL, 0, &transact(&bundle, B256::ZERO, expiry))).remove(0);
        (!result.success).then(|| IPool::InvalidBundle::abi_decode(&result.data).unwrap().reason)
    };
    for bad in 0..4 {
        let mut swapped = plan.prove(&mut stage.rng);
        let mut unreadable = plan.prove(&mut stage.rng);
        for (unsigned, byte) in [(&mut swapped, None), (&mut unreadable, Some(0xff))] {
            let Bundle { spends, outputs, .. } = &mut unsigned.bundle;
            let mut proofs: Vec<&mut [u8; 128]> = spends.iter_mut().map(|spend| &mut spend.proof).collect();
            proofs.extend(outputs.iter_mut().map(|output| &mut output.proof));
            let other = *proofs[(bad + 1) % 4];
            *proofs[bad] = byte.map_or(other, |byte| [byte; 128]);
        }
        let reason = refusal(&mut stage, swapped).unwrap();
        assert!(reason.contains("a proof of the bundle does not verify"), "{bad}: {reason}");
        let reason = refusal(&mut stage, unreadable).unwrap();
        let place = ["spends[0]", "spends[1]", "outputs[0]", "outputs[1]"][bad];
        assert!(reason.contains(place) && reason.contains("not canonical"), "{bad}: {reason}");
    }
    let good = plan.prove(&mut stage.rng);
    assert_eq!(refusal(&mut stage, good), None);
}

#[test]
fn a_bundle_without_a_spend_is_not_carried() {
    let mut stage = Stage::new();
    let cm = trapdoor::field(&mut stage.rng);
    let plan = BundlePlan { outputs: vec![(cm, coin(), 0)], ..BundlePlan::empty() };
    let expiry = stage.next_block();
    let bundle = stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let results = stage.script(step(POOL, 0, &transact(&bundle, B256::ZERO, expiry)));
    is::<IPool::NoSpend>(&results[0].data);
}

#[test]
fn a_note_is_spent_once_however_often_its_bundle_is_carried() {
    let mut stage = Stage::new();
    let plan = stage.spend(coin(), 50).flow(coin(), Direction::Outward, 50);
    let expiry = stage.next_block() + 3;
    let bundle = stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let call = step(POOL, 0, &transact(&bundle, B256::ZERO, expiry));
    // The frame of another contract around it reverts: the note stays spendable. A call in a
    // `try` fails for want of gas and is retried.
    let mut reverting = call.clone();
    puppet::revert(&mut reverting);
    let mut script = Vec::new();
    puppet::call(&mut script, Scheme::DelegateCall, false, OTHER_PUPPET, 0, GAS, &reverting);
    puppet::call(&mut script, Scheme::Call, false, POOL, 0, 150_000, &transact(&bundle, B256::ZERO, expiry));
    script.extend(call.clone());
    script.extend(call.clone());
    let outcome = stage.chain.send(1, PUPPET, 0, script);
    let results = puppet::results(&outcome.output).unwrap();
    assert!(!results[0].success);
    assert!(puppet::results(&results[0].data).unwrap()[0].success, "it was carried, and undone");
    assert!(!results[1].success && results[1].data.is_empty(), "out of gas");
    assert!(results[2].success, "retried");
    is::<IPool::NullifierAlreadySpent>(&results[3].data);
    // And in a later block.
    let later = stage.script(call);
    is::<IPool::NullifierAlreadySpent>(&later[0].data);
    assert_eq!(stage.hidden(0, coin()), U256::from(999_950));
}

#[test]
fn two_contracts_that_spend_one_note_in_one_transaction_get_it_once() {
    let mut stage = Stage::new();
    let plan = stage.spend(coin(), 50).flow(coin(), Direction::Outward, 50);
    let expiry = stage.next_block();
    let one = stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let other = stage.carried(&plan, OTHER_PUPPET, B256::ZERO, expiry);
    let mut script = step(OTHER_PUPPET, 0, &step(POOL, 0, &transact(&other, B256::ZERO, expiry)));
    script.extend(step(POOL, 0, &transact(&one, B256::ZERO, expiry)));
    let results = stage.script(script);
    assert!(puppet::results(&results[0].data).unwrap()[0].success);
    is::<IPool::NullifierAlreadySpent>(&results[1].data);
    assert_eq!(stage.hidden(0, coin()), U256::from(999_950));
}

#[test]
fn a_front_runner_gains_nothing_from_a_contract_that_binds_the_beneficiary() {
    let mut stage = Stage::new();
    let beneficiary = signer(2).address();
    let context = alloy_primitives::keccak256(beneficiary.into_word());
    let plan = stage.spend(coin(), 5_000).flow(coin(), Direction::Outward, 5_000);
    let expiry = stage.next_block() + 3;
    let bundle = stage.carried(&plan, BINDER, context, expiry);
    let input = |to: Address| [to.into_word().as_slice(), &transact(&bundle, B256::ZERO, expiry)].concat();
    let thief = Address::repeat_byte(0x7f);
    let outcome = stage.chain.send(1, BINDER, 0, input(thief));
    is::<IPool::InvalidBundle>(&outcome.output);
    assert_eq!(stage.coins_of(thief), U256::ZERO);
    // Copied unchanged, it serves the beneficiary.
    let before = stage.coins_of(beneficiary);
    stage.ok(1, BINDER, 0, input(beneficiary));
    assert_eq!(stage.coins_of(beneficiary), before + U256::from(5_000));
    // Why binding matters: a contract that ignores `context` pays whoever comes first.
    let plan = stage.spend(coin(), 5_000).flow(coin(), Direction::Outward, 5_000);
    let bundle = stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let mut script = step(POOL, 0, &transact(&bundle, B256::ZERO, expiry));
    script.extend(step(thief, 5_000, &[]));
    stage.script(script);
    assert_eq!(stage.coins_of(thief), U256::from(5_000), "the note's owner signed for any context");
}

#[test]
fn a_transactions_bundle_is_not_carried_by_a_contract() {
    let mut stage = Stage::new();
    let plan = stage.spend(coin(), 50).flow(coin(), Direction::Outward, 50);
    let tx = stage.call(0, &plan, signer(2).address(), 0, vec![], vec![]);
    let from = signer(1);
    let call = transact(&tx.bundle, B256::ZERO, stage.next_block());
    let nonce = stage.chain.nonce(&from);
    let carried = ethereum_tx(&from, nonce, TxKind::Call(POOL), U256::ZERO, call.into());
    let outcome = stage.chain.block(vec![carried]).remove(0);
    is::<IPool::InvalidBundle>(&outcome.output);
}
