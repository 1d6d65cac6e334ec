//! A disclosure against the chain that a node follows.
//!
//! The proof itself needs no node. The node is believed in four things: which
//! chain it follows, that the anchor is one of that chain's, where the note
//! stands, and its ciphertext (memo and delivery). It cannot make a false
//! content, payee or payer pass, for those follow from the disclosure and the
//! anchor alone. It is asked for a page of a thousand notes, not for one.

use crate::client::{ChainNote, ChainNoteContent, Client, ClientError};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IPool;
use sero_shielded::disclosure::{Chain, Disclosure, DisclosureError, Verified};
use sero_shielded::encryption::{EncryptedNote, Memo, read_as_payee};
use sero_shielded::field::field_to_bytes;

/// Notes asked for at once.
const PAGE_NOTES: u64 = 1_000;

/// What a disclosure proves about the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// See [`Verified`]; its anchor is one of the chain's.
    pub verified: Verified,
    /// Block of the payment.
    pub block: u64,
    /// Transaction of the payment.
    pub transaction: B256,
    /// The memo, as the payee reads it on the chain.
    pub memo: Memo,
}

/// Why a disclosure is not accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// It does not hold by itself.
    #[error("{0}")]
    Disclosure(#[from] DisclosureError),
    /// The node's answer cannot be had.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// Another tree.
    #[error("anchor: 0x{} was never the root of this chain's note tree", alloy_primitives::hex::encode(.0))]
    Anchor([u8; 32]),
    /// The node does not have the note.
    #[error("position: the node has no note {0}")]
    Missing(u64),
    /// The node has another note there.
    #[error("commitment: note {0} of this chain is another one")]
    OtherNote(u64),
    /// The chain's public content contradicts it.
    #[error("{field}: the note on the chain says otherwise")]
    Public {
        /// The first difference.
        field: &'static str,
    },
    /// The payee was never told.
    #[error(
        "the ciphertext on the chain does not tell the payee of this note: its commitment is there, but it was not delivered"
    )]
    Delivery,
}

impl CheckError {
    /// Whether the disclosure is false, as opposed to unchecked.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Client(_))
    }
}

/// Checks a disclosure against the node's chain.
pub fn check(
    client: &Client<'_>,
    disclosure: &Disclosure,
    challenge: Option<&[u8]>,
) -> Result<Checked, CheckError> {
    let info = client.chain_info()?;
    let chain = Chain { chain_id: info.chain_id, genesis_hash: info.genesis_hash };
    let verified = disclosure.verify(&chain, challenge)?;
    let root = field_to_bytes(&verified.anchor);
    let answer =
        client.call(POOL, &IPool::isAnchorCall { pool: verified.pool, root: root.into() }.abi_encode())?;
    let known = IPool::isAnchorCall::abi_decode_returns(&answer).map_err(|_| ClientError::Malformed {
        method: "eth_call",
        field: "result".into(),
        expected: "a bool",
    })?;
    if !known {
        return Err(CheckError::Anchor(root));
    }
    let position = verified.position;
    let page = client.notes(verified.pool, position / PAGE_NOTES * PAGE_NOTES, PAGE_NOTES)?;
    let found = page.iter().find(|(_, note)| note.position == position);
    let (block, note) = found.ok_or(CheckError::Missing(position))?;
    if note.commitment != verified.commitment {
        return Err(CheckError::OtherNote(position));
    }
    let memo = compare(disclosure, note)?;
    Ok(Checked { verified, block: *block, transaction: note.transaction, memo })
}

/// What the payee finds on the chain must be what was disclosed.
fn compare(disclosure: &Disclosure, note: &ChainNote) -> Result<Memo, CheckError> {
    match (&note.content, disclosure.hidden_note()) {
        (ChainNoteContent::Hidden(log), Some(opened)) => {
            let (_, encrypted) = EncryptedNote::from_log(log).map_err(|_| CheckError::Delivery)?;
            read_as_payee(&opened, &encrypted, &note.commitment).ok_or(CheckError::Delivery)
        }
        (ChainNoteContent::Public { asset, amount, pkr, memo }, None) => {
            let expected = disclosure.one_time_address().ok().flatten().map(|pkr| pkr.to_bytes());
            let parts = [
                ("asset", asset.0 == disclosure.asset.to_bytes()),
                ("amount", *amount == disclosure.amount),
                ("address", expected.is_some_and(|expected| pkr.as_ref() == expected)),
            ];
            if let Some((field, _)) = parts.iter().find(|(_, equal)| !equal) {
                return Err(CheckError::Public { field });
            }
            Memo::new(memo).map_err(|_| CheckError::Public { field: "memo" })
        }
        _ => Err(CheckError::Public { field: "kind" }),
    }
}
