//! A chain in memory: applies transactions by the rules that matter to a
//! wallet and answers the wallet's questions. One transaction, one block.

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolError};
use serde_json::{Value, json};
use sero_circuits::{Part, Progress, Proofs, Watch, Witnesses};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::shielded_tx::ShieldedTx;
use sero_primitives::{ASSETS, POOL, Transaction, TransactionKind, gas};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::Direction;
use sero_shielded::encryption::{Memo, encrypt};
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::keys::OneTimeAddress;
use sero_shielded::note::{HiddenNote, public_note_commitment, value_commitment};
use sero_shielded::tree::Frontier;
use sero_shielded::verifier::VerifyingKeys;
use sero_wallet::{ChainSource, Prover, ProverError, SourceError};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

pub const CHAIN_ID: u64 = 5301;
pub const GENESIS: B256 = B256::repeat_byte(0x53);
pub const LAG: u64 = 3;
pub const BASE_FEE: u128 = 700_000_000;
/// A contract that reverts.
pub const REVERTS: Address = Address::repeat_byte(0xee);
/// Gas that every call uses beyond its intrinsic gas.
pub const CALL_GAS: u64 = 40_000;

/// Checks witnesses, and gives proofs of zeros.
pub struct NullProver;

impl Prover for NullProver {
    fn key_hashes(&self) -> Result<[B256; 2], sero_circuits::ProveError> {
        Ok([B256::ZERO; 2])
    }

    fn prove(&self, witnesses: &Witnesses, watch: &Watch<'_>) -> Result<Proofs, ProverError> {
        for (i, witness) in witnesses.spends.iter().enumerate() {
            witness.check().map_err(|error| ProverError::Prove { part: Part::Spend(i), error })?;
        }
        for (i, witness) in witnesses.outputs.iter().enumerate() {
            witness.check().map_err(|error| ProverError::Prove { part: Part::Output(i), error })?;
        }
        let of = witnesses.len();
        witnesses
            .parts()
            .enumerate()
            .for_each(|(i, part)| (watch.progress)(Progress { part, done: i + 1, of }));
        Ok(Proofs {
            spends: vec![[0; 128]; witnesses.spends.len()],
            outputs: vec![[0; 128]; witnesses.outputs.len()],
        })
    }
}

struct Block {
    number: u64,
    value: Value,
}

pub struct Inner {
    pub head: u64,
    blocks: Vec<Block>,
    tree: Frontier,
    roots: HashSet<Field>,
    nullifiers: HashSet<Field>,
    pub nonces: HashMap<Address, u64>,
    pub public: HashMap<(Address, AssetId), u128>,
    pub hidden: HashMap<AssetId, u128>,
    pub received: Vec<(Address, AssetId, u128)>,
    pub assets: Vec<Value>,
    notes: Vec<Value>,
    spent: Vec<Value>,
    pub transactions: Vec<ShieldedTx>,
    receipts: HashMap<B256, Value>,
}

pub type Tamper = Box<dyn Fn(&str, &mut Value)>;

pub struct FakeChain {
    pub inner: RefCell<Inner>,
    pub keys: Option<VerifyingKeys>,
    pub key_hashes: [B256; 2],
    pub genesis: B256,
    pub page: u64,
    pub log: RefCell<Vec<(String, Value)>>,
    pub tamper: RefCell<Option<Tamper>>,
    /// A method that fails with this code.
    pub refuse: RefCell<Option<(&'static str, i64)>>,
}

impl FakeChain {
    pub fn new() -> Self {
        let tree = Frontier::default();
        let inner = Inner {
            head: 0,
            blocks: Vec::new(),
            roots: HashSet::from([tree.root()]),
            tree,
            nullifiers: HashSet::new(),
            nonces: HashMap::new(),
            public: HashMap::new(),
            hidden: HashMap::new(),
            received: Vec::new(),
            assets: Vec::new(),
            notes: Vec::new(),
            spent: Vec::new(),
            transactions: Vec::new(),
            receipts: HashMap::new(),
        };
        Self {
            inner: RefCell::new(inner),
            keys: None,
            key_hashes: [B256::ZERO; 2],
            genesis: GENESIS,
            page: 7,
            log: RefCell::default(),
            tamper: RefCell::default(),
            refuse: RefCell::default(),
        }
    }

