//! A payment disclosed with the program, and verified by somebody who has
//! nothing but the file and a node.

use crate::cli::Shell;
use crate::support::NodeProcess;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const CHALLENGE: &str = "did you pay the rent? 7f31";

fn verify(dir: &Path, url: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sero"));
    command.arg("verify-disclosure").args(args).args(["--rpc", url]).current_dir(dir).output().unwrap()
}

#[track_caller]
fn proven(dir: &Path, url: &str, args: &[&str]) -> Value {
    let output = verify(dir, url, &[args, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["valid"], true);
    // A position names a note within its pool alone.
    assert_eq!(answer["pool"], 0);
    answer
}

#[track_caller]
fn not_proven(dir: &Path, url: &str, args: &[&str], code: i32, expected: &str) {
    let output = verify(dir, url, args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
    assert!(text.contains(expected), "{args:?}: expected `{expected}`, got `{text}`");
    assert!(output.stdout.is_empty(), "no proof on standard output");
}

#[test]
fn a_payment_is_disclosed_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let node = NodeProcess::start(None);
    let shell = Shell { dir, url: &node.url };
    std::fs::write(dir.join("password"), "correct horse\n").unwrap();
    shell.ok("alice", &["create"]);
    shell.ok("bob", &["create"]);
    let account = node.source().account(0);
    shell.ok("alice", &["shield", "--amount", "10 SERO", "--from", &account]);
    let bob = shell.ok("bob", &["address"])["address"].as_str().unwrap().to_owned();
    let sent = shell.ok("alice", &["send", "--to", &bob, "--amount", "1.5 SERO", "--memo", "rent"]);
    let tx = sent["transactionHash"].as_str().unwrap();

    let disclose = |wallet: &str, side: &str, out: &str, more: &[&str]| {
        let args = ["disclose", "--tx", tx, "--direction", side, "--out", out];
        shell.ok(wallet, &[&args, more].concat())
    };
    let asked = ["--challenge", CHALLENGE];
    disclose("alice", "sent", "paid.json", &asked);
    disclose("bob", "received", "got.json", &asked);
    disclose("bob", "received", "content.json", &[]);
    let made = disclose("alice", "sent", "paid.bin", &[&asked[..], &["--binary"]].concat());
    let bytes = std::fs::read(dir.join("paid.bin")).unwrap();
    assert_eq!(made["disclosure"], alloy_primitives::hex::encode_prefixed(bytes));

    for (file, challenge, who) in [
        ("paid.json", &asked[..], "payer"),
        ("paid.bin", &asked[..], "payer"),
        ("got.json", &asked[..], "payee"),
        ("content.json", &[], ""),
    ] {
        let answer = proven(dir, &node.url, &[&[file], challenge].concat());
        assert_eq!(
            (answer["proven"].as_str().unwrap_or(""), answer["transaction"].as_str()),
            (who, Some(tx))
        );
        assert_eq!((answer["address"].as_str(), answer["memo"].as_str()), (Some(bob.as_str()), Some("rent")));
        assert_eq!(
            (answer["amount"].as_str(), answer["name"].as_str()),
            (Some("1500000000000000000"), Some("SERO"))
        );
    }
    let words =
        String::from_utf8(verify(dir, &node.url, &[&["paid.json"], &asked[..]].concat()).stdout).unwrap();
    assert!(words.contains("1.5 SERO was paid to") && words.contains("paid by whoever"), "{words}");
    let words = String::from_utf8(verify(dir, &node.url, &["content.json"]).stdout).unwrap();
    assert!(words.contains("not proven: who sent it, who received it"), "{words}");

    // What does not hold is refused; what nobody can tell is not called false.
    not_proven(dir, &node.url, &["paid.json"], 1, "challenge");
    not_proven(dir, &node.url, &["content.json", "--challenge", "x"], 1, "claim");
    not_proven(dir, &node.url, &["paid.json", "--challenge", "did you?"], 1, "claim.signature");
    not_proven(dir, &node.url, &["missing.json"], 2, "missing.json");
    not_proven(dir, "http://127.0.0.1:9", &["content.json"], 2, "node cannot be reached");
    let text = std::fs::read_to_string(dir.join("content.json")).unwrap();
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["amount"] = "1500000000000000001".into();
    std::fs::write(dir.join("more.json"), json.to_string()).unwrap();
    not_proven(dir, &node.url, &["more.json"], 1, "commitment");
    json["amount"] = "lots".into();
    std::fs::write(dir.join("lots.json"), json.to_string()).unwrap();
    not_proven(dir, &node.url, &["lots.json"], 1, "amount: expected a decimal number");
    std::fs::write(dir.join("noise.json"), "noise").unwrap();
    not_proven(dir, &node.url, &["noise.json"], 1, "neither a binary disclosure nor JSON");
    // Another chain has neither this genesis nor this anchor.
    let other = NodeProcess::start(None);
    let output = verify(dir, &other.url, &["content.json"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));

    // The payee did not pay; a viewing key answers no challenge; no file is overwritten.
    let args = ["disclose", "--tx", tx, "--direction", "sent", "--out", "x.json"];
    shell.fails("bob", &args, "no note that this wallet sent");
    let key = shell.ok("bob", &["export-view-key"]);
    std::fs::write(dir.join("key"), key["viewKey"].as_str().unwrap()).unwrap();
    shell.ok("auditor", &["watch", "--view-key-file", "key"]);
    let args = ["disclose", "--tx", tx, "--direction", "received", "--out", "x.json"];
    shell.fails("auditor", &[&args, &asked[..]].concat(), "needs the spending key");
    shell.ok("auditor", &args);
    shell.fails("auditor", &args, "exists already");
    shell.fails(
        "bob",
        &["disclose", "--tx", &format!("0x{}", "1".repeat(64)), "--direction", "sent", "--out", "y.json"],
        "no note",
    );
    assert!(!dir.join("y.json").exists());
}

#[test]
fn an_incoming_key_makes_a_wallet_that_sees_what_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let shell = Shell { dir: dir.path(), url: &node.url };
    std::fs::write(dir.path().join("password"), "correct horse\n").unwrap();
    shell.ok("alice", &["create"]);
    let pkr = shell.ok("alice", &["address"]);
    let account = node.source().account(0);
    shell.ok("alice", &["shield", "--amount", "10 SERO", "--from", &account]);
    let key = shell.ok("alice", &["export-view-key", "--incoming"])["viewKey"].as_str().unwrap().to_owned();
    assert!(key.starts_with("dseroivk1"), "{key}");
    std::fs::write(dir.path().join("key"), &key).unwrap();
    let made = shell.ok("books", &["watch", "--view-key-file", "key"]);
    assert_eq!(made["incomingOnly"], true);
    let own = pkr["address"].as_str().unwrap();
    shell.ok("alice", &["send", "--to", own, "--amount", "2 SERO", "--memo", "to myself"]);
    let received = shell.ok("books", &["balance"]);
    assert_eq!(
        received["received"][0]["available"], "2000000000000000000",
        "the payment, without the change"
    );
    let history = shell.ok("books", &["history"]);
    assert_eq!(history["history"].as_array().unwrap().len(), 1);
    assert_eq!(history["history"][0]["transfers"][0]["address"].as_str(), Some(own));
    assert_eq!(shell.ok("books", &["export-view-key", "--incoming"])["viewKey"], key);
    for args in [
        &["export-view-key"][..],
        &["address"],
        &["send", "--to", own, "--amount", "1 SERO"],
        &["disclose", "--tx", &format!("0x{}", "1".repeat(64)), "--direction", "sent", "--out", "y.json"],
    ] {
        shell.fails("books", args, "incoming-only wallet");
    }
}
