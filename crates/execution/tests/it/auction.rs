//! `SealedBidAuction` on the chain itself: bids are packages, and their keys come at the end.

use crate::stage::{PUPPET, Stage, coin, id, is, refund_of, stage_genesis, step};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use sero_execution::TransactionOutcome;
use sero_precompiles::layout;
use sero_primitives::genesis::GenesisAccount;
use sero_primitives::precompile::abi::{IAssets, IPackages, IPool};
use sero_primitives::shielded_tx::Attached;
use sero_primitives::{ASSETS, PACKAGES, POOL};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::field::Field;
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan};
use sero_testkit::{SERO, creation_code, puppet, signer};

mod abi {
    alloy_sol_types::sol!(Auction, "../../contracts/artifacts/SealedBidAuction.json");
}

use abi::Auction;

const BOND: u128 = 1_000;
const RESERVE: u128 = 100;
/// Seconds, and blocks, of either phase.
const PHASE: u64 = 30;
const SELLER: u8 = 0;
/// A puppet that refuses every plain payment.
const REFUSER: Address = Address::repeat_byte(0xc1);

fn refuser() -> Bytes {
    let mut code = vec![0x36, 0x15, 0x60, 0, 0x57, 0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x73];
    code.extend(PUPPET);
    code.extend([0x5a, 0xf4, 0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xf3]);
    code[3] = u8::try_from(code.len()).unwrap();
    code.extend([0x5b, 0x5f, 0x5f, 0xfd]);
    code.into()
}

/// A box that was made, with its key.
#[derive(Clone, Copy)]
struct Closed {
    id: PackageId,
    k: B256,
    commitment: Field,
}

impl Closed {
    fn word(&self) -> B256 {
        self.id.to_bytes().into()
    }
}

struct Scene {
    stage: Stage,
    auction: Address,
    lot: AssetId,
    gold: AssetId,
    currency: AssetId,
}

impl Scene {
    /// An auction of ticket 7 of SHOW for GOLD, started.
    fn new() -> Self {
        let mut scene = Self::unstarted(None);
        scene.start();
        scene
    }

    /// Before `start`; for coins or, by default, for GOLD.
    fn unstarted(currency: Option<AssetId>) -> Self {
        let mut genesis = stage_genesis();
        genesis.alloc.insert(REFUSER, GenesisAccount { code: refuser(), ..Default::default() });
        let mut stage = Stage::of(genesis);
        let seller = signer(SELLER).address();
        let show = AssetId::category(&seller.0.0, &AssetName::new(b"SHOW").unwrap());
        let number = U256::from(7);
        let lot = AssetId::ticket(&show, &number.to_be_bytes());
        let register = IAssets::registerCategoryCall { name: "SHOW".into() };
        stage.ok(SELLER, ASSETS, SERO, register.abi_encode());
        let issue = IAssets::issueTicketCall { category: id(show), number, to: seller };
        stage.ok(SELLER, ASSETS, 0, issue.abi_encode());
        let gold = stage.gold;
        let currency = currency.unwrap_or(gold);
        let terms = (id(lot), 1u128, id(currency), RESERVE, BOND, PHASE, PHASE);
        let auction =
            stage.chain.create(SELLER, 0, creation_code("SealedBidAuction", &terms.abi_encode_params()));
        Self { stage, auction, lot, gold, currency }
    }

    fn start(&mut self) {
        let outcome = self.try_start(SELLER, vec![Attached { asset: self.lot, amount: 1 }]);
        assert!(outcome.receipt.success, "{:?}", outcome.output);
    }

    fn try_start(&mut self, from: u8, attached: Vec<Attached>) -> TransactionOutcome {
        let cm = trapdoor::field(&mut self.stage.rng);
        let plan = BundlePlan { outputs: vec![(cm, coin(), 0)], ..BundlePlan::empty() };
        let call = Auction::startCall {}.abi_encode();
        let tx = self.stage.call(from, &plan, self.auction, 0, call, attached);
        self.stage.include(&tx)
    }

