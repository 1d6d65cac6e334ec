//! Disclosures of one payment: making them from a wallet, and checking them
//! against a chain. The files are in [`mod@file`].

pub mod check;
pub mod file;

use crate::account::AccountError;
use crate::client::{ChainNote, ChainNoteContent, Client};
use crate::notes::OwnerTable;
use crate::random::{self, RandomError};
use crate::scan::{ScanError, SyncProgress};
use crate::stream::Stream;
use crate::wallet::{Wallet, WalletError};
use alloy_primitives::B256;
use core::fmt;
use sero_shielded::asset::AssetId;
use sero_shielded::curve::Point;
use sero_shielded::disclosure::{Chain, Claim, Disclosure, DisclosureError, NoteKind};
use sero_shielded::encryption::{EncryptedNote, Memo, decrypt_incoming, decrypt_outgoing};
use sero_shielded::field::Field;
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, ViewingKey};
use sero_shielded::tree::Witness;
use std::collections::BTreeMap;

/// On which side of the payment the wallet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It paid.
    Sent,
    /// It was paid.
    Received,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Sent { "sent" } else { "received" })
    }
}

/// Which payment to disclose, and to whom.
#[derive(Clone, Debug)]
pub struct DiscloseRequest {
    /// The transaction that made the note.
    pub transaction: B256,
    /// Which of the transaction's notes, from 0 in the order of the chain. Only
    /// needed where several fit; names an internal note (change) on purpose.
    pub output: Option<u64>,
    /// The wallet's side.
    pub role: Role,
    /// What the verifier wants to be signed. Without it the content alone is proven.
    pub challenge: Option<Vec<u8>>,
}

