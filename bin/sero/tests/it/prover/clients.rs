//! Clients that the service must stand.

use super::TOKEN;
use super::support::{ServiceProcess, command, output, reply, request, spend};
use sero_circuits::{REQUEST_LEN_MAX, encode_request};
use sero_shielded::field::Field;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;

const OTHER: &str = "the-token-of-another-client";

fn tokens(dir: &Path) -> [&'static str; 2] {
    std::fs::write(dir.join("tokens"), format!("{TOKEN}\n\n{OTHER}\n")).unwrap();
    ["--token-file", "tokens"]
}

/// Holds a place: a request of which the last byte is still to come.
fn holding(service: &ServiceProcess, token: Option<&str>, request: &[u8]) -> TcpStream {
    let mut stream = service.begin(token, request.len(), "");
    stream.write_all(&request[..request.len() - 1]).unwrap();
    stream
}

#[test]
fn each_bad_request_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&tokens(dir.path()), dir.path());
    let good = request(&service.keys, 1, 1);
    let right = Some(TOKEN);

    for token in [None, Some("a-token-of-24-characterX"), Some(""), Some(&TOKEN[..23])] {
        let reply = service.post(token, &good);
        reply.refused(401, "token", "token");
        assert!(reply.head.to_lowercase().contains("www-authenticate: bearer"), "{}", reply.head);
    }
    for (authorization, words) in [
        (format!("Authorization: Basic {TOKEN}\r\n"), "no bearer token"),
        (format!("Authorization: Bearer {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n"), "two Authorization"),
    ] {
        let mut stream = service.begin(None, good.len(), &authorization);
        stream.write_all(&good).unwrap();
        reply(stream).refused(401, "token", words);
    }
    for path in ["/status", "/metrics"] {
        service.get(path, None).refused(401, "token", "a token is needed");
        assert_eq!(service.get(path, Some(OTHER)).status, 200);
    }
    assert_eq!(service.get("/health", None).text(), "ok\n");
    service.get("/prove", right).refused(405, "method", "POST");
    service.get("/", right).refused(404, "path", "POST /prove");
    service.get("/../etc/passwd", right).refused(404, "path", "nothing else");

    let mut page = service.begin(right, good.len(), "Origin: http://page.example\r\n");
    page.write_all(&good).unwrap();
    reply(page).refused(403, "origin", "web pages");
    let mut form = service.connect();
    let head = format!(
        "POST /prove HTTP/1.1\r\nHost: service\r\nContent-Type: text/plain\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Length: {}\r\n\r\n",
        good.len()
    );
    form.write_all(head.as_bytes()).and_then(|()| form.write_all(&good)).unwrap();
    reply(form).refused(415, "type", "application/octet-stream");

    // Sizes: by the head, and by what comes.
    let long = vec![1; REQUEST_LEN_MAX + 1];
    service.post(right, &long).refused(413, "size", &format!("more than {REQUEST_LEN_MAX} bytes"));
    reply(service.begin(right, usize::MAX >> 1, "")).refused(413, "size", "bytes");
    let mut chunked = service.connect();
    let head = format!(
        "POST /prove HTTP/1.1\r\nHost: service\r\nContent-Type: application/octet-stream\r\n\
         Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    chunked.write_all(head.as_bytes()).unwrap();
    // It may hang up while this is being sent.
    for _ in 0..20 {
        let _ = chunked.write_all(b"1000\r\n").and_then(|()| chunked.write_all(&[1; 0x1000]));
        let _ = chunked.write_all(b"\r\n");
    }
    reply(chunked).refused(413, "size", "bytes");
    let mut short = service.begin(right, good.len(), "");
    short.write_all(&good[..100]).unwrap();
    short.shutdown(Shutdown::Write).unwrap();
    reply(short).refused(400, "broken", "broke off");

    // Forms and statements.
    service.post(right, &[]).refused(400, "request", "has 0 bytes");
    service.post(right, &good[..good.len() - 1]).refused(400, "request", "expected");
    let mut not_canonical = good.clone();
    not_canonical[67 + 32..67 + 64].fill(0xff);
    let reply = service.post(right, &not_canonical);
    reply.refused(400, "request", "spends[0].nk: value is not below the modulus");
    assert!(!String::from_utf8_lossy(&reply.body).contains("ffff"), "no value is repeated");
    service.post(right, &request(&[service.keys[1], service.keys[0]], 1, 0)).refused(409, "keys", "other");
    let mut wrong = [spend(5, 1), spend(6, 2)];
    wrong[1].anchor += Field::from(1u8);
    let wrong = encode_request(&service.keys, &wrong, &[output(0)]).unwrap();
    service.post(right, &wrong).refused(422, "witness", "spends[1]: the path does not lead");

    // After all that, the right one works.
    let reply = service.post(right, &good);
    assert_eq!((reply.status, reply.body.len()), (200, 3 + 2 * 128));
    assert!(reply.head.contains("no-store"), "{}", reply.head);
    service.wait_for(right, [0, 0, 0]);
    for (reason, count) in
        [("token", 8), ("origin", 1), ("type", 1), ("size", 3), ("request", 3), ("keys", 1)]
    {
        let name = format!("sero_prover_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(service.metric(right, &name), count, "{reason}");
    }
}

#[test]
fn a_lower_limit_of_bytes_holds() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--max-request", "3000"], dir.path());
    assert_eq!(service.post(None, &request(&service.keys, 1, 1)).status, 200);
    service.post(None, &request(&service.keys, 2, 0)).refused(413, "size", "more than 3000 bytes");
}

