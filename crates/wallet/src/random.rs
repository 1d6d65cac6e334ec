//! The one place where randomness enters: the operating system.

use sero_circuits::rand::{CryptoRng, Error, RngCore};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::hash::{hash_to_field, hash_to_scalar};
use zeroize::Zeroizing;

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct RandomError;

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

/// A uniform scalar of `J`, never zero.
pub fn scalar() -> Result<Scalar, RandomError> {
    loop {
        let seed = Zeroizing::new(bytes::<64>()?);
        let scalar = hash_to_scalar("SERO_random", &[seed.as_slice()]);
        if scalar != Scalar::from(0u8) {
            return Ok(scalar);
        }
    }
}

/// A uniform field element.
pub fn field() -> Result<Field, RandomError> {
    let seed = Zeroizing::new(bytes::<64>()?);
    Ok(hash_to_field("SERO_random", &[seed.as_slice()]))
}

/// A uniform number below `bound`, which must not be zero.
pub fn below(bound: u64) -> Result<u64, RandomError> {
    let zone = u64::MAX - u64::MAX % bound;
    loop {
        let number = u64::from_be_bytes(bytes()?);
        if number < zone {
            return Ok(number % bound);
        }
    }
}

/// Brings `items` into a uniformly random order.
pub fn shuffle<T>(items: &mut [T]) -> Result<(), RandomError> {
    for last in (1..items.len()).rev() {
        let bound = u64::try_from(last + 1).map_err(|_| RandomError)?;
        let other = usize::try_from(below(bound)?).map_err(|_| RandomError)?;
        items.swap(last, other);
    }
    Ok(())
}

/// The same source behind the trait that the prover asks for.
pub struct OsRng;

impl RngCore for OsRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("without randomness a proof would give its witness away");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::new(RandomError))
    }
}

impl CryptoRng for OsRng {}
