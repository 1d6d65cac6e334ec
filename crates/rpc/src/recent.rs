//! Blocks that were asked for last, decoded: most questions are about the same few.

use crate::convert::BlockData;
use alloy_primitives::B256;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes that all kept blocks may have together, about.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Blocks that are kept at most.
const BLOCKS_MAX: usize = 256;

/// The kept blocks. They are found by hash, so a chain that is rewritten leaves nothing wrong behind.
#[derive(Default)]
pub(crate) struct RecentBlocks(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// With their sizes, the one that was asked for last in front.
    blocks: VecDeque<(Arc<BlockData>, usize)>,
    bytes: usize,
}

impl RecentBlocks {
    /// The block with this hash, if it is kept.
    pub(crate) fn get(&self, hash: B256) -> Option<Arc<BlockData>> {
        let mut kept = self.0.lock();
        let at = kept.blocks.iter().position(|(block, _)| block.hash == hash)?;
        let found = kept.blocks.remove(at)?;
        kept.blocks.push_front(found);
        kept.blocks.front().map(|(block, _)| Arc::clone(block))
    }

    /// Keeps a block, and forgets those that nobody has asked for the longest.
    pub(crate) fn put(&self, block: Arc<BlockData>) {
        let bytes = block.bytes();
        let mut kept = self.0.lock();
        if kept.blocks.iter().any(|(known, _)| known.hash == block.hash) {
            // Another thread was faster.
            return;
        }
        kept.blocks.push_front((block, bytes));
        kept.bytes += bytes;
        while kept.bytes > BYTES_MAX || kept.blocks.len() > BLOCKS_MAX {
            let Some((_, bytes)) = kept.blocks.pop_back() else { return };
            kept.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, Bytes, Log};
    use sero_primitives::{Block, Receipt};

    /// A block with a log of so many bytes.
    fn block(number: u64, bytes: usize) -> Arc<BlockData> {
        let hash = B256::from(alloy_primitives::U256::from(number));
        let log = Log::new_unchecked(Address::ZERO, vec![], Bytes::from(vec![0; bytes]));
        let receipt =
            Receipt { post_state: None, tx_type: 2, success: true, cumulative_gas_used: 0, logs: vec![log] };
        let block = Block::new(Default::default(), vec![]);
        Arc::new(BlockData::new(hash, block, vec![receipt], None))
    }

    fn kept(recent: &RecentBlocks, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let is_kept = |number: &u64| {
            let hash = block(*number, 0).hash;
            recent.0.lock().blocks.iter().any(|(block, _)| block.hash == hash)
        };
        numbers.into_iter().filter(is_kept).collect()
    }

    #[test]
    fn what_was_asked_for_last_is_kept() {
        let recent = RecentBlocks::default();
        for number in 0..=2 {
            recent.put(block(number, BYTES_MAX / 4));
        }
        let first = recent.get(block(0, 0).hash).expect("it is kept");
        assert_eq!(first.hash, block(0, 0).hash);
        recent.put(block(3, BYTES_MAX / 4));
        assert_eq!(kept(&recent, 0..=3), [0, 2, 3]);
        assert!(recent.get(block(1, 0).hash).is_none());
        // One that is too large goes at once, and takes all others with it.
        recent.put(block(4, BYTES_MAX));
        assert!(kept(&recent, 0..=4).is_empty());
        assert_eq!(recent.0.lock().bytes, 0);
    }

    #[test]
    fn a_block_is_kept_once_and_not_too_many_are() {
        let recent = RecentBlocks::default();
        recent.put(block(7, 0));
        recent.put(block(7, 0));
        assert_eq!(recent.0.lock().blocks.len(), 1);
        (0..1_000).for_each(|number| recent.put(block(number, 0)));
        assert_eq!(recent.0.lock().blocks.len(), BLOCKS_MAX);
    }
}
