//! The bound on a block's gas before its proofs: no block that a proposer can build breaks it, and no
//! header talks it away.

use crate::stage::{Stage, coin};
use crate::support::{TestChain, header};
use alloy_consensus::{SignableTransaction, TxEip2930, TxEip7702};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use sero_execution::{BlockError, BlockExecutor, InvalidTransaction, check_static, execute_block};
use sero_primitives::genesis::{Genesis, GenesisAccount};
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{Block, Transaction};
use sero_shielded::field::Field;
use sero_testkit::trapdoor::{self, BundlePlan};
use sero_testkit::{CHAIN_ID, genesis, key_files, signer};

const PROPOSER: Address = Address::repeat_byte(0xfe);
/// Clears the two slots that its calldata names.
const CLEARER: Address = Address::repeat_byte(0xc1);

/// As many of `transaction(nonce)` as a proposer's executor takes, and what a stranger says of the block.
/// Gives (gas used, sum of gas limits).
fn filled(chain: &TestChain, transaction: impl Fn(u64) -> Transaction) -> (u64, u64) {
    let header = header(chain, PROPOSER);
    let mut executor = BlockExecutor::new(&chain.state, header.clone(), &chain.parameters);
    let (mut transactions, mut limits) = (vec![], 0);
    for nonce in 0.. {
        let tx = transaction(nonce);
        if executor.gas_left() < tx.gas_limit() {
            break;
        }
        let base_fee = header.base_fee_per_gas.unwrap();
        let checked =
            check_static(tx.clone(), &chain.parameters, header.number, base_fee, header.gas_limit).unwrap();
        assert!(executor.execute(&checked).unwrap().receipt.success);
        limits += tx.gas_limit();
        transactions.push(tx);
    }
    let executed = executor.finish().unwrap();
    let used = executed.header.gas_used;
    let block = Block::new(executed.header, transactions);
    let again = execute_block(&chain.state, &chain.head, &block, &chain.parameters, None).unwrap();
    assert_eq!(again.diff, executed.diff);
    (used, limits)
}

/// An authority that exists gives back half of what its authorisation cost.
#[test]
fn a_block_full_of_authorizations_is_valid_for_everybody() {
    const AUTHORIZATIONS: u64 = 40;
    let chain = TestChain::new();
    let (used, limits) = filled(&chain, |nonce| {
        let authorization = |i| {
            let authorization = Authorization {
                chain_id: U256::from(CHAIN_ID),
                address: Address::repeat_byte(0x77),
                nonce: nonce * AUTHORIZATIONS + i,
            };
            let signature = signer(1).sign_hash_sync(&authorization.signature_hash()).unwrap();
            authorization.into_signed(signature)
        };
        let tx = TxEip7702 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 21_000 + AUTHORIZATIONS * 25_000,
            max_fee_per_gas: 10_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: Address::repeat_byte(0x11),
            authorization_list: (0..AUTHORIZATIONS).map(authorization).collect(),
            ..Default::default()
        };
        let signature = signer(0).sign_hash_sync(&tx.signature_hash()).unwrap();
        Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
    });
    assert!(used <= 30_000_000 && limits > 36_000_000, "{used} of {limits}: intrinsic gas alone fills it");
}

/// A slot in the access list costs 1,900 before execution and 2,906 in it; clearing it gives back 4,800.
#[test]
fn a_block_full_of_cleared_slots_is_valid_for_everybody() {
    const SLOTS: u64 = 2;
    const TRANSACTIONS: u64 = 1_200;
    // sstore(calldataload(0), 0), sstore(calldataload(32), 0)
    let code = alloy_primitives::hex!("5f5f35555f6020355500");
    let slot = |n: u64| B256::from(U256::from(n + 1));
    let storage = (0..TRANSACTIONS * SLOTS).map(|n| (slot(n).into(), U256::ONE)).collect();
    let clearer = GenesisAccount { code: Bytes::from(code), storage, nonce: 1, ..Default::default() };
    let mut genesis: Genesis = genesis();
    genesis.alloc.insert(CLEARER, clearer);
    let chain = TestChain::of(&genesis, &key_files());
    let (used, limits) = filled(&chain, |nonce| {
        let slots: Vec<B256> = (nonce * SLOTS..(nonce + 1) * SLOTS).map(slot).collect();
        let input = slots.concat();
        let tx = TxEip2930 {
            chain_id: CHAIN_ID,
            nonce,
            gas_price: 10_000_000_000,
            gas_limit: 35_000,
            to: TxKind::Call(CLEARER),
            input: input.into(),
            access_list: AccessList(vec![AccessListItem { address: CLEARER, storage_keys: slots }]),
            ..Default::default()
        };
        let signature = signer(0).sign_hash_sync(&tx.signature_hash()).unwrap();
        Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
    });
    assert!(used < limits, "{used} of {limits}");
}

/// A header that claims any gas limit makes nobody verify more proofs than the parent's limit pays for.
#[test]
fn a_header_cannot_raise_the_gas_that_bounds_proofs() {
    let mut stage = Stage::new();
    let part = |stage: &mut Stage| (trapdoor::field(&mut stage.rng), coin(), 1);
    let transactions: Vec<Transaction> = (0..10)
        .map(|_| {
            let spends = (0..16).map(|_| part(&mut stage)).collect();
            let outputs = (0..16).map(|_| part(&mut stage)).collect();
            let anchor: Field = stage.anchor(0);
            let plan = BundlePlan { anchor, spends, outputs, ..BundlePlan::empty() };
            let mut tx = stage.call(0, &plan, signer(2).address(), 0, vec![], vec![]);
            // No bundle holds: whoever looks at one says so.
            tx.bundle.spends[0].proof = tx.bundle.outputs[0].proof;
            crate::stage::resign(&mut tx, 0);
            Transaction::shielded(tx)
        })
        .collect();
    let mut header = header(&stage.chain, PROPOSER);
    header.gas_limit = u64::MAX;
    let block = Block::new(header, transactions);
    let verdict = execute_block(&stage.chain.state, &stage.chain.head, &block, &stage.chain.parameters, None);
    assert!(
        matches!(
            verdict,
            Err(BlockError::Transaction { index: 8.., error: InvalidTransaction::GasLimit { .. }, .. })
        ),
        "{:?}",
        verdict.map(|_| ())
    );
}
