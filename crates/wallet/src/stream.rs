//! The public stream of notes from a block on, checked like a scan checks it:
//! order, positions, number of notes, and every block's root.

use crate::client::{ChainNote, Client, ShieldedBlock};
use crate::notes::check_roots;
use crate::scan::{PAGE_BLOCKS, ScanError, SyncProgress, malformed};
use sero_shielded::tree::{Frontier, Witness};
use std::collections::BTreeMap;

/// A walk over the stream. The same questions as any wallet's, none about one note.
pub(crate) struct Stream<'a> {
    client: Client<'a>,
    head: u64,
    from: u64,
    /// Every pool's tree so far.
    pub trees: BTreeMap<u8, Frontier>,
}

impl<'a> Stream<'a> {
    /// From block `from`, before which `trees` stood, to `head`.
    pub fn new(client: Client<'a>, from: u64, trees: BTreeMap<u8, Frontier>, head: u64) -> Self {
        Self { client, head, from, trees }
    }

    /// The next blocks with activity, in order; `None` after the head.
    pub fn page(&mut self) -> Result<Option<Vec<ShieldedBlock>>, ScanError> {
        if self.from > self.head {
            return Ok(None);
        }
        let page = self.client.shielded_blocks(self.from, PAGE_BLOCKS)?;
        let end = self.head.max(page.head).saturating_add(1);
        if page.next_block <= self.from || page.next_block > end {
            return Err(ScanError::PageOrder { from: self.from, next: page.next_block });
        }
        let mut next = self.from;
        for block in &page.blocks {
            if block.number < next || block.number >= page.next_block {
                let end = page.next_block - 1;
                return Err(ScanError::BlockOrder { number: block.number, from: next, end });
            }
            next = block.number + 1;
        }
        self.from = page.next_block;
        let mut blocks = page.blocks;
        blocks.retain(|block| block.number <= self.head);
        Ok(Some(blocks))
    }

    /// Appends a note of the block that is being read. Each witness comes with its pool.
    pub fn append(
        &mut self,
        block: &ShieldedBlock,
        note: &ChainNote,
        witnesses: &mut [(u8, Witness)],
    ) -> Result<(), ScanError> {
        let witnesses = witnesses.iter_mut().filter(|(pool, _)| *pool == note.pool).map(|(_, w)| w);
        let tree = self.trees.entry(note.pool).or_default();
        let position =
            tree.append(note.commitment, witnesses).map_err(|error| malformed(block, note, error))?;
        if position != note.position {
            let (expected, found) = (position, note.position);
            return Err(ScanError::Position { block: block.number, expected, found });
        }
        Ok(())
    }

    /// The tree of a pool.
    pub fn tree(&mut self, pool: u8) -> &Frontier {
        self.trees.entry(pool).or_default()
    }

    /// Compares the trees with what the node says of the block, after its last note.
    pub fn check(&self, block: &ShieldedBlock) -> Result<(), ScanError> {
        check_roots(block, |pool| self.trees.get(&pool), self.trees.keys().copied())
    }

    /// The next block to read.
    pub fn next_block(&self) -> u64 {
        self.from
    }

    /// Where the walk is.
    pub fn progress(&self) -> SyncProgress {
        SyncProgress { block: self.from.min(self.head.saturating_add(1)), head: self.head }
    }
}
