//! `Relay` on the chain itself: somebody carries another's bundle, and whoever
//! copies the pending call gains nothing. And `NaiveBox`, where he gains all.

use crate::stage::{PUPPET, Stage, coin, id, is, refund_of, stage_genesis, step, transact};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use sero_execution::TransactionOutcome;
use sero_primitives::precompile::abi::{IPackages, IPool};
use sero_primitives::{PACKAGES, POOL};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, Direction};
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan};
use sero_testkit::{SERO, creation_code, puppet, signer};

mod abi {
    alloy_sol_types::sol!(Relay, "../../contracts/artifacts/Relay.json");
    alloy_sol_types::sol!(NaiveBox, "../../contracts/artifacts/NaiveBox.json");
}

use abi::{NaiveBox, Relay};

/// Gas that a transaction of the tests costs at most.
const GAS_COST: u128 = SERO / 10;
/// Account 1 carries, account 3 copies what it sees pending.
const CARRIER: u8 = 1;
const THIEF: u8 = 3;
const BENEFICIARY: Address = Address::repeat_byte(0x77);

/// What a bundle for `unshield` was signed for.
#[derive(Clone)]
struct Order {
    beneficiary: Address,
    asset: AssetId,
    amount: u128,
    relayer: Address,
    fee: u128,
    expiry: u64,
}

impl Order {
    fn context(&self) -> B256 {
        let args = (id(self.asset), self.amount, self.relayer, self.fee).abi_encode();
        let action = keccak256("Relay.unshield");
        keccak256((self.beneficiary, action, alloy_primitives::Bytes::from(args)).abi_encode_params())
    }

    fn call(&self, bundle: &Bundle) -> Vec<u8> {
        let call = Relay::unshieldCall {
            bundle: bundle.encode().into(),
            expiry: self.expiry,
            beneficiary: self.beneficiary,
            asset: id(self.asset),
            amount: U256::from(self.amount),
            relayer: self.relayer,
            fee: U256::from(self.fee),
        };
        call.abi_encode()
    }
}

struct Scene {
    stage: Stage,
    relay: Address,
}

impl Scene {
    fn new() -> Self {
        let mut stage = Stage::of(stage_genesis());
        let relay = stage.chain.create(0, 0, creation_code("Relay", &[]));
        Self { stage, relay }
    }

    fn order(&self, asset: AssetId) -> Order {
        let relayer = signer(CARRIER).address();
        let expiry = self.stage.next_block() + 20;
        Order { beneficiary: BENEFICIARY, asset, amount: 500, relayer, fee: 20, expiry }
    }

    /// A bundle out of which what the order says flows.
    fn bundle(&mut self, order: &Order) -> Bundle {
        let plan = self.stage.spend(order.asset, order.amount);
        let plan = plan.flow(order.asset, Direction::Outward, order.amount);
        self.stage.carried(&plan, self.relay, order.context(), order.expiry)
    }

    fn send(&mut self, from: u8, order: &Order, bundle: &Bundle) -> TransactionOutcome {
        self.stage.chain.send(from, self.relay, 0, order.call(bundle))
    }
}

/// Amounts and addresses of the public notes of a transaction.
fn notes(outcome: &TransactionOutcome) -> Vec<(U256, Vec<u8>)> {
    use alloy_sol_types::SolEvent;
    let logs = outcome.receipt.logs.iter().filter(|log| log.address == POOL);
    let notes = logs.filter_map(|log| IPool::PublicNote::decode_log_data(&log.data).ok());
    notes.map(|note| (note.amount, note.pkr.to_vec())).collect()
}

#[test]
fn wallets_and_the_contract_compute_one_context() {
    let scene = Scene::new();
    let order = scene.order(scene.stage.gold);
    let asked = Relay::unshieldContextCall {
        beneficiary: order.beneficiary,
        asset: id(order.asset),
        amount: U256::from(order.amount),
        relayer: order.relayer,
        fee: U256::from(order.fee),
    };
    assert_eq!(scene.stage.read(scene.relay, asked), order.context());
    let asked = Relay::settleContextCall { payer: BENEFICIARY, amount: U256::from(7) };
    assert_eq!(scene.stage.read(scene.relay, asked), bill_context(BENEFICIARY, 7));
}

