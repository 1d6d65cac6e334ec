//! Tickets that stand for assets in a contract: `TicketBox` on the chain itself.

use crate::facades::{Scene, account, word};
use crate::support::{build, coin_id, pkr, shielded};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use sero_execution::TransactionOutcome;
use sero_primitives::POOL;
use sero_primitives::precompile::abi::{IAssets, IErc721Facade, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::shielded_tx::Attached;
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_testkit::{SERO, creation_code, signer};

alloy_sol_types::sol! {
    error NotThisTicket(uint256 number);
    function pack() payable returns (uint256);
    function packPublic((uint256, uint256)[] items) payable returns (uint256);
    function open(uint256 number);
    function openPublic(uint256 number);
}

struct Boxes {
    scene: Scene,
    contract: Address,
    category: AssetId,
}

impl Boxes {
    fn new() -> Self {
        let mut scene = Scene::new();
        let code = creation_code("TicketBox", &("BOX".to_string(),).abi_encode_params());
        let contract = scene.chain.create(0, SERO, code);
        let category = AssetId::category(&contract.0.0, &AssetName::new(b"BOX").unwrap());
        let shield = IPool::shieldCall {
            pkr: pkr().to_bytes().into(),
            asset: coin_id(),
            amount: U256::from(20 * SERO),
            memo: Bytes::new(),
        };
        scene.chain.send(0, POOL, 20 * SERO, shield.abi_encode());
        Self { scene, contract, category }
    }

    fn ticket(&self, number: u64) -> U256 {
        word(AssetId::ticket(&self.category, &U256::from(number).to_be_bytes()))
    }

    /// A shielded call of a fresh account: everything comes out of the pool.
    fn shielded_call(
        &mut self,
        from: u8,
        value: u128,
        input: Vec<u8>,
        assets: &[(U256, u128)],
    ) -> TransactionOutcome {
        let assets: Vec<_> = assets
            .iter()
            .map(|(id, amount)| (AssetId::from_bytes(id.to_be_bytes()).unwrap(), *amount))
            .collect();
        let out = |(asset, amount)| BalanceEntry { asset, direction: Direction::Outward, amount };
        let mut balance: Vec<_> = assets.iter().copied().map(out).collect();
        balance.push(out((AssetId::coin(), value + SERO)));
        balance.sort_by_key(|entry| entry.asset);
        let mut attached: Vec<_> =
            assets.iter().map(|(asset, amount)| Attached { asset: *asset, amount: *amount }).collect();
        attached.sort_by_key(|entry| entry.asset);
        let nonce = self.scene.chain.nonce(&signer(from));
        let to = TxKind::Call(self.contract);
        let tx = shielded(from, nonce, 90, to, value, input.into(), balance, attached, 3_000_000);
        build(&mut self.scene.chain, Address::repeat_byte(0xfe), vec![tx]).remove(0)
    }
}

#[test]
fn a_hidden_holder_packs_passes_on_and_opens() {
    let mut boxes = Boxes::new();
    let (gold, show) = (boxes.scene.gold, boxes.scene.ticket(1));
    boxes.scene.shield(0, gold, 500);
    boxes.scene.shield(1, show, 1);
    let outcome = boxes.shielded_call(2, 3 * SERO, packCall {}.abi_encode(), &[(gold, 200), (show, 1)]);
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    let ticket = boxes.ticket(0);
    assert_eq!(packCall::abi_decode_returns(&outcome.output).unwrap(), ticket);
    assert_eq!(boxes.scene.supply(ticket), (1, 0, 1), "the ticket is a note");
    assert_eq!(boxes.scene.supply(gold), (1_000, 700, 300));
    assert_eq!(boxes.scene.owner(1), boxes.contract);
    // The wrong ticket, an unknown number and no ticket open nothing.
    let other = boxes.scene.ticket(2);
    boxes.scene.shield(1, other, 1);
    for (input, assets) in [
        (openCall { number: U256::ZERO }, vec![(other, 1)]),
        (openCall { number: U256::ONE }, vec![(ticket, 1)]),
        (openCall { number: U256::ZERO }, vec![]),
        (openCall { number: U256::ZERO }, vec![(ticket, 1), (other, 1)]),
    ] {
        let outcome = boxes.shielded_call(3, 0, input.abi_encode(), &assets);
        assert!(!outcome.receipt.success);
        NotThisTicket::abi_decode(&outcome.output).unwrap();
        assert_eq!(boxes.scene.supply(ticket), (1, 0, 1), "it went back");
    }
    // Another account, which the packer need not know, opens.
    let outcome = boxes.shielded_call(3, 0, openCall { number: U256::ZERO }.abi_encode(), &[(ticket, 1)]);
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    assert_eq!(boxes.scene.supply(ticket), (0, 0, 0), "used up");
    assert_eq!(boxes.scene.supply(gold), (1_000, 500, 500), "notes again");
    assert_eq!(boxes.scene.supply(show), (1, 0, 1));
    assert_eq!(boxes.scene.balance(boxes.contract), 0);
}

#[test]
fn a_public_holder_opens_through_either_door_and_boxes_nest() {
    let mut boxes = Boxes::new();
    let (contract, gold, facade) = (boxes.contract, boxes.scene.gold, facade_of(word(boxes.category)));
    let scene = &mut boxes.scene;
    scene.does(0, sero_primitives::ASSETS, IAssets::setOperatorCall { spender: contract, approved: true });
    let pack = |items: &[(U256, u64)]| packPublicCall {
        items: items.iter().map(|(asset, amount)| (*asset, U256::from(*amount))).collect(),
    };
    let outcome = scene.chain.send(0, contract, 7, pack(&[(gold, 30)]).abi_encode());
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    let inner = packPublicCall::abi_decode_returns(&outcome.output).unwrap();
    scene.does(0, contract, pack(&[(inner, 1), (gold, 5)]));
    let holder = |scene: &Scene, number: u64| {
        scene.read(facade, IErc721Facade::ownerOfCall { tokenId: U256::from(number) })
    };
    assert_eq!((holder(scene, 0), holder(scene, 1)), (contract, account(0)));
    let hand_in = |from, number: u64| IErc721Facade::safeTransferFrom_0Call {
        from,
        to: contract,
        tokenId: U256::from(number),
    };
    // Nobody opens what another holds, or what lies in a closed box.
    scene.fails::<IAssets::NotTicketOperator>(2, facade, hand_in(account(0), 1));
    scene.fails::<IAssets::NotTicketOperator>(2, facade, hand_in(contract, 0));
    scene.fails::<IAssets::InsufficientAllowance>(2, contract, openPublicCall { number: U256::ZERO });
    scene.does(
        0,
        facade,
        IErc721Facade::transferFromCall { from: account(0), to: account(2), tokenId: U256::ONE },
    );
    scene.does(2, facade, hand_in(account(2), 1));
    assert_eq!(holder(scene, 0), account(2));
    let approve = IAssets::approveCall { spender: contract, id: inner, amount: U256::ONE };
    scene.does(2, sero_primitives::ASSETS, approve);
    scene.does(2, contract, openPublicCall { number: U256::ZERO });
    assert_eq!(scene.balance(account(2)), 35);
    assert_eq!(scene.supply(gold), (1_000, 1_000, 0));
    scene.does(
        2,
        sero_primitives::ASSETS,
        IAssets::approveCall { spender: contract, id: inner, amount: U256::ONE },
    );
    scene.fails::<IAssets::InsufficientBalance>(2, contract, openPublicCall { number: U256::ZERO });
}
