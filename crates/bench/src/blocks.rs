//! Chains of plain Ethereum whose blocks are as hard as their gas allows: each kind of work in a chain of its own,
//! as `sero import` takes it, and the same transactions for a node that makes blocks itself.

use crate::text;
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};
use sero_chain::{Chain, ChainExecutor, OverlayState, Verdict};
use sero_execution::{BlockExecutor, BlockInputs, KeyFiles, check_static};
use sero_primitives::ethereum::EthereumGenesis;
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{Block, StateDiff, Transaction};
use sero_storage::{Storage, StorageOptions};
use std::fs;
use std::path::Path;

const CHAIN_ID: u64 = 1337;
const BLOCKS: u64 = 10;
const GAS_LIMIT: u64 = 30_000_000;
/// Accounts that transfer tokens, and how many transfers each of them sends in a block.
const PAYERS: u64 = 117;
const PAYMENTS: u64 = 5;
const TOKEN_GAS: u64 = 60_000;
/// So high that no block's base fee reaches it.
const MAX_FEE: u128 = 1_000_000_000_000;
const TIP: u128 = 1_000_000_000;

/// The contract that does a chain's work.
const WORKER: Address = Address::repeat_byte(0x77);
/// Writes slots that were never written, whose keys are hashes, until 50,000 gas are left; the input is the first key.
const STORAGE: &str = "5f355b5f5260205f20808055" /* hash, write */;
/// Hashes 32 KiB over and over.
const KECCAK: &str = "5f355b5f526180005f20";
/// The end of both loops: again from byte 2 while more than 50,000 gas are left.
const WHILE_GAS: &str = "5a6200c35010600257" /* GAS > 50000 ? */;
/// Calls a precompile with the input over and over, until 200,000 gas are left; a call that fails ends in INVALID.
const PRECOMPILE: &str = "365f5f375b5f5f365f60PP5afa15601b575a62030d4010600457005bfe";
/// `contracts/artifacts/PlainToken.json`.
const TOKEN: &str = include_str!("../../../contracts/artifacts/PlainToken.json");

/// The generators of G1 and G2, and the first negated: e(P, Q) e(-P, Q) = 1.
const G1: [&str; 2] = ["01", "02"];
const G1_NEGATED_Y: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45";
const G2: [&str; 4] = [
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
];

/// Bytes that may not be to be had.
type Made = Result<Vec<u8>, String>;

/// A kind of work.
struct Kind {
    name: &'static str,
    /// Of [`WORKER`].
    code: fn() -> Made,
    /// Of the one transaction of block number so and so; `None` where [`PAYERS`] send many.
    input: Option<fn(u64) -> Made>,
}

const KINDS: &[Kind] = &[
    Kind { name: "storage", code: || decoded(&[STORAGE, WHILE_GAS, "00"].concat()), input: Some(seed) },
    Kind { name: "keccak", code: || decoded(&[KECCAK, WHILE_GAS, "00"].concat()), input: Some(seed) },
    Kind { name: "pairing", code: || decoded(&PRECOMPILE.replace("PP", "08")), input: Some(|_| pairing()) },
    Kind { name: "modexp", code: || decoded(&PRECOMPILE.replace("PP", "05")), input: Some(|_| modexp()) },
    Kind { name: "erc20", code: token_code, input: None },
];

/// Writes a folder for each kind of work: `genesis.json` and `chain.rlp`, and in `transactions.json` an object for each
/// block, with `gasUsed` and `transactions`.
pub fn prepare(folder: &Path) -> Result<(), String> {
    KINDS.iter().try_for_each(|kind| {
        kind.prepare(&folder.join(kind.name)).map_err(|error| format!("{}: {error}", kind.name))
    })
}

