//! What is committed is replayed, and is what the code makes.

use sero_fuzz::corpus::{self, Entry};
use sero_fuzz::{TARGETS, Target, Verdict};

fn committed(target: &Target) -> Vec<Entry> {
    let path = corpus::path(target);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    corpus::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_decoder_says_what_it_said() {
    for target in TARGETS {
        target.warm();
        for Entry { name, verdict, bytes } in committed(target) {
            assert_eq!((target.check)(&bytes), verdict, "{} {name}", target.name);
        }
    }
}

#[test]
fn the_corpus_is_what_the_code_makes() {
    for target in TARGETS {
        let made = corpus::make(target);
        assert_eq!(made, committed(target), "{}: make it again with `cargo xtask fuzz corpus`", target.name);
        for verdict in [Verdict::Decoded, Verdict::Refused] {
            assert!(made.iter().any(|entry| entry.verdict == verdict), "{}: none {verdict:?}", target.name);
        }
    }
}

#[test]
fn nothing_valid_is_refused() {
    for target in TARGETS {
        for entry in committed(target).iter().filter(|entry| entry.name.starts_with("valid")) {
            assert_eq!(entry.verdict, Verdict::Decoded, "{} {}", target.name, entry.name);
        }
    }
}

#[test]
fn a_line_that_is_no_entry_is_named() {
    let cases = [
        ("a decoded", "line 1: expected a name, a verdict and hex digits"),
        ("a decoded 0x00\nb maybe 0x", "line 2: the verdict is `decoded` or `refused`"),
    ];
    for (text, expected) in cases {
        assert_eq!(corpus::read(text).unwrap_err(), expected);
    }
    assert!(corpus::read("a decoded 0x0").unwrap_err().starts_with("line 1: "));
}

#[test]
#[ignore = "writes the corpus: cargo xtask fuzz corpus"]
fn write() {
    for target in TARGETS {
        let path = corpus::path(target);
        std::fs::write(&path, corpus::write(&corpus::make(target))).unwrap();
    }
}
