//! The assurance harness: four mechanical tests of both circuits, the agreement of predicate and
//! constraints, and planted bugs that the harness must see. What each shows:
//! docs/spec/circuit-assurance.md. Compiled for tests and for `cargo xtask assure` only.
//!
//! Randomness is seeded, so that every run is the same.

mod agree;
mod forge;
mod hints;
mod honest;
mod layout;
mod planted;
mod rank;
mod removal;
mod statement;
mod subject;
#[cfg(test)]
mod tests;
mod wires;

use crate::keys::{ProvingKeys, matrix_digest};
use agree::Stated;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{PrimeField, Zero};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use sero_shielded::curve::Point;
use sero_shielded::field::{Field, Scalar};
use std::sync::OnceLock;
use std::time::Instant;
use subject::{BRANCHES, Branch, Output, Spend, Subject};

/// How much is tried.
pub struct Tier {
    /// T-WIT: witnesses for each branch, every wire each.
    pub wires: usize,
    /// T-HINT: witnesses for each branch.
    pub hints: usize,
    /// T-HINT: every how many-th hint.
    pub hint_step: usize,
    /// T-RANK: witnesses for each branch.
    pub rank: usize,
    /// T-DROP: every how many-th constraint.
    pub drop_step: usize,
    /// Rounds of the comparison of predicate and constraints.
    pub rounds: usize,
}

/// Every wire, hint and constraint.
pub const FULL: Tier = Tier { wires: 3, hints: 1, hint_step: 1, rank: 20, drop_step: 1, rounds: 40 };
/// A sample, for the default test run.
pub const SMOKE: Tier = Tier { wires: 1, hints: 1, hint_step: 211, rank: 1, drop_step: 97, rounds: 4 };
/// For the planted circuits: the edges of all sections.
pub const PLANTED: Tier = Tier { wires: 1, hints: 1, hint_step: 211, rank: 1, drop_step: 997, rounds: 0 };

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
}

/// Lines that the harness says, as it goes.
pub type Say<'s> = &'s mut dyn FnMut(String);

/// Runs the tests on `spend`, `output` or both. `None` for another name.
pub fn assure(circuit: Option<&str>, tier: &Tier, say: Say<'_>) -> Option<Tally> {
    if !matches!(circuit, None | Some("spend" | "output")) {
        return None;
    }
    let mut tally = Tally::default();
    if circuit != Some("output") {
        check(Spend(None), tier, say, &mut tally);
        agreement::<Spend>(Spend(None), tier, say, &mut tally);
    }
    if circuit != Some("spend") {
        check(Output(None), tier, say, &mut tally);
        agreement::<Output>(Output(None), tier, say, &mut tally);
    }
    Some(tally)
}

/// Forges with each planted bug, and looks whether the harness sees it. A plant passes if the forgery
/// works and at least one of the four tests fails; the circuits without a bug must pass the same tests.
pub fn planted(tier: &Tier, say: Say<'_>) -> Tally {
    let mut tally = Tally::default();
    let keys = match ProvingKeys::development(None) {
        Ok(keys) => keys,
        Err(error) => {
            say(format!("no keys: {error}"));
            return Tally { passed: 0, failed: 1 };
        }
    };
    let mut quiet = |_: String| ();
    let sound = [
        ("spend", check(Spend(None), tier, &mut quiet, &mut Tally::default())),
        ("output", check(Output(None), tier, &mut quiet, &mut Tally::default())),
    ];
    for (name, red) in sound {
        tally.count(red.is_empty());
        say(format!(
            "{name} without a bug: {}",
            if red.is_empty() { "green".into() } else { red.join(", ") }
        ));
    }
    for plant in planted::PLANTS {
        let start = Instant::now();
        let forged = forge::forge(plant, &keys);
        let mut ignored = Tally::default();
        let mut details = Vec::new();
        let mut keep = |line: String| details.push(line);
        let (circuit, red) = match plant {
            planted::Plant::FreeLadderBase
            | planted::Plant::FreeNullifierKey
            | planted::Plant::FreePosition => {
                ("spend", check(Spend(Some(plant)), tier, &mut keep, &mut ignored))
            }
            _ => ("output", check(Output(Some(plant)), tier, &mut keep, &mut ignored)),
        };
        tally.count(forged.is_ok() && !red.is_empty());
        let forged = match forged {
            Ok(()) => "forged: passes under the planted key, fails under the real one".into(),
            Err(error) => format!("NOT FORGED: {error}"),
        };
        let caught =
            if red.is_empty() { "NOT CAUGHT".into() } else { format!("caught by {}", red.join(", ")) };
        say(format!("{circuit} {plant:?}: {forged}; {caught} ({:.1} s)", start.elapsed().as_secs_f32()));
        details.iter().filter(|line| line.contains("FAIL")).for_each(|line| say(line.clone()));
    }
    tally
}

