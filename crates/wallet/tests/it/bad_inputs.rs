//! The wallet's bad inputs: each gets an error that names what is wrong and
//! what is allowed, changes neither file nor funds, gives nothing secret away,
//! and the right input works afterwards. Numbers are those of the catalogue.

use crate::chain::{FakeChain, NullProver, Tamper};
use crate::{PHRASE, SERO, coin, holds, request, sync, wallet};
use alloy_primitives::B256;
use serde_json::{Value, json};
use sero_shielded::address::Network;
use sero_shielded::encryption::Memo;
use sero_shielded::keys::{OneTimeAddress, PaymentAddress};
use sero_wallet::{Account, ChainSource, Client, SendRequest, SourceError, Target, Wallet, WalletError};
use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

const PASSWORD: &str = "canary-password-7261";

/// A wallet file with 10 SERO, and its chain.
struct Scene {
    chain: FakeChain,
    dir: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { chain: FakeChain::new(), dir: tempfile::tempdir().unwrap() };
        let mut wallet = scene.restore("wallet", PASSWORD, PHRASE).unwrap();
        scene.chain.fund(&wallet.one_time_address(None).unwrap(), coin(), 10 * SERO);
        scene.chain.settle();
        sync(&mut wallet, &scene.chain);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn restore(&self, name: &str, password: &str, phrase: &str) -> Result<Wallet, WalletError> {
        let info = Client::new(&self.chain).chain_info().unwrap();
        Wallet::restore(Target::File { path: &self.path(name), password }, &info, phrase)
    }

    fn open(&self) -> Wallet {
        Wallet::open(&self.path("wallet"), PASSWORD, Some(Network::Dev)).unwrap()
    }

    /// Expects an error with these words, the file as it was, and no secrets in the error.
    #[track_caller]
    fn refuses<T, E: Into<WalletError>>(
        &self,
        case: &str,
        expected: &str,
        attempt: impl FnOnce() -> Result<T, E>,
    ) {
        let before = fs::read(self.path("wallet")).unwrap();
        let error = match attempt() {
            Err(error) => error.into(),
            Ok(_) => panic!("{case}: accepted"),
        };
        let (text, debug) = (error.to_string(), format!("{error:?}"));
        assert!(text.contains(expected), "{case}: expected `{expected}`, got `{text}`");
        for secret in [PASSWORD, "abandon", " art"] {
            assert!(!text.contains(secret) && !debug.contains(secret), "{case}: {debug}");
        }
        assert!(fs::read(self.path("wallet")).unwrap() == before, "{case}: the file changed");
    }

    /// The right input works, and nothing is lost.
    #[track_caller]
    fn works(&self) {
        let mut wallet = self.open();
        sync(&mut wallet, &self.chain);
        assert_eq!(holds(&wallet, coin()), (10 * SERO, 0));
        let to = wallet.address();
        wallet.plan_send(&Client::new(&self.chain), &request(to, SERO)).unwrap().build().unwrap();
    }
}

#[test]
fn f151_mnemonics() {
    let scene = Scene::new();
    let words = |count: usize| vec!["abandon"; count].join(" ");
    let japanese = vec!["\u{3042}\u{3044}\u{3053}\u{304f}\u{3057}\u{3093}"; 24].join(" ");
    let cases: [(&str, String, &str); 8] = [
        ("11 words", words(11), "word count"),
        ("13 words", words(13), "word count"),
        ("empty", String::new(), "word count"),
        ("only spaces", "   \t ".into(), "word count"),
        ("bad word", PHRASE.replacen("abandon", "abandoned", 1), "position"),
        ("bad checksum", words(24), "checksum"),
        ("wrong language", japanese, "position"),
        ("commas", PHRASE.replace(' ', ","), "word count"),
    ];
    for (case, phrase, expected) in cases {
        scene.refuses(case, expected, || scene.restore("other", PASSWORD, &phrase));
        scene.refuses(case, "English", || scene.restore("other", PASSWORD, &phrase));
        assert!(!scene.path("other").exists(), "{case}: no file is left behind");
    }
    for (name, phrase) in
        [("upper", PHRASE.to_uppercase()), ("spaces", format!(" {} ", PHRASE.replace(' ', "  ")))]
    {
        assert_eq!(scene.restore(name, PASSWORD, &phrase).unwrap().address(), scene.open().address());
    }
    scene.works();
}

