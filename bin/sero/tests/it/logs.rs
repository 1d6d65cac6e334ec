//! At the most talkative level, neither node nor wallet writes a secret.

use crate::cli::Shell;
use crate::support::NodeProcess;
use std::fs::File;

const PASSWORD: &str = "canary-password-5309";
const MEMO: &str = "canary-memo-1188";
/// Base units, and as the command takes it.
const AMOUNT: (u128, &str) = (1_234_567_890_123_456_789, "1.234567890123456789 SERO");

#[test]
fn the_most_talkative_logs_hold_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("node.log");
    let node = NodeProcess::start_logging("trace", File::create(&log).unwrap());
    let shell = Shell { dir: dir.path(), url: &node.url };
    std::fs::write(dir.path().join("password"), PASSWORD).unwrap();

    let mut written = String::new();
    let mut run = |wallet: &str, args: &[&str]| {
        let output = shell.command(wallet, args).env("SERO_LOG", "trace").output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{args:?}: {errors}");
        written.push_str(&errors);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let phrase = text(&run("alice", &["create"])["mnemonic"]);
    run("bob", &["create"]);
    let account = node.source().account(0);
    run("alice", &["shield", "--amount", "10 SERO", "--from", &account]);
    let bob = text(&run("bob", &["address"])["address"]);
    run("alice", &["send", "--to", &bob, "--amount", AMOUNT.1, "--memo", MEMO]);
    let history = run("bob", &["history"]);
    assert_eq!(history["history"][0]["transfers"][0]["memo"], MEMO, "the payment arrived");
    let view_key = text(&run("alice", &["export-view-key"])["viewKey"]);
    run("alice", &["balance"]);
    let node_wrote = std::fs::read_to_string(&log).unwrap();
    assert!(node_wrote.contains("TRACE") && written.contains("TRACE"), "both logs are at their fullest");

    written.push_str(&node_wrote);
    let words: Vec<&str> = phrase.split(' ').collect();
    let mut secrets = vec![PASSWORD.to_owned(), MEMO.to_owned(), hex(MEMO.as_bytes()), bob, view_key];
    secrets.extend(words.windows(3).map(|three| three.join(" ")));
    secrets.extend([AMOUNT.0.to_string(), format!("{:x}", AMOUNT.0)]);
    for secret in secrets {
        let found = written.lines().find(|line| line.contains(&secret));
        assert_eq!(found, None, "`{secret}` is in a log");
    }
}

fn hex(bytes: &[u8]) -> String {
    alloy_primitives::hex::encode(bytes)
}
