//! Attacks on facades: each must stay without effect.

use crate::facades::{Scene, account, move_ticket, transfer, transfer_from};
use crate::schemes::{CALL, CALLCODE, DELEGATECALL, STATICCALL, forwarder};
use crate::scripts::{End, deploy, script};
use crate::support::{build, header, shielded};
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip7702};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolError};
use sero_execution::{BlockExecutor, check_static};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade};
use sero_primitives::shielded_tx::Attached;
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{ASSETS, StateReader, Transaction};
use sero_shielded::asset::AssetId;
use sero_testkit::{CHAIN_ID, SERO, signer};

/// Calls that only facades may make, each to the harm of the holders, account 0 and 1.
fn facade_calls(scene: &Scene, thief: Address) -> Vec<Vec<u8>> {
    let (id, category, one) = (scene.gold, scene.show, U256::ONE);
    let (holder, owner) = (account(0), account(1));
    vec![
        IAssets::facadeTransferCall { id, caller: holder, sender: holder, receiver: thief, amount: one }
            .abi_encode(),
        IAssets::facadeApproveCall { id, owner: holder, spender: thief, amount: one }.abi_encode(),
        IAssets::facadeTransferTicketCall {
            category,
            caller: owner,
            sender: owner,
            receiver: thief,
            number: one,
        }
        .abi_encode(),
        IAssets::facadeApproveTicketCall { category, caller: owner, approved: thief, number: one }
            .abi_encode(),
        IAssets::facadeSetOperatorCall { category, owner, spender: thief, approved: true }.abi_encode(),
    ]
}

fn untouched(scene: &Scene) {
    let (owner, spender, id, category) = (account(0), account(2), scene.gold, scene.show);
    assert_eq!(scene.balance(owner), 1_000);
    assert_eq!(scene.read(ASSETS, IAssets::allowanceCall { owner, spender, id }), U256::ZERO);
    assert_eq!(scene.owner(1), account(1));
    let approved = IErc721Facade::getApprovedCall { tokenId: U256::ONE };
    assert_eq!(scene.read(scene.tickets(), approved), Address::ZERO);
    let operator = IAssets::isCategoryOperatorCall { owner: account(1), spender, category };
    assert!(!scene.read(ASSETS, operator));
}

#[test]
fn nobody_but_the_facade_speaks_for_others() {
    let mut scene = Scene::new();
    let forged = scene.chain.create(2, 0, forwarder(CALL, ASSETS, 0));
    for input in facade_calls(&scene, account(2)) {
        // A person, the holder itself, the issuer, a contract, a contract's constructor.
        for (from, to) in [(2, ASSETS), (1, ASSETS), (0, ASSETS), (2, forged), (0, forged)] {
            let outcome = scene.chain.send(from, to, 0, input.clone());
            let error = IAssets::NotFacade::abi_decode(&outcome.output).unwrap();
            assert!(error.caller == if to == ASSETS { account(from) } else { forged });
        }
        let constructor = script(&[(ASSETS, input)], End::Return([0; 4]));
        scene.chain.create(2, 0, constructor);
    }
    untouched(&scene);
}

/// The facade of one token or category has no power over another's.
#[test]
fn a_facade_speaks_for_its_own_id_only() {
    let mut scene = Scene::new();
    scene.chain.send(
        2,
        ASSETS,
        SERO,
        IAssets::registerTokenCall { name: "EVIL".into(), decimals: 0 }.abi_encode(),
    );
    for input in facade_calls(&scene, account(2)) {
        for facade in [scene.token(), scene.tickets()] {
            // As if the code at that address had been made to say it.
            let header = header(&scene.chain, Address::ZERO);
            let request = sero_execution::CallRequest {
                from: facade,
                to: Some(ASSETS),
                input: input.clone().into(),
                ..Default::default()
            };
            let mut simulator = sero_execution::Simulator::new(
                &scene.chain.state,
                header,
                &scene.chain.parameters,
                sero_execution::SimulationLimits { gas: 10_000_000 },
            );
            let no_code = sero_execution::AccountOverride { code: Some(Bytes::new()), ..Default::default() };
            simulator = simulator.with_overrides([(facade, no_code)].into_iter().collect());
            let outcome = simulator.call(&request).unwrap();
            let names_token = input[4..36] == scene.gold.to_be_bytes::<32>();
            assert_eq!(outcome.success, (facade == scene.token()) == names_token, "{:?}", outcome.output);
            if !outcome.success {
                IAssets::NotFacade::abi_decode(&outcome.output).unwrap();
            }
        }
    }
    untouched(&scene);
}

