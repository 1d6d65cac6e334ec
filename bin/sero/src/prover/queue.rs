//! Places for requests, and whose turn it is.
//!
//! A request has a place from before its body is read until a worker takes it. A [`Place`] that is
//! dropped, because its client went away or the time is up, is free at once, and what was begun for it
//! is ended. Clients take turns, and where there are several, none has more than half of the places.

#[cfg(test)]
mod tests;

use parking_lot::Mutex;
use sero_circuits::Cancel;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// A queue of `T`s.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    work: Notify,
    places: usize,
    /// Places of one client.
    share: usize,
    /// How many run at once.
    at_once: usize,
}

struct State<T> {
    stopping: bool,
    next_id: u64,
    running: usize,
    clients: Vec<Client<T>>,
    /// Whose turn it is.
    turn: usize,
    /// Of a request, lately.
    mean_seconds: f64,
}

struct Client<T> {
    /// Places whose request is not there yet.
    reading: usize,
    waiting: VecDeque<(u64, T)>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// All are taken.
    Full {
        /// How many there are.
        places: usize,
        /// About how long until one is free.
        seconds: u64,
    },
    /// The client has its share.
    Share {
        /// How many that is.
        places: usize,
        /// About how long until one is free.
        seconds: u64,
    },
    /// No more requests are taken.
    Stopping,
}

/// What is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests whose body is being read.
    pub reading: usize,
    /// Requests that wait for a worker.
    pub waiting: usize,
    /// Requests that are worked on.
    pub running: usize,
}

/// A request's place. Dropping it gives the place back and ends the work.
pub struct Place<T> {
    queue: Arc<Queue<T>>,
    client: usize,
    id: u64,
    submitted: bool,
    cancel: Cancel,
}

/// Work at hand; dropped when it is done.
pub struct Running<T> {
    queue: Arc<Queue<T>>,
    since: Instant,
}

impl<T> Queue<T> {
    /// `places` for requests that wait, `at_once` workers, so many clients; each at least 1.
    pub fn new(places: usize, at_once: usize, clients: usize) -> Arc<Self> {
        let state = State {
            stopping: false,
            next_id: 0,
            running: 0,
            clients: (0..clients).map(|_| Client { reading: 0, waiting: VecDeque::new() }).collect(),
            turn: 0,
            mean_seconds: 1.0,
        };
        let share = if clients > 1 { places.div_ceil(2) } else { places };
        Arc::new(Self { state: Mutex::new(state), work: Notify::new(), places, share, at_once })
    }

    /// A place for a request of client `client`.
    pub fn enter(self: &Arc<Self>, client: usize) -> Result<Place<T>, NoPlace> {
        let mut state = self.state.lock();
        if state.stopping {
            return Err(NoPlace::Stopping);
        }
        let counts = state.counts();
        let seconds = self.seconds(&state);
        if counts.reading + counts.waiting >= self.places {
            return Err(NoPlace::Full { places: self.places, seconds });
        }
        if state.clients[client].held() >= self.share {
            return Err(NoPlace::Share { places: self.share, seconds });
        }
        state.clients[client].reading += 1;
        state.next_id += 1;
        let (id, queue) = (state.next_id, Arc::clone(self));
        Ok(Place { queue, client, id, submitted: false, cancel: Cancel::new() })
    }

    /// The next request, as soon as there is one; `None` once the queue is stopped.
    pub async fn next(self: &Arc<Self>) -> Option<(T, Running<T>)> {
        loop {
            let mut woken = std::pin::pin!(self.work.notified());
            // From here on no wake-up is missed.
            woken.as_mut().enable();
            {
                let mut state = self.state.lock();
                if let Some(request) = state.take() {
                    state.running += 1;
                    let queue = Arc::clone(self);
                    return Some((request, Running { queue, since: Instant::now() }));
                }
                if state.stopping {
                    return None;
                }
            }
            woken.await;
        }
    }

    /// Takes no more requests and drops those that wait; those that run go on.
    pub fn stop(&self) {
        let waiting: Vec<_> = {
            let mut state = self.state.lock();
            state.stopping = true;
            state.clients.iter_mut().flat_map(|client| std::mem::take(&mut client.waiting)).collect()
        };
        drop(waiting);
        self.work.notify_waiters();
    }

    /// Whether [`Self::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.state.lock().stopping
    }

    /// What is going on now.
    pub fn counts(&self) -> Counts {
        self.state.lock().counts()
    }

    /// Places and workers.
    pub fn size(&self) -> (usize, usize) {
        (self.places, self.at_once)
    }

    /// About how long until everything that is here now is done, at least 1.
    pub fn seconds_to_wait(&self) -> u64 {
        self.seconds(&self.state.lock())
    }

    fn seconds(&self, state: &State<T>) -> u64 {
        let counts = state.counts();
        let rounds = (counts.reading + counts.waiting + counts.running).div_ceil(self.at_once);
        let seconds = (rounds as f64 * state.mean_seconds).ceil();
        // Far from any bound: at most 2048 requests of at most an hour.
        (seconds as u64).max(1)
    }
}

impl<T> State<T> {
    fn counts(&self) -> Counts {
        Counts {
            reading: self.clients.iter().map(|client| client.reading).sum(),
            waiting: self.clients.iter().map(|client| client.waiting.len()).sum(),
            running: self.running,
        }
    }

    /// The oldest request of the client whose turn it is.
    fn take(&mut self) -> Option<T> {
        let clients = self.clients.len();
        let mut turns = (0..clients).map(|i| (self.turn + i) % clients);
        let client = turns.find(|i| !self.clients[*i].waiting.is_empty())?;
        self.turn = client + 1;
        self.clients[client].waiting.pop_front().map(|(_, request)| request)
    }
}

impl<T> Client<T> {
    fn held(&self) -> usize {
        self.reading + self.waiting.len()
    }
}

impl<T> Place<T> {
    /// What ends the work for this place.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The request is there, and waits. An error: the queue was stopped meanwhile.
    pub fn submit(&mut self, request: T) -> Result<(), NoPlace> {
        let mut state = self.queue.state.lock();
        if state.stopping {
            return Err(NoPlace::Stopping);
        }
        let client = &mut state.clients[self.client];
        if !self.submitted {
            client.reading -= 1;
            self.submitted = true;
        }
        client.waiting.push_back((self.id, request));
        self.queue.work.notify_one();
        Ok(())
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.cancel.cancel();
        let abandoned = {
            let mut state = self.queue.state.lock();
            let client = &mut state.clients[self.client];
            if self.submitted {
                let at = client.waiting.iter().position(|(id, _)| *id == self.id);
                at.and_then(|at| client.waiting.remove(at))
            } else {
                client.reading -= 1;
                None
            }
        };
        drop(abandoned);
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        let seconds = self.since.elapsed().as_secs_f64();
        let mut state = self.queue.state.lock();
        state.running -= 1;
        state.mean_seconds = 0.8 * state.mean_seconds + 0.2 * seconds;
    }
}
