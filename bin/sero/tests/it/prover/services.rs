//! Services that lie, hang or are not there.

use super::support::{self, ServiceProcess};
use super::{available, stage, without_keys};
use crate::cli::Shell;
use crate::support::NodeProcess;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Reads a whole request: head, then as much body as it announces.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return bytes;
        }
        bytes.extend(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        if bytes.len() == end + 4 && head.contains("100-continue") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        }
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())
            .unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            return bytes.split_off(end + 4);
        }
    }
}

type Script = Arc<dyn Fn(&mut TcpStream, &[u8]) + Send + Sync>;

/// Reads each request and then does what the current script says.
struct Liar {
    url: String,
    script: Arc<Mutex<Script>>,
}

impl Liar {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Arc::new(|_: &mut TcpStream, _: &[u8]| ())));
        let current = Arc::clone(&script);
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let script = Arc::clone(&*current.lock().unwrap());
                std::thread::spawn(move || {
                    let request = read_request(&mut stream);
                    script(&mut stream, &request);
                });
            }
        });
        Self { url, script }
    }

    fn says(&self, script: impl Fn(&mut TcpStream, &[u8]) + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Arc::new(script);
    }

    fn answers(&self, head: &'static str, body: Vec<u8>) {
        self.says(move |stream, _| {
            let head =
                format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        });
    }
}

