//! An allocator that remembers the largest allocation of a thread.
//!
//! A decoder that reserves what a length field declares shows here, however
//! quickly the memory is given back.
#![allow(unsafe_code, reason = "a global allocator cannot be written without; it only forwards")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    static UNLIMITED: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator with a memory; a program installs it as `#[global_allocator]`.
pub struct Meter;

fn note(size: usize) {
    // Constant, without destructor: never allocates, and exists until the thread is gone.
    LARGEST.with(|largest| largest.set(largest.get().max(size)));
}

// SAFETY: every call goes to `System` with the caller's own arguments, so that
// the caller's promises are `System`'s preconditions and its results are ours.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise on `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise on `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: the caller's promise on all three; `pointer` came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise; `pointer` came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `work`, and gives the bytes of its largest allocation on this thread: 0
/// where [`Meter`] is not installed or inside [`unlimited`].
pub fn largest<T>(work: impl FnOnce() -> T) -> (T, usize) {
    LARGEST.set(0);
    let value = work();
    (value, if UNLIMITED.get() { 0 } else { LARGEST.get() })
}

/// Runs `work` without counting.
pub fn unlimited<T>(work: impl FnOnce() -> T) -> T {
    UNLIMITED.set(true);
    let value = work();
    UNLIMITED.set(false);
    value
}