/// POOL takes the contract that carries a bundle for the owner of the boxes that the bundle opens, and whoever
/// closed a box can prove its content for ever. So a contract that holds boxes and carries bundles would hand them
/// all back to their makers, without a flow that it could see: the library carries no opening.
#[test]
fn a_box_given_to_a_carrier_is_not_taken_out_again_by_its_maker() {
    let mut scene = Scene::new();
    let gold = scene.stage.gold;
    let mut boxes = Vec::new();
    for (owner, amount) in [(scene.relay, 300), (PUPPET, 7)] {
        let mut plan = scene.stage.spend(gold, amount);
        let name = PackageId::from_nullifier(0, &plan.spends[0].0, 0);
        let rcm = trapdoor::field(&mut scene.stage.rng);
        let content = PackageContent { asset: gold, amount, rcm, data: vec![1; 200] };
        let sealed = content.seal(&name, &[7; 32]).unwrap();
        boxes.push((name, sealed.commitment, amount));
        plan.packages.push(PackagePlan::Create { value: (gold, amount), owner: owner.into_array(), sealed });
        let tx = scene.stage.call(THIEF, &plan, BENEFICIARY, 0, vec![], vec![]);
        assert!(scene.stage.include(&tx).receipt.success);
    }
    let open = |(name, commitment, amount): (PackageId, _, u128)| PackagePlan::Open {
        value: (gold, amount),
        id: name,
        commitment,
    };
    let close = |scene: &mut Scene, plan: &BundlePlan, place: u8| {
        let name = PackageId::from_nullifier(0, &plan.spends[0].0, place);
        let rcm = trapdoor::field(&mut scene.stage.rng);
        let content = PackageContent { asset: gold, amount: 0, rcm, data: vec![2; 10] };
        let sealed = content.seal(&name, &[8; 32]).unwrap();
        PackagePlan::Create { value: (gold, 0), owner: BENEFICIARY.into_array(), sealed }
    };
    let thief = signer(THIEF).address();
    let order = |scene: &Scene, amount| Order { beneficiary: thief, amount, fee: 0, ..scene.order(gold) };
    // Alone, and behind packages that are made.
    for made in [0, 1, 2] {
        let order = order(&scene, 300);
        let mut plan = scene.stage.spend(gold, 0).flow(gold, Direction::Outward, 300);
        for place in 0..made {
            let create = close(&mut scene, &plan, place);
            plan.packages.push(create);
        }
        plan.packages.push(open(boxes[0]));
        let bundle = scene.stage.carried(&plan, scene.relay, order.context(), order.expiry);
        let outcome = scene.send(THIEF, &order, &bundle);
        assert!(!outcome.receipt.success, "{made}");
        is::<Relay::OpensPackage>(&outcome.output);
    }
    let opened = |scene: &Scene, name: PackageId| {
        scene.stage.read(PACKAGES, IPackages::packageInfoCall { id: name.to_bytes().into() }).opened
    };
    assert!(!opened(&scene, boxes[0].0));
    assert_eq!(scene.stage.gold_of(thief), U256::ZERO);
    // A contract that calls POOL itself, and looks at what flowed, loses its box.
    let mut plan = scene.stage.spend(gold, 0);
    plan.packages.push(open(boxes[1]));
    plan.outputs.push((trapdoor::field(&mut scene.stage.rng), gold, 7));
    let expiry = scene.stage.next_block();
    let bundle = scene.stage.carried(&plan, PUPPET, B256::ZERO, expiry);
    let results = scene.stage.script(step(POOL, 0, &transact(&bundle, B256::ZERO, expiry)));
    assert!(IPool::transactCall::abi_decode_returns(&results[0].data).unwrap().is_empty(), "no flow");
    assert!(opened(&scene, boxes[1].0));
    // Packages that a bundle makes are nobody's loss.
    let order = Order { beneficiary: BENEFICIARY, ..order(&scene, 5) };
    let mut plan = scene.stage.spend(gold, 5).flow(gold, Direction::Outward, 5);
    for place in 0..2 {
        let create = close(&mut scene, &plan, place);
        plan.packages.push(create);
    }
    let bundle = scene.stage.carried(&plan, scene.relay, order.context(), order.expiry);
    assert!(scene.send(CARRIER, &order, &bundle).receipt.success);
    assert_eq!(scene.stage.gold_of(BENEFICIARY), U256::from(5));
}

