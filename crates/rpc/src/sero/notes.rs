//! The pool's history, block by block and note by note.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::answers;
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, BloomInput, Bytes, U64, U256};
use sero_chain::{ChainExecutor, NoteContent, NoteRecord, PackageEvent, PackageRecord, ShieldedActivity};
use sero_primitives::precompile::abi::IPool;
use sero_primitives::{PACKAGES, POOL};

/// Blocks with activity in one answer.
const ACTIVE_BLOCKS_MAX: u64 = 1_000;
/// Blocks that one request looks at.
const SCANNED_BLOCKS_MAX: u64 = 10_000;
/// Notes in one answer of `sero_getNotes`.
const NOTES_MAX: u64 = 1_000;
/// About this many bytes end an answer.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.heavy("sero_getShieldedBlocks", &["fromBlock", "maxBlocks"], shielded_blocks).documented(
        "The blocks from one on that did something to notes, nullifiers or packages, and what; all that a wallet reads.",
        &[
            Parameter::required::<U64>("The first block to look at: 0, or `nextBlock` of the last answer."),
            Parameter::optional::<U64>("At most so many such blocks; 1,000 if absent or more."),
        ],
    );
    methods.heavy("sero_getNotes", &["fromPosition", "limit", "pool"], notes).documented(
        "Leaves of a pool's note tree, in their order.",
        &[
            Parameter::required::<U64>("Index of the first leaf."),
            Parameter::optional::<U64>("At most so many; 1,000 if absent or more."),
            super::pool_parameter(),
        ],
    );
}

answers! {
    /// What is public about a note.
    enum Content by "kind" {
        /// Nothing.
        Hidden {
            /// `cv | epk | view tag | enc_note | out_ct`, 340 bytes.
            ciphertext: Bytes,
        },
        /// Everything but who holds it: value that came from a public account.
        Public {
            /// Asset id.
            asset: B256,
            /// Base units.
            amount: U256,
            /// One-time address: `O_r | epk | c`, 96 bytes.
            pkr: Bytes,
            /// Plaintext.
            memo: Bytes,
        },
    }

    /// A leaf of a note tree.
    struct Note {
        /// The pool's id.
        pool: U64,
        /// Index of the leaf.
        position: U64,
        /// Transaction that made it.
        transaction_hash: B256,
        /// The leaf.
        commitment: B256,
        ; content: Content
    }

    /// A leaf and its block.
    struct NoteInBlock {
        /// Block that made it.
        block_number: U64,
        ; note: Note
    }

    /// Leaves of a note tree.
    struct Notes {
        /// From the position asked for on.
        notes: Vec<NoteInBlock>,
        /// Leaves that the tree has.
        note_count: U64,
    }

    /// A revealed nullifier.
    struct Nullifier {
        /// The pool's id.
        pool: U64,
        /// The nullifier.
        nullifier: B256,
        /// Transaction that revealed it.
        transaction_hash: B256,
    }

    /// What happened to a package.
    enum PackageChange by "event" {
        /// It was made.
        Created {
            /// Who holds it.
            owner: Address,
            /// Pool of the note that it becomes when it is opened.
            pool: U64,
            /// Commitment to its content.
            commitment: B256,
            /// Tag of its key.
            tag: B256,
            /// Content.
            ciphertext: Bytes,
        },
        /// Somebody else holds it now.
        Transferred {
            /// Who.
            to: Address,
        },
        /// It became a note.
        Opened {},
        /// Its key is public.
        Revealed {
            /// The key.
            key: B256,
        },
    }

    /// An event of a package.
    struct Package {
        /// Its id.
        id: B256,
        /// Transaction of the event.
        transaction_hash: B256,
        ; event: PackageChange
    }

    /// The note tree of a pool.
    struct Tree {
        /// The pool's id.
        pool: U64,
        /// Root of the tree.
        anchor: B256,
        /// Its leaves.
        note_count: U64,
    }

    /// A block that did something.
    struct ShieldedBlock {
        /// Its number.
        number: U64,
        /// Its hash.
        hash: B256,
        /// Seconds since 1970.
        timestamp: U64,
        /// The trees after the block.
        pools: Vec<Tree>,
        /// New notes.
        notes: Vec<Note>,
        /// Spent notes.
        nullifiers: Vec<Nullifier>,
        /// What happened to packages.
        packages: Vec<Package>,
    }

    /// Blocks that did something.
    struct ShieldedBlocks {
        /// Number of the last block.
        head: U64,
        /// The first block that was not looked at.
        next_block: U64,
        /// The blocks.
        blocks: Vec<ShieldedBlock>,
    }
}

/// Whether a block's logs can have one of POOL's or PACKAGES'.
pub(crate) fn may_touch_pool(header: &Header) -> bool {
    [POOL, PACKAGES]
        .iter()
        .any(|address| header.logs_bloom.contains_input(BloomInput::Raw(address.as_slice())))
}