#[test]
fn f152_f153_passwords() {
    let scene = Scene::new();
    let long = "x".repeat(10_000);
    for wrong in ["", "canary-password-7262", " canary-password-7261", long.as_str(), "\u{0}"] {
        scene
            .refuses("wrong password", "wrong password", || Wallet::open(&scene.path("wallet"), wrong, None));
    }
    scene.works();
    // Any text is a password.
    for (i, odd) in [long.as_str(), "\u{1f511}\u{0}\n"].into_iter().enumerate() {
        let name = format!("odd{i}");
        drop(scene.restore(&name, odd, PHRASE).unwrap());
        assert!(Wallet::open(&scene.path(&name), odd, None).is_ok());
    }
}

#[test]
fn f154_wallet_files() {
    let scene = Scene::new();
    let good = fs::read(scene.path("wallet")).unwrap();
    let with = |place: usize, value: &[u8], sum: bool| {
        let mut bytes = good.clone();
        bytes[place..place + value.len()].copy_from_slice(value);
        if sum {
            let sum = sero_shielded::hash::blake2b_32("SERO_wallet_sum", &[&bytes[..82], &bytes[114..]]);
            bytes[82..114].copy_from_slice(&sum);
        }
        bytes
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("truncated", good[..good.len() / 2].to_vec(), "damaged"),
        ("header only", good[..50].to_vec(), "damaged"),
        ("empty", Vec::new(), "not a SERO wallet"),
        ("JSON of another program", br#"{"crypto":{"cipher":"aes-128-ctr"}}"#.to_vec(), "not a SERO wallet"),
        (
            "older version",
            with(8, &[2], true),
            "version 2, this software reads version 3; make it again from its words",
        ),
        ("newer version", with(8, &[200], true), "version 200"),
        ("KDF memory 2^32 - 1", with(10, &[0xff; 4], true), "at most 1048576, 16, 8 are allowed"),
        ("KDF passes", with(14, &[0xff; 4], true), "passes"),
        ("KDF without memory", with(10, &[0; 4], true), "Argon2id parameters"),
        ("unknown network", with(9, &[9], true), "network"),
        ("wrong MAC", with(good.len() - 1, &[good[good.len() - 1] ^ 1], true), "ciphertext"),
        ("wrong salt", with(22, &[good[22] ^ 1], true), "wrong password"),
    ];
    for (case, bytes, expected) in cases {
        fs::write(scene.path("wallet"), bytes).unwrap();
        scene.refuses(case, expected, || Wallet::open(&scene.path("wallet"), PASSWORD, None));
    }
    fs::write(scene.path("wallet"), &good).unwrap();
    scene.refuses("missing", "does not exist", || Wallet::open(&scene.path("nothing"), PASSWORD, None));
    scene.refuses("a folder", "not a SERO wallet", || Wallet::open(scene.dir.path(), PASSWORD, None));
    scene.refuses("other network", "`sero` is required", || {
        Wallet::open(&scene.path("wallet"), PASSWORD, Some(Network::Main))
    });
    #[cfg(unix)]
    {
        // A link is the same wallet, with the same lock, and stays a link.
        std::os::unix::fs::symlink(scene.path("wallet"), scene.path("link")).unwrap();
        let mut linked = Wallet::open(&scene.path("link"), PASSWORD, None).unwrap();
        scene.refuses("in use under its other name", "in use", || {
            Wallet::open(&scene.path("wallet"), PASSWORD, None)
        });
        linked.new_address().unwrap();
        drop(linked);
        assert!(fs::symlink_metadata(scene.path("link")).unwrap().is_symlink());
        assert!(scene.open().address_at(1).is_ok());
    }
    scene.works();
}

#[test]
fn f155_f156_f157_f175_locks_full_disks_kills_and_existing_files() {
    let scene = Scene::new();
    let mut held = scene.open();
    scene.refuses("locked", "in use by another process", || {
        Wallet::open(&scene.path("wallet"), PASSWORD, None)
    });
    // No room for the new file: the old one stays, and the next save works.
    fs::create_dir(scene.path("wallet.tmp")).unwrap();
    scene.refuses("disk full", "wallet file", || held.new_address());
    scene.refuses("disk full, sync", "wallet file", || held.sync(&Client::new(&scene.chain), &mut |_| ()));
    fs::remove_dir(scene.path("wallet.tmp")).unwrap();
    held.save().unwrap();
    drop(held);
    // A kill between write and rename.
    let good = fs::read(scene.path("wallet")).unwrap();
    for length in [0, good.len() / 3, good.len()] {
        fs::write(scene.path("wallet.tmp"), &good[..length]).unwrap();
        scene.works();
    }
    scene.refuses("restore over it", "is not overwritten", || scene.restore("wallet", "x", PHRASE));
    let info = Client::new(&scene.chain).chain_info().unwrap();
    let path = scene.path("wallet");
    scene.refuses("create over it", "is not overwritten", || {
        Wallet::create(Target::File { path: &path, password: "x" }, &info)
    });
    scene.works();
}

#[test]
fn f158_addresses() {
    let scene = Scene::new();
    let mut alice = scene.open();
    let good = alice.address().to_text(Network::Dev);
    let characters: Vec<char> = good.chars().collect();
    let changed = |change: &dyn Fn(&mut Vec<char>)| {
        let mut text = characters.clone();
        change(&mut text);
        text.into_iter().collect::<String>()
    };
    let swap_at = (10..60).find(|i| characters[*i] != characters[i + 1]).unwrap();
    let pkr = alice.one_time_address(None).unwrap().to_text(Network::Dev);
    let cases: Vec<(&str, String, &str)> = vec![
        ("one character changed", changed(&|t| t[20] = if t[20] == 'q' { 'p' } else { 'q' }), "bech32m"),
        ("two swapped", changed(&|t| t.swap(swap_at, swap_at + 1)), "bech32m"),
        ("cut", changed(&|t| t.truncate(t.len() - 1)), "bech32m"),
        ("extended", changed(&|t| t.push('q')), "bech32m"),
        (
            "mixed case",
            changed(&|t| t[30] = if t[30].is_ascii_digit() { 'A' } else { t[30].to_ascii_uppercase() }),
            "bech32m",
        ),
        ("empty", String::new(), "bech32m"),
        ("spaces", format!(" {good}"), "bech32m"),
        ("other network", alice.address().to_text(Network::Main), "prefix is `sero`, expected `dsero`"),
        ("a one-time address", pkr, "prefix is"),
        ("a viewing key", alice.export_view_key().expose().clone(), "prefix is"),
        ("an Ethereum address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".into(), "bech32m"),
        ("a contract's address", format!("{}", sero_primitives::POOL), "bech32m"),
    ];
    for (case, text, expected) in cases {
        let error = PaymentAddress::from_text(Network::Dev, &text).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
    // Every single changed character is caught.
    for place in 0..characters.len() {
        let text = changed(&|t| t[place] = if t[place] == 'x' { 'y' } else { 'x' });
        assert!(PaymentAddress::from_text(Network::Dev, &text).is_err(), "{place}");
    }
    for same in [good.clone(), good.to_uppercase()] {
        assert_eq!(PaymentAddress::from_text(Network::Dev, &same).unwrap(), alice.address());
    }
    // To oneself is allowed, and a PKr that is none of J's is not.
    let own = alice.address();
    alice.plan_send(&Client::new(&scene.chain), &request(own, SERO)).unwrap();
    for bytes in [[0u8; 128], [0xff; 128]] {
        assert!(OneTimeAddress::from_bytes(&bytes).is_err());
    }
    drop(alice);
    scene.works();
}

#[test]
fn f159_f160_amounts_and_names() {
    let scene = Scene::new();
    scene.chain.token("GOLD", 2);
    let mut alice = scene.open();
    let forty = format!("1{} SERO", "0".repeat(40));
    let cases: [(&str, &str); 20] = [
        ("", "write a number, a space and an asset"),
        ("1", "write a number, a space and an asset"),
        (" 1 ", "write a number, a space and an asset"),
        ("0 SERO", "at least one base unit"),
        ("-1 SERO", "`-` is not allowed"),
        ("1e3 SERO", "`e` is not allowed"),
        ("1,5 SERO", "`,` is not allowed"),
        ("1.0000000000000000001 SERO", "at most 18"),
        ("0x1 SERO", "`x` is not allowed"),
        ("NaN SERO", "`N` is not allowed"),
        ("1.001 GOLD", "GOLD has at most 2"),
        (&forty, "below 2^128"),
        ("1 SER0", "`SER0` does not exist"),
        ("1 sero", "`sero` does not exist"),
        ("1 S\u{0415}RO", "does not exist"),
        ("1 SERO\u{200b}", "does not exist"),
        ("1 0x1234", "does not exist"),
        ("1 0xzz", "does not exist"),
        ("1 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "does not exist"),
        ("1 LEAD", "give a registered name or an id 0x..."),
    ];
    // What is known of an asset is remembered; only then is the file at rest.
    alice.resolve(&Client::new(&scene.chain), "GOLD").unwrap();
    for (text, expected) in cases {
        scene.refuses(text, expected, || alice.parse_amount(&Client::new(&scene.chain), text));
    }
    assert_eq!(alice.parse_amount(&Client::new(&scene.chain), "1.5 SERO").unwrap().1, 3 * SERO / 2);
    assert_eq!(alice.parse_amount(&Client::new(&scene.chain), "1.5 GOLD").unwrap().1, 150);
    drop(alice);
    scene.works();
}

#[test]
fn f161_memos() {
    for length in [65, 513] {
        let error = Memo::new(&vec![b'x'; length]).unwrap_err().to_string();
        assert_eq!(error, format!("memo has {length} bytes, at most 64 are allowed"));
    }
    // Bytes that are no text may be sent; a reader sees them as hex.
    use sero_wallet::history::memo_text;
    for odd in [&b"\xff\xfe"[..], b"a\x00b", b"\x1b[31m", "\u{202e}x".as_bytes(), b"line\n"] {
        assert!(Memo::new(odd).is_ok());
        assert!(memo_text(odd).unwrap().starts_with("0x"), "{odd:?}");
    }
    assert_eq!(memo_text("gr\u{fc}n".as_bytes()).as_deref(), Some("gr\u{fc}n"));
}

#[test]
fn f162_f164_too_much() {
    let scene = Scene::new();
    let mut alice = scene.open();
    let client = Client::new(&scene.chain);
    sync(&mut alice, &scene.chain);
    let to = wallet(&scene.chain).address();
    scene.refuses("more than there is", "10 available", || alice.plan_send(&client, &request(to, 11 * SERO)));
    scene.refuses("all of it, and the fee", "fee included", || {
        alice.plan_send(&client, &request(to, 10 * SERO))
    });
    scene.refuses("nothing", "zero", || alice.plan_send(&client, &request(to, 0)));
    alice.set_fee_max(1);
    scene.refuses("fee above the cap", "at most 1 are allowed", || {
        alice.plan_send(&client, &request(to, SERO))
    });
    alice.set_fee_max(sero_wallet::FEE_MAX);
    // While the change is on its way, it is named as such.
    alice.send(&client, &NullProver, &request(to, SERO), &|_, _| ()).unwrap();
    sync(&mut alice, &scene.chain);
    let error = alice.plan_send(&client, &request(to, SERO)).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("0 available, 8.99"), "{error}");
    scene.chain.settle();
    alice.plan_send(&client, &request(to, SERO)).unwrap();
}

/// Fails after some answers.
struct Flaky<'a> {
    chain: &'a FakeChain,
    left: Cell<u32>,
}

impl ChainSource for Flaky<'_> {
    fn request(&self, method: &str, params: Value) -> Result<Value, SourceError> {
        match self.left.get() {
            0 => Err(SourceError::Transport("connection reset".into())),
            left => {
                self.left.set(left - 1);
                self.chain.request(method, params)
            }
        }
    }
}

