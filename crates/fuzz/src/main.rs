//! `sero-fuzz`: one target under libFuzzer. `cargo xtask fuzz` builds it with
//! coverage and starts it; the environment says what to do.
//!
//! * `SERO_FUZZ_TARGET`: which target.
//! * `SERO_FUZZ_SEEDS`: a folder that is filled with valid inputs and the fixed corpus.
//!
//! * `SERO_FUZZ_LIST`: print `name executions bytes` of each target instead.
//!
//! At its end it prints `decoded D of N`.
#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls and is called through C")]
#![allow(clippy::print_stdout, reason = "its result is a line that `cargo xtask fuzz` reads")]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use sero_fuzz::draw::Draw;
use sero_fuzz::meter::Meter;
use sero_fuzz::{TARGETS, Target, Verdict, corpus, mutate, target};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: Meter = Meter;

/// Valid inputs to start from, besides the fixed corpus.
const SEEDS: u64 = 64;

static TARGET: OnceLock<&'static Target> = OnceLock::new();
static RUNS: AtomicU64 = AtomicU64::new(0);
static DECODED: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" {
    fn atexit(work: extern "C" fn()) -> i32;
}

fuzz_target!(init: start(), |bytes: &[u8]| {
    RUNS.fetch_add(1, Ordering::Relaxed);
    if (the_target().check)(bytes) == Verdict::Decoded {
        DECODED.fetch_add(1, Ordering::Relaxed);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut havoc = |bytes: &mut Vec<u8>, max_len: usize| {
        let len = bytes.len();
        bytes.resize(len.max(max_len), 0);
        let len = fuzzer_mutate(bytes, len.min(max_len), max_len);
        bytes.truncate(len);
    };
    let next = mutate(the_target(), &data[..size], max_size, seed.into(), &mut havoc);
    let len = next.len().min(max_size);
    data[..len].copy_from_slice(&next[..len]);
    len
});

fn the_target() -> &'static Target {
    TARGET.get().expect("libFuzzer initialises before it runs anything")
}

fn start() {
    if std::env::var_os("SERO_FUZZ_LIST").is_some() {
        TARGETS.iter().for_each(|t| println!("{} {} {}", t.name, t.cost.executions(), t.max_len));
        std::process::exit(0);
    }
    let name = std::env::var("SERO_FUZZ_TARGET").expect("SERO_FUZZ_TARGET names the target");
    let target = target(&name).expect("SERO_FUZZ_TARGET is the name of a target");
    target.warm();
    let _ = TARGET.set(target);
    if let Ok(folder) = std::env::var("SERO_FUZZ_SEEDS") {
        write_seeds(target, Path::new(&folder)).expect("SERO_FUZZ_SEEDS is a folder that can be written");
    }
    // SAFETY: `finish` is a C function without arguments that touches nothing but
    // atomics and standard output, both of which outlive the exit handlers.
    let registered = unsafe { atexit(finish) };
    assert_eq!(registered, 0, "atexit");
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in corpus::make(target) {
        std::fs::write(folder.join(&entry.name), &entry.bytes)?;
    }
    for seed in 0..SEEDS {
        std::fs::write(folder.join(format!("drawn-{seed}")), (target.draw)(&mut Draw::new(seed)))?;
    }
    Ok(())
}

extern "C" fn finish() {
    println!("decoded {} of {}", DECODED.load(Ordering::Relaxed), RUNS.load(Ordering::Relaxed));
}
