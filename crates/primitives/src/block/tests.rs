use super::*;
use crate::transaction::EthereumTx;
use alloy_consensus::{SignableTransaction, TxEip1559, TxLegacy};
use alloy_primitives::{Address, Signature, U256};

fn signature() -> Signature {
    Signature::new(U256::from(1), U256::from(2), false)
}

fn block() -> Block {
    let legacy = TxLegacy { nonce: 1, ..Default::default() }.into_signed(signature());
    let typed = TxEip1559 { chain_id: 1, nonce: 2, ..Default::default() }.into_signed(signature());
    let transactions =
        vec![Transaction::ethereum(EthereumTx::from(legacy)), Transaction::ethereum(EthereumTx::from(typed))];
    Block {
        header: Header {
            withdrawals_root: Some(B256::ZERO),
            base_fee_per_gas: Some(7),
            ..Default::default()
        },
        transactions,
        ommers: vec![Header { number: 3, ..Default::default() }],
        withdrawals: vec![Withdrawal { index: 1, validator_index: 2, address: Address::ZERO, amount: 3 }],
    }
}

/// The same bytes as alloy's own block type writes.
#[test]
fn blocks_are_ethereums_rlp() {
    let block = block();
    let body = alloy_consensus::BlockBody {
        transactions: block
            .transactions
            .iter()
            .map(|tx| match tx.kind() {
                crate::TransactionKind::Ethereum(tx) => tx.clone(),
                crate::TransactionKind::Shielded(_) => unreachable!(),
            })
            .collect(),
        ommers: block.ommers.clone(),
        withdrawals: Some(block.withdrawals.clone().into()),
    };
    let theirs = alloy_consensus::Block { header: block.header.clone(), body };
    let bytes = block.encode_rlp();
    assert_eq!(bytes, alloy_rlp::encode(theirs));
    assert_eq!(Block::decode_rlp(&bytes).unwrap(), block);
}

#[test]
fn bytes_that_are_no_block_are_refused() {
    let bytes = block().encode_rlp();
    for length in 0..bytes.len() {
        assert!(Block::decode_rlp(&bytes[..length]).is_err());
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Block::decode_rlp(&longer), Err(alloy_rlp::Error::UnexpectedLength.into()));
    let two = [&bytes[..], &bytes[..]].concat();
    let mut rest = &two[..];
    assert_eq!(Block::decode_first(&mut rest).unwrap(), Block::decode_first(&mut rest).unwrap());
    assert!(rest.is_empty());
}

#[test]
fn withdrawals_are_there_if_the_header_has_their_root() {
    let mut without = block();
    without.header.withdrawals_root = None;
    without.header.base_fee_per_gas = None;
    without.withdrawals.clear();
    assert_eq!(Block::decode_rlp(&without.encode_rlp()).unwrap(), without);
    // A list behind a header without its root.
    let mut payload = Vec::new();
    without.header.encode(&mut payload);
    payload.extend([0xc0, 0xc0, 0xc0]);
    let mut bytes = Vec::new();
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut bytes);
    bytes.extend(payload);
    assert_eq!(Block::decode_rlp(&bytes), Err(BlockDecodeError::Withdrawals { list: true, root: false }));
}

/// A legacy transaction in a string would be a second encoding of the same block.
#[test]
fn a_legacy_transaction_in_a_string_is_refused() {
    let mut one = block();
    one.transactions.truncate(1);
    let plain = one.transactions[0].encode_2718();
    let mut payload = Vec::new();
    one.header.encode(&mut payload);
    let mut string = Vec::new();
    plain.as_slice().encode(&mut string);
    alloy_rlp::Header { list: true, payload_length: string.len() }.encode(&mut payload);
    payload.extend(string);
    payload.extend([0xc0, 0xc0]);
    let mut bytes = Vec::new();
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut bytes);
    bytes.extend(payload);
    assert!(matches!(Block::decode_rlp(&bytes), Err(BlockDecodeError::Rlp(_))));
}

#[test]
fn receipts_keep_status_or_root() {
    for post_state in [None, Some(B256::repeat_byte(5))] {
        let receipt = Receipt {
            tx_type: 0,
            success: post_state.is_some(),
            post_state,
            cumulative_gas_used: 9,
            logs: vec![],
        };
        assert_eq!(Receipt::decode_2718(&receipt.encode_2718()).unwrap(), receipt);
    }
}
