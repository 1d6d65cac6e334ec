//! Block tests: a genesis, and blocks of which some are to be refused.

use super::prestate::{TestAccounts, alloc, compare, start};
use super::{Verdict, field, network, parse, parse_optional, refusal};
use alloy_genesis::Genesis;
use alloy_primitives::{B256, Bytes};
use alloy_rlp::Decodable;
use serde_json::Value;
use sero_chain::{Chain, ChainExecutor, Verdict as BlockVerdict};
use sero_primitives::Block;

/// Runs one case.
pub fn run(case: &Value) -> Verdict {
    let accounts: TestAccounts = parse(case, "pre")?;
    let genesis_bytes: Bytes = parse(case, "genesisRLP")?;
    let header = alloy_rlp::Header::decode_bytes(&mut &genesis_bytes[..], true)
        .and_then(|mut block| alloy_consensus::Header::decode(&mut block))
        .map_err(|error| format!("genesisRLP: {error}"))?;
    let genesis = Genesis {
        config: network::config(&parse::<String>(case, "network")?, case)?,
        nonce: header.nonce.into(),
        timestamp: header.timestamp,
        extra_data: header.extra_data.clone(),
        gas_limit: header.gas_limit,
        difficulty: header.difficulty,
        mix_hash: header.mix_hash,
        coinbase: header.beneficiary,
        alloc: alloc(&accounts)?,
        base_fee_per_gas: header.base_fee_per_gas.map(u128::from),
        excess_blob_gas: header.excess_blob_gas,
        blob_gas_used: header.blob_gas_used,
        ..Default::default()
    };
    let test = start(genesis)?;
    let expected: B256 = parse(field(case, "genesisBlockHeader")?, "hash")?;
    let found = test.chain.head().hash;
    if found != expected || found != header.hash_slow() {
        return Err(format!("genesis hash is {found}, expected {expected}"));
    }
    let blocks = field(case, "blocks")?.as_array().ok_or("blocks: not a list")?;
    for (index, block) in blocks.iter().enumerate() {
        import(&test.chain, block).map_err(|reason| format!("block {index}: {reason}"))?;
    }
    let (found, expected) = (test.chain.head().hash, parse::<B256>(case, "lastblockhash")?);
    if found != expected {
        return Err(format!("head is {found}, expected {expected}"));
    }
    if let Some(accounts) = parse_optional::<TestAccounts>(case, "postState")? {
        compare(&test.chain.snapshot().map_err(|error| error.to_string())?, &accounts)?;
    }
    Ok(())
}

/// Imports one block, or sees it refused as it is to be.
fn import(chain: &Chain, block: &Value) -> Verdict {
    let expected = block.get("expectException").and_then(Value::as_str);
    let bytes: Bytes = parse(block, "rlp")?;
    let decoded = match (Block::decode_rlp(&bytes), expected) {
        (Ok(block), _) => block,
        (Err(error), Some(expected)) => return refusal::check_decoding(expected, &error),
        (Err(error), None) => return Err(format!("cannot be decoded: {error}")),
    };
    match (chain.execute(&decoded), expected) {
        (Ok(BlockVerdict::Valid(executed)), None) => {
            chain.finalize(executed.hash()).map_err(|error| error.to_string())
        }
        (Ok(BlockVerdict::Valid(_)), Some(expected)) => {
            Err(format!("accepted, where {expected} was expected"))
        }
        (Ok(BlockVerdict::Invalid(error)), Some(expected)) => refusal::check_block(expected, &error),
        (Ok(BlockVerdict::Invalid(error)), None) => Err(format!("refused: {error}")),
        (Err(error), _) => Err(format!("no verdict: {error}")),
    }
}
