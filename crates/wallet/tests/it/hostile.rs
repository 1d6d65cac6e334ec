//! Nodes that lie and payers that cheat.

use crate::chain::{FakeChain, Tamper};
use crate::{SERO, coin, funded, holds, memo, request, send, sync, wallet};
use alloy_primitives::{B256, hex};
use serde_json::{Value, json};
use sero_lanes::Path;
use sero_shielded::curve::{
    PointError, height_from_bytes, multiply, multiply_heights, point_from_bytes, point_to_bytes,
};
use sero_shielded::encryption::{Memo, encrypt, may_read};
use sero_shielded::field::{Field, field_to_bytes, scalar_from_bytes};
use sero_shielded::hash::blake2b;
use sero_shielded::note::{HiddenNote, MEMO_LEN_MAX, value_commitment};
use sero_wallet::{Client, ClientError, ScanError, Wallet, WalletError};

fn scan_error(wallet: &mut Wallet, chain: &FakeChain) -> ScanError {
    match wallet.sync(&Client::new(chain), &mut |_| ()) {
        Err(WalletError::Scan(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Changes the blocks of an answer that have notes.
fn on_blocks(change: impl Fn(&mut Value) + 'static) -> Tamper {
    Box::new(move |method, answer| {
        if method == "sero_getShieldedBlocks" {
            answer["blocks"].as_array_mut().unwrap().iter_mut().for_each(&change);
        }
    })
}

#[test]
fn a_lying_node_is_caught_and_nothing_changes() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    let mut bob = funded(&chain, 10 * SERO);
    send(&mut bob, &chain, &request(alice.address(), SERO));
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    chain.settle();
    chain.fund(&alice.one_time_address(None).unwrap(), coin(), SERO);
    chain.settle();
    type Check = fn(&ScanError) -> bool;
    let cases: Vec<(&str, Tamper, Check)> = vec![
        (
            "wrong root",
            on_blocks(|block| block["pools"][0]["anchor"] = json!(B256::with_last_byte(7))),
            |error| matches!(error, ScanError::Root { .. }),
        ),
        ("swapped notes", on_blocks(|block| block["notes"].as_array_mut().unwrap().reverse()), |error| {
            matches!(error, ScanError::Position { .. })
        }),
        (
            "swapped notes with positions set right",
            on_blocks(|block| {
                let notes = block["notes"].as_array_mut().unwrap();
                let positions: Vec<_> = notes.iter().map(|note| note["position"].clone()).collect();
                notes.reverse();
                notes.iter_mut().zip(positions).for_each(|(note, position)| note["position"] = position);
            }),
            |error| matches!(error, ScanError::Root { .. }),
        ),
        ("a note left out", on_blocks(|block| drop(block["notes"].as_array_mut().unwrap().pop())), |error| {
            matches!(error, ScanError::Position { .. } | ScanError::NoteCount { .. })
        }),
        (
            "a fake amount",
            on_blocks(|block| {
                let notes = block["notes"].as_array_mut().unwrap().iter_mut();
                notes
                    .filter(|note| note["kind"] == "public")
                    .for_each(|note| note["amount"] = json!("0xffffffffffffffffffff"));
            }),
            |error| matches!(error, ScanError::Commitment { .. }),
        ),
        (
            "a fake amount with its commitment",
            on_blocks(|block| {
                let notes = block["notes"].as_array_mut().unwrap().iter_mut();
                for note in notes.filter(|note| note["kind"] == "public") {
                    let pkr = hex::decode(note["pkr"].as_str().unwrap()).unwrap();
                    let pkr =
                        sero_shielded::keys::OneTimeAddress::from_bytes(&pkr.try_into().unwrap()).unwrap();
                    let cm = sero_shielded::note::public_note_commitment(&pkr, coin(), 1 << 90).unwrap();
                    note["amount"] = json!(format!("{:#x}", 1u128 << 90));
                    note["commitment"] = json!(B256::from(sero_shielded::field::field_to_bytes(&cm)));
                }
            }),
            |error| matches!(error, ScanError::Root { .. }),
        ),
        (
            "a block twice",
            Box::new(|method, answer| {
                if method == "sero_getShieldedBlocks" {
                    let blocks = answer["blocks"].as_array_mut().unwrap();
                    if let Some(block) = blocks.first().cloned() {
                        blocks.push(block);
                    }
                }
            }),
            |error| matches!(error, ScanError::BlockOrder { .. }),
        ),
        (
            "no progress",
            Box::new(|method, answer| {
                if method == "sero_getShieldedBlocks" {
                    answer["nextBlock"] = json!("0x0");
                }
            }),
            |error| matches!(error, ScanError::PageOrder { .. }),
        ),
        (
            "a page left out",
            Box::new(|method, answer| {
                if method == "sero_getShieldedBlocks" && answer["nextBlock"] == "0x7" {
                    answer["blocks"] = json!([]);
                }
            }),
            |error| matches!(error, ScanError::Position { .. }),
        ),
        (
            "a short ciphertext",
            on_blocks(|block| {
                let notes = block["notes"].as_array_mut().unwrap().iter_mut();
                notes
                    .filter(|note| note["kind"] == "hidden")
                    .for_each(|note| note["ciphertext"] = json!("0x00"));
            }),
            |error| matches!(error, ScanError::Malformed { .. }),
        ),
        (
            "a commitment not below r",
            on_blocks(|block| {
                let notes = block["notes"].as_array_mut().unwrap().iter_mut();
                notes.for_each(|note| note["commitment"] = json!(B256::repeat_byte(0xff)));
            }),
            |error| matches!(error, ScanError::Client(ClientError::Malformed { .. })),
        ),
        (
            "not an answer",
            Box::new(|_, answer| {
                if answer.get("blocks").is_some() {
                    *answer = json!("hello");
                }
            }),
            |error| matches!(error, ScanError::Client(ClientError::Malformed { .. })),
        ),
    ];
    for (name, tamper, check) in cases {
        *chain.tamper.borrow_mut() = Some(tamper);
        let error = scan_error(&mut alice, &chain);
        assert!(check(&error), "{name}: {error}");
        assert_eq!(holds(&alice, coin()), (0, 0), "{name}");
    }
    *chain.tamper.borrow_mut() = None;
    // What no wallet can see at once is a page withheld at the end; it comes
    // out with the next note, and a rescan at an honest node heals it.
    alice.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (3 * SERO, 0));
}

fn note(to: sero_shielded::keys::PaymentAddress, amount: u128) -> HiddenNote {
    HiddenNote { to, asset: coin(), amount, rseed: sero_wallet::random::bytes().unwrap() }
}

#[test]
fn cheating_notes_are_ignored_and_the_scan_goes_on() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    let stranger = wallet(&chain);
    let address = alice.address();
    let cv = |amount| {
        let rcv = sero_wallet::random::scalar().unwrap();
        value_commitment(&coin().generator().unwrap(), amount, &rcv)
    };
    // Encrypted to Alice, committed to somebody else or to less.
    let promised = note(address, 1_000 * SERO);
    for real in [note(stranger.address(), 1_000 * SERO), note(address, 1), promised.clone()] {
        let cm = real.commitment(&real.secrets().unwrap()).unwrap();
        let wrong = if real.rseed == promised.rseed { cm + Field::from(1u8) } else { cm };
        let cv = cv(promised.amount);
        let encrypted = encrypt(&promised, &memo("gift"), &wrong, &cv, &[1; 32]).unwrap();
        chain.raw_hidden(wrong, encrypted.to_log(&cv));
    }
    // Another ephemeral key than the seed's: nobody but its maker could open it later.
    let cm = promised.commitment(&promised.secrets().unwrap()).unwrap();
    let cv = cv(promised.amount);
    let mut encrypted = encrypt(&promised, &memo("gift"), &cm, &cv, &[1; 32]).unwrap();
    encrypted.epk = multiply(&encrypted.epk, &sero_shielded::field::Scalar::from(2u8));
    chain.raw_hidden(cm, encrypted.to_log(&cv));
    // Garbage of the right length.
    let mut garbage = [point_to_bytes(&cv), point_to_bytes(&encrypted.epk)].concat();
    garbage.extend([0xab; 276]);
    chain.raw_hidden(Field::from(5u8), garbage);
    // Nothing at all, and an address of hers that she never made.
    let unknown = alice.viewing_key().address(500);
    chain.fund_hidden(&[(note(address, 0), memo("zero")), (note(unknown, SERO), memo("far"))]);
    chain.fund(&sero_shielded::keys::OneTimeAddress::derive(&unknown, &[1; 32]).unwrap(), coin(), SERO);
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (0, 0));
    assert!(alice.history().is_empty());

    // Memos that are no text arrive, and do not reach a terminal as they are.
    let memos: [&[u8]; 4] = [&[0xff; MEMO_LEN_MAX], b"\x1b[2Jgone", "\u{202e}evil".as_bytes(), b"fine"];
    let notes: Vec<_> = memos.iter().map(|bytes| (note(address, SERO), Memo::new(bytes).unwrap())).collect();
    chain.fund_hidden(&notes);
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (4 * SERO, 0));
    let shown: Vec<_> =
        alice.history().iter().map(|entry| entry.transfers[0].memo.clone().unwrap()).collect();
    assert!(shown[..3].iter().all(|memo| memo.starts_with("0x")), "{shown:?}");
    assert_eq!(shown[3], "fine");
}

