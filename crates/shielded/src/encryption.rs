//! Encryption of hidden notes: ChaCha20-Poly1305 under keys from a
//! Diffie-Hellman point. Every key is used once, so the nonce is zero.

use crate::asset::AssetId;
use crate::bundle::{CodecError, RawLog};
use crate::curve::{
    Point, SIGN_BIT, height_from_bytes, multiply, multiply_heights, point_from_bytes, point_to_bytes,
};
use crate::field::{Field, Scalar, field_from_bytes, field_to_bytes, scalar_from_bytes, scalar_to_bytes};
use crate::hash::{blake2b, blake2b_32};
use crate::keys::{IncomingKey, PaymentAddress};
use crate::note::{HiddenNote, MEMO_LEN_MAX};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sero_lanes::Path;
use zeroize::Zeroize;

/// Plaintext: version 1 | `O` 32 | asset 32 | `v` 16 | rseed 32 | memo length 1 | memo 64.
const NOTE_PLAIN_LEN: usize = 1 + 32 + 32 + 16 + 32 + 1 + MEMO_LEN_MAX;
/// Bytes of `enc_note`: the plaintext and a 16-byte tag.
pub const ENC_NOTE_LEN: usize = NOTE_PLAIN_LEN + 16;
/// Bytes of `out_ct`: `E` 32 | `esk` 32 | tag 16.
pub const OUT_CT_LEN: usize = 80;
const NOTE_VERSION: u8 = 1;

/// A memo of at most [`MEMO_LEN_MAX`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memo(Vec<u8>);

/// A memo is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("memo has {0} bytes, at most 64 are allowed")]
pub struct MemoTooLong(pub usize);

