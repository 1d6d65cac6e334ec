//! Blocks of Ethereum, as files of blocks have them.

use super::{no_repair, transaction};
use crate::check::canonical;
use crate::draw::Draw;
use crate::{Cost, Target};
use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use sero_primitives::Block;

pub const BLOCK: Target = Target {
    name: "block",
    cost: Cost::Cheap,
    max_len: 8192,
    check: |bytes| canonical(bytes, Block::decode_rlp, Block::encode_rlp),
    draw: |draw| block(draw).encode_rlp(),
    repair: no_repair,
    nasty: || {
        let bytes = block(&mut Draw::new(5)).encode_rlp();
        vec![
            ("empty", vec![]),
            ("empty-list", vec![0xc0]),
            ("list-of-4-GiB", vec![0xfb, 0xff, 0xff, 0xff, 0xff]),
            ("lists-in-lists", vec![0xc1; 600]),
            ("twice", [&bytes[..], &bytes[..]].concat()),
            ("cut", bytes[..bytes.len() - 1].to_vec()),
        ]
    },
};

fn block(draw: &mut Draw) -> Block {
    let header = header(draw);
    let transactions = (0..draw.below(3)).map(|_| transaction::ethereum(draw)).collect();
    let withdrawals = if header.withdrawals_root.is_some() { draw.below(3) } else { 0 };
    Block {
        transactions,
        ommers: (0..draw.below(2)).map(|_| self::header(draw)).collect(),
        withdrawals: (0..withdrawals)
            .map(|_| Withdrawal {
                index: draw.number(),
                validator_index: draw.number(),
                address: Address::from(draw.bytes()),
                amount: draw.number(),
            })
            .collect(),
        header,
    }
}

/// Of some fork: each field that may be missing is there only with those before it.
fn header(draw: &mut Draw) -> Header {
    let fields = draw.below(5);
    Header {
        parent_hash: B256::from(draw.bytes()),
        beneficiary: Address::from(draw.bytes()),
        difficulty: U256::from(draw.number()),
        number: draw.number(),
        gas_limit: draw.number(),
        gas_used: draw.number(),
        timestamp: draw.number(),
        extra_data: Bytes::from(draw.bytes::<20>().to_vec()),
        nonce: B64::from(draw.number()),
        base_fee_per_gas: (fields > 0).then(|| draw.number()),
        withdrawals_root: (fields > 1).then(|| B256::from(draw.bytes())),
        blob_gas_used: (fields > 2).then(|| draw.number()),
        excess_blob_gas: (fields > 2).then(|| draw.number()),
        parent_beacon_block_root: (fields > 2).then(|| B256::from(draw.bytes())),
        requests_hash: (fields > 3).then(|| B256::from(draw.bytes())),
        ..Default::default()
    }
}