    /// Registers a token.
    pub fn token(&self, name: &str, decimals: u8) -> AssetId {
        let issuer = Address::repeat_byte(0x11);
        let id = AssetId::token(&issuer.into_array(), &AssetName::new(name.as_bytes()).unwrap());
        self.inner.borrow_mut().assets.push(json!({
            "id": id.to_string(), "kind": "token", "name": name, "decimals": decimals, "issuer": issuer,
            "category": null, "number": null,
        }));
        id
    }

    /// Empty blocks.
    pub fn mine(&self, blocks: u64) {
        self.inner.borrow_mut().head += blocks;
    }

    /// Enough empty blocks for every note to be spendable.
    pub fn settle(&self) {
        self.mine(LAG);
    }

    /// A public note from nowhere, in a block of its own.
    pub fn fund(&self, to: &OneTimeAddress, asset: AssetId, amount: u128) {
        let mut inner = self.inner.borrow_mut();
        *inner.hidden.entry(asset).or_default() += amount;
        let tx = keccak256(inner.head.to_be_bytes());
        inner.public_note(tx, to, asset, amount, b"");
        inner.seal();
    }

    /// Public notes from nowhere, in one block.
    pub fn fund_many(&self, to: &OneTimeAddress, asset: AssetId, amounts: &[u128]) {
        let mut inner = self.inner.borrow_mut();
        let tx = keccak256(inner.head.to_be_bytes());
        for amount in amounts {
            *inner.hidden.entry(asset).or_default() += amount;
            inner.public_note(tx, to, asset, *amount, b"");
        }
        inner.seal();
    }

    /// Hidden notes from nowhere, in a block of their own.
    pub fn fund_hidden(&self, notes: &[(HiddenNote, Memo)]) {
        let mut inner = self.inner.borrow_mut();
        for (note, memo) in notes {
            *inner.hidden.entry(note.asset).or_default() += note.amount;
            let cm = note.commitment(&note.secrets().unwrap()).unwrap();
            let rcv = sero_wallet::random::scalar().unwrap();
            let cv = value_commitment(&note.asset.generator().unwrap(), note.amount, &rcv);
            let encrypted = encrypt(note, memo, &cm, &cv, &[7; 32]).unwrap();
            let tx = keccak256(field_to_bytes(&cm));
            inner.hidden_note(tx, cm, encrypted.to_log(&cv));
        }
        inner.seal();
    }

    /// A leaf with whatever ciphertext.
    pub fn raw_hidden(&self, cm: Field, ciphertext: Vec<u8>) {
        let mut inner = self.inner.borrow_mut();
        inner.hidden_note(B256::repeat_byte(9), cm, ciphertext);
        inner.seal();
    }

    fn submit(&self, raw: &[u8]) -> Result<B256, String> {
        let tx = Transaction::decode_2718(raw).map_err(|error| error.to_string())?;
        let sender = tx.recover_sender().map_err(|error| error.to_string())?;
        let mut inner = self.inner.borrow_mut();
        match tx.kind() {
            TransactionKind::Shielded(shielded) => {
                inner.check(shielded, self.genesis)?;
                if let Some(keys) = &self.keys {
                    let sighash = shielded.sighash(self.genesis);
                    shielded.bundle.verify(&sighash, keys).map_err(|error| error.to_string())?;
                }
                inner.apply(shielded, tx.hash());
                inner.transactions.push((**shielded).clone());
            }
            TransactionKind::Ethereum(ethereum) => {
                let sender = sender.ok_or("no sender")?;
                if ethereum.to() != Some(POOL) {
                    return Err("only POOL".into());
                }
                let call =
                    IPool::shieldCall::abi_decode(ethereum.input()).map_err(|error| error.to_string())?;
                let asset =
                    AssetId::from_bytes(call.asset.to_be_bytes()).map_err(|error| error.to_string())?;
                let amount: u128 = call.amount.try_into().map_err(|_| "amount")?;
                if asset == AssetId::coin() && ethereum.value() != U256::from(amount) {
                    return Err("value".into());
                }
                let held = inner.public.entry((sender, asset)).or_default();
                *held = held.checked_sub(amount).ok_or("balance")?;
                *inner.hidden.entry(asset).or_default() += amount;
                *inner.nonces.entry(sender).or_default() += 1;
                let pkr = OneTimeAddress::from_bytes(call.pkr.as_ref().try_into().map_err(|_| "pkr")?);
                inner.public_note(
                    tx.hash(),
                    &pkr.map_err(|error| error.to_string())?,
                    asset,
                    amount,
                    &call.memo,
                );
                inner.seal();
            }
        }
        Ok(tx.hash())
    }

