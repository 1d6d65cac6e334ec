//! Arithmetic on `J`, hash to curve, generators, value commitments.

use super::{Answer, DOMAIN_LEN_MAX, MESSAGE_LEN_MAX, count, field, invalid_point, refusal, scalar};
use alloy_primitives::{B256, U256};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::curve::{
    Point, PointError, check_subgroup, hash_to_curve, point_from_bytes, point_to_bytes,
};
use sero_shielded::field::{field_from_bytes, field_to_bytes};
use sero_shielded::note::value_commitment;

/// A point of the curve, of any order.
fn on_curve(name: &str, point: &abi::Point) -> Answer<Point> {
    let x = field(&format!("{name}.x"), 0, point.x)?;
    let y = field(&format!("{name}.y"), 0, point.y)?;
    let point = Point::new_unchecked(x, y);
    if point.is_on_curve() { Ok(point) } else { Err(invalid_point(name, 0, PointError::OffCurve)) }
}

fn encode(point: &Point) -> abi::Point {
    let [x, y] = [point.x, point.y].map(|c| U256::from_be_bytes(field_to_bytes(&c)));
    abi::Point { x, y }
}

/// The addition law is complete: it needs no exception for any pair of points.
pub fn add(a: &abi::Point, b: &abi::Point) -> Answer<abi::Point> {
    let (a, b) = (on_curve("a", a)?, on_curve("b", b)?);
    Ok(encode(&(a + b).into_affine()))
}

/// Repeated addition, so that it is right outside the prime-order subgroup too.
pub fn multiply(point: &abi::Point, by: U256) -> Answer<abi::Point> {
    let point = on_curve("point", point)?;
    let by = scalar("scalar", by)?;
    Ok(encode(&point.mul_bigint(by.into_bigint()).into_affine()))
}

/// Of points that [`decompress`] gives back, and of no others.
pub fn compress(point: &abi::Point) -> Answer<B256> {
    let point = on_curve("point", point)?;
    check_subgroup(&point).map_err(|error| invalid_point("point", 0, error))?;
    Ok(point_to_bytes(&point).into())
}

/// A point of order `l`.
pub fn decompress(encoding: &B256) -> Answer<abi::Point> {
    let point = point_from_bytes(&encoding.0).map_err(|error| invalid_point("encoding", 0, error))?;
    Ok(encode(&point))
}

/// Whether the coordinates are those of a point of order `l`.
pub fn has_prime_order(point: &abi::Point) -> bool {
    let coordinate = |value: U256| field_from_bytes(&value.to_be_bytes());
    let (Ok(x), Ok(y)) = (coordinate(point.x), coordinate(point.y)) else { return false };
    let point = Point::new_unchecked(x, y);
    point.is_on_curve() && check_subgroup(&point).is_ok()
}

/// `H2C`.
pub fn hash(domain: &[u8], message: &[u8]) -> Answer<abi::Point> {
    count("domain", domain.len(), 0, DOMAIN_LEN_MAX)?;
    count("message", message.len(), 0, MESSAGE_LEN_MAX)?;
    Ok(encode(&hash_to_curve(domain, message)))
}

/// `V(asset)`.
pub fn generator(name: &str, index: usize, asset: U256) -> Answer<Point> {
    let id = AssetId::from_bytes(asset.to_be_bytes());
    id.and_then(AssetId::generator).map_err(|error| match error {
        AssetError::NotCanonical => super::not_below_modulus(name, index, asset),
        AssetError::NoGenerator => refusal(abi::NoGenerator { asset }),
    })
}

/// `V(asset)` as coordinates.
pub fn asset_generator(asset: U256) -> Answer<abi::Point> {
    generator("asset", 0, asset).map(|point| encode(&point))
}

/// `amount * V(asset) + rcv * R`. Nothing reads an identity, so none is written.
pub fn commit(asset: U256, amount: u128, rcv: U256) -> Answer<B256> {
    let generator = generator("asset", 0, asset)?;
    let rcv = scalar("rcv", rcv)?;
    let cv = value_commitment(&generator, amount, &rcv);
    if cv.is_zero() {
        return Err(invalid_point("cv", 0, PointError::Identity));
    }
    Ok(point_to_bytes(&cv).into())
}
