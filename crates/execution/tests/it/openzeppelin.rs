//! OpenZeppelin's contracts, unmodified, with facades as their token.

use crate::facades::{Scene, account, transfer, word};
use crate::scripts::{End, script};
use crate::support::{build, coin_id, shielded};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue};
use sero_execution::TransactionOutcome;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_testkit::{SERO, creation_code};

alloy_sol_types::sol! {
    interface IVault {
        function deposit(uint256 assets, address receiver) returns (uint256);
        function mint(uint256 shares, address receiver) returns (uint256);
        function redeem(uint256 shares, address receiver, address owner) returns (uint256);
        function withdraw(uint256 assets, address receiver, address owner) returns (uint256);
        function balanceOf(address owner) returns (uint256);
        function totalAssets() returns (uint256);
        function decimals() returns (uint8);
    }
    interface IVesting {
        function release(address token);
        function releasable(address token) returns (uint256);
    }
    interface IEscrow {
        error NoSuchOffer(uint256 number);
        function offer(address collection, uint256 tokenId, address currency, uint256 price) returns (uint256);
        function buy(uint256 number);
        function withdraw(uint256 number);
    }
    function ticketURI(uint256 category, uint256 number) returns (string);
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn allow(spender: Address, value: u64) -> IErc20Facade::approveCall {
    IErc20Facade::approveCall { spender, value: n(value) }
}

fn vault(scene: &mut Scene) -> Address {
    let token = scene.token();
    scene.chain.create(0, 0, creation_code("Vault", &(token,).abi_encode_params()))
}

#[test]
fn an_erc4626_vault_takes_and_gives_back() {
    let mut scene = Scene::new();
    let (token, vault) = (scene.token(), vault(&mut scene));
    assert_eq!(scene.read(vault, IVault::decimalsCall {}), 6, "the facade's");
    let deposit = |assets| IVault::depositCall { assets: n(assets), receiver: account(2) };
    scene.fails::<IAssets::InsufficientAllowance>(0, vault, deposit(100));
    scene.does(0, token, allow(vault, 150));
    scene.does(0, vault, deposit(100));
    // Somebody's gift raises the price of a share.
    scene.does(0, token, transfer(vault, 100));
    assert_eq!(scene.read(vault, IVault::totalAssetsCall {}), n(200));
    scene.does(0, vault, IVault::mintCall { shares: n(25), receiver: account(2) });
    assert_eq!(scene.read(vault, IVault::balanceOfCall { owner: account(2) }), n(125));
    let (receiver, owner) = (account(3), account(2));
    scene.does(2, vault, IVault::redeemCall { shares: n(50), receiver, owner });
    scene.does(2, vault, IVault::withdrawCall { assets: n(30), receiver, owner });
    let (in_vault, out) = (scene.balance(vault), scene.balance(account(3)));
    assert_eq!((in_vault + out, scene.balance(account(0))), (250, 750));
    assert!(out >= 128, "{out}");
    assert_eq!(scene.read(ASSETS, IAssets::balanceOfCall { owner: vault, id: scene.gold }), n(in_vault));
}

#[test]
fn a_vesting_wallet_releases_by_safe_erc20() {
    let mut scene = Scene::new();
    let (token, start, duration) = (scene.token(), scene.chain.head.timestamp, 1_000_u64);
    let arguments = (account(2), start, duration).abi_encode_params();
    let wallet = scene.chain.create(0, 0, creation_code("Vesting", &arguments));
    scene.does(0, token, transfer(wallet, 1_000));
    scene.does(1, wallet, IVesting::releaseCall { token });
    let vested = scene.chain.head.timestamp - start;
    assert_eq!(scene.balance(account(2)), vested);
    assert_eq!(scene.read(wallet, IVesting::releasableCall { token }), U256::ONE, "one second later");
}

#[test]
fn an_escrow_of_erc721_for_erc20_by_safe_erc20_and_erc721_holder() {
    let mut scene = Scene::new();
    let (token, tickets) = (scene.token(), scene.tickets());
    let escrow = scene.chain.create(0, 0, creation_code("Escrow", &[]));
    let offer =
        |number| IEscrow::offerCall { collection: tickets, tokenId: number, currency: token, price: n(70) };
    scene.fails::<IAssets::NotTicketOperator>(1, escrow, offer(n(1)));
    scene.does(1, tickets, IErc721Facade::approveCall { to: escrow, tokenId: n(1) });
    scene.does(1, escrow, offer(n(1)));
    assert_eq!(scene.owner(1), escrow);
    scene.does(1, tickets, IErc721Facade::setApprovalForAllCall { operator: escrow, approved: true });
    scene.does(1, escrow, offer(n(2)));
    scene.fails::<IEscrow::NoSuchOffer>(0, escrow, IEscrow::withdrawCall { number: n(1) });
    scene.does(1, escrow, IEscrow::withdrawCall { number: n(1) });
    assert_eq!(scene.owner(2), account(1));
    scene.fails::<IAssets::InsufficientAllowance>(0, escrow, IEscrow::buyCall { number: n(0) });
    scene.does(0, token, allow(escrow, 70));
    scene.does(0, escrow, IEscrow::buyCall { number: n(0) });
    assert_eq!((scene.owner(1), scene.balance(account(1))), (account(0), 70));
    scene.fails::<IEscrow::NoSuchOffer>(0, escrow, IEscrow::buyCall { number: n(0) });
    // What is hidden cannot be offered, and nobody is asked.
    let hidden = scene.ticket(3);
    scene.shield(1, hidden, 1);
    scene.fails::<IAssets::NotTicketOperator>(1, escrow, offer(n(3)));
}

/// A shielded call of account 3 that brings `amount` of GOLD out of the pool.
fn with_gold(scene: &mut Scene, to: Address, input: Vec<u8>, amount: u128) -> TransactionOutcome {
    let gold = AssetId::from_bytes(scene.gold.to_be_bytes()).unwrap();
    let mut balance = vec![BalanceEntry { asset: gold, direction: Direction::Outward, amount }];
    balance.push(BalanceEntry { asset: AssetId::coin(), direction: Direction::Outward, amount: SERO });
    balance.sort_by_key(|entry| entry.asset);
    let nonce = scene.chain.nonce(&sero_testkit::signer(3));
    let tx = shielded(3, nonce, 90, TxKind::Call(to), 0, input.into(), balance, vec![], 1_500_000);
    build(&mut scene.chain, Address::repeat_byte(0xfe), vec![tx]).remove(0)
}

#[test]
fn one_shielded_call_pays_by_erc20_and_hides_the_rest() {
    let mut scene = Scene::new();
    let (token, gold) = (scene.token(), scene.gold);
    scene.shield(0, gold, 400);
    scene.chain.send(0, POOL, 5 * SERO, coin_shield());
    let outcome = with_gold(&mut scene, token, transfer(account(2), 60).abi_encode(), 100);
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    assert_eq!((scene.balance(account(2)), scene.balance(account(3))), (60, 0));
    assert_eq!(scene.supply(gold), (1_000, 660, 340), "40 went back as a note");
    let moves: Vec<_> = outcome.receipt.logs.iter().filter(|log| log.address == token).collect();
    let moves: Vec<_> =
        moves.iter().map(|log| IErc20Facade::Transfer::decode_log_data(&log.data).unwrap()).collect();
    let from = account(3);
    let seen: Vec<_> = moves.iter().map(|e| (e.from, e.to, e.value.to::<u64>())).collect();
    assert_eq!(seen, [(POOL, from, 100), (from, account(2), 60), (from, POOL, 40)]);
    // Into OpenZeppelin's vault, from the pool, by an account that never held anything in public.
    let vault = vault(&mut scene);
    assert!(with_gold(&mut scene, token, allow(vault, 1_000).abi_encode(), 1).receipt.success);
    let deposit = IVault::depositCall { assets: n(200), receiver: account(2) };
    assert!(with_gold(&mut scene, vault, deposit.abi_encode(), 200).receipt.success);
    assert_eq!((scene.balance(vault), scene.supply(gold).2), (200, 140));
    // A call that reverts gives all of it back to the pool.
    let too_much = IVault::depositCall { assets: n(101), receiver: account(2) };
    let outcome = with_gold(&mut scene, vault, too_much.abi_encode(), 100);
    assert!(!outcome.receipt.success);
    IAssets::InsufficientBalance::abi_decode(&outcome.output).unwrap();
    assert_eq!((scene.balance(account(3)), scene.supply(gold).2), (0, 140));
}

fn coin_shield() -> Vec<u8> {
    let pkr = crate::support::pkr().to_bytes().into();
    let amount = U256::from(5 * SERO);
    IPool::shieldCall { pkr, asset: coin_id(), amount, memo: Bytes::new() }.abi_encode()
}

#[test]
fn the_issuer_may_answer_for_a_tickets_uri() {
    let mut scene = Scene::new();
    scene.chain.parameters.privacy.as_mut().unwrap().registration_fee = 0;
    let number = n(9);
    let long = "x".repeat(100);
    for (name, answer, expected) in [
        ("SHORT", ticketURICall::abi_encode_returns(&"ipfs://poster".to_string()), Some("ipfs://poster")),
        ("LONG", ticketURICall::abi_encode_returns(&long), Some(long.as_str())),
        ("RUBBISH", vec![], None),
    ] {
        // Its constructor registers and issues; as a contract it gives `answer` to everybody.
        let issuer = account(1).create(scene.chain.nonce(&sero_testkit::signer(1)));
        let name = AssetName::new(name.as_bytes()).unwrap();
        let category = word(AssetId::category(&issuer.0.0, &name));
        let name = name.as_str().to_string();
        let calls = [
            (ASSETS, IAssets::registerCategoryCall { name }.abi_encode()),
            (ASSETS, IAssets::issueTicketCall { category, number, to: issuer }.abi_encode()),
        ];
        let created = scene.chain.create(1, 0, constructor(&calls, &answering(&answer)));
        assert_eq!(created, issuer);
        let (success, output) =
            scene.call(facade_of(category), IErc721Facade::tokenURICall { tokenId: number }.abi_encode());
        match expected {
            Some(uri) => assert_eq!(IErc721Facade::tokenURICall::abi_decode_returns(&output).unwrap(), uri),
            None => assert!(!success, "rubbish spoils the issuer's own tickets only"),
        }
    }
}

/// Code that answers every call with these bytes.
fn answering(answer: &[u8]) -> Vec<u8> {
    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
    let mut code = vec![0x61];
    code.extend(length);
    code.extend([0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3]);
    code.extend(answer);
    code
}

/// Creation code that makes these calls and leaves `code`.
fn constructor(calls: &[(Address, Vec<u8>)], code: &[u8]) -> Bytes {
    let mut creation = script(calls, End::Return([0; 4]));
    // Instead of the last four bytes that end the script: copy and return `code`.
    let data = calls.iter().map(|(_, input)| input.len()).sum::<usize>();
    let end = creation.len() - data - 14;
    let at = u16::try_from(creation.len()).unwrap().to_be_bytes();
    let length = u16::try_from(code.len()).unwrap().to_be_bytes();
    let tail = [&[0x61][..], &length, &[0x80, 0x61], &at, &[0x5f, 0x39, 0x5f, 0xf3, 0, 0, 0]].concat();
    creation[end..end + 14].copy_from_slice(&tail[..14]);
    creation.extend(code);
    creation.into()
}
