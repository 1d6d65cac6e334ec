//! What a long call tells while it works, and how it is ended.

use crate::ProveError;
use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends the work that looks at it; clones are the same switch. It cannot be taken back.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The work ends at its next look; between two looks there is less than one proof.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`ProveError::Cancelled`] if it was called.
    pub fn check(&self) -> Result<(), ProveError> {
        if self.is_cancelled() { Err(ProveError::Cancelled) } else { Ok(()) }
    }
}

/// A statement of a batch, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A Spend.
    Spend(usize),
    /// An Output.
    Output(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spend(index) => write!(f, "spends[{index}]"),
            Self::Output(index) => write!(f, "outputs[{index}]"),
        }
    }
}

/// A proof is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which.
    pub part: Part,
    /// How many are, with this one. Proofs of several threads may be told out of order.
    pub done: usize,
    /// How many there will be.
    pub of: usize,
}

/// Who follows a long call.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    /// Looked at between proofs, and between the steps of each.
    pub cancel: &'w Cancel,
    /// Called after each proof, on the thread that made it.
    pub progress: &'w (dyn Fn(Progress) + Sync),
}
