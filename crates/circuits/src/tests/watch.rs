//! Progress, and the end that a caller calls for.

use super::keys::keys;
use super::support::*;
use crate::{BatchError, Cancel, Part, Progress, ProveError, Watch, Witnesses};
use ark_groth16::prepare_verifying_key;
use ark_std::rand::{CryptoRng, Error, RngCore, rngs::StdRng};
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

fn witnesses(seed: u8, spends: usize, outputs: usize) -> Witnesses {
    let mut rng = rng(seed);
    Witnesses {
        spends: (0..spends).map(|_| spend_witness(&mut rng, 7)).collect(),
        outputs: (0..outputs).map(|_| output_witness(&mut rng, 7)).collect(),
    }
}

/// A source of its own for each proof.
fn sources() -> impl Fn() -> StdRng + Sync {
    let next = AtomicU8::new(100);
    move || rng(next.fetch_add(1, Ordering::Relaxed))
}

/// Calls for the end when it is asked for randomness: after the witness was
/// checked, before anything is computed with it.
struct Ending<'c>(&'c Cancel, StdRng);

impl RngCore for Ending<'_> {
    fn next_u32(&mut self) -> u32 {
        self.1.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.cancel();
        self.1.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.cancel();
        self.1.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Ending<'_> {}

#[test]
fn a_batch_is_proven_in_its_order_and_each_proof_is_told() {
    let all = witnesses(60, 2, 3);
    let told = Mutex::new(Vec::new());
    let progress = |progress: Progress| told.lock().unwrap().push(progress);
    let watch = Watch { cancel: &Cancel::new(), progress: &progress };
    let proofs = keys().prove_all(&all, sources(), &watch).expect("proofs");
    assert_eq!((proofs.spends.len(), proofs.outputs.len()), (2, 3));
    let verifies = |key: &_, proof: &[u8; 128], public: &[_]| {
        use ark_serialize::CanonicalDeserialize;
        let proof = ark_groth16::Proof::deserialize_compressed(&proof[..]).expect("a proof");
        ark_groth16::Groth16::<ark_bn254::Bn254>::verify_proof(key, &proof, public) == Ok(true)
    };
    let key = prepare_verifying_key(keys().spend_verifying_key());
    for (w, proof) in all.spends.iter().zip(&proofs.spends) {
        assert!(verifies(&key, proof, &w.public_inputs()));
    }
    let key = prepare_verifying_key(keys().output_verifying_key());
    for (w, proof) in all.outputs.iter().zip(&proofs.outputs) {
        assert!(verifies(&key, proof, &w.public_inputs()));
    }

    let told = told.into_inner().unwrap();
    let parts: HashSet<String> = told.iter().map(|progress| progress.part.to_string()).collect();
    let expected = ["spends[0]", "spends[1]", "outputs[0]", "outputs[1]", "outputs[2]"];
    assert_eq!(parts, expected.map(String::from).into());
    let counts: HashSet<(usize, usize)> = told.iter().map(|progress| (progress.done, progress.of)).collect();
    assert_eq!(counts, (1..=5).map(|done| (done, 5)).collect());
}

#[test]
fn work_ends_before_it_begins() {
    let all = witnesses(61, 1, 1);
    let cancel = Cancel::new();
    cancel.clone().cancel();
    assert!(cancel.is_cancelled(), "clones are one switch");
    let watch = Watch { cancel: &cancel, progress: &|_| panic!("nothing was proven") };
    assert_eq!(keys().prove_all(&all, sources(), &watch), Err(BatchError::Cancelled));
    let mut rng = rng(62);
    let before = rng.clone().next_u64();
    assert_eq!(
        keys().prove_spend_until(&all.spends[0], &mut rng, &cancel).err(),
        Some(ProveError::Cancelled)
    );
    assert_eq!(
        keys().prove_output_until(&all.outputs[0], &mut rng, &cancel).err(),
        Some(ProveError::Cancelled)
    );
    assert_eq!(rng.next_u64(), before, "no randomness was drawn");
}

#[test]
fn work_ends_between_two_proofs() {
    let all = witnesses(63, 0, 6);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    for last in 1..=2 {
        let (cancel, done) = (Cancel::new(), AtomicUsize::new(0));
        let progress = |progress: Progress| {
            done.fetch_add(1, Ordering::Relaxed);
            if progress.done == last {
                cancel.cancel();
            }
        };
        let watch = Watch { cancel: &cancel, progress: &progress };
        let result = pool.install(|| keys().prove_all(&all, sources(), &watch));
        assert_eq!(result, Err(BatchError::Cancelled));
        assert_eq!(done.into_inner(), last, "no proof after the call");
    }
}

#[test]
fn work_ends_inside_a_proof() {
    let all = witnesses(64, 1, 1);
    let cancel = Cancel::new();
    let result = keys().prove_spend_until(&all.spends[0], &mut Ending(&cancel, rng(65)), &cancel);
    assert_eq!(result.err(), Some(ProveError::Cancelled));
    let cancel = Cancel::new();
    let result = keys().prove_output_until(&all.outputs[0], &mut Ending(&cancel, rng(65)), &cancel);
    assert_eq!(result.err(), Some(ProveError::Cancelled));
    // The same keys go on.
    assert!(keys().prove_output(&all.outputs[0], &mut rng(66)).is_ok());
}

#[test]
fn a_broken_part_is_named() {
    let mut all = witnesses(67, 2, 1);
    all.spends[1].position ^= 1;
    let watch = Watch { cancel: &Cancel::new(), progress: &|_| () };
    let error = keys().prove_all(&all, sources(), &watch).unwrap_err();
    assert_eq!(error, BatchError::Part { part: Part::Spend(1), error: ProveError::WrongPath });
    assert_eq!(error.to_string(), "spends[1]: the path does not lead from the note to the anchor");
}
