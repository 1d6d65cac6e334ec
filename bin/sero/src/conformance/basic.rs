//! Basic tests: difficulties, headers, keys, signatures.

use super::{Verdict, field, network, number, parse};
use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::{Address, B256, U256, hex, keccak256};
use alloy_rlp::Decodable;
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::Value;
use sero_execution::{ChainParameters, check_static, difficulty};
use sero_primitives::Transaction;
use sero_primitives::ethereum::{Fork, ForkSchedule};
use std::path::Path;

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs one case.
pub fn run(file: &Path, name: &str, document: &Value) -> Verdict {
    let stem = stem(file);
    let case = match document {
        Value::Array(cases) => name.parse::<usize>().ok().and_then(|index| cases.get(index)),
        other => other.get(name),
    };
    let case = case.ok_or("no such case")?;
    match stem.as_str() {
        "keyaddrtest" => key(case),
        "txtest" => signature(case),
        "genesishashestest" => genesis(document),
        name if name.starts_with("difficulty") => block_difficulty(name, case),
        other => Err(format!("{other}: no known format")),
    }
}

/// The forks that a file of difficulties is about.
fn forks(stem: &str) -> Result<ForkSchedule, String> {
    let config = match stem {
        // Mainnet until Byzantium.
        "difficulty" | "difficultyMainNetwork" | "difficultyCustomMainNetwork" => {
            let mut config = network::config("Frontier", &Value::Null)?;
            config.homestead_block = Some(1_150_000);
            config.byzantium_block = Some(4_370_000);
            config.constantinople_block = Some(7_280_000);
            config
        }
        "difficultyRopsten" => {
            let mut config = network::config("Homestead", &Value::Null)?;
            config.byzantium_block = Some(1_700_000);
            config.constantinople_block = Some(4_230_000);
            config
        }
        "difficultyCustomHomestead" => network::config("Homestead", &Value::Null)?,
        other => return Err(format!("{other}: no known chain")),
    };
    ForkSchedule::new(&config).map_err(|error| error.to_string())
}

fn block_difficulty(stem: &str, case: &Value) -> Verdict {
    let block = number(case, "currentBlockNumber")?;
    let timestamp = number(case, "currentTimestamp")?;
    // A hash, or how many; without the field the rules do not ask.
    let ommers = match case.get("parentUncles").and_then(Value::as_str) {
        None | Some("0x00") => EMPTY_OMMER_ROOT_HASH,
        Some("0x01") => B256::ZERO,
        Some(_) => parse(case, "parentUncles")?,
    };
    let parent = Header {
        number: block.checked_sub(1).ok_or("block 0 has no difficulty")?,
        timestamp: number(case, "parentTimestamp")?,
        difficulty: parse::<U256>(case, "parentDifficulty")?,
        ommers_hash: ommers,
        ..Default::default()
    };
    let found = difficulty(&parent, timestamp, forks(stem)?.at(block, timestamp));
    let expected: U256 = parse(case, "currentDifficulty")?;
    if found == expected { Ok(()) } else { Err(format!("difficulty is {found}, expected {expected}")) }
}

fn bytes(value: &Value, name: &str) -> Result<Vec<u8>, String> {
    let text = field(value, name)?.as_str().ok_or_else(|| format!("{name}: not a string"))?;
    hex::decode(text).map_err(|error| format!("{name}: {error}"))
}

fn signer(case: &Value) -> Result<PrivateKeySigner, String> {
    PrivateKeySigner::from_slice(&bytes(case, "key")?).map_err(|error| error.to_string())
}

fn key(case: &Value) -> Verdict {
    let signer = signer(case)?;
    let expected = Address::try_from(bytes(case, "addr")?.as_slice()).map_err(|error| error.to_string())?;
    if signer.address() != expected {
        return Err(format!("address is {}, expected {expected}", signer.address()));
    }
    let signature = signer.sign_hash_sync(&keccak256("")).map_err(|error| error.to_string())?;
    let recovered =
        signature.recover_address_from_prehash(&keccak256("")).map_err(|error| error.to_string())?;
    if recovered == expected { Ok(()) } else { Err(format!("its signature is {recovered}'s")) }
}

fn signature(case: &Value) -> Verdict {
    let transaction = Transaction::decode_2718(&bytes(case, "signed")?).map_err(|error| error.to_string())?;
    let parameters = ChainParameters::ethereum(1, B256::ZERO, ForkSchedule::fixed(Fork::Frontier));
    let checked =
        check_static(transaction, &parameters, 1, 0, u64::MAX).map_err(|error| error.to_string())?;
    let (found, transaction, expected) = (checked.sender(), checked.transaction(), signer(case)?.address());
    let same = found == Some(expected)
        && transaction.nonce() == field(case, "nonce")?.as_u64().unwrap_or(u64::MAX)
        && transaction.encode_2718() == bytes(case, "signed")?;
    if same { Ok(()) } else { Err(format!("sender is {found:?}, expected {expected}")) }
}

/// The file has one case, in fields of the document itself.
fn genesis(document: &Value) -> Verdict {
    let block = bytes(document, "genesis_rlp_hex")?;
    let payload = alloy_rlp::Header::decode_bytes(&mut &block[..], true);
    let header =
        payload.and_then(|mut payload| Header::decode(&mut payload)).map_err(|error| error.to_string())?;
    let expected = bytes(document, "genesis_hash")?;
    let found = header.hash_slow();
    if found == expected[..] {
        Ok(())
    } else {
        Err(format!("hash is {found}, expected {}", hex::encode(expected)))
    }
}
