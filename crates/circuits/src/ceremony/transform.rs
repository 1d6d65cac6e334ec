//! Points that arkworks' Fourier transform can work on, multiplied through the
//! curve's endomorphism (which arkworks itself does in G1 only).

use super::shape::Domain;
use ark_ec::AffineRepr;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ff::{One, Zero};
use ark_poly::EvaluationDomain;
use core::fmt;
use core::ops::{Add, AddAssign, MulAssign, Sub, SubAssign};
use sero_shielded::field::Field;

/// `L_j(tau)` times whatever the powers of tau are multiplied by, for every
/// point `j` of the domain: the inverse transform of the powers.
pub fn lagrange<P>(domain: &Domain, powers: &[Affine<P>]) -> Vec<Projective<P>>
where
    P: GLVConfig<ScalarField = Field>,
{
    let mut points: Vec<Point<P>> = powers.iter().map(|point| Point(point.into_group())).collect();
    domain.ifft_in_place(&mut points);
    points.into_iter().map(|point| point.0).collect()
}

/// A point as a transform's coefficient.
struct Point<P: GLVConfig>(Projective<P>);

// Derived implementations would ask the same of the curve's type.
impl<P: GLVConfig> Copy for Point<P> {}

impl<P: GLVConfig> Clone for Point<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: GLVConfig> PartialEq for Point<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<P: GLVConfig> fmt::Debug for Point<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<P: GLVConfig> Add for Point<P> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Point(self.0 + other.0)
    }
}

impl<P: GLVConfig> Sub for Point<P> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Point(self.0 - other.0)
    }
}

impl<P: GLVConfig> AddAssign for Point<P> {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl<P: GLVConfig> SubAssign for Point<P> {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl<P: GLVConfig<ScalarField = Field>> MulAssign<Field> for Point<P> {
    fn mul_assign(&mut self, factor: Field) {
        if !factor.is_one() {
            self.0 = P::glv_mul_projective(self.0, factor);
        }
    }
}

impl<P: GLVConfig> Zero for Point<P> {
    fn zero() -> Self {
        Point(Projective::zero())
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}
