//! Notes in several pools.

use crate::chain::FakeChain;
use crate::{SERO, coin, sync, wallet};
use alloy_primitives::B256;
use serde_json::json;
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::tree::Frontier;
use sero_wallet::Client;

/// Adds a pool that has `leaf` at place 0, announced with the note that is there in pool 0.
fn second_pool(chain: &FakeChain, leaf: Field) {
    let mut tree = Frontier::default();
    tree.append(leaf, []).unwrap();
    let root = B256::from(field_to_bytes(&tree.root()));
    *chain.tamper.borrow_mut() = Some(Box::new(move |method, answer| {
        if method != "sero_getShieldedBlocks" {
            return;
        }
        for block in answer["blocks"].as_array_mut().unwrap() {
            let first = block["notes"].as_array().unwrap().first().cloned();
            if let Some(mut copy) = first.filter(|note| note["position"] == "0x0") {
                copy["pool"] = json!("0x1");
                block["notes"].as_array_mut().unwrap().push(copy);
            }
            let pool = json!({ "pool": "0x1", "anchor": root, "noteCount": "0x1" });
            block["pools"].as_array_mut().unwrap().push(pool);
        }
    }));
}

/// The same note at the same place of two pools has one nullifier: whoever arranged it would
/// recognise both spends, and everybody would see which notes they were.
#[test]
fn a_copy_at_the_same_place_of_another_pool_is_left_alone() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    for _ in 0..5 {
        chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    }
    chain.settle();
    sync(&mut alice, &chain);
    let leaf = alice.notes()[0].commitment;
    let client = Client::new(&chain);
    second_pool(&chain, leaf);
    alice.rescan(&client, &mut |_| ()).unwrap();
    let copies: Vec<_> = alice.notes().iter().filter(|note| note.commitment == leaf).collect();
    assert_eq!(copies.iter().map(|note| note.pool).collect::<Vec<_>>(), [0]);
    let mut nullifiers: Vec<_> = alice.notes().iter().map(|note| note.nullifier).collect();
    nullifiers.sort_unstable();
    nullifiers.dedup();
    assert_eq!(nullifiers.len(), alice.notes().len());
    // The newest pool has nothing to merge; the older one has.
    let plan = alice.plan_merge(&client, coin()).unwrap();
    assert_eq!((plan.pool, plan.spends.iter().filter(|spend| spend.amount > 0).count()), (0, 5));
}
