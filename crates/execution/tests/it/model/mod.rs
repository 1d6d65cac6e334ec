//! The model ledger against the block executor: random call trees, compared
//! after every transaction (results of every call, logs) and every block (all
//! slots of the precompiles, all balances, conservation).
//!
//! `cargo xtask model --trees N --seed S` runs the long tier.

mod assets;
mod facades;
mod generate;
mod ledger;
mod play;
mod stock;
mod world;

use alloy_primitives::Address;
use facades::{ERC20, ERC721};
use play::Counts;
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPackages, IPool};
use sero_primitives::{ASSETS, PACKAGES, POOL};
use std::collections::BTreeMap;
use world::World;

/// Trees that are played on one chain before the next begins.
const TREES_PER_WORLD: u64 = 96;
/// Errors that no call reaches, and why.
const UNREACHABLE: [(Address, &str); 2] = [
    // An id hashes a nullifier that was never spent before, or a nonce that was never used before.
    (PACKAGES, "PackageExists"),
    // public + hidden = issued < 2^128, so nothing that leaves the pool overflows `public`.
    (PACKAGES, "SupplyOverflow"),
];

/// Name of an error of these interfaces.
fn error_name(to: Address, selector: [u8; 4]) -> String {
    let assets = IAssets::IAssetsErrors::name_by_selector(selector);
    let pool = IPool::IPoolErrors::name_by_selector(selector);
    let packages = IPackages::IPackagesErrors::name_by_selector(selector);
    let tickets = IErc721Facade::IErc721FacadeErrors::name_by_selector(selector);
    let order = match to {
        ASSETS | ERC20 => [assets, pool, packages],
        ERC721 => [tickets, assets, pool],
        POOL => [pool, packages, assets],
        _ => [packages, pool, assets],
    };
    order.into_iter().flatten().next().map_or_else(|| format!("{selector:02x?}"), Into::into)
}

fn selector_name(to: Address, selector: [u8; 4]) -> String {
    let name = match to {
        ASSETS => IAssets::IAssetsCalls::name_by_selector(selector),
        POOL => IPool::IPoolCalls::name_by_selector(selector),
        ERC20 => IErc20Facade::IErc20FacadeCalls::name_by_selector(selector),
        ERC721 => IErc721Facade::IErc721FacadeCalls::name_by_selector(selector),
        _ => IPackages::IPackagesCalls::name_by_selector(selector),
    };
    name.map_or_else(|| "(unknown)".into(), Into::into)
}

fn is_known(to: Address, selector: [u8; 4]) -> bool {
    selector_name(to, selector) != "(unknown)"
}

fn precompile_name(to: Address) -> &'static str {
    match to {
        ASSETS => "ASSETS",
        POOL => "POOL",
        ERC20 => "ERC20",
        ERC721 => "ERC721",
        _ => "PACKAGES",
    }
}

/// What a run did.
#[derive(Default)]
struct Report {
    trees: u64,
    blocks: u64,
    calls: Counts,
    /// Transactions by kind and outcome.
    transactions: BTreeMap<String, u64>,
    /// Without what a contract on a stock EVM cannot see.
    visible: bool,
}

/// Plays so many trees; with the Solidity models beside, if they are asked for.
fn run(trees: u64, seed: u64, with_solidity: bool) -> Result<Report, String> {
    use rayon::prelude::*;
    let worlds = trees.div_ceil(TREES_PER_WORLD);
    let reports = (0..worlds).into_par_iter().map(|number| {
        let quota = TREES_PER_WORLD.min(trees - number * TREES_PER_WORLD);
        let world_seed = seed.wrapping_mul(0x1_0000_0001).wrapping_add(number);
        let mut world = World::new(world_seed, number, with_solidity);
        let mut report = Report::default();
        while world.trees < quota {
            world.block(&mut report.calls, &mut report.transactions).map_err(|error| {
                format!("world {number} of seed {seed}, after {} trees: {error}", world.trees)
            })?;
            report.blocks += 1;
        }
        report.trees = world.trees;
        report.visible = with_solidity;
        Ok(report)
    });
    reports.try_reduce(Report::default, |a, b| Ok(a.and(b)))
}

impl Report {
    fn and(mut self, other: Self) -> Self {
        self.trees += other.trees;
        self.blocks += other.blocks;
        self.visible |= other.visible;
        for (call, outcomes) in other.calls {
            let mine = self.calls.entry(call).or_default();
            outcomes.into_iter().for_each(|(name, n)| *mine.entry(name).or_default() += n);
        }
        other.transactions.into_iter().for_each(|(kind, n)| *self.transactions.entry(kind).or_default() += n);
        self
    }

