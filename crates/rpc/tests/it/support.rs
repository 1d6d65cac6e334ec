//! A chain, its server, and a client.

use alloy_primitives::{Address, B256, Bytes, U256, address, b256, hex, keccak256};
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};
use sero_chain::{BuildAttributes, Chain, ChainExecutor};
use sero_execution::BlockInputs;
use sero_execution::KeyFiles;
use sero_primitives::StateError;
use sero_primitives::genesis::{Genesis, GenesisAccount, NetworkKind};
use sero_primitives::pools::PoolSpec;
use sero_rpc::{RpcConfig, RpcContext, RpcHandle, serve};
use sero_storage::{Storage, StorageOptions};
use sero_testkit::json_rpc::JsonRpc;
use sero_txpool::{PoolLimits, PoolView, TxPool};
use std::sync::Arc;

const SPEND_KEY: &[u8] = include_bytes!("../../../../genesis/dev-spend.vk");
const OUTPUT_KEY: &[u8] = include_bytes!("../../../../genesis/dev-output.vk");
const COUNTER: &str = include_str!("../../../../contracts/artifacts/Counter.json");

pub const CHAIN_ID: u64 = 1337;
/// Logs of [`Node::log_much`].
pub const LOGS_OF_MUCH: usize = 30;
pub const COINBASE: Address = address!("00000000000000000000000000000000000000c0");

alloy_sol_types::sol! {
    #[derive(Debug)]
    contract Counter {
        function number() external view returns (uint256);
        function add(uint256 amount) external;
        event Added(address indexed by, uint256 amount, uint256 number);
        error TooMuch(uint256 number, uint256 amount, uint256 max);
    }
}

/// A chain with a server.
pub struct Node {
    pub chain: Chain,
    pub pool: TxPool,
    /// What asks it.
    client: JsonRpc,
    // Dropped in this order: server, then its runtime, then the files.
    rpc: Option<RpcHandle>,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

/// The first accounts of the mnemonic that development tools share.
pub fn accounts() -> [PrivateKeySigner; 2] {
    [
        b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
        b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    ]
    .map(|key| PrivateKeySigner::from_bytes(&key).unwrap())
}

pub fn first() -> Address {
    accounts()[0].address()
}

pub fn second() -> Address {
    accounts()[1].address()
}

pub fn counter_code() -> Bytes {
    let artifact: Value = serde_json::from_str(COUNTER).unwrap();
    artifact["bytecode"].as_str().unwrap().parse().unwrap()
}

fn genesis() -> Genesis {
    let rich = GenesisAccount { balance: U256::from(10u128.pow(22)), ..Default::default() };
    Genesis {
        network: NetworkKind::Dev,
        chain_id: CHAIN_ID,
        timestamp: 1_735_689_600,
        gas_limit: 30_000_000,
        base_fee_per_gas: 1_000_000_000,
        registration_fee: 1_000_000_000_000_000_000,
        anchor_lag: 0,
        pools: vec![PoolSpec::new(0, 0, keccak256(SPEND_KEY), keccak256(OUTPUT_KEY))],
        upgrades: vec![],
        alloc: [(first(), rich.clone()), (second(), rich)].into(),
    }
}

impl Node {
    pub fn start() -> Self {
        Self::with_config(|_| {}, accounts().to_vec())
    }

    pub fn with_config(change: impl FnOnce(&mut RpcConfig), accounts: Vec<PrivateKeySigner>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = StorageOptions { map_bytes_max: 1 << 30, ..Default::default() };
        let storage = Storage::open(directory.path(), options).unwrap();
        let keys = KeyFiles::new([SPEND_KEY, OUTPUT_KEY]);
        let chain = Chain::open(storage, genesis(), &keys).unwrap();
        let pool = pool(chain.clone());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut config = RpcConfig::new("127.0.0.1:0".parse().unwrap());
        change(&mut config);
        let context = RpcContext::new(chain.clone(), pool.clone(), accounts, COINBASE);
        let rpc = runtime.block_on(serve(context, config)).unwrap();
        let client = JsonRpc(rpc.local_addr());
        Self { chain, pool, client, rpc: Some(rpc), runtime, _directory: directory }
    }

    /// Builds a block of what waits.
    pub fn mine(&self) -> B256 {
        let head = self.chain.head();
        let attributes = BuildAttributes {
            timestamp: head.header.timestamp + 1,
            beneficiary: COINBASE,
            prevrandao: B256::repeat_byte(7),
            transactions: self.pool.best().unwrap(),
        };
        let block = self.chain.build(head.hash, attributes).unwrap();
        assert!(block.rejected().is_empty(), "{:?}", block.rejected());
        let included: Vec<B256> = block.block().transactions.iter().map(|tx| tx.hash()).collect();
        self.chain.finalize(block.hash()).unwrap();
        self.pool.on_block(included).unwrap();
        block.hash()
    }

    /// Sends from the first account with the node's own key, and makes the block.
    pub fn send(&self, mut transaction: Value) -> Value {
        transaction["from"] = json!(first());
        let hash = self.ok("eth_sendTransaction", json!([transaction]));
        self.mine();
        self.ok("eth_getTransactionReceipt", json!([hash]))
    }

    /// Sends a transaction whose logs have about 4 MB of JSON, and makes the block.
    pub fn log_much(&self) -> Value {
        // Logs 65,535 bytes as long as there is gas for more.
        let receipt = self.send(json!({ "data": "0x5b61ffff5fa05a620a0000105f5700", "gas": "0xf42400" }));
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(receipt["logs"].as_array().unwrap().len(), LOGS_OF_MUCH);
        receipt
    }

    /// Deploys the counter.
    pub fn deploy(&self) -> Address {
        let receipt = self.send(json!({ "data": counter_code() }));
        assert_eq!(receipt["status"], "0x1");
        receipt["contractAddress"].as_str().unwrap().parse().unwrap()
    }
}

impl core::ops::Deref for Node {
    type Target = JsonRpc;

    fn deref(&self) -> &JsonRpc {
        &self.client
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(rpc) = self.rpc.take() {
            self.runtime.block_on(rpc.stop());
        }
    }
}

fn pool(chain: Chain) -> TxPool {
    let parameters = chain.parameters().clone();
    let view = move || {
        let fault = |error: &dyn std::fmt::Display| StateError(error.to_string());
        let head = chain.head();
        let state = chain.snapshot_at(head.header.number).map_err(|error| fault(&error))?;
        let inputs = BlockInputs {
            timestamp: head.header.timestamp + 1,
            beneficiary: COINBASE,
            prevrandao: B256::ZERO,
        };
        let next = inputs.header(&head.header);
        Ok(PoolView {
            state: Arc::new(state),
            next_block: next.number,
            base_fee_per_gas: next.base_fee_per_gas.unwrap(),
            gas_limit: next.gas_limit,
        })
    };
    TxPool::new(parameters, PoolLimits::default(), Box::new(view))
}

pub fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

pub fn hex_of(bytes: &[u8]) -> String {
    hex::encode_prefixed(bytes)
}
