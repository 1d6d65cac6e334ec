//! The points of one query, made ready for sums in the way that the prover's mode asks for.

use super::digits::Sorted;
use super::steady::{Digits, Steady};
use super::table::Table;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use sero_bn254::coordinate::Coordinate;
use sero_shielded::field::Field;

/// Of one query.
pub enum Bases<P: SWCurveConfig> {
    /// Fast; time and reads depend on the scalars.
    Buckets(Table<P>),
    /// The same work for all scalars.
    Steady(Steady<P>),
}

/// Scalars, cut for bases of one kind and one width.
pub enum Cut {
    /// For [`Bases::Buckets`].
    Sorted(Sorted),
    /// For [`Bases::Steady`].
    Digits(Digits),
}

impl<P: SWCurveConfig> Bases<P>
where
    P::BaseField: Coordinate,
{
    /// For these bases and all others of the same prover and width.
    pub fn cut(&self, scalars: &[Field]) -> Cut {
        match self {
            Bases::Buckets(table) => Cut::Sorted(Sorted::new(table.windows(), scalars)),
            Bases::Steady(_) => Cut::Digits(Digits::new(scalars)),
        }
    }

    /// The sum of `scalar * point`, each with the point of its place.
    pub fn multiply(&self, scalars: &Cut) -> Projective<P> {
        match (self, scalars) {
            (Bases::Buckets(table), Cut::Sorted(sorted)) => table.multiply(sorted),
            (Bases::Steady(steady), Cut::Digits(digits)) => steady.multiply(digits),
            _ => unreachable!("one prover cuts scalars in one way"),
        }
    }

    /// `scalar * point`, for a point that is known and a secret scalar.
    pub fn times(&self, point: &Projective<P>, scalar: &Field) -> Projective<P>
    where
        P: SWCurveConfig<ScalarField = Field>,
    {
        match self {
            Bases::Buckets(_) => *point * scalar,
            Bases::Steady(steady) => steady.times(point, scalar),
        }
    }

    /// The table, where there is one.
    pub fn table(&self) -> Option<&Table<P>> {
        match self {
            Bases::Buckets(table) => Some(table),
            Bases::Steady(_) => None,
        }
    }

    /// Bytes of the multiples.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        match self {
            Bases::Buckets(table) => table.size(),
            Bases::Steady(steady) => steady.size(),
        }
    }
}
