//! `sero ceremony` and `sero genesis check` as people and scripts use them, for
//! the Output circuit.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const BEACON: &str = "00112233445566778899aabbccddeeff";

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sero")).args(args).current_dir(dir).output().unwrap()
}

#[track_caller]
fn ok(dir: &Path, args: &[&str]) -> Value {
    let output = run(dir, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Fails with these words, on nothing but standard error, and changes no file.
#[track_caller]
fn fails(dir: &Path, args: &[&str], expected: &str) {
    let before = contents(dir);
    let output = run(dir, args);
    assert!(!output.status.success(), "{args:?} succeeded");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(expected), "{args:?}: expected `{expected}`, got `{text}`");
    assert!(output.stdout.is_empty(), "nothing on standard output");
    assert!(contents(dir) == before, "{args:?} changed a file");
}

/// Every file but the locks, with its bytes.
fn contents(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            files.push((path.clone(), std::fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn a_ceremony_from_new_to_genesis() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    let file = dir.join("c/ceremony.transcript");
    let new = ["ceremony", "new", "c", "--title", "a test", "--circuit", "output"];
    let made = ok(dir, &new);
    assert_eq!((made["state"].as_str(), made["title"].as_str()), (Some("phase 1 is open"), Some("a test")));
    fails(dir, &new, "exists");
    fails(dir, &["ceremony", "new", "d", "--title", ""], "title");
    fails(dir, &["ceremony", "finish", "c"], "--beacon is needed");

    let first = ok(dir, &["ceremony", "contribute", "c", "--name", "alice", "--entropy", "dice: 1 5 2"]);
    // Bob takes the file home, works there, and sends it back.
    let bob = ["ceremony", "contribute", "c", "--name", "bob", "--to", "bob.transcript"];
    let second = ok(dir, &bob);
    fails(dir, &bob, "exists");
    assert_eq!(second["records"][0], first["records"][0]);
    let after = ok(dir, &["ceremony", "verify", "bob.transcript", "--after", "c"]);
    assert_eq!(after["transcript"], second["transcript"]);
    fails(dir, &["ceremony", "verify", "c", "--after", "bob.transcript"], "not a continuation");
    std::fs::rename(dir.join("bob.transcript"), &file).unwrap();

    // Bad inputs 212: missing randomness, truncated file; the others are the library's.
    fails(
        dir,
        &["ceremony", "contribute", "c", "--name", "x", "--entropy-file", "none"],
        "--entropy-file none",
    );
    fails(dir, &["ceremony", "contribute", "c", "--name", "two\nlines"], "name");
    fails(dir, &["ceremony", "contribute", "missing", "--name", "x"], "missing");
    fails(dir, &["ceremony", "finish", "c", "--beacon", "0011"], "16 to 255 bytes");
    fails(dir, &["ceremony", "finish", "c", "--beacon", "nothex"], "--beacon");
    fails(dir, &["ceremony", "finish", "c", "--beacon", BEACON, "--log2-iterations", "9"], "10 to 32");
    let good = std::fs::read(&file).unwrap();
    for (bytes, expected) in [
        (&good[..2_000], "the file ends inside"),
        (&[&good[..], &[0]].concat()[..], "1 bytes follow"),
        (&b"no ceremony at all"[..], "not a ceremony file"),
    ] {
        std::fs::write(dir.join("bad"), bytes).unwrap();
        fails(dir, &["ceremony", "verify", "bad"], expected);
    }
    fails(dir, &["ceremony", "finish", "bad"], "not a ceremony file");
    fails(dir, &["ceremony", "contribute", "bad", "--name", "x"], "not a ceremony file");

    let finish = ["ceremony", "finish", "c", "--beacon", BEACON, "--log2-iterations", "10"];
    assert_eq!(ok(dir, &finish)["state"], "phase 2 is open");
    ok(dir, &["ceremony", "contribute", "c", "--name", "alice"]);
    let early = genesis(dir, "main", "", &Value::Null);
    fails(dir, &["genesis", "check", &early, "--transcript", "c"], "phase 2 is open");
    ok(dir, &["ceremony", "contribute", "c", "--name", "bob"]);
    let finished = ok(dir, &finish);
    assert_eq!(finished["state"], "finished");
    assert_eq!(finished["records"].as_array().unwrap().len(), 6);
    assert_eq!(finished["keys"][0]["circuit"], "output");
    assert_eq!(ok(dir, &["ceremony", "verify", "c"]), finished);
    fails(dir, &["ceremony", "contribute", "c", "--name", "late"], "the ceremony is finished");

    // Keys: written once, compared ever after.
    let key = dir.join("c/output.vk");
    let lint = ["ceremony", "lint-vk", "c/output.vk", "--circuit", "output"];
    assert_eq!(ok(dir, &lint)["hash"], finished["keys"][0]["verifyingKeyHash"]);
    let bytes = std::fs::read(&key).unwrap();
    let development = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genesis/dev-output.vk");
    std::fs::copy(development, &key).unwrap();
    fails(dir, &["ceremony", "verify", "c"], "is not the one that the transcript gives");
    std::fs::remove_file(&key).unwrap();
    ok(dir, &["ceremony", "finish", "c"]);
    assert!(std::fs::read(&key).unwrap() == bytes, "written again");
    let left: Vec<_> = contents(&dir.join("c")).into_iter().map(|(path, _)| path).collect();
    assert_eq!(left.len(), 3, "the transcript and two keys: {left:?}");

    // This ceremony made no Spend key, so no production chain may start from it alone.
    let unknown = format!("0x{}", "11".repeat(32));
    let output = finished["keys"][0]["verifyingKeyHash"].as_str().unwrap();
    for (network, spend) in [("main", unknown.as_str()), ("test", output)] {
        let file = genesis(dir, network, spend, &finished);
        let refused = "pool 0, spend version 1: no verified transcript gives the key";
        fails(dir, &["genesis", "check", &file, "--transcript", "c"], refused);
        fails(dir, &["genesis", "check", &file], refused);
        let file = genesis(dir, "dev", spend, &finished);
        assert_eq!(ok(dir, &["genesis", "check", &file])["keys"].as_array().unwrap().len(), 2);
    }
}

/// The whole way for both circuits:
/// `cargo test --release -p sero --test it -- ceremony::a_production_genesis --ignored`
#[test]
#[ignore = "minutes; the command is above"]
fn a_production_genesis() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    ok(dir, &["ceremony", "new", "c", "--title", "for main"]);
    let mut state = Value::Null;
    for _ in 1..=2 {
        for name in ["alice", "bob"] {
            ok(dir, &["ceremony", "contribute", "c", "--name", name]);
        }
        state = ok(dir, &["ceremony", "finish", "c", "--beacon", BEACON, "--log2-iterations", "10"]);
    }
    let keys = |at: usize| state["keys"][at]["verifyingKeyHash"].as_str().unwrap();
    let output = serde_json::json!({ "transcript": state["transcript"], "keys": [state["keys"][1]] });
    for network in ["main", "test"] {
        let file = genesis(dir, network, keys(0), &output);
        let checked = ok(dir, &["genesis", "check", &file, "--transcript", "c"]);
        assert_eq!(checked["keys"].as_array().unwrap().len(), 2);
        assert_eq!(checked["keys"][0]["transcript"], state["transcript"]);
        fails(dir, &["genesis", "check", &file], "no verified transcript gives");
        let file = genesis(dir, network, keys(1), &output);
        fails(dir, &["genesis", "check", &file, "--transcript", "c"], "pool 0, spend version 1");
    }
}

/// A genesis that pins `spend` and the Output key of `answer`, or development
/// keys where they are empty; returns its name.
fn genesis(dir: &Path, network: &str, spend: &str, answer: &Value) -> String {
    let mut genesis = serde_json::to_value(sero_node::dev::genesis(1337)).unwrap();
    genesis["network"] = network.into();
    genesis["chainId"] = 77.into();
    let transcript = answer["transcript"].as_str().map_or(format!("0x{}", "22".repeat(32)), String::from);
    let circuits = genesis["pools"][0]["circuits"].as_array_mut().unwrap();
    for (circuit, hash) in
        circuits.iter_mut().zip([Some(spend), answer["keys"][0]["verifyingKeyHash"].as_str()])
    {
        circuit["transcript"] = transcript.clone().into();
        if let Some(hash) = hash.filter(|hash| !hash.is_empty()) {
            circuit["keyHash"] = hash.into();
        }
    }
    std::fs::write(dir.join("genesis.json"), genesis.to_string()).unwrap();
    "genesis.json".into()
}

#[test]
fn development_keys_are_named_and_refused_in_production() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genesis/");
    for circuit in ["spend", "output"] {
        let file = format!("{keys}dev-{circuit}.vk");
        let linted = ok(dir, &["ceremony", "lint-vk", &file, "--circuit", circuit]);
        assert_eq!(linted["developmentKey"], true);
        assert_eq!(linted["problems"].as_array().unwrap().len(), 0);
    }
    for (network, refused) in [("dev", false), ("test", true), ("main", true)] {
        let file = genesis(dir, network, "", &Value::Null);
        if refused {
            fails(dir, &["genesis", "check", &file], "a development key, whose secret is public");
        } else {
            ok(dir, &["genesis", "check", &file]);
        }
    }
}

/// Every problem of a key at once.
#[test]
fn lint_names_every_problem() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    let good = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../genesis/dev-output.vk")).unwrap();
    let lint = |bytes: &[u8], args: &[&str]| {
        std::fs::write(dir.join("key"), bytes).unwrap();
        let output = run(dir, &[&["ceremony", "lint-vk", "key", "--json"], args].concat());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let problems: Vec<String> =
            answer["problems"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect();
        assert_eq!(output.status.success(), problems.is_empty());
        problems
    };
    assert!(lint(&good, &[]).is_empty());
    // alpha | beta | gamma | delta | count | points
    let (gamma, delta, points) = (96, 160, 232);
    let mut bad = good.clone();
    bad[..32].fill(0);
    bad[31] = 0x40;
    bad.copy_within(gamma..delta, delta);
    bad.copy_within(points..points + 32, points + 64);
    bad[points + 96..points + 128].fill(0xff);
    bad.push(7);
    let problems = lint(&bad, &["--circuit", "spend"]);
    for expected in [
        "input point 3 is not the canonical encoding",
        "1 bytes follow the last point",
        "4 input points, expected 7",
        "gamma is delta or its negative",
        "alpha is the identity",
        "input points 0 and 2 are equal or opposite",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:?}");
    }
    assert_eq!(problems.len(), 6, "{problems:?}");
    assert_eq!(lint(&[], &[]).len(), 1);
    assert_eq!(
        lint(&good[..good.len() - 1], &["--circuit", "output"]),
        ["the bytes end inside the input points"]
    );
}