#[test]
fn the_facades_code_is_worth_nothing_at_another_address() {
    let mut scene = Scene::new();
    let (token, tickets, thief) = (scene.token(), scene.tickets(), account(2));
    let number = U256::ONE;
    let calls = [
        (token, transfer_from(account(0), thief, 1).abi_encode()),
        (token, IErc20Facade::approveCall { spender: thief, value: U256::ONE }.abi_encode()),
        (tickets, move_ticket(account(1), thief, 1).abi_encode()),
        (tickets, IErc721Facade::approveCall { to: thief, tokenId: number }.abi_encode()),
        (tickets, IErc721Facade::setApprovalForAllCall { operator: thief, approved: true }.abi_encode()),
    ];
    for (facade, input) in calls {
        let id = if facade == token { scene.gold } else { scene.show };
        for opcode in [DELEGATECALL, CALLCODE] {
            // The victim itself calls; the contract's slot 0 says the facade's id.
            let contract = scene.chain.create(2, 0, forwarder(opcode, facade, 0));
            let mut diff = sero_primitives::StateDiff::default();
            diff.storage.entry(contract).or_default().insert(U256::ZERO, id);
            scene.chain.state.apply(&diff);
            for from in [0, 1, 2] {
                let outcome = scene.chain.send(from, contract, 0, input.clone());
                let error = IAssets::NotFacade::abi_decode(&outcome.output).unwrap();
                assert_eq!((error.caller, error.facade), (contract, facade));
            }
        }
        let contract = scene.chain.create(2, 0, forwarder(STATICCALL, facade, 0));
        let outcome = scene.chain.send(0, contract, 0, input.clone());
        IAssets::OnlyPlainCall::abi_decode(&outcome.output).unwrap();
    }
    untouched(&scene);
}

fn delegating_tx(scene: &Scene, from: u8, code: Address, to: Address, input: Vec<u8>) -> Transaction {
    let signer = signer(from);
    let nonce = scene.chain.nonce(&signer);
    let authorization = Authorization { chain_id: U256::from(CHAIN_ID), address: code, nonce: nonce + 1 };
    let signature = signer.sign_hash_sync(&authorization.signature_hash()).unwrap();
    let tx = TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 1_000_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to,
        input: input.into(),
        authorization_list: vec![authorization.into_signed(signature)],
        ..Default::default()
    };
    let signature = signer.sign_hash_sync(&tx.signature_hash()).unwrap();
    Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
}

#[test]
fn a_delegated_account_is_itself_and_no_facade() {
    let mut scene = Scene::new();
    let token = scene.token();
    // Account 0 runs a forwarder to the facade: it spends what is its own, as itself.
    let logic = scene.chain.create(2, 0, forwarder(CALL, token, 0));
    let input = transfer(account(3), 10).abi_encode();
    let tx = delegating_tx(&scene, 0, logic, account(0), input);
    assert!(scene.chain.block(vec![tx])[0].receipt.success);
    assert_eq!((scene.balance(account(0)), scene.balance(account(3))), (990, 10));
    // Account 2 runs the facade's code, its slot 0 saying GOLD: it is still account 2.
    let mut diff = sero_primitives::StateDiff::default();
    diff.storage.entry(account(2)).or_default().insert(U256::ZERO, scene.gold);
    scene.chain.state.apply(&diff);
    let steal = transfer_from(account(0), account(2), 1).abi_encode();
    let tx = delegating_tx(&scene, 2, token, account(2), steal);
    let outcome = scene.chain.block(vec![tx]).remove(0);
    assert_eq!(IAssets::NotFacade::abi_decode(&outcome.output).unwrap().caller, account(2));
    assert_eq!(scene.balance(account(0)), 990);
    // And an account that would be a facade's cannot be delegated: it has code.
    assert_eq!(scene.chain.state.account(token).unwrap().unwrap().nonce, 1);
}

