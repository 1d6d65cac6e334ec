//! Connections: one request each.
//!
//! Whoever has a place in the queue is bounded by its places. Everybody else is a stranger at the door:
//! there is room for [`STRANGERS_MAX`], and of those from the address that has most there, the one that has stood
//! longest makes way for the next, so that connections which say nothing keep nobody out. Who had a place and
//! has an answer may linger, if not too many do.

use super::answer::answer;
use super::{Service, work};
use crate::interrupt::Interrupts;
use crate::terminal::{Failure, message};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

/// Connections without a place.
const STRANGERS_MAX: usize = 128;
/// Connections that had a place and have their answer, and do not go.
const LINGERING_MAX: usize = 128;
/// How long the head of a request may take.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// Bytes of the head.
const HEAD_LEN_MAX: usize = 16 * 1024;
/// How long answers may take on their way when the service ends.
const FLUSH_MAX: Duration = Duration::from_secs(5);
/// How long, and how many bytes, a client may go on sending what is not read any more.
const LINGER_MAX: (Duration, usize) = (Duration::from_secs(1), 256 * 1024);

/// Where connections are that have no place in the queue.
pub struct Door {
    /// Oldest first.
    strangers: Mutex<VecDeque<Stranger>>,
    lingering: Semaphore,
}

struct Stranger {
    id: u64,
    from: Ipv6Addr,
    connection: AbortHandle,
}

impl Door {
    fn new() -> Self {
        Door { strangers: Mutex::default(), lingering: Semaphore::new(LINGERING_MAX) }
    }

    /// Connection `id` has a place now, or is gone.
    pub fn passed(&self, id: u64) {
        self.strangers.lock().retain(|stranger| stranger.id != id);
    }

    /// Lets `connection` stand here.
    fn add(&self, id: u64, from: IpAddr, connection: impl FnOnce() -> AbortHandle) {
        let evicted = {
            let mut strangers = self.strangers.lock();
            // Under the lock, so that it cannot be gone before it came.
            strangers.push_back(Stranger { id, from: network(from), connection: connection() });
            let full = strangers.len() > STRANGERS_MAX;
            full.then(|| most_crowded(&strangers)).and_then(|at| strangers.remove(at))
        };
        if let Some(oldest) = evicted {
            oldest.connection.abort();
        }
    }

    /// Whether connection `id` still stands here.
    fn has(&self, id: u64) -> bool {
        self.strangers.lock().iter().any(|stranger| stranger.id == id)
    }

    /// Sends everybody away.
    fn close(&self) {
        let strangers = std::mem::take(&mut *self.strangers.lock());
        strangers.iter().for_each(|stranger| stranger.connection.abort());
    }
}

/// The oldest of those from where most come; of several such addresses, whoever is oldest.
fn most_crowded(strangers: &VecDeque<Stranger>) -> usize {
    let mut counts = BTreeMap::<Ipv6Addr, usize>::new();
    strangers.iter().for_each(|stranger| *counts.entry(stranger.from).or_default() += 1);
    let most = counts.values().max();
    strangers.iter().position(|stranger| counts.get(&stranger.from) == most).unwrap_or(0)
}

/// What one stranger may have of addresses: one of version 4, or 64 bits of version 6.
fn network(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64),
    }
}

/// Serves until interrupted; then finishes what runs, refuses the rest, and returns when the answers
/// are out. An error: it was interrupted again before that.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    mut interrupts: Interrupts,
) -> Result<(), Failure> {
    let door = Arc::new(Door::new());
    let mut connections = Connections { listener, door, service, tasks: JoinSet::new(), next_id: 0 };
    let service = Arc::clone(&connections.service);
    let mut workers = JoinSet::new();
    for _ in 0..service.queue.size().1 {
        workers.spawn(work::run(Arc::clone(&service)));
    }
    connections.accept_until(interrupts.next()).await;
    service.queue.stop();
    let running = service.queue.counts().running;
    tracing::info!(running, "stopping");
    message(format!("stopping: {running} running requests are finished, others are refused"));
    let finished = async { while workers.join_next().await.is_some() {} };
    let again = tokio::select! {
        () = connections.accept_until(finished) => false,
        () = interrupts.next() => true,
    };
    if again {
        return Err("interrupted again: running requests were given up".into());
    }
    connections.flush().await;
    Ok(())
}

struct Connections {
    listener: TcpListener,
    door: Arc<Door>,
    service: Arc<Service>,
    tasks: JoinSet<()>,
    next_id: u64,
}

impl Connections {
    /// Takes connections until `end`, and gives its result.
    async fn accept_until<T>(&mut self, end: impl Future<Output = T>) -> T {
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                result = &mut end => return result,
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, from)) => self.take(stream, from.ip()),
                    // Out of file handles, most likely: others are given back soon.
                    Err(error) => {
                        tracing::warn!(%error, "cannot take a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        }
    }

    fn take(&mut self, stream: TcpStream, from: IpAddr) {
        self.next_id += 1;
        let id = self.next_id;
        let (door, service) = (Arc::clone(&self.door), Arc::clone(&self.service));
        let connection = async move {
            let _leaves = Leaves { door: &door, id };
            talk(stream, &service, &door, id).await;
        };
        self.door.add(id, from, || self.tasks.spawn(connection));
    }

    /// Waits for answers that are on their way.
    async fn flush(mut self) {
        drop(self.listener);
        self.door.close();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FLUSH_MAX, all).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "answers were not taken");
        }
    }
}

/// The door forgets a connection however it ends.
struct Leaves<'d> {
    door: &'d Door,
    id: u64,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.door.passed(self.id);
    }
}

/// One request and its answer. If the client goes away, what answers it is dropped.
async fn talk(stream: TcpStream, service: &Service, door: &Door, id: u64) {
    let respond =
        service_fn(|request| async move { Ok::<_, Infallible>(answer(service, door, id, request).await) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_LEN_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), respond)
        .without_shutdown();
    let Ok(parts) = connection.await else { return };
    // Strangers are bounded by the door, as long as they linger too.
    let _room = if door.has(id) {
        None
    } else {
        let Ok(room) = door.lingering.try_acquire() else { return };
        Some(room)
    };
    linger(parts.io.into_inner()).await;
}

/// Closes gently: a client that is still sending would lose an answer which it has not read.
async fn linger(mut stream: TcpStream) {
    let (time, mut left) = LINGER_MAX;
    let drain = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut bytes = [0; 4096];
        while left > 0 {
            match stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(n) => left = left.saturating_sub(n),
            }
        }
    };
    // Long enough: it is the client's loss then.
    let _ = tokio::time::timeout(time, drain).await;
}
