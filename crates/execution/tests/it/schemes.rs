//! Every mutating selector through every way of calling: only a plain CALL works.

use crate::support::TestChain;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::{ASSETS, POOL};
use sero_shielded::asset::AssetId;

/// Opcodes with and without a value argument.
pub const CALL: u8 = 0xf1;
pub const CALLCODE: u8 = 0xf2;
pub const DELEGATECALL: u8 = 0xf4;
pub const STATICCALL: u8 = 0xfa;

/// Creation code of a contract that hands its calldata to `target` with this
/// opcode and `value`, and returns or reverts with what comes back.
pub fn forwarder(opcode: u8, target: Address, value: u8) -> Bytes {
    let mut code = vec![0x36, 0x5f, 0x5f, 0x37]; // calldatacopy(0, 0, calldatasize)
    code.extend([0x5f, 0x5f, 0x36, 0x5f]); // out 0 0, in calldatasize 0
    if matches!(opcode, CALL | CALLCODE) {
        code.extend([0x60, value]);
    }
    code.push(0x73);
    code.extend(target);
    code.extend([0x5a, opcode]); // gas, call
    code.extend([0x3d, 0x5f, 0x5f, 0x3e]); // returndatacopy(0, 0, returndatasize)
    let jump = u8::try_from(code.len() + 7).unwrap();
    code.extend([0x60, jump, 0x57, 0x3d, 0x5f, 0xfd]); // if !ok revert
    code.push(0x00);
    let last = code.len();
    code.truncate(last - 1);
    let jump_at = code.len() - 5;
    code[jump_at] = u8::try_from(code.len()).unwrap();
    code.extend([0x5b, 0x3d, 0x5f, 0xf3]); // return
    let length = u8::try_from(code.len()).unwrap();
    let mut creation = vec![0x60, length, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3];
    creation.extend(code);
    creation.into()
}

fn mutating_calls(asset: U256) -> Vec<(Address, Vec<u8>)> {
    let to = Address::repeat_byte(0x31);
    let one = U256::ONE;
    vec![
        (ASSETS, IAssets::registerTokenCall { name: "X".into(), decimals: 1 }.abi_encode()),
        (ASSETS, IAssets::registerCategoryCall { name: "Y".into() }.abi_encode()),
        (ASSETS, IAssets::mintCall { asset, to, amount: one }.abi_encode()),
        (ASSETS, IAssets::issueTicketCall { category: asset, number: one, to }.abi_encode()),
        (ASSETS, IAssets::burnCall { asset, amount: one }.abi_encode()),
        (ASSETS, IAssets::receiveAttachedCall {}.abi_encode()),
        (ASSETS, IAssets::transferCall { receiver: to, id: asset, amount: one }.abi_encode()),
        (ASSETS, IAssets::transferFromCall { sender: to, receiver: to, id: asset, amount: one }.abi_encode()),
        (ASSETS, IAssets::approveCall { spender: to, id: asset, amount: one }.abi_encode()),
        (ASSETS, IAssets::setOperatorCall { spender: to, approved: true }.abi_encode()),
        (
            POOL,
            IPool::shieldCall { pkr: Bytes::from(vec![0; 128]), asset, amount: one, memo: Bytes::new() }
                .abi_encode(),
        ),
        (POOL, IPool::payCall { payee: to, asset, amount: one }.abi_encode()),
    ]
}

#[test]
fn mutating_selectors_need_a_plain_call() {
    let mut chain = TestChain::new();
    let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
    let mut refused = 0;
    for (target, input) in mutating_calls(coin) {
        for (opcode, value) in [(DELEGATECALL, 0), (CALLCODE, 0), (CALLCODE, 1), (STATICCALL, 0)] {
            let contract = chain.create(0, 10, forwarder(opcode, target, value));
            let outcome = chain.send(1, contract, 0, input.clone());
            assert!(!outcome.receipt.success, "opcode {opcode:#x} on {target}");
            assert_eq!(outcome.output.get(..4), Some(IAssets::OnlyPlainCall::SELECTOR.as_slice()));
            refused += 1;
        }
    }
    assert_eq!(refused, 48);
    // The same forwarder with CALL reaches the rule behind the check.
    let contract = chain.create(0, 10, forwarder(CALL, ASSETS, 0));
    let approve = IAssets::approveCall { spender: Address::ZERO, id: coin, amount: U256::ONE };
    assert!(chain.send(1, contract, 0, approve.abi_encode()).receipt.success);
}

#[test]
fn malformed_calldata_is_a_named_revert() {
    let mut chain = TestChain::new();
    for target in [ASSETS, POOL] {
        for input in [vec![], vec![1], vec![1, 2, 3], vec![0xde, 0xad, 0xbe, 0xef]] {
            let outcome = chain.send(0, target, 0, input);
            assert_eq!(outcome.output.get(..4), Some(IAssets::UnknownSelector::SELECTOR.as_slice()));
        }
    }
    let mut truncated =
        IAssets::mintCall { asset: U256::ONE, to: Address::ZERO, amount: U256::ONE }.abi_encode();
    truncated.pop();
    let outcome = chain.send(0, ASSETS, 0, truncated);
    assert_eq!(outcome.output.get(..4), Some(IAssets::InvalidCalldata::SELECTOR.as_slice()));
    let mut huge = IAssets::registerTokenCall { name: "A".into(), decimals: 1 }.abi_encode();
    huge[4..36].fill(0xff);
    let outcome = chain.send(0, ASSETS, 0, huge);
    assert_eq!(outcome.output.get(..4), Some(IAssets::InvalidCalldata::SELECTOR.as_slice()));
}