#[test]
fn many_foreign_notes_do_not_hinder_spending() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 2 * SERO);
    let stranger = wallet(&chain).address();
    for _ in 0..3 {
        let notes: Vec<_> = (0..100).map(|_| (note(stranger, 1), Memo::default())).collect();
        chain.fund_hidden(&notes);
    }
    chain.settle();
    sync(&mut alice, &chain);
    send(&mut alice, &chain, &request(stranger, SERO));
    chain.settle();
    sync(&mut alice, &chain);
    assert!(holds(&alice, coin()).0 > SERO / 2);
}

#[test]
fn lies_about_assets_are_caught() {
    let chain = FakeChain::new();
    let gold = chain.token("GOLD", 2);
    let mut alice = wallet(&chain);
    let client = Client::new(&chain);
    *chain.tamper.borrow_mut() = Some(Box::new(|method, answer| {
        if method == "sero_getAsset" {
            answer["name"] = json!("SILVER");
        }
    }));
    assert!(matches!(alice.resolve(&client, "GOLD"), Err(WalletError::Client(ClientError::AssetLie(_)))));
    *chain.tamper.borrow_mut() = None;
    assert_eq!(alice.resolve(&client, "GOLD").unwrap().id, gold);
    assert_eq!(alice.resolve(&client, &gold.to_string()).unwrap().name, "GOLD");
    let unknown = alice.resolve(&client, "LEAD").unwrap_err();
    assert!(unknown.to_string().contains("`LEAD` does not exist"), "{unknown}");
    // The coin is never asked for.
    chain.log.take();
    assert_eq!(alice.resolve(&client, "SERO").unwrap().id, coin());
    assert!(chain.log.take().is_empty());
}