#[test]
fn slow_bodies_are_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--timeout", "1"], dir.path());
    let slow = holding(&service, None, &request(&service.keys, 0, 1));
    reply(slow).refused(408, "slow", "within 1 seconds");
    service.wait_for(None, [0, 0, 0]);
}

#[test]
fn work_that_takes_too_long_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--timeout", "1", "--threads", "1"], dir.path());
    // More than a second of work on one thread, on any machine of these years.
    let big = request(&service.keys, 16, 16);
    let many: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(|| service.post(None, &big))).collect();
        asked.into_iter().map(|reply| reply.join().unwrap()).collect()
    });
    let late: Vec<_> = many.iter().filter(|reply| reply.status != 200).collect();
    assert!(!late.is_empty());
    late.iter().for_each(|reply| reply.refused(503, "timeout", "not finished within 1 seconds"));
    service.wait_for(None, [0, 0, 0]);
}

#[test]
fn a_full_queue_says_so_and_places_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--queue", "2"], dir.path());
    let one = request(&service.keys, 0, 1);
    let mut first = holding(&service, None, &one);
    let second = holding(&service, None, &one);
    service.wait_for(None, [2, 0, 0]);
    let refused = service.post(None, &one);
    refused.refused(429, "busy", "all 2 places are taken");
    let head = refused.head.to_lowercase();
    let wait = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!(wait.parse::<u64>().unwrap() >= 1);
    // The witness of a client that asks first is not even sent.
    let polite = service.begin(None, one.len(), "Expect: 100-continue\r\n");
    let refused = reply(polite);
    refused.refused(429, "busy", "taken");
    assert!(refused.head.starts_with("HTTP/1.1 429"), "{}", refused.head);

    // One goes away, and its place is free; the other goes on.
    drop(second);
    service.wait_for(None, [1, 0, 0]);
    assert_eq!(service.post(None, &one).status, 200);
    first.write_all(&one[one.len() - 1..]).unwrap();
    assert_eq!(reply(first).status, 200);
    assert_eq!(service.metric(None, "sero_prover_gone_total"), 1);
    assert_eq!(service.metric(None, "sero_prover_refused_total{reason=\"busy\"}"), 2);
}

#[test]
fn a_client_that_goes_frees_the_machine() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--threads", "1"], dir.path());
    let big = request(&service.keys, 16, 16);
    let begin = || {
        let mut stream = service.begin(None, big.len(), "");
        stream.write_all(&big).unwrap();
        stream
    };
    let runs = begin();
    service.wait_for(None, [0, 0, 1]);
    let waits = begin();
    service.wait_for(None, [0, 1, 1]);
    drop(waits);
    service.wait_for(None, [0, 0, 1]);
    drop(runs);
    service.wait_for(None, [0, 0, 0]);
    assert_eq!(service.metric(None, "sero_prover_gone_total"), 2);
    assert_eq!(service.metric(None, "sero_prover_proving_seconds_count"), 0, "nothing was finished");
    assert!(service.logged().contains("given up"), "{}", service.logged());
}

