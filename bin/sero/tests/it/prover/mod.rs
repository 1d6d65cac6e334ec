//! `sero prover serve`, and wallets that use it.

mod clients;
mod logs;
mod services;
mod support;

use crate::cli::Shell;
use crate::support::NodeProcess;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use support::ServiceProcess;

const TOKEN: &str = "a-token-of-24-characters";
const PASSWORD: &str = "correct horse\n";

fn available(answer: &Value) -> u128 {
    answer["balances"][0]["available"].as_str().unwrap().parse().unwrap()
}

/// A wallet command with a place for keys that nothing may be written to.
fn without_keys(shell: &Shell<'_>, wallet: &str, args: &[&str]) -> Output {
    let nowhere = shell.dir.join("no-keys");
    let output = shell.command(wallet, args).env("XDG_CACHE_HOME", &nowhere).output().unwrap();
    assert!(!nowhere.exists(), "{args:?}: proving keys were made");
    output
}

#[track_caller]
fn paid(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Alice has 10 SERO in each of two notes, Bob nothing.
fn stage<'s>(node: &'s NodeProcess, dir: &'s Path) -> (Shell<'s>, String) {
    let shell = Shell { dir, url: &node.url };
    std::fs::write(dir.join("password"), PASSWORD).unwrap();
    std::fs::write(dir.join("token"), format!("{TOKEN}\n")).unwrap();
    shell.ok("alice", &["create"]);
    shell.ok("bob", &["create"]);
    let account = node.source().account(0);
    for _ in 0..2 {
        shell.ok("alice", &["shield", "--amount", "10 SERO", "--from", &account]);
    }
    let bob = shell.ok("bob", &["address"])["address"].as_str().unwrap().to_owned();
    (shell, bob)
}

#[test]
fn a_wallet_pays_with_proofs_of_a_service() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (shell, bob) = stage(&node, dir.path());
    let service = ServiceProcess::start(&["--token-file", "token", "--threads", "2"], dir.path());
    let with = |args: &[&str]| -> Vec<String> {
        let prover = ["--prover", &service.url, "--prover-token-file", "token"];
        args.iter().chain(&prover).map(ToString::to_string).collect()
    };
    let run = |wallet: &str, args: &[&str]| {
        let args = with(args);
        without_keys(&shell, wallet, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(paid(&run("alice", &["send", "--to", &bob, "--amount", "1.5 SERO"]))["success"], true);
    assert_eq!(available(&shell.ok("bob", &["balance"])), 1_500_000_000_000_000_000);

    // Every other command that proves.
    paid(&run("alice", &["merge"]));
    let public = "0x00000000000000000000000000000000000000aa";
    paid(&run("alice", &["unshield", "--to", public, "--amount", "0.5 SERO"]));
    paid(&run("alice", &["call", "--to", public, "--value", "0.1 SERO"]));
    let made = paid(&run("alice", &["package", "create", "--amount", "1 SERO", "--data", "deed"]));
    let (id, owner) = (made["package"].as_str().unwrap(), made["owner"].as_str().unwrap());
    paid(&run("alice", &["package", "transfer", "--id", id, "--to", owner]));
    paid(&run("alice", &["package", "open", "--id", id]));
    let made = paid(&run("alice", &["package", "create", "--data", "more"]));
    paid(&run("alice", &["package", "open", "--id", made["package"].as_str().unwrap(), "--public"]));
    assert!(paid(&run("alice", &["migrate"]))["transaction"].is_null(), "nothing to move, nothing proven");
    assert_eq!(paid(&run("alice", &["sync", "--merge"]))["merge"]["state"], "notNeeded");
    let audit = node.source().ok("sero_auditSupply", serde_json::json!([]));
    assert_eq!(audit["agrees"], true, "{audit}");

    // Nine transactions, each of at least two spends and two outputs.
    let status = service.get("/status", Some(TOKEN)).json();
    assert!(status["proofs"]["spend"].as_u64().unwrap() >= 16, "{status}");
    assert!(status["proofs"]["output"].as_u64().unwrap() >= 19, "{status}");
    assert_eq!(status["queue"]["running"], 0);
    let metrics = service.get("/metrics", Some(TOKEN)).text();
    assert!(metrics.contains("\nsero_prover_requests_total 9\n"), "{metrics}");
    assert!(metrics.contains("\nsero_prover_proving_seconds_count 9\n"), "{metrics}");
    let (status, log) = service.stop();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn keys_of_others_no_token_and_bad_urls_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let (shell, bob) = stage(&node, dir.path());
    let service = ServiceProcess::start(&["--token-file", "token"], dir.path());
    std::fs::write(dir.path().join("other"), "another-token-of-28-characters\n").unwrap();
    std::fs::write(dir.path().join("empty"), "\n").unwrap();
    let send = ["send", "--to", &bob, "--amount", "1 SERO"];
    let fails = |options: &[&str], expected: &str| {
        let args = [&send[..], options].concat();
        let output = without_keys(&shell, "alice", &args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(expected), "expected `{expected}`, got `{text}`");
        assert!(!text.contains("another-token") && !text.contains(TOKEN), "{text}");
    };
    fails(&["--prover", &service.url], "proving service refused the token: a token is needed");
    let wrong = ["--prover", &service.url, "--prover-token-file", "other"];
    fails(&wrong, "proving service refused the token: the token is not one of this service's");
    fails(&["--prover", &service.url, "--prover-token-file", "empty"], "empty: the first line is empty");
    fails(&["--prover-token-file", "token"], "--prover");
    fails(&["--prover", &service.url, "--prover-timeout", "0"], "--prover-timeout");
    let port = service.url.rsplit(':').next().unwrap();
    for (url, expected) in [
        ("http://prover.example:8547", "http://prover.example is not this machine"),
        ("http://10.0.0.7:8547", "use https:// or a tunnel"),
        ("http://127.0.0.1.prover.example", "is not this machine"),
        ("http://[::ffff:10.0.0.7]:8547", "is not this machine"),
        ("http://localhost:1@prover.example", "without user and password"),
        (&format!("http://user:word@127.0.0.1:{port}"), "--prover-token-file"),
        ("ftp://127.0.0.1", "http:// or https://"),
        ("127.0.0.1:8547", "http:// or https://"),
        ("http://127.0.0.1:8547?to=prover.example", "without `?`"),
        ("http://127.0.0.1:8547/#prove", "without `?` and `#`"),
        ("http://", "--prover"),
    ] {
        fails(&["--prover", url], expected);
    }
    assert_eq!(available(&shell.ok("alice", &["balance"])), 20_000_000_000_000_000_000);
    let status = service.get("/status", Some(TOKEN)).json();
    assert_eq!(status["proofs"]["spend"], 0);
    let localhost = format!("http://localhost:{port}/");
    let right = ["--prover", &localhost, "--prover-token-file", "token"];
    paid(&without_keys(&shell, "alice", &[&send[..], &right[..]].concat()));
}
