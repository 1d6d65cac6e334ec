//! Attached assets: who gets them, how often, and where the rest goes.

use crate::schemes::{CALL, DELEGATECALL, forwarder};
use crate::support::{TestChain, build, shielded};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use sero_execution::{CallRequest, TransactionOutcome};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::shielded_tx::Attached;
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::{AssetId, AssetName};
use sero_testkit::{SERO, signer};

const AMOUNT: u128 = 40;

struct Scene {
    chain: TestChain,
    gold: AssetId,
}

impl Scene {
    /// Account 0 issues 100 GOLD to itself.
    fn new() -> Self {
        let mut chain = TestChain::new();
        let issuer = signer(0).address();
        let gold = AssetId::token(&issuer.0.0, &AssetName::new(b"GOLD").unwrap());
        let asset = U256::from_be_bytes(gold.to_bytes());
        chain.send(
            0,
            ASSETS,
            SERO,
            IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 }.abi_encode(),
        );
        let mint = IAssets::mintCall { asset, to: issuer, amount: U256::from(100) };
        chain.send(0, ASSETS, 0, mint.abi_encode());
        Self { chain, gold }
    }

    fn id(&self) -> U256 {
        U256::from_be_bytes(self.gold.to_bytes())
    }

    /// Account 0 calls `to` with 40 GOLD attached.
    fn attach(&mut self, to: TxKind, input: Vec<u8>) -> TransactionOutcome {
        let nonce = self.chain.nonce(&signer(0));
        let attached = vec![Attached { asset: self.gold, amount: AMOUNT }];
        let tx = shielded(0, nonce, 90, to, 0, input.into(), vec![], attached, 1_500_000);
        build(&mut self.chain, Address::repeat_byte(0xfe), vec![tx]).remove(0)
    }

    fn held_by(&self, owner: Address) -> u128 {
        let input = IAssets::balanceOfCall { owner, id: self.id() }.abi_encode().into();
        let request = CallRequest { to: Some(ASSETS), input, ..Default::default() };
        U256::from_be_slice(&self.chain.simulator().call(&request).unwrap().output).to()
    }
}

fn take() -> Vec<u8> {
    IAssets::receiveAttachedCall {}.abi_encode()
}

fn taken(outcome: &TransactionOutcome) -> usize {
    IAssets::receiveAttachedCall::abi_decode_returns(&outcome.output).unwrap().len()
}

#[test]
fn the_callee_gets_what_is_attached() {
    let mut scene = Scene::new();
    let shop = scene.chain.create(1, 0, forwarder(CALL, ASSETS, 0));
    let outcome = scene.attach(TxKind::Call(shop), take());
    assert_eq!(taken(&outcome), 1);
    assert_eq!((scene.held_by(shop), scene.held_by(signer(0).address())), (AMOUNT, 60));
}

#[test]
fn a_proxy_by_delegatecall_gets_it_too() {
    let mut scene = Scene::new();
    let logic = scene.chain.create(1, 0, forwarder(CALL, ASSETS, 0));
    let proxy = scene.chain.create(1, 0, forwarder(DELEGATECALL, logic, 0));
    let outcome = scene.attach(TxKind::Call(proxy), take());
    assert_eq!(taken(&outcome), 1);
    assert_eq!((scene.held_by(proxy), scene.held_by(logic)), (AMOUNT, 0));
}

#[test]
fn a_contract_that_the_callee_calls_gets_nothing() {
    let mut scene = Scene::new();
    let inner = scene.chain.create(1, 0, forwarder(CALL, ASSETS, 0));
    let outer = scene.chain.create(1, 0, forwarder(CALL, inner, 0));
    let outcome = scene.attach(TxKind::Call(outer), take());
    assert_eq!(outcome.output.get(..4), Some(IAssets::NotAttachmentReceiver::SELECTOR.as_slice()));
    assert_eq!((scene.held_by(inner), scene.held_by(outer), scene.held_by(signer(0).address())), (0, 0, 100));
}

/// A contract that calls `first` if the transaction's sender calls it, else ASSETS.
fn two_faced(first: Address) -> Bytes {
    let mut code = vec![0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x5f];
    code.extend([0x33, 0x32, 0x14, 0x80, 0x73]); // caller == origin, twice; first
    code.extend(first);
    code.extend([0x02, 0x90, 0x15, 0x73]); // times; the other factor; ASSETS
    code.extend(ASSETS);
    code.extend([0x02, 0x01, 0x5a, 0xf1]); // times, sum, gas, call
    code.extend([0x3d, 0x5f, 0x5f, 0x3e, 0x60]);
    let jump_at = code.len();
    code.extend([0, 0x57, 0x3d, 0x5f, 0xfd]);
    code[jump_at] = u8::try_from(code.len()).unwrap();
    code.extend([0x5b, 0x3d, 0x5f, 0xf3]);
    let length = u8::try_from(code.len()).unwrap();
    let mut creation = vec![0x60, length, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3];
    creation.extend(code);
    creation.into()
}

