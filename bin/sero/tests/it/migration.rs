//! An upgrade of the Spend circuit, rehearsed on a running chain: a new pool
//! opens, deposits into the old one end, old notes cross with public amounts.

use crate::support::{Http, SERO_UNIT, keys};
use alloy_primitives::{B256, U256, keccak256};
use alloy_sol_types::SolCall;
use ark_serialize::CanonicalSerialize;
use serde_json::json;
use sero_circuits::{Proofs, ProveError, Watch, Witnesses};
use sero_execution::KeyFiles;
use sero_node::{Node, NodeConfig};
use sero_primitives::POOL;
use sero_primitives::pools::{PoolSpec, Upgrade};
use sero_primitives::precompile::abi::IPool;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::Memo;
use sero_wallet::random::OsRng;
use sero_wallet::{Client, Prover, ProverError, ProvingKeys, SendRequest, Target, Wallet};
use std::path::Path;

const ACCOUNT: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

fn bytes(key: &impl CanonicalSerialize) -> Vec<u8> {
    let mut out = Vec::new();
    key.serialize_compressed(&mut out).unwrap();
    out
}

fn start(dir: &Path, upgrades: Vec<Upgrade>, files: &[Vec<u8>]) -> (tokio::runtime::Runtime, Node, Http) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut config = NodeConfig::dev(1337, "127.0.0.1:0".parse().unwrap());
    config.data_dir = Some(dir.to_owned());
    config.genesis.upgrades = upgrades;
    config.keys = KeyFiles::new(files.iter().map(Vec::as_slice));
    let node = runtime.block_on(Node::start(config)).unwrap();
    let source = Http::new(format!("http://{}", node.rpc_address()));
    (runtime, node, source)
}

fn hidden(source: &Http, pool: u8) -> u128 {
    let asset = U256::from_be_bytes(AssetId::coin().to_bytes());
    let call = IPool::hiddenInCall { pool, asset }.abi_encode();
    let answer = Client::new(source).call(POOL, &call).unwrap();
    IPool::hiddenInCall::abi_decode_returns(&answer).unwrap().to()
}

fn shield(source: &Http, wallet: &mut Wallet, amount: u128) {
    let client = Client::new(source);
    let coin = sero_wallet::AssetInfo::coin();
    let account = ACCOUNT.parse().unwrap();
    let sent = wallet.shield(&client, &account, &coin, amount, &Memo::default(), None).unwrap();
    assert_eq!(source.wait(sent.transaction)["status"], "0x1");
    wallet.sync(&client, &mut |_| ()).unwrap();
}

/// A prover that claims to have the new keys.
struct Pretender<'k> {
    old: &'k ProvingKeys,
    new: &'k ProvingKeys,
}

impl Prover for Pretender<'_> {
    fn key_hashes(&self) -> Result<[B256; 2], ProveError> {
        self.new.key_hashes()
    }

    fn prove(&self, witnesses: &Witnesses, _: &Watch<'_>) -> Result<Proofs, ProverError> {
        let spends = witnesses.spends.iter().map(|w| self.old.prove_spend(w, &mut OsRng).unwrap());
        let outputs = witnesses.outputs.iter().map(|w| self.new.prove_output(w, &mut OsRng).unwrap());
        Ok(Proofs { spends: spends.collect(), outputs: outputs.collect() })
    }
}

