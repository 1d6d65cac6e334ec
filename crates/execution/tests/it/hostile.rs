//! Attacks that a review found or tried: each must stay without effect.

use crate::support::{TestChain, build, coin_id, header, pkr, shielded};
use alloy_consensus::{SignableTransaction, TxEip4844};
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolError};
use sero_execution::{
    AccountOverride, BlockError, BlockExecutor, BlockInputs, CallRequest, ExecutionError, InvalidTransaction,
    SimulationLimits, Simulator, check_static, execute_block,
};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::shielded_tx::Attached;
use sero_primitives::transaction::{EthereumTx, TransactionError};
use sero_primitives::{ASSETS, Block, POOL, PRECOMPILES, StateReader, Transaction};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_testkit::{CHAIN_ID, SERO, signer};

#[test]
fn builder_and_verifier_agree_on_expiry() {
    let mut chain = TestChain::new();
    let h1 = header(&chain, Address::repeat_byte(0xfe));
    // Admitted while block 1 was next; block 1 becomes final before it gets its turn.
    let call = TxKind::Call(signer(1).address());
    let tx = shielded(0, 0, h1.number, call, 1, Bytes::new(), vec![], vec![], 500_000);
    let base_fee = h1.base_fee_per_gas.unwrap();
    let checked = check_static(tx, &chain.parameters, h1.number, base_fee, h1.gas_limit).unwrap();
    chain.send(1, signer(2).address(), 1, vec![]);
    let h2 = header(&chain, Address::repeat_byte(0xfe));
    let outcome = BlockExecutor::new(&chain.state, h2, &chain.parameters).execute(&checked);
    let expired = InvalidTransaction::Expired { expiry: 1, block: 2 };
    assert!(matches!(outcome, Err(ExecutionError::Invalid(error)) if error == expired));
}

#[test]
fn what_can_never_be_in_a_block_is_refused_without_state() {
    let chain = TestChain::new();
    let h = header(&chain, Address::ZERO);
    let check = |tx| {
        check_static(tx, &chain.parameters, h.number, h.base_fee_per_gas.unwrap(), h.gas_limit).map(|_| ())
    };
    let call = TxKind::Call(signer(1).address());
    let tx = |gas| shielded(0, 0, 9, call, 1, Bytes::new(), vec![], vec![], gas);
    assert!(matches!(check(tx(0)), Err(InvalidTransaction::IntrinsicGas { .. })));
    // 21,000, the refund address, and 102 bytes of bundle.
    assert!(matches!(
        check(tx(21_000 + 88_400 + 102 * 16 - 1)),
        Err(InvalidTransaction::IntrinsicGas { .. })
    ));
    assert_eq!(check(tx(21_000 + 88_400 + 102 * 16)), Ok(()));
    let long = shielded(0, 0, 9, TxKind::Create, 0, vec![0; 49_153].into(), vec![], vec![], 9_000_000);
    assert!(matches!(check(long), Err(InvalidTransaction::Ethereum(rule)) if rule.contains("init code")));
}

fn push_u32(code: &mut Vec<u8>, v: u32) {
    code.push(0x63);
    code.extend(v.to_be_bytes());
}

/// loop: call target with `size` bytes of memory as input, prefix stored at 0
fn looper(target: Address, prefix: &[u8], size: u32, gas: u32) -> Bytes {
    let mut code = vec![];
    for (i, chunk) in prefix.chunks(32).enumerate() {
        let mut w = [0u8; 32];
        w[..chunk.len()].copy_from_slice(chunk);
        code.push(0x7f);
        code.extend(w);
        push_u32(&mut code, (i * 32) as u32);
        code.push(0x52);
    }
    let loop_at = code.len();
    code.push(0x5b);
    code.extend([0x5f, 0x5f]);
    push_u32(&mut code, size);
    code.push(0x5f); // out, in
    code.push(0x73);
    code.extend(target);
    push_u32(&mut code, gas);
    code.extend([0xfa, 0x50]); // staticcall pop
    code.extend([0x61, 0x27, 0x10, 0x5a, 0x11]); // gas > 10000
    code.push(0x61);
    code.extend((loop_at as u16).to_be_bytes());
    code.push(0x57);
    code.push(0x00);
    let n = code.len() as u16;
    let mut creation = vec![0x61];
    creation.extend(n.to_be_bytes());
    creation.extend([0x80, 0x60, 0x0b, 0x5f, 0x39, 0x5f, 0xf3]);
    let mut out = creation.clone();
    while out.len() < 11 {
        out.push(0x5b)
    }
    out.extend(code);
    out.into()
}