    /// A plan that closes a box of `owner`, which says to hold this, and the box.
    /// `named` is the id inside its commitment, if not its own.
    fn plan(
        &mut self,
        owner: Address,
        held: (AssetId, u128),
        named: Option<PackageId>,
    ) -> (BundlePlan, Closed) {
        let mut plan = self.stage.spend(held.0, held.1);
        let id = PackageId::from_nullifier(0, &plan.spends[0].0, 0);
        let k = B256::from(self.stage.rng.bytes32());
        let rcm = trapdoor::field(&mut self.stage.rng);
        let content = PackageContent { asset: held.0, amount: held.1, rcm, data: b"bid".to_vec() };
        let mut sealed = content.seal(&id, &k.0).unwrap();
        if let Some(named) = named {
            sealed.commitment = content.commitment(&named).unwrap();
        }
        let commitment = sealed.commitment;
        plan.packages.push(PackagePlan::Create { value: held, owner: owner.into_array(), sealed });
        (plan, Closed { id, k, commitment })
    }

    /// Account `from` makes a box and registers it in one shielded call.
    fn register(&mut self, from: u8, held: (AssetId, u128)) -> Closed {
        self.register_named(from, held, None)
    }

    fn register_named(&mut self, from: u8, held: (AssetId, u128), named: Option<PackageId>) -> Closed {
        let (plan, closed) = self.plan(signer(from).address(), held, named);
        let call = register(&closed);
        let tx = self.stage.call(from, &plan, self.auction, BOND, call, vec![]);
        let outcome = self.stage.include(&tx);
        assert!(outcome.receipt.success, "{:?}", outcome.output);
        closed
    }

    /// The same, and hands it over.
    fn bid(&mut self, from: u8, held: (AssetId, u128)) -> Closed {
        let closed = self.register(from, held);
        self.hand_over(from, &closed);
        closed
    }

    fn hand_over(&mut self, from: u8, closed: &Closed) {
        let transfer = IPackages::transferCall { id: closed.word(), to: self.auction };
        self.stage.ok(from, PACKAGES, 0, transfer.abi_encode());
    }

    /// Empty blocks until the next one is in the phase that ends `phases` times `PHASE` after the start.
    fn wait(&mut self, phases: u64) {
        let ends = self.stage.read(self.auction, Auction::biddingEndsCall {}).to::<u64>();
        while self.stage.chain.head.timestamp + 1 < ends + (phases - 1) * PHASE {
            self.stage.chain.block(vec![]);
        }
    }

    fn reveal(&mut self, from: u8, closed: &Closed) -> TransactionOutcome {
        self.stage.ok(from, self.auction, 0, reveal(closed))
    }

    fn info(&self, closed: &Closed) -> IPackages::Package {
        self.stage.read(PACKAGES, IPackages::packageInfoCall { id: closed.word() })
    }

    fn highest(&self) -> (B256, U256) {
        let highest = self.stage.read(self.auction, Auction::highestIdCall {});
        (highest, self.stage.read(self.auction, Auction::highestAmountCall {}))
    }

    fn held(&self, asset: AssetId) -> U256 {
        let held = layout::BALANCE.at(&[layout::key(self.auction), id(asset)]);
        self.stage.slot(ASSETS, held)
    }

    /// Nothing is left in the auction, and every asset that it touched adds up.
    fn assert_empty(&self) {
        assert_eq!(self.held(self.gold), U256::ZERO, "gold");
        assert_eq!(self.held(self.lot), U256::ZERO, "lot");
        assert_eq!(self.stage.coins_of(self.auction), U256::ZERO, "coins");
        for asset in [self.gold, self.lot] {
            let supply = self.stage.read(ASSETS, IAssets::supplyCall { asset: id(asset) });
            assert_eq!(supply.issued, supply.publicSupply + supply.hidden);
        }
    }
}

fn register(closed: &Closed) -> Vec<u8> {
    Auction::registerCall { id: closed.word() }.abi_encode()
}

fn reveal(closed: &Closed) -> Vec<u8> {
    Auction::revealCall { id: closed.word(), k: closed.k }.abi_encode()
}

fn reclaim(closed: &Closed) -> Vec<u8> {
    Auction::reclaimCall { id: closed.word() }.abi_encode()
}

