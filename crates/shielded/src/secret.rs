//! A small wrapper for secret values: no `Debug`, no `Copy`, wiped on drop.

use zeroize::{Zeroize, Zeroizing};

/// A secret that is zeroised when dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes ownership of a secret value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value; do not copy it into anything that outlives its use.
    pub fn expose(&self) -> &T {
        &self.0
    }
}