#[test]
fn f163_f173_a_node_that_goes_away_at_any_moment() {
    let scene = Scene::new();
    scene.chain.mine(60);
    for answers in 0..12 {
        let flaky = Flaky { chain: &scene.chain, left: Cell::new(answers) };
        let mut alice = scene.open();
        // What was saved in between is a state of its own; nothing is lost.
        let result = alice.rescan(&Client::new(&flaky), &mut |_| ());
        if let Err(error) = result {
            assert!(error.to_string().contains("cannot be reached"), "{error}");
            assert_eq!(holds(&alice, coin()), (10 * SERO, 0), "after {answers} answers");
        }
        drop(alice);
        let mut alice = scene.open();
        let flaky = Flaky { chain: &scene.chain, left: Cell::new(answers) };
        let to = alice.address();
        let _ = alice.send(&Client::new(&flaky), &NullProver, &request(to, 11 * SERO), &|_, _| ());
        drop(alice);
        scene.works();
    }
    // Two nodes with different heads: the one behind is not believed.
    let behind = FakeChain::new();
    let mut alice = scene.open();
    sync(&mut alice, &scene.chain);
    scene.refuses("a node behind", "has already seen block", || {
        alice.sync(&Client::new(&behind), &mut |_| ())
    });
    drop(alice);
    scene.works();
}

