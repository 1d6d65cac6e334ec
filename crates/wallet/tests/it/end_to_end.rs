//! With real proofs, checked by the chain.

use crate::chain::FakeChain;
use crate::{SERO, coin, funded, holds, request, sync, wallet};
use sero_circuits::ProvingKeys;
use sero_shielded::verifier::VerifyingKeys;
use sero_wallet::{BuildError, CallRequest, Client, Prover, WalletError};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use alloy_primitives::{Address, Bytes};
use ark_serialize::CanonicalSerialize;

pub fn keys() -> ProvingKeys {
    ProvingKeys::development(Some(Path::new(env!("CARGO_TARGET_TMPDIR")))).unwrap()
}

pub fn verifying(keys: &ProvingKeys) -> VerifyingKeys {
    let (mut spend, mut output) = (Vec::new(), Vec::new());
    keys.spend_verifying_key().serialize_compressed(&mut spend).unwrap();
    keys.output_verifying_key().serialize_compressed(&mut output).unwrap();
    VerifyingKeys::from_bytes(&spend, &output).unwrap()
}

#[test]
fn a_payment_and_a_call_pass_with_real_proofs_and_not_without() {
    let keys = keys();
    let mut chain = FakeChain::new();
    chain.keys = Some(verifying(&keys));
    chain.key_hashes = chain.keys.as_ref().unwrap().hashes();
    assert_eq!(keys.key_hashes().unwrap(), chain.key_hashes);
    let (mut alice, mut bob) = (funded(&chain, 10 * SERO), wallet(&chain));
    let client = Client::new(&chain);

    let count = AtomicUsize::new(0);
    let progress = |done: usize, total: usize| {
        assert!(done <= total && total == 4);
        count.fetch_add(1, Ordering::Relaxed);
    };
    alice.send(&client, &keys, &request(bob.address(), SERO), &progress).unwrap();
    assert_eq!(count.into_inner(), 4);
    chain.settle();
    sync(&mut bob, &chain);
    assert_eq!(holds(&bob, coin()), (SERO, 0));

    let call = CallRequest { value: 9, ..CallRequest::new(Address::repeat_byte(1), Bytes::new()) };
    let mut built = alice.build_call(&client, &keys, &call, &|_, _| ()).unwrap();
    // A tampered proof, signed again by its owner, gets as far as the verifier.
    let good = built.tx.clone();
    built.tx.bundle.outputs[0].proof = built.tx.bundle.outputs[1].proof;
    alice.signer().unwrap().sign_without_checks(&built.plan, &mut built.tx).unwrap();
    let error = client.send_raw(&built.raw()).unwrap_err().to_string();
    assert!(error.contains("outputs[0].proof"), "{error}");
    built.tx = good;
    alice.submit(&client, &built).unwrap();
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(chain.inner.borrow().received, [(Address::repeat_byte(1), coin(), 9)]);

    // A prover with other keys is refused before any work.
    chain.key_hashes.reverse();
    let client = Client::new(&chain);
    let refused = alice.send(&client, &keys, &request(bob.address(), 1), &|_, _| ());
    assert!(matches!(refused, Err(WalletError::Build(BuildError::Keys { .. }))));
}
