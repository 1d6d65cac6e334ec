//! The prover against arkworks, and its parts against plain sums.

mod parts;
mod proofs;
mod stages;
mod steady;
mod sums;

use super::bases::Bases;
use super::table::Table;
use ark_ec::short_weierstrass::SWCurveConfig;
use sero_bn254::coordinate::Coordinate;

/// That of a fast prover.
fn table<P: SWCurveConfig>(bases: &Bases<P>) -> &Table<P>
where
    P::BaseField: Coordinate,
{
    bases.table().expect("a fast prover has tables")
}
