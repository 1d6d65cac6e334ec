use super::{check, house::*};
use crate::workspace::{Dependency, Package};
use std::collections::BTreeSet;

fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
    Package {
        name: name.into(),
        dependencies: dependencies
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).into(), kind: kind.map(Into::into) })
            .collect(),
    }
}

/// The violations when `from` names `to`, in a workspace that has both.
fn violations(from: &str, to: &str, kind: Option<&str>) -> Vec<String> {
    check(&[package(from, &[(to, kind)]), package(to, &[])]).violations
}

#[test]
fn accepts_what_points_down() {
    for kind in [None, Some("build")] {
        assert!(violations("sero-chain", "sero-storage", kind).is_empty());
        assert!(violations("sero", "sero-wallet", kind).is_empty());
    }
}

#[test]
fn names_each_kind_of_violation() {
    let cases = [
        ("sero-storage", "sero-execution", "neighbours"),
        ("sero-primitives", "sero-precompiles", "points up"),
        ("sero-node", "sero-circuits", "may use"),
        ("sero-node", "sero-testkit", "dev-dependency only"),
        ("sero-hive-tests", "sero-primitives", "serde_json only"),
        ("sero-hive-tests", "tokio", "serde_json only"),
    ];
    for (from, to, part) in cases {
        let found = violations(from, to, None);
        assert!(found.iter().any(|line| line.contains(part)), "{from} -> {to}: {found:?}");
    }
    assert!(violations("sero-new", "serde", None)[0].contains("not in the table"));
}

#[test]
fn ignores_dev_and_foreign_dependencies() {
    assert!(violations("sero-storage", "sero-testkit", Some("dev")).is_empty());
    assert!(violations("sero-storage", "sero-execution", Some("dev")).is_empty());
    let foreign = check(&[package("sero-storage", &[("serde", None)])]);
    assert!(foreign.violations.is_empty() && foreign.edges == 0);
    assert_eq!(violations("sero-hive-tests", "sero-testkit", Some("dev")).len(), 1);
}

#[test]
fn the_table_points_down() {
    for room in HOUSE {
        for &name in room.may_use {
            let used = super::room(name).expect("the table names rooms of the table");
            assert!(used.row < room.row, "{} -> {name}", room.package);
        }
    }
}

#[test]
fn the_node_cannot_reach_the_prover() {
    let mut reached = BTreeSet::new();
    let mut next = vec!["sero-node"];
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(room(name).expect("the table names rooms of the table").may_use);
        }
    }
    assert!(!reached.contains("sero-circuits") && reached.contains("sero-execution"));
}