/// Bytes of a note's plaintext before the memo's length.
const PLAIN_LEN: usize = 114 + MEMO_LEN_MAX;

/// `note` as its receiver gets it, the plaintext changed before it is sealed:
/// view tag and cipher are in order.
fn sealed(note: &HiddenNote, change: impl Fn(&mut [u8; PLAIN_LEN])) -> (Field, Vec<u8>) {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
    let secrets = note.secrets().unwrap();
    let cm = note.commitment(&secrets).unwrap();
    let rcv = sero_wallet::random::scalar().unwrap();
    let cv = value_commitment(&note.asset.generator().unwrap(), note.amount, &rcv);
    let mut encrypted = encrypt(note, &memo("hello"), &cm, &cv, &[1; 32]).unwrap();
    let shared = multiply(&note.to.e, &secrets.esk);
    let parts = [point_to_bytes(&shared), point_to_bytes(&encrypted.epk)];
    let key = sero_shielded::hash::blake2b_32("SERO_note_key", &[&parts[0], &parts[1]]);
    let cipher = ChaCha20Poly1305::new(&Key::from(key));
    let aad = sero_shielded::field::field_to_bytes(&cm);
    let payload = Payload { msg: encrypted.enc_note.as_slice(), aad: &aad };
    let mut plain: [u8; PLAIN_LEN] = cipher.decrypt(&Nonce::default(), payload).unwrap().try_into().unwrap();
    change(&mut plain);
    let again = cipher.encrypt(&Nonce::default(), Payload { msg: &plain, aad: &aad }).unwrap();
    encrypted.enc_note = again.try_into().unwrap();
    (cm, encrypted.to_log(&cv))
}

