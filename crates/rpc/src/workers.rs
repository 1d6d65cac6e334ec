//! Threads that do the work of requests: so many at once for each kind of work, so that costly simulations, which anybody
//! may ask for, never keep a transaction out.

use crate::error::RpcError;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a request waits for others of its kind.
const WAIT_MAX: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

/// Workers for one kind of work. A worker that is done takes what waits, on the thread that it has: under load, no thread
/// goes to sleep and is woken again for each request.
pub(crate) struct Workers {
    most: usize,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    running: usize,
    waiting: VecDeque<Job>,
}

impl Workers {
    /// At most so many at once, which is one or more.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, work: Mutex::default() })
    }

    /// Has the `work` of method `name` done: at once if a worker is free, else in the order of the requests.
    ///
    /// # Errors
    /// Those of `work`; `Limit` if others keep all workers busy for too long, and the work is then never begun.
    pub(crate) async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        name: &'static str,
        work: impl FnOnce() -> Result<R, RpcError> + Send + 'static,
    ) -> Result<R, RpcError> {
        let (answer, mut answered) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let claim = Arc::clone(&begun);
        let waits = self.add(Box::new(move || {
            if !claim.swap(true, Ordering::AcqRel) {
                let result = catch_unwind(AssertUnwindSafe(work));
                // An error means that the client is gone.
                let _ = answer
                    .send(result.unwrap_or_else(|_| Err(RpcError::internal(format!("{name} panicked")))));
            }
        }));
        if waits {
            match tokio::time::timeout(WAIT_MAX, &mut answered).await {
                Ok(answer) => return answer.map_err(RpcError::internal)?,
                Err(_) if !begun.swap(true, Ordering::AcqRel) => {
                    return Err(RpcError::Limit("node is busy, try again".into()));
                }
                Err(_) => {}
            }
        }
        answered.await.map_err(RpcError::internal)?
    }

    /// Whether the job has to wait.
    fn add(self: &Arc<Self>, job: Job) -> bool {
        {
            let mut work = self.work.lock();
            if work.running == self.most {
                work.waiting.push_back(job);
                return true;
            }
            work.running += 1;
        }
        let workers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut next = Some(job);
            while let Some(job) = next {
                job();
                next = workers.next();
            }
        });
        false
    }

    /// What a worker that is done does next; with nothing, it ends.
    fn next(&self) -> Option<Job> {
        let mut work = self.work.lock();
        let job = work.waiting.pop_front();
        if job.is_none() {
            work.running -= 1;
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_that_waits_is_done_in_order_and_never_more_at_once() {
        let workers = Workers::new(1);
        let (release, released) = mpsc::channel::<()>();
        let done = Arc::new(Mutex::new(Vec::new()));
        let first = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { workers.run("first", move || released.recv().map_err(RpcError::internal)).await }
        });
        while workers.work.lock().running == 0 {
            tokio::task::yield_now().await;
        }
        let mut others = Vec::new();
        for number in 0..5 {
            let (workers, done) = (Arc::clone(&workers), Arc::clone(&done));
            let before = workers.work.lock().waiting.len();
            others.push(tokio::spawn({
                let workers = Arc::clone(&workers);
                async move {
                    workers
                        .run("other", move || {
                            done.lock().push(number);
                            Ok(number)
                        })
                        .await
                }
            }));
            while workers.work.lock().waiting.len() == before {
                tokio::task::yield_now().await;
            }
        }
        assert!(done.lock().is_empty(), "the only worker is busy");
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        for (number, other) in (0..).zip(others) {
            assert_eq!(other.await.unwrap().unwrap(), number);
        }
        assert_eq!(*done.lock(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_worker_goes_on() {
        let workers = Workers::new(1);
        for _ in 0..3 {
            let result = workers.run::<()>("bad", || panic!("a bug")).await;
            assert!(matches!(result, Err(RpcError::Internal)));
        }
        assert_eq!(workers.run("good", || Ok(5)).await.unwrap(), 5);
    }
}