#[test]
fn old_notes_cross_to_an_upgraded_pool_and_supply_stays_provable() {
    let old = keys();
    let cache = std::env::temp_dir().join("sero-test-keys");
    let new = ProvingKeys::development_upgrade(Some(&cache)).unwrap();
    let first = vec![bytes(old.spend_verifying_key()), bytes(old.output_verifying_key())];
    let all = [first.clone(), vec![bytes(new.spend_verifying_key())]].concat();
    assert_ne!(all[0], all[2], "another setup, another key");
    let dir = tempfile::tempdir().unwrap();

    // Before anybody knows of an upgrade.
    let (runtime, node, source) = start(dir.path(), vec![], &first);
    let client = Client::new(&source);
    let (mut wallet, words) = Wallet::create(Target::Memory, &client.chain_info().unwrap()).unwrap();
    for _ in 0..3 {
        shield(&source, &mut wallet, 10 * SERO_UNIT);
    }
    assert_eq!((hidden(&source, 0), hidden(&source, 1)), (30 * SERO_UNIT, 0));
    runtime.block_on(node.stop()).unwrap();

    // The upgrade, dated ahead: pool 1 opens and pool 0 closes for deposits at block 6.
    let pool = PoolSpec::new(1, 6, keccak256(&all[2]), keccak256(&all[1]));
    let upgrades = vec![Upgrade::Pool { pool }, Upgrade::PauseDeposits { pool: 0, from: 6 }];
    let (runtime, node, source) = start(dir.path(), upgrades.clone(), &all);
    let client = Client::new(&source);
    assert_eq!(client.chain_info().unwrap().deposit_pool, Some(0));
    while client.head().unwrap().number < 6 {
        shield(&source, &mut wallet, SERO_UNIT);
    }
    assert_eq!(client.chain_info().unwrap().deposit_pool, Some(1));
    let in_old = hidden(&source, 0);
    let in_new = hidden(&source, 1);
    assert_eq!((in_old, in_new), (32 * SERO_UNIT, SERO_UNIT), "from block 6 on deposits go to pool 1");

    // Pool 0 goes on moving in private; its wallet needs the old keys for that.
    let me = wallet.address();
    let coin = AssetId::coin();
    let request = SendRequest::new(me, coin, 20 * SERO_UNIT, Memo::default());
    let sent = wallet.send(&client, &old, &request, &|_, _| ()).unwrap();
    assert_eq!(source.wait(sent.transaction)["status"], "0x1");

    // Across the turnstile, until nothing is left.
    let mut crossings = 0;
    while let Some(sent) = wallet.migrate(&client, &old, None, &|_, _| ()).unwrap() {
        assert_eq!(source.wait(sent.transaction)["status"], "0x1");
        wallet.sync(&client, &mut |_| ()).unwrap();
        crossings += 1;
    }
    assert!(crossings >= 1);
    assert!(hidden(&source, 0) < SERO_UNIT / 10, "all but fees has left pool 0");
    assert!(hidden(&source, 1) > 32 * SERO_UNIT, "and is in pool 1");

    // There, the new Spend key counts, and the old one does not.
    let error = wallet.send(&client, &old, &request, &|_, _| ()).unwrap_err().to_string();
    assert!(error.contains("proving keys are not the chain's"), "{error}");
    let pretender = Pretender { old: &old, new: &new };
    let error = wallet.send(&client, &pretender, &request, &|_, _| ()).unwrap_err().to_string();
    assert!(error.contains("spends[") && error.contains("proof does not verify"), "{error}");
    let sent = wallet.send(&client, &new, &request, &|_, _| ()).unwrap();
    assert_eq!(source.wait(sent.transaction)["status"], "0x1");
    let audit = source.ok("sero_auditSupply", json!([]));
    assert_eq!(audit["agrees"], true, "{audit}");

    // The words alone find notes of both pools; and a restart keeps the schedule, no other.
    let chain = client.chain_info().unwrap();
    let mut again = Wallet::restore(Target::Memory, &chain, &words).unwrap();
    again.sync(&client, &mut |_| ()).unwrap();
    wallet.sync(&client, &mut |_| ()).unwrap();
    assert_eq!(again.balance()[0].available, wallet.balance()[0].available);
    runtime.block_on(node.stop()).unwrap();
    let mut config = NodeConfig::dev(1337, "127.0.0.1:0".parse().unwrap());
    config.data_dir = Some(dir.path().to_owned());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(Node::start(config)).err().unwrap().to_string();
    assert!(error.contains("upgrades at or below block"), "{error}");
    let (runtime, node, _) = start(dir.path(), upgrades, &all);
    runtime.block_on(node.stop()).unwrap();
}
