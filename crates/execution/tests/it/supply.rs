//! The supply check: a counter that is wrong by one stops the block that
//! touches its asset, and nothing that anybody can send does.

use crate::support::{TestChain, coin_id, pkr};
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError};
use sero_execution::BlockError;
use sero_precompiles::layout;
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::{ASSETS, POOL, PRECOMPILES, StateReader, Transaction};
use sero_shielded::asset::{AssetId, AssetName};
use sero_testkit::{SERO, ethereum_tx, puppet, signer};

const TICKET: u64 = 7;

/// A chain with coins, a token and a ticket, a part of each in the pool, and
/// the ids of the three.
fn chain() -> (TestChain, [U256; 3]) {
    let mut chain = TestChain::new();
    let issuer = signer(0).address();
    let name = |text: &str| AssetName::new(text.as_bytes()).unwrap();
    let id = |asset: AssetId| U256::from_be_bytes(asset.to_bytes());
    let gold = id(AssetId::token(&issuer.0.0, &name("GOLD")));
    let show = AssetId::category(&issuer.0.0, &name("SHOW"));
    let ticket = id(AssetId::ticket(&show, &U256::from(TICKET).to_be_bytes()));
    let mut ok = |value: u128, to: Address, call: Vec<u8>| {
        let outcome = chain.send(0, to, value, call);
        assert!(outcome.receipt.success, "{}", outcome.output);
    };
    ok(SERO, ASSETS, IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 }.abi_encode());
    ok(SERO, ASSETS, IAssets::registerCategoryCall { name: "SHOW".into() }.abi_encode());
    ok(0, ASSETS, IAssets::mintCall { asset: gold, to: issuer, amount: U256::from(1000) }.abi_encode());
    let number = U256::from(TICKET);
    ok(0, ASSETS, IAssets::issueTicketCall { category: id(show), number, to: issuer }.abi_encode());
    ok(500, POOL, shield(coin_id(), 500));
    ok(0, POOL, shield(gold, 400));
    (chain, [coin_id(), gold, ticket])
}

fn shield(asset: U256, amount: u64) -> Vec<u8> {
    let pkr = pkr().to_bytes().to_vec().into();
    IPool::shieldCall { pkr, asset, amount: U256::from(amount), memo: Bytes::new() }.abi_encode()
}

/// A transaction that moves one unit of an asset into the pool.
fn touch(chain: &TestChain, asset: U256) -> Transaction {
    let from = signer(0);
    let value = U256::from(asset == coin_id());
    let to = alloy_primitives::TxKind::Call(POOL);
    ethereum_tx(&from, chain.nonce(&from), to, value, shield(asset, 1).into())
}

#[test]
fn a_counter_that_is_wrong_by_one_stops_the_block() {
    let (chain, [coin, gold, ticket]) = chain();
    let hidden = |asset| (POOL, layout::HIDDEN.in_pool(0, asset));
    let issued = |asset| (ASSETS, layout::ISSUED.at(&[asset]));
    let public = |asset| (ASSETS, layout::PUBLIC.at(&[asset]));
    let mut refused = 0;
    for (asset, (account, slot)) in [
        (gold, issued(gold)),
        (gold, public(gold)),
        (gold, hidden(gold)),
        (ticket, issued(ticket)),
        (ticket, public(ticket)),
        (ticket, hidden(ticket)),
    ] {
        assert!(chain.execute_on(&chain.state, touch(&chain, asset)).is_ok(), "the sound block passes");
        let value = chain.state.storage(account, slot).unwrap();
        for wrong in [Some(value + U256::ONE), value.checked_sub(U256::ONE)].into_iter().flatten() {
            let mut state = chain.state.clone();
            state.corrupt_slot(account, slot, wrong);
            match chain.execute_on(&state, touch(&chain, asset)) {
                Err(BlockError::Supply { asset: named, .. }) => {
                    assert_eq!(U256::from_be_bytes(named.to_bytes()), asset);
                    refused += 1;
                }
                // A counter below what flows out of it is refused by the call already.
                Ok(()) if wrong.is_zero() => refused += 1,
                other => panic!("{account} {slot} {wrong}: {other:?}"),
            }
            // A block that does not touch the asset goes on.
            assert!(chain.execute_on(&state, touch(&chain, coin)).is_ok());
        }
    }
    // Ticket's hidden counter is 0 and has nothing below.
    assert_eq!(refused, 11);
}

