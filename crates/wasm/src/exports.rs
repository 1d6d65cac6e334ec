//! What JavaScript calls. Only numbers cross: the host writes into the input where [`sero_input`] says, calls, and
//! reads where [`sero_output`] says. An address is valid until the next call.
//!
//! A call gives 0 if it did what it says, and the output is its result; otherwise the output is a text that says why.
#![allow(
    unsafe_code,
    reason = "a name that is exported counts as unsafe; nothing here is an unsafe operation"
)]

use crate::{SEED_LEN, Worker};
use sero_circuits::Mode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// The only thread's.
static STATE: Mutex<State> = Mutex::new(State { input: Vec::new(), output: Vec::new(), worker: None });

struct State {
    /// Secret.
    input: Vec<u8>,
    output: Vec<u8>,
    worker: Option<Worker>,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the input, and puts the result of `work` into the output.
fn answer(work: impl FnOnce(&mut Option<Worker>, &[u8]) -> Result<Vec<u8>, String>) -> u32 {
    let mut state = state();
    let input = Zeroizing::new(core::mem::take(&mut state.input));
    let result = work(&mut state.worker, &input);
    let failed = u32::from(result.is_err());
    state.output = result.unwrap_or_else(String::into_bytes);
    failed
}

/// Makes room for an input of `length` bytes, all 0, and gives its address.
#[unsafe(no_mangle)]
extern "C" fn sero_input(length: usize) -> usize {
    let mut state = state();
    drop(Zeroizing::new(core::mem::replace(&mut state.input, vec![0; length])));
    state.input.as_ptr().addr()
}

/// Address of the output.
#[unsafe(no_mangle)]
extern "C" fn sero_output() -> usize {
    state().output.as_ptr().addr()
}

/// Bytes of the output.
#[unsafe(no_mangle)]
extern "C" fn sero_output_length() -> usize {
    state().output.len()
}

/// Takes the keys in the input: `spend_length` bytes of the Spend key file, then the Output key file. With `scarce`, tables take
/// a quarter of the memory. No output.
#[unsafe(no_mangle)]
extern "C" fn sero_load(spend_length: usize, scarce: u32) -> u32 {
    let mode = if scarce == 0 { Mode::Fast } else { Mode::LowMemory };
    answer(|worker, input| {
        let (spend, output) = input.split_at_checked(spend_length).ok_or("the Spend key is cut off")?;
        // The old one first: two have no room.
        *worker = None;
        *worker = Some(Worker::new(spend, output, mode).map_err(|error| error.to_string())?);
        Ok(Vec::new())
    })
}

/// Answers the request in the input, which follows [`SEED_LEN`] random bytes.
#[unsafe(no_mangle)]
extern "C" fn sero_prove() -> u32 {
    answer(|worker, input| {
        let (seed, request) = input.split_first_chunk::<SEED_LEN>().ok_or("the seed is cut off")?;
        let worker = worker.as_ref().ok_or("no keys are loaded")?;
        worker.prove(seed, request).map_err(|error| error.to_string())
    })
}
