//! Inputs near valid ones.

use crate::Target;
use crate::draw::Draw;

/// The next input after `data`: at most `max_len` bytes, the same for the same
/// `seed`. `havoc` changes bytes blindly. Of ten inputs, three are changed blindly
/// and two get a stretch of a new valid input instead of their own, both followed
/// by coverage; two are new and valid, and three are new with one blind change.
pub fn mutate(
    target: &Target,
    data: &[u8],
    max_len: usize,
    seed: u64,
    havoc: &mut dyn FnMut(&mut Vec<u8>, usize),
) -> Vec<u8> {
    let mut draw = Draw::new(seed);
    let choice = draw.below(10);
    let mut bytes = if choice < 5 { data.to_vec() } else { (target.draw)(&mut draw) };
    match choice {
        0..3 | 7..10 => havoc(&mut bytes, max_len),
        3..5 => splice(&mut bytes, &(target.draw)(&mut draw), &mut draw),
        _ => return bytes,
    }
    if draw.once_in(2) {
        (target.repair)(&mut bytes);
    }
    bytes.truncate(max_len);
    bytes
}

/// Puts a stretch of `other` at the same place of `bytes`: where fields have fixed
/// places, a field stays a field. Most stretches are whole words of 32 bytes.
fn splice(bytes: &mut [u8], other: &[u8], draw: &mut Draw) {
    let len = bytes.len().min(other.len());
    if len == 0 {
        return;
    }
    let mut start = draw.below(len);
    let mut end = start + 1 + draw.below(len - start);
    if !draw.once_in(4) {
        start -= start % 32;
        end = end.next_multiple_of(32).min(len);
    }
    bytes[start..end].copy_from_slice(&other[start..end]);
}