/// Content of a gzip file that unpacks to much more than it holds: stored blocks do not, so
/// this is a deflate stream of one byte repeated, written by hand.
fn bomb() -> Vec<u8> {
    // Fixed Huffman codes: a literal 0, then matches of 258 bytes at distance 1, many times.
    let mut bits: Vec<bool> = vec![true, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    for _ in 0..40_000 {
        // Length 258 is symbol 285, the code 11000101; distance 1 is five zeros.
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for chunk in bits.chunks(8) {
        bytes.push(chunk.iter().enumerate().fold(0, |byte, (i, bit)| byte | (u8::from(*bit) << i)));
    }
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn nothing_that_a_service_says_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (shell, bob) = stage(&node, dir.path());
    let service = ServiceProcess::start(&[], dir.path());
    let liar = Liar::start();
    let send = ["send", "--to", &bob, "--amount", "1 SERO", "--prover", &liar.url, "--prover-timeout", "20"];
    let before = node.source().fingerprint();
    let fails = |what: &str, expected: &str| {
        let output = without_keys(&shell, "alice", &send);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{what}: it was believed");
        assert!(text.contains(expected), "{what}: expected `{expected}`, got `{text}`");
        assert!(text.lines().all(|line| line.len() < 500), "{what}: at length: {text}");
        assert!(!text.contains('\x1b'), "{what}: {text:?}");
    };

    // Good proofs of other statements, of the right number.
    let other = service.post(None, &support::request(&service.keys, 2, 2));
    assert_eq!(other.status, 200);
    liar.answers("200 OK", other.body.clone());
    fails("another statement", "spends[0]: the prover's answer: proof does not verify");
    // An honest answer, with the proofs in another order.
    let address = service.address().to_owned();
    liar.says(move |stream, request| {
        let mut there = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST /prove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n\
             Content-Length: {}\r\n\r\n",
            request.len()
        );
        there.write_all(head.as_bytes()).and_then(|()| there.write_all(request)).unwrap();
        let mut body = support::reply(there).body;
        body[3 + 2 * 128..].rotate_left(128);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).unwrap();
    });
    fails("proofs in another order", "outputs[0]: the prover's answer: proof does not verify");

    let few = service.post(None, &support::request(&service.keys, 2, 1)).body;
    liar.answers("200 OK", few);
    fails("too few", "the prover answered with 2 spend and 1 output proofs, asked for were 2 and 2");
    let many = service.post(None, &support::request(&service.keys, 3, 2)).body;
    liar.answers("200 OK", many);
    fails("too many", "the prover answered with 3 spend and 2 output proofs");
    liar.answers("200 OK", [&[1, 2, 2][..], &[0x5a; 4 * 128]].concat());
    fails("garbage of the right length", "spends[0]: the prover's answer: proof encoding is not canonical");
    liar.answers("200 OK", b"<html>hello</html>".to_vec());
    fails("a page", "answered with something else than proofs: it version: is 60, expected 1");
    liar.answers("200 OK", vec![]);
    fails("nothing in it", "it has 0 bytes, expected 3");
    liar.answers("200 OK", [&other.body[..], &[0]].concat());
    fails("one byte more", "it has 516 bytes, expected 515");
    liar.answers("200 OK", vec![1; 5000]);
    fails("too long", "answered with more than 4099 bytes");
    liar.answers("200 OK\r\nContent-Encoding: gzip", bomb());
    fails("a bomb", "answered with more than 4099 bytes");
    liar.says(|stream, _| {
        let mut send = |bytes: &[u8]| stream.write_all(bytes).is_ok();
        let mut on = send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while on {
            on = send(b"10000\r\n") && send(&[1; 0x10000]) && send(b"\r\n");
        }
    });
    fails("without end", "answered with more than 4099 bytes");
    liar.says(|stream, _| {
        let mut on = stream.write_all(b"HTTP/1.1 200 OK\r\n").is_ok();
        while on {
            on = stream
                .write_all(b"X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
                .is_ok();
        }
    });
    fails("a head without end", "cannot be reached");

    liar.answers("302 Found\r\nLocation: http://127.0.0.1:1/elsewhere", vec![]);
    fails("sent elsewhere", "refused: it sends its clients elsewhere (HTTP 302)");
    liar.answers("500 Internal Server Error", b"oops".to_vec());
    fails("an error", "refused: it does not say why (HTTP 500)");
    liar.answers(
        "429 Too Many Requests\r\nRetry-After: 7",
        br#"{"error":{"code":"busy","message":"full"}}"#.to_vec(),
    );
    fails("busy", "proving service is busy: full; try again in 7 seconds");
    liar.answers("503 Service Unavailable", br#"{"error":{"code":"stopping","message":"it ends"}}"#.to_vec());
    fails("stopping", "proving service refused: it ends (stopping)");
    let words = format!(r#"{{"error":{{"code":"x","message":"\u001b[2J{}"}}}}"#, "long ".repeat(500));
    liar.answers("400 Bad Request", words.into_bytes());
    fails("words with controls", "proving service refused: ");
    liar.answers("200 OK\r\nContent-Length: 4000", vec![]);
    fails("two lengths", "cannot be reached");
    liar.says(|_, _| ());
    fails("it hangs up", "proving service cannot be reached");
    liar.says(|stream, _| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 515\r\n\r\n\x01\x02\x02"))
    });
    fails("half an answer", "cannot be reached");

    assert_eq!(node.source().fingerprint(), before, "nothing was sent");
    assert_eq!(available(&shell.ok("alice", &["balance"])), 20_000_000_000_000_000_000, "nothing is held");
    let right = ["send", "--to", &bob, "--amount", "1 SERO", "--prover", &service.url];
    assert!(without_keys(&shell, "alice", &right).status.success(), "the right input works afterwards");
}

#[test]
fn a_service_that_hangs_or_is_gone_is_named_and_nobody_proves_instead() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (shell, bob) = stage(&node, dir.path());
    let fails = |url: &str, expected: &str| {
        let send = ["send", "--to", &bob, "--amount", "1 SERO", "--prover", url, "--prover-timeout", "1"];
        let output = without_keys(&shell, "alice", &send);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(expected), "expected `{expected}`, got `{text}`");
    };
    let liar = Liar::start();
    // Until the wallet goes.
    liar.says(|stream, _| drop(stream.read(&mut [0; 1])));
    fails(&liar.url, "proving service gave no answer within 1 seconds");
    liar.says(|stream, _| {
        let mut on = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 515\r\n\r\n").is_ok();
        while on {
            std::thread::sleep(std::time::Duration::from_millis(100));
            on = stream.write_all(&[1]).is_ok();
        }
    });
    fails(&liar.url, "gave no answer within 1 seconds");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    fails(&gone, "proving service cannot be reached");
    assert_eq!(available(&shell.ok("alice", &["balance"])), 20_000_000_000_000_000_000);
}

/// The witness of a service on this machine goes through no proxy that the environment names.
#[test]
fn no_proxy_sees_a_request_for_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (_, bob) = stage(&node, dir.path());
    let service = ServiceProcess::start(&[], dir.path());
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = proxy.accept() {
            let request = read_request(&mut stream);
            count.fetch_add(1 + request.len(), Ordering::Relaxed);
        }
    });
    let send = ["send", "--to", &bob, "--amount", "1 SERO", "--prover", &service.url];
    // The node, which has the other name of this machine, is asked without the proxy.
    let by_name = node.url.replace("127.0.0.1", "localhost");
    let mut command = Shell { dir: dir.path(), url: &by_name }.command("alice", &send);
    for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"] {
        command.env(name, &url);
    }
    let output = command.env("NO_PROXY", "localhost").output().unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), 0, "the proxy was asked");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
