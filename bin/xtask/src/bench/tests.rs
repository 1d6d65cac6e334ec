use super::{
    figures::{self, Figure, Samples},
    parse,
    rows::{self, Program, Subject},
    runner::{Answer, Runner},
};
use crate::Failure;
use std::{collections::BTreeSet, process::Command};

fn answer(wall_ms: f64, processor_ms: f64, peak_mib: f64) -> Answer {
    Answer { wall_ms, processor_ms: Some(processor_ms), peak_mib: Some(peak_mib) }
}

fn samples(answers: &[Answer]) -> Samples {
    let mut samples = Samples::default();
    answers.iter().for_each(|answer| samples.add(*answer));
    samples
}

#[test]
fn bad_arguments_are_refused_with_what_is_allowed() {
    let cases: [(&[&str], &str); 14] = [
        (&[], "prover, scan, verify, tree, state, blocks or rpc"),
        (&["provers"], "not provers"),
        (&["--peers"], "not --peers"),
        (&["prover", "--threads", "0"], "1 to 256, not 0"),
        (&["prover", "--threads", "257"], "1 to 256, not 257"),
        (&["prover", "--threads", "two"], "not two"),
        (&["prover", "--runs", "1001"], "1 to 1000, not 1001"),
        (&["prover", "--runs"], "bench prover does not take --runs"),
        (&["prover", "--peer"], "bench prover does not take --peer"),
        (&["scan", "--json", "--peers"], "bench scan does not take --peers"),
        (&["tree", "--json", "again"], "bench tree does not take again"),
        (&["tree", "--accounts", "1000000"], "bench tree does not take --accounts"),
        (&["state", "--accounts", "0"], "1 to 100000000, not 0"),
        (&["state", "--accounts", "many"], "1 to 100000000, not many"),
    ];
    for (arguments, part) in cases {
        match parse(arguments) {
            Err(Failure::Usage(message)) => assert!(message.contains(part), "{arguments:?}: {message}"),
            _ => panic!("{arguments:?} was not refused as usage"),
        }
    }
}

#[test]
fn arguments_are_read_in_any_order() {
    let Ok(options) = parse(&["prover", "--json", "--runs", "3", "--peers", "--threads", "2"]) else {
        panic!("good arguments were refused");
    };
    assert!(options.json && options.peers && options.subject == Subject::Prover);
    assert_eq!((options.threads, options.runs), (2, 3));
    let Ok(options) = parse(&["verify"]) else { panic!("good arguments were refused") };
    assert!(!options.json && !options.peers && options.threads == 1);
}

#[test]
fn peers_are_rows_only_where_asked_for() {
    let names = |peers| rows::of(Subject::Prover, peers).iter().map(|row| row.name).collect::<BTreeSet<_>>();
    let ours = [
        "sero spend",
        "sero output",
        "sero 1-in-2-out",
        "sero 2-in-2-out",
        "sero 2-in-4-out",
        "sero spend low-memory",
        "sero 1-in-2-out low-memory",
        "sero spend shared-machine",
        "ark-groth16 spend",
        "ark-groth16 output",
    ];
    let peers = ["sapling spend", "sapling output", "sapling 1-in-2-out", "orchard 2 actions"];
    assert_eq!(names(false), BTreeSet::from(ours));
    assert_eq!(names(true), ours.into_iter().chain(peers).collect());
    for subject in [Subject::Prover, Subject::Scan, Subject::Verify, Subject::Tree, Subject::State] {
        assert!(rows::of(subject, false).iter().all(|row| row.program == Program::Ours));
    }
}

#[test]
fn the_first_measurement_counts_for_memory_alone() {
    let all =
        [900.0, 4.0, 1.0, 3.0, 2.0].map(|wall| answer(wall, wall, if wall > 100.0 { 70.5 } else { 60.0 }));
    let figure = samples(&all).figure("row", 1).expect("a figure");
    assert_eq!((figure.median_ms, figure.min_ms, figure.max_ms), (2.5, 1.0, 4.0));
    assert_eq!((figure.runs, figure.threads, figure.peak_mib), (4, 1, Some(70.5)));
    let figure = samples(&all[..4]).figure("row", 1).expect("a figure");
    assert_eq!(figure.median_ms, 3.0);
    assert!(samples(&all[..1]).figure("row", 1).is_err());
}

#[test]
fn a_program_that_takes_more_processors_is_refused() {
    let two = samples(&[answer(100.0, 200.0, 1.0); 11]);
    assert!(two.figure("row", 2).is_ok());
    assert!(two.figure("row", 1).expect_err("two are busy").contains("2.0 processors"));
    let unknown = samples(&[Answer { wall_ms: 1.0, processor_ms: None, peak_mib: None }; 2]);
    assert_eq!(unknown.figure("row", 1).expect("a figure").peak_mib, None);
}

#[test]
fn json_has_the_promised_keys() {
    let known = samples(&[answer(1.0, 1.0, 2.0); 2]).figure("known", 1).expect("a figure");
    let unknown = Figure { name: "unknown".into(), peak_mib: None, ..known.clone() };
    let text = figures::json(&[known, unknown], None).expect("JSON");
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&text).expect("an array of objects");
    let promised = ["name", "threads", "median_ms", "min_ms", "max_ms", "runs", "peak_mib"];
    for row in &rows {
        assert_eq!(row.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(promised));
    }
    assert_eq!(rows[0]["peak_mib"], 2.0);
    assert!(rows[1]["peak_mib"].is_null());
}

#[test]
fn sizes_are_a_row_and_a_table() {
    let figure = samples(&[answer(1.0, 1.0, 2.0); 2]).figure("known", 1).expect("a figure");
    let sizes = serde_json::json!({ "name": "sero database", "bytes_per_account": 123 });
    let text = figures::json(&[figure], Some(&sizes)).expect("JSON");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).expect("an array");
    assert_eq!((rows.len(), &rows[1]), (2, &sizes));
    let table = figures::sizes(&sizes);
    assert!(table.contains("| bytes per account | 123 |") && !table.contains("sero database"), "{table}");
}

#[test]
fn ratios_are_of_rows_that_were_measured() {
    let figure = |name: &str, median_ms| Figure {
        name: name.into(),
        threads: 1,
        median_ms,
        min_ms: 1.0,
        max_ms: 1.0,
        runs: 1,
        peak_mib: None,
    };
    let text = rows::comparisons(&[figure("sero spend", 50.0), figure("ark-groth16 spend", 400.0)]);
    assert!(text.contains("| sero spend / ark-groth16 spend | 0.125 = 1/8.0 |"), "{text}");
    assert!(!text.contains("sapling"), "{text}");
    let text = rows::comparisons(&[figure("sero scan 10000", 500.0)]);
    assert!(text.contains("| 50.00 | 20000 |"), "{text}");
}

#[test]
fn answers_are_read() {
    assert_eq!(Answer::read("1.5 2 3.25"), Ok(answer(1.5, 2.0, 3.25)));
    let unknown = Answer { wall_ms: 1.5, processor_ms: None, peak_mib: None };
    assert_eq!(Answer::read("1.5 - -"), Ok(unknown));
    assert_eq!(Answer::read("error: no such row"), Err("no such row".into()));
    for bad in ["", "1.5", "1.5 2", "a 2 3", "1 2 3 4"] {
        assert!(Answer::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_program_that_ends_is_an_error() {
    let mut runner = Runner::start(&mut Command::new("true")).expect("a program");
    assert_eq!(runner.ask("row"), Err("the program ended".into()));
    assert!(Runner::start(&mut Command::new("no/such/program")).is_err());
}