#[test]
fn well_sealed_nonsense_is_ignored() {
    let chain = FakeChain::new();
    let mut alice = wallet(&chain);
    let other = sero_shielded::field::field_to_bytes(&wallet(&chain).address().owner);
    type Change = Box<dyn Fn(&mut [u8; PLAIN_LEN])>;
    let set = |place: usize, value: u8| -> Change { Box::new(move |plain| plain[place] = value) };
    let fill =
        |from: usize, to: usize, value: u8| -> Change { Box::new(move |plain| plain[from..to].fill(value)) };
    let cases: Vec<(&str, Change)> = vec![
        ("lead byte 0", set(0, 0)),
        ("lead byte 2", set(0, 2)),
        ("lead byte 255", set(0, 255)),
        ("an owner not below r", fill(1, 33, 0xff)),
        ("somebody else's owner", Box::new(move |plain| plain[1..33].copy_from_slice(&other))),
        ("owner 0", fill(1, 33, 0)),
        ("an asset not below r", fill(33, 65, 0xff)),
        ("another asset", set(64, 9)),
        ("one unit more", Box::new(|plain| plain[80] ^= 1)),
        ("more than any supply", fill(65, 81, 0xff)),
        ("nothing", fill(65, 81, 0)),
        ("another seed", set(81, 0x5a)),
        ("a memo longer than its place", set(113, 65)),
        ("a memo of 255 bytes", set(113, 255)),
        ("something behind the memo", set(PLAIN_LEN - 1, 1)),
    ];
    let count = cases.len();
    for (case, change) in cases {
        let (cm, log) = sealed(&note(alice.address(), 123 * SERO), change);
        chain.raw_hidden(cm, log);
        chain.settle();
        sync(&mut alice, &chain);
        assert_eq!((holds(&alice, coin()), alice.notes().len()), ((0, 0), 0), "{case}");
    }
    assert!(alice.history().is_empty() && count == 15);
    // The same way without a change arrives, so the cases above fail for their reason.
    let (cm, log) = sealed(&note(alice.address(), 123 * SERO), |_| ());
    chain.raw_hidden(cm, log);
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (123 * SERO, 0));
}

