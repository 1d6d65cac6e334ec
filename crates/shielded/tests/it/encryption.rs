use crate::note::{asset, hidden};
use crate::vectors::{self, Case};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sero_shielded::bundle::CodecError;
use sero_shielded::curve::point_to_bytes;
use sero_shielded::encryption::{
    DecryptedNote, EncryptedNote, Memo, MemoTooLong, decrypt_incoming, decrypt_outgoing, encrypt, may_read,
};
use sero_shielded::field::field_to_bytes;
use sero_shielded::hash::blake2b_32;
use sero_shielded::keys::IncomingKey;
use sero_shielded::note::value_commitment;

fn ivk(case: &Case) -> IncomingKey {
    IncomingKey::from_bytes(&case.array("ivk")).unwrap_or_else(|error| panic!("{case}.ivk: {error}"))
}

fn encrypted(case: &Case) -> EncryptedNote {
    EncryptedNote {
        epk: case.point("epk"),
        view_tag: case.array("view_tag"),
        enc_note: case.array("enc_note"),
        out_ct: case.array("out_ct"),
    }
}

/// Compares what was read with `expected`, an object of the case or null. A
/// note of amount 0 is read here and hidden by the wallet; the vectors say null.
fn compare(found: Option<DecryptedNote>, case: &Case, expected: &str) {
    let shown = found.filter(|found| found.note.amount > 0);
    assert_eq!(shown.is_none(), case.is_null(expected), "{case}.{expected}");
    let Some(found) = shown else { return };
    let expected = case.object(expected);
    assert_eq!(found.note.to.to_bytes(), expected.array("PK"), "{expected}");
    assert_eq!(found.note.asset, asset(&expected), "{expected}");
    assert_eq!(found.note.amount, expected.number("v"), "{expected}");
    assert_eq!(found.note.rseed, expected.array("rseed"), "{expected}");
    assert_eq!(found.memo.as_bytes(), expected.bytes("memo"), "{expected}");
}

#[test]
fn vectors() {
    let (mut dummies, mut other_ivk, mut other_ovk) = (0, None, None);
    let mut looks = (0, 0);
    vectors::run("encryption", |case| {
        let (cm, cv, ovk) = (case.field("cm"), case.point("cv"), case.array("ovk"));
        let on_chain = encrypted(case);
        match case.kind() {
            "encrypt" => {
                let note = hidden(case);
                let secrets = note.secrets().expect("secrets");
                assert_eq!(note.commitment(&secrets), Ok(cm), "{case}");
                let generator = note.asset.generator().expect("generator");
                assert_eq!(value_commitment(&generator, note.amount, &case.scalar("rcv")), cv, "{case}");
                let memo = Memo::new(&case.bytes("memo")).expect("memo");
                assert_eq!(encrypt(&note, &memo, &cm, &cv, &ovk).as_ref(), Some(&on_chain), "{case}");
                let (wrong_ivk, wrong_ovk) = strangers();
                compare(decrypt_incoming(&wrong_ivk, &on_chain, &cm), case, "incoming_wrong_ivk");
                compare(decrypt_outgoing(&wrong_ovk, &on_chain, &cm, &cv), case, "outgoing_wrong_ovk");
                if note.amount == 0 {
                    dummies += 1;
                    let readers = [
                        decrypt_incoming(&ivk(case), &on_chain, &cm),
                        decrypt_outgoing(&ovk, &on_chain, &cm, &cv),
                    ];
                    assert!(
                        readers.iter().all(Option::is_some),
                        "{case}: a dummy can be read, and is not shown"
                    );
                }
                (other_ivk, other_ovk) = (Some(case.bytes("ivk")), Some(ovk));
            }
            "decrypt" => {}
            kind => panic!("{case}: unknown kind {kind}"),
        }
        compare(decrypt_incoming(&ivk(case), &on_chain, &cm), case, "incoming");
        compare(decrypt_outgoing(&ovk, &on_chain, &cm, &cv), case, "outgoing");
        // The first look never misses what a full one finds.
        let log = on_chain.to_log(&cv);
        let (wrong_ivk, wrong_ovk) = strangers();
        for ivk in [ivk(case), wrong_ivk] {
            for ovk in [ovk, wrong_ovk] {
                let found = decrypt_incoming(&ivk, &on_chain, &cm).is_some()
                    || decrypt_outgoing(&ovk, &on_chain, &cm, &cv).is_some();
                let may = may_read(&ivk, &ovk, &[(&log, cm)]);
                let may = may[0].clone().expect("a log");
                assert!(may || !found, "{case}");
                looks.0 += u32::from(may);
                looks.1 += u32::from(!may);
            }
        }
    });
    assert!(looks.0 > 0 && looks.1 > 0, "{looks:?}");
    assert_eq!(dummies, 1);
    let (wrong_ivk, wrong_ovk) = strangers();
    assert_ne!(other_ivk.as_deref(), Some(wrong_ivk.to_bytes().expose().as_slice()));
    assert_ne!(other_ovk, Some(wrong_ovk));
}

