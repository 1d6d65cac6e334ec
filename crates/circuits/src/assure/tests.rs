//! The smoke tier, and that the harness can fail.

use super::*;
use crate::builder::Builder;
use crate::gadgets::variable_base::from_bits;
use crate::{output, spend};

fn collect(run: impl FnOnce(Say<'_>) -> Tally) -> (Tally, String) {
    let mut lines = Vec::new();
    let tally = run(&mut |line| lines.push(line));
    (tally, lines.join("\n"))
}

#[test]
fn spend_smoke() {
    let (tally, report) = collect(|say| assure(Some("spend"), &SMOKE, say).expect("a circuit"));
    assert_eq!(tally, Tally { passed: 5, failed: 0 }, "{report}");
}

#[test]
fn output_smoke() {
    let (tally, report) = collect(|say| assure(Some("output"), &SMOKE, say).expect("a circuit"));
    assert_eq!(tally, Tally { passed: 5, failed: 0 }, "{report}");
}

#[test]
fn an_unknown_circuit_is_refused() {
    assert_eq!(assure(Some("mint"), &SMOKE, &mut |_| ()), None);
}

/// Every planted bug is forged with and seen.
#[test]
fn planted_bugs_are_caught() {
    let (tally, report) = collect(|say| planted(&PLANTED, say));
    assert_eq!(tally, Tally { passed: 8, failed: 0 }, "{report}");
}

/// Without a plant the copies are the product's circuits.
#[test]
fn copies_equal_the_product() {
    let mut rng = rng(8);
    let w = Spend::honest(BRANCHES[0], 0, &mut rng);
    let (mut copy, mut product) = (Builder::new(6, true), Builder::new(6, true));
    planted::spend(&mut copy, &w, None);
    spend::synthesize(&mut product, &w);
    assert!(copy.rows == product.rows && copy.assignment == product.assignment);
    assert!(copy.sections == product.sections);
    let w = Output::honest(BRANCHES[0], 0, &mut rng);
    let (mut copy, mut product) = (Builder::new(3, true), Builder::new(3, true));
    planted::output(&mut copy, &w, None);
    output::synthesize(&mut product, &w);
    assert!(copy.rows == product.rows && copy.assignment == product.assignment);
    assert!(copy.sections == product.sections);
}

/// T-DROP names a constraint that is there twice: neither copy is needed.
#[test]
fn a_repeated_constraint_is_redundant() {
    let mut b = Builder::new(3, true);
    output::synthesize(&mut b, &Output::blank());
    let row = 700;
    b.rows.push(b.rows[row].clone());
    let layout = Layout::new(&mut b);
    let copy = layout.rows.len() - 1;
    let (left, _) = removal::uncovered(Output(None), &layout, (row, copy - row), 9);
    assert_eq!(left, [row, copy]);
}

/// The widest number is the amount; a decomposition of a field element would be seen.
#[test]
fn no_number_could_hold_x_plus_r() {
    assert_eq!(Spend(None).layout().widest_number(), 128);
    assert_eq!(Output(None).layout().widest_number(), 128);
    let mut b = Builder::new(0, true);
    let bits: Vec<_> = (0..254).map(|i| b.bit(i % 3 == 0)).collect();
    let number = from_bits(&bits);
    let x = b.hint(number.value);
    b.enforce_equal(&number, &x);
    assert_eq!(Layout::new(&mut b).widest_number(), 254);
}

/// What the harness reads off the wires is the witness.
#[test]
fn wires_read_back() {
    let mut rng = rng(10);
    let (spend, output) = (Spend(None).layout(), Output(None).layout());
    for n in 0..6 {
        for branch in BRANCHES {
            let assignment = Spend(None).run(&Spend::honest(branch, n, &mut rng), &[]);
            assert_eq!(Spend::judge(&spend, &assignment), []);
            let assignment = Output(None).run(&Output::honest(branch, n, &mut rng), &[]);
            assert_eq!(Output::judge(&output, &assignment), []);
        }
    }
}
