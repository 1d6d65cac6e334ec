//! The wallet file: passwords, damage, locks, crashes.

use crate::chain::FakeChain;
use crate::{PHRASE, SERO, coin, holds, sync};
use alloy_primitives::B256;
use sero_shielded::address::Network;
use sero_wallet::{Client, FileError, ScanError, Target, Wallet, WalletError};
use std::fs;
use std::path::Path;

fn create(chain: &FakeChain, path: &Path) -> Wallet {
    let info = Client::new(chain).chain_info().unwrap();
    Wallet::restore(Target::File { path, password: "pass" }, &info, PHRASE).unwrap()
}

fn file_error(result: Result<Wallet, WalletError>) -> FileError {
    match result {
        Err(WalletError::File(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

#[test]
fn a_saved_wallet_opens_again() {
    let (chain, dir) = (FakeChain::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("alice.wallet");
    let mut alice = create(&chain, &path);
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    chain.settle();
    sync(&mut alice, &chain);
    drop(alice);
    let alice = Wallet::open(&path, "pass", Some(Network::Dev)).unwrap();
    assert_eq!(holds(&alice, coin()), (SERO, 0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Locked while open, also against this process.
    assert!(matches!(file_error(Wallet::open(&path, "pass", None)), FileError::Locked(_)));
    drop(alice);
    let error = file_error(Wallet::open(&path, "Pass", None));
    assert!(matches!(error, FileError::WrongPassword), "{error}");
    let error = file_error(Wallet::open(&path, "pass", Some(Network::Main)));
    assert!(matches!(error, FileError::Network { expected: "sero", found: "dsero" }), "{error}");
    let missing = dir.path().join("bob.wallet");
    assert!(matches!(file_error(Wallet::open(&missing, "pass", None)), FileError::Missing(_)));
    let info = Client::new(&chain).chain_info().unwrap();
    let again = Wallet::restore(Target::File { path: &path, password: "x" }, &info, PHRASE);
    assert!(matches!(file_error(again), FileError::Exists(_)));
}

#[test]
fn nothing_secret_is_in_the_clear() {
    let (chain, dir) = (FakeChain::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("alice.wallet");
    let alice = create(&chain, &path);
    let bytes = fs::read(&path).unwrap();
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let key = alice.viewing_key().to_bytes();
    let text = alloy_primitives::hex::encode(key.expose());
    assert!(contains(b"SEROWLT"));
    for secret in
        [&key.expose()[..16], &key.expose()[32..48], &text.as_bytes()[..32], b"abandon", b"spending", b"Full"]
    {
        assert!(!contains(secret));
    }
}

#[test]
fn damage_is_named_and_never_opens() {
    let (chain, dir) = (FakeChain::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("alice.wallet");
    drop(create(&chain, &path));
    let good = fs::read(&path).unwrap();
    let open = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        file_error(Wallet::open(&path, "pass", None))
    };
    for place in (0..good.len()).step_by(50).chain([8, 9, 10, 25, 40, 60, 90, good.len() - 1]) {
        let mut bytes = good.clone();
        bytes[place] ^= 0x40;
        match (place, open(&bytes)) {
            (0..8, FileError::NotAWallet(_)) => {}
            (8, FileError::Version { found: 0x43 }) => {}
            (9.., FileError::Corrupt(_)) => {}
            (_, other) => panic!("byte {place}: {other}"),
        }
    }
    for length in (8..good.len()).step_by(50) {
        assert!(matches!(open(&good[..length]), FileError::Corrupt(_)));
    }
    assert!(matches!(open(b""), FileError::NotAWallet(_)));
    fs::write(&path, &good).unwrap();
    assert!(Wallet::open(&path, "pass", None).is_ok());
}

#[test]
fn a_file_cannot_ask_for_endless_work() {
    let (chain, dir) = (FakeChain::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("alice.wallet");
    drop(create(&chain, &path));
    let mut bytes = fs::read(&path).unwrap();
    bytes[10..14].copy_from_slice(&u32::MAX.to_be_bytes());
    // An attacker gives it the right checksum.
    let sum = sero_shielded::hash::blake2b_32("SERO_wallet_sum", &[&bytes[..82], &bytes[114..]]);
    bytes[82..114].copy_from_slice(&sum);
    fs::write(&path, &bytes).unwrap();
    let error = file_error(Wallet::open(&path, "pass", None));
    assert!(matches!(error, FileError::KdfLimits { kib: u32::MAX, .. }), "{error}");
}

#[test]
fn a_crash_while_saving_keeps_the_old_file() {
    let (chain, dir) = (FakeChain::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("alice.wallet");
    let mut alice = create(&chain, &path);
    let old = fs::read(&path).unwrap();
    // What a kill between write and rename leaves behind.
    fs::write(dir.path().join("alice.wallet.tmp"), &old[..old.len() / 2]).unwrap();
    drop(alice);
    alice = Wallet::open(&path, "pass", None).unwrap();
    alice.new_address().unwrap();
    drop(alice);
    alice = Wallet::open(&path, "pass", None).unwrap();
    assert!(alice.address_at(1).is_ok());
    assert!(!dir.path().join("alice.wallet.tmp").exists());
    // A disk that takes no new file: the error is named, the old file whole.
    fs::create_dir(dir.path().join("alice.wallet.tmp")).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(alice.new_address(), Err(WalletError::File(FileError::Io { .. }))));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_wallet_of_another_chain_is_refused() {
    let chain = FakeChain::new();
    let mut alice = crate::funded(&chain, SERO);
    let mut other = FakeChain::new();
    other.genesis = B256::repeat_byte(1);
    other.mine(50);
    let error = alice.sync(&Client::new(&other), &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, WalletError::OtherChain(found) if found.node_genesis == other.genesis),
        "{error}"
    );
    assert_eq!(holds(&alice, coin()), (SERO, 0));
    // A node that is behind is not believed either.
    let behind = FakeChain::new();
    let error = alice.sync(&Client::new(&behind), &mut |_| ()).unwrap_err();
    assert!(matches!(error, WalletError::Scan(ScanError::Behind { head: 0, .. })), "{error}");
}
