//! Workers: each takes one request after the other.

use super::Service;
use super::refusal::Refusal;
use sero_circuits::{BatchError, Cancel, Proofs, ProveError, ProvingRequest, Watch};
use sero_wallet::random::OsRng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// A request on its way to a worker.
pub struct Task {
    /// What is to be proven.
    pub request: ProvingRequest,
    /// What ends it.
    pub cancel: Cancel,
    /// When it had its place.
    pub entered: Instant,
    /// Whose it is, for the log.
    pub client: usize,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<Proofs, Refusal>>,
}

/// Works until the queue is stopped.
pub async fn run(service: Arc<Service>) {
    while let Some((task, running)) = service.queue.next().await {
        let service = Arc::clone(&service);
        let work = tokio::task::spawn_blocking(move || {
            let _running = running;
            work(&service, task);
        });
        if let Err(fault) = work.await {
            tracing::error!(panicked = fault.is_panic(), "a worker was lost");
        }
    }
}

fn work(service: &Service, task: Task) {
    let Task { request, cancel, entered, client, answer } = task;
    let (waited, began) = (entered.elapsed(), Instant::now());
    let (spends, outputs) = (request.witnesses.spends.len(), request.witnesses.outputs.len());
    let watch = Watch { cancel: &cancel, progress: &|_| () };
    // Whatever is in a request, the service goes on.
    let proofs = catch_unwind(AssertUnwindSafe(|| {
        service.pool.install(|| service.keys.prove_all(&request.witnesses, || OsRng, &watch))
    }));
    let took = began.elapsed();
    let milliseconds = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let result = match proofs {
        Ok(Ok(proofs)) => {
            service.metrics.proved(spends, outputs, waited, took);
            let (waited_ms, proving_ms) = (milliseconds(waited), milliseconds(took));
            tracing::info!(client, spends, outputs, waited_ms, proving_ms, "proved");
            Ok(proofs)
        }
        // Nobody waits for the answer any more.
        Ok(Err(BatchError::Cancelled)) => {
            tracing::info!(client, spends, outputs, "given up");
            return;
        }
        Ok(Err(BatchError::Part {
            part,
            error: error @ (ProveError::Randomness | ProveError::SelfCheck),
        })) => {
            tracing::error!(client, %part, %error, "the prover failed");
            Err(Refusal::Fault)
        }
        Ok(Err(BatchError::Part { part, error })) => Err(Refusal::Witness { part, error }),
        Err(_) => {
            tracing::error!(client, spends, outputs, "the prover panicked");
            Err(Refusal::Fault)
        }
    };
    // The client may have gone this very moment.
    let _ = answer.send(result);
}