/// A receiver that sends the ticket on, approves and shields in its callback.
#[test]
fn re_entry_through_the_receiver_finds_nothing_half_done() {
    let mut scene = Scene::new();
    let tickets = scene.tickets();
    let number = U256::ONE;
    let receiver = account(2).create(scene.chain.nonce(&signer(2)));
    let calls = [
        // A second sale of what it just got, and what it never had.
        (tickets, move_ticket(account(1), receiver, 1).abi_encode()),
        (tickets, move_ticket(account(1), receiver, 2).abi_encode()),
        (tickets, move_ticket(receiver, account(3), 1).abi_encode()),
        (tickets, move_ticket(receiver, account(3), 1).abi_encode()),
        (tickets, IErc721Facade::approveCall { to: receiver, tokenId: number }.abi_encode()),
    ];
    let selector = [0x15, 0x0b, 0x7a, 0x02];
    assert_eq!(scene.chain.create(2, 0, deploy(&script(&calls, End::Return(selector)))), receiver);
    let send = |to| IErc721Facade::safeTransferFrom_0Call { from: account(1), to, tokenId: number };
    let outcome = scene.does(1, tickets, send(receiver));
    let moved = outcome.receipt.logs.iter().filter(|log| log.address == tickets).count();
    assert_eq!(moved, 2, "to the receiver, and on");
    assert_eq!([1, 2].map(|number| scene.owner(number)), [account(3), account(1)]);
    for (owner, held) in [(account(1), 2), (receiver, 0), (account(3), 1)] {
        let count: u64 = scene.read(tickets, IErc721Facade::balanceOfCall { owner }).to();
        assert_eq!(count, held);
    }
}

#[test]
fn a_receiver_that_does_not_answer_gets_nothing() {
    let mut scene = Scene::new();
    let tickets = scene.tickets();
    let send = |to| IErc721Facade::safeTransferFrom_1Call {
        from: account(1),
        to,
        tokenId: U256::ONE,
        data: Bytes::from_static(b"hi"),
    };
    for code in [script(&[], End::Return([1, 2, 3, 4])), script(&[], End::Revert), vec![0xfe]] {
        let receiver = scene.chain.create(2, 0, deploy(&code));
        let outcome = scene.chain.send(1, tickets, 0, send(receiver).abi_encode());
        assert!(!outcome.receipt.success && outcome.receipt.logs.is_empty());
        assert_eq!(scene.owner(1), account(1));
    }
    scene.does(1, tickets, send(account(3)));
    assert_eq!(scene.owner(1), account(3));
}

#[test]
fn approvals_of_a_ticket_end_with_every_way_it_can_leave() {
    let mut scene = Scene::new();
    let (tickets, thief) = (scene.tickets(), account(2));
    let ticket = scene.ticket(1);
    let id = AssetId::from_bytes(ticket.to_be_bytes()).unwrap();
    let approve = IErc721Facade::approveCall { to: thief, tokenId: U256::ONE };
    let back_home: [&dyn Fn(&mut Scene); 3] = [
        &|scene| {
            // By ERC-6909, there and back.
            let to = |receiver| IAssets::transferCall { receiver, id: ticket, amount: U256::ONE };
            scene.does(1, ASSETS, to(account(3)));
            scene.does(3, ASSETS, to(account(1)));
        },
        &|scene| {
            // Into the pool and out of it: `pay` to an account without a refund address.
            let pay = sero_primitives::precompile::abi::IPool::payCall {
                payee: account(1),
                asset: ticket,
                amount: U256::ONE,
            };
            scene.does(1, sero_primitives::POOL, pay);
        },
        &|scene| {
            // Attached to a transaction whose callee does not take it.
            let attached = vec![Attached { asset: id, amount: 1 }];
            let nonce = scene.chain.nonce(&signer(1));
            let to = TxKind::Call(Address::repeat_byte(0x55));
            let tx = shielded(1, nonce, 90, to, 0, Bytes::new(), vec![], attached, 1_500_000);
            assert!(build(&mut scene.chain, Address::repeat_byte(0xfe), vec![tx])[0].receipt.success);
        },
    ];
    for leave_and_return in back_home {
        scene.does(1, tickets, approve.clone());
        let approved = IErc721Facade::getApprovedCall { tokenId: U256::ONE };
        assert_eq!(scene.read(tickets, approved.clone()), thief);
        leave_and_return(&mut scene);
        assert_eq!(scene.owner(1), account(1));
        assert_eq!(scene.read(tickets, approved), Address::ZERO);
        scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(account(1), thief, 1));
    }
}