/// A node that shows bad points cannot see whether their view tags matched, and hides no more than by withholding.
#[test]
fn bad_points_are_nobodys_notes_whatever_their_tags() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, SERO);
    chain.fund_hidden(&[(note(alice.address(), SERO), Memo::default())]);
    chain.settle();
    let minus_one = field_to_bytes(&-Field::from(1u8));
    let one = sero_shielded::field::field_to_bytes(&Field::from(1u8));
    let off_curve = (2u64..)
        .map(|y| sero_shielded::field::field_to_bytes(&Field::from(y)))
        .find(|bytes| point_from_bytes(bytes) == Err(PointError::OffCurve))
        .unwrap();
    // (0, -1) of order 2, the identity, a point off the curve, x or y not below r.
    let cases =
        [("order 2", minus_one), ("identity", one), ("off the curve", off_curve), ("too large", [0xff; 32])];
    let mut matched = 0;
    for (case, epk) in cases {
        // The node guesses what the wallet will compute, rightly or not, and watches.
        let ivk = scalar_from_bytes(alice.viewing_key().incoming().to_bytes().expose()).unwrap();
        let height = height_from_bytes(&epk).unwrap_or_default();
        let right = field_to_bytes(&multiply_heights(Path::best(), &ivk, &[height])[0]);
        for guess in [right, minus_one, off_curve] {
            let tag = blake2b("SERO_note_tag", &[&guess, &epk]);
            let log = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
            let shown = log.clone();
            *chain.tamper.borrow_mut() = Some(on_blocks(move |block| {
                for note in
                    block["notes"].as_array_mut().unwrap().iter_mut().filter(|note| note["kind"] == "hidden")
                {
                    let mut log = hex::decode(note["ciphertext"].as_str().unwrap()).unwrap();
                    log[32..64].copy_from_slice(&epk);
                    log[64..66].copy_from_slice(&tag[..2]);
                    note["ciphertext"] = json!(hex::encode_prefixed(&log));
                    *shown.borrow_mut() = log;
                }
            }));
            alice.rescan(&Client::new(&chain), &mut |_| ()).expect(case);
            let view = alice.viewing_key();
            let looked = may_read(view.incoming(), view.ovk(), &[(&log.borrow(), Field::from(1u8))]);
            matched += u32::from(looked == [Ok(true)]);
            assert_eq!(holds(&alice, coin()), (SERO, 0), "{case}");
        }
    }
    assert!(matched >= 3, "{matched} guesses were right");
    *chain.tamper.borrow_mut() = None;
    alice.rescan(&Client::new(&chain), &mut |_| ()).unwrap();
    assert_eq!(holds(&alice, coin()), (2 * SERO, 0));
}

#[test]
fn odd_but_real_notes_count_once_each_and_wedge_nothing() {
    let chain = FakeChain::new();
    let mut alice = funded(&chain, 5 * SERO);
    let unknown = sero_shielded::asset::AssetId::ticket(&coin(), &[7; 32]);
    let twice = note(alice.address(), SERO);
    let huge = HiddenNote { asset: unknown, ..note(alice.address(), u128::MAX) };
    let strange = HiddenNote { rseed: [9; 32], ..huge.clone() };
    // The same note at three places has three nullifiers; each is paid for.
    chain.fund_hidden(&vec![(twice.clone(), Memo::default()); 3]);
    // More than any supply can be: no sound chain has it, and a wallet that
    // meets it shows it under its own id and stays usable.
    chain.inner.borrow_mut().hidden.insert(unknown, 0);
    for note in [huge, strange] {
        chain.inner.borrow_mut().hidden.insert(unknown, 0);
        chain.fund_hidden(&[(note, Memo::default())]);
    }
    chain.settle();
    sync(&mut alice, &chain);
    assert_eq!(holds(&alice, coin()), (8 * SERO, 0));
    assert_eq!(holds(&alice, unknown), (u128::MAX, 0));
    let nullifiers: std::collections::HashSet<_> = alice.notes().iter().map(|note| note.nullifier).collect();
    assert_eq!(nullifiers.len(), alice.notes().len());
    let to = wallet(&chain).address();
    let client = Client::new(&chain);
    let plan = alice.plan_send(&client, &request(to, 7 * SERO)).unwrap();
    plan.build().unwrap().prove(&crate::chain::NullProver, &|_, _| ()).unwrap();
    let odd = sero_wallet::SendRequest::new(to, unknown, 5, Memo::default());
    alice.plan_send(&client, &odd).unwrap().build().unwrap();
    send(&mut alice, &chain, &request(to, 7 * SERO));
}