#[test]
fn a_relayer_carries_coins_and_tokens_to_whom_the_owner_named() {
    let mut scene = Scene::new();
    let order = scene.order(coin());
    let bundle = scene.bundle(&order);
    let outcome = scene.send(2, &order, &bundle);
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    assert_eq!(scene.stage.coins_of(BENEFICIARY), U256::from(480));
    assert_eq!(scene.stage.coins_of(signer(CARRIER).address()), U256::from(1_000 * SERO + 20));
    // A token, to somebody whose own earlier call left a refund address: as a note.
    let plan = scene.stage.spend(coin(), 0);
    let plan = BundlePlan { outputs: vec![(trapdoor::field(&mut scene.stage.rng), coin(), 0)], ..plan };
    let tx = scene.stage.call(2, &plan, BENEFICIARY, 0, vec![], vec![]);
    assert!(scene.stage.include(&tx).receipt.success);
    let order = Order { beneficiary: signer(2).address(), ..scene.order(scene.stage.gold) };
    let bundle = scene.bundle(&order);
    let outcome = scene.send(CARRIER, &order, &bundle);
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    assert_eq!(notes(&outcome), [(U256::from(480), refund_of(2).to_bytes().to_vec())]);
    assert_eq!(scene.stage.gold_of(signer(CARRIER).address()), U256::from(20));
    assert_eq!(scene.stage.hidden(0, scene.stage.gold), U256::from(980));
    assert_eq!(scene.stage.gold_of(scene.relay), U256::ZERO);
    assert_eq!(scene.stage.coins_of(scene.relay), U256::ZERO);
}

#[test]
fn who_copies_a_pending_call_pays_gas_for_the_same_payments() {
    let mut scene = Scene::new();
    let order = scene.order(coin());
    let bundle = scene.bundle(&order);
    let thief = signer(THIEF).address();
    let before = scene.stage.coins_of(thief);
    // Anything changed in his favour, and the signatures do not hold.
    let mine = |change: fn(&mut Order, Address)| {
        let mut altered = order.clone();
        change(&mut altered, thief);
        altered
    };
    for altered in [
        mine(|order, thief| order.beneficiary = thief),
        mine(|order, thief| order.relayer = thief),
        mine(|order, _| order.fee = 499),
        mine(|order, _| order.fee = 0),
        mine(|order, _| order.amount = 499),
        mine(|order, _| order.expiry += 1),
    ] {
        let call = altered.call(&bundle);
        scene.stage.fails::<IPool::InvalidBundle>(THIEF, scene.relay, 0, call);
    }
    let as_gold = Order { asset: scene.stage.gold, ..order.clone() }.call(&bundle);
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, scene.relay, 0, as_gold);
    let greedy = Order { fee: 500, ..order.clone() }.call(&bundle);
    scene.stage.fails::<Relay::FeeTooHigh>(THIEF, scene.relay, 0, greedy);
    // Through another contract, of the same code, of a careless one, or past all contracts.
    let twin = scene.stage.chain.create(THIEF, 0, creation_code("Relay", &[]));
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, twin, 0, order.call(&bundle));
    let naive = scene.stage.chain.create(THIEF, 0, creation_code("NaiveBox", &[]));
    let deposit = NaiveBox::depositCall { bundle: bundle.encode().into(), expiry: order.expiry };
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, naive, 0, deposit.abi_encode());
    let directly = transact(&bundle, order.context(), order.expiry);
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, POOL, 0, directly);
    // As another action of the same contract.
    let bill =
        Relay::settleCall { bundle: bundle.encode().into(), expiry: order.expiry, payer: order.beneficiary };
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, scene.relay, 0, bill.abi_encode());
    assert_eq!(scene.stage.hidden(0, coin()), U256::from(1_000_000), "nothing was spent");
    // Copied as it is, it serves beneficiary and relayer, at the thief's expense.
    assert!(scene.send(THIEF, &order, &bundle).receipt.success);
    assert_eq!(scene.stage.coins_of(BENEFICIARY), U256::from(480));
    let carrier = signer(CARRIER).address();
    assert_eq!(scene.stage.coins_of(carrier), U256::from(1_000 * SERO + 20));
    let after = scene.stage.coins_of(thief);
    assert!(after < before && before - after < U256::from(GAS_COST), "gas, and nothing else");
    // The relayer's own transaction comes too late, and so does every replay.
    for from in [CARRIER, THIEF] {
        scene.stage.fails::<IPool::NullifierAlreadySpent>(from, scene.relay, 0, order.call(&bundle));
    }
    assert_eq!(scene.stage.coins_of(BENEFICIARY), U256::from(480));
}

