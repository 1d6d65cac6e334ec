//! The wallet commands as scripts use them.

use crate::support::NodeProcess;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

pub struct Shell<'a> {
    pub dir: &'a Path,
    pub url: &'a str,
}

impl Shell<'_> {
    pub fn command(&self, wallet: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sero"));
        command.args(["wallet", "--json", "--rpc", self.url, "--wallet", wallet]).args(args);
        if !args.contains(&"--password-file") {
            command.args(["--password-file", "password"]);
        }
        command.current_dir(self.dir).env("XDG_CACHE_HOME", std::env::temp_dir().join("sero-test-cache"));
        command
    }

    pub fn run(&self, wallet: &str, args: &[&str]) -> Output {
        self.command(wallet, args).output().unwrap()
    }

    #[track_caller]
    pub fn ok(&self, wallet: &str, args: &[&str]) -> Value {
        let output = self.run(wallet, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "one JSON object and nothing else: {text}");
        serde_json::from_str(&text).unwrap()
    }

    #[track_caller]
    pub fn fails(&self, wallet: &str, args: &[&str], expected: &str) {
        let output = self.run(wallet, args);
        assert!(!output.status.success(), "{args:?} succeeded");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(expected), "{args:?}: expected `{expected}`, got `{text}`");
        assert!(output.stdout.is_empty(), "nothing on standard output");
    }
}

fn balance(answer: &Value, name: &str) -> u128 {
    let entries = answer["balances"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["name"] == name);
    entry.map_or(0, |entry| entry["available"].as_str().unwrap().parse().unwrap())
}

#[test]
fn a_script_can_hold_pay_audit_and_restore() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let shell = Shell { dir: dir.path(), url: &node.url };
    std::fs::write(dir.path().join("password"), "correct horse\n").unwrap();
    std::fs::write(dir.path().join("wrong"), "battery staple\n").unwrap();
    let alice = shell.ok("alice", &["create"]);
    shell.ok("bob", &["create"]);
    shell.fails("alice", &["create"], "exists");
    let account = node.source().account(0);
    let shielded = shell.ok("alice", &["shield", "--amount", "10 SERO", "--from", &account]);
    assert_eq!(shielded["success"], true);
    assert_eq!(balance(&shell.ok("alice", &["balance"]), "SERO"), 10_000_000_000_000_000_000);

    let bob = shell.ok("bob", &["address"])["address"].as_str().unwrap().to_owned();
    let sent = shell.ok("alice", &["send", "--to", &bob, "--amount", "1.5 SERO", "--memo", "lunch"]);
    assert_eq!(sent["success"], true);
    assert_eq!(balance(&shell.ok("bob", &["balance"]), "SERO"), 1_500_000_000_000_000_000);
    assert_eq!(shell.ok("bob", &["balance"])["balances"][0]["notes"], 1);
    let history = shell.ok("bob", &["history"]);
    let received = &history["history"][0]["transfers"][0];
    assert_eq!((received["memo"].as_str(), received["name"].as_str()), (Some("lunch"), Some("SERO")));
    assert_eq!(received["amount"], "1500000000000000000", "JSON amounts are in base units");

    // One note is not too many; small ones in free places and merges are in the wallet's own tests.
    assert_eq!(shell.ok("alice", &["sync", "--merge"])["merge"]["state"], "notNeeded");
    shell.fails("alice", &["merge"], "nothing to merge");
    shell.fails("alice", &["merge", "--asset", "NOPE"], "`NOPE` does not exist");
    shell.fails("alice", &["sync", "--merge", "--notes-max", "1"], "--notes-max: at least 2");
    shell.fails("alice", &["sync", "--merge", "--fee-per-day", "0 SERO"], "amount is zero");
    for _ in 0..2 {
        shell.ok("alice", &["shield", "--amount", "0.5 SERO", "--from", &account]);
    }
    let merged = shell.ok("alice", &["merge", "--asset", "SERO"]);
    assert_eq!(merged["success"], true);
    let entry = shell.ok("alice", &["history"])["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (entry["kind"].as_str(), entry["transfers"].as_array().map(Vec::len)),
        (Some("merged"), Some(0))
    );
    let coins = shell.ok("alice", &["balance"])["balances"][0].clone();
    assert_eq!((coins["notes"].as_u64(), coins["dustNotes"].as_u64()), (Some(1), Some(0)));

    let key = shell.ok("alice", &["export-view-key"]);
    std::fs::write(dir.path().join("key"), key["viewKey"].as_str().unwrap()).unwrap();
    shell.ok("auditor", &["watch", "--view-key-file", "key"]);
    assert_eq!(shell.ok("auditor", &["history"]), shell.ok("alice", &["history"]));
    shell.fails("auditor", &["send", "--to", &bob, "--amount", "1 SERO"], "watch-only");

    std::fs::write(dir.path().join("words"), alice["mnemonic"].as_str().unwrap()).unwrap();
    shell.ok("again", &["restore", "--mnemonic-file", "words"]);
    assert_eq!(shell.ok("again", &["balance"]), shell.ok("alice", &["balance"]));

    shell.fails("alice", &["balance", "--password-file", "wrong"], "wrong password");
    shell.fails("nobody", &["balance"], "nobody");
    for (amount, expected) in [
        ("1,5 SERO", "`,` is not allowed"),
        ("0 SERO", "amount is zero"),
        ("1e3 SERO", "not allowed"),
        ("-1 SERO", "not allowed"),
        ("1", "not an amount"),
        ("1 NOPE", "NOPE"),
        ("0.0000000000000000001 SERO", "18"),
        ("99999 SERO", "not enough"),
        ("340282366920938463464 SERO", "2^128"),
    ] {
        shell.fails("alice", &["send", "--to", &bob, "--amount", amount], expected);
    }
    let other_network = bob.replacen("dsero1", "sero1", 1);
    shell.fails("alice", &["send", "--to", &other_network, "--amount", "1 SERO"], "--to");
    let long = "x".repeat(65);
    shell.fails("alice", &["send", "--to", &bob, "--amount", "1 SERO", "--memo", &long], "at most 64");
}
