//! Registration, mint, tickets, burn, shield and pay through real contracts
//! and direct calls; each refusal by name.

use crate::support::TestChain;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue};
use sero_execution::{BlockError, CallRequest, TransactionOutcome};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::{ASSETS, POOL, StateReader};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_testkit::{SERO, creation_code, signer};

fn pkr() -> OneTimeAddress {
    let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
    OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap()
}

fn token_id(issuer: Address, name: &str) -> U256 {
    let name = AssetName::new(name.as_bytes()).unwrap();
    U256::from_be_bytes(AssetId::token(&issuer.0.0, &name).to_bytes())
}

fn coin_id() -> U256 {
    U256::from_be_bytes(AssetId::coin().to_bytes())
}

#[track_caller]
fn refused<E: SolError>(outcome: &TransactionOutcome) -> E {
    assert!(!outcome.receipt.success);
    assert!(outcome.receipt.logs.is_empty(), "a reverted call leaves no logs");
    E::abi_decode(&outcome.output).unwrap_or_else(|error| panic!("{error}: {}", outcome.output))
}

fn supply(chain: &TestChain, asset: U256) -> (U256, U256, U256) {
    let request = CallRequest {
        to: Some(ASSETS),
        input: IAssets::supplyCall { asset }.abi_encode().into(),
        ..Default::default()
    };
    let outcome = chain.simulator().call(&request).unwrap();
    let supply = IAssets::supplyCall::abi_decode_returns(&outcome.output).unwrap();
    (supply.issued, supply.publicSupply, supply.hidden)
}

fn register(chain: &mut TestChain, from: u8, name: &str) -> TransactionOutcome {
    let call = IAssets::registerTokenCall { name: name.into(), decimals: 6 };
    chain.send(from, ASSETS, SERO, call.abi_encode())
}

#[test]
fn the_solidity_coin_constant_is_the_protocols() {
    let source = include_str!("../../../../contracts/src/Sero.sol");
    assert!(source.contains(&format!("COIN = {};", AssetId::coin())));
}

#[test]
fn a_contract_registers_mints_and_shields_to_a_one_time_address() {
    let mut chain = TestChain::new();
    let arguments = ("GOLD".to_string(), U256::from(6)).abi_encode_params();
    let contract = chain.create(0, SERO, creation_code("OwnedToken", &arguments));
    let asset = token_id(contract, "GOLD");
    alloy_sol_types::sol! {
        function mintTo(bytes pkr, uint256 amount, bytes memo) returns (uint64);
        function mintPublic(address to, uint256 amount);
    }
    let call = mintToCall { pkr: pkr().to_bytes().into(), amount: U256::from(500), memo: Bytes::from("hi") };
    let outcome = chain.send(0, contract, 0, call.abi_encode());
    assert!(outcome.receipt.success, "{:?}", outcome.output);
    let note =
        outcome.receipt.logs.iter().find(|log| log.address == POOL && log.topics().len() == 4).unwrap();
    let note = IPool::PublicNote::decode_log_data(&note.data).unwrap();
    assert_eq!((note.position, note.asset, note.amount), (0, asset, U256::from(500)));
    assert_eq!(note.memo.as_ref(), b"hi");
    assert_eq!(supply(&chain, asset), (U256::from(500), U256::ZERO, U256::from(500)));
    let to = signer(3).address();
    chain.send(0, contract, 0, mintPublicCall { to, amount: U256::from(20) }.abi_encode());
    assert_eq!(supply(&chain, asset), (U256::from(520), U256::from(20), U256::from(500)));
    let stranger = chain.send(1, contract, 0, mintPublicCall { to, amount: U256::from(20) }.abi_encode());
    assert!(!stranger.receipt.success);
}

#[test]
fn names_are_unique_and_clean() {
    let mut chain = TestChain::new();
    assert!(register(&mut chain, 0, "GOLD").receipt.success);
    refused::<IAssets::NameTaken>(&register(&mut chain, 1, "GOLD"));
    refused::<IAssets::NameTaken>(&register(&mut chain, 1, "SERO"));
    let category = IAssets::registerCategoryCall { name: "GOLD".into() };
    refused::<IAssets::NameTaken>(&chain.send(1, ASSETS, SERO, category.abi_encode()));
    for bad in ["", "a\u{7}b", "a\nb", &"x".repeat(33), "e\u{301}", " GOLD", "GO\u{200b}LD"] {
        refused::<IAssets::InvalidName>(&register(&mut chain, 1, bad));
    }
    assert!(register(&mut chain, 1, &"x".repeat(32)).receipt.success);
    let fee = IAssets::registerTokenCall { name: "NEW".into(), decimals: 6 }.abi_encode();
    refused::<IAssets::WrongRegistrationFee>(&chain.send(0, ASSETS, SERO - 1, fee.clone()));
    refused::<IAssets::WrongRegistrationFee>(&chain.send(0, ASSETS, 0, fee));
    let digits = IAssets::registerTokenCall { name: "NEW".into(), decimals: 37 };
    refused::<IAssets::InvalidDecimals>(&chain.send(0, ASSETS, SERO, digits.abi_encode()));
}

