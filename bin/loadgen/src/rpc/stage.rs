//! What every node is given before it is measured: a token, accounts that send, and blocks of transfers.

use crate::connection::{Connection, request, result};
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, U256, hex, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use alloy_sol_types::{SolCall, SolValue, sol};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

sol! {
    function transfer(address to, uint256 amount) returns (bool);
    function balanceOf(address account) returns (uint256);
}

/// The mnemonic that Ethereum's development tools share. Everybody knows it.
const MNEMONIC: &str = "test test test test test test test test test test test junk";
/// Accounts that send transfers.
pub const SENDERS: usize = 40;
/// Blocks that are read.
pub const BLOCKS: usize = 20;
/// Holders that get something in each of these blocks: a transfer of the token, and one of the coin.
pub const HOLDERS_EACH: usize = 50;

/// `contracts/artifacts/PlainToken.json`: the smallest ERC-20 that can be transferred.
const TOKEN: &str = include_str!("../../../../contracts/artifacts/PlainToken.json");
/// Of each sender, wei.
const SENDER_BALANCE: u128 = 200_000_000_000_000_000_000;
const TOKEN_SUPPLY: u128 = 1 << 100;
const TOKEN_BALANCE: u128 = 1 << 64;
const DEPLOYMENT_GAS: u64 = 1_000_000;
const COIN_GAS: u64 = 21_000;
const TOKEN_GAS: u64 = 60_000;
/// So high that no block's base fee reaches it.
const MAX_FEE: u128 = 10_000_000_000_000;
const TIP: u128 = 1_000_000_000;
/// How long sent transactions may wait for a block.
const MINED_MAX: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A node and what is known of it.
pub struct Stage {
    pub address: SocketAddr,
    chain_id: u64,
    pub token: Address,
    /// Each has one wei and one of the token.
    pub holders: Vec<Address>,
    pub senders: Vec<Sender>,
    /// Number of the first of [`BLOCKS`].
    pub first_block: u64,
}

/// An account that sends.
pub struct Sender {
    signer: PrivateKeySigner,
    /// The next one.
    pub nonce: u64,
}

/// What is transferred.
#[derive(Clone, Copy)]
pub enum Asset {
    Coin,
    Token,
}

impl Stage {
    /// Deploys the token, funds the senders, and makes the blocks.
    pub fn set(address: SocketAddr) -> Result<Self, String> {
        let mut connection = Connection::open(address)?;
        let chain_id = quantity(&connection.call("eth_chainId", json!([]))?)?;
        let richest = MnemonicBuilder::<English>::default().phrase(MNEMONIC).build().map_err(text)?;
        let nonce =
            quantity(&connection.call("eth_getTransactionCount", json!([richest.address(), "latest"]))?)?;
        let mut richest = Sender { signer: richest, nonce };
        let token = richest.signer.address().create(nonce);
        let senders = (0..SENDERS).map(|index| {
            let key = keccak256(format!("loadgen sender {index}"));
            PrivateKeySigner::from_bytes(&key).map(|signer| Sender { signer, nonce: 0 }).map_err(text)
        });
        let senders = senders.collect::<Result<Vec<_>, _>>()?;
        let holders = (0..BLOCKS * HOLDERS_EACH).map(|index| fresh("holder", index)).collect();
        let mut stage = Self { address, chain_id, token, holders, senders, first_block: 0 };

        let deployment = stage.sign(&mut richest, TxKind::Create, 0, creation_code()?, DEPLOYMENT_GAS)?;
        let addresses: Vec<Address> = stage.senders.iter().map(Sender::address).collect();
        let mut gifts = vec![deployment];
        for to in &addresses {
            gifts.push(stage.sign(
                &mut richest,
                TxKind::Call(*to),
                SENDER_BALANCE,
                Bytes::new(),
                COIN_GAS,
            )?);
        }
        let sent = submit(&mut connection, &gifts)?;
        wait_until_mined(&mut connection, &sent)?;
        let mut gifts = Vec::new();
        for to in addresses {
            gifts.push(stage.transfer(&mut richest, to, Asset::Token, TOKEN_BALANCE)?);
        }
        let sent = submit(&mut connection, &gifts)?;
        wait_until_mined(&mut connection, &sent)?;
        let nonces = stage
            .senders
            .iter()
            .map(|sender| ("eth_getTransactionCount", json!([sender.address(), "latest"])));
        let nonces = connection.batch(&nonces.collect::<Vec<_>>())?;
        for (sender, nonce) in stage.senders.iter_mut().zip(&nonces) {
            sender.nonce = quantity(nonce)?;
        }
        stage.make_blocks(&mut connection)?;
        Ok(stage)
    }