#[test]
fn one_token_cannot_take_every_place() {
    let dir = tempfile::tempdir().unwrap();
    let args = [&tokens(dir.path())[..], &["--queue", "4"]].concat();
    let service = ServiceProcess::start(&args, dir.path());
    let one = request(&service.keys, 0, 1);
    let greedy: Vec<_> = (0..2).map(|_| holding(&service, Some(TOKEN), &one)).collect();
    service.wait_for(Some(TOKEN), [2, 0, 0]);
    service.post(Some(TOKEN), &one).refused(429, "busy", "all 2 places of this token are taken");
    assert_eq!(service.post(Some(OTHER), &one).status, 200);
    drop(greedy);
}

#[test]
fn silent_strangers_keep_nobody_out() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&tokens(dir.path()), dir.path());
    let one = request(&service.keys, 0, 1);
    let mut strangers = Vec::new();
    for i in 0..400 {
        let mut stranger = service.connect();
        match i % 3 {
            0 => {}
            1 => stranger.write_all(b"POST /prove HTTP/1.1\r\nHost: ").unwrap(),
            // Refused, and never goes.
            _ => stranger.write_all(b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n").unwrap(),
        }
        strangers.push(stranger);
        if i % 50 == 49 {
            assert_eq!(service.post(Some(TOKEN), &one).status, 200, "after {i} strangers");
        }
    }
    assert_eq!(service.get("/health", None).status, 200);
    // The oldest were sent away; the newest stand at the door.
    let mut byte = [0];
    assert!(matches!(strangers[0].read(&mut byte), Ok(0) | Err(_)));
    let open = std::fs::read_dir(format!("/proc/{}/fd", service.pid())).unwrap().count();
    assert!(open < 300, "{open} open files");
}

/// As many as there is room for, from one address, and a slow client at another.
#[test]
fn strangers_of_one_address_do_not_push_out_others() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&tokens(dir.path()), dir.path());
    let one = request(&service.keys, 0, 1);
    let mut slow = service.connect();
    slow.write_all(b"POST /prove HTTP/1.1\r\nHost: ").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let strangers: Vec<_> = runtime.block_on(async {
        let mut strangers = Vec::new();
        for _ in 0..400 {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            strangers.push(socket.connect(service.address().parse().unwrap()).await.unwrap());
        }
        strangers
    });
    assert_eq!(service.post(Some(TOKEN), &one).status, 200);
    let rest = format!(
        "service\r\nContent-Type: application/octet-stream\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Length: {}\r\n\r\n",
        one.len()
    );
    slow.write_all(rest.as_bytes()).and_then(|()| slow.write_all(&one)).unwrap();
    assert_eq!(reply(slow).status, 200);
    drop(strangers);
}

/// They had a place each, for a moment, and have been answered.
#[test]
fn answered_clients_that_stay_do_not_pile_up() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&tokens(dir.path()), dir.path());
    let mut answered = Vec::new();
    for _ in 0..400 {
        let mut client = service.begin(Some(TOKEN), 1, "");
        client.write_all(&[1]).unwrap();
        let mut head = [0; 12];
        client.read_exact(&mut head).unwrap();
        assert_eq!(head, *b"HTTP/1.1 400");
        answered.push(client);
    }
    let open = std::fs::read_dir(format!("/proc/{}/fd", service.pid())).unwrap().count();
    assert!(open < 300, "{open} open files");
    let one = request(&service.keys, 0, 1);
    assert_eq!(service.post(Some(TOKEN), &one).status, 200);
}