/// Why there is no disclosure.
#[derive(Debug, thiserror::Error)]
pub enum DiscloseError {
    /// No note fits.
    #[error("transaction {transaction} has no {}note that this wallet {role}", .output.map(|n| format!("output {n} with a ")).unwrap_or_default())]
    NotFound {
        /// Where it was looked for.
        transaction: B256,
        /// Which one was asked for.
        output: Option<u64>,
        /// The wallet's side.
        role: Role,
    },
    /// Several notes fit.
    #[error("transaction {transaction} has several notes that this wallet {role}; choose one with --output: {}", .outputs.join(", "))]
    Ambiguous {
        /// The transaction.
        transaction: B256,
        /// The wallet's side.
        role: Role,
        /// Output numbers with amounts in base units.
        outputs: Vec<String>,
    },
    /// The chain cannot be followed.
    #[error("{0}")]
    Scan(#[from] ScanError),
    /// A watch-only wallet was asked to speak for the owner.
    #[error(
        "--challenge: this is a watch-only wallet; it can disclose the content of a payment, but answering a challenge needs the spending key"
    )]
    WatchOnly,
    /// The note was not made with this spending key.
    #[error(
        "--challenge: the payment's seed was not made from this wallet's spending key, so nobody can prove who made it; the content can be disclosed without a challenge"
    )]
    NotClaimable,
    /// See [`DisclosureError`].
    #[error("{0}")]
    Disclosure(#[from] DisclosureError),
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// A note of the transaction as the wallet reads it.
struct Found {
    output: u64,
    pool: u8,
    position: u64,
    commitment: Field,
    kind: NoteKind,
    to: PaymentAddress,
    asset: AssetId,
    amount: u128,
    seed: [u8; 32],
    memo: Memo,
    /// The output's value commitment; public notes have none.
    cv: Option<Point>,
}

impl Wallet {
    /// Makes a disclosure. Reads the whole public stream of notes, as a rescan
    /// does, and so shows the node nothing; changes nothing in the wallet.
    pub fn disclose(
        &self,
        client: &Client<'_>,
        request: &DiscloseRequest,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Disclosure, WalletError> {
        let info = client.chain_info()?;
        self.check_chain(&info)?;
        if request.challenge.is_some() && self.is_watch_only() {
            return Err(DiscloseError::WatchOnly.into());
        }
        let mut stream = Stream::new(*client, 0, BTreeMap::new(), client.head()?.number);
        let (mut found, mut witnesses) = (Vec::new(), Vec::new());
        while let Some(blocks) = stream.page().map_err(DiscloseError::Scan)? {
            for block in &blocks {
                let mut output = 0;
                for note in &block.notes {
                    if note.transaction == request.transaction {
                        let read = self.read(note, output, request);
                        if let Some(note) = read {
                            witnesses.push((note.pool, stream.tree(note.pool).next_witness()));
                            found.push(note);
                        }
                        output += 1;
                    }
                    stream.append(block, note, &mut witnesses).map_err(DiscloseError::Scan)?;
                }
                stream.check(block).map_err(DiscloseError::Scan)?;
            }
            progress(stream.progress());
        }
        let (found, (_, witness)) = only_one(found, witnesses, request)?;
        let disclosure = Disclosure {
            pool: found.pool,
            chain: Chain { chain_id: info.chain_id, genesis_hash: info.genesis_hash },
            kind: found.kind,
            position: found.position,
            commitment: found.commitment,
            to: found.to,
            asset: found.asset,
            amount: found.amount,
            seed: found.seed,
            anchor: stream.tree(found.pool).root(),
            siblings: stream.tree(found.pool).path(&witness),
            claim: Claim::None,
        };
        match &request.challenge {
            None => Ok(disclosure),
            Some(challenge) => self.claim(disclosure, &found, request.role, challenge),
        }
    }

    /// Signs for the owner.
    fn claim(
        &self,
        disclosure: Disclosure,
        found: &Found,
        role: Role,
        challenge: &[u8],
    ) -> Result<Disclosure, WalletError> {
        let spending = self.spending_key()?;
        let fresh = random::bytes()?;
        let signed = match role {
            Role::Received => {
                let key = spending.viewing_key();
                let internal = key.internal().address_of(found.to.owner) == found.to;
                let key = if internal { key.internal() } else { key.incoming() };
                disclosure.claim_as_payee(key, challenge, &fresh)
            }
            Role::Sent => {
                let key = found.cv.and_then(|cv| {
                    spending.payer_key().output(&found.to, found.asset, found.amount, &found.memo, &cv)
                });
                let key = key.filter(|key| key.rseed() == found.seed).ok_or(DiscloseError::NotClaimable)?;
                disclosure.claim_as_payer(&key, challenge, &fresh)
            }
        };
        Ok(signed.map_err(DiscloseError::Disclosure)?)
    }

    /// The note, if the wallet is on that side of it and may show it.
    fn read(&self, note: &ChainNote, output: u64, request: &DiscloseRequest) -> Option<Found> {
        let key = self.viewing_key();
        let found = match request.role {
            Role::Sent => sent(key, note, output)?,
            Role::Received => received(key, self.owners(), note, output)?,
        };
        let internal = self.owners().find(&found.to.owner).is_some_and(|index| index.is_internal());
        let wanted = match request.output {
            Some(wanted) => wanted == output,
            None => !internal,
        };
        (wanted && found.amount > 0).then_some(found)
    }
}

fn sent(key: &ViewingKey, note: &ChainNote, output: u64) -> Option<Found> {
    let ChainNoteContent::Hidden(log) = &note.content else { return None };
    let (cv, encrypted) = EncryptedNote::from_log(log).ok()?;
    let read = decrypt_outgoing(key.ovk(), &encrypted, &note.commitment, &cv)?;
    Some(hidden(note, output, read, cv))
}

fn received(key: &ViewingKey, owners: &OwnerTable, note: &ChainNote, output: u64) -> Option<Found> {
    let found = match &note.content {
        ChainNoteContent::Hidden(log) => {
            let (cv, encrypted) = EncryptedNote::from_log(log).ok()?;
            let read = decrypt_incoming(key.incoming(), &encrypted, &note.commitment)
                .or_else(|| decrypt_incoming(key.internal(), &encrypted, &note.commitment))?;
            hidden(note, output, read, cv)
        }
        ChainNoteContent::Public { asset, amount, pkr, memo } => {
            let pkr = OneTimeAddress::from_bytes(pkr.as_ref().try_into().ok()?).ok()?;
            let (ivk, opened) = [key.incoming(), key.internal()]
                .into_iter()
                .find_map(|ivk| pkr.open(ivk).map(|opened| (ivk, opened)))?;
            Found {
                output,
                pool: note.pool,
                position: note.position,
                commitment: note.commitment,
                kind: NoteKind::Public,
                to: ivk.address_of(opened.owner),
                asset: AssetId::from_bytes(asset.0).ok()?,
                amount: *amount,
                seed: opened.rho,
                memo: Memo::new(memo).ok()?,
                cv: None,
            }
        }
    };
    owners.find(&found.to.owner).map(|_| found)
}

fn hidden(note: &ChainNote, output: u64, read: sero_shielded::encryption::DecryptedNote, cv: Point) -> Found {
    Found {
        output,
        pool: note.pool,
        position: note.position,
        commitment: note.commitment,
        kind: NoteKind::Hidden,
        to: read.note.to,
        asset: read.note.asset,
        amount: read.note.amount,
        seed: read.note.rseed,
        memo: read.memo,
        cv: Some(cv),
    }
}

fn only_one(
    mut found: Vec<Found>,
    mut witnesses: Vec<(u8, Witness)>,
    request: &DiscloseRequest,
) -> Result<(Found, (u8, Witness)), DiscloseError> {
    let (transaction, role) = (request.transaction, request.role);
    if found.len() > 1 {
        let show = |note: &Found| {
            let asset = if note.asset == AssetId::coin() { "SERO".into() } else { note.asset.to_string() };
            format!("{} ({} base units of {asset})", note.output, note.amount)
        };
        let outputs = found.iter().map(show).collect();
        return Err(DiscloseError::Ambiguous { transaction, role, outputs });
    }
    let missing = || DiscloseError::NotFound { transaction, output: request.output, role };
    Ok((found.pop().ok_or_else(missing)?, witnesses.pop().ok_or_else(missing)?))
}

impl From<DisclosureError> for WalletError {
    fn from(error: DisclosureError) -> Self {
        DiscloseError::Disclosure(error).into()
    }
}

impl Wallet {
    fn spending_key(&self) -> Result<&sero_shielded::keys::SpendingKey, AccountError> {
        self.account().spending_key()
    }
}