fn settle() -> Vec<u8> {
    Auction::settleCall {}.abi_encode()
}

/// The notes that a transaction made: asset, amount, and whose.
fn notes(outcome: &TransactionOutcome) -> Vec<(U256, u128, u8)> {
    let logs = outcome.receipt.logs.iter().filter(|log| log.address == POOL);
    let notes = logs.filter_map(|log| IPool::PublicNote::decode_log_data(&log.data).ok());
    let owner = |pkr: &Bytes| (0..4).find(|i| refund_of(*i).to_bytes().as_slice() == &pkr[..]).unwrap();
    notes.map(|note| (note.asset, note.amount.to(), owner(&note.pkr))).collect()
}

#[test]
fn three_bidders_of_whom_one_is_silent_and_one_sends_nonsense() {
    let mut scene = Scene::new();
    let gold = scene.gold;
    let first = scene.bid(1, (gold, 150));
    let second = scene.bid(2, (gold, 240));
    let silent = scene.bid(3, (gold, 300));
    let other = PackageId::from_call(&[1; 20], 1, 1);
    let nonsense = scene.register_named(3, (gold, 90), Some(other));
    scene.hand_over(3, &nonsense);
    assert_eq!(scene.stage.hidden(0, gold), U256::from(1_000), "nobody sees what was bid");
    scene.stage.fails::<Auction::WrongPhase>(1, scene.auction, 0, reveal(&first));
    scene.wait(1);
    // Account 0 reveals for everybody: the sender plays no part.
    let outcome = scene.reveal(0, &first);
    assert_eq!(notes(&outcome), [(id(coin()), BOND, 1)], "the bond");
    assert_eq!(scene.highest(), (first.word(), U256::from(150)));
    let outcome = scene.reveal(0, &second);
    assert_eq!(
        notes(&outcome),
        [(id(gold), 150, 1), (id(coin()), BOND, 2)],
        "the outbid has it back at once"
    );
    scene.stage.fails::<IPackages::InvalidContent>(3, scene.auction, 0, reveal(&nonsense));
    scene.stage.fails::<Auction::NoSuchBid>(0, scene.auction, 0, reveal(&second));
    scene.stage.fails::<Auction::WrongPhase>(0, scene.auction, 0, settle());
    scene.stage.fails::<Auction::WrongPhase>(3, scene.auction, 0, reclaim(&silent));
    scene.wait(2);
    scene.stage.fails::<Auction::WrongPhase>(3, scene.auction, 0, reveal(&silent));
    let outcome = scene.stage.ok(1, scene.auction, 0, settle());
    assert_eq!(notes(&outcome), [(id(scene.lot), 1, 2), (id(gold), 240, SELLER)]);
    scene.stage.fails::<Auction::AlreadySettled>(1, scene.auction, 0, settle());
    // What was never opened goes back closed, whoever asks; its bond is the seller's.
    for closed in [&silent, &nonsense] {
        let outcome = scene.stage.ok(1, scene.auction, 0, reclaim(closed));
        assert_eq!(notes(&outcome), [(id(coin()), BOND, SELLER)]);
        let info = scene.info(closed);
        assert_eq!((info.owner, info.opened), (signer(3).address(), false));
        scene.stage.fails::<Auction::NoSuchBid>(1, scene.auction, 0, reclaim(closed));
    }
    scene.assert_empty();
    assert_eq!(scene.stage.hidden(0, gold), U256::from(1_000), "all of it, in notes and two closed boxes");
    // Its bidder opens it in private, and nobody ever learns of 300.
    let mut plan = scene.stage.spend(gold, 0);
    let (id, commitment) = (silent.id, silent.commitment);
    plan.packages.push(PackagePlan::Open { value: (gold, 300), id, commitment });
    plan.outputs.push((trapdoor::field(&mut scene.stage.rng), gold, 300));
    let tx = scene.stage.call(3, &plan, signer(1).address(), 0, vec![], vec![]);
    assert!(scene.stage.include(&tx).receipt.success);
    assert!(scene.info(&silent).opened);
}

