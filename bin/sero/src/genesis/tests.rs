//! Which genesis keys are let through. Real transcripts: `tests/it/ceremony.rs`.

use super::*;
use alloy_primitives::keccak256;
use sero_primitives::pools::{CircuitVersion, PoolSpec, ScheduleError, Upgrade};

/// A ceremony that made these circuits' keys.
fn origin(name: &str, circuits: &[&'static str], contributions: [usize; 2], beacons: usize) -> Origin {
    let keys = circuits.iter().map(|circuit| (*circuit, keccak256(format!("{name} {circuit}"))));
    Origin { transcript: keccak256(name), contributions, beacons, keys: keys.collect() }
}

/// Its key of a circuit, and its own hash.
fn made(origin: &Origin, circuit: &str) -> (B256, B256) {
    let key = origin.keys.iter().find(|(name, _)| *name == circuit).unwrap();
    (key.1, origin.transcript)
}

const OUTPUT: usize = 1;

fn place(pool: u8, circuit: CircuitName, version: u16) -> KeyPlace {
    KeyPlace { pool, circuit, version }
}

/// A key as a genesis pins it.
fn version(of: KeyPlace, activation: u64, hash: B256, transcript: Option<B256>) -> CircuitVersion {
    CircuitVersion { circuit: of.circuit, version: of.version, activation, key_hash: hash, transcript }
}

#[test]
fn production_keys_come_from_ceremonies() {
    let origins = [
        origin("spend only", &["spend"], [2, 2], 2),
        origin("both", &["spend", "output"], [2, 9], 2),
        origin("few in phase 1", &["output"], [1, 2], 2),
        origin("few in phase 2", &["output"], [2, 1], 2),
        origin("nobody", &["output"], [0, 0], 2),
        origin("one beacon", &["output"], [5, 5], 1),
    ];
    let (spend, output) = (made(&origins[0], "spend"), made(&origins[1], "output"));
    let spend_1 = place(0, CircuitName::Spend, 1);
    let output_1 = place(0, CircuitName::Output, 1);
    let development = sero_node::dev::key_hashes();
    let unknown = keccak256("nobody's key");

    for network in [NetworkKind::Main, NetworkKind::Test] {
        let good = || {
            let mut genesis = sero_node::dev::genesis(77);
            genesis.network = network;
            let key = |of, (hash, transcript)| version(of, 0, hash, Some(transcript));
            genesis.pools[0].circuits = vec![key(spend_1, spend), key(output_1, output)];
            genesis
        };
        let check = |genesis: &Genesis| check_genesis_keys(genesis, &origins);
        let refusal = |alter: &dyn Fn(&mut Genesis)| {
            let mut genesis = good();
            alter(&mut genesis);
            assert_ne!(genesis, good());
            check(&genesis).expect_err("an altered genesis is accepted")
        };
        let pinned = check(&good()).unwrap();
        assert_eq!(pinned.iter().map(|key| key.of).collect::<Vec<_>>(), [spend_1, output_1]);

        // One key, everything that can be wrong with it.
        let set = |hash, transcript| {
            refusal(&|g| g.pools[0].circuits[OUTPUT] = version(output_1, 0, hash, transcript))
        };
        let key = output_1;
        for hash in development {
            assert_eq!(set(hash, Some(output.1)), GenesisKeyError::DevelopmentKey(key));
        }
        for hash in [unknown, spend.0, B256::ZERO] {
            assert_eq!(set(hash, Some(output.1)), GenesisKeyError::NoTranscript { key, hash });
        }
        for named in [keccak256("another"), spend.1, B256::ZERO] {
            let error = GenesisKeyError::OtherTranscript { key, named, found: output.1 };
            assert_eq!(set(output.0, Some(named)), error);
        }
        for (at, phase, found) in [(2, 1, 1), (3, 2, 1), (4, 1, 0)] {
            let (hash, transcript) = made(&origins[at], "output");
            let error = GenesisKeyError::FewContributions { key, phase, found };
            assert_eq!(set(hash, Some(transcript)), error);
        }
        let (hash, transcript) = made(&origins[5], "output");
        assert_eq!(set(hash, Some(transcript)), GenesisKeyError::NoBeacon(key));
        let missing = set(output.0, None);
        let missing = matches!(
            missing,
            GenesisKeyError::Genesis(GenesisError::Pools(ScheduleError::NoTranscript { .. }))
        );
        assert!(missing, "the transcript's hash may be left out");

        // Keys that hold later or elsewhere are keys like the first.
        let later = place(0, CircuitName::Output, 2);
        let bad = version(later, 9, unknown, Some(output.1));
        let upgrade = Upgrade::Circuit { pool: 0, circuit: bad.clone() };
        let expected = GenesisKeyError::NoTranscript { key: later, hash: unknown };
        assert_eq!(refusal(&|g| g.upgrades.push(upgrade.clone())), expected);
        assert_eq!(refusal(&|g| g.pools[0].circuits.push(bad.clone())), expected);
        let mut pool = PoolSpec::new(1, 50, spend.0, development[OUTPUT]);
        pool.circuits[0].transcript = Some(spend.1);
        pool.circuits[1].transcript = Some(output.1);
        let expected = GenesisKeyError::DevelopmentKey(place(1, CircuitName::Output, 1));
        assert_eq!(refusal(&|g| g.pools.push(pool.clone())), expected);
        let upgrade = Upgrade::Pool { pool: pool.clone() };
        assert_eq!(refusal(&|g| g.upgrades.push(upgrade.clone())), expected);
        pool.circuits[1].key_hash = output.0;
        let mut two = good();
        two.upgrades.push(Upgrade::Pool { pool });
        assert_eq!(check(&two).unwrap().len(), 4);

        // Without their transcripts the same keys are nobody's.
        let error = GenesisKeyError::NoTranscript { key: spend_1, hash: spend.0 };
        assert_eq!(check_genesis_keys(&good(), &[]), Err(error.clone()));
        assert_eq!(check_genesis_keys(&good(), &origins[1..]), Err(error));
    }
}

#[test]
fn the_development_genesis_pins_development_keys() {
    let mut genesis = sero_node::dev::genesis(1337);
    let pinned = check_genesis_keys(&genesis, &[]).unwrap();
    assert_eq!(pinned.len(), 2);
    assert!(pinned.iter().all(|key| is_development_key(key.hash)));
    genesis.network = NetworkKind::Main;
    genesis.pools[0].circuits.iter_mut().for_each(|key| key.transcript = Some(keccak256("any")));
    let error = GenesisKeyError::DevelopmentKey(place(0, CircuitName::Spend, 1));
    assert_eq!(check_genesis_keys(&genesis, &[]), Err(error));
}