#[test]
fn f165_f166_the_same_twice_and_two_for_one_note() {
    let scene = Scene::new();
    let mut alice = scene.open();
    let client = Client::new(&scene.chain);
    let mut bob = wallet(&scene.chain);
    let to = bob.address();
    let first = alice.build_send(&client, &NullProver, &request(to, SERO), &|_, _| ()).unwrap();
    let second = alice.build_send(&client, &NullProver, &request(to, 2 * SERO), &|_, _| ()).unwrap();
    alice.submit(&client, &first).unwrap();
    for again in [&second, &first] {
        let error = alice.submit(&client, again).unwrap_err().to_string();
        assert!(error.contains("already spent"), "{error}");
    }
    scene.chain.settle();
    sync(&mut alice, &scene.chain);
    sync(&mut bob, &scene.chain);
    assert_eq!(holds(&bob, coin()), (SERO, 0), "paid once");
    let (available, pending) = holds(&alice, coin());
    assert!(available > 8 * SERO && pending == 0);
}

#[test]
fn f169_f170_viewing_keys() {
    let scene = Scene::new();
    let alice = scene.open();
    let key = alice.export_view_key();
    let info = Client::new(&scene.chain).chain_info().unwrap();
    let mut cut = key.expose().clone();
    cut.pop();
    let main = alice.viewing_key().to_text(Network::Main);
    let cases: [(&str, &str, &str); 5] = [
        ("empty", "", "bech32m"),
        ("cut", &cut, "bech32m"),
        ("other network", main.expose(), "expected `dserotk`"),
        ("an address", &alice.address().to_text(Network::Dev), "expected `dserotk`"),
        ("words", PHRASE, "bech32m"),
    ];
    let path = scene.path("watch");
    let target = Target::File { path: &path, password: PASSWORD };
    for (case, text, expected) in cases {
        scene.refuses(case, expected, || Wallet::watch(target, &info, text));
        assert!(!path.exists(), "{case}");
    }
    let mut watch = Wallet::watch(target, &info, key.expose()).unwrap();
    sync(&mut watch, &scene.chain);
    assert_eq!(holds(&watch, coin()), (10 * SERO, 0));
    let client = Client::new(&scene.chain);
    let (to, expected) = (alice.address(), "watch-only");
    let call = sero_wallet::CallRequest::new(sero_primitives::POOL, Default::default());
    let plan = good_plan(&scene, to);
    scene.refuses("send", expected, || watch.send(&client, &NullProver, &request(to, 1), &|_, _| ()));
    scene.refuses("call", expected, || watch.call(&client, &NullProver, &call, &|_, _| ()));
    scene.refuses("merge", expected, || watch.merge(&client, &NullProver, coin(), &|_, _| ()));
    scene.refuses("sign", expected, || watch.finish(&client, &NullProver, plan, &|_, _| ()));
    scene.refuses("a `From` key", expected, || watch.from_key(0));
    assert!(Account::watch_text(Network::Dev, key.expose()).unwrap().spending_key().is_err());
    assert!(scene.chain.inner.borrow().transactions.is_empty());
}