#[test]
fn a_bundle_that_moves_more_than_it_says_stays_alive() {
    let mut scene = Scene::new();
    let order = scene.order(coin());
    let mut plan = scene.stage.spend(coin(), 500).flow(coin(), Direction::Outward, 500);
    plan.spends.push((trapdoor::field(&mut scene.stage.rng), scene.stage.gold, 9));
    let plan = plan.flow(scene.stage.gold, Direction::Outward, 9);
    let bundle = scene.stage.carried(&plan, scene.relay, order.context(), order.expiry);
    let refusal = scene.stage.fails::<Relay::WrongFlows>(CARRIER, scene.relay, 0, order.call(&bundle));
    assert_eq!((refusal.inward, refusal.flows.len()), (false, 2));
    let spent = IPool::isSpentCall { pool: 0, nullifier: nullifier(&bundle) };
    assert!(!scene.stage.read(POOL, spent), "the note's owner has lost nothing");
    assert_eq!(scene.stage.hidden(0, scene.stage.gold), U256::from(1_000));
}

#[test]
fn a_call_that_fails_for_want_of_gas_is_repeated() {
    let mut scene = Scene::new();
    let order = scene.order(coin());
    let bundle = scene.bundle(&order);
    let call = order.call(&bundle);
    let mut failed = 0;
    for gas in (50_000u32..1_000_000).step_by(50_000) {
        let mut script = Vec::new();
        puppet::call(&mut script, puppet::Scheme::Call, false, scene.relay, 0, gas, &call);
        if scene.stage.script(script)[0].success {
            break;
        }
        failed += 1;
        assert_eq!(scene.stage.coins_of(BENEFICIARY), U256::ZERO);
        assert_eq!(scene.stage.hidden(0, coin()), U256::from(1_000_000));
    }
    assert!((3..19).contains(&failed), "{failed}");
    assert_eq!(scene.stage.coins_of(BENEFICIARY), U256::from(480), "all or nothing, and then all");
}

fn nullifier(bundle: &Bundle) -> B256 {
    sero_shielded::field::field_to_bytes(&bundle.spends[0].nullifier).into()
}

// ---- bills ----

fn bill_context(payer: Address, amount: u128) -> B256 {
    let args = alloy_primitives::Bytes::from((amount,).abi_encode());
    keccak256((payer, keccak256("Relay.settle"), args).abi_encode_params())
}

/// A bill of `amount` coins made out to `payer`: a dummy spend, and an output for the merchant.
fn bill(scene: &mut Scene, payer: Address, amount: u128, expiry: u64) -> Bundle {
    let plan = scene.stage.spend(coin(), 0).flow(coin(), Direction::Inward, amount);
    let outputs = vec![(trapdoor::field(&mut scene.stage.rng), coin(), amount)];
    let plan = BundlePlan { outputs, ..plan };
    scene.stage.carried(&plan, scene.relay, bill_context(payer, amount), expiry)
}

fn settle(bundle: &Bundle, expiry: u64, payer: Address) -> Vec<u8> {
    Relay::settleCall { bundle: bundle.encode().into(), expiry, payer }.abi_encode()
}