impl Tally {
    fn count(&mut self, passed: bool) {
        *if passed { &mut self.passed } else { &mut self.failed } += 1;
    }
}

/// The four tests; the names of those that failed.
fn check<S: Subject>(circuit: S, tier: &Tier, say: Say<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let layout = circuit.layout();
    let mut b = crate::builder::Builder::new(S::INPUTS, true);
    circuit.synthesize(&mut b, &S::blank());
    let digest: String = matrix_digest(&b)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    drop(b);
    say(format!(
        "{}: {} constraints, {} wires ({} public inputs), {} hints, matrices {digest}",
        S::NAME,
        layout.rows.len(),
        layout.wires,
        S::INPUTS,
        layout.hints()
    ));
    let mut red = Vec::new();
    let mut test = |name: &'static str, run: &mut dyn FnMut() -> (String, Vec<String>)| {
        let start = Instant::now();
        let (summary, faults) = run();
        let verdict = if faults.is_empty() { "pass" } else { "FAIL" };
        let seconds = start.elapsed().as_secs_f32();
        let shown: Vec<String> = faults.iter().take(4).cloned().collect();
        let more = faults.len().saturating_sub(4);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let list = if faults.is_empty() { String::new() } else { format!(": {}{rest}", shown.join("; ")) };
        say(format!("  {name:<7} {verdict} {seconds:>7.1} s  {summary}{list}"));
        tally.count(faults.is_empty());
        if !faults.is_empty() {
            red.push(name);
        }
    };
    test("T-WIT", &mut || wire_test(circuit, &layout, tier));
    test("T-HINT", &mut || hint_test(circuit, &layout, tier));
    test("T-RANK", &mut || rank_test(circuit, &layout, tier));
    test("T-DROP", &mut || drop_test(circuit, &layout, tier));
    red
}

fn wire_test<S: Subject>(circuit: S, layout: &Layout, tier: &Tier) -> (String, Vec<String>) {
    let mut rng = rng(1);
    let mut witnesses = Vec::new();
    for branch in BRANCHES {
        witnesses.extend((0..tier.wires).map(|n| S::honest(branch, n, &mut rng)));
    }
    let numbered: Vec<(usize, &S::Witness)> = witnesses.iter().enumerate().collect();
    let parts = parallel(&numbered, |_, witnesses| {
        let (mut tried, mut faults) = (0, Vec::new());
        for (n, w) in witnesses {
            let (found, values) =
                wires::survivors::<S>(layout, &circuit.run(w, &[]), &mut self::rng(2 + *n as u64));
            tried += values;
            let named = found.iter().map(|(wire, sign)| (layout.wire_name(*wire), *sign));
            faults.extend(
                named
                    .filter(|(name, sign)| {
                        !S::FREE_WIRES.iter().any(|free| free.0 == name && (*sign || !free.1))
                    })
                    .map(|(name, sign)| format!("{name} is not pinned{}", if sign { " (sign)" } else { "" })),
            );
            // An exception that has gone is no exception.
            for (free, _) in S::FREE_WIRES {
                if !circuit.is_planted() && !found.iter().any(|(wire, _)| layout.wire_name(*wire) == *free) {
                    faults.push(format!("{free} is pinned, but listed as free"));
                }
            }
        }
        (tried, faults)
    });
    let tried: usize = parts.iter().map(|part| part.0).sum();
    let free: Vec<&str> = S::FREE_WIRES.iter().map(|free| free.0).collect();
    let summary =
        format!("{} witnesses, {tried} mutations, free by name: {}", witnesses.len(), free.join(", "));
    (summary, parts.into_iter().flat_map(|part| part.1).collect())
}