/// A good plan of the wallet in the scene, which it could sign.
fn good_plan(scene: &Scene, to: PaymentAddress) -> sero_wallet::Plan {
    let client = Client::new(&scene.chain);
    let info = client.chain_info().unwrap();
    let mut again = Wallet::restore(Target::Memory, &info, PHRASE).unwrap();
    sync(&mut again, &scene.chain);
    again.plan_send(&client, &request(to, SERO)).unwrap()
}

#[test]
fn f172_servers() {
    let scene = Scene::new();
    scene.chain.mine(10);
    scene.chain.fund(&scene.open().one_time_address(None).unwrap(), coin(), 1);
    let on = |wanted: &'static str, change: fn(&mut Value)| -> Tamper {
        Box::new(move |method, answer| {
            if method == wanted {
                change(answer);
            }
        })
    };
    // A node that withholds the newest notes shows an older state, no more; what
    // it leaves out in between is caught (`hostile.rs`).
    let blocks = "sero_getShieldedBlocks";
    let cases: Vec<(&str, Tamper, &str)> = vec![
        ("wrong chain id", on("sero_chainInfo", |a| a["chainId"] = json!("0x7")), "the node follows chain 7"),
        (
            "wrong genesis",
            on("sero_chainInfo", |a| a["genesisHash"] = json!(B256::ZERO)),
            "wallet belongs to chain",
        ),
        ("wrong network", on("sero_chainInfo", |a| a["network"] = json!("main")), "wallet belongs to chain"),
        (
            "unknown network",
            on("sero_chainInfo", |a| a["network"] = json!("x")),
            "network is not `main`, `test` or `dev`",
        ),
        ("old head", on("eth_getBlockByNumber", |a| a["number"] = json!("0x1")), "has already seen"),
        (
            "forged root",
            on(blocks, |a| {
                a["blocks"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .for_each(|b| b["pools"][0]["anchor"] = json!(B256::with_last_byte(1)))
            }),
            "another root",
        ),
        ("HTML", Box::new(|_, a| *a = json!("<html>moved</html>")), "is not"),
        ("null", Box::new(|_, a| *a = Value::Null), "is not"),
        (
            "numbers as text",
            on("eth_getBlockByNumber", |a| a["number"] = json!("12")),
            "result.number is not a quantity",
        ),
        (
            "a number too large",
            on("eth_getBlockByNumber", |a| a["number"] = json!("0x1ffffffffffffffff")),
            "below 2^64",
        ),
        ("no end", on(blocks, |a| a["nextBlock"] = json!("0x0")), "follows a page"),
    ];
    let mut alice = scene.open();
    for (case, tamper, expected) in cases {
        *scene.chain.tamper.borrow_mut() = Some(tamper);
        scene.refuses(case, expected, || alice.sync(&Client::new(&scene.chain), &mut |_| ()));
    }
    *scene.chain.tamper.borrow_mut() = None;
    scene.chain.settle();
    sync(&mut alice, &scene.chain);
    assert_eq!(holds(&alice, coin()), (10 * SERO + 1, 0));
}

#[test]
fn f174_an_older_backup_catches_up_and_pays_nothing_twice() {
    let scene = Scene::new();
    fs::copy(scene.path("wallet"), scene.path("backup")).unwrap();
    let client = Client::new(&scene.chain);
    let mut alice = scene.open();
    let (a, _) = alice.new_address().unwrap();
    let to = wallet(&scene.chain).address();
    alice
        .send(&client, &NullProver, &SendRequest::new(to, coin(), SERO, Memo::default()), &|_, _| ())
        .unwrap();
    scene.chain.settle();
    sync(&mut alice, &scene.chain);
    let mut backup = Wallet::open(&scene.path("backup"), PASSWORD, None).unwrap();
    assert_eq!(holds(&backup, coin()), (10 * SERO, 0), "it does not know yet");
    // Its first payment syncs before it chooses notes.
    let built = backup.build_send(&client, &NullProver, &request(to, SERO), &|_, _| ()).unwrap();
    assert_eq!(holds(&backup, coin()), holds(&alice, coin()));
    assert_eq!(backup.history(), alice.history());
    backup.submit(&client, &built).unwrap();
    assert!(
        backup.new_address().unwrap().0 <= a,
        "an address given out later may be given out again, to the same owner"
    );
}
