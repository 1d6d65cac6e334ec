//! What the wallet's keys make of a leaf.

use super::ScanError;
use crate::client::{ChainNote, ChainNoteContent, ShieldedBlock};
use crate::history::TransferRecord;
use crate::notes::{AddressIndex, NoteStatus, OwnNote};
use alloy_primitives::Bytes;
use rayon::prelude::*;
use sero_shielded::address::Network;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::CodecError;
use sero_shielded::encryption::{
    DecryptedNote, EncryptedNote, Memo, decrypt_incoming, decrypt_outgoing, may_read,
};
use sero_shielded::field::Field;
use sero_shielded::keys::{OneTimeAddress, OpenedOneTimeAddress, ViewingKey};
use sero_shielded::note::public_note_commitment;

/// Notes of which one thread takes the first look at once.
const TOGETHER: usize = 128;

/// The keys, and how they write addresses.
#[derive(Clone, Copy)]
pub struct Lens<'a> {
    pub key: &'a ViewingKey,
    pub network: Network,
}

/// What was read; whether `owner` is one of the wallet's addresses is not yet checked.
pub struct Seen {
    pub mine: Option<OwnNote>,
    pub owner: Option<Field>,
    pub sent: Option<(TransferRecord, Field)>,
}

impl Lens<'_> {
    /// Trial decryption of a page on all cores.
    pub fn read(&self, blocks: &[&ShieldedBlock]) -> Result<Vec<Seen>, ScanError> {
        let notes: Vec<(&ShieldedBlock, &ChainNote)> =
            blocks.iter().flat_map(|block| block.notes.iter().map(move |note| (*block, note))).collect();
        let seen: Result<Vec<Vec<Seen>>, ScanError> =
            notes.par_chunks(TOGETHER).map(|notes| self.look_at_all(notes)).collect();
        Ok(seen?.into_iter().flatten().collect())
    }

    fn look_at_all(&self, notes: &[(&ShieldedBlock, &ChainNote)]) -> Result<Vec<Seen>, ScanError> {
        // Most notes are somebody else's: a look at `epk` and two tags tells.
        let hidden = notes.iter().filter_map(|(_, note)| match &note.content {
            ChainNoteContent::Hidden(log) => Some((log.as_ref(), note.commitment)),
            ChainNoteContent::Public { .. } => None,
        });
        let hidden: Vec<_> = hidden.collect();
        let mut concern_us = may_read(self.key.incoming(), self.key.ovk(), &hidden).into_iter();
        notes.iter().map(|(block, note)| self.look(block, note, &mut concern_us)).collect()
    }

    fn look(
        &self,
        block: &ShieldedBlock,
        note: &ChainNote,
        concern_us: &mut impl Iterator<Item = Result<bool, CodecError>>,
    ) -> Result<Seen, ScanError> {
        let malformed =
            |reason: String| ScanError::Malformed { block: block.number, position: note.position, reason };
        match &note.content {
            ChainNoteContent::Hidden(ciphertext) => {
                let concerns_us = concern_us.next().expect("an answer for every hidden note");
                let nothing = Seen { mine: None, owner: None, sent: None };
                if !concerns_us.map_err(|error| malformed(error.to_string()))? {
                    return Ok(nothing);
                }
                // What is not a point is nobody's note, and the node must not hear that we looked (10-wallet.md).
                let Ok((cv, encrypted)) = EncryptedNote::from_log(ciphertext) else { return Ok(nothing) };
                // What the wallet pays to itself was found by the sender's key.
                let incoming = decrypt_incoming(self.key.incoming(), &encrypted, &note.commitment)
                    .or_else(|| decrypt_incoming(self.key.internal(), &encrypted, &note.commitment));
                let outgoing = decrypt_outgoing(self.key.ovk(), &encrypted, &note.commitment, &cv);
                let mine = incoming.filter(|found| found.note.amount > 0);
                let sent = outgoing.filter(|found| found.note.amount > 0);
                Ok(Seen {
                    owner: mine.as_ref().map(|found| found.note.to.owner),
                    mine: mine.and_then(|found| self.hidden(block, note, found)),
                    sent: sent.map(|found| (transfer(self.network, &found), found.note.to.owner)),
                })
            }
            ChainNoteContent::Public { asset, amount, pkr, memo } => {
                let pkr = <&[u8; OneTimeAddress::LEN]>::try_from(pkr.as_ref())
                    .map_err(|_| malformed("a PKr has 128 bytes".into()))?;
                let pkr =
                    OneTimeAddress::from_bytes(pkr).map_err(|error| malformed(format!("pkr: {error}")))?;
                let asset =
                    AssetId::from_bytes(asset.0).map_err(|error| malformed(format!("asset: {error}")))?;
                Memo::new(memo).map_err(|error| malformed(error.to_string()))?;
                let commitment = public_note_commitment(&pkr, asset, *amount)
                    .map_err(|error| malformed(format!("asset: {error}")))?;
                if commitment != note.commitment {
                    return Err(ScanError::Commitment { block: block.number, position: note.position });
                }
                let opened = pkr.open(self.key.incoming()).or_else(|| pkr.open(self.key.internal()));
                let opened = opened.filter(|_| *amount > 0);
                Ok(Seen {
                    owner: opened.map(|opened| opened.owner),
                    mine: opened.map(|opened| self.public(block, note, &opened, (asset, *amount), memo)),
                    sent: None,
                })
            }
        }
    }

    fn hidden(&self, block: &ShieldedBlock, note: &ChainNote, found: DecryptedNote) -> Option<OwnNote> {
        let secrets = found.note.secrets()?;
        Some(OwnNote {
            asset: found.note.asset,
            amount: found.note.amount,
            rcm: secrets.rcm,
            s: secrets.s,
            memo: Bytes::copy_from_slice(found.memo.as_bytes()),
            public: false,
            ..self.blank(block, note)
        })
    }

    fn public(
        &self,
        block: &ShieldedBlock,
        note: &ChainNote,
        opened: &OpenedOneTimeAddress,
        (asset, amount): (AssetId, u128),
        memo: &Bytes,
    ) -> OwnNote {
        OwnNote { asset, amount, s: opened.s, memo: memo.clone(), public: true, ..self.blank(block, note) }
    }

    fn blank(&self, block: &ShieldedBlock, note: &ChainNote) -> OwnNote {
        OwnNote {
            asset: AssetId::coin(),
            amount: 0,
            pool: note.pool,
            position: note.position,
            commitment: note.commitment,
            rcm: Field::from(0u8),
            s: Field::from(0u8),
            address: AddressIndex(0),
            nullifier: self.key.nullifier(&note.commitment, note.position),
            settled: false,
            block: block.number,
            transaction: note.transaction,
            public: false,
            memo: Bytes::new(),
            status: NoteStatus::Unspent,
            released: None,
        }
    }
}

fn transfer(network: Network, found: &DecryptedNote) -> TransferRecord {
    TransferRecord {
        asset: found.note.asset,
        amount: found.note.amount,
        address: Some(found.note.to.to_text(network)),
        memo: Bytes::copy_from_slice(found.memo.as_bytes()),
    }
}