#[test]
fn a_public_account_pays_a_hidden_merchant() {
    let mut scene = Scene::new();
    let (customer, thief, expiry) =
        (signer(2).address(), signer(THIEF).address(), scene.stage.next_block() + 20);
    let bundle = bill(&mut scene, customer, 700, expiry);
    let (relay, name) = (scene.relay, keccak256(bundle.encode()));
    // Another amount is not what was signed, whether the sender has less or more to give.
    for value in [0, 699, 701] {
        let outcome = scene.stage.chain.send(2, relay, value, settle(&bundle, expiry, customer));
        is::<IPool::WrongValue>(&outcome.output);
    }
    // Nobody else has it paid in his own name.
    scene.stage.fails::<IPool::InvalidBundle>(THIEF, relay, 700, settle(&bundle, expiry, thief));
    scene.stage.fails::<Relay::NobodyNamed>(THIEF, relay, 700, settle(&bundle, expiry, Address::ZERO));
    // A bundle of the thief's own pays the thief, and is not the merchant's bill.
    let own = bill(&mut scene, customer, 700, expiry);
    scene.stage.ok(THIEF, relay, 700, settle(&own, expiry, customer));
    assert_eq!(scene.stage.read(relay, Relay::payerOfCall { bill: name }), Address::ZERO);
    // A copy of the customer's call pays the customer's bill.
    scene.stage.ok(THIEF, relay, 700, settle(&bundle, expiry, customer));
    assert_eq!(scene.stage.read(relay, Relay::payerOfCall { bill: name }), customer);
    assert_eq!(scene.stage.hidden(0, coin()), U256::from(1_001_400));
    // The customer's own comes too late and keeps its coins.
    let before = scene.stage.coins_of(customer);
    scene.stage.fails::<IPool::NullifierAlreadySpent>(2, relay, 700, settle(&bundle, expiry, customer));
    assert!(before - scene.stage.coins_of(customer) < U256::from(GAS_COST));
    assert_eq!(scene.stage.coins_of(relay), U256::ZERO);
}

// ---- what happens to those who do not bind ----

#[test]
fn a_naive_contract_pays_whoever_comes_first() {
    let mut scene = Scene::new();
    let naive = scene.stage.chain.create(0, 0, creation_code("NaiveBox", &[]));
    let expiry = scene.stage.next_block() + 20;
    let plan = scene.stage.spend(scene.stage.gold, 500).flow(scene.stage.gold, Direction::Outward, 500);
    let bundle = scene.stage.carried(&plan, naive, B256::ZERO, expiry);
    let pending = NaiveBox::depositCall { bundle: bundle.encode().into(), expiry }.abi_encode();
    scene.stage.ok(THIEF, naive, 0, pending.clone());
    scene.stage.fails::<IPool::NullifierAlreadySpent>(2, naive, 0, pending);
    let withdraw = NaiveBox::withdrawCall { asset: id(scene.stage.gold) }.abi_encode();
    scene.stage.ok(THIEF, naive, 0, withdraw);
    assert_eq!(scene.stage.gold_of(signer(THIEF).address()), U256::from(500), "stolen");
    assert_eq!(scene.stage.gold_of(signer(2).address()), U256::ZERO, "the owner has nothing");
}

#[test]
fn a_relay_called_from_within_another_contract_is_the_same_relay() {
    let mut scene = Scene::new();
    let order = scene.order(scene.stage.gold);
    let bundle = scene.bundle(&order);
    let call = step(scene.relay, 0, &order.call(&bundle));
    // DELEGATECALL would make the puppet the carrier, for which nothing was signed.
    let mut delegated = Vec::new();
    let scheme = puppet::Scheme::DelegateCall;
    puppet::call(&mut delegated, scheme, false, scene.relay, 0, 2_000_000, &order.call(&bundle));
    is::<IPool::InvalidBundle>(&scene.stage.script(delegated)[0].data);
    assert!(scene.stage.script(call)[0].success);
    assert_eq!(scene.stage.gold_of(BENEFICIARY), U256::from(480));
    assert_eq!(scene.stage.gold_of(PUPPET), U256::ZERO);
}
