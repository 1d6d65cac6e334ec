//! The value balance of a bundle, for commitments and flows that a contract names.

use super::curve::generator;
use super::{Answer, COMMITMENTS_MAX, FLOWS_MAX, count, invalid_point, refusal};
use alloy_primitives::{B256, U256};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Zero};
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::curve::{PointSum, multiply_amount, point_from_bytes};
use sero_shielded::signature::{Domain, Signature, SignatureError, verify};

const SIGNATURE_LEN: usize = 64;

/// Bounds the work of [`check`] before any of it is paid for.
pub fn check_counts(call: &abi::checkBalanceCall) -> Answer<()> {
    count("cvIn", call.cvIn.len(), 0, COMMITMENTS_MAX)?;
    count("cvOut", call.cvOut.len(), 0, COMMITMENTS_MAX)?;
    count("flows", call.flows.len(), 0, FLOWS_MAX)
}

/// Whether the signature verifies under `bvk`. At most 24 amounts below 2^128
/// on either side and 16 flows keep every sum far below `l`, so a
/// balance modulo `l` is one of integers.
pub fn check(call: &abi::checkBalanceCall) -> Answer<bool> {
    let invalid = |reason: String| refusal(abi::InvalidSignature { reason });
    let signature: [u8; SIGNATURE_LEN] = call.signature.as_ref().try_into().map_err(|_| {
        invalid(format!("a signature has {SIGNATURE_LEN} bytes, not {}", call.signature.len()))
    })?;
    let bvk = sum("cvIn", &call.cvIn)? - sum("cvOut", &call.cvOut)? + sum_of_flows(&call.flows)?;
    if bvk.is_zero() {
        return Ok(false);
    }
    match verify(Domain::Binding, &bvk.into_affine(), call.message.as_slice(), &Signature(signature)) {
        Ok(()) => Ok(true),
        Err(SignatureError::Mismatch) => Ok(false),
        Err(error) => Err(invalid(error.to_string())),
    }
}

fn sum(name: &str, commitments: &[B256]) -> Answer<PointSum> {
    let mut sum = PointSum::ZERO;
    for (index, cv) in commitments.iter().enumerate() {
        sum += point_from_bytes(&cv.0).map_err(|error| invalid_point(name, index, error))?;
    }
    Ok(sum)
}

/// Inward less outward.
fn sum_of_flows(flows: &[abi::Flow]) -> Answer<PointSum> {
    let mut sum = PointSum::ZERO;
    for (index, flow) in flows.iter().enumerate() {
        if flow.amount == 0 {
            return Err(refusal(abi::ZeroAmount { index: U256::from(index) }));
        }
        let value = multiply_amount(&generator("flows.asset", index, flow.asset)?, flow.amount);
        if flow.inward { sum += value } else { sum -= value }
    }
    Ok(sum)
}
