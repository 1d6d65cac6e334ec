//! Numbers that look random and are the same in every run.

use ark_ec::{AffineRepr, CurveGroup};
use sero_shielded::curve::{Point, g_auth, multiply};
use sero_shielded::field::{Field, Scalar};
use sero_shielded::hash::{blake2b, blake2b_32, hash_to_field, hash_to_scalar};

pub struct Rng {
    label: &'static str,
    counter: u64,
}

impl Rng {
    pub fn new(label: &'static str) -> Self {
        Self { label, counter: 0 }
    }

    fn next(&mut self) -> [u8; 8] {
        self.counter += 1;
        self.counter.to_be_bytes()
    }

    pub fn bytes(&mut self) -> [u8; 32] {
        blake2b_32("test", &[self.label.as_bytes(), &self.next()])
    }

    pub fn wide(&mut self) -> [u8; 64] {
        blake2b("test", &[self.label.as_bytes(), &self.next()])
    }

    pub fn field(&mut self) -> Field {
        hash_to_field("test", &[self.label.as_bytes(), &self.next()])
    }

    pub fn scalar(&mut self) -> Scalar {
        hash_to_scalar("test", &[self.label.as_bytes(), &self.next()])
    }

    pub fn point(&mut self) -> Point {
        multiply(&g_auth(), &self.scalar())
    }

    /// A point of `C`, whose scalar field is `F`.
    pub fn pairing_point<C: AffineRepr<ScalarField = Field>>(&mut self) -> C {
        (C::generator() * self.field()).into_affine()
    }

    pub fn below(&mut self, limit: usize) -> usize {
        let [a, b, c, d, ..] = self.bytes();
        usize::try_from(u32::from_be_bytes([a, b, c, d])).expect("32 bits") % limit
    }
}