#[test]
fn calldata_beyond_any_use_is_refused_unread() {
    let mut chain = TestChain::new();
    let mut name = IAssets::registerTokenCall { name: String::new(), decimals: 1 }.abi_encode();
    let len = name.len();
    name[len - 32..].copy_from_slice(&U256::from(2_000_000 - 128).to_be_bytes::<32>());
    let contract = chain.create(0, 0, looper(ASSETS, &name, 2_000_000, 300));
    let request = CallRequest { to: Some(contract), gas: Some(12_000_000), ..Default::default() };
    assert!(chain.simulator().call(&request).unwrap().success);
    let long = [IAssets::assetByNameCall { name: "x".repeat(3_000) }.abi_encode(), vec![0; 40_000]].concat();
    for target in [ASSETS, POOL] {
        let outcome = chain.send(0, target, 0, long.clone());
        assert_eq!(outcome.output.get(..4), Some(IAssets::InvalidCalldata::SELECTOR.as_slice()));
    }
}

#[test]
fn overrides_cannot_break_the_simulator() {
    let chain = TestChain::new();
    let run = |address: Address, change: AccountOverride| {
        let request = CallRequest { to: Some(address), ..Default::default() };
        Simulator::new(
            &chain.state,
            header(&chain, Address::ZERO),
            &chain.parameters,
            SimulationLimits { gas: 1_000_000 },
        )
        .with_overrides([(address, change)].into_iter().collect())
        .call(&request)
        .map(|outcome| outcome.success)
    };
    let code =
        AccountOverride { code: Some(Bytes::from_static(&[0xef, 0x01, 0x00, 1])), ..Default::default() };
    assert!(matches!(run(Address::repeat_byte(1), code), Err(ExecutionError::Invalid(_))));
    let slot = sero_precompiles::assets::issued_slot(AssetId::coin());
    let storage =
        AccountOverride { state_diff: [(slot, U256::MAX)].into_iter().collect(), ..Default::default() };
    assert!(matches!(run(ASSETS, storage), Err(ExecutionError::Invalid(_))));
}

#[test]
fn a_block_of_the_far_future_is_refused() {
    let chain = TestChain::new();
    let inputs =
        BlockInputs { timestamp: u64::MAX, beneficiary: Address::ZERO, prevrandao: chain.head.hash_slow() };
    let done =
        BlockExecutor::new(&chain.state, inputs.header(&chain.head), &chain.parameters).finish().unwrap();
    let block = Block::new(done.header, vec![]);
    let verdict = execute_block(&chain.state, &chain.head, &block, &chain.parameters, None);
    assert!(matches!(verdict, Err(BlockError::Header { field: "timestamp", .. })));
}

/// What Ethereum's blocks may have and this chain's may not: each would bring coins from nowhere, or rules that nobody checks.
#[test]
fn ommers_withdrawals_and_blobs_have_no_place() {
    let chain = TestChain::new();
    let empty = BlockExecutor::new(&chain.state, header(&chain, Address::ZERO), &chain.parameters);
    let good = Block::new(empty.finish().unwrap().header, vec![]);
    let judge = |block: &Block| execute_block(&chain.state, &chain.head, block, &chain.parameters, None);
    judge(&good).unwrap();

    let withdrawal =
        Withdrawal { index: 0, validator_index: 0, address: Address::ZERO, amount: 1_000_000_000 };
    let mut bad = Block { withdrawals: vec![withdrawal], ..good.clone() };
    assert!(matches!(judge(&bad), Err(BlockError::Header { field: "withdrawals", .. })));
    // With the root that they have, it is no better.
    bad.header.withdrawals_root = Some(alloy_consensus::proofs::calculate_withdrawals_root(&bad.withdrawals));
    assert!(matches!(judge(&bad), Err(BlockError::Header { field: "withdrawals", .. })));

    let bad = Block { ommers: vec![chain.head.clone()], ..good.clone() };
    assert!(matches!(judge(&bad), Err(BlockError::Ommer { index: 0, .. })));

    let tx = TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        max_fee_per_blob_gas: 1,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..Default::default()
    };
    let signature = signer(0).sign_hash_sync(&tx.signature_hash()).unwrap();
    let blob = Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)));
    let decoded = Transaction::decode_2718(&blob.encode_2718()).unwrap();
    let bad = Block { transactions: vec![decoded], ..good };
    let expected = InvalidTransaction::Transaction(TransactionError::Blob);
    assert!(matches!(judge(&bad), Err(BlockError::Transaction { index: 0, error, .. }) if error == expected));
}