/// A page can have its own name mean this machine, and then reads what is said here.
#[test]
fn without_tokens_only_names_of_this_machine_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&[], dir.path());
    let ask = |request: &str, host: &str| {
        let mut stream = service.connect();
        let head = format!("{request} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        reply(stream)
    };
    for host in ["page.example:8547", "127.0.0.1.page.example", "localhost.page.example", "192.0.2.1", ""] {
        for request in ["GET /status", "GET /metrics", "POST /prove"] {
            ask(request, &format!("Host: {host}\r\n")).refused(403, "host", "loopback address");
        }
    }
    ask("GET /status", "Host: localhost\r\nHost: page.example\r\n").refused(403, "host", "localhost");
    for host in ["localhost", "LocalHost:8547", "127.0.0.1:1", "[::1]:8547", "[::1]"] {
        assert_eq!(ask("GET /status", &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    assert_eq!(ask("GET /status", "").status, 200, "no page leaves it out");
    assert_eq!(service.metric(None, "sero_prover_refused_total{reason=\"host\"}"), 16);
}

#[test]
fn what_runs_is_finished_and_the_rest_refused_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--threads", "1"], dir.path());
    let big = request(&service.keys, 16, 16);
    let begin = |bytes: &[u8]| {
        let mut stream = service.begin(None, big.len(), "");
        stream.write_all(bytes).unwrap();
        stream
    };
    let runs = begin(&big);
    service.wait_for(None, [0, 0, 1]);
    let waits = begin(&big);
    service.wait_for(None, [0, 1, 1]);
    let mut comes = begin(&big[..big.len() - 1]);
    service.wait_for(None, [1, 1, 1]);
    service.signal("-TERM");
    // What waits is told at once; from then on it stops.
    reply(waits).refused(503, "stopping", "stopping");
    service.get("/health", None).refused(503, "stopping", "stopping");
    service.post(None, &request(&service.keys, 0, 1)).refused(503, "stopping", "stopping");
    comes.write_all(&big[big.len() - 1..]).unwrap();
    reply(comes).refused(503, "stopping", "stopping");
    let reply = reply(runs);
    assert_eq!((reply.status, reply.body.len()), (200, 3 + 32 * 128), "what ran was finished");
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("stopping: 1 running requests are finished"), "{log}");
}

#[test]
fn an_idle_service_ends_at_once_whoever_stands_at_the_door() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&[], dir.path());
    let _silent = service.connect();
    service.signal("-INT");
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("answers were not taken"), "{log}");
}

#[test]
fn a_second_signal_gives_up_what_runs() {
    let dir = tempfile::tempdir().unwrap();
    let service = ServiceProcess::start(&["--threads", "1"], dir.path());
    let big = request(&service.keys, 16, 16);
    let mut runs = service.begin(None, big.len(), "");
    runs.write_all(&big).unwrap();
    service.wait_for(None, [0, 0, 1]);
    service.signal("-TERM");
    while service.get("/health", None).status == 200 {}
    service.signal("-TERM");
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("interrupted again"), "{log}");
}

#[test]
fn a_service_that_cannot_start_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("short", "too-short\n");
    write("space", "a token with spaces in it\n");
    write("twice", &format!("{TOKEN}\n{TOKEN}\n"));
    write("empty", "\n\n");
    write("many", &(0..257).map(|i| format!("a-token-with-number-{i}\n")).collect::<String>());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["--listen", "0.0.0.0:0"], "--token-file is needed: --listen 0.0.0.0:0 can be reached"),
        (vec!["--listen", "[::]:0"], "--token-file is needed"),
        (vec!["--listen", "localhost"], "--listen"),
        (vec!["--token-file", "nowhere"], "--token-file nowhere: "),
        (vec!["--token-file", "short"], "line 1: a token has 16 to 256 visible ASCII characters"),
        (vec!["--token-file", "space"], "line 1: a token has 16 to 256"),
        (vec!["--token-file", "twice"], "line 2: this token is there already"),
        (vec!["--token-file", "empty"], "holds no token"),
        (vec!["--token-file", "many"], "holds 257 tokens, at most 256"),
        (vec!["--queue", "0"], "--queue"),
        (vec!["--threads", "0"], "--threads"),
        (vec!["--timeout", "0"], "--timeout"),
        (vec!["--max-request", "210"], "--max-request 210: 211 to 46787 bytes are allowed"),
        (vec!["--max-request", "46788"], "211 to 46787 bytes"),
        (vec!["--listen", &address], "--listen 127.0.0.1:"),
    ];
    for (args, expected) in cases {
        let output = command(&args, dir.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(expected), "expected `{expected}`, got `{text}`");
        assert!(!text.contains(TOKEN) && !text.contains("too-short"), "no token is shown: {text}");
    }
    drop(taken);
}