#[test]
fn only_the_issuer_mints_and_amounts_are_bounded() {
    let mut chain = TestChain::new();
    register(&mut chain, 0, "GOLD");
    let asset = token_id(signer(0).address(), "GOLD");
    let to = signer(2).address();
    let mint = |asset, amount: U256| IAssets::mintCall { asset, to, amount }.abi_encode();
    refused::<IAssets::NotIssuer>(&chain.send(1, ASSETS, 0, mint(asset, U256::ONE)));
    refused::<IAssets::UnknownAsset>(&chain.send(0, ASSETS, 0, mint(asset + U256::ONE, U256::ONE)));
    refused::<IAssets::UnknownAsset>(&chain.send(0, ASSETS, 0, mint(U256::MAX, U256::ONE)));
    refused::<IAssets::UnknownAsset>(&chain.send(0, ASSETS, 0, mint(coin_id(), U256::ONE)));
    for amount in [U256::ZERO, U256::ONE << 128, U256::MAX] {
        refused::<IAssets::InvalidAmount>(&chain.send(0, ASSETS, 0, mint(asset, amount)));
    }
    refused::<IAssets::NotPayable>(&chain.send(0, ASSETS, 1, mint(asset, U256::ONE)));
    let all = (U256::ONE << 128) - U256::ONE;
    assert!(chain.send(0, ASSETS, 0, mint(asset, all)).receipt.success);
    refused::<IAssets::SupplyOverflow>(&chain.send(0, ASSETS, 0, mint(asset, U256::ONE)));
    let burn = IAssets::burnCall { asset, amount: all }.abi_encode();
    refused::<IAssets::InsufficientBalance>(&chain.send(0, ASSETS, 0, burn.clone()));
    assert!(chain.send(2, ASSETS, 0, burn).receipt.success);
    assert_eq!(supply(&chain, asset), (U256::ZERO, U256::ZERO, U256::ZERO));
}

#[test]
fn a_ticket_is_issued_once_for_ever() {
    let mut chain = TestChain::new();
    chain.send(0, ASSETS, SERO, IAssets::registerCategoryCall { name: "SHOW".into() }.abi_encode());
    let name = AssetName::new(b"SHOW").unwrap();
    let category = AssetId::category(&signer(0).address().0.0, &name);
    let category_id = U256::from_be_bytes(category.to_bytes());
    let to = signer(1).address();
    let issue = |category, number: u64| {
        IAssets::issueTicketCall { category, number: U256::from(number), to }.abi_encode()
    };
    refused::<IAssets::NotIssuer>(&chain.send(1, ASSETS, 0, issue(category_id, 7)));
    refused::<IAssets::UnknownCategory>(&chain.send(0, ASSETS, 0, issue(category_id + U256::ONE, 7)));
    assert!(chain.send(0, ASSETS, 0, issue(category_id, 7)).receipt.success);
    refused::<IAssets::AlreadyIssued>(&chain.send(0, ASSETS, 0, issue(category_id, 7)));
    let ticket = AssetId::ticket(&category, &U256::from(7).to_be_bytes());
    let asset = U256::from_be_bytes(ticket.to_bytes());
    let burn = IAssets::burnCall { asset, amount: U256::ONE };
    assert!(chain.send(1, ASSETS, 0, burn.abi_encode()).receipt.success);
    refused::<IAssets::AlreadyIssued>(&chain.send(0, ASSETS, 0, issue(category_id, 7)));
    // A category is not an asset.
    let mint = IAssets::mintCall { asset: category_id, to, amount: U256::ONE };
    refused::<IAssets::UnknownAsset>(&chain.send(0, ASSETS, 0, mint.abi_encode()));
}