fn hint_test<S: Subject>(circuit: S, layout: &Layout, tier: &Tier) -> (String, Vec<String>) {
    let mut rng = rng(3);
    let mut total = hints::Outcome::default();
    let branches = if tier.hint_step == 1 { &BRANCHES[..] } else { &[Branch::Coin, Branch::Dummy] };
    for (at, branch) in branches.iter().copied().enumerate() {
        for n in 0..tier.hints {
            let w = S::honest(branch, n, &mut rng);
            let other = circuit.run(&S::honest(branch, 5, &mut rng), &[]);
            let start = at % tier.hint_step.max(1);
            total.add(hints::replace(circuit, layout, &w, &other, (start, tier.hint_step), 4 + at as u64));
        }
    }
    let summary = format!(
        "{} replacements: {} refused at once, {} later, {} true statements, {} forgeries",
        total.tried,
        total.at_once,
        total.later,
        total.harmless,
        total.forgeries.len()
    );
    (summary, total.forgeries)
}

fn rank_test<S: Subject>(circuit: S, layout: &Layout, tier: &Tier) -> (String, Vec<String>) {
    let mut rng = rng(5);
    let mut witnesses = Vec::new();
    for branch in BRANCHES {
        witnesses.extend((0..tier.rank).map(|n| S::honest(branch, n, &mut rng)));
    }
    let all: Vec<&S::Witness> = witnesses.iter().collect();
    let expected = vec![layout.wires - 1];
    let parts = parallel(&all, |_, witnesses| {
        let kernels = witnesses.iter().map(|w| rank::kernel::<S>(layout, &circuit.run(w, &[])));
        kernels.filter(|kernel| *kernel != expected).collect::<Vec<_>>()
    });
    let faults: Vec<String> = parts
        .iter()
        .flatten()
        .map(|kernel| {
            let names: Vec<String> = kernel.iter().map(|wire| layout.wire_name(*wire)).collect();
            format!("kernel {}", names.join(", "))
        })
        .collect();
    let name = layout.wire_name(layout.wires - 1);
    (format!("{} witnesses, rank kernel 0 besides {name}", witnesses.len()), faults)
}

fn drop_test<S: Subject>(circuit: S, layout: &Layout, tier: &Tier) -> (String, Vec<String>) {
    let (left, looked_at) = removal::uncovered(circuit, layout, (0, tier.drop_step), 6);
    let names: Vec<String> = left.iter().map(|row| layout.row_name(*row)).collect();
    let (known, faults): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| S::REDUNDANT.contains(&name.as_str()));
    let summary = format!(
        "{} of {looked_at} constraints alone refuse a false statement; exceptions: {}",
        looked_at - left.len(),
        if known.is_empty() { "none".into() } else { known.join(", ") }
    );
    let mut faults: Vec<String> = faults.into_iter().map(|name| format!("uncovered: {name}")).collect();
    if tier.drop_step == 1 && !circuit.is_planted() {
        let gone = S::REDUNDANT.iter().filter(|name| !known.iter().any(|known| known == *name));
        faults.extend(gone.map(|name| format!("{name} is covered, but listed as redundant")));
    }
    (summary, faults)
}

fn agreement<S: Stated>(circuit: S, tier: &Tier, say: Say<'_>, tally: &mut Tally) {
    let start = Instant::now();
    let outcome = S::compare(&circuit.layout(), tier.rounds, 7);
    let passed = outcome.wrong.is_empty();
    tally.count(passed);
    let shown: Vec<&str> = outcome.wrong.iter().take(4).map(String::as_str).collect();
    say(format!(
        "  AGREE   {} {:>7.1} s  predicate and constraints: {} honest, {} broken over {} rules, {} disagreements {}",
        if passed { "pass" } else { "FAIL" },
        start.elapsed().as_secs_f32(),
        outcome.honest,
        outcome.broken,
        outcome.rules,
        outcome.wrong.len(),
        shown.join("; ")
    ));
}

use layout::Layout;

/// A seeded source.
fn rng(seed: u64) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    StdRng::from_seed(bytes)
}

/// `work(worker number, its share of the items)` on every core; results in order.
fn parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &[T]) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(workers).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = items
            .chunks(share)
            .enumerate()
            .map(|(worker, items)| scope.spawn(move || work(worker, items)))
            .collect();
        running
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The eight points that 8 kills, the identity first.
fn torsion() -> Vec<Point> {
    static POINTS: OnceLock<Vec<Point>> = OnceLock::new();
    let find = || {
        for y in 2u64..200 {
            let Some(point) = Point::get_point_from_y_unchecked(Field::from(y), false) else {
                continue;
            };
            let part = point.mul_bigint(Scalar::MODULUS);
            let four = part + part + part + part;
            if !four.is_zero() {
                return (0u64..8).map(|n| (part * Scalar::from(n)).into_affine()).collect();
            }
        }
        Vec::new()
    };
    POINTS.get_or_init(find).clone()
}
