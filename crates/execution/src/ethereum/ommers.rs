//! Rules on a block's ommers, before the merge.

use super::header::check_header;
use crate::error::BlockError;
use alloy_consensus::Header;
use alloy_primitives::B256;
use sero_primitives::StateError;
use sero_primitives::ethereum::ForkSchedule;

/// Header and ommers of a block among those that the chain has, by hash.
pub type Ancestors<'a> = dyn Fn(B256) -> Result<Option<(Header, Vec<Header>)>, StateError> + 'a;

const COUNT_MAX: usize = 2;
/// Generations between a block and the parent of its ommer.
const GENERATIONS: usize = 7;

/// At most two, each a valid block on one of the seven ancestors above the parent, and none that is an ancestor or an ommer of one already.
pub fn check_ommers(
    header: &Header,
    ommers: &[Header],
    forks: &ForkSchedule,
    ancestors: &Ancestors<'_>,
) -> Result<(), BlockError> {
    if ommers.is_empty() {
        return Ok(());
    }
    let refuse = |index: usize, reason: String| Err(BlockError::Ommer { index, reason });
    if ommers.len() > COUNT_MAX {
        return refuse(COUNT_MAX, format!("a block has at most {COUNT_MAX}"));
    }
    let (mut line, mut known, mut hash) = (Vec::new(), Vec::new(), header.parent_hash);
    for _ in 0..GENERATIONS {
        let Some((ancestor, uncles)) = ancestors(hash)? else { break };
        known.extend(uncles.iter().map(Header::hash_slow));
        known.push(hash);
        hash = ancestor.parent_hash;
        line.push(ancestor);
    }
    for (index, ommer) in ommers.iter().enumerate() {
        let hash = ommer.hash_slow();
        if known.contains(&hash) {
            return refuse(index, format!("{hash} is an ancestor, or an ommer already"));
        }
        known.push(hash);
        // The block's own parent is no parent of an ommer.
        let parent = line.iter().skip(1).find(|ancestor| ancestor.hash_slow() == ommer.parent_hash);
        let Some(parent) = parent else {
            return refuse(index, format!("its parent {} is not near enough", ommer.parent_hash));
        };
        check_header(ommer, parent, forks)?;
    }
    Ok(())
}
