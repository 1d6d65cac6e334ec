//! A contributor's secrets: drawn, used, wiped.

use super::error::Error;
use ark_ff::{One, Zero};
use sero_shielded::field::Field;
use sero_shielded::hash::{blake2b, hash_to_field};
use zeroize::{Zeroize, Zeroizing};

/// What a contribution's factors are derived from. Wiped on drop; never written anywhere.
pub struct Randomness(Zeroizing<[u8; 64]>);

impl Randomness {
    /// `system`: 64 bytes of the operating system's randomness, wiped here.
    /// `own`: whatever the contributor wants to mix in; it can only add.
    pub fn new(system: &mut [u8; 64], own: &[u8]) -> Result<Self, Error> {
        if system.iter().all(|byte| *byte == system[0]) {
            return Err(Error::NoRandomness("the operating system's randomness".into()));
        }
        let seed = Zeroizing::new(blake2b("SERO_cer_secret", &[system.as_slice(), own]));
        system.zeroize();
        Ok(Randomness(seed))
    }

    /// The factor for one secret of one record: the history is part of it, so
    /// that no other record can come out the same.
    pub(super) fn factor(&self, parent: &[u8; 32], phase: u8, slot: u8) -> Zeroizing<Field> {
        let factor = (0u8..)
            .map(|n| hash_to_field("SERO_cer_factor", &[self.0.as_slice(), parent, &[phase, slot, n]]))
            .find(|x| !is_trivial(x));
        Zeroizing::new(factor.expect("255 hashes are not all 0, 1 or -1"))
    }
}

/// 0, 1 and -1 hide nothing.
pub(super) fn is_trivial(factor: &Field) -> bool {
    factor.is_zero() || factor.is_one() || (-*factor).is_one()
}
