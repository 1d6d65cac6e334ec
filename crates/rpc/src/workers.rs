//! Threads that do the work of requests: so many at once for each kind of work, so that costly simulations, which anybody
//! may ask for, never keep a transaction out.

use crate::error::RpcError;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a request waits for others of its kind.
const WAIT_MAX: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

/// A job until somebody takes it: a worker to do it, or whoever waits no longer for its answer.
type Slot = Arc<Mutex<Option<Job>>>;

/// Workers for one kind of work. A worker that is done takes what waits, on the thread that it has: under load, no thread
/// goes to sleep and is woken again for each request.
pub(crate) struct Workers {
    most: usize,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    running: usize,
    waiting: VecDeque<Slot>,
}

/// Takes the job away at the end, if it was not begun: nobody wants its answer.
struct Claim(Slot);

impl Claim {
    /// Whether the job was there to take.
    fn withdraw(&self) -> bool {
        self.0.lock().take().is_some()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl Workers {
    /// At most so many at once, which is one or more.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, work: Mutex::default() })
    }

    /// Has the `work` of method `name` done: at once if a worker is free, else in the order of the requests. If the future is
    /// dropped before the work has begun, it never begins.
    ///
    /// # Errors
    /// Those of `work`; `Limit` if others keep all workers busy for too long, and the work is then never begun.
    pub(crate) async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        name: &'static str,
        work: impl FnOnce() -> Result<R, RpcError> + Send + 'static,
    ) -> Result<R, RpcError> {
        let (answer, mut answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            let result = result.unwrap_or_else(|_| Err(RpcError::internal(format!("{name} panicked"))));
            // An error means that the client is gone.
            let _ = answer.send(result);
        });
        let slot = Arc::new(Mutex::new(Some(job)));
        let claim = Claim(Arc::clone(&slot));
        if self.add(slot) {
            match tokio::time::timeout(WAIT_MAX, &mut answered).await {
                Ok(answer) => return answer.map_err(RpcError::internal)?,
                Err(_) if claim.withdraw() => {
                    return Err(RpcError::Limit("node is busy, try again".into()));
                }
                Err(_) => {}
            }
        }
        answered.await.map_err(RpcError::internal)?
    }

    /// Whether the job has to wait.
    fn add(self: &Arc<Self>, slot: Slot) -> bool {
        {
            let mut work = self.work.lock();
            if work.running == self.most {
                work.forget_withdrawn();
                work.waiting.push_back(slot);
                return true;
            }
            work.running += 1;
        }
        let workers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut next = Some(slot);
            while let Some(slot) = next {
                let job = slot.lock().take();
                if let Some(job) = job {
                    job();
                }
                next = workers.next();
            }
        });
        false
    }

    /// What a worker that is done does next; with nothing, it ends.
    fn next(&self) -> Option<Slot> {
        let mut work = self.work.lock();
        let slot = work.waiting.pop_front();
        if slot.is_none() {
            work.running -= 1;
        }
        slot
    }
}

impl Work {
    /// Drops what was withdrawn at the front, where the oldest are.
    fn forget_withdrawn(&mut self) {
        while self.waiting.front().is_some_and(|slot| slot.lock().is_none()) {
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_that_waits_is_done_in_order_and_never_more_at_once() {
        let (workers, release, first) = busy().await;
        let done = Arc::new(Mutex::new(Vec::new()));
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

    /// Keeps the only worker busy until the sender says so.
    async fn busy() -> (Arc<Workers>, mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), RpcError>>) {
        let workers = Workers::new(1);
        let (release, released) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { workers.run("first", move || released.recv().map_err(RpcError::internal)).await }
        });
        while workers.work.lock().running == 0 {
            tokio::task::yield_now().await;
        }
        (workers, release, first)
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_never_begins_and_holds_no_memory() {
        let (workers, release, first) = busy().await;
        let held = Arc::new(());
        let wait = |workers: &Arc<Workers>, held: &Arc<()>| {
            let (workers, held) = (Arc::clone(workers), Arc::clone(held));
            tokio::spawn(
                async move { workers.run::<()>("other", move || panic!("nobody wants {held:?}")).await },
            )
        };
        // A client that goes away.
        let gone = wait(&workers, &held);
        while workers.work.lock().waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!(Arc::strong_count(&held), 1, "what was asked for is dropped at once");
        // One that has waited too long.
        let late = wait(&workers, &held).await.expect("no panic");
        assert!(matches!(late, Err(RpcError::Limit(_))));
        assert_eq!((Arc::strong_count(&held), workers.work.lock().waiting.len()), (1, 1));
        release.send(()).expect("the worker listens");
        first.await.expect("no panic").expect("an answer");
        assert_eq!(workers.run("good", || Ok(5)).await, Ok(5));
        assert!(workers.work.lock().waiting.is_empty());
    }
}