#[test]
fn the_coins_of_the_pool_are_covered_in_every_block() {
    let (chain, [coin, gold, _]) = chain();
    let refuses = |state| {
        for asset in [coin, gold] {
            let result = chain.execute_on(&state, touch(&chain, asset));
            assert!(matches!(result, Err(BlockError::Supply { .. })), "{result:?}");
        }
    };
    let slot = layout::HIDDEN.in_pool(0, coin);
    let mut state = chain.state.clone();
    state.corrupt_slot(POOL, slot, U256::from(501));
    refuses(state);
    let mut state = chain.state.clone();
    state.corrupt_balance(POOL, U256::from(499));
    refuses(state);
    // Fewer units than the pool alone holds.
    let mut state = chain.state.clone();
    state.corrupt_slot(ASSETS, layout::ISSUED.at(&[coin]), U256::from(SERO));
    state.corrupt_slot(POOL, slot, U256::from(2 * SERO));
    state.corrupt_balance(POOL, U256::from(2 * SERO));
    refuses(state);
}

#[test]
fn ether_forced_into_the_precompiles_stops_nothing() {
    let (mut chain, [coin, ..]) = chain();
    let before = chain.state.coins();
    for target in PRECOMPILES {
        let mut script = Vec::new();
        puppet::self_destruct(&mut script, target);
        let code = puppet::init_code(&script);
        let held = chain.state.account(target).unwrap().unwrap().balance;
        chain.create(1, 77, code);
        assert_eq!(chain.state.account(target).unwrap().unwrap().balance, held + U256::from(77));
        // As the proposer's account, too.
        let to = signer(2).address();
        let from = signer(1);
        let tx = ethereum_tx(
            &from,
            chain.nonce(&from),
            alloy_primitives::TxKind::Call(to),
            U256::ONE,
            Bytes::new(),
        );
        let outcome = crate::support::build(&mut chain, target, vec![tx]).remove(0);
        assert!(outcome.receipt.success);
        assert!(chain.send(0, POOL, 1, shield(coin, 1)).receipt.success, "the chain goes on");
    }
    assert!(chain.state.coins() < before, "base fees burned");
    let issued = chain.state.storage(ASSETS, layout::ISSUED.at(&[coin])).unwrap();
    assert_eq!(issued, chain.state.coins());
    let hidden = chain.state.storage(POOL, layout::HIDDEN.in_pool(0, coin)).unwrap();
    assert_eq!(hidden, U256::from(500 + PRECOMPILES.len()), "forced coins are nobody's");
}

#[test]
fn nothing_leaves_a_counter_that_is_too_low() {
    let (mut chain, [_, gold, _]) = chain();
    // `pay` to an account without a refund address passes through the counter;
    // with a corrupted one it is what stops it.
    let pay = IPool::payCall { payee: signer(3).address(), asset: gold, amount: U256::from(5) };
    assert!(chain.send(0, POOL, 0, pay.abi_encode()).receipt.success);
    let all = U256::from(u128::MAX);
    chain.state.corrupt_slot(POOL, layout::HIDDEN.in_pool(0, gold), all);
    let outcome = crate::support::build(
        &mut {
            let mut copy = TestChain::new();
            copy.state = chain.state.clone();
            copy.head = chain.head.clone();
            copy
        },
        Address::repeat_byte(0xfe),
        vec![],
    );
    assert!(outcome.is_empty(), "an empty block touches no token");
    let request = sero_execution::CallRequest {
        from: signer(0).address(),
        to: Some(POOL),
        input: pay.abi_encode().into(),
        ..Default::default()
    };
    let outcome = chain.simulator().call(&request).unwrap();
    assert_eq!(outcome.output.get(..4), Some(IPool::InvalidAmount::SELECTOR.as_slice()), "no wrap-around");
}
