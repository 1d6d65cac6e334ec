//! EIP-1186 proofs, judged by alloy's verifier.

use crate::model::{Model, address, commit_next, open};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount, proof::verify_proof};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use sero_storage::{Snapshot, StorageError};

/// Verifies the proofs of one account and 45 slots; answers how many of the
/// proven slots are present.
fn check(snapshot: &Snapshot, root: B256, model: &Model, address: Address) -> usize {
    let slots: Vec<_> = (0..45).map(U256::from).collect();
    let proof = snapshot.account_proof(address, &slots).unwrap();
    assert_eq!(proof.account.as_ref(), model.accounts.get(&address));
    let leaf = proof.account.as_ref().map(|account| {
        let root = proof.storage_root;
        let leaf = TrieAccount::new(account.nonce, account.balance, root, account.code_hash);
        alloy_rlp::encode(leaf)
    });
    let key = Nibbles::unpack(keccak256(address));
    verify_proof(root, key, leaf.clone(), &proof.account_proof).unwrap();
    let wrong = leaf.map_or_else(|| Some(vec![1]), |_| None);
    verify_proof(root, key, wrong, &proof.account_proof).unwrap_err();

    for (slot, proven) in slots.iter().zip(&proof.storage_proofs) {
        let value = model.slots.get(&address).and_then(|slots| slots.get(slot));
        assert_eq!((proven.slot, proven.value), (*slot, value.copied().unwrap_or_default()));
        let key = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
        let leaf = value.map(alloy_rlp::encode);
        verify_proof(proof.storage_root, key, leaf, &proven.proof).unwrap();
    }
    proof.storage_proofs.iter().filter(|proven| !proven.value.is_zero()).count()
}

#[test]
fn presence_and_absence_verify() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let mut rng = ChaCha12Rng::seed_from_u64(5);
    let mut model = Model::default();
    let mut present = 0;
    for number in 0..60 {
        let diff = model.random_diff(&mut rng, 100, 30);
        let root = commit_next(&storage, &diff).unwrap();
        model.apply(&diff);
        if number % 10 == 9 {
            let snapshot = storage.snapshot().unwrap();
            // Half of the pool does not exist; 45 slots of which 40 ever can.
            for index in 0..200 {
                present += check(&snapshot, root, &model, address(index));
            }
        }
    }
    assert!(present > 1000, "only {present} slots were present");
}

#[test]
fn the_empty_state_proves_absence_with_no_node() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let proof = storage.snapshot().unwrap().account_proof(address(1), &[U256::ONE]).unwrap();
    assert_eq!(proof.account, None);
    assert!(proof.account_proof.is_empty() && proof.storage_proofs[0].proof.is_empty());
    assert_eq!(proof.storage_root, EMPTY_ROOT_HASH);
    verify_proof(EMPTY_ROOT_HASH, Nibbles::unpack(keccak256(address(1))), None, []).unwrap();
}

#[test]
fn past_states_have_roots_and_proofs() {
    const POOL: u64 = 20;
    let dir = tempfile::tempdir().unwrap();
    let storage = open(dir.path());
    let mut rng = ChaCha12Rng::seed_from_u64(16);
    let (mut models, mut diffs) = (vec![Model::default()], vec![]);
    for _ in 0..120 {
        let mut model = models.last().unwrap().clone();
        let diff = model.random_diff(&mut rng, POOL, 6);
        commit_next(&storage, &diff).unwrap();
        model.apply(&diff);
        models.push(model);
        diffs.push(diff);
    }
    models.remove(0);
    let mut present = 0;
    for (number, model) in (0..).zip(&models) {
        let past = storage.snapshot_at(number).unwrap();
        assert_eq!(past.root().unwrap(), model.root(), "block {number}");
        present += check(&past, model.root(), model, address(number % (POOL + 1)));
        // The next block on it is what it was then, and what it might have been.
        if let Some(diff) = diffs.get(usize::try_from(number + 1).unwrap()) {
            let (root, trie) = past.state_root(diff).unwrap();
            assert_eq!(root, models[usize::try_from(number + 1).unwrap()].root(), "block {number}");
            let other = model.clone().random_diff(&mut rng, POOL, 6);
            let (root, _) = past.state_root(&other).unwrap();
            let mut changed = model.clone();
            changed.apply(&other);
            assert_eq!(root, changed.root());
            let next = model_after(&models, number + 1).random_diff(&mut rng, POOL, 3);
            let mut changed = model_after(&models, number + 1).clone();
            changed.apply(&next);
            assert_eq!(past.state_root_on(&[&trie], &next).unwrap().0, changed.root());
        }
    }
    assert!(present > 300, "only {present} slots were present");
    let past = storage.snapshot_at(1).unwrap();
    let errors = [
        past.for_each_account(|_, _| ()).unwrap_err(),
        past.for_each_slot(address(1), |_, _| ()).unwrap_err(),
        storage.rewind(&past).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StorageError::NotLatest { number: 1, head: 119, .. }), "{error}");
    }
}

fn model_after(models: &[Model], number: u64) -> &Model {
    &models[usize::try_from(number).unwrap()]
}
