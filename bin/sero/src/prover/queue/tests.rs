use super::*;

fn submitted(queue: &Arc<Queue<u32>>, client: usize, request: u32) -> Place<u32> {
    let mut place = queue.enter(client).expect("a place");
    place.submit(request).expect("it is open");
    place
}

fn counts(queue: &Queue<u32>) -> (usize, usize, usize) {
    let counts = queue.counts();
    (counts.reading, counts.waiting, counts.running)
}

#[tokio::test]
async fn a_full_queue_says_how_long_to_wait() {
    let queue = Queue::new(2, 1, 1);
    let first = queue.enter(0).expect("a place");
    let second = submitted(&queue, 0, 2);
    assert_eq!(counts(&queue), (1, 1, 0));
    // Each takes a second until something else is known.
    assert_eq!(queue.enter(0).err(), Some(NoPlace::Full { places: 2, seconds: 2 }));
    let (request, running) = queue.next().await.expect("a request");
    assert_eq!((request, counts(&queue)), (2, (1, 0, 1)));
    let third = queue.enter(0).expect("who is worked on holds no place");
    drop((first, third));
    assert_eq!(counts(&queue), (0, 0, 1));
    drop(running);
    assert_eq!(counts(&queue), (0, 0, 0));
    assert!(!second.cancel().is_cancelled());
}

#[tokio::test]
async fn a_client_that_goes_leaves_nothing_behind() {
    let queue = Queue::new(4, 1, 1);
    let [gone, stays] = [1, 2].map(|request| submitted(&queue, 0, request));
    let cancel = gone.cancel().clone();
    drop(gone);
    assert!(cancel.is_cancelled());
    assert_eq!(counts(&queue), (0, 1, 0));
    let (request, _running) = queue.next().await.expect("a request");
    assert_eq!(request, 2, "the other's turn");
    // Gone while it is worked on: the work is told.
    let cancel = stays.cancel().clone();
    drop(stays);
    assert!(cancel.is_cancelled());
    assert_eq!(counts(&queue), (0, 0, 1), "until the worker has seen it");
}

#[tokio::test]
async fn clients_take_turns_and_none_has_it_all() {
    let queue = Queue::new(8, 1, 3);
    let greedy: Vec<_> = (0..4).map(|i| submitted(&queue, 0, i)).collect();
    assert_eq!(queue.enter(0).err(), Some(NoPlace::Share { places: 4, seconds: 4 }));
    let others = [submitted(&queue, 1, 10), submitted(&queue, 2, 20), submitted(&queue, 1, 11)];
    let mut order = Vec::new();
    for _ in 0..7 {
        order.push(queue.next().await.expect("a request").0);
    }
    assert_eq!(order, [0, 10, 20, 1, 11, 2, 3]);
    drop((greedy, others));
    assert_eq!(counts(&queue), (0, 0, 0));
}

#[tokio::test]
async fn workers_sleep_and_each_request_wakes_one() {
    let queue = Queue::<u32>::new(8, 2, 1);
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move {
                let mut done = Vec::new();
                while let Some((request, _running)) = queue.next().await {
                    done.push(request);
                    tokio::task::yield_now().await;
                }
                done
            })
        })
        .collect();
    let mut places = Vec::new();
    for request in 0..100 {
        while queue.enter(0).is_err() {
            tokio::task::yield_now().await;
        }
        places.push(submitted(&queue, 0, request));
        if request % 3 == 0 {
            tokio::task::yield_now().await;
        }
    }
    while counts(&queue) != (0, 0, 0) {
        tokio::task::yield_now().await;
    }
    queue.stop();
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.expect("it ends"));
    }
    done.sort_unstable();
    assert_eq!(done, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stopped_queue_drops_what_waits_and_takes_nothing() {
    let queue = Queue::new(4, 1, 1);
    let runs = submitted(&queue, 0, 1);
    let (_, running) = queue.next().await.expect("a request");
    let waits = submitted(&queue, 0, 2);
    let mut reads = queue.enter(0).expect("a place");
    queue.stop();
    assert!(queue.is_stopping());
    assert_eq!(counts(&queue), (1, 0, 1), "what runs goes on");
    assert_eq!(reads.submit(3), Err(NoPlace::Stopping));
    assert_eq!(queue.enter(0).err(), Some(NoPlace::Stopping));
    assert!(queue.next().await.is_none());
    assert!(!runs.cancel().is_cancelled());
    drop((running, runs, waits, reads));
    assert_eq!(counts(&queue), (0, 0, 0));
}
