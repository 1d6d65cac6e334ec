//! What a block did in the pool, read back from its logs.

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::SolEvent;
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IPool::{self, NullifierSpent};
use sero_primitives::{Block, Receipt};

/// A leaf of the note tree with what the chain says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRecord {
    /// Pool whose tree it is in.
    pub pool: u8,
    /// Leaf index.
    pub position: u64,
    /// Block that made it.
    pub block_number: u64,
    /// Transaction that made it.
    pub transaction_hash: B256,
    /// The leaf.
    pub commitment: B256,
    /// What else is public.
    pub content: NoteContent,
}

/// Hidden or public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteContent {
    /// `cv | epk | view tag | enc_note | out_ct`.
    Hidden {
        /// 340 bytes.
        ciphertext: Bytes,
    },
    /// In the clear, to a one-time address.
    Public {
        /// Asset id.
        asset: B256,
        /// Base units.
        amount: U256,
        /// `O_r | epk | c`.
        pkr: Bytes,
        /// Plaintext.
        memo: Bytes,
    },
}

/// A revealed nullifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullifierRecord {
    /// Pool whose note was spent.
    pub pool: u8,
    /// The nullifier.
    pub nullifier: B256,
    /// Transaction that revealed it.
    pub transaction_hash: B256,
}

/// Notes and nullifiers of one block, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShieldedActivity {
    /// New notes.
    pub notes: Vec<NoteRecord>,
    /// In order.
    pub nullifiers: Vec<NullifierRecord>,
}

impl ShieldedActivity {
    /// Reads a block's logs. Only POOL's own logs count.
    pub fn of(block: &Block, receipts: &[Receipt]) -> Self {
        let mut activity = Self::default();
        for (transaction, receipt) in block.transactions.iter().zip(receipts) {
            for log in receipt.logs.iter().filter(|log| log.address == POOL) {
                activity.read_log(block.header.number, transaction.hash(), log);
            }
        }
        activity
    }

    fn read_log(&mut self, block_number: u64, transaction_hash: B256, log: &alloy_primitives::Log) {
        let mut push = |pool, position, commitment, content| {
            self.notes.push(NoteRecord {
                pool,
                position,
                block_number,
                transaction_hash,
                commitment,
                content,
            });
        };
        if let Ok(note) = IPool::HiddenNote::decode_log(log) {
            let content = NoteContent::Hidden { ciphertext: note.ciphertext.clone() };
            push(note.pool, note.position, note.commitment, content);
        } else if let Ok(note) = IPool::PublicNote::decode_log(log) {
            let content = NoteContent::Public {
                asset: note.asset.into(),
                amount: note.amount,
                pkr: note.pkr.clone(),
                memo: note.memo.clone(),
            };
            push(note.pool, note.position, note.commitment, content);
        } else if let Ok(spent) = IPool::NullifierSpent::decode_log(log) {
            let NullifierSpent { nullifier, pool } = spent.data;
            self.nullifiers.push(NullifierRecord { pool, nullifier, transaction_hash });
        }
    }
}

/// Bits of a position in a note's key, far above the tree's capacity.
const POSITION_BITS: u32 = 56;

impl NoteRecord {
    /// Where storage keeps the note: `pool << 56 | position`.
    pub fn key(&self) -> u64 {
        note_key(self.pool, self.position)
    }

    /// Stored form: block number 8 | transaction hash 32 | commitment 32 | kind 1,
    /// then the ciphertext, or asset 32 | amount 32 | PKr 128 | memo.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.block_number.to_be_bytes().to_vec();
        bytes.extend(self.transaction_hash);
        bytes.extend(self.commitment);
        match &self.content {
            NoteContent::Hidden { ciphertext } => {
                bytes.push(0);
                bytes.extend(ciphertext);
            }
            NoteContent::Public { asset, amount, pkr, memo } => {
                bytes.push(1);
                bytes.extend(asset);
                bytes.extend(amount.to_be_bytes::<32>());
                bytes.extend(pkr);
                bytes.extend(memo);
            }
        }
        bytes
    }

    /// Reads [`Self::encode`]; `None` if the bytes are not one.
    pub fn decode(key: u64, bytes: &[u8]) -> Option<Self> {
        let (pool, position) = ((key >> POSITION_BITS) as u8, key & ((1 << POSITION_BITS) - 1));
        let (block_number, rest) = bytes.split_first_chunk::<8>()?;
        let (transaction_hash, rest) = rest.split_first_chunk::<32>()?;
        let (commitment, rest) = rest.split_first_chunk::<32>()?;
        let (kind, rest) = rest.split_first()?;
        let content = match kind {
            0 => NoteContent::Hidden { ciphertext: Bytes::copy_from_slice(rest) },
            1 => {
                let (asset, rest) = rest.split_first_chunk::<32>()?;
                let (amount, rest) = rest.split_first_chunk::<32>()?;
                let (pkr, memo) = rest.split_first_chunk::<128>()?;
                NoteContent::Public {
                    asset: asset.into(),
                    amount: U256::from_be_bytes(*amount),
                    pkr: Bytes::copy_from_slice(pkr),
                    memo: Bytes::copy_from_slice(memo),
                }
            }
            _ => return None,
        };
        Some(Self {
            pool,
            position,
            block_number: u64::from_be_bytes(*block_number),
            transaction_hash: transaction_hash.into(),
            commitment: commitment.into(),
            content,
        })
    }
}

/// Key of a pool's note.
pub(crate) fn note_key(pool: u8, position: u64) -> u64 {
    u64::from(pool) << POSITION_BITS | position
}
