//! Field elements and scalars, and their 32-byte big-endian encodings.
//!
//! Reading is canonical: a value at or above the modulus is an error, never
//! reduced. `uint256` in Solidity and JSON shows the same number.

use ark_ff::{BigInteger, PrimeField};

/// `F`: the BN254 scalar field, order `r`. Circuit wires, commitments, nullifiers.
pub type Field = ark_bn254::Fr;
/// Scalars of `J`, modulo the prime subgroup order `l` (251 bits).
pub type Scalar = ark_ed_on_bn254::Fr;

/// Why 32 bytes are not a field element or scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("value is not below the modulus of the {0}")]
pub struct NotCanonical(pub &'static str);

fn decode<P: PrimeField>(bytes: &[u8; 32], name: &'static str) -> Result<P, NotCanonical> {
    let mut bits = [false; 256];
    for (i, bit) in bits.iter_mut().enumerate() {
        *bit = (bytes[i / 8] >> (7 - i % 8)) & 1 == 1;
    }
    P::from_bigint(P::BigInt::from_bits_be(&bits)).ok_or(NotCanonical(name))
}

fn encode<P: PrimeField>(value: &P) -> [u8; 32] {
    value.into_bigint().to_bytes_be().try_into().expect("both moduli have four 64-bit limbs")
}

/// Reads a field element; fails for values `>= r`.
pub fn field_from_bytes(bytes: &[u8; 32]) -> Result<Field, NotCanonical> {
    decode(bytes, "BN254 scalar field")
}

/// Writes a field element.
pub fn field_to_bytes(value: &Field) -> [u8; 32] {
    encode(value)
}

/// Reads a scalar of `J`; fails for values `>= l`.
pub fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<Scalar, NotCanonical> {
    decode(bytes, "order of J")
}

/// Writes a scalar of `J`.
pub fn scalar_to_bytes(value: &Scalar) -> [u8; 32] {
    encode(value)
}