/// Alice's incoming key and Bob's outgoing key, where Alice pays Bob.
fn strangers() -> (IncomingKey, [u8; 32]) {
    let cases = vectors::cases("keys");
    let keys: Vec<_> = cases.iter().filter(|case| case.kind() == "keys").collect();
    (ivk(keys[0]), keys[2].array("ovk"))
}

/// Either key alone is enough for the first look; length and `epk` are checked.
#[test]
fn the_first_look() {
    let case =
        vectors::cases("encryption").into_iter().find(|case| case.kind() == "encrypt").expect("a case");
    let (cm, cv, ovk) = (case.field("cm"), case.point("cv"), case.array("ovk"));
    let log = encrypted(&case).to_log(&cv);
    let (wrong_ivk, wrong_ovk) = strangers();
    let look = |ivk: &IncomingKey, ovk: &[u8; 32], log: &[u8]| {
        let alone = may_read(ivk, ovk, &[(log, cm)]);
        assert_eq!(alone.len(), 1);
        alone[0].clone()
    };
    assert_eq!(look(&ivk(&case), &wrong_ovk, &log), Ok(true));
    assert_eq!(look(&wrong_ivk, &ovk, &log), Ok(true));
    assert_eq!(look(&wrong_ivk, &wrong_ovk, &log), Ok(false));
    for length in 0..log.len() {
        let error = look(&ivk(&case), &ovk, &log[..length]).expect_err("too short");
        assert!(matches!(error, CodecError::Truncated { .. }), "{length}: {error}");
    }
    assert_eq!(look(&ivk(&case), &ovk, &[&log[..], &[0]].concat()), Err(CodecError::Trailing(1)));
    // A bad point is nobody's note, and no error: a node must not see whose tag would have matched.
    for (bad, _) in crate::point::hostile() {
        let log = [&log[..32], &bad, &log[64..]].concat();
        assert_eq!(look(&ivk(&case), &ovk, &log), Ok(false));
    }
    // Many at once, each with its own answer.
    let foreign = {
        let mut log = log.clone();
        log[64] ^= 1;
        log
    };
    let notes: Vec<(&[u8], _)> =
        (0..50).map(|i| (if i % 7 == 3 { &log[..] } else { &foreign[..] }, cm)).collect();
    let notes = [&notes[..], &[(&log[1..], cm)]].concat();
    let verdicts = may_read(&ivk(&case), &wrong_ovk, &notes);
    for (i, verdict) in verdicts[..50].iter().enumerate() {
        assert_eq!(*verdict, Ok(i % 7 == 3), "{i}");
    }
    assert!(verdicts[50].is_err());
    assert!(may_read(&ivk(&case), &ovk, &[]).is_empty());
}