fn shielded_blocks(context: &RpcContext, arguments: &Arguments) -> Result<ShieldedBlocks, RpcError> {
    let from = arguments.required_u64(0)?;
    let max_blocks = arguments.optional_u64(1)?.unwrap_or(ACTIVE_BLOCKS_MAX).min(ACTIVE_BLOCKS_MAX);
    let head = context.chain.head().header.number;
    let (mut blocks, mut bytes, mut next) = (Vec::new(), 0usize, from);
    let mut active = 0;
    while next <= head && active < max_blocks && bytes < ANSWER_BYTES && next - from < SCANNED_BLOCKS_MAX {
        let at = context.block_at(Some(alloy_eips::BlockId::number(next)))?;
        next += 1;
        if !may_touch_pool(&at.header) {
            continue;
        }
        let activity = context.chain.shielded_activity(at.number)?;
        if activity == ShieldedActivity::default() {
            continue;
        }
        let state = context.chain.snapshot_at(at.number)?;
        let mut pools = Vec::new();
        for pool in context.rules(at.number)?.open_pools() {
            let tree = context.view(&state, &at.header, POOL, &IPool::treeCall { pool })?;
            let note_count = U64::from(tree.noteCount);
            pools.push(Tree { pool: U64::from(pool), anchor: tree.anchor, note_count });
        }
        active += 1;
        bytes += activity_bytes(&activity);
        let nullifiers = activity.nullifiers.iter().map(|spent| Nullifier {
            pool: U64::from(spent.pool),
            nullifier: spent.nullifier,
            transaction_hash: spent.transaction_hash,
        });
        blocks.push(ShieldedBlock {
            number: U64::from(at.number),
            hash: at.hash,
            timestamp: U64::from(at.header.timestamp),
            pools,
            notes: activity.notes.iter().map(note).collect(),
            nullifiers: nullifiers.collect(),
            packages: activity.packages.iter().map(package).collect(),
        });
    }
    Ok(ShieldedBlocks { head: U64::from(head), next_block: U64::from(next), blocks })
}

fn activity_bytes(activity: &ShieldedActivity) -> usize {
    let note = |note: &NoteRecord| match &note.content {
        NoteContent::Hidden { ciphertext } => 300 + 2 * ciphertext.len(),
        NoteContent::Public { pkr, memo, .. } => 450 + 2 * (pkr.len() + memo.len()),
    };
    let package = |package: &PackageRecord| match &package.event {
        PackageEvent::Created { ciphertext, .. } => 600 + 2 * ciphertext.len(),
        _ => 300,
    };
    let packages = activity.packages.iter().map(package).sum::<usize>();
    200 + packages + activity.notes.iter().map(note).sum::<usize>() + 180 * activity.nullifiers.len()
}

fn note(record: &NoteRecord) -> Note {
    Note {
        pool: U64::from(record.pool),
        position: U64::from(record.position),
        transaction_hash: record.transaction_hash,
        commitment: record.commitment,
        content: match record.content.clone() {
            NoteContent::Hidden { ciphertext } => Content::Hidden { ciphertext },
            NoteContent::Public { asset, amount, pkr, memo } => Content::Public { asset, amount, pkr, memo },
        },
    }
}

fn package(record: &PackageRecord) -> Package {
    let event = match record.event.clone() {
        PackageEvent::Created { owner, pool, commitment, tag, ciphertext } => {
            PackageChange::Created { owner, pool: U64::from(pool), commitment, tag, ciphertext }
        }
        PackageEvent::Transferred { to } => PackageChange::Transferred { to },
        PackageEvent::Opened => PackageChange::Opened {},
        PackageEvent::Revealed { key } => PackageChange::Revealed { key },
    };
    Package { id: record.id, transaction_hash: record.transaction_hash, event }
}

fn notes(context: &RpcContext, arguments: &Arguments) -> Result<Notes, RpcError> {
    let from = arguments.required_u64(0)?;
    let limit = arguments.optional_u64(1)?.unwrap_or(NOTES_MAX).min(NOTES_MAX);
    let limit = usize::try_from(limit).map_err(RpcError::internal)?;
    let pool = super::pool_argument(arguments, 2)?;
    let (state, head) = context.state_at(None)?;
    let tree = context.view(&state, &head.header, POOL, &IPool::treeCall { pool })?;
    let mut found = context.chain.notes(pool, from, limit)?;
    // A block that became final meanwhile is not part of this answer.
    found.retain(|note| note.block_number <= head.number);
    let with_block = |record: &NoteRecord| NoteInBlock {
        block_number: U64::from(record.block_number),
        note: note(record),
    };
    Ok(Notes { notes: found.iter().map(with_block).collect(), note_count: U64::from(tree.noteCount) })
}