#[test]
fn bids_in_coins() {
    let mut scene = Scene::unstarted(Some(coin()));
    scene.start();
    let low = scene.bid(1, (coin(), 200));
    let high = scene.bid(2, (coin(), 201));
    let gold = scene.bid(3, (scene.gold, 900));
    scene.wait(1);
    let results = [&high, &low, &gold].map(|closed| notes(&scene.reveal(0, closed)));
    assert_eq!(results[0], [(id(coin()), BOND, 2)]);
    assert_eq!(results[1], [(id(coin()), 200, 1), (id(coin()), BOND, 1)]);
    assert_eq!(results[2], [(id(scene.gold), 900, 3), (id(coin()), BOND, 3)], "in another asset: no bid");
    scene.wait(2);
    let outcome = scene.stage.ok(3, scene.auction, 0, settle());
    assert_eq!(notes(&outcome), [(id(scene.lot), 1, 2), (id(coin()), 201, SELLER)]);
    scene.assert_empty();
}

#[test]
fn what_is_no_bid_goes_back_and_without_bids_the_lot_too() {
    let mut scene = Scene::new();
    let gold = scene.gold;
    let held = [(gold, RESERVE - 1), (coin(), 500), (gold, 0), (coin(), 0)];
    let boxes = held.map(|held| scene.bid(1, held));
    scene.wait(1);
    for (closed, (asset, amount)) in boxes.iter().zip(held) {
        let outcome = scene.reveal(2, closed);
        let mut expected = vec![(id(asset), amount, 1), (id(coin()), BOND, 1)];
        expected.retain(|note| note.1 != 0);
        assert_eq!(notes(&outcome), expected);
        let log =
            outcome.receipt.logs.iter().find_map(|log| Auction::Revealed::decode_log_data(&log.data).ok());
        assert!(!log.unwrap().isBid);
    }
    assert_eq!(scene.highest(), (B256::ZERO, U256::ZERO));
    scene.wait(2);
    let outcome = scene.stage.ok(2, scene.auction, 0, settle());
    assert_eq!(notes(&outcome), [(id(scene.lot), 1, SELLER)]);
    scene.assert_empty();
}

#[test]
fn only_its_owner_bids_with_a_box_and_once() {
    let mut scene = Scene::unstarted(None);
    let gold = scene.gold;
    let (owner, auction) = (signer(1).address(), scene.auction);
    let (plan, closed) = scene.plan(owner, (gold, 200), None);
    // Made beforehand, and not registered: somebody saw its id.
    let tx = scene.stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    assert!(scene.stage.include(&tx).receipt.success);
    scene.stage.fails::<Auction::WrongPhase>(1, auction, BOND, register(&closed));
    scene.stage.fails::<Auction::WrongPhase>(1, auction, 0, reveal(&closed));
    scene.stage.fails::<Auction::WrongPhase>(1, auction, 0, settle());
    scene.stage.fails::<Auction::WrongPhase>(1, auction, 0, reclaim(&closed));
    // Only the seller starts, once, with the lot and nothing else.
    is::<Auction::WrongAttachment>(&scene.try_start(SELLER, vec![]).output);
    let wrong = vec![Attached { asset: gold, amount: 1 }];
    is::<Auction::WrongAttachment>(&scene.try_start(SELLER, wrong).output);
    is::<Auction::NotSeller>(&scene.try_start(2, vec![]).output);
    scene.start();
    is::<Auction::WrongPhase>(&scene.try_start(SELLER, vec![]).output);
    let refusal = scene.stage.fails::<Auction::NotPackageOwner>(2, auction, BOND, register(&closed));
    assert_eq!((refusal.caller, refusal.owner), (signer(2).address(), owner));
    for value in [0, BOND - 1, BOND + 1] {
        scene.stage.fails::<Auction::WrongBond>(1, auction, value, register(&closed));
    }
    let unknown = Closed { id: PackageId::from_call(&[1; 20], 1, 1), ..closed };
    scene.stage.fails::<IPackages::UnknownPackage>(2, auction, BOND, register(&unknown));
    scene.stage.ok(1, auction, BOND, register(&closed));
    scene.stage.fails::<Auction::AlreadyRegistered>(1, auction, BOND, register(&closed));
    scene.hand_over(1, &closed);
    scene.stage.fails::<Auction::AlreadyRegistered>(2, auction, BOND, register(&closed));
    // Opened before it is registered, or instead of handing it over.
    let (plan, opened) = scene.plan(owner, (gold, 300), None);
    let tx = scene.stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    assert!(scene.stage.include(&tx).receipt.success);
    let spoiled = scene.register(2, (gold, 250));
    for (from, closed) in [(1, &opened), (2, &spoiled)] {
        let open = IPackages::openCall { id: closed.word(), k: closed.k };
        scene.stage.ok(from, PACKAGES, 0, open.abi_encode());
    }
    scene.stage.fails::<Auction::PackageOpened>(1, auction, BOND, register(&opened));
    scene.wait(1);
    let (_, late) = scene.plan(owner, (gold, 200), None);
    scene.stage.fails::<Auction::WrongPhase>(1, auction, BOND, register(&late));
    scene.stage.fails::<IPackages::NotPackageOwner>(1, auction, 0, reveal(&spoiled));
    scene.stage.fails::<Auction::NoSuchBid>(1, auction, 0, reveal(&opened));
    scene.reveal(3, &closed);
    scene.wait(2);
    // The bond of a box that never came is the seller's, and nothing is handed back.
    let outcome = scene.stage.ok(3, auction, 0, reclaim(&spoiled));
    assert_eq!(notes(&outcome), [(id(coin()), BOND, SELLER)]);
    let outcome = scene.stage.ok(3, auction, 0, settle());
    assert_eq!(notes(&outcome), [(id(scene.lot), 1, 1), (id(gold), 200, SELLER)]);
    scene.assert_empty();
}

