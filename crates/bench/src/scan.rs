//! A wallet's first look at hidden notes of other people, from the bytes of their logs, both keys included: 1,000 different notes, ten times.

use crate::line::{Row, measure};
use crate::text;
use sero_shielded::asset::AssetId;
use sero_shielded::encryption::{Memo, encrypt, may_read};
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::hash::{blake2b_32, hash_to_scalar};
use sero_shielded::keys::{SpendingKey, ViewingKey, account_seed};
use sero_shielded::note::{HiddenNote, value_commitment};

const NOTES: u64 = 1_000;
const ROUNDS: usize = 10;
/// As the wallet does (crates/wallet/src/scan/look.rs).
const TOGETHER: usize = 128;

pub fn foreign() -> Result<Row, String> {
    let (payee, reader) = (key(0)?, key(1)?);
    let logs = (0..NOTES).map(|i| log(&payee, i)).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move || {
        let (taken, found) = measure(|| {
            let rounds = std::iter::repeat_n(&logs, ROUNDS);
            rounds.flat_map(|logs| logs.chunks(TOGETHER)).map(|logs| look(&reader, logs)).sum::<usize>()
        });
        // A view tag of 2 bytes agrees by accident with one of two signs once in 32768 notes.
        if found < 10 * ROUNDS { Ok(taken) } else { Err(format!("{found} foreign notes look like own ones")) }
    }))
}

/// How many of the notes may concern the reader.
fn look(reader: &ViewingKey, logs: &[([u8; 32], Vec<u8>)]) -> usize {
    let commitment = |cm| field_from_bytes(cm).expect("a commitment of the chain");
    let notes: Vec<(&[u8], Field)> = logs.iter().map(|(cm, log)| (log.as_slice(), commitment(cm))).collect();
    let verdicts = may_read(reader.incoming(), reader.ovk(), &notes);
    verdicts.into_iter().filter(|verdict| *verdict.as_ref().expect("a log of the chain")).count()
}

fn key(index: u32) -> Result<ViewingKey, String> {
    Ok(SpendingKey::from_seed(&account_seed(&[7; 64], index)).map_err(text)?.viewing_key())
}

/// Commitment and log of the `i`-th note to `payee`.
fn log(payee: &ViewingKey, i: u64) -> Result<([u8; 32], Vec<u8>), String> {
    let seed = i.to_be_bytes();
    let (asset, rseed) = (AssetId::coin(), blake2b_32("bench", &[&seed]));
    let note = HiddenNote { to: payee.address(i), asset, amount: 1_000 + u128::from(i), rseed };
    let cm = note.commitment(&note.secrets().ok_or("a seed without keys")?).map_err(text)?;
    let generator = asset.generator().map_err(text)?;
    let cv = value_commitment(&generator, note.amount, &hash_to_scalar("bench", &[b"rcv", &seed]));
    let encrypted = encrypt(&note, &Memo::default(), &cm, &cv, payee.ovk()).ok_or("a seed without keys")?;
    Ok((field_to_bytes(&cm), encrypted.to_log(&cv)))
}
