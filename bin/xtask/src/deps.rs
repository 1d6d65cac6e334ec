//! `cargo xtask deps`: dependencies between the crates point down, as drawn in
//! `docs/ARCHITECTURE.md`.
//!
//! Normal and build dependencies count. Dev-dependencies are free, and the test
//! kit may be nothing else than a dev-dependency.

mod house;
#[cfg(test)]
mod tests;

use crate::{
    Failure, unknown_options,
    workspace::{Package, Workspace},
};
use house::{HIVE_TESTS, HIVE_TESTS_MAY_USE, TESTKIT, room};
use std::collections::BTreeSet;

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if !options.is_empty() {
        return Err(unknown_options("deps", options));
    }
    let packages = Workspace::load()?.packages;
    let report = check(&packages);
    if report.violations.is_empty() {
        println!("{} packages, {} dependencies between them, all point down", packages.len(), report.edges);
        Ok(())
    } else {
        let count = report.violations.len();
        let lines = report.violations.join("\n");
        Err(Failure::Failed(format!("{lines}\n{count} violations")))
    }
}

/// The outcome for a set of packages.
struct Report {
    /// How many dependencies were judged.
    edges: usize,
    /// One line each.
    violations: Vec<String>,
}

fn check(packages: &[Package]) -> Report {
    let members: BTreeSet<&str> = packages.iter().map(|package| &*package.name).collect();
    let mut report = Report { edges: 0, violations: Vec::new() };
    for package in packages {
        if room(&package.name).is_none() {
            report
                .violations
                .push(format!("{}: not in the table of bin/xtask/src/deps/house.rs", package.name));
        }
        for dependency in &package.dependencies {
            let (from, to) = (&*package.name, &*dependency.name);
            let is_dev = dependency.kind.as_deref() == Some("dev");
            if from == HIVE_TESTS {
                report.edges += 1;
                if !HIVE_TESTS_MAY_USE.contains(&to) {
                    report.violations.push(format!(
                        "{from} -> {to}: black-box tests use {} only",
                        HIVE_TESTS_MAY_USE.join(", ")
                    ));
                }
            } else if members.contains(to) && !is_dev {
                report.edges += 1;
                if let Err(reason) = judge(from, to) {
                    report.violations.push(format!("{from} -> {to}: {reason}"));
                }
            }
        }
    }
    report
}

/// Whether `from` may name `to` outside its tests.
fn judge(from: &str, to: &str) -> Result<(), String> {
    if to == TESTKIT {
        return Err("the test kit is a dev-dependency only".into());
    }
    // A package without a room has its own line already.
    let (Some(upper), Some(lower)) = (room(from), room(to)) else {
        return Ok(());
    };
    if upper.row == lower.row {
        return Err("neighbours on a row never import each other".into());
    }
    if upper.row < lower.row {
        return Err("points up".into());
    }
    if !upper.may_use.contains(&to) {
        return Err(format!("may use {} only", list(upper.may_use)));
    }
    Ok(())
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing of the workspace".into() } else { names.join(", ") }
}
