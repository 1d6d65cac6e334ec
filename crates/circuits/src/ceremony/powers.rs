//! Phase 1: powers of tau, alone and times alpha and beta.

use super::check::{equal_pairings, g1, g2, scale_each, sum};
use super::codec::{Identity, Reader, Writer};
use super::error::Error;
use super::hash::Coefficients;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::CurveGroup;
use ark_ff::One;
use sero_shielded::field::Field;
use zeroize::Zeroizing;

pub(super) const TAU_G1: &str = "tau in G1";
pub(super) const TAU_G2: &str = "tau in G2";
pub(super) const ALPHA_G1: &str = "alpha tau in G1";
pub(super) const BETA_G1: &str = "beta tau in G1";
pub(super) const BETA_G2: &str = "beta in G2";

/// The arrays of phase 1 for domains of up to `n` points. `tau_g1` has one
/// power more than Groth16 needs, `tau^(2n-1)`: see [`super::query::Queries`].
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Powers {
    /// `tau^i G1`, `i < 2n`.
    pub tau_g1: Vec<G1Affine>,
    /// `tau^i G2`, `i < n`.
    pub tau_g2: Vec<G2Affine>,
    /// `alpha tau^i G1`, `i < n`.
    pub alpha_g1: Vec<G1Affine>,
    /// `beta tau^i G1`, `i < n`.
    pub beta_g1: Vec<G1Affine>,
    /// `beta G2`.
    pub beta_g2: G2Affine,
}

impl Powers {
    /// All secrets 1.
    pub fn start(n: usize) -> Self {
        Powers {
            tau_g1: vec![g1(); 2 * n],
            tau_g2: vec![g2(); n],
            alpha_g1: vec![g1(); n],
            beta_g1: vec![g1(); n],
            beta_g2: g2(),
        }
    }

    /// The elements that a record of phase 1 moves: tau, alpha, beta.
    pub fn heads(&self) -> [G1Affine; 3] {
        [self.tau_g1[1], self.alpha_g1[0], self.beta_g1[0]]
    }

    /// Multiplies tau, alpha and beta by these factors.
    pub fn apply(&mut self, [tau, alpha, beta]: [&Field; 3]) {
        let n = self.tau_g2.len();
        let powers = geometric(Field::one(), tau, 2 * n);
        self.tau_g1 = scale_each(&self.tau_g1, powers.iter());
        self.tau_g2 = scale_each(&self.tau_g2, powers.iter().take(n));
        self.alpha_g1 = scale_each(&self.alpha_g1, geometric(*alpha, tau, n).iter());
        self.beta_g1 = scale_each(&self.beta_g1, geometric(*beta, tau, n).iter());
        self.beta_g2 = (self.beta_g2 * beta).into_affine();
    }

    /// Every element is the right multiple of the generators, for the tau,
    /// alpha and beta behind `heads`.
    pub fn check(&self, heads: &[G1Affine; 3], coefficients: &Coefficients) -> Result<(), Error> {
        let names = [TAU_G1, ALPHA_G1, BETA_G1];
        for ((name, found), expected) in names.into_iter().zip(self.heads()).zip(heads) {
            if found != *expected {
                return Err(Error::PowersNotOfRecord(name));
            }
        }
        let tau_g2 = self.tau_g2[1];
        // tau in G2 against tau in G1, then every array against tau in G2.
        if self.tau_g1[0] != g1() {
            return Err(Error::Powers(TAU_G1));
        }
        let (low, high) = shifted(TAU_G2, &self.tau_g2, coefficients);
        let linked = equal_pairings(self.tau_g1[1].into(), g2(), g1().into(), tau_g2);
        let stepped = equal_pairings(self.tau_g1[1].into(), low, g1().into(), high);
        if self.tau_g2[0] != g2() || !linked || !stepped {
            return Err(Error::Powers(TAU_G2));
        }
        for (name, array) in [(TAU_G1, &self.tau_g1), (ALPHA_G1, &self.alpha_g1), (BETA_G1, &self.beta_g1)] {
            let weights = coefficients.take(name, array.len() - 1);
            let low = sum(&array[..array.len() - 1], &weights);
            let high = sum(&array[1..], &weights);
            if !equal_pairings(high, g2(), low, tau_g2) {
                return Err(Error::Powers(name));
            }
        }
        if !equal_pairings(self.beta_g1[0].into(), g2(), g1().into(), self.beta_g2) {
            return Err(Error::Powers(BETA_G2));
        }
        Ok(())
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.points(&self.tau_g1);
        writer.points(&self.tau_g2);
        writer.points(&self.alpha_g1);
        writer.points(&self.beta_g1);
        writer.g2(&self.beta_g2);
    }

    pub fn read(reader: &mut Reader<'_>, n: usize) -> Result<Self, Error> {
        Ok(Powers {
            tau_g1: reader.g1s(TAU_G1, 2 * n, Identity::Refused)?,
            tau_g2: reader.g2s(TAU_G2, n, Identity::Refused)?,
            alpha_g1: reader.g1s(ALPHA_G1, n, Identity::Refused)?,
            beta_g1: reader.g1s(BETA_G1, n, Identity::Refused)?,
            beta_g2: reader.g2(BETA_G2)?,
        })
    }
}

/// `first * ratio^i`, `i < count`; wiped on drop.
fn geometric(first: Field, ratio: &Field, count: usize) -> Zeroizing<Vec<Field>> {
    let mut powers = Zeroizing::new(Vec::with_capacity(count));
    let mut power = Zeroizing::new(first);
    for _ in 0..count {
        powers.push(*power);
        *power *= ratio;
    }
    powers
}

/// One random combination of all elements but the last, and of all but the first.
fn shifted(name: &str, array: &[G2Affine], coefficients: &Coefficients) -> (G2Affine, G2Affine) {
    let weights = coefficients.take(name, array.len() - 1);
    let low = sum(&array[..array.len() - 1], &weights);
    (low.into_affine(), sum(&array[1..], &weights).into_affine())
}