/// Who may do what: a right given at one door, for one thing, is never a larger one elsewhere.
#[test]
fn no_right_grows() {
    let mut scene = Scene::new();
    let (token, tickets, spender) = (scene.token(), scene.tickets(), account(2));
    let category = IAssets::registerCategoryCall { name: "OTHER".into() };
    let outcome = scene.chain.send(0, ASSETS, SERO, category.abi_encode());
    let other = IAssets::registerCategoryCall::abi_decode_returns(&outcome.output).unwrap();
    scene.does(0, ASSETS, IAssets::issueTicketCall { category: other, number: U256::ONE, to: account(1) });
    scene.does(0, ASSETS, IAssets::mintCall { asset: scene.gold, to: account(1), amount: U256::from(9) });
    let take = |id, amount: u64| IAssets::transferFromCall {
        sender: account(1),
        receiver: spender,
        id,
        amount: U256::from(amount),
    };
    let (gold, ticket) = (scene.gold, scene.ticket(1));
    // An operator of SHOW: not of OTHER, not of GOLD, not by ERC-6909, not of somebody else's.
    scene.does(1, tickets, IErc721Facade::setApprovalForAllCall { operator: spender, approved: true });
    let elsewhere = sero_primitives::precompile::facade_of(other);
    scene.fails::<IAssets::NotTicketOperator>(2, elsewhere, move_ticket(account(1), spender, 1));
    scene.fails::<IAssets::InsufficientAllowance>(2, token, transfer_from(account(1), spender, 1));
    scene.fails::<IAssets::InsufficientAllowance>(2, ASSETS, take(gold, 1));
    scene.fails::<IAssets::InsufficientAllowance>(2, ASSETS, take(ticket, 1));
    assert!(!scene.read(ASSETS, IAssets::isOperatorCall { owner: account(1), spender }));
    scene.fails::<IAssets::NotTicketOperator>(3, tickets, move_ticket(account(1), account(3), 1));
    scene.does(1, tickets, IErc721Facade::setApprovalForAllCall { operator: spender, approved: false });
    // Approved for ticket 1 by ERC-721: not at ERC-6909's door, and not for ticket 2.
    scene.does(1, tickets, IErc721Facade::approveCall { to: spender, tokenId: U256::ONE });
    scene.fails::<IAssets::InsufficientAllowance>(2, ASSETS, take(ticket, 1));
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(account(1), spender, 2));
    scene.does(1, tickets, IErc721Facade::approveCall { to: Address::ZERO, tokenId: U256::ONE });
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(account(1), spender, 1));
    // Allowed by ERC-6909: not at ERC-721's door, whatever the amount; and it is for one id.
    scene.does(1, ASSETS, IAssets::approveCall { spender, id: ticket, amount: U256::MAX });
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(account(1), spender, 1));
    scene.fails::<IAssets::InsufficientAllowance>(2, ASSETS, take(scene.ticket(2), 1));
    scene.fails::<IAssets::InsufficientAllowance>(2, token, transfer_from(account(1), spender, 1));
    scene.fails::<IAssets::InvalidAmount>(2, ASSETS, take(ticket, 0));
    scene.does(2, ASSETS, take(ticket, 1));
    // ERC-6909's operator is one for everything, through both doors, until it is taken back.
    scene.does(1, ASSETS, IAssets::setOperatorCall { spender, approved: true });
    assert!(
        scene.read(tickets, IErc721Facade::isApprovedForAllCall { owner: account(1), operator: spender })
    );
    scene.does(2, tickets, move_ticket(account(1), spender, 2));
    scene.does(1, ASSETS, IAssets::setOperatorCall { spender, approved: false });
    scene.fails::<IAssets::NotTicketOperator>(2, tickets, move_ticket(account(1), spender, 3));
}

/// ERC-20's known race: what was spent before the change is not taken back, and no more than the old
/// and the new allowance together can go.
#[test]
fn an_allowance_is_replaced_not_added() {
    let mut scene = Scene::new();
    let (token, spender) = (scene.token(), account(2));
    let approve = |value: u64| IErc20Facade::approveCall { spender, value: U256::from(value) };
    scene.does(0, token, approve(100));
    scene.does(0, ASSETS, IAssets::approveCall { spender, id: scene.gold, amount: U256::from(30) });
    scene.fails::<IAssets::InsufficientAllowance>(2, token, transfer_from(account(0), spender, 31));
    scene.does(2, token, transfer_from(account(0), spender, 30));
    scene.does(0, token, approve(5));
    scene.does(2, token, transfer_from(account(0), spender, 5));
    scene.fails::<IAssets::InsufficientAllowance>(2, token, transfer_from(account(0), spender, 1));
    // A failed transfer takes nothing of the allowance.
    scene.does(0, token, approve(2_000));
    scene.fails::<IAssets::InsufficientBalance>(2, token, transfer_from(account(0), spender, 1_500));
    let left = IErc20Facade::allowanceCall { owner: account(0), spender };
    assert_eq!(scene.read(token, left), U256::from(2_000));
}