impl Kind {
    fn prepare(&self, folder: &Path) -> Result<(), String> {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
        };
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let payers: Vec<PrivateKeySigner> = (0..PAYERS).map(payer).collect::<Result<_, _>>()?;
        let genesis = self.genesis(&payers)?.to_string();
        write("genesis.json", genesis.as_bytes())?;
        let scratch = folder.join("scratch");
        let (blocks, transactions) = self.chain(&genesis, &payers, &scratch)?;
        fs::remove_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        write("chain.rlp", &blocks)?;
        write("transactions.json", Value::from(transactions).to_string().as_bytes())
    }

    /// Cancun's rules from the start.
    fn genesis(&self, payers: &[PrivateKeySigner]) -> Result<Value, String> {
        let mut alloc = serde_json::Map::new();
        let mut storage = serde_json::Map::new();
        for payer in payers {
            alloc.insert(payer.address().to_string(), json!({ "balance": "0x3635c9adc5dea00000" }));
            let slot = keccak256([payer.address().into_word(), B256::ZERO].concat());
            storage.insert(slot.to_string(), json!(B256::from(U256::from(1u64 << 32))));
        }
        let mut worker = json!({ "balance": "0x0", "code": hex::encode_prefixed((self.code)()?) });
        if self.input.is_none() {
            worker["storage"] = storage.into();
        }
        alloc.insert(WORKER.to_string(), worker);
        Ok(json!({
            "config": {
                "chainId": CHAIN_ID, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
                "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
                "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            },
            "nonce": "0x0", "timestamp": "0x67748580", "extraData": "0x", "gasLimit": format!("{GAS_LIMIT:#x}"),
            "difficulty": "0x0", "baseFeePerGas": "0x3b9aca00", "alloc": alloc,
        }))
    }

    /// RLP of the blocks, and what is in them as JSON.
    fn chain(
        &self,
        genesis: &str,
        payers: &[PrivateKeySigner],
        scratch: &Path,
    ) -> Result<(Vec<u8>, Vec<Value>), String> {
        // What an earlier run may have left.
        if scratch.exists() {
            fs::remove_dir_all(scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        }
        let storage =
            Storage::open(scratch, StorageOptions { durable: false, ..Default::default() }).map_err(text)?;
        let genesis = EthereumGenesis::from_json(genesis).map_err(text)?;
        let chain = Chain::open(storage, genesis, &KeyFiles::new([])).map_err(text)?;
        let (mut bytes, mut contents) = (Vec::new(), Vec::new());
        for number in 1..=BLOCKS {
            let block = next(&chain, self.transactions(number, payers)?)?;
            bytes.extend(block.encode_rlp());
            let transactions: Vec<String> =
                block.transactions.iter().map(|tx| hex::encode_prefixed(tx.encode_2718())).collect();
            contents.push(json!({ "gasUsed": block.header.gas_used, "transactions": transactions }));
        }
        Ok((bytes, contents))
    }

    fn transactions(&self, number: u64, payers: &[PrivateKeySigner]) -> Result<Vec<Transaction>, String> {
        if let Some(input) = self.input {
            return Ok(vec![signed(&payers[0], number - 1, GAS_LIMIT, input(number)?)?]);
        }
        let mut transactions = Vec::new();
        for payment in 0..PAYMENTS {
            for (index, payer) in (0u64..).zip(payers) {
                let nonce = (number - 1) * PAYMENTS + payment;
                let to = Address::from_word(keccak256([nonce.to_be_bytes(), index.to_be_bytes()].concat()));
                let call =
                    [&keccak256("transfer(address,uint256)")[..4], to.into_word().as_slice(), &word(1)]
                        .concat();
                transactions.push(signed(payer, nonce, TOKEN_GAS, call)?);
            }
        }
        Ok(transactions)
    }
}

/// The next block of a chain, out of transactions that must all succeed; it is the chain's head afterwards.
fn next(chain: &Chain, transactions: Vec<Transaction>) -> Result<Block, String> {
    let (head, parameters) = (chain.head(), chain.parameters());
    let timestamp = head.header.timestamp + 1;
    let inputs = BlockInputs { timestamp, beneficiary: Address::repeat_byte(0xfe), prevrandao: head.hash };
    let mut header = parameters.child_header(&head.header, &inputs);
    header.parent_beacon_block_root = Some(B256::ZERO);
    let (number, base_fee) = (header.number, header.base_fee_per_gas.unwrap_or_default());
    let mut overlay = OverlayState::new(chain.snapshot().map_err(text)?, vec![]);
    let executed = {
        let root = |diff: &StateDiff| Ok(overlay.state_root(diff)?.0);
        let mut executor = BlockExecutor::new(&overlay, header, parameters).with_state_root(&root);
        executor.open().map_err(text)?;
        for transaction in &transactions {
            let checked =
                check_static(transaction.clone(), parameters, number, base_fee, GAS_LIMIT).map_err(text)?;
            executor.execute(&checked).map_err(text)?;
        }
        executor.finish_with(&[], &[]).map_err(text)?
    };
    if let Some(index) = executed.receipts.iter().position(|receipt| !receipt.success) {
        return Err(format!("transaction {index} of block {number} fails"));
    }
    overlay.push(Block::new(Default::default(), transactions), executed).map_err(text)?;
    let block = overlay.blocks().first().ok_or("no block")?.block().clone();
    match chain.execute(&block).map_err(text)? {
        Verdict::Valid(executed) => chain.finalize(executed.hash()).map_err(text)?,
        Verdict::Invalid(error) => return Err(format!("block {number}: {error}")),
    }
    Ok(block)
}

fn payer(index: u64) -> Result<PrivateKeySigner, String> {
    PrivateKeySigner::from_bytes(&keccak256(format!("bench payer {index}"))).map_err(text)
}

fn signed(
    from: &PrivateKeySigner,
    nonce: u64,
    gas_limit: u64,
    input: Vec<u8>,
) -> Result<Transaction, String> {
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit,
        max_fee_per_gas: MAX_FEE,
        max_priority_fee_per_gas: TIP,
        to: TxKind::Call(WORKER),
        value: U256::ZERO,
        access_list: Default::default(),
        input: Bytes::from(input),
    };
    let signature = from.sign_hash_sync(&tx.signature_hash()).map_err(text)?;
    Ok(Transaction::ethereum(EthereumTx::from(tx.into_signed(signature))))
}

/// 32 bytes.
fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

fn seed(block: u64) -> Result<Vec<u8>, String> {
    Ok(word(block).to_vec())
}

/// Two pairs.
fn pairing() -> Result<Vec<u8>, String> {
    let pairs = [G1[0], G1[1], G2[0], G2[1], G2[2], G2[3], G1[0], G1_NEGATED_Y, G2[0], G2[1], G2[2], G2[3]];
    decoded(&pairs.map(|digits| format!("{digits:0>64}")).concat())
}

/// 32 bytes each of base, exponent and modulus: all ones, and the modulus even.
fn modexp() -> Result<Vec<u8>, String> {
    let [base, exponent, mut modulus] = [[0xff; 32]; 3];
    modulus[31] = 0xfe;
    Ok([word(32), word(32), word(32), base, exponent, modulus].concat())
}

fn decoded(digits: &str) -> Result<Vec<u8>, String> {
    hex::decode(digits).map_err(text)
}

fn token_code() -> Result<Vec<u8>, String> {
    let artifact: Value = serde_json::from_str(TOKEN).map_err(text)?;
    decoded(artifact["deployedBytecode"].as_str().ok_or("PlainToken.json has no deployedBytecode")?)
}