/// The view tag binds the whole of `S`: both signs of its `x` are tried.
#[test]
fn the_first_look_knows_neither_sign() {
    let mut signs = [0u32; 2];
    for case in vectors::cases("encryption").into_iter().filter(|case| case.kind() == "encrypt") {
        let (cm, cv, ovk) = (case.field("cm"), case.point("cv"), case.array::<32>("ovk"));
        let on_chain = encrypted(&case);
        let (ivk, _) = (ivk(&case), ovk);
        let shared = point_to_bytes(&ivk.shared_secret(&on_chain.epk));
        signs[usize::from(shared[0] >> 7)] += 1;
        let log = on_chain.to_log(&cv);
        assert_eq!(may_read(&ivk, &strangers().1, &[(&log, cm)]), [Ok(true)]);
    }
    assert!(signs[0] > 0 && signs[1] > 0, "{signs:?}");
}

#[test]
fn a_memo_has_at_most_64_bytes() {
    assert!(Memo::new(&[7; 64]).is_ok());
    assert_eq!(Memo::new(&[7; 65]), Err(MemoTooLong(65)));
}

/// Whoever pays can seal any bytes under the right key; the reader checks them all.
#[test]
fn well_sealed_nonsense_is_not_read() {
    let case =
        vectors::cases("encryption").into_iter().find(|case| case.kind() == "encrypt").expect("a case");
    let (cm, cv, ovk) = (case.field("cm"), case.point("cv"), case.array("ovk"));
    let on_chain = encrypted(&case);
    let shared = ivk(&case).shared_secret(&on_chain.epk);
    let key = blake2b_32("SERO_note_key", &[&point_to_bytes(&shared), &point_to_bytes(&on_chain.epk)]);
    let cipher = ChaCha20Poly1305::new(&Key::from(key));
    let aad = field_to_bytes(&cm);
    let open =
        |msg: &[u8]| cipher.decrypt(&Nonce::default(), Payload { msg, aad: &aad }).expect("the right key");
    let seal = |msg: &[u8]| cipher.encrypt(&Nonce::default(), Payload { msg, aad: &aad }).expect("short");
    let plain = open(&on_chain.enc_note);
    let reads = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = plain.clone();
        change(&mut changed);
        let note =
            EncryptedNote { enc_note: seal(&changed).try_into().expect("194 bytes"), ..on_chain.clone() };
        let incoming = decrypt_incoming(&ivk(&case), &note, &cm).map(|found| found.memo.as_bytes().to_vec());
        let outgoing = decrypt_outgoing(&ovk, &note, &cm, &cv).map(|found| found.memo.as_bytes().to_vec());
        assert_eq!(incoming, outgoing);
        incoming
    };
    // version 1 | O 32 | asset 32 | v 16 | rseed 32 | memo length 1 | memo 64
    assert_eq!((plain.len(), plain[113]), (178, 0), "the first case has no memo");
    assert_eq!(reads(&|_| ()), Some(vec![]));
    // The memo is the payer's to choose: nothing else commits to it.
    assert_eq!(reads(&|plain| (plain[113], plain[114]) = (1, b'x')), Some(b"x".to_vec()));
    assert_eq!(reads(&|plain| plain[113] = 64), Some(vec![0; 64]));
    for version in [0, 2, 0xff] {
        assert_eq!(reads(&|plain| plain[0] = version), None, "version {version}");
    }
    for length in [65, 0xff] {
        assert_eq!(reads(&|plain| plain[113] = length), None, "memo of {length} bytes");
    }
    for at in 114..178 {
        assert_eq!(reads(&|plain| plain[at] = 1), None, "padding byte {at}");
    }
    for at in [1, 33] {
        assert_eq!(reads(&|plain| plain[at..at + 32].fill(0xff)), None, "not canonical at {at}");
    }
    for at in 1..113 {
        assert_eq!(reads(&|plain| plain[at] ^= 1), None, "byte {at}");
    }
}