    fn answer(&self, method: &str, params: &Value) -> Result<Value, String> {
        let number = |i: usize| u64::from_str_radix(&params[i].as_str().unwrap()[2..], 16).unwrap();
        let address = |i: usize| params[i].as_str().unwrap().parse::<Address>().unwrap();
        let bytes = |i: usize| hex::decode(params[i].as_str().unwrap()).unwrap();
        let inner = self.inner.borrow();
        Ok(match method {
            "sero_chainInfo" => json!({
                "chainId": format!("{CHAIN_ID:#x}"), "genesisHash": self.genesis, "network": "dev",
                "anchorLag": format!("{LAG:#x}"), "registrationFee": "0x0",
                "pools": [{
                    "pool": "0x0", "spendKeyHash": self.key_hashes[0], "outputKeyHash": self.key_hashes[1],
                }],
                "depositPool": "0x0",
            }),
            "sero_getShieldedBlocks" => {
                let from = number(0);
                let next = (from + self.page.min(number(1))).min(inner.head + 1);
                let blocks = inner.blocks.iter().filter(|block| (from..next).contains(&block.number));
                let blocks: Vec<_> = blocks.map(|block| block.value.clone()).collect();
                json!({ "head": quantity(inner.head), "nextBlock": quantity(next), "blocks": blocks })
            }
            "sero_getNotes" => {
                let (from, end) = (number(0), number(0) + number(1));
                let mut notes = Vec::new();
                for block in &inner.blocks {
                    for note in block.value["notes"].as_array().unwrap() {
                        let at = note["position"].as_str().unwrap();
                        if (from..end).contains(&u64::from_str_radix(&at[2..], 16).unwrap()) {
                            let mut note = note.clone();
                            note["blockNumber"] = json!(quantity(block.number));
                            notes.push(note);
                        }
                    }
                }
                json!({ "notes": notes, "noteCount": quantity(inner.tree.count()) })
            }
            "eth_call" => {
                let data = hex::decode(params[0]["data"].as_str().unwrap()).unwrap();
                let call = IPool::isAnchorCall::abi_decode(&data).map_err(|error| error.to_string())?;
                let known = inner.roots.iter().any(|root| B256::from(field_to_bytes(root)) == call.root);
                json!(hex::encode_prefixed(IPool::isAnchorCall::abi_encode_returns(&known)))
            }
            "sero_getAsset" => {
                let asked = params[0].as_str().unwrap();
                let found = inner.assets.iter().find(|asset| asset["id"] == asked || asset["name"] == asked);
                found.cloned().unwrap_or(Value::Null)
            }
            "sero_listAssets" => json!({
                "assets": inner.assets, "nextBlock": quantity(inner.head + 1), "head": quantity(inner.head),
            }),
            "sero_simulate" => {
                let Ok(tx) = Transaction::decode_2718(&bytes(0)) else { return Err("decode".into()) };
                let tx = tx.as_shielded().ok_or("type")?;
                let success = tx.call.as_ref().is_none_or(|call| call.to.to() != Some(&REVERTS));
                let reason = alloy_sol_types::Revert::from("inactive sale").abi_encode();
                json!({
                    "success": success, "gasUsed": quantity(gas_used(tx)),
                    "revertData": if success { "0x".into() } else { hex::encode_prefixed(reason) }, "logs": [],
                })
            }
            "eth_getBlockByNumber" => {
                json!({ "number": quantity(inner.head), "baseFeePerGas": format!("{BASE_FEE:#x}") })
            }
            "eth_getTransactionCount" => json!(quantity(inner.nonces.get(&address(0)).copied().unwrap_or(0))),
            "eth_getBalance" => {
                let held = inner.public.get(&(address(0), AssetId::coin())).copied().unwrap_or(0);
                json!(format!("{held:#x}"))
            }
            "eth_sendRawTransaction" => {
                drop(inner);
                json!(self.submit(&bytes(0))?)
            }
            "eth_getTransactionReceipt" => {
                let hash: B256 = params[0].as_str().unwrap().parse().unwrap();
                inner.receipts.get(&hash).cloned().unwrap_or(Value::Null)
            }
            other => return Err(format!("no method {other}")),
        })
    }
}

impl ChainSource for FakeChain {
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError> {
        self.log.borrow_mut().push((method.into(), params.clone()));
        if let Some((_, code)) = self.refuse.borrow().filter(|(refused, _)| *refused == method) {
            return Err(SourceError::Rpc { code, message: "out of order".into(), data: None });
        }
        let mut answer = self.answer(method, &params).map_err(|message| SourceError::Rpc {
            code: -32000,
            message,
            data: None,
        })?;
        if let Some(tamper) = &*self.tamper.borrow() {
            tamper(method, &mut answer);
        }
        Ok(answer)
    }
}

fn gas_used(tx: &ShieldedTx) -> u64 {
    gas::pure_transfer(tx) + if tx.call.is_some() { CALL_GAS } else { 0 }
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

impl Inner {
    fn check(&self, tx: &ShieldedTx, genesis: B256) -> Result<(), String> {
        let ensure = |condition: bool, reason: &str| condition.then_some(()).ok_or(reason.to_owned());
        ensure(tx.chain_id == CHAIN_ID, "chain id")?;
        ensure(tx.expiry > self.head, "expired")?;
        ensure(tx.max_fee_per_gas >= BASE_FEE, "fee too low")?;
        ensure(self.roots.contains(&tx.bundle.anchor), "unknown anchor")?;
        for spend in &tx.bundle.spends {
            ensure(!self.nullifiers.contains(&spend.nullifier), "nullifier is already spent (double spend)")?;
        }
        tx.bundle.verify_signatures(&tx.sighash(genesis)).map_err(|error| error.to_string())?;
        for entry in &tx.bundle.balance {
            ensure(entry.direction == Direction::Outward, "outward only")?;
            ensure(self.hidden.get(&entry.asset).is_some_and(|held| *held >= entry.amount), "hidden")?;
        }
        let fee = u128::from(tx.gas_limit) * tx.max_fee_per_gas;
        match &tx.call {
            None => {
                ensure(tx.gas_limit == gas::pure_transfer(tx), "gas limit of a pure transfer")?;
                ensure(tx.bundle.balance.len() == 1 && tx.bundle.outflow(AssetId::coin()) == fee, "fee")
            }
            Some(call) => {
                ensure(tx.gas_limit >= gas_used(tx), "out of gas")?;
                let nonce = self.nonces.get(&call.from).copied().unwrap_or(0);
                ensure(call.nonce == nonce, "nonce")?;
                let value: u128 = call.value.try_into().map_err(|_| "value")?;
                ensure(tx.bundle.outflow(AssetId::coin()) >= fee + value, "cannot pay gas and value")
            }
        }
    }

    fn apply(&mut self, tx: &ShieldedTx, hash: B256) {
        for spend in &tx.bundle.spends {
            self.nullifiers.insert(spend.nullifier);
            let nullifier = B256::from(field_to_bytes(&spend.nullifier));
            self.spent.push(json!({ "pool": "0x0", "nullifier": nullifier, "transactionHash": hash }));
        }
        for output in &tx.bundle.outputs {
            self.hidden_note(hash, output.cm, output.note.to_log(&output.cv));
        }
        for entry in &tx.bundle.balance {
            *self.hidden.get_mut(&entry.asset).unwrap() -= entry.amount;
        }
        let mut success = true;
        if let Some(call) = &tx.call {
            let coin = AssetId::coin();
            let mut credit: HashMap<AssetId, u128> =
                tx.bundle.balance.iter().map(|entry| (entry.asset, entry.amount)).collect();
            *credit.get_mut(&coin).unwrap() -= u128::from(gas_used(tx)) * tx.max_fee_per_gas;
            *self.nonces.entry(call.from).or_default() += 1;
            let to = call.to.to().copied().unwrap();
            success = to != REVERTS;
            if success {
                let value: u128 = call.value.try_into().unwrap();
                self.take(&mut credit, to, coin, value);
                for attached in &call.attached {
                    self.take(&mut credit, to, attached.asset, attached.amount);
                }
                if to == ASSETS {
                    let transfer = IAssets::transferCall::abi_decode(&call.input).unwrap();
                    let asset = AssetId::from_bytes(transfer.id.to_be_bytes()).unwrap();
                    self.take(&mut credit, transfer.receiver, asset, transfer.amount.try_into().unwrap());
                }
            }
            for asset in gas::refundable_assets(tx) {
                let rest = credit.get(&asset).copied().unwrap_or(0);
                if rest > 0 {
                    *self.hidden.entry(asset).or_default() += rest;
                    self.public_note(hash, &call.refund, asset, rest, b"");
                }
            }
        }
        self.seal();
        let receipt = json!({
            "status": if success { "0x1" } else { "0x0" }, "blockNumber": quantity(self.head),
            "gasUsed": quantity(gas_used(tx)), "contractAddress": null,
        });
        self.receipts.insert(hash, receipt);
    }

    fn take(&mut self, credit: &mut HashMap<AssetId, u128>, to: Address, asset: AssetId, amount: u128) {
        if amount == 0 {
            return;
        }
        *credit.get_mut(&asset).unwrap() -= amount;
        *self.public.entry((to, asset)).or_default() += amount;
        self.received.push((to, asset, amount));
    }

    fn hidden_note(&mut self, tx: B256, cm: Field, ciphertext: Vec<u8>) {
        let position = self.tree.append(cm, []).unwrap();
        self.notes.push(json!({
            "pool": "0x0", "position": quantity(position), "transactionHash": tx, "kind": "hidden",
            "commitment": B256::from(field_to_bytes(&cm)), "ciphertext": hex::encode_prefixed(ciphertext),
        }));
    }

    fn public_note(&mut self, tx: B256, to: &OneTimeAddress, asset: AssetId, amount: u128, memo: &[u8]) {
        let cm = public_note_commitment(to, asset, amount).unwrap();
        let position = self.tree.append(cm, []).unwrap();
        self.notes.push(json!({
            "pool": "0x0", "position": quantity(position), "transactionHash": tx, "kind": "public",
            "commitment": B256::from(field_to_bytes(&cm)), "asset": B256::from(asset.to_bytes()),
            "amount": format!("{amount:#x}"), "pkr": hex::encode_prefixed(to.to_bytes()),
            "memo": hex::encode_prefixed(memo),
        }));
    }

    fn seal(&mut self) {
        self.head += 1;
        let root = self.tree.root();
        self.roots.insert(root);
        let value = json!({
            "number": quantity(self.head), "hash": keccak256(self.head.to_be_bytes()),
            "timestamp": quantity(1_700_000_000 + self.head),
            "pools": [{
                "pool": "0x0", "anchor": B256::from(field_to_bytes(&root)),
                "noteCount": quantity(self.tree.count()),
            }],
            "notes": std::mem::take(&mut self.notes),
            "nullifiers": std::mem::take(&mut self.spent), "packages": [],
        });
        self.blocks.push(Block { number: self.head, value });
    }
}