    fn make_blocks(&mut self, connection: &mut Connection) -> Result<(), String> {
        connection.call("evm_setAutomine", json!([false]))?;
        self.first_block = quantity(&connection.call("eth_blockNumber", json!([]))?)? + 1;
        let mut senders = std::mem::take(&mut self.senders);
        for block in 0..BLOCKS {
            let mut transfers = Vec::new();
            for index in 0..HOLDERS_EACH {
                let to = self.holders[block * HOLDERS_EACH + index];
                for asset in [Asset::Coin, Asset::Token] {
                    let sender = &mut senders[transfers.len() % SENDERS];
                    transfers.push(self.transfer(sender, to, asset, 1)?);
                }
            }
            submit(connection, &transfers)?;
            connection.call("evm_mine", json!([]))?;
            let mined = connection.call("eth_getBlockTransactionCountByNumber", json!(["latest"]))?;
            if quantity(&mined)? != 2 * HOLDERS_EACH as u64 {
                // CAST: a small constant
                return Err(format!("{} transfers were to be in one block, not {mined}", 2 * HOLDERS_EACH));
            }
        }
        self.senders = senders;
        connection.call("evm_setAutomine", json!([true]))?;
        Ok(())
    }

    /// A signed transfer, as `eth_sendRawTransaction` takes it.
    pub fn transfer(
        &self,
        from: &mut Sender,
        to: Address,
        asset: Asset,
        amount: u128,
    ) -> Result<Signed, String> {
        match asset {
            Asset::Coin => self.sign(from, TxKind::Call(to), amount, Bytes::new(), COIN_GAS),
            Asset::Token => {
                let call = transferCall { to, amount: U256::from(amount) }.abi_encode();
                self.sign(from, TxKind::Call(self.token), 0, call.into(), TOKEN_GAS)
            }
        }
    }

    fn sign(
        &self,
        from: &mut Sender,
        to: TxKind,
        value: u128,
        input: Bytes,
        gas_limit: u64,
    ) -> Result<Signed, String> {
        let tx = TxEip1559 {
            chain_id: self.chain_id,
            nonce: from.nonce,
            gas_limit,
            max_fee_per_gas: MAX_FEE,
            max_priority_fee_per_gas: TIP,
            to,
            value: U256::from(value),
            access_list: Default::default(),
            input,
        };
        from.nonce += 1;
        let signature = from.signer.sign_hash_sync(&tx.signature_hash()).map_err(text)?;
        let signed = tx.into_signed(signature);
        let raw = hex::encode_prefixed(signed.encoded_2718());
        Ok(Signed {
            hash: json!(signed.hash()),
            request: request("eth_sendRawTransaction", json!([raw])).to_string(),
        })
    }
}

impl Sender {
    pub fn address(&self) -> Address {
        self.signer.address()
    }
}

/// A transaction on its way.
pub struct Signed {
    pub hash: Value,
    /// The request that sends it.
    pub request: String,
}

/// Sends transactions, and gives their hashes.
fn submit(connection: &mut Connection, transactions: &[Signed]) -> Result<Vec<Value>, String> {
    transactions.iter().map(|transaction| result(connection.exchange(&transaction.request)?)).collect()
}

/// Waits until all of these transactions have receipts.
pub fn wait_until_mined(connection: &mut Connection, hashes: &[Value]) -> Result<(), String> {
    let start = Instant::now();
    for hash in hashes {
        // One small question at a time, so that the node's work is the blocks.
        while connection.call("eth_getTransactionReceipt", json!([hash]))?.is_null() {
            if start.elapsed() > MINED_MAX {
                let seconds = MINED_MAX.as_secs();
                return Err(format!("{hash} was accepted and is not mined after {seconds} s"));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
    Ok(())
}

/// An address that nobody has the key of.
pub fn fresh(kind: &str, index: usize) -> Address {
    Address::from_word(keccak256(format!("loadgen {kind} {index}")))
}

fn creation_code() -> Result<Bytes, String> {
    let artifact: Value = serde_json::from_str(TOKEN).map_err(text)?;
    let code =
        hex::decode(artifact["bytecode"].as_str().ok_or("PlainToken.json has no bytecode")?).map_err(text)?;
    Ok([code, U256::from(TOKEN_SUPPLY).abi_encode()].concat().into())
}

/// A number as JSON-RPC has it.
pub fn quantity(value: &Value) -> Result<u64, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.ok_or_else(|| format!("{value} is no quantity"))
}

fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        assert_eq!(quantity(&json!("0x1f")), Ok(31));
        for bad in [json!("1f"), json!("0x"), json!(31), json!("0x1ffffffffffffffff"), Value::Null] {
            assert!(quantity(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_token_is_created_with_its_supply() {
        let code = creation_code().expect("an artifact");
        assert_eq!(code[code.len() - 32..], U256::from(TOKEN_SUPPLY).to_be_bytes::<32>());
    }
}