impl Memo {
    /// Checks the length.
    pub fn new(bytes: &[u8]) -> Result<Self, MemoTooLong> {
        if bytes.len() > MEMO_LEN_MAX {
            return Err(MemoTooLong(bytes.len()));
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The memo's bytes; they need not be UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The encrypted parts of an output, as they appear on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedNote {
    /// `esk * H2C(O)`.
    pub epk: Point,
    /// First two bytes of `BLAKE2b("SERO_note_tag"; S, epk)`.
    pub view_tag: [u8; 2],
    /// The note for its receiver.
    pub enc_note: [u8; ENC_NOTE_LEN],
    /// `E` and `esk` for the sender's `ovk`.
    pub out_ct: [u8; OUT_CT_LEN],
}

/// A note with its memo, as somebody with the right key reads it.
#[derive(Clone)]
pub struct DecryptedNote {
    /// The note.
    pub note: HiddenNote,
    /// The memo.
    pub memo: Memo,
}

/// Encrypts `note`. `cm` and `cv` are the output's; `ovk` is the sender's
/// outgoing viewing key, or 32 random bytes where nobody shall recover it.
/// `None` if the note has no valid secrets (never for random `rseed`).
pub fn encrypt(
    note: &HiddenNote,
    memo: &Memo,
    cm: &Field,
    cv: &Point,
    ovk: &[u8; 32],
) -> Option<EncryptedNote> {
    let secrets = note.secrets()?;
    let epk = note.epk(&secrets);
    let shared = multiply(&note.to.e, &secrets.esk);
    let cm_bytes = field_to_bytes(cm);

    let mut plain = [0u8; NOTE_PLAIN_LEN];
    plain[0] = NOTE_VERSION;
    plain[1..33].copy_from_slice(&field_to_bytes(&note.to.owner));
    plain[33..65].copy_from_slice(&note.asset.to_bytes());
    plain[65..81].copy_from_slice(&note.amount.to_be_bytes());
    plain[81..113].copy_from_slice(&note.rseed);
    plain[113] = u8::try_from(memo.0.len()).expect("memo length was checked");
    plain[114..114 + memo.0.len()].copy_from_slice(&memo.0);

    let mut outgoing = [0u8; 64];
    outgoing[..32].copy_from_slice(&point_to_bytes(&note.to.e));
    outgoing[32..].copy_from_slice(&scalar_to_bytes(&secrets.esk));

    Some(EncryptedNote {
        epk,
        view_tag: view_tag(&shared, &epk),
        enc_note: seal(&note_key(&shared, &epk), &plain, &cm_bytes).try_into().expect("fixed length"),
        out_ct: seal(&outgoing_key(ovk, cm, cv, &epk), &outgoing, &cm_bytes)
            .try_into()
            .expect("fixed length"),
    })
}

/// Tries to read an output as its receiver. `None` unless the view tag, the
/// cipher's tag, `epk`, `O_r` and `cm` all agree with the plaintext.
pub fn decrypt_incoming(ivk: &IncomingKey, encrypted: &EncryptedNote, cm: &Field) -> Option<DecryptedNote> {
    let shared = ivk.shared_secret(&encrypted.epk);
    if view_tag(&shared, &encrypted.epk) != encrypted.view_tag {
        return None;
    }
    let plain = open(&note_key(&shared, &encrypted.epk), &encrypted.enc_note, &field_to_bytes(cm))?;
    parse(&plain, encrypted, cm, |owner| ivk.address_of(owner))
}

/// Tries to read an output as its sender.
pub fn decrypt_outgoing(
    ovk: &[u8; 32],
    encrypted: &EncryptedNote,
    cm: &Field,
    cv: &Point,
) -> Option<DecryptedNote> {
    let cm_bytes = field_to_bytes(cm);
    let outgoing = open(&outgoing_key(ovk, cm, cv, &encrypted.epk), &encrypted.out_ct, &cm_bytes)?;
    let e = point_from_bytes(outgoing[..32].try_into().ok()?).ok()?;
    let esk: Scalar = scalar_from_bytes(outgoing[32..].try_into().ok()?).ok()?;
    let plain = open(&note_key(&multiply(&e, &esk), &encrypted.epk), &encrypted.enc_note, &cm_bytes)?;
    parse(&plain, encrypted, cm, |owner| PaymentAddress { owner, e })
}

/// Whether the keys may read the note of each log ([`EncryptedNote::to_log`]): a scan's cheap first look. After
/// `false` both [`decrypt_incoming`] and [`decrypt_outgoing`] give `None`; after `true` (two foreign notes in 65536 too)
/// they decide. An error is about the length of a log.
///
/// Nothing is decompressed: the shared secret's `y` follows from that of `epk`, and its sign is one of two. Whether `epk` is
/// a point of the subgroup is therefore not seen here. Consensus has checked it, and whoever reads after `true` checks it
/// again. For a node that lies, the caller must do the same about a log that has a bad point, whether the answer was `true` or
/// `false`; what the node could learn from a difference is told in docs/spec/10-wallet.md.
pub fn may_read(
    ivk: &IncomingKey,
    ovk: &[u8; 32],
    notes: &[(&[u8], Field)],
) -> Vec<Result<bool, CodecError>> {
    let logs: Vec<_> = notes.iter().map(|(log, _)| RawLog::read(log)).collect();
    // An encoding that is no element cannot be read; 0 stands for it.
    let height = |log: &Result<RawLog, _>| log.as_ref().ok().and_then(|log| height_from_bytes(&log.epk).ok());
    let heights: Vec<Option<Field>> = logs.iter().map(height).collect();
    let starts: Vec<Field> = heights.iter().map(|height| height.unwrap_or_default()).collect();
    let mut shared = multiply_heights(Path::best(), ivk.scalar(), &starts);
    let verdicts = logs.into_iter().zip(notes).zip(heights.iter().zip(&shared));
    let verdicts = verdicts.map(|((log, (_, cm)), (height, shared))| {
        log.map(|log| height.is_some() && (log.is_for(shared) || log.is_from(ovk, cm)))
    });
    let verdicts = verdicts.collect();
    shared.zeroize();
    verdicts
}

impl RawLog {
    /// Whether the view tag is that of a shared secret with this `y`.
    fn is_for(&self, height: &Field) -> bool {
        let even = field_to_bytes(height);
        let mut odd = even;
        odd[0] |= SIGN_BIT;
        [even, odd].iter().any(|shared| view_tag_of_bytes(shared, &self.epk) == self.view_tag)
    }

    /// Whether the sender's key opens it.
    fn is_from(&self, ovk: &[u8; 32], cm: &Field) -> bool {
        let key = outgoing_key_of_bytes(ovk, cm, &self.cv, &self.epk);
        open(&key, &self.out_ct, &field_to_bytes(cm)).is_some()
    }
}

/// What the payee of `note` reads in an output, by somebody who knows `note`:
/// `None` unless view tag, cipher and `cm` give the payee exactly this note.
pub fn read_as_payee(note: &HiddenNote, encrypted: &EncryptedNote, cm: &Field) -> Option<Memo> {
    let shared = multiply(&note.to.e, &note.secrets()?.esk);
    if view_tag(&shared, &encrypted.epk) != encrypted.view_tag {
        return None;
    }
    let plain = open(&note_key(&shared, &encrypted.epk), &encrypted.enc_note, &field_to_bytes(cm))?;
    let found = parse(&plain, encrypted, cm, |owner| PaymentAddress { owner, e: note.to.e })?;
    // The payee derives `E` from `O`: another `O` would give another shared secret.
    (found.note == *note).then_some(found.memo)
}

fn parse(
    plain: &[u8],
    encrypted: &EncryptedNote,
    cm: &Field,
    address: impl FnOnce(Field) -> PaymentAddress,
) -> Option<DecryptedNote> {
    if plain.len() != NOTE_PLAIN_LEN || plain[0] != NOTE_VERSION {
        return None;
    }
    let memo_len = usize::from(plain[113]);
    let (memo, padding) = plain[114..].split_at_checked(memo_len)?;
    if padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    let note = HiddenNote {
        to: address(field_from_bytes(plain[1..33].try_into().ok()?).ok()?),
        asset: AssetId::from_bytes(plain[33..65].try_into().ok()?).ok()?,
        amount: u128::from_be_bytes(plain[65..81].try_into().ok()?),
        rseed: plain[81..113].try_into().ok()?,
    };
    let secrets = note.secrets()?;
    let matches = note.epk(&secrets) == encrypted.epk && note.commitment(&secrets).ok()? == *cm;
    matches.then(|| DecryptedNote { note, memo: Memo(memo.to_vec()) })
}

fn note_key(shared: &Point, epk: &Point) -> [u8; 32] {
    blake2b_32("SERO_note_key", &[&point_to_bytes(shared), &point_to_bytes(epk)])
}

fn view_tag(shared: &Point, epk: &Point) -> [u8; 2] {
    view_tag_of_bytes(&point_to_bytes(shared), &point_to_bytes(epk))
}

fn view_tag_of_bytes(shared: &[u8; 32], epk: &[u8; 32]) -> [u8; 2] {
    let hash = blake2b("SERO_note_tag", &[shared, epk]);
    [hash[0], hash[1]]
}

fn outgoing_key(ovk: &[u8; 32], cm: &Field, cv: &Point, epk: &Point) -> [u8; 32] {
    outgoing_key_of_bytes(ovk, cm, &point_to_bytes(cv), &point_to_bytes(epk))
}

fn outgoing_key_of_bytes(ovk: &[u8; 32], cm: &Field, cv: &[u8; 32], epk: &[u8; 32]) -> [u8; 32] {
    blake2b_32("SERO_note_ock", &[ovk, cv, &field_to_bytes(cm), epk])
}

fn seal(key: &[u8; 32], plain: &[u8], aad: &[u8]) -> Vec<u8> {
    ChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&Nonce::default(), Payload { msg: plain, aad })
        .expect("messages are far below the cipher's limit")
}

fn open(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    ChaCha20Poly1305::new(&Key::from(*key)).decrypt(&Nonce::default(), Payload { msg: sealed, aad }).ok()
}
