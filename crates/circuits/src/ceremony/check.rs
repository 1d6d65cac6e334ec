//! Sums of points and pairing equations.

use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::One;
use sero_shielded::field::Field;

/// `sum_i scalars[i] points[i]`; as many of one as of the other.
pub fn sum<P>(points: &[Affine<P>], scalars: &[Field]) -> Projective<P>
where
    P: SWCurveConfig<ScalarField = Field>,
    Projective<P>: VariableBaseMSM<MulBase = Affine<P>, ScalarField = Field>,
{
    Projective::<P>::msm(points, scalars).expect("the caller takes one coefficient for every point")
}

/// `e(a, b) = e(c, d)`.
pub fn equal_pairings(a: G1Projective, b: G2Affine, c: G1Projective, d: G2Affine) -> bool {
    let left = [a.into_affine(), (-c).into_affine()];
    Bn254::multi_pairing(left, [b, d]).0.is_one()
}

/// The generator of G1.
pub fn g1() -> G1Affine {
    G1Affine::generator()
}

/// The generator of G2.
pub fn g2() -> G2Affine {
    G2Affine::generator()
}

/// `scalars[i] * points[i]`, each on its own.
pub fn scale_each<'a, P>(points: &[Affine<P>], scalars: impl Iterator<Item = &'a Field>) -> Vec<Affine<P>>
where
    P: SWCurveConfig<ScalarField = Field>,
{
    let scaled: Vec<_> = points.iter().zip(scalars).map(|(point, scalar)| *point * scalar).collect();
    Projective::normalize_batch(&scaled)
}

/// Below this many multiples of one point, a table does not pay.
const TABLE_FROM: usize = 24;

/// Multiples of one point by many scalars.
pub fn multiples<P: SWCurveConfig<ScalarField = Field>>(
    point: Projective<P>,
    scalars: &[Field],
) -> Vec<Projective<P>> {
    if scalars.len() < TABLE_FROM {
        return scalars
            .iter()
            .map(|scalar| match scalar {
                one if one.is_one() => point,
                minus if (-*minus).is_one() => -point,
                other => point * other,
            })
            .collect();
    }
    let table = BatchMulPreprocessing::new(point, scalars.len());
    table.batch_mul(scalars).into_iter().map(Into::into).collect()
}