#[test]
fn nobody_spoils_anothers_reveal() {
    let mut scene = Scene::new();
    let closed = scene.bid(1, (scene.gold, 200));
    scene.wait(1);
    // With a wrong key.
    let wrong = Closed { k: B256::repeat_byte(9), ..closed };
    scene.stage.fails::<IPackages::WrongKey>(2, scene.auction, 0, reveal(&wrong));
    // With the right key, copied from the pending call, and too little gas.
    let mut failed = 0;
    for gas in (10_000u32..800_000).step_by(20_000) {
        let mut script = Vec::new();
        puppet::call(&mut script, puppet::Scheme::Call, false, scene.auction, 0, gas, &reveal(&closed));
        if scene.stage.script(script)[0].success {
            break;
        }
        failed += 1;
        assert_eq!(scene.highest(), (B256::ZERO, U256::ZERO));
        assert!(!scene.info(&closed).opened, "{gas}");
    }
    assert!((3..39).contains(&failed), "{failed}");
    assert_eq!(scene.highest(), (closed.word(), U256::from(200)), "enough gas, and it counts");
}

#[test]
fn among_equals_the_first_registered_wins_in_whatever_order_they_are_revealed() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut scene = Scene::new();
        let boxes = [1, 2, 3].map(|from| scene.bid(from, (scene.currency, 200)));
        scene.wait(1);
        for i in order {
            scene.reveal(0, &boxes[i]);
        }
        assert_eq!(scene.highest().0, boxes[0].word(), "{order:?}");
        scene.wait(2);
        let outcome = scene.stage.ok(0, scene.auction, 0, settle());
        assert_eq!(notes(&outcome)[0], (id(scene.lot), 1, 1));
        scene.assert_empty();
    }
}

