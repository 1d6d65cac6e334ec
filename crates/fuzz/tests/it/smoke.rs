//! A short blind run of each target: the mutators work, and no input breaks a decoder.

use sero_fuzz::draw::Draw;
use sero_fuzz::{Cost, TARGETS, Target, Verdict, mutate};

/// Stands in for libFuzzer: a few changed, removed or added bytes.
fn havoc(draw: &mut Draw, bytes: &mut Vec<u8>) {
    for _ in 0..1 + draw.below(3) {
        let at = draw.below(bytes.len() + 1);
        match draw.below(4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << draw.below(8),
            1 if at < bytes.len() => bytes[at] = draw.bytes::<1>()[0],
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at, draw.bytes::<1>()[0]),
        }
    }
}

fn decoded(target: &Target, runs: usize) -> usize {
    let mut draw = Draw::new(11);
    let mut last = (target.draw)(&mut Draw::new(1));
    let mut decoded = 0;
    for seed in 0..runs as u64 {
        let mut blind = |bytes: &mut Vec<u8>, _| havoc(&mut draw, bytes);
        let next = mutate(target, &last, target.max_len, seed, &mut blind);
        assert!(next.len() <= target.max_len, "{}: {} bytes", target.name, next.len());
        if (target.check)(&next) == Verdict::Decoded {
            decoded += 1;
            last = next;
        }
    }
    decoded
}

#[test]
fn every_target_runs_and_reaches_behind_its_decoder() {
    for target in TARGETS {
        target.warm();
        let runs = if target.cost == Cost::Cheap { 4_000 } else { 500 };
        let decoded = decoded(target, runs);
        assert!(decoded * 10 >= runs, "{}: {decoded} of {runs} decoded", target.name);
    }
}

#[test]
fn what_is_drawn_decodes_and_is_the_same_for_the_same_seed() {
    for target in TARGETS {
        for seed in 0..50 {
            let bytes = (target.draw)(&mut Draw::new(seed));
            assert!(bytes.len() <= target.max_len, "{} {seed}: {} bytes", target.name, bytes.len());
            assert_eq!(bytes, (target.draw)(&mut Draw::new(seed)), "{} {seed}", target.name);
            assert_eq!((target.check)(&bytes), Verdict::Decoded, "{} {seed}", target.name);
        }
    }
}

#[test]
fn names_are_unique() {
    for (i, target) in TARGETS.iter().enumerate() {
        assert!(TARGETS[..i].iter().all(|other| other.name != target.name), "{}", target.name);
        assert_eq!(sero_fuzz::target(target.name).map(|found| found.name), Some(target.name));
    }
}
