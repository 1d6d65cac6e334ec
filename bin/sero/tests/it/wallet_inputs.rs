//! Servers and files that are not what the wallet was told.

use crate::cli::Shell;
use std::io::{Read, Write};
use std::net::TcpListener;

/// Answers one connection with these bytes.
fn server(answer: Vec<u8>) -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(&answer).unwrap();
        request.truncate(length);
        request
    });
    (address.to_string(), thread)
}

fn http(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into()
}

#[test]
fn a_server_that_is_no_node_is_named_without_its_password() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("password"), "correct horse\n").unwrap();
    let rpc = |result: &str| http("200 OK", &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
    let moved = "302 Found\r\nLocation: http://127.0.0.1:1/elsewhere";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("HTML", http("200 OK\r\nContent-Type: text/html", "<html>hello</html>"), "node cannot be reached"),
        ("a redirect", http(moved, ""), "node cannot be reached"),
        ("server error", http("500 Internal Server Error", "oops"), "node cannot be reached"),
        ("nothing", Vec::new(), "node cannot be reached"),
        (
            "half an answer",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"res".to_vec(),
            "node cannot be reached",
        ),
        ("no result", http("200 OK", r#"{"jsonrpc":"2.0","id":1}"#), "answer without result"),
        ("null", rpc("null"), "sero_chainInfo: result.chainId is not"),
        (
            "another network",
            rpc(r#"{"chainId":"0x1","genesisHash":"0x00","network":"moon"}"#),
            "result.genesisHash is not 32 bytes",
        ),
        (
            "an Ethereum node",
            http("200 OK", r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}"#),
            "no such method (code -32601)",
        ),
    ];
    for (case, answer, expected) in cases {
        let (address, thread) = server(answer);
        let url = format!("http://user:canary-secret@{address}");
        let shell = Shell { dir: dir.path(), url: &url };
        let output = shell.run("alice", &["create"]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{case}: {text}");
        assert!(text.contains(expected), "{case}: expected `{expected}`, got `{text}`");
        assert!(!text.contains("canary-secret"), "{case}: {text}");
        assert!(!dir.path().join("alice").exists(), "{case}: no wallet is made");
        let request = String::from_utf8_lossy(&thread.join().unwrap()).into_owned();
        assert!(request.starts_with("POST"), "{case}: {request}");
    }
    // TLS is spoken with whom it was asked for, and with nobody else.
    let (address, thread) = server(b"not TLS".to_vec());
    let url = format!("https://{address}");
    Shell { dir: dir.path(), url: &url }.fails("alice", &["create"], "node cannot be reached");
    drop(thread);
}

#[test]
fn a_mistyped_account_is_refused_before_anything_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let shell = Shell { dir: dir.path(), url: "http://127.0.0.1:1" };
    // The example of EIP-55, with one letter's case and one letter changed.
    let right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let wrong = ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee"];
    let id = format!("0x{}", "11".repeat(32));
    for wrong in wrong {
        let commands: [&[&str]; 4] = [
            &["unshield", "--to", wrong, "--amount", "1 SERO"],
            &["call", "--to", wrong],
            &["package", "create", "--owner", wrong],
            &["package", "transfer", "--id", &id, "--to", wrong],
        ];
        for command in commands {
            shell.fails("alice", command, "its checksum");
        }
    }
    for right in [right.to_owned(), right.to_lowercase(), format!("0x{}", right[2..].to_uppercase())] {
        shell.fails("alice", &["unshield", "--to", &right, "--amount", "1 SERO"], "node cannot be reached");
    }
}