#[test]
fn a_bidder_that_refuses_money_blocks_nobody() {
    let mut scene = Scene::unstarted(Some(coin()));
    scene.start();
    let refused = scene.stage.chain.send(1, REFUSER, 1, vec![]);
    assert!(!refused.receipt.success, "it takes no payment");
    // Its box is made by somebody else's bundle; registering and handing over it does by itself.
    let (plan, closed) = scene.plan(REFUSER, (coin(), 200), None);
    let tx = scene.stage.call(1, &plan, signer(2).address(), 0, vec![], vec![]);
    assert!(scene.stage.include(&tx).receipt.success);
    let mut script = step(scene.auction, BOND, &register(&closed));
    let transfer = IPackages::transferCall { id: closed.word(), to: scene.auction };
    script.extend(step(PACKAGES, 0, &transfer.abi_encode()));
    let outcome = scene.stage.ok(1, REFUSER, BOND, script);
    assert!(puppet::results(&outcome.output).unwrap().iter().all(|result| result.success));
    let high = scene.bid(2, (coin(), 300));
    scene.wait(1);
    scene.reveal(0, &closed);
    scene.reveal(0, &high);
    assert_eq!(scene.stage.coins_of(REFUSER), U256::from(200 + BOND), "credited, whatever its code says");
    scene.wait(2);
    scene.stage.ok(0, scene.auction, 0, settle());
    scene.assert_empty();
}

#[test]
fn who_reveals_only_the_lower_of_two_pays_for_the_choice() {
    let mut scene = Scene::new();
    let gold = scene.gold;
    let (low, high) = (scene.bid(1, (gold, 150)), scene.bid(1, (gold, 400)));
    let rival = scene.bid(2, (gold, 120));
    scene.wait(1);
    scene.reveal(2, &rival);
    scene.reveal(1, &low);
    scene.wait(2);
    let outcome = scene.stage.ok(2, scene.auction, 0, reclaim(&high));
    assert_eq!(notes(&outcome), [(id(coin()), BOND, SELLER)], "the bond of the bid he kept back");
    let outcome = scene.stage.ok(2, scene.auction, 0, settle());
    assert_eq!(notes(&outcome), [(id(scene.lot), 1, 1), (id(gold), 150, SELLER)]);
    scene.assert_empty();
}

#[test]
fn a_box_that_comes_late_counts_if_it_was_registered_in_time() {
    let mut scene = Scene::new();
    let closed = scene.register(1, (scene.gold, 200));
    scene.wait(1);
    scene.stage.fails::<IPackages::NotPackageOwner>(1, scene.auction, 0, reveal(&closed));
    scene.hand_over(1, &closed);
    // Not even its maker gets it out before the end.
    let open = IPackages::openCall { id: closed.word(), k: closed.k };
    scene.stage.fails::<IPackages::NotPackageOwner>(1, PACKAGES, 0, open.abi_encode());
    let back = IPackages::transferCall { id: closed.word(), to: signer(1).address() };
    scene.stage.fails::<IPackages::NotPackageOwner>(1, PACKAGES, 0, back.abi_encode());
    scene.reveal(1, &closed);
    assert_eq!(scene.highest(), (closed.word(), U256::from(200)));
}

#[test]
fn terms_that_cannot_work_are_refused() {
    let scene = Scene::unstarted(None);
    let (lot, gold) = (id(scene.lot), id(scene.gold));
    let mut scene = scene;
    type Terms = (U256, u128, U256, u128, u128, u64, u64);
    let mut refused = |terms: Terms| {
        let from = signer(SELLER);
        let code = creation_code("SealedBidAuction", &terms.abi_encode_params());
        let nonce = scene.stage.chain.nonce(&from);
        let create = alloy_primitives::TxKind::Create;
        let tx = sero_testkit::ethereum_tx(&from, nonce, create, U256::ZERO, code);
        let outcome = scene.stage.chain.block(vec![tx]).remove(0);
        assert!(!outcome.receipt.success);
        outcome.output
    };
    is::<Auction::InvalidCurrency>(&refused((lot, 1, lot, RESERVE, BOND, PHASE, PHASE)));
    is::<Auction::InvalidCurrency>(&refused((lot, 1, U256::from(12_345), RESERVE, BOND, PHASE, PHASE)));
    is::<Auction::InvalidTerms>(&refused((lot, 1, gold, 0, BOND, PHASE, PHASE)));
    is::<Auction::InvalidTerms>(&refused((lot, 1, gold, RESERVE, BOND, 0, PHASE)));
    is::<Auction::InvalidTerms>(&refused((lot, 1, gold, RESERVE, BOND, PHASE, 0)));
}
