//! Actors and requests of the story.

use crate::http::HttpSource;
use crate::terminal::Failure;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use sero_node::dev;
use sero_wallet::{Built, ChainSource, Client, ProvingKeys, Receipt, Wallet};
use std::time::{Duration, Instant};

/// One SERO in base units.
pub const SERO: u128 = 1_000_000_000_000_000_000;

/// Ends a step unless something holds.
pub fn ensure(holds: bool, otherwise: impl Into<String>) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(otherwise.into().into()) }
}

/// A transaction with its measures.
pub struct Sent {
    pub hash: B256,
    pub bytes: usize,
    pub receipt: Receipt,
    pub prove_ms: Option<u128>,
}

impl Sent {
    /// The transaction in a JSON object.
    pub fn json(&self) -> Value {
        json!({
            "hash": self.hash, "bytes": self.bytes, "gasUsed": self.receipt.gas_used,
            "block": self.receipt.block_number, "proveMs": self.prove_ms,
        })
    }

    /// The transaction in a line.
    pub fn line(&self, what: &str) -> String {
        let proofs = self.prove_ms.map(|ms| format!(", proofs {ms} ms")).unwrap_or_default();
        format!("{what}: {} ({} bytes, {} gas{proofs})", self.hash, self.bytes, self.receipt.gas_used)
    }
}

/// Everything that the steps share.
pub struct Stage<'a> {
    pub source: &'a HttpSource,
    pub client: Client<'a>,
    pub keys: ProvingKeys,
    pub alice: Wallet,
    pub bob: Wallet,
}

impl Stage<'_> {
    /// A raw JSON-RPC request.
    pub fn rpc(&self, method: &str, params: Value) -> Result<Value, Failure> {
        Ok(self.source.request(method, params)?)
    }

    /// Waits for a receipt.
    pub fn wait(&self, hash: B256) -> Result<Receipt, Failure> {
        for _ in 0..3000 {
            if let Some(receipt) = self.client.receipt(hash)? {
                return Ok(receipt);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(format!("{hash} is in no block after 30 seconds").into())
    }

    /// Bytes of a transaction as the node has it.
    pub fn raw(&self, hash: B256) -> Result<Vec<u8>, Failure> {
        let raw = self.rpc("eth_getRawTransactionByHash", json!([hash]))?;
        Ok(hex::decode(raw.as_str().ok_or("eth_getRawTransactionByHash: no bytes")?)?)
    }

    /// A transaction of development account `index`, whose key the node holds.
    pub fn public(
        &self,
        index: usize,
        to: Option<Address>,
        value: u128,
        input: Bytes,
    ) -> Result<Sent, Failure> {
        let from = dev::accounts()[index].address();
        let mut tx = json!({ "from": from, "value": U256::from(value), "data": input });
        if let (Some(to), Some(tx)) = (to, tx.as_object_mut()) {
            tx.insert("to".into(), json!(to));
        }
        let hash: B256 = serde_json::from_value(self.rpc("eth_sendTransaction", json!([tx]))?)?;
        let receipt = self.wait(hash)?;
        Ok(Sent { hash, bytes: self.raw(hash)?.len(), receipt, prove_ms: None })
    }

    /// A public transaction that must succeed.
    pub fn public_ok(
        &self,
        index: usize,
        to: Option<Address>,
        value: u128,
        input: Bytes,
    ) -> Result<Sent, Failure> {
        let sent = self.public(index, to, value, input)?;
        ensure(sent.receipt.success, format!("{} reverted", sent.hash))?;
        Ok(sent)
    }

    /// `eth_call` of a typed function.
    pub fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Failure> {
        let output = self.client.call(to, &call.abi_encode())?;
        Ok(C::abi_decode_returns(&output)?)
    }

    /// Root of the newest block's state.
    pub fn state_root(&self) -> Result<Value, Failure> {
        Ok(self.rpc("eth_getBlockByNumber", json!(["latest", false]))?["stateRoot"].clone())
    }
}

/// Builds with `build`, submits with the same wallet, waits.
pub fn submit(
    wallet: &mut Wallet,
    client: &Client<'_>,
    build: impl FnOnce(&mut Wallet) -> Result<Built, Failure>,
    wait: impl FnOnce(B256) -> Result<Receipt, Failure>,
) -> Result<(Built, Sent), Failure> {
    let start = Instant::now();
    let built = build(wallet)?;
    let prove_ms = Some(start.elapsed().as_millis());
    let submitted = wallet.submit(client, &built)?;
    let receipt = wait(submitted.transaction)?;
    let bytes = built.raw().len();
    Ok((built, Sent { hash: submitted.transaction, bytes, receipt, prove_ms }))
}
