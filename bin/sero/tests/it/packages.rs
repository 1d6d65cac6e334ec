//! Packages through the wallet commands, on a real node with real proofs.

use crate::cli::Shell;
use crate::support::NodeProcess;
use serde_json::Value;

const SERO: &str = "1000000000000000000";

fn available(answer: &Value) -> u128 {
    answer["balances"][0]["available"].as_str().unwrap().parse().unwrap()
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned()
}

#[test]
fn a_package_is_closed_handed_on_and_opened_once() {
    let dir = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(None);
    let shell = Shell { dir: dir.path(), url: &node.url };
    std::fs::write(dir.path().join("password"), "correct horse\n").unwrap();
    let words = shell.ok("alice", &["create"])["mnemonic"].as_str().unwrap().to_owned();
    shell.ok("bob", &["create"]);
    let account = node.source().account(0);
    for wallet in ["alice", "bob"] {
        for _ in 0..2 {
            shell.ok(wallet, &["shield", "--amount", "10 SERO", "--from", &account]);
        }
    }

    // Closed by Alice, for a fresh address of her own.
    let made = shell.ok("alice", &["package", "create", "--amount", "2 SERO", "--data", "the deed"]);
    let (id, key) = (text(&made, "package"), text(&made, "key"));
    let listed = shell.ok("alice", &["package", "list"])["packages"][0].clone();
    assert_eq!((text(&listed, "package"), text(&listed, "owner")), (id.clone(), text(&made, "owner")));
    assert_eq!(listed["content"]["amount"].as_str().map(str::len), Some(SERO.len()));
    assert_eq!((listed["opened"].as_bool(), listed["fromIndex"].as_u64()), (Some(false), Some(0)));
    shell.fails("bob", &["package", "open", "--id", &id, "--key", &key], "is not known to this wallet");

    // Bob makes a box of his own to have an address; Alice hands hers to it.
    let other = shell.ok("bob", &["package", "create", "--data", "nothing but words"]);
    let bob_from = text(&other, "owner");
    let before = available(&shell.ok("bob", &["balance"]));
    shell.ok("alice", &["package", "transfer", "--id", &id, "--to", &bob_from]);
    shell.fails("alice", &["package", "open", "--id", &id], "whose key this wallet does not hold");
    let wrong = format!("0x{}", "77".repeat(32));
    shell.fails("bob", &["package", "open", "--id", &id, "--key", &wrong], "the key is not this package's");
    shell.fails("bob", &["package", "open", "--id", &id], "the key is not this package's");
    std::fs::write(dir.path().join("no-key"), "0x12\n").unwrap();
    let no_key = ["package", "open", "--id", &id, "--key-file", "no-key"];
    shell.fails("bob", &no_key, "--key-file no-key: expected the 32 bytes of the key");
    std::fs::write(dir.path().join("key"), format!("{key}\n")).unwrap();
    let opened = shell.ok("bob", &["package", "open", "--id", &id, "--key-file", "key"]);
    assert_eq!(text(&opened, "data"), "0x7468652064656564");
    assert!(available(&shell.ok("bob", &["balance"])) > before + 1_900_000_000_000_000_000, "less the fee");
    shell.fails("bob", &["package", "open", "--id", &id, "--key", &key], "was opened already");

    // In public, with data alone; and the coin comes back as a note.
    let shown = shell.ok("bob", &["package", "open", "--id", &text(&other, "package"), "--public"]);
    assert_eq!(shown["success"], true);

    shell.fails("alice", &["package", "create", "--data", &"x".repeat(943)], "943 bytes, at most 942");
    shell.fails("alice", &["package", "create", "--amount", "999 SERO"], "not enough SERO");
    shell.fails(
        "alice",
        &["package", "create", "--owner", "0x0000000000000000000000000000000000005302"],
        "InvalidOwner",
    );

    // The words alone find the package again, and what was in it.
    std::fs::write(dir.path().join("words"), words).unwrap();
    shell.ok("again", &["restore", "--mnemonic-file", "words"]);
    assert_eq!(shell.ok("again", &["package", "list"]), shell.ok("alice", &["package", "list"]));
    let audit = node.source().ok("sero_auditSupply", serde_json::json!([]));
    assert_eq!(audit["agrees"], true, "{audit}");
}