    fn print(&self) {
        #![allow(clippy::print_stdout, reason = "the long tier's result")]
        for ((to, selector), outcomes) in &self.calls {
            let outcomes: Vec<String> = outcomes.iter().map(|(name, n)| format!("{name} {n}")).collect();
            let name = format!("{}.{}", precompile_name(*to), selector_name(*to, *selector));
            println!("{name:32} {}", outcomes.join(", "));
        }
        for (kind, n) in &self.transactions {
            println!("{kind:32} {n}");
        }
        let (succeeded, all) = self.successes();
        println!("{} trees, {} blocks, {all} calls, {succeeded} succeeded", self.trees, self.blocks);
    }

    fn successes(&self) -> (u64, u64) {
        let all = self.calls.values().flat_map(|outcomes| outcomes.values()).sum();
        let good = self.calls.values().filter_map(|outcomes| outcomes.get("success")).sum();
        (good, all)
    }

    /// What the run never reached.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let reached = |to: Address, name: &str| {
            let at = |to| {
                let here = self.calls.iter().filter(|((address, _), _)| *address == to);
                here.into_iter().any(|(_, outcomes)| outcomes.contains_key(name))
            };
            at(to) || (to == PACKAGES && at(POOL))
        };
        let selectors = [
            (ASSETS, IAssets::IAssetsCalls::SELECTORS),
            (POOL, IPool::IPoolCalls::SELECTORS),
            (PACKAGES, IPackages::IPackagesCalls::SELECTORS),
            (ERC20, IErc20Facade::IErc20FacadeCalls::SELECTORS),
            (ERC721, IErc721Facade::IErc721FacadeCalls::SELECTORS),
        ];
        for (to, all) in selectors {
            for selector in all {
                let outcomes = self.calls.get(&(to, *selector));
                if outcomes.is_none_or(|outcomes| !outcomes.contains_key("success")) {
                    let name = selector_name(to, *selector);
                    missing.push(format!("{}.{name} never succeeded", precompile_name(to)));
                }
            }
        }
        let errors = [
            (ASSETS, IAssets::IAssetsErrors::VARIANT_NAMES),
            (POOL, IPool::IPoolErrors::VARIANT_NAMES),
            (PACKAGES, IPackages::IPackagesErrors::VARIANT_NAMES),
            (ERC721, IErc721Facade::IErc721FacadeErrors::VARIANT_NAMES),
        ];
        for (to, all) in errors {
            for name in all {
                let exempt = UNREACHABLE.contains(&(to, *name));
                match (reached(to, name), exempt) {
                    (false, false) => missing.push(format!("{} {name} never happened", precompile_name(to))),
                    (true, true) => missing.push(format!("{} {name} is reachable", precompile_name(to))),
                    _ => {}
                }
            }
        }
        for to in [ASSETS, POOL, PACKAGES] {
            let gas = self.calls.iter().filter(|((address, _), _)| *address == to);
            if !self.visible && !gas.into_iter().any(|(_, outcomes)| outcomes.contains_key("out of gas")) {
                missing.push(format!("{} never ran out of gas", precompile_name(to)));
            }
        }
        missing
    }

    fn judge(&self) -> Result<(), String> {
        let (succeeded, all) = self.successes();
        let mut faults = self.missing();
        if succeeded * 2 < all {
            faults.push(format!("only {succeeded} of {all} calls succeeded"));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }
}

#[test]
fn random_call_trees_do_what_the_model_says() {
    let report = run(5_000, 1, false).unwrap();
    report.judge().unwrap();
}

#[test]
fn the_solidity_models_do_what_the_chain_does() {
    let report = run(480, 1, true).unwrap();
    report.judge().unwrap();
}

#[test]
#[ignore = "the long tier: cargo xtask model --trees N --seed S"]
fn long() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number in the environment"))
    };
    let report = run(number("SERO_MODEL_TREES", 100_000), number("SERO_MODEL_SEED", 1), false).unwrap();
    report.print();
    report.judge().unwrap();
}

#[test]
#[ignore = "the long tier: cargo xtask contracts --model-diff N --seed S"]
fn long_with_solidity() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number in the environment"))
    };
    let report = run(number("SERO_MODEL_TREES", 10_000), number("SERO_MODEL_SEED", 1), true).unwrap();
    report.print();
    report.judge().unwrap();
}