#[test]
fn a_registration_that_is_reverted_leaves_no_facade() {
    let mut scene = Scene::new();
    scene.chain.parameters.privacy.as_mut().unwrap().registration_fee = 0;
    let register = IAssets::registerTokenCall { name: "BRIEF".into(), decimals: 0 }.abi_encode();
    let contract = scene.chain.create(1, 0, deploy(&script(&[(ASSETS, register)], End::Revert)));
    let id = IAssets::registerTokenCall::abi_decode_returns(
        &scene
            .chain
            .simulator()
            .call(&sero_execution::CallRequest {
                from: contract,
                to: Some(ASSETS),
                input: IAssets::registerTokenCall { name: "BRIEF".into(), decimals: 0 }.abi_encode().into(),
                ..Default::default()
            })
            .unwrap()
            .output,
    );
    let facade = sero_primitives::precompile::facade_of(id.unwrap());
    assert!(!scene.chain.send(1, contract, 0, vec![]).receipt.success);
    assert_eq!(scene.chain.state.account(facade).unwrap(), None);
    assert_eq!(scene.chain.state.storage(facade, U256::ZERO).unwrap(), U256::ZERO);
}

/// One transaction with exactly this much gas, on a copy of the state.
fn with_gas(scene: &Scene, from: u8, to: Address, value: u128, input: &[u8], gas_limit: u64) -> Option<bool> {
    let signer = signer(from);
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: scene.chain.nonce(&signer),
        gas_limit,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to),
        value: U256::from(value),
        input: Bytes::copy_from_slice(input),
        ..Default::default()
    };
    let signature = signer.sign_hash_sync(&tx.signature_hash()).unwrap();
    let tx = Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)));
    let header = header(&scene.chain, Address::repeat_byte(0xfe));
    let (number, base_fee, limit) = (header.number, header.base_fee_per_gas.unwrap(), header.gas_limit);
    let checked = check_static(tx, &scene.chain.parameters, number, base_fee, limit).ok()?;
    let mut executor = BlockExecutor::new(&scene.chain.state, header, &scene.chain.parameters);
    let outcome = executor.execute(&checked).unwrap();
    let diff = executor.finish().unwrap().diff;
    // A failed call changes balances and nonces of people, nothing else.
    let slots: usize = diff.storage.values().map(|slots| slots.len()).sum();
    let beyond_the_anchor =
        diff.storage.keys().any(|account| *account != sero_primitives::POOL && *account != ASSETS);
    let codes = diff.code.len();
    if outcome.receipt.success {
        assert!(!outcome.receipt.logs.is_empty() && slots > 0);
    } else {
        assert!(outcome.receipt.logs.is_empty() && !beyond_the_anchor && codes == 0, "gas {gas_limit}");
        let ledger = diff.storage.get(&ASSETS).map_or(0, |slots| slots.len());
        // `issued` of the coin falls by the base fee.
        assert!(ledger <= 1, "gas {gas_limit}: {ledger} slots");
    }
    Some(outcome.receipt.success)
}

#[test]
fn with_any_gas_all_or_nothing() {
    let scene = Scene::new();
    let number = U256::ONE;
    let token = scene.token();
    let register = IAssets::registerTokenCall { name: "MORE".into(), decimals: 0 }.abi_encode();
    let category = IAssets::registerCategoryCall { name: "MANY".into() }.abi_encode();
    let cases = [
        (0, ASSETS, SERO, register),
        (0, ASSETS, SERO, category),
        (0, token, 0, transfer(account(2), 5).abi_encode()),
        (0, token, 0, IErc20Facade::approveCall { spender: account(2), value: number }.abi_encode()),
        (1, scene.tickets(), 0, move_ticket(account(1), account(2), 1).abi_encode()),
        (
            1,
            scene.tickets(),
            0,
            IErc721Facade::safeTransferFrom_0Call { from: account(1), to: account(2), tokenId: number }
                .abi_encode(),
        ),
        (1, scene.tickets(), 0, IErc721Facade::approveCall { to: account(2), tokenId: number }.abi_encode()),
    ];
    for (from, to, value, input) in cases {
        let (mut failed, mut gas) = (0, 21_000);
        loop {
            match with_gas(&scene, from, to, value, &input, gas) {
                Some(true) => break,
                Some(false) => failed += 1,
                None => {}
            }
            gas += 661;
            assert!(gas < 400_000, "never enough");
        }
        assert!(failed > 10, "{failed} refusals before {gas}");
        // And it stays so with more.
        for more in 1..=20 {
            assert_eq!(with_gas(&scene, from, to, value, &input, gas + more * 661), Some(true));
        }
    }
}
