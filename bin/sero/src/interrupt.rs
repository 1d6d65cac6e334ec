//! Ctrl-C and the termination signal, as the end that a program was told to come to.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Both signals, caught from [`Interrupts::caught`] on, and never lost: whoever starts a program may end
/// it as soon as it says that it runs, so this comes before it says so.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Catches the signals from now on. Only within a runtime.
    pub fn caught() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Whether one has come since the last call. Does not wait.
    pub async fn came(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.next() => true,
            // Once around the runtime, which sees to signals then.
            () = tokio::task::yield_now() => false,
        }
    }

    /// Waits for the next one, if none has come since the last call.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
