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
/// Ancestors of a block that matter, its parent among them.
const GENERATIONS: usize = 7;

/// At most two, each a valid block on one of the six ancestors above the parent, and none that is an ancestor, or an
/// ommer of one already.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ethereum::difficulty::difficulty;
    use alloy_primitives::{Address, U256};
    use sero_primitives::ethereum::Fork;

    const START: u64 = 20;

    /// A valid child; `salt` makes it another.
    fn child(parent: &Header, salt: u8) -> Header {
        Header {
            parent_hash: parent.hash_slow(),
            number: parent.number + 1,
            timestamp: parent.timestamp + 13,
            difficulty: difficulty(parent, parent.timestamp + 13, Fork::Homestead),
            gas_limit: parent.gas_limit,
            beneficiary: Address::repeat_byte(salt),
            ..Default::default()
        }
    }

    /// Blocks one on another, the last without a place in the chain yet.
    fn line() -> Vec<Header> {
        let first = Header {
            number: START,
            gas_limit: 5_000_000,
            difficulty: U256::from(1_000_000),
            ..Default::default()
        };
        let mut line = vec![first];
        while line.len() < 12 {
            line.push(child(&line[line.len() - 1], 0));
        }
        line
    }

    /// Judges ommers of the last of `line`; the block before it has `taken` as its own.
    fn judge(line: &[Header], taken: &[Header], ommers: &[Header]) -> Result<(), BlockError> {
        let (block, chain) = line.split_last().unwrap();
        let ancestors = |hash: B256| {
            let found = chain.iter().position(|header| header.hash_slow() == hash);
            let of = |index: usize| if index + 1 == chain.len() { taken.to_vec() } else { vec![] };
            Ok(found.map(|index| (chain[index].clone(), of(index))))
        };
        check_ommers(block, ommers, &ForkSchedule::fixed(Fork::Homestead), &ancestors)
    }

    #[test]
    fn siblings_of_near_ancestors_are_ommers() {
        let line = line();
        let last = line.len() - 1;
        // Of the parent, of the generation before, and so on to the sixth.
        for back in 2..=7 {
            judge(&line, &[], &[child(&line[last - back], 1)]).unwrap();
        }
        judge(&line, &[], &[child(&line[last - 2], 1), child(&line[last - 2], 2)]).unwrap();
    }

    #[test]
    fn nobody_else_is() {
        let line = line();
        let last = line.len() - 1;
        let near = |salt| child(&line[last - 2], salt);
        let refused = |taken: &[Header], ommers: &[Header], at: usize| {
            let verdict = judge(&line, taken, ommers);
            assert!(matches!(verdict, Err(BlockError::Ommer { index, .. }) if index == at), "{verdict:?}");
        };
        refused(&[], &[near(1), near(2), near(3)], 2);
        refused(&[], &[near(1), near(1)], 1);
        refused(&[near(1)], &[near(1)], 0);
        refused(&[], &[line[last - 3].clone()], 0);
        // The block's own sibling, and one from eight generations back.
        refused(&[], &[child(&line[last - 1], 1)], 0);
        refused(&[], &[child(&line[last - 8], 1)], 0);
        // One that is no valid block.
        let mut easy = near(1);
        easy.difficulty -= U256::from(1);
        let verdict = judge(&line, &[], &[easy]);
        assert!(matches!(verdict, Err(BlockError::Header { field: "difficulty", .. })), "{verdict:?}");
    }
}
