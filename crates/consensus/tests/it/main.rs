//! The dev sequencer over a real chain and pool.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use sero_chain::{Chain, ChainExecutor};
use sero_consensus::{BlockTime, DevSequencer, Production};
use sero_execution::BlockInputs;
use sero_storage::{Storage, StorageOptions};
use sero_testkit::{ethereum_tx, genesis, key_files, signer};
use sero_txpool::{PoolLimits, PoolView, TxPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

struct Scene {
    chain: Chain,
    pool: TxPool,
    sequencer: DevSequencer,
    _dir: tempfile::TempDir,
}

fn scene(block_time: BlockTime) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let options = StorageOptions { map_bytes_max: 1 << 30, readers_max: 64, ..Default::default() };
    let chain = Chain::open(Storage::open(dir.path(), options).unwrap(), genesis(), &key_files()).unwrap();
    let source = chain.clone();
    let view = move || {
        let head = source.head();
        let inputs = BlockInputs { timestamp: 0, beneficiary: Address::ZERO, prevrandao: head.hash };
        let next = inputs.header(&head.header);
        Ok(PoolView {
            state: Arc::new(source.snapshot_at(head.header.number).unwrap()),
            next_block: next.number,
            base_fee_per_gas: next.base_fee_per_gas.unwrap(),
            gas_limit: next.gas_limit,
        })
    };
    let pool = TxPool::new(chain.parameters().clone(), PoolLimits::default(), Box::new(view));
    let sequencer = DevSequencer::new(chain.clone(), pool.clone(), Address::repeat_byte(0xfe), block_time);
    Scene { chain, pool, sequencer, _dir: dir }
}

fn submit(scene: &Scene, from: u8, nonce: u64) {
    let to = TxKind::Call(Address::repeat_byte(1));
    scene.pool.submit_transaction(ethereum_tx(&signer(from), nonce, to, U256::ONE, Bytes::new())).unwrap();
}

async fn until(scene: &Scene, number: u64) {
    for _ in 0..500 {
        if scene.chain.head().header.number >= number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("block {number} never came, the head is {}", scene.chain.head().header.number);
}

#[test]
fn without_transactions_there_is_no_block_unless_asked_for() {
    let scene = scene(BlockTime::Instant);
    assert_eq!(scene.sequencer.produce(false).unwrap(), Production::default());
    assert_eq!(scene.chain.head().header.number, 0);
    scene.sequencer.produce(true).unwrap();
    assert_eq!(scene.chain.head().header.number, 1);
}

#[test]
fn a_block_takes_what_waits_and_the_pool_forgets_it() {
    let scene = scene(BlockTime::Instant);
    for nonce in 0..3 {
        submit(&scene, 0, nonce);
    }
    submit(&scene, 1, 0);
    assert_eq!(scene.sequencer.produce(false).unwrap(), Production { included: 4, rejected: 0 });
    assert!(scene.pool.content().unwrap().is_empty());
    assert_eq!(scene.pool.next_nonce(signer(0).address()).unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn instant_mode_follows_each_transaction_and_stops() {
    let scene = scene(BlockTime::Instant);
    let (stop, stopped) = watch::channel(false);
    let run = tokio::spawn(scene.sequencer.clone().run(stopped));
    tokio::time::sleep(Duration::from_millis(50)).await;
    for nonce in 0..3 {
        submit(&scene, 0, nonce);
        until(&scene, nonce + 1).await;
    }
    stop.send(true).unwrap();
    run.await.unwrap().unwrap();
    assert_eq!(scene.chain.head().header.number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn interval_mode_makes_empty_blocks() {
    let scene = scene(BlockTime::Interval(Duration::from_millis(20)));
    let (stop, stopped) = watch::channel(false);
    let run = tokio::spawn(scene.sequencer.clone().run(stopped));
    until(&scene, 3).await;
    stop.send(true).unwrap();
    run.await.unwrap().unwrap();
    let times: Vec<u64> = (0..=3).map(|n| scene.chain.header(n).unwrap().unwrap().timestamp).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "time only goes up: {times:?}");
}