#[test]
fn shield_refuses_bad_addresses_amounts_and_values() {
    let mut chain = TestChain::new();
    let good = pkr().to_bytes();
    let shield = |pkr: &[u8], asset, amount: u128, memo: &[u8]| {
        IPool::shieldCall {
            pkr: Bytes::copy_from_slice(pkr),
            asset,
            amount: U256::from(amount),
            memo: Bytes::copy_from_slice(memo),
        }
        .abi_encode()
    };
    let mut off_curve = good;
    off_curve[63] ^= 1;
    let mut wrong_group = good;
    // (0, -1) has order 2.
    wrong_group[32..64]
        .copy_from_slice(&sero_shielded::field::field_to_bytes(&-sero_shielded::field::Field::from(1u8)));
    let mut large_owner = good;
    large_owner[..32].fill(0xff);
    for bad in [&good[..127], &[&good[..], &[0]].concat(), &off_curve, &wrong_group, &large_owner, &[]] {
        refused::<IPool::InvalidPkr>(&chain.send(0, POOL, 5, shield(bad, coin_id(), 5, b"")));
    }
    refused::<IPool::MemoTooLong>(&chain.send(0, POOL, 5, shield(&good, coin_id(), 5, &[0; 65])));
    refused::<IPool::InvalidAmount>(&chain.send(0, POOL, 0, shield(&good, coin_id(), 0, b"")));
    refused::<IPool::WrongValue>(&chain.send(0, POOL, 4, shield(&good, coin_id(), 5, b"")));
    refused::<IPool::UnknownAsset>(&chain.send(0, POOL, 0, shield(&good, U256::from(3), 5, b"")));
    register(&mut chain, 0, "GOLD");
    let gold = token_id(signer(0).address(), "GOLD");
    refused::<IPool::InsufficientBalance>(&chain.send(0, POOL, 0, shield(&good, gold, 5, b"")));
    refused::<IPool::WrongValue>(&chain.send(0, POOL, 5, shield(&good, gold, 5, b"")));
    assert!(chain.send(0, POOL, 5, shield(&good, coin_id(), 5, b"")).receipt.success);
    assert_eq!(supply(&chain, coin_id()).2, U256::from(5));
}

#[test]
fn pay_never_fails_because_of_the_payee() {
    let mut chain = TestChain::new();
    for payee in [signer(3).address(), Address::ZERO, POOL, ASSETS, Address::repeat_byte(0x77)] {
        let pay = IPool::payCall { payee, asset: coin_id(), amount: U256::from(10) };
        let outcome = chain.send(0, POOL, 10, pay.abi_encode());
        assert!(outcome.receipt.success, "{payee}: {:?}", outcome.output);
        assert!(!IPool::payCall::abi_decode_returns(&outcome.output).unwrap());
    }
    assert_eq!(supply(&chain, coin_id()).2, U256::ZERO);
    assert_eq!(chain.state.account(Address::repeat_byte(0x77)).unwrap().unwrap().balance, U256::from(10));
}

#[test]
fn coins_of_the_state_are_what_issued_says() {
    let mut chain = TestChain::new();
    register(&mut chain, 0, "GOLD");
    // A contract that is created and destroys itself, beneficiary itself: the
    // 3 coins vanish (EIP-6780).
    let code = alloy_primitives::hex!("30ff");
    let from = signer(1);
    let tx = sero_testkit::ethereum_tx(
        &from,
        chain.nonce(&from),
        alloy_primitives::TxKind::Create,
        U256::from(3),
        Bytes::copy_from_slice(&code),
    );
    assert!(chain.block(vec![tx])[0].receipt.success);
    let (issued, _, _) = supply(&chain, coin_id());
    assert_eq!(issued, chain.state.coins());
}

#[test]
fn a_disk_fault_is_never_a_verdict() {
    let mut chain = TestChain::new();
    register(&mut chain, 0, "GOLD");
    let asset = token_id(signer(0).address(), "GOLD");
    let call = IAssets::mintCall { asset, to: signer(2).address(), amount: U256::ONE };
    let from = signer(0);
    let tx = sero_testkit::ethereum_tx(
        &from,
        chain.nonce(&from),
        alloy_primitives::TxKind::Call(ASSETS),
        U256::ZERO,
        call.abi_encode().into(),
    );
    let mut faults = 0;
    for reads in 0.. {
        match chain.execute_on(&chain.state.failing_after(reads), tx.clone()) {
            Ok(()) => break,
            Err(BlockError::State(_)) => faults += 1,
            Err(other) => panic!("read {reads}: {other}"),
        }
    }
    assert!(faults > 10, "every read was made to fail once, {faults} in all");
}