#[test]
fn a_stranger_who_re_enters_the_callee_takes_nothing_through_it() {
    let mut scene = Scene::new();
    // The callee's address is known before it exists: it is account 1's next creation but one.
    let nonce = scene.chain.nonce(&signer(1));
    let callee = signer(1).address().create(nonce + 1);
    let stranger = scene.chain.create(1, 0, forwarder(CALL, callee, 0));
    assert_eq!(scene.chain.create(1, 0, two_faced(stranger)), callee);
    let outcome = scene.attach(TxKind::Call(callee), take());
    assert_eq!(outcome.output.get(..4), Some(IAssets::NotAttachmentReceiver::SELECTOR.as_slice()));
    assert_eq!((scene.held_by(callee), scene.held_by(stranger)), (0, 0));
    assert_eq!(scene.held_by(signer(0).address()), 100);
}

/// Creation code that takes the attachments twice and returns what the second
/// answer says, as code.
fn takes_twice() -> Bytes {
    let mut code = vec![0x63];
    code.extend(IAssets::receiveAttachedCall::SELECTOR);
    code.extend([0x60, 0xe0, 0x1b, 0x5f, 0x52]); // selector, left aligned, at 0
    for _ in 0..2 {
        code.extend([0x60, 0x60, 0x60, 0x20, 0x60, 0x04, 0x5f, 0x5f, 0x73]); // out 0x20..0x80, in 0..4, value 0
        code.extend(ASSETS);
        code.extend([0x5a, 0xf1, 0x50]);
    }
    code.extend([0x60, 0x40, 0x60, 0x20, 0xf3]); // the answer's offset and count
    code.into()
}

#[test]
fn a_constructor_gets_it_once_and_once_only() {
    let mut scene = Scene::new();
    let outcome = scene.attach(TxKind::Create, takes_twice().to_vec());
    assert!(outcome.receipt.success, "{:?}", outcome.halt);
    // Offset 32, count 0: the second answer was empty.
    let answer = [[0u8; 31].as_slice(), &[32], &[0; 32]].concat();
    assert_eq!(outcome.output.as_ref(), answer);
    assert_eq!(scene.held_by(outcome.created.unwrap()), AMOUNT);
}

#[test]
fn what_nobody_takes_goes_back_where_it_came_from() {
    let mut scene = Scene::new();
    let outcome = scene.attach(TxKind::Call(Address::repeat_byte(0x55)), vec![]);
    assert!(outcome.receipt.success);
    // It was public before, so it stays public: older funds never become notes.
    assert_eq!(scene.held_by(signer(0).address()), 100);
    let notes =
        outcome.receipt.logs.iter().filter(|log| log.topics()[0] == IPool::PublicNote::SIGNATURE_HASH);
    assert_eq!(notes.count(), 0);
    let facade = facade_of(scene.id());
    assert!(outcome.receipt.logs.iter().all(|log| [ASSETS, POOL, facade].contains(&log.address)));
}

#[test]
fn attaching_more_than_there_is_is_no_transaction() {
    let scene = Scene::new();
    let nonce = scene.chain.nonce(&signer(1));
    let attached = vec![Attached { asset: scene.gold, amount: 1 }];
    let to = TxKind::Call(Address::repeat_byte(0x55));
    let tx = shielded(1, nonce, 90, to, 0, Bytes::new(), vec![], attached, 1_500_000);
    let header = crate::support::header(&scene.chain, Address::ZERO);
    let parameters = &scene.chain.parameters;
    let base_fee = header.base_fee_per_gas.unwrap();
    let checked =
        sero_execution::check_static(tx, parameters, header.number, base_fee, header.gas_limit).unwrap();
    let state = sero_execution::check_state(&checked, &scene.chain.state, None).unwrap_err().to_string();
    assert!(state.contains("insufficient public balance"), "{state}");
    let mut executor = sero_execution::BlockExecutor::new(&scene.chain.state, header, parameters);
    let refused = executor.execute(&checked).unwrap_err().to_string();
    assert!(refused.contains("InsufficientBalance"), "{refused}");
}