#[test]
fn precompiles_hold_no_public_balances() {
    let mut chain = TestChain::new();
    let register = IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 };
    chain.send(0, ASSETS, SERO, register.abi_encode());
    let name = AssetName::new(b"GOLD").unwrap();
    let gold = AssetId::token(&signer(0).address().0.0, &name);
    let asset = U256::from_be_bytes(gold.to_bytes());
    let (own, one) = (signer(0).address(), U256::ONE);
    chain.send(0, ASSETS, 0, IAssets::mintCall { asset, to: own, amount: one }.abi_encode());
    for to in PRECOMPILES.into_iter().chain([Address::ZERO]) {
        for call in [
            IAssets::mintCall { asset, to, amount: one }.abi_encode(),
            IAssets::transferCall { receiver: to, id: asset, amount: one }.abi_encode(),
        ] {
            let outcome = chain.send(0, ASSETS, 0, call);
            assert_eq!(outcome.output.get(..4), Some(IAssets::InvalidReceiver::SELECTOR.as_slice()));
        }
        // `pay` must not fail because of the payee: the payer keeps it.
        assert!(
            chain
                .send(0, POOL, 0, IPool::payCall { payee: to, asset, amount: one }.abi_encode())
                .receipt
                .success
        );
        let balance = IAssets::balanceOfCall { owner: own, id: asset }.abi_encode();
        let request = CallRequest { to: Some(ASSETS), input: balance.into(), ..Default::default() };
        assert_eq!(U256::from_be_slice(&chain.simulator().call(&request).unwrap().output), one);
    }
}

#[test]
fn refunds_and_supply_hold_for_odd_beneficiaries_and_callees() {
    for beneficiary in [
        Address::repeat_byte(0xfe),
        POOL,
        ASSETS,
        signer(0).address(),
        Address::ZERO,
        Address::with_last_byte(1),
    ] {
        let mut chain = TestChain::new();
        let shield = IPool::shieldCall {
            pkr: pkr().to_bytes().into(),
            asset: coin_id(),
            amount: U256::from(5 * SERO),
            memo: Bytes::new(),
        };
        chain.send(1, POOL, 5 * SERO, shield.abi_encode());
        let name = AssetName::new(b"GOLD").unwrap();
        let issuer = signer(0).address();
        let gold = AssetId::token(&issuer.0.0, &name);
        let gid = U256::from_be_bytes(gold.to_bytes());
        chain.send(
            0,
            ASSETS,
            SERO,
            IAssets::registerTokenCall { name: "GOLD".into(), decimals: 6 }.abi_encode(),
        );
        chain.send(
            0,
            ASSETS,
            0,
            IAssets::mintCall { asset: gid, to: issuer, amount: U256::from(100) }.abi_encode(),
        );
        let n = chain.nonce(&signer(0));
        // reverting target: ASSETS with garbage
        let out_coin = BalanceEntry { asset: AssetId::coin(), direction: Direction::Outward, amount: SERO };
        let tx = shielded(
            0,
            n,
            50,
            TxKind::Call(ASSETS),
            7,
            Bytes::from_static(&[9; 4]),
            vec![out_coin],
            vec![Attached { asset: gold, amount: 40 }],
            1_500_000,
        );
        let o = build(&mut chain, beneficiary, vec![tx]).remove(0);
        let notes = o.receipt.logs.iter().filter(|l| l.address == POOL && l.topics().len() == 4).count();
        assert!(!o.receipt.success);
        assert!(notes >= 1, "refund note logged");
        // self call, then create failing, then selfdestruct creation
        for (to, input, value) in [
            (TxKind::Call(issuer), Bytes::new(), 5u128),
            (TxKind::Create, Bytes::from_static(&[0xfe]), 5),
            (TxKind::Create, Bytes::from_static(&[0x30, 0xff]), 5),
            (
                TxKind::Create,
                {
                    let mut c = vec![0x73];
                    c.extend(POOL);
                    c.push(0xff);
                    c.into()
                },
                5,
            ),
            (TxKind::Call(POOL), Bytes::new(), 0),
            (TxKind::Call(Address::with_last_byte(4)), Bytes::new(), 9),
        ] {
            let n = chain.nonce(&signer(0));
            let tx = shielded(
                0,
                n,
                50,
                to,
                value,
                input,
                vec![out_coin_small()],
                vec![Attached { asset: gold, amount: 3 }],
                1_500_000,
            );
            let o = build(&mut chain, beneficiary, vec![tx]).remove(0);
            assert!(!o.receipt.logs.is_empty());
            let slot = sero_precompiles::assets::issued_slot(AssetId::coin());
            assert_eq!(chain.state.storage(ASSETS, slot).unwrap(), chain.state.coins());
        }
    }
}
fn out_coin_small() -> BalanceEntry {
    BalanceEntry { asset: AssetId::coin(), direction: Direction::Outward, amount: SERO / 10 }
}
