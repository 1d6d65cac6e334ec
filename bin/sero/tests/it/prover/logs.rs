//! At the most talkative level, neither the service nor its wallet writes what is in a request.

use super::support::ServiceProcess;
use super::{TOKEN, stage};
use crate::support::NodeProcess;
use alloy_primitives::hex;
use sero_shielded::address::Network;
use sero_shielded::keys::ViewingKey;

/// Base units, and as the command takes it.
const AMOUNT: (u128, &str) = (1_234_567_890_123_456_789, "1.234567890123456789 SERO");

/// How bytes may look in a log: in hex, as a list, as a text with escapes.
fn shapes(bytes: &[u8]) -> [String; 5] {
    let list = |separator: &str, number: &dyn Fn(&u8) -> String| {
        bytes.iter().map(number).collect::<Vec<_>>().join(separator)
    };
    [
        hex::encode(bytes),
        hex::encode_upper(bytes),
        list(", ", &|byte| byte.to_string()),
        list(", ", &|byte| format!("{byte:#x}")),
        bytes.escape_ascii().to_string(),
    ]
}

#[test]
fn the_most_talkative_logs_hold_nothing_of_a_request() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (shell, bob) = stage(&node, dir.path());
    let service = ServiceProcess::start_logging("trace", &["--token-file", "token"], dir.path());
    let key = shell.ok("alice", &["export-view-key"])["viewKey"].as_str().unwrap().to_owned();
    let mut written = String::new();
    let prover = ["--prover", &service.url, "--prover-token-file", "token"];
    let send = ["send", "--to", &bob, "--amount", AMOUNT.1];
    let mut run = |args: &[&str]| {
        let output = shell.command("alice", args).env("SERO_LOG", "trace").output().unwrap();
        written.push_str(&String::from_utf8(output.stderr).unwrap());
        output.status.success()
    };
    assert!(run(&[&send[..], &prover].concat()));
    std::fs::write(dir.path().join("token"), "another-token-of-28-characters\n").unwrap();
    assert!(!run(&[&send[..], &prover].concat()), "refused, and logged");
    // Malformed and broken requests are logged too.
    let mut bad = super::support::request(&service.keys, 1, 1);
    let marked = [0x5a; 32];
    bad[67 + 32..67 + 64].copy_from_slice(&marked);
    service.post(Some(TOKEN), &bad).refused(400, "request", "spends[0].nk");
    service.post(Some(TOKEN), &super::support::request(&[service.keys[1]; 2], 1, 1)).refused(409, "keys", "");
    let (status, service_wrote) = service.stop();
    assert!(status.success());
    assert!(service_wrote.contains("proved") && service_wrote.contains("refused"), "{service_wrote}");

    let viewing = ViewingKey::from_text(Network::Dev, &key).unwrap();
    let bytes = viewing.to_bytes();
    let (ak, nk) = bytes.expose().split_at(32);
    let mut secrets = vec![key, TOKEN.into(), "another-token".into(), AMOUNT.0.to_string(), bob];
    for part in [ak, nk, &viewing.ovk()[..], &marked, &AMOUNT.0.to_be_bytes()] {
        secrets.extend(shapes(part));
    }
    for log in [&written, &service_wrote] {
        for secret in &secrets {
            let found = log.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "`{secret}` is in a log");
        }
    }
}
